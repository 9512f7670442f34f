// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens many calls, counts them, closes them and counts again.
 *
 *   call_bench netlink|socket|channel local=ADDR peer=ADDR count=N [first=ID]
 *              [peers=N] [peer-call=ID] [choose=1] [owner=1] [hold=1] [leave=1]
 *              [close=N] [blind=1]
 *
 * netlink makes calls by CALL_NEW, socket by bind and connect, channel also
 * attaches each one to /dev/ppp. owner=1 gives them to this program's netlink
 * socket. With hold=1 it prints "ready N" and waits to be killed once they are
 * open; with leave=1 it exits without closing any. Call IDs begin with "first"
 * (1), or the kernel chooses them, with choose=1; those of the peer are the same,
 * or one for all. There are N calls to each of "peers" (1), whose addresses follow
 * each other. close=N closes the first N only; the others end with the program.
 * blind=1 counts nothing, for a module that has no netlink family.
 *
 * Prints "open N", "closing" before the first is closed, "left N" after the
 * last, and on stderr what it took, in seconds, which is for the curious: all
 * that were opened, the last tenth of them, and what was closed.
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
	unsigned int count, first, closed, peers;
	unsigned int peer_call;		/* 0 for the local one */
	bool choose, owner, hold, leave, blind;
	struct genl genl;
	uint16_t *ids;
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
		else if ((v = arg_value(argv[i], "peers")))
			b->peers = parse_num(v, UINT16_MAX);
		else if ((v = arg_value(argv[i], "peer-call")))
			b->peer_call = parse_num(v, UINT16_MAX);
		else if ((v = arg_value(argv[i], "choose")))
			b->choose = parse_num(v, 1);
		else if ((v = arg_value(argv[i], "owner")))
			b->owner = parse_num(v, 1);
		else if ((v = arg_value(argv[i], "hold")))
			b->hold = parse_num(v, 1);
		else if ((v = arg_value(argv[i], "leave")))
			b->leave = parse_num(v, 1);
		else if ((v = arg_value(argv[i], "blind")))
			b->blind = parse_num(v, 1);
		else if ((v = arg_value(argv[i], "first")))
			b->first = parse_num(v, UINT16_MAX);
		else if ((v = arg_value(argv[i], "close")))
			b->closed = parse_num(v, UINT32_MAX);
		else
			die("%s: unknown argument", argv[i]);
	}
	b->count *= b->peers;
	if (b->closed > b->count)
		b->closed = b->count;
	if (b->blind && b->how == BY_NETLINK)
		die("blind=1 can't make calls by netlink");
}

static void more_files(unsigned int count)
{
	struct rlimit limit = { count + 64, count + 64 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
}

/* Calls are numbered: the first to each peer, then the second... */
static in_addr_t peer_of(const struct bench *b, unsigned int call)
{
	return htonl(ntohl(b->peer) + call % b->peers);
}

static uint16_t id_of(const struct bench *b, unsigned int call)
{
	return b->choose ? b->ids[call] : b->first + call / b->peers;
}

static uint16_t peer_id_of(const struct bench *b, unsigned int call)
{
	return b->peer_call ?: b->first + call / b->peers;
}

static struct nl_msg *key_request(struct bench *b, int cmd, unsigned int call)
{
	struct nl_msg *msg = genl_request(&b->genl, cmd, NLM_F_ACK);
	uint16_t id = id_of(b, call);

	nla_put_u32(msg, KPPTP_A_CALL_LOCAL, b->local);
	nla_put_u32(msg, KPPTP_A_CALL_PEER, peer_of(b, call));
	if (id)
		nla_put_u16(msg, KPPTP_A_CALL_CALL_ID, id);
	return msg;
}

static void read_id(int cmd, struct nlattr **attrs, void *arg)
{
	(void)cmd;
	*(uint16_t *)arg = nla_get_u16(attrs[KPPTP_A_CALL_CALL_ID]);
}

static void open_netlink(struct bench *b, unsigned int call)
{
	struct nl_msg *msg = key_request(b, KPPTP_CMD_CALL_NEW, call);

	nla_put_u16(msg, KPPTP_A_CALL_PEER_CALL_ID, peer_id_of(b, call));
	if (b->owner)
		nla_put_flag(msg, KPPTP_A_CALL_OWNER);
	errno = genl_talk(&b->genl, msg, read_id, &b->ids[call]);
	if (errno)
		die("CALL_NEW %u: %s", call + 1, b->genl.why);
}

static void close_netlink(struct bench *b, unsigned int call)
{
	errno = genl_talk(&b->genl, key_request(b, KPPTP_CMD_CALL_DEL, call),
			  NULL, NULL);
	if (errno)
		die("CALL_DEL %u: %s", call + 1, b->genl.why);
}

static int open_socket(struct bench *b, unsigned int call)
{
	int fd = pptp_socket();

	errno = pptp_bind(fd, b->local, id_of(b, call));
	if (errno)
		die("bind %u", call + 1);
	errno = pptp_connect(fd, peer_of(b, call), peer_id_of(b, call));
	if (errno)
		die("connect %u", call + 1);
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

static void open_some(struct bench *b, unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++) {
		if (b->how == BY_NETLINK) {
			open_netlink(b, i);
			continue;
		}
		b->fds[2 * i] = open_socket(b, i);
		if (b->how == BY_CHANNEL)
			b->fds[2 * i + 1] = open_channel(b->fds[2 * i]);
	}
}

static void open_all(struct bench *b)
{
	unsigned int tenth = b->count / 10;
	double start = now(), last;

	open_some(b, 0, b->count - tenth);
	last = now();
	open_some(b, b->count - tenth, b->count);
	fprintf(stderr, "opened in %.6f s, the last %u in %.6f s\n",
		now() - start, tenth, now() - last);
}

static void close_all(struct bench *b)
{
	double start = now();

	for (unsigned int i = 0; i < b->closed; i++) {
		if (b->how == BY_NETLINK) {
			close_netlink(b, i);
			continue;
		}
		close(b->fds[2 * i]);
		if (b->how == BY_CHANNEL)
			close(b->fds[2 * i + 1]);
	}
	fprintf(stderr, "closed in %.6f s\n", now() - start);
}

static void print_count(struct bench *b, const char *what)
{
	if (!b->blind)
		printf("%s %u\n", what, genl_count_calls(&b->genl));
}

int main(int argc, char **argv)
{
	struct bench b = { .first = 1, .peers = 1, .closed = UINT32_MAX };

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse_options(argc, argv, &b);
	if (!b.blind)
		genl_open(&b.genl);
	more_files(2 * b.count);
	b.fds = calloc(2 * b.count, sizeof(*b.fds));
	b.ids = calloc(b.count, sizeof(*b.ids));
	if (!b.fds || !b.ids)
		die("no memory for %u calls", b.count);

	open_all(&b);
	print_count(&b, "open");
	if (b.hold) {
		printf("ready %u\n", b.count);
		pause();
	}
	if (b.leave)
		return 0;
	puts("closing");
	close_all(&b);
	print_count(&b, "left");
	free(b.fds);
	free(b.ids);
	if (!b.blind)
		nl_socket_free(b.genl.sock);
	return 0;
}
