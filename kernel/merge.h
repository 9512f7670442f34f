/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting received TCP and UDP packets together (GRO) before PPP sees them.
 */
#ifndef KPPTP_MERGE_H
#define KPPTP_MERGE_H

#include <linux/types.h>

struct kpptp_merger;
struct net_device;
struct sk_buff;
struct sk_buff_head;

enum kpptp_merge_verdict {
	KPPTP_MERGE,		/* kpptp_merger_prepare() was called */
	KPPTP_MERGE_BARRIER,	/* nothing may overtake it */
	KPPTP_MERGE_DONE,	/* consumed */
};

/**
 * struct kpptp_merger_ops - whose packets, and what becomes of them
 * @begin: a burst begins
 * @fetch: adds frames to a list, if there are any, and so many at most
 * @sort: says what is to be done with a frame
 * @merged: takes an IP packet, of as many frames as @frames says; the others
 *	had as many octets of headers as @headers says. skb->data is at the IP
 *	header
 * @in_order: takes a barrier, after all frames before it
 * @handed_on: frames have been handed on, all that were fetched if @all. Returns
 *	false when there are others to fetch; otherwise it has to be kicked
 *	when there are
 *
 * Context: BH disabled, one at a time.
 */
struct kpptp_merger_ops {
	void (*begin)(void *owner);
	void (*fetch)(void *owner, struct sk_buff_head *frames,
		      unsigned int max);
	enum kpptp_merge_verdict (*sort)(void *owner, struct sk_buff *skb);
	void (*merged)(void *owner, struct sk_buff *skb, unsigned int frames,
		       unsigned int headers);
	void (*in_order)(void *owner, struct sk_buff *skb);
	bool (*handed_on)(void *owner, bool all);
};

int kpptp_merge_register(void);
void kpptp_merge_unregister(void);

struct kpptp_merger *kpptp_merger_new(const struct kpptp_merger_ops *ops,
				      void *owner);
void kpptp_merger_free(struct kpptp_merger *merger);
bool kpptp_merger_kick(struct kpptp_merger *merger, unsigned int frames);
bool kpptp_merger_prepare(struct sk_buff *skb, struct net_device *dev);

#endif /* KPPTP_MERGE_H */
