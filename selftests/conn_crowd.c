// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A crowd that keeps a PPTP server busy and never places a call.
 *
 *   conn_crowd flood server=ADDR from=ADDR addresses=N [step=N]
 *   conn_crowd slow server=ADDR from=ADDR addresses=N [step=N] count=N [every=MS]
 *
 * Addresses are those of calls_held. flood opens a connection and resets it, one
 * after the other, until SIGTERM; then it prints "opened N, took T", microseconds.
 * slow opens as many as count says, prints "open N" when they are there, and then
 * sends one octet of a Start-Control-Connection-Request on each, again and again
 * after so many milliseconds (1000), until it is killed. One that the server has
 * closed is opened again.
 */
#include <signal.h>

#include "../userspace/lib/ctrl_msg.h"
#include "crowd.h"

static struct {
	struct crowd crowd;
	unsigned int count, every;
} opt = { .crowd = CROWD_DEFAULT, .count = 1, .every = 1000 };

/* A connection and how much of the message it has sent. */
struct slow {
	int fd;
	size_t sent;
};

static volatile sig_atomic_t ended;

static void on_term(int sig)
{
	(void)sig;
	ended = 1;
}

/* ---------------------------------------------------------------- flood */

/* One that the server refuses has cost it something, too. */
static void open_and_reset(unsigned int n)
{
	const struct linger reset = { .l_onoff = 1 };
	int fd = crowd_connect(&opt.crowd, n);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

static void flood(void)
{
	const struct sigaction action = { .sa_handler = on_term };
	uint64_t since = now_us();
	unsigned int n = 0;

	sigaction(SIGTERM, &action, NULL);
	while (!ended)
		open_and_reset(n++);
	printf("opened %u, took %" PRIu64 "\n", n, now_us() - since);
}

/* ----------------------------------------------------------------- slow */

static void open_slow(struct slow *slow, unsigned int n)
{
	slow->fd = crowd_connect(&opt.crowd, n);
	slow->sent = 0;
	if (slow->fd < 0)
		die("connection %u", n + 1);
}

/* The last octet is never sent. */
static void trickle(struct slow *slow, unsigned int n, const uint8_t *msg, size_t len)
{
	if (slow->sent + 1 < len && send(slow->fd, msg + slow->sent++, 1, MSG_NOSIGNAL) == 1)
		return;
	close(slow->fd);
	open_slow(slow, n);
}

static size_t make_start(uint8_t buf[KPPTP_CTRL_MAX])
{
	struct kpptp_ctrl_msg msg = {
		.type = KPPTP_SCCRQ,
		.start = { .version = 0x0100, .host = "conn_crowd" },
	};

	return kpptp_ctrl_encode(&msg, buf);
}

static void __attribute__((noreturn)) be_slow(void)
{
	struct slow *all = calloc(opt.count, sizeof(*all));
	uint8_t msg[KPPTP_CTRL_MAX];
	size_t len = make_start(msg);
	unsigned int n;

	if (!all)
		die("memory");
	for (n = 0; n < opt.count; n++)
		open_slow(&all[n], n);
	printf("open %u\n", opt.count);
	fflush(stdout);
	while (true) {
		usleep(opt.every * 1000);
		for (n = 0; n < opt.count; n++)
			trickle(&all[n], n, msg, len);
	}
}

static void read_option(const char *key, const char *value)
{
	if (crowd_option(&opt.crowd, key, value))
		return;
	if (!strcmp(key, "count"))
		opt.count = parse_num(value, 65535);
	else if (!strcmp(key, "every"))
		opt.every = parse_num(value, 1000000);
	else
		die("there is no option %s=%s", key, value);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	errno = 0;
	if (strcmp(what, "flood") && strcmp(what, "slow"))
		die("flood or slow?");
	read_options(argc - 1, argv + 1, read_option);
	if (!crowd_complete(&opt.crowd) || !opt.count)
		die("server, from, addresses, step and count are needed, and are not 0");
	allow_files(opt.count);
	if (!strcmp(what, "slow"))
		be_slow();
	flood();
	return 0;
}
