// SPDX-License-Identifier: GPL-2.0-or-later
#include "conn_double.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../kpptpd/host_priv.h"

unsigned int log_lines[KPPTP_LOG_DEBUG + 1];
enum kpptp_log_level kpptp_log_max = KPPTP_LOG_DEBUG;

void kpptp_log_line(enum kpptp_log_level level, const char *fmt, ...)
{
	va_list ap;

	log_lines[level]++;
	if (!getenv("KPPTP_TEST_LOG"))
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* ---- data path ---- */

struct completion {
	struct double_dataplane *dp;
	kpptp_dp_done_fn done;
	void *arg;
	int err;
	uint16_t call_id;
};

static void finish(evutil_socket_t fd, short what, void *arg)
{
	struct completion *c = arg;

	(void)fd;
	(void)what;
	c->done(c->arg, c->err, c->call_id, c->err ? "told to fail" : NULL);
	free(c);
}

static int answer(struct double_dataplane *dp, kpptp_dp_done_fn done, void *arg,
		  int err, uint16_t call_id)
{
	struct completion *c;

	if (dp->stuck) {
		dp->stuck_done = done;
		dp->stuck_arg = arg;
		return 0;
	}
	c = calloc(1, sizeof(*c));
	*c = (struct completion){ dp, done, arg, err, call_id };
	if (dp->deferred)
		event_base_once(dp->loop, -1, EV_TIMEOUT, finish, c, NULL);
	else
		finish(-1, 0, c);
	return 0;
}

static int dp_new(struct kpptp_dataplane *base,
		  const struct kpptp_dp_call *call, kpptp_dp_done_fn done,
		  void *arg)
{
	struct double_dataplane *dp = (struct double_dataplane *)base;

	dp->last_new = *call;
	if (dp->refuse)
		return dp->refuse;
	if (!dp->fail_new && !dp->stuck)
		dp->live++;
	return answer(dp, done, arg, dp->fail_new,
		      call->call_id ? call->call_id : ++dp->next_id);
}

static int dp_set(struct kpptp_dataplane *base,
		  const struct kpptp_dp_call *call, kpptp_dp_done_fn done,
		  void *arg)
{
	struct double_dataplane *dp = (struct double_dataplane *)base;

	dp->last_set = *call;
	return answer(dp, done, arg, dp->fail_set, call->call_id);
}

static int dp_del(struct kpptp_dataplane *base, struct in_addr local,
		  struct in_addr peer, uint16_t call_id)
{
	struct double_dataplane *dp = (struct double_dataplane *)base;

	(void)local;
	(void)peer;
	(void)call_id;
	dp->live--;
	return 0;
}

static const struct kpptp_dataplane_ops dp_ops = {
	.name = "double",
	.call_new = dp_new,
	.call_set = dp_set,
	.call_del = dp_del,
};

/* ---- PPP ---- */

static void free_link(struct kpptp_ppp_link *link)
{
	size_t i;

	for (i = 0; i < DOUBLE_LINKS; i++)
		if (link->ppp->links[i] == link)
			link->ppp->links[i] = NULL;
	event_free(link->up);
	event_free(link->down);
	link->ppp->live--;
	free(link);
}

static void end_link(struct kpptp_ppp_link *link, const char *why, int status)
{
	const struct kpptp_ppp_events *events = link->events;
	void *owner = link->arg;

	free_link(link);
	events->down(owner, why, status);
}

static void link_up(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_ppp_link *link = arg;
	struct kpptp_ppp_peer peer = { 0 };
	char address[INET_ADDRSTRLEN] = "10.0.0.2";

	(void)fd;
	(void)what;
	link->events->attached(link->arg);
	if (link->ppp->stays_down)
		return;
	if (link->server) {
		kpptp_priv_peer(link->ppp->fixture->priv, link->arg,
				link->ppp->peer_user, &peer);
		if (*peer.why) {
			end_link(link, peer.why, 11);
			return;
		}
		inet_ntop(AF_INET, &peer.address, address, sizeof(address));
		link->events->auth(link->arg, link->ppp->peer_user);
	}
	link->events->up(link->arg, "ppp0", "10.0.0.1", address);
	link->events->up6(link->arg, "ppp0", "fe80::1", "fe80::2");
}

static void link_down(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_ppp_link *link = arg;

	(void)fd;
	(void)what;
	end_link(link, "told to end", link->ppp->status);
}

void link_closing(struct kpptp_ppp_link *link, const char *why)
{
	link->ppp->closing++;
	link->events->closing(link->arg, why);
}

static void ppp_proceed(struct kpptp_ppp *base, struct kpptp_ppp_link *link)
{
	assert_ptr_equal(link->ppp, base);
	link->ppp->closing--;
}

static int ppp_start(struct kpptp_ppp *base, const struct kpptp_ppp_request *req,
		     const struct kpptp_ppp_events *events, void *arg,
		     struct kpptp_ppp_link **out)
{
	struct double_ppp *ppp = (struct double_ppp *)base;
	struct kpptp_ppp_link *link;
	size_t i;

	if (ppp->refuse)
		return ppp->refuse;
	link = calloc(1, sizeof(*link));
	link->ppp = ppp;
	link->events = events;
	link->arg = arg;
	link->server = req->server;
	link->up = evtimer_new(ppp->loop, link_up, link);
	link->down = evtimer_new(ppp->loop, link_down, link);
	if (!req->server) {
		snprintf(ppp->last_user, sizeof(ppp->last_user), "%s",
			 req->user);
		snprintf(ppp->last_password, sizeof(ppp->last_password), "%s",
			 req->password);
	}
	kpptp_timer_arm(link->up, 0);
	for (i = 0; i < DOUBLE_LINKS && ppp->links[i]; i++)
		;
	assert_true(i < DOUBLE_LINKS);
	ppp->links[i] = link;
	ppp->live++;
	*out = link;
	return 0;
}

static void ppp_stop(struct kpptp_ppp *base, struct kpptp_ppp_link *link,
		     enum kpptp_ppp_stop how)
{
	struct double_ppp *ppp = (struct double_ppp *)base;

	evtimer_del(link->up);
	if (how == KPPTP_PPP_STOP_NOW || !ppp->hangs)
		kpptp_timer_arm(link->down, 0);
}

static const struct kpptp_ppp_ops ppp_ops = {
	.name = "double",
	.start = ppp_start,
	.stop = ppp_stop,
	.proceed = ppp_proceed,
};

/* ---- traffic ---- */

static int demand_arm(struct kpptp_demand *base,
		      const struct kpptp_client_settings *client,
		      kpptp_demand_fn traffic, void *arg, uint32_t id)
{
	struct double_demand *demand = (struct double_demand *)base;

	assert_int_equal(strncmp(client->name, "office", 6), 0);
	if (demand->refuse)
		return demand->refuse;
	demand->armed++;
	demand->traffic = traffic;
	demand->arg = arg;
	demand->id = id;
	return 0;
}

static void demand_end(struct kpptp_demand *base, const char *name)
{
	assert_int_equal(strncmp(name, "office", 6), 0);
	((struct double_demand *)base)->ended++;
}

static const struct kpptp_demand_ops demand_ops = {
	.arm = demand_arm, .end = demand_end,
};

/* ---- fixture ---- */

/* The first two are long: whoever runs the test may not have the CPU for a while. */
static const struct kpptp_timer_settings short_timers = {
	.startup = 20000,
	.reply = 20000,
	.echo_interval = 10000,
	.echo_timeout = 100,
	.stop = 100,
	.disconnect = 100,
	.ppp_stop = 100,
	.idle = 10000,
	.collision = 100,
	.shutdown = 1000,
};

static void count_event(void *arg, const struct kpptp_event *event)
{
	struct fixture *f = arg;

	assert_non_null(kpptp_event_name(event->type));
	assert_non_null(event->text);
	f->events[event->type]++;
	f->failures[event->type] += event->failure;
	if (event->type == KPPTP_EVENT_CALL_DOWN)
		snprintf(f->ended, sizeof(f->ended), "%s", event->text);
}

/* ---- the monitor's side ---- */

static void on_ready(void *arg, const struct kpptp_serving *now)
{
	(void)now;
	((struct fixture *)arg)->ready++;
}

static void on_alive(void *arg, const struct kpptp_serving *now)
{
	(void)arg;
	(void)now;
}

static void on_shut_down(void *arg)
{
	(void)arg;
}

static void on_ended(void *arg, int err)
{
	(void)arg;
	assert_int_equal(err, 0);
}

static const char *on_accept(void *arg, int fd, const struct sockaddr_in *peer)
{
	return kpptp_priv_accept(((struct fixture *)arg)->priv, fd, peer);
}

static bool is_busy(void *arg)
{
	return kpptp_priv_is_behind(((struct fixture *)arg)->priv);
}

/* ---- the worker's side ---- */

static void on_server(void *arg, const struct kpptp_proto_server *settings)
{
	struct fixture *f = arg;
	const struct kpptp_serving now = { 0 };

	kpptp_core_set_server(f->core, settings);
	kpptp_host_priv_tell(f->host, KPPTP_PRIV_READY, &now);
}

static void on_control(void *arg, const struct kpptp_priv_control *request,
		       int fd)
{
	(void)arg;
	(void)request;
	close(fd);
}

static void ignore(void *arg)
{
	(void)arg;
}

static void on_section(void *arg, const struct kpptp_proto_client *section)
{
	(void)arg;
	(void)section;
}

static void on_no_section(void *arg, uint32_t id)
{
	(void)arg;
	(void)id;
}

static void use_settings(struct fixture *f)
{
	f->conf.server = f->server;
	if (!f->conf.pool.range)
		f->conf.pool.range = calloc(1, sizeof(*f->conf.pool.range));
	f->conf.pool.n = f->max_addresses ? 1 : 0;
	f->conf.pool.size = f->max_addresses;
	f->conf.pool.range[0] = (struct kpptp_pool_range){
		0x0a000002, 0x0a000001 + f->max_addresses,
	};
}

void fixture_apply(struct fixture *f)
{
	const int ready = f->ready;

	use_settings(f);
	assert_int_equal(kpptp_priv_conf(f->priv, &f->conf), 0);
	wait_for(f, f->ready > ready);
}

int fixture_listen(struct fixture *f)
{
	int err = kpptp_listeners_open(f->listeners, &f->server);

	kpptp_listeners_bound(f->listeners, &f->listen, 1);
	return err;
}

static void make_both(struct fixture *f)
{
	const struct kpptp_priv_setup setup = {
		.base = f->loop, .dp = &f->dp.base, .demand = &f->demand.base,
		.conf = &f->conf, .ready = on_ready, .alive = on_alive,
		.shut_down = on_shut_down, .ended = on_ended, .arg = f,
	};
	const struct kpptp_host_priv_hooks hooks = {
		.server = on_server, .section = on_section,
		.no_section = on_no_section, .control = on_control, .ping = ignore,
		.shutdown = ignore, .lost = ignore, .arg = f,
	};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
				    fds), 0);
	f->host = kpptp_host_priv_new(f->loop, fds[0], &hooks);
	f->core = kpptp_core_new(f->loop, f->host);
	kpptp_host_priv_serve(f->host, f->core);
	f->priv = kpptp_priv_new(&setup);
	kpptp_priv_set_ppp(f->priv, &f->ppp.base);
	assert_int_equal(kpptp_priv_attach(f->priv, fds[1]), 0);
	f->listeners = kpptp_listeners_new(f->loop, on_accept, is_busy, f);
}

static void make_doubles(struct fixture *f)
{
	f->dp.base.ops = &dp_ops;
	f->dp.loop = f->loop;
	f->ppp.base.ops = &ppp_ops;
	f->ppp.fixture = f;
	f->ppp.status = 5;
	f->ppp.peer_user = "al\"ice";
	f->ppp.loop = f->loop;
	f->demand.base.ops = &demand_ops;
	f->max_addresses = 100;
}

static void make_settings(struct fixture *f, const char *ip)
{
	f->server = (struct kpptp_server_settings)KPPTP_SERVER_DEFAULTS;
	kpptp_call_params_init(&f->server.call);
	f->server.enabled = true;
	f->server.port = 0;
	f->server.n_listen = 1;
	inet_pton(AF_INET, ip, &f->server.listen[0]);
	f->server.timers = short_timers;
	f->client = (struct kpptp_client_settings)KPPTP_CLIENT_DEFAULTS;
	kpptp_call_params_init(&f->client.call);
	f->client.timers = short_timers;
	f->client.backoff_min = 10;
	f->client.backoff_max = 40;
	snprintf(f->client.user, sizeof(f->client.user), "bob");
	snprintf(f->client.password, sizeof(f->client.password), "secret");
	snprintf(f->client.host, sizeof(f->client.host), "%s", ip);
}

struct fixture *fixture_new(const char *ip)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->loop = event_base_new();
	make_doubles(f);
	make_settings(f, ip);
	use_settings(f);
	make_both(f);
	kpptp_event_subscribe(count_event, f);
	wait_for(f, f->ready);
	assert_int_equal(fixture_listen(f), 0);
	f->client.port = ntohs(f->listen.sin_port);
	return f;
}

int fixture_start(struct fixture *f, bool await, kpptp_client_done_fn done,
		  uint32_t *id)
{
	struct kpptp_pclient *client = NULL;
	struct kpptp_proto_client settings;

	if (*f->client.name)
		client = kpptp_pclient_named(f->priv, f->client.name);
	if (!client)
		client = kpptp_pclient_new(f->priv, &f->client,
					   *f->client.name);
	client->runs = true;
	kpptp_proto_of_client(&f->client, client->id, &settings);
	if (id)
		*id = client->id;
	return kpptp_client_start(f->core, &settings, await, done, f);
}

void fixture_kill(struct fixture *f)
{
	size_t i;

	kpptp_core_free(f->core);
	f->host->ops->free(f->host);
	kpptp_listeners_free(f->listeners);
	for (i = 0; i < DOUBLE_LINKS; i++)
		if (f->ppp.links[i])
			free_link(f->ppp.links[i]);
	kpptp_priv_free(f->priv);
	kpptp_conf_free(&f->conf);
	kpptp_event_unsubscribe(count_event, f);
	event_base_free(f->loop);
	free(f);
}

bool fixture_empty(const struct fixture *f)
{
	return !kpptp_core_connections(f->core) && !kpptp_core_calls(f->core) &&
	       !f->dp.live && !f->ppp.live && !f->priv->n_conns &&
	       !f->priv->n_calls && !kpptp_pool_used(f->priv->pool);
}

void fixture_free(struct fixture *f)
{
	wait_for(f, fixture_empty(f));
	fixture_kill(f);
}

void fixture_step(struct fixture *f)
{
	event_base_loop(f->loop, EVLOOP_NONBLOCK);
	usleep(500);
}

void fixture_is_impatient(struct fixture *f)
{
	f->server.timers.startup = f->server.timers.reply = 300;
	f->client.timers.startup = f->client.timers.reply = 300;
	fixture_apply(f);
}

void fixture_run_ms(struct fixture *f, int64_t ms)
{
	const int64_t end = kpptp_now_ms() + ms;

	while (kpptp_now_ms() < end)
		fixture_step(f);
}

void fixture_connected(void *arg, int err, const struct kpptp_call_info *call,
		       const char *why)
{
	struct fixture *f = arg;

	assert_true(err ? !call && why : call && call->up);
	f->done++;
	f->done_err = err;
	snprintf(f->why, sizeof(f->why), "%s", why ? why : "");
}

void fixture_stopped(void *arg, int err)
{
	struct fixture *f = arg;

	f->done++;
	f->done_err = err;
}

void fixture_closed(void *arg, unsigned int closed)
{
	struct fixture *f = arg;

	f->done++;
	f->closed = closed;
}

/* ---- the other side ---- */

int peer_pair(struct fixture *f, int type)
{
	struct sockaddr_in local = { .sin_family = AF_INET }, peer = local;
	struct kpptp_host_conn conn;
	int fds[2];

	inet_pton(AF_INET, "192.0.2.1", &local.sin_addr);
	inet_pton(AF_INET, "192.0.2.77", &peer.sin_addr);
	assert_int_equal(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fds), 0);
	conn.fd = fds[0];
	conn.local = local;
	conn.peer = peer;
	conn.id = kpptp_pconn_new(f->priv, false, &local, &peer)->id;
	assert_int_equal(kpptp_core_accept(f->core, &conn), 0);
	return fds[1];
}

static struct sockaddr_in address_of(const char *ip)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };

	inet_pton(AF_INET, ip, &addr.sin_addr);
	return addr;
}

int peer_connect(struct fixture *f, const char *ip)
{
	struct sockaddr_in from = address_of(ip);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&f->listen,
				 sizeof(f->listen)), 0);
	return fd;
}

int peer_listen(struct fixture *f, const char *ip)
{
	struct sockaddr_in addr = address_of(ip);
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 8), 0);
	getsockname(fd, (struct sockaddr *)&addr, &len);
	snprintf(f->client.host, sizeof(f->client.host), "%s", ip);
	f->client.port = ntohs(addr.sin_port);
	return fd;
}

int peer_accept(struct fixture *f, int listener)
{
	int fd = -1;

	evutil_make_socket_nonblocking(listener);
	wait_for(f, (fd = accept(listener, NULL, NULL)) >= 0);
	return fd;
}

void peer_send(int fd, const struct kpptp_ctrl_msg *msg)
{
	uint8_t buf[KPPTP_CTRL_MAX];
	size_t len = kpptp_ctrl_encode(msg, buf);

	assert_int_equal(send(fd, buf, len, MSG_NOSIGNAL), len);
}

void peer_type(int fd, enum kpptp_ctrl_type type)
{
	struct kpptp_ctrl_msg msg = { .type = type };

	if (type == KPPTP_SCCRQ || type == KPPTP_SCCRP)
		msg.start.version = KPPTP_CTRL_VERSION;
	if (type == KPPTP_SCCRP)
		msg.start.result = KPPTP_START_OK;
	peer_send(fd, &msg);
}

/* One message, or 0 at the end of the stream */
static size_t peer_read(struct fixture *f, int fd, uint8_t *buf)
{
	const int64_t end = kpptp_now_ms() + 2000;
	size_t have = 0, want = KPPTP_CTRL_HEADER;
	ssize_t n;

	while (have < want) {
		n = recv(fd, buf + have, want - have, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return 0;
		if (n < 0) {
			assert_true(kpptp_now_ms() < end);
			fixture_step(f);
			continue;
		}
		have += (size_t)n;
		if (have >= KPPTP_CTRL_HEADER)
			want = (size_t)(buf[0] << 8 | buf[1]);
	}
	return have;
}

struct kpptp_ctrl_msg peer_expect(struct fixture *f, int fd,
				  enum kpptp_ctrl_type type)
{
	uint8_t buf[KPPTP_CTRL_MAX];
	struct kpptp_ctrl_msg msg;
	size_t len;

	do {
		len = peer_read(f, fd, buf);
		assert_int_equal(kpptp_ctrl_decode(buf, len, &msg),
				 KPPTP_CTRL_OK);
	} while (msg.type == KPPTP_ECHO_REQUEST && type != KPPTP_ECHO_REQUEST);
	assert_string_equal(kpptp_ctrl_name(msg.type), kpptp_ctrl_name(type));
	return msg;
}

void peer_expect_verdict(struct fixture *f, int fd)
{
	uint8_t buf[KPPTP_CTRL_MAX];
	struct kpptp_ctrl_msg msg;
	unsigned int asked = 0;
	size_t len;

	while ((len = peer_read(f, fd, buf))) {
		assert_int_equal(kpptp_ctrl_decode(buf, len, &msg),
				 KPPTP_CTRL_OK);
		assert_int_equal(msg.type, KPPTP_ECHO_REQUEST);
		/* one may have been on its way while the peer spoke */
		assert_in_range(++asked, 1, KPPTP_CONN_ECHO_TRIES + 1);
	}
	assert_in_range(asked, KPPTP_CONN_ECHO_TRIES,
			KPPTP_CONN_ECHO_TRIES + 1);
	close(fd);
}

void peer_expect_end(struct fixture *f, int fd)
{
	uint8_t buf[KPPTP_CTRL_MAX];

	assert_int_equal(peer_read(f, fd, buf), 0);
	close(fd);
}

bool peer_silent(struct fixture *f, int fd, int64_t ms)
{
	uint8_t octet;

	fixture_run_ms(f, ms);
	return recv(fd, &octet, 1, MSG_DONTWAIT | MSG_PEEK) < 0 &&
	       errno == EAGAIN;
}

void peer_start(struct fixture *f, int fd)
{
	struct kpptp_ctrl_msg msg;

	peer_type(fd, KPPTP_SCCRQ);
	msg = peer_expect(f, fd, KPPTP_SCCRP);
	assert_int_equal(msg.start.result, KPPTP_START_OK);
}

struct kpptp_ctrl_ocrp peer_call(struct fixture *f, int fd, uint16_t call_id)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_OCRQ };

	msg.ocrq.call_id = call_id;
	msg.ocrq.window = 64;
	peer_send(fd, &msg);
	msg = peer_expect(f, fd, KPPTP_OCRP);
	assert_int_equal(msg.ocrp.peer_call_id, call_id);
	return msg.ocrp;
}
