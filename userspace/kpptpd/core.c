// SPDX-License-Identifier: GPL-2.0-or-later
#include "core.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "client_int.h"

/**
 * struct kpptp_waiter - somebody waits for calls to be gone
 * @by_call: in kpptp_core.waiter_by_call unless @call_id is 0
 * @call_id: for this call, or 0: for every call numbered up to @last_id
 * @left: how many are still there
 */
struct kpptp_waiter {
	TAILQ_ENTRY(kpptp_waiter) entry;
	struct kpptp_hash_link by_call;
	unsigned int call_id;
	unsigned int last_id;
	unsigned int left;
	unsigned int closed;
	void (*done)(void *arg, unsigned int closed);
	void *arg;
};

int64_t kpptp_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void kpptp_timer_arm(struct event *ev, uint32_t ms)
{
	const struct timeval tv = {
		.tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000,
	};

	evtimer_add(ev, &tv);
}

const char *kpptp_addr_text(const struct sockaddr_in *addr, char *buf)
{
	char ip[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &addr->sin_addr, ip, sizeof(ip));
	snprintf(buf, KPPTP_ADDR_TEXT, "%s:%u", ip, ntohs(addr->sin_port));
	return buf;
}

void kpptp_why(char why[KPPTP_WHY_SIZE], const char *fmt, ...)
{
	va_list ap;

	if (why[0])
		return;
	va_start(ap, fmt);
	vsnprintf(why, KPPTP_WHY_SIZE, fmt, ap);
	va_end(ap);
}

unsigned int kpptp_core_id(struct kpptp_core *core)
{
	if (!++core->last_id)
		++core->last_id;
	return core->last_id;
}

void kpptp_core_reap(struct kpptp_core *core)
{
	kpptp_timer_arm(&core->reaper, 0);
}

static void finish_shutdown(struct kpptp_core *core, int err)
{
	void (*stopped)(void *arg, int err) = core->stopped;

	evtimer_del(&core->stop_timer);
	core->stopped = NULL;
	if (stopped)
		stopped(core->stopped_arg, err);
}

static void unlink_waiter(struct kpptp_core *core, struct kpptp_waiter *waiter)
{
	kpptp_hash_del(&core->waiter_by_call, &waiter->by_call);
	TAILQ_REMOVE(&core->waiters, waiter, entry);
}

static void one_gone(struct kpptp_core *core, struct kpptp_waiter *waiter)
{
	waiter->closed++;
	if (--waiter->left)
		return;
	unlink_waiter(core, waiter);
	if (waiter->done)
		waiter->done(waiter->arg, waiter->closed);
	free(waiter);
}

/*
 * Only from the reaper, so that a completion may ask for more. Those that wait for
 * every call come first in the list.
 */
static void call_gone(struct kpptp_core *core, unsigned int call_id)
{
	struct kpptp_waiter *waiter, *next;
	struct kpptp_hash_link *link;

	while ((link = kpptp_hash_find(&core->waiter_by_call, &call_id,
				       sizeof(call_id))))
		one_gone(core, KPPTP_HASH_OBJECT(link, struct kpptp_waiter,
						 by_call));
	for (waiter = TAILQ_FIRST(&core->waiters);
	     waiter && !waiter->call_id; waiter = next) {
		next = TAILQ_NEXT(waiter, entry);
		if (call_id <= waiter->last_id)
			one_gone(core, waiter);
	}
}

static void reap(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_core *core = arg;
	struct kpptp_conn *conn;
	struct kpptp_call *call;

	(void)fd;
	(void)what;
	while ((call = TAILQ_FIRST(&core->dead_calls))) {
		TAILQ_REMOVE(&core->dead_calls, call, entry);
		core->n_calls--;
		call_gone(core, call->id);
		kpptp_call_free(call);
	}
	while ((conn = TAILQ_FIRST(&core->dead_conns))) {
		TAILQ_REMOVE(&core->dead_conns, conn, entry);
		kpptp_conn_free(conn);
	}
	kpptp_client_reap(core, false);
	if (core->stopping && !core->n_conns && !core->n_calls &&
	    TAILQ_EMPTY(&core->clients))
		finish_shutdown(core, 0);
}

static void shutdown_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish_shutdown(arg, -ETIMEDOUT);
}

static const size_t tables[] = {
	offsetof(struct kpptp_core, call_by_id),
	offsetof(struct kpptp_core, call_by_ifname),
	offsetof(struct kpptp_core, call_by_own),
	offsetof(struct kpptp_core, call_by_peer),
	offsetof(struct kpptp_core, conn_by_id),
	offsetof(struct kpptp_core, conn_by_pair),
	offsetof(struct kpptp_core, client_by_id),
	offsetof(struct kpptp_core, client_by_name),
	offsetof(struct kpptp_core, waiter_by_call),
};

static struct kpptp_hash *table_of(struct kpptp_core *core, size_t i)
{
	return (struct kpptp_hash *)(void *)((char *)core + tables[i]);
}

struct kpptp_core *kpptp_core_new(struct event_base *base,
				  struct kpptp_host *host)
{
	struct kpptp_core *core = calloc(1, sizeof(*core));
	size_t i;

	if (!core)
		return NULL;
	core->base = base;
	core->host = host;
	core->server = (struct kpptp_proto_server)KPPTP_PROTO_SERVER_DEFAULTS;
	TAILQ_INIT(&core->conns);
	TAILQ_INIT(&core->dead_conns);
	TAILQ_INIT(&core->calls);
	TAILQ_INIT(&core->dead_calls);
	TAILQ_INIT(&core->clients);
	TAILQ_INIT(&core->dead_clients);
	TAILQ_INIT(&core->waiters);
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		kpptp_hash_init(table_of(core, i));
	evtimer_assign(&core->reaper, base, reap, core);
	evtimer_assign(&core->stop_timer, base, shutdown_timeout, core);
	return core;
}

void kpptp_core_set_server(struct kpptp_core *core,
			   const struct kpptp_proto_server *settings)
{
	core->server = *settings;
}

const struct kpptp_proto_server *
kpptp_core_server(const struct kpptp_core *core)
{
	return &core->server;
}

int kpptp_core_accept(struct kpptp_core *core,
		      const struct kpptp_host_conn *conn)
{
	if (!core->stopping)
		return kpptp_conn_accept(core, conn) ? 0 : -errno;
	close(conn->fd);
	core->host->ops->conn_end(core->host, conn->id);
	return -ESHUTDOWN;
}

struct kpptp_call *kpptp_core_call(const struct kpptp_core *core, uint32_t id)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&core->call_by_id, &id,
						 sizeof(id)),
				 struct kpptp_call, by_id);
}

void kpptp_core_close_call(struct kpptp_core *core, uint32_t id,
			   const char *why)
{
	struct kpptp_call *call = kpptp_core_call(core, id);

	if (call)
		kpptp_call_close(call, why);
}

void kpptp_core_free(struct kpptp_core *core)
{
	struct kpptp_waiter *waiter;
	struct kpptp_conn *conn;
	struct kpptp_call *call;
	size_t i;

	if (!core)
		return;
	TAILQ_CONCAT(&core->dead_calls, &core->calls, entry);
	while ((call = TAILQ_FIRST(&core->dead_calls))) {
		TAILQ_REMOVE(&core->dead_calls, call, entry);
		kpptp_call_free(call);
	}
	TAILQ_CONCAT(&core->dead_conns, &core->conns, entry);
	while ((conn = TAILQ_FIRST(&core->dead_conns))) {
		TAILQ_REMOVE(&core->dead_conns, conn, entry);
		kpptp_conn_free(conn);
	}
	kpptp_client_reap(core, true);
	while ((waiter = TAILQ_FIRST(&core->waiters))) {
		unlink_waiter(core, waiter);
		free(waiter);
	}
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		kpptp_hash_free(table_of(core, i));
	evtimer_del(&core->reaper);
	evtimer_del(&core->stop_timer);
	free(core);
}

int kpptp_core_shutdown(struct kpptp_core *core,
			void (*done)(void *arg, int err), void *arg)
{
	static const char why[] = "the daemon is shutting down";
	struct kpptp_conn *conn, *next;

	if (core->stopping)
		return -EALREADY;
	core->stopping = true;
	core->stopped = done;
	core->stopped_arg = arg;
	kpptp_client_stop_all(core, why);
	/* a connection that closes at once moves to another list */
	for (conn = TAILQ_FIRST(&core->conns); conn; conn = next) {
		next = TAILQ_NEXT(conn, entry);
		kpptp_conn_stop(conn, KPPTP_STOP_SHUTDOWN, why);
	}
	kpptp_timer_arm(&core->stop_timer, core->server.timers.shutdown);
	kpptp_core_reap(core);
	return 0;
}

unsigned int kpptp_core_connections(const struct kpptp_core *core)
{
	return core->n_conns;
}

unsigned int kpptp_core_calls(const struct kpptp_core *core)
{
	return core->n_calls;
}

/*
 * The first that was made after number @after. If that one is gone, those before
 * are gone through: it takes no longer than to list them.
 */
static struct kpptp_conn *conn_after(struct kpptp_core *core,
				     unsigned int after)
{
	struct kpptp_conn *conn;

	conn = KPPTP_HASH_OBJECT(kpptp_hash_find(&core->conn_by_id, &after,
						 sizeof(after)),
				 struct kpptp_conn, by_id);
	if (conn)
		return TAILQ_NEXT(conn, entry);
	TAILQ_FOREACH(conn, &core->conns, entry)
		if (conn->id > after)
			return conn;
	return NULL;
}

static struct kpptp_call *call_after(struct kpptp_core *core,
				     unsigned int after)
{
	struct kpptp_call *call = kpptp_core_call(core, after);

	if (call)
		return TAILQ_NEXT(call, entry);
	TAILQ_FOREACH(call, &core->calls, entry)
		if (call->id > after)
			return call;
	return NULL;
}

void kpptp_core_each_conn_after(struct kpptp_core *core, unsigned int after,
				bool (*fn)(void *arg,
					   const struct kpptp_conn_info *),
				void *arg)
{
	struct kpptp_conn *conn = conn_after(core, after);
	struct kpptp_conn_info info;

	for (; conn; conn = TAILQ_NEXT(conn, entry)) {
		kpptp_conn_describe(conn, &info);
		if (!fn(arg, &info))
			return;
	}
}

void kpptp_core_each_call_after(struct kpptp_core *core, unsigned int after,
				bool (*fn)(void *arg,
					   const struct kpptp_call_info *),
				void *arg)
{
	struct kpptp_call *call = call_after(core, after);
	struct kpptp_call_info info;

	for (; call; call = TAILQ_NEXT(call, entry)) {
		kpptp_call_describe(call, &info);
		if (!fn(arg, &info))
			return;
	}
}

void kpptp_core_each_conn(struct kpptp_core *core,
			  bool (*fn)(void *arg, const struct kpptp_conn_info *),
			  void *arg)
{
	kpptp_core_each_conn_after(core, 0, fn, arg);
}

void kpptp_core_each_call(struct kpptp_core *core,
			  bool (*fn)(void *arg, const struct kpptp_call_info *),
			  void *arg)
{
	kpptp_core_each_call_after(core, 0, fn, arg);
}

/* Only as we write it: "17", neither "017" nor "+17" */
static struct kpptp_call *find_number(struct kpptp_core *core, const char *key)
{
	const unsigned int id = (unsigned int)strtoul(key, NULL, 10);
	char text[16];

	snprintf(text, sizeof(text), "%u", id);
	return strcmp(key, text) ? NULL : kpptp_core_call(core, id);
}

bool kpptp_core_find_call(struct kpptp_core *core, const char *key,
			  struct kpptp_call_info *info)
{
	struct kpptp_call *call = find_number(core, key);

	if (!call)
		call = KPPTP_HASH_OBJECT(kpptp_hash_find(&core->call_by_ifname,
							 key, strlen(key)),
					 struct kpptp_call, by_ifname);
	if (call)
		kpptp_call_describe(call, info);
	return call;
}

static int add_waiter(struct kpptp_core *core, unsigned int id,
		      unsigned int left,
		      void (*done)(void *arg, unsigned int closed), void *arg)
{
	struct kpptp_waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return -ENOMEM;
	waiter->call_id = id;
	waiter->last_id = core->last_id;
	waiter->left = left;
	waiter->done = done;
	waiter->arg = arg;
	if (!id) {
		TAILQ_INSERT_HEAD(&core->waiters, waiter, entry);
		return 0;
	}
	TAILQ_INSERT_TAIL(&core->waiters, waiter, entry);
	kpptp_hash_add(&core->waiter_by_call, &waiter->by_call,
		       &waiter->call_id, sizeof(waiter->call_id));
	return 0;
}

static void end_call(struct kpptp_core *core, struct kpptp_call *call,
		     const char *why)
{
	if (call->client_id)
		kpptp_client_stop(core, call->client_id, why);
	else
		kpptp_call_close(call, why);
}

int kpptp_core_disconnect(struct kpptp_core *core, unsigned int id,
			  void (*done)(void *arg, unsigned int closed),
			  void *arg)
{
	static const char why[] = "disconnected on request";
	struct kpptp_call *call = id ? kpptp_core_call(core, id) : NULL, *next;
	const unsigned int n = id ? call != NULL : core->n_calls;
	int err;

	if (id && !n)
		return -ENOENT;
	if (done && n) {
		err = add_waiter(core, id, n, done, arg);
		if (err)
			return err;
	}
	if (id) {
		end_call(core, call, why);
		return 1;
	}
	kpptp_client_stop_all(core, why);
	/* a call that is gone at once moves to another list */
	for (call = TAILQ_FIRST(&core->calls); call; call = next) {
		next = TAILQ_NEXT(call, entry);
		end_call(core, call, why);
	}
	return (int)n;
}

void kpptp_core_forget(struct kpptp_core *core, const void *arg)
{
	struct kpptp_waiter *waiter;

	TAILQ_FOREACH(waiter, &core->waiters, entry)
		if (waiter->arg == arg)
			waiter->done = NULL;
	kpptp_client_forget(core, arg);
}
