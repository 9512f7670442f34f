// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor_gre.c - enhanced GRE of one call by a raw socket */
#include "doctor_gre.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../kernel/parse.h"
#include "doctor_ctrl.h"

/* What the packet socket is given: GRE from @peer, from the IP header on. */
static int filter_wire(int fd, struct in_addr peer)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_GRE, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(peer.s_addr), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog prog = {
		.len = sizeof(code) / sizeof(code[0]), .filter = code,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static int open_wire(struct in_addr peer)
{
	/* Protocol 0 gets nothing, until the filter is there. */
	const struct sockaddr_ll all = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);

	if (fd < 0)
		return -1;
	if (!filter_wire(fd, peer) &&
	    !bind(fd, (const struct sockaddr *)&all, sizeof(all)))
		return fd;
	close(fd);
	return -1;
}

/* Connected, the socket gets ICMP errors, and packets of the server only. */
static int set_up(int fd, struct in_addr local, struct in_addr peer)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr = local };
	int on = 1, discover = IP_PMTUDISC_DO;

	if (setsockopt(fd, SOL_IP, IP_RECVERR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, &discover,
		       sizeof(discover)) ||
	    bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return -errno;
	sa.sin_addr = peer;
	return connect(fd, (struct sockaddr *)&sa, sizeof(sa)) ? -errno : 0;
}

int kpptp_doctor_gre_open(struct kpptp_doctor_gre *gre, struct in_addr local,
			  struct in_addr peer, struct kpptp_gre_facts *facts)
{
	int err;

	memset(gre, 0, sizeof(*gre));
	gre->facts = facts;
	gre->wire = -1;
	gre->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			 IPPROTO_GRE);
	if (gre->fd < 0)
		return -errno;
	gre->wire = open_wire(peer);
	err = set_up(gre->fd, local, peer);
	if (err)
		kpptp_doctor_gre_close(gre);
	return err;
}

void kpptp_doctor_gre_close(struct kpptp_doctor_gre *gre)
{
	if (gre->fd >= 0)
		close(gre->fd);
	if (gre->wire >= 0)
		close(gre->wire);
	gre->fd = -1;
	gre->wire = -1;
}

/* ---------------------------------------------------------------- sending */

/* The link of this host is the narrow one, or it knows of one. */
static void too_big(struct kpptp_doctor_gre *gre)
{
	socklen_t len = sizeof(int);
	int mtu;

	if (!getsockopt(gre->fd, SOL_IP, IP_MTU, &mtu, &len))
		gre->facts->path_mtu = mtu;
}

void kpptp_doctor_gre_send(struct kpptp_doctor_gre *gre, const uint8_t *frame,
			   size_t len)
{
	uint8_t packet[KPPTP_GRE_LEN_MAX + KPPTP_LCP_FRAME];
	size_t header = kpptp_gre_build(packet, gre->peer_call_id, len, true,
					gre->tx_seq, gre->facts->rx > 0,
					gre->rx_seq);
	ssize_t n;

	memcpy(packet + header, frame, len);
	n = send(gre->fd, packet, header + len, 0);
	/* An ICMP error that has come is told here, instead of sending. */
	while (n < 0 && errno != EMSGSIZE &&
	       kpptp_doctor_icmp(gre->fd, &gre->facts->icmp,
				 &gre->facts->path_mtu))
		n = send(gre->fd, packet, header + len, 0);
	if (n >= 0) {
		gre->tx_seq++;
		gre->facts->tx++;
	} else if (errno == EMSGSIZE) {
		too_big(gre);
	} else {
		gre->facts->tx_errno = errno;
	}
}

/* -------------------------------------------------------------- receiving */

/* Finds the GRE header behind the IP header. Return: whether it is PPTP's. */
static bool parse(const uint8_t *packet, ssize_t len,
		  struct kpptp_gre_info *info, size_t *start)
{
	size_t header;

	if (len < (ssize_t)sizeof(struct iphdr))
		return false;
	header = (packet[0] & 15) * 4;
	if ((size_t)len < header)
		return false;
	if (kpptp_gre_parse(packet + header, len - header, len - header,
			    info) != KPPTP_PARSE_OK)
		return false;
	*start = header + info->hdr_len;
	return true;
}

static void count_wire(struct kpptp_doctor_gre *gre)
{
	struct kpptp_gre_info info;
	size_t start;
	ssize_t n;

	while (gre->wire >= 0 &&
	       (n = recv(gre->wire, gre->buf, sizeof(gre->buf), 0)) >= 0)
		if (parse(gre->buf, n, &info, &start) &&
		    info.call_id == gre->call_id)
			gre->facts->wire++;
}

static void note(struct kpptp_doctor_gre *gre,
		 const struct kpptp_gre_info *info)
{
	if (!gre->facts->rx || (int32_t)(info->seq - gre->rx_seq) > 0)
		gre->rx_seq = info->has_seq ? info->seq : gre->rx_seq;
	gre->facts->rx++;
	if (!info->has_ack || info->ack >= gre->tx_seq)
		return;
	if (!gre->facts->acked || info->ack > gre->facts->ack)
		gre->facts->ack = info->ack;
	gre->facts->acked = true;
}

const uint8_t *kpptp_doctor_gre_read(struct kpptp_doctor_gre *gre, size_t *len)
{
	struct kpptp_gre_info info;
	size_t start;
	ssize_t n;

	*len = 0;
	count_wire(gre);
	while (kpptp_doctor_icmp(gre->fd, &gre->facts->icmp,
				 &gre->facts->path_mtu))
		;
	n = recv(gre->fd, gre->buf, sizeof(gre->buf), 0);
	if (n < 0)
		return NULL;
	*len = n;
	if (!parse(gre->buf, n, &info, &start))
		return NULL;
	if (info.call_id != gre->call_id) {
		gre->facts->rx_other++;
		return NULL;
	}
	note(gre, &info);
	*len = info.payload_len;
	return gre->buf + start;
}
