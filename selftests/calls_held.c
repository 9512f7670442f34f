// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Places calls to a PPTP server, each on a control connection of its own, and
 * holds them: no PPP is spoken, but the server's Echo-Requests are answered.
 *
 *   calls_held server=ADDR from=ADDR addresses=N count=N [hold=no]
 *
 * The connections come from N addresses in turn, the first of them is "from".
 * One call after the other is placed, so that the server is never asked for two
 * at once. Prints "held N" when all are there, and stays until it is killed. A
 * call that is refused or ended is told with its number, and ends the program
 * with status 1. With hold=no each connection is closed the moment its call is
 * granted, and the program ends with "granted N".
 */
#include <poll.h>
#include <sys/resource.h>

#include "../userspace/lib/ctrl_msg.h"
#include "helper.h"

#define PPTP_PORT	1723
#define WINDOW		64
#define BPS		100000000
/* What a call that is being placed may take; the machine may be slow. */
#define PATIENCE_MS	120000

struct options {
	in_addr_t server, from;
	unsigned int addresses, count;
	bool release;	/* hold=no */
};

/* What came of a connection so far and is not read yet. */
struct held {
	uint8_t buf[2 * KPPTP_CTRL_MAX];
	size_t len;
	bool started, connected;
};

static struct pollfd *fds;
static struct held *calls;
static unsigned int placed;

static void say(unsigned int n, const struct kpptp_ctrl_msg *msg)
{
	uint8_t buf[KPPTP_CTRL_MAX];
	size_t len = kpptp_ctrl_encode(msg, buf);

	if (write(fds[n].fd, buf, len) != (ssize_t)len)
		die("call %u: write", n + 1);
}

static void say_start(unsigned int n)
{
	struct kpptp_ctrl_msg msg = {
		.type = KPPTP_SCCRQ,
		.start = {
			.version = 0x0100,
			.framing = KPPTP_FRAMING_ASYNC | KPPTP_FRAMING_SYNC,
			.bearer = KPPTP_BEARER_ANALOG | KPPTP_BEARER_DIGITAL,
			.host = "calls_held",
		},
	};

	say(n, &msg);
}

/* Call IDs are the connection's own, so each connection may use the same. */
static void say_call(unsigned int n)
{
	struct kpptp_ctrl_msg msg = {
		.type = KPPTP_OCRQ,
		.ocrq = {
			.call_id = n + 1,
			.serial = 1,
			.min_bps = BPS,
			.max_bps = BPS,
			.bearer = KPPTP_BEARER_ANALOG | KPPTP_BEARER_DIGITAL,
			.framing = KPPTP_FRAMING_ASYNC | KPPTP_FRAMING_SYNC,
			.window = WINDOW,
		},
	};

	say(n, &msg);
}

static void say_echo(unsigned int n, uint32_t identifier)
{
	struct kpptp_ctrl_msg msg = {
		.type = KPPTP_ECHO_REPLY,
		.echo = { .identifier = identifier, .result = KPPTP_RESULT_OK },
	};

	say(n, &msg);
}

static void __attribute__((noreturn))
lost(unsigned int n, const char *what)
{
	printf("call %u of %u: %s\n", n + 1, placed, what);
	exit(1);
}

static void take(unsigned int n, const struct kpptp_ctrl_msg *msg)
{
	char text[512];

	switch (msg->type) {
	case KPPTP_SCCRP:
		calls[n].started = msg->start.result == KPPTP_START_OK;
		if (calls[n].started)
			return;
		break;
	case KPPTP_OCRP:
		calls[n].connected = msg->ocrp.result == KPPTP_OCRP_CONNECTED;
		if (calls[n].connected)
			return;
		break;
	case KPPTP_ECHO_REQUEST:
		say_echo(n, msg->echo.identifier);
		return;
	case KPPTP_SLI:
		return;
	default:
		break;
	}
	lost(n, kpptp_ctrl_print(msg, text, sizeof(text)));
}

static void receive(unsigned int n)
{
	struct held *c = &calls[n];
	struct kpptp_ctrl_msg msg;
	ssize_t got = read(fds[n].fd, c->buf + c->len, sizeof(c->buf) - c->len);
	size_t len;

	if (got <= 0)
		lost(n, got ? strerror(errno) : "the server closed the connection");
	c->len += got;
	while (kpptp_ctrl_frame(c->buf, c->len, &len) == KPPTP_CTRL_OK) {
		if (kpptp_ctrl_decode(c->buf, len, &msg) != KPPTP_CTRL_OK)
			lost(n, "a message that can't be read");
		take(n, &msg);
		c->len -= len;
		memmove(c->buf, c->buf + len, c->len);
	}
}

static void serve(int timeout)
{
	unsigned int n;

	errno = 0;
	if (poll(fds, placed, timeout) <= 0)
		die("the server says nothing");
	for (n = 0; n < placed; n++)
		if (fds[n].revents)
			receive(n);
}

static void place(const struct options *o)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = o->server,
		.sin_port = htons(PPTP_PORT),
	};
	struct sockaddr_in from = { .sin_family = AF_INET };
	unsigned int n = placed;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	from.sin_addr.s_addr = htonl(ntohl(o->from) + n % o->addresses);
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)))
		die("call %u: an address to call from", n + 1);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("call %u: connect", n + 1);
	fds[n] = (struct pollfd){ .fd = fd, .events = POLLIN };
	placed++;
	say_start(n);
	while (!calls[n].started)
		serve(PATIENCE_MS);
	say_call(n);
	while (!calls[n].connected)
		serve(PATIENCE_MS);
	if (o->release) {
		close(fd);
		fds[n].fd = -1;
	}
}

static void read_option(struct options *o, const char *key, const char *value)
{
	if (!strcmp(key, "server"))
		o->server = parse_addr(value);
	else if (!strcmp(key, "from"))
		o->from = parse_addr(value);
	else if (!strcmp(key, "addresses"))
		o->addresses = parse_num(value, 65535);
	else if (!strcmp(key, "count"))
		o->count = parse_num(value, 65535);
	else if (!strcmp(key, "hold") && !strcmp(value, "no"))
		o->release = true;
	else
		die("there is no option %s=%s", key, value);
}

/* One for each call, and those that every program has. */
static void allow_files(unsigned int count)
{
	struct rlimit limit;

	errno = 0;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_max < count + 16)
		die("%u calls take more files than the limit of %llu allows",
		    count, (unsigned long long)limit.rlim_max);
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

int main(int argc, char **argv)
{
	struct options o = { .addresses = 1, .count = 1 };
	int i;

	errno = 0;
	for (i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			die("%s: not key=value", argv[i]);
		*value++ = '\0';
		read_option(&o, argv[i], value);
	}
	if (!o.server || !o.from || !o.addresses || !o.count)
		die("server, from, addresses and count are needed");
	allow_files(o.count);
	fds = calloc(o.count, sizeof(*fds));
	calls = calloc(o.count, sizeof(*calls));
	if (!fds || !calls)
		die("memory");
	while (placed < o.count)
		place(&o);
	printf("%s %u\n", o.release ? "granted" : "held", placed);
	fflush(stdout);
	while (!o.release)
		serve(-1);
	return 0;
}
