// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink face: family "kpptp", described by
 * Documentation/netlink/specs/kpptp.yaml. Handlers turn attributes into what
 * call.c offers, and every refusal into a sentence.
 */
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <net/genetlink.h>
#include <net/inet_ecn.h>
#include <net/ip.h>

#include "call.h"
#include "compat/compat.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "outer.h"

static struct genl_family family;

static bool is_unicast(__be32 addr)
{
	return addr && !ipv4_is_multicast(addr) && !ipv4_is_lbcast(addr);
}

static int get_addresses(struct genl_info *info, __be32 *local, __be32 *peer)
{
	struct nlattr **attrs = info->attrs;

	if (!attrs[KPPTP_A_CALL_LOCAL] || !attrs[KPPTP_A_CALL_PEER]) {
		GENL_SET_ERR_MSG(info, "the local and the peer's address are needed");
		return -EINVAL;
	}
	*local = nla_get_in_addr(attrs[KPPTP_A_CALL_LOCAL]);
	*peer = nla_get_in_addr(attrs[KPPTP_A_CALL_PEER]);
	if (is_unicast(*local) && is_unicast(*peer))
		return 0;
	if (is_unicast(*local))
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[KPPTP_A_CALL_PEER],
				    "the peer's address is not that of a host");
	else
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[KPPTP_A_CALL_LOCAL],
				    "the local address is not that of a host");
	return -EINVAL;
}

/* The call that the key in a request names, with a reference. */
static struct kpptp_call *get_call(struct genl_info *info)
{
	struct kpptp_call *call;
	__be32 local, peer;
	int err;

	err = get_addresses(info, &local, &peer);
	if (err)
		return ERR_PTR(err);
	if (!info->attrs[KPPTP_A_CALL_CALL_ID]) {
		GENL_SET_ERR_MSG(info, "the local Call ID is needed");
		return ERR_PTR(-EINVAL);
	}
	call = kpptp_call_get(genl_info_net(info), local, peer,
			      nla_get_u16(info->attrs[KPPTP_A_CALL_CALL_ID]));
	if (call)
		return call;
	GENL_SET_ERR_MSG(info, "no call has these addresses and this Call ID");
	return ERR_PTR(-ENOENT);
}

static int get_tos(struct genl_info *info, u8 *tos)
{
	struct nlattr *attr = info->attrs[KPPTP_A_CALL_TOS];

	if (!attr)
		return 0;
	*tos = nla_get_u8(attr);
	if (!(*tos & INET_ECN_MASK))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr,
			    "the ECN bits of tos must be 0: they follow the inner packet");
	return -EINVAL;
}

static int get_bound_device(struct genl_info *info, u32 *device)
{
	struct nlattr *attr = info->attrs[KPPTP_A_CALL_DEVICE];
	struct net_device *dev = NULL;

	if (!attr)
		return 0;
	*device = nla_get_u32(attr);
	if (!*device)
		return 0;
	if (*device <= INT_MAX)
		dev = dev_get_by_index(genl_info_net(info), *device);
	if (dev) {
		dev_put(dev);
		return 0;
	}
	NL_SET_ERR_MSG_ATTR(info->extack, attr,
			    "no device of this namespace has this index");
	return -ENODEV;
}

static int get_time(struct genl_info *info, int attr, u32 max, u32 *time)
{
	if (!info->attrs[attr])
		return 0;
	*time = nla_get_u32(info->attrs[attr]);
	if (*time <= max)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
			    "time out of range");
	return -ERANGE;
}

static int get_times(struct genl_info *info, struct kpptp_config *cfg)
{
	int err = get_time(info, KPPTP_A_CALL_ACK_DELAY, KPPTP_ACK_DELAY_MAX,
			   &cfg->ack_delay);

	return err ?: get_time(info, KPPTP_A_CALL_REORDER_TIME,
			       KPPTP_REORDER_TIME_MAX, &cfg->reorder_time);
}

/* Settings that are given; the rest of @cfg stays. */
static int get_config(struct genl_info *info, struct kpptp_config *cfg)
{
	struct nlattr **attrs = info->attrs;
	int err;

	if (attrs[KPPTP_A_CALL_RX_WINDOW])
		cfg->rx_window = nla_get_u16(attrs[KPPTP_A_CALL_RX_WINDOW]);
	if (attrs[KPPTP_A_CALL_TX_WINDOW])
		cfg->tx_window = nla_get_u16(attrs[KPPTP_A_CALL_TX_WINDOW]);
	if (attrs[KPPTP_A_CALL_REORDER_LIMIT])
		cfg->reorder_limit =
			nla_get_u16(attrs[KPPTP_A_CALL_REORDER_LIMIT]);
	if (attrs[KPPTP_A_CALL_TOS_MODE])
		cfg->tos_mode = nla_get_u8(attrs[KPPTP_A_CALL_TOS_MODE]);
	if (attrs[KPPTP_A_CALL_TTL])
		cfg->ttl = nla_get_u8(attrs[KPPTP_A_CALL_TTL]);
	if (attrs[KPPTP_A_CALL_PMTU_MODE])
		cfg->pmtu_mode = nla_get_u8(attrs[KPPTP_A_CALL_PMTU_MODE]);
	if (attrs[KPPTP_A_CALL_MARK])
		cfg->mark = nla_get_u32(attrs[KPPTP_A_CALL_MARK]);
	if (attrs[KPPTP_A_CALL_OFFLOAD])
		cfg->offload = nla_get_u8(attrs[KPPTP_A_CALL_OFFLOAD]);
	err = get_times(info, cfg) ?: get_tos(info, &cfg->tos);
	return err ?: get_bound_device(info, &cfg->device);
}

static int put_key(struct sk_buff *msg, const struct kpptp_call *call)
{
	if (nla_put_in_addr(msg, KPPTP_A_CALL_LOCAL, call->key.local) ||
	    nla_put_in_addr(msg, KPPTP_A_CALL_PEER, call->key.peer) ||
	    nla_put_u16(msg, KPPTP_A_CALL_CALL_ID, call->key.call_id))
		return -EMSGSIZE;
	/* Pairs with the release in start_sending(). */
	if (smp_load_acquire(&call->state) == KPPTP_STATE_INCOMPLETE)
		return 0;
	return nla_put_u16(msg, KPPTP_A_CALL_PEER_CALL_ID, call->peer_call_id);
}

static int put_config(struct sk_buff *msg, const struct kpptp_config *cfg)
{
	if (nla_put_u16(msg, KPPTP_A_CALL_RX_WINDOW, cfg->rx_window) ||
	    nla_put_u16(msg, KPPTP_A_CALL_TX_WINDOW, cfg->tx_window) ||
	    nla_put_u32(msg, KPPTP_A_CALL_ACK_DELAY, cfg->ack_delay) ||
	    nla_put_u16(msg, KPPTP_A_CALL_REORDER_LIMIT, cfg->reorder_limit) ||
	    nla_put_u32(msg, KPPTP_A_CALL_REORDER_TIME, cfg->reorder_time) ||
	    nla_put_u8(msg, KPPTP_A_CALL_TOS, cfg->tos) ||
	    nla_put_u8(msg, KPPTP_A_CALL_TOS_MODE, cfg->tos_mode) ||
	    nla_put_u8(msg, KPPTP_A_CALL_TTL, cfg->ttl) ||
	    nla_put_u8(msg, KPPTP_A_CALL_PMTU_MODE, cfg->pmtu_mode) ||
	    nla_put_u32(msg, KPPTP_A_CALL_MARK, cfg->mark) ||
	    nla_put_u32(msg, KPPTP_A_CALL_DEVICE, cfg->device) ||
	    nla_put_u8(msg, KPPTP_A_CALL_OFFLOAD, cfg->offload))
		return -EMSGSIZE;
	return 0;
}

static int put_count(struct sk_buff *msg, int attr, u64 value)
{
	return nla_put_u64_64bit(msg, attr, value, KPPTP_A_CALL_STATS_PAD);
}

static int put_rx_stats(struct sk_buff *msg, const struct kpptp_rx_stats *rx,
			const struct kpptp_reorder_stats *order)
{
	if (put_count(msg, KPPTP_A_CALL_STATS_RX_PACKETS, rx->packets) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_BYTES, rx->bytes) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_ACKS, rx->acks) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_REORDERED, order->reordered) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_LOST, order->lost) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_DUPLICATE, order->duplicate) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_LATE, order->late) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_FAR, order->far) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_RESYNC, order->resync) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_TRIMMED, rx->trimmed) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_BAD, rx->bad) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_EARLY_HELD, rx->early_held) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_EARLY_DROPPED,
		      rx->early_dropped) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_OVERRUN, rx->overrun))
		return -EMSGSIZE;
	return 0;
}

static int put_tx_stats(struct sk_buff *msg, const struct kpptp_tx_stats *tx)
{
	if (put_count(msg, KPPTP_A_CALL_STATS_TX_PACKETS, tx->packets) ||
	    put_count(msg, KPPTP_A_CALL_STATS_TX_BYTES, tx->bytes) ||
	    put_count(msg, KPPTP_A_CALL_STATS_TX_ACKS, tx->acks) ||
	    put_count(msg, KPPTP_A_CALL_STATS_RX_BAD_ACK, tx->bad_ack) ||
	    put_count(msg, KPPTP_A_CALL_STATS_TX_NO_ROUTE, tx->no_route) ||
	    put_count(msg, KPPTP_A_CALL_STATS_TX_LOOP, tx->loop) ||
	    put_count(msg, KPPTP_A_CALL_STATS_TX_ERRORS, tx->errors) ||
	    put_count(msg, KPPTP_A_CALL_STATS_TX_STALLS, tx->stalls) ||
	    put_count(msg, KPPTP_A_CALL_STATS_TX_TIMEOUTS, tx->timeouts) ||
	    put_count(msg, KPPTP_A_CALL_STATS_TX_FRAGMENTED, tx->fragmented))
		return -EMSGSIZE;
	return 0;
}

/* What the locks guard, copied so that messages are built without them. */
struct snapshot {
	struct kpptp_config		cfg;
	struct kpptp_rx_stats		rx;
	struct kpptp_reorder_stats	order;
	struct kpptp_tx_stats		tx;
	u32				held;
	u32				backlog;
	u32				rx_seq;
	u32				tx_seq;
	u32				window;
	u32				unacked;
	u32				rtt;
	u32				ato;
};

static void take_snapshot(struct kpptp_call *call, struct snapshot *snap)
{
	spin_lock_bh(&call->rx_lock);
	snap->cfg = call->cfg;
	snap->rx = call->rx;
	snap->order = call->reorder.stats;
	snap->held = kpptp_reorder_held(&call->reorder) +
		     skb_queue_len(&call->ready.frames);
	snap->backlog = call->ready.memory;
	snap->rx_seq = call->reorder.next;
	spin_unlock_bh(&call->rx_lock);
	spin_lock_bh(&call->tx_lock);
	snap->tx = call->tx;
	snap->tx_seq = call->tx_seq;
	snap->window = call->window.size;
	snap->unacked = kpptp_window_unacked(&call->window);
	snap->rtt = kpptp_window_rtt_us(&call->window);
	snap->ato = kpptp_window_ato_us(&call->window);
	spin_unlock_bh(&call->tx_lock);
}

static int put_stats(struct sk_buff *msg, const struct snapshot *snap)
{
	struct nlattr *nest = nla_nest_start(msg, KPPTP_A_CALL_STATS);

	if (!nest || put_rx_stats(msg, &snap->rx, &snap->order) ||
	    put_tx_stats(msg, &snap->tx))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_progress(struct sk_buff *msg, const struct kpptp_call *call,
			const struct snapshot *snap)
{
	u32 path_mtu = READ_ONCE(call->path_mtu);

	if (nla_put_u32(msg, KPPTP_A_CALL_TX_SEQ, snap->tx_seq) ||
	    nla_put_u32(msg, KPPTP_A_CALL_RX_SEQ, snap->rx_seq) ||
	    nla_put_u8(msg, KPPTP_A_CALL_STATE, READ_ONCE(call->state)) ||
	    nla_put_u32(msg, KPPTP_A_CALL_HELD, snap->held) ||
	    nla_put_u32(msg, KPPTP_A_CALL_BACKLOG, snap->backlog) ||
	    nla_put_u32(msg, KPPTP_A_CALL_TX_UNACKED, snap->unacked) ||
	    (path_mtu && nla_put_u32(msg, KPPTP_A_CALL_PATH_MTU, path_mtu)) ||
	    (READ_ONCE(call->owner) && nla_put_flag(msg, KPPTP_A_CALL_OWNER)))
		return -EMSGSIZE;
	if (!snap->cfg.tx_window)
		return 0;
	if (nla_put_u32(msg, KPPTP_A_CALL_TX_WINDOW_NOW, snap->window) ||
	    nla_put_u32(msg, KPPTP_A_CALL_RTT, snap->rtt) ||
	    nla_put_u32(msg, KPPTP_A_CALL_ATO, snap->ato))
		return -EMSGSIZE;
	return 0;
}

static int put_interface(struct sk_buff *msg, const struct kpptp_link *link)
{
	if (!link->ifname[0])
		return 0;
	if (nla_put_string(msg, KPPTP_A_CALL_IFNAME, link->ifname) ||
	    nla_put_u32(msg, KPPTP_A_CALL_IFINDEX, link->ifindex) ||
	    (link->netnsid >= 0 &&
	     nla_put_s32(msg, KPPTP_A_CALL_NETNSID, link->netnsid)))
		return -EMSGSIZE;
	return 0;
}

static int put_channel(struct sk_buff *msg, struct kpptp_call *call)
{
	struct kpptp_link link;

	if (!kpptp_call_describe(call, &link))
		return 0;
	if (nla_put_u32(msg, KPPTP_A_CALL_CHANNEL, link.channel) ||
	    nla_put_u8(msg, KPPTP_A_CALL_OFFLOAD_STATE, link.offload))
		return -EMSGSIZE;
	return put_interface(msg, &link);
}

/* A whole call as one message. Returns 0, or -EMSGSIZE and nothing is put. */
static int put_call(struct sk_buff *msg, struct kpptp_call *call, u32 portid,
		    u32 seq, int flags, u8 cmd)
{
	void *hdr = genlmsg_put(msg, portid, seq, &family, flags, cmd);
	struct snapshot snap;

	if (!hdr)
		return -EMSGSIZE;
	take_snapshot(call, &snap);
	if (put_key(msg, call) || put_config(msg, &snap.cfg) ||
	    put_progress(msg, call, &snap) || put_channel(msg, call) ||
	    put_stats(msg, &snap)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

static int reply_call(struct genl_info *info, struct kpptp_call *call)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	int err;

	if (!msg)
		return -ENOMEM;
	err = put_call(msg, call, info->snd_portid, info->snd_seq, 0,
		       info->genlhdr->cmd);
	if (!err)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return err;
}

static void multicast(const struct kpptp_call *call, struct sk_buff *msg)
{
	genlmsg_multicast_netns(&family, call->net, msg, 0, KPPTP_NLGRP_CALLS,
				GFP_KERNEL);
}

static void notify(struct kpptp_call *call, u8 cmd)
{
	struct sk_buff *msg;

	if (!genl_has_listeners(&family, call->net, KPPTP_NLGRP_CALLS))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return;
	if (put_call(msg, call, 0, 0, 0, cmd))
		nlmsg_free(msg);
	else
		multicast(call, msg);
}

static void notify_made(struct kpptp_call *call)
{
	notify(call, KPPTP_CMD_CALL_NEW_NTF);
}

static void notify_changed(struct kpptp_call *call)
{
	notify(call, KPPTP_CMD_CALL_SET_NTF);
}

static void notify_ended(struct kpptp_call *call, enum kpptp_del_reason reason,
			 const struct kpptp_link *link)
{
	struct snapshot snap;
	struct sk_buff *msg;
	void *hdr;

	if (!genl_has_listeners(&family, call->net, KPPTP_NLGRP_CALLS))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return;
	hdr = genlmsg_put(msg, 0, 0, &family, 0, KPPTP_CMD_CALL_DEL_NTF);
	take_snapshot(call, &snap);
	if (!hdr || put_key(msg, call) || (link && put_interface(msg, link)) ||
	    nla_put_u8(msg, KPPTP_A_CALL_REASON, reason) ||
	    put_stats(msg, &snap)) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, hdr);
	multicast(call, msg);
}

static const struct kpptp_call_observer observer = {
	.made		= notify_made,
	.changed	= notify_changed,
	.ended		= notify_ended,
};

/* As bind() of a socket asks for: calls nobody can attach to are for nothing. */
static int check_local(struct genl_info *info, const struct kpptp_call_spec *spec)
{
	if (kpptp_outer_is_local(genl_info_net(info), spec->cfg.device,
				 spec->local))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[KPPTP_A_CALL_LOCAL],
			    "the local address is none of this namespace, or not of the device's VRF");
	return -EADDRNOTAVAIL;
}

static int get_spec(struct genl_info *info, struct kpptp_call_spec *spec)
{
	struct nlattr **attrs = info->attrs;
	int err;

	kpptp_config_defaults(&spec->cfg);
	err = get_addresses(info, &spec->local, &spec->peer);
	if (!err)
		err = get_config(info, &spec->cfg);
	if (!err)
		err = check_local(info, spec);
	if (err)
		return err;
	if (attrs[KPPTP_A_CALL_CALL_ID])
		spec->call_id = nla_get_u16(attrs[KPPTP_A_CALL_CALL_ID]);
	spec->has_peer_call_id = attrs[KPPTP_A_CALL_PEER_CALL_ID];
	if (spec->has_peer_call_id)
		spec->peer_call_id =
			nla_get_u16(attrs[KPPTP_A_CALL_PEER_CALL_ID]);
	if (attrs[KPPTP_A_CALL_TX_SEQ])
		spec->tx_seq = nla_get_u32(attrs[KPPTP_A_CALL_TX_SEQ]);
	spec->has_rx_seq = attrs[KPPTP_A_CALL_RX_SEQ];
	if (spec->has_rx_seq)
		spec->rx_seq = nla_get_u32(attrs[KPPTP_A_CALL_RX_SEQ]);
	if (nla_get_flag(attrs[KPPTP_A_CALL_OWNER]))
		spec->owner = info->snd_portid;
	return 0;
}

int kpptp_nl_call_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct kpptp_call_spec spec = {};
	struct kpptp_call *call;
	int err = get_spec(info, &spec);

	if (err)
		return err;
	call = kpptp_call_new(genl_info_net(info), &spec, info->extack);
	if (IS_ERR(call))
		return PTR_ERR(call);
	err = reply_call(info, call);
	/* Nobody would know of a call that could not be answered. */
	if (err)
		kpptp_call_end(call, KPPTP_DEL_REASON_DELETED);
	kpptp_call_put(call);
	return err;
}

static int configure(void *arg, struct kpptp_config *cfg)
{
	return get_config(arg, cfg);
}

int kpptp_nl_call_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[KPPTP_A_CALL_PEER_CALL_ID];
	const struct kpptp_call_change change = {
		.configure = configure, .arg = info, .has_peer_call_id = id,
		.peer_call_id = id ? nla_get_u16(id) : 0,
		.owner = nla_get_flag(info->attrs[KPPTP_A_CALL_OWNER]) ?
			 info->snd_portid : 0,
	};
	struct kpptp_call *call = get_call(info);
	int err;

	if (IS_ERR(call))
		return PTR_ERR(call);
	err = kpptp_call_change(call, &change, info->extack);
	kpptp_call_put(call);
	return err;
}

int kpptp_nl_call_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct kpptp_call *call = get_call(info);

	if (IS_ERR(call))
		return PTR_ERR(call);
	kpptp_call_end(call, KPPTP_DEL_REASON_DELETED);
	kpptp_call_put(call);
	return 0;
}

int kpptp_nl_call_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct kpptp_call *call = get_call(info);
	int err;

	if (IS_ERR(call))
		return PTR_ERR(call);
	err = reply_call(info, call);
	kpptp_call_put(call);
	return err;
}

/* The dump goes on at the index kept in cb->args[0]: calls that come and go
 * meanwhile are shown or not, none is shown twice.
 */
/* Whether a call is among those that a dump was asked for; an attribute that was
 * not given leaves all.
 */
static bool is_asked_for(const struct kpptp_call *call, struct nlattr **attrs)
{
	const struct nlattr *local = attrs[KPPTP_A_CALL_LOCAL];
	const struct nlattr *peer = attrs[KPPTP_A_CALL_PEER];
	const struct nlattr *id = attrs[KPPTP_A_CALL_CALL_ID];

	return (!local || nla_get_in_addr(local) == call->key.local) &&
	       (!peer || nla_get_in_addr(peer) == call->key.peer) &&
	       (!id || nla_get_u16(id) == call->key.call_id);
}

int kpptp_nl_call_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct kpptp_net *kn = kpptp_net(sock_net(skb->sk));
	struct nlattr **attrs = kpptp_genl_dump_attrs(cb);
	struct kpptp_call *call;
	unsigned long index;

	rcu_read_lock();
	xa_for_each_start(&kn->index, index, call, cb->args[0]) {
		if (is_asked_for(call, attrs) &&
		    put_call(skb, call, NETLINK_CB(cb->skb).portid,
			     cb->nlh->nlmsg_seq, NLM_F_MULTI,
			     KPPTP_CMD_CALL_GET))
			break;
		cb->args[0] = index + 1;
	}
	rcu_read_unlock();
	return skb->len;
}

static u32 count_calls(struct kpptp_net *kn)
{
	return atomic_read(&kn->calls.nelems);
}

int kpptp_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct kpptp_net *kn = kpptp_net(genl_info_net(info));
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *hdr;

	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &family, 0, KPPTP_CMD_STATS_GET);
	if (!hdr || nla_put_u32(msg, KPPTP_A_STATS_CALLS, count_calls(kn)) ||
	    nla_put_u64_64bit(msg, KPPTP_A_STATS_RX_MALFORMED,
			      atomic64_read(&kn->rx_malformed),
			      KPPTP_A_STATS_PAD) ||
	    nla_put_u64_64bit(msg, KPPTP_A_STATS_RX_NO_CALL,
			      atomic64_read(&kn->rx_no_call),
			      KPPTP_A_STATS_PAD) ||
	    nla_put_u64_64bit(msg, KPPTP_A_STATS_BACKLOG,
			      percpu_counter_sum_positive(&kn->backlog),
			      KPPTP_A_STATS_PAD)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/* A netlink socket is gone, and with it the calls it owned. */
static int socket_gone(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC)
		kpptp_calls_end_owned(notify->net, notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_gone,
};

/* Who may not use the family may not listen either, which the spec cannot say. */
static const struct genl_multicast_group groups[] = {
	[KPPTP_NLGRP_CALLS] = {
		.name	= "calls",
		.flags	= GENL_MCAST_CAP_NET_ADMIN,
	},
};

static struct genl_family family __ro_after_init = {
	.name		= KPPTP_FAMILY_NAME,
	.version	= KPPTP_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= kpptp_nl_ops,
	.n_ops		= ARRAY_SIZE(kpptp_nl_ops),
	.resv_start_op	= KPPTP_CMD_CALL_NEW,
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

/**
 * kpptp_nl_register() - offer the family
 *
 * Return: 0 or a negative errno.
 */
int kpptp_nl_register(void)
{
	int err;

	kpptp_call_observe(&observer);
	err = netlink_register_notifier(&socket_notifier);
	if (err)
		return err;
	err = genl_register_family(&family);
	if (err)
		netlink_unregister_notifier(&socket_notifier);
	return err;
}

/**
 * kpptp_nl_unregister() - take the family back; no call is left
 */
void kpptp_nl_unregister(void)
{
	genl_unregister_family(&family);
	netlink_unregister_notifier(&socket_notifier);
}
