// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traffic that goes on whatever happens to the link, until it is told to end.
 *
 *   stream tcp from=NETNS to=NETNS addr=ADDR [pause=MS]
 *   stream segments from=NETNS addr=ADDR source=ADDR [pause=MS]
 *
 * It comes in bursts, with a pause (50 ms) after each that leaves something of
 * the machine to others.
 *
 * tcp  One connection to ADDR, an address of "to", with data in both directions:
 *      each octet is known from its place, and compared. Prints "out N back N",
 *      the octets that came, whenever they have grown. At SIGTERM both ends stop
 *      to write; when all has come, "intact out N back N" and the end. Every
 *      other block is all alike, so that half of it can be compressed.
 * segments  TCP segments in order, of a connection that nobody has, which are
 *      sent without waiting for any answer.
 */
#include "helper.h"

#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#define BLOCK	8192u		/* octets alike, or not */
#define BURST	8		/* blocks */
#define BATCH	16		/* segments at a time */
#define SEGMENT	1200		/* octets of data */

struct options {
	const char *from, *to;
	in_addr_t addr, source;
	unsigned int pause;
};

static atomic_bool stopping;

static void stop(int sig)
{
	(void)sig;
	atomic_store(&stopping, true);
}

static void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000l };

	nanosleep(&ts, NULL);
}

static void parse_options(int argc, char **argv, struct options *o)
{
	const char *v;

	for (int i = 2; i < argc; i++) {
		if ((v = arg_value(argv[i], "from")))
			o->from = v;
		else if ((v = arg_value(argv[i], "to")))
			o->to = v;
		else if ((v = arg_value(argv[i], "addr")))
			o->addr = parse_addr(v);
		else if ((v = arg_value(argv[i], "source")))
			o->source = parse_addr(v);
		else if ((v = arg_value(argv[i], "pause")))
			o->pause = parse_num(v, 60000);
		else
			die("%s: unknown argument", argv[i]);
	}
	if (!o->from || !o->addr)
		die("from= and addr= are needed");
}

/* --- tcp ----------------------------------------------------------------- */

/* One direction: from the socket "in" to "out". */
struct direction {
	const char *name;
	int in, out;
	uint64_t salt;
	unsigned int pause;
	atomic_ullong octets;	/* that came */
};

/* Eight octets that no other place has. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* What stands in the block that begins at @at. */
static void fill(uint8_t *block, uint64_t at, uint64_t salt)
{
	bool alike = at / BLOCK % 2;
	uint64_t word;

	for (unsigned int i = 0; i < BLOCK; i += sizeof(word)) {
		word = mix((alike ? at : at + i) ^ salt);
		memcpy(block + i, &word, sizeof(word));
	}
}

static void *write_blocks(void *arg)
{
	struct direction *d = arg;
	uint8_t block[BLOCK];

	for (uint64_t at = 0; !atomic_load(&stopping); at += BLOCK) {
		fill(block, at, d->salt);
		if (write(d->in, block, BLOCK) != BLOCK)
			die("%s: write", d->name);
		if (at / BLOCK % BURST == BURST - 1)
			sleep_ms(d->pause);
	}
	if (shutdown(d->in, SHUT_WR))
		die("%s: shutdown", d->name);
	return NULL;
}

/* Reads as much as there is, and looks at it block by block. */
static void *read_blocks(void *arg)
{
	struct direction *d = arg;
	uint8_t block[BLOCK], should[BLOCK];
	uint64_t at = 0;
	ssize_t n;

	while ((n = recv(d->out, block, BLOCK, MSG_WAITALL)) > 0) {
		fill(should, at, d->salt);
		errno = 0;
		if (memcmp(block, should, n))
			die("%s: not what was sent, from %llu on", d->name,
			    (unsigned long long)at);
		at += n;
		atomic_store(&d->octets, at);
	}
	if (n < 0)
		die("%s: read", d->name);
	return NULL;
}

static int listen_in(const struct options *o, struct sockaddr_in *sa)
{
	int fd = socket_in(o->to, AF_INET, SOCK_STREAM);
	socklen_t len = sizeof(*sa);

	memset(sa, 0, sizeof(*sa));
	sa->sin_family = AF_INET;
	sa->sin_addr.s_addr = o->addr;
	if (bind(fd, (struct sockaddr *)sa, len) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)sa, &len))
		die("listen");
	return fd;
}

/* What is sent and not read yet has to be read at the end. */
static void join_ends(const struct options *o, int *near, int *far)
{
	int size = 16 * BLOCK;
	struct sockaddr_in sa;
	int listener = listen_in(o, &sa);

	*near = socket_in(o->from, AF_INET, SOCK_STREAM);
	if (setsockopt(*near, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) ||
	    setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)))
		die("SO_SNDBUF");
	if (connect(*near, (struct sockaddr *)&sa, sizeof(sa)))
		die("connect");
	*far = accept(listener, NULL, NULL);
	if (*far < 0)
		die("accept");
	close(listener);
}

static pthread_t start(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, run, arg);
	if (errno)
		die("pthread_create");
	return thread;
}

static void *report(void *arg)
{
	struct direction *d = arg;
	unsigned long long last = 0, out, back;

	for (;; sleep_ms(100)) {
		out = atomic_load(&d[0].octets);
		back = atomic_load(&d[1].octets);
		if (out + back != last)
			printf("out %llu back %llu\n", out, back);
		last = out + back;
	}
	return NULL;
}

/* The main thread only is to be interrupted. */
static void mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(how, &set, NULL);
}

static void run_tcp(const struct options *o)
{
	static struct direction d[2] = {
		{ .name = "out", .salt = 1ull << 62 },
		{ .name = "back", .salt = 1ull << 63 },
	};
	pthread_t threads[4];
	int near, far;

	if (!o->to)
		die("to= is needed");
	join_ends(o, &near, &far);
	d[0].in = d[1].out = near;
	d[1].in = d[0].out = far;
	d[0].pause = d[1].pause = o->pause;
	mask(SIG_BLOCK);
	for (int i = 0; i < 2; i++) {
		threads[i] = start(read_blocks, &d[i]);
		threads[i + 2] = start(write_blocks, &d[i]);
	}
	start(report, d);
	mask(SIG_UNBLOCK);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	printf("intact out %llu back %llu\n",
	       (unsigned long long)atomic_load(&d[0].octets),
	       (unsigned long long)atomic_load(&d[1].octets));
	fflush(stdout);
	_exit(0);
}

/* --- segments ------------------------------------------------------------ */

struct segment {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t data[SEGMENT];
} __attribute__((packed));

static uint32_t sum(uint32_t total, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i + 1 < len; i += 2)
		total += p[i] << 8 | p[i + 1];
	return total;
}

static uint16_t fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return htons(~total);
}

static void build_segment(struct segment *s, const struct options *o,
			  uint32_t seq)
{
	const uint16_t len = sizeof(s->tcp) + SEGMENT;

	memset(s, 0, sizeof(*s));
	s->ip = (struct iphdr){
		.version = 4, .ihl = 5, .tot_len = htons(sizeof(*s)),
		.frag_off = htons(IP_DF), .ttl = 64, .protocol = IPPROTO_TCP,
		.saddr = o->source, .daddr = o->addr,
	};
	s->ip.check = fold(sum(0, &s->ip, sizeof(s->ip)));
	s->tcp.source = htons(9);	/* discard */
	s->tcp.dest = htons(9);
	s->tcp.seq = htonl(seq);
	s->tcp.ack_seq = htonl(1);
	s->tcp.doff = sizeof(s->tcp) / 4;
	s->tcp.ack = 1;
	s->tcp.window = htons(1000);
	s->tcp.check = fold(sum(sum(IPPROTO_TCP + len, &s->ip.saddr, 8),
				&s->tcp, len));
}

/* What the interface refuses while it is down, or its queue, is lost. */
static void run_segments(const struct options *o)
{
	int there = socket_in(o->from, AF_INET, SOCK_DGRAM), fd;
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr.s_addr = o->addr,
	};
	struct segment s;
	uint32_t seq = 1;

	if (!o->source)
		die("source= is needed");
	/* This thread is in that namespace now. */
	close(there);
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
		die("raw socket");
	for (; !atomic_load(&stopping); sleep_ms(o->pause))
		for (int i = 0; i < BATCH; i++, seq += SEGMENT) {
			build_segment(&s, o, seq);
			sendto(fd, &s, sizeof(s), 0, (struct sockaddr *)&to,
			       sizeof(to));
		}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct options o = { .pause = 50 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGTERM, stop);
	signal(SIGPIPE, SIG_IGN);
	parse_options(argc, argv, &o);
	if (!strcmp(what, "tcp"))
		run_tcp(&o);
	else if (!strcmp(what, "segments"))
		run_segments(&o);
	else
		die("usage: stream tcp|segments from=NETNS addr=ADDR ...");
	return 0;
}
