// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A peer of a control connection that does anything, in both directions. The
 * input is a script: each step is a message with some fields filled in, raw
 * octets, or something that happens on our side (a timer, PPP, the data path,
 * the administrator). Whatever it did, once the peer has gone nothing may be
 * left: no connection, no call, no address, no data path, no PPP.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../kpptpd/call.h"
#include "../kpptpd/client.h"
#include "../kpptpd/log.h"

#define STEPS_MAX	64
#define PENDING_MAX	64
#define LINKS_MAX	64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	STEP_RAW = KPPTP_CTRL_TYPES,
	STEP_STATE_TIMER,
	STEP_ECHO_TIMER,
	STEP_CALL_TIMER,
	STEP_PPP_UP,
	STEP_PPP_DOWN,
	STEP_DATAPLANE,
	STEP_DATAPLANE_FAILS,
	STEP_DISCONNECT,
	STEP_STOP,
	STEPS
};

/* The input, read from the front; 0 when it is used up */
struct script {
	const uint8_t *data;
	size_t size;
};

static uint8_t next_octet(struct script *s)
{
	if (!s->size)
		return 0;
	s->size--;
	return *s->data++;
}

enum kpptp_log_level kpptp_log_max = KPPTP_LOG_DEBUG;

void kpptp_log_line(enum kpptp_log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

/* ---- the monitor ---- */

static struct event_base *loop;
static struct kpptp_core *core;
static int live_calls, live_conns;
static uint32_t last_conn, waiting_client;
static uint16_t last_call_id;

/* What call_new(), call_set() and ppp_start() have asked for */
static struct {
	uint32_t id;
	enum { ASK_NEW, ASK_SET, ASK_PPP } what;
} pending[PENDING_MAX];
static unsigned int n_pending;

static struct {
	uint32_t id;		/* 0: no link */
	bool stopped;
} links[LINKS_MAX];

static int queue(uint32_t id, int what)
{
	if (n_pending == PENDING_MAX)
		return -EBUSY;
	pending[n_pending].id = id;
	pending[n_pending++].what = what;
	return 0;
}

static void down(uint32_t id)
{
	struct kpptp_call *call = kpptp_core_call(core, id);

	if (call)
		kpptp_call_ppp_events.down(call, "the end", 1);
}

static void answer_ppp(uint32_t id, int err)
{
	struct kpptp_call *call = kpptp_core_call(core, id);
	unsigned int i;

	for (i = 0; i < LINKS_MAX && links[i].id; i++)
		;
	if (err || i == LINKS_MAX) {
		down(id);
		return;
	}
	links[i].id = id;
	links[i].stopped = false;
	if (call)
		kpptp_call_ppp_started(call);
}

static void complete_one(int err)
{
	struct kpptp_call *call;
	uint32_t id;

	if (!n_pending)
		return;
	n_pending--;
	id = pending[n_pending].id;
	call = kpptp_core_call(core, id);
	if (pending[n_pending].what == ASK_PPP) {
		answer_ppp(id, err);
		return;
	}
	if (!call)
		abort();	/* it waits for the answer */
	if (pending[n_pending].what == ASK_SET) {
		kpptp_call_completed(call, err, "no");
		return;
	}
	if (!err)
		live_calls++;
	kpptp_call_made(call, err, ++last_call_id, "no");
}

static int call_new(struct kpptp_host *host, const struct kpptp_host_call *call)
{
	(void)host;
	return queue(call->id, ASK_NEW);
}

static int call_set(struct kpptp_host *host, uint32_t id, uint16_t peer_call_id,
		    uint16_t peer_window)
{
	(void)host;
	(void)peer_call_id;
	(void)peer_window;
	return queue(id, ASK_SET);
}

static void call_del(struct kpptp_host *host, uint32_t id)
{
	(void)host;
	(void)id;
	live_calls--;
}

static int start(struct kpptp_host *host, uint32_t id)
{
	(void)host;
	return queue(id, ASK_PPP);
}

/* One that has not been started yet has no link, and ends with its answer. */
static void stop(struct kpptp_host *host, uint32_t id, enum kpptp_ppp_stop how)
{
	unsigned int i;

	(void)host;
	for (i = 0; i < LINKS_MAX; i++)
		if (links[i].id == id && how == KPPTP_PPP_STOP_NOW)
			links[i].stopped = true;
}

static void proceed(struct kpptp_host *host, uint32_t id)
{
	(void)host;
	(void)id;
}

static void end_links(bool all)
{
	unsigned int i;
	uint32_t id;

	for (i = 0; i < LINKS_MAX; i++) {
		id = links[i].id;
		if (!id || (!all && !links[i].stopped))
			continue;
		links[i].id = 0;
		down(id);
	}
}

static void raise_links(void)
{
	const struct kpptp_ppp_events *events = &kpptp_call_ppp_events;
	struct kpptp_call *call;
	unsigned int i;

	for (i = 0; i < LINKS_MAX; i++) {
		call = links[i].id ? kpptp_core_call(core, links[i].id) : NULL;
		if (!call)
			continue;
		events->attached(call);
		events->auth(call, "u\n");
		events->up(call, "ppp0", "a", "b");
	}
}

static int connect_client(struct kpptp_host *host, uint32_t client, bool fresh)
{
	(void)host;
	(void)fresh;
	waiting_client = client;
	return 0;
}

static void conn_end(struct kpptp_host *host, uint32_t conn)
{
	(void)host;
	(void)conn;
	live_conns--;
}

static void client_end(struct kpptp_host *host, uint32_t client)
{
	(void)host;
	(void)client;
}

static const struct kpptp_host_ops ops = {
	.call_new = call_new,
	.call_set = call_set,
	.call_del = call_del,
	.ppp_start = start,
	.ppp_stop = stop,
	.ppp_proceed = proceed,
	.connect = connect_client,
	.conn_end = conn_end,
	.client_end = client_end,
};
static struct kpptp_host host = { &ops };

/* ---- the peer ---- */

static void spin(int fd)
{
	uint8_t sink[4096];
	int i;

	for (i = 0; i < 4; i++)
		event_base_loop(loop, EVLOOP_NONBLOCK);
	while (recv(fd, sink, sizeof(sink), MSG_DONTWAIT) > 0)
		;
}

/* The worker's end of a connection, and ours */
static struct kpptp_host_conn connection(int *ours)
{
	struct kpptp_host_conn conn = { .id = ++last_conn };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds))
		abort();
	conn.fd = fds[0];
	conn.local.sin_family = conn.peer.sin_family = AF_INET;
	conn.local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	conn.peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	live_conns++;
	*ours = fds[1];
	return conn;
}

/* A peer that connected to us */
static int accepted(void)
{
	struct kpptp_host_conn conn;
	int fd;

	conn = connection(&fd);
	if (kpptp_core_accept(core, &conn))
		abort();
	return fd;
}

/* A server that we called */
static int called(void)
{
	struct kpptp_proto_client settings = {
		.id = 1, .host = "server", .backoff_min = 1000,
		.backoff_max = 1000, .timers = KPPTP_TIMER_DEFAULTS,
	};
	struct kpptp_host_conn conn;
	int fd, i;

	if (kpptp_client_start(core, &settings, false, NULL, NULL))
		abort();
	for (i = 0; i < 4; i++)
		event_base_loop(loop, EVLOOP_NONBLOCK);
	conn = connection(&fd);
	kpptp_client_connected(core, waiting_client, 0, &conn, NULL);
	for (i = 0; i < 4; i++)
		event_base_loop(loop, EVLOOP_NONBLOCK);
	return fd;
}

static void send_message(struct script *s, int fd, uint8_t type)
{
	struct kpptp_ctrl_msg msg = { .type = type };
	uint8_t buf[KPPTP_CTRL_MAX];
	size_t len, at, n;

	if (type == KPPTP_SCCRQ || type == KPPTP_SCCRP) {
		msg.start.version = KPPTP_CTRL_VERSION;
		msg.start.result = KPPTP_START_OK;
	}
	len = kpptp_ctrl_encode(&msg, buf);
	n = next_octet(s) % 12;
	for (at = KPPTP_CTRL_HEADER; n-- && at < len; at++)
		buf[at] = next_octet(s);
	send(fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void send_raw(struct script *s, int fd)
{
	size_t n = next_octet(s);

	if (n > s->size)
		n = s->size;
	send(fd, s->data, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	s->data += n;
	s->size -= n;
}

static void fire(struct event *ev)
{
	if (event_pending(ev, EV_TIMEOUT, NULL))
		event_active(ev, EV_TIMEOUT, 0);
}

static void step(struct script *s, int fd)
{
	const uint8_t what = next_octet(s) % STEPS;
	struct kpptp_conn *conn = TAILQ_FIRST(&core->conns);
	struct kpptp_call *call = TAILQ_LAST(&core->calls, kpptp_call_list);

	if (what && what < KPPTP_CTRL_TYPES)
		send_message(s, fd, what);
	else if (what == STEP_RAW)
		send_raw(s, fd);
	else if (what == STEP_STATE_TIMER && conn)
		fire(&conn->timer);
	else if (what == STEP_ECHO_TIMER && conn)
		fire(&conn->echo_timer);
	else if (what == STEP_CALL_TIMER && call)
		fire(&call->timer);
	else if (what == STEP_PPP_UP)
		raise_links();
	else if (what == STEP_PPP_DOWN)
		end_links(next_octet(s) & 1);
	else if (what == STEP_DATAPLANE)
		complete_one(0);
	else if (what == STEP_DATAPLANE_FAILS)
		complete_one(-EIO);
	else if (what == STEP_DISCONNECT)
		kpptp_core_disconnect(core, 0, NULL, NULL);
	else if (what == STEP_STOP && conn)
		kpptp_conn_stop(conn, KPPTP_STOP_SHUTDOWN, "script");
}

static void begin(void)
{
	struct kpptp_proto_server server = KPPTP_PROTO_SERVER_DEFAULTS;

	if (!loop)
		loop = event_base_new();
	last_call_id = 0;
	core = kpptp_core_new(loop, &host);
	server.enabled = true;
	server.max_calls = 8;
	kpptp_core_set_server(core, &server);
}

static void end(int fd)
{
	close(fd);
	event_base_loop(loop, EVLOOP_NONBLOCK);
	event_base_loop(loop, EVLOOP_NONBLOCK);
	kpptp_core_shutdown(core, NULL, NULL);
	while (n_pending)
		complete_one(0);
	end_links(true);
	event_base_loop(loop, EVLOOP_NONBLOCK);
	event_base_loop(loop, EVLOOP_NONBLOCK);
	if (kpptp_core_connections(core) || kpptp_core_calls(core) ||
	    live_calls || live_conns)
		abort();
	kpptp_core_free(core);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script s = { data, size };
	int fd, i;

	begin();
	fd = next_octet(&s) & 1 ? called() : accepted();
	spin(fd);
	for (i = 0; i < STEPS_MAX && s.size; i++) {
		step(&s, fd);
		spin(fd);
	}
	end(fd);
	return 0;
}
