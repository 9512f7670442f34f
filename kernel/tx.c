// SPDX-License-Identifier: GPL-2.0-only
/*
 * The send path: PPP frames and acknowledgements in enhanced GRE (RFC 2637
 * 4.1), acknowledgements riding on data where they can, the send window of
 * 4.2 where it is wanted, and the outer IP header.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/ppp_defs.h>
#include <net/icmp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/route.h>

#include "call.h"
#include "compat/compat.h"
#include "parse.h"
#include "timers.h"
#include "tx.h"

/* What the sender of a frame sees of the IP packet in it. */
struct inner {
	__be16	protocol;	/* ETH_P_IP, ETH_P_IPV6, or 0 for neither */
	u8	tos;
	bool	no_fragment;
};

enum tx_drop {
	TX_DROP_NO_ROUTE,
	TX_DROP_TOO_BIG,
	TX_DROP_LOOP,
	TX_DROP_ERROR,
};

/* The peer's Call ID and the send state are there once the state says so. */
static bool can_send(const struct kpptp_call *call)
{
	/* pairs with smp_store_release() in start_sending() */
	return smp_load_acquire(&call->state) != KPPTP_STATE_INCOMPLETE;
}

static void count_drop(struct kpptp_call *call, enum tx_drop why)
{
	spin_lock_bh(&call->tx_lock);
	switch (why) {
	case TX_DROP_NO_ROUTE:
		call->tx.no_route++;
		break;
	case TX_DROP_TOO_BIG:
		call->tx.too_big++;
		break;
	case TX_DROP_LOOP:
		call->tx.loop++;
		break;
	case TX_DROP_ERROR:
		call->tx.errors++;
		break;
	}
	spin_unlock_bh(&call->tx_lock);
}

static struct rtable *route(struct kpptp_call *call)
{
	struct flowi4 fl4;
	struct rtable *rt;
	__be32 saddr;

	rt = dst_cache_get_ip4(&call->dst_cache, &saddr);
	if (rt)
		return rt;
	flowi4_init_output(&fl4, READ_ONCE(call->cfg.device),
			   READ_ONCE(call->cfg.mark),
			   READ_ONCE(call->cfg.tos) & INET_DSCP_MASK,
			   RT_SCOPE_UNIVERSE, IPPROTO_GRE, 0,
			   call->key.peer, call->key.local, 0, 0,
			   sock_net_uid(call->net, NULL));
	rt = ip_route_output_flow(call->net, &fl4, NULL);
	if (!IS_ERR(rt))
		dst_cache_set_ip4(&call->dst_cache, &rt->dst, fl4.saddr);
	return rt;
}

/* The IP packet behind an uncompressed PPP protocol number, if there is one. */
static void look_inside(struct sk_buff *skb, struct inner *inner)
{
	u16 protocol = get_unaligned_be16(skb->data);

	memset(inner, 0, sizeof(*inner));
	if (protocol == PPP_IP && pskb_may_pull(skb, 2 + sizeof(struct iphdr))) {
		struct iphdr *iph = (struct iphdr *)(skb->data + 2);

		inner->protocol = htons(ETH_P_IP);
		inner->tos = iph->tos;
		inner->no_fragment = iph->frag_off & htons(IP_DF);
	} else if (protocol == PPP_IPV6 &&
		   pskb_may_pull(skb, 2 + sizeof(struct ipv6hdr))) {
		inner->protocol = htons(ETH_P_IPV6);
		inner->tos = ipv6_get_dsfield((struct ipv6hdr *)(skb->data + 2));
		inner->no_fragment = true;
	}
}

static u8 outer_tos(const struct kpptp_call *call, const struct inner *inner)
{
	u8 tos = READ_ONCE(call->cfg.tos);

	if (READ_ONCE(call->cfg.tos_mode) == KPPTP_TOS_MODE_INHERIT &&
	    inner->protocol)
		tos = inner->tos;
	return INET_ECN_encapsulate(tos, inner->tos);
}

/*
 * Tells the sender of an IP packet that it does not fit the tunnel: by the
 * route it was sent with when it is ours, by ICMP in any case. skb->data is
 * at the PPP protocol number.
 */
static void report_too_big(struct sk_buff *skb, const struct inner *inner,
			   u32 mtu)
{
	skb_pull(skb, 2);
	skb_reset_network_header(skb);
	skb->protocol = inner->protocol;
	skb_dst_update_pmtu_no_confirm(skb, mtu);
	if (inner->protocol == htons(ETH_P_IP)) {
		memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
			      htonl(mtu));
	} else {
		memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	}
}

/*
 * Decides on DF. A frame counts with all that can come in front of it, so that
 * what fits does not depend on whether an acknowledgement rides along. Returns
 * false when the frame must go no further: it was answered.
 */
static bool fits(struct kpptp_call *call, struct sk_buff *skb,
		 const struct rtable *rt, const struct inner *inner,
		 __be16 *df)
{
	const u32 overhead = KPPTP_HEADROOM;
	u32 mtu;

	*df = 0;
	if (READ_ONCE(call->cfg.pmtu_mode) != KPPTP_PMTU_MODE_DISCOVER)
		return true;
	mtu = dst_mtu(&rt->dst);
	if (skb->len + overhead <= mtu) {
		*df = htons(IP_DF);
		return true;
	}
	/* The smallest MTU that IP asks for is not undercut: then fragment. */
	if (!inner->no_fragment || !skb->dev || !skb_dst(skb) ||
	    mtu < overhead + 2 + (inner->protocol == htons(ETH_P_IP) ?
				  IPV4_MIN_MTU : IPV6_MIN_MTU))
		return true;
	report_too_big(skb, inner, mtu - overhead - 2);
	return false;
}

/* Puts the outer IP header on and sends; consumes the packet. */
static void send_ip(struct kpptp_call *call, struct sk_buff *skb,
		    struct rtable *rt, u8 tos, __be16 df)
{
	u8 ttl = READ_ONCE(call->cfg.ttl);
	struct net_device *dev = skb->dev;

	skb_scrub_packet(skb, dev && !net_eq(dev_net(dev), call->net));
	skb->mark = READ_ONCE(call->cfg.mark);
	/* The ppp device has counted this packet already. */
	skb->dev = NULL;
	skb->protocol = htons(ETH_P_IP);
	kpptp_iptunnel_xmit(rt, skb, call->key.local, call->key.peer, tos,
			    ttl ?: ip4_dst_hoplimit(&rt->dst), df);
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

/*
 * Numbers a frame and puts the GRE header on. Returns false when the call is
 * dead. The number is taken last, when nothing can fail any more but the
 * network: a number that never leaves would be a loss to the peer.
 */
static bool wrap(struct kpptp_call *call, struct sk_buff *skb)
{
	u8 header[KPPTP_GRE_LEN_MAX];
	u32 len;

	spin_lock_bh(&call->tx_lock);
	if (call->dead) {
		spin_unlock_bh(&call->tx_lock);
		return false;
	}
	len = build_header(call, header, skb->len, true);
	kpptp_window_sent(&call->window, call->tx_seq, ktime_get_ns());
	kpptp_timers_window(call);
	call->tx_seq++;
	call->tx.packets++;
	call->tx.bytes += skb->len;
	spin_unlock_bh(&call->tx_lock);

	memcpy(skb_push(skb, len), header, len);
	return true;
}

/* Address, control and protocol fields; the head is writable. */
static void frame_ppp(struct sk_buff *skb, unsigned int flags)
{
	if (flags & KPPTP_FRAME_SHORT_PROTOCOL)
		skb_pull(skb, 1);
	if (flags & KPPTP_FRAME_ADDRESS_CONTROL) {
		skb_push(skb, 2);
		skb->data[0] = PPP_ALLSTATIONS;
		skb->data[1] = PPP_UI;
	}
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

/**
 * kpptp_tx_frame() - send a PPP frame
 * @call: the call
 * @skb: the frame from its protocol number on, at least that in the linear
 *	part; consumed when true is returned, untouched otherwise
 * @flags: enum kpptp_frame_flags
 *
 * Context: BH disabled.
 * Return: false when the send window is full: the frame stays the caller's,
 * and the face's wakeup is called when there is room again.
 */
bool kpptp_tx_frame(struct kpptp_call *call, struct sk_buff *skb,
		    unsigned int flags)
{
	enum tx_drop why = TX_DROP_ERROR;
	struct inner inner = {};
	struct rtable *rt;
	__be16 df;
	u8 tos;

	if (window_closed(call))
		return false;
	if (skb->len > U16_MAX - KPPTP_HEADROOM)
		goto drop;
	rt = route(call);
	if (IS_ERR(rt)) {
		why = TX_DROP_NO_ROUTE;
		goto drop;
	}
	if (skb->dev && rt->dst.dev == skb->dev) {
		why = TX_DROP_LOOP;
		goto drop_route;
	}
	look_inside(skb, &inner);
	tos = outer_tos(call, &inner);
	if (!fits(call, skb, rt, &inner, &df)) {
		why = TX_DROP_TOO_BIG;
		goto drop_route;
	}
	if (skb_cow_head(skb, KPPTP_HEADROOM +
			 LL_RESERVED_SPACE(rt->dst.dev)))
		goto drop_route;
	frame_ppp(skb, flags);
	if (!wrap(call, skb))
		goto drop_route;
	send_ip(call, skb, rt, tos, df);
	return true;

drop_route:
	ip_rt_put(rt);
drop:
	count_drop(call, why);
	kfree_skb(skb);
	return true;
}

static struct sk_buff *build_ack(struct kpptp_call *call, struct rtable *rt)
{
	unsigned int room = LL_RESERVED_SPACE(rt->dst.dev) + KPPTP_HEADROOM;
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
	struct rtable *rt = route(call);
	struct sk_buff *skb;

	if (IS_ERR(rt)) {
		count_drop(call, TX_DROP_NO_ROUTE);
		return;
	}
	skb = build_ack(call, rt);
	if (skb)
		send_ip(call, skb, rt, READ_ONCE(call->cfg.tos), 0);
	else
		ip_rt_put(rt);
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
	if (kpptp_window_acked(&call->window, number, ktime_get_ns()) ==
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
