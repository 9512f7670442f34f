// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls we place. A client is: a connection to have opened or to share, a call
 * on it, and, if it persists, the wait before the next try.
 */
#include "client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "call.h"
#include "client_int.h"
#include "event.h"

#define TEXT_SIZE	(KPPTP_HOST_SIZE + KPPTP_NAME_SIZE + KPPTP_WHY_SIZE + 64)

enum client_state {
	CLIENT_CONNECTING,	/* has asked, or will in a moment, for a connection */
	CLIENT_CALLING,		/* has a call, which is not up */
	CLIENT_UP,
	CLIENT_WAITING,		/* until the next try */
	CLIENT_ARMED,		/* until there is traffic */
	CLIENT_HELD,		/* until the other end's call is over */
	CLIENT_ENDED,
};

/**
 * struct kpptp_client - a call we place, again and again if it persists
 * @call: in states calling and up
 * @asked: the monitor owes it a connection
 * @timer: next try
 * @deadline: of the first try (connect_timeout)
 * @backoff: the next wait before jitter, milliseconds
 * @stop: end with the call, whatever the settings say
 * @held: the other end has called, and its call is in use
 * @was_up: the call that ended was up
 * @broken: it did not come up, and nobody had asked to end it
 */
struct kpptp_client {
	TAILQ_ENTRY(kpptp_client) entry;
	struct kpptp_hash_link by_id;
	struct kpptp_hash_link by_name;
	struct kpptp_core *core;
	uint32_t id;
	struct kpptp_proto_client settings;
	enum client_state state;
	struct kpptp_call *call;
	bool asked;
	struct event timer;
	struct event deadline;
	uint32_t backoff;
	bool stop;
	bool held;
	bool was_up;
	bool broken;
	bool timed_out;
	char why[KPPTP_WHY_SIZE];	/* of the last end */
	kpptp_client_done_fn done;
	void *done_arg;
};

static void failed(struct kpptp_client *client, int err, const char *why);
static void ask(struct kpptp_client *client, bool fresh);
static uint32_t next_wait(struct kpptp_client *client);

static void emit(struct kpptp_client *client, enum kpptp_event_type type,
		 const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void emit(struct kpptp_client *client, enum kpptp_event_type type,
		 const char *fmt, ...)
{
	char text[TEXT_SIZE];
	const struct kpptp_event event = {
		.type = type,
		.failure = client->broken && (type == KPPTP_EVENT_CLIENT_RETRY ||
					      type == KPPTP_EVENT_CLIENT_DOWN),
		.text = text,
		.client_id = client->id,
	};
	va_list ap;
	size_t n;

	snprintf(text, sizeof(text), "client %u%s%s to %s: ", client->id,
		 client->settings.name[0] ? " " : "", client->settings.name,
		 client->settings.host);
	n = strlen(text);
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	kpptp_event_emit(&event);
}

static void complete(struct kpptp_client *client, int err,
		     const struct kpptp_call_info *call, const char *why)
{
	kpptp_client_done_fn done = client->done;

	evtimer_del(&client->deadline);
	client->done = NULL;
	if (done)
		done(client->done_arg, err, call, why);
}

static struct kpptp_client *find_id(struct kpptp_core *core, uint32_t id)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&core->client_by_id, &id,
						 sizeof(id)),
				 struct kpptp_client, by_id);
}

/* One without a name is not found by it. */
static struct kpptp_client *find(struct kpptp_core *core, const char *name)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&core->client_by_name, name,
						 strlen(name)),
				 struct kpptp_client, by_name);
}

/* ---- a call ---- */

static void on_call_up(void *arg, const struct kpptp_call_info *info)
{
	struct kpptp_client *client = arg;

	client->state = CLIENT_UP;
	client->was_up = true;
	client->backoff = client->settings.backoff_min;
	complete(client, 0, info, NULL);
}

static void on_call_ended(void *arg, const char *why)
{
	struct kpptp_client *client = arg;

	client->call = NULL;
	if (client->timed_out)
		failed(client, -ETIMEDOUT, "not up in time");
	else
		failed(client, -ECONNABORTED, why);
}

static const struct kpptp_call_owner owner = {
	.up = on_call_up,
	.ended = on_call_ended,
};

static void place_call(struct kpptp_client *client, struct kpptp_conn *conn)
{
	struct kpptp_call *call;

	client->state = CLIENT_CALLING;
	call = kpptp_call_place(conn, &client->settings, &owner, client);
	if (!call) {
		kpptp_conn_fail(conn, "out of memory");
		failed(client, -ENOMEM, "out of memory");
	} else if (client->state == CLIENT_CALLING) {
		client->call = call;	/* it has not ended on the spot */
	}
}

static void dial(struct kpptp_client *client,
		 const struct kpptp_host_conn *socket)
{
	struct kpptp_conn *conn;
	char text[KPPTP_ADDR_TEXT];

	emit(client, KPPTP_EVENT_CLIENT_DIAL, "connecting to %s",
	     kpptp_addr_text(&socket->peer, text));
	if (socket->fd >= 0)
		conn = kpptp_conn_open(client->core, &client->settings, socket);
	else
		conn = kpptp_conn_shared(client->core, socket->id);
	if (conn)
		place_call(client, conn);
	else if (socket->fd >= 0)
		failed(client, -ENOMEM, "out of memory");
	else
		ask(client, true);
}

/* ---- the monitor's answers ---- */

void kpptp_client_connected(struct kpptp_core *core, uint32_t id, int err,
			    const struct kpptp_host_conn *conn,
			    const char *why)
{
	struct kpptp_client *client = find_id(core, id);

	if (client && client->asked) {
		client->asked = false;
		if (err)
			failed(client, err, why);
		else
			dial(client, conn);
	} else if (!err && conn->fd >= 0) {
		close(conn->fd);
		core->host->ops->conn_end(core->host, conn->id);
	}
}

static void ask(struct kpptp_client *client, bool fresh)
{
	struct kpptp_host *host = client->core->host;
	int err;

	client->state = CLIENT_CONNECTING;
	client->asked = true;
	err = host->ops->connect(host, client->id, fresh);
	if (!err)
		return;
	client->asked = false;
	failed(client, err, strerror(-err));
}

void kpptp_client_traffic(struct kpptp_core *core, uint32_t id)
{
	struct kpptp_client *client = find_id(core, id);

	if (!client || client->state != CLIENT_ARMED)
		return;
	emit(client, KPPTP_EVENT_CLIENT_DIAL, "there is traffic");
	ask(client, false);
}

static void wait_for_next_try(struct kpptp_client *client, const char *why)
{
	const uint32_t wait = next_wait(client);

	client->state = CLIENT_WAITING;
	emit(client, KPPTP_EVENT_CLIENT_RETRY, "%s; next try in %u ms", why,
	     wait);
	kpptp_timer_arm(&client->timer, wait);
}

static void arm(struct kpptp_client *client)
{
	struct kpptp_host *host = client->core->host;
	char why[KPPTP_WHY_SIZE] = "";
	int err = host->ops->arm(host, client->id);

	client->state = CLIENT_ARMED;
	if (!err) {
		emit(client, KPPTP_EVENT_CLIENT_ARMED, "waits for traffic");
		return;
	}
	kpptp_why(why, "cannot wait for traffic: %s", strerror(-err));
	client->broken = true;
	wait_for_next_try(client, why);
}

void kpptp_client_cannot_wait(struct kpptp_core *core, uint32_t id,
			      const char *why)
{
	struct kpptp_client *client = find_id(core, id);

	if (!client || client->state != CLIENT_ARMED)
		return;
	client->broken = true;
	wait_for_next_try(client, why);
}

/* ---- life ---- */

static void retire(struct kpptp_client *client, const char *why)
{
	struct kpptp_core *core = client->core;

	if (client->settings.demand)
		core->host->ops->disarm(core->host, client->id);
	core->host->ops->client_end(core->host, client->id);
	client->state = CLIENT_ENDED;
	evtimer_del(&client->timer);
	evtimer_del(&client->deadline);
	kpptp_hash_del(&core->client_by_id, &client->by_id);
	kpptp_hash_del(&core->client_by_name, &client->by_name);
	TAILQ_REMOVE(&core->clients, client, entry);
	TAILQ_INSERT_TAIL(&core->dead_clients, client, entry);
	emit(client, KPPTP_EVENT_CLIENT_DOWN, "ended: %s", why);
	kpptp_core_reap(core);
}

/* Half of the wait is fixed and half is chance, so that many clients of one
 * server that was away do not come back as one.
 */
static uint32_t next_wait(struct kpptp_client *client)
{
	const uint32_t max = client->settings.backoff_max;
	uint32_t wait = client->backoff, chance = 0;

	if (wait > max)
		wait = max;
	client->backoff = wait > max / 2 ? max : wait * 2;
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
		chance = client->id * 2654435761u;
	return wait / 2 + chance % (wait / 2 + 1);
}

/* Is the end of its call not its own end? */
static bool goes_on(const struct kpptp_client *client)
{
	return client->settings.persist || client->settings.demand;
}

static void hold(struct kpptp_client *client)
{
	client->state = CLIENT_HELD;
	emit(client, KPPTP_EVENT_CLIENT_HELD,
	     "the other end has called; its call is used");
}

static void failed(struct kpptp_client *client, int err, const char *why)
{
	const bool was_up = client->was_up;

	snprintf(client->why, sizeof(client->why), "%s", why);
	client->was_up = false;
	client->broken = client->timed_out ||
			 (!was_up && !client->stop && !client->core->stopping);
	complete(client, err, NULL, why);
	if (client->stop || client->core->stopping || !goes_on(client))
		retire(client, why);
	else if (client->held)
		hold(client);
	else if (client->settings.demand && was_up)
		arm(client);
	else
		wait_for_next_try(client, why);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_client *client = arg;

	(void)fd;
	(void)what;
	if (client->state == CLIENT_WAITING && client->settings.demand)
		arm(client);
	else
		ask(client, false);
}

static void end(struct kpptp_client *client, const char *why)
{
	client->stop = true;
	client->asked = false;
	if (client->call)
		kpptp_call_close(client->call, why);
	else
		failed(client, client->timed_out ? -ETIMEDOUT : -ECANCELED,
		       why);
}

/* Who asked has waited long enough. A client that persists tries on. */
static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_client *client = arg;

	(void)fd;
	(void)what;
	if (goes_on(client)) {
		complete(client, -ETIMEDOUT, NULL, "not up in time");
		return;
	}
	client->timed_out = true;
	end(client, "not up in time");
}

static int check_settings(struct kpptp_core *core,
			  const struct kpptp_proto_client *settings)
{
	if (core->stopping)
		return -ESHUTDOWN;
	if (!settings->id || !settings->backoff_min ||
	    settings->backoff_max < settings->backoff_min)
		return -EINVAL;
	return 0;
}

static struct kpptp_client *
new_client(struct kpptp_core *core,
	   const struct kpptp_proto_client *settings)
{
	struct kpptp_client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->core = core;
	client->id = settings->id;
	client->settings = *settings;
	client->state = CLIENT_CONNECTING;
	client->backoff = settings->backoff_min;
	evtimer_assign(&client->timer, core->base, on_timer, client);
	evtimer_assign(&client->deadline, core->base, on_deadline, client);
	TAILQ_INSERT_TAIL(&core->clients, client, entry);
	kpptp_hash_add(&core->client_by_id, &client->by_id, &client->id,
		       sizeof(client->id));
	if (*settings->name)
		kpptp_hash_add(&core->client_by_name, &client->by_name,
			       client->settings.name, strlen(settings->name));
	return client;
}

static struct kpptp_client *
find_running(struct kpptp_core *core, const struct kpptp_proto_client *settings)
{
	struct kpptp_client *client = find_id(core, settings->id);

	return client ? client : find(core, settings->name);
}

int kpptp_client_start(struct kpptp_core *core,
		       const struct kpptp_proto_client *settings, bool await,
		       kpptp_client_done_fn done, void *arg)
{
	struct kpptp_client *client = find_running(core, settings);
	int err = check_settings(core, settings);

	if (!err && await && (!settings->demand || !settings->name[0]))
		err = -EINVAL;
	if (!err && client && (await || client->id != settings->id ||
			       client->state != CLIENT_ARMED))
		err = -EEXIST;
	if (!err && !client) {
		client = new_client(core, settings);
		err = client ? 0 : -ENOMEM;
	}
	if (err) {
		if (!find_id(core, settings->id))
			core->host->ops->client_end(core->host, settings->id);
		return err;
	}
	if (await) {
		arm(client);
		return 0;
	}
	client->state = CLIENT_CONNECTING;
	client->done = done;
	client->done_arg = arg;
	kpptp_timer_arm(&client->timer, 0);
	if (settings->connect_timeout)
		kpptp_timer_arm(&client->deadline, settings->connect_timeout);
	return 0;
}

void kpptp_client_set(struct kpptp_core *core,
		      const struct kpptp_proto_client *settings)
{
	struct kpptp_client *client = find_id(core, settings->id);

	if (client && !check_settings(core, settings))
		client->settings = *settings;
}

/* The other end's call is over. Both ends may want to call now. */
static void release(struct kpptp_client *client)
{
	if (client->state != CLIENT_HELD)
		return;
	client->backoff = client->settings.backoff_min;
	if (client->settings.demand)
		arm(client);
	else
		wait_for_next_try(client, "the other end's call is over");
}

void kpptp_client_hold(struct kpptp_core *core, uint32_t id, bool held)
{
	struct kpptp_client *client = find_id(core, id);

	if (!client || client->stop)
		return;
	client->held = held;
	if (!held) {
		release(client);
		return;
	}
	switch (client->state) {
	case CLIENT_UP:
		client->state = CLIENT_CALLING;	/* to be closed once only */
		kpptp_call_close(client->call,
				 "the other end has called, and its call is used");
		return;
	case CLIENT_WAITING:
	case CLIENT_ARMED:
		evtimer_del(&client->timer);
		hold(client);
		return;
	case CLIENT_CONNECTING:
	case CLIENT_CALLING:
	case CLIENT_HELD:
	case CLIENT_ENDED:
		return;
	}
}

static int64_t ms_to_next_try(const struct kpptp_client *client)
{
	struct timeval now, due;
	int64_t ms;

	if (client->state != CLIENT_WAITING ||
	    !evtimer_pending(&client->timer, &due))
		return -1;
	evutil_gettimeofday(&now, NULL);
	ms = (int64_t)(due.tv_sec - now.tv_sec) * 1000 +
	     (due.tv_usec - now.tv_usec) / 1000;
	return ms > 0 ? ms : 0;
}

void kpptp_client_each(struct kpptp_core *core,
		       bool (*fn)(void *arg, const struct kpptp_client_info *),
		       void *arg)
{
	static const char *const states[] = {
		[CLIENT_CONNECTING] = "connecting",
		[CLIENT_CALLING] = "connecting",
		[CLIENT_UP] = "up",
		[CLIENT_WAITING] = "waiting to try again",
		[CLIENT_ARMED] = "waiting for traffic",
		[CLIENT_HELD] = "other end has called",
		[CLIENT_ENDED] = "ended",
	};
	const struct kpptp_client *client;
	struct kpptp_client_info info;

	TAILQ_FOREACH(client, &core->clients, entry) {
		info.id = client->id;
		info.name = client->settings.name;
		info.host = client->settings.host;
		info.user = client->settings.user;
		info.state = states[client->state];
		info.call = client->call ? client->call->id : 0;
		info.next_ms = ms_to_next_try(client);
		info.why = client->why;
		if (!fn(arg, &info))
			return;
	}
}

int kpptp_client_stop(struct kpptp_core *core, uint32_t id, const char *why)
{
	struct kpptp_client *client = find_id(core, id);

	if (!client)
		return -ENOENT;
	end(client, why);
	return 0;
}

unsigned int kpptp_client_find(struct kpptp_core *core, const char *name)
{
	const struct kpptp_client *client = find(core, name);

	return client ? client->id : 0;
}

void kpptp_client_stop_all(struct kpptp_core *core, const char *why)
{
	struct kpptp_client *client, *next;

	/* one that ends at once moves to another list */
	for (client = TAILQ_FIRST(&core->clients); client; client = next) {
		next = TAILQ_NEXT(client, entry);
		end(client, why);
	}
}

void kpptp_client_forget(struct kpptp_core *core, const void *arg)
{
	struct kpptp_client *client;

	TAILQ_FOREACH(client, &core->clients, entry)
		if (client->done_arg == arg)
			client->done = NULL;
}

static void free_client(struct kpptp_client *client)
{
	evtimer_del(&client->timer);
	evtimer_del(&client->deadline);
	free(client);
}

void kpptp_client_reap(struct kpptp_core *core, bool all)
{
	struct kpptp_client *client;

	if (all)
		TAILQ_CONCAT(&core->dead_clients, &core->clients, entry);
	while ((client = TAILQ_FIRST(&core->dead_clients))) {
		TAILQ_REMOVE(&core->dead_clients, client, entry);
		free_client(client);
	}
}
