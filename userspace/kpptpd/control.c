// SPDX-License-Identifier: GPL-2.0-or-later
/* control.c - first requests on the control socket, see control.h */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "control.h"
#include "log.h"
#include "priv_msg.h"

#define REQUEST_MAX	(16u << 10)	/* octets in a line */
#define CLIENTS_MAX	64		/* whose first request has not been read */

struct client {
	LIST_ENTRY(client) entry;
	struct kpptp_control *control;
	struct bufferevent *bev;
	bool waiting;			/* for the end of a reload */
};

/* @spare: given up for a moment when no descriptor is left */
struct kpptp_control {
	struct kpptp_control_setup setup;
	LIST_HEAD(, client) clients;
	unsigned int n_clients;
	struct evconnlistener *listener;
	struct event *pause;
	int spare;
};

static void client_free(struct client *c)
{
	LIST_REMOVE(c, entry);
	c->control->n_clients--;
	bufferevent_free(c->bev);
	free(c);
}

/* Takes @o over. */
static void send_object(struct client *c, struct json_object *o)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	evbuffer_add_printf(out, "%s\n",
			    json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
						JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

/* {"ok":true}, or {"ok":false,"error":...} */
static void reply(struct client *c, const char *why)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "ok", json_object_new_boolean(!why));
	if (why)
		json_object_object_add(o, "error", json_object_new_string(why));
	send_object(c, o);
}

/* {"ok":true,"changed":[...]} */
static void reply_changed(struct client *c, struct json_object *changed)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "ok", json_object_new_boolean(true));
	json_object_object_add(o, "changed", json_object_get(changed));
	send_object(c, o);
}

/* Nothing may be on its way in either direction. Return: a descriptor, or -1. */
static int take_socket(struct client *c)
{
	if (evbuffer_get_length(bufferevent_get_input(c->bev)) ||
	    evbuffer_get_length(bufferevent_get_output(c->bev)))
		return -1;
	return fcntl(bufferevent_getfd(c->bev), F_DUPFD_CLOEXEC, 0);
}

/* Return: whether the client has gone elsewhere, and is freed here */
static bool handed_on(struct client *c, int err)
{
	if (err)
		reply(c, "the process that talks to the net is about to be replaced: try again");
	else
		client_free(c);
	return !err;
}

/* @c is freed when it has gone elsewhere. */
static bool serve_connect(struct client *c, struct json_object *request)
{
	struct kpptp_control_setup *setup = &c->control->setup;
	struct kpptp_ctl_connect what;
	char why[KPPTP_WHY_SIZE];
	int fd = -1, err;

	err = kpptp_ctl_read_connect(request, setup->conf(setup->arg), &what,
				     why);
	if (!err)
		fd = take_socket(c);
	if (err)
		reply(c, why);
	else if (fd < 0)
		reply(c, "one request at a time");
	else
		err = setup->connect(setup->arg, &what, fd);
	explicit_bzero(&what, sizeof(what));
	return fd >= 0 && handed_on(c, err);
}

static bool serve_other(struct client *c, const char *line)
{
	struct kpptp_control_setup *setup = &c->control->setup;
	int fd;

	if (strlen(line) >= KPPTP_PRIV_LINE_SIZE) {
		reply(c, "there is no request of that length but connect");
		return false;
	}
	fd = take_socket(c);
	if (fd < 0)
		reply(c, "one request at a time");
	return fd >= 0 && handed_on(c, setup->pass(setup->arg, line, fd));
}

/* Return: whether the client has gone elsewhere and is freed */
static bool serve_line(struct client *c, const char *line, size_t len)
{
	struct kpptp_control_setup *setup = &c->control->setup;
	struct json_object *request = kpptp_ctl_parse(line, len);
	char cmd[32] = "", why[KPPTP_WHY_SIZE];
	bool gone = false;

	if (!request) {
		reply(c, "a request is one JSON object in one line");
	} else if (c->waiting) {
		reply(c, "wait for the answer to the last request");
	} else if (kpptp_ctl_text(request, "cmd", cmd, sizeof(cmd), why)) {
		reply(c, why);
	} else if (!strcmp(cmd, "connect")) {
		gone = serve_connect(c, request);
	} else if (!strcmp(cmd, "reload")) {
		c->waiting = true;
		setup->reload(setup->arg);
	} else {
		gone = serve_other(c, line);
	}
	json_object_put(request);
	return gone;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	bool gone = false;
	size_t len;
	char *line;

	while (!gone && (line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF))) {
		gone = serve_line(c, line, len);
		explicit_bzero(line, len);	/* it may hold a password */
		free(line);
	}
	if (gone || evbuffer_get_length(in) <= REQUEST_MAX)
		return;
	kpptp_log(KPPTP_LOG_WARNING,
		  "a client of the control socket sends no end of line and is dropped");
	client_free(c);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	client_free(arg);
}

int kpptp_control_adopt(struct kpptp_control *control, int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->control = control;
	c->bev = bufferevent_socket_new(control->setup.base, fd,
					BEV_OPT_CLOSE_ON_FREE);
	if (!c->bev) {
		free(c);
		return -ENOMEM;
	}
	/* Whoever connects and says nothing makes room for those that do. */
	if (control->n_clients >= CLIENTS_MAX) {
		struct client *oldest = LIST_FIRST(&control->clients), *next;

		while ((next = LIST_NEXT(oldest, entry)))
			oldest = next;
		client_free(oldest);
	}
	LIST_INSERT_HEAD(&control->clients, c, entry);
	control->n_clients++;
	/* Read no more than a request at a time: the rest waits in the kernel. */
	bufferevent_setwatermark(c->bev, EV_READ, 0, REQUEST_MAX + 1);
	bufferevent_setcb(c->bev, on_read, NULL, on_end, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	return 0;
}

static void keep_spare(struct kpptp_control *control)
{
	if (control->spare < 0)
		control->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
		      struct sockaddr *addr, int len, void *arg)
{
	(void)listener;
	(void)addr;
	(void)len;
	if (kpptp_control_adopt(arg, fd))
		close(fd);
	keep_spare(arg);
}

/*
 * Out of files: whoever wants to know why gets the spare one. Without it the
 * event would come back at once, so rest a while.
 */
static void on_error(struct evconnlistener *listener, void *arg)
{
	static const struct timeval rest = { .tv_sec = 1 };
	struct kpptp_control *control = arg;

	if (control->spare >= 0) {
		close(control->spare);
		control->spare = -1;
		return;
	}
	kpptp_log(KPPTP_LOG_ERROR,
		  "cannot accept on the control socket: %s", strerror(errno));
	evconnlistener_disable(listener);
	event_add(control->pause, &rest);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_control *control = arg;

	(void)fd;
	(void)what;
	keep_spare(control);
	evconnlistener_enable(control->listener);
}

void kpptp_control_reloaded(struct kpptp_control *control, const char *why,
			    struct json_object *changed)
{
	struct client *c;

	LIST_FOREACH(c, &control->clients, entry) {
		if (!c->waiting)
			continue;
		c->waiting = false;
		if (why)
			reply(c, why);
		else
			reply_changed(c, changed);
	}
}

struct kpptp_control *kpptp_control_new(const struct kpptp_control_setup *setup)
{
	struct kpptp_control *control = calloc(1, sizeof(*control));

	if (!control)
		return NULL;
	control->setup = *setup;
	control->spare = -1;
	LIST_INIT(&control->clients);
	keep_spare(control);
	control->pause = evtimer_new(setup->base, on_pause_over, control);
	if (setup->fd >= 0) {
		evutil_make_socket_nonblocking(setup->fd);
		control->listener = evconnlistener_new(setup->base, on_accept,
						       control,
						       LEV_OPT_CLOSE_ON_FREE |
						       LEV_OPT_CLOSE_ON_EXEC, 0,
						       setup->fd);
	}
	if (control->listener)
		evconnlistener_set_error_cb(control->listener, on_error);
	if (control->pause && (control->listener || setup->fd < 0))
		return control;
	kpptp_control_free(control);
	return NULL;
}

void kpptp_control_free(struct kpptp_control *control)
{
	if (!control)
		return;
	while (!LIST_EMPTY(&control->clients))
		client_free(LIST_FIRST(&control->clients));
	if (control->listener)
		evconnlistener_free(control->listener);
	if (control->pause)
		event_free(control->pause);
	if (control->spare >= 0)
		close(control->spare);
	free(control);
}
