// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens many calls, counts them, closes them and counts again.
 *
 *   call_bench netlink|socket|channel local=ADDR peer=ADDR count=N [owner=1]
 *              [hold=1] [leave=1]
 *
 * netlink makes calls by CALL_NEW, socket by bind and connect, channel also
 * attaches each one to /dev/ppp. owner=1 gives them to this program's netlink
 * socket. With hold=1 it prints "ready N" and waits to be killed once they are
 * open; with leave=1 it exits without closing any.
 *
 * Prints "open N", "closing" before the first is closed, "left N" after the
 * last, and on stderr what it took, which is for the curious.
 */
#include "helper.h"

#include <fcntl.h>
#include <linux/genetlink.h>
#include <sys/resource.h>
#include <time.h>

#include "genl.h"

struct bench {
	enum { BY_NETLINK, BY_SOCKET, BY_CHANNEL } how;
	in_addr_t local, peer;
	unsigned int count;
	bool owner, hold, leave;
	struct genl genl;
	int *fds;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void parse_options(int argc, char **argv, struct bench *b)
{
	static const char *const how[] = { "netlink", "socket", "channel" };
	const char *v;

	errno = 0;
	for (b->how = 0; b->how < ARRAY_SIZE(how); b->how++)
		if (argc > 1 && !strcmp(argv[1], how[b->how]))
			break;
	if (b->how == ARRAY_SIZE(how))
		die("usage: call_bench netlink|socket|channel ...");
	for (int i = 2; i < argc; i++) {
		if ((v = arg_value(argv[i], "local")))
			b->local = parse_addr(v);
		else if ((v = arg_value(argv[i], "peer")))
			b->peer = parse_addr(v);
		else if ((v = arg_value(argv[i], "count")))
			b->count = parse_num(v, UINT16_MAX);
		else if ((v = arg_value(argv[i], "owner")))
			b->owner = parse_num(v, 1);
		else if ((v = arg_value(argv[i], "hold")))
			b->hold = parse_num(v, 1);
		else if ((v = arg_value(argv[i], "leave")))
			b->leave = parse_num(v, 1);
		else
			die("%s: unknown argument", argv[i]);
	}
}

static void more_files(unsigned int count)
{
	struct rlimit limit = { count + 64, count + 64 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
}

static struct nl_msg *key_request(struct bench *b, int cmd, uint16_t id)
{
	struct nl_msg *msg = genl_request(&b->genl, cmd, NLM_F_ACK);

	nla_put_u32(msg, KPPTP_A_CALL_LOCAL, b->local);
	nla_put_u32(msg, KPPTP_A_CALL_PEER, b->peer);
	nla_put_u16(msg, KPPTP_A_CALL_CALL_ID, id);
	return msg;
}

static void open_netlink(struct bench *b, uint16_t id)
{
	struct nl_msg *msg = key_request(b, KPPTP_CMD_CALL_NEW, id);

	nla_put_u16(msg, KPPTP_A_CALL_PEER_CALL_ID, id);
	if (b->owner)
		nla_put_flag(msg, KPPTP_A_CALL_OWNER);
	errno = genl_talk(&b->genl, msg, NULL, NULL);
	if (errno)
		die("CALL_NEW %u: %s", id, b->genl.why);
}

static void close_netlink(struct bench *b, uint16_t id)
{
	errno = genl_talk(&b->genl, key_request(b, KPPTP_CMD_CALL_DEL, id),
			  NULL, NULL);
	if (errno)
		die("CALL_DEL %u: %s", id, b->genl.why);
}

static int open_socket(struct bench *b, uint16_t id)
{
	int fd = pptp_socket();

	errno = pptp_bind(fd, b->local, id);
	if (errno)
		die("bind %u", id);
	errno = pptp_connect(fd, b->peer, id);
	if (errno)
		die("connect %u", id);
	return fd;
}

static int open_channel(int sock)
{
	int fd = open("/dev/ppp", O_RDWR), index;

	if (fd < 0)
		die("/dev/ppp");
	if (ioctl(sock, PPPIOCGCHAN, &index) ||
	    ioctl(fd, PPPIOCATTCHAN, &index))
		die("attach");
	return fd;
}

static void open_all(struct bench *b)
{
	for (unsigned int i = 0; i < b->count; i++) {
		if (b->how == BY_NETLINK) {
			open_netlink(b, i + 1);
			continue;
		}
		b->fds[2 * i] = open_socket(b, i + 1);
		if (b->how == BY_CHANNEL)
			b->fds[2 * i + 1] = open_channel(b->fds[2 * i]);
	}
}

static void close_all(struct bench *b)
{
	for (unsigned int i = 0; i < b->count; i++) {
		if (b->how == BY_NETLINK) {
			close_netlink(b, i + 1);
			continue;
		}
		close(b->fds[2 * i]);
		if (b->how == BY_CHANNEL)
			close(b->fds[2 * i + 1]);
	}
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };
	double start;

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse_options(argc, argv, &b);
	genl_open(&b.genl);
	more_files(2 * b.count);
	b.fds = calloc(2 * b.count, sizeof(*b.fds));
	if (!b.fds)
		die("no memory for %u calls", b.count);

	start = now();
	open_all(&b);
	fprintf(stderr, "opened in %.3f s\n", now() - start);
	printf("open %u\n", genl_count_calls(&b.genl));
	if (b.hold) {
		printf("ready %u\n", b.count);
		pause();
	}
	if (b.leave)
		return 0;
	puts("closing");
	start = now();
	close_all(&b);
	fprintf(stderr, "closed in %.3f s\n", now() - start);
	printf("left %u\n", genl_count_calls(&b.genl));
	free(b.fds);
	nl_socket_free(b.genl.sock);
	return 0;
}
