// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends and shows enhanced GRE (RFC 2637 section 4.1) on a raw socket.
 *
 *   gre_inject send from=ADDR to=ADDR [tos=N] [df=1] PACKET...
 *   gre_inject sniff [from=ADDR] [to=ADDR]
 *
 * A PACKET is a list of fields, separated by commas:
 *   call=N seq=N ack=N   Call ID; sequence and acknowledgement, S and A bit set
 *   data=N               the payload ff03 002b and N as 32 bits
 *   payload=HEX          another payload
 *   fill=N               N octets of 0 more in it; a large packet leaves in fragments
 *   len=N                payload length field, if not what payload has
 *   pad=N                octets after the payload
 *   flags=N proto=N      first and second 16 bits, if not what they should be
 *   cut=N                send only the first N octets
 *   rand=N               N random octets and nothing else (fixed seed)
 *   wait=MS              no packet, a pause
 * Packets without a pause in between leave in one system call on one CPU, so
 * that they arrive in the order given.
 *
 * sniff prints "ready", then for each packet
 *   from ADDR to ADDR tos N ttl N df 0|1 flags N len N call N [seq N] [ack N] payload HEX
 * and "malformed" with the octets when the header is not enhanced GRE.
 */
#include <netinet/ip.h>
#include <sched.h>
#include <time.h>

#include "helper.h"

enum {
	GRE_PACKET_MAX = 65535,
	SEND_BUFFER = 64 << 20,
	BATCH_MAX = 1024,
	GRE_FLAGS_KEY = 0x2001,		/* K bit and version 1 */
	GRE_FLAG_SEQ = 0x1000,
	GRE_FLAG_ACK = 0x0080,
	GRE_PROTO_PPP = 0x880b,
	GRE_HEADER_MIN = 8,
};

struct packet {
	uint8_t octets[GRE_PACKET_MAX];
	size_t len;
};

struct batch {
	int fd;
	struct sockaddr_in to;
	unsigned int count;
	struct packet packets[BATCH_MAX];
};

static void put16(struct packet *p, uint16_t v)
{
	p->octets[p->len++] = v >> 8;
	p->octets[p->len++] = v;
}

static void put32(struct packet *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p, v);
}

static void put_data_payload(struct packet *p, uint32_t number)
{
	put32(p, 0xff03002b);
	put32(p, number);
}

static void put_random(struct packet *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p->octets[p->len++] = random();
}

/* Sends what was collected, in order. */
static void batch_flush(struct batch *b)
{
	static struct mmsghdr msgs[BATCH_MAX];
	static struct iovec iovs[BATCH_MAX];
	unsigned int done = 0;
	int n;

	for (unsigned int i = 0; i < b->count; i++) {
		iovs[i].iov_base = b->packets[i].octets;
		iovs[i].iov_len = b->packets[i].len;
		msgs[i].msg_hdr = (struct msghdr){
			.msg_name = &b->to, .msg_namelen = sizeof(b->to),
			.msg_iov = &iovs[i], .msg_iovlen = 1,
		};
	}
	for (; done < b->count; done += n) {
		n = sendmmsg(b->fd, msgs + done, b->count - done, 0);
		if (n <= 0)
			die("sendmmsg");
	}
	b->count = 0;
}

static void pause_ms(struct batch *b, unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	batch_flush(b);
	nanosleep(&ts, NULL);
}

/* The fields of one PACKET argument as given; < 0 is "not given". */
struct fields {
	long long call, seq, ack, data, fill, len, pad, flags, proto, cut, rand,
		  wait;
	const char *payload;
};

static void parse_fields(char *spec, struct fields *f)
{
	static const struct fields none = {
		.call = 0, .seq = -1, .ack = -1, .data = -1, .len = -1,
		.flags = -1, .proto = GRE_PROTO_PPP, .cut = -1, .rand = -1,
		.wait = -1,
	};
	const struct {
		const char *key;
		long long *value, max;
	} keys[] = {
		{ "call", &f->call, UINT16_MAX },
		{ "seq", &f->seq, UINT32_MAX },
		{ "ack", &f->ack, UINT32_MAX },
		{ "data", &f->data, UINT32_MAX },
		{ "fill", &f->fill, GRE_PACKET_MAX / 2 },
		{ "len", &f->len, UINT16_MAX },
		{ "pad", &f->pad, GRE_PACKET_MAX / 8 },
		{ "flags", &f->flags, UINT16_MAX },
		{ "proto", &f->proto, UINT16_MAX },
		{ "cut", &f->cut, GRE_PACKET_MAX },
		{ "rand", &f->rand, GRE_PACKET_MAX / 2 },
		{ "wait", &f->wait, 60000 },
	};
	const char *v;
	size_t i;

	*f = none;
	for (char *tok = strtok(spec, ","); tok; tok = strtok(NULL, ",")) {
		if ((v = arg_value(tok, "payload"))) {
			f->payload = v;
			continue;
		}
		for (i = 0; i < ARRAY_SIZE(keys); i++)
			if ((v = arg_value(tok, keys[i].key)))
				break;
		if (!v)
			die("%s: unknown field", tok);
		*keys[i].value = parse_num(v, keys[i].max);
	}
}

static void build_packet(struct packet *p, const struct fields *f)
{
	uint16_t flags = GRE_FLAGS_KEY;
	struct packet payload = { .len = 0 };

	p->len = 0;
	if (f->rand >= 0) {
		put_random(p, f->rand);
		return;
	}
	if (f->data >= 0)
		put_data_payload(&payload, f->data);
	else if (f->payload)
		payload.len = parse_hex(f->payload, payload.octets,
					GRE_PACKET_MAX / 4);
	flags |= f->seq >= 0 ? GRE_FLAG_SEQ : 0;
	flags |= f->ack >= 0 ? GRE_FLAG_ACK : 0;
	memset(payload.octets + payload.len, 0, f->fill);
	payload.len += f->fill;
	put16(p, f->flags >= 0 ? f->flags : flags);
	put16(p, f->proto);
	put16(p, f->len >= 0 ? (size_t)f->len : payload.len);
	put16(p, f->call);
	if (f->seq >= 0)
		put32(p, f->seq);
	if (f->ack >= 0)
		put32(p, f->ack);
	memcpy(p->octets + p->len, payload.octets, payload.len);
	p->len += payload.len;
	put_random(p, f->pad);
	if (f->cut >= 0 && (size_t)f->cut < p->len)
		p->len = f->cut;
}

static void add_packet(struct batch *b, char *spec)
{
	struct fields f;

	parse_fields(spec, &f);
	if (f.wait >= 0) {
		pause_ms(b, f.wait);
		return;
	}
	if (b->count == BATCH_MAX)
		batch_flush(b);
	build_packet(&b->packets[b->count++], &f);
}

static int gre_socket(void)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_GRE);

	if (fd < 0)
		die("raw socket");
	return fd;
}

static void set_option(int fd, int name, int value)
{
	if (setsockopt(fd, IPPROTO_IP, name, &value, sizeof(value)))
		die("setsockopt %d", name);
}

/* Room for all that may wait in a queue of the device. */
static void grow_buffer(int fd)
{
	int size = SEND_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		die("SO_SNDBUFFORCE");
}

static void pin_to_cpu0(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* from= may be an address that isn't ours: that is how a forger does it. */
static void bind_from(int fd, const char *addr)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_addr.s_addr = parse_addr(addr),
	};

	set_option(fd, IP_TRANSPARENT, 1);
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		die("bind %s", addr);
}

static int send_main(int argc, char **argv)
{
	static struct batch b;
	const char *v;

	b.fd = gre_socket();
	grow_buffer(b.fd);
	b.to.sin_family = AF_INET;
	pin_to_cpu0();
	for (int i = 0; i < argc; i++) {
		if ((v = arg_value(argv[i], "from")))
			bind_from(b.fd, v);
		else if ((v = arg_value(argv[i], "to")))
			b.to.sin_addr.s_addr = parse_addr(v);
		else if ((v = arg_value(argv[i], "tos")))
			set_option(b.fd, IP_TOS, parse_num(v, UINT8_MAX));
		else if ((v = arg_value(argv[i], "df")))
			set_option(b.fd, IP_MTU_DISCOVER,
				   parse_num(v, 1) ? IP_PMTUDISC_PROBE :
						     IP_PMTUDISC_DONT);
		else
			add_packet(&b, argv[i]);
	}
	batch_flush(&b);
	return 0;
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void print_gre(const uint8_t *p, size_t len)
{
	uint16_t flags = len < GRE_HEADER_MIN ? 0 : get16(p);
	size_t need = GRE_HEADER_MIN + (flags & GRE_FLAG_SEQ ? 4 : 0) +
		      (flags & GRE_FLAG_ACK ? 4 : 0), off = GRE_HEADER_MIN;

	if (len < need || get16(p + 2) != GRE_PROTO_PPP ||
	    (flags & ~(GRE_FLAG_SEQ | GRE_FLAG_ACK)) != GRE_FLAGS_KEY ||
	    len - need != get16(p + 4)) {
		printf(" malformed ");
		print_hex(p, len);
		return;
	}
	printf(" flags %04x len %u call %u", flags, get16(p + 4), get16(p + 6));
	if (flags & GRE_FLAG_SEQ) {
		printf(" seq %u", get32(p + off));
		off += 4;
	}
	if (flags & GRE_FLAG_ACK) {
		printf(" ack %u", get32(p + off));
		off += 4;
	}
	printf(" payload ");
	print_hex(p + off, len - off);
}

static void print_packet(const uint8_t *octets, size_t len)
{
	const struct iphdr *ip = (const void *)octets;
	size_t ihl = ip->ihl * 4;
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &ip->saddr, from, sizeof(from));
	inet_ntop(AF_INET, &ip->daddr, to, sizeof(to));
	printf("from %s to %s tos %u ttl %u df %d", from, to, ip->tos, ip->ttl,
	       !!(ntohs(ip->frag_off) & IP_DF));
	print_gre(octets + ihl, len - ihl);
	putchar('\n');
}

static int sniff_main(int argc, char **argv)
{
	_Alignas(struct iphdr) uint8_t octets[65536];
	in_addr_t from = INADDR_ANY, to = INADDR_ANY;
	const struct iphdr *ip = (const void *)octets;
	int fd = gre_socket();
	const char *v;
	ssize_t len;

	for (int i = 0; i < argc; i++) {
		if ((v = arg_value(argv[i], "from")))
			from = parse_addr(v);
		else if ((v = arg_value(argv[i], "to")))
			to = parse_addr(v);
		else
			die("%s: unknown argument", argv[i]);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while ((len = recv(fd, octets, sizeof(octets), 0)) > 0)
		if ((from == INADDR_ANY || ip->saddr == from) &&
		    (to == INADDR_ANY || ip->daddr == to))
			print_packet(octets, len);
	die("recv");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "send"))
		return send_main(argc - 2, argv + 2);
	if (argc > 1 && !strcmp(argv[1], "sniff"))
		return sniff_main(argc - 2, argv + 2);
	errno = 0;
	die("usage: gre_inject send|sniff ...");
}
