/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The enhanced GRE header (RFC 2637 4.1), IP protocol 47, GRE version 1:
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-----+-+-------+-----+-------------------------------+
 *   |C|R|K|S|s|Recur|A| Flags | Ver |         Protocol Type         |
 *   |0 0 1 ?|0|0 0 0|?|0 0 0 0|0 0 1|            0x880B             |
 *   +-+-+-+-+-+-----+-+-------+-----+-------------------------------+
 *   |     Key: Payload Length       |    Key: receiver's Call ID    |
 *   +-------------------------------+-------------------------------+
 *   |                Sequence Number, only if S                     |
 *   +---------------------------------------------------------------+
 *   |             Acknowledgment Number, only if A                  |
 *   +---------------------------------------------------------------+
 *
 * S goes with a payload, which is a PPP frame without flag octets or frame
 * check sequence. Without S the acknowledgment number is at octet 8. Payload
 * Length counts what follows the header, so that is 8, 12 or 16 octets long.
 */
#ifndef KPPTP_WIRE_H
#define KPPTP_WIRE_H

#include "pure.h"

enum {
	KPPTP_GRE_LEN_MIN	= 8,
	KPPTP_GRE_LEN_MAX	= 16,
	KPPTP_GRE_PROTOCOL	= 0x880B,
};

/* The first 32 bits: only S and A may differ. */
#define KPPTP_GRE_S		0x10000000U
#define KPPTP_GRE_A		0x00800000U
#define KPPTP_GRE_BASE		0x2001880BU
#define KPPTP_GRE_MASK		(~(KPPTP_GRE_S | KPPTP_GRE_A))

/**
 * struct kpptp_gre_hdr - the longest header, S and A set
 * @flags: C, R, K, S, s, Recur
 * @version: A, Flags, Ver
 * @protocol: KPPTP_GRE_PROTOCOL
 * @payload_len: octets after the header
 * @call_id: the receiver's Call ID
 * @seq: if S
 * @ack: if A; where @seq is when S is not set
 */
struct kpptp_gre_hdr {
	u8	flags;
	u8	version;
	__be16	protocol;
	__be16	payload_len;
	__be16	call_id;
	__be32	seq;
	__be32	ack;
};

static_assert(sizeof(struct kpptp_gre_hdr) == KPPTP_GRE_LEN_MAX,
	      "RFC 2637 4.1");
static_assert(offsetof(struct kpptp_gre_hdr, seq) == KPPTP_GRE_LEN_MIN,
	      "RFC 2637 4.1");
static_assert(KPPTP_GRE_MASK == 0xEF7FFFFFU, "S and A are free");

/* PPP protocols that the data path tells apart (IANA, PPP numbers). */
enum {
	KPPTP_PPP_IP		= 0x0021,
	KPPTP_PPP_IPV6		= 0x0057,
	KPPTP_PPP_COMP		= 0x00FD,	/* compressed or MPPE */
	KPPTP_PPP_IPCP		= 0x8021,
	KPPTP_PPP_IPV6CP	= 0x8057,
	KPPTP_PPP_CCP		= 0x80FD,
	KPPTP_PPP_LCP		= 0xC021,
	KPPTP_PPP_PAP		= 0xC023,
	KPPTP_PPP_CHAP		= 0xC223,
	KPPTP_PPP_EAP		= 0xC227,
};

#endif /* KPPTP_WIRE_H */
