// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traffic between two network namespaces, and what came of it.
 *
 *   netload tcp from=NETNS to=NETNS addr=ADDR[,ADDR...] [ms=N] [warm=N] [flows=N]
 *   netload udp from=NETNS to=NETNS addr=ADDR [count=N] [size=N]
 *   netload flood from=NETNS to=NETNS addr=ADDR [count=N] [size=N]
 *   netload rr  from=NETNS to=NETNS addr=ADDR [count=N] [size=N]
 *   all: [cpu=N[,N...]]
 *
 * ADDR is the address of "to". One process has both ends, so there is nobody to
 * wait for, and both read the same clock. With cpu= both ends run on that CPU
 * only. Of several addresses and CPUs flows take the next one in turn. It prints
 * the figure and its unit:
 *
 * tcp  Mbit/s of "flows" connections (1) together: as much is sent as takes about
 *      "ms" milliseconds (300), judging by the "warm" milliseconds (200) before
 * udp  datagrams a second: what arrived of "count" (20000) datagrams of "size"
 *      octets (64), over the time from the first sent to the last read
 * flood  datagrams a second: the same, but nobody reads them, so those count that
 *      came to the socket until the last was sent. They leave "from" 64 at a
 *      time, as they come from a network card when it is busy
 * rr   microseconds for a request of "size" octets (64) and an answer as long,
 *      the mean of "count" (2000) over one TCP connection
 */
#include "helper.h"

#include <linux/sock_diag.h>
#include <linux/udp.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#define BLOCK		(128 * 1024)
#define BATCH		64
#define MAX_FLOWS	64
#define MAX_LIST	16
#define MAX_SIZE	1400
#define CONNECT_SECS	60
#define RCVBUF		(256 << 20)

struct load {
	const char *from, *to;
	in_addr_t addr;
	in_addr_t addrs[MAX_LIST];
	unsigned int cpus[MAX_LIST], n_addrs, n_cpus;
	unsigned int ms, warm, flows, count, size;
};

/* Datagrams. */
static atomic_ullong received;
/* When the last datagram was read, in nanoseconds. */
static atomic_ullong last_read;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000l };

	nanosleep(&ts, NULL);
}

static char *next_word(char **list, unsigned int count)
{
	if (*list && count == MAX_LIST)
		die("a list of more than %d", MAX_LIST);
	return strsep(list, ",");
}

static void parse_list(char *arg, struct load *l)
{
	char *list = strchr(arg, '=') + 1, *word;

	if (arg_value(arg, "addr"))
		while ((word = next_word(&list, l->n_addrs)))
			l->addrs[l->n_addrs++] = parse_addr(word);
	else
		while ((word = next_word(&list, l->n_cpus)))
			l->cpus[l->n_cpus++] = parse_num(word, CPU_SETSIZE - 1);
}

static void parse_options(int argc, char **argv, struct load *l)
{
	const char *v;

	for (int i = 2; i < argc; i++) {
		if ((v = arg_value(argv[i], "from")))
			l->from = v;
		else if ((v = arg_value(argv[i], "to")))
			l->to = v;
		else if (arg_value(argv[i], "addr") || arg_value(argv[i], "cpu"))
			parse_list(argv[i], l);
		else if ((v = arg_value(argv[i], "ms")))
			l->ms = parse_num(v, 3600000);
		else if ((v = arg_value(argv[i], "warm")))
			l->warm = parse_num(v, 3600000);
		else if ((v = arg_value(argv[i], "flows")))
			l->flows = parse_num(v, MAX_FLOWS);
		else if ((v = arg_value(argv[i], "count")))
			l->count = parse_num(v, 100000000);
		else if ((v = arg_value(argv[i], "size")))
			l->size = parse_num(v, MAX_SIZE);
		else
			die("%s: unknown argument", argv[i]);
	}
	if (!l->from || !l->to || !l->n_addrs)
		die("from=, to= and addr= are needed");
	if (!l->ms || !l->flows || !l->count || !l->size)
		die("ms, flows, count and size can't be 0");
	l->addr = l->addrs[0];
}

/* Binds to the address with a port of the kernel's choice; fills @sa. */
static int bound_socket(const struct load *l, in_addr_t addr, int type,
			struct sockaddr_in *sa)
{
	socklen_t len = sizeof(*sa);
	int fd = socket_in(l->to, AF_INET, type);

	memset(sa, 0, sizeof(*sa));
	sa->sin_family = AF_INET;
	sa->sin_addr.s_addr = addr;
	if (bind(fd, (struct sockaddr *)sa, len) ||
	    getsockname(fd, (struct sockaddr *)sa, &len))
		die("bind");
	return fd;
}

static void start(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, run, arg);
	if (errno)
		die("pthread_create");
}

/* Makes a connection: @out is at "from", @in at "to", which has @addr. */
static void connect_pair(const struct load *l, in_addr_t addr, int *out,
			 int *in)
{
	struct timeval limit = { CONNECT_SECS, 0 };
	struct sockaddr_in sa;
	int one = 1, listener = bound_socket(l, addr, SOCK_STREAM, &sa);

	if (listen(listener, 1))
		die("listen");
	*out = socket_in(l->from, AF_INET, SOCK_STREAM);
	/* This bounds connect(), too. */
	setsockopt(*out, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(*out, (struct sockaddr *)&sa, sizeof(sa)))
		die("connect");
	setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	*in = accept(listener, NULL, NULL);
	if (*in < 0)
		die("accept");
	setsockopt(*out, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(*in, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	close(listener);
}

/* --- tcp ----------------------------------------------------------------- */

struct flow {
	int out, in;
	uint64_t warm_until, warm_bytes;	/* the warm-up, until when */
	uint64_t bytes;				/* what is measured */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* Under the lock; each change of them is told. */
static uint64_t bytes_read;
static unsigned int warmed_up;
static bool go;

static size_t write_some(struct flow *flow, size_t len)
{
	static const char block[BLOCK];
	ssize_t n = write(flow->out, block, len < BLOCK ? len : BLOCK);

	if (n <= 0)
		die("write");
	return n;
}

static void *write_all(void *arg)
{
	struct flow *flow = arg;
	uint64_t left;

	while (now_ns() < flow->warm_until)
		flow->warm_bytes += write_some(flow, BLOCK);
	pthread_mutex_lock(&lock);
	warmed_up++;
	pthread_cond_broadcast(&changed);
	while (!go)
		pthread_cond_wait(&changed, &lock);
	left = flow->bytes;
	pthread_mutex_unlock(&lock);
	while (left)
		left -= write_some(flow, left);
	return NULL;
}

static uint64_t wake_at;	/* when that many were read */

static void *read_all(void *arg)
{
	struct flow *flow = arg;
	char *block = malloc(BLOCK);
	ssize_t n;

	if (!block)
		die("no memory");
	while ((n = read(flow->in, block, BLOCK)) > 0) {
		pthread_mutex_lock(&lock);
		bytes_read += n;
		if (bytes_read >= wake_at)
			pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	free(block);
	return NULL;
}

/* With the lock held, until so many octets were read, all in all. */
static void wait_for_bytes(uint64_t bytes)
{
	wake_at = bytes;
	while (bytes_read < bytes)
		pthread_cond_wait(&changed, &lock);
	wake_at = UINT64_MAX;
}

/*
 * The warm-up ends with everything read, and so does what is measured: nothing
 * left in a buffer makes the one look better at the cost of the other.
 */
static void run_tcp(const struct load *l)
{
	static struct flow flows[MAX_FLOWS];
	uint64_t start_ns, warm = 0, each;

	for (unsigned int i = 0; i < l->flows; i++)
		connect_pair(l, l->addrs[i % l->n_addrs], &flows[i].out,
			     &flows[i].in);
	start_ns = now_ns();
	wake_at = UINT64_MAX;
	for (unsigned int i = 0; i < l->flows; i++) {
		flows[i].warm_until = start_ns + l->warm * 1000000ull;
		/* threads run where the one runs that starts them */
		if (l->n_cpus)
			run_on(l->cpus[i % l->n_cpus]);
		start(read_all, &flows[i]);
		start(write_all, &flows[i]);
	}
	pthread_mutex_lock(&lock);
	while (warmed_up < l->flows)
		pthread_cond_wait(&changed, &lock);
	for (unsigned int i = 0; i < l->flows; i++)
		warm += flows[i].warm_bytes;
	wait_for_bytes(warm);
	/* As much as takes about the time that was asked for. */
	each = warm * (l->ms * 1e6 / (now_ns() - start_ns)) / l->flows + 1;
	for (unsigned int i = 0; i < l->flows; i++)
		flows[i].bytes = each;
	start_ns = now_ns();
	go = true;
	pthread_cond_broadcast(&changed);
	wait_for_bytes(warm + each * l->flows);
	printf("%.3f Mbit/s\n", each * l->flows * 8e3 / (now_ns() - start_ns));
}

/* --- udp ----------------------------------------------------------------- */

struct batch {
	struct mmsghdr msgs[BATCH];
	struct iovec iov;
	char data[MAX_SIZE];
};

static void batch_init(struct batch *b, unsigned int size)
{
	memset(b, 0, sizeof(*b));
	b->iov = (struct iovec) { b->data, size };
	for (int i = 0; i < BATCH; i++) {
		b->msgs[i].msg_hdr.msg_iov = &b->iov;
		b->msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

static void *count_datagrams(void *arg)
{
	static struct batch b;
	int fd = *(int *)arg, n;

	batch_init(&b, MAX_SIZE);
	while ((n = recvmmsg(fd, b.msgs, BATCH, MSG_WAITFORONE, NULL)) > 0) {
		atomic_store(&last_read, now_ns());
		atomic_fetch_add(&received, n);
	}
	return NULL;
}

static void send_datagrams(const struct load *l, int fd)
{
	static struct batch b;
	unsigned int left = l->count;
	int n;

	batch_init(&b, l->size);
	while (left) {
		n = sendmmsg(fd, b.msgs, left < BATCH ? left : BATCH, 0);
		if (n < 0 && errno != ENOBUFS)
			die("sendmmsg");
		/* What a full queue refuses is lost like any other. */
		left -= n < 0 ? 1 : n;
	}
}

/* Until all have come, or none for as long as a slow path may hold one. */
static void wait_for_datagrams(const struct load *l)
{
	unsigned long long seen;

	do {
		seen = atomic_load(&received);
		for (int i = 0; i < 50; i++) {
			if (atomic_load(&received) >= l->count)
				return;
			sleep_ms(10);
		}
	} while (atomic_load(&received) != seen);
}

static void run_udp(const struct load *l)
{
	int size = RCVBUF, in, out;
	struct sockaddr_in sa;
	uint64_t start_ns;

	in = bound_socket(l, l->addr, SOCK_DGRAM, &sa);
	if (setsockopt(in, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		die("SO_RCVBUFFORCE");
	out = socket_in(l->from, AF_INET, SOCK_DGRAM);
	if (connect(out, (struct sockaddr *)&sa, sizeof(sa)))
		die("connect");
	start(count_datagrams, &in);
	start_ns = now_ns();
	send_datagrams(l, out);
	wait_for_datagrams(l);
	errno = 0;
	if (!atomic_load(&received))
		die("no datagram arrived");
	printf("%.0f pps sent=%u received=%llu\n", atomic_load(&received) *
	       1e9 / (atomic_load(&last_read) - start_ns), l->count,
	       (unsigned long long)atomic_load(&received));
}

/* --- flood --------------------------------------------------------------- */

/* How many datagrams came: those dropped, and the few that are queued. */
static unsigned long long arrived(int fd)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t len = sizeof(info);
	unsigned long long n;
	char data[MAX_SIZE];

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len))
		die("SO_MEMINFO");
	n = info[SK_MEMINFO_DROPS];
	while (recv(fd, data, sizeof(data), MSG_DONTWAIT) >= 0)
		n++;
	return n;
}

static void run_flood(const struct load *l)
{
	static const char block[BATCH * MAX_SIZE];
	int size = l->size, least = 1, in, out;
	struct sockaddr_in sa;
	uint64_t start_ns, took;
	unsigned long long n;

	in = bound_socket(l, l->addr, SOCK_DGRAM, &sa);
	if (setsockopt(in, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)))
		die("SO_RCVBUF");
	out = socket_in(l->from, AF_INET, SOCK_DGRAM);
	if (setsockopt(out, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)))
		die("UDP_SEGMENT");
	if (connect(out, (struct sockaddr *)&sa, sizeof(sa)))
		die("connect");
	start_ns = now_ns();
	for (unsigned int i = 0; i < l->count; i += BATCH)
		if (send(out, block, BATCH * l->size, 0) < 0 && errno != ENOBUFS)
			die("send");
	took = now_ns() - start_ns;
	n = arrived(in);
	printf("%.0f pps\n", n * 1e9 / took);
}

/* --- rr ------------------------------------------------------------------ */

static unsigned int rr_size;

static bool read_full(int fd, char *data)
{
	return recv(fd, data, rr_size, MSG_WAITALL) == (ssize_t)rr_size;
}

static void *answer(void *arg)
{
	int fd = *(int *)arg;
	char data[MAX_SIZE];

	while (read_full(fd, data))
		if (write(fd, data, rr_size) != (ssize_t)rr_size)
			die("answer");
	return NULL;
}

static void run_rr(const struct load *l)
{
	char data[MAX_SIZE] = { 0 };
	uint64_t start_ns = 0;
	int out, in;

	rr_size = l->size;
	connect_pair(l, l->addr, &out, &in);
	start(answer, &in);
	/* The first tenth warms up. */
	for (unsigned int i = 0; i < l->count + l->count / 10; i++) {
		if (i == l->count / 10)
			start_ns = now_ns();
		if (write(out, data, rr_size) != (ssize_t)rr_size ||
		    !read_full(out, data))
			die("request %u", i);
	}
	printf("%.2f us\n", (now_ns() - start_ns) / 1e3 / l->count);
}

/*
 * With one CPU it depends on chance how often a receiver that was woken takes
 * it from the sender, and figures would depend on it by a tenth. Batch tasks
 * wait for their turn.
 */
static void be_batch(void)
{
	struct sched_param none = { 0 };

	if (sched_setscheduler(0, SCHED_BATCH, &none))
		die("SCHED_BATCH");
}

int main(int argc, char **argv)
{
	struct load l = { .ms = 300, .warm = 200, .flows = 1, .count = 0,
			  .size = 64 };
	const char *what = argc > 1 ? argv[1] : "";

	signal(SIGPIPE, SIG_IGN);
	l.count = strcmp(what, "rr") ? 20000 : 2000;
	parse_options(argc, argv, &l);
	be_batch();
	if (l.n_cpus)
		run_on(l.cpus[0]);
	if (!strcmp(what, "tcp"))
		run_tcp(&l);
	else if (!strcmp(what, "udp"))
		run_udp(&l);
	else if (!strcmp(what, "flood"))
		run_flood(&l);
	else if (!strcmp(what, "rr"))
		run_rr(&l);
	else
		die("usage: netload tcp|udp|flood|rr from=NETNS to=NETNS addr=ADDR");
	/* The threads end with the process. */
	fflush(stdout);
	_exit(0);
}
