/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between ctl.c (clients and lines) and ctl_cmd.c (what requests mean). */
#ifndef KPPTPD_CTL_INT_H
#define KPPTPD_CTL_INT_H

#include <json-c/json.h>
#include <sys/queue.h>
#include <time.h>

#include "ctl.h"
#include "event.h"

struct bufferevent;

/**
 * struct kpptp_ctl_client - one kpptp that is connected
 * @entry: in the list
 * @ctl: whose list it is
 * @bev: its socket
 * @monitor: wants every event
 * @waiting: a request has yet to be answered
 * @waiting_for: number of the struct kpptp_client whose events it wants, or 0
 * @reload: number of its request to reload that has yet to be answered, or 0
 * @dead: to be freed by the loop, out of any handler
 */
struct kpptp_ctl_client {
	LIST_ENTRY(kpptp_ctl_client) entry;
	struct kpptp_ctl *ctl;
	struct bufferevent *bev;
	bool monitor;
	bool waiting;
	unsigned int waiting_for;
	uint32_t reload;
	bool dead;
};

struct kpptp_ctl {
	struct kpptp_ctl_setup setup;
	time_t started;			/* CLOCK_MONOTONIC */
	uint32_t last_reload;
	LIST_HEAD(, kpptp_ctl_client) clients;
	struct evconnlistener *listener;
	struct event *reaper;
	struct event *pause;		/* runs while accepting is suspended */
};

/** kpptp_ctl_send() - one line; takes over the reference to @o */
void kpptp_ctl_send(struct kpptp_ctl_client *c, struct json_object *o);

/** kpptp_ctl_fail() - {"ok":false,"error":...} */
void kpptp_ctl_fail(struct kpptp_ctl_client *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** kpptp_ctl_serve() - act on one request */
void kpptp_ctl_serve(struct kpptp_ctl_client *c, struct json_object *request);

#define KPPTP_FOUND_TEXT	1280

/**
 * struct kpptp_found - which calls somebody means
 * @n: how many
 * @call: the first of them, when @n is not 0
 * @list: the first of them in words, separated by commas
 */
struct kpptp_found {
	unsigned int n;
	struct kpptp_call_info call;
	char list[KPPTP_FOUND_TEXT];
};

/**
 * kpptp_ctl_find() - calls by what a user would call them
 * @key: number or interface, of which there is one; otherwise name of the
 *	client, user, or address, outside (the peer's) or inside (of the link)
 */
void kpptp_ctl_find(struct kpptp_core *core, const char *key,
		    struct kpptp_found *found);

/** kpptp_ctl_event_json() - an event as an object; the caller owns it */
struct json_object *kpptp_ctl_event_json(const struct kpptp_event *event);

#endif
