// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last step of a burst, see link.h.
 *
 * The usual way is neigh_output(), which goes through dev_queue_xmit() for each
 * packet. What that does is much, and little of it is needed for a device
 * without a queue (veth, VLAN, bridge, bond), if nobody looks on: no tap, no
 * filter, no priority map. Then the packets go to its driver in one go, as the
 * segments of a large packet do that dev_queue_xmit() itself has cut.
 */
#include <linux/netdevice.h>
#include <net/neighbour.h>
#include <net/sch_generic.h>

#include "compat/compat.h"
#include "link.h"

/* The packets were made for the features of the device; would it take this one
 * as it is?
 */
static bool fits(struct sk_buff *skb)
{
	netdev_features_t features = netif_skb_features(skb);

	if (skb->ip_summed == CHECKSUM_PARTIAL && !(features & NETIF_F_HW_CSUM))
		return false;
	if (skb_has_frag_list(skb) && !(features & NETIF_F_FRAGLIST))
		return false;
	return !skb_is_nonlinear(skb) || (features & NETIF_F_SG);
}

/* Would dev_queue_xmit() do no more with it than give it to the driver? */
static bool straight(struct net_device *dev, struct netdev_queue *txq,
		     struct sk_buff *skb)
{
	return dev->real_num_tx_queues == 1 &&
	       !rcu_dereference_bh(txq->qdisc)->enqueue &&
	       (dev->flags & IFF_UP) && !netif_xmit_stopped(txq) &&
	       READ_ONCE(txq->xmit_lock_owner) != smp_processor_id() &&
	       !dev_nit_active(dev) && !kpptp_dev_egress_hooked(dev) &&
	       !(skb_shinfo(skb)->tx_flags & SKBTX_ANY_TSTAMP) && fits(skb);
}

/* Puts the link header on, if it is known and short, as nearly all are. */
static bool push_link_header(const struct neighbour *neigh, struct sk_buff *skb)
{
	const struct hh_cache *hh = &neigh->hh;
	unsigned int seq, len;

	if (skb_headroom(skb) < HH_DATA_MOD)
		return false;
	do {
		seq = read_seqbegin(&hh->hh_lock);
		len = READ_ONCE(hh->hh_len);
		if (!len || len > HH_DATA_MOD)
			return false;
		memcpy(skb->data - HH_DATA_MOD, hh->hh_data, HH_DATA_MOD);
	} while (read_seqretry(&hh->hh_lock, seq));
	__skb_push(skb, len);
	skb_reset_mac_header(skb);
	return true;
}

static void give_to_driver(struct net_device *dev, struct netdev_queue *txq,
			   struct sk_buff *list)
{
	int cpu = smp_processor_id();
	struct sk_buff *skb, *next;

	HARD_TX_LOCK(dev, txq, cpu);
	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		if (!netif_xmit_stopped(txq) &&
		    dev_xmit_complete(netdev_start_xmit(skb, dev, txq, next)))
			continue;
		dev_core_stats_tx_dropped_inc(dev);
		kfree_skb(skb);
	}
	HARD_TX_UNLOCK(dev, txq);
}

static void usual(struct neighbour *neigh, bool is_v6gw, struct sk_buff *list)
{
	struct sk_buff *skb, *next;

	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		neigh_output(neigh, skb, is_v6gw);
	}
}

/**
 * kpptp_link_send() - send packets to a neighbour
 * @neigh: the neighbour
 * @is_v6gw: it is one of IPv6, the packets are not
 * @list: packets with their network headers, linked by next, their dev set;
 *	consumed
 *
 * Context: BH disabled, RCU read side.
 */
void kpptp_link_send(struct neighbour *neigh, bool is_v6gw,
		     struct sk_buff *list)
{
	struct net_device *dev = neigh->dev;
	struct netdev_queue *txq = netdev_get_tx_queue(dev, 0);
	struct sk_buff *skb, *last = NULL;

	if (is_v6gw ||
	    !(READ_ONCE(neigh->nud_state) & NUD_CONNECTED) ||
	    !straight(dev, txq, list)) {
		usual(neigh, is_v6gw, list);
		return;
	}
	for (skb = list; skb; last = skb, skb = skb->next) {
		if (!push_link_header(neigh, skb))
			break;
		skb_dst_drop(skb);
	}
	if (last) {
		last->next = NULL;
		give_to_driver(dev, txq, list);
	}
	usual(neigh, is_v6gw, skb);
}
