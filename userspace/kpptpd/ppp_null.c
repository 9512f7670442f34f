// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ppp_null.c - PPP for tests: links come up at once and carry nothing
 *
 * Every event comes from the loop, never from within start() or stop(), as
 * ppp.h promises.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "ppp_impl.h"

struct ppp_null;

struct kpptp_ppp_link {
	LIST_ENTRY(kpptp_ppp_link) entry;
	struct ppp_null *ppp;
	struct kpptp_ppp_events events;
	void *arg;
	struct event *step;
	bool server;
	bool open;
	bool stopping;
	char ifname[IFNAMSIZ];
	char local_ip[INET_ADDRSTRLEN];
	char remote_ip[INET_ADDRSTRLEN];
};

struct ppp_null {
	struct kpptp_ppp ppp;
	struct kpptp_ppp_setup setup;
	LIST_HEAD(, kpptp_ppp_link) links;
	unsigned int made;
};

static void link_free(struct kpptp_ppp_link *link)
{
	LIST_REMOVE(link, entry);
	event_free(link->step);
	free(link);
}

/* Return: whether the peer may have a link. */
static bool ask_peer(struct kpptp_ppp_link *link)
{
	const struct kpptp_ppp_setup *setup = &link->ppp->setup;
	struct kpptp_ppp_peer peer = { 0 };

	setup->peer(setup->arg, link->arg, "null", &peer);
	if (peer.address.s_addr)
		inet_ntop(AF_INET, &peer.address, link->remote_ip,
			  sizeof(link->remote_ip));
	if (*peer.why)
		link->events.down(link->arg, peer.why, 11);
	return !*peer.why;
}

static void link_step(evutil_socket_t fd, short what, void *opaque)
{
	struct kpptp_ppp_link *link = opaque;
	struct kpptp_ppp_events events = link->events;
	void *arg = link->arg;

	(void)fd;
	(void)what;
	if (link->stopping) {
		if (link->open)
			events.closing(arg, "");
		link_free(link);
		events.down(arg, "ended as asked", 0);
		return;
	}
	link->open = true;
	events.attached(arg);
	if (!link->stopping && link->server) {
		if (!ask_peer(link)) {
			link_free(link);
			return;
		}
		events.auth(arg, "null");
	}
	/* A callback may have stopped the link, never freed it. */
	if (!link->stopping)
		events.up(arg, link->ifname, link->local_ip, link->remote_ip);
}

static void step_soon(struct kpptp_ppp_link *link)
{
	static const struct timeval now = { 0 };

	event_add(link->step, &now);
}

static int null_start(struct kpptp_ppp *ppp,
		      const struct kpptp_ppp_request *req,
		      const struct kpptp_ppp_events *events, void *arg,
		      struct kpptp_ppp_link **out)
{
	struct ppp_null *me = (struct ppp_null *)ppp;
	struct kpptp_ppp_link *link = calloc(1, sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->step = evtimer_new(me->setup.base, link_step, link);
	if (!link->step) {
		free(link);
		return -ENOMEM;
	}
	link->ppp = me;
	link->events = *events;
	link->arg = arg;
	link->server = req->server;
	snprintf(link->ifname, sizeof(link->ifname), "null%u", me->made++);
	inet_ntop(AF_INET, &req->local_ip, link->local_ip,
		  sizeof(link->local_ip));
	inet_ntop(AF_INET, &req->remote_ip, link->remote_ip,
		  sizeof(link->remote_ip));
	LIST_INSERT_HEAD(&me->links, link, entry);
	step_soon(link);
	*out = link;
	return 0;
}

static void null_stop(struct kpptp_ppp *ppp, struct kpptp_ppp_link *link,
		      enum kpptp_ppp_stop how)
{
	(void)ppp;
	(void)how;
	link->stopping = true;
	step_soon(link);
}

/* Carries nothing, so it has no last words that could wait. */
static void null_proceed(struct kpptp_ppp *ppp, struct kpptp_ppp_link *link)
{
	(void)ppp;
	(void)link;
}

static void null_free(struct kpptp_ppp *ppp)
{
	struct ppp_null *me = (struct ppp_null *)ppp;

	while (!LIST_EMPTY(&me->links))
		link_free(LIST_FIRST(&me->links));
	free(me);
}

static const struct kpptp_ppp_ops ops = {
	.name = "null",
	.start = null_start,
	.stop = null_stop,
	.proceed = null_proceed,
	.free = null_free,
};

int kpptp_ppp_null_new(const struct kpptp_ppp_setup *setup,
		       struct kpptp_ppp **ppp)
{
	struct ppp_null *me = calloc(1, sizeof(*me));

	if (!me)
		return -ENOMEM;
	me->ppp.ops = &ops;
	me->setup = *setup;
	LIST_INIT(&me->links);
	*ppp = &me->ppp;
	return 0;
}
