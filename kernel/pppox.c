// SPDX-License-Identifier: GPL-2.0-only
/*
 * The socket: AF_PPPOX, SOCK_STREAM, PX_PROTO_PPTP, with the interface of the
 * in-tree driver, so that programs written for that one run unchanged.
 *
 *   bind     local address and Call ID; Call ID 0 has one chosen
 *   connect  the peer's address and Call ID; takes over a call made over
 *            netlink with these, or makes one that is routed by the socket's
 *            SO_BINDTODEVICE and SO_MARK. The local address must be bound
 *   getname  what was bound, with the Call ID that was chosen
 *   ioctl    PPPIOCGCHAN (by PPPoX), and the channel's flags
 *   close    ends the call; nobody waits for a grace period: the socket is
 *            freed after one (SOCK_RCU_FREE)
 *
 * Binding and connecting need CAP_NET_ADMIN in the network namespace.
 */
#include <linux/capability.h>
#include <linux/if_pppox.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/ppp_channel.h>
#include <net/sock.h>

#include "channel.h"
#include "compat/compat.h"
#include "outer.h"
#include "pppox.h"

static bool may_tunnel(const struct sock *sk)
{
	return ns_capable(sock_net(sk)->user_ns, CAP_NET_ADMIN);
}

static int check_address(const struct sockaddr_pppox *sp, int len)
{
	if (len < (int)sizeof(*sp) || sp->sa_family != AF_PPPOX ||
	    sp->sa_protocol != PX_PROTO_PPTP)
		return -EINVAL;
	return 0;
}

static int pptp_bind(struct socket *sock, kpptp_sockaddr *addr, int len)
{
	struct sockaddr_pppox *sp = (struct sockaddr_pppox *)addr;
	struct sock *sk = sock->sk;
	struct kpptp_sock *ks = kpptp_sk(sk);
	struct kpptp_call *call;
	int err = check_address(sp, len);
	__be32 local;

	if (err)
		return err;
	local = sp->sa_addr.pptp.sin_addr.s_addr;
	if (!may_tunnel(sk))
		return -EPERM;
	if (local && !kpptp_outer_is_local(sock_net(sk), 0, local))
		return -EADDRNOTAVAIL;
	lock_sock(sk);
	err = sk->sk_state & PPPOX_DEAD ? -EALREADY : -EBUSY;
	if ((sk->sk_state & PPPOX_DEAD) || ks->call)
		goto out;
	call = kpptp_call_reserve(sock_net(sk), local,
				  sp->sa_addr.pptp.call_id);
	err = PTR_ERR_OR_ZERO(call);
	if (err)
		goto out;
	ks->call = call;
	ks->po.proto.pptp.src_addr.sin_addr = sp->sa_addr.pptp.sin_addr;
	ks->po.proto.pptp.src_addr.call_id = call->key.call_id;
	sk->sk_state |= PPPOX_BOUND;
out:
	release_sock(sk);
	return err;
}

/* A call made over netlink waits for the socket and brings its own settings. */
static bool is_awaited(const struct kpptp_call *bound, __be32 peer)
{
	struct kpptp_call *call = kpptp_call_get(bound->net, bound->key.local,
						 peer, bound->key.call_id);

	kpptp_call_put(call);
	return call;
}

/* A call of the socket's own goes where the socket may: as its options say. */
static int use_options(struct kpptp_call *bound, const struct sock *sk,
		       __be32 peer)
{
	bound->cfg.device = READ_ONCE(sk->sk_bound_dev_if);
	bound->cfg.mark = READ_ONCE(sk->sk_mark);
	return kpptp_outer_reaches(bound, peer);
}

static int connect_call(struct kpptp_sock *ks, const struct pptp_addr *peer)
{
	__be32 addr = peer->sin_addr.s_addr;
	struct kpptp_call *call;
	int err;

	if (!is_awaited(ks->call, addr)) {
		err = use_options(ks->call, &ks->po.sk, addr);
		if (err)
			return err;
	}
	call = kpptp_call_connect(ks->call, addr, peer->call_id);
	if (IS_ERR(call))
		return PTR_ERR(call);
	ks->call = call;
	ks->po.proto.pptp.dst_addr = *peer;
	return kpptp_channel_open(ks);
}

/* A socket whose connection failed half-way has no call to connect again. */
static void give_up(struct kpptp_sock *ks)
{
	ks->po.sk.sk_state = PPPOX_DEAD;
}

static bool is_peer(const struct kpptp_sock *ks, const struct pptp_addr *addr)
{
	const struct pptp_addr *peer = &ks->po.proto.pptp.dst_addr;

	return peer->call_id == addr->call_id &&
	       peer->sin_addr.s_addr == addr->sin_addr.s_addr;
}

static int pptp_connect(struct socket *sock, kpptp_sockaddr *addr, int len,
			int flags)
{
	struct sockaddr_pppox *sp = (struct sockaddr_pppox *)addr;
	struct sock *sk = sock->sk;
	struct kpptp_sock *ks = kpptp_sk(sk);
	int err = check_address(sp, len);

	if (err)
		return err;
	if (!may_tunnel(sk))
		return -EPERM;
	lock_sock(sk);
	if (sk->sk_state & PPPOX_CONNECTED)
		err = is_peer(ks, &sp->sa_addr.pptp) ? -EALREADY : -EBUSY;
	else if (sk->sk_state & PPPOX_DEAD)
		err = -EALREADY;
	else if (!ks->call || !ks->call->key.local ||
		 !sp->sa_addr.pptp.sin_addr.s_addr)
		err = -EINVAL;
	else
		err = connect_call(ks, &sp->sa_addr.pptp);
	if (err && ks->call && !ks->call->reserved &&
	    !(sk->sk_state & PPPOX_CONNECTED))
		give_up(ks);
	release_sock(sk);
	return err;
}

static int pptp_getname(struct socket *sock, struct sockaddr *addr, int peer)
{
	struct kpptp_sock *ks = kpptp_sk(sock->sk);
	struct sockaddr_pppox sp;

	memset(&sp, 0, sizeof(sp));
	sp.sa_family = AF_PPPOX;
	sp.sa_protocol = PX_PROTO_PPTP;
	lock_sock(sock->sk);
	sp.sa_addr.pptp = peer ? ks->po.proto.pptp.dst_addr :
				 ks->po.proto.pptp.src_addr;
	release_sock(sock->sk);
	memcpy(addr, &sp, sizeof(sp));
	return sizeof(sp);
}

/*
 * Closing. The call is ended without the socket lock, for its end hangs up the
 * channel under that lock; whoever else ends it at the same time, the channel
 * is closed here at the latest.
 */
static int pptp_release(struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct kpptp_sock *ks = kpptp_sk(sk);
	struct kpptp_call *call;

	if (!sk)
		return 0;
	lock_sock(sk);
	call = ks->call;
	sock_orphan(sk);
	sock->sk = NULL;
	release_sock(sk);

	if (call)
		kpptp_call_end(call, KPPTP_DEL_REASON_CLOSED);
	kpptp_channel_stop(ks);
	lock_sock(sk);
	kpptp_channel_close(ks);
	sk->sk_state = PPPOX_DEAD;
	release_sock(sk);
	sock_put(sk);
	return 0;
}

static void pptp_destruct(struct sock *sk)
{
	kpptp_call_put(kpptp_sk(sk)->call);
	skb_queue_purge(&sk->sk_receive_queue);
}

static struct proto kpptp_proto __read_mostly = {
	.name		= "PPTP",
	.owner		= THIS_MODULE,
	.obj_size	= sizeof(struct kpptp_sock),
};

static const struct proto_ops pptp_ops = {
	.family		= AF_PPPOX,
	.owner		= THIS_MODULE,
	.release	= pptp_release,
	.bind		= pptp_bind,
	.connect	= pptp_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= sock_no_accept,
	.getname	= pptp_getname,
	.listen		= sock_no_listen,
	.shutdown	= sock_no_shutdown,
	.sendmsg	= sock_no_sendmsg,
	.recvmsg	= sock_no_recvmsg,
	.mmap		= sock_no_mmap,
	.ioctl		= pppox_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl	= pppox_compat_ioctl,
#endif
};

static int pptp_create(struct net *net, struct socket *sock, int kern)
{
	struct sock *sk = sk_alloc(net, PF_PPPOX, GFP_KERNEL, &kpptp_proto,
				   kern);

	if (!sk)
		return -ENOMEM;
	sock_init_data(sock, sk);
	sock_set_flag(sk, SOCK_RCU_FREE);
	sock->state = SS_UNCONNECTED;
	sock->ops = &pptp_ops;
	sk->sk_state = PPPOX_NONE;
	sk->sk_type = SOCK_STREAM;
	sk->sk_family = PF_PPPOX;
	sk->sk_protocol = PX_PROTO_PPTP;
	sk->sk_destruct = pptp_destruct;
	kpptp_channel_init(kpptp_sk(sk));
	return 0;
}

static const struct pppox_proto pptp_pppox_proto = {
	.create	= pptp_create,
	.owner	= THIS_MODULE,
};

/**
 * kpptp_pppox_register() - offer the socket
 *
 * Return: 0, -EALREADY when another driver offers it, or a negative errno.
 */
int kpptp_pppox_register(void)
{
	/* With a cache of its own, which takes just its size and is charged. */
	int err = proto_register(&kpptp_proto, 1);

	if (err)
		return err;
	err = register_pppox_proto(PX_PROTO_PPTP, &pptp_pppox_proto);
	if (err)
		proto_unregister(&kpptp_proto);
	return err;
}

/**
 * kpptp_pppox_unregister() - take the socket back; no socket is left
 */
void kpptp_pppox_unregister(void)
{
	unregister_pppox_proto(PX_PROTO_PPTP);
	proto_unregister(&kpptp_proto);
}
