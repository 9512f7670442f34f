/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call: one enhanced-GRE session (RFC 2637 3.2, 4) and where it is found.
 *
 * Life. A call is made by kpptp_call_new() (netlink, or a socket that
 * connects) or reserved by kpptp_call_reserve() (a socket that is bound but
 * knows no peer yet). kpptp_call_end() takes it out of every table, stops its
 * timers and frees what it holds. Whoever comes first does that, and others who
 * end the same call wait for it. Memory goes after a grace period that nobody
 * waits for.
 *
 * References. The tables hold one, the attached or bound socket holds one.
 * Readers under RCU take none: they see a call that may be dead already and
 * learn so under rx_lock or tx_lock.
 *
 * Locks, outermost first:
 *   socket lock    of the attached socket (see channel.c); not held by who ends
 *                  a call
 *   kn->lock       mutex: making, connecting, changing and unlinking calls, and
 *                  telling the observer, who hears of all that in order
 *   call->rx_lock  BH: receive sequence, held frames, delivery, attachment
 *   call->tx_lock  BH: send sequence, acknowledgements, window
 * rx_lock and tx_lock are held together, in this order, only to change settings
 * and to end the call; none of them is held while PPP is called.
 */
#ifndef KPPTP_CALL_H
#define KPPTP_CALL_H

#include <linux/hrtimer.h>
#include <linux/idr.h>
#include <linux/if.h>
#include <linux/interrupt.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/xarray.h>
#include <net/dst_cache.h>
#include <uapi/linux/kpptp.h>

#include "ack.h"
#include "backlog.h"
#include "demux.h"
#include "reorder.h"
#include "window.h"

struct ctl_table_header;
struct netlink_ext_ack;
struct kpptp_call;
struct kpptp_gre_info;

extern unsigned int kpptp_net_id;
extern bool kpptp_offload_default;	/* parameter of the module */

/**
 * struct kpptp_link - what PPP calls the channel of a call
 * @channel: its index
 * @ifname: of the interface, empty when it is connected to none
 * @ifindex: the interface's, 0 when there is none
 * @netnsid: ID of the interface's namespace as the call's sees it, when that is
 *	another one, else -1
 * @offload: what the interface may have
 */
struct kpptp_link {
	int				channel;
	char				ifname[IFNAMSIZ];
	int				ifindex;
	int				netnsid;
	enum kpptp_offload_state	offload;
};

/**
 * struct kpptp_face_ops - what a call asks of the socket attached to it
 * @input: takes a PPP frame, one at a time and in order; BH disabled
 * @fetch_soon: so many frames are ready; returns true when the face takes
 *	them by itself, with kpptp_call_take(), and any that come meanwhile,
 *	until kpptp_rx_taken() tells it that there are no more. Otherwise they
 *	are given by @input. rx_lock held
 * @wakeup: the send window is open again; BH disabled, no lock held
 * @configured: the call's settings have changed; rx_lock held
 * @path_changed: the path MTU has; rx_lock held
 * @describe: fills @link in; rx_lock held
 * @hangup: the call has ended: no more @input comes; process context. Gives
 *	back the reference that the face took for the call.
 */
struct kpptp_face_ops {
	void (*input)(void *face, struct sk_buff *skb);
	bool (*fetch_soon)(void *face, unsigned int frames);
	void (*wakeup)(void *face);
	void (*configured)(void *face);
	void (*path_changed)(void *face);
	void (*describe)(void *face, struct kpptp_link *link);
	void (*hangup)(void *face);
};

/**
 * struct kpptp_call_observer - who hears of calls; kn->lock held, may sleep
 * @made: a call is in the table
 * @changed: it was changed, completed or attached
 * @ended: it is out of the table; the last that is heard of it. @link is what its
 *	channel was, or NULL
 */
struct kpptp_call_observer {
	void (*made)(struct kpptp_call *call);
	void (*changed)(struct kpptp_call *call);
	void (*ended)(struct kpptp_call *call, enum kpptp_del_reason reason,
		      const struct kpptp_link *link);
};

enum kpptp_limits {
	/* Held for want of a socket. A peer sends its first LCP packet ten times,
	 * every three seconds (RFC 1661 4.6): older ones are of no use.
	 */
	KPPTP_EARLY_MAX		= 64,	/* frames */
	KPPTP_EARLY_MEMORY	= SZ_128K,
	KPPTP_EARLY_SECS	= 30,
	KPPTP_DELIVER_MAX	= 64,	/* frames brought to the face in one go */
	KPPTP_QUOTED_AGE	= 1 << 20,	/* packets sent since one that is quoted */
	KPPTP_QUOTED_MAX	= 16,	/* calls that one quotation is looked for in */

	/* Calls that a namespace may have, and reservations, if nobody says: an
	 * administrator's, and one of a user namespace of its own.
	 */
	KPPTP_CALLS_MAX		= 1 << 18,
	KPPTP_CALLS_MAX_USERNS	= 1 << 12,
};

/* What names a call. */
struct kpptp_key {
	__be32	local;
	__be32	peer;
	u16	call_id;
	u16	zero;
};

/* A local Call ID that is in use: how many calls and reservations have it. Under
 * kn->lock; zeroed before it is filled, for the key is hashed as octets.
 */
struct kpptp_local_key {
	__be32	local;
	u16	call_id;
	u16	zero;
};

struct kpptp_local {
	struct rhash_head	node;
	struct kpptp_local_key	key;
	unsigned int		users;
	unsigned int		reserved;	/* without a peer */
	unsigned int		open;		/* calls no socket is attached to */
};

/* A local address: which Call IDs are in use there. Under kn->lock. */
struct kpptp_address {
	struct ida		ids;
};

/* What finds the calls that send with the peer's Call ID: their packets as others
 * quote them. Zeroed before it is filled, for it is hashed as octets.
 */
struct kpptp_quoted_key {
	__be32	local;
	__be32	peer;
	u16	peer_call_id;
	u16	zero;
};

/* The netlink socket that some calls die with. Under kn->lock. */
struct kpptp_owner {
	u32			portid;
	struct list_head	calls;
};

/* Settings. Written under kn->lock, rx_lock and tx_lock, so that each of them
 * keeps them as they are; read on the data path without any, by READ_ONCE(), where
 * each stands for itself. So they are written one by one, by WRITE_ONCE().
 */
struct kpptp_config {
	u16	rx_window;	/* packets announced to the peer, 0 none */
	u16	tx_window;	/* packets the peer announced, 0 no window */
	u32	ack_delay;	/* us */
	u16	reorder_limit;	/* packets, 0 off */
	u32	reorder_time;	/* us */
	u8	tos;
	u8	tos_mode;	/* enum kpptp_tos_mode */
	u8	ttl;		/* 0: the namespace's default */
	u8	pmtu_mode;	/* enum kpptp_pmtu_mode */
	u8	offload;
	u32	mark;
	u32	device;		/* ifindex, 0 none */
};

/* Of a frame that waits for a socket. */
struct kpptp_early_cb {
	u64	until;		/* ns */
};

static inline struct kpptp_early_cb *kpptp_early_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct kpptp_early_cb) > sizeof(skb->cb));
	return (struct kpptp_early_cb *)skb->cb;
}

/* Counted under rx_lock. */
struct kpptp_rx_stats {
	u64	packets;
	u64	bytes;
	u64	acks;
	u64	trimmed;
	u64	bad;
	u64	early_held;
	u64	early_dropped;
	u64	overrun;
};

/* Counted under tx_lock. */
struct kpptp_tx_stats {
	u64	packets;
	u64	bytes;
	u64	acks;
	u64	bad_ack;
	u64	no_route;
	u64	fragmented;
	u64	loop;
	u64	errors;
	u64	stalls;
	u64	timeouts;
};

/**
 * struct kpptp_call - one call
 * @node: in &kpptp_net.calls, by @key; unused while only reserved
 * @key: constant, but for the peer address of a reserved one, which is 0 and set
 *	before it enters &kpptp_net.calls
 * @local: its local address and Call ID among those in use
 * @quoted_node: in &kpptp_net.quoted, by @quoted_key, when @is_quotable
 * @quoted_key: constant once @is_quotable
 * @is_quotable: the peer's Call ID is known, and no more than KPPTP_QUOTED_MAX
 *	calls have it; under kn->lock
 * @net: the namespace; outlives the call, which ends with it
 * @index: in &kpptp_net.index, the cursor of a dump
 * @peer_call_id: written once, before the state is waiting
 * @state: enum kpptp_state; written under kn->lock. Who reads it without that and
 *	wants @peer_call_id or @window acquires it
 * @dead: it is being ended: set once, under rx_lock and tx_lock. Who has neither
 *	reads it by READ_ONCE(), and learns only that it is no use to begin
 * @gone: ended and out of every table; who else ends the call waits for it
 * @reserved: bound socket without a peer; not in &kpptp_net.calls yet; under
 *	kn->lock
 * @may_stall: attached with a send window, so that PPP has a queue for what the
 *	window keeps back; set once, under kn->lock, before the socket has the call
 * @holds_module: made over netlink, keeps the module loaded; constant
 * @owner: netlink socket it dies with, or NULL; under kn->lock. Who has it not
 *	may ask by READ_ONCE() whether there is one, no more
 * @owner_node: in @owner
 * @cfg: settings
 * @ref: references
 * @rcu: for freeing
 * @ip_id: next ID of an outer packet that is not to be fragmented
 * @hash: flow hash of every packet sent, anything at all; constant
 * @demux: how packets from the peer came in
 * @rx_lock: guards the members down to @rest, and @demux
 * @reorder: receive sequencing
 * @ready: frames in order, on their way to PPP or waiting for a socket; bounded,
 *	see backlog.h
 * @delivering: somebody hands @ready to PPP now; nobody else may
 * @fetching: the face takes @ready by itself now; nobody else may
 * @resting: @rest goes on to hand @ready to PPP; nobody else may
 * @wakeup: @face is to be told that the send window is open
 * @face: where frames go, NULL while no socket is attached; once set it stays until
 *	the call is gone
 * @face_ops: what @face does
 * @rx: counters
 * @rx_timer: gives up gaps in the receive sequence, and frames that have waited
 *	for a socket for too long
 * @rest: delivers what one go did not
 * @tx_lock: guards the members down to @window_timer
 * @tx_seq: next number to send
 * @ack: what is owed to the peer
 * @window: RFC 2637 4.2 send window
 * @tx_stalled: PPP waits for the window to open
 * @tx: counters
 * @ack_timer: sends an acknowledgement that found no data to ride on
 * @window_timer: adaptive acknowledgement time-out
 * @dst_cache: route to the peer; BH disabled
 * @path_mtu: of that route when something was sent last, 0 before that; written
 *	by whoever sends, read anywhere
 */
struct kpptp_call {
	struct rhash_head	node;
	struct kpptp_key	key;
	u16			peer_call_id;
	u8			state;
	bool			dead;
	struct net		*net;
	struct kpptp_config	cfg;
	u32			path_mtu;
	atomic_t		ip_id;
	u32			index;
	u32			hash;
	struct dst_cache	dst_cache;
	struct kpptp_demux	demux;
	struct kpptp_local	*local;
	struct kpptp_owner	*owner;
	bool			reserved;
	bool			may_stall;
	bool			holds_module;
	bool			gone;
	bool			is_quotable;

	spinlock_t		rx_lock ____cacheline_aligned;
	bool			delivering;
	bool			fetching;
	bool			resting;
	bool			wakeup;
	struct kpptp_reorder	reorder;
	struct kpptp_backlog	ready;
	void			*face;
	const struct kpptp_face_ops *face_ops;
	struct kpptp_rx_stats	rx;
	struct hrtimer		rx_timer;
	struct tasklet_struct	rest;

	spinlock_t		tx_lock ____cacheline_aligned;
	u32			tx_seq;
	struct kpptp_ack	ack;
	bool			tx_stalled;
	struct kpptp_window	window;
	struct kpptp_tx_stats	tx;
	struct timer_list	ack_timer;
	struct timer_list	window_timer;

	struct rhlist_head	quoted_node;
	struct kpptp_quoted_key	quoted_key;
	refcount_t		ref;
	struct list_head	owner_node;
	struct rcu_head		rcu;
};

/**
 * struct kpptp_net - what a network namespace has
 * @calls: every call by its key; RCU readers
 * @locals: the local addresses and Call IDs that calls and reservations have
 * @quoted: calls whose peer's Call ID is known, by what their packets have; RCU
 *	readers
 * @owners: netlink sockets that own calls, by portid
 * @addresses: local addresses that calls and reservations have, by themselves
 * @index: every call (not reservations) by number
 * @next_index: where @index goes on
 * @lock: guards @locals, @owners, @addresses, @demuxes, @call_count and
 *	@reserved_count, and all that is said of kn->lock at the top
 * @call_count: calls there are
 * @reserved_count: reservations there are
 * @max_calls: how many there may be of each; written by the sysctl at any time
 * @sysctl: where that is set
 * @demuxes: packets are looked at early
 * @backlog: memory of the frames in all backlogs
 * @rx_malformed: GRE version 1 that is not RFC 2637's
 * @rx_no_call: packets for no call
 */
struct kpptp_net {
	struct rhashtable	calls;
	struct rhashtable	locals;
	struct rhltable		quoted;
	struct xarray		owners;
	struct xarray		addresses;
	struct xarray		index;
	u32			next_index;
	struct mutex		lock; /* see above */
	bool			demuxes;
	struct percpu_counter	backlog;
	unsigned int		call_count;
	unsigned int		reserved_count;
	unsigned int		max_calls;
	struct ctl_table_header	*sysctl;
	atomic64_t		rx_malformed;
	atomic64_t		rx_no_call;
};

void kpptp_call_observe(const struct kpptp_call_observer *obs);
struct kpptp_net *kpptp_net(const struct net *net);

/**
 * struct kpptp_call_spec - what kpptp_call_new() makes a call from
 * @local: local address
 * @peer: peer's address
 * @call_id: local Call ID, 0 to have one chosen
 * @has_peer_call_id: @peer_call_id is known
 * @peer_call_id: the peer's Call ID
 * @cfg: settings
 * @has_rx_seq: @rx_seq is given; otherwise the first packet may be 0 or 1
 * @tx_seq: first number to send
 * @rx_seq: first number expected
 * @owner: portid of the netlink socket it dies with, 0 none
 */
struct kpptp_call_spec {
	__be32			local;
	__be32			peer;
	u16			call_id;
	bool			has_peer_call_id;
	u16			peer_call_id;
	struct kpptp_config	cfg;
	bool			has_rx_seq;
	u32			tx_seq;
	u32			rx_seq;
	u32			owner;
};

/**
 * struct kpptp_call_change - what kpptp_call_change() does to a call
 * @configure: changes a copy of its settings, which are taken over unless this
 *	returns a negative errno; kn->lock held, may sleep
 * @arg: given to @configure
 * @has_peer_call_id: @peer_call_id is given
 * @peer_call_id: the peer's Call ID
 * @owner: portid of the netlink socket it is to die with from now on, 0 leaves that
 *	as it is
 */
struct kpptp_call_change {
	int (*configure)(void *arg, struct kpptp_config *cfg);
	void	*arg;
	bool	has_peer_call_id;
	u16	peer_call_id;
	u32	owner;
};

int kpptp_net_init(struct net *net);
void kpptp_net_pre_exit(struct net *net);
void kpptp_net_exit(struct net *net);

void kpptp_config_defaults(struct kpptp_config *cfg);
struct kpptp_call *kpptp_call_find(struct net *net, __be32 local, __be32 peer,
				   u16 call_id);
struct kpptp_call *kpptp_call_find_quoted(struct net *net, __be32 local,
					  __be32 peer,
					  const struct kpptp_gre_info *info);
struct kpptp_call *kpptp_call_get(struct net *net, __be32 local, __be32 peer,
				  u16 call_id);
struct kpptp_call *kpptp_call_new(struct net *net,
				  const struct kpptp_call_spec *spec,
				  struct netlink_ext_ack *extack);
struct kpptp_call *kpptp_call_reserve(struct net *net, __be32 local,
				      u16 call_id);
struct kpptp_call *kpptp_call_connect(struct kpptp_call *bound, __be32 peer,
				      u16 peer_call_id);
int kpptp_call_change(struct kpptp_call *call,
		      const struct kpptp_call_change *change,
		      struct netlink_ext_ack *extack);
bool kpptp_call_describe(struct kpptp_call *call, struct kpptp_link *link);
int kpptp_call_attach(struct kpptp_call *call,
		      const struct kpptp_face_ops *ops, void *face);
bool kpptp_call_deliver(struct kpptp_call *call);
void kpptp_call_take(struct kpptp_call *call, struct sk_buff_head *frames,
		     unsigned int max);
void kpptp_call_overrun(struct kpptp_call *call, unsigned int octets);
void kpptp_call_wakeup(struct kpptp_call *call);
void kpptp_call_path_changed(struct kpptp_call *call);
void kpptp_call_end(struct kpptp_call *call, enum kpptp_del_reason reason);
void kpptp_call_put(struct kpptp_call *call);
void kpptp_calls_end_owned(struct net *net, u32 portid);

#endif /* KPPTP_CALL_H */
