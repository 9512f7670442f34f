// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends an ICMP error about an enhanced GRE packet, as a router does, or a forger.
 *
 *   icmp_error to=ADDR about=ADDR call=ID [seq=N] mtu=N
 *
 * The packet that is quoted was sent by "to" to "about", with this Call ID and,
 * when it is quoted that far, this number. "mtu" is what it was too large for.
 */
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stddef.h>

#include "helper.h"

enum {
	GRE_FLAGS_SEQ = 0x3001,
	GRE_PROTO_PPP = 0x880b,
	GRE_HEADER_MIN = 8,
};

struct error {
	struct icmphdr icmp;
	struct iphdr ip;
	uint16_t gre[6];	/* with the number */
};

static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *word++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void quote(struct error *e, uint16_t call, long long seq)
{
	e->ip.version = 4;
	e->ip.ihl = sizeof(e->ip) / 4;
	e->ip.tot_len = htons(1500);
	e->ip.frag_off = htons(IP_DF);
	e->ip.ttl = 63;
	e->ip.protocol = IPPROTO_GRE;
	e->ip.check = checksum(&e->ip, sizeof(e->ip));
	e->gre[0] = htons(GRE_FLAGS_SEQ);
	e->gre[1] = htons(GRE_PROTO_PPP);
	e->gre[2] = htons(1400);
	e->gre[3] = htons(call);
	if (seq < 0)
		return;
	e->gre[4] = htons(seq >> 16);
	e->gre[5] = htons(seq & 0xffff);
}

int main(int argc, char **argv)
{
	struct error e = {
		.icmp = { .type = ICMP_DEST_UNREACH, .code = ICMP_FRAG_NEEDED },
	};
	struct sockaddr_in to = { .sin_family = AF_INET };
	size_t len = offsetof(struct error, gre) + GRE_HEADER_MIN;
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	long long seq = -1;
	uint16_t call = 0;
	const char *v;

	if (fd < 0)
		die("raw socket");
	errno = 0;
	for (int i = 1; i < argc; i++) {
		if ((v = arg_value(argv[i], "to")))
			to.sin_addr.s_addr = parse_addr(v);
		else if ((v = arg_value(argv[i], "about")))
			e.ip.daddr = parse_addr(v);
		else if ((v = arg_value(argv[i], "call")))
			call = parse_num(v, UINT16_MAX);
		else if ((v = arg_value(argv[i], "seq")))
			seq = parse_num(v, UINT32_MAX);
		else if ((v = arg_value(argv[i], "mtu")))
			e.icmp.un.frag.mtu = htons(parse_num(v, UINT16_MAX));
		else
			die("%s: unknown argument", argv[i]);
	}
	e.ip.saddr = to.sin_addr.s_addr;
	quote(&e, call, seq);
	if (seq >= 0)
		len = sizeof(e);
	e.icmp.checksum = checksum(&e, len);
	if (sendto(fd, &e, len, 0, (struct sockaddr *)&to, sizeof(to)) !=
	    (ssize_t)len)
		die("sendto");
	return 0;
}
