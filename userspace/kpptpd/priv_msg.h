/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * priv_msg.h - what worker and monitor say to each other
 *
 * One message is one record of a SOCK_SEQPACKET pair, and its length follows from
 * its type. Both ends are the same program, so octets are in the host's order; but
 * the monitor believes nothing: a request of the worker is a type, a number and a
 * few more numbers, all of which kpptp_priv_check() looks at. What they may mean is
 * the monitor's to know (host.h).
 */
#ifndef KPPTPD_PRIV_MSG_H
#define KPPTPD_PRIV_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "core.h"
#include "notify.h"
#include "proto.h"

#define KPPTP_PRIV_LINE_SIZE	1024	/* a request of the control socket */

/* What @id of a message is stands behind each type. */
enum kpptp_priv_type {
	/* worker to monitor */
	KPPTP_PRIV_CALL_NEW = 1,	/* call */
	KPPTP_PRIV_CALL_SET,		/* call */
	KPPTP_PRIV_CALL_DEL,		/* call */
	KPPTP_PRIV_PPP_START,		/* call */
	KPPTP_PRIV_PPP_STOP,		/* call */
	KPPTP_PRIV_PPP_PROCEED,		/* call */
	KPPTP_PRIV_CONNECT,		/* client */
	KPPTP_PRIV_CONN_END,		/* connection */
	KPPTP_PRIV_CLIENT_END,		/* client */
	KPPTP_PRIV_ARM,			/* client */
	KPPTP_PRIV_DISARM,		/* client */
	KPPTP_PRIV_PONG,		/* the answer to KPPTP_PRIV_PING */
	KPPTP_PRIV_READY,		/* it serves, as the last KPPTP_PRIV_SERVER says */
	KPPTP_PRIV_SHUT_DOWN,		/* every call has ended */
	KPPTP_PRIV_REQUESTS,
	/* monitor to worker */
	KPPTP_PRIV_SERVER,
	KPPTP_PRIV_SECTION,		/* client: there is a section, for lists */
	KPPTP_PRIV_NO_SECTION,		/* client: not any more */
	KPPTP_PRIV_CLIENT_START,	/* client */
	KPPTP_PRIV_CLIENT_AWAIT,	/* client */
	KPPTP_PRIV_CLIENT_SET,		/* client */
	KPPTP_PRIV_CLIENT_STOP,		/* client; reason */
	KPPTP_PRIV_CLIENT_HOLD,		/* client */
	KPPTP_PRIV_CLIENT_RELEASE,	/* client */
	KPPTP_PRIV_CONN,		/* connection of a peer; with its socket */
	KPPTP_PRIV_CONNECTED,		/* client; with a socket, or one it has */
	KPPTP_PRIV_CANNOT_WAIT,		/* client; reason */
	KPPTP_PRIV_TRAFFIC,		/* client */
	KPPTP_PRIV_CALL_MADE,		/* call */
	KPPTP_PRIV_CALL_COMPLETED,	/* call */
	KPPTP_PRIV_CALL_CLOSE,		/* call; reason */
	KPPTP_PRIV_PPP_EVENT,		/* call */
	KPPTP_PRIV_PPP_NET,		/* call */
	KPPTP_PRIV_CONTROL,		/* with a socket */
	KPPTP_PRIV_PING,
	KPPTP_PRIV_SHUTDOWN,		/* end every call in order */
	KPPTP_PRIV_TYPES
};

enum kpptp_priv_event {
	KPPTP_PRIV_EVENT_STARTED,	/* the answer to PPP_START, or DOWN is */
	KPPTP_PRIV_EVENT_ATTACHED,
	KPPTP_PRIV_EVENT_AUTH,		/* text[0] user */
	KPPTP_PRIV_EVENT_UP,		/* text: interface, ours, theirs */
	KPPTP_PRIV_EVENT_UP6,
	KPPTP_PRIV_EVENT_CLOSING,	/* text[0] why, or ""; PPP_PROCEED answers it */
	KPPTP_PRIV_EVENT_DOWN,		/* status, text[0] reason */
	KPPTP_PRIV_EVENTS
};

struct kpptp_priv_call_new {
	uint32_t conn;
	uint32_t client;		/* 0: the peer placed it */
	uint16_t peer_call_id;
	uint16_t peer_window;
};

struct kpptp_priv_call_set {
	uint16_t peer_call_id;
	uint16_t peer_window;
};

struct kpptp_priv_ppp_stop {
	uint32_t how;			/* enum kpptp_ppp_stop */
};

struct kpptp_priv_connect {
	uint32_t fresh;			/* 0 or 1 */
};

struct kpptp_priv_conn {
	uint32_t id;
	int32_t err;			/* CONNECTED: 0, or negative and @why */
	struct sockaddr_in local;
	struct sockaddr_in peer;
	char why[KPPTP_WHY_SIZE];
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

/* A request of somebody on the control socket, which goes with it. */
struct kpptp_priv_control {
	uint32_t has_client;		/* connect: @client is to be started */
	uint32_t wait;			/* answer once it is up */
	struct kpptp_proto_client client;
	char line[KPPTP_PRIV_LINE_SIZE];
};

/* struct kpptp_priv_msg - any message; see above for @id */
struct kpptp_priv_msg {
	uint32_t type;
	uint32_t id;
	union {
		struct kpptp_priv_call_new call_new;
		struct kpptp_priv_call_set call_set;
		struct kpptp_priv_ppp_stop ppp_stop;
		struct kpptp_priv_connect connect;
		struct kpptp_serving serving;
		struct kpptp_proto_server server;
		struct kpptp_proto_client client;
		struct kpptp_priv_conn conn;
		struct kpptp_priv_done done;
		struct kpptp_priv_ppp_event ppp_event;
		struct kpptp_ppp_net ppp_net;
		struct kpptp_priv_control control;
		char why[KPPTP_WHY_SIZE];
	} u;
};

/** kpptp_priv_size() - octets of a message of this type, 0 for no such type */
size_t kpptp_priv_size(uint32_t type);

/**
 * kpptp_priv_check() - is it a request that the worker could make?
 * @msg: record that came from the worker; what lies behind @len is not read
 * @len: its length
 *
 * Return: NULL when it is, or a static sentence that says why only a worker that
 * is broken would send it.
 */
const char *kpptp_priv_check(const struct kpptp_priv_msg *msg, size_t len);

#endif
