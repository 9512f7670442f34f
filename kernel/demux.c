// SPDX-License-Identifier: GPL-2.0-only
/*
 * Early demultiplexing, see demux.h. It is done where the stack does that of
 * TCP, after the last of netfilter's PRE_ROUTING hooks, and by a hook, for the
 * stack asks TCP and UDP only. Whether the packet passes the INPUT hooks,
 * is seen by raw sockets, and all the rest, stays as it is.
 */
#include <linux/ip.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <net/dst_metadata.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "call.h"
#include "demux.h"
#include "wire.h"

/* The call that an IP packet is for, if it is one that can be asked. */
static struct kpptp_call *find(struct net *net, const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct kpptp_gre_hdr *header;
	u8 octets[KPPTP_GRE_LEN_MIN];

	if (iph->protocol != IPPROTO_GRE || ip_is_fragment(iph))
		return NULL;
	header = skb_header_pointer(skb, ip_hdrlen(skb), sizeof(octets),
				    octets);
	if (!header || header->protocol != htons(KPPTP_GRE_PROTOCOL))
		return NULL;
	return kpptp_call_find(net, iph->daddr, iph->saddr,
			       ntohs(header->call_id));
}

static unsigned int demux(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	struct kpptp_call *call;
	struct dst_entry *dst;

	/* One that a user has held goes the longer way: BH is not disabled. */
	if (!in_softirq())
		return NF_ACCEPT;
	if (skb_valid_dst(skb) || skb->pkt_type != PACKET_HOST ||
	    !READ_ONCE(state->net->ipv4.sysctl_ip_early_demux))
		return NF_ACCEPT;
	call = find(state->net, skb);
	if (!call || READ_ONCE(call->demux.iif) != skb->skb_iif)
		return NF_ACCEPT;
	dst = rcu_dereference(call->demux.dst);
	if (dst && dst_check(dst, 0))
		skb_dst_set_noref(skb, dst);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hook = {
	.hook		= demux,
	.pf		= NFPROTO_IPV4,
	.hooknum	= NF_INET_PRE_ROUTING,
	.priority	= NF_IP_PRI_LAST,
};

/**
 * kpptp_demux_start() - should be called when a namespace has a call
 * @kn: what the module has there
 * @net: the namespace
 *
 * A namespace without calls is spared the hook. Without memory for it, its
 * packets take the longer way.
 *
 * Context: process, &kpptp_net.lock held.
 */
void kpptp_demux_start(struct kpptp_net *kn, struct net *net)
{
	lockdep_assert_held(&kn->lock);
	if (!kn->demuxes)
		kn->demuxes = !nf_register_net_hook(net, &hook);
}

/**
 * kpptp_demux_stop() - should be called when a namespace has no call any more
 * @kn: what the module has there
 * @net: the namespace
 *
 * Context: process, &kpptp_net.lock held. The hook may run until a grace period
 * has passed.
 */
void kpptp_demux_stop(struct kpptp_net *kn, struct net *net)
{
	lockdep_assert_held(&kn->lock);
	if (kn->demuxes)
		nf_unregister_net_hook(net, &hook);
	kn->demuxes = false;
}

/**
 * kpptp_demux_learn() - should be called with each packet of a call
 * @call: the call
 * @skb: the packet with the route it has
 *
 * Context: BH disabled, RCU read side, rx_lock not held.
 */
void kpptp_demux_learn(struct kpptp_call *call, const struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);
	struct dst_entry *old = dst;

	if (likely(rcu_access_pointer(call->demux.dst) == dst &&
		   READ_ONCE(call->demux.iif) == skb->skb_iif))
		return;
	/* What IPsec has let in may have been let in for that. */
	if (!dst || secpath_exists(skb) ||
	    !dst_hold_safe(dst))
		return;
	spin_lock(&call->rx_lock);
	if (!call->dead) {
		old = rcu_replace_pointer(call->demux.dst, dst,
					  lockdep_is_held(&call->rx_lock));
		WRITE_ONCE(call->demux.iif, skb->skb_iif);
	}
	spin_unlock(&call->rx_lock);
	dst_release(old);
}

/**
 * kpptp_demux_forget() - should be called when a call is dead
 * @call: the call, rx_lock held
 */
void kpptp_demux_forget(struct kpptp_call *call)
{
	lockdep_assert_held(&call->rx_lock);
	dst_release(rcu_replace_pointer(call->demux.dst, NULL,
					lockdep_is_held(&call->rx_lock)));
}
