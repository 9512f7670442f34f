// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Privilege separation: every field of every request the monitor looks at, and
 * monitor and proxies together over a socket pair.
 */
#include "plat_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/kpptp.h>

#include "../kpptpd/dataplane_impl.h"
#include "../kpptpd/log_setup.h"
#include "../kpptpd/ppp_impl.h"
#include "../kpptpd/priv.h"

static struct in_addr ip(uint32_t host)
{
	return (struct in_addr){ .s_addr = htonl(host) };
}

#define OURS	0xc0000201
#define THEIRS	0xc0000202
#define POOLED	0xc6336401

/* ----------------------------------------------------------- the check */

static struct kpptp_priv_msg good(uint32_t type)
{
	struct kpptp_priv_msg m;

	memset(&m, 0, sizeof(m));
	m.type = type;
	switch (type) {
	case KPPTP_PRIV_CALL_NEW:
		m.u.call_new.key.local = ip(OURS);
		m.u.call_new.key.peer = ip(THEIRS);
		break;
	case KPPTP_PRIV_CALL_SET:
		m.u.call_set.key.local = ip(OURS);
		m.u.call_set.key.peer = ip(THEIRS);
		m.u.call_set.key.call_id = 1;
		break;
	case KPPTP_PRIV_CALL_DEL:
		m.u.call_del.local = ip(OURS);
		m.u.call_del.peer = ip(THEIRS);
		m.u.call_del.call_id = 1;
		break;
	case KPPTP_PRIV_PPP_START:
		m.u.ppp_start.key.local = ip(OURS);
		m.u.ppp_start.key.peer = ip(THEIRS);
		m.u.ppp_start.key.call_id = 1;
		m.u.ppp_start.mtu = 1400;
		break;
	case KPPTP_PRIV_DEMAND_ARM:
	case KPPTP_PRIV_DEMAND_END:
		strcpy(m.u.demand.name, "office");
		break;
	}
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
	for (type = KPPTP_PRIV_CALL_NEW; type <= KPPTP_PRIV_READY; type++) {
		struct kpptp_priv_msg m = good(type);

		assert_null(check(&m));
	}
}

static void wrong_length(void **state)
{
	uint32_t type;

	(void)state;
	for (type = KPPTP_PRIV_CALL_NEW; type <= KPPTP_PRIV_READY; type++) {
		struct kpptp_priv_msg m = good(type);
		size_t len;

		for (len = 0; len <= sizeof(m) + 1; len++)
			if (len != kpptp_priv_size(type))
				assert_non_null(kpptp_priv_check(&m, len));
	}
}

static void not_a_request(void **state)
{
	static const uint32_t type[] = {
		0, KPPTP_PRIV_DONE, KPPTP_PRIV_PPP_EVENT, KPPTP_PRIV_CONF,
		KPPTP_PRIV_SHUTDOWN, KPPTP_PRIV_PPP_NET, KPPTP_PRIV_TRAFFIC,
		KPPTP_PRIV_REFUSED, KPPTP_PRIV_PING,
		KPPTP_PRIV_TYPES, UINT32_MAX,
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(type); i++) {
		struct kpptp_priv_msg m = { .type = type[i] };

		assert_non_null(check(&m));
	}
}

/* One bad member each in an otherwise good message. */
#define BAD(type, member, value) do {				\
	struct kpptp_priv_msg m = good(type);			\
	m.u.member = value;					\
	if (!check(&m))						\
		fail_msg("accepted " #member " = " #value);	\
} while (0)

static void bad_calls(void **state)
{
	static const uint32_t nobody[] = {
		0, 0x00ffffff, 0xe0000001, 0xf0000000, 0xffffffff,
	};
	struct kpptp_priv_msg m;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(nobody); i++) {
		BAD(KPPTP_PRIV_CALL_NEW, call_new.key.local, ip(nobody[i]));
		BAD(KPPTP_PRIV_CALL_NEW, call_new.key.peer, ip(nobody[i]));
		BAD(KPPTP_PRIV_CALL_SET, call_set.key.peer, ip(nobody[i]));
		BAD(KPPTP_PRIV_CALL_DEL, call_del.local, ip(nobody[i]));
	}
	BAD(KPPTP_PRIV_CALL_NEW, call_new.ack_delay_us, KPPTP_ACK_DELAY_MAX + 1);
	BAD(KPPTP_PRIV_CALL_NEW, call_new.reorder_limit, KPPTP_REORDER_LIMIT_MAX + 1);
	BAD(KPPTP_PRIV_CALL_NEW, call_new.reorder_time_us, KPPTP_REORDER_TIME_MAX + 1);
	BAD(KPPTP_PRIV_CALL_NEW, call_new.has_peer_call_id, 2);
	BAD(KPPTP_PRIV_CALL_NEW, call_new.offload, 255);
	BAD(KPPTP_PRIV_CALL_NEW, call_new.tos, 1);
	BAD(KPPTP_PRIV_CALL_NEW, call_new.tos_mode, 2);
	BAD(KPPTP_PRIV_CALL_NEW, call_new.pmtu_mode, 3);
	BAD(KPPTP_PRIV_CALL_NEW, call_new.pad[1], 1);
	BAD(KPPTP_PRIV_CALL_NEW, call_new.key.pad, 1);
	BAD(KPPTP_PRIV_CALL_SET, call_set.key.call_id, 0);
	BAD(KPPTP_PRIV_CALL_DEL, call_del.call_id, 0);
	BAD(KPPTP_PRIV_PPP_STOP, ppp_stop.how, 2);
	m = good(KPPTP_PRIV_CALL_NEW);
	memset(m.u.call_new.device, 'x', sizeof(m.u.call_new.device));
	assert_non_null(check(&m));
	m = good(KPPTP_PRIV_CALL_NEW);
	strcpy(m.u.call_new.device, "../x");
	assert_non_null(check(&m));
}

static void bad_routes(void)
{
	static const struct kpptp_prefix bad[] = {
		{ .family = 0, .len = 0 },
		{ .family = AF_UNIX, .len = 8, .addr = { 10 } },
		{ .family = AF_INET, .len = 33, .addr = { 10 } },
		{ .family = AF_INET, .len = 8, .addr = { 10, 1 } },
		{ .family = AF_INET, .len = 8, .addr = { 127 } },
		{ .family = AF_INET, .len = 8, .addr = { 10, [5] = 1 } },
		{ .family = AF_INET6, .len = 129, .addr = { 0x20 } },
		{ .family = AF_INET6, .len = 8, .addr = { 0xff } },
	};
	struct kpptp_priv_msg m = good(KPPTP_PRIV_PPP_START);
	size_t i;

	m.u.ppp_start.routes.n = 2;
	m.u.ppp_start.routes.prefix[0].family = AF_INET;	/* default */
	for (i = 0; i < COUNT(bad); i++) {
		m.u.ppp_start.routes.prefix[1] = bad[i];
		if (!check(&m))
			fail_msg("accepted route %zu", i);
	}
	m.u.ppp_start.routes.n = 1;
	assert_null(check(&m));
}

static void bad_demand(void **state)
{
	static const char *const name[] = { "", "a b", "../x", "\n" };
	struct kpptp_priv_msg m;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(name); i++) {
		m = good(KPPTP_PRIV_DEMAND_ARM);
		strcpy(m.u.demand.name, name[i]);
		assert_non_null(check(&m));
		m.type = KPPTP_PRIV_DEMAND_END;
		assert_non_null(check(&m));
	}
	memset(m.u.demand.name, 'x', sizeof(m.u.demand.name));
	assert_non_null(check(&m));
}

static void bad_ppp(void **state)
{
	static const char *const name[] = { "a b", "a/b", "a\"", "\n", "a:b" };
	struct kpptp_priv_msg m;
	size_t i;

	(void)state;
	BAD(KPPTP_PRIV_PPP_START, ppp_start.key.call_id, 0);
	BAD(KPPTP_PRIV_PPP_START, ppp_start.server, 2);
	BAD(KPPTP_PRIV_PPP_START, ppp_start.ipv6, 2);
	BAD(KPPTP_PRIV_PPP_START, ppp_start.use_dns, 9);
	BAD(KPPTP_PRIV_PPP_START, ppp_start.routes.n, KPPTP_MAX_ROUTES + 1);
	BAD(KPPTP_PRIV_PPP_START, ppp_start.routes.n, UINT32_MAX);
	BAD(KPPTP_PRIV_PPP_START, ppp_start.auth, 0x20);
	BAD(KPPTP_PRIV_PPP_START, ppp_start.mppe, 3);
	BAD(KPPTP_PRIV_PPP_START, ppp_start.mtu, 0);
	BAD(KPPTP_PRIV_PPP_START, ppp_start.mtu, 65535);
	BAD(KPPTP_PRIV_PPP_START, ppp_start.local_ip, ip(0xffffffff));
	BAD(KPPTP_PRIV_PPP_START, ppp_start.remote_ip, ip(0xe0000001));
	for (i = 0; i < COUNT(name); i++) {
		m = good(KPPTP_PRIV_PPP_START);
		strcpy(m.u.ppp_start.name, name[i]);
		assert_non_null(check(&m));
	}
	bad_routes();
	m = good(KPPTP_PRIV_PPP_START);
	strcpy(m.u.ppp_start.user, "fred\nroot");
	assert_non_null(check(&m));
	m = good(KPPTP_PRIV_PPP_START);
	memset(m.u.ppp_start.user, 'u', sizeof(m.u.ppp_start.user));
	assert_non_null(check(&m));
	m = good(KPPTP_PRIV_PPP_START);
	memset(m.u.ppp_start.password, 'p', sizeof(m.u.ppp_start.password));
	assert_non_null(check(&m));
}

/* ------------------------------------------------ monitor and proxies */

/* PPP that writes down what it is asked for. */
struct spy {
	struct kpptp_ppp ppp;
	struct kpptp_ppp_settings settings;
	struct in_addr local_ip;
	char user[32], password[32];
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
	snprintf(spy->user, sizeof(spy->user), "%s", req->user);
	snprintf(spy->password, sizeof(spy->password), "%s", req->password);
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
	struct kpptp_dataplane *real_dp;
	struct spy spy;
	struct spy_demand spy_demand;
	struct kpptp_conf conf;
	struct kpptp_priv_monitor *monitor;
	struct kpptp_priv_worker *worker;
	struct kpptp_dataplane *dp;
	struct kpptp_ppp *ppp;
	int raw;		/* worker's end, when there is no worker */
	int ended;
	int ended_err;
	int ready;
	int done;
	int done_err;
	uint16_t call_id;
	char why[KPPTP_WHY_SIZE];
	char up[64];
	int closing;
	char down[64];
	char routes[64];
	uint32_t traffic;
	int shut_down;
	struct kpptp_serving serving;
	int alive;
	uint32_t reload_id;
	uint32_t conf_id;
	uint32_t refused_id;
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

static void on_serving(void *arg, struct kpptp_serving *now)
{
	(void)arg;
	*now = (struct kpptp_serving){ .addresses = 2, .calls = 12 };
}

static void on_ended(void *arg, int err)
{
	struct rig *rig = arg;

	rig->ended++;
	rig->ended_err = err;
}

static void on_conf(void *arg, uint32_t id, int fd)
{
	((struct rig *)arg)->conf_id = id;
	close(fd);
}

static void on_refused(void *arg, uint32_t id, const char *why)
{
	struct rig *rig = arg;

	rig->refused_id = id;
	snprintf(rig->why, sizeof(rig->why), "%s", why);
}

static void on_reload(void *arg, uint32_t id)
{
	((struct rig *)arg)->reload_id = id;
}

static void on_shutdown(void *arg)
{
	((struct rig *)arg)->shut_down++;
}

static void on_lost(void *arg)
{
	(void)arg;
}

static void on_done(void *arg, int err, uint16_t call_id, const char *why)
{
	struct rig *rig = arg;

	rig->done++;
	rig->done_err = err;
	rig->call_id = call_id;
	snprintf(rig->why, sizeof(rig->why), "%s", why ? why : "");
}

static void turn(struct rig *rig)
{
	int i;

	for (i = 0; i < 10; i++)
		event_base_loop(rig->base, EVLOOP_NONBLOCK);
}

static void rig_open(struct rig *rig, bool worker)
{
	static const struct kpptp_priv_worker_hooks hooks = {
		.conf = on_conf, .refused = on_refused, .serving = on_serving,
		.shutdown = on_shutdown, .lost = on_lost,
	};
	struct kpptp_priv_worker_hooks mine = hooks;
	struct kpptp_priv_monitor_setup setup = {
		.ready = on_ready, .alive = on_alive, .reload = on_reload, .ended = on_ended, .arg = rig,
	};
	int pair[2];

	memset(rig, 0, sizeof(*rig));
	mine.arg = rig;
	rig->spy.ppp.ops = &spy_ops;
	rig->conf.server.local_ip = ip(0x0a000001);
	rig->conf.server.ppp = (struct kpptp_ppp_settings){
		.auth = KPPTP_AUTH_EAP, .mtu = 1234, .options = "server-option",
	};
	rig->conf.pool.range = calloc(1, sizeof(*rig->conf.pool.range));
	rig->conf.pool.n = 1;
	rig->conf.pool.range[0].first = rig->conf.pool.range[0].last = POOLED;
	rig->conf.client = calloc(1, sizeof(*rig->conf.client));
	rig->conf.n_clients = 1;
	strcpy(rig->conf.client[0].name, "office");
	strcpy(rig->conf.client[0].ppp.options, "client-option");
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
				    pair), 0);
	rig->base = event_base_new();
	assert_int_equal(kpptp_dataplane_null_new(&rig->real_dp), 0);
	setup.base = rig->base;
	setup.fd = pair[0];
	setup.dp = rig->real_dp;
	setup.ppp = &rig->spy.ppp;
	rig->spy_demand.demand.ops = &spy_demand_ops;
	setup.demand = &rig->spy_demand.demand;
	setup.conf = &rig->conf;
	rig->monitor = kpptp_priv_monitor_new(&setup);
	assert_non_null(rig->monitor);
	rig->raw = pair[1];
	if (!worker)
		return;
	rig->worker = kpptp_priv_worker_new(rig->base, pair[1], &mine);
	rig->raw = -1;
	assert_int_equal(kpptp_dataplane_priv_new(rig->worker, &rig->dp), 0);
	assert_int_equal(kpptp_ppp_priv_new(rig->worker, &rig->ppp), 0);
}

static void rig_close(struct rig *rig)
{
	if (rig->ppp)
		rig->ppp->ops->free(rig->ppp);
	if (rig->dp)
		rig->dp->ops->free(rig->dp);
	kpptp_priv_worker_free(rig->worker);
	kpptp_priv_monitor_free(rig->monitor);
	rig->real_dp->ops->free(rig->real_dp);
	if (rig->raw >= 0)
		close(rig->raw);
	kpptp_conf_free(&rig->conf);
	event_base_free(rig->base);
}

static void make_call(struct rig *rig)
{
	struct kpptp_dp_call call = { .local = ip(OURS), .peer = ip(THEIRS) };

	assert_int_equal(rig->dp->ops->call_new(rig->dp, &call, on_done, rig),
			 0);
	turn(rig);
	assert_int_equal(rig->done, 1);
	assert_int_equal(rig->done_err, 0);
	assert_int_not_equal(rig->call_id, 0);
}

static void on_attached(void *arg)
{
	(void)arg;
}

static void on_auth(void *arg, const char *user)
{
	(void)arg;
	(void)user;
}

static void on_up(void *arg, const char *ifname, const char *ours,
		  const char *theirs)
{
	struct rig *rig = arg;

	snprintf(rig->up, sizeof(rig->up), "%s %s %s", ifname, ours, theirs);
}

static void on_closing(void *arg)
{
	((struct rig *)arg)->closing++;
}

static void on_net(void *arg, const struct kpptp_ppp_net *net)
{
	struct rig *rig = arg;

	snprintf(rig->routes, sizeof(rig->routes), "%.30s|%.30s", net->routes,
		 net->dns);
}

static void on_down(void *arg, const char *reason, int status)
{
	struct rig *rig = arg;

	snprintf(rig->down, sizeof(rig->down), "%d %s", status, reason);
}

static const struct kpptp_ppp_events events = {
	.attached = on_attached, .auth = on_auth, .up = on_up, .up6 = on_up,
	.net = on_net, .closing = on_closing, .down = on_down,
};

static struct kpptp_ppp_link *start(struct rig *rig, bool server,
				    const char *name, uint32_t remote)
{
	struct kpptp_ppp_settings s = {
		.auth = 0, .mtu = 1400, .options = "evil-option",
		.use_dns = true,
	};
	struct kpptp_ppp_request req = {
		.local = ip(OURS), .peer = ip(THEIRS), .call_id = rig->call_id,
		.server = server, .user = "fred", .password = "sesame",
		.remote_ip = ip(remote), .name = name, .settings = &s,
	};
	struct kpptp_ppp_link *link;
	const char *why;

	kpptp_prefixes_add("10.0.0.0/8,2001:db8::/32", &s.routes, &why);
	assert_int_equal(rig->ppp->ops->start(rig->ppp, &req, &events, rig,
					      &link), 0);
	turn(rig);
	return link;
}

static void call_by_proxy(void **state)
{
	struct kpptp_dp_call call = { .local = ip(OURS), .peer = ip(THEIRS) };
	struct rig rig;

	(void)state;
	rig_open(&rig, true);
	make_call(&rig);
	call.call_id = rig.call_id;
	call.peer_call_id = 9;
	rig.dp->ops->call_set(rig.dp, &call, on_done, &rig);
	turn(&rig);
	assert_int_equal(rig.done_err, 0);
	rig.dp->ops->call_set(rig.dp, &call, on_done, &rig);
	turn(&rig);
	assert_int_equal(rig.done_err, -EALREADY);
	assert_string_equal(rig.why, "the call has a peer's Call ID already");
	rig.dp->ops->call_del(rig.dp, call.local, call.peer, call.call_id);
	turn(&rig);
	assert_int_equal(rig.ended, 0);
	kpptp_priv_worker_ready(rig.worker);
	kpptp_priv_monitor_shutdown(rig.monitor);
	turn(&rig);
	assert_int_equal(rig.ready, 1);
	assert_int_equal(rig.shut_down, 1);
	rig_close(&rig);
}

static void a_worker_that_hangs_does_not_answer(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, true);
	kpptp_priv_monitor_ping(rig.monitor);
	turn(&rig);
	assert_int_equal(rig.alive, 1);
	assert_int_equal(rig.serving.addresses, 2);
	assert_int_equal(rig.serving.calls, 12);
	rig_close(&rig);

	rig_open(&rig, false);
	kpptp_priv_monitor_ping(rig.monitor);
	kpptp_priv_monitor_ping(rig.monitor);
	turn(&rig);
	assert_int_equal(rig.alive, 0);
	/* and what it does not read does not pile up */
	assert_true(recv(rig.raw, &(struct kpptp_priv_msg){ 0 },
			 sizeof(struct kpptp_priv_msg), MSG_DONTWAIT) > 0);
	assert_int_equal(recv(rig.raw, &(struct kpptp_priv_msg){ 0 },
			      sizeof(struct kpptp_priv_msg), MSG_DONTWAIT), -1);
	rig_close(&rig);
}

static void reload_is_answered_by_its_number(void **state)
{
	struct rig rig;
	int fd;

	(void)state;
	rig_open(&rig, true);
	kpptp_priv_worker_reload(rig.worker, 7);
	turn(&rig);
	assert_int_equal(rig.reload_id, 7);
	fd = dup(STDERR_FILENO);
	assert_int_equal(kpptp_priv_monitor_conf(rig.monitor, 7, &rig.conf, fd), 0);
	close(fd);
	turn(&rig);
	assert_int_equal(rig.conf_id, 7);
	kpptp_priv_monitor_refuse(rig.monitor, 8, "line 1\nline 2");
	turn(&rig);
	assert_int_equal(rig.refused_id, 8);
	assert_string_equal(rig.why, "line 1\nline 2");
	assert_int_equal(rig.ended, 0);
	rig_close(&rig);
}

static void server_settings_are_the_monitors(void **state)
{
	struct kpptp_ppp_link *link;
	struct rig rig;

	(void)state;
	rig_open(&rig, true);
	make_call(&rig);
	link = start(&rig, true, "", POOLED);
	assert_int_equal(rig.spy.started, 1);
	assert_int_equal(rig.spy.settings.auth, KPPTP_AUTH_EAP);
	assert_string_equal(rig.spy.settings.options, "server-option");
	assert_int_equal(rig.spy.local_ip.s_addr, htonl(0x0a000001));
	assert_string_equal(rig.spy.password, "");
	rig.spy.events->up(rig.spy.arg, "ppp0", "a", "b");
	turn(&rig);
	assert_string_equal(rig.up, "ppp0 a b");
	rig.ppp->ops->stop(rig.ppp, link, KPPTP_PPP_STOP_ORDERLY);
	turn(&rig);
	assert_int_equal(rig.spy.stopped, 1);
	rig.spy.events->closing(rig.spy.arg);
	turn(&rig);
	assert_int_equal(rig.closing, 1);
	assert_int_equal(rig.spy.proceeded, 0);
	rig.ppp->ops->proceed(rig.ppp, link);
	turn(&rig);
	assert_int_equal(rig.spy.proceeded, 1);
	rig.spy.events->down(rig.spy.arg, "because", 5);
	turn(&rig);
	assert_string_equal(rig.down, "5 because");
	rig_close(&rig);
}

static void client_options_are_the_monitors(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, true);
	make_call(&rig);
	start(&rig, false, "office", 0);
	assert_string_equal(rig.spy.settings.options, "client-option");
	assert_string_equal(rig.spy.user, "fred");
	assert_string_equal(rig.spy.password, "sesame");
	rig.spy.events->down(rig.spy.arg, "x", 0);
	turn(&rig);
	start(&rig, false, "by-hand", 0);
	assert_int_equal(rig.spy.started, 2);
	assert_string_equal(rig.spy.settings.options, "");
	rig_close(&rig);
}

/* Of a request the monitor takes routes, for a section it has its own. */
static void routes_and_name_servers(void **state)
{
	struct kpptp_ppp_net net = { .routes = "10.0.0.0/8", .dns = "10.0.0.1" };
	struct rig rig;
	const char *why;

	(void)state;
	rig_open(&rig, true);
	kpptp_prefixes_add("192.0.2.0/24", &rig.conf.client[0].ppp.routes, &why);
	make_call(&rig);
	start(&rig, false, "office", 0);
	assert_int_equal(rig.spy.settings.routes.n, 1);
	assert_int_equal(rig.spy.settings.routes.prefix[0].addr[0], 192);
	assert_false(rig.spy.settings.use_dns);
	rig.spy.events->net(rig.spy.arg, &net);
	turn(&rig);
	assert_string_equal(rig.routes, "10.0.0.0/8|10.0.0.1");
	rig.spy.events->down(rig.spy.arg, "x", 0);
	turn(&rig);
	start(&rig, false, "by-hand", 0);
	assert_int_equal(rig.spy.settings.routes.n, 2);
	assert_int_equal(rig.spy.settings.routes.prefix[0].addr[0], 10);
	assert_true(rig.spy.settings.use_dns);
	rig_close(&rig);
}

static void on_traffic(void *arg, uint32_t id)
{
	((struct rig *)arg)->traffic = id;
}

static void traffic_by_proxy(void **state)
{
	struct kpptp_client_settings client = { .name = "office" };
	struct kpptp_demand *demand;
	struct rig rig;

	(void)state;
	rig_open(&rig, true);
	demand = kpptp_demand_priv_new(rig.worker);
	assert_int_equal(demand->ops->arm(demand, &client, on_traffic, &rig, 7),
			 0);
	turn(&rig);
	assert_int_equal(rig.spy_demand.armed, 0);	/* not in that section */
	rig.conf.client[0].demand = true;
	demand->ops->arm(demand, &client, on_traffic, &rig, 8);
	turn(&rig);
	assert_int_equal(rig.spy_demand.armed, 1);
	rig.spy_demand.traffic(rig.spy_demand.arg, rig.spy_demand.id);
	turn(&rig);
	assert_int_equal(rig.traffic, 8);
	demand->ops->end(demand, "office");
	turn(&rig);
	assert_int_equal(rig.spy_demand.ended, 1);
	strcpy(client.name, "unknown");
	demand->ops->arm(demand, &client, on_traffic, &rig, 9);
	turn(&rig);
	assert_int_equal(rig.spy_demand.armed, 1);
	assert_int_equal(rig.ended, 0);
	demand->ops->free(demand);
	rig_close(&rig);
}

static void address_outside_the_pool(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, true);
	make_call(&rig);
	start(&rig, true, "", POOLED + 1);
	assert_int_equal(rig.spy.started, 0);
	assert_non_null(strstr(rig.down, "not in the pool"));
	assert_int_equal(rig.ended, 0);
	rig_close(&rig);
}

/* What a worker that was taken over might send. */
static void offences(void **state)
{
	static const uint32_t type[] = {
		KPPTP_PRIV_CALL_SET, KPPTP_PRIV_CALL_DEL, KPPTP_PRIV_PPP_START,
		KPPTP_PRIV_DONE, 77,
	};
	struct rig rig;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(type); i++) {
		struct kpptp_priv_msg m = good(type[i]);
		size_t len = kpptp_priv_size(type[i]);

		rig_open(&rig, false);
		assert_true(send(rig.raw, &m, len ? len : 8, 0) > 0);
		/* Nothing that follows is looked at any more. */
		m = good(KPPTP_PRIV_CALL_NEW);
		send(rig.raw, &m, kpptp_priv_size(m.type), 0);
		turn(&rig);
		assert_int_equal(rig.ended, 1);
		assert_int_equal(rig.ended_err, -EPERM);
		assert_int_equal(rig.spy.started, 0);
		assert_int_equal(recv(rig.raw, &m, sizeof(m), MSG_DONTWAIT),
				 -1);
		rig_close(&rig);
	}
}

static void second_ppp_on_a_call(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, true);
	make_call(&rig);
	start(&rig, false, "", 0);
	assert_int_equal(rig.ended, 0);
	start(&rig, false, "", 0);
	assert_int_equal(rig.spy.started, 1);
	assert_int_equal(rig.ended_err, -EPERM);
	rig_close(&rig);
}

/* The answers are told apart by the number. */
static void two_links_of_one_number(void **state)
{
	struct kpptp_priv_msg call = good(KPPTP_PRIV_CALL_NEW), start, done;
	struct rig rig;
	int i;

	(void)state;
	rig_open(&rig, false);
	for (i = 0; i < 2; i++) {
		assert_true(send(rig.raw, &call, kpptp_priv_size(call.type), 0) > 0);
		turn(&rig);
		assert_true(recv(rig.raw, &done, sizeof(done), MSG_DONTWAIT) > 0);
		start = good(KPPTP_PRIV_PPP_START);
		start.id = 7;
		start.u.ppp_start.key.call_id = done.u.done.call_id;
		assert_int_equal(rig.ended, 0);
		assert_true(send(rig.raw, &start, kpptp_priv_size(start.type), 0) > 0);
		turn(&rig);
	}
	assert_int_equal(rig.spy.started, 1);
	assert_int_equal(rig.ended_err, -EPERM);
	rig_close(&rig);
}

static void too_long_a_record(void **state)
{
	static char big[sizeof(struct kpptp_priv_msg) + 100];
	struct kpptp_priv_msg m = good(KPPTP_PRIV_PPP_START);
	struct rig rig;

	(void)state;
	rig_open(&rig, false);
	memcpy(big, &m, sizeof(m));
	assert_true(send(rig.raw, big, sizeof(big), 0) > 0);
	turn(&rig);
	assert_int_equal(rig.ended_err, -EPERM);
	rig_close(&rig);
}

static void worker_gone(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, false);
	close(rig.raw);
	rig.raw = -1;
	turn(&rig);
	assert_int_equal(rig.ended, 1);
	assert_int_equal(rig.ended_err, 0);
	rig_close(&rig);
}

/* More than the socket takes: everything comes all the same, in order. */
static void full_socket(void **state)
{
	enum { MANY = 3000 };
	struct kpptp_dp_call call = { .local = ip(OURS), .peer = ip(THEIRS) };
	struct rig rig;
	int i;

	(void)state;
	rig_open(&rig, true);
	for (i = 0; i < MANY; i++)
		assert_int_equal(rig.dp->ops->call_new(rig.dp, &call, on_done,
						       &rig), 0);
	for (i = 0; i < MANY && rig.done < MANY; i++)
		turn(&rig);
	assert_int_equal(rig.done, MANY);
	assert_int_equal(rig.done_err, 0);
	rig_close(&rig);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed),
		cmocka_unit_test(wrong_length),
		cmocka_unit_test(not_a_request),
		cmocka_unit_test(bad_calls),
		cmocka_unit_test(bad_ppp),
		cmocka_unit_test(bad_demand),
		cmocka_unit_test(call_by_proxy),
		cmocka_unit_test(a_worker_that_hangs_does_not_answer),
		cmocka_unit_test(reload_is_answered_by_its_number),
		cmocka_unit_test(server_settings_are_the_monitors),
		cmocka_unit_test(client_options_are_the_monitors),
		cmocka_unit_test(routes_and_name_servers),
		cmocka_unit_test(traffic_by_proxy),
		cmocka_unit_test(address_outside_the_pool),
		cmocka_unit_test(offences),
		cmocka_unit_test(second_ppp_on_a_call),
		cmocka_unit_test(two_links_of_one_number),
		cmocka_unit_test(too_long_a_record),
		cmocka_unit_test(worker_gone),
		cmocka_unit_test(full_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
