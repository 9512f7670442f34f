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

#include "../kpptpd/ctl.h"
#include "../kpptpd/dataplane_impl.h"
#include "../kpptpd/event.h"
#include "../kpptpd/log_setup.h"
#include "../kpptpd/ppp_impl.h"

struct rig {
	struct event_base *base;
	struct kpptp_dataplane *dp;
	struct kpptp_ppp *ppp;
	struct kpptp_core *core;
	struct kpptp_conf conf;
	struct kpptp_ctl *ctl;
	int fd;
	uint32_t reload;
};

static const struct kpptp_conf *conf_now(void *arg)
{
	return &((struct rig *)arg)->conf;
}

static void note_reload(void *arg, uint32_t id)
{
	((struct rig *)arg)->reload = id;
}

static int no_address(void *arg, struct in_addr *addr)
{
	(void)arg;
	(void)addr;
	return -ENOSPC;
}

static void put_address(void *arg, struct in_addr addr)
{
	(void)arg;
	(void)addr;
}

static int rig_open(void **state)
{
	static const struct kpptp_core_hooks hooks = {
		.address_get = no_address, .address_put = put_address,
	};
	struct rig *rig = calloc(1, sizeof(*rig));
	struct kpptp_ctl_setup setup = {
		.conf = conf_now, .reload = note_reload, .arg = rig, .data_plane = "null", .pid = 42,
		.fd = -1,
	};
	int pair[2];

	kpptp_log_set_level(KPPTP_LOG_ERROR);
	rig->base = event_base_new();
	assert_int_equal(kpptp_dataplane_null_new(&rig->dp), 0);
	assert_int_equal(kpptp_ppp_null_new(rig->base, &rig->ppp), 0);
	rig->core = kpptp_core_new(rig->base, rig->dp, rig->ppp, &hooks);
	setup.base = rig->base;
	setup.core = rig->core;
	rig->ctl = kpptp_ctl_new(&setup);
	assert_non_null(rig->ctl);
	rig->conf.client = calloc(1, sizeof(*rig->conf.client));
	rig->conf.n_clients = 1;
	strcpy(rig->conf.client[0].name, "office");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    pair), 0);
	assert_int_equal(kpptp_ctl_adopt(rig->ctl, pair[0]), 0);
	rig->fd = pair[1];
	*state = rig;
	return 0;
}

static int rig_close(void **state)
{
	struct rig *rig = *state;

	kpptp_ctl_free(rig->ctl);
	kpptp_core_free(rig->core);
	rig->ppp->ops->free(rig->ppp);
	rig->dp->ops->free(rig->dp);
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

	/* Two requests in one packet, and one in pieces. */
	say(rig, "{\"cmd\":\"calls\"}\n{\"cmd\":\"connec");
	o = answer(rig);
	assert_string_equal(text_of(o, "calls"), "[ ]");
	json_object_put(o);
	assert_null(answer(rig));
	say(rig, "tions\"}\n");
	o = answer(rig);
	assert_string_equal(text_of(o, "connections"), "[ ]");
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
	struct json_object *o;

	say(rig, "{\"cmd\":\"connect\",\"host\":\"127.0.0.1\",\"port\":1,\"wait\":true}\n"
		 "{\"cmd\":\"status\"}\n");
	turn(rig);
	while ((o = answer(rig)))
		json_object_put(o);
	say(rig, "{\"cmd\":\"connect\",\"host\":\"192.0.2.1\",\"wait\":true}\n");
	turn(rig);
	close(rig->fd);
	rig->fd = open("/dev/null", O_RDONLY);
	turn(rig);
	turn(rig);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_open, rig_close)

static void reload_answers_when_it_is_done(void **state)
{
	static const char ask[] = "{\"cmd\":\"reload\"}\n";
	struct rig *rig = *state;
	struct json_object *o;

	say(rig, ask);
	assert_null(answer(rig));
	assert_int_not_equal(rig->reload, 0);
	kpptp_ctl_reloaded(rig->ctl, 0, "of no interest here");
	assert_null(answer(rig));
	kpptp_ctl_reloaded(rig->ctl, rig->reload, "file:1: wrong\nit stays");
	o = answer(rig);
	assert_false(is_ok(o));
	assert_string_equal(text_of(o, "error"), "file:1: wrong\nit stays");
	json_object_put(o);
	say(rig, ask);
	assert_null(answer(rig));
	kpptp_ctl_reloaded(rig->ctl, rig->reload, NULL);
	o = answer(rig);
	assert_true(is_ok(o));
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
	kpptp_ctl_reloaded(rig->ctl, rig->reload, NULL);
	turn(rig);
}

/* Forgotten descriptors must not turn into a flood of lines. */
static void out_of_files(void **state)
{
	struct rig *rig = *state;
	struct kpptp_ctl_setup setup = {
		.base = rig->base, .core = rig->core, .conf = conf_now,
		.reload = note_reload, .arg = rig, .data_plane = "null",
		.fd = socket(AF_UNIX, SOCK_STREAM, 0),
	};
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(sa);
	struct rlimit old, none;
	struct kpptp_ctl *ctl;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* a name the kernel chooses */
	assert_int_equal(bind(setup.fd, (struct sockaddr *)&sa,
			      sizeof(sa.sun_family)), 0);
	assert_int_equal(listen(setup.fd, 1), 0);
	assert_int_equal(getsockname(setup.fd, (struct sockaddr *)&sa, &len), 0);
	ctl = kpptp_ctl_new(&setup);
	assert_non_null(ctl);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	turn(rig);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_string_equal(kpptp_log_last_error(),
			    "cannot accept on the control socket: Too many open files");
	kpptp_ctl_free(ctl);
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(status),
		TEST(empty_lists),
		TEST(refused),
		TEST(disconnect_all_of_none),
		TEST(monitor),
		TEST(names),
		TEST(endless_line),
		TEST(slow_monitor),
		TEST(gone_while_waiting),
		TEST(reload_answers_when_it_is_done),
		TEST(reload_for_nobody),
		TEST(out_of_files),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
