/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Offload: many packets go through PPP as one.
 *
 * Sending, the PPP interface is told that it can segment and checksum, so the
 * stack hands it large packets, which kpptp_tx_frame() cuts. Receiving, TCP
 * packets of one flow that arrive in a burst are put together again (GRO)
 * before PPP sees them. In both directions PPP stays in the path, with its
 * filters, its counters and its idea of what may pass, once a burst.
 *
 * Both need that PPP hands packets on as they are, which kpptp_watch knows, and
 * an interface to do it for, which is learned from the first frame it sends.
 *
 * What the stack may send large is an interface's features, and to change those
 * takes RTNL, tells the whole host and waits for a grace period. So large packets
 * end at once when they have to, but begin again only when nothing was negotiated
 * for some time, the longer the more often that happens (struct kpptp_settle).
 *
 * Locks: RTNL guards @dev, @tx, @unwanted and @merger; @lock guards @watch,
 * @settle, @holding and @held, and that @large becomes true.
 */
#ifndef KPPTP_OFFLOAD_H
#define KPPTP_OFFLOAD_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <uapi/linux/kpptp.h>

#include "backlog.h"
#include "watch.h"

struct kpptp_call;
struct kpptp_merger;

/**
 * struct kpptp_offload_ops - what offload asks of the face it belongs to
 * @input: hands a frame to PPP; BH disabled
 * @is_on: is the channel connected to this interface?
 */
struct kpptp_offload_ops {
	void (*input)(void *face, struct sk_buff *skb);
	bool (*is_on)(void *face, const struct net_device *dev);
};

/**
 * struct kpptp_offload - the offload of an attached call
 * @call: the call
 * @ops: the face's
 * @face: given to @ops
 * @work: brings what is in effect in line with what is known
 * @lock: BH; guards @watch, @settle, @stopped, @holding, @held
 * @watch: enum kpptp_watch_flags; read anywhere
 * @settle: when large packets may begin again
 * @stopped: the face is going; @work is not scheduled any more
 * @holding: frames from the peer are held, those that come now too
 * @held: a control frame that PPP must not see while @large, and what follows;
 *	bounded, see backlog.h. How long is with RTNL: PPP must not see it before
 * @seen: interface that the last frame came from; only compared
 * @seen_index: its index
 * @dev: interface that is served; read under RCU
 * @dev_tracker: of the reference to @dev
 * @node: in the table of served interfaces, while there is one
 * @tx: @dev may be given large packets
 * @large: some may be under way; written by @work only
 * @again: it may not yet; to be looked at when an IP packet is sent
 * @unwanted: features that the administrator does not want of @dev
 * @rx: packets received may be put together, but for @watch; read anywhere
 * @merging: they are in this burst; by the merger only
 * @merger: puts them together; stays until the face goes, RCU
 */
struct kpptp_offload {
	struct kpptp_call	*call;
	const struct kpptp_offload_ops *ops;
	void			*face;
	struct work_struct	work;

	spinlock_t		lock; /* see above: watch to held */
	u8			watch;
	struct kpptp_settle	settle;
	bool			stopped;
	bool			holding;
	struct kpptp_backlog	held;

	const struct net_device	*seen;
	int			seen_index;
	struct net_device __rcu	*dev;
	netdevice_tracker	dev_tracker;
	struct hlist_node	node;
	bool			tx;
	bool			large;
	bool			again;
	netdev_features_t	unwanted;
	bool			rx;
	bool			merging;
	struct kpptp_merger __rcu *merger;
};

int kpptp_offload_register(void);
void kpptp_offload_unregister(void);

void kpptp_offload_init(struct kpptp_offload *o,
			const struct kpptp_offload_ops *ops, void *face);
void kpptp_offload_start(struct kpptp_offload *o, struct kpptp_call *call);
void kpptp_offload_stop(struct kpptp_offload *o);
void kpptp_offload_update(struct kpptp_offload *o);
bool kpptp_offload_check(struct kpptp_offload *o);
bool kpptp_offload_fetch_soon(struct kpptp_offload *o, unsigned int frames);
void kpptp_offload_receive(struct kpptp_offload *o, struct sk_buff *skb);
void kpptp_offload_sending(struct kpptp_offload *o, struct sk_buff *skb);
unsigned int kpptp_offload_headers(const struct sk_buff *skb);
void kpptp_offload_sent(struct kpptp_offload *o, struct net_device *dev,
			unsigned int packets, unsigned int headers);
enum kpptp_offload_state kpptp_offload_state(const struct kpptp_offload *o);

#endif /* KPPTP_OFFLOAD_H */
