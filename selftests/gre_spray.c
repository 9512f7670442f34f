// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends the packets of one call from several CPUs at the same time, and looks
 * at what comes out of its PPP interface.
 *
 *   gre_spray from=NETNS to=NETNS peer=ADDR local=ADDR call=N
 *             inner-peer=ADDR inner-local=ADDR cpus=N[,N...]
 *             [count=N] [window=N] [batch=N] [size=N] [flood=1] [echo=N] [flows=N]
 *
 * The call is local's (in NETNS "to"), the packets are enhanced GRE of the
 * peer (in NETNS "from"). Of "count" (20000) numbers each CPU sends every
 * second one, or third, and so on: "batch" (16) packets in one system call. Each
 * holds a datagram of "size" octets (64) from inner-peer to inner-local with
 * its number in it. No CPU goes on to a number that is "window" (256) or more
 * beyond the highest received, so nothing is ever dropped for want of room.
 *
 * With flood=1 they send as fast as they can, "batch" numbers each in turn: no CPU
 * goes on to a number that is "window" or more beyond what another is still to send,
 * whatever was received. The datagrams are of "flows" (1) flows. Each "echo"-th
 * packet is an Echo-Request of LCP instead of a datagram. The last number
 * is sent when all others have been for a while, so that who receives can tell
 * which are missing.
 *
 * Once all have come, or none for SECS, it prints
 *   sent=N received=N behind=N double=N
 * where behind are those that came after one with a higher number; with "echo" also
 *   echoes=N answers=N longest-ms=N
 * where longest is what an answer took.
 */
#include "helper.h"

#include <netinet/ip.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

enum {
	CPUS_MAX = 16,
	BATCH_MAX = 64,
	SIZE_MAX_UDP = 1300,
	GRE_LEN = 12,
	PPP_LEN = 4,
	HEADERS = GRE_LEN + PPP_LEN + sizeof(struct iphdr) +
		  sizeof(struct udphdr),
	PORT = 4747,
	SECS = 30,
	SEND_BUFFER = 256 << 20,
	ECHO_LEN = 12,		/* of LCP: its header, magic, the number */
	SETTLE_MS = 500,
};

struct options {
	const char *from, *to;
	in_addr_t peer, local, inner_peer, inner_local;
	unsigned int call, count, window, batch, size, flood, echo, flows;
	unsigned int cpus[CPUS_MAX], n_cpus;
};

static struct options o = {
	.count = 20000, .window = 256, .batch = 16, .size = 64, .flows = 1,
};

static atomic_uint reached;	/* the highest number received, plus one */

/* Of a flood: the first number that nobody has taken to send, and the first of what
 * each CPU has taken last.
 */
static atomic_uint taken, first_of[CPUS_MAX];

/* When each echo was sent, in us, until it is answered. */
static atomic_ullong *asked_at;
static atomic_uint answers, longest_us;

/* --- sending ----------------------------------------------------------------- */

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint16_t ip_checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (; len; p += 2, len -= 2)
		sum += p[0] << 8 | p[1];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* The datagram; UDP over IPv4 may go without a checksum. */
static void build_datagram(uint8_t *p, uint32_t number)
{
	size_t len = sizeof(struct udphdr) + o.size;

	memset(p, 0, sizeof(struct iphdr) + len);
	p[0] = 0x45;
	put16(p + 2, sizeof(struct iphdr) + len);
	p[8] = IPDEFTTL;
	p[9] = IPPROTO_UDP;
	memcpy(p + 12, &o.inner_peer, 4);
	memcpy(p + 16, &o.inner_local, 4);
	put16(p + 10, ip_checksum(p, sizeof(struct iphdr)));
	p += sizeof(struct iphdr);
	put16(p, PORT + number % o.flows);
	put16(p + 2, PORT);
	put16(p + 4, len);
	put32(p + sizeof(struct udphdr), number);
}

static bool is_echo(uint32_t number)
{
	return o.echo && number % o.echo == o.echo - 1;
}

static void build_echo(uint8_t *p, uint32_t number)
{
	put32(p, 9 << 24 | ECHO_LEN);
	put32(p + 4, 0);
	put32(p + 8, number);
}

/* Returns its length. */
static size_t build_packet(uint8_t *p, uint32_t number)
{
	size_t len = HEADERS - GRE_LEN - PPP_LEN + o.size;

	if (is_echo(number)) {
		len = ECHO_LEN;
		put32(p + GRE_LEN, 0xff03c021);
		build_echo(p + GRE_LEN + PPP_LEN, number);
	} else {
		put32(p + GRE_LEN, 0xff030021);
		build_datagram(p + GRE_LEN + PPP_LEN, number);
	}
	put16(p, 0x3001);	/* key and sequence number, version 1 */
	put16(p + 2, 0x880b);
	put16(p + 4, PPP_LEN + len);
	put16(p + 6, o.call);
	put32(p + 8, number);
	return GRE_LEN + PPP_LEN + len;
}

static unsigned long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

struct sender {
	pthread_t thread;
	unsigned int index;	/* also its first number */
	int fd;
	struct sockaddr_in to;
	unsigned int count;	/* in the batch */
	struct mmsghdr msgs[BATCH_MAX];
	struct iovec iovs[BATCH_MAX];
	uint8_t packets[BATCH_MAX][HEADERS + SIZE_MAX_UDP];
};

static struct sender senders[CPUS_MAX];
static pthread_t all_senders;

static void flush_batch(struct sender *s)
{
	unsigned int done;
	int n;

	for (done = 0; done < s->count; done += n) {
		n = sendmmsg(s->fd, s->msgs + done, s->count - done, 0);
		if (n <= 0)
			die("sendmmsg");
	}
	s->count = 0;
}

static void add_packet(struct sender *s, uint32_t number)
{
	unsigned int i = s->count++;

	if (is_echo(number))
		atomic_store(&asked_at[number / o.echo], now_us());
	s->iovs[i] = (struct iovec) {
		s->packets[i], build_packet(s->packets[i], number),
	};
	s->msgs[i].msg_hdr = (struct msghdr) {
		.msg_name = &s->to, .msg_namelen = sizeof(s->to),
		.msg_iov = &s->iovs[i], .msg_iovlen = 1,
	};
}

/* A call may begin with 0 or 1: were 1 to come first, 0 would come late. */
static bool must_wait(uint32_t number)
{
	unsigned int done = atomic_load(&reached);

	return number >= (done ? done + o.window : 1);
}

static void *send_share(void *arg)
{
	struct sender *s = arg;

	run_on(o.cpus[s->index]);
	for (uint32_t n = s->index; n < o.count; n += o.n_cpus) {
		if (must_wait(n))
			flush_batch(s);
		while (must_wait(n))
			usleep(100);
		add_packet(s, n);
		if (s->count == o.batch)
			flush_batch(s);
	}
	flush_batch(s);
	return NULL;
}

/* Below which number everything is sent. */
static unsigned int all_sent(void)
{
	unsigned int least = o.count, first;

	for (unsigned int i = 0; i < o.n_cpus; i++) {
		first = atomic_load(&first_of[i]);
		least = first < least ? first : least;
	}
	return least;
}

/* Part of a flood: all but the last number. */
static void *send_taken(void *arg)
{
	struct sender *s = arg;
	uint32_t first;

	run_on(o.cpus[s->index]);
	while ((first = atomic_fetch_add(&taken, o.batch)) < o.count - 1) {
		atomic_store(&first_of[s->index], first);
		while (first >= all_sent() + o.window)
			usleep(100);
		for (uint32_t n = first; n < first + o.batch && n < o.count - 1; n++)
			add_packet(s, n);
		flush_batch(s);
	}
	atomic_store(&first_of[s->index], o.count);
	return NULL;
}

static void send_last(struct sender *s)
{
	usleep(SETTLE_MS * 1000);
	add_packet(s, o.count - 1);
	flush_batch(s);
}

/* --- answers to echoes ------------------------------------------------------- */

static void note_answer(uint32_t number)
{
	unsigned int took, longest = atomic_load(&longest_us);
	unsigned long long asked;

	if (number >= o.count || !is_echo(number))
		return;
	asked = atomic_exchange(&asked_at[number / o.echo], 0);
	if (!asked)
		return;
	took = now_us() - asked;
	if (took > longest)
		atomic_store(&longest_us, took);
	atomic_fetch_add(&answers, 1);
}

/* The octets of the only packets with LCP's code 10 that come here. */
static void look_at(const uint8_t *p, size_t len)
{
	static const uint8_t answer[] = { 0xff, 0x03, 0xc0, 0x21, 10 };
	size_t at = sizeof(struct iphdr) + GRE_LEN;
	uint32_t number;

	if (len > sizeof(struct iphdr) + 2 && p[sizeof(struct iphdr) + 1] & 0x80)
		at += 4;	/* an acknowledgement rides on it */
	if (len < at + PPP_LEN + ECHO_LEN || memcmp(p + at, answer, sizeof(answer)))
		return;
	memcpy(&number, p + at + PPP_LEN + 8, sizeof(number));
	note_answer(ntohl(number));
}

static void *read_answers(void *arg)
{
	uint8_t packet[2048];
	int fd = *(int *)arg;
	ssize_t len;

	while ((len = recv(fd, packet, sizeof(packet), 0)) > 0)
		look_at(packet, len);
	return NULL;
}

/* --- receiving ------------------------------------------------------------------ */

/* Until all echoes are sent and answered, or SECS have passed. */
static void wait_for_answers(void)
{
	pthread_join(all_senders, NULL);
	for (unsigned int i = 0; o.echo && i < SECS * 100 &&
	     atomic_load(&answers) < o.count / o.echo; i++)
		usleep(10000);
}

static void receive_all(int fd)
{
	unsigned int received = 0, behind = 0, again = 0;
	bool *seen = calloc(o.count, sizeof(*seen));
	uint8_t data[SIZE_MAX_UDP];
	unsigned int expected = o.count - (o.echo ? o.count / o.echo : 0);
	uint32_t number;

	if (!seen)
		die("no memory");
	while (received < expected &&
	       recv(fd, data, sizeof(data), 0) == (ssize_t)o.size) {
		memcpy(&number, data, sizeof(number));
		number = ntohl(number);
		if (number >= o.count)
			continue;
		if (seen[number]) {
			again++;
			continue;
		}
		seen[number] = true;
		received++;
		if (number < atomic_load(&reached))
			behind++;
		else
			atomic_store(&reached, number + 1);
	}
	wait_for_answers();
	printf("sent=%u received=%u behind=%u double=%u", o.count, received,
	       behind, again);
	if (o.echo)
		printf(" echoes=%u answers=%u longest-ms=%u", o.count / o.echo,
		       atomic_load(&answers), atomic_load(&longest_us) / 1000);
	putchar('\n');
}

/* --- set-up --------------------------------------------------------------------- */

static int gre_socket_in(const char *netns)
{
	int fd;

	close(socket_in(netns, AF_INET, SOCK_DGRAM));	/* we are there now */
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_GRE);
	if (fd < 0)
		die("raw socket");
	return fd;
}

static void bind_to(int fd, in_addr_t addr, uint16_t port)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET, .sin_addr.s_addr = addr,
		.sin_port = htons(port),
	};

	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		die("bind");
}

/* Room for all that may wait in a queue of the device. */
static void grow_buffer(int fd)
{
	int size = SEND_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		die("SO_SNDBUFFORCE");
}

static int receiver(void)
{
	struct timeval limit = { SECS, 0 };
	int fd = socket_in(o.to, AF_INET, SOCK_DGRAM), size = 16 << 20;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("setsockopt");
	bind_to(fd, o.inner_local, PORT);
	return fd;
}

static void *wait_for_all(void *arg)
{
	for (unsigned int i = 0; i < o.n_cpus; i++)
		pthread_join(senders[i].thread, NULL);
	if (o.flood)
		send_last(&senders[0]);
	return arg;
}

static void start_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	errno = pthread_create(thread, NULL, run, arg);
	if (errno)
		die("pthread_create");
}

static void start_echoes(void)
{
	static pthread_t thread;
	static int fd;

	asked_at = calloc(o.count / o.echo + 1, sizeof(*asked_at));
	if (!asked_at)
		die("no memory");
	fd = gre_socket_in(o.from);
	start_thread(&thread, read_answers, &fd);
}

static void start_senders(void)
{
	if (o.echo)
		start_echoes();
	for (unsigned int i = 0; i < o.n_cpus; i++) {
		struct sender *s = &senders[i];

		s->index = i;
		s->fd = gre_socket_in(o.from);
		grow_buffer(s->fd);
		s->to = (struct sockaddr_in) {
			.sin_family = AF_INET, .sin_addr.s_addr = o.local,
		};
		bind_to(s->fd, o.peer, 0);
	}
	for (unsigned int i = 0; i < o.n_cpus; i++)
		start_thread(&senders[i].thread,
			     o.flood ? send_taken : send_share, &senders[i]);
	start_thread(&all_senders, wait_for_all, NULL);
}

static void parse_cpus(char *list)
{
	for (char *tok = strtok(list, ","); tok; tok = strtok(NULL, ",")) {
		if (o.n_cpus == CPUS_MAX)
			die("more than %d CPUs", CPUS_MAX);
		o.cpus[o.n_cpus++] = parse_num(tok, CPU_SETSIZE - 1);
	}
}

static bool parse_number(const char *arg)
{
	const struct {
		const char *key;
		unsigned int *value, max;
	} keys[] = {
		{ "call", &o.call, UINT16_MAX },
		{ "count", &o.count, 10000000 },
		{ "window", &o.window, 65536 },
		{ "batch", &o.batch, BATCH_MAX },
		{ "size", &o.size, SIZE_MAX_UDP },
		{ "flood", &o.flood, 1 },
		{ "echo", &o.echo, 10000000 },
		{ "flows", &o.flows, 10000 },
	};
	const char *v;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if ((v = arg_value(arg, keys[i].key))) {
			*keys[i].value = parse_num(v, keys[i].max);
			return true;
		}
	return false;
}

static bool parse_address(const char *arg)
{
	const struct {
		const char *key;
		in_addr_t *value;
	} keys[] = {
		{ "peer", &o.peer },
		{ "local", &o.local },
		{ "inner-peer", &o.inner_peer },
		{ "inner-local", &o.inner_local },
	};
	const char *v;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if ((v = arg_value(arg, keys[i].key))) {
			*keys[i].value = parse_addr(v);
			return true;
		}
	return false;
}

static void parse_options(int argc, char **argv)
{
	const char *v;

	for (int i = 1; i < argc; i++) {
		if ((v = arg_value(argv[i], "from")))
			o.from = v;
		else if ((v = arg_value(argv[i], "to")))
			o.to = v;
		else if (arg_value(argv[i], "cpus"))
			parse_cpus(strchr(argv[i], '=') + 1);
		else if (!parse_number(argv[i]) && !parse_address(argv[i]))
			die("%s: unknown argument", argv[i]);
	}
	if (!o.from || !o.to || !o.peer || !o.local || !o.inner_peer ||
	    !o.inner_local || !o.n_cpus)
		die("from, to, cpus and all addresses are needed");
	if (!o.batch || !o.window || !o.flows || o.size < sizeof(uint32_t))
		die("batch, window, flows or size is too small");
}

int main(int argc, char **argv)
{
	int fd;

	parse_options(argc, argv);
	fd = receiver();
	start_senders();
	receive_all(fd);
	return 0;
}
