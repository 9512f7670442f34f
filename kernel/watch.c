// SPDX-License-Identifier: GPL-2.0-only
/*
 * What PPP has negotiated, see watch.h.
 */
#include "watch.h"

enum {
	/* protocols */
	IPCP		= 0x8021,
	IPV6CP		= 0x8057,
	CCP		= 0x80fd,
	LCP		= 0xc021,
	/* codes, alike in all of them */
	CONF_REQ	= 1,
	CONF_ACK	= 2,
	TERM_REQ	= 5,
	TERM_ACK	= 6,
	PROTOCOL_REJECT	= 8,	/* LCP's */
	/* options */
	ANY_OPTION	= -1,
	LCP_MRRU	= 17,
	IPCP_VJ		= 2,
};

/* Is there an option of this type, or of any, after the code, Identifier and
 * length? What the length does not cover is padding.
 */
static bool has_option(const u8 *data, u32 len, int type)
{
	u32 end = min_t(u32, len, kpptp_get_be16(data + 2));
	u32 at = 4;

	while (at + 2 <= end) {
		if (type == ANY_OPTION || data[at] == type)
			return true;
		if (data[at + 1] < 2)
			break;
		at += data[at + 1];
	}
	return false;
}

/* A link that starts or ends takes everything above it along. */
static u8 lcp(u8 flags, u8 code, const u8 *data, u32 len)
{
	if (code != CONF_ACK)
		return KPPTP_WATCH_NEGOTIATING;
	if (has_option(data, len, LCP_MRRU))
		flags |= KPPTP_WATCH_MULTILINK;
	return flags | KPPTP_WATCH_NEGOTIATING;
}

/* What the peer requests is what we are to send it, from the acknowledgement
 * on (RFC 1332 3.2, RFC 1962 2). Its request counts already, so that a
 * direction is not plain any more before the acknowledgement leaves; our
 * refusal ends that, and another request begins anew.
 */
static u8 asked(u8 flags, u8 flag, bool sent, u8 code, bool option)
{
	if (code == CONF_REQ && !sent)
		return option ? flags | flag : flags & ~flag;
	if ((sent && code > CONF_ACK) || code >= TERM_REQ)
		return flags & ~flag;
	return flags;
}

static u8 ipcp(u8 flags, bool sent, u8 code, const u8 *data, u32 len)
{
	return asked(flags, KPPTP_WATCH_VJ, sent, code,
		     has_option(data, len, IPCP_VJ)) |
	       KPPTP_WATCH_NEGOTIATING;
}

/* A peer that acknowledges our request sends compressed frames from then on;
 * without an option there is nothing to agree to.
 */
static u8 ccp(u8 flags, bool sent, u8 code, const u8 *data, u32 len)
{
	bool option = has_option(data, len, ANY_OPTION);

	flags = asked(flags, KPPTP_WATCH_TX_COMPRESSED, sent, code, option);
	if (code == CONF_ACK && !sent && option)
		flags |= KPPTP_WATCH_RX_COMPRESSED;
	else if ((code == CONF_REQ && sent) || code >= TERM_REQ)
		flags &= ~KPPTP_WATCH_RX_COMPRESSED;
	return flags | KPPTP_WATCH_NEGOTIATING;
}

/* From our request on, for once it is open pppd sets the address at once. */
static u8 ipv6cp(u8 flags, bool sent, u8 code)
{
	if (code == CONF_ACK || (code == CONF_REQ && sent))
		flags |= KPPTP_WATCH_IPV6;
	else if (code >= TERM_REQ)
		flags &= ~KPPTP_WATCH_IPV6;
	return flags | KPPTP_WATCH_NEGOTIATING;
}

/* The peer has no IPv6. */
static bool rejects_ipv6(bool sent, u16 protocol, const u8 *data, u32 len)
{
	return !sent && protocol == LCP && data[0] == PROTOCOL_REJECT &&
	       len >= 6 && kpptp_get_be16(data + 4) == IPV6CP;
}

/**
 * kpptp_watch_control() - take note of a control frame
 * @flags: what was known, enum kpptp_watch_flags
 * @sent: the frame goes to the peer; otherwise it comes from it
 * @protocol: PPP protocol number
 * @data: what follows it
 * @len: octets of @data
 *
 * Authentication, echoes and rejects (codes from 7 on) change nothing, but for
 * one that ends IPv6.
 *
 * Return: what is known now.
 */
u8 kpptp_watch_control(u8 flags, bool sent, u16 protocol, const u8 *data,
		       u32 len)
{
	u8 code;

	if (len < 4)
		return flags;
	if (rejects_ipv6(sent, protocol, data, len))
		return flags & ~KPPTP_WATCH_IPV6;
	code = data[0];
	if (code < CONF_REQ || code > TERM_ACK)
		return flags;
	switch (protocol) {
	case LCP:
		return lcp(flags, code, data, len);
	case IPCP:
		return ipcp(flags, sent, code, data, len);
	case CCP:
		return ccp(flags, sent, code, data, len);
	case IPV6CP:
		return ipv6cp(flags, sent, code);
	default:
		return flags;
	}
}
