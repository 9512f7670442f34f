// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MTU of the PPP interface follows the path to the peer, see mtu.h.
 */
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/ppp_defs.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>

#include "call.h"
#include "compat/compat.h"
#include "mtu.h"
#include "tx.h"
#include "watch.h"

/* Once in so long at most. */
#define KPPTP_MTU_INTERVAL	HZ
/* How much later than the interface IPv6 may be up: some requests can get lost. */
#define KPPTP_MTU_IPV6_WAIT	(10 * HZ)

#define PROTOCOL_LEN	2u	/* of the PPP protocol number */
#define MPPE_LEN	4u	/* MPPE's header, and a protocol number of its own */
#define LEAST		576u	/* RFC 791 3.2: what each host must take */

enum {
	/* in struct kpptp_mtu.known, beside the path MTU */
	PATH_MASK	= 0xffff,
	COMPRESSED	= 1 << 16,
	HAS_IPV6	= 1 << 17,
	FOLLOWS		= 1 << 18,
};

/* All that the MTU depends on, but the interface itself; 0 before anything has
 * been sent. A link of several has fragments of its own.
 */
static u32 what_counts(const struct kpptp_mtu *m)
{
	u32 counts = min_t(u32, READ_ONCE(m->call->path_mtu), PATH_MASK);
	u8 watch = READ_ONCE(*m->watch);

	if (!counts)
		return 0;
	if (watch & KPPTP_WATCH_TX_COMPRESSED)
		counts |= COMPRESSED;
	if (watch & KPPTP_WATCH_IPV6)
		counts |= HAS_IPV6;
	if (READ_ONCE(m->call->cfg.pmtu_mode) != KPPTP_PMTU_MODE_FRAGMENT &&
	    !(watch & KPPTP_WATCH_MULTILINK))
		counts |= FOLLOWS;
	return counts;
}

/* IPv6 ends on an interface with less than its least MTU, and can't be set up on
 * one either. So it counts from its negotiation on, before there are addresses;
 * and since MPPE may hide that, it is waited for, with what pppd takes off for MPPE
 * to spare.
 */
static unsigned int least_mtu(struct kpptp_mtu *m, const struct net_device *dev,
			      u32 counts)
{
	const struct inet6_dev *in6 = __in6_dev_get(dev);

	if ((counts & HAS_IPV6) || (in6 && !list_empty(&in6->addr_list)))
		return IPV6_MIN_MTU;
	if (!in6 || READ_ONCE(in6->cnf.disable_ipv6))
		return LEAST;
	if (!(READ_ONCE(dev->flags) & IFF_UP))
		m->settled = jiffies + KPPTP_MTU_IPV6_WAIT;
	m->unsettled = time_before(jiffies, m->settled);
	return m->unsettled ? IPV6_MIN_MTU + MPPE_LEN : LEAST;
}

/* The largest IP packet whose outer packet fits the path, but for the ceiling. */
static unsigned int fitting_mtu(struct kpptp_mtu *m,
				const struct net_device *dev, u32 counts)
{
	unsigned int overhead = KPPTP_HEADROOM + PROTOCOL_LEN;
	unsigned int path = counts & PATH_MASK;

	m->unsettled = false;
	if (!(counts & FOLLOWS))
		return UINT_MAX;
	if (counts & COMPRESSED)
		overhead += MPPE_LEN;
	if (path >= overhead + IPV6_MIN_MTU + MPPE_LEN)
		return path - overhead;
	return max_t(unsigned int, path > overhead ? path - overhead : 0,
		     least_mtu(m, dev, counts));
}

/* When it is another interface than before, or has another MTU, that is what
 * others want it to have at most. But for MPPE pppd takes what MPPE needs off the
 * MTU that it finds, which may be ours.
 */
static void learn_ceiling(struct kpptp_mtu *m, int ifindex, unsigned int now)
{
	if (m->ifindex == ifindex && m->set == now)
		return;
	if (m->ifindex == ifindex && m->set == now + MPPE_LEN)
		m->ceiling -= MPPE_LEN;
	else
		m->ceiling = now;
	m->ifindex = ifindex;
}

/* The MTU that the interface should have. While that is not settled, each frame
 * sent asks again.
 */
static unsigned int choose_mtu(struct kpptp_mtu *m,
			       const struct net_device *dev, u32 counts)
{
	unsigned int now = READ_ONCE(dev->mtu);
	unsigned int fitting = fitting_mtu(m, dev, counts);

	learn_ceiling(m, dev->ifindex, now);
	WRITE_ONCE(m->known, m->unsettled ? 0 : counts);
	WRITE_ONCE(m->set, now);
	return min(m->ceiling, fitting);
}

/* Nearly always the MTU is as it should be: RTNL is not taken to learn that. */
static bool mtu_is_right(struct kpptp_mtu *m, u32 counts)
{
	const struct net_device *dev;
	bool right;

	rcu_read_lock();
	dev = m->device(m->face);
	right = !dev || choose_mtu(m, dev, counts) == m->set;
	rcu_read_unlock();
	return right;
}

static void change_mtu(struct kpptp_mtu *m, u32 counts)
{
	struct net_device *dev;

	rtnl_lock();
	dev = m->device(m->face);
	if (dev) {
		dev_set_mtu(dev, choose_mtu(m, dev, counts));
		WRITE_ONCE(m->set, dev->mtu);
	}
	rtnl_unlock();
}

static void look_at_device(struct work_struct *work)
{
	struct kpptp_mtu *m = container_of(to_delayed_work(work),
					   struct kpptp_mtu, work);
	u32 counts = what_counts(m);

	WRITE_ONCE(m->next, jiffies + KPPTP_MTU_INTERVAL);
	if (!mtu_is_right(m, counts))
		change_mtu(m, counts);
}

static void look_soon(struct kpptp_mtu *m)
{
	unsigned long now = jiffies, next = READ_ONCE(m->next);

	spin_lock_bh(&m->lock);
	if (!m->stopped)
		queue_delayed_work(system_dfl_wq, &m->work,
				   time_before(now, next) ? next - now : 0);
	spin_unlock_bh(&m->lock);
}

/**
 * kpptp_mtu_size() - what of a frame must not be larger than the MTU
 * @skb: the frame from its whole protocol number on
 * @headers: octets of headers of each packet it is cut into, 0 for none
 *
 * Return: octets of the IP packet, or of the largest of them; 0 for others.
 */
unsigned int kpptp_mtu_size(const struct sk_buff *skb, unsigned int headers)
{
	if (headers)
		return headers + skb_shinfo(skb)->gso_size;
	switch (get_unaligned_be16(skb->data)) {
	case PPP_IP:
	case PPP_IPV6:
		return skb->len - PROTOCOL_LEN;
	case PPP_COMP:
		return skb->len - min(skb->len, PROTOCOL_LEN + MPPE_LEN);
	default:
		return 0;
	}
}

/**
 * kpptp_mtu_sent() - should be called after each frame that PPP has sent
 * @m: MTU
 * @size: as of kpptp_mtu_size()
 *
 * A packet larger than the MTU means that somebody else has set one.
 *
 * Context: BH disabled.
 */
void kpptp_mtu_sent(struct kpptp_mtu *m, unsigned int size)
{
	u32 counts = what_counts(m);

	if (likely(counts == READ_ONCE(m->known) && size <= READ_ONCE(m->set)))
		return;
	if (counts && !delayed_work_pending(&m->work))
		look_soon(m);
}

/**
 * kpptp_mtu_check() - the path, or a setting of the call, may have changed
 * @m: MTU
 *
 * Context: any, BH disabled in interrupts.
 */
void kpptp_mtu_check(struct kpptp_mtu *m)
{
	kpptp_mtu_sent(m, 0);
}

/**
 * kpptp_mtu_init() - prepare the MTU of a face
 * @m: MTU
 * @device: finds the face's interface
 * @face: given to @device
 * @watch: what PPP negotiates
 */
void kpptp_mtu_init(struct kpptp_mtu *m, kpptp_mtu_device *device, void *face,
		    const u8 *watch)
{
	spin_lock_init(&m->lock);
	INIT_DELAYED_WORK(&m->work, look_at_device);
	m->device = device;
	m->face = face;
	m->watch = watch;
	m->next = jiffies;
	m->settled = jiffies + KPPTP_MTU_IPV6_WAIT;
}

/**
 * kpptp_mtu_start() - the face has its call and will have frames
 * @m: MTU
 * @call: the call
 */
void kpptp_mtu_start(struct kpptp_mtu *m, struct kpptp_call *call)
{
	m->call = call;
}

/* Without a call there is no path: the interface gets back what others gave it. */
static void restore_mtu(struct kpptp_mtu *m)
{
	struct net_device *dev;

	rtnl_lock();
	dev = m->device(m->face);
	if (dev && dev->ifindex == m->ifindex && dev->mtu == m->set)
		dev_set_mtu(dev, m->ceiling);
	m->ceiling = 0;
	rtnl_unlock();
}

/**
 * kpptp_mtu_stop() - the face goes
 * @m: MTU; safe to repeat
 *
 * Frames may be sent still.
 *
 * Context: process, without the socket lock.
 */
void kpptp_mtu_stop(struct kpptp_mtu *m)
{
	spin_lock_bh(&m->lock);
	m->stopped = true;
	spin_unlock_bh(&m->lock);
	cancel_delayed_work_sync(&m->work);
	if (m->set < m->ceiling)
		restore_mtu(m);
}
