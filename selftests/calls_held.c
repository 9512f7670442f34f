// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Places calls to a PPTP server, each on a control connection of its own, and
 * holds them: no PPP is spoken, but the server's Echo-Requests are answered.
 *
 *   calls_held server=ADDR from=ADDR addresses=N [step=N] count=N [at-once=N]
 *	[hold=no] [times=yes] [lost=count]
 *
 * The connections come from N addresses in turn, the first of them is "from",
 * the next ones are "step" apart (1). So many calls as at-once says (1) are being
 * placed at a time; when one is granted the next begins. Prints "held N" when
 * all are there, and stays until it is killed. A call that is refused or ended is
 * told with its number, and ends the program with status 1. With hold=no each
 * connection is closed the moment its call is granted, and the program ends with
 * "granted N". With times=yes there is a line "took CONNECT START CALL" for each
 * call before that, the microseconds of TCP's connect(), from SCCRQ to SCCRP, and
 * from OCRQ to OCRP; then "all took T". With lost=count a call that is refused or
 * ended is told but ends nothing, and the last line but one is "lost N".
 */
#include <sys/epoll.h>

#include "../userspace/lib/ctrl_msg.h"
#include "crowd.h"

#define WINDOW		64
#define BPS		100000000
/* What a call that is being placed may take; the machine may be slow. */
#define PATIENCE_MS	120000
#define EVENTS		64

static struct {
	struct crowd crowd;
	unsigned int count, at_once;
	bool release;	/* hold=no */
	bool times;
	bool go_on;	/* lost=count */
} opt = { .crowd = CROWD_DEFAULT, .count = 1, .at_once = 1 };

/* When each part of placing a call was done, in the order of time. */
enum step { BEGUN, CONNECTED, STARTED, GRANTED, STEPS };

/* buf: what came of the connection so far and is not read yet */
struct held {
	int fd;
	uint8_t buf[2 * KPPTP_CTRL_MAX];
	size_t len;
	uint64_t at[STEPS];	/* microseconds */
};

static struct held *calls;
static unsigned int placed, granted, n_lost;
static int epoll_fd;

static void hang_up(unsigned int n)
{
	if (calls[n].fd >= 0)
		close(calls[n].fd);
	calls[n].fd = -1;
}

static void lost(unsigned int n, const char *what)
{
	printf("call %u of %u: %s\n", n + 1, placed, what);
	if (!opt.go_on)
		exit(1);
	n_lost++;
	hang_up(n);
}

static void say(unsigned int n, const struct kpptp_ctrl_msg *msg)
{
	uint8_t buf[KPPTP_CTRL_MAX];
	size_t len = kpptp_ctrl_encode(msg, buf);

	if (send(calls[n].fd, buf, len, MSG_NOSIGNAL) != (ssize_t)len)
		lost(n, strerror(errno));
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

static void call_is_there(unsigned int n)
{
	calls[n].at[GRANTED] = now_us();
	granted++;
	if (opt.release)
		hang_up(n);
}

static void take(unsigned int n, const struct kpptp_ctrl_msg *msg)
{
	char text[512];

	switch (msg->type) {
	case KPPTP_SCCRP:
		if (msg->start.result != KPPTP_START_OK)
			break;
		calls[n].at[STARTED] = now_us();
		say_call(n);
		return;
	case KPPTP_OCRP:
		if (msg->ocrp.result != KPPTP_OCRP_CONNECTED)
			break;
		call_is_there(n);
		return;
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
	ssize_t got = read(c->fd, c->buf + c->len, sizeof(c->buf) - c->len);
	size_t len;

	if (got <= 0) {
		lost(n, got ? strerror(errno) : "the server closed the connection");
		return;
	}
	c->len += got;
	while (c->fd >= 0 && kpptp_ctrl_frame(c->buf, c->len, &len) == KPPTP_CTRL_OK) {
		if (kpptp_ctrl_decode(c->buf, len, &msg) == KPPTP_CTRL_OK)
			take(n, &msg);
		else
			lost(n, "a message that can't be read");
		c->len -= len;
		memmove(c->buf, c->buf + len, c->len);
	}
}

static void serve(int timeout)
{
	struct epoll_event events[EVENTS];
	int i, n;

	errno = 0;
	n = epoll_wait(epoll_fd, events, EVENTS, timeout);
	if (n <= 0)
		die("the server says nothing");
	for (i = 0; i < n; i++)
		receive(events[i].data.u32);
}

static void begin(void)
{
	unsigned int n = placed++;
	struct held *c = &calls[n];
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = n };

	c->at[BEGUN] = now_us();
	c->fd = crowd_connect(&opt.crowd, n);
	if (c->fd < 0) {
		lost(n, strerror(errno));
		return;
	}
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event))
		die("epoll_ctl");
	c->at[CONNECTED] = now_us();
	say_start(n);
}

static void place_all(void)
{
	while (granted + n_lost < opt.count) {
		while (placed < opt.count && placed - granted - n_lost < opt.at_once)
			begin();
		if (placed > granted + n_lost)
			serve(PATIENCE_MS);
	}
}

static void read_option(const char *key, const char *value)
{
	if (crowd_option(&opt.crowd, key, value))
		return;
	if (!strcmp(key, "count"))
		opt.count = parse_num(value, 65535);
	else if (!strcmp(key, "at-once"))
		opt.at_once = parse_num(value, 65535);
	else if (!strcmp(key, "hold") && !strcmp(value, "no"))
		opt.release = true;
	else if (!strcmp(key, "times") && !strcmp(value, "yes"))
		opt.times = true;
	else if (!strcmp(key, "lost") && !strcmp(value, "count"))
		opt.go_on = true;
	else
		die("there is no option %s=%s", key, value);
}

static void tell_times(uint64_t all)
{
	unsigned int n;

	for (n = 0; n < opt.count; n++) {
		const uint64_t *at = calls[n].at;

		if (!at[GRANTED])
			continue;
		printf("took %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", at[CONNECTED] - at[BEGUN],
		       at[STARTED] - at[CONNECTED], at[GRANTED] - at[STARTED]);
	}
	printf("all took %" PRIu64 "\n", all);
}

int main(int argc, char **argv)
{
	uint64_t since;

	read_options(argc, argv, read_option);
	if (!crowd_complete(&opt.crowd) || !opt.count || !opt.at_once)
		die("server, from, addresses, step, count and at-once are needed, and are not 0");
	allow_files(opt.release ? opt.at_once : opt.count);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	calls = calloc(opt.count, sizeof(*calls));
	if (epoll_fd < 0 || !calls)
		die("epoll or memory");
	since = now_us();
	place_all();
	if (opt.times)
		tell_times(now_us() - since);
	if (opt.go_on)
		printf("lost %u\n", n_lost);
	printf("%s %u\n", opt.release ? "granted" : "held", granted);
	fflush(stdout);
	while (!opt.release)
		serve(-1);
	return 0;
}
