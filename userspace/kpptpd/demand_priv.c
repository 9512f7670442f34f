// SPDX-License-Identifier: GPL-2.0-or-later
/* demand_priv.c - waiting for traffic as the worker sees it: ask the monitor */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "priv.h"

struct demand_priv {
	struct kpptp_demand demand;
	struct kpptp_priv_worker *worker;
	kpptp_demand_fn traffic;	/* the same for all clients */
	void *arg;
};

static int send_name(struct demand_priv *me, uint32_t type, uint32_t id,
		     const char *name)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = type;
	msg.id = id;
	snprintf(msg.u.demand.name, sizeof(msg.u.demand.name), "%s", name);
	return kpptp_priv_worker_send(me->worker, &msg);
}

static void on_traffic(void *arg, uint32_t id)
{
	struct demand_priv *me = arg;

	if (me->traffic)
		me->traffic(me->arg, id);
}

static int priv_arm(struct kpptp_demand *demand,
		    const struct kpptp_client_settings *client,
		    kpptp_demand_fn traffic, void *arg, uint32_t id)
{
	struct demand_priv *me = (struct demand_priv *)demand;

	me->traffic = traffic;
	me->arg = arg;
	return send_name(me, KPPTP_PRIV_DEMAND_ARM, id, client->name);
}

static void priv_end(struct kpptp_demand *demand, const char *name)
{
	/* It fails only when the monitor is gone, and then so are we. */
	send_name((struct demand_priv *)demand, KPPTP_PRIV_DEMAND_END, 0, name);
}

static void priv_free(struct kpptp_demand *demand)
{
	struct demand_priv *me = (struct demand_priv *)demand;

	kpptp_priv_worker_on_traffic(me->worker, NULL, NULL);
	free(me);
}

static const struct kpptp_demand_ops ops = {
	.arm = priv_arm,
	.end = priv_end,
	.free = priv_free,
};

struct kpptp_demand *kpptp_demand_priv_new(struct kpptp_priv_worker *worker)
{
	struct demand_priv *me = calloc(1, sizeof(*me));

	if (!me)
		return NULL;
	me->demand.ops = &ops;
	me->worker = worker;
	kpptp_priv_worker_on_traffic(worker, on_traffic, me);
	return &me->demand;
}
