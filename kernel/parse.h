/* SPDX-License-Identifier: GPL-2.0-only */
/* Octets to header values and back (RFC 2637 4.1). Implemented in parse.c. */
#ifndef KPPTP_PARSE_H
#define KPPTP_PARSE_H

#include "wire.h"

/**
 * struct kpptp_gre_info - what a header says, in host order
 * @call_id: the receiver's Call ID; 0 is legal
 * @payload_len: octets of payload after the header
 * @hdr_len: 8, 12 or 16
 * @has_seq: @seq is there
 * @has_ack: @ack is there
 * @seq: sequence number of this packet
 * @ack: highest number that the peer has received
 */
struct kpptp_gre_info {
	u16	call_id;
	u16	payload_len;
	u8	hdr_len;
	bool	has_seq;
	bool	has_ack;
	u32	seq;
	u32	ack;
};

/**
 * enum kpptp_parse - what a packet is
 * @KPPTP_PARSE_OK: well formed
 * @KPPTP_PARSE_SHORT: ends before its header or its payload does
 * @KPPTP_PARSE_NOT_PPTP: some other GRE
 * @KPPTP_PARSE_BAD: payload without a sequence number
 */
enum kpptp_parse {
	KPPTP_PARSE_OK,
	KPPTP_PARSE_SHORT,
	KPPTP_PARSE_NOT_PPTP,
	KPPTP_PARSE_BAD,
};

enum kpptp_parse kpptp_gre_parse(const u8 *data, u32 linear_len,
				 u32 packet_len, struct kpptp_gre_info *info);
bool kpptp_gre_parse_quoted(const u8 *data, u32 len,
			    struct kpptp_gre_info *info);
u32 kpptp_gre_build(u8 *out, u16 call_id, u16 payload_len, bool has_seq,
		    u32 seq, bool has_ack, u32 ack);

#endif /* KPPTP_PARSE_H */
