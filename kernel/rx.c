// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receive path: enhanced GRE from the network is validated once, here, put
 * in order (reorder.c) and handed to PPP by the call.
 */
#include <linux/icmp.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ktime.h>
#include <linux/ppp_defs.h>
#include <net/gre.h>
#include <net/inet_ecn.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>

#include "call.h"
#include "demux.h"
#include "memory.h"
#include "outer.h"
#include "parse.h"
#include "rx.h"
#include "timers.h"
#include "tx.h"

/* Memory for early packets, as far as they need it: most calls never see any.
 * It is charged to nobody, for it is the peer's doing, but bounded by the limit
 * and the time that packets are held.
 */
static bool more_memory(struct kpptp_call *call, enum kpptp_rx_verdict need)
{
	struct kpptp_reorder_block *block;
	struct kpptp_reorder_store *store;

	lockdep_assert_held(&call->rx_lock);
	if (need == KPPTP_RX_NEED_STORE) {
		store = kpptp_memory_get_store();
		kpptp_reorder_set_store(&call->reorder, store);
		return store;
	}
	block = kpptp_memory_get_block();
	if (block)
		kpptp_reorder_add_block(&call->reorder, block);
	return block;
}

static void rx_params(const struct kpptp_call *call,
		      struct kpptp_reorder_params *params)
{
	params->no_memory = false;
	params->limit = READ_ONCE(call->cfg.reorder_limit);
	params->time_ns = (u64)READ_ONCE(call->cfg.reorder_time) *
			  NSEC_PER_USEC;
}

/* Without a socket frames wait, fewer and not for ever. All of them may have half
 * the memory of the namespace: whoever has no link yet leaves room for who has.
 */
static void hold_early(struct kpptp_call *call, struct sk_buff *skb)
{
	struct kpptp_backlog_room room;

	kpptp_backlog_room(&room);
	room.frames = KPPTP_EARLY_MAX;
	room.memory = KPPTP_EARLY_MEMORY;
	room.sum /= 2;
	if (!kpptp_backlog_fits(&call->ready, &kpptp_net(call->net)->backlog,
				&room, skb)) {
		call->rx.early_dropped++;
		kfree_skb(skb);
		return;
	}
	call->rx.early_held++;
	kpptp_early_cb(skb)->until = ktime_get_ns() +
				     (u64)KPPTP_EARLY_SECS * NSEC_PER_SEC;
	kpptp_backlog_put(&call->ready, skb);
	kpptp_timers_rx_held(call);
}

static void drop_expired_early(struct kpptp_call *call, u64 now)
{
	struct sk_buff *skb;

	if (call->face)
		return;
	while ((skb = skb_peek(&call->ready.frames)) &&
	       kpptp_early_cb(skb)->until <= now) {
		kpptp_backlog_pop(&call->ready);
		call->rx.early_dropped++;
		kfree_skb(skb);
	}
}

/* A frame in order. Who has a socket gets it, if there is room for it to wait. */
static void ready(struct kpptp_call *call, struct sk_buff *skb)
{
	lockdep_assert_held(&call->rx_lock);
	if (!skb->len) {	/* a number without a frame */
		consume_skb(skb);
		return;
	}
	if (unlikely(!call->face)) {
		hold_early(call, skb);
		return;
	}
	if (kpptp_backlog_add(&call->ready, &kpptp_net(call->net)->backlog, skb))
		return;
	call->rx.overrun++;
	kfree_skb(skb);
}

/* What has become due by order or by time goes on. Its memory stays until the
 * timer, which is armed since something was held, has run once more: where there
 * is one gap there will be others. (It may be armed for frames without a socket
 * alone.)
 */
static void collect(struct kpptp_call *call, u64 now, bool timer_runs)
{
	struct sk_buff *skb;

	while ((skb = kpptp_reorder_pop(&call->reorder, now)))
		ready(call, skb);
	while ((skb = kpptp_reorder_reap(&call->reorder, now)))
		kfree_skb(skb);
	drop_expired_early(call, now);
	kpptp_timers_rx_held(call);
	kpptp_memory_trim(&call->reorder,
			  timer_runs || !hrtimer_is_queued(&call->rx_timer));
}

static enum kpptp_rx_verdict sequence(struct kpptp_call *call, u32 seq,
				      struct sk_buff *skb, u64 now)
{
	struct kpptp_reorder_params params;
	enum kpptp_rx_verdict verdict;

	rx_params(call, &params);
	verdict = kpptp_reorder_input(&call->reorder, &params, seq, skb, now);
	if (verdict != KPPTP_RX_NEED_STORE && verdict != KPPTP_RX_NEED_BLOCK)
		return verdict;
	params.no_memory = !more_memory(call, verdict);
	return kpptp_reorder_input(&call->reorder, &params, seq, skb, now);
}

/* Returns false when the packet is for nobody. */
static bool put_in_order(struct kpptp_call *call, struct sk_buff *skb, u32 seq)
{
	u64 now = ktime_get_ns();
	bool taken = true;

	switch (sequence(call, seq, skb, now)) {
	case KPPTP_RX_DELIVER:
		ready(call, skb);
		break;
	case KPPTP_RX_HOLD:
		break;
	case KPPTP_RX_NEED_STORE:
	case KPPTP_RX_NEED_BLOCK:
	case KPPTP_RX_DUPLICATE:
	case KPPTP_RX_LATE:
	case KPPTP_RX_FAR:
		taken = false;
		break;
	}
	collect(call, now, false);
	return taken;
}

/* Delivers what is ready and owes the peer what has been delivered. Ends with
 * rx_lock dropped.
 */
static void deliver(struct kpptp_call *call)
	__releases(&call->rx_lock)
{
	bool any = kpptp_reorder_started(&call->reorder);
	u32 highest = kpptp_reorder_highest(&call->reorder);
	bool fetched = kpptp_call_deliver(call);

	spin_unlock(&call->rx_lock);
	if (!fetched)
		kpptp_tx_received(call, any, highest);
}

static void receive_data(struct kpptp_call *call, struct sk_buff *skb, u32 seq)
{
	bool taken = true;

	spin_lock(&call->rx_lock);
	if (call->dead) {
		spin_unlock(&call->rx_lock);
		kfree_skb(skb);
		return;
	}
	if (likely(kpptp_reorder_next(&call->reorder, seq)))
		ready(call, skb);
	else
		taken = put_in_order(call, skb, seq);
	deliver(call);
	if (!taken)
		kfree_skb(skb);
}

/**
 * kpptp_rx_taken() - should be called after a face took frames by itself
 * @call: the call
 * @all: all that it took has been handed on
 *
 * Context: BH disabled, no lock held.
 * Return: whether it has come to an end: there is nothing more to take, and it
 * will be told when there is.
 */
bool kpptp_rx_taken(struct kpptp_call *call, bool all)
{
	bool any, end;
	u32 highest;

	spin_lock(&call->rx_lock);
	any = kpptp_reorder_started(&call->reorder) && !call->dead;
	highest = kpptp_reorder_highest(&call->reorder);
	end = all && skb_queue_empty(&call->ready.frames);
	if (end)
		call->fetching = false;
	spin_unlock(&call->rx_lock);
	kpptp_tx_received(call, any, highest);
	return end;
}

/**
 * kpptp_rx_expire() - should be called when a gap, or a frame without a socket, has
 * waited long enough
 * @call: the call
 *
 * Context: BH disabled, no lock held.
 */
void kpptp_rx_expire(struct kpptp_call *call)
{
	spin_lock(&call->rx_lock);
	if (call->dead) {
		spin_unlock(&call->rx_lock);
		return;
	}
	collect(call, ktime_get_ns(), true);
	deliver(call);
}

static void count_bad(struct kpptp_call *call)
{
	spin_lock(&call->rx_lock);
	call->rx.bad++;
	spin_unlock(&call->rx_lock);
}

static void count_ack(struct kpptp_call *call)
{
	spin_lock(&call->rx_lock);
	call->rx.acks++;
	spin_unlock(&call->rx_lock);
}

/* Congestion seen on the way is told to the inner packet (RFC 6040 4.2).
 * Returns false when the packet must be dropped.
 */
static bool decapsulate_ecn(struct sk_buff *skb, const struct iphdr *outer)
{
	u16 protocol;

	if (!INET_ECN_is_ce(outer->tos) || !pskb_may_pull(skb, 2))
		return true;
	protocol = get_unaligned_be16(skb->data);
	if (protocol != PPP_IP && protocol != PPP_IPV6)
		return true;
	skb_set_network_header(skb, 2);
	skb->protocol = protocol == PPP_IP ? htons(ETH_P_IP) :
					     htons(ETH_P_IPV6);
	return IP_ECN_decapsulate(outer, skb) <= 1;
}

/* Octets in front of the PPP protocol number: the GRE header and, where they
 * were not agreed to be left out, address and control.
 */
static unsigned int frame_offset(struct sk_buff *skb,
				 const struct kpptp_gre_info *info)
{
	const u8 *frame;

	if (info->payload_len < 2 || !pskb_may_pull(skb, info->hdr_len + 2))
		return info->hdr_len;
	frame = skb->data + info->hdr_len;
	return frame[0] == PPP_ALLSTATIONS && frame[1] == PPP_UI ?
	       info->hdr_len + 2 : info->hdr_len;
}

/*
 * Cuts the packet down to its PPP frame, protocol number first. Returns false
 * when there is none. May move skb->data.
 */
static bool unwrap(struct kpptp_call *call, struct sk_buff *skb,
		   const struct kpptp_gre_info *info)
{
	struct iphdr outer = *ip_hdr(skb);
	u32 len = info->hdr_len + info->payload_len;
	unsigned int offset;
	const void *start;

	if (skb->len > len) {
		if (pskb_trim_rcsum(skb, len))
			return false;
		spin_lock(&call->rx_lock);
		call->rx.trimmed++;
		spin_unlock(&call->rx_lock);
	}
	offset = frame_offset(skb, info);
	start = skb->data;
	__skb_pull(skb, offset);
	skb_postpull_rcsum(skb, start, offset);
	if (!info->payload_len)
		return true;
	return skb->len && pskb_may_pull(skb, 1) &&
	       decapsulate_ecn(skb, &outer);
}

/* Forget the outer packet; nothing of it may be used once frames are held. Its
 * hash and queue are those of the call: the flows inside have their own.
 */
static void scrub(struct sk_buff *skb)
{
	skb_scrub_packet(skb, false);
	skb_clear_hash(skb);
	skb_set_queue_mapping(skb, 0);
	__vlan_hwaccel_clear_tag(skb);
	skb_dst_drop(skb);
	skb_orphan(skb);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb->encapsulation = 0;
	skb->dev = NULL;
}

static bool device_matches(const struct kpptp_call *call,
			   const struct sk_buff *skb)
{
	int device = READ_ONCE(call->cfg.device);

	return !device || skb->dev->ifindex == device ||
	       inet_iif(skb) == device || inet_sdif(skb) == device;
}

static struct kpptp_call *find(struct net *net, const struct sk_buff *skb,
			       u16 call_id)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct kpptp_call *call;

	call = kpptp_call_find(net, iph->daddr, iph->saddr, call_id);
	return call && device_matches(call, skb) ? call : NULL;
}

static void receive(struct kpptp_call *call, struct sk_buff *skb,
		    const struct kpptp_gre_info *info)
{
	if (info->has_ack)
		kpptp_tx_acked(call, info->ack);
	if (!info->has_seq) {
		count_ack(call);
		consume_skb(skb);
		return;
	}
	if (!unwrap(call, skb, info)) {
		count_bad(call);
		kfree_skb(skb);
		return;
	}
	scrub(skb);
	receive_data(call, skb, info->seq);
}

/* A GRE version 1 packet, at its GRE header. RCU read side, BH disabled. */
static int rx_gre(struct sk_buff *skb)
{
	struct net *net = dev_net(skb->dev);
	struct kpptp_gre_info info;
	struct kpptp_call *call;

	if (skb->pkt_type != PACKET_HOST)
		goto drop;
	if (!pskb_may_pull(skb, min_t(u32, skb->len, KPPTP_GRE_LEN_MAX)) ||
	    kpptp_gre_parse(skb->data, skb_headlen(skb), skb->len, &info) !=
	    KPPTP_PARSE_OK) {
		atomic64_inc(&kpptp_net(net)->rx_malformed);
		goto drop;
	}
	call = find(net, skb, info.call_id);
	if (!call) {
		atomic64_inc(&kpptp_net(net)->rx_no_call);
		goto drop;
	}
	kpptp_demux_learn(call, skb);
	receive(call, skb, &info);
	return NET_RX_SUCCESS;

drop:
	kfree_skb(skb);
	return NET_RX_DROP;
}

/* The call whose packet is quoted, from its IP header on. ICMP has made sure of that
 * header and eight octets more; the number comes after them, if it is quoted.
 */
static struct kpptp_call *find_quoted(struct net *net, struct sk_buff *skb)
{
	unsigned int offset = ((const struct iphdr *)skb->data)->ihl * 4;
	const struct iphdr *iph;
	struct kpptp_gre_info info;

	if (!pskb_may_pull(skb, min_t(u32, skb->len, offset + KPPTP_GRE_LEN_MAX)))
		return NULL;
	iph = (const struct iphdr *)skb->data;
	if (!kpptp_gre_parse_quoted(skb->data + offset,
				    skb_headlen(skb) - offset, &info))
		return NULL;
	return kpptp_call_find_quoted(net, iph->saddr, iph->daddr, &info);
}

/* The path to a peer has changed: the call's route learns it, and with it every
 * call that has the same.
 */
static void rx_icmp_error(struct sk_buff *skb, u32 info)
{
	const u8 type = icmp_hdr(skb)->type;
	struct kpptp_call *call;

	if (type != ICMP_REDIRECT && (type != ICMP_DEST_UNREACH ||
				      icmp_hdr(skb)->code != ICMP_FRAG_NEEDED))
		return;
	call = find_quoted(dev_net(skb->dev), skb);
	if (!call)
		return;
	if (type == ICMP_REDIRECT)
		kpptp_outer_redirect(call, skb);
	else
		kpptp_outer_update_pmtu(call, skb, info);
}

static const struct gre_protocol rx_protocol = {
	.handler	= rx_gre,
	.err_handler	= rx_icmp_error,
};

/**
 * kpptp_rx_register() - take GRE version 1
 *
 * Return: 0, or -EBUSY when another driver has it.
 */
int kpptp_rx_register(void)
{
	return gre_add_protocol(&rx_protocol, GREPROTO_PPTP);
}

/**
 * kpptp_rx_unregister() - give GRE version 1 back; waits for a grace period
 */
void kpptp_rx_unregister(void)
{
	gre_del_protocol(&rx_protocol, GREPROTO_PPTP);
}
