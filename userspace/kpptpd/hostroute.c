// SPDX-License-Identifier: GPL-2.0-or-later
/* hostroute.c - a route to one host, over rtnetlink */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hostroute.h"

struct kpptp_hostroute {
	struct in_addr host;
	struct in_addr gateway;		/* 0.0.0.0: on the link itself */
	uint32_t oif;
};

static struct nl_sock *open_socket(void)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (sock && nl_connect(sock, NETLINK_ROUTE) < 0) {
		nl_socket_free(sock);
		return NULL;
	}
	return sock;
}

static struct nl_msg *message(int type, int flags,
			      const struct kpptp_hostroute *route)
{
	struct rtmsg rtm = {
		.rtm_family = AF_INET,
		.rtm_dst_len = 32,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = route->gateway.s_addr ? RT_SCOPE_UNIVERSE :
						     RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (msg && !nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO) &&
	    !nla_put(msg, RTA_DST, sizeof(route->host), &route->host) &&
	    (!route->gateway.s_addr ||
	     !nla_put(msg, RTA_GATEWAY, sizeof(route->gateway),
		      &route->gateway)) &&
	    (!route->oif || !nla_put_u32(msg, RTA_OIF, route->oif)))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static int on_route(struct nl_msg *msg, void *arg)
{
	struct kpptp_hostroute *route = arg;
	struct nlattr *tb[RTA_MAX + 1];

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct rtmsg), tb, RTA_MAX,
			NULL) < 0)
		return NL_SKIP;
	if (tb[RTA_OIF])
		route->oif = nla_get_u32(tb[RTA_OIF]);
	if (tb[RTA_GATEWAY] && nla_len(tb[RTA_GATEWAY]) == 4)
		memcpy(&route->gateway, nla_data(tb[RTA_GATEWAY]), 4);
	return NL_STOP;
}

/* By which interface and gateway is it reached now? */
static int look_up(struct nl_sock *sock, struct kpptp_hostroute *route)
{
	struct nl_msg *msg = message(RTM_GETROUTE, NLM_F_REQUEST, route);
	int err;

	if (!msg)
		return -ENOMEM;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_route, route);
	err = nl_send_auto(sock, msg);
	nlmsg_free(msg);
	if (err >= 0)
		err = nl_recvmsgs_default(sock);
	return err < 0 || !route->oif ? -ENETUNREACH : 0;
}

static int change(struct nl_sock *sock, int type, int flags,
		  const struct kpptp_hostroute *route)
{
	struct nl_msg *msg = message(type, NLM_F_REQUEST | NLM_F_ACK | flags,
				     route);
	int err;

	if (!msg)
		return -ENOMEM;
	err = nl_send_sync(sock, msg);	/* frees it */
	if (err == -NLE_EXIST)
		return -EEXIST;
	return err < 0 ? -EPERM : 0;
}

int kpptp_hostroute_add(struct in_addr host, struct kpptp_hostroute **out)
{
	struct kpptp_hostroute *route = calloc(1, sizeof(*route));
	struct nl_sock *sock = open_socket(), *again = NULL;
	int err = -ENOMEM;

	*out = NULL;
	if (route && sock) {
		route->host = host;
		err = look_up(sock, route);
	}
	/* A fresh one: what is left of the answer is nobody's business. */
	if (!err)
		again = open_socket();
	if (!err)
		err = again ? change(again, RTM_NEWROUTE,
				     NLM_F_CREATE | NLM_F_EXCL, route) :
			      -ENOMEM;
	nl_socket_free(again);
	nl_socket_free(sock);
	if (err) {
		free(route);
		return err == -EEXIST ? 0 : err;
	}
	*out = route;
	return 0;
}

void kpptp_hostroute_del(struct kpptp_hostroute *route)
{
	struct nl_sock *sock;

	if (!route)
		return;
	sock = open_socket();
	/* It may have gone with its interface: then there is nothing to do. */
	if (sock)
		change(sock, RTM_DELROUTE, 0, route);
	nl_socket_free(sock);
	free(route);
}
