// SPDX-License-Identifier: GPL-2.0-or-later
/* linkroutes.c - routes and rules, over rtnetlink */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>

#include "linkroutes.h"

#define SWEEP_MAX	64	/* rules taken away at a time */

struct kpptp_linkroutes {
	struct nl_sock *sock;
	unsigned int ifindex;
	struct in_addr server;
	uint32_t metric;
	bool thrown;			/* the server is in the own table */
	struct kpptp_prefixes added;
};

/* ------------------------------------------------------------- messages */

/* Sends and waits for the answer; frees @msg. Return: 0 or negative errno. */
static int request(struct nl_sock *sock, struct nl_msg *msg)
{
	int err;

	if (!msg)
		return -ENOMEM;
	err = nl_send_sync(sock, msg);
	switch (-err) {
	case NLE_EXIST:
		return -EEXIST;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_NODEV:
	case NLE_OBJ_NOTFOUND:
		return -ESRCH;
	default:
		return err < 0 ? -EINVAL : 0;
	}
}

/* A route to @prefix through @ifindex, or with 0 a throw route. */
static struct nl_msg *route_message(int type, int flags,
				    const struct kpptp_prefix *prefix,
				    uint32_t table, unsigned int ifindex,
				    uint32_t metric, uint8_t protocol)
{
	const struct rtmsg rtm = {
		.rtm_family = prefix->family,
		.rtm_dst_len = prefix->len,
		.rtm_table = RT_TABLE_UNSPEC,
		.rtm_protocol = protocol,
		.rtm_scope = ifindex ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = ifindex ? RTN_UNICAST : RTN_THROW,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST |
						NLM_F_ACK | flags);

	if (msg &&
	    !nlmsg_append(msg, (void *)&rtm, sizeof(rtm), NLMSG_ALIGNTO) &&
	    !nla_put_u32(msg, RTA_TABLE, table) &&
	    (!prefix->len ||
	     !nla_put(msg, RTA_DST, kpptp_prefix_bits(prefix) / 8,
		      prefix->addr)) &&
	    (!ifindex || !nla_put_u32(msg, RTA_OIF, ifindex)) &&
	    (!metric || !nla_put_u32(msg, RTA_PRIORITY, metric)))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/* The longest prefix first, for networks in each other. */
static uint32_t rule_pref(const struct kpptp_prefix *prefix)
{
	return KPPTP_RULE_PREF +
	       2 * (kpptp_prefix_bits(prefix) - prefix->len);
}

/* "to @prefix lookup @table"; of the main table only what is more specific. */
static struct nl_msg *rule_message(int type, int flags,
				   const struct kpptp_prefix *prefix,
				   uint32_t pref, uint32_t table)
{
	const struct fib_rule_hdr hdr = {
		.family = prefix->family,
		.dst_len = prefix->len,
		.action = FR_ACT_TO_TBL,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST |
						NLM_F_ACK | flags);

	if (msg &&
	    !nlmsg_append(msg, (void *)&hdr, sizeof(hdr), NLMSG_ALIGNTO) &&
	    !nla_put_u32(msg, FRA_TABLE, table) &&
	    !nla_put_u32(msg, FRA_PRIORITY, pref) &&
	    !nla_put_u8(msg, FRA_PROTOCOL, KPPTP_RTPROT) &&
	    (!prefix->len ||
	     !nla_put(msg, FRA_DST, kpptp_prefix_bits(prefix) / 8,
		      prefix->addr)) &&
	    (table != RT_TABLE_MAIN ||
	     !nla_put_u32(msg, FRA_SUPPRESS_PREFIXLEN, prefix->len)))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/* --------------------------------------------------------------- routes */

static bool needs_rules(const struct kpptp_linkroutes *r,
			const struct kpptp_prefix *prefix)
{
	return !prefix->len ||
	       (r->server.s_addr && kpptp_prefix_has(prefix, r->server));
}

static uint32_t table_of(const struct kpptp_linkroutes *r)
{
	return KPPTP_TABLE + r->ifindex;
}

/*
 * Without NLM_F_EXCL the new one goes before others of the same metric; with
 * it, an equal one is an error.
 */
static int route(struct kpptp_linkroutes *r, bool add,
		 const struct kpptp_prefix *prefix, uint32_t table,
		 unsigned int ifindex)
{
	return request(r->sock,
		       route_message(add ? RTM_NEWROUTE : RTM_DELROUTE,
				     add ? NLM_F_CREATE : 0, prefix, table,
				     ifindex,
				     table == RT_TABLE_MAIN ? r->metric : 0,
				     KPPTP_RTPROT));
}

static int rule(struct kpptp_linkroutes *r, bool add,
		const struct kpptp_prefix *prefix, uint32_t table)
{
	uint32_t pref = rule_pref(prefix) + (table != RT_TABLE_MAIN);

	return request(r->sock,
		       rule_message(add ? RTM_NEWRULE : RTM_DELRULE,
				    add ? NLM_F_CREATE : 0, prefix, pref,
				    table));
}

static struct kpptp_prefix server_alone(const struct kpptp_linkroutes *r)
{
	struct kpptp_prefix host = { .family = AF_INET, .len = 32 };

	memcpy(host.addr, &r->server, sizeof(r->server));
	return host;
}

static int throw_server(struct kpptp_linkroutes *r, bool add)
{
	const struct kpptp_prefix host = server_alone(r);
	int err;

	if (!r->server.s_addr || r->thrown == add)
		return 0;
	err = route(r, add, &host, table_of(r), 0);
	if (!err || !add)
		r->thrown = add;
	return err;
}

/* Everything may be gone already, with the interface or by another's hand. */
static void take_away(struct kpptp_linkroutes *r,
		      const struct kpptp_prefix *prefix)
{
	if (!needs_rules(r, prefix)) {
		route(r, false, prefix, RT_TABLE_MAIN, r->ifindex);
		return;
	}
	rule(r, false, prefix, table_of(r));
	rule(r, false, prefix, RT_TABLE_MAIN);
	route(r, false, prefix, table_of(r), r->ifindex);
}

/* The way out for the server first, the rule that makes it all work last. */
static int add_with_rules(struct kpptp_linkroutes *r,
			  const struct kpptp_prefix *prefix)
{
	int err = prefix->family == AF_INET ? throw_server(r, true) : 0;

	if (!err)
		err = route(r, true, prefix, table_of(r), r->ifindex);
	if (!err)
		err = rule(r, true, prefix, RT_TABLE_MAIN);
	if (!err)
		err = rule(r, true, prefix, table_of(r));
	if (err)
		take_away(r, prefix);
	return err;
}

struct kpptp_linkroutes *kpptp_linkroutes_new(const char *ifname,
					      struct in_addr server,
					      uint32_t metric)
{
	struct kpptp_linkroutes *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->server = server;
	r->metric = metric;
	r->ifindex = if_nametoindex(ifname);
	r->sock = nl_socket_alloc();
	if (r->ifindex && r->sock && !nl_connect(r->sock, NETLINK_ROUTE))
		return r;
	errno = r->ifindex ? ENOMEM : ENODEV;
	nl_socket_free(r->sock);
	free(r);
	return NULL;
}

int kpptp_linkroutes_add(struct kpptp_linkroutes *r,
			 const struct kpptp_prefix *prefix)
{
	int err;

	if (r->added.n == KPPTP_MAX_ROUTES)
		return -ENOSPC;
	if (prefix->len == 32 && needs_rules(r, prefix))
		return -ELOOP;
	err = needs_rules(r, prefix) ? add_with_rules(r, prefix) :
		route(r, true, prefix, RT_TABLE_MAIN, r->ifindex);
	if (!err)
		r->added.prefix[r->added.n++] = *prefix;
	return err;
}

void kpptp_linkroutes_keep_out(struct kpptp_linkroutes *r)
{
	const struct kpptp_prefix host = server_alone(r);

	request(r->sock, route_message(RTM_DELROUTE, 0, &host, RT_TABLE_MAIN,
				       r->ifindex, 0, RTPROT_KERNEL));
}

void kpptp_linkroutes_remove(struct kpptp_linkroutes *r, int family)
{
	unsigned int i, kept = 0;

	for (i = 0; i < r->added.n; i++) {
		if (r->added.prefix[i].family == family)
			take_away(r, &r->added.prefix[i]);
		else
			r->added.prefix[kept++] = r->added.prefix[i];
	}
	r->added.n = kept;
	if (family == AF_INET)
		throw_server(r, false);
}

void kpptp_linkroutes_free(struct kpptp_linkroutes *r)
{
	if (!r)
		return;
	kpptp_linkroutes_remove(r, AF_INET);
	kpptp_linkroutes_remove(r, AF_INET6);
	nl_socket_free(r->sock);
	free(r);
}

/* ------------------------------------------------------- what was left */

struct leftover {
	struct kpptp_prefix prefix;
	uint32_t table;
};

struct sweep {
	struct leftover found[SWEEP_MAX];
	unsigned int n;
};

/* A rule to the table of an interface that is no more. */
static int on_rule(struct nl_msg *msg, void *arg)
{
	const struct fib_rule_hdr *hdr = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[FRA_MAX + 1];
	struct sweep *sweep = arg;
	struct leftover *l = &sweep->found[sweep->n];
	char name[IFNAMSIZ];

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*hdr), tb, FRA_MAX, NULL) < 0 ||
	    sweep->n == SWEEP_MAX || !tb[FRA_PROTOCOL] || !tb[FRA_TABLE] ||
	    nla_get_u8(tb[FRA_PROTOCOL]) != KPPTP_RTPROT)
		return NL_SKIP;
	l->table = nla_get_u32(tb[FRA_TABLE]);
	if (l->table <= KPPTP_TABLE ||
	    if_indextoname(l->table - KPPTP_TABLE, name))
		return NL_SKIP;
	memset(&l->prefix, 0, sizeof(l->prefix));
	l->prefix.family = hdr->family;
	l->prefix.len = hdr->dst_len;
	if (tb[FRA_DST])
		memcpy(l->prefix.addr, nla_data(tb[FRA_DST]),
		       nla_len(tb[FRA_DST]) > 16 ? 16 : nla_len(tb[FRA_DST]));
	sweep->n++;
	return NL_OK;
}

/* Throw routes are bound to no interface. */
static int on_throw(struct nl_msg *msg, void *arg)
{
	const struct rtmsg *rtm = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[RTA_MAX + 1];
	struct sweep *sweep = arg;
	struct leftover *l = &sweep->found[sweep->n];
	char name[IFNAMSIZ];

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*rtm), tb, RTA_MAX, NULL) < 0 ||
	    sweep->n == SWEEP_MAX || rtm->rtm_protocol != KPPTP_RTPROT ||
	    rtm->rtm_type != RTN_THROW || !tb[RTA_TABLE] || !tb[RTA_DST] ||
	    nla_len(tb[RTA_DST]) != 4)
		return NL_SKIP;
	l->table = nla_get_u32(tb[RTA_TABLE]);
	if (l->table <= KPPTP_TABLE ||
	    if_indextoname(l->table - KPPTP_TABLE, name))
		return NL_SKIP;
	l->prefix = (struct kpptp_prefix){ .family = AF_INET, .len = 32 };
	memcpy(l->prefix.addr, nla_data(tb[RTA_DST]), 4);
	sweep->n++;
	return NL_OK;
}

static void dump(int type, int family, struct sweep *sweep,
		 nl_recvmsg_msg_cb_t fn)
{
	struct nl_sock *sock = nl_socket_alloc();

	sweep->n = 0;
	if (sock && !nl_connect(sock, NETLINK_ROUTE)) {
		nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, fn,
				    sweep);
		if (type == RTM_GETRULE) {
			struct fib_rule_hdr hdr = { .family = family };

			nl_send_simple(sock, type, NLM_F_DUMP, &hdr,
				       sizeof(hdr));
		} else {
			struct rtmsg rtm = { .rtm_family = family };

			nl_send_simple(sock, type, NLM_F_DUMP, &rtm,
				       sizeof(rtm));
		}
		nl_recvmsgs_default(sock);
	}
	nl_socket_free(sock);
}

void kpptp_linkroutes_sweep(void)
{
	static const int family[] = { AF_INET, AF_INET6 };
	struct kpptp_linkroutes r = { .sock = nl_socket_alloc() };
	struct sweep sweep;
	unsigned int f, i;

	if (!r.sock || nl_connect(r.sock, NETLINK_ROUTE))
		goto out;
	for (f = 0; f < 2; f++) {
		dump(RTM_GETRULE, family[f], &sweep, on_rule);
		for (i = 0; i < sweep.n; i++) {
			rule(&r, false, &sweep.found[i].prefix,
			     sweep.found[i].table);
			rule(&r, false, &sweep.found[i].prefix, RT_TABLE_MAIN);
		}
	}
	dump(RTM_GETROUTE, AF_INET, &sweep, on_throw);
	for (i = 0; i < sweep.n; i++)
		route(&r, false, &sweep.found[i].prefix, sweep.found[i].table,
		      0);
out:
	nl_socket_free(r.sock);
}
