// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cli_verbs.c - kpptp(8) as a whole, against a daemon and a kernel of the tests
 *
 * The program lies below this one, as cli/kpptp. What it prints as JSON is read back and
 * compared, member by member, with what daemon and kernel said; each line, whatever
 * the test, with its description in Documentation/json-schema.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli_server.h"
#include "json_schema.h"

#define WORDS_MAX	24
#define RUN_SECONDS	20

/* What a run printed and how it ended. */
static struct {
	char out[1 << 22];
	char err[1 << 14];
	int status;
} r;

static char program[512];

/* Documentation/json-schema, and which replies in it have been seen. */
static struct json_object *schema;
static struct json_object *seen;

/* How the next run is to be; cleared by it. */
static struct {
	const char *kernel;	/* CLI_TEST_KERNEL */
	const char *password;	/* KPPTP_PASSWORD */
	const char *input;	/* standard input, else /dev/null */
	const char *output;	/* a file instead of what is kept */
	bool nobody;		/* not as root */
	bool no_socket_option;	/* KPPTP_SOCKET instead of --socket */
} with;

/* ----------------------------------------------------------- running it */

static void set_environment(void)
{
	unsetenv("KPPTP_PASSWORD");
	unsetenv("KPPTP_SOCKET");
	unsetenv("CLI_TEST_KERNEL");
	unsetenv("NO_COLOR");
	if (with.kernel)
		setenv("CLI_TEST_KERNEL", with.kernel, 1);
	if (with.password)
		setenv("KPPTP_PASSWORD", with.password, 1);
	if (with.no_socket_option)
		setenv("KPPTP_SOCKET", cli_server_path(), 1);
}

/* Splits @command at blanks into an argument list with the socket in front. */
static void make_argv(char *command, char **argv)
{
	char *rest = command, *word;
	int n = 0;

	argv[n++] = program;
	if (!with.no_socket_option) {
		argv[n++] = "--socket";
		argv[n++] = (char *)cli_server_path();
	}
	while ((word = strsep(&rest, " ")) && n < WORDS_MAX - 1)
		if (*word)
			argv[n++] = word;
	argv[n] = NULL;
}

static void exec_child(const char *command, int in, int out, int err)
{
	char copy[1024], *argv[WORDS_MAX];

	snprintf(copy, sizeof(copy), "%s", command);
	set_environment();
	make_argv(copy, argv);
	if (with.output)
		out = open(with.output, O_WRONLY);
	if (with.nobody && (setgid(65534) || setuid(65534)))
		_exit(127);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	execv(program, argv);
	_exit(127);
}

static int make_input(void)
{
	FILE *file;
	int fd;

	if (!with.input)
		return open("/dev/null", O_RDONLY);
	file = tmpfile();
	fputs(with.input, file);
	rewind(file);
	fd = dup(fileno(file));
	fclose(file);
	return fd;
}

/* Takes what is there from @fd. Return: false at the end. */
static bool take(int fd, char *buf, size_t *len, size_t size)
{
	ssize_t n = read(fd, buf + *len, size - 1 - *len);

	if (n <= 0)
		return false;
	*len += n;
	buf[*len] = '\0';
	return true;
}

/* -------------------------------------------------- as it is described */

static bool is_true(struct json_object *o, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(o, key, &value) &&
	       json_object_get_boolean(value);
}

/* The first word of @command that is no option. */
static void definition_of(struct json_object *line, const char *command,
			  char *name, size_t size)
{
	while (*command == '-')
		command += strcspn(command, " ") + strspn(command + strcspn(command, " "), " ");
	if (json_object_object_get_ex(line, "event", NULL))
		snprintf(name, size, "event");
	else if (!is_true(line, "ok"))
		snprintf(name, size, "failure");
	else
		snprintf(name, size, "reply-%.*s", (int)strcspn(command, " "),
			 command);
}

static void check_line(const char *command, const char *text)
{
	struct json_object *line = json_tokener_parse(text);
	char name[64], why[512];

	if (!line)
		fail_msg("%s prints no JSON: %s", command, text);
	definition_of(line, command, name, sizeof(name));
	if (!json_schema_valid(schema, name, line, why, sizeof(why)))
		fail_msg("%s prints what json-schema does not have: %s\n%s",
			 command, why, text);
	json_object_object_add(seen, name, json_object_new_boolean(true));
	json_object_put(line);
}

static void check_json(const char *command)
{
	char *copy, *rest, *line;

	if (!strstr(command, "--json") || !*r.out)
		return;
	copy = rest = strdup(r.out);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			check_line(command, line);
	free(copy);
}

struct run {
	pid_t pid;
	const char *command;
	int out;
	int err;
	size_t out_len;
	size_t err_len;
};

static void start(struct run *run, const char *command)
{
	int out[2], err[2], in = make_input();

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	memset(run, 0, sizeof(*run));
	r.out[0] = r.err[0] = '\0';
	run->command = command;
	run->pid = fork();
	if (!run->pid)
		exec_child(command, in, out[1], err[1]);
	memset(&with, 0, sizeof(with));
	close(in);
	close(out[1]);
	close(err[1]);
	run->out = out[0];
	run->err = err[0];
}

static void finish(struct run *run)
{
	struct pollfd p[2] = {
		{ .fd = run->out, .events = POLLIN },
		{ .fd = run->err, .events = POLLIN },
	};
	int status, open = 2;

	while (open) {
		if (poll(p, 2, RUN_SECONDS * 1000) <= 0) {
			kill(run->pid, SIGKILL);
			break;
		}
		if (p[0].revents &&
		    !take(run->out, r.out, &run->out_len, sizeof(r.out))) {
			p[0].fd = -1;
			open--;
		}
		if (p[1].revents &&
		    !take(run->err, r.err, &run->err_len, sizeof(r.err))) {
			p[1].fd = -1;
			open--;
		}
	}
	close(run->out);
	close(run->err);
	waitpid(run->pid, &status, 0);
	r.status = WIFEXITED(status) ? WEXITSTATUS(status) :
				       128 + WTERMSIG(status);
	if (strstr(r.err, "Sanitizer") || strstr(r.err, "runtime error"))
		fail_msg("%s", r.err);
	check_json(run->command);
}

static void kpptp(const char *command)
{
	struct run run;

	start(&run, command);
	finish(&run);
}

/* --------------------------------------------------------- looking at it */

static void expect_status(int status)
{
	if (r.status != status)
		fail_msg("exit status %d, not %d\nout: %s\nerr: %s", r.status,
			 status, r.out, r.err);
}

static void expect_in(const char *what, const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in %s: %s", part, what, text);
}

static void expect_out(const char *part)
{
	expect_in("output", r.out, part);
}

static void expect_err(const char *part)
{
	expect_in("errors", r.err, part);
}

static void expect_absent(const char *part)
{
	if (strstr(r.out, part) || strstr(r.err, part))
		fail_msg("\"%s\" should not be in\nout: %s\nerr: %s", part,
			 r.out, r.err);
}

static struct json_object *parse(const char *text)
{
	struct json_object *o = json_tokener_parse(text);

	if (!o)
		fail_msg("not JSON: %s", text);
	return o;
}

/* The member named by @path, "calls.0.peer". */
static struct json_object *at(struct json_object *o, const char *path)
{
	char copy[128], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", path);
	while (o && (word = strsep(&rest, "."))) {
		if (json_object_is_type(o, json_type_array))
			o = json_object_array_get_idx(o, atoi(word));
		else if (!json_object_object_get_ex(o, word, &o))
			fail_msg("no member %s of %s", word, path);
	}
	return o;
}

static void expect_json(struct json_object *o, const char *path,
			 const char *want)
{
	struct json_object *value = json_tokener_parse(want);

	if (!json_object_equal(at(o, path), value))
		fail_msg("%s is %s, not %s", path,
			 json_object_to_json_string(at(o, path)), want);
	json_object_put(value);
}

/* Each member of @want is in @got with the same value. */
static void expect_members(struct json_object *got, struct json_object *want)
{
	json_object_object_foreach(want, key, value) {
		if (!json_object_equal(at(got, key), value))
			fail_msg("%s is %s, not %s", key,
				 json_object_to_json_string(at(got, key)),
				 json_object_to_json_string(value));
	}
}

/* ------------------------------------------------------------ the daemon */

#define CALL_1 \
	"{\"id\":1,\"connection\":4,\"role\":\"PNS\",\"name\":\"office\"," \
	"\"local\":\"192.0.2.1\",\"peer\":\"192.0.2.2\",\"call_id\":5," \
	"\"peer_call_id\":7,\"state\":\"established\",\"up\":true," \
	"\"user\":\"alice\",\"interface\":\"ppp0\"," \
	"\"local_ip\":\"198.51.100.10\",\"remote_ip\":\"198.51.100.1\"," \
	"\"local_ip6\":null,\"remote_ip6\":null," \
	"\"routes\":[\"10.1.0.0/16\"],\"dns\":null," \
	"\"auth\":\"mschap-v2\",\"mppe\":\"128-bit stateless\"," \
	"\"mru\":1400,\"peer_mru\":1396,\"rx_window\":64," \
	"\"tx_window\":32,\"age\":3725,\"serial\":9,\"last_echo\":12}"
#define CALL_2 \
	"{\"id\":2,\"connection\":5,\"role\":\"PAC\",\"name\":null," \
	"\"local\":\"192.0.2.1\",\"peer\":\"192.0.2.9\",\"call_id\":0," \
	"\"peer_call_id\":0,\"state\":\"creating\",\"up\":false," \
	"\"user\":\"\\u001b[31mbad\",\"interface\":null,\"local_ip\":null," \
	"\"remote_ip\":null,\"local_ip6\":null,\"remote_ip6\":null," \
	"\"routes\":null,\"dns\":null,\"auth\":null,\"mppe\":null," \
	"\"mru\":null,\"peer_mru\":null,\"rx_window\":64,\"tx_window\":0,\"age\":1,\"serial\":10," \
	"\"last_echo\":null}"
/* Two calls of one user, and one of another. */
#define LOGGED_IN(id, user, ifname, ip, peer, age) \
	"{\"id\":" #id ",\"connection\":4,\"role\":\"PAC\",\"name\":null," \
	"\"local\":\"192.0.2.1\",\"peer\":\"" peer "\",\"call_id\":5," \
	"\"peer_call_id\":7,\"state\":\"established\",\"up\":true," \
	"\"user\":\"" user "\",\"interface\":" ifname "," \
	"\"local_ip\":\"198.51.100.1\",\"remote_ip\":" ip "," \
	"\"local_ip6\":null,\"remote_ip6\":null,\"routes\":null," \
	"\"dns\":null,\"auth\":\"pap\",\"mppe\":\"none\",\"mru\":1400," \
	"\"peer_mru\":1500,\"rx_window\":64,\"tx_window\":32,\"age\":" #age "," \
	"\"serial\":9,\"last_echo\":12}"
#define CLIENTS \
	"{\"ok\":true,\"clients\":[{\"name\":\"office\",\"host\":\"vpn\"," \
	"\"user\":\"alice\",\"state\":\"waiting-to-try-again\"," \
	"\"configured\":true,\"call\":null,\"next_try\":61," \
	"\"last_end\":\"not up in time\"},{\"name\":null,\"host\":\"192.0.2.2\"," \
	"\"user\":null,\"state\":\"up\",\"configured\":false,\"call\":1," \
	"\"next_try\":null,\"last_end\":null}]}\n"
#define CONNECTION \
	"{\"id\":4,\"role\":\"client\",\"local\":\"192.0.2.1:40000\"," \
	"\"peer\":\"192.0.2.2:1723\",\"state\":\"established\"," \
	"\"host\":\"server\",\"vendor\":\"somebody\",\"firmware\":1," \
	"\"calls\":1,\"age\":90061,\"last_echo\":12,\"last_rx\":3}"
#define STATUS \
	"{\"ok\":true,\"version\":\"0.1\",\"pid\":77,\"uptime\":100," \
	"\"connections\":1,\"calls\":2000,\"clients\":3," \
	"\"listen\":[\"192.0.2.1:1723\"]," \
	"\"data_plane\":\"kernel\"}"
#define DIAL \
	"{\"event\":\"client-dial\",\"time\":\"2026-01-02T03:04:05.006Z\"," \
	"\"text\":\"client 1 to vpn: connecting\",\"client\":1}\n"
#define CALL_NEW \
	"{\"event\":\"call-new\",\"time\":\"2026-01-02T03:04:06.006Z\"," \
	"\"text\":\"call 1: connected\",\"call\":" CALL_1 ",\"client\":1}\n"
#define CALL_GONE \
	"{\"event\":\"call-gone\",\"time\":\"2026-01-02T03:04:07.006Z\"," \
	"\"text\":\"call 1: was up\",\"call\":" CALL_1 ",\"account\":{" \
	"\"up_for\":61,\"rx_bytes\":5000000000,\"rx_packets\":7," \
	"\"tx_bytes\":null,\"tx_packets\":null}}\n"
#define REFUSAL(why) "{\"ok\":false,\"error\":\"" why "\"}\n"

static const struct cli_reply good[] = {
	{ .cmd = "status", .text = STATUS "\n" },
	{ .cmd = "calls", .text = "{\"ok\":true,\"calls\":[" CALL_1 "," CALL_2
				  "]}\n", .piecemeal = 1 },
	{ .cmd = "connections", .text = "{\"ok\":true,\"connections\":["
					CONNECTION "]}\n" },
	{ .cmd = "show", .text = "{\"ok\":true,\"call\":" CALL_1 "}\n" },
	{ .cmd = "clients", .text = CLIENTS },
	{ .cmd = "disconnect", .text = "{\"ok\":true,\"closed\":2}\n" },
	{ .cmd = "reload", .text = "{\"ok\":true,\"changed\":[\"[server] mtu, auth\",\"[client a] is new\"]}\n" },
	{ .cmd = "connect", .text = DIAL CALL_NEW "{\"ok\":true,\"call\":"
				    CALL_1 "}\n" },
	{ .cmd = "monitor", .text = "{\"ok\":true}\n" DIAL CALL_NEW CALL_GONE,
	  .hang = 1 },
	{ 0 }
};

static int serve_good(void **state)
{
	(void)state;
	cli_server_start(good);
	return 0;
}

static int stop_serving(void **state)
{
	(void)state;
	cli_server_stop();
	return 0;
}

static void expect_request(unsigned int n, const char *want)
{
	struct json_object *o = parse(want);

	if (!json_object_equal(cli_server_request(n), o))
		fail_msg("the request is %s, not %s",
			 json_object_to_json_string(cli_server_request(n)),
			 want);
	json_object_put(o);
}

/* --------------------------------------------------------------- showing */

static void test_status(void **state)
{
	struct json_object *got, *want;

	(void)state;
	kpptp("status");
	expect_status(0);
	expect_out("  running for          1m40s\n");
	expect_out("  listening on         192.0.2.1:1723\n");
	expect_out("  calls                2,000\n");
	kpptp("--json status");
	expect_status(0);
	got = parse(r.out);
	want = parse(STATUS);
	json_object_object_del(want, "ok");
	expect_json(got, "ok", "true");
	expect_members(at(got, "status"), want);
	json_object_put(got);
	json_object_put(want);
}

static void test_clients(void **state)
{
	static const struct cli_reply none[] = {
		{ .cmd = "clients", .text = "{\"ok\":true,\"clients\":[]}\n" }, { 0 }
	};
	struct json_object *got;

	(void)state;
	kpptp("clients");
	expect_status(0);
	expect_out("NAME    HOST       USER   STATE                 CALL  NEXT TRY  LAST END\n");
	expect_out("office  vpn        alice  waiting-to-try-again     -     1m01s  not up in time\n");
	kpptp("--json clients");
	expect_status(0);
	got = parse(r.out);
	expect_json(got, "clients.0.next_try", "61");
	expect_json(got, "clients.1.call", "1");
	json_object_put(got);
	cli_server_stop();
	cli_server_start(none);
	kpptp("clients");
	expect_status(0);
	assert_string_equal(r.out, "There are no clients.\n");
}

static void test_users(void **state)
{
	static const struct cli_reply three[] = {
		{ .cmd = "calls", .text = "{\"ok\":true,\"calls\":["
		  LOGGED_IN(7, "bob", "\"ppp2\"", "\"10.0.0.7\"", "192.0.2.7", 5) ","
		  LOGGED_IN(9, "alice", "\"ppp3\"", "\"10.0.0.9\"", "192.0.2.9", 60) ","
		  LOGGED_IN(8, "alice", "null", "null", "192.0.2.8", 3600) ","
		  CALL_1 "," LOGGED_IN(10, "", "null", "null", "192.0.2.8", 1) "]}\n" },
		{ 0 }
	};
	struct json_object *got;

	(void)state;
	cli_server_start(three);
	kpptp("users");
	expect_status(0);
	expect_out("alice  8, 9   ppp3        10.0.0.9   192.0.2.8, 192.0.2.9  1h00m\n");
	expect_out("bob    7 ");
	expect_absent("ppp0");
	kpptp("users --json");
	cli_server_stop();
	got = parse(r.out);
	assert_int_equal(json_object_array_length(at(got, "users")), 2);
	expect_json(got, "users.0.calls", "[8,9]");
	expect_json(got, "users.0.interfaces", "[\"ppp3\"]");
	expect_json(got, "users.1.user", "\"bob\"");
	expect_json(got, "users.1.age", "5");
	json_object_put(got);
}

static void test_nobody_is_logged_in(void **state)
{
	static const struct cli_reply none[] = {
		{ .cmd = "calls", .text = "{\"ok\":true,\"calls\":[" CALL_1 "]}\n" }, { 0 }
	};

	(void)state;
	cli_server_start(none);
	kpptp("users");
	cli_server_stop();
	expect_status(0);
	assert_string_equal(r.out, "Nobody is logged in.\n");
}

static void test_reload(void **state)
{
	struct json_object *got;

	(void)state;
	kpptp("reload");
	expect_status(0);
	expect_out("[server] mtu, auth\n[client a] is new\n"
		   "The new configuration is in use.\n");
	kpptp("--json reload");
	expect_status(0);
	got = parse(r.out);
	expect_json(got, "reloaded", "true");
	expect_json(got, "changed", "[\"[server] mtu, auth\",\"[client a] is new\"]");
	json_object_put(got);
}

static void test_reload_of_nothing(void **state)
{
	static struct cli_reply replies[] = {
		{ .cmd = "reload", .text = "{\"ok\":true,\"changed\":[]}\n" }, { 0 }
	};

	(void)state;
	cli_server_start(replies);
	kpptp("reload");
	cli_server_stop();
	expect_status(0);
	expect_out("The configuration is what it was.\n");
}

/* Every complaint is shown, however many there are. */
static void test_reload_refused(void **state)
{
	static char text[3000] = "{\"ok\":false,\"error\":\"";
	static struct cli_reply replies[] = {
		{ .cmd = "reload", .text = text }, { 0 }
	};
	int i;

	(void)state;
	for (i = 1; i <= 20; i++)
		sprintf(text + strlen(text), "/etc/kpptp/kpptpd.conf:%d: [server] port = none: allowed is a TCP port\\n",
			i);
	strcat(text, "the configuration stays as it was\"}\n");
	cli_server_start(replies);
	kpptp("reload");
	cli_server_stop();
	expect_status(1);
	expect_err("kpptp: /etc/kpptp/kpptpd.conf:1: [server] port = none");
	expect_err("\n/etc/kpptp/kpptpd.conf:20: [server] port = none");
	expect_err("\nthe configuration stays as it was\n");
}

static void test_connections(void **state)
{
	struct json_object *got, *want = parse(CONNECTION);

	(void)state;
	kpptp("connections");
	expect_status(0);
	expect_out("CONNECTION  ROLE");
	expect_out("192.0.2.2:1723");
	expect_out("1d01h");
	kpptp("connections --json");
	expect_status(0);
	got = parse(r.out);
	expect_members(at(got, "connections.0"), want);
	json_object_put(got);
	json_object_put(want);
}

/* The daemon's calls, with the octets that the kernel counted. */
static void test_calls(void **state)
{
	struct json_object *got, *want = parse(CALL_1);

	(void)state;
	with.kernel = "calls";
	kpptp("calls");
	expect_status(0);
	expect_out("CALL  ROLE  USER");
	expect_out("1h02m");
	expect_out("1.5 MiB");
	expect_out("\\x1b[31mbad");
	expect_absent("\033");
	expect_absent("note");
	with.kernel = "calls";
	kpptp("--json calls");
	expect_status(0);
	got = parse(r.out);
	expect_json(got, "source", "\"daemon\"");
	expect_members(at(got, "calls.0"), want);
	expect_json(got, "calls.0.rx_bytes", "1572864");
	expect_json(got, "calls.0.tx_bytes", "18446744073709551615");
	expect_json(got, "calls.1.rx_bytes", "null");
	json_object_put(got);
	json_object_put(want);
}

static void test_calls_without_right(void **state)
{
	struct json_object *got;

	(void)state;
	with.kernel = "denied";
	kpptp("--json calls");
	expect_status(0);
	got = parse(r.out);
	expect_json(got, "calls.0.rx_bytes", "null");
	json_object_put(got);
}

static void test_calls_kernel(void **state)
{
	struct json_object *got;

	(void)state;
	with.kernel = "calls";
	kpptp("calls --kernel");
	expect_status(0);
	expect_out("LOCAL");
	expect_out("attached");
	expect_out("incomplete");
	assert_string_equal(r.err, "");
	with.kernel = "calls";
	kpptp("calls --kernel --json");
	got = parse(r.out);
	expect_json(got, "source", "\"kernel\"");
	expect_json(got, "calls.0.peer_call_id", "null");
	expect_json(got, "calls.1.interface", "\"ppp0\"");
	expect_json(got, "calls.1.rtt_us", "12345");
	json_object_put(got);
	with.kernel = "empty";
	kpptp("calls --kernel");
	expect_status(0);
	assert_string_equal(r.out, "The kernel has no calls.\n");
}

static void test_show(void **state)
{
	struct json_object *got, *want = parse(CALL_1);

	(void)state;
	with.kernel = "calls";
	kpptp("show ppp0");
	expect_status(0);
	expect_request(0, "{\"cmd\":\"show\",\"call\":\"ppp0\"}");
	expect_out("Call\n  number               1\n");
	expect_out("window of the peer   32 packets");
	expect_out("  log-in               mschap-v2\n  encryption (MPPE)    128-bit stateless\n  MRU                  1400\n  MRU of the peer      1396\n");
	expect_out("\nData path\n");
	expect_out("round trip (RTT)        12.35 ms");
	expect_out("ack time-out (ATO)      250 ms");
	expect_out("send window now         32 packets");
	expect_out("since last echo      12s");
	expect_out("\nCounters\n");
	expect_out("1.5 MiB (1,572,864)  octets in them");
	expect_out("  tx_timeouts  ");
	with.kernel = "calls";
	kpptp("--json show 1");
	got = parse(r.out);
	expect_members(at(got, "call"), want);
	expect_json(got, "call.rx_bytes", "1572864");
	expect_json(got, "kernel.state", "\"attached\"");
	expect_json(got, "kernel.tx_seq", "4000000000");
	expect_json(got, "kernel.ato_us", "250000");
	expect_json(got, "kernel.pmtu_mode", "\"discover\"");
	expect_json(got, "counters.rx_packets", "1");
	expect_json(got, "counters.rx_lost", "8");
	expect_json(got, "kernel.path_mtu", "1300");
	expect_json(got, "kernel.backlog", "1536");
	expect_json(got, "counters.tx_timeouts", "22");
	expect_json(got, "counters.tx_fragmented", "23");
	expect_json(got, "counters.rx_overrun", "24");
	assert_int_equal(json_object_object_length(at(got, "counters")), 24);
	json_object_put(got);
	json_object_put(want);
}

static void test_show_without_right(void **state)
{
	struct json_object *got;

	(void)state;
	with.kernel = "denied";
	kpptp("--json show 1");
	expect_status(0);
	expect_err("run as root");
	got = parse(r.out);
	expect_json(got, "call.user", "\"alice\"");
	expect_json(got, "kernel", "null");
	expect_json(got, "counters", "null");
	json_object_put(got);
}

static void test_stats(void **state)
{
	struct json_object *got;

	(void)state;
	with.kernel = "calls";
	kpptp("stats");
	expect_status(0);
	expect_out("1,234,567  dropped: GRE version 1");
	with.kernel = "calls";
	kpptp("stats --json");
	got = parse(r.out);
	expect_json(got, "namespace.calls", "2");
	expect_json(got, "namespace.rx_malformed", "1234567");
	expect_json(got, "counters.rx_bytes", "1572864");
	json_object_put(got);
	with.kernel = "denied";
	kpptp("stats");
	expect_status(1);
	expect_err("cannot ask the kernel: not permitted");
}

/* ------------------------------------------------------ without a daemon */

static void test_no_daemon(void **state)
{
	struct json_object *got;
	static const char *const commands[] = {
		"status", "connections", "connect 192.0.2.2", "disconnect 1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		with.kernel = "calls";
		kpptp(commands[i]);
		expect_status(1);
		expect_err("kpptpd is not running: there is no socket");
		expect_err("systemctl start kpptpd");
		assert_string_equal(r.out, "");
	}
	kpptp("--json status");
	expect_status(1);
	got = parse(r.out);
	expect_json(got, "ok", "false");
	expect_in("error", json_object_get_string(at(got, "error")),
		  "kpptpd is not running");
	json_object_put(got);
}

static void test_no_daemon_but_kernel(void **state)
{
	struct json_object *got;

	(void)state;
	with.kernel = "calls";
	kpptp("calls");
	expect_status(0);
	expect_err("note: kpptpd is not running");
	expect_err("note: these are the calls the kernel has");
	expect_out("attached");
	with.kernel = "calls";
	kpptp("--json show ppp0");
	expect_status(0);
	expect_err("note: this is what the kernel knows of ppp0");
	got = parse(r.out);
	expect_json(got, "call", "null");
	expect_json(got, "kernel.peer", "\"192.0.2.2\"");
	expect_json(got, "counters.rx_lost", "8");
	json_object_put(got);
	with.kernel = "calls";
	kpptp("show ppp7");
	expect_status(1);
	expect_err("the kernel has no call with an interface \"ppp7\"");
}

static void test_nothing_at_all(void **state)
{
	(void)state;
	kpptp("calls");
	expect_status(1);
	expect_err("kpptpd is not running");
	expect_err("modprobe kpptp");
	kpptp("show ppp0");
	expect_status(1);
	expect_err("modprobe kpptp");
	kpptp("stats");
	expect_status(1);
	expect_err("modprobe kpptp");
	kpptp("monitor");
	expect_status(1);
	expect_err("note: no events of kpptpd: kpptpd is not running");
	expect_err("no notifications of the kernel: the kernel module");
	kpptp("monitor --daemon");
	expect_status(1);
	expect_err("kpptpd is not running");
}

/* A daemon that was killed leaves its socket behind. */
static void test_stale_socket(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	strcpy(sa.sun_path, cli_server_path());
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(fd);
	kpptp("status");
	expect_status(1);
	expect_err("nobody listens on");
	unlink(sa.sun_path);
}

/* Whoever may not use the socket is told who may. */
static void test_no_right(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	strcpy(sa.sun_path, cli_server_path());
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(chmod(sa.sun_path, 0), 0);
	with.nobody = !geteuid();	/* nothing is forbidden to root */
	kpptp("status");
	close(fd);
	unlink(sa.sun_path);
	if (r.status == 127)
		skip();		/* others cannot reach the program */
	expect_status(1);
	expect_err("not permitted to use");
	expect_err(": run as root");
}

static void test_long_socket(void **state)
{
	char command[400];

	(void)state;
	snprintf(command, sizeof(command), "status --socket /%0200d", 0);
	kpptp(command);
	expect_status(1);
	expect_err("its path has 1 to 107 octets");
}

static void test_socket_from_environment(void **state)
{
	(void)state;
	with.no_socket_option = true;
	kpptp("status");
	expect_status(0);
	expect_out("77");
}

/* ----------------------------------------------------- a strange daemon */

static void test_strange_answers(void **state)
{
	static const struct cli_reply strange[] = {
		{ .cmd = "status", .text = "SSH-2.0-something\n" },
		{ .cmd = "calls", .text = "{\"ok\":true}\n" },
		{ .cmd = "connections", .text = "" },
		{ .cmd = "show", .text = REFUSAL("there is no call \\\"9\\\"; \\\"kpptp calls\\\" lists them") },
		{ .cmd = "disconnect", .text = "{\"ok\":false}\n" },
		{ .cmd = "connect", .text = DIAL "{\"ok\":true}\n" },
		{ 0 }
	};

	(void)state;
	cli_server_start(strange);
	kpptp("status");
	expect_status(1);
	expect_err("does not speak as kpptpd does");
	kpptp("calls");
	expect_status(1);
	expect_err("of another version");
	kpptp("connections");
	expect_status(1);
	expect_err("kpptpd closed the connection");
	kpptp("show 9");
	expect_status(1);
	expect_err("kpptp: there is no call \"9\"; \"kpptp calls\" lists them\n");
	kpptp("disconnect 9");
	expect_status(1);
	expect_err("does not say why");
	kpptp("connect 192.0.2.2");
	expect_status(1);
	expect_err("of another version");
	cli_server_stop();
}

/* More than fits into any buffer at once. */
static void test_many_calls(void **state)
{
	enum { MANY = 5000 };
	char *text = malloc(MANY * (sizeof(CALL_1) + 1) + 64);
	struct cli_reply replies[] = { { .cmd = "calls", .text = text }, { 0 } };
	struct json_object *got;
	size_t used;
	int i;

	(void)state;
	assert_non_null(text);
	used = sprintf(text, "{\"ok\":true,\"calls\":[");
	for (i = 0; i < MANY; i++)
		used += sprintf(text + used, "%s" CALL_1, i ? "," : "");
	sprintf(text + used, "]}\n");
	cli_server_start(replies);
	with.kernel = "calls";
	kpptp("--json calls");
	cli_server_stop();
	free(text);
	expect_status(0);
	got = parse(r.out);
	assert_int_equal(json_object_array_length(at(got, "calls")), MANY);
	json_object_put(got);
}

/* ------------------------------------------------------------ connecting */

static void test_connect(void **state)
{
	(void)state;
	with.password = "s3cret pass";
	kpptp("connect vpn.example.net:1724 --user alice --mppe require --auth mschap-v2 --mtu 1300 --ipv6 --default-route --route 10.1.0.0/16,2001:db8::/32 --dns --name office --persist --timeout 9");
	expect_status(0);
	expect_out("client 1 to vpn: connecting\ncall 1: connected\n");
	expect_out("  interface            ppp0\n");
	expect_out("  local IP             198.51.100.10\n");
	expect_out("End it with: kpptp disconnect ppp0\n");
	expect_absent("s3cret");
	expect_request(0,
		       "{\"cmd\":\"connect\",\"host\":\"vpn.example.net\","
		       "\"port\":1724,\"user\":\"alice\","
		       "\"password\":\"s3cret pass\",\"auth\":\"mschap-v2\","
		       "\"mppe\":\"require\",\"mtu\":1300,\"ipv6\":true,"
		       "\"default_route\":true,"
		       "\"routes\":[\"10.1.0.0/16\",\"2001:db8::/32\"],"
		       "\"dns\":true,\"name\":\"office\","
		       "\"persist\":true,\"wait\":true,\"timeout\":9}");
}

/* One object a line: the events as they are, then the result. */
static void test_connect_json(void **state)
{
	struct json_object *got, *want = parse(CALL_1);
	char *rest = r.out, *line;

	(void)state;
	kpptp("--json connect 192.0.2.2");
	expect_status(0);
	expect_request(0, "{\"cmd\":\"connect\",\"host\":\"192.0.2.2\",\"wait\":true,\"timeout\":30}");
	line = strsep(&rest, "\n");
	got = parse(line);
	expect_json(got, "event", "\"client-dial\"");
	json_object_put(got);
	line = strsep(&rest, "\n");
	got = parse(line);
	expect_members(at(got, "call"), want);
	json_object_put(got);
	line = strsep(&rest, "\n");
	got = parse(line);
	expect_json(got, "ok", "true");
	expect_members(at(got, "call"), want);
	json_object_put(got);
	json_object_put(want);
	assert_string_equal(rest, "");
}

static void test_connect_client(void **state)
{
	(void)state;
	kpptp("connect --client office");
	expect_status(0);
	expect_request(0, "{\"cmd\":\"connect\",\"client\":\"office\",\"wait\":true}");
}

static void test_connect_failures(void **state)
{
	static const struct {
		struct cli_reply replies[2];
		const char *why;
		const char *advice;
	} rows[] = {
		{ { { .cmd = "connect", .text = DIAL REFUSAL("control connection: cannot connect: Connection refused") } },
		  "Connection refused", "nothing listens there" },
		{ { { .cmd = "connect", .text = REFUSAL("PPP ended: the peer did not accept our user name and password") } },
		  "did not accept", "check --user and the password" },
		{ { { .cmd = "connect", .text = REFUSAL("disconnected by the peer: it lost the link (result 1, error 0, cause 0): the peer says \\\"MPPE required but peer refused\\\"") } },
		  "MPPE required", "compare --mppe" },
		{ { { .cmd = "connect", .text = REFUSAL("not up in time") } },
		  "not up in time", "IP protocol 47" },
		{ { { .cmd = "connect", .text = REFUSAL("cannot resolve vpn: Name or service not known") } },
		  "cannot resolve vpn", "check the name" },
		{ { { .cmd = "connect", .text = REFUSAL("refused by the server: busy (result 4, error 0)") } },
		  "busy (result 4", "" },
		{ { { .cmd = "connect", .text = DIAL } },
		  "kpptpd closed the connection", "its log" },
	};
	size_t i;

	(void)state;
	cli_server_start(rows[0].replies);
	kpptp("connect 192.0.2.2 --persist --name office");
	cli_server_stop();
	expect_status(1);
	expect_err("note: kpptpd goes on trying; \"kpptp disconnect office\"");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_object *last;

		cli_server_start(rows[i].replies);
		kpptp("connect 192.0.2.2");
		expect_status(1);
		expect_err(rows[i].why);
		expect_err(rows[i].advice);
		kpptp("connect 192.0.2.2 --json");
		expect_status(1);
		cli_server_stop();
		last = parse(strrchr(r.out, '{'));
		expect_json(last, "ok", "false");
		json_object_put(last);
	}
}

static void write_file(const char *path, const char *text, int mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static void expect_password(unsigned int n, const char *password)
{
	assert_string_equal(json_object_get_string(
		at(cli_server_request(n), "password")), password);
}

static void test_passwords(void **state)
{
	char path[128], command[256], longer[300];

	(void)state;
	snprintf(path, sizeof(path), "%s.secret", cli_server_path());
	snprintf(command, sizeof(command),
		 "connect h --user alice --password-file %s", path);
	write_file(path, "from file\r\nsecond line\n", 0600);
	kpptp(command);
	expect_status(0);
	expect_password(0, "from file");
	assert_string_equal(r.err, "");
	write_file(path, "without newline", 0644);
	kpptp(command);
	expect_status(0);
	expect_password(1, "without newline");
	expect_err("note: others may read the password");
	with.input = "from stdin\n";
	kpptp("connect h --user alice --password-stdin");
	expect_status(0);
	expect_password(2, "from stdin");
	write_file(path, "", 0600);
	kpptp(command);
	expect_status(1);
	expect_err("there is no password in");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	write_file(path, longer, 0600);
	kpptp(command);
	expect_status(1);
	expect_err("longer than 255 octets");
	unlink(path);
	kpptp(command);
	expect_status(1);
	expect_err("cannot open the password file");
	with.password = longer;
	kpptp("connect h --user alice");
	expect_status(1);
	expect_err("KPPTP_PASSWORD is longer");
	assert_null(cli_server_request(3));
}

/* Reads from a terminal until @part has come or 10 s are over. */
static bool terminal_until(int fd, const char *part)
{
	size_t len = 0;

	r.out[0] = '\0';
	while (!part || !strstr(r.out, part)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, 10000) <= 0 ||
		    !take(fd, r.out, &len, sizeof(r.out)))
			break;
	}
	return part && strstr(r.out, part);
}

static pid_t on_terminal(int *fd, const char *command)
{
	char copy[256], *argv[WORDS_MAX];
	pid_t pid = forkpty(fd, NULL, NULL, NULL);

	assert_int_not_equal(pid, -1);
	if (pid) {
		memset(&with, 0, sizeof(with));
		return pid;
	}
	snprintf(copy, sizeof(copy), "%s", command);
	set_environment();
	setenv("TERM", "xterm", 1);
	if (with.output)
		setenv("NO_COLOR", "1", 1);
	make_argv(copy, argv);
	execv(program, argv);
	_exit(127);
}

static void end_terminal(pid_t pid, int fd)
{
	int status;

	terminal_until(fd, NULL);
	close(fd);
	waitpid(pid, &status, 0);
	r.status = WIFEXITED(status) ? WEXITSTATUS(status) :
				       128 + WTERMSIG(status);
}

/* Typed, not shown. */
static void test_ask(void **state)
{
	static const char typed[] = "typed in\n";
	pid_t pid;
	int fd;

	(void)state;
	pid = on_terminal(&fd, "connect h --user alice --ask");
	assert_true(terminal_until(fd, "Password of alice: "));
	assert_int_equal(write(fd, typed, strlen(typed)), strlen(typed));
	end_terminal(pid, fd);
	expect_status(0);
	expect_out("ppp0");
	expect_absent("typed in");
	expect_password(0, "typed in");
}

static void test_ask_without_terminal(void **state)
{
	struct run run;

	(void)state;
	/* A session of its own has no terminal. */
	if (!fork()) {
		setsid();
		start(&run, "connect h --user alice --ask");
		finish(&run);
		_exit(r.status == 1 && strstr(r.err, "no terminal") ? 0 : 1);
	}
	wait(&r.status);
	assert_int_equal(r.status, 0);
}

static void test_colour(void **state)
{
	pid_t pid;
	int fd;

	(void)state;
	pid = on_terminal(&fd, "connections");
	end_terminal(pid, fd);
	expect_status(0);
	expect_out("\033[1m");
	with.output = "";
	pid = on_terminal(&fd, "connections");
	end_terminal(pid, fd);
	expect_out("CONNECTION");
	expect_absent("\033");
	pid = on_terminal(&fd, "--json connections");
	end_terminal(pid, fd);
	expect_absent("\033");
}

/* The attempt is ended at the daemon too, by the number the events told. */
static void test_interrupt(void **state)
{
	static const struct cli_reply slow[] = {
		{ .cmd = "connect", .text = DIAL CALL_NEW, .hang = 1 },
		{ .cmd = "disconnect", .text = "{\"ok\":true,\"closed\":1}\n" },
		{ 0 }
	};
	struct run run;

	(void)state;
	cli_server_start(slow);
	start(&run, "connect 192.0.2.2");
	cli_server_wait(1);
	while (!strstr(r.out, "call 1: connected") &&
	       take(run.out, r.out, &run.out_len, sizeof(r.out)))
		;
	kill(run.pid, SIGINT);
	finish(&run);
	expect_status(1);
	expect_err("interrupted; the attempt was ended");
	expect_request(1, "{\"cmd\":\"disconnect\",\"call\":\"1\"}");
	cli_server_stop();
}

/* --------------------------------------------------- ending and watching */

static void test_disconnect(void **state)
{
	struct json_object *got;

	(void)state;
	kpptp("disconnect all");
	expect_status(0);
	assert_string_equal(r.out, "2 calls ended.\n");
	expect_request(0, "{\"cmd\":\"disconnect\",\"call\":\"all\"}");
	kpptp("--json disconnect ppp0");
	got = parse(r.out);
	expect_json(got, "closed", "2");
	json_object_put(got);
}

static void test_disconnect_none(void **state)
{
	static const struct cli_reply none[] = {
		{ .cmd = "disconnect", .text = "{\"ok\":true,\"closed\":0}\n" },
		{ 0 }
	};

	(void)state;
	cli_server_start(none);
	kpptp("disconnect all");
	cli_server_stop();
	expect_status(0);
	assert_string_equal(r.out, "There was no call to end.\n");
}

static void test_monitor(void **state)
{
	(void)state;
	with.kernel = "calls";
	kpptp("monitor --count 7");
	expect_status(0);
	expect_out("2026-01-02T03:04:05.006Z  client-dial      client 1 to vpn: connecting\n");
	expect_out("call-new         call 1: connected\n");
	expect_out("kernel-new       192.0.2.1 to 192.0.2.3, Call ID 9, peer's not known: incomplete\n");
	expect_out("kernel-set       192.0.2.1 to 192.0.2.2, Call ID 5, peer's 7, ppp0: attached\n");
	expect_out("kernel-del ");
	expect_out("kernel-lost ");
}

static void test_monitor_json(void **state)
{
	char *rest = r.out, *line;
	int daemon = 0, kernel = 0;

	(void)state;
	with.kernel = "calls";
	kpptp("--json monitor --count 7");
	expect_status(0);
	while ((line = strsep(&rest, "\n")) && *line) {
		struct json_object *got = parse(line);
		const char *source = json_object_get_string(at(got, "source"));

		assert_non_null(at(got, "time"));
		assert_non_null(at(got, "event"));
		assert_non_null(at(got, "text"));
		daemon += !strcmp(source, "daemon");
		kernel += !strcmp(source, "kernel");
		if (strstr(line, "kernel-del"))
			expect_json(got, "kernel.rx_lost", "8");
		json_object_put(got);
	}
	assert_int_equal(daemon, 3);
	assert_int_equal(kernel, 4);
}

static void test_monitor_parts(void **state)
{
	(void)state;
	with.kernel = "denied";
	kpptp("monitor --count 2");
	expect_status(0);
	expect_err("note: no notifications of the kernel: not permitted");
	with.kernel = "calls";
	kpptp("monitor --daemon --count 2");
	expect_status(0);
	expect_absent("kernel");
	with.kernel = "calls";
	kpptp("monitor --kernel --count 4");
	expect_status(0);
	expect_absent("client-dial");
	kpptp("monitor --count nine");
	expect_status(2);
}

/* It does not go on as if nothing had happened. */
static void test_monitor_daemon_ends(void **state)
{
	static const struct cli_reply ends[] = {
		{ .cmd = "monitor", .text = "{\"ok\":true}\n" DIAL }, { 0 }
	};

	(void)state;
	cli_server_start(ends);
	with.kernel = "empty";
	kpptp("monitor");
	cli_server_stop();
	expect_status(1);
	expect_out("client-dial");
	expect_err("kpptpd closed the connection");
}

/* --------------------------------------------------------------- mistakes */

static void test_usage(void **state)
{
	static const struct {
		const char *command;
		const char *err;
	} rows[] = {
		{ "", "Verbs:" },
		{ "conect", "did you mean \"connect\"?" },
		{ "frobnicate", "there is no verb \"frobnicate\"\n" },
		{ "--jsno calls", "there is no option --jsno" },
		{ "calls --kernl", "did you mean --kernel?" },
		{ "calls --json=1", "--json takes no value" },
		{ "calls -x", "there is no option -x" },
		{ "calls all", "\"all\" is one word too many" },
		{ "show", "\"show\" needs CALL" },
		{ "show 1 2", "\"2\" is one word too many" },
		{ "disconnect", "needs CALL|all" },
		{ "help shw", "did you mean \"show\"?" },
		{ "help show 1", "\"1\" is one word too many" },
		{ "status --socket", "--socket needs a value" },
		{ "connect", "say where to" },
		{ "connect --client a b", "leave \"b\" out" },
		{ "connect --client a --user b", "only --timeout goes with it" },
		{ "connect h --user a", "--user needs a password" },
		{ "connect h --ask", "a password needs --user" },
		{ "connect h --user a --ask --password-stdin", "is enough" },
		{ "connect h --mppe maybe", "--mppe is no, allow or require" },
		{ "connect h --mtu 100", "from 576 to 16384" },
		{ "connect h --timeout 0", "from 1 to 3600" },
		{ "connect h --persist", "--persist needs --name" },
		{ "connect h:0", "HOST is a name" },
		{ "connect :1723", "HOST is a name" },
		{ "connect h --password secret", "there is no option --password" },
		{ "doctor", "\"doctor\" needs HOST" },
		{ "doctor h:0", "HOST is a name" },
		{ "doctor h --user a", "--user needs a password" },
		{ "doctor h --ask", "a password needs --user" },
		{ "doctor h --mppe require", "needs --user" },
		{ "doctor h --mtu 1501", "from 576 to 1500" },
		{ "doctor h --call-id 0", "from 1 to 65535" },
		{ "doctor h --timeout 61", "from 1 to 60" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		kpptp(rows[i].command);
		expect_status(2);
		expect_err(rows[i].err);
		assert_string_equal(r.out, "");
	}
}

/* Rules are printed without daemon, kernel or rights. */
static void test_firewall(void **state)
{
	struct json_object *o;

	(void)state;
	with.nobody = !geteuid();
	kpptp("firewall --role server --outside eth0 --allow tcp/22");
	expect_status(0);
	expect_out("\ntable inet kpptp_server {\n");
	expect_out("# Made by: kpptp firewall --role server --outside eth0 --allow tcp/22\n");
	kpptp("--json firewall --role forward --subscribers ppp1*");
	expect_status(0);
	o = parse(r.out);
	expect_json(o, "table", "\"inet kpptp_forward\"");
	assert_non_null(strstr(json_object_get_string(at(o, "ruleset")),
			       "--subscribers 'ppp1*'\n"));
	json_object_put(o);
	kpptp("firewall --role client --outside eth0 --format ip6tables-restore");
	expect_status(0);
	expect_out("\nCOMMIT\n");
}

static void test_firewall_usage(void **state)
{
	static const struct {
		const char *command;
		const char *why;
	} rows[] = {
		{ "firewall", "--role is missing" },
		{ "firewall --role wall", "there is no role" },
		{ "firewall --remove --role wall", "there is no role" },
		{ "firewall --apply --check", "give one of" },
		{ "firewall --role forward --force", "--force" },
		{ "firewall --role forward --apply --confirm 0", "1 to 3600" },
		{ "firewall --role forward --format pf", "there is no format" },
		{ "firewall --role forward --format iptables-restore --apply",
		  "can be printed only" },
		{ "firewall --role server --outside lo", "breaks the host" },
		{ "firewall --rule server", "did you mean --role?" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		kpptp(rows[i].command);
		expect_status(2);
		expect_err(rows[i].why);
	}
	kpptp("firewall --role forward --flowtable eth0 --format iptables-restore");
	expect_status(1);
	expect_err("no flowtables");
}

static void test_help(void **state)
{
	static const char *const verbs[] = {
		"connect", "disconnect", "calls", "connections", "show",
		"monitor", "status", "stats", "doctor", "firewall", "clients",
		"users", "reload", "help",
	};
	char command[64], *text;
	size_t i;

	(void)state;
	kpptp("--help");
	expect_status(0);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		expect_out(verbs[i]);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		snprintf(command, sizeof(command), "%s --help", verbs[i]);
		kpptp(command);
		expect_status(0);
		expect_out("Usage: kpptp [--json] [--socket PATH] ");
		expect_out("\nExample");
		expect_out("\n  kpptp ");
		text = strdup(r.out);
		snprintf(command, sizeof(command), "help %s", verbs[i]);
		kpptp(command);
		expect_status(0);
		assert_string_equal(r.out, text);
		free(text);
	}
	kpptp("help");
	expect_status(0);
	expect_out("Verbs:\n");
	kpptp("--version");
	expect_status(0);
	expect_out("kpptp ");
}

/* Without rights it measures nothing, but says all that it could. */
static void test_doctor_json(void **state)
{
	struct json_object *o;

	(void)state;
	with.nobody = !geteuid();
	kpptp("--json doctor 192.0.2.2");
	o = parse(r.out);
	expect_json(o, "healthy", "false");
	json_object_put(o);
}

/* Each line of JSON in this program is compared with its description. */
static void test_every_reply_was_seen(void **state)
{
	struct json_object *definitions;

	(void)state;
	assert_true(json_object_object_get_ex(schema, "definitions", &definitions));
	json_object_object_foreach(definitions, name, definition) {
		(void)definition;
		if (!strncmp(name, "reply-", 6) && !is_true(seen, name))
			fail_msg("nothing has printed %s", name);
	}
	assert_true(is_true(seen, "event"));
	assert_true(is_true(seen, "failure"));
}

/* A result that did not arrive is a failure. */
static void test_full_disk(void **state)
{
	(void)state;
	with.output = "/dev/full";
	kpptp("status");
	expect_status(1);
	expect_err("cannot write the result");
}

#define SERVED(test) \
	cmocka_unit_test_setup_teardown(test, serve_good, stop_serving)

static int read_schema(void **state)
{
	(void)state;
	schema = json_object_from_file(KPPTP_SCHEMA);
	seen = json_object_new_object();
	return schema ? 0 : -1;
}

static int free_schema(void **state)
{
	(void)state;
	json_object_put(schema);
	json_object_put(seen);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		SERVED(test_status),
		SERVED(test_reload),
		cmocka_unit_test(test_reload_refused),
		cmocka_unit_test(test_reload_of_nothing),
		SERVED(test_clients),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_nobody_is_logged_in),
		SERVED(test_connections),
		SERVED(test_calls),
		SERVED(test_calls_without_right),
		cmocka_unit_test(test_calls_kernel),
		SERVED(test_show),
		SERVED(test_show_without_right),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_no_daemon),
		cmocka_unit_test(test_no_daemon_but_kernel),
		cmocka_unit_test(test_nothing_at_all),
		cmocka_unit_test(test_stale_socket),
		cmocka_unit_test(test_no_right),
		cmocka_unit_test(test_long_socket),
		SERVED(test_socket_from_environment),
		cmocka_unit_test(test_strange_answers),
		cmocka_unit_test(test_many_calls),
		SERVED(test_connect),
		SERVED(test_connect_json),
		SERVED(test_connect_client),
		cmocka_unit_test(test_connect_failures),
		SERVED(test_passwords),
		SERVED(test_ask),
		SERVED(test_ask_without_terminal),
		SERVED(test_colour),
		cmocka_unit_test(test_interrupt),
		SERVED(test_disconnect),
		cmocka_unit_test(test_disconnect_none),
		SERVED(test_monitor),
		SERVED(test_monitor_json),
		SERVED(test_monitor_parts),
		cmocka_unit_test(test_monitor_daemon_ends),
		cmocka_unit_test(test_firewall),
		cmocka_unit_test(test_firewall_usage),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_help),
		SERVED(test_full_disk),
		cmocka_unit_test(test_doctor_json),
		cmocka_unit_test(test_every_reply_was_seen),
	};
	const char *slash = strrchr(argv[0], '/');

	(void)argc;
	snprintf(program, sizeof(program), "%.*scli/kpptp",
		 slash ? (int)(slash - argv[0]) + 1 : 0, argv[0]);
	return cmocka_run_group_tests(tests, read_schema, free_schema);
}
