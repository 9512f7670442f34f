// SPDX-License-Identifier: GPL-2.0-only
/*
 * The outer IP header and the way into the IP stack, see outer.h.
 *
 * The usual way is iptunnel_xmit(), which walks the IP output path for each
 * packet. Where the path is plain, packets go past it to the neighbour, which
 * is looked up once for all packets of a frame (see straight()).
 */
#include <linux/icmp.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/pkt_sched.h>
#include <linux/ppp_defs.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/l3mdev.h>
#include <net/neighbour.h>
#include <net/route.h>

#include "call.h"
#include "compat/compat.h"
#include "link.h"
#include "outer.h"
#include "tx.h"
#include "watch.h"

/* What the sender of a frame sees of the IP packet in it. */
struct inner {
	__be16	protocol;	/* ETH_P_IP, ETH_P_IPV6, or 0 for neither */
	bool	is_control;	/* of PPP itself */
	u8	tos;
	bool	no_fragment;
};

/**
 * kpptp_outer_is_local() - can packets to an address come in?
 * @net: namespace
 * @device: ifindex of the device a call is bound to, 0 for none
 * @addr: the address
 *
 * Without a device the address may be of any VRF: which one may be said later.
 *
 * Return: whether it is an address of the namespace, or may be none.
 */
bool kpptp_outer_is_local(struct net *net, u32 device, __be32 addr)
{
	struct net_device *dev;
	bool local;

	if (READ_ONCE(net->ipv4.sysctl_ip_nonlocal_bind))
		return true;
	rcu_read_lock();
	if (device) {
		dev = dev_get_by_index_rcu(net, device);
		local = dev && inet_addr_type_dev_table(net, dev, addr) ==
			       RTN_LOCAL;
	} else {
		local = __ip_dev_find(net, addr, false);
	}
	rcu_read_unlock();
	return local;
}

/* How packets of a call are routed: whoever looks a route up for one asks here. */
static struct rtable *look_up_route(const struct kpptp_call *call, __be32 peer,
				    struct flowi4 *fl4)
{
	flowi4_init_output(fl4, READ_ONCE(call->cfg.device),
			   READ_ONCE(call->cfg.mark),
			   READ_ONCE(call->cfg.tos) & INET_DSCP_MASK,
			   RT_SCOPE_UNIVERSE, IPPROTO_GRE, 0,
			   peer, call->key.local, 0, 0,
			   sock_net_uid(call->net, NULL));
	return ip_route_output_flow(call->net, fl4, NULL);
}

/**
 * kpptp_outer_reaches() - is there a route to a peer?
 * @call: a call, or a reservation with its settings
 * @peer: the peer's address, which a reservation does not know yet
 *
 * Context: process.
 * Return: 0 or -EHOSTUNREACH.
 */
int kpptp_outer_reaches(const struct kpptp_call *call, __be32 peer)
{
	struct flowi4 fl4;
	struct rtable *rt = look_up_route(call, peer, &fl4);

	if (IS_ERR(rt))
		return -EHOSTUNREACH;
	ip_rt_put(rt);
	return 0;
}

static struct rtable *route(struct kpptp_call *call)
{
	struct flowi4 fl4;
	struct rtable *rt;
	__be32 saddr;

	rt = dst_cache_get_ip4(&call->dst_cache, &saddr);
	if (rt)
		return rt;
	rt = look_up_route(call, call->key.peer, &fl4);
	if (!IS_ERR(rt))
		dst_cache_set_ip4(&call->dst_cache, &rt->dst, fl4.saddr);
	return rt;
}

static u32 note_path_mtu(struct kpptp_call *call, const struct rtable *rt)
{
	u32 mtu = dst_mtu(&rt->dst);

	if (READ_ONCE(call->path_mtu) != mtu)
		WRITE_ONCE(call->path_mtu, mtu);
	return mtu;
}

/**
 * kpptp_outer_update_pmtu() - the path to the peer takes less than was sent
 * @call: the call that has sent
 * @skb: the ICMP error, from the quoted IP header on
 * @mtu: what the path takes
 *
 * The core's own ipv4_update_pmtu() looks the route up without the mark, so the
 * route of the call is asked for here and told: by way of what the error would
 * look like if it had come where packets of the call leave.
 *
 * Context: RCU read side, BH disabled.
 */
void kpptp_outer_update_pmtu(struct kpptp_call *call, struct sk_buff *skb,
			     u32 mtu)
{
	int network = skb_network_offset(skb);
	struct net_device *dev = skb->dev;
	struct rtable *rt = route(call);
	u32 mark = skb->mark;

	if (IS_ERR(rt))
		return;
	skb->dev = rt->dst.dev;
	skb->mark = READ_ONCE(call->cfg.mark);
	skb_reset_network_header(skb);
	rt->dst.ops->update_pmtu(&rt->dst, NULL, skb, mtu, false);
	skb_set_network_header(skb, network);
	skb->mark = mark;
	skb->dev = dev;
	ip_rt_put(rt);
	/* The next packet may take a while, and should not be too large again. */
	rt = route(call);
	if (IS_ERR(rt))
		return;
	note_path_mtu(call, rt);
	ip_rt_put(rt);
	kpptp_call_path_changed(call);
}

/**
 * kpptp_outer_redirect() - a router knows a better one for the peer
 * @call: the call that has sent
 * @skb: the ICMP redirect, from the quoted IP header on
 *
 * Context: RCU read side, BH disabled.
 */
void kpptp_outer_redirect(struct kpptp_call *call, struct sk_buff *skb)
{
	struct rtable *rt = route(call);
	u32 mark = skb->mark;

	if (IS_ERR(rt))
		return;
	skb->mark = READ_ONCE(call->cfg.mark);
	rt->dst.ops->redirect(&rt->dst, NULL, skb);
	skb->mark = mark;
	ip_rt_put(rt);
}

/* The IP packet behind an uncompressed PPP protocol number, if there is one. */
static void look_inside(struct sk_buff *skb, struct inner *inner)
{
	u16 protocol = get_unaligned_be16(skb->data);

	memset(inner, 0, sizeof(*inner));
	inner->is_control = kpptp_watch_is_control(protocol);
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
 * Queues of the way out may go by the priority. What has a number and overtakes
 * another of its call makes a peer without a reorder buffer drop that one; so
 * with a TOS for all there is one priority for all. Where each packet has its
 * own, as its sender wants it, a link must not end for want of an LCP echo.
 */
static u32 outer_priority(const struct kpptp_call *call,
			  const struct inner *inner, const struct sk_buff *skb)
{
	if (READ_ONCE(call->cfg.tos_mode) == KPPTP_TOS_MODE_FIXED)
		return rt_tos2priority(READ_ONCE(call->cfg.tos));
	return inner->is_control ? TC_PRIO_CONTROL : skb->priority;
}

/* What one packet of the frame may have, its protocol number included. */
static bool frame_fits(const struct sk_buff *skb, u32 room)
{
	if (skb_is_gso(skb))
		return skb_gso_validate_network_len(skb, room - 2);
	return skb->len <= room;
}

/*
 * What does not fit is sent without DF, in fragments: the MTU of the interface
 * has changed too late for it, or may not be so small (see mtu.h). A frame counts
 * with all that can come in front of it, so that what fits does not depend on
 * whether an acknowledgement rides along.
 */
static __be16 outer_df(const struct kpptp_call *call,
		       const struct inner *inner, const struct sk_buff *skb,
		       u32 mtu)
{
	switch (READ_ONCE(call->cfg.pmtu_mode)) {
	case KPPTP_PMTU_MODE_DISCOVER:
		break;
	case KPPTP_PMTU_MODE_COPY:
		if (inner->no_fragment)
			break;
		fallthrough;
	default:
		return 0;
	}
	return mtu > KPPTP_HEADROOM + 2 &&
	       frame_fits(skb, mtu - KPPTP_HEADROOM) ? htons(IP_DF) : 0;
}

/**
 * kpptp_outer_prepare() - decide how a frame leaves
 * @call: the call
 * @skb: the frame, from its PPP protocol number on; stays the caller's
 * @out: filled when all is well, with a reference that kpptp_outer_send_burst()
 *	or kpptp_outer_cancel() gives back
 *
 * Context: BH disabled.
 * Return: KPPTP_OUTER_OK, or why the frame can't leave.
 */
enum kpptp_outer_verdict kpptp_outer_prepare(struct kpptp_call *call,
					     struct sk_buff *skb,
					     struct kpptp_outer *out)
{
	struct inner inner;

	out->rt = route(call);
	if (IS_ERR(out->rt))
		return KPPTP_OUTER_NO_ROUTE;
	if (skb->dev && out->rt->dst.dev == skb->dev) {
		kpptp_outer_cancel(out);
		return KPPTP_OUTER_LOOP;
	}
	look_inside(skb, &inner);
	out->tos = outer_tos(call, &inner);
	out->priority = outer_priority(call, &inner, skb);
	out->df = outer_df(call, &inner, skb, note_path_mtu(call, out->rt));
	return KPPTP_OUTER_OK;
}

/**
 * kpptp_outer_prepare_ack() - decide how a packet without a frame leaves
 * @call: the call
 * @out: filled, as by kpptp_outer_prepare()
 *
 * Context: BH disabled.
 * Return: false when there is no route.
 */
bool kpptp_outer_prepare_ack(struct kpptp_call *call, struct kpptp_outer *out)
{
	out->rt = route(call);
	out->tos = READ_ONCE(call->cfg.tos);
	out->df = 0;
	/* it has no number that could come too early */
	out->priority = TC_PRIO_CONTROL;
	return !IS_ERR(out->rt);
}

/**
 * kpptp_outer_headroom() - what a packet needs in front of its PPP frame
 * @out: how it leaves
 */
unsigned int kpptp_outer_headroom(const struct kpptp_outer *out)
{
	return KPPTP_HEADROOM + LL_RESERVED_SPACE(out->rt->dst.dev);
}

/**
 * kpptp_outer_features() - what the outgoing device does for us
 * @out: how a packet leaves
 *
 * A device that knows only some protocols' checksums can't find one behind
 * PPP, so only those count that take any offset, for tunnels too.
 *
 * Return: what packets may have: fragments, checksums to be done.
 */
netdev_features_t kpptp_outer_features(const struct kpptp_outer *out)
{
	const struct net_device *dev = out->rt->dst.dev;

	return dev->features & dev->hw_enc_features &
	       (NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM);
}

/**
 * kpptp_outer_cancel() - give back what was prepared
 * @out: as prepared
 */
void kpptp_outer_cancel(struct kpptp_outer *out)
{
	ip_rt_put(out->rt);
}

/*
 * May packets go to the neighbour at once? Then all that the IP output path
 * would do besides is netfilter's hooks, which are called for each packet;
 * the device's own queue, filters and taps come after that.
 */
static bool straight(const struct rtable *rt)
{
	const struct dst_entry *dst = &rt->dst;

	return dst->output == ip_output && rt->rt_type == RTN_UNICAST &&
	       !dst_xfrm(dst) && !dst->lwtstate &&
	       !netif_is_l3_slave(dst->dev);
}

/* The IDs of packets that may not be taken apart mean nothing (RFC 6864 4.1), so
 * a count of our own does for them, which starts anywhere and costs less.
 */
static void choose_ids(struct kpptp_call *call, struct iphdr *iph,
		       unsigned int count)
{
	if (iph->frag_off & htons(IP_DF))
		iph->id = htons(atomic_fetch_add(count, &call->ip_id));
	else
		__ip_select_ident(call->net, iph, count);
}

/* What all packets of a burst have. */
static void fill_header(struct kpptp_call *call,
			const struct kpptp_outer *out, struct iphdr *iph,
			unsigned int count)
{
	u8 ttl = READ_ONCE(call->cfg.ttl);

	*iph = (struct iphdr) {
		.version	= 4,
		.ihl		= sizeof(*iph) >> 2,
		.tos		= out->tos,
		.frag_off	= ip_mtu_locked(&out->rt->dst) ? 0 : out->df,
		.ttl		= ttl ?: ip4_dst_hoplimit(&out->rt->dst),
		.protocol	= IPPROTO_GRE,
		.saddr		= call->key.local,
		.daddr		= call->key.peer,
	};
	choose_ids(call, iph, count);
}

static void push_header(struct sk_buff *skb, struct iphdr *iph, u16 id)
{
	skb_reset_transport_header(skb);
	__skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	skb->protocol = htons(ETH_P_IP);
	iph->tot_len = htons(skb->len);
	iph->id = htons(id);
	iph->check = 0;
	iph->check = ip_fast_csum(iph, sizeof(*iph) >> 2);
	memcpy(skb_network_header(skb), iph, sizeof(*iph));
}

/* The rest of the usual way, for a packet that has passed the last hook. */
static int usual_end(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	IPCB(skb)->flags |= IPSKB_REROUTED;
	return dst_output(net, sk, skb);
}

/* Returns whether the packet is to go the way that was found for all. What a
 * hook has kept or dropped is gone; what it has sent elsewhere goes there.
 */
static bool pass_hooks(struct net *net, struct sk_buff *skb,
		       struct dst_entry *dst)
{
	unsigned int len = skb->len;

	__be32 peer = ip_hdr(skb)->daddr;

	skb_dst_set_noref(skb, dst);
	if (nf_hook(NFPROTO_IPV4, NF_INET_LOCAL_OUT, net, NULL, skb, NULL,
		    dst->dev, dst_output) != 1)
		return false;
	/* Hosts of one link may share a route, but not the neighbour. */
	if (unlikely(skb_dst(skb) != dst || ip_hdr(skb)->daddr != peer)) {
		dst_output(net, NULL, skb);
		return false;
	}
	skb->dev = dst->dev;
	if (nf_hook(NFPROTO_IPV4, NF_INET_POST_ROUTING, net, NULL, skb, NULL,
		    dst->dev, usual_end) != 1)
		return false;
	if (likely(skb_dst(skb) == dst && skb->len == len))
		return true;
	usual_end(net, NULL, skb);
	return false;
}

/* To the neighbour at once. Consumes the packets; the route stays. */
static void send_straight(struct kpptp_call *call, struct sk_buff *segs,
			  unsigned int count, const struct kpptp_outer *out)
{
	struct dst_entry *dst = &out->rt->dst;
	struct sk_buff *skb, *next, *list = NULL, **end = &list;
	unsigned int sent = 0, bytes = 0;
	struct neighbour *neigh;
	bool is_v6gw = false;
	struct iphdr iph;
	u16 id;

	fill_header(call, out, &iph, count);
	id = ntohs(iph.id);
	/* Only for a route to a host on the link is the packet looked at. */
	push_header(segs, &iph, id);
	neigh = ip_neigh_for_gw(out->rt, segs, &is_v6gw);
	if (IS_ERR(neigh)) {
		kfree_skb_list(segs);
		return;
	}
	skb_list_walk_safe(segs, skb, next) {
		skb_mark_not_on_list(skb);
		if (skb != segs)
			push_header(skb, &iph, ++id);
		if (!pass_hooks(call->net, skb, dst))
			continue;
		sent++;
		bytes += skb->len;
		*end = skb;
		end = &skb->next;
	}
	if (list)
		kpptp_link_send(neigh, is_v6gw, list);
	kpptp_count_ip_requests(call->net, count);
	IP_ADD_STATS(call->net, IPSTATS_MIB_OUTPKTS, sent);
	IP_ADD_STATS(call->net, IPSTATS_MIB_OUTOCTETS, bytes);
}

/* The usual way for each; uses the route's reference up. */
static void send_usual(struct kpptp_call *call, struct sk_buff *segs,
		       const struct kpptp_outer *out)
{
	u8 ttl = READ_ONCE(call->cfg.ttl);
	struct sk_buff *skb, *next;

	if (!ttl)
		ttl = ip4_dst_hoplimit(&out->rt->dst);
	skb_list_walk_safe(segs, skb, next) {
		skb_mark_not_on_list(skb);
		skb->protocol = htons(ETH_P_IP);
		if (next)
			dst_hold(&out->rt->dst);
		kpptp_iptunnel_xmit(out->rt, skb, call->key.local,
				    call->key.peer, out->tos, ttl, out->df);
	}
}

/**
 * kpptp_outer_scrub() - forget what must not follow a frame to the outside
 * @call: the call
 * @skb: the frame
 * @out: how it leaves
 *
 * What packets are made of it have it from there. To whoever tells flows apart
 * all packets of a call are one, for they are numbered: queues, devices with
 * several of them and bonds would else let one overtake another. The socket
 * stays, which TCP must have told when its packets have left.
 */
void kpptp_outer_scrub(const struct kpptp_call *call, struct sk_buff *skb,
		       const struct kpptp_outer *out)
{
	struct net_device *dev = skb->dev;

	skb_scrub_packet(skb, dev && !net_eq(dev_net(dev), call->net));
	__skb_set_sw_hash(skb, call->hash, true);
	skb_set_queue_mapping(skb, 0);
	skb->priority = out->priority;
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	skb->mark = READ_ONCE(call->cfg.mark);
	/* The ppp device has counted this packet already. */
	skb->dev = NULL;
}

/* Counts those that leave in fragments. */
static bool in_one_piece(struct kpptp_call *call, const struct sk_buff *segs,
			 u32 mtu)
{
	const struct sk_buff *skb;
	unsigned int count = 0;

	for (skb = segs; skb; skb = skb->next)
		if (skb->len + sizeof(struct iphdr) > mtu)
			count++;
	if (likely(!count))
		return true;
	spin_lock(&call->tx_lock);
	call->tx.fragmented += count;
	spin_unlock(&call->tx_lock);
	return false;
}

/**
 * kpptp_outer_send_burst() - send the packets of one frame
 * @call: the call
 * @segs: packets from their GRE header on, linked by next; consumed
 * @count: how many
 * @out: how they leave; its reference is given back
 *
 * Context: BH disabled.
 */
void kpptp_outer_send_burst(struct kpptp_call *call, struct sk_buff *segs,
			    unsigned int count, const struct kpptp_outer *out)
{
	struct rtable *rt = out->rt;
	bool whole = in_one_piece(call, segs, dst_mtu(&rt->dst));

	if (!whole || !straight(rt)) {
		send_usual(call, segs, out);
		return;
	}
	rcu_read_lock();
	send_straight(call, segs, count, out);
	rcu_read_unlock();
	ip_rt_put(rt);
}
