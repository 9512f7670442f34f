// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * firewall_rules.c - which chains and rules each role has
 *
 * A filter of an interface is a chain that ends with "drop". What may pass
 * returns from it, so that a forwarded packet meets the filter of the interface
 * it comes in by and then that of the one it goes out by. No interface that is
 * not named meets any filter.
 */
#include <stdio.h>
#include <stdlib.h>

#include "firewall.h"

#define ANSWERS		KPPTP_FW_ESTABLISHED
#define BOTH_WAYS	(KPPTP_FW_NEW | KPPTP_FW_ESTABLISHED)

/* An empty list matches everything. */
static const struct kpptp_fw_list *any(const struct kpptp_fw_list *list)
{
	return list->n ? list : NULL;
}

static struct kpptp_fw_chain *chain(struct kpptp_fw_ruleset *set,
				    const char *name, enum kpptp_fw_kind kind,
				    enum kpptp_fw_hook hook, const char *about)
{
	struct kpptp_fw_chain *c = &set->chain[set->n++];

	c->name = name;
	c->about = about;
	c->kind = kind;
	c->hook = hook;
	return c;
}

static struct kpptp_fw_rule *add(struct kpptp_fw_chain *c,
				 struct kpptp_fw_rule rule)
{
	c->rule[c->n] = rule;
	return &c->rule[c->n++];
}

#define ADD(c, ...) add((c), (struct kpptp_fw_rule){ __VA_ARGS__ })

/* ---------------------------------------------------------------- filters */

/* PPTP towards the server: @from are the peers, @to is the server. */
static void towards_server(struct kpptp_fw_chain *c,
			   const struct kpptp_fw_list *from,
			   const struct kpptp_fw_list *to, bool dials_out)
{
	ADD(c, .src = from, .dst = to, .proto = KPPTP_FW_TCP,
	    .dport = KPPTP_FW_PORT, .states = BOTH_WAYS,
	    .why = "PPTP control connections to the server");
	ADD(c, .family = KPPTP_FW_V4, .src = from, .dst = to,
	    .proto = KPPTP_FW_GRE, .why = "tunnelled packets to the server");
	if (dials_out)
		ADD(c, .src = from, .dst = to, .proto = KPPTP_FW_TCP,
		    .sport = KPPTP_FW_PORT, .states = ANSWERS,
		    .why = "answers to calls the server places");
}

/* The mirror image. */
static void from_server(struct kpptp_fw_chain *c,
			const struct kpptp_fw_list *from,
			const struct kpptp_fw_list *to, bool dials_out)
{
	ADD(c, .src = from, .dst = to, .proto = KPPTP_FW_TCP,
	    .sport = KPPTP_FW_PORT, .states = ANSWERS,
	    .why = "answers on control connections");
	ADD(c, .family = KPPTP_FW_V4, .src = from, .dst = to,
	    .proto = KPPTP_FW_GRE, .why = "tunnelled packets from the server");
	if (dials_out)
		ADD(c, .src = from, .dst = to, .proto = KPPTP_FW_TCP,
		    .dport = KPPTP_FW_PORT, .states = BOTH_WAYS,
		    .why = "calls the server places");
}

/* Without these no path MTU is learned; conntrack says whose errors they are. */
static void errors(struct kpptp_fw_chain *c)
{
	ADD(c, .family = KPPTP_FW_V4, .proto = KPPTP_FW_ICMP,
	    .states = KPPTP_FW_RELATED,
	    .why = "path MTU and other errors about what passes here");
	ADD(c, .family = KPPTP_FW_V6, .proto = KPPTP_FW_ICMP6,
	    .states = KPPTP_FW_RELATED,
	    .why = "path MTU and other errors about what passes here");
}

static void drop_rest(struct kpptp_fw_chain *c)
{
	ADD(c, .verdict = KPPTP_FW_DROP, .why = "everything else");
}

/* --------------------------------------------------- what a host itself needs */

/* IPv6 needs these to reach anything on the link, as IPv4 needs ARP. */
static void neighbours(struct kpptp_fw_chain *c,
		       const struct kpptp_fw_list *in,
		       const struct kpptp_fw_list *out)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{ "nd-router-solicit", 133 },
		{ "nd-router-advert", 134 },
		{ "nd-neighbor-solicit", 135 },
		{ "nd-neighbor-advert", 136 },
	};
	struct kpptp_fw_rule *rule;
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		rule = ADD(c, .family = KPPTP_FW_V6, .in = in, .out = out,
			   .verdict = in || out ? KPPTP_FW_ACCEPT :
						  KPPTP_FW_RETURN,
			   .why = "IPv6 finds its neighbours and routers");
		snprintf(rule->nft, sizeof(rule->nft), "icmpv6 type %s",
			 types[i].name);
		snprintf(rule->ipt, sizeof(rule->ipt),
			 "-p ipv6-icmp --icmpv6-type %d", types[i].type);
	}
}

/* The answer to a broadcast matches no state. */
static void dhcp(struct kpptp_fw_chain *c, bool in)
{
	ADD(c, .family = KPPTP_FW_V4, .proto = KPPTP_FW_UDP,
	    .sport = in ? 67 : 68, .dport = in ? 68 : 67,
	    .why = "this host's own address, by DHCP");
	ADD(c, .family = KPPTP_FW_V6, .proto = KPPTP_FW_UDP,
	    .sport = in ? 547 : 546, .dport = in ? 546 : 547,
	    .why = "this host's own address, by DHCPv6");
}

/* A ping is two types of ICMP in each family; a port is one rule. */
static void service(struct kpptp_fw_chain *c, struct kpptp_fw_rule rule,
		    const struct kpptp_fw_service *s, bool answers)
{
	rule.states = answers ? ANSWERS : BOTH_WAYS;
	if (s->proto != KPPTP_FW_ICMP) {
		rule.proto = s->proto;
		rule.dport = answers ? 0 : s->port;
		rule.sport = answers ? s->port : 0;
		add(c, rule);
		return;
	}
	rule.family = KPPTP_FW_V4;
	snprintf(rule.nft, sizeof(rule.nft), "icmp type %s",
		 answers ? "echo-reply" : "echo-request");
	snprintf(rule.ipt, sizeof(rule.ipt), "-p icmp --icmp-type %s",
		 answers ? "echo-reply" : "echo-request");
	add(c, rule);
	rule.family = KPPTP_FW_V6;
	snprintf(rule.nft, sizeof(rule.nft), "icmpv6 type %s",
		 answers ? "echo-reply" : "echo-request");
	snprintf(rule.ipt, sizeof(rule.ipt), "-p ipv6-icmp --icmpv6-type %s",
		 answers ? "echo-reply" : "echo-request");
	add(c, rule);
}

static void services(struct kpptp_fw_chain *c,
		     const struct kpptp_fw_services *list,
		     const struct kpptp_fw_list *in,
		     const struct kpptp_fw_list *out, bool answers,
		     const char *why)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		service(c, (struct kpptp_fw_rule){
				.in = in, .out = out,
				.verdict = in || out ? KPPTP_FW_ACCEPT :
						       KPPTP_FW_RETURN,
				.why = why,
			}, &list->item[i], answers);
}

/* -------------------------------------------------------------- perimeter */

/* Which filter a packet meets, for the interfaces it comes and goes by. */
static void both_filters(struct kpptp_fw_chain *c, const struct kpptp_fw *fw,
			 bool in, bool out)
{
	if (in) {
		ADD(c, .in = &fw->outside, .verdict = KPPTP_FW_JUMP,
		    .target = "outside_in", .why = "came from the Internet");
		ADD(c, .in = &fw->perimeter, .verdict = KPPTP_FW_JUMP,
		    .target = "perimeter_in",
		    .why = "came from the perimeter network");
	}
	if (out) {
		ADD(c, .out = &fw->outside, .verdict = KPPTP_FW_JUMP,
		    .target = "outside_out", .why = "goes to the Internet");
		ADD(c, .out = &fw->perimeter, .verdict = KPPTP_FW_JUMP,
		    .target = "perimeter_out",
		    .why = "goes to the perimeter network");
	}
}

/* What the firewall itself offers and uses; one of @in and @out is NULL. */
static void perimeter_host(struct kpptp_fw_chain *c, const struct kpptp_fw *fw,
			   const struct kpptp_fw_list *in,
			   const struct kpptp_fw_list *out)
{
	services(c, &fw->allow, in, out, !in,
		 in ? "service of this firewall" : "answers of this firewall");
	services(c, &fw->allow_out, in, out, !!in,
		 in ? "answers to this firewall" : "what this firewall uses");
	if (fw->allow.n || fw->allow_out.n)
		neighbours(c, in, out);
}

static void perimeter(struct kpptp_fw_ruleset *set, const struct kpptp_fw *fw)
{
	const struct kpptp_fw_list *peers = any(&fw->peers);
	struct kpptp_fw_chain *c;

	c = chain(set, "outside_in", KPPTP_FW_FILTER, KPPTP_FW_CHAIN,
		  "Internet side, what comes in");
	ADD(c, .src = &fw->server, .verdict = KPPTP_FW_DROP,
	    .why = "forged: the server is not out there");
	towards_server(c, peers, &fw->server, fw->dials_out);
	errors(c);
	drop_rest(c);

	c = chain(set, "outside_out", KPPTP_FW_FILTER, KPPTP_FW_CHAIN,
		  "Internet side, what goes out");
	from_server(c, &fw->server, peers, fw->dials_out);
	errors(c);
	drop_rest(c);

	c = chain(set, "perimeter_in", KPPTP_FW_FILTER, KPPTP_FW_CHAIN,
		  "Perimeter side, what comes in from the server");
	from_server(c, &fw->server, peers, fw->dials_out);
	errors(c);
	drop_rest(c);

	c = chain(set, "perimeter_out", KPPTP_FW_FILTER, KPPTP_FW_CHAIN,
		  "Perimeter side, what goes out to the server");
	towards_server(c, peers, &fw->server, fw->dials_out);
	errors(c);
	drop_rest(c);

	c = chain(set, "forward", KPPTP_FW_FILTER, KPPTP_FW_HOOK_FORWARD,
		  "Through this firewall: the filter of the way in, then that of the way out");
	both_filters(c, fw, true, true);

	c = chain(set, "input", KPPTP_FW_FILTER, KPPTP_FW_INPUT,
		  "To this firewall itself");
	perimeter_host(c, fw, &fw->filtered, NULL);
	both_filters(c, fw, true, false);

	c = chain(set, "output", KPPTP_FW_FILTER, KPPTP_FW_OUTPUT,
		  "From this firewall itself");
	perimeter_host(c, fw, NULL, &fw->filtered);
	both_filters(c, fw, false, true);
}

/* ------------------------------------------------------------------ hosts */

static void host_in(struct kpptp_fw_chain *c, const struct kpptp_fw *fw)
{
	if (!fw->strict)
		ADD(c, .states = KPPTP_FW_ESTABLISHED | KPPTP_FW_RELATED,
		    .why = "answers to what this host began, and errors");
	else
		errors(c);
	dhcp(c, true);
	neighbours(c, NULL, NULL);
	services(c, &fw->allow, NULL, NULL, false, "service of this host");
	services(c, &fw->allow_out, NULL, NULL, true,
		 "answers to what this host uses");
	drop_rest(c);
}

static void host_out(struct kpptp_fw_chain *c, const struct kpptp_fw *fw)
{
	errors(c);
	dhcp(c, false);
	neighbours(c, NULL, NULL);
	services(c, &fw->allow, NULL, NULL, true,
		 "answers of a service of this host");
	services(c, &fw->allow_out, NULL, NULL, false, "what this host uses");
	drop_rest(c);
}

/* For a server its peers are outside, for a client the servers. */
static void host(struct kpptp_fw_ruleset *set, const struct kpptp_fw *fw,
		 bool client)
{
	const struct kpptp_fw_list *server = any(&fw->server);
	const struct kpptp_fw_list *peers = any(&fw->peers);
	struct kpptp_fw_chain *c;

	c = chain(set, "outside_in", KPPTP_FW_FILTER, KPPTP_FW_CHAIN,
		  "What comes in");
	if (client)
		from_server(c, server, NULL, false);
	else
		towards_server(c, peers, server, fw->dials_out);
	host_in(c, fw);
	if (fw->strict) {
		c = chain(set, "outside_out", KPPTP_FW_FILTER, KPPTP_FW_CHAIN,
			  "What goes out");
		if (client)
			towards_server(c, NULL, server, false);
		else
			from_server(c, server, peers, fw->dials_out);
		host_out(c, fw);
	}
	c = chain(set, "input", KPPTP_FW_FILTER, KPPTP_FW_INPUT,
		  "To this host; other interfaces are not touched");
	ADD(c, .in = &fw->outside, .verdict = KPPTP_FW_JUMP,
	    .target = "outside_in", .why = "came from the Internet");
	if (!fw->strict)
		return;
	c = chain(set, "output", KPPTP_FW_FILTER, KPPTP_FW_OUTPUT,
		  "From this host; other interfaces are not touched");
	ADD(c, .out = &fw->outside, .verdict = KPPTP_FW_JUMP,
	    .target = "outside_out", .why = "goes to the Internet");
	if (!client)
		return;
	c = chain(set, "forward", KPPTP_FW_FILTER, KPPTP_FW_HOOK_FORWARD,
		  "Of others through this host: into the tunnel, never beside it");
	ADD(c, .out = &fw->outside, .verdict = KPPTP_FW_JUMP,
	    .target = "outside_out", .why = "goes to the Internet");
}

/* ---------------------------------------------------- forwarded traffic */

static void antispoof(struct kpptp_fw_ruleset *set, const struct kpptp_fw *fw)
{
	struct kpptp_fw_chain *c;
	struct kpptp_fw_rule *rule;

	c = chain(set, "antispoof", KPPTP_FW_MANGLE, KPPTP_FW_PREROUTING,
		  "A peer may send only from addresses that are routed to its own interface");
	rule = ADD(c, .family = KPPTP_FW_V6, .in = &fw->subscribers,
		   .why = "addresses of the link itself, never forwarded");
	snprintf(rule->nft, sizeof(rule->nft), "ip6 saddr fe80::/10");
	snprintf(rule->ipt, sizeof(rule->ipt), "-s fe80::/10");
	rule = ADD(c, .in = &fw->subscribers, .verdict = KPPTP_FW_DROP,
		   .why = "source address of somebody else");
	snprintf(rule->nft, sizeof(rule->nft), "fib saddr . iif oif missing");
	snprintf(rule->ipt, sizeof(rule->ipt), "-m rpfilter --invert");
}

static void clamp_rule(struct kpptp_fw_chain *c,
		       const struct kpptp_fw_list *in,
		       const struct kpptp_fw_list *out, const char *why)
{
	struct kpptp_fw_rule *rule;

	rule = ADD(c, .in = in, .out = out, .verdict = KPPTP_FW_TEXT,
		   .target = "tcp option maxseg size set rt mtu", .why = why);
	snprintf(rule->nft, sizeof(rule->nft), "tcp flags & (syn | rst) == syn");
	snprintf(rule->ipt, sizeof(rule->ipt),
		 "-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu");
}

static void forward(struct kpptp_fw_ruleset *set, const struct kpptp_fw *fw)
{
	struct kpptp_fw_chain *c;
	struct kpptp_fw_rule *rule;

	antispoof(set, fw);
	c = chain(set, "clamp", KPPTP_FW_MANGLE, KPPTP_FW_HOOK_FORWARD,
		  "TCP uses segments that fit the link, even where ICMP is blocked");
	clamp_rule(c, NULL, &fw->subscribers, "towards a peer");
	clamp_rule(c, &fw->subscribers, NULL, "from a peer");
	if (!fw->isolate && !fw->flowtable.n)
		return;
	c = chain(set, "forward", KPPTP_FW_FILTER, KPPTP_FW_HOOK_FORWARD,
		  "What peers send and get");
	if (fw->isolate)
		ADD(c, .in = &fw->subscribers, .out = &fw->subscribers,
		    .verdict = KPPTP_FW_DROP,
		    .why = "peers do not reach each other");
	if (!fw->flowtable.n)
		return;
	set->flowtable = &fw->flowtable;
	rule = ADD(c, .in = &fw->flowtable, .out = &fw->flowtable,
		   .states = KPPTP_FW_ESTABLISHED, .verdict = KPPTP_FW_TEXT,
		   .target = "flow add @fast",
		   .why = "known flows take the short way from now on");
	snprintf(rule->nft, sizeof(rule->nft), "meta l4proto { tcp, udp }");
}

/* -------------------------------------------------------------------- NAT */

/*
 * Call IDs as they pass on control connections: octets 8 and 9 of a message
 * are its type, 12 and 13 the sender's Call ID (RFC 2637 2.7, 2.12). What comes
 * back in GRE has that ID in octets 6 and 7 of its header (4.1).
 */
static void learn(struct kpptp_fw_ruleset *set, const struct kpptp_fw *fw)
{
	struct kpptp_fw_chain *c;
	struct kpptp_fw_rule *rule;

	set->calls = true;
	c = chain(set, "learn", KPPTP_FW_FILTER, KPPTP_FW_HOOK_FORWARD,
		  "Which client has which Call ID at which server, read from control connections");
	rule = ADD(c, .out = &fw->outside, .src = &fw->inside,
		   .proto = KPPTP_FW_TCP, .dport = KPPTP_FW_PORT,
		   .verdict = KPPTP_FW_TEXT,
		   .target = "update @calls { ip daddr . @ih,96,16 : ip saddr }",
		   .why = "Outgoing-Call-Request: remember the client");
	snprintf(rule->nft, sizeof(rule->nft), "@ih,64,16 0x7");
	rule = ADD(c, .out = &fw->outside, .src = &fw->inside,
		   .proto = KPPTP_FW_TCP, .dport = KPPTP_FW_PORT,
		   .verdict = KPPTP_FW_TEXT,
		   .target = "delete @calls { ip daddr . @ih,96,16 : ip saddr }",
		   .why = "Call-Clear-Request: forget it");
	snprintf(rule->nft, sizeof(rule->nft), "@ih,64,16 0xc");
	ADD(c, .in = &fw->outside, .dst = &fw->inside, .proto = KPPTP_FW_GRE,
	    .verdict = KPPTP_FW_TEXT,
	    .target = "update @calls { ip saddr . @th,48,16 : ip daddr }",
	    .why = "the call lives: remember it for longer");
}

static void give_helper(struct kpptp_fw_ruleset *set, const struct kpptp_fw *fw)
{
	struct kpptp_fw_chain *c;
	struct kpptp_fw_rule *rule;

	set->helper = true;
	c = chain(set, "helper", KPPTP_FW_HELPER, KPPTP_FW_PREROUTING,
		  "Control connections of clients get the kernel's PPTP helper, which edits Call IDs");
	rule = ADD(c, .src = &fw->inside, .proto = KPPTP_FW_TCP,
		   .dport = KPPTP_FW_PORT, .verdict = KPPTP_FW_TEXT,
		   .target = "ct helper set \"pptp\"",
		   .why = "clients behind this router");
	snprintf(rule->ipt, sizeof(rule->ipt), "-j CT --helper pptp");
}

/* The way in; without an address of ours: whichever we have. */
static void translate_in(struct kpptp_fw_chain *c, const struct kpptp_fw *fw,
			 enum kpptp_fw_proto proto, uint16_t port,
			 const char *why)
{
	struct kpptp_fw_rule *rule;

	rule = ADD(c, .in = &fw->outside, .dst = any(&fw->outside_address),
		   .proto = proto, .dport = port, .verdict = KPPTP_FW_DNAT,
		   .target = fw->server.item[0], .why = why);
	if (fw->outside_address.n)
		return;
	snprintf(rule->nft, sizeof(rule->nft), "fib daddr type local");
	snprintf(rule->ipt, sizeof(rule->ipt), "-m addrtype --dst-type LOCAL");
}

static void translate_out(struct kpptp_fw_chain *c, const struct kpptp_fw *fw,
			  const struct kpptp_fw_list *from,
			  enum kpptp_fw_proto proto, uint16_t port,
			  const char *why)
{
	ADD(c, .out = &fw->outside, .src = from, .proto = proto, .dport = port,
	    .verdict = fw->outside_address.n ? KPPTP_FW_SNAT :
					       KPPTP_FW_MASQUERADE,
	    .target = fw->outside_address.item[0], .why = why);
}

/*
 * GRE is translated by a rule each way: conntrack sees two flows in one tunnel,
 * as each direction has a Call ID of its own.
 */
static void server_in(struct kpptp_fw_chain *c, const struct kpptp_fw *fw)
{
	if (fw->map) {
		translate_in(c, fw, KPPTP_FW_ANY, 0,
			     "all of the address is the server's");
		return;
	}
	translate_in(c, fw, KPPTP_FW_TCP, KPPTP_FW_PORT,
		     "control connections to the server");
	translate_in(c, fw, KPPTP_FW_GRE, 0, "tunnelled packets to the server");
}

static void server_out(struct kpptp_fw_chain *c, const struct kpptp_fw *fw)
{
	if (fw->map) {
		translate_out(c, fw, &fw->server, KPPTP_FW_ANY, 0,
			      "the server has all of the address");
		return;
	}
	translate_out(c, fw, &fw->server, KPPTP_FW_GRE, 0,
		      "tunnelled packets from the server");
	if (fw->dials_out)
		translate_out(c, fw, &fw->server, KPPTP_FW_TCP, KPPTP_FW_PORT,
			      "calls the server places");
}

static void nat(struct kpptp_fw_ruleset *set, const struct kpptp_fw *fw)
{
	struct kpptp_fw_chain *c;

	if (fw->inside.n && fw->helper)
		give_helper(set, fw);
	else if (fw->inside.n)
		learn(set, fw);
	c = chain(set, "prerouting", KPPTP_FW_TRANSLATE, KPPTP_FW_PREROUTING,
		  "From the Internet, to whom it is meant for");
	if (set->calls)
		ADD(c, .in = &fw->outside, .proto = KPPTP_FW_GRE,
		    .verdict = KPPTP_FW_TEXT,
		    .target = "dnat to ip saddr . @th,48,16 map @calls",
		    .why = "the client that has this Call ID at this server");
	if (fw->server.n)
		server_in(c, fw);
	c = chain(set, "postrouting", KPPTP_FW_TRANSLATE, KPPTP_FW_POSTROUTING,
		  "To the Internet, from an address it can answer to");
	if (fw->server.n)
		server_out(c, fw);
	if (fw->inside.n)
		translate_out(c, fw, &fw->inside, KPPTP_FW_ANY, 0,
			      "everybody inside");
}

struct kpptp_fw_ruleset *kpptp_fw_build(const struct kpptp_fw *fw)
{
	struct kpptp_fw_ruleset *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	set->role = fw->role;
	switch (fw->role) {
	case KPPTP_FW_PERIMETER:
		perimeter(set, fw);
		break;
	case KPPTP_FW_SERVER:
		host(set, fw, false);
		break;
	case KPPTP_FW_CLIENT:
		host(set, fw, true);
		break;
	case KPPTP_FW_FORWARD:
		forward(set, fw);
		break;
	default:
		nat(set, fw);
		break;
	}
	return set;
}
