// SPDX-License-Identifier: GPL-2.0-or-later
/* priv_msg.c - the check of every request the worker makes */
#include <stdbool.h>
#include <string.h>

#include "../lib/valid.h"
#include "ppp.h"
#include "priv_msg.h"

#define AUTH_ALL	(KPPTP_AUTH_MSCHAP_V2 | KPPTP_AUTH_MSCHAP | \
			 KPPTP_AUTH_CHAP | KPPTP_AUTH_PAP | KPPTP_AUTH_EAP)
#define BODY(m)		(offsetof(struct kpptp_priv_msg, u) + \
			 sizeof(((struct kpptp_priv_msg *)0)->u.m))

size_t kpptp_priv_size(uint32_t type)
{
	switch (type) {
	case KPPTP_PRIV_CALL_NEW:
		return BODY(call_new);
	case KPPTP_PRIV_CALL_SET:
		return BODY(call_set);
	case KPPTP_PRIV_CALL_DEL:
		return BODY(call_del);
	case KPPTP_PRIV_PPP_START:
		return BODY(ppp_start);
	case KPPTP_PRIV_PPP_STOP:
		return BODY(ppp_stop);
	case KPPTP_PRIV_DEMAND_ARM:
	case KPPTP_PRIV_DEMAND_END:
		return BODY(demand);
	case KPPTP_PRIV_DONE:
		return BODY(done);
	case KPPTP_PRIV_PPP_EVENT:
		return BODY(ppp_event);
	case KPPTP_PRIV_PPP_NET:
		return BODY(ppp_net);
	case KPPTP_PRIV_REFUSED:
		return BODY(refused);
	case KPPTP_PRIV_PONG:
	case KPPTP_PRIV_READY:
		return BODY(serving);
	case KPPTP_PRIV_TRAFFIC:
	case KPPTP_PRIV_PPP_PROCEED:
	case KPPTP_PRIV_RELOAD:
	case KPPTP_PRIV_PING:
	case KPPTP_PRIV_CONF:
	case KPPTP_PRIV_SHUTDOWN:
		return offsetof(struct kpptp_priv_msg, u);
	default:
		return 0;
	}
}

/* A call that is not of a section may be without one. */
static bool is_name(const char *name, size_t size)
{
	return !*name || !kpptp_valid_name(name, size);
}

static const char *check_key(const struct kpptp_priv_key *key)
{
	if (!kpptp_valid_host(key->local) || !kpptp_valid_host(key->peer))
		return "an address that no host has";
	return key->pad ? "padding that is not zero" : NULL;
}

static const char *check_old_key(const struct kpptp_priv_key *key)
{
	return key->call_id ? check_key(key) : "Call ID 0";
}

static const char *check_call_new(const struct kpptp_priv_call_new *c)
{
	if (kpptp_call_params_check(&c->params))
		return "a parameter of a call that is out of range";
	if (c->has_peer_call_id > 1)
		return "a flag that is neither 0 nor 1";
	if (c->pad[0] || c->pad[1] || c->pad[2])
		return "padding that is not zero";
	return check_key(&c->key);
}

static const char *check_prefixes(const struct kpptp_prefixes *list)
{
	const char *why = NULL;
	unsigned int i;

	if (list->n > KPPTP_MAX_ROUTES)
		return "more networks than there is room for";
	for (i = 0; i < list->n && !why; i++)
		why = kpptp_prefix_check(&list->prefix[i]);
	return why;
}

static const char *check_demand(const struct kpptp_priv_demand *d)
{
	return kpptp_valid_name(d->name, sizeof(d->name)) ?
	       "text that cannot be the name of a client" : NULL;
}

static const char *check_ppp_start(const struct kpptp_priv_ppp_start *p)
{
	const char *why = check_prefixes(&p->routes);

	if (why)
		return why;
	if (p->server > 1 || p->ipv6 > 1 || p->use_dns > 1)
		return "a flag that is neither 0 nor 1";
	if (p->auth & ~AUTH_ALL)
		return "a way of authentication there is not";
	if (p->mppe > KPPTP_MPPE_REQUIRE)
		return "a way of encryption there is not";
	if (p->mtu < KPPTP_MTU_MIN || p->mtu > KPPTP_MTU_MAX)
		return "an MTU out of range";
	if (p->local_ip.s_addr && !kpptp_valid_host(p->local_ip))
		return "an address of ours that no host has";
	if (p->remote_ip.s_addr && !kpptp_valid_host(p->remote_ip))
		return "an address of the peer that no host has";
	if (!is_name(p->name, sizeof(p->name)) ||
	    kpptp_valid_text(p->user, sizeof(p->user)) ||
	    strnlen(p->password, sizeof(p->password)) == sizeof(p->password))
		return "text that cannot be a name";
	return check_old_key(&p->key);
}

const char *kpptp_priv_check(const struct kpptp_priv_msg *msg, size_t len)
{
	if (len < offsetof(struct kpptp_priv_msg, u) ||
	    len != kpptp_priv_size(msg->type))
		return "a message of the wrong length";
	switch (msg->type) {
	case KPPTP_PRIV_CALL_NEW:
		return check_call_new(&msg->u.call_new);
	case KPPTP_PRIV_CALL_SET:
		return check_old_key(&msg->u.call_set.key);
	case KPPTP_PRIV_CALL_DEL:
		return check_old_key(&msg->u.call_del);
	case KPPTP_PRIV_PPP_START:
		return check_ppp_start(&msg->u.ppp_start);
	case KPPTP_PRIV_PPP_STOP:
		return msg->u.ppp_stop.how <= KPPTP_PPP_STOP_NOW ? NULL :
		       "a way of stopping there is not";
	case KPPTP_PRIV_DEMAND_ARM:
	case KPPTP_PRIV_DEMAND_END:
		return check_demand(&msg->u.demand);
	case KPPTP_PRIV_PPP_PROCEED:
	case KPPTP_PRIV_PONG:
	case KPPTP_PRIV_RELOAD:
	case KPPTP_PRIV_READY:
		return NULL;
	default:
		return "a message that is not a request";
	}
}
