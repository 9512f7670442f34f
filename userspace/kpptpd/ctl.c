// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ctl.c - the control socket: who is connected, and lines in and out
 *
 * Nobody on this socket can make the daemon wait or grow: a request is one line
 * of bounded length, and whoever does not read what was asked for is dropped.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_int.h"
#include "ctl_json.h"
#include "log.h"

#define REQUEST_MAX	(16u << 10)	/* octets in a line from a client */
#define FAIL_SIZE	3072		/* octets of a refusal */
#define BACKLOG_MAX	(4u << 20)	/* octets a client may leave unread */

/* Freed later: we may be deep in a handler that still uses it. */
static void drop(struct kpptp_ctl_client *c)
{
	static const struct timeval now = { 0 };

	if (c->dead)
		return;
	c->dead = true;
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	kpptp_core_forget(c->ctl->setup.core, c);
	event_add(c->ctl->reaper, &now);
}

static void client_free(struct kpptp_ctl_client *c)
{
	LIST_REMOVE(c, entry);
	bufferevent_free(c->bev);
	if (c->dump.later)
		evbuffer_free(c->dump.later);
	free(c);
}

static void reap(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_ctl *ctl = arg;
	struct kpptp_ctl_client *c, *next;

	(void)fd;
	(void)what;
	for (c = LIST_FIRST(&ctl->clients); c; c = next) {
		next = LIST_NEXT(c, entry);
		if (c->dead)
			client_free(c);
	}
}

/* Where the next line goes; NULL without memory. A list is one line. */
static struct evbuffer *output(struct kpptp_ctl_client *c)
{
	if (!c->dump.more)
		return bufferevent_get_output(c->bev);
	if (!c->dump.later)
		c->dump.later = evbuffer_new();
	return c->dump.later;
}

void kpptp_ctl_send(struct kpptp_ctl_client *c, struct json_object *o)
{
	struct evbuffer *out = output(c);
	size_t len;
	const char *text = json_object_to_json_string_length(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
		&len);

	if (!c->dead &&
	    (!out || !text || evbuffer_get_length(out) > BACKLOG_MAX)) {
		kpptp_log(KPPTP_LOG_WARNING,
			  "a client of the control socket does not read and is dropped");
		drop(c);
	}
	if (!c->dead) {
		evbuffer_add(out, text, len);
		evbuffer_add(out, "\n", 1);
	}
	json_object_put(o);
}

void kpptp_ctl_fail(struct kpptp_ctl_client *c, const char *fmt, ...)
{
	struct json_object *o = json_object_new_object();
	char text[FAIL_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_object_object_add(o, "ok", json_object_new_boolean(false));
	json_object_object_add(o, "error", json_object_new_string(text));
	kpptp_ctl_send(c, o);
}

static void serve_line(struct kpptp_ctl_client *c, const char *line, size_t len)
{
	struct json_object *o = kpptp_ctl_parse(line, len);

	if (!o)
		kpptp_ctl_fail(c, "a request is one JSON object in one line");
	else if (c->waiting)
		kpptp_ctl_fail(c, "wait for the answer to the last request");
	else
		kpptp_ctl_serve(c, o);
	json_object_put(o);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct kpptp_ctl_client *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len;
	char *line;

	while (!c->dead && !c->dump.more &&
	       (line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF))) {
		if (len < REQUEST_MAX)
			serve_line(c, line, len);
		else
			kpptp_ctl_fail(c, "a request has %u octets at the most",
				       REQUEST_MAX);
		free(line);
	}
	if (c->dead || c->dump.more || evbuffer_get_length(in) <= REQUEST_MAX)
		return;
	kpptp_log(KPPTP_LOG_WARNING,
		  "a client of the control socket sends no end of line and is dropped");
	drop(c);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct kpptp_ctl_client *c = arg;

	if (c->dead || !c->dump.more)
		return;
	kpptp_ctl_dump_more(c);
	if (!c->dump.more)
		on_read(bev, c);	/* what was asked meanwhile */
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	drop(arg);
}

static void on_event(void *arg, const struct kpptp_event *event)
{
	struct kpptp_ctl *ctl = arg;
	struct kpptp_ctl_client *c;

	LIST_FOREACH(c, &ctl->clients, entry) {
		if (c->dead)
			continue;
		if (c->monitor ||
		    (c->waiting_for && c->waiting_for == event->client_id))
			kpptp_ctl_send(c, kpptp_ctl_event_json(event));
	}
}

void kpptp_ctl_no_section(struct kpptp_ctl *ctl, uint32_t id)
{
	struct kpptp_ctl_section *section;

	LIST_FOREACH(section, &ctl->sections, entry)
		if (section->id == id)
			break;
	if (!section)
		return;
	LIST_REMOVE(section, entry);
	free(section);
}

void kpptp_ctl_section(struct kpptp_ctl *ctl,
		       const struct kpptp_proto_client *client)
{
	struct kpptp_ctl_section *section = calloc(1, sizeof(*section));

	kpptp_ctl_no_section(ctl, client->id);
	if (!section)
		return;
	section->id = client->id;
	memcpy(section->name, client->name, sizeof(section->name));
	memcpy(section->host, client->host, sizeof(section->host));
	memcpy(section->user, client->user, sizeof(section->user));
	LIST_INSERT_HEAD(&ctl->sections, section, entry);
}

static struct kpptp_ctl_client *adopt(struct kpptp_ctl *ctl, int fd)
{
	struct kpptp_ctl_client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->ctl = ctl;
	c->bev = bufferevent_socket_new(ctl->setup.base, fd,
					BEV_OPT_CLOSE_ON_FREE);
	if (!c->bev) {
		free(c);
		return NULL;
	}
	LIST_INSERT_HEAD(&ctl->clients, c, entry);
	/* Read no more than a request at a time: the rest waits in the kernel. */
	bufferevent_setwatermark(c->bev, EV_READ, 0, REQUEST_MAX + 1);
	bufferevent_setcb(c->bev, on_read, on_written, on_end, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	return c;
}

int kpptp_ctl_take(struct kpptp_ctl *ctl,
		   const struct kpptp_priv_control *request, int fd)
{
	struct kpptp_ctl_client *c = adopt(ctl, fd);

	if (!c) {
		close(fd);
		return -ENOMEM;
	}
	if (request->has_client)
		kpptp_ctl_connect(c, &request->client, request->wait);
	else
		serve_line(c, request->line,
			   strnlen(request->line, sizeof(request->line) - 1));
	return 0;
}

struct kpptp_ctl *kpptp_ctl_new(const struct kpptp_ctl_setup *setup)
{
	struct kpptp_ctl *ctl = calloc(1, sizeof(*ctl));
	struct timespec now;

	if (!ctl)
		return NULL;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ctl->setup = *setup;
	ctl->started = now.tv_sec;
	LIST_INIT(&ctl->clients);
	LIST_INIT(&ctl->sections);
	ctl->reaper = evtimer_new(setup->base, reap, ctl);
	if (ctl->reaper && !kpptp_event_subscribe(on_event, ctl))
		return ctl;
	kpptp_ctl_free(ctl);
	return NULL;
}

void kpptp_ctl_free(struct kpptp_ctl *ctl)
{
	struct kpptp_ctl_client *c;

	if (!ctl)
		return;
	kpptp_event_unsubscribe(on_event, ctl);
	while ((c = LIST_FIRST(&ctl->clients))) {
		if (!c->dead)
			kpptp_core_forget(ctl->setup.core, c);
		client_free(c);
	}
	while (!LIST_EMPTY(&ctl->sections))
		kpptp_ctl_no_section(ctl, LIST_FIRST(&ctl->sections)->id);
	if (ctl->reaper)
		event_free(ctl->reaper);
	free(ctl);
}
