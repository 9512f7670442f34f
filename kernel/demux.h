/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Early demultiplexing: a packet for a call takes the route that the call's
 * last one had, as those for a TCP socket do.
 *
 * To find out that a packet is for this host takes a look-up for the source
 * and one for the destination, which together cost more than all that this
 * module does with the packet. Both give what they gave for the packet before,
 * while routes and addresses are the same and it came by the same interface.
 */
#ifndef KPPTP_DEMUX_H
#define KPPTP_DEMUX_H

#include <linux/skbuff.h>

struct dst_entry;
struct kpptp_call;
struct kpptp_net;
struct net;

/**
 * struct kpptp_demux - the route of a call's last packet
 * @dst: with a reference; written under the call's rx_lock, read under RCU
 * @iif: interface it came by; a reader who sees one of another @dst gets a
 *	route that was as good a moment ago
 */
struct kpptp_demux {
	struct dst_entry __rcu	*dst;
	int			iif;
};

#ifdef CONFIG_NETFILTER
void kpptp_demux_start(struct kpptp_net *kn, struct net *net);
void kpptp_demux_stop(struct kpptp_net *kn, struct net *net);
void kpptp_demux_learn(struct kpptp_call *call, const struct sk_buff *skb);
void kpptp_demux_forget(struct kpptp_call *call);
#else
/* There is no place to do it, then. */
static inline void kpptp_demux_start(struct kpptp_net *kn, struct net *net)
{
}

static inline void kpptp_demux_stop(struct kpptp_net *kn, struct net *net)
{
}

static inline void kpptp_demux_learn(struct kpptp_call *call,
				     const struct sk_buff *skb)
{
}

static inline void kpptp_demux_forget(struct kpptp_call *call)
{
}
#endif

#endif /* KPPTP_DEMUX_H */
