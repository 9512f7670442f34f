// SPDX-License-Identifier: GPL-2.0-only
/*
 * Putting received TCP packets together, see merge.h.
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
 * rx_handler is only called within it, and knows whose packet it has by
 * @polling of its CPU.
 */
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/ppp_defs.h>
#include <linux/rtnetlink.h>
#include <linux/smp.h>
#include <linux/tcp.h>

#include "merge.h"

/* Less than NAPI's: a poll that used it all up may not flush. */
#define BUDGET_MAX	(NAPI_POLL_WEIGHT - 1)

/**
 * struct kpptp_merger - one NAPI
 * @napi: on the device below
 * @frames: fetched and not worked on yet; by the poll function only
 * @barrier: to go on once what came before it is flushed; the same
 * @cpu: where the last frames were handed on; like @busy, but the poll
 *	function's while that is set
 * @busy: the poll function will run again; under the lock that @ops->rest takes
 * @csd: schedules @napi on @cpu
 * @ops: where they come from and go
 * @owner: given to @ops
 * @rcu: for freeing
 */
struct kpptp_merger {
	struct napi_struct	napi;
	struct sk_buff_head	frames;
	struct sk_buff		*barrier;
	int			cpu;
	bool			busy;
	call_single_data_t	csd;
	const struct kpptp_merger_ops *ops;
	void			*owner;
	struct rcu_head		rcu;
};

static struct net_device *device;
static DEFINE_PER_CPU(struct kpptp_merger *, polling);

/* What the frames beyond the first had in headers, which is in one only now. */
static unsigned int saved_headers(const struct sk_buff *skb,
				  unsigned int frames)
{
	if (frames == 1)
		return 0;
	return (frames - 1) * (skb_transport_offset(skb) + tcp_hdrlen(skb));
}

static rx_handler_result_t take_out(struct sk_buff **pskb)
{
	struct kpptp_merger *merger = this_cpu_read(polling);
	struct sk_buff *skb = *pskb;
	unsigned int frames;

	/* A tap may have it too; it is told below that this is none of its. */
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return RX_HANDLER_CONSUMED;
	skb->pkt_type = PACKET_HOST;
	frames = skb_shinfo(skb)->gso_segs ?: 1;
	merger->ops->merged(merger->owner, skb, frames,
			    saved_headers(skb, frames));
	return RX_HANDLER_CONSUMED;
}

static struct sk_buff *next(struct kpptp_merger *merger)
{
	if (skb_queue_empty(&merger->frames))
		merger->ops->fetch(merger->owner, &merger->frames);
	return __skb_dequeue(&merger->frames);
}

/* Is nothing left to do? Then whoever adds frames kicks. */
static bool rests(struct kpptp_merger *merger)
{
	return !merger->barrier && skb_queue_empty(&merger->frames) &&
	       merger->ops->rest(merger->owner, &merger->busy);
}

static void pass_barrier(struct kpptp_merger *merger)
{
	struct sk_buff *skb = merger->barrier;

	merger->barrier = NULL;
	if (skb)
		merger->ops->in_order(merger->owner, skb);
}

static int poll(struct napi_struct *napi, int budget)
{
	struct kpptp_merger *merger = container_of(napi, struct kpptp_merger,
						   napi);
	enum kpptp_merge_verdict verdict = KPPTP_MERGE_DONE;
	struct sk_buff *skb = NULL;
	int done = 0;

	merger->cpu = smp_processor_id();
	this_cpu_write(polling, merger);
	pass_barrier(merger);
	while (done < min_t(int, budget - 1, BUDGET_MAX) &&
	       verdict != KPPTP_MERGE_BARRIER && (skb = next(merger))) {
		done++;
		verdict = merger->ops->sort(merger->owner, skb);
		if (verdict == KPPTP_MERGE)
			napi_gro_receive(napi, skb);
	}
	if (verdict == KPPTP_MERGE_BARRIER)
		merger->barrier = skb;
	napi_complete_done(napi, done);
	this_cpu_write(polling, NULL);
	if (done)
		merger->ops->flushed(merger->owner);
	if (!rests(merger))
		napi_schedule(napi);
	return done;
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
 * @merger: the merger
 * @wanted: they are to be put together
 *
 * Context: BH disabled; with the lock held that @rest takes.
 * Return: whether they will be fetched; otherwise the caller hands them on now,
 * on this CPU. Always true if @wanted.
 */
bool kpptp_merger_kick(struct kpptp_merger *merger, bool wanted)
{
	if (merger->busy)
		return true;
	merger->busy = must_go_elsewhere(merger) &&
		       !smp_call_function_single_async(merger->cpu,
						       &merger->csd);
	if (merger->busy)
		return true;
	merger->cpu = smp_processor_id();
	if (!wanted)
		return false;
	merger->busy = true;
	napi_schedule(&merger->napi);
	return true;
}

/**
 * kpptp_merger_prepare() - make a frame fit to be put together with others
 * @skb: the frame without its protocol number
 * @protocol: PPP protocol number
 *
 * Only TCP is worth it: the stack puts nothing else together for a device
 * that has not asked for it.
 *
 * Return: whether the merger can take it; it is untouched otherwise.
 */
bool kpptp_merger_prepare(struct sk_buff *skb, u16 protocol)
{
	bool v4 = protocol == PPP_IP;

	if (!pskb_may_pull(skb, v4 ? sizeof(struct iphdr) :
				     sizeof(struct ipv6hdr)))
		return false;
	if ((v4 ? ((struct iphdr *)skb->data)->protocol :
		  ((struct ipv6hdr *)skb->data)->nexthdr) != IPPROTO_TCP)
		return false;
	/* Putting together takes pages away, from whoever else has them: a
	 * tap, or a sender on this host that waits for an acknowledgement. To
	 * leave such a packet out would let it overtake others of its flow.
	 */
	if (skb_unclone(skb, GFP_ATOMIC))
		return false;
	skb->protocol = v4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	skb->dev = device;
	/* Taps on all devices leave such packets alone. */
	skb->pkt_type = PACKET_LOOPBACK;
	skb_set_queue_mapping(skb, 0);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb_reset_mac_len(skb);
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
	struct kpptp_merger *merger = kzalloc(sizeof(*merger), GFP_KERNEL);

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
	netif_napi_add(device, &merger->napi, poll);
	napi_enable(&merger->napi);
	return merger;
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
	kfree_rcu(merger, rcu);
}

static void setup(struct net_device *dev)
{
	dev->features = NETIF_F_GRO;
}

/**
 * kpptp_merge_register() - prepare what all mergers share
 *
 * Return: 0 or a negative errno.
 */
int kpptp_merge_register(void)
{
	int err;

	device = alloc_netdev(0, "kpptp", NET_NAME_UNKNOWN, setup);
	if (!device)
		return -ENOMEM;
	rtnl_lock();
	err = netdev_rx_handler_register(device, take_out, NULL);
	rtnl_unlock();
	if (err)
		free_netdev(device);
	return err;
}

/**
 * kpptp_merge_unregister() - free that again; no merger is left
 */
void kpptp_merge_unregister(void)
{
	rtnl_lock();
	netdev_rx_handler_unregister(device);
	rtnl_unlock();
	free_netdev(device);
}
