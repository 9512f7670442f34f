/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between ctl.c (clients and lines), ctl_cmd.c (what requests mean) and ctl_dump.c
 * (answers that are long).
 */
#ifndef KPPTPD_CTL_INT_H
#define KPPTPD_CTL_INT_H

#include <json-c/json.h>
#include <sys/queue.h>
#include <time.h>

#include "ctl.h"
#include "event.h"

struct bufferevent;
struct evbuffer;

/**
 * typedef kpptp_ctl_more_fn - the next objects of a list
 * @list: array they are added to
 * @max: how many at most; fewer mean that there are no more
 * @after: number of the last one before them, 0 for the first
 *
 * Return: number of the last one.
 */
typedef unsigned int kpptp_ctl_more_fn(struct kpptp_core *core,
				       struct json_object *list,
				       unsigned int max, unsigned int after);

/**
 * struct kpptp_ctl_dump - a list that is being sent
 * @more: where it comes from, NULL when none is being sent
 * @last: number of the last object sent
 * @is_first: none has been sent
 * @later: lines that wait for the end of this one, or NULL
 */
struct kpptp_ctl_dump {
	kpptp_ctl_more_fn *more;
	unsigned int last;
	bool is_first;
	struct evbuffer *later;
};

/**
 * struct kpptp_ctl_client - one kpptp that is connected
 * @entry: in the list
 * @ctl: whose list it is
 * @bev: its socket
 * @monitor: wants every event
 * @waiting: a request has yet to be answered
 * @waiting_for: number of the struct kpptp_client whose events it wants, or 0
 * @dump: a list that is being sent; requests are read again when it has been
 * @dead: to be freed by the loop, out of any handler
 */
struct kpptp_ctl_client {
	LIST_ENTRY(kpptp_ctl_client) entry;
	struct kpptp_ctl *ctl;
	struct bufferevent *bev;
	bool monitor;
	bool waiting;
	unsigned int waiting_for;
	struct kpptp_ctl_dump dump;
	bool dead;
};

/* A [client NAME] section, whether it runs or not */
struct kpptp_ctl_section {
	LIST_ENTRY(kpptp_ctl_section) entry;
	uint32_t id;
	char name[KPPTP_NAME_SIZE];
	char host[KPPTP_HOST_SIZE];
	char user[KPPTP_USER_SIZE];
};

struct kpptp_ctl {
	struct kpptp_ctl_setup setup;
	LIST_HEAD(, kpptp_ctl_section) sections;
	time_t started;			/* CLOCK_MONOTONIC */
	LIST_HEAD(, kpptp_ctl_client) clients;
	struct event *reaper;
};

/** kpptp_ctl_send() - one line; takes over the reference to @o */
void kpptp_ctl_send(struct kpptp_ctl_client *c, struct json_object *o);

/** kpptp_ctl_fail() - {"ok":false,"error":...} */
void kpptp_ctl_fail(struct kpptp_ctl_client *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * kpptp_ctl_dump() - answer with a list: {"ok":true,@name:[...]}
 * @more: called until there are no more
 */
void kpptp_ctl_dump(struct kpptp_ctl_client *c, const char *name,
		    kpptp_ctl_more_fn *more);

/** kpptp_ctl_dump_more() - the socket has room for more of the list */
void kpptp_ctl_dump_more(struct kpptp_ctl_client *c);

/** kpptp_ctl_serve() - act on one request */
void kpptp_ctl_serve(struct kpptp_ctl_client *c, struct json_object *request);

/** kpptp_ctl_connect() - place the call of a client the monitor has made */
void kpptp_ctl_connect(struct kpptp_ctl_client *c,
		       const struct kpptp_proto_client *client, bool wait);

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
