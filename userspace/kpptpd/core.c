// SPDX-License-Identifier: GPL-2.0-or-later
#include "core.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/dns.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "call.h"
#include "client_int.h"
#include "listener.h"

/**
 * struct kpptp_waiter - somebody waits for calls to be gone
 * @call_id: for this call, or 0: for every call numbered up to @last_id
 * @left: how many are still there
 */
struct kpptp_waiter {
	TAILQ_ENTRY(kpptp_waiter) entry;
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

/* Only from the reaper, so that a completion may ask for more. */
static void call_gone(struct kpptp_core *core, unsigned int call_id)
{
	struct kpptp_waiter *waiter, *next;

	for (waiter = TAILQ_FIRST(&core->waiters); waiter; waiter = next) {
		next = TAILQ_NEXT(waiter, entry);
		if (waiter->call_id ? waiter->call_id != call_id :
				      call_id > waiter->last_id)
			continue;
		waiter->closed++;
		if (--waiter->left)
			continue;
		TAILQ_REMOVE(&core->waiters, waiter, entry);
		if (waiter->done)
			waiter->done(waiter->arg, waiter->closed);
		free(waiter);
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

struct kpptp_core *kpptp_core_new(struct event_base *base,
				  struct kpptp_dataplane *dp,
				  struct kpptp_ppp *ppp,
				  const struct kpptp_core_hooks *hooks)
{
	struct kpptp_core *core = calloc(1, sizeof(*core));

	if (!core)
		return NULL;
	core->base = base;
	core->dp = dp;
	core->ppp = ppp;
	core->hooks = *hooks;
	core->server = (struct kpptp_server_settings)KPPTP_SERVER_DEFAULTS;
	kpptp_call_params_init(&core->server.call);
	TAILQ_INIT(&core->conns);
	TAILQ_INIT(&core->dead_conns);
	TAILQ_INIT(&core->calls);
	TAILQ_INIT(&core->dead_calls);
	TAILQ_INIT(&core->clients);
	TAILQ_INIT(&core->dead_clients);
	TAILQ_INIT(&core->listeners);
	TAILQ_INIT(&core->waiters);
	evtimer_assign(&core->reaper, base, reap, core);
	evtimer_assign(&core->stop_timer, base, shutdown_timeout, core);
	return core;
}

void kpptp_core_set_demand(struct kpptp_core *core,
			   struct kpptp_demand *demand)
{
	core->demand = demand;
}

void kpptp_core_set_server(struct kpptp_core *core,
			   const struct kpptp_server_settings *settings)
{
	core->server = *settings;
}

void kpptp_core_free(struct kpptp_core *core)
{
	struct kpptp_waiter *waiter;
	struct kpptp_conn *conn;
	struct kpptp_call *call;

	if (!core)
		return;
	kpptp_listener_close(core);
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
		TAILQ_REMOVE(&core->waiters, waiter, entry);
		free(waiter);
	}
	if (core->dns)
		evdns_base_free(core->dns, 0);
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
	kpptp_listener_close(core);
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

void kpptp_core_each_conn(struct kpptp_core *core,
			  bool (*fn)(void *arg, const struct kpptp_conn_info *),
			  void *arg)
{
	struct kpptp_conn_info info;
	struct kpptp_conn *conn;

	TAILQ_FOREACH(conn, &core->conns, entry) {
		kpptp_conn_describe(conn, &info);
		if (!fn(arg, &info))
			return;
	}
}

void kpptp_core_each_call(struct kpptp_core *core,
			  bool (*fn)(void *arg, const struct kpptp_call_info *),
			  void *arg)
{
	struct kpptp_call_info info;
	struct kpptp_call *call;

	TAILQ_FOREACH(call, &core->calls, entry) {
		kpptp_call_describe(call, &info);
		if (!fn(arg, &info))
			return;
	}
}

bool kpptp_core_find_call(struct kpptp_core *core, const char *key,
			  struct kpptp_call_info *info)
{
	struct kpptp_call *call;
	char id[16];

	if (!key[0])
		return false;
	TAILQ_FOREACH(call, &core->calls, entry) {
		snprintf(id, sizeof(id), "%u", call->id);
		if (strcmp(key, id) && strcmp(key, call->ifname))
			continue;
		kpptp_call_describe(call, info);
		return true;
	}
	return false;
}

static unsigned int count_calls(struct kpptp_core *core, unsigned int id)
{
	struct kpptp_call *call;

	if (!id)
		return core->n_calls;
	TAILQ_FOREACH(call, &core->calls, entry)
		if (call->id == id)
			return 1;
	return 0;
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
	TAILQ_INSERT_TAIL(&core->waiters, waiter, entry);
	return 0;
}

int kpptp_core_disconnect(struct kpptp_core *core, unsigned int id,
			  void (*done)(void *arg, unsigned int closed),
			  void *arg)
{
	static const char why[] = "disconnected on request";
	unsigned int n = count_calls(core, id);
	struct kpptp_call *call, *next;
	int err;

	if (id && !n)
		return -ENOENT;
	if (done && n) {
		err = add_waiter(core, id, n, done, arg);
		if (err)
			return err;
	}
	if (!id)
		kpptp_client_stop_all(core, why);
	/* a call that is gone at once moves to another list */
	for (call = TAILQ_FIRST(&core->calls); call; call = next) {
		next = TAILQ_NEXT(call, entry);
		if (id && call->id != id)
			continue;
		if (call->client_id)
			kpptp_client_stop(core, call->client_id);
		else
			kpptp_call_close(call, why);
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
