// SPDX-License-Identifier: GPL-2.0-or-later
/* dataplane_priv.c - the data path as the worker sees it: ask the monitor */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "dataplane_impl.h"
#include "priv.h"

struct pending {
	TAILQ_ENTRY(pending) entry;
	uint32_t id;
	kpptp_dp_done_fn done;
	void *arg;
};

TAILQ_HEAD(pending_list, pending);

struct dataplane_priv {
	struct kpptp_dataplane dp;
	struct kpptp_priv_worker *worker;
	struct pending_list pending;
	uint32_t last_id;
};

/* Answers come in the order of the requests, so the first one matches. */
static void on_done(void *arg, uint32_t id, const struct kpptp_priv_done *done)
{
	struct dataplane_priv *me = arg;
	struct pending *p;

	TAILQ_FOREACH(p, &me->pending, entry)
		if (p->id == id)
			break;
	if (!p)
		return;
	TAILQ_REMOVE(&me->pending, p, entry);
	p->done(p->arg, done->err, done->call_id,
		done->err ? done->why : NULL);
	free(p);
}

/* Sends a request whose answer goes to @done. */
static int ask(struct dataplane_priv *me, struct kpptp_priv_msg *msg,
	       kpptp_dp_done_fn done, void *arg)
{
	struct pending *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	msg->id = p->id = ++me->last_id;
	p->done = done;
	p->arg = arg;
	TAILQ_INSERT_TAIL(&me->pending, p, entry);
	err = kpptp_priv_worker_send(me->worker, msg);
	if (err) {
		TAILQ_REMOVE(&me->pending, p, entry);
		free(p);
	}
	return err;
}

static int priv_call_new(struct kpptp_dataplane *dp,
			 const struct kpptp_dp_call *call,
			 kpptp_dp_done_fn done, void *arg)
{
	struct kpptp_priv_msg msg;
	struct kpptp_priv_call_new *m = &msg.u.call_new;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_CALL_NEW;
	m->key.local = call->local;
	m->key.peer = call->peer;
	m->key.call_id = call->call_id;
	m->params = call->params;
	m->peer_call_id = call->peer_call_id;
	m->tx_window = call->tx_window;
	m->has_peer_call_id = call->has_peer_call_id;
	return ask((struct dataplane_priv *)dp, &msg, done, arg);
}

static int priv_call_set(struct kpptp_dataplane *dp,
			 const struct kpptp_dp_call *call,
			 kpptp_dp_done_fn done, void *arg)
{
	struct kpptp_priv_msg msg;
	struct kpptp_priv_call_set *m = &msg.u.call_set;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_CALL_SET;
	m->key.local = call->local;
	m->key.peer = call->peer;
	m->key.call_id = call->call_id;
	m->peer_call_id = call->peer_call_id;
	m->tx_window = call->tx_window;
	return ask((struct dataplane_priv *)dp, &msg, done, arg);
}

static int priv_call_del(struct kpptp_dataplane *dp, struct in_addr local,
			 struct in_addr peer, uint16_t call_id)
{
	struct dataplane_priv *me = (struct dataplane_priv *)dp;
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_CALL_DEL;
	msg.u.call_del.local = local;
	msg.u.call_del.peer = peer;
	msg.u.call_del.call_id = call_id;
	return kpptp_priv_worker_send(me->worker, &msg);
}

static void priv_free(struct kpptp_dataplane *dp)
{
	struct dataplane_priv *me = (struct dataplane_priv *)dp;
	struct pending *p;

	kpptp_priv_worker_on_done(me->worker, NULL, NULL);
	while ((p = TAILQ_FIRST(&me->pending))) {
		TAILQ_REMOVE(&me->pending, p, entry);
		free(p);
	}
	free(me);
}

static const struct kpptp_dataplane_ops ops = {
	.name = "kernel",
	.call_new = priv_call_new,
	.call_set = priv_call_set,
	.call_del = priv_call_del,
	.free = priv_free,
};

int kpptp_dataplane_priv_new(struct kpptp_priv_worker *worker,
			     struct kpptp_dataplane **dp)
{
	struct dataplane_priv *me = calloc(1, sizeof(*me));

	if (!me)
		return -ENOMEM;
	me->dp.ops = &ops;
	me->worker = worker;
	TAILQ_INIT(&me->pending);
	kpptp_priv_worker_on_done(worker, on_done, me);
	*dp = &me->dp;
	return 0;
}
