// SPDX-License-Identifier: GPL-2.0-only
/*
 * Offload, see offload.h: when it may be in effect, for which interface, and
 * what the interface has to be told and must have counted.
 */
#include <linux/hashtable.h>
#include <linux/if_arp.h>
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/ppp_defs.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/net_namespace.h>

#include "call.h"
#include "compat/compat.h"
#include "merge.h"
#include "offload.h"
#include "rx.h"
#include "watch.h"

/* What the stack may leave to us. */
#define TX_FEATURES	(NETIF_F_HW_CSUM | NETIF_F_ALL_TSO | NETIF_F_GSO_UDP_L4)

/* Who serves which interface, by its address. RTNL. */
static DEFINE_HASHTABLE(served, 10);

/* ---- what is in effect ---- */

static struct net_device *served_device(const struct kpptp_offload *o)
{
	return rtnl_dereference(o->dev);
}

/* The stack asks for large packets, or stops to. Only these features: others
 * that the interface could have are for its owner to choose; and of these, what
 * the administrator has switched off stays off.
 */
static void advertise(struct kpptp_offload *o, bool on)
{
	struct net_device *dev = served_device(o);

	if (o->tx == on)
		return;
	WRITE_ONCE(o->tx, on);
	if (on) {
		dev->hw_features |= TX_FEATURES;
		dev->wanted_features |= TX_FEATURES & ~o->unwanted;
	} else {
		o->unwanted = TX_FEATURES & ~dev->wanted_features;
		dev->hw_features &= ~TX_FEATURES;
		dev->wanted_features &= ~TX_FEATURES;
		/* an interface that goes is not updated any more */
		dev->features &= ~TX_FEATURES;
	}
	if (dev->reg_state == NETREG_REGISTERED)
		netdev_update_features(dev);
}

static void let_go(struct kpptp_offload *o)
{
	struct net_device *dev = served_device(o);

	if (!dev)
		return;
	advertise(o, false);
	WRITE_ONCE(o->rx, false);
	RCU_INIT_POINTER(o->dev, NULL);
	hash_del(&o->node);
	/* it may come back: then it is seen anew */
	cmpxchg(&o->seen, dev, NULL);
	netdev_put(dev, &o->dev_tracker);
}

/* Who served it before may not know yet that its channel was taken off. */
static void relieve(struct net_device *dev)
{
	struct kpptp_offload *o;
	struct hlist_node *tmp;

	hash_for_each_possible_safe(served, o, tmp, node, (unsigned long)dev)
		if (served_device(o) == dev && !o->ops->is_on(o->face, dev))
			let_go(o);
}

static void take(struct kpptp_offload *o, struct net_device *dev)
{
	relieve(dev);
	netdev_hold(dev, &o->dev_tracker, GFP_KERNEL);
	rcu_assign_pointer(o->dev, dev);
	hash_add(served, &o->node, (unsigned long)dev);
}

/* The interface that the last frame came from, if it is there still: nobody
 * kept it for us. An index is not used twice soon.
 */
static struct net_device *find_seen(const struct kpptp_offload *o)
{
	const struct net_device *seen = READ_ONCE(o->seen);
	int index = READ_ONCE(o->seen_index);
	struct net_device *dev, *found = NULL;
	struct net *net;

	ASSERT_RTNL();
	if (!seen)
		return NULL;
	dev = __dev_get_by_index(o->call->net, index);
	if (dev == seen)
		return dev;
	rcu_read_lock();
	for_each_net_rcu(net) {
		dev = dev_get_by_index_rcu(net, index);
		if (dev == seen)
			found = dev;
	}
	rcu_read_unlock();
	return found;
}

/* That interface, while the channel is on it. */
static struct net_device *find_own(struct kpptp_offload *o)
{
	struct net_device *dev = find_seen(o);

	if (!dev || o->ops->is_on(o->face, dev))
		return dev;
	cmpxchg(&o->seen, dev, NULL);
	return NULL;
}

static bool is_capable(const struct net_device *dev)
{
	return (dev->features & NETIF_F_SG) && kpptp_dev_has_tstats(dev);
}

static bool wanted(const struct kpptp_offload *o)
{
	return READ_ONCE(o->call->cfg.offload) &&
	       !READ_ONCE(o->call->cfg.tx_window);
}

static struct percpu_counter *backlog_sum(const struct kpptp_offload *o)
{
	return &kpptp_net(o->call->net)->backlog;
}

/* The next frame that was held; what comes after the last goes on by itself. */
static struct sk_buff *next_held(struct kpptp_offload *o)
{
	struct sk_buff *skb;

	spin_lock(&o->lock);
	skb = kpptp_backlog_pop(&o->held);
	if (skb)
		kpptp_backlog_settle(&o->held, backlog_sum(o));
	else
		WRITE_ONCE(o->holding, false);
	spin_unlock(&o->lock);
	return skb;
}

/* Large packets have ended: PPP may see what changes how they are sent. */
static void release_held(struct kpptp_offload *o)
{
	struct sk_buff *skb;

	do {
		local_bh_disable();
		skb = next_held(o);
		if (skb)
			o->ops->input(o->face, skb);
		local_bh_enable();
		cond_resched();
	} while (skb);
}

static bool may_begin(const struct kpptp_offload *o)
{
	lockdep_assert_held(&o->lock);
	return !(o->watch & KPPTP_WATCH_TX) && !o->holding &&
	       kpptp_settle_over(&o->settle, ktime_get_coarse_ns());
}

/* Large packets begin: from now on control frames can be held. */
static void begin_large(struct kpptp_offload *o)
{
	bool begin;

	spin_lock_bh(&o->lock);
	begin = may_begin(o);
	if (begin) {
		kpptp_settle_began(&o->settle, ktime_get_coarse_ns());
		WRITE_ONCE(o->large, true);
	}
	spin_unlock_bh(&o->lock);
	if (begin)
		advertise(o, true);
}

/* Large packets end when they have to: what is held says so, even if something
 * else was negotiated since.
 */
static void end_large(struct kpptp_offload *o)
{
	bool end;

	spin_lock_bh(&o->lock);
	end = (o->watch & KPPTP_WATCH_TX) || o->holding;
	if (end)
		kpptp_settle_ended(&o->settle, ktime_get_coarse_ns());
	spin_unlock_bh(&o->lock);
	if (end)
		advertise(o, false);
}

static const struct kpptp_merger_ops merger_ops;

/* There is one without offload, too: it keeps order on several CPUs. It stays,
 * so that what it holds is not overtaken.
 */
static bool have_merger(struct kpptp_offload *o)
{
	struct kpptp_merger *merger = rtnl_dereference(o->merger);

	if (!merger) {
		merger = kpptp_merger_new(&merger_ops, o);
		rcu_assign_pointer(o->merger, merger);
	}
	return merger;
}

/* Brings what is in effect in line with what is known. Returns whether the
 * stack has to be waited for: a packet could be on its way to the interface
 * that was made large while it still took such.
 */
static bool adjust(struct kpptp_offload *o)
{
	struct net_device *dev = find_own(o);
	bool possible, merger;

	if (served_device(o) != dev)
		let_go(o);
	if (!dev) {
		WRITE_ONCE(o->again, false);
		return o->large;
	}
	if (!served_device(o))
		take(o, dev);
	possible = wanted(o) && is_capable(dev);
	merger = have_merger(o);
	WRITE_ONCE(o->rx, possible && merger);
	if (!possible)
		advertise(o, false);
	else if (o->tx)
		end_large(o);
	else
		begin_large(o);
	WRITE_ONCE(o->again, possible && !o->tx);
	return o->large && !o->tx;
}

static void work(struct work_struct *work)
{
	struct kpptp_offload *o = container_of(work, struct kpptp_offload,
					       work);
	bool wait;

	rtnl_lock();
	wait = adjust(o);
	rtnl_unlock();
	if (wait) {
		synchronize_net();
		WRITE_ONCE(o->large, false);
	}
	/* what has come since they began must wait until they have ended */
	if (!o->large)
		release_held(o);
}

/* ---- what is seen ---- */

static void adjust_soon(struct kpptp_offload *o)
{
	spin_lock_bh(&o->lock);
	if (!o->stopped && o->call)
		queue_work(system_dfl_wq, &o->work);
	spin_unlock_bh(&o->lock);
}

/**
 * kpptp_offload_check() - is the channel still on the interface?
 * @o: offload
 *
 * PPP tells nobody when a channel is taken off; so it is asked now and then,
 * and the interface is let go when it is not ours any more.
 *
 * Context: BH disabled; the channel can't go meanwhile.
 * Return: whether there is an interface, and the channel is on it.
 */
bool kpptp_offload_check(struct kpptp_offload *o)
{
	const struct net_device *dev = rcu_dereference_bh(o->dev);

	if (!dev)
		return false;
	if (likely(o->ops->is_on(o->face, dev)))
		return true;
	adjust_soon(o);
	return false;
}

/* Notes a control frame. @o->lock.
 * Returns whether large packets can be under way, which must end for it.
 */
static bool note(struct kpptp_offload *o, struct sk_buff *skb, u16 protocol,
		 bool sent)
{
	u8 watch, changes;

	lockdep_assert_held(&o->lock);
	if (!pskb_may_pull(skb, skb->len))
		return false;
	watch = kpptp_watch_control(o->watch, sent, protocol, skb->data + 2,
				    skb->len - 2);
	changes = watch ^ o->watch;
	WRITE_ONCE(o->watch, watch);
	if (changes & KPPTP_WATCH_TX)
		kpptp_settle_changed(&o->settle, ktime_get_coarse_ns());
	return READ_ONCE(o->large) && (watch & KPPTP_WATCH_TX);
}

/* An IP packet was sent as it is, so there is a link. Returns whether large ones
 * may begin.
 */
static bool note_plain(struct kpptp_offload *o)
{
	bool begin;

	spin_lock_bh(&o->lock);
	WRITE_ONCE(o->watch, o->watch & ~KPPTP_WATCH_DOWN);
	begin = may_begin(o);
	spin_unlock_bh(&o->lock);
	return begin;
}

/* Is there nothing to be learned from a packet that leaves by the interface? */
static bool is_known(const struct kpptp_offload *o, const struct net_device *dev)
{
	u8 watch = READ_ONCE(o->watch);

	return READ_ONCE(o->seen) == dev && !(watch & KPPTP_WATCH_DOWN) &&
	       (!READ_ONCE(o->again) || (watch & KPPTP_WATCH_TX));
}

/**
 * kpptp_offload_sending() - should be called with each frame that PPP sends
 * @o: offload
 * @skb: the frame from its whole protocol number on, that much linear
 *
 * Context: BH disabled; one at a time.
 */
void kpptp_offload_sending(struct kpptp_offload *o, struct sk_buff *skb)
{
	u16 protocol = get_unaligned_be16(skb->data);
	bool adjust, fresh;

	if (kpptp_watch_is_control(protocol)) {
		spin_lock_bh(&o->lock);
		adjust = note(o, skb, protocol, true);
		spin_unlock_bh(&o->lock);
		if (adjust)
			adjust_soon(o);
		return;
	}
	if (protocol != PPP_IP && protocol != PPP_IPV6)
		return;
	/* A channel that is bridged sends for others, too. */
	if (!skb->dev || skb->dev->type != ARPHRD_PPP)
		return;
	if (likely(is_known(o, skb->dev)))
		return;
	fresh = READ_ONCE(o->seen) != skb->dev;
	WRITE_ONCE(o->seen_index, skb->dev->ifindex);
	WRITE_ONCE(o->seen, skb->dev);
	if (note_plain(o) || fresh)
		adjust_soon(o);
}

/* ---- counting ---- */

/* PPP counts a large packet as one, as long as it is; so what the packets it
 * becomes, or was, have besides is added where PPP counts.
 */

/**
 * kpptp_offload_headers() - what each segment of a large packet begins with
 * @skb: the frame with its protocol number
 *
 * Return: octets of its IP and transport headers, 0 when it is not large.
 */
unsigned int kpptp_offload_headers(const struct sk_buff *skb)
{
	unsigned int transport;

	if (!skb_is_gso(skb))
		return 0;
	transport = skb_is_gso_tcp(skb) ? tcp_hdrlen(skb) :
					  sizeof(struct udphdr);
	return skb_transport_offset(skb) - 2 + transport;
}

/**
 * kpptp_offload_sent() - should be called after a large packet was sent
 * @o: offload
 * @dev: interface that it came from
 * @packets: packets it became
 * @headers: octets of headers that each has
 *
 * Context: BH disabled.
 */
void kpptp_offload_sent(struct kpptp_offload *o, struct net_device *dev,
			unsigned int packets, unsigned int headers)
{
	if (packets > 1 && rcu_access_pointer(o->dev) == dev)
		dev_sw_netstats_tx_add(dev, packets - 1,
				       (packets - 1) * headers);
}

static void count_received(const struct kpptp_offload *o, unsigned int packets,
			   unsigned int octets)
{
	struct net_device *dev = rcu_dereference_bh(o->dev);
	struct pcpu_sw_netstats *tstats;

	if (!dev)
		return;
	tstats = this_cpu_ptr(dev->tstats);
	u64_stats_update_begin(&tstats->syncp);
	u64_stats_add(&tstats->rx_packets, packets);
	u64_stats_add(&tstats->rx_bytes, octets);
	u64_stats_update_end(&tstats->syncp);
}

/* ---- receiving ---- */

/* Makes a short protocol number whole, so that nobody after us has to ask. */
static bool whole_protocol(struct sk_buff *skb)
{
	if (!pskb_may_pull(skb, 1))
		return false;
	if (!(skb->data[0] & 1))
		return pskb_may_pull(skb, 2);
	if (skb_cow_head(skb, 1))
		return false;
	*(u8 *)__skb_push(skb, 1) = 0;
	return true;
}

/* What has no whole protocol number is for PPP to count. */
static u16 protocol_of(struct sk_buff *skb)
{
	return whole_protocol(skb) ? get_unaligned_be16(skb->data) : 0;
}

/* Control frames, and what must not overtake one that is held. */
static bool needs_order(const struct kpptp_offload *o, u16 protocol)
{
	return kpptp_watch_is_control(protocol) || READ_ONCE(o->holding);
}

/* Puts a frame behind those that are held. Returns false when there is no room. */
static bool hold(struct kpptp_offload *o, struct sk_buff *skb)
{
	lockdep_assert_held(&o->lock);
	if (!kpptp_backlog_add(&o->held, backlog_sum(o), skb))
		return false;
	kpptp_backlog_settle(&o->held, backlog_sum(o));
	return true;
}

/* A frame in its place in the order. While there can be large packets under
 * way, PPP must not learn what would make it change them, nor see what the
 * peer sent after that.
 */
static void receive_in_order(void *owner, struct sk_buff *skb)
{
	struct kpptp_offload *o = owner;
	u16 protocol = protocol_of(skb);
	bool end, holding, held = false;

	spin_lock(&o->lock);
	end = kpptp_watch_is_control(protocol) && note(o, skb, protocol, false);
	if (end && !o->stopped)
		WRITE_ONCE(o->holding, true);
	holding = o->holding;
	if (holding)
		held = hold(o, skb);
	spin_unlock(&o->lock);
	if (end)
		adjust_soon(o);
	if (!holding) {
		o->ops->input(o->face, skb);
	} else if (!held) {
		kpptp_call_overrun(o->call, skb->len);
		kfree_skb(skb);
	}
}

static bool may_merge(const struct kpptp_offload *o)
{
	return READ_ONCE(o->rx) && !(READ_ONCE(o->watch) & KPPTP_WATCH_RX);
}

/* What the peer has compressed, or PPP must see frame by frame, is not put
 * together from the control frame on that says so.
 */
static void begin(void *owner)
{
	struct kpptp_offload *o = owner;

	o->merging = may_merge(o) && kpptp_offload_check(o);
}

static enum kpptp_merge_verdict sort(void *owner, struct sk_buff *skb)
{
	struct kpptp_offload *o = owner;
	u16 protocol = protocol_of(skb);

	if (unlikely(needs_order(o, protocol)))
		return KPPTP_MERGE_BARRIER;
	if (o->merging && (protocol == PPP_IP || protocol == PPP_IPV6)) {
		skb_pull_rcsum(skb, 2);
		skb->protocol = protocol == PPP_IP ? htons(ETH_P_IP) :
						     htons(ETH_P_IPV6);
		if (kpptp_merger_prepare(skb, rcu_dereference_bh(o->dev)))
			return KPPTP_MERGE;
		skb_push_rcsum(skb, 2);
	}
	o->ops->input(o->face, skb);
	return KPPTP_MERGE_DONE;
}

static void merged(void *owner, struct sk_buff *skb, unsigned int frames,
		   unsigned int headers)
{
	struct kpptp_offload *o = owner;
	u16 protocol = skb->protocol == htons(ETH_P_IP) ? PPP_IP : PPP_IPV6;

	if (skb_cow_head(skb, 2)) {
		kfree_skb(skb);
		return;
	}
	put_unaligned_be16(protocol, skb_push(skb, 2));
	o->ops->input(o->face, skb);
	if (frames > 1)
		count_received(o, frames - 1, headers);
}

static void fetch(void *owner, struct sk_buff_head *frames, unsigned int max)
{
	struct kpptp_offload *o = owner;

	kpptp_call_take(o->call, frames, max);
}

static bool handed_on(void *owner, bool all)
{
	struct kpptp_offload *o = owner;

	return kpptp_rx_taken(o->call, all);
}

static const struct kpptp_merger_ops merger_ops = {
	.begin		= begin,
	.fetch		= fetch,
	.sort		= sort,
	.merged		= merged,
	.in_order	= receive_in_order,
	.handed_on	= handed_on,
};

/**
 * kpptp_offload_fetch_soon() - frames from the peer are ready
 * @o: offload
 * @frames: how many
 *
 * Context: BH disabled, rx_lock held.
 * Return: whether they will be fetched; otherwise they are for
 * kpptp_offload_receive(), now and on this CPU.
 */
bool kpptp_offload_fetch_soon(struct kpptp_offload *o, unsigned int frames)
{
	struct kpptp_merger *merger = rcu_dereference_bh(o->merger);

	return merger &&
	       kpptp_merger_kick(merger, may_merge(o) ? frames : 0);
}

/**
 * kpptp_offload_receive() - hand a frame from the peer to PPP
 * @o: offload
 * @skb: the frame from its protocol number on; consumed
 *
 * Context: BH disabled; one at a time.
 */
void kpptp_offload_receive(struct kpptp_offload *o, struct sk_buff *skb)
{
	if (needs_order(o, protocol_of(skb)))
		receive_in_order(o, skb);
	else
		o->ops->input(o->face, skb);
}

/* ---- life ---- */

/**
 * kpptp_offload_init() - prepare the offload of a face
 * @o: offload
 * @ops: the face's
 * @face: given to @ops
 */
void kpptp_offload_init(struct kpptp_offload *o,
			const struct kpptp_offload_ops *ops, void *face)
{
	spin_lock_init(&o->lock);
	kpptp_backlog_init(&o->held);
	INIT_WORK(&o->work, work);
	o->ops = ops;
	o->face = face;
	o->watch = KPPTP_WATCH_DOWN;
}

/**
 * kpptp_offload_start() - the face has its call and will have frames
 * @o: offload
 * @call: the call
 */
void kpptp_offload_start(struct kpptp_offload *o, struct kpptp_call *call)
{
	o->call = call;
}

/**
 * kpptp_offload_update() - the settings of the call have changed
 * @o: offload
 *
 * Who switches it off and on again need not wait.
 */
void kpptp_offload_update(struct kpptp_offload *o)
{
	if (!wanted(o)) {
		spin_lock_bh(&o->lock);
		o->settle = (struct kpptp_settle) { };
		spin_unlock_bh(&o->lock);
	}
	if (wanted(o) != READ_ONCE(o->rx) || READ_ONCE(o->again))
		adjust_soon(o);
}

/**
 * kpptp_offload_stop() - the face goes
 * @o: offload, from which no frame is received any more; safe to repeat
 *
 * Frames may be sent still.
 *
 * Context: process, without the socket lock.
 */
void kpptp_offload_stop(struct kpptp_offload *o)
{
	struct kpptp_merger *merger;

	spin_lock_bh(&o->lock);
	o->stopped = true;
	spin_unlock_bh(&o->lock);
	cancel_work_sync(&o->work);
	if (rcu_access_pointer(o->dev) || rcu_access_pointer(o->merger)) {
		rtnl_lock();
		let_go(o);
		merger = rtnl_dereference(o->merger);
		RCU_INIT_POINTER(o->merger, NULL);
		if (merger)
			kpptp_merger_free(merger);
		rtnl_unlock();
	}
	spin_lock_bh(&o->lock);
	if (o->call)
		kpptp_backlog_purge(&o->held, backlog_sum(o));
	spin_unlock_bh(&o->lock);
}

/**
 * kpptp_offload_state() - what is in effect, and if nothing, why
 * @o: offload
 */
enum kpptp_offload_state kpptp_offload_state(const struct kpptp_offload *o)
{
	u8 watch = READ_ONCE(o->watch);

	if (READ_ONCE(o->tx))
		return KPPTP_OFFLOAD_STATE_ACTIVE;
	if (!READ_ONCE(o->call->cfg.offload))
		return KPPTP_OFFLOAD_STATE_DISABLED;
	if (READ_ONCE(o->call->cfg.tx_window))
		return KPPTP_OFFLOAD_STATE_WINDOW;
	if (watch & (KPPTP_WATCH_TX_COMPRESSED | KPPTP_WATCH_RX_COMPRESSED))
		return KPPTP_OFFLOAD_STATE_COMPRESSION;
	if (watch & KPPTP_WATCH_VJ)
		return KPPTP_OFFLOAD_STATE_VJ;
	if (watch & KPPTP_WATCH_MULTILINK)
		return KPPTP_OFFLOAD_STATE_MULTILINK;
	if ((watch & KPPTP_WATCH_DOWN) || READ_ONCE(o->again) ||
	    !rcu_access_pointer(o->dev))
		return KPPTP_OFFLOAD_STATE_WAITING;
	return KPPTP_OFFLOAD_STATE_UNSUPPORTED;
}

/* An interface goes, or to another namespace. */
static int device_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct kpptp_offload *o;
	struct hlist_node *tmp;

	if (event != NETDEV_UNREGISTER || dev->type != ARPHRD_PPP)
		return NOTIFY_DONE;
	hash_for_each_possible_safe(served, o, tmp, node, (unsigned long)dev)
		if (served_device(o) == dev)
			let_go(o);
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call	= device_event,
};

/**
 * kpptp_offload_register() - prepare what all calls share
 *
 * Return: 0 or a negative errno.
 */
int kpptp_offload_register(void)
{
	int err = kpptp_merge_register();

	if (err)
		return err;
	err = register_netdevice_notifier(&device_notifier);
	if (err)
		kpptp_merge_unregister();
	return err;
}

/**
 * kpptp_offload_unregister() - free that again; no face is left
 */
void kpptp_offload_unregister(void)
{
	unregister_netdevice_notifier(&device_notifier);
	kpptp_merge_unregister();
}
