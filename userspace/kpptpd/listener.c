// SPDX-License-Identifier: GPL-2.0-or-later
#include "listener.h"

#include <errno.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core_int.h"
#include "log.h"

/* A flood fills a short one, and then a peer waits a second to try again. */
#define BACKLOG		4096
#define PAUSE_MS	1000	/* after accept() failed, e.g. out of files */
#define TURN		64	/* connections; then others have their turn */
#define BUSY_MS		2	/* until it is seen whether who takes them has time */
#define REFUSED_LOG_MS	1000	/* at most one line in this time */

/**
 * struct listener - one listening socket
 * @wanted: address and port of the settings; the port may be 0
 * @addr: what it is bound to
 * @pause: runs while accepting is suspended
 * @turn: connections accepted since it was
 * @refused: connections refused and not yet logged
 */
struct listener {
	TAILQ_ENTRY(listener) entry;
	struct kpptp_listeners *all;
	struct evconnlistener *ev;
	struct sockaddr_in wanted;
	struct sockaddr_in addr;
	struct event pause;
	unsigned int turn;
	unsigned int refused;
	int64_t refused_ms;
	bool keep;
};

struct kpptp_listeners {
	TAILQ_HEAD(, listener) list;
	struct event_base *base;
	const char *(*accept)(void *arg, int fd,
			      const struct sockaddr_in *peer);
	bool (*is_busy)(void *arg);
	void *arg;
};

/* A flood of connections must not become a flood of lines. */
static void log_refusal(struct listener *listener,
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

static void rest(struct listener *listener, unsigned int ms)
{
	evconnlistener_disable(listener->ev);
	kpptp_timer_arm(&listener->pause, ms);
}

/* libevent would go on until there is nobody who waits, which a flood sees to. */
static void on_accept(struct evconnlistener *ev, evutil_socket_t fd,
		      struct sockaddr *addr, int len, void *arg)
{
	const struct sockaddr_in *peer = (const struct sockaddr_in *)(void *)addr;
	struct listener *listener = arg;
	struct kpptp_listeners *all = listener->all;
	const char *why = all->accept(all->arg, fd, peer);

	(void)ev;
	(void)len;
	if (why)
		log_refusal(listener, peer, why);
	if (++listener->turn == TURN || all->is_busy(all->arg))
		rest(listener, 0);
}

/* Out of files or memory: the event would come back at once, so rest a while */
static void on_error(struct evconnlistener *ev, void *arg)
{
	struct listener *listener = arg;
	char text[KPPTP_ADDR_TEXT];

	(void)ev;
	kpptp_log(KPPTP_LOG_ERROR, "cannot accept connections on %s: %s",
		  kpptp_addr_text(&listener->addr, text), strerror(errno));
	rest(listener, PAUSE_MS);
}

/* Whoever waits meanwhile does so in the kernel, where one that gives up is gone. */
static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct listener *listener = arg;

	(void)fd;
	(void)what;
	listener->turn = 0;
	if (listener->all->is_busy(listener->all->arg))
		kpptp_timer_arm(&listener->pause, BUSY_MS);
	else
		evconnlistener_enable(listener->ev);
}

static void free_listener(struct listener *listener)
{
	evtimer_del(&listener->pause);
	evconnlistener_free(listener->ev);
	free(listener);
}

static int add_listener(struct kpptp_listeners *all,
			const struct sockaddr_in *wanted)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	socklen_t len = sizeof(listener->addr);
	char text[KPPTP_ADDR_TEXT];
	int err;

	if (!listener)
		return -ENOMEM;
	listener->all = all;
	listener->wanted = *wanted;
	listener->keep = true;
	listener->ev = evconnlistener_new_bind(
		all->base, on_accept, listener,
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
	evtimer_assign(&listener->pause, all->base, on_pause_over, listener);
	getsockname(evconnlistener_get_fd(listener->ev),
		    (struct sockaddr *)&listener->addr, &len);
	TAILQ_INSERT_TAIL(&all->list, listener, entry);
	kpptp_log(KPPTP_LOG_INFO, "listening on %s",
		  kpptp_addr_text(&listener->addr, text));
	return 0;
}

static struct listener *find_listener(struct kpptp_listeners *all,
					    const struct sockaddr_in *wanted)
{
	struct listener *listener;

	TAILQ_FOREACH(listener, &all->list, entry)
		if (listener->wanted.sin_port == wanted->sin_port &&
		    listener->wanted.sin_addr.s_addr ==
			    wanted->sin_addr.s_addr)
			return listener;
	return NULL;
}

static int want(struct kpptp_listeners *all, struct in_addr address,
		uint16_t port)
{
	const struct sockaddr_in wanted = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = address,
	};
	struct listener *listener = find_listener(all, &wanted);

	if (!listener)
		return add_listener(all, &wanted);
	listener->keep = true;
	return 0;
}

/* Old ones go first: 0.0.0.0 and a single address exclude each other. */
static void drop_unwanted(struct kpptp_listeners *all)
{
	struct listener *listener, *next;

	for (listener = TAILQ_FIRST(&all->list); listener; listener = next) {
		next = TAILQ_NEXT(listener, entry);
		if (listener->keep)
			continue;
		TAILQ_REMOVE(&all->list, listener, entry);
		free_listener(listener);
	}
}

static void mark(struct kpptp_listeners *all,
		 const struct kpptp_server_settings *server)
{
	struct listener *listener;
	struct sockaddr_in wanted = { .sin_port = htons(server->port) };
	unsigned int i;

	TAILQ_FOREACH(listener, &all->list, entry)
		listener->keep = false;
	if (!server->enabled)
		return;
	for (i = 0; i < server->n_listen || (!i && !server->n_listen); i++) {
		if (server->n_listen)
			wanted.sin_addr = server->listen[i];
		listener = find_listener(all, &wanted);
		if (listener)
			listener->keep = true;
	}
}

struct kpptp_listeners *
kpptp_listeners_new(struct event_base *base,
		    const char *(*accept)(void *arg, int fd,
					  const struct sockaddr_in *peer),
		    bool (*is_busy)(void *arg), void *arg)
{
	struct kpptp_listeners *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	all->base = base;
	all->accept = accept;
	all->is_busy = is_busy;
	all->arg = arg;
	TAILQ_INIT(&all->list);
	return all;
}

int kpptp_listeners_open(struct kpptp_listeners *all,
			 const struct kpptp_server_settings *server)
{
	const struct in_addr any = { .s_addr = INADDR_ANY };
	int err = 0, one;
	unsigned int i;

	mark(all, server);
	drop_unwanted(all);
	if (!server->enabled)
		return 0;
	if (!server->n_listen)
		return want(all, any, server->port);
	for (i = 0; i < server->n_listen; i++) {
		one = want(all, server->listen[i], server->port);
		if (one && !err)
			err = one;
	}
	return err;
}

void kpptp_listeners_close(struct kpptp_listeners *all)
{
	struct listener *listener;

	TAILQ_FOREACH(listener, &all->list, entry)
		listener->keep = false;
	drop_unwanted(all);
}

unsigned int kpptp_listeners_bound(const struct kpptp_listeners *all,
				   struct sockaddr_in *addr, unsigned int max)
{
	struct listener *listener;
	unsigned int n = 0;

	TAILQ_FOREACH(listener, &all->list, entry)
		if (n < max)
			addr[n++] = listener->addr;
	return n;
}

void kpptp_listeners_free(struct kpptp_listeners *all)
{
	if (!all)
		return;
	kpptp_listeners_close(all);
	free(all);
}
