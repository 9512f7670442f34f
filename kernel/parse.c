// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one place where lengths from the network are checked. Whoever gets
 * KPPTP_PARSE_OK may rely on hdr_len + payload_len <= packet_len.
 */
#include "parse.h"

/**
 * kpptp_gre_parse() - read the header of a packet (RFC 2637 4.1)
 * @data: the packet from its GRE header on
 * @linear_len: octets that may be read at @data, at least
 *	min(KPPTP_GRE_LEN_MAX, @packet_len)
 * @packet_len: octets of the packet from its GRE header on, padding included
 * @info: filled in only when KPPTP_PARSE_OK is returned
 *
 * Padding after the payload is left for the caller to trim. A sequence number
 * without payload is taken: the peer has spent the number, and refusing it
 * would leave a gap. Neither number is legal too, and means nothing.
 *
 * Return: what the packet is.
 */
enum kpptp_parse kpptp_gre_parse(const u8 *data, u32 linear_len,
				 u32 packet_len, struct kpptp_gre_info *info)
{
	u16 payload_len;
	bool seq, ack;
	u32 word, len;

	if (packet_len < KPPTP_GRE_LEN_MIN || linear_len < KPPTP_GRE_LEN_MIN)
		return KPPTP_PARSE_SHORT;
	word = kpptp_get_be32(data);
	if ((word & KPPTP_GRE_MASK) != KPPTP_GRE_BASE)
		return KPPTP_PARSE_NOT_PPTP;

	seq = word & KPPTP_GRE_S;
	ack = word & KPPTP_GRE_A;
	len = KPPTP_GRE_LEN_MIN + 4 * seq + 4 * ack;
	if (packet_len < len || linear_len < len)
		return KPPTP_PARSE_SHORT;
	payload_len = kpptp_get_be16(data +
				     offsetof(struct kpptp_gre_hdr, payload_len));
	if (packet_len - len < payload_len)
		return KPPTP_PARSE_SHORT;
	if (payload_len && !seq)
		return KPPTP_PARSE_BAD;

	info->call_id = kpptp_get_be16(data +
				       offsetof(struct kpptp_gre_hdr, call_id));
	info->payload_len = payload_len;
	info->hdr_len = len;
	info->has_seq = seq;
	info->has_ack = ack;
	info->seq = seq ? kpptp_get_be32(data + KPPTP_GRE_LEN_MIN) : 0;
	info->ack = ack ? kpptp_get_be32(data + len - 4) : 0;
	return KPPTP_PARSE_OK;
}

/**
 * kpptp_gre_parse_quoted() - read what an ICMP error quotes of a packet of ours
 * @data: the quoted packet from its GRE header on
 * @len: octets quoted of that; a router need not quote more than 8 (RFC 792)
 * @info: filled in only when true is returned: @call_id, and @has_seq and @seq
 *	when as much was quoted
 *
 * Return: whether it is a packet with data, which alone can be too large, and
 * quoted as far as its Call ID.
 */
bool kpptp_gre_parse_quoted(const u8 *data, u32 len,
			    struct kpptp_gre_info *info)
{
	u32 word;

	if (len < KPPTP_GRE_LEN_MIN)
		return false;
	word = kpptp_get_be32(data);
	if ((word & KPPTP_GRE_MASK) != KPPTP_GRE_BASE || !(word & KPPTP_GRE_S))
		return false;
	*info = (struct kpptp_gre_info) {
		.call_id = kpptp_get_be16(data + offsetof(struct kpptp_gre_hdr,
							  call_id)),
		.has_seq = len >= KPPTP_GRE_LEN_MIN + 4,
	};
	if (info->has_seq)
		info->seq = kpptp_get_be32(data + KPPTP_GRE_LEN_MIN);
	return true;
}

/**
 * kpptp_gre_build() - write a header (RFC 2637 4.1)
 * @out: room for KPPTP_GRE_LEN_MAX octets
 * @call_id: the receiver's Call ID
 * @payload_len: octets that follow; more than 0 only if @has_seq
 * @has_seq: put @seq in
 * @seq: number of this packet
 * @has_ack: put @ack in
 * @ack: highest number received
 *
 * Return: length of the header: 8, 12 or 16.
 */
u32 kpptp_gre_build(u8 *out, u16 call_id, u16 payload_len, bool has_seq,
		    u32 seq, bool has_ack, u32 ack)
{
	u32 len = KPPTP_GRE_LEN_MIN;

	kpptp_put_be32(KPPTP_GRE_BASE | (has_seq ? KPPTP_GRE_S : 0) |
		       (has_ack ? KPPTP_GRE_A : 0), out);
	kpptp_put_be16(payload_len,
		       out + offsetof(struct kpptp_gre_hdr, payload_len));
	kpptp_put_be16(call_id, out + offsetof(struct kpptp_gre_hdr, call_id));
	if (has_seq) {
		kpptp_put_be32(seq, out + len);
		len += 4;
	}
	if (has_ack) {
		kpptp_put_be32(ack, out + len);
		len += 4;
	}
	return len;
}
