// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends datagrams from one network namespace to another, and looks whether they
 * arrive as they were sent.
 *
 *   datagrams from=NETNS to=NETNS addr=ADDR [bursts=N] [size=N]... [plain=1]
 *
 * ADDR, IPv4 or IPv6, is one of "to". For each size (64, 700 and 1200 octets)
 * "bursts" (20) are sent: 48 datagrams at once, the last of them shorter, as they
 * come from an application that streams. With plain=1 each is sent by itself.
 * Every one must arrive, in order, as long as it was and with what was in it.
 * Prints
 *   N datagrams as sent, ttl N
 * with the TTL or hop limit that all of them came with.
 */
#include "helper.h"

#include <linux/udp.h>

enum {
	BURST		= 48,
	MAX_SIZE	= 1300,
	MAX_SIZES	= 8,
	WAIT_SECS	= 20,
};

struct run {
	const char *from, *to, *addr;
	unsigned int bursts, sizes[MAX_SIZES], nsizes;
	bool plain;
	int in, out;
	unsigned int number;		/* of the next datagram */
	int ttl;
};

static void parse_options(int argc, char **argv, struct run *r)
{
	const char *v;

	for (int i = 1; i < argc; i++) {
		if ((v = arg_value(argv[i], "from")))
			r->from = v;
		else if ((v = arg_value(argv[i], "to")))
			r->to = v;
		else if ((v = arg_value(argv[i], "addr")))
			r->addr = v;
		else if ((v = arg_value(argv[i], "bursts")))
			r->bursts = parse_num(v, 100000);
		else if ((v = arg_value(argv[i], "size")) &&
			 r->nsizes < MAX_SIZES)
			r->sizes[r->nsizes++] = parse_num(v, MAX_SIZE);
		else if ((v = arg_value(argv[i], "plain")))
			r->plain = parse_num(v, 1);
		else
			die("%s: unknown argument", argv[i]);
	}
	if (!r->from || !r->to || !r->addr || !r->bursts)
		die("from=, to= and addr= are needed, bursts can't be 0");
}

/* Both sockets, connected to each other's address by the first datagram. */
static void open_pair(struct run *r)
{
	struct timeval limit = { WAIT_SECS, 0 };
	struct sockaddr_in6 sa6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sa4 = { .sin_family = AF_INET };
	bool v6 = strchr(r->addr, ':');
	struct sockaddr *sa = v6 ? (struct sockaddr *)&sa6 :
				   (struct sockaddr *)&sa4;
	socklen_t len = v6 ? sizeof(sa6) : sizeof(sa4);
	int one = 1;

	if (inet_pton(sa->sa_family, r->addr, v6 ? (void *)&sa6.sin6_addr :
						   (void *)&sa4.sin_addr) != 1)
		die("%s is no address", r->addr);
	r->in = socket_in(r->to, sa->sa_family, SOCK_DGRAM);
	if (bind(r->in, sa, len) || getsockname(r->in, sa, &len))
		die("bind to %s", r->addr);
	if (setsockopt(r->in, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		       v6 ? IPV6_RECVHOPLIMIT : IP_RECVTTL, &one, sizeof(one)) ||
	    setsockopt(r->in, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("socket options");
	r->out = socket_in(r->from, sa->sa_family, SOCK_DGRAM);
	if (connect(r->out, sa, len))
		die("connect to %s", r->addr);
}

/* What is in a datagram: its number, and octets that follow from it. */
static void fill(uint8_t *data, unsigned int size, unsigned int number)
{
	for (unsigned int i = 0; i < size; i++)
		data[i] = i < 4 ? number >> (8 * i) : number * 31 + i * 7;
}

/* The last datagram of a burst is shorter, if it can be. */
static unsigned int length(unsigned int size, unsigned int i)
{
	return i == BURST - 1 && size > 8 ? size - 3 : size;
}

static void send_burst(struct run *r, unsigned int size)
{
	static uint8_t data[BURST * MAX_SIZE];
	int segment = r->plain ? 0 : size;
	unsigned int len = 0;

	if (setsockopt(r->out, IPPROTO_UDP, UDP_SEGMENT, &segment,
		       sizeof(segment)))
		die("UDP_SEGMENT");
	for (unsigned int i = 0; i < BURST; i++) {
		fill(data + len, length(size, i), r->number + i);
		len += length(size, i);
		if (r->plain || i == BURST - 1) {
			if (send(r->out, data, len, 0) != (ssize_t)len)
				die("send");
			len = 0;
		}
	}
}

static int ttl_of(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int ttl;

	if (!c)
		die("no TTL");
	memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
	return ttl;
}

static void receive(struct run *r, unsigned int len)
{
	uint8_t data[MAX_SIZE + 1], should[MAX_SIZE], control[128];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t got = recvmsg(r->in, &msg, 0);

	if (got < 0)
		die("datagram %u does not arrive", r->number);
	errno = 0;
	if (got != len)
		die("datagram %u has %zd octets, should have %u", r->number,
		    got, len);
	fill(should, len, r->number);
	if (memcmp(data, should, len))
		die("datagram %u is not as it was sent", r->number);
	if (r->ttl && r->ttl != ttl_of(&msg))
		die("datagram %u has TTL %d, others have %d", r->number,
		    ttl_of(&msg), r->ttl);
	r->ttl = ttl_of(&msg);
	r->number++;
}

int main(int argc, char **argv)
{
	struct run r = { .bursts = 20 };

	parse_options(argc, argv, &r);
	if (!r.nsizes) {
		r.nsizes = 3;
		r.sizes[0] = 64;
		r.sizes[1] = 700;
		r.sizes[2] = 1200;
	}
	open_pair(&r);
	for (unsigned int s = 0; s < r.nsizes; s++)
		for (unsigned int b = 0; b < r.bursts; b++) {
			send_burst(&r, r.sizes[s]);
			for (unsigned int i = 0; i < BURST; i++)
				receive(&r, length(r.sizes[s], i));
		}
	printf("%u datagrams as sent, ttl %d\n", r.number, r.ttl);
	return 0;
}
