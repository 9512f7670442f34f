// SPDX-License-Identifier: GPL-2.0-or-later
/* The control socket over a socket pair: answers, bounds, events. */
#include "plat_test.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../kpptpd/client.h"
#include "../kpptpd/conn.h"
#include "../kpptpd/control.h"
#include "../kpptpd/ctl.h"
#include "../kpptpd/event.h"
#include "../kpptpd/log_setup.h"

/* The monitor's half, the worker's, and no protocol that would do anything. */
struct rig {
	struct event_base *base;
	struct kpptp_host host;
	struct kpptp_core *core;
	struct kpptp_conf conf;
	struct kpptp_control *control;
	struct kpptp_ctl *ctl;
	int fd;
	int reloads;
	int asked;		/* for connections */
	struct kpptp_client_settings connected;
	int refuse;
};

static int host_connect(struct kpptp_host *host, uint32_t client, bool fresh)
{
	(void)client;
	(void)fresh;
	((struct rig *)((char *)host - offsetof(struct rig, host)))->asked++;
	return 0;
}

static void host_client_end(struct kpptp_host *host, uint32_t client)
{
	(void)host;
	(void)client;
}

static void host_conn_end(struct kpptp_host *host, uint32_t conn)
{
	(void)host;
	(void)conn;
}

static const struct kpptp_host_ops host_ops = {
	.connect = host_connect, .client_end = host_client_end,
	.conn_end = host_conn_end,
};

static const struct kpptp_conf *conf_now(void *arg)
{
	return &((struct rig *)arg)->conf;
}

static int on_connect(void *arg, const struct kpptp_ctl_connect *what, int fd)
{
	struct kpptp_priv_control request = {
		.has_client = 1, .wait = what->wait,
	};
	struct rig *rig = arg;

	rig->connected = what->settings;
	kpptp_proto_of_client(&what->settings, 7, &request.client);
	if (rig->refuse)
		close(fd);
	else
		kpptp_ctl_take(rig->ctl, &request, fd);
	return rig->refuse;
}

static int on_pass(void *arg, const char *line, int fd)
{
	struct kpptp_priv_control request = { 0 };

	snprintf(request.line, sizeof(request.line), "%s", line);
	return kpptp_ctl_take(((struct rig *)arg)->ctl, &request, fd);
}

static void on_reload(void *arg)
{
	((struct rig *)arg)->reloads++;
}

/* Somebody else */
static void connect_anew(struct rig *rig)
{
	int pair[2];

	if (rig->fd >= 0)
		close(rig->fd);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    pair), 0);
	assert_int_equal(kpptp_control_adopt(rig->control, pair[0]), 0);
	rig->fd = pair[1];
}

static struct kpptp_control *control_on(struct rig *rig, int fd)
{
	const struct kpptp_control_setup setup = {
		.base = rig->base, .fd = fd, .conf = conf_now,
		.connect = on_connect, .pass = on_pass, .reload = on_reload,
		.arg = rig,
	};

	return kpptp_control_new(&setup);
}

static int rig_open(void **state)
{
	const struct kpptp_proto_server server = { .is_null = true };
	struct rig *rig = calloc(1, sizeof(*rig));
	struct kpptp_ctl_setup setup = { .pid = 42 };

	kpptp_log_set_level(KPPTP_LOG_ERROR);
	rig->base = setup.base = event_base_new();
	rig->host.ops = &host_ops;
	rig->core = setup.core = kpptp_core_new(rig->base, &rig->host);
	kpptp_core_set_server(rig->core, &server);
	rig->ctl = kpptp_ctl_new(&setup);
	rig->control = control_on(rig, -1);
	assert_non_null(rig->control);
	rig->conf.client = calloc(1, sizeof(*rig->conf.client));
	rig->conf.n_clients = 1;
	rig->conf.client[0] =
		(struct kpptp_client_settings)KPPTP_CLIENT_DEFAULTS;
	strcpy(rig->conf.client[0].name, "office");
	strcpy(rig->conf.client[0].password, "sesame");
	rig->fd = -1;
	connect_anew(rig);
	*state = rig;
	return 0;
}

static int rig_close(void **state)
{
	struct rig *rig = *state;

	kpptp_control_free(rig->control);
	kpptp_ctl_free(rig->ctl);
	kpptp_core_free(rig->core);
	event_base_free(rig->base);
	kpptp_conf_free(&rig->conf);
	close(rig->fd);
	free(rig);
	return 0;
}

static void turn(struct rig *rig)
{
	int i;

	for (i = 0; i < 10; i++)
		event_base_loop(rig->base, EVLOOP_NONBLOCK);
}

/* Reads one line from the daemon; NULL at its end or when there is none. */
static struct json_object *answer(struct rig *rig)
{
	static char line[65536];
	size_t len = 0;
	ssize_t n;

	turn(rig);
	while (len < sizeof(line) - 1) {
		n = read(rig->fd, line + len, 1);
		if (n <= 0)
			return NULL;
		if (line[len++] == '\n')
			break;
	}
	line[len] = '\0';
	return json_tokener_parse(line);
}

static void say(struct rig *rig, const char *text)
{
	assert_int_equal(write(rig->fd, text, strlen(text)), strlen(text));
}

static bool is_ok(struct json_object *o)
{
	struct json_object *ok;

	return json_object_object_get_ex(o, "ok", &ok) &&
	       json_object_get_boolean(ok);
}

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ?
	       json_object_get_string(v) : NULL;
}

static void status(void **state)
{
	struct rig *rig = *state;
	struct json_object *o;

	say(rig, "{\"cmd\":\"status\"}\n");
	o = answer(rig);
	assert_true(is_ok(o));
	assert_string_equal(text_of(o, "data_plane"), "null");
	assert_string_equal(text_of(o, "pid"), "42");
	assert_string_equal(text_of(o, "calls"), "0");
	assert_string_equal(text_of(o, "listen"), "[ ]");
	json_object_put(o);
}

static void empty_lists(void **state)
{
	struct rig *rig = *state;
	struct json_object *o;

	say(rig, "{\"cmd\":\"calls\"}\n");
	o = answer(rig);
	assert_string_equal(text_of(o, "calls"), "[ ]");
	json_object_put(o);
	/* One in pieces, to the other half. */
	say(rig, "{\"cmd\":\"connec");
	assert_null(answer(rig));
	say(rig, "tions\"}\n");
	o = answer(rig);
	assert_string_equal(text_of(o, "connections"), "[ ]");
	json_object_put(o);
}

/* A section of which nothing has been heard yet. */
static void an_idle_client(void **state)
{
	const struct kpptp_proto_client office = { .id = 3, .name = "office" };
	struct rig *rig = *state;
	struct json_object *o;

	kpptp_ctl_section(rig->ctl, &office);
	kpptp_ctl_section(rig->ctl, &office);	/* once more, as it has changed */
	say(rig, "{\"cmd\":\"clients\"}\n");
	o = answer(rig);
	assert_true(is_ok(o));
	assert_string_equal(text_of(o, "clients"),
			    "[ { \"name\": \"office\", \"host\": null, \"user\": null, \"state\": \"idle\", \"configured\": true, \"call\": null, \"next_try\": null, \"last_end\": null } ]");
	json_object_put(o);
	kpptp_ctl_no_section(rig->ctl, 3);
	say(rig, "{\"cmd\":\"clients\"}\n");
	o = answer(rig);
	assert_string_equal(text_of(o, "clients"), "[ ]");
	json_object_put(o);
}

/* One that waits tells for how long, and why. */
static void a_client_that_waits(void **state)
{
	static const struct kpptp_host_conn none = { .fd = -1 };
	struct rig *rig = *state;
	struct json_object *o, *list, *client;

	say(rig, "{\"cmd\":\"connect\",\"host\":\"127.0.0.1\",\"port\":1,\"name\":\"far\",\"persist\":true}\n");
	o = answer(rig);
	assert_true(is_ok(o));
	json_object_put(o);
	kpptp_client_connected(rig->core, 7, -ECONNREFUSED, &none,
			       "Connection refused");
	say(rig, "{\"cmd\":\"clients\"}\n");
	o = answer(rig);
	assert_true(json_object_object_get_ex(o, "clients", &list));
	client = json_object_array_get_idx(list, 0);
	assert_string_equal(text_of(client, "name"), "far");
	assert_string_equal(text_of(client, "state"), "waiting-to-try-again");
	assert_non_null(text_of(client, "next_try"));
	assert_non_null(strstr(text_of(client, "last_end"), "Connection refused"));
	json_object_put(o);
}

static void refused(void **state)
{
	static const struct {
		const char *line;
		const char *says;
	} row[] = {
		{ "\n", "one JSON object" },
		{ "nonsense\n", "one JSON object" },
		{ "[1]\n", "one JSON object" },
		{ "{\"cmd\":\n", "one JSON object" },
		{ "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}\n", "one JSON object" },
		{ "{}\n", "cmd is status" },
		{ "{\"cmd\":7}\n", "cmd is a text" },
		{ "{\"cmd\":\"dance\"}\n", "cmd is status" },
		{ "{\"cmd\":\"show\"}\n", "say which call" },
		{ "{\"cmd\":\"show\",\"call\":[]}\n", "say which call" },
		{ "{\"cmd\":\"show\",\"call\":9}\n", "there is no call \"9\"" },
		{ "{\"cmd\":\"disconnect\",\"call\":\"ppp7\"}\n", "there is no call \"ppp7\"" },
		{ "{\"cmd\":\"connect\"}\n", "connect needs host" },
		{ "{\"cmd\":\"connect\",\"client\":\"home\"}\n", "no section [client home]" },
		{ "{\"cmd\":\"connect\",\"host\":\"h\",\"port\":0}\n", "port is a number from 1" },
		{ "{\"cmd\":\"connect\",\"host\":\"h\",\"port\":\"1\"}\n", "port is a number from 1" },
		{ "{\"cmd\":\"connect\",\"host\":\"h\",\"mppe\":\"x\"}\n", "mppe is no, allow" },
		{ "{\"cmd\":\"connect\",\"host\":\"h\",\"auth\":\"x\"}\n", "auth is none, or" },
		{ "{\"cmd\":\"connect\",\"host\":\"h\",\"wait\":1}\n", "wait is true or false" },
		{ "{\"cmd\":\"connect\",\"host\":\"h\",\"user\":\"a\\nb\"}\n", "user is a text" },
		{ "{\"cmd\":\"connect\",\"host\":\"h\",\"user\":\"a\\u0000b\"}\n", "user is a text" },
		{ "{\"cmd\":\"connect\",\"host\":\"h\",\"name\":\"a b\"}\n", "name is not valid: it has something else in it than letters" },
		{ "{\"cmd\":\"connect\",\"host\":\"a b\"}\n", "host is not valid: it has a blank" },
		{ "{\"cmd\":\"connect\",\"host\":\"a\\\"b\"}\n", "host is not valid: it has a blank, a quotation mark" },
		{ "{\"cmd\":\"connect\",\"host\":\"h\",\"name\":\"office\"}\n", "section of the configuration" },
		{ "{\"cmd\":\"connect\",\"host\":\"h\",\"mtu\":5}\n", "mtu is a number" },
		{ "{\"cmd\":\"connect\",\"host\":\"h\",\"timeout\":99999}\n", "timeout is a number" },
	};
	struct rig *rig = *state;
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		struct json_object *o;

		connect_anew(rig);
		say(rig, row[i].line);
		o = answer(rig);
		if (!o || is_ok(o) || !strstr(text_of(o, "error"), row[i].says))
			fail_msg("%s gets %s", row[i].line,
				 o ? json_object_to_json_string(o) : "nothing");
		json_object_put(o);
	}
}

static void disconnect_all_of_none(void **state)
{
	struct rig *rig = *state;
	struct json_object *o;

	say(rig, "{\"cmd\":\"disconnect\",\"call\":\"all\"}\n");
	o = answer(rig);
	assert_true(is_ok(o));
	assert_string_equal(text_of(o, "closed"), "0");
	json_object_put(o);
}

static void monitor(void **state)
{
	static const struct kpptp_event event = {
		.type = KPPTP_EVENT_CLIENT_DIAL, .text = "it \"dials\"",
		.client_id = 7,
	};
	struct rig *rig = *state;
	struct json_object *o;

	kpptp_event_emit(&event);
	assert_null(answer(rig));
	say(rig, "{\"cmd\":\"monitor\"}\n");
	o = answer(rig);
	assert_true(is_ok(o));
	json_object_put(o);
	kpptp_event_emit(&event);
	o = answer(rig);
	assert_string_equal(text_of(o, "event"),
			    kpptp_event_name(KPPTP_EVENT_CLIENT_DIAL));
	assert_string_equal(text_of(o, "text"), "it \"dials\"");
	assert_string_equal(text_of(o, "client"), "7");
	assert_int_equal(strlen(text_of(o, "time")), 24);
	json_object_put(o);
}

/* The very name, and JSON whatever it is. */
static void names(void **state)
{
	static const struct { const char *user, *json; } row[] = {
		{ "EXAMPLE\\alice", "\"user\":\"EXAMPLE\\\\alice\"" },
		{ "a\"b", "\"user\":\"a\\\"b\"" },
		{ "d\xc3\xb6rte", "\"user\":\"d\xc3\xb6rte\"" },
		{ "a\001", "\"user\":\"a\\u0001\"" },
		{ "j\xfcrgen", "\"user\":\"j\\\\xfcrgen\"" },
	};
	struct rig *rig = *state;
	struct kpptp_call_info call = { .state = "established" };
	const struct kpptp_event event = {
		.type = KPPTP_EVENT_CALL_UP, .text = "", .call = &call,
	};
	struct json_object *o;
	const char *text;
	size_t i;

	say(rig, "{\"cmd\":\"monitor\"}\n");
	json_object_put(answer(rig));
	for (i = 0; i < COUNT(row); i++) {
		strcpy(call.user, row[i].user);
		kpptp_event_emit(&event);
		o = answer(rig);
		text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
		if (!strstr(text, row[i].json))
			fail_msg("no %s in %s", row[i].json, text);
		json_object_put(o);
	}
}

/* The daemon has closed: what was sent before may still be read. */
static bool is_dropped(struct rig *rig)
{
	char buf[65536];
	ssize_t n;

	turn(rig);
	while ((n = read(rig->fd, buf, sizeof(buf))) > 0)
		;
	return n == 0 || errno == ECONNRESET;
}

static void endless_line(void **state)
{
	struct rig *rig = *state;
	char x[1000];
	int i;

	memset(x, 'x', sizeof(x));
	for (i = 0; i < 40; i++) {
		if (write(rig->fd, x, sizeof(x)) < 0)
			break;
		turn(rig);
	}
	assert_true(is_dropped(rig));
}

static void slow_monitor(void **state)
{
	static char text[4000];
	struct kpptp_event event = {
		.type = KPPTP_EVENT_CLIENT_DIAL, .text = text,
	};
	struct rig *rig = *state;
	int i;

	memset(text, 't', sizeof(text) - 1);
	say(rig, "{\"cmd\":\"monitor\"}\n");
	turn(rig);
	for (i = 0; i < 2000; i++) {
		kpptp_event_emit(&event);
		turn(rig);
	}
	assert_true(is_dropped(rig));
}

/* Who goes away while it waits for a call leaves nothing behind. */
static void gone_while_waiting(void **state)
{
	struct rig *rig = *state;

	say(rig, "{\"cmd\":\"connect\",\"host\":\"192.0.2.1\",\"wait\":true,\"password\":\"sesame\"}\n");
	turn(rig);
	assert_int_equal(rig->asked, 1);
	assert_string_equal(rig->connected.password, "sesame");
	close(rig->fd);
	rig->fd = open("/dev/null", O_RDONLY);
	turn(rig);
	turn(rig);
}

/* A section by its name has all of its settings, and a time-out. */
static void connect_a_section(void **state)
{
	struct rig *rig = *state;
	struct json_object *o;

	say(rig, "{\"cmd\":\"connect\",\"client\":\"office\",\"timeout\":9}\n");
	o = answer(rig);
	assert_true(is_ok(o));
	assert_string_equal(text_of(o, "client"), "7");
	json_object_put(o);
	assert_string_equal(rig->connected.name, "office");
	assert_string_equal(rig->connected.password, "sesame");
	assert_int_equal(rig->connected.connect_timeout, 9000);
}

/* The worker is not there for a moment. */
static void nobody_to_connect(void **state)
{
	struct rig *rig = *state;
	struct json_object *o;

	rig->refuse = -EPIPE;
	say(rig, "{\"cmd\":\"connect\",\"client\":\"office\"}\n");
	o = answer(rig);
	assert_false(is_ok(o));
	assert_non_null(strstr(text_of(o, "error"), "try again"));
	json_object_put(o);
}

/* What is the monitor's alone does not get to the other half. */
static void not_behind_another_request(void **state)
{
	static const char *const line[] = {
		"{\"cmd\":\"connect\",\"client\":\"office\"}\n",
		"{\"cmd\":\"reload\"}\n",
	};
	struct rig *rig = *state;
	struct json_object *o;
	size_t i;

	say(rig, "{\"cmd\":\"status\"}\n");
	json_object_put(answer(rig));
	for (i = 0; i < COUNT(line); i++) {
		say(rig, line[i]);
		o = answer(rig);
		assert_non_null(strstr(text_of(o, "error"), "first request"));
		json_object_put(o);
	}
	assert_int_equal(rig->reloads, 0);
	assert_int_equal(rig->asked, 0);
	connect_anew(rig);
	say(rig, "{\"cmd\":\"status\"}\n{\"cmd\":\"status\"}\n");
	o = answer(rig);
	assert_non_null(strstr(text_of(o, "error"), "one request at a time"));
	json_object_put(o);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_open, rig_close)

static void reload_answers_when_it_is_done(void **state)
{
	static const char ask[] = "{\"cmd\":\"reload\"}\n";
	struct rig *rig = *state;
	struct json_object *o, *changed;

	kpptp_control_reloaded(rig->control, "of no interest here", NULL);
	assert_null(answer(rig));
	say(rig, ask);
	assert_null(answer(rig));
	assert_int_equal(rig->reloads, 1);
	kpptp_control_reloaded(rig->control, "file:1: wrong\nit stays", NULL);
	o = answer(rig);
	assert_false(is_ok(o));
	assert_string_equal(text_of(o, "error"), "file:1: wrong\nit stays");
	json_object_put(o);
	say(rig, ask);
	assert_null(answer(rig));
	changed = json_tokener_parse("[\"[server] mtu\"]");
	kpptp_control_reloaded(rig->control, NULL, changed);
	json_object_put(changed);
	o = answer(rig);
	assert_true(is_ok(o));
	assert_true(json_object_object_get_ex(o, "changed", &changed));
	assert_string_equal(json_object_get_string(json_object_array_get_idx(changed, 0)),
			    "[server] mtu");
	json_object_put(o);
}

/* Whoever asked may have gone by then. */
static void reload_for_nobody(void **state)
{
	struct rig *rig = *state;

	say(rig, "{\"cmd\":\"reload\"}\n");
	assert_null(answer(rig));
	shutdown(rig->fd, SHUT_RDWR);
	turn(rig);
	kpptp_control_reloaded(rig->control, NULL, NULL);
	turn(rig);
}

/* Who connects and says nothing does not keep others out. */
static void many_silent_ones(void **state)
{
	struct rig *rig = *state;
	struct json_object *o;
	int fds[200], pair[2], i;

	for (i = 0; i < 200; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM |
					    SOCK_NONBLOCK, 0, pair), 0);
		assert_int_equal(kpptp_control_adopt(rig->control, pair[0]), 0);
		fds[i] = pair[1];
	}
	turn(rig);
	assert_int_equal(read(fds[0], &(char){ 0 }, 1), 0);	/* dropped */
	assert_int_equal(read(fds[199], &(char){ 0 }, 1), -1);
	connect_anew(rig);
	say(rig, "{\"cmd\":\"status\"}\n");
	o = answer(rig);
	assert_true(is_ok(o));
	json_object_put(o);
	for (i = 0; i < 200; i++)
		close(fds[i]);
}

/* A listening control socket, and somebody who connects to it */
static int listening(struct rig *rig, struct kpptp_control **control)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t len = sizeof(sa);

	/* a name the kernel chooses */
	assert_int_equal(bind(listener, (struct sockaddr *)&sa,
			      sizeof(sa.sun_family)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&sa, &len), 0);
	*control = control_on(rig, listener);
	assert_non_null(*control);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}

/* Lowers the limit to what is open now. */
static struct rlimit no_more_files(void)
{
	struct rlimit old, now;
	int next = dup(STDERR_FILENO);

	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	now = old;
	now.rlim_cur = next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	return old;
}

/* Peers may have taken every descriptor: people are heard all the same. */
static void a_spare_one_when_out_of_files(void **state)
{
	struct rig *rig = *state;
	struct kpptp_control *control;
	int fd = listening(rig, &control);
	struct rlimit old = no_more_files();
	char octet;

	turn(rig);
	assert_int_equal(write(fd, "nonsense\n", 9), 9);
	turn(rig);
	assert_int_equal(recv(fd, &octet, 1, MSG_DONTWAIT), 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	kpptp_control_free(control);
	close(fd);
}

/* Forgotten descriptors must not turn into a flood of lines. */
static void out_of_files(void **state)
{
	struct rig *rig = *state;
	struct kpptp_control *control;
	int fd = listening(rig, &control);
	struct rlimit old, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	turn(rig);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_string_equal(kpptp_log_last_error(),
			    "cannot accept on the control socket: Too many open files");
	kpptp_control_free(control);
	close(fd);
}

#define LISTED	450

/* Control connections, and the peers' ends of them */
static struct kpptp_conn *conns[LISTED];
static int peers[LISTED];

static struct kpptp_conn *connection(struct rig *rig, int *peer)
{
	static uint32_t last_id;
	struct kpptp_host_conn socket = { .id = ++last_id };
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    pair), 0);
	socket.fd = pair[0];
	*peer = pair[1];
	return kpptp_conn_accept(rig->core, &socket);
}

static void hold_connections(struct rig *rig)
{
	struct rlimit files;
	size_t i;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < LISTED; i++)
		conns[i] = connection(rig, &peers[i]);
}

/* What has been sent by now, up to the end of a line at the most */
static size_t more_text(struct rig *rig, char *text, size_t len, size_t size)
{
	ssize_t n = 1;

	while (n == 1 && len < size - 1 && (!len || text[len - 1] != '\n')) {
		n = read(rig->fd, text + len, 1);
		len += n == 1;
	}
	text[len] = '\0';
	return len;
}

static unsigned int objects(const char *text)
{
	unsigned int n = 0;

	while ((text = strstr(text, "{\"id\":"))) {
		text++;
		n++;
	}
	return n;
}

/*
 * A list takes several turns of the loop. Meanwhile some end, also the last that
 * was sent, and others begin; an event and the next request wait.
 */
static void a_long_list_comes_in_pieces(void **state)
{
	struct rig *rig = *state;
	struct json_object *o, *list, *id;
	int64_t last = 0, now;
	unsigned int turns = 0, before = 0, after;
	size_t size = 1 << 20, len = 0, i, n;
	char *text = calloc(1, size);
	int late;

	hold_connections(rig);
	say(rig, "{\"cmd\":\"monitor\"}\n");
	o = answer(rig);
	assert_true(is_ok(o));
	json_object_put(o);
	say(rig, "{\"cmd\":\"connections\"}\n{\"cmd\":\"status\"}\n");
	while (!len || text[len - 1] != '\n') {
		event_base_loop(rig->base, EVLOOP_ONCE);
		len = more_text(rig, text, len, size);
		after = objects(text);
		assert_in_range(after - before, 0, 200);
		before = after;
		if (!after || turns++)
			continue;
		/* part of the first 200 is out, and no more is made yet */
		for (i = 190; i < 210; i++)
			kpptp_conn_fail(conns[i], "told to");
		connection(rig, &late);
	}
	o = json_tokener_parse(text);
	assert_true(is_ok(o));
	assert_true(json_object_object_get_ex(o, "connections", &list));
	n = json_object_array_length(list);
	assert_int_equal(n, LISTED - 10 + 1);
	for (i = 0; i < n; i++) {
		json_object_object_get_ex(json_object_array_get_idx(list, i),
					  "id", &id);
		now = json_object_get_int64(id);
		assert_true(now > last);
		last = now;
	}
	json_object_put(o);
	for (i = 0; i < 20; i++) {
		o = answer(rig);
		assert_true(json_object_object_get_ex(o, "event", NULL));
		json_object_put(o);
	}
	o = answer(rig);
	assert_true(json_object_object_get_ex(o, "uptime", NULL));
	json_object_put(o);
	free(text);
	for (i = 0; i < LISTED; i++)
		close(peers[i]);
	close(late);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(status),
		TEST(empty_lists),
		TEST(an_idle_client),
		TEST(a_client_that_waits),
		TEST(refused),
		TEST(disconnect_all_of_none),
		TEST(monitor),
		TEST(names),
		TEST(endless_line),
		TEST(slow_monitor),
		TEST(gone_while_waiting),
		TEST(connect_a_section),
		TEST(nobody_to_connect),
		TEST(not_behind_another_request),
		TEST(many_silent_ones),
		TEST(a_spare_one_when_out_of_files),
		TEST(reload_answers_when_it_is_done),
		TEST(reload_for_nobody),
		TEST(out_of_files),
		TEST(a_long_list_comes_in_pieces),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
