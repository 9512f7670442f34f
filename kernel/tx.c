// SPDX-License-Identifier: GPL-2.0-only
/*
 * The send path: PPP frames and acknowledgements in enhanced GRE (RFC 2637
 * 4.1), acknowledgements riding on data where they can, and the send window of
 * 4.2 where it is wanted.
 *
 * A frame may hold the data of many packets (GSO). It is cut into packets as
 * late as the protocol allows: each needs its own number, so here; what does
 * not depend on the number is done once for all of them.
 */
#include <linux/ktime.h>
#include <linux/ppp_defs.h>
#include <linux/skbuff.h>

#include "call.h"
#include "compat/compat.h"
#include "outer.h"
#include "parse.h"
#include "timers.h"
#include "tx.h"

/* The peer's Call ID and the send state are there once the state says so. */
static bool can_send(const struct kpptp_call *call)
{
	/* pairs with smp_store_release() in start_sending() */
	return smp_load_acquire(&call->state) != KPPTP_STATE_INCOMPLETE;
}

static void count_drop(struct kpptp_call *call,
		       enum kpptp_outer_verdict why)
{
	spin_lock_bh(&call->tx_lock);
	switch (why) {
	case KPPTP_OUTER_NO_ROUTE:
		call->tx.no_route++;
		break;
	case KPPTP_OUTER_LOOP:
		call->tx.loop++;
		break;
	case KPPTP_OUTER_OK:	/* no fault of the way out */
		call->tx.errors++;
		break;
	}
	spin_unlock_bh(&call->tx_lock);
}

/* The GRE header's fields, taken from the call's state. tx_lock held. */
static u32 build_header(struct kpptp_call *call, u8 *header, u16 payload,
			bool data)
{
	bool ack = kpptp_ack_owed(&call->ack);
	u32 number = ack ? kpptp_ack_take(&call->ack) : 0;

	lockdep_assert_held(&call->tx_lock);
	return kpptp_gre_build(header, call->peer_call_id, payload,
			       data, call->tx_seq, ack, number);
}

/* The window's clock, which stands still while there is no window. */
static u64 window_now(const struct kpptp_call *call)
{
	return READ_ONCE(call->cfg.tx_window) ? ktime_get_ns() : 0;
}

/*
 * Numbers the packets of a frame and puts their GRE headers on. Returns false
 * when the call is dead. Numbers are taken last, when nothing can fail any
 * more but the network: one that never leaves would be a loss to the peer.
 */
static bool wrap(struct kpptp_call *call, struct sk_buff *segs)
{
	u8 header[KPPTP_GRE_LEN_MAX];
	u64 now = window_now(call);
	struct sk_buff *skb;
	u32 len;

	spin_lock_bh(&call->tx_lock);
	if (call->dead) {
		spin_unlock_bh(&call->tx_lock);
		return false;
	}
	for (skb = segs; skb; skb = skb->next) {
		call->tx.packets++;
		call->tx.bytes += skb->len;
		len = build_header(call, header, skb->len, true);
		kpptp_window_sent(&call->window, call->tx_seq, now);
		call->tx_seq++;
		memcpy(__skb_push(skb, len), header, len);
	}
	kpptp_timers_window(call);
	spin_unlock_bh(&call->tx_lock);
	return true;
}

/* Address, control and protocol fields; the head is writable. */
static void frame_ppp(struct sk_buff *skb, u16 protocol, unsigned int flags)
{
	if (flags & KPPTP_FRAME_SHORT_PROTOCOL)
		*(u8 *)__skb_push(skb, 1) = protocol;
	else
		put_unaligned_be16(protocol, __skb_push(skb, 2));
	if (flags & KPPTP_FRAME_ADDRESS_CONTROL)
		put_unaligned_be16(PPP_ALLSTATIONS << 8 | PPP_UI,
				   __skb_push(skb, 2));
}

/*
 * Makes packets of a frame whose protocol number has been pulled: one, or as
 * many as it has segments, each with room for all headers. Checksums that the
 * outgoing device can do are left to it. Returns NULL when that failed, and
 * the frame stays the caller's.
 */
static struct sk_buff *packets(struct sk_buff *skb,
			       const struct kpptp_outer *out)
{
	netdev_features_t features = kpptp_outer_features(out);
	struct sk_buff *segs;

	if (skb_cow_head(skb, kpptp_outer_headroom(out)))
		return NULL;
	if (skb_is_gso(skb)) {
		skb_reset_network_header(skb);
		segs = skb_gso_segment(skb, features);
		return IS_ERR(segs) ? NULL : segs;
	}
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    !(features & NETIF_F_HW_CSUM) && skb_checksum_help(skb))
		return NULL;
	skb_mark_not_on_list(skb);
	return skb;
}

/* Leaves the device in front of it to do a checksum that is not ours. */
static void mark_inner(struct sk_buff *skb)
{
	skb->encapsulation = skb->ip_summed == CHECKSUM_PARTIAL;
	if (skb->encapsulation)
		skb_reset_inner_headers(skb);
	else
		skb->ip_summed = CHECKSUM_NONE;
}

static bool window_closed(struct kpptp_call *call)
{
	bool closed;

	if (!READ_ONCE(call->cfg.tx_window))
		return false;
	spin_lock_bh(&call->tx_lock);
	closed = !call->dead && !kpptp_window_open(&call->window);
	if (closed) {
		call->tx_stalled = true;
		call->tx.stalls++;
	}
	spin_unlock_bh(&call->tx_lock);
	return closed;
}

/*
 * Sends what has a way out; returns how many packets, 0 when none could be
 * made. The frame is consumed then only.
 */
static unsigned int send_frame(struct kpptp_call *call, struct sk_buff *skb,
			       unsigned int flags, const struct kpptp_outer *out)
{
	u16 protocol = get_unaligned_be16(skb->data);
	unsigned int room = kpptp_outer_headroom(out);
	struct sk_buff *segs, *seg;
	unsigned int count = 0;

	skb_pull(skb, 2);
	kpptp_outer_scrub(call, skb, out);
	segs = packets(skb, out);
	if (!segs)
		return 0;
	for (seg = segs; seg; seg = seg->next) {
		count++;
		if (skb_cow_head(seg, room))
			goto drop;
		mark_inner(seg);
		frame_ppp(seg, protocol, flags);
	}
	if (!wrap(call, segs))
		goto drop;
	if (segs != skb)
		consume_skb(skb);
	kpptp_outer_send_burst(call, segs, count, out);
	return count;

drop:
	if (segs != skb)
		kfree_skb_list(segs);
	return 0;
}

/**
 * kpptp_tx_frame() - send a PPP frame
 * @call: the call
 * @skb: the frame from its protocol number on, at least that in the linear
 *	part; GSO only if it is an IP packet, with its headers set. Consumed,
 *	but when -EAGAIN is returned
 * @flags: enum kpptp_frame_flags
 *
 * Context: BH disabled.
 * Return: the number of packets sent, 0 when the frame was dropped and
 * counted; -EAGAIN when the send window is full: the frame stays the caller's,
 * and the face's wakeup is called when there is room again.
 */
int kpptp_tx_frame(struct kpptp_call *call, struct sk_buff *skb,
		   unsigned int flags)
{
	enum kpptp_outer_verdict verdict = KPPTP_OUTER_OK;
	struct kpptp_outer out;
	unsigned int count;

	if (window_closed(call))
		return -EAGAIN;
	if (!skb_is_gso(skb) && skb->len > U16_MAX - KPPTP_HEADROOM)
		goto drop;
	verdict = kpptp_outer_prepare(call, skb, &out);
	if (verdict != KPPTP_OUTER_OK)
		goto drop;
	count = send_frame(call, skb, flags, &out);
	if (count)
		return count;
	kpptp_outer_cancel(&out);
drop:
	count_drop(call, verdict);
	kfree_skb(skb);
	return 0;
}

static struct sk_buff *build_ack(struct kpptp_call *call,
				 const struct kpptp_outer *out)
{
	unsigned int room = kpptp_outer_headroom(out);
	u8 header[KPPTP_GRE_LEN_MAX];
	struct sk_buff *skb;
	u32 len = 0;

	skb = alloc_skb(room, GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	spin_lock_bh(&call->tx_lock);
	if (!call->dead && kpptp_ack_owed(&call->ack)) {
		len = build_header(call, header, 0, false);
		call->tx.acks++;
	}
	spin_unlock_bh(&call->tx_lock);
	if (!len) {
		consume_skb(skb);
		return NULL;
	}
	memcpy(skb_push(skb, len), header, len);
	kpptp_outer_scrub(call, skb, out);
	return skb;
}

/**
 * kpptp_tx_ack() - send an acknowledgement alone, if one is owed still
 * @call: the call
 *
 * What can't be sent now is owed on: the next packet received arms the timer
 * again.
 *
 * Context: BH disabled, no lock held.
 */
void kpptp_tx_ack(struct kpptp_call *call)
{
	struct kpptp_outer out;
	struct sk_buff *skb;

	if (!kpptp_outer_prepare_ack(call, &out)) {
		count_drop(call, KPPTP_OUTER_NO_ROUTE);
		return;
	}
	skb = build_ack(call, &out);
	if (skb)
		kpptp_outer_send_burst(call, skb, 1, &out);
	else
		kpptp_outer_cancel(&out);
}

/**
 * kpptp_tx_received() - should be called after data packets were received
 * @call: the call
 * @any: a first one has been delivered
 * @highest: number to acknowledge
 *
 * Context: BH disabled, no lock held.
 */
void kpptp_tx_received(struct kpptp_call *call, bool any, u32 highest)
{
	bool now;

	if (!any || !can_send(call))
		return;
	spin_lock(&call->tx_lock);
	kpptp_ack_received(&call->ack, highest);
	now = kpptp_ack_now(&call->ack, READ_ONCE(call->cfg.rx_window));
	if (!now && kpptp_ack_owed(&call->ack))
		kpptp_timers_ack_owed(call);
	spin_unlock(&call->tx_lock);
	if (now)
		kpptp_tx_ack(call);
}

static bool take_stall(struct kpptp_call *call)
{
	bool stalled = call->tx_stalled && kpptp_window_open(&call->window);

	lockdep_assert_held(&call->tx_lock);
	if (stalled)
		call->tx_stalled = false;
	return stalled && !call->dead;
}

/**
 * kpptp_tx_acked() - should be called when the peer acknowledges
 * @call: the call
 * @number: highest number the peer has received
 *
 * Context: BH disabled, no lock held.
 */
void kpptp_tx_acked(struct kpptp_call *call, u32 number)
{
	bool wakeup;

	if (!can_send(call))
		return;
	spin_lock(&call->tx_lock);
	if (kpptp_window_acked(&call->window, number, window_now(call)) ==
	    KPPTP_ACK_BAD)
		call->tx.bad_ack++;
	kpptp_timers_window(call);
	wakeup = take_stall(call);
	spin_unlock(&call->tx_lock);
	if (wakeup)
		kpptp_call_wakeup(call);
}

/**
 * kpptp_tx_timeout() - should be called when an acknowledgement is overdue
 * @call: the call
 *
 * Context: BH disabled, no lock held.
 */
void kpptp_tx_timeout(struct kpptp_call *call)
{
	u64 now = ktime_get_ns();
	bool wakeup;

	spin_lock(&call->tx_lock);
	if (kpptp_window_deadline(&call->window) <= now) {
		kpptp_window_timeout(&call->window, now);
		call->tx.timeouts++;
	}
	kpptp_timers_window(call);
	wakeup = take_stall(call);
	spin_unlock(&call->tx_lock);
	if (wakeup)
		kpptp_call_wakeup(call);
}
