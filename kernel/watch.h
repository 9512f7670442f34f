/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What PPP has negotiated on a channel, as far as offload must know: whether
 * frames of IP packets go as they are, one packet a frame, in each direction; and
 * whether there will be IPv6, which the MTU must not be too small for.
 * Learned from the control frames that pass (RFC 1661 5, 1332 3.2, 1962 2,
 * 1990 5.1), in either direction.
 *
 * And how often a peer can have large packets end and begin again by what it
 * negotiates: each time costs the whole host something.
 */
#ifndef KPPTP_WATCH_H
#define KPPTP_WATCH_H

#include "pure.h"

/* Why a direction is not plain; 0 is plain. */
enum kpptp_watch_flags {
	KPPTP_WATCH_DOWN	= 1 << 0, /* no link, or no IP packet sent since */
	KPPTP_WATCH_TX_COMPRESSED = 1 << 1, /* the peer asks for it, or has it */
	KPPTP_WATCH_RX_COMPRESSED = 1 << 2, /* the peer agreed to our request */
	KPPTP_WATCH_VJ		= 1 << 3, /* the peer asks for VJ, or has it */
	KPPTP_WATCH_MULTILINK	= 1 << 4,
	KPPTP_WATCH_IPV6	= 1 << 5, /* we ask for it, or have it */

	/* what keeps a direction from being plain */
	KPPTP_WATCH_TX		= KPPTP_WATCH_DOWN |
				  KPPTP_WATCH_TX_COMPRESSED |
				  KPPTP_WATCH_VJ | KPPTP_WATCH_MULTILINK,
	KPPTP_WATCH_RX		= KPPTP_WATCH_RX_COMPRESSED |
				  KPPTP_WATCH_MULTILINK,
};

#define KPPTP_SETTLE_MIN	5000000000ULL	/* ns */
#define KPPTP_SETTLE_MAX	60000000000ULL
#define KPPTP_SETTLE_FORGET	300000000000ULL

/**
 * struct kpptp_settle - when large packets may begin again
 * @since: they began last, ns
 * @until: they may not before, ns
 * @delay: how long it was quiet before they did, ns; 0 the first time
 *
 * All zero: they may begin.
 */
struct kpptp_settle {
	u64	since;
	u64	until;
	u64	delay;
};

/**
 * kpptp_settle_over() - may large packets begin?
 * @settle: what is remembered
 * @now: time in ns
 */
static inline bool kpptp_settle_over(const struct kpptp_settle *settle, u64 now)
{
	return now >= settle->until;
}

void kpptp_settle_began(struct kpptp_settle *settle, u64 now);
void kpptp_settle_ended(struct kpptp_settle *settle, u64 now);
void kpptp_settle_changed(struct kpptp_settle *settle, u64 now);

/**
 * kpptp_watch_is_control() - could a frame change what is negotiated?
 * @protocol: PPP protocol number
 */
static inline bool kpptp_watch_is_control(u16 protocol)
{
	return protocol & 0x8000;
}

u8 kpptp_watch_control(u8 flags, bool sent, u16 protocol, const u8 *data,
		       u32 len);

#endif /* KPPTP_WATCH_H */
