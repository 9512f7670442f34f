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
#include "../kpptpd/dataplane.h"
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

/* ---- what is below ---- */

static struct event_base *loop;
static struct kpptp_core *core;
static int live_calls, live_addresses;
static uint16_t last_call_id;

static struct {
	kpptp_dp_done_fn done;
	void *arg;
	uint16_t call_id;
	bool creates;
} pending[PENDING_MAX];
static unsigned int n_pending;

struct kpptp_ppp_link {
	const struct kpptp_ppp_events *events;
	void *arg;
	bool stopped;
};

static struct kpptp_ppp_link links[LINKS_MAX];

static int queue(kpptp_dp_done_fn done, void *arg, uint16_t id, bool creates)
{
	if (n_pending == PENDING_MAX)
		return -EBUSY;
	pending[n_pending].done = done;
	pending[n_pending].arg = arg;
	pending[n_pending].call_id = id;
	pending[n_pending].creates = creates;
	n_pending++;
	return 0;
}

static void complete_one(int err)
{
	if (!n_pending)
		return;
	n_pending--;
	if (pending[n_pending].creates && !err)
		live_calls++;
	pending[n_pending].done(pending[n_pending].arg, err,
				pending[n_pending].call_id, "no");
}

static int call_new(struct kpptp_dataplane *dp,
		    const struct kpptp_dp_call *call, kpptp_dp_done_fn done,
		    void *arg)
{
	(void)dp;
	(void)call;
	return queue(done, arg, ++last_call_id, true);
}

static int call_set(struct kpptp_dataplane *dp,
		    const struct kpptp_dp_call *call, kpptp_dp_done_fn done,
		    void *arg)
{
	(void)dp;
	return queue(done, arg, call->call_id, false);
}

static int call_del(struct kpptp_dataplane *dp, struct in_addr local,
		    struct in_addr peer, uint16_t call_id)
{
	(void)dp;
	(void)local;
	(void)peer;
	(void)call_id;
	live_calls--;
	return 0;
}

static int start(struct kpptp_ppp *ppp, const struct kpptp_ppp_request *req,
		 const struct kpptp_ppp_events *events, void *arg,
		 struct kpptp_ppp_link **link)
{
	unsigned int i;

	(void)ppp;
	(void)req;
	for (i = 0; i < LINKS_MAX && links[i].events; i++)
		;
	if (i == LINKS_MAX)
		return -ENOMEM;
	links[i].events = events;
	links[i].arg = arg;
	links[i].stopped = false;
	*link = &links[i];
	return 0;
}

static void stop(struct kpptp_ppp *ppp, struct kpptp_ppp_link *link,
		 enum kpptp_ppp_stop how)
{
	(void)ppp;
	if (!link->events)
		abort();	/* a link that is gone */
	if (how == KPPTP_PPP_STOP_NOW)
		link->stopped = true;
}

static void end_links(bool all)
{
	struct kpptp_ppp_link link;
	unsigned int i;

	for (i = 0; i < LINKS_MAX; i++) {
		link = links[i];
		if (!link.events || (!all && !link.stopped))
			continue;
		links[i].events = NULL;
		link.events->down(link.arg, "the end", 1);
	}
}

static void raise_links(void)
{
	unsigned int i;

	for (i = 0; i < LINKS_MAX; i++) {
		if (!links[i].events)
			continue;
		links[i].events->attached(links[i].arg);
		links[i].events->auth(links[i].arg, "u\n");
		links[i].events->up(links[i].arg, "ppp0", "a", "b");
	}
}

static int address_get(void *arg, struct in_addr *address)
{
	(void)arg;
	address->s_addr = htonl(INADDR_LOOPBACK);
	live_addresses++;
	return 0;
}

static void address_put(void *arg, struct in_addr address)
{
	(void)arg;
	(void)address;
	live_addresses--;
}

static const struct kpptp_dataplane_ops dp_ops = {
	.name = "fuzz",
	.call_new = call_new,
	.call_set = call_set,
	.call_del = call_del,
};
static const struct kpptp_ppp_ops ppp_ops = {
	.name = "fuzz",
	.start = start,
	.stop = stop,
};
static struct kpptp_dataplane dataplane = { &dp_ops };
static struct kpptp_ppp ppp = { &ppp_ops };

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

/* A peer that connected to us */
static int accepted(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		abort();
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!kpptp_conn_accept(core, fds[0], &addr, &addr))
		abort();
	return fds[1];
}

/* A server that we called */
static int called(void)
{
	struct kpptp_client_settings settings = KPPTP_CLIENT_DEFAULTS;
	static struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	static int listener = -1;
	const struct linger abortive = { .l_onoff = 1 };
	int fd, i;

	if (listener < 0) {
		addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		listener = socket(AF_INET, SOCK_STREAM, 0);
		if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) ||
		    listen(listener, 8) ||
		    getsockname(listener, (struct sockaddr *)&addr, &len))
			abort();
	}
	strcpy(settings.host, "127.0.0.1");
	settings.port = ntohs(addr.sin_port);
	if (kpptp_client_connect(core, &settings, NULL, NULL, NULL))
		abort();
	for (i = 0; i < 4; i++)
		event_base_loop(loop, EVLOOP_NONBLOCK);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		abort();
	/* no TIME-WAIT: a run makes more connections than there are ports */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &abortive, sizeof(abortive));
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
	const struct kpptp_core_hooks hooks = {
		.address_get = address_get,
		.address_put = address_put,
	};
	struct kpptp_server_settings server = KPPTP_SERVER_DEFAULTS;

	if (!loop)
		loop = event_base_new();
	last_call_id = 0;
	core = kpptp_core_new(loop, &dataplane, &ppp, &hooks);
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
	    live_calls || live_addresses)
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
