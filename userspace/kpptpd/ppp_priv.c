// SPDX-License-Identifier: GPL-2.0-or-later
/* ppp_priv.c - PPP as the worker sees it: ask the monitor */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "ppp_impl.h"
#include "priv.h"

struct kpptp_ppp_link {
	LIST_ENTRY(kpptp_ppp_link) entry;
	uint32_t id;
	struct kpptp_ppp_events events;
	void *arg;
};

struct ppp_priv {
	struct kpptp_ppp ppp;
	struct kpptp_priv_worker *worker;
	LIST_HEAD(, kpptp_ppp_link) links;
	uint32_t last_id;
};

static void link_free(struct kpptp_ppp_link *link)
{
	LIST_REMOVE(link, entry);
	free(link);
}

static void deliver(struct kpptp_ppp_link *link,
		    const struct kpptp_priv_ppp_event *ev)
{
	struct kpptp_ppp_events events = link->events;
	void *arg = link->arg;

	switch ((enum kpptp_priv_event)ev->event) {
	case KPPTP_PRIV_EVENT_ATTACHED:
		events.attached(arg);
		return;
	case KPPTP_PRIV_EVENT_AUTH:
		events.auth(arg, ev->text[0]);
		return;
	case KPPTP_PRIV_EVENT_UP:
		events.up(arg, ev->text[0], ev->text[1], ev->text[2]);
		return;
	case KPPTP_PRIV_EVENT_UP6:
		events.up6(arg, ev->text[0], ev->text[1], ev->text[2]);
		return;
	case KPPTP_PRIV_EVENT_CLOSING:
		events.closing(arg);
		return;
	case KPPTP_PRIV_EVENT_DOWN:
		link_free(link);
		events.down(arg, ev->text[0], ev->status);
		return;
	case KPPTP_PRIV_EVENTS:
		return;
	}
}

static struct kpptp_ppp_link *link_find(struct ppp_priv *me, uint32_t id)
{
	struct kpptp_ppp_link *link;

	LIST_FOREACH(link, &me->links, entry)
		if (link->id == id)
			return link;
	return NULL;
}

static void on_event(void *arg, uint32_t id,
		     const struct kpptp_priv_ppp_event *ev)
{
	struct kpptp_ppp_link *link = link_find(arg, id);

	if (link)
		deliver(link, ev);
}

static void on_net(void *arg, uint32_t id, const struct kpptp_ppp_net *net)
{
	struct kpptp_ppp_link *link = link_find(arg, id);

	if (link)
		link->events.net(link->arg, net);
}

static void fill(struct kpptp_priv_ppp_start *m,
		 const struct kpptp_ppp_request *req)
{
	m->key.local = req->local;
	m->key.peer = req->peer;
	m->key.call_id = req->call_id;
	m->peer_call_id = req->peer_call_id;
	m->local_ip = req->local_ip;
	m->remote_ip = req->remote_ip;
	m->server = req->server;
	m->auth = req->settings->auth;
	m->mppe = req->settings->mppe;
	m->mtu = req->settings->mtu;
	m->ipv6 = req->settings->ipv6;
	snprintf(m->name, sizeof(m->name), "%s", req->name);
	if (req->server)
		return;
	m->use_dns = req->settings->use_dns;
	m->routes = req->settings->routes;
	snprintf(m->user, sizeof(m->user), "%s", req->user);
	snprintf(m->password, sizeof(m->password), "%s", req->password);
}

static int priv_start(struct kpptp_ppp *ppp,
		      const struct kpptp_ppp_request *req,
		      const struct kpptp_ppp_events *events, void *arg,
		      struct kpptp_ppp_link **out)
{
	struct ppp_priv *me = (struct ppp_priv *)ppp;
	struct kpptp_ppp_link *link = calloc(1, sizeof(*link));
	struct kpptp_priv_msg msg;
	int err;

	if (!link)
		return -ENOMEM;
	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_PPP_START;
	msg.id = link->id = ++me->last_id;
	fill(&msg.u.ppp_start, req);
	err = kpptp_priv_worker_send(me->worker, &msg);
	explicit_bzero(&msg, sizeof(msg));
	if (err) {
		free(link);
		return err;
	}
	link->events = *events;
	link->arg = arg;
	LIST_INSERT_HEAD(&me->links, link, entry);
	*out = link;
	return 0;
}

static void priv_stop(struct kpptp_ppp *ppp, struct kpptp_ppp_link *link,
		      enum kpptp_ppp_stop how)
{
	struct ppp_priv *me = (struct ppp_priv *)ppp;
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_PPP_STOP;
	msg.id = link->id;
	msg.u.ppp_stop.how = how;
	/* It fails only when the monitor is gone, and then so are we. */
	kpptp_priv_worker_send(me->worker, &msg);
}

static void priv_proceed(struct kpptp_ppp *ppp, struct kpptp_ppp_link *link)
{
	struct ppp_priv *me = (struct ppp_priv *)ppp;
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_PPP_PROCEED;
	msg.id = link->id;
	kpptp_priv_worker_send(me->worker, &msg);
}

static void priv_free(struct kpptp_ppp *ppp)
{
	struct ppp_priv *me = (struct ppp_priv *)ppp;

	kpptp_priv_worker_on_event(me->worker, NULL, NULL, NULL);
	while (!LIST_EMPTY(&me->links))
		link_free(LIST_FIRST(&me->links));
	free(me);
}

static const struct kpptp_ppp_ops ops = {
	.name = "pppd",
	.start = priv_start,
	.stop = priv_stop,
	.proceed = priv_proceed,
	.free = priv_free,
};

int kpptp_ppp_priv_new(struct kpptp_priv_worker *worker,
		       struct kpptp_ppp **ppp)
{
	struct ppp_priv *me = calloc(1, sizeof(*me));

	if (!me)
		return -ENOMEM;
	me->ppp.ops = &ops;
	me->worker = worker;
	LIST_INIT(&me->links);
	kpptp_priv_worker_on_event(worker, on_event, on_net, me);
	*ppp = &me->ppp;
	return 0;
}
