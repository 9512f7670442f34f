/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MTU of the PPP interface follows the path to the peer.
 *
 * A packet that does not fit the path would have to be fragmented outside, which
 * costs much, and which many a NAT does not survive. ICMP to its sender is no way
 * out: PPP calls us with locks of the interface held, and an answer may leave by
 * another interface whose locks somebody holds who sends to ours. So the stack is
 * told in advance, by the MTU; it then answers senders, sizes what TCP sends and
 * fragments inside by itself.
 *
 * The MTU that others set (pppd, an administrator), now or later, is the most it
 * gets. There is a least, too, below which packets are fragmented outside.
 *
 * Who sends only compares. The rest is done by a work item, which takes RTNL when
 * the MTU has to change: for peers and routers can have a hand in it, not more
 * often than once in KPPTP_MTU_INTERVAL.
 */
#ifndef KPPTP_MTU_H
#define KPPTP_MTU_H

#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

struct kpptp_call;
struct net_device;
struct sk_buff;

/**
 * typedef kpptp_mtu_device - find the interface that a channel is on
 * @face: the channel's face
 *
 * Context: process; RCU read side or RTNL, and the interface stays as long.
 * Return: the interface, which is registered, or NULL.
 */
typedef struct net_device *kpptp_mtu_device(void *face);

/**
 * struct kpptp_mtu - the MTU of an attached call's interface
 * @call: the call
 * @watch: what PPP has negotiated, enum kpptp_watch_flags; others write it
 * @device: finds the interface
 * @face: given to @device
 * @work: looks at the interface
 * @lock: BH; guards @stopped
 * @stopped: the face is going; @work is not scheduled any more
 * @unsettled: IPv6 may come still; by @work only
 * @settled: jiffies when it may not any more; by @work only
 * @known: what @set was chosen for, see what_counts(), 0 while @unsettled; written
 *	by @work only
 * @set: MTU that the interface has had from us, or was found with, 0 while it has
 *	not been looked at; written by @work, and by kpptp_mtu_stop() after that
 * @ceiling: the most it gets; by @work, and by kpptp_mtu_stop() after that
 * @ifindex: the interface these are of; like @ceiling
 * @next: jiffies of the next look
 */
struct kpptp_mtu {
	struct kpptp_call	*call;
	const u8		*watch;
	kpptp_mtu_device	*device;
	void			*face;
	struct delayed_work	work;
	spinlock_t		lock; /* see above: stopped */
	bool			stopped;
	bool			unsettled;
	unsigned long		settled;
	u32			known;
	unsigned int		set;
	unsigned int		ceiling;
	int			ifindex;
	unsigned long		next;
};

void kpptp_mtu_init(struct kpptp_mtu *m, kpptp_mtu_device *device, void *face,
		    const u8 *watch);
void kpptp_mtu_start(struct kpptp_mtu *m, struct kpptp_call *call);
void kpptp_mtu_stop(struct kpptp_mtu *m);
unsigned int kpptp_mtu_size(const struct sk_buff *skb, unsigned int headers);
void kpptp_mtu_sent(struct kpptp_mtu *m, unsigned int size);
void kpptp_mtu_check(struct kpptp_mtu *m);

#endif /* KPPTP_MTU_H */
