// SPDX-License-Identifier: GPL-2.0-only
/*
 * Putting received packets together, see merge.h.
 *
 * The stack's GRO does it. It belongs to the receive path of a device and ends
 * in netif_receive_skb(), but PPP must see the result before the stack does.
 * So packets are given to GRO as received by a device of ours, which is known
 * to nobody, and its rx_handler takes them out again, before anything of the
 * stack has seen them. One NAPI for each call keeps its packets in order
 * whichever CPUs they came to.
 *
 * PPP puts what it takes at the end of a queue of the CPU it is called on
 * (netif_rx()), from where the stack fetches it some time later. So frames go
 * to the CPU that the last ones went to while that queue is not empty: handed on
 * by another one, they could overtake. This is so for frames that are not put
 * together, too.
 *
 * What GRO holds is flushed whenever the poll function returns, so the
 * rx_handler is only called within it. It knows whose packet it has by what
 * stands in place of a link header. (A variable of the CPU would do only where
 * a CPU's softirqs have it to themselves: not with PREEMPT_RT from 6.18 on.)
 *
 * GRO puts together what the device asks for: TCP in any case, UDP in one of
 * two ways, so there are two such devices. As a list of whole packets it costs
 * little to be taken apart again by a socket, which most are; but a list that
 * is forwarded has only the first packet's headers changed. So where packets
 * are forwarded it is one large packet, which sockets, too, can take apart.
 */
#include <linux/if_packet.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/ppp_defs.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "compat/compat.h"
#include "merge.h"

enum {
	VAIN_POLLS	= 4,	/* in a row, then frames go past the merger */
	PAST_FRAMES	= 32,	/* so many of them, then it is tried again */
};

/**
 * struct kpptp_merger - one NAPI
 * @napi: on the device below
 * @frames: fetched and not worked on yet, fewer than the budget of a poll; by the
 *	poll function only
 * @merged: this poll has put something together
 * @vain: polls in a row that put nothing together
 * @past: frames in a row that went past; under the lock that @fetch takes
 * @barrier: to go on once what came before it is flushed; by the poll function
 * @cpu: where the last frames were handed on; under the lock that @fetch takes,
 *	or by the poll function until it comes to its end
 * @csd: schedules @napi on @cpu
 * @ops: where they come from and go
 * @owner: given to @ops
 * @rcu: for freeing
 */
struct kpptp_merger {
	struct napi_struct	napi;
	struct sk_buff_head	frames;
	bool			merged;
	unsigned int		vain;
	unsigned int		past;
	int			cpu;
	struct sk_buff		*barrier;
	const struct kpptp_merger_ops *ops;
	void			*owner;
	struct rcu_head		rcu;
	call_single_data_t	csd;	/* last: aligned to its size */
};

static struct kmem_cache *merger_cache;
static struct net_device *as_list;	/* of datagrams, for sockets */
static struct net_device *as_one;	/* segment or datagram */

/* The link header: the merger that gives the packet to GRO. */
static void put_owner(struct sk_buff *skb, struct kpptp_merger *merger)
{
	memcpy(skb->data - sizeof(merger), &merger, sizeof(merger));
	skb_set_mac_header(skb, -(int)sizeof(merger));
}

static struct kpptp_merger *take_owner(struct sk_buff *skb)
{
	struct kpptp_merger *merger;

	memcpy(&merger, skb_mac_header(skb), sizeof(merger));
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	return merger;
}

/* What the frames beyond the first had in headers, which is in one only now. */
static unsigned int saved_headers(const struct sk_buff *skb,
				  unsigned int frames)
{
	unsigned int transport;

	if (frames == 1)
		return 0;
	transport = skb_is_gso_tcp(skb) ? tcp_hdrlen(skb) :
					  sizeof(struct udphdr);
	return (frames - 1) * (skb_transport_offset(skb) + transport);
}

static rx_handler_result_t take_out(struct sk_buff **pskb)
{
	struct kpptp_merger *merger;
	struct sk_buff *skb = *pskb;
	unsigned int frames;

	/* A tap may have it too; it is told below that this is none of its. */
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return RX_HANDLER_CONSUMED;
	skb->pkt_type = PACKET_HOST;
	merger = take_owner(skb);
	frames = skb_shinfo(skb)->gso_segs ?: 1;
	if (frames > 1)
		merger->merged = true;
	merger->ops->merged(merger->owner, skb, frames,
			    saved_headers(skb, frames));
	return RX_HANDLER_CONSUMED;
}

static struct sk_buff *next(struct kpptp_merger *merger, unsigned int left)
{
	if (skb_queue_empty(&merger->frames))
		merger->ops->fetch(merger->owner, &merger->frames, left);
	return __skb_dequeue(&merger->frames);
}

static void pass_barrier(struct kpptp_merger *merger)
{
	struct sk_buff *skb = merger->barrier;

	merger->barrier = NULL;
	if (skb)
		merger->ops->in_order(merger->owner, skb);
}

/* Takes as many frames as the NAPI of a network card brings in one poll: if it took
 * fewer, a CPU that has no other time to spare would leave more behind each time.
 * It is complete in any case, as this is what flushes; so it never says that it
 * has used its budget up, which is for one that wants to stay on the list.
 */
static int poll(struct napi_struct *napi, int budget)
{
	struct kpptp_merger *merger = container_of(napi, struct kpptp_merger,
						   napi);
	enum kpptp_merge_verdict verdict = KPPTP_MERGE_DONE;
	struct sk_buff *skb = NULL;
	bool all, end;
	int done = 0;

	merger->merged = false;
	merger->cpu = smp_processor_id();
	pass_barrier(merger);
	merger->ops->begin(merger->owner);
	while (done < budget && verdict != KPPTP_MERGE_BARRIER &&
	       (skb = next(merger, budget - done))) {
		done++;
		verdict = merger->ops->sort(merger->owner, skb);
		if (verdict != KPPTP_MERGE)
			continue;
		put_owner(skb, merger);
		napi_gro_receive(napi, skb);
	}
	/* Nothing is handed on once the NAPI is complete: who frees it waits
	 * until then only.
	 */
	if (verdict == KPPTP_MERGE_BARRIER)
		merger->barrier = skb;
	napi_complete_done(napi, done);
	WRITE_ONCE(merger->vain, merger->merged ? 0 : merger->vain + 1);
	all = skb_queue_empty(&merger->frames) && !merger->barrier;
	/* From the end on it can be kicked, and polled by another CPU. */
	end = merger->ops->handed_on(merger->owner, all);
	if (!end)
		napi_schedule(napi);
	return min(done, budget - 1);
}

static void schedule_napi(void *info)
{
	struct kpptp_merger *merger = info;

	napi_schedule(&merger->napi);
}

/* Could frames that this CPU hands on overtake the last ones? */
static bool must_go_elsewhere(const struct kpptp_merger *merger)
{
	const struct softnet_data *sd = &per_cpu(softnet_data, merger->cpu);

	return merger->cpu != smp_processor_id() &&
	       test_bit(NAPI_STATE_SCHED, &sd->backlog.state);
}

/**
 * kpptp_merger_kick() - should be called when there are frames to fetch
 * @merger: the merger, which has come to its end
 * @frames: how many there are, 0 if they are not to be put together
 *
 * Frames that come one by one, or of many flows, would take the way through a
 * NAPI for nothing. When that was so for some time, it refuses for some time.
 *
 * Context: BH disabled; with the lock held that @fetch takes.
 * Return: whether it will fetch them; otherwise the caller hands them on now,
 * on this CPU.
 */
bool kpptp_merger_kick(struct kpptp_merger *merger, unsigned int frames)
{
	if (must_go_elsewhere(merger) &&
	    !smp_call_function_single_async(merger->cpu, &merger->csd))
		return true;
	merger->cpu = smp_processor_id();
	if (!frames)
		return false;
	if (frames == 1 && READ_ONCE(merger->vain) >= VAIN_POLLS &&
	    merger->past < PAST_FRAMES) {
		merger->past++;
		return false;
	}
	merger->past = 0;
	napi_schedule(&merger->napi);
	return true;
}

/* May a packet that came by @dev go on to another host? BH disabled. */
static bool forwards(struct net_device *dev, bool v4)
{
	struct in_device *in_dev;

	if (v4) {
		in_dev = rcu_dereference_bh(dev->ip_ptr);
		return in_dev && IN_DEV_FORWARD(in_dev);
	}
#if IS_ENABLED(CONFIG_IPV6)
	return dev_net(dev)->ipv6.devconf_all &&
	       READ_ONCE(dev_net(dev)->ipv6.devconf_all->forwarding);
#else
	return false;
#endif
}

/* As which device's a packet is put together with others; NULL for none. */
static struct net_device *suitable(struct net_device *dev, u8 protocol, bool v4)
{
	if (protocol == IPPROTO_TCP)
		return as_one;
	if (protocol != IPPROTO_UDP || !kpptp_udp_mergeable() || !dev)
		return NULL;
	return forwards(dev, v4) ? as_one : as_list;
}

/**
 * kpptp_merger_prepare() - make a packet fit to be put together with others
 * @skb: IP packet, its protocol set
 * @dev: PPP interface it is for, or NULL
 *
 * Return: whether the merger can take it; it is untouched otherwise.
 */
bool kpptp_merger_prepare(struct sk_buff *skb, struct net_device *dev)
{
	bool v4 = skb->protocol == htons(ETH_P_IP);
	struct net_device *as;

	if (!pskb_may_pull(skb, v4 ? sizeof(struct iphdr) :
				     sizeof(struct ipv6hdr)))
		return false;
	as = suitable(dev, v4 ? ((struct iphdr *)skb->data)->protocol :
				((struct ipv6hdr *)skb->data)->nexthdr, v4);
	if (!as)
		return false;
	/* Putting together takes pages away, from whoever else has them: a
	 * tap, or a sender on this host that waits for an acknowledgement. To
	 * leave such a packet out would let it overtake others of its flow.
	 */
	if (skb_unclone(skb, GFP_ATOMIC) ||
	    skb_headroom(skb) < sizeof(struct kpptp_merger *))
		return false;
	skb->dev = as;
	/* Taps on all devices leave such packets alone. */
	skb->pkt_type = PACKET_LOOPBACK;
	skb_set_queue_mapping(skb, 0);
	skb_reset_network_header(skb);
	return true;
}

/**
 * kpptp_merger_new() - make a merger
 * @ops: where packets go
 * @owner: given to @ops
 *
 * Context: RTNL, which guards the list of NAPIs of the device.
 * Return: the merger, or NULL when there is no memory.
 */
struct kpptp_merger *kpptp_merger_new(const struct kpptp_merger_ops *ops,
				      void *owner)
{
	struct kpptp_merger *merger = kmem_cache_zalloc(merger_cache,
							GFP_KERNEL);

	ASSERT_RTNL();
	if (!merger)
		return NULL;
	merger->ops = ops;
	merger->owner = owner;
	merger->cpu = raw_smp_processor_id();
	INIT_CSD(&merger->csd, schedule_napi, merger);
	__skb_queue_head_init(&merger->frames);
	/* A busy poll would not flush. */
	set_bit(NAPI_STATE_NO_BUSY_POLL, &merger->napi.state);
	netif_napi_add(as_one, &merger->napi, poll);
	napi_enable(&merger->napi);
	return merger;
}

static void free_merger(struct rcu_head *rcu)
{
	kmem_cache_free(merger_cache,
			container_of(rcu, struct kpptp_merger, rcu));
}

/**
 * kpptp_merger_free() - end a merger
 * @merger: the merger, which nobody adds to any more; its frames are dropped
 *
 * Context: RTNL; waits for a poll that runs, not for a grace period.
 */
void kpptp_merger_free(struct kpptp_merger *merger)
{
	ASSERT_RTNL();
	napi_disable(&merger->napi);
	/* What comes from another CPU still finds it disabled. */
	smp_cond_load_acquire(&merger->csd.node.u_flags,
			      !(VAL & CSD_FLAG_LOCK));
	kfree_skb(merger->barrier);
	__skb_queue_purge(&merger->frames);
	__netif_napi_del(&merger->napi);
	call_rcu(&merger->rcu, free_merger);
}

static void setup(struct net_device *dev)
{
	dev->features = NETIF_F_GRO;
}

static struct net_device *make_device(netdev_features_t features)
{
	struct net_device *dev = alloc_netdev(0, "kpptp", NET_NAME_UNKNOWN,
					      setup);
	int err;

	if (!dev)
		return NULL;
	dev->features |= features;
	rtnl_lock();
	err = netdev_rx_handler_register(dev, take_out, NULL);
	rtnl_unlock();
	if (err) {
		free_netdev(dev);
		return NULL;
	}
	return dev;
}

static void free_device(struct net_device *dev)
{
	rtnl_lock();
	netdev_rx_handler_unregister(dev);
	rtnl_unlock();
	free_netdev(dev);
}

/**
 * kpptp_merge_register() - prepare what all mergers share
 *
 * Return: 0 or -ENOMEM.
 */
int kpptp_merge_register(void)
{
	/* Made by a worker, so charged to nobody; but there is one for a socket at
	 * most, which is charged with more.
	 */
	merger_cache = kmem_cache_create("kpptp_merger",
					 sizeof(struct kpptp_merger),
					 __alignof__(struct kpptp_merger),
					 KPPTP_SLAB_NO_MERGE, NULL);
	if (!merger_cache)
		return -ENOMEM;
	as_list = make_device(NETIF_F_GRO_FRAGLIST);
	if (!as_list)
		goto err_cache;
	as_one = make_device(NETIF_F_GRO_UDP_FWD);
	if (!as_one)
		goto err_list;
	return 0;

err_list:
	free_device(as_list);
err_cache:
	kmem_cache_destroy(merger_cache);
	return -ENOMEM;
}

/**
 * kpptp_merge_unregister() - free that again; none is in use any more
 */
void kpptp_merge_unregister(void)
{
	free_device(as_one);
	free_device(as_list);
	rcu_barrier();	/* mergers are freed by RCU callbacks */
	kmem_cache_destroy(merger_cache);
}
