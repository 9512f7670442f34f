// SPDX-License-Identifier: GPL-2.0-or-later
/* firewall_opts.c - the options of "kpptp firewall", checked one by one */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "firewall.h"

static const struct {
	const char *name;
	const char *table;
} roles[KPPTP_FW_ROLES] = {
	[KPPTP_FW_PERIMETER] = { "perimeter", "inet kpptp_perimeter" },
	[KPPTP_FW_SERVER] = { "server", "inet kpptp_server" },
	[KPPTP_FW_CLIENT] = { "client", "inet kpptp_client" },
	[KPPTP_FW_FORWARD] = { "forward", "inet kpptp_forward" },
	[KPPTP_FW_NAT] = { "nat", "ip kpptp_nat" },
};

enum kpptp_fw_role kpptp_fw_role(const char *name)
{
	unsigned int i;

	for (i = 0; i < KPPTP_FW_ROLES; i++)
		if (!strcmp(name, roles[i].name))
			break;
	return i;
}

const char *kpptp_fw_role_name(enum kpptp_fw_role role)
{
	return roles[role].name;
}

const char *kpptp_fw_table(enum kpptp_fw_role role)
{
	return roles[role].table;
}

const char *kpptp_fw_proto_name(enum kpptp_fw_proto proto)
{
	static const char *const names[] = {
		[KPPTP_FW_ANY] = "",
		[KPPTP_FW_TCP] = "tcp",
		[KPPTP_FW_UDP] = "udp",
		[KPPTP_FW_GRE] = "gre",
		[KPPTP_FW_ICMP] = "icmp",
		[KPPTP_FW_ICMP6] = "ipv6-icmp",
	};

	return names[proto];
}

/* Where a sentence about a mistake goes. */
struct complaint {
	char *why;
	size_t size;
};

static int complain(const struct complaint *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int complain(const struct complaint *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, c->size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* --------------------------------------------------------- single values */

typedef int (*check_fn)(const char *option, const char *item,
			const struct complaint *c);

/*
 * The kernel allows nearly every octet in a name; these are the ones that mean
 * themselves in nft, iptables and a shell alike.
 */
static int check_interface(const char *option, const char *item,
			   const struct complaint *c)
{
	size_t len = strlen(item), i;

	if (len >= IFNAMSIZ)
		return complain(c, "--%s: \"%s\" is no interface: names have at most %d characters",
				option, item, IFNAMSIZ - 1);
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)item[i]) && !strchr("_.-@", item[i]))
			return complain(c, "--%s: \"%s\" is no interface: only letters, digits and _ . - @ are taken",
					option, item);
	if (item[0] == '-' || item[0] == '.' || item[0] == '@')
		return complain(c, "--%s: \"%s\" is no interface: it begins with a letter, a digit or _",
				option, item);
	if (!strcmp(item, "lo"))
		return complain(c, "--%s: lo is the host itself; filtering it breaks the host",
				option);
	return 0;
}

static int check_pattern(const char *option, const char *item,
			 const struct complaint *c)
{
	char name[IFNAMSIZ + 1];
	size_t len = strlen(item);

	if (len < 2 || len >= sizeof(name) || item[len - 1] != '*')
		return check_interface(option, item, c);
	memcpy(name, item, len);
	name[len - 1] = '\0';
	/* "l*" would have lo in it */
	if (!strncmp(name, "lo", len - 1))
		return complain(c, "--%s: \"%s\" has lo in it; filtering that breaks the host",
				option, item);
	return check_interface(option, name, c);
}

static int not_an_address(const char *option, const char *item,
			  const struct complaint *c)
{
	struct in6_addr in6;
	char text[INET6_ADDRSTRLEN];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(item, "/"), item);
	if (inet_pton(AF_INET6, text, &in6) == 1)
		return complain(c, "--%s: \"%s\" is an IPv6 address; PPTP runs over IPv4 only",
				option, item);
	if (isalpha((unsigned char)*item))
		return complain(c, "--%s: \"%s\" is no IPv4 address; rules are made of addresses, not names: look it up with \"getent ahostsv4 %s\"",
				option, item, item);
	return complain(c, "--%s: \"%s\" is no IPv4 address such as 192.0.2.1",
			option, item);
}

/* An address that a host can have. */
static int check_address(const char *option, const char *item,
			 const struct complaint *c)
{
	struct in_addr in;
	uint32_t addr;

	if (inet_pton(AF_INET, item, &in) != 1)
		return not_an_address(option, item, c);
	addr = ntohl(in.s_addr);
	if (!(addr >> 24) || addr >> 24 == 127 || addr >> 28 >= 14)
		return complain(c, "--%s: %s is no address that another host can reach",
				option, item);
	return 0;
}

static int check_prefix(const char *option, const char *item,
			const struct complaint *c)
{
	const char *slash = strchr(item, '/');
	char text[INET_ADDRSTRLEN];
	struct in_addr in;
	unsigned long len;
	uint32_t mask;

	if (!slash)
		return check_address(option, item, c);
	snprintf(text, sizeof(text), "%.*s", (int)(slash - item), item);
	if (slash - item >= INET_ADDRSTRLEN ||
	    inet_pton(AF_INET, text, &in) != 1)
		return not_an_address(option, item, c);
	if (!kpptp_cli_number(slash + 1, 1, 32, &len))
		return complain(c, "--%s: \"%s\": the length of a prefix is 1 to 32",
				option, item);
	mask = htonl(~(uint32_t)0 << (32 - len));
	if (in.s_addr & ~mask) {
		in.s_addr &= mask;
		return complain(c, "--%s: \"%s\" has bits set behind its length; the network is %s/%lu",
				option, item,
				inet_ntop(AF_INET, &in, text, sizeof(text)),
				len);
	}
	return 0;
}


static int parse_service(const char *option, const char *item,
			 struct kpptp_fw_service *service,
			 const struct complaint *c)
{
	unsigned long port = 0;

	if (!strcmp(item, "icmp"))
		service->proto = KPPTP_FW_ICMP;
	else if (!strncmp(item, "tcp/", 4))
		service->proto = KPPTP_FW_TCP;
	else if (!strncmp(item, "udp/", 4))
		service->proto = KPPTP_FW_UDP;
	else
		return complain(c, "--%s: \"%s\" is none of tcp/PORT, udp/PORT and icmp",
				option, item);
	if (service->proto != KPPTP_FW_ICMP &&
	    !kpptp_cli_number(item + 4, 1, 65535, &port))
		return complain(c, "--%s: \"%s\": a port is a number from 1 to 65535",
				option, item);
	service->port = (uint16_t)port;
	return 0;
}

/* ------------------------------------------------------------------ lists */

/* The next of the words between commas. Return: false when there is none. */
static bool next_item(const char **rest, char *item, size_t size)
{
	size_t len;

	if (!*rest)
		return false;
	len = strcspn(*rest, ",");
	snprintf(item, size, "%.*s", (int)len, *rest);
	*rest = (*rest)[len] ? *rest + len + 1 : NULL;
	return true;
}

static bool listed(const struct kpptp_fw_list *list, const char *item)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		if (!strcmp(list->item[i], item))
			return true;
	return false;
}

/* @max: items, KPPTP_FW_LIST_MAX at the most */
static int parse_list(const char *option, const char *text, check_fn check,
		      unsigned int max, struct kpptp_fw_list *list,
		      const struct complaint *c)
{
	char item[64];
	int err;

	while (next_item(&text, item, sizeof(item))) {
		if (!*item)
			return complain(c, "--%s: a word is missing; several are separated by one comma",
					option);
		err = check(option, item, c);
		if (err)
			return err;
		if (listed(list, item))
			return complain(c, "--%s: \"%s\" is there twice",
					option, item);
		if (list->n == max)
			return complain(c, "--%s takes %u at the most", option,
					max);
		snprintf(list->item[list->n++], KPPTP_FW_ITEM_SIZE, "%.*s",
			 KPPTP_FW_ITEM_SIZE - 1, item);
	}
	return 0;
}

static bool has_service(const struct kpptp_fw_services *services,
			struct kpptp_fw_service one)
{
	unsigned int i;

	for (i = 0; i < services->n; i++)
		if (services->item[i].proto == one.proto &&
		    services->item[i].port == one.port)
			return true;
	return false;
}

static int parse_services(const char *option, const char *text,
			  struct kpptp_fw_services *services,
			  const struct complaint *c)
{
	struct kpptp_fw_service one;
	char item[64];
	int err;

	while (next_item(&text, item, sizeof(item))) {
		if (services->n == KPPTP_FW_LIST_MAX)
			return complain(c, "--%s takes %u at the most", option,
					KPPTP_FW_LIST_MAX);
		err = parse_service(option, item, &one, c);
		if (err)
			return err;
		if (has_service(services, one))
			return complain(c, "--%s: \"%s\" is there twice",
					option, item);
		services->item[services->n++] = one;
	}
	return 0;
}

/* ------------------------------------------------- options against roles */

#define BIT(role)	(1u << KPPTP_FW_##role)
#define HOSTS		(BIT(SERVER) | BIT(CLIENT))
#define FILTERS		(BIT(PERIMETER) | HOSTS)

/**
 * struct rule_of_use - which role takes an option, and which needs it
 * @given: it was given
 * @what: what it stands for, in the sentence that it is missing
 */
struct rule_of_use {
	const char *option;
	bool given;
	unsigned int takes;
	unsigned int needs;
	const char *what;
};

static int check_use(const struct rule_of_use *use, enum kpptp_fw_role role,
		     const struct complaint *c)
{
	for (; use->option; use++) {
		if (use->given && !(use->takes & 1u << role))
			return complain(c, "--%s is not for --role %s",
					use->option, roles[role].name);
		if (!use->given && use->needs & 1u << role)
			return complain(c, "--role %s needs --%s: %s",
					roles[role].name, use->option,
					use->what);
	}
	return 0;
}

static int check_options(const struct kpptp_fw_words *w,
			 enum kpptp_fw_role role, const struct complaint *c)
{
	const struct rule_of_use uses[] = {
		{ "outside", w->outside, FILTERS | BIT(NAT),
		  FILTERS | BIT(NAT), "the interface that faces the Internet" },
		{ "perimeter", w->perimeter, BIT(PERIMETER), BIT(PERIMETER),
		  "the interface that faces the server" },
		{ "server", w->server, FILTERS | BIT(NAT), BIT(PERIMETER),
		  "the address of the server, as it has it itself" },
		{ "peers", w->peers, BIT(PERIMETER) | BIT(SERVER), 0, "" },
		{ "dials-out", w->dials_out,
		  BIT(PERIMETER) | BIT(SERVER) | BIT(NAT), 0, "" },
		{ "allow", w->allow, FILTERS, 0, "" },
		{ "allow-out", w->allow_out, FILTERS, 0, "" },
		{ "strict", w->strict, HOSTS, 0, "" },
		{ "subscribers", w->subscribers, BIT(FORWARD), 0, "" },
		{ "isolate", w->isolate, BIT(FORWARD), 0, "" },
		{ "flowtable", w->flowtable, BIT(FORWARD), 0, "" },
		{ "inside", w->inside, BIT(NAT), 0, "" },
		{ "outside-address", w->outside_address, BIT(NAT), 0, "" },
		{ "map", w->map, BIT(NAT), 0, "" },
		{ "without-helper", w->without_helper, BIT(NAT), 0, "" },
		{ 0 }
	};

	return check_use(uses, role, c);
}

/* What the table above cannot say. */
static int check_sense(const struct kpptp_fw *fw, const struct complaint *c)
{
	unsigned int i;

	for (i = 0; i < fw->outside.n; i++)
		if (listed(&fw->perimeter, fw->outside.item[i]))
			return complain(c, "--outside and --perimeter are both %s: two interfaces are needed",
					fw->outside.item[i]);
	if (fw->allow_out.n && fw->role != KPPTP_FW_PERIMETER && !fw->strict)
		return complain(c, "--allow-out is of use with --strict only: without that everything may go out");
	if (fw->role != KPPTP_FW_NAT)
		return 0;
	if (!fw->inside.n && !fw->server.n)
		return complain(c, "--role nat needs --inside, for clients, or --server, for a server, or both");
	if (fw->server.n > 1)
		return complain(c, "--role nat takes one --server: port and GRE can be forwarded to one only");
	if (fw->map && (!fw->server.n || !fw->outside_address.n))
		return complain(c, "--map needs --server and --outside-address: it maps one to the other");
	if (fw->dials_out && !fw->server.n)
		return complain(c, "--dials-out tells something about a server: give --server");
	if (!fw->helper && !fw->inside.n)
		return complain(c, "--without-helper tells something about clients: give --inside");
	if (fw->server.n && fw->outside_address.n &&
	    listed(&fw->server, fw->outside_address.item[0]))
		return complain(c, "--server and --outside-address are the same: nothing is to be translated");
	return 0;
}

static int parse_all(const struct kpptp_fw_words *w, struct kpptp_fw *fw,
		     const struct complaint *c)
{
	const unsigned int max = KPPTP_FW_LIST_MAX;

	/* one place is left for the other interface */
	if (parse_list("outside", w->outside, check_interface, max - 1,
		       &fw->outside, c) ||
	    parse_list("perimeter", w->perimeter, check_interface, 1,
		       &fw->perimeter, c) ||
	    parse_list("server", w->server, check_address, max, &fw->server,
		       c) ||
	    parse_list("peers", w->peers, check_prefix, max, &fw->peers, c) ||
	    parse_list("inside", w->inside, check_prefix, max, &fw->inside,
		       c) ||
	    parse_list("outside-address", w->outside_address, check_address, 1,
		       &fw->outside_address, c) ||
	    parse_list("subscribers", w->subscribers ? w->subscribers : "ppp*",
		       check_pattern, max, &fw->subscribers, c) ||
	    parse_list("flowtable", w->flowtable, check_interface, max,
		       &fw->flowtable, c) ||
	    parse_services("allow", w->allow, &fw->allow, c) ||
	    parse_services("allow-out", w->allow_out, &fw->allow_out, c))
		return -EINVAL;
	fw->filtered = fw->outside;
	if (fw->perimeter.n)
		memcpy(fw->filtered.item[fw->filtered.n++],
		       fw->perimeter.item[0], KPPTP_FW_ITEM_SIZE);
	return 0;
}

int kpptp_fw_parse(const struct kpptp_fw_words *words, struct kpptp_fw *fw,
		   char *why, size_t size)
{
	const struct complaint c = { .why = why, .size = size };
	int err;

	memset(fw, 0, sizeof(*fw));
	if (!words->role)
		return complain(&c, "--role is missing: perimeter, server, client, forward or nat");
	fw->role = kpptp_fw_role(words->role);
	if (fw->role == KPPTP_FW_ROLES)
		return complain(&c, "there is no role \"%s\": perimeter, server, client, forward or nat",
				words->role);
	fw->dials_out = words->dials_out;
	fw->strict = words->strict;
	fw->isolate = words->isolate;
	fw->map = words->map;
	fw->helper = !words->without_helper;
	err = check_options(words, fw->role, &c);
	if (!err)
		err = parse_all(words, fw, &c);
	return err ? err : check_sense(fw, &c);
}

bool kpptp_fw_cuts(const struct kpptp_fw *fw, const char *ifname,
		   struct kpptp_fw_service service)
{
	if (fw->role == KPPTP_FW_FORWARD || fw->role == KPPTP_FW_NAT)
		return false;
	return listed(&fw->filtered, ifname) &&
	       !has_service(&fw->allow, service);
}
