// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PPP channel of a socket: the only file that touches struct ppp_channel.
 */
#include <linux/nsproxy.h>
#include <linux/ppp-ioctl.h>
#include <linux/ppp_channel.h>
#include <linux/ppp_defs.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include "channel.h"
#include "compat/compat.h"
#include "tx.h"

/* Flags that say what was received: PPP's to set, not the user's. */
#define RECEIVE_BITS	(SC_RCV_B7_1 | SC_RCV_B7_0 | SC_RCV_ODDP | SC_RCV_EVNP)

/* LCP packets whose code is 1 to 7 go with address and control and a whole
 * protocol number, whatever was negotiated (RFC 1661 6.5, 6.6).
 */
static bool is_lcp(const struct sk_buff *skb)
{
	return skb->len > 2 && skb_headlen(skb) > 2 &&
	       get_unaligned_be16(skb->data) == PPP_LCP &&
	       skb->data[2] >= 1 && skb->data[2] <= 7;
}

/* How the frame goes out, by what was negotiated. */
static unsigned int frame_flags(const struct kpptp_sock *ks,
				const struct sk_buff *skb)
{
	int negotiated = READ_ONCE(ks->ppp_flags);
	unsigned int flags = 0;

	if (is_lcp(skb) || !(negotiated & SC_COMP_AC))
		flags |= KPPTP_FRAME_ADDRESS_CONTROL;
	if (!is_lcp(skb) && (negotiated & SC_COMP_PROT) && !skb->data[0])
		flags |= KPPTP_FRAME_SHORT_PROTOCOL;
	return flags;
}

/* PPP has a frame to send. Returns 0 to be given it again after a wakeup. */
static int start_xmit(struct ppp_channel *chan, struct sk_buff *skb)
{
	struct kpptp_sock *ks = chan->private;
	struct net_device *dev = skb->dev;
	unsigned int headers, size;
	int sent;

	if (skb->len < 2 || !pskb_may_pull(skb, min_t(u32, skb->len, 3))) {
		kfree_skb(skb);
		return 1;
	}
	kpptp_offload_sending(&ks->offload, skb);
	headers = kpptp_offload_headers(skb);
	size = kpptp_mtu_size(skb, headers);
	sent = kpptp_tx_frame(ks->call, skb, frame_flags(ks, skb));
	if (headers && sent > 0)
		kpptp_offload_sent(&ks->offload, dev, sent, headers);
	kpptp_mtu_sent(&ks->mtu, size);
	return sent != -EAGAIN;
}

/* Flows through the interface can go by a flow table, which is told that the
 * way to the interface ends here: it sends packets to the interface itself.
 */
static int fill_forward_path(struct net_device_path_ctx *ctx,
			     struct net_device_path *path,
			     const struct ppp_channel *chan)
{
	path->type = DEV_PATH_ETHERNET;
	path->dev = ctx->dev;
	ctx->dev = NULL;
	return 0;
}

static int chan_ioctl(struct ppp_channel *chan, unsigned int cmd,
		      unsigned long arg)
{
	struct kpptp_sock *ks = chan->private;
	int __user *argp = (int __user *)arg;
	int val;

	switch (cmd) {
	case PPPIOCGFLAGS:
		return put_user(READ_ONCE(ks->ppp_flags), argp);
	case PPPIOCSFLAGS:
		if (get_user(val, argp))
			return -EFAULT;
		WRITE_ONCE(ks->ppp_flags, val & ~RECEIVE_BITS);
		return 0;
	default:
		return -ENOTTY;
	}
}

static const struct ppp_channel_ops chan_ops = {
	.start_xmit	= start_xmit,
	.ioctl		= chan_ioctl,
	.fill_forward_path = fill_forward_path,
};

static void to_ppp(void *face, struct sk_buff *skb)
{
	struct kpptp_sock *ks = face;

	/* PPP scrubs what its interface has taken elsewhere, but not this. */
	if (unlikely(ks->crosses))
		skb_scrub_packet(skb, true);
	ppp_input(&ks->po.chan, skb);
}

/* The name is a member of the interface, so its address tells which one. */
static bool is_on(void *face, const struct net_device *dev)
{
	struct kpptp_sock *ks = face;
	bool on;

	rcu_read_lock();
	on = ppp_dev_name(&ks->po.chan) == dev->name;
	rcu_read_unlock();
	return on;
}

static const struct kpptp_offload_ops offload_ops = {
	.input	= to_ppp,
	.is_on	= is_on,
};

static void face_input(void *face, struct sk_buff *skb)
{
	struct kpptp_sock *ks = face;

	kpptp_offload_receive(&ks->offload, skb);
}

static bool face_fetch_soon(void *face, unsigned int frames)
{
	struct kpptp_sock *ks = face;

	return kpptp_offload_fetch_soon(&ks->offload, frames);
}

static void face_configured(void *face)
{
	struct kpptp_sock *ks = face;

	kpptp_offload_update(&ks->offload);
	kpptp_mtu_check(&ks->mtu);
}

static void face_path_changed(void *face)
{
	struct kpptp_sock *ks = face;

	kpptp_mtu_check(&ks->mtu);
}

/* PPP tells the interface only by a pointer to its name, which is a member. */
static struct net_device *named_device(const char *name)
{
	return container_of((char (*)[IFNAMSIZ])name, struct net_device, name);
}

static struct net_device *channel_device(void *face)
{
	struct kpptp_sock *ks = face;
	struct net_device *dev = NULL;
	const char *name;

	rcu_read_lock();
	name = ppp_dev_name(&ks->po.chan);
	if (name)
		dev = named_device(name);
	/* one that is not registered any more may go as soon as PPP wants */
	if (dev && READ_ONCE(dev->reg_state) != NETREG_REGISTERED)
		dev = NULL;
	rcu_read_unlock();
	return dev;
}

static void describe_device(const char *name, const struct net *net,
			    struct kpptp_link *link)
{
	struct net_device *dev = named_device(name);

	strscpy(link->ifname, name, sizeof(link->ifname));
	link->ifindex = READ_ONCE(dev->ifindex);
	if (!net_eq(dev_net(dev), net))
		link->netnsid = peernet2id_alloc((struct net *)net, dev_net(dev),
						 GFP_ATOMIC);
}

static void face_describe(void *face, struct kpptp_link *link)
{
	struct kpptp_sock *ks = face;
	const char *name;

	*link = (struct kpptp_link) {
		.channel = ppp_channel_index(&ks->po.chan), .netnsid = -1,
	};
	kpptp_offload_check(&ks->offload);
	link->offload = kpptp_offload_state(&ks->offload);
	rcu_read_lock();
	name = ppp_dev_name(&ks->po.chan);
	if (name)
		describe_device(name, sock_net(&ks->po.sk), link);
	rcu_read_unlock();
}

static void face_wakeup(void *face)
{
	struct kpptp_sock *ks = face;

	ppp_output_wakeup(&ks->po.chan);
}

/* The call is over: PPP sees the channel hang up, the socket stays dead. */
static void face_hangup(void *face)
{
	struct kpptp_sock *ks = face;
	struct sock *sk = &ks->po.sk;

	kpptp_channel_stop(ks);
	lock_sock(sk);
	kpptp_channel_close(ks);
	release_sock(sk);
	sock_put(sk);
}

static const struct kpptp_face_ops face_ops = {
	.input	= face_input,
	.fetch_soon = face_fetch_soon,
	.wakeup	= face_wakeup,
	.configured = face_configured,
	.path_changed = face_path_changed,
	.describe = face_describe,
	.hangup	= face_hangup,
};

/**
 * kpptp_channel_init() - prepare a new socket
 * @ks: the socket
 */
void kpptp_channel_init(struct kpptp_sock *ks)
{
	kpptp_offload_init(&ks->offload, &offload_ops, ks);
	kpptp_mtu_init(&ks->mtu, channel_device, ks, &ks->offload.watch);
}

/**
 * kpptp_channel_open() - register the channel of a socket that has its call
 * @ks: the socket, locked
 *
 * Return: 0, or a negative errno and nothing is registered.
 */
int kpptp_channel_open(struct kpptp_sock *ks)
{
	struct ppp_channel *chan = &ks->po.chan;
	struct kpptp_call *call = ks->call;
	struct sock *sk = &ks->po.sk;
	int err;

	kpptp_offload_start(&ks->offload, call);
	kpptp_mtu_start(&ks->mtu, call);
	chan->private = ks;
	chan->ops = &chan_ops;
	chan->mtu = PPP_MRU;
	chan->hdrlen = 2 + KPPTP_HEADROOM;
	/* A full send window hands frames back, which only a qdisc can keep. The
	 * window may have been set to 0 by now, but come back later.
	 */
	kpptp_chan_direct_xmit(chan, !call->may_stall);
	/* As in-tree: PPP is where the program is, which may have gone to another
	 * namespace since it opened the socket.
	 */
	ks->crosses = !net_eq(current->nsproxy->net_ns, sock_net(sk));
	err = ppp_register_channel(chan);
	if (err)
		return err;
	sk->sk_state |= PPPOX_CONNECTED;
	sock_hold(sk);
	err = kpptp_call_attach(call, &face_ops, ks);
	/* What PPP has sent meanwhile may have started work, which the release of
	 * the socket stops.
	 */
	if (err) {
		kpptp_channel_close(ks);
		sock_put(sk);
	}
	return err;
}

/**
 * kpptp_channel_stop() - end what goes on beside the channel
 * @ks: the socket, not locked; its call has ended. Safe to repeat
 *
 * Context: process; takes RTNL when there is something to undo.
 */
void kpptp_channel_stop(struct kpptp_sock *ks)
{
	kpptp_mtu_stop(&ks->mtu);
	kpptp_offload_stop(&ks->offload);
}

/**
 * kpptp_channel_close() - hang up
 * @ks: the socket, locked; safe to repeat
 *
 * The call has ended before, so that PPP is not called meanwhile.
 */
void kpptp_channel_close(struct kpptp_sock *ks)
{
	pppox_unbind_sock(&ks->po.sk);
}
