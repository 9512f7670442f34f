/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * priv_msg.h - what worker and monitor say to each other
 *
 * One message is one record of a SOCK_SEQPACKET pair, and its length follows
 * from its type. Both ends are the same program, so octets are in the host's
 * order; but the monitor believes nothing: kpptp_priv_check() looks at every
 * member of a request before anything is done with it. Members have types for
 * which every bit pattern is a value; text is in fixed arrays that must hold a
 * NUL.
 */
#ifndef KPPTPD_PRIV_MSG_H
#define KPPTPD_PRIV_MSG_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "core.h"
#include "notify.h"
#include "ppp.h"
#include "reload.h"
#include "settings.h"

enum kpptp_priv_type {
	/* worker to monitor */
	KPPTP_PRIV_CALL_NEW = 1,
	KPPTP_PRIV_CALL_SET,
	KPPTP_PRIV_CALL_DEL,
	KPPTP_PRIV_PPP_START,
	KPPTP_PRIV_PPP_STOP,
	KPPTP_PRIV_PPP_PROCEED,
	KPPTP_PRIV_DEMAND_ARM,
	KPPTP_PRIV_DEMAND_END,
	KPPTP_PRIV_PONG,	/* the answer to KPPTP_PRIV_PING */
	KPPTP_PRIV_RELOAD,	/* somebody wants the configuration read anew */
	KPPTP_PRIV_READY,	/* it serves, with the configuration it has got */
	/* monitor to worker */
	KPPTP_PRIV_DONE,
	KPPTP_PRIV_PPP_EVENT,
	KPPTP_PRIV_PPP_NET,
	KPPTP_PRIV_TRAFFIC,
	KPPTP_PRIV_CONF,	/* with a descriptor, see conf_source.h */
	KPPTP_PRIV_REFUSED,	/* why there is no KPPTP_PRIV_CONF */
	KPPTP_PRIV_PING,	/* is it still there? */
	KPPTP_PRIV_SHUTDOWN,
	KPPTP_PRIV_TYPES
};

enum kpptp_priv_event {
	KPPTP_PRIV_EVENT_ATTACHED,
	KPPTP_PRIV_EVENT_AUTH,		/* text[0] user */
	KPPTP_PRIV_EVENT_UP,		/* text: interface, ours, theirs */
	KPPTP_PRIV_EVENT_UP6,
	KPPTP_PRIV_EVENT_CLOSING,	/* PPP_PROCEED answers it */
	KPPTP_PRIV_EVENT_DOWN,		/* status, text[0] reason */
	KPPTP_PRIV_EVENTS
};

struct kpptp_priv_key {
	struct in_addr local;
	struct in_addr peer;
	uint16_t call_id;
	uint16_t pad;
};

/* struct kpptp_dp_call */
struct kpptp_priv_call_new {
	struct kpptp_priv_key key;	/* call_id 0: choose */
	struct kpptp_call_params params;
	uint16_t peer_call_id;
	uint16_t tx_window;
	uint8_t has_peer_call_id;
	uint8_t pad[3];
};

struct kpptp_priv_call_set {
	struct kpptp_priv_key key;
	uint16_t peer_call_id;
	uint16_t tx_window;
};

/*
 * struct kpptp_ppp_request. What decides who is let in, and the free options
 * of pppd, are not here: the monitor takes them from its own configuration.
 */
struct kpptp_priv_ppp_start {
	struct kpptp_priv_key key;
	struct in_addr local_ip;
	struct in_addr remote_ip;
	uint32_t auth;
	uint16_t peer_call_id;
	uint16_t mtu;
	uint8_t server;
	uint8_t mppe;
	uint8_t ipv6;
	uint8_t use_dns;
	struct kpptp_prefixes routes;
	char name[KPPTP_NAME_SIZE];
	char user[KPPTP_USER_SIZE];
	char password[KPPTP_PASSWORD_SIZE];
};

struct kpptp_priv_ppp_stop {
	uint32_t how;			/* enum kpptp_ppp_stop */
};

/* A client section, which says where traffic is to be waited for. */
struct kpptp_priv_demand {
	char name[KPPTP_NAME_SIZE];
};

struct kpptp_priv_done {
	int32_t err;
	uint16_t call_id;
	uint16_t pad;
	char why[KPPTP_WHY_SIZE];
};

struct kpptp_priv_ppp_event {
	uint32_t event;			/* enum kpptp_priv_event */
	int32_t status;
	char text[3][KPPTP_USER_SIZE];
};

struct kpptp_priv_refused {
	char why[KPPTP_RELOAD_WHY_SIZE];
};

/**
 * struct kpptp_priv_msg - any message
 * @type: enum kpptp_priv_type
 * @id: CALL_NEW and CALL_SET: comes back in DONE. PPP_*: number of the link,
 *	chosen by the worker. DEMAND_ARM: comes back in TRAFFIC. RELOAD: comes
 *	back in CONF or REFUSED, where 0 is for no request of the worker's
 */
struct kpptp_priv_msg {
	uint32_t type;
	uint32_t id;
	union {
		struct kpptp_priv_call_new call_new;
		struct kpptp_priv_call_set call_set;
		struct kpptp_priv_key call_del;
		struct kpptp_priv_ppp_start ppp_start;
		struct kpptp_priv_ppp_stop ppp_stop;
		struct kpptp_priv_demand demand;
		struct kpptp_priv_done done;
		struct kpptp_priv_ppp_event ppp_event;
		struct kpptp_ppp_net ppp_net;
		struct kpptp_priv_refused refused;
		struct kpptp_serving serving;
	} u;
};

/** kpptp_priv_size() - octets of a message of this type, 0 for no such type */
size_t kpptp_priv_size(uint32_t type);

/**
 * kpptp_priv_check() - may the monitor do this at all?
 * @msg: record that came from the worker; what lies behind @len is not read
 * @len: its length
 *
 * Checks everything that can be told from the message itself: type, length,
 * the range of every number, that text ends and is printable, that addresses
 * can be those of a host. Whether the call is the worker's is not told here.
 *
 * Return: NULL when it is well-formed, or a static sentence that says what is
 * wrong with it.
 */
const char *kpptp_priv_check(const struct kpptp_priv_msg *msg, size_t len);

#endif
