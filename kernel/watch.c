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
	PROTOCOL_REJECT	= 8,	/* LCP's only */
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

/*
 * What the peer requests is what we are to send it, from our acknowledgement on
 * (RFC 1332 3.2, RFC 1962 2). So a request sets the flag before anybody can have
 * agreed. Only an answer of ours clears it: the peer may ask for something else
 * before it has got one, or send what PPP's owner ignores.
 */
static u8 asked(u8 flags, u8 flag, bool sent, u8 code, bool option)
{
	if (!sent)
		return code == CONF_REQ && option ? flags | flag : flags;
	if (code == CONF_REQ)
		return flags;
	return code == CONF_ACK && option ? flags | flag : flags & ~flag;
}

/* A protocol that our end does not speak: that answers all requests of it. */
static u8 rejected(u8 flags, const u8 *data, u32 len)
{
	u16 protocol = len < 6 ? 0 : kpptp_get_be16(data + 4);

	if (protocol == CCP)
		flags &= ~(KPPTP_WATCH_TX_COMPRESSED |
			   KPPTP_WATCH_RX_COMPRESSED);
	else if (protocol == IPCP)
		flags &= ~KPPTP_WATCH_VJ;
	return flags;
}

/* A link that starts or ends takes everything above it along, and has done so
 * when we send that it does (RFC 1661 4.1: This-Layer-Down comes first). What the
 * peer sends may be ignored.
 */
static u8 lcp(u8 flags, bool sent, u8 code, const u8 *data, u32 len)
{
	bool option = has_option(data, len, LCP_MRRU);

	if (sent && code == PROTOCOL_REJECT)
		return rejected(flags, data, len);
	if (code > TERM_ACK)
		return flags;
	if (sent && code >= TERM_REQ)
		return KPPTP_WATCH_DOWN;
	if (sent && code == CONF_REQ)
		flags &= ~(KPPTP_WATCH_TX_COMPRESSED |
			   KPPTP_WATCH_RX_COMPRESSED | KPPTP_WATCH_VJ |
			   KPPTP_WATCH_IPV6);
	if (!sent && code == CONF_ACK && option)
		flags |= KPPTP_WATCH_MULTILINK;
	return asked(flags, KPPTP_WATCH_MULTILINK, sent, code, option);
}

/* A peer that acknowledges our request sends compressed frames from then on;
 * without an option there is nothing to agree to.
 */
static u8 ccp(u8 flags, bool sent, u8 code, const u8 *data, u32 len)
{
	bool option = has_option(data, len, ANY_OPTION);

	if (code == CONF_ACK && !sent && option)
		flags |= KPPTP_WATCH_RX_COMPRESSED;
	else if ((code == CONF_REQ && sent) || code >= TERM_REQ)
		flags &= ~KPPTP_WATCH_RX_COMPRESSED;
	return asked(flags, KPPTP_WATCH_TX_COMPRESSED, sent, code, option);
}

/* From our request on, for once it is open pppd sets the address at once. */
static u8 ipv6cp(u8 flags, bool sent, u8 code)
{
	if (code == CONF_ACK || (code == CONF_REQ && sent))
		flags |= KPPTP_WATCH_IPV6;
	else if (code >= TERM_REQ)
		flags &= ~KPPTP_WATCH_IPV6;
	return flags;
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
 * Authentication, echoes and most rejects (codes from 7 on) change nothing.
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
	if (protocol == LCP && code >= CONF_REQ)
		return lcp(flags, sent, code, data, len);
	if (code < CONF_REQ || code > TERM_ACK)
		return flags;
	if (protocol == CCP)
		return ccp(flags, sent, code, data, len);
	if (protocol == IPCP)
		return asked(flags, KPPTP_WATCH_VJ, sent, code,
			     has_option(data, len, IPCP_VJ));
	if (protocol == IPV6CP)
		return ipv6cp(flags, sent, code);
	return flags;
}

/**
 * kpptp_settle_began() - large packets begin
 * @settle: what is remembered
 * @now: time in ns
 */
void kpptp_settle_began(struct kpptp_settle *settle, u64 now)
{
	settle->since = now;
}

/**
 * kpptp_settle_ended() - what is negotiated has made them end
 * @settle: what is remembered
 * @now: time in ns
 *
 * The longer the more often, so that a peer that goes on with it has them end
 * once a minute; what was long ago is forgotten.
 */
void kpptp_settle_ended(struct kpptp_settle *settle, u64 now)
{
	if (!settle->delay || now - settle->since >= KPPTP_SETTLE_FORGET)
		settle->delay = KPPTP_SETTLE_MIN;
	else
		settle->delay = min_t(u64, 2 * settle->delay, KPPTP_SETTLE_MAX);
	settle->until = now + settle->delay;
}

/**
 * kpptp_settle_changed() - something was negotiated that they depend on
 * @settle: what is remembered
 * @now: time in ns
 *
 * Who PPP belongs to may not be through with it: then an answer comes still that
 * says otherwise.
 */
void kpptp_settle_changed(struct kpptp_settle *settle, u64 now)
{
	settle->until = now + max_t(u64, settle->delay, KPPTP_SETTLE_MIN);
}
