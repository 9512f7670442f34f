/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between kernels that the module knows. Each KPPTP_HAVE_
 * macro is set by compat/Kbuild.probe from the headers of the kernel at hand.
 */
#ifndef KPPTP_COMPAT_H
#define KPPTP_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/net.h>
#include <linux/ppp_channel.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/udp.h>
#ifdef KPPTP_HAVE_NET_GSO_H
#include <net/gso.h>
#endif
#ifdef KPPTP_HAVE_NET_HOTDATA
#include <net/hotdata.h>
#endif

/* What bind() and connect() of struct proto_ops take. */
#ifdef KPPTP_HAVE_SOCKADDR_UNSIZED
typedef struct sockaddr_unsized kpptp_sockaddr;
#else
typedef struct sockaddr kpptp_sockaddr;
#endif

#ifndef KPPTP_HAVE_TIMER_DELETE_SYNC
#define timer_delete_sync del_timer_sync
#endif

/* The queue for work that may run anywhere; kernels that have the new name
 * complain about the old one.
 */
#ifndef KPPTP_HAVE_SYSTEM_DFL_WQ
#define system_dfl_wq system_unbound_wq
#endif

/* A cache that is not made one with others of its size: without that, what it
 * takes is not told apart.
 */
#ifdef KPPTP_HAVE_SLAB_NO_MERGE
#define KPPTP_SLAB_NO_MERGE SLAB_NO_MERGE
#else
#define KPPTP_SLAB_NO_MERGE 0
#endif

/* What a handler of a sysctl is given. */
#ifdef KPPTP_HAVE_CONST_CTL_TABLE
typedef const struct ctl_table kpptp_ctl_table;
#else
typedef struct ctl_table kpptp_ctl_table;
#endif

/* @table has @size entries and an empty one after them. */
static inline struct ctl_table_header *
kpptp_register_net_sysctl(struct net *net, const char *path,
			  struct ctl_table *table, size_t size)
{
#ifdef KPPTP_HAVE_NET_SYSCTL_SZ
	return register_net_sysctl_sz(net, path, table, size);
#else
	return register_net_sysctl(net, path, table);
#endif
}

static inline void
kpptp_hrtimer_setup(struct hrtimer *timer,
		    enum hrtimer_restart (*function)(struct hrtimer *))
{
#ifdef KPPTP_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	timer->function = function;
#endif
}

/* Without a qdisc on the ppp device, where the kernel knows how. */
static inline void kpptp_chan_direct_xmit(struct ppp_channel *chan, bool on)
{
#ifdef KPPTP_HAVE_DIRECT_XMIT
	chan->direct_xmit = on;
#endif
}

static inline void kpptp_iptunnel_xmit(struct rtable *rt, struct sk_buff *skb,
				       __be32 src, __be32 dst, u8 tos, u8 ttl,
				       __be16 df)
{
#ifdef KPPTP_HAVE_IPTUNNEL_IPCB_FLAGS
	iptunnel_xmit(NULL, rt, skb, src, dst, IPPROTO_GRE, tos, ttl, df,
		      false, 0);
#else
	iptunnel_xmit(NULL, rt, skb, src, dst, IPPROTO_GRE, tos, ttl, df,
		      false);
#endif
}

/* Does anybody look at packets that leave by the device, or change them? */
static inline bool kpptp_dev_egress_hooked(const struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_EGRESS
	if (rcu_access_pointer(dev->nf_hooks_egress))
		return true;
#endif
#if IS_ENABLED(CONFIG_CGROUP_NET_PRIO)
	if (rcu_access_pointer(dev->priomap))
		return true;
#endif
#if defined(KPPTP_HAVE_TCX) && defined(CONFIG_NET_XGRESS)
	return rcu_access_pointer(dev->tcx_egress);
#elif !defined(KPPTP_HAVE_TCX) && defined(CONFIG_NET_CLS_ACT)
	return rcu_access_pointer(dev->miniq_egress);
#else
	return false;
#endif
}

/* OutRequests, where they are counted apart from what is transmitted. */
static inline void kpptp_count_ip_requests(struct net *net, unsigned int count)
{
#ifdef KPPTP_HAVE_MIB_OUTREQUESTS
	IP_ADD_STATS(net, IPSTATS_MIB_OUTREQUESTS, count);
#endif
}

/* The attributes that a dump was asked for with. */
static inline struct nlattr **kpptp_genl_dump_attrs(struct netlink_callback *cb)
{
#ifdef KPPTP_HAVE_GENL_DUMP_INFO
	return genl_dumpit_info(cb)->info.attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* net.core.netdev_max_backlog */
static inline unsigned int kpptp_max_backlog(void)
{
#ifdef KPPTP_HAVE_NET_HOTDATA
	return max(READ_ONCE(net_hotdata.max_backlog), 0);
#else
	return max(READ_ONCE(netdev_max_backlog), 0);
#endif
}

/* Does the device count packets and octets where we can count on? */
static inline bool kpptp_dev_has_tstats(const struct net_device *dev)
{
#ifdef KPPTP_HAVE_TSTATS_TYPE
	return dev->pcpu_stat_type == NETDEV_PCPU_STAT_TSTATS && dev->tstats;
#else
	return false;
#endif
}

/*
 * May GRO be given UDP of a device that is known to nobody? While there are
 * sockets that other protocols are encapsulated in, it asks for them, in the
 * namespace of that device, and hands packets to them past everything that is
 * still to come. Where that can't be seen, it may not.
 */
static inline bool kpptp_udp_mergeable(void)
{
#ifndef KPPTP_HAVE_UDP_ENCAP_KEY
	return false;
#elif !IS_ENABLED(CONFIG_IPV6)
	return !static_branch_unlikely(&udp_encap_needed_key);
#elif defined(KPPTP_HAVE_UDPV6_ENCAP_KEY)
	return !static_branch_unlikely(&udp_encap_needed_key) &&
	       !static_branch_unlikely(&udpv6_encap_needed_key);
#else
	return false;
#endif
}

#endif /* KPPTP_COMPAT_H */
