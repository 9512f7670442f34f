// SPDX-License-Identifier: GPL-2.0-or-later
/* priv_msg.c - lengths of messages, and the check of every request */
#include "ppp.h"
#include "priv_msg.h"

#define HEAD		offsetof(struct kpptp_priv_msg, u)
#define BODY(m)		(HEAD + sizeof(((struct kpptp_priv_msg *)0)->u.m))

static const size_t sizes[KPPTP_PRIV_TYPES] = {
	[KPPTP_PRIV_CALL_NEW] = BODY(call_new),
	[KPPTP_PRIV_CALL_SET] = BODY(call_set),
	[KPPTP_PRIV_CALL_DEL] = HEAD,
	[KPPTP_PRIV_PPP_START] = HEAD,
	[KPPTP_PRIV_PPP_STOP] = BODY(ppp_stop),
	[KPPTP_PRIV_PPP_PROCEED] = HEAD,
	[KPPTP_PRIV_CONNECT] = BODY(connect),
	[KPPTP_PRIV_CONN_END] = HEAD,
	[KPPTP_PRIV_CLIENT_END] = HEAD,
	[KPPTP_PRIV_ARM] = HEAD,
	[KPPTP_PRIV_DISARM] = HEAD,
	[KPPTP_PRIV_PONG] = BODY(serving),
	[KPPTP_PRIV_READY] = BODY(serving),
	[KPPTP_PRIV_SHUT_DOWN] = HEAD,
	[KPPTP_PRIV_SERVER] = BODY(server),
	[KPPTP_PRIV_SECTION] = BODY(client),
	[KPPTP_PRIV_NO_SECTION] = HEAD,
	[KPPTP_PRIV_CLIENT_START] = BODY(client),
	[KPPTP_PRIV_CLIENT_AWAIT] = BODY(client),
	[KPPTP_PRIV_CLIENT_SET] = BODY(client),
	[KPPTP_PRIV_CLIENT_STOP] = BODY(why),
	[KPPTP_PRIV_CLIENT_HOLD] = HEAD,
	[KPPTP_PRIV_CLIENT_RELEASE] = HEAD,
	[KPPTP_PRIV_CONN] = BODY(conn),
	[KPPTP_PRIV_CONNECTED] = BODY(conn),
	[KPPTP_PRIV_CANNOT_WAIT] = BODY(why),
	[KPPTP_PRIV_TRAFFIC] = HEAD,
	[KPPTP_PRIV_CALL_MADE] = BODY(done),
	[KPPTP_PRIV_CALL_COMPLETED] = BODY(done),
	[KPPTP_PRIV_CALL_CLOSE] = BODY(why),
	[KPPTP_PRIV_PPP_EVENT] = BODY(ppp_event),
	[KPPTP_PRIV_PPP_NET] = BODY(ppp_net),
	[KPPTP_PRIV_CONTROL] = BODY(control),
	[KPPTP_PRIV_PING] = HEAD,
	[KPPTP_PRIV_SHUTDOWN] = HEAD,
};

size_t kpptp_priv_size(uint32_t type)
{
	return type < KPPTP_PRIV_TYPES ? sizes[type] : 0;
}

/* What has no number has 0, and what has one has another. */
static bool has_number(uint32_t type)
{
	return type != KPPTP_PRIV_PONG && type != KPPTP_PRIV_READY &&
	       type != KPPTP_PRIV_SHUT_DOWN;
}

const char *kpptp_priv_check(const struct kpptp_priv_msg *msg, size_t len)
{
	if (len < HEAD || len != kpptp_priv_size(msg->type))
		return "a message of the wrong length";
	if (msg->type >= KPPTP_PRIV_REQUESTS)
		return "a message that is not a request";
	if (has_number(msg->type) != !!msg->id)
		return "a number where there is none, or none";
	if (msg->type == KPPTP_PRIV_CALL_NEW && !msg->u.call_new.conn)
		return "a call on no connection";
	if (msg->type == KPPTP_PRIV_CONNECT && msg->u.connect.fresh > 1)
		return "a flag that is neither 0 nor 1";
	if (msg->type == KPPTP_PRIV_PPP_STOP &&
	    msg->u.ppp_stop.how > KPPTP_PPP_STOP_NOW)
		return "a way of stopping there is not";
	return NULL;
}
