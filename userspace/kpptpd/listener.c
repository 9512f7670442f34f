// SPDX-License-Identifier: GPL-2.0-or-later
#include "listener.h"

#include <errno.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"
#include "log.h"

#define BACKLOG		128
#define PAUSE_MS	1000	/* after accept() failed, e.g. out of files */
#define REFUSED_LOG_MS	1000	/* at most one line in this time */

/**
 * struct kpptp_listener - one listening socket
 * @wanted: address and port of the settings; the port may be 0
 * @addr: what it is bound to
 * @pause: runs while accepting is suspended
 * @refused: connections refused and not yet logged
 */
struct kpptp_listener {
	TAILQ_ENTRY(kpptp_listener) entry;
	struct kpptp_core *core;
	struct evconnlistener *ev;
	struct sockaddr_in wanted;
	struct sockaddr_in addr;
	struct event pause;
	unsigned int refused;
	int64_t refused_ms;
	bool keep;
};

static unsigned int count_from(const struct kpptp_core *core,
			       struct in_addr peer)
{
	const struct kpptp_conn *conn;
	unsigned int n = 0;

	TAILQ_FOREACH(conn, &core->conns, entry)
		n += !conn->originated &&
		     conn->peer.sin_addr.s_addr == peer.s_addr;
	return n;
}

/* Why a connection is not taken, or NULL */
static const char *objection(const struct kpptp_core *core,
			     const struct sockaddr_in *peer)
{
	if (core->stopping)
		return "shutting down";
	if (core->n_accepted >= core->server.max_connections)
		return "too many connections";
	if (count_from(core, peer->sin_addr) >=
	    core->server.max_connections_per_address)
		return "too many connections from this address";
	return NULL;
}

/* A flood of connections must not become a flood of lines. */
static void log_refusal(struct kpptp_listener *listener,
			const struct sockaddr_in *peer, const char *why)
{
	const int64_t now = kpptp_now_ms();
	char text[KPPTP_ADDR_TEXT];

	listener->refused++;
	if (listener->refused_ms && now - listener->refused_ms < REFUSED_LOG_MS)
		return;
	kpptp_log(KPPTP_LOG_WARNING,
		  "connection from %s refused: %s (%u since the last line)",
		  kpptp_addr_text(peer, text), why, listener->refused);
	listener->refused = 0;
	listener->refused_ms = now;
}

static void on_accept(struct evconnlistener *ev, evutil_socket_t fd,
		      struct sockaddr *addr, int len, void *arg)
{
	const struct sockaddr_in *peer = (const struct sockaddr_in *)(void *)addr;
	struct kpptp_listener *listener = arg;
	socklen_t local_len = sizeof(struct sockaddr_in);
	struct sockaddr_in local;
	const char *why;

	(void)ev;
	(void)len;
	why = objection(listener->core, peer);
	if (!why && getsockname(fd, (struct sockaddr *)&local, &local_len))
		why = strerror(errno);
	if (why) {
		log_refusal(listener, peer, why);
		close(fd);
		return;
	}
	if (!kpptp_conn_accept(listener->core, fd, &local, peer))
		log_refusal(listener, peer, strerror(errno));
}

/* Out of files or memory: the event would come back at once, so rest a while */
static void on_error(struct evconnlistener *ev, void *arg)
{
	struct kpptp_listener *listener = arg;
	char text[KPPTP_ADDR_TEXT];

	kpptp_log(KPPTP_LOG_ERROR, "cannot accept connections on %s: %s",
		  kpptp_addr_text(&listener->addr, text), strerror(errno));
	evconnlistener_disable(ev);
	kpptp_timer_arm(&listener->pause, PAUSE_MS);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_listener *listener = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(listener->ev);
}

static void free_listener(struct kpptp_listener *listener)
{
	evtimer_del(&listener->pause);
	evconnlistener_free(listener->ev);
	free(listener);
}

static int add_listener(struct kpptp_core *core,
			const struct sockaddr_in *wanted)
{
	struct kpptp_listener *listener = calloc(1, sizeof(*listener));
	socklen_t len = sizeof(listener->addr);
	char text[KPPTP_ADDR_TEXT];
	int err;

	if (!listener)
		return -ENOMEM;
	listener->core = core;
	listener->wanted = *wanted;
	listener->keep = true;
	listener->ev = evconnlistener_new_bind(
		core->base, on_accept, listener,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
			LEV_OPT_REUSEABLE,
		BACKLOG, (const struct sockaddr *)wanted, sizeof(*wanted));
	if (!listener->ev) {
		err = errno ? errno : EINVAL;
		kpptp_log(KPPTP_LOG_ERROR, "cannot listen on %s: %s",
			  kpptp_addr_text(wanted, text), strerror(err));
		free(listener);
		return -err;
	}
	evconnlistener_set_error_cb(listener->ev, on_error);
	evtimer_assign(&listener->pause, core->base, on_pause_over, listener);
	getsockname(evconnlistener_get_fd(listener->ev),
		    (struct sockaddr *)&listener->addr, &len);
	TAILQ_INSERT_TAIL(&core->listeners, listener, entry);
	kpptp_log(KPPTP_LOG_INFO, "listening on %s",
		  kpptp_addr_text(&listener->addr, text));
	return 0;
}

static struct kpptp_listener *find_listener(struct kpptp_core *core,
					    const struct sockaddr_in *wanted)
{
	struct kpptp_listener *listener;

	TAILQ_FOREACH(listener, &core->listeners, entry)
		if (listener->wanted.sin_port == wanted->sin_port &&
		    listener->wanted.sin_addr.s_addr ==
			    wanted->sin_addr.s_addr)
			return listener;
	return NULL;
}

static int want(struct kpptp_core *core, struct in_addr address)
{
	const struct sockaddr_in wanted = {
		.sin_family = AF_INET,
		.sin_port = htons(core->server.port),
		.sin_addr = address,
	};
	struct kpptp_listener *listener = find_listener(core, &wanted);

	if (!listener)
		return add_listener(core, &wanted);
	listener->keep = true;
	return 0;
}

/* Old ones go first: 0.0.0.0 and a single address exclude each other. */
static void drop_unwanted(struct kpptp_core *core)
{
	struct kpptp_listener *listener, *next;

	for (listener = TAILQ_FIRST(&core->listeners); listener;
	     listener = next) {
		next = TAILQ_NEXT(listener, entry);
		if (listener->keep)
			continue;
		TAILQ_REMOVE(&core->listeners, listener, entry);
		free_listener(listener);
	}
}

static void mark(struct kpptp_core *core)
{
	const struct kpptp_server_settings *server = &core->server;
	struct kpptp_listener *listener;
	struct sockaddr_in wanted = { .sin_port = htons(server->port) };
	unsigned int i;

	TAILQ_FOREACH(listener, &core->listeners, entry)
		listener->keep = false;
	if (!server->enabled)
		return;
	for (i = 0; i < server->n_listen || (!i && !server->n_listen); i++) {
		if (server->n_listen)
			wanted.sin_addr = server->listen[i];
		listener = find_listener(core, &wanted);
		if (listener)
			listener->keep = true;
	}
}

int kpptp_listener_open(struct kpptp_core *core)
{
	const struct kpptp_server_settings *server = &core->server;
	const struct in_addr any = { .s_addr = INADDR_ANY };
	int err = 0, one;
	unsigned int i;

	mark(core);
	drop_unwanted(core);
	if (!server->enabled || core->stopping)
		return 0;
	if (!server->n_listen)
		return want(core, any);
	for (i = 0; i < server->n_listen; i++) {
		one = want(core, server->listen[i]);
		if (one && !err)
			err = one;
	}
	return err;
}

void kpptp_listener_close(struct kpptp_core *core)
{
	struct kpptp_listener *listener;

	TAILQ_FOREACH(listener, &core->listeners, entry)
		listener->keep = false;
	drop_unwanted(core);
}

void kpptp_listener_each(struct kpptp_core *core,
			 bool (*fn)(void *arg, const struct sockaddr_in *),
			 void *arg)
{
	struct kpptp_listener *listener;

	TAILQ_FOREACH(listener, &core->listeners, entry)
		if (!fn(arg, &listener->addr))
			return;
}
