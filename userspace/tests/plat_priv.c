// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Privilege separation, with a worker that somebody has taken over: what a
 * request may be at all, and what the monitor does for it and never does. The
 * requests of a worker that is well are tried by the tests of the protocol.
 */
#include "plat_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/kpptp.h>

#include "../kpptpd/dataplane_impl.h"
#include "../kpptpd/core_int.h"
#include "../kpptpd/log_setup.h"
#include "../kpptpd/priv_int.h"

static struct in_addr ip(uint32_t host)
{
	return (struct in_addr){ .s_addr = htonl(host) };
}

#define OURS	0xc0000201
#define THEIRS	0xc0000202
#define POOLED	0xc6336401
#define PASSWORD "sesame-open"

/* ----------------------------------------------------------- the check */

static struct kpptp_priv_msg good(uint32_t type)
{
	struct kpptp_priv_msg m;

	memset(&m, 0, sizeof(m));
	m.type = type;
	if (type < KPPTP_PRIV_PONG)
		m.id = 7;
	if (type == KPPTP_PRIV_CALL_NEW)
		m.u.call_new.conn = 1;
	return m;
}

static const char *check(const struct kpptp_priv_msg *m)
{
	return kpptp_priv_check(m, kpptp_priv_size(m->type));
}

static void well_formed(void **state)
{
	uint32_t type;

	(void)state;
	for (type = KPPTP_PRIV_CALL_NEW; type < KPPTP_PRIV_REQUESTS; type++) {
		struct kpptp_priv_msg m = good(type);

		assert_null(check(&m));
	}
}

static void wrong_length(void **state)
{
	uint32_t type;

	(void)state;
	for (type = KPPTP_PRIV_CALL_NEW; type < KPPTP_PRIV_REQUESTS; type++) {
		struct kpptp_priv_msg m = good(type);
		size_t len;

		for (len = 0; len <= sizeof(m) + 1; len++)
			if (len != kpptp_priv_size(type))
				assert_non_null(kpptp_priv_check(&m, len));
	}
}

static void not_a_request(void **state)
{
	static const uint32_t none[] = {
		0, KPPTP_PRIV_REQUESTS, KPPTP_PRIV_TYPES, UINT32_MAX,
	};
	struct kpptp_priv_msg m;
	uint32_t type;
	size_t i;

	(void)state;
	for (type = KPPTP_PRIV_SERVER; type < KPPTP_PRIV_TYPES; type++) {
		m = good(type);
		m.id = 7;
		assert_non_null(check(&m));
	}
	for (i = 0; i < COUNT(none); i++) {
		m = good(KPPTP_PRIV_PONG);
		m.type = none[i];
		assert_non_null(kpptp_priv_check(&m, offsetof(struct
						 kpptp_priv_msg, u)));
	}
}

static void bad_numbers(void **state)
{
	struct kpptp_priv_msg m;
	uint32_t type;

	(void)state;
	for (type = KPPTP_PRIV_CALL_NEW; type < KPPTP_PRIV_REQUESTS; type++) {
		m = good(type);
		m.id = !m.id;
		assert_non_null(check(&m));
	}
	m = good(KPPTP_PRIV_CALL_NEW);
	m.u.call_new.conn = 0;
	assert_non_null(check(&m));
	m = good(KPPTP_PRIV_CONNECT);
	m.u.connect.fresh = 2;
	assert_non_null(check(&m));
	m = good(KPPTP_PRIV_PPP_STOP);
	m.u.ppp_stop.how = KPPTP_PPP_STOP_NOW + 1;
	assert_non_null(check(&m));
}

/* --------------------------------------- the monitor and a worker by hand */

/* PPP that writes down what it is asked for. */
struct spy {
	struct kpptp_ppp ppp;
	struct kpptp_ppp_settings settings;
	struct in_addr local_ip, remote_ip;
	struct in_addr local, peer;
	uint16_t call_id, peer_call_id;
	char user[32], password[32];
	int refuse;
	int started;
	int stopped;
	int proceeded;
	const struct kpptp_ppp_events *events;
	void *arg;
};

static int spy_start(struct kpptp_ppp *ppp, const struct kpptp_ppp_request *req,
		     const struct kpptp_ppp_events *events, void *arg,
		     struct kpptp_ppp_link **link)
{
	struct spy *spy = (struct spy *)ppp;

	spy->settings = *req->settings;
	spy->local_ip = req->local_ip;
	spy->remote_ip = req->remote_ip;
	spy->local = req->local;
	spy->peer = req->peer;
	spy->call_id = req->call_id;
	spy->peer_call_id = req->peer_call_id;
	snprintf(spy->user, sizeof(spy->user), "%s", req->user);
	snprintf(spy->password, sizeof(spy->password), "%s", req->password);
	if (spy->refuse)
		return spy->refuse;
	spy->events = events;
	spy->arg = arg;
	spy->started++;
	*link = (struct kpptp_ppp_link *)spy;
	return 0;
}

static void spy_stop(struct kpptp_ppp *ppp, struct kpptp_ppp_link *link,
		     enum kpptp_ppp_stop how)
{
	(void)link;
	(void)how;
	((struct spy *)ppp)->stopped++;
}

static void spy_proceed(struct kpptp_ppp *ppp, struct kpptp_ppp_link *link)
{
	(void)link;
	((struct spy *)ppp)->proceeded++;
}

static const struct kpptp_ppp_ops spy_ops = {
	.name = "spy", .start = spy_start, .stop = spy_stop,
	.proceed = spy_proceed,
};

/* The same for waiting for traffic. */
struct spy_demand {
	struct kpptp_demand demand;
	struct kpptp_prefixes routes;
	int armed;
	int ended;
	kpptp_demand_fn traffic;
	void *arg;
	uint32_t id;
};

static int spy_arm(struct kpptp_demand *demand,
		   const struct kpptp_client_settings *client,
		   kpptp_demand_fn traffic, void *arg, uint32_t id)
{
	struct spy_demand *spy = (struct spy_demand *)demand;

	spy->routes = client->ppp.routes;
	spy->traffic = traffic;
	spy->arg = arg;
	spy->id = id;
	spy->armed++;
	return 0;
}

static void spy_end(struct kpptp_demand *demand, const char *name)
{
	assert_string_equal(name, "office");
	((struct spy_demand *)demand)->ended++;
}

static const struct kpptp_demand_ops spy_demand_ops = {
	.arm = spy_arm, .end = spy_end,
};


struct rig {
	struct event_base *base;
	struct kpptp_dataplane *dp;
	struct spy spy;
	struct spy_demand demand;
	struct kpptp_conf conf;
	struct kpptp_priv *priv;
	int raw;		/* the worker's end */
	int ended;
	int ended_err;
	int ready, alive;
	struct kpptp_serving serving;
	struct kpptp_priv_msg msg;	/* the last that came */
	bool leaked;		/* a message had the password in it */
	int fd;			/* that came with it, or -1 */
};

static void on_ready(void *arg, const struct kpptp_serving *now)
{
	struct rig *rig = arg;

	rig->ready++;
	rig->serving = *now;
}

static void on_alive(void *arg, const struct kpptp_serving *now)
{
	struct rig *rig = arg;

	rig->alive++;
	rig->serving = *now;
}

static void on_shut_down(void *arg)
{
	(void)arg;
}

static void on_ended(void *arg, int err)
{
	struct rig *rig = arg;

	rig->ended++;
	rig->ended_err = err;
}

static void turn(struct rig *rig)
{
	int i;

	for (i = 0; i < 10; i++)
		event_base_loop(rig->base, EVLOOP_NONBLOCK);
}

static void fill_conf(struct kpptp_conf *conf)
{
	const char *why;

	conf->server = (struct kpptp_server_settings)KPPTP_SERVER_DEFAULTS;
	kpptp_call_params_init(&conf->server.call);
	conf->server.enabled = true;
	conf->server.local_ip = ip(0x0a000001);
	conf->server.call.mark = 77;
	conf->server.ppp = (struct kpptp_ppp_settings){
		.auth = KPPTP_AUTH_EAP, .mtu = 1234, .options = "server-option",
	};
	conf->pool.n = 1;
	conf->pool.size = 2;
	conf->pool.range = calloc(1, sizeof(*conf->pool.range));
	conf->pool.range[0].first = POOLED;
	conf->pool.range[0].last = POOLED + 1;
	conf->client = calloc(1, sizeof(*conf->client));
	conf->n_clients = 1;
	conf->client[0] = (struct kpptp_client_settings)KPPTP_CLIENT_DEFAULTS;
	kpptp_call_params_init(&conf->client[0].call);
	strcpy(conf->client[0].name, "office");
	strcpy(conf->client[0].host, "192.0.2.2");
	strcpy(conf->client[0].user, "fred");
	strcpy(conf->client[0].password, PASSWORD);
	strcpy(conf->client[0].ppp.options, "client-option");
	kpptp_prefixes_add("192.0.2.0/24", &conf->client[0].ppp.routes, &why);
}

static void attach(struct rig *rig)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
				    pair), 0);
	assert_int_equal(kpptp_priv_attach(rig->priv, pair[0]), 0);
	rig->raw = pair[1];
}

static void rig_open(struct rig *rig)
{
	struct kpptp_priv_setup setup = {
		.ready = on_ready, .alive = on_alive,
		.shut_down = on_shut_down, .ended = on_ended, .arg = rig,
	};

	kpptp_log_set_level(KPPTP_LOG_ERROR);
	memset(rig, 0, sizeof(*rig));
	rig->fd = -1;
	fill_conf(&rig->conf);
	rig->base = event_base_new();
	assert_int_equal(kpptp_dataplane_null_new(&rig->dp), 0);
	rig->spy.ppp.ops = &spy_ops;
	rig->demand.demand.ops = &spy_demand_ops;
	setup.base = rig->base;
	setup.dp = rig->dp;
	setup.demand = &rig->demand.demand;
	setup.conf = &rig->conf;
	rig->priv = kpptp_priv_new(&setup);
	assert_non_null(rig->priv);
	kpptp_priv_set_ppp(rig->priv, &rig->spy.ppp);
	attach(rig);
}

static void rig_close(struct rig *rig)
{
	assert_false(rig->leaked);
	kpptp_priv_free(rig->priv);
	rig->dp->ops->free(rig->dp);
	close(rig->raw);
	if (rig->fd >= 0)
		close(rig->fd);
	kpptp_conf_free(&rig->conf);
	event_base_free(rig->base);
}

/* Sends a request. */
static void ask(struct rig *rig, const struct kpptp_priv_msg *m)
{
	assert_true(send(rig->raw, m, kpptp_priv_size(m->type), 0) > 0);
	turn(rig);
}

static void ask_type(struct rig *rig, uint32_t type, uint32_t id)
{
	struct kpptp_priv_msg m = good(type);

	m.id = id;
	ask(rig, &m);
}

/* One message to the worker, with what comes with it. Return: whether there is one. */
static bool next(struct rig *rig)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { &rig->msg, sizeof(rig->msg) };
	struct msghdr hdr = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;

	memset(&rig->msg, 0, sizeof(rig->msg));
	turn(rig);
	if (recvmsg(rig->raw, &hdr, MSG_DONTWAIT) <= 0)
		return false;
	rig->leaked |= memmem(&rig->msg, sizeof(rig->msg), PASSWORD,
			      strlen(PASSWORD)) != NULL;
	c = CMSG_FIRSTHDR(&hdr);
	if (c) {
		if (rig->fd >= 0)
			close(rig->fd);
		memcpy(&rig->fd, CMSG_DATA(c), sizeof(rig->fd));
	}
	return true;
}

/* The next message of this type; others are passed over. */
static struct kpptp_priv_msg *expect(struct rig *rig, uint32_t type)
{
	do
		assert_true(next(rig));
	while (rig->msg.type != type);
	return &rig->msg;
}

static bool is_silent(struct rig *rig)
{
	return !next(rig);
}

/* A connection of a peer. Return: its number. */
static uint32_t connection_from(struct rig *rig, uint32_t from)
{
	struct sockaddr_in local = { .sin_family = AF_INET }, peer = local;

	local.sin_addr = ip(OURS);
	peer.sin_addr = ip(from);
	return kpptp_pconn_new(rig->priv, false, &local, &peer)->id;
}

static uint32_t connection(struct rig *rig)
{
	return connection_from(rig, THEIRS);
}

static void ask_call(struct rig *rig, uint32_t id, uint32_t conn,
		     uint32_t client)
{
	struct kpptp_priv_msg m = good(KPPTP_PRIV_CALL_NEW);

	m.id = id;
	m.u.call_new.conn = conn;
	m.u.call_new.client = client;
	m.u.call_new.peer_call_id = 4711;
	m.u.call_new.peer_window = 64;
	ask(rig, &m);
}

/* A call of a peer that is there */
static void server_call_from(struct rig *rig, uint32_t id, uint32_t from)
{
	ask_call(rig, id, connection_from(rig, from), 0);
	assert_int_equal(expect(rig, KPPTP_PRIV_CALL_MADE)->u.done.err, 0);
	assert_int_not_equal(rig->msg.u.done.call_id, 0);
}

static void server_call(struct rig *rig, uint32_t id)
{
	server_call_from(rig, id, THEIRS);
}

static void expect_event(struct rig *rig, enum kpptp_priv_event event)
{
	assert_int_equal(expect(rig, KPPTP_PRIV_PPP_EVENT)->u.ppp_event.event,
			 event);
}

static void starts_ppp(struct rig *rig, uint32_t id)
{
	ask_type(rig, KPPTP_PRIV_PPP_START, id);
	expect_event(rig, KPPTP_PRIV_EVENT_STARTED);
}

/* --------------------------------------------------- what is the monitor's */

static void server_settings_are_the_monitors(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	server_call(&rig, 5);
	starts_ppp(&rig, 5);
	assert_int_equal(rig.spy.settings.auth, KPPTP_AUTH_EAP);
	assert_string_equal(rig.spy.settings.options, "server-option");
	assert_int_equal(rig.spy.local_ip.s_addr, htonl(0x0a000001));
	assert_int_equal(rig.spy.remote_ip.s_addr, 0);
	assert_int_equal(rig.spy.local.s_addr, htonl(OURS));
	assert_int_equal(rig.spy.peer.s_addr, htonl(THEIRS));
	assert_int_equal(rig.spy.peer_call_id, 4711);
	assert_string_equal(rig.spy.user, "");
	assert_string_equal(rig.spy.password, "");
	rig_close(&rig);
}

/* The worker of a client, which comes to no connection by itself. */
static uint32_t client_conn(struct rig *rig, struct kpptp_pclient *client,
			    uint32_t peer)
{
	struct sockaddr_in local = { .sin_family = AF_INET }, to = local;

	local.sin_addr = ip(OURS);
	to.sin_addr = ip(peer);
	client->runs = true;
	client->peer = ip(THEIRS);
	client->conn = kpptp_pconn_new(rig->priv, true, &local, &to)->id;
	return client->conn;
}

/* The peer has told its Call ID. */
static void complete(struct rig *rig, uint32_t id, uint16_t peer_call_id)
{
	struct kpptp_priv_msg m = good(KPPTP_PRIV_CALL_SET);

	m.id = id;
	m.u.call_set.peer_call_id = peer_call_id;
	ask(rig, &m);
	assert_int_equal(expect(rig, KPPTP_PRIV_CALL_COMPLETED)->u.done.err, 0);
}

static void client_settings_are_the_monitors(void **state)
{
	struct kpptp_pclient *office;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	office = kpptp_pclient_named(rig.priv, "office");
	ask_call(&rig, 5, client_conn(&rig, office, THEIRS), office->id);
	assert_int_equal(expect(&rig, KPPTP_PRIV_CALL_MADE)->u.done.err, 0);
	ask_type(&rig, KPPTP_PRIV_PPP_START, 5);	/* not complete */
	assert_int_equal(rig.spy.started, 0);
	complete(&rig, 5, 9);
	starts_ppp(&rig, 5);
	assert_string_equal(rig.spy.settings.options, "client-option");
	assert_string_equal(rig.spy.user, "fred");
	assert_string_equal(rig.spy.password, PASSWORD);
	assert_int_equal(rig.spy.settings.routes.n, 1);
	assert_int_equal(rig.spy.peer_call_id, 9);
	rig_close(&rig);
}

static void ppp_is_heard_and_ended(void **state)
{
	struct kpptp_ppp_net net = { .routes = "10.0.0.0/8", .dns = "10.0.0.1" };
	struct kpptp_priv_msg m = good(KPPTP_PRIV_PPP_STOP);
	struct rig rig;

	(void)state;
	rig_open(&rig);
	server_call(&rig, 7);
	starts_ppp(&rig, 7);
	rig.spy.events->net(rig.spy.arg, &net);
	assert_string_equal(expect(&rig, KPPTP_PRIV_PPP_NET)->u.ppp_net.routes,
			    "10.0.0.0/8");
	rig.spy.events->up(rig.spy.arg, "ppp0", "a", "b");
	expect_event(&rig, KPPTP_PRIV_EVENT_UP);
	assert_string_equal(rig.msg.u.ppp_event.text[0], "ppp0");
	ask(&rig, &m);
	assert_int_equal(rig.spy.stopped, 1);
	rig.spy.events->closing(rig.spy.arg, "time is up");
	expect_event(&rig, KPPTP_PRIV_EVENT_CLOSING);
	assert_string_equal(rig.msg.u.ppp_event.text[0], "time is up");
	assert_int_equal(rig.spy.proceeded, 0);
	ask_type(&rig, KPPTP_PRIV_PPP_PROCEED, 7);
	assert_int_equal(rig.spy.proceeded, 1);
	rig.spy.events->down(rig.spy.arg, "because", 5);
	expect_event(&rig, KPPTP_PRIV_EVENT_DOWN);
	assert_int_equal(rig.msg.u.ppp_event.status, 5);
	assert_string_equal(rig.msg.u.ppp_event.text[0], "because");
	rig_close(&rig);
}

static void ppp_that_cannot_start_is_told(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	rig.spy.refuse = -EMFILE;
	server_call(&rig, 7);
	ask_type(&rig, KPPTP_PRIV_PPP_START, 7);
	expect_event(&rig, KPPTP_PRIV_EVENT_DOWN);
	assert_string_equal(rig.msg.u.ppp_event.text[0], strerror(EMFILE));
	rig_close(&rig);
}

/* ------------------------------------------------------------ addresses */

static struct in_addr proves(struct rig *rig, const char *user, char *why)
{
	struct kpptp_ppp_peer peer = { 0 };

	kpptp_priv_peer(rig->priv, rig->spy.arg, user, &peer);
	strcpy(why, peer.why);
	return peer.address;
}

/* Nobody has an address who has not proved to be somebody. */
static void addresses_come_after_proof(void **state)
{
	void *call[3];
	char why[128];
	struct rig rig;
	uint32_t id;

	(void)state;
	rig_open(&rig);
	for (id = 0; id < 3; id++) {
		server_call(&rig, id + 1);
		starts_ppp(&rig, id + 1);
		call[id] = rig.spy.arg;
	}
	assert_int_equal(kpptp_pool_used(rig.priv->pool), 0);
	for (id = 0; id < 3; id++) {
		rig.spy.arg = call[id];
		proves(&rig, "fred", why);
		assert_string_equal(why, id < 2 ? "" :
				    "no address left in the pool");
	}
	rig.spy.events->down(call[0], "x", 0);
	turn(&rig);
	assert_int_equal(kpptp_pool_used(rig.priv->pool), 1);
	proves(&rig, "fred", why);
	assert_string_equal(why, "");
	rig_close(&rig);
}

/* Who starts with none, as nobody has to prove anything, is refused at once. */
static void the_pool_is_empty_before_the_call(void **state)
{
	struct rig rig;
	uint32_t id;

	(void)state;
	rig_open(&rig);
	rig.conf.server.ppp.auth = 0;
	for (id = 1; id < 3; id++) {
		server_call(&rig, id);
		starts_ppp(&rig, id);
		assert_int_not_equal(rig.spy.remote_ip.s_addr, 0);
	}
	ask_call(&rig, 3, connection(&rig), 0);
	assert_int_equal(expect(&rig, KPPTP_PRIV_CALL_MADE)->u.done.err,
			 -ENOSPC);
	assert_string_equal(rig.msg.u.done.why, "no address left in the pool");
	rig_close(&rig);
}

/* chap-secrets' fourth column or RADIUS: one address is never that of two calls. */
static void an_address_of_ppps_own(void **state)
{
	char why[128], text[INET_ADDRSTRLEN];
	struct in_addr first;
	void *first_call;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	server_call(&rig, 1);
	starts_ppp(&rig, 1);
	first = proves(&rig, "fred", why);
	first_call = rig.spy.arg;
	/* another address of the pool than the one it was offered */
	inet_ntop(AF_INET, &(struct in_addr){ first.s_addr ^ htonl(POOLED ^
			   (POOLED + 1)) }, text, sizeof(text));
	rig.spy.events->up(rig.spy.arg, "ppp0", "10.0.0.1", text);
	expect_event(&rig, KPPTP_PRIV_EVENT_UP);
	assert_int_equal(kpptp_pool_used(rig.priv->pool), 1);

	server_call(&rig, 2);
	starts_ppp(&rig, 2);
	proves(&rig, "bob", why);
	inet_pton(AF_INET, text, &first);
	kpptp_priv_address(rig.priv, first_call, first, why, sizeof(why));
	assert_string_equal(why, "");
	kpptp_priv_address(rig.priv, rig.spy.arg, first, why, sizeof(why));
	assert_non_null(strstr(why, "in use by another call"));
	rig.spy.events->up(rig.spy.arg, "ppp1", "10.0.0.1", text);	/* without asking */
	assert_int_equal(expect(&rig, KPPTP_PRIV_CALL_CLOSE)->id, 2);
	assert_non_null(strstr(rig.msg.u.why, "in use by another call"));
	rig.spy.events->down(rig.spy.arg, "x", 0);
	rig.spy.events->down(first_call, "x", 0);
	assert_int_equal(kpptp_pool_used(rig.priv->pool), 0);
	rig_close(&rig);
}

/* ------------------------------------------- one user, several calls */

/* Call @id, up as @user with this address. Return: for what PPP tells. */
static void *up_as(struct rig *rig, uint32_t id, const char *user,
		   const char *address)
{
	char why[128];

	server_call(rig, id);
	starts_ppp(rig, id);
	proves(rig, user, why);
	assert_string_equal(why, "");
	rig->spy.events->auth(rig->spy.arg, user);
	rig->spy.events->up(rig->spy.arg, "ppp0", "10.0.0.1", address);
	return rig->spy.arg;
}

static void expect_close(struct rig *rig, uint32_t id, const char *why)
{
	assert_int_equal(expect(rig, KPPTP_PRIV_CALL_CLOSE)->id, id);
	assert_non_null(strstr(rig->msg.u.why, why));
}

/* Not even an address that no pool knows of is that of two calls. */
static void one_address_twice(void **state)
{
	struct rig rig;
	void *old;

	(void)state;
	rig_open(&rig);
	old = up_as(&rig, 1, "fred", "10.9.9.9");
	up_as(&rig, 2, "bob", "10.9.9.9");
	expect_close(&rig, 2, "10.9.9.9 is in use by another call");
	rig.spy.events->down(rig.spy.arg, "x", 0);
	up_as(&rig, 3, "fred", "10.9.9.9");	/* he is back */
	expect_close(&rig, 1, "a later one of the same user has its address");
	rig.spy.events->down(old, "x", 0);	/* and stays */
	up_as(&rig, 4, "bob", "10.9.9.9");
	expect_close(&rig, 4, "10.9.9.9 is in use by another call");
	rig_close(&rig);
}

static void a_user_has_as_many_calls_as_he_likes(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	up_as(&rig, 1, "fred", "10.9.9.8");
	up_as(&rig, 2, "fred", "10.9.9.9");
	while (next(&rig))
		assert_int_not_equal(rig.msg.type, KPPTP_PRIV_CALL_CLOSE);
	rig_close(&rig);
}

static void the_later_call_replaces(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	rig.conf.server.single_session = KPPTP_SINGLE_REPLACE;
	up_as(&rig, 1, "fred", "10.9.9.8");
	up_as(&rig, 2, "bob", "10.9.9.9");
	up_as(&rig, 3, "fred", "10.9.9.10");
	expect_close(&rig, 1, "a later one of the same user is up");
	assert_true(is_silent(&rig));
	rig_close(&rig);
}

static void the_later_call_is_refused(void **state)
{
	struct rig rig;
	char why[128];
	void *first;

	(void)state;
	rig_open(&rig);
	rig.conf.server.single_session = KPPTP_SINGLE_REFUSE;
	first = up_as(&rig, 1, "fred", "10.9.9.8");
	proves(&rig, "fred", why);	/* he himself, asked again */
	assert_string_equal(why, "");
	server_call(&rig, 2);
	starts_ppp(&rig, 2);
	proves(&rig, "fred", why);
	assert_string_equal(why, "the user has a call already");
	proves(&rig, "bob", why);
	assert_string_equal(why, "");
	rig.spy.events->down(first, "x", 0);
	server_call(&rig, 3);
	starts_ppp(&rig, 3);
	proves(&rig, "fred", why);
	assert_string_equal(why, "");
	rig_close(&rig);
}

/* ------------------------------------------------------ what one host may have */

static int64_t fake_now = 1000000;

static int64_t fake_clock(void)
{
	return fake_now;
}

static const char *may_connect(struct rig *rig, uint32_t peer)
{
	return kpptp_psource_may_connect(rig->priv, ip(peer));
}

static void calls_of_one_host_are_few(void **state)
{
	struct rig rig;
	uint32_t id;

	(void)state;
	rig_open(&rig);
	rig.conf.server.max_sessions_per_address = 2;
	rig.conf.server.max_sessions = 3;
	server_call(&rig, 1);
	server_call(&rig, 2);
	ask_call(&rig, 3, connection(&rig), 0);
	assert_int_equal(expect(&rig, KPPTP_PRIV_CALL_MADE)->u.done.err,
			 -ENOSPC);
	assert_string_equal(rig.msg.u.done.why,
			    "too many calls from this address");
	ask_type(&rig, KPPTP_PRIV_CALL_DEL, 1);
	server_call(&rig, 4);		/* room again */
	rig.conf.server.max_sessions_per_address = 100;
	server_call(&rig, 5);
	ask_call(&rig, 6, connection(&rig), 0);
	assert_string_equal(expect(&rig, KPPTP_PRIV_CALL_MADE)->u.done.why,
			    "too many calls");
	for (id = 2; id < 6; id++)
		if (id != 3)
			ask_type(&rig, KPPTP_PRIV_CALL_DEL, id);
	assert_int_equal(rig.priv->n_sessions, 0);
	rig_close(&rig);
}

/* One starts at a time; who gives up meanwhile is not started. */
static void starts_take_turns(void **state)
{
	void *first;
	struct rig rig;
	uint32_t id;

	(void)state;
	rig_open(&rig);
	rig.conf.server.max_starting = 1;
	for (id = 1; id < 5; id++)
		server_call(&rig, id);
	starts_ppp(&rig, 1);
	first = rig.spy.arg;
	for (id = 2; id < 5; id++)
		ask_type(&rig, KPPTP_PRIV_PPP_START, id);
	assert_int_equal(rig.spy.started, 1);
	assert_true(is_silent(&rig));
	ask_type(&rig, KPPTP_PRIV_CALL_DEL, 2);
	expect_event(&rig, KPPTP_PRIV_EVENT_DOWN);	/* as for all that was asked for */
	rig.spy.events->up(first, "ppp0", "a", "b");
	expect_event(&rig, KPPTP_PRIV_EVENT_STARTED);
	assert_int_equal(rig.msg.id, 3);
	expect_event(&rig, KPPTP_PRIV_EVENT_UP);
	rig.spy.events->down(rig.spy.arg, "x", 0);
	expect_event(&rig, KPPTP_PRIV_EVENT_STARTED);
	assert_int_equal(rig.msg.id, 4);
	assert_int_equal(rig.spy.started, 3);
	rig_close(&rig);
}

/* Who waits and gives up is told that it is over, and once. */
static void who_waits_can_be_stopped(void **state)
{
	struct kpptp_priv_msg m = good(KPPTP_PRIV_PPP_STOP);
	struct rig rig;
	uint32_t id;

	(void)state;
	rig_open(&rig);
	rig.conf.server.max_starting = 1;
	for (id = 1; id < 3; id++)
		server_call(&rig, id);
	starts_ppp(&rig, 1);
	ask_type(&rig, KPPTP_PRIV_PPP_START, 2);
	m.id = 2;
	ask(&rig, &m);
	expect_event(&rig, KPPTP_PRIV_EVENT_DOWN);
	assert_int_equal(rig.msg.id, 2);
	ask(&rig, &m);
	ask_type(&rig, KPPTP_PRIV_CALL_DEL, 2);
	assert_true(is_silent(&rig));
	assert_int_equal(rig.spy.stopped, 0);
	rig_close(&rig);
}

static void starts_next(struct rig *rig, uint32_t id)
{
	expect_event(rig, KPPTP_PRIV_EVENT_STARTED);
	assert_int_equal(rig->msg.id, id);
}

static void wants_ppp_from(struct rig *rig, uint32_t id, uint32_t from)
{
	server_call_from(rig, id, from);
	ask_type(rig, KPPTP_PRIV_PPP_START, id);
}

/* It is looked after who may be late, and nobody else. */
static void late_are_watched(const struct rig *rig)
{
	const struct kpptp_turns *turns = &rig->priv->turns;

	assert_int_equal(!event_pending(turns->timer, EV_TIMEOUT, NULL),
			 TAILQ_EMPTY(&turns->on_time));
}

static void time_passes(struct rig *rig, int ms)
{
	late_are_watched(rig);
	fake_now += ms;
	event_active(rig->priv->turns.timer, EV_TIMEOUT, 0);
	event_base_loop(rig->base, EVLOOP_NONBLOCK);
	late_are_watched(rig);
}

/* 1 to 5 from one address, 6 and 7 from others: whose turn is it when one is free? */
static void turns_go_round(void **state)
{
	static const uint32_t order[] = { 6, 7, 3, 0 };
	const uint32_t *next = order;
	struct rig rig;
	void *last;
	uint32_t id;

	(void)state;
	rig_open(&rig);
	rig.conf.server.max_starting = 2;
	wants_ppp_from(&rig, 1, THEIRS);
	starts_next(&rig, 1);
	last = rig.spy.arg;
	wants_ppp_from(&rig, 2, THEIRS);
	starts_next(&rig, 2);
	for (id = 3; id < 6; id++)
		wants_ppp_from(&rig, id, THEIRS);
	wants_ppp_from(&rig, 6, THEIRS + 1);
	wants_ppp_from(&rig, 7, THEIRS + 2);
	assert_true(is_silent(&rig));
	for (; *next; next++) {
		rig.spy.events->down(last, "x", 0);
		starts_next(&rig, *next);
		expect_event(&rig, KPPTP_PRIV_EVENT_DOWN);
		last = rig.spy.arg;
	}
	assert_int_equal(rig.spy.started, 5);
	rig_close(&rig);
}

/* Who holds a turn has asked for another first, and lets who holds none go before. */
static void one_turn_each_comes_first(void **state)
{
	struct rig rig;
	void *second;

	(void)state;
	rig_open(&rig);
	rig.conf.server.max_starting = 2;
	wants_ppp_from(&rig, 1, THEIRS);
	starts_next(&rig, 1);
	wants_ppp_from(&rig, 2, THEIRS + 1);
	starts_next(&rig, 2);
	second = rig.spy.arg;
	wants_ppp_from(&rig, 3, THEIRS);
	wants_ppp_from(&rig, 4, THEIRS + 2);
	assert_true(is_silent(&rig));
	rig.spy.events->down(second, "x", 0);
	starts_next(&rig, 4);
	rig_close(&rig);
}

/* Those that never speak PPP keep their own address waiting, and nobody else. */
static void the_silent_hold_up_themselves(void **state)
{
	struct rig rig;
	uint32_t id;

	(void)state;
	rig_open(&rig);
	rig.priv->now_ms = fake_clock;
	rig.conf.server.max_starting = 2;
	for (id = 1; id < 3; id++) {
		wants_ppp_from(&rig, id, THEIRS);
		starts_next(&rig, id);
	}
	wants_ppp_from(&rig, 3, THEIRS);
	wants_ppp_from(&rig, 4, THEIRS + 1);
	time_passes(&rig, 4999);
	assert_true(is_silent(&rig));
	time_passes(&rig, 1);
	starts_next(&rig, 4);
	time_passes(&rig, 60000);
	assert_true(is_silent(&rig));
	wants_ppp_from(&rig, 5, THEIRS + 1);
	assert_true(is_silent(&rig));
	for (id = 3; id < 6; id += 2) {
		ask_type(&rig, KPPTP_PRIV_CALL_DEL, id);
		expect_event(&rig, KPPTP_PRIV_EVENT_DOWN);
	}
	wants_ppp_from(&rig, 6, THEIRS + 2);
	starts_next(&rig, 6);
	assert_int_equal(rig.spy.started, 4);
	rig_close(&rig);
}

/* 1,024 may wait. Then who has most of them loses his last, whoever comes. */
static void the_largest_crowd_is_thinned(void **state)
{
	struct rig rig;
	uint32_t id;

	(void)state;
	rig_open(&rig);
	rig.conf.server.max_starting = 1;
	rig.conf.server.max_sessions_per_address = 2000;
	wants_ppp_from(&rig, 1, THEIRS);
	starts_next(&rig, 1);
	for (id = 2; id < 1026; id++)
		wants_ppp_from(&rig, id, THEIRS + (id % 4 == 0));
	assert_true(is_silent(&rig));
	wants_ppp_from(&rig, 2000, THEIRS + 2);
	expect_event(&rig, KPPTP_PRIV_EVENT_DOWN);
	assert_int_equal(rig.msg.id, 1025);
	expect_close(&rig, 1025, "too many calls wait for PPP, and most of them from this address");
	wants_ppp_from(&rig, 2001, THEIRS);
	expect_event(&rig, KPPTP_PRIV_EVENT_DOWN);
	assert_int_equal(rig.msg.id, 2001);
	assert_int_equal(rig.priv->turns.n_waiting, 1024);
	rig_close(&rig);
}

/* A pppd that cannot be started holds no turn: the next one is tried. */
static void what_cannot_start_has_no_turn(void **state)
{
	struct rig rig;
	uint32_t id;

	(void)state;
	rig_open(&rig);
	rig.conf.server.max_starting = 1;
	rig.spy.refuse = -EAGAIN;
	for (id = 1; id < 4; id++) {
		wants_ppp_from(&rig, id, THEIRS);
		expect_event(&rig, KPPTP_PRIV_EVENT_DOWN);
	}
	rig.spy.refuse = 0;
	wants_ppp_from(&rig, 4, THEIRS);
	starts_next(&rig, 4);
	rig_close(&rig);
}

static void fails_to_log_in(struct rig *rig, uint32_t id)
{
	server_call(rig, id);
	starts_ppp(rig, id);
	rig->spy.events->down(rig->spy.arg, "who?", 11);
	ask_type(rig, KPPTP_PRIV_CALL_DEL, id);
}

/* Longer each time, and until somebody there has proved who he is. */
static void who_guesses_waits(void **state)
{
	char why[128];
	struct rig rig;
	uint32_t id;

	(void)state;
	rig_open(&rig);
	rig.priv->now_ms = fake_clock;
	for (id = 1; id < 5; id++)
		fails_to_log_in(&rig, id);
	assert_null(may_connect(&rig, THEIRS));
	fails_to_log_in(&rig, 5);
	assert_string_equal(may_connect(&rig, THEIRS),
			    "too many log-ins from this address have failed");
	assert_null(may_connect(&rig, THEIRS + 1));
	ask_call(&rig, 6, connection(&rig), 0);
	assert_string_equal(expect(&rig, KPPTP_PRIV_CALL_MADE)->u.done.why,
			    "too many log-ins from this address have failed");
	fake_now += 15001;
	assert_null(may_connect(&rig, THEIRS));
	fails_to_log_in(&rig, 7);
	fake_now += 15001;
	assert_non_null(may_connect(&rig, THEIRS));
	fake_now += 15000;
	server_call(&rig, 8);
	starts_ppp(&rig, 8);
	proves(&rig, "fred", why);
	rig.spy.events->auth(rig.spy.arg, "fred");
	for (id = 9; id < 13; id++)
		fails_to_log_in(&rig, id);
	assert_null(may_connect(&rig, THEIRS));
	rig_close(&rig);
}

/* As "fred", each time from another address */
static void guesses(struct rig *rig, uint32_t times)
{
	static uint32_t id = 1000;

	for (; times--; id++) {
		server_call_from(rig, id, THEIRS + id);
		starts_ppp(rig, id);
		rig->spy.events->failed(rig->spy.arg, "fred");
		rig->spy.events->down(rig->spy.arg, "who?", 11);
		ask_type(rig, KPPTP_PRIV_CALL_DEL, id);
	}
}

/* A call from there, and whether @user has to wait. */
static bool waits(struct rig *rig, uint32_t id, uint32_t from, const char *user)
{
	char why[128];

	server_call_from(rig, id, from);
	starts_ppp(rig, id);
	proves(rig, user, why);
	rig->spy.events->down(rig->spy.arg, why, 0);
	ask_type(rig, KPPTP_PRIV_CALL_DEL, id);
	return !strcmp(why, "too many log-ins as this user have failed");
}

/* From wherever; but who is there already is not kept out. */
static void who_is_guessed_waits(void **state)
{
	char why[128];
	struct rig rig;

	(void)state;
	rig_open(&rig);
	rig.priv->now_ms = fake_clock;
	rig.conf.pool.range[0].last++;
	rig.conf.pool.size++;
	assert_int_equal(kpptp_priv_conf(rig.priv, &rig.conf), 0);
	server_call_from(&rig, 1, THEIRS + 1);
	starts_ppp(&rig, 1);
	proves(&rig, "fred", why);
	rig.spy.events->up(rig.spy.arg, "ppp0", "192.0.2.1", "198.51.100.1");
	expect_event(&rig, KPPTP_PRIV_EVENT_UP);
	server_call_from(&rig, 9, THEIRS + 2);	/* proves nothing */
	starts_ppp(&rig, 9);
	proves(&rig, "fred", why);
	guesses(&rig, 19);
	assert_false(waits(&rig, 2, THEIRS, "fred"));
	guesses(&rig, 1);
	assert_true(waits(&rig, 3, THEIRS, "fred"));
	assert_true(waits(&rig, 10, THEIRS + 2, "fred"));
	assert_false(waits(&rig, 4, THEIRS, "barney"));
	assert_false(waits(&rig, 5, THEIRS + 1, "fred"));
	fake_now += 15000;
	assert_false(waits(&rig, 6, THEIRS, "fred"));
	guesses(&rig, 1);
	assert_true(waits(&rig, 7, THEIRS, "fred"));
	fake_now += 3600000;
	kpptp_pguess_sweep(rig.priv);
	guesses(&rig, 19);
	assert_false(waits(&rig, 8, THEIRS, "fred"));
	rig_close(&rig);
}

static void our_own_log_ins_are_no_guesses(void **state)
{
	struct kpptp_pclient *office;
	struct rig rig;
	int i;

	(void)state;
	rig_open(&rig);
	rig.priv->now_ms = fake_clock;
	office = kpptp_pclient_named(rig.priv, "office");
	ask_call(&rig, 5, client_conn(&rig, office, THEIRS), office->id);
	complete(&rig, 5, 9);
	starts_ppp(&rig, 5);
	for (i = 0; i < 100; i++)
		rig.spy.events->failed(rig.spy.arg, "fred");
	rig.spy.events->down(rig.spy.arg, "who?", 11);
	assert_false(kpptp_pguess_must_wait(rig.priv, "fred", ip(THEIRS)));
	assert_null(kpptp_psource_find(rig.priv, ip(THEIRS)));
	rig_close(&rig);
}

/*
 * Names without end: the table stays as it is, and the oldest go. Who is guessed
 * all the time stays, and so does who is guessed when the table is full.
 */
static void guessed_names_are_bounded(void **state)
{
	struct rig rig;
	char name[32];
	int i;

	(void)state;
	rig_open(&rig);
	rig.priv->now_ms = fake_clock;
	for (i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		kpptp_pguess_failed(rig.priv, name);
		if (i % 400 == 0)
			kpptp_pguess_failed(rig.priv, "fred");
	}
	assert_int_equal(rig.priv->guessed_by_name.n, 4096);
	assert_true(kpptp_pguess_must_wait(rig.priv, "fred", ip(THEIRS)));
	for (i = 0; i < 20; i++)
		kpptp_pguess_failed(rig.priv, "barney");
	assert_true(kpptp_pguess_must_wait(rig.priv, "barney", ip(THEIRS)));
	rig_close(&rig);
}

/* The network of the peer, not all of them */
static void connections_come_at_a_rate(void **state)
{
	struct rig rig;
	int i;

	(void)state;
	rig_open(&rig);
	rig.priv->now_ms = fake_clock;
	rig.conf.server.connect_rate = 2;
	for (i = 0; i < 20; i++)
		assert_null(may_connect(&rig, THEIRS + i % 3));
	assert_string_equal(may_connect(&rig, THEIRS),
			    "too many connections a second from this network");
	assert_null(may_connect(&rig, THEIRS + 256));
	fake_now += 1000;
	assert_null(may_connect(&rig, THEIRS));
	assert_null(may_connect(&rig, THEIRS));
	assert_non_null(may_connect(&rig, THEIRS));
	fake_now += 3600000;			/* what nobody used is not saved */
	for (i = 0; i < 20; i++)
		assert_null(may_connect(&rig, THEIRS));
	assert_non_null(may_connect(&rig, THEIRS));
	rig.conf.server.connect_rate = 0;
	assert_null(may_connect(&rig, THEIRS));
	rig_close(&rig);
}

static void only_some_may_connect(void **state)
{
	struct rig rig;
	const char *why;

	(void)state;
	rig_open(&rig);
	kpptp_prefixes_add("192.0.2.0/31,198.51.100.0/24",
			   &rig.conf.server.allow, &why);
	assert_null(may_connect(&rig, OURS));
	assert_null(may_connect(&rig, POOLED));
	assert_string_equal(may_connect(&rig, THEIRS),
			    "its address is not one that may connect");
	rig_close(&rig);
}

/* ------------------------------------------------------------- offences */

static void refused_call(struct rig *rig, uint32_t id)
{
	assert_int_equal(expect(rig, KPPTP_PRIV_CALL_MADE)->id, id);
	assert_int_equal(rig->msg.u.done.err, -EPERM);
	assert_int_equal(rig->ended, 0);
}

/* It ends the call it is about, and nothing else. */
static void calls_that_are_not_his(void **state)
{
	struct kpptp_pclient *office;
	struct kpptp_priv_msg m;
	struct rig rig;
	uint32_t conn;

	(void)state;
	rig_open(&rig);
	office = kpptp_pclient_named(rig.priv, "office");
	server_call(&rig, 1);
	ask_call(&rig, 2, 9999, 0);		/* no such connection */
	refused_call(&rig, 2);
	ask_call(&rig, 1, connection(&rig), 0);	/* a number twice */
	refused_call(&rig, 1);
	conn = client_conn(&rig, office, THEIRS + 1);	/* to somebody else */
	ask_call(&rig, 3, conn, office->id);
	refused_call(&rig, 3);
	ask_call(&rig, 4, conn, 8888);		/* no such client: a reload may cross */
	assert_int_equal(expect(&rig, KPPTP_PRIV_CALL_MADE)->u.done.err,
			 -ENOSPC);
	m = good(KPPTP_PRIV_CALL_SET);
	m.id = 1;				/* the peer's ID is known */
	ask(&rig, &m);
	assert_int_equal(expect(&rig, KPPTP_PRIV_CALL_COMPLETED)->u.done.err,
			 -EPERM);
	ask_type(&rig, KPPTP_PRIV_CALL_DEL, 77);
	ask_type(&rig, KPPTP_PRIV_PPP_START, 77);
	ask_type(&rig, KPPTP_PRIV_PPP_STOP, 77);
	ask_type(&rig, KPPTP_PRIV_PPP_PROCEED, 77);
	ask_type(&rig, KPPTP_PRIV_CONN_END, 77);
	ask_type(&rig, KPPTP_PRIV_CLIENT_END, 77);
	ask_type(&rig, KPPTP_PRIV_CONNECT, 77);
	ask_type(&rig, KPPTP_PRIV_ARM, office->id);	/* has no demand */
	assert_int_equal(rig.demand.armed, 0);
	assert_int_equal(rig.spy.started, 0);
	assert_int_equal(rig.ended, 0);
	assert_true(is_silent(&rig));
	starts_ppp(&rig, 1);			/* which is not harmed */
	rig_close(&rig);
}

static void second_ppp_on_a_call(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig);
	server_call(&rig, 1);
	starts_ppp(&rig, 1);
	ask_type(&rig, KPPTP_PRIV_PPP_START, 1);
	assert_int_equal(rig.spy.started, 1);
	ask_type(&rig, KPPTP_PRIV_CALL_DEL, 1);
	ask_type(&rig, KPPTP_PRIV_PPP_START, 1);
	assert_int_equal(rig.spy.started, 1);
	ask_call(&rig, 1, connection(&rig), 0);	/* while PPP still ends */
	refused_call(&rig, 1);
	rig.spy.events->down(rig.spy.arg, "x", 0);
	server_call(&rig, 1);
	rig_close(&rig);
}

/* A broken one is not listened to any more. */
static void broken(struct rig *rig, const void *record, size_t len)
{
	rig_open(rig);
	while (next(rig))
		;
	assert_true(send(rig->raw, record, len, 0) > 0);
	ask_call(rig, 1, connection(rig), 0);
	assert_int_equal(rig->ended, 1);
	assert_int_equal(rig->ended_err, -EPERM);
	assert_true(is_silent(rig));
	rig_close(rig);
}

static void a_broken_worker(void **state)
{
	static char big[sizeof(struct kpptp_priv_msg) + 100];
	struct kpptp_priv_msg m = good(KPPTP_PRIV_SERVER);
	struct rig rig;

	(void)state;
	broken(&rig, &m, kpptp_priv_size(m.type));
	m = good(77);
	broken(&rig, &m, 8);
	m = good(KPPTP_PRIV_PPP_START);
	broken(&rig, &m, 4);
	memcpy(big, &m, sizeof(m));
	broken(&rig, big, sizeof(big));
}

/* One offence may be a fault of ours; who goes on and on fills the log, too. */
static void one_offence_after_the_other(void **state)
{
	struct rig rig;
	int i;

	(void)state;
	rig_open(&rig);
	for (i = 1; i < 1000 && !rig.ended; i++)
		ask_type(&rig, KPPTP_PRIV_CALL_DEL, 77);
	assert_in_range(i, 10, 100);
	assert_int_equal(rig.ended_err, -EPERM);
	ask_type(&rig, KPPTP_PRIV_CALL_DEL, 77);
	assert_int_equal(rig.ended, 1);
	kpptp_priv_detach(rig.priv);
	close(rig.raw);
	attach(&rig);			/* the next begins anew */
	for (; i > 2; i--)
		ask_type(&rig, KPPTP_PRIV_CALL_DEL, 77);
	assert_int_equal(rig.ended, 1);
	server_call(&rig, 1);
	ask_type(&rig, KPPTP_PRIV_CALL_DEL, 77);
	assert_int_equal(rig.ended, 2);
	rig_close(&rig);
}

/* All that was the old one's ends, and the new one may use the same numbers. */
static void a_worker_is_replaced(void **state)
{
	struct rig rig;
	void *old;

	(void)state;
	rig_open(&rig);
	server_call(&rig, 1);
	starts_ppp(&rig, 1);
	old = rig.spy.arg;
	close(rig.raw);
	turn(&rig);
	assert_int_equal(rig.ended, 1);
	assert_int_equal(rig.ended_err, 0);
	kpptp_priv_detach(rig.priv);
	assert_int_equal(rig.spy.stopped, 1);
	assert_int_equal(rig.priv->n_conns, 0);
	attach(&rig);
	expect(&rig, KPPTP_PRIV_SERVER);
	server_call(&rig, 1);
	rig.spy.events->closing(old, "");		/* nobody has anything to say */
	assert_int_equal(rig.spy.proceeded, 1);
	rig.spy.events->down(old, "x", 0);
	assert_true(is_silent(&rig));
	assert_int_equal(rig.priv->n_calls, 1);
	rig_close(&rig);
}

/* ---------------------------------------------------------- serving */

static void a_worker_that_hangs_does_not_answer(void **state)
{
	struct kpptp_priv_msg m = good(KPPTP_PRIV_PONG);
	struct rig rig;

	(void)state;
	rig_open(&rig);
	rig.priv->now_ms = fake_clock;
	expect(&rig, KPPTP_PRIV_SERVER);
	expect(&rig, KPPTP_PRIV_SECTION);
	assert_int_equal(kpptp_priv_ping(rig.priv), 0);
	fake_now += 7000;
	assert_int_equal(kpptp_priv_ping(rig.priv), 7000);
	expect(&rig, KPPTP_PRIV_PING);
	assert_true(is_silent(&rig));	/* what it does not read does not pile up */
	assert_int_equal(rig.alive, 0);
	m.u.serving = (struct kpptp_serving){ .addresses = 2, .calls = 12 };
	ask(&rig, &m);
	assert_int_equal(rig.alive, 1);
	assert_int_equal(rig.serving.calls, 12);
	assert_int_equal(kpptp_priv_ping(rig.priv), 0);
	expect(&rig, KPPTP_PRIV_PING);
	fake_now += 70000;
	kpptp_priv_detach(rig.priv);
	close(rig.raw);
	attach(&rig);			/* the next owes nothing */
	assert_int_equal(kpptp_priv_ping(rig.priv), 0);
	expect(&rig, KPPTP_PRIV_PING);
	rig_close(&rig);
}

/* Clients that are gone end, new ones begin, changed ones are told. */
static void sections_follow_the_configuration(void **state)
{
	struct kpptp_conf next_conf = { 0 }, none;
	struct rig rig;
	uint32_t office;

	(void)state;
	rig_open(&rig);
	expect(&rig, KPPTP_PRIV_SERVER);
	expect(&rig, KPPTP_PRIV_SECTION);
	assert_true(is_silent(&rig));		/* no autostart */
	fill_conf(&next_conf);
	next_conf.client[0].autostart = true;
	assert_int_equal(kpptp_priv_conf(rig.priv, &next_conf), 0);
	office = expect(&rig, KPPTP_PRIV_CLIENT_START)->id;
	assert_string_equal(rig.msg.u.client.name, "office");
	next_conf.client[0].backoff_max = 99000;
	assert_int_equal(kpptp_priv_conf(rig.priv, &next_conf), 0);
	assert_int_equal(expect(&rig, KPPTP_PRIV_CLIENT_SET)->id, office);
	assert_int_equal(rig.msg.u.client.backoff_max, 99000);
	none = next_conf;
	none.n_clients = 0;
	assert_int_equal(kpptp_priv_conf(rig.priv, &none), 0);
	assert_int_equal(expect(&rig, KPPTP_PRIV_CLIENT_STOP)->id, office);
	assert_null(kpptp_pclient_named(rig.priv, "office"));
	ask_type(&rig, KPPTP_PRIV_CLIENT_END, office);
	assert_null(kpptp_pclient_find(rig.priv, office));
	assert_int_equal(rig.ended, 0);
	rig_close(&rig);
	kpptp_conf_free(&next_conf);
}

/* More than the socket takes: everything comes all the same, in order. */
static void full_socket(void **state)
{
	enum { MANY = 3000 };
	struct rig rig;
	uint32_t id, conn;

	(void)state;
	rig_open(&rig);
	conn = connection(&rig);
	for (id = 1; id <= MANY; id++)
		ask_call(&rig, id, conn, 0);
	for (id = 0; id < 10; id++)		/* room for what comes later */
		assert_true(recv(rig.raw, &rig.msg, sizeof(rig.msg), 0) > 0);
	kpptp_priv_tell(rig.priv, KPPTP_PRIV_CALL_CLOSE, MANY + 1, "the last");
	for (id = rig.msg.id + 1; id <= MANY; id++)
		assert_int_equal(expect(&rig, KPPTP_PRIV_CALL_MADE)->id, id);
	expect_close(&rig, MANY + 1, "the last");
	rig_close(&rig);
}

/* Whoever has sent it closes its own at once. */
static void a_descriptor_waits_with_its_message(void **state)
{
	struct rig rig;
	int ends[2], i;
	char octet = 0;

	(void)state;
	rig_open(&rig);
	for (i = 1; i < 3000; i++)
		kpptp_priv_tell(rig.priv, KPPTP_PRIV_CALL_CLOSE, i, "x");
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(kpptp_priv_control(rig.priv, "{}", ends[0]), 0);
	expect(&rig, KPPTP_PRIV_CONTROL);
	assert_int_equal(write(ends[1], "y", 1), 1);
	assert_int_equal(read(rig.fd, &octet, 1), 1);
	assert_int_equal(octet, 'y');
	close(ends[1]);
	rig_close(&rig);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed),
		cmocka_unit_test(wrong_length),
		cmocka_unit_test(not_a_request),
		cmocka_unit_test(bad_numbers),
		cmocka_unit_test(server_settings_are_the_monitors),
		cmocka_unit_test(client_settings_are_the_monitors),
		cmocka_unit_test(ppp_is_heard_and_ended),
		cmocka_unit_test(ppp_that_cannot_start_is_told),
		cmocka_unit_test(addresses_come_after_proof),
		cmocka_unit_test(the_pool_is_empty_before_the_call),
		cmocka_unit_test(an_address_of_ppps_own),
		cmocka_unit_test(one_address_twice),
		cmocka_unit_test(a_user_has_as_many_calls_as_he_likes),
		cmocka_unit_test(the_later_call_replaces),
		cmocka_unit_test(the_later_call_is_refused),
		cmocka_unit_test(calls_of_one_host_are_few),
		cmocka_unit_test(starts_take_turns),
		cmocka_unit_test(who_waits_can_be_stopped),
		cmocka_unit_test(turns_go_round),
		cmocka_unit_test(one_turn_each_comes_first),
		cmocka_unit_test(the_silent_hold_up_themselves),
		cmocka_unit_test(the_largest_crowd_is_thinned),
		cmocka_unit_test(what_cannot_start_has_no_turn),
		cmocka_unit_test(who_guesses_waits),
		cmocka_unit_test(who_is_guessed_waits),
		cmocka_unit_test(our_own_log_ins_are_no_guesses),
		cmocka_unit_test(guessed_names_are_bounded),
		cmocka_unit_test(connections_come_at_a_rate),
		cmocka_unit_test(only_some_may_connect),
		cmocka_unit_test(calls_that_are_not_his),
		cmocka_unit_test(second_ppp_on_a_call),
		cmocka_unit_test(a_broken_worker),
		cmocka_unit_test(one_offence_after_the_other),
		cmocka_unit_test(a_worker_is_replaced),
		cmocka_unit_test(a_worker_that_hangs_does_not_answer),
		cmocka_unit_test(sections_follow_the_configuration),
		cmocka_unit_test(full_socket),
		cmocka_unit_test(a_descriptor_waits_with_its_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
