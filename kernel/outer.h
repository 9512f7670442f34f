/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The outer IP header: by which route, with which TOS, TTL and DF; and the
 * way of a finished packet into the IP stack.
 */
#ifndef KPPTP_OUTER_H
#define KPPTP_OUTER_H

#include <linux/netdev_features.h>
#include <linux/types.h>

struct kpptp_call;
struct net;
struct rtable;
struct sk_buff;

/**
 * struct kpptp_outer - how the packets of one frame leave
 * @rt: route, with a reference
 * @df: DF or 0
 * @tos: TOS with ECN
 * @priority: for queues that go by it
 */
struct kpptp_outer {
	struct rtable	*rt;
	__be16		df;
	u8		tos;
	u32		priority;
};

enum kpptp_outer_verdict {
	KPPTP_OUTER_OK,
	KPPTP_OUTER_NO_ROUTE,
	KPPTP_OUTER_LOOP,	/* into its own tunnel */
};

bool kpptp_outer_is_local(struct net *net, u32 device, __be32 addr);
int kpptp_outer_reaches(const struct kpptp_call *call, __be32 peer);
void kpptp_outer_update_pmtu(struct kpptp_call *call, struct sk_buff *skb,
			     u32 mtu);
void kpptp_outer_redirect(struct kpptp_call *call, struct sk_buff *skb);
enum kpptp_outer_verdict kpptp_outer_prepare(struct kpptp_call *call,
					     struct sk_buff *skb,
					     struct kpptp_outer *out);
bool kpptp_outer_prepare_ack(struct kpptp_call *call, struct kpptp_outer *out);
netdev_features_t kpptp_outer_features(const struct kpptp_outer *out);
unsigned int kpptp_outer_headroom(const struct kpptp_outer *out);
void kpptp_outer_scrub(const struct kpptp_call *call, struct sk_buff *skb,
		       const struct kpptp_outer *out);
void kpptp_outer_cancel(struct kpptp_outer *out);
void kpptp_outer_send_burst(struct kpptp_call *call, struct sk_buff *segs,
			    unsigned int count, const struct kpptp_outer *out);

#endif /* KPPTP_OUTER_H */
