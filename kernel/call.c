// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls: making, finding, ending (see call.h for life and locks).
 *
 * &kpptp_net.calls is the data path's table: the whole key, looked up under RCU
 * for every packet. &kpptp_net.locals knows which local addresses and Call IDs are
 * in use and by how many, for a socket that is bound but not connected reserves
 * them, so that an ID handed out by bind() is nobody else's by connect().
 */
#include <linux/delay.h>
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/wait_bit.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "call.h"
#include "limits.h"
#include "memory.h"
#include "parse.h"
#include "timers.h"

unsigned int kpptp_net_id __read_mostly;
bool kpptp_offload_default __read_mostly = true;

/* Who hears of new and ended calls; set before the first call is made. */
static const struct kpptp_call_observer *observer;

/*
 * The call that a CPU has found last: packets come in trains, and each is asked
 * about twice. It is good while no call has ended since it was looked for, as
 * @ended counts after a call was taken out of the table and before the grace
 * period that it is freed after. Both members go together, so it is used only
 * where a CPU's softirqs have it to themselves: with PREEMPT_RT they need not.
 */
struct recent {
	struct kpptp_call	*call;
	unsigned long		ended;
};

static DEFINE_PER_CPU(struct recent, recent);
static atomic_long_t ended __read_mostly;

static inline u32 key_hash(const void *data, u32 len, u32 seed)
{
	const struct kpptp_key *key = data;

	return jhash_3words((__force u32)key->local, (__force u32)key->peer,
			    key->call_id, seed);
}

static inline int key_differs(struct rhashtable_compare_arg *arg,
			      const void *obj)
{
	const struct kpptp_key *is = &((const struct kpptp_call *)obj)->key;
	const struct kpptp_key *key = arg->key;

	return key->local != is->local || key->peer != is->peer ||
	       key->call_id != is->call_id;
}

/* Looked up for every packet, so with functions that are inlined. */
static const struct rhashtable_params kpptp_calls_params = {
	.head_offset		= offsetof(struct kpptp_call, node),
	.key_offset		= offsetof(struct kpptp_call, key),
	.key_len		= sizeof(struct kpptp_key),
	.hashfn			= key_hash,
	.obj_cmpfn		= key_differs,
	.automatic_shrinking	= true,
};

static const struct rhashtable_params kpptp_locals_params = {
	.head_offset		= offsetof(struct kpptp_local, node),
	.key_offset		= offsetof(struct kpptp_local, key),
	.key_len		= sizeof(struct kpptp_local_key),
	.automatic_shrinking	= true,
};

static const struct rhashtable_params kpptp_quoted_params = {
	.head_offset		= offsetof(struct kpptp_call, quoted_node),
	.key_offset		= offsetof(struct kpptp_call, quoted_key),
	.key_len		= sizeof(struct kpptp_quoted_key),
	.automatic_shrinking	= true,
};

/**
 * kpptp_call_observe() - say who hears of calls
 * @obs: constant for the life of the module
 */
void kpptp_call_observe(const struct kpptp_call_observer *obs)
{
	observer = obs;
}

/**
 * kpptp_net() - what the module has in a namespace
 * @net: the namespace
 *
 * Return: its state, valid until the namespace ends.
 */
struct kpptp_net *kpptp_net(const struct net *net)
{
	return net_generic(net, kpptp_net_id);
}

/**
 * kpptp_net_init() - prepare a namespace
 * @net: the namespace
 *
 * Return: 0 or a negative errno.
 */
int kpptp_net_init(struct net *net)
{
	struct kpptp_net *kn = kpptp_net(net);
	int err;

	mutex_init(&kn->lock);
	xa_init_flags(&kn->owners, XA_FLAGS_ACCOUNT);
	xa_init_flags(&kn->addresses, XA_FLAGS_ACCOUNT);
	xa_init_flags(&kn->index, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	err = rhashtable_init(&kn->calls, &kpptp_calls_params);
	if (err)
		return err;
	err = rhashtable_init(&kn->locals, &kpptp_locals_params);
	if (err)
		goto err_calls;
	err = rhltable_init(&kn->quoted, &kpptp_quoted_params);
	if (err)
		goto err_locals;
	err = percpu_counter_init(&kn->backlog, 0, GFP_KERNEL);
	if (err)
		goto err_quoted;
	err = kpptp_limits_init(net);
	if (err)
		goto err_backlog;
	return 0;

err_backlog:
	percpu_counter_destroy(&kn->backlog);
err_quoted:
	rhltable_destroy(&kn->quoted);
err_locals:
	rhashtable_destroy(&kn->locals);
err_calls:
	rhashtable_destroy(&kn->calls);
	return err;
}

/**
 * kpptp_net_pre_exit() - end every call of a namespace that ends
 * @net: the namespace
 *
 * No socket is left then, only calls made over netlink. The core waits for a
 * grace period before it calls kpptp_net_exit().
 */
void kpptp_net_pre_exit(struct net *net)
{
	struct kpptp_net *kn = kpptp_net(net);
	struct kpptp_call *call;
	unsigned long index;

	xa_for_each(&kn->index, index, call)
		kpptp_call_end(call, KPPTP_DEL_REASON_NETNS_EXIT);
}

/**
 * kpptp_net_exit() - free what a namespace had
 * @net: the namespace
 */
void kpptp_net_exit(struct net *net)
{
	struct kpptp_net *kn = kpptp_net(net);

	kpptp_limits_exit(net);
	WARN_ON_ONCE(percpu_counter_sum(&kn->backlog));
	percpu_counter_destroy(&kn->backlog);
	rhltable_destroy(&kn->quoted);
	rhashtable_destroy(&kn->locals);
	rhashtable_destroy(&kn->calls);
	xa_destroy(&kn->owners);
	xa_destroy(&kn->addresses);
	xa_destroy(&kn->index);
}

/**
 * kpptp_config_defaults() - settings of a call that says nothing
 * @cfg: filled
 */
void kpptp_config_defaults(struct kpptp_config *cfg)
{
	*cfg = (struct kpptp_config) {
		.rx_window	= 64,
		.ack_delay	= 100 * USEC_PER_MSEC,
		.reorder_limit	= 1024,
		.reorder_time	= 30 * USEC_PER_MSEC,
		.tos_mode	= KPPTP_TOS_MODE_INHERIT,
		.pmtu_mode	= KPPTP_PMTU_MODE_DISCOVER,
		.offload	= READ_ONCE(kpptp_offload_default),
	};
}

/* In the table. RCU read side. */
static struct kpptp_call *look_up(struct kpptp_net *kn, __be32 local,
				  __be32 peer, u16 call_id)
{
	struct kpptp_key key = {
		.local = local, .peer = peer, .call_id = call_id,
	};

	return rhashtable_lookup(&kn->calls, &key, kpptp_calls_params);
}

/**
 * kpptp_call_find() - find a call on the data path
 * @net: namespace
 * @local: local address
 * @peer: peer's address
 * @call_id: local Call ID
 *
 * Context: RCU read side, BH disabled. Takes no reference.
 * Return: the call, which may be dead, or NULL.
 */
struct kpptp_call *kpptp_call_find(struct net *net, __be32 local, __be32 peer,
				   u16 call_id)
{
	unsigned long count = atomic_long_read_acquire(&ended);
	struct recent *last = this_cpu_ptr(&recent);
	struct kpptp_call *call = last->call;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return look_up(kpptp_net(net), local, peer, call_id);
	if (call && last->ended == count && call->net == net &&
	    call->key.local == local && call->key.peer == peer &&
	    call->key.call_id == call_id)
		return call;
	call = look_up(kpptp_net(net), local, peer, call_id);
	last->call = call;
	last->ended = count;
	return call;
}

/* May it have sent this lately? A quotation may end before the number. */
static bool has_sent(struct kpptp_call *call, const struct kpptp_gre_info *info)
{
	u32 age;

	spin_lock(&call->tx_lock);
	age = call->tx_seq - 1 - info->seq;
	spin_unlock(&call->tx_lock);
	return !info->has_seq || age < KPPTP_QUOTED_AGE;
}

/**
 * kpptp_call_find_quoted() - find the call that has sent a packet
 * @net: namespace
 * @local: the packet's source
 * @peer: its destination
 * @info: Call ID and number, as kpptp_gre_parse_quoted() has read them
 *
 * For ICMP errors, which anybody can send: who does must know the peer's Call ID
 * and, where the error quotes it, a number that was used lately.
 *
 * Context: RCU read side, BH disabled.
 * Return: the call, which may be dead, or NULL.
 */
struct kpptp_call *kpptp_call_find_quoted(struct net *net, __be32 local,
					  __be32 peer,
					  const struct kpptp_gre_info *info)
{
	struct kpptp_quoted_key key = {
		.local = local, .peer = peer, .peer_call_id = info->call_id,
	};
	struct rhlist_head *list, *pos;
	struct kpptp_call *call;

	list = rhltable_lookup(&kpptp_net(net)->quoted, &key,
			       kpptp_quoted_params);
	rhl_for_each_entry_rcu(call, pos, list, quoted_node)
		if (has_sent(call, info))
			return call;
	return NULL;
}

/**
 * kpptp_call_get() - find a call and keep it
 * @net: namespace
 * @local: local address
 * @peer: peer's address
 * @call_id: local Call ID
 *
 * Return: the call with a reference for the caller, or NULL.
 */
struct kpptp_call *kpptp_call_get(struct net *net, __be32 local, __be32 peer,
				  u16 call_id)
{
	struct kpptp_call *call;

	rcu_read_lock();
	call = look_up(kpptp_net(net), local, peer, call_id);
	if (call && !refcount_inc_not_zero(&call->ref))
		call = NULL;
	rcu_read_unlock();
	return call;
}

static void call_free(struct rcu_head *rcu)
{
	struct kpptp_call *call = container_of(rcu, struct kpptp_call, rcu);

	dst_cache_destroy(&call->dst_cache);
	kpptp_memory_put_call(call);
}

/**
 * kpptp_call_put() - let go of a call
 * @call: the call or NULL
 */
void kpptp_call_put(struct kpptp_call *call)
{
	if (call && refcount_dec_and_test(&call->ref))
		call_rcu(&call->rcu, call_free);
}

static void deliver_rest(struct tasklet_struct *t);

static struct kpptp_call *call_alloc(struct net *net)
{
	struct kpptp_call *call = kpptp_memory_get_call();

	if (!call)
		return NULL;
	if (dst_cache_init(&call->dst_cache, GFP_KERNEL_ACCOUNT)) {
		kpptp_memory_put_call(call);
		return NULL;
	}
	call->net = net;
	call->state = KPPTP_STATE_INCOMPLETE;
	kpptp_config_defaults(&call->cfg);
	refcount_set(&call->ref, 1);
	atomic_set(&call->ip_id, get_random_u32());
	call->hash = get_random_u32();
	spin_lock_init(&call->rx_lock);
	spin_lock_init(&call->tx_lock);
	INIT_LIST_HEAD(&call->owner_node);
	kpptp_backlog_init(&call->ready);
	tasklet_setup(&call->rest, deliver_rest);
	kpptp_reorder_init(&call->reorder);
	kpptp_timers_init(call);
	return call;
}

/* ------------------------------------------------ what is in use, and whose */

static struct kpptp_local *local_find(struct kpptp_net *kn, __be32 local,
				      u16 call_id)
{
	struct kpptp_local_key key = { .local = local, .call_id = call_id };

	lockdep_assert_held(&kn->lock);
	return rhashtable_lookup_fast(&kn->locals, &key, kpptp_locals_params);
}

/* Is (local, id) taken, as far as a call to @peer is concerned? */
static bool local_taken(struct kpptp_net *kn, __be32 local, u16 call_id,
			__be32 peer)
{
	const struct kpptp_local *used = local_find(kn, local, call_id);
	bool taken;

	if (!used || !peer || used->reserved)
		return used;
	rcu_read_lock();
	taken = look_up(kn, local, peer, call_id);
	rcu_read_unlock();
	return taken;
}

/* A bound Call ID is free, or some call made over netlink waits for it. */
static bool local_bindable(struct kpptp_net *kn, __be32 local, u16 call_id)
{
	const struct kpptp_local *used = local_find(kn, local, call_id);

	return !used || used->open;
}

static struct kpptp_address *address_find(struct kpptp_net *kn, __be32 local)
{
	lockdep_assert_held(&kn->lock);
	return xa_load(&kn->addresses, ntohl(local));
}

static struct kpptp_address *address_get(struct kpptp_net *kn, __be32 local)
{
	struct kpptp_address *address = address_find(kn, local);

	if (address)
		return address;
	address = kmalloc(sizeof(*address), GFP_KERNEL_ACCOUNT);
	if (!address)
		return NULL;
	ida_init(&address->ids);
	if (!xa_err(xa_store(&kn->addresses, ntohl(local), address,
			     GFP_KERNEL_ACCOUNT)))
		return address;
	kfree(address);
	return NULL;
}

static void address_put(struct kpptp_net *kn, __be32 local,
			struct kpptp_address *address)
{
	if (!ida_is_empty(&address->ids))
		return;
	xa_erase(&kn->addresses, ntohl(local));
	kfree(address);
}

/* The Call ID is somebody's from now on; it was nobody's. */
static int address_use_id(struct kpptp_net *kn, __be32 local, u16 call_id)
{
	struct kpptp_address *address = address_get(kn, local);
	int id;

	if (!address)
		return -ENOMEM;
	id = ida_alloc_range(&address->ids, call_id, call_id,
			     GFP_KERNEL_ACCOUNT);
	if (id >= 0)
		return 0;
	address_put(kn, local, address);
	return id;
}

static void address_unuse_id(struct kpptp_net *kn, __be32 local, u16 call_id)
{
	struct kpptp_address *address = address_find(kn, local);

	ida_free(&address->ids, call_id);
	address_put(kn, local, address);
}

/* The next Call ID from @start on that nobody has, at whatever peer; 0 for none. It
 * is found without a look at each of those that are in use.
 */
static u16 address_free_id(struct kpptp_net *kn, __be32 local, u16 start)
{
	struct kpptp_address *address = address_find(kn, local);
	int id;

	if (!address)
		return start;
	id = ida_alloc_range(&address->ids, start, U16_MAX, GFP_KERNEL_ACCOUNT);
	if (id < 0)
		id = ida_alloc_range(&address->ids, 1, start,
				     GFP_KERNEL_ACCOUNT);
	if (id < 0)
		return 0;
	ida_free(&address->ids, id);
	return id;
}

/* Call IDs are not to be guessed: the search starts anywhere. One that other
 * peers have is taken when there is no other: only then are they asked for one by
 * one.
 */
static u16 choose_call_id(struct kpptp_net *kn, __be32 local, __be32 peer)
{
	u32 start = get_random_u32() % U16_MAX;
	u16 id = address_free_id(kn, local, start + 1);
	u32 i;

	if (id || !peer)
		return id;
	for (i = 0; i < U16_MAX; i++) {
		id = (start + i) % U16_MAX + 1;
		if (!local_taken(kn, local, id, peer))
			return id;
	}
	return 0;
}

static struct kpptp_local *local_new(struct kpptp_net *kn, __be32 local,
				     u16 call_id)
{
	struct kpptp_local *used = kpptp_memory_get_local();

	if (!used)
		return NULL;
	used->key.local = local;
	used->key.call_id = call_id;
	if (address_use_id(kn, local, call_id))
		goto err_used;
	if (rhashtable_insert_fast(&kn->locals, &used->node,
				   kpptp_locals_params))
		goto err_id;
	return used;

err_id:
	address_unuse_id(kn, local, call_id);
err_used:
	kpptp_memory_put_local(used);
	return NULL;
}

/* A call or a reservation has (local, id) from now on. */
static int local_use(struct kpptp_net *kn, struct kpptp_call *call,
		     __be32 local, u16 call_id)
{
	struct kpptp_local *used = local_find(kn, local, call_id);

	if (!used)
		used = local_new(kn, local, call_id);
	if (!used)
		return -ENOMEM;
	used->users++;
	if (call->reserved)
		used->reserved++;
	else
		used->open++;
	call->local = used;
	call->key.local = local;
	call->key.call_id = call_id;
	return 0;
}

static void local_unuse(struct kpptp_net *kn, struct kpptp_call *call)
{
	struct kpptp_local *used = call->local;

	if (call->reserved)
		used->reserved--;
	else if (call->state != KPPTP_STATE_ATTACHED)
		used->open--;
	if (--used->users)
		return;
	/* Whoever looks for it has kn->lock, so nobody is there to wait for. */
	rhashtable_remove_fast(&kn->locals, &used->node, kpptp_locals_params);
	address_unuse_id(kn, used->key.local, used->key.call_id);
	kpptp_memory_put_local(used);
}

static struct kpptp_owner *owner_get(struct kpptp_net *kn, u32 portid)
{
	struct kpptp_owner *owner = xa_load(&kn->owners, portid);

	lockdep_assert_held(&kn->lock);
	if (owner)
		return owner;
	owner = kmalloc(sizeof(*owner), GFP_KERNEL_ACCOUNT);
	if (!owner)
		return NULL;
	owner->portid = portid;
	INIT_LIST_HEAD(&owner->calls);
	if (!xa_err(xa_store(&kn->owners, portid, owner,
			     GFP_KERNEL_ACCOUNT)))
		return owner;
	kfree(owner);
	return NULL;
}

static void disown(struct kpptp_net *kn, struct kpptp_call *call)
{
	struct kpptp_owner *owner = call->owner;

	lockdep_assert_held(&kn->lock);
	if (!owner)
		return;
	WRITE_ONCE(call->owner, NULL);
	list_del(&call->owner_node);
	if (!list_empty(&owner->calls))
		return;
	xa_erase(&kn->owners, owner->portid);
	kfree(owner);
}

/* Whoever owned the call does no longer. */
static int own(struct kpptp_net *kn, struct kpptp_call *call, u32 portid)
{
	struct kpptp_owner *owner = owner_get(kn, portid);

	if (!owner)
		return -ENOMEM;
	if (call->owner == owner)
		return 0;
	disown(kn, call);
	WRITE_ONCE(call->owner, owner);
	list_add_tail(&call->owner_node, &owner->calls);
	return 0;
}

/* --------------------------------------------------------- making, connecting */

/* Have as many calls this pair of addresses and this peer's Call ID as are looked
 * through for a quotation? They are others' mistakes: an ID that a peer hands out
 * is one call's.
 */
static bool is_quoted_enough(struct kpptp_net *kn,
			     const struct kpptp_quoted_key *key)
{
	struct rhlist_head *pos;
	unsigned int count = 0;

	rcu_read_lock();
	pos = rhltable_lookup(&kn->quoted, key, kpptp_quoted_params);
	for (; pos && count < KPPTP_QUOTED_MAX; pos = rcu_dereference(pos->next))
		count++;
	rcu_read_unlock();
	return count == KPPTP_QUOTED_MAX;
}

/* The peer's Call ID is known: its packets can be quoted. */
static int set_quotable(struct kpptp_net *kn, struct kpptp_call *call,
			__be32 peer, u16 peer_call_id)
{
	int err;

	lockdep_assert_held(&kn->lock);
	call->quoted_key.local = call->key.local;
	call->quoted_key.peer = peer;
	call->quoted_key.peer_call_id = peer_call_id;
	if (is_quoted_enough(kn, &call->quoted_key))
		return 0;
	err = rhltable_insert(&kn->quoted, &call->quoted_node,
			      kpptp_quoted_params);
	call->is_quotable = !err;
	return err;
}

static void unset_quotable(struct kpptp_net *kn, struct kpptp_call *call)
{
	if (call->is_quotable)
		rhltable_remove(&kn->quoted, &call->quoted_node,
				kpptp_quoted_params);
	call->is_quotable = false;
}

/* Makes a call visible to the data path and to dumps. */
static int publish(struct kpptp_net *kn, struct kpptp_call *call, __be32 peer)
{
	int err;

	call->key.peer = peer;
	if (call->state != KPPTP_STATE_INCOMPLETE) {
		err = set_quotable(kn, call, peer, call->peer_call_id);
		if (err)
			return err;
	}
	err = xa_alloc_cyclic(&kn->index, &call->index, call, xa_limit_32b,
			      &kn->next_index, GFP_KERNEL_ACCOUNT);
	if (err < 0)
		goto err_quotable;
	err = rhashtable_lookup_insert_fast(&kn->calls, &call->node,
					    kpptp_calls_params);
	if (err)
		goto err_index;
	kn->call_count++;
	kpptp_demux_start(kn, call->net);
	return 0;

err_index:
	xa_erase(&kn->index, call->index);
err_quotable:
	unset_quotable(kn, call);
	return err;
}

static void start_sending(struct kpptp_call *call, u16 peer_call_id)
{
	call->peer_call_id = peer_call_id;
	kpptp_window_init(&call->window, call->cfg.tx_window, 0, call->tx_seq);
	/* Pairs with the acquire in the readers of state. */
	smp_store_release(&call->state, KPPTP_STATE_WAITING);
}

static int refuse_id(u16 call_id, struct netlink_ext_ack *extack)
{
	if (!call_id) {
		NL_SET_ERR_MSG(extack, "every Call ID is in use for these addresses");
		return -ENOSPC;
	}
	NL_SET_ERR_MSG(extack, "this Call ID is in use for these addresses");
	return -EEXIST;
}

/* There is room for one more, of calls or of reservations. */
static int check_count(struct kpptp_net *kn, unsigned int count,
		       struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&kn->lock);
	if (count < READ_ONCE(kn->max_calls))
		return 0;
	NL_SET_ERR_MSG(extack, "no more calls here: the sysctl net.kpptp.max_calls says so");
	return -EDQUOT;
}

static int hold_module(struct kpptp_call *call, struct netlink_ext_ack *extack)
{
	if (!try_module_get(THIS_MODULE)) {
		NL_SET_ERR_MSG(extack, "the module is being unloaded");
		return -ESHUTDOWN;
	}
	call->holds_module = true;
	return 0;
}

/* Chooses a Call ID if none is given, and makes the call visible. */
static int add_call(struct kpptp_net *kn, struct kpptp_call *call,
		    const struct kpptp_call_spec *spec,
		    struct netlink_ext_ack *extack)
{
	int err = check_count(kn, kn->call_count, extack);
	u16 call_id = spec->call_id;

	if (err)
		return err;
	if (!call_id)
		call_id = choose_call_id(kn, spec->local, spec->peer);
	else if (local_taken(kn, spec->local, call_id, spec->peer))
		call_id = 0;
	if (!call_id)
		return refuse_id(spec->call_id, extack);
	err = local_use(kn, call, spec->local, call_id);
	if (err)
		return err;
	if (spec->owner)
		err = own(kn, call, spec->owner);
	if (!err)
		err = publish(kn, call, spec->peer);
	if (!err)
		return 0;
	disown(kn, call);
	local_unuse(kn, call);
	return err;
}

/**
 * kpptp_call_new() - make a call
 * @net: namespace
 * @spec: what it is made from
 * @extack: gets the reason of a refusal, or NULL
 *
 * Context: process; sleeps.
 * Return: the call with a reference for the caller, or ERR_PTR: -EEXIST when
 * there is such a call, -ENOSPC when every Call ID is taken, -EDQUOT when the
 * namespace may have no more calls, -ESHUTDOWN when the module is being
 * unloaded, -ENOMEM.
 */
struct kpptp_call *kpptp_call_new(struct net *net,
				  const struct kpptp_call_spec *spec,
				  struct netlink_ext_ack *extack)
{
	struct kpptp_net *kn = kpptp_net(net);
	struct kpptp_call *call = call_alloc(net);
	int err;

	if (!call)
		return ERR_PTR(-ENOMEM);
	call->cfg = spec->cfg;
	call->tx_seq = spec->tx_seq;
	if (spec->has_rx_seq)
		kpptp_reorder_init_at(&call->reorder, spec->rx_seq);
	if (spec->has_peer_call_id)
		start_sending(call, spec->peer_call_id);
	/* All of it is there before others can find the call and end it. */
	err = hold_module(call, extack);
	if (err)
		goto err_call;
	mutex_lock(&kn->lock);
	err = add_call(kn, call, spec, extack);
	if (!err) {
		refcount_inc(&call->ref);
		observer->made(call);
	}
	mutex_unlock(&kn->lock);
	if (!err)
		return call;
	module_put(THIS_MODULE);
err_call:
	kpptp_call_put(call);
	return ERR_PTR(err);
}

static int add_reservation(struct kpptp_net *kn, struct kpptp_call *call,
			   __be32 local, u16 call_id)
{
	int err = check_count(kn, kn->reserved_count, NULL);

	if (err)
		return err;
	if (!call_id)
		call_id = choose_call_id(kn, local, 0);
	else if (!local_bindable(kn, local, call_id))
		return -EBUSY;
	if (!call_id)
		return -ENOSPC;
	err = local_use(kn, call, local, call_id);
	if (!err)
		kn->reserved_count++;
	return err;
}

/**
 * kpptp_call_reserve() - reserve a Call ID for a socket that is bound
 * @net: namespace
 * @local: local address; 0 reserves, but can't be connected
 * @call_id: the ID, or 0 to have one chosen
 *
 * Context: process; sleeps.
 * Return: the reservation, owned by the caller, or ERR_PTR: -EBUSY when the
 * ID is in use, -ENOSPC when all are, -EDQUOT when the namespace may have no more
 * reservations, -ENOMEM.
 */
struct kpptp_call *kpptp_call_reserve(struct net *net, __be32 local,
				      u16 call_id)
{
	struct kpptp_net *kn = kpptp_net(net);
	struct kpptp_call *call = call_alloc(net);
	int err;

	if (!call)
		return ERR_PTR(-ENOMEM);
	call->reserved = true;

	mutex_lock(&kn->lock);
	err = add_reservation(kn, call, local, call_id);
	mutex_unlock(&kn->lock);
	if (err) {
		kpptp_call_put(call);
		return ERR_PTR(err);
	}
	refcount_inc(&call->ref);
	return call;
}

/* Its socket is there: whoever asks for the ID now is refused. */
static void set_attached(struct kpptp_call *call)
{
	WRITE_ONCE(call->state, KPPTP_STATE_ATTACHED);
	call->may_stall = call->cfg.tx_window;
}

/* A call made over netlink that waits for just this socket. */
static struct kpptp_call *claim(struct kpptp_call *call, u16 peer_call_id)
{
	if (call->state != KPPTP_STATE_WAITING ||
	    call->peer_call_id != peer_call_id ||
	    !refcount_inc_not_zero(&call->ref))
		return ERR_PTR(-EALREADY);
	set_attached(call);
	call->local->open--;
	return call;
}

/* The reservation becomes the call. */
static int promote(struct kpptp_net *kn, struct kpptp_call *bound, __be32 peer,
		   u16 peer_call_id)
{
	int err = check_count(kn, kn->call_count, NULL);

	if (err)
		return err;
	start_sending(bound, peer_call_id);
	set_attached(bound);
	err = publish(kn, bound, peer);
	if (err)
		return err;
	bound->reserved = false;
	bound->local->reserved--;
	kn->reserved_count--;
	return 0;
}

/**
 * kpptp_call_connect() - find or make the call of a socket that connects
 * @bound: the socket's reservation
 * @peer: peer's address
 * @peer_call_id: the peer's Call ID
 *
 * A call made over netlink with this key and peer Call ID is taken over, and
 * the reservation ended; otherwise the reservation becomes the call. Either
 * way the result is in state attached and the caller goes on to
 * kpptp_call_attach().
 *
 * Context: process; sleeps.
 * Return: the call with a reference in place of the one of @bound, or ERR_PTR:
 * -EALREADY when the key belongs to another, -EDQUOT when the namespace may have
 * no more calls, -ENOMEM; @bound is kept then.
 */
struct kpptp_call *kpptp_call_connect(struct kpptp_call *bound, __be32 peer,
				      u16 peer_call_id)
{
	struct kpptp_net *kn = kpptp_net(bound->net);
	struct kpptp_call *call;
	int err;

	mutex_lock(&kn->lock);
	rcu_read_lock();
	call = look_up(kn, bound->key.local, peer, bound->key.call_id);
	if (call)
		call = claim(call, peer_call_id);
	rcu_read_unlock();
	if (!call) {
		err = promote(kn, bound, peer, peer_call_id);
		call = err ? ERR_PTR(err) : bound;
		if (!err)
			observer->made(call);
	}
	mutex_unlock(&kn->lock);
	if (IS_ERR(call) || call == bound)
		return call;
	kpptp_call_end(bound, KPPTP_DEL_REASON_CLOSED);
	kpptp_call_put(bound);
	return call;
}

static int check_peer_call_id(const struct kpptp_call *call,
			      const struct kpptp_call_change *change,
			      struct netlink_ext_ack *extack)
{
	if (!change->has_peer_call_id ||
	    call->state == KPPTP_STATE_INCOMPLETE ||
	    call->peer_call_id == change->peer_call_id)
		return 0;
	NL_SET_ERR_MSG(extack, "the peer's Call ID is known already and cannot change");
	return -EBUSY;
}

static int check_window(const struct kpptp_call *call,
			const struct kpptp_config *cfg,
			struct netlink_ext_ack *extack)
{
	if (!cfg->tx_window || call->state != KPPTP_STATE_ATTACHED ||
	    call->may_stall)
		return 0;
	NL_SET_ERR_MSG(extack, "PPP has no queue for a send window: set it before a socket comes");
	return -EBUSY;
}

static void write_config(struct kpptp_config *to,
			 const struct kpptp_config *from)
{
	WRITE_ONCE(to->rx_window, from->rx_window);
	WRITE_ONCE(to->tx_window, from->tx_window);
	WRITE_ONCE(to->ack_delay, from->ack_delay);
	WRITE_ONCE(to->reorder_limit, from->reorder_limit);
	WRITE_ONCE(to->reorder_time, from->reorder_time);
	WRITE_ONCE(to->tos, from->tos);
	WRITE_ONCE(to->tos_mode, from->tos_mode);
	WRITE_ONCE(to->ttl, from->ttl);
	WRITE_ONCE(to->pmtu_mode, from->pmtu_mode);
	WRITE_ONCE(to->offload, from->offload);
	WRITE_ONCE(to->mark, from->mark);
	WRITE_ONCE(to->device, from->device);
}

/* Takes the settings over. Return: whether the send window starts anew. */
static bool apply(struct kpptp_call *call, const struct kpptp_config *cfg)
{
	bool restart = call->cfg.tx_window != cfg->tx_window &&
		       call->state != KPPTP_STATE_INCOMPLETE;

	spin_lock_bh(&call->rx_lock);
	spin_lock(&call->tx_lock);
	write_config(&call->cfg, cfg);
	if (restart)
		kpptp_window_init(&call->window, cfg->tx_window, 0,
				  call->tx_seq);
	spin_unlock(&call->tx_lock);
	if (call->face && !call->dead)
		call->face_ops->configured(call->face);
	spin_unlock_bh(&call->rx_lock);
	dst_cache_reset(&call->dst_cache);
	return restart;
}

static int change_locked(struct kpptp_call *call,
			 const struct kpptp_call_change *change, bool *restart,
			 struct netlink_ext_ack *extack)
{
	struct kpptp_net *kn = kpptp_net(call->net);
	struct kpptp_config cfg = call->cfg;
	bool completes;
	int err;

	lockdep_assert_held(&kn->lock);
	if (READ_ONCE(call->dead)) {
		NL_SET_ERR_MSG(extack, "the call is ending");
		return -ENOENT;
	}
	completes = change->has_peer_call_id &&
		    call->state == KPPTP_STATE_INCOMPLETE;
	err = change->configure(change->arg, &cfg) ?:
	      check_peer_call_id(call, change, extack) ?:
	      check_window(call, &cfg, extack);
	if (!err && completes)
		err = set_quotable(kn, call, call->key.peer,
				   change->peer_call_id);
	if (err)
		return err;
	if (change->owner)
		err = own(kn, call, change->owner);
	if (err) {
		if (completes)
			unset_quotable(kn, call);
		return err;
	}
	*restart = apply(call, &cfg);
	if (completes) {
		spin_lock_bh(&call->tx_lock);
		start_sending(call, change->peer_call_id);
		spin_unlock_bh(&call->tx_lock);
	}
	observer->changed(call);
	return 0;
}

/**
 * kpptp_call_change() - change the settings of a call, complete it, give it away
 * @call: the call
 * @change: what is to be changed; all of it is, or nothing
 * @extack: gets the reason of a refusal
 *
 * A send window that is turned on, off or changed starts anew (RFC 2637 4.2).
 *
 * Context: process; sleeps.
 * Return: 0, or what @change->configure returned, -EBUSY for what cannot change
 * any more, -ENOENT when the call is ending.
 */
int kpptp_call_change(struct kpptp_call *call,
		      const struct kpptp_call_change *change,
		      struct netlink_ext_ack *extack)
{
	struct kpptp_net *kn = kpptp_net(call->net);
	bool restart = false;
	int err;

	mutex_lock(&kn->lock);
	err = change_locked(call, change, &restart, extack);
	mutex_unlock(&kn->lock);
	if (restart) {
		local_bh_disable();
		kpptp_call_wakeup(call);
		local_bh_enable();
	}
	return err;
}

/* The namespace is told what waits once it is known what does. */
static void settle_ready(struct kpptp_call *call)
{
	lockdep_assert_held(&call->rx_lock);
	kpptp_backlog_settle(&call->ready, &kpptp_net(call->net)->backlog);
}

static void take_ready(struct kpptp_call *call, struct sk_buff_head *frames,
		       unsigned int max)
{
	unsigned int len = skb_queue_len(&call->ready.frames);
	unsigned int octets = call->ready.octets;

	lockdep_assert_held(&call->rx_lock);
	kpptp_backlog_take(&call->ready, frames, max);
	call->rx.packets += len - skb_queue_len(&call->ready.frames);
	call->rx.bytes += octets - call->ready.octets;
}

/**
 * kpptp_call_take() - take the frames that are in order
 * @call: the call
 * @frames: they are put at its end
 * @max: so many at most
 *
 * Context: BH disabled, no lock held; one at a time.
 */
void kpptp_call_take(struct kpptp_call *call, struct sk_buff_head *frames,
		     unsigned int max)
{
	spin_lock(&call->rx_lock);
	take_ready(call, frames, max);
	settle_ready(call);
	spin_unlock(&call->rx_lock);
}

/**
 * kpptp_call_overrun() - a frame that was taken found no room further on
 * @call: the call
 * @octets: its length
 *
 * It was counted as delivered when it was taken.
 *
 * Context: BH disabled, no lock held.
 */
void kpptp_call_overrun(struct kpptp_call *call, unsigned int octets)
{
	spin_lock(&call->rx_lock);
	call->rx.packets--;
	call->rx.bytes -= octets;
	call->rx.overrun++;
	spin_unlock(&call->rx_lock);
}

/* Whether there are frames that have to be brought to the face. */
static bool to_bring(struct kpptp_call *call)
{
	unsigned int frames = skb_queue_len(&call->ready.frames);

	if (!frames)
		return false;
	if (!call->fetching)
		call->fetching = call->face_ops->fetch_soon(call->face, frames);
	return !call->fetching;
}

/* Brings frames to the face, and wakes PPP up, KPPTP_DELIVER_MAX times at most.
 * Returns whether there is nothing more to do.
 */
static bool deliver_some(struct kpptp_call *call)
	__must_hold(&call->rx_lock)
{
	unsigned int left = KPPTP_DELIVER_MAX;
	struct sk_buff_head batch;
	struct sk_buff *skb;
	bool bring, wakeup;

	__skb_queue_head_init(&batch);
	while ((bring = to_bring(call)) || call->wakeup) {
		if (!left)
			return false;
		wakeup = call->wakeup;
		call->wakeup = false;
		if (bring)
			take_ready(call, &batch, left);
		left -= skb_queue_len(&batch) ?: 1;
		spin_unlock(&call->rx_lock);
		while ((skb = __skb_dequeue(&batch)))
			call->face_ops->input(call->face, skb);
		if (wakeup)
			call->face_ops->wakeup(call->face);
		spin_lock(&call->rx_lock);
	}
	return true;
}

/**
 * kpptp_call_deliver() - hand frames that are in order to PPP
 * @call: the call
 *
 * Only one context delivers at a time, so that frames stay in order whichever
 * CPU they came to; another one leaves its frames in @ready and goes. While no
 * socket is attached they stay there, and where the face takes them by itself.
 * As others may bring more all the time, who delivers stops after some and has a
 * tasklet go on: other work of this CPU, and in the end its tasks, come in between.
 *
 * Context: rx_lock held, dropped and taken again around the delivery.
 * Return: true when the face takes them by itself.
 */
bool kpptp_call_deliver(struct kpptp_call *call)
	__must_hold(&call->rx_lock)
{
	lockdep_assert_held(&call->rx_lock);
	if (call->delivering || call->resting || !call->face) {
		settle_ready(call);
		return false;
	}
	call->delivering = true;
	if (!deliver_some(call) && !call->dead) {
		call->resting = true;
		tasklet_schedule(&call->rest);
	}
	call->delivering = false;
	settle_ready(call);
	return call->fetching;
}

static void deliver_rest(struct tasklet_struct *t)
{
	struct kpptp_call *call = container_of(t, struct kpptp_call, rest);

	spin_lock(&call->rx_lock);
	call->resting = false;
	if (!call->dead)
		kpptp_call_deliver(call);
	spin_unlock(&call->rx_lock);
}

/**
 * kpptp_call_wakeup() - tell PPP that the send window is open again
 * @call: the call
 *
 * Goes the way of received frames, so that it is over before a hang-up.
 *
 * Context: BH disabled, no lock held.
 */
void kpptp_call_wakeup(struct kpptp_call *call)
{
	spin_lock(&call->rx_lock);
	if (!call->dead) {
		call->wakeup = true;
		kpptp_call_deliver(call);
	}
	spin_unlock(&call->rx_lock);
}

/**
 * kpptp_call_path_changed() - tell the face that @path_mtu has changed
 * @call: the call
 *
 * Context: BH disabled, no lock held.
 */
void kpptp_call_path_changed(struct kpptp_call *call)
{
	spin_lock(&call->rx_lock);
	if (call->face && !call->dead)
		call->face_ops->path_changed(call->face);
	spin_unlock(&call->rx_lock);
}

/**
 * kpptp_call_attach() - let frames flow to PPP
 * @call: the call, in state attached
 * @ops: what the face does
 * @face: given to @ops
 *
 * Frames that were held are delivered first, in order. From then on the call
 * calls @ops->hangup just once, when it ends.
 *
 * Context: process.
 * Return: 0, or -ESHUTDOWN when the call has ended meanwhile.
 */
int kpptp_call_attach(struct kpptp_call *call,
		      const struct kpptp_face_ops *ops, void *face)
{
	struct kpptp_net *kn = kpptp_net(call->net);
	int err = 0;

	mutex_lock(&kn->lock);
	spin_lock_bh(&call->rx_lock);
	if (call->dead) {
		err = -ESHUTDOWN;
	} else {
		call->face_ops = ops;
		call->face = face;
		kpptp_call_deliver(call);
	}
	spin_unlock_bh(&call->rx_lock);
	if (!err)
		observer->changed(call);
	mutex_unlock(&kn->lock);
	return err;
}

/**
 * kpptp_call_describe() - what PPP calls the channel of a call
 * @call: the call, not hung up yet or with a reference to it
 * @link: filled in when there is a channel
 *
 * Return: whether there is one: a socket is attached.
 */
bool kpptp_call_describe(struct kpptp_call *call, struct kpptp_link *link)
{
	bool attached;

	spin_lock_bh(&call->rx_lock);
	attached = call->face;
	if (attached)
		call->face_ops->describe(call->face, link);
	spin_unlock_bh(&call->rx_lock);
	return attached && link->channel >= 0;
}

static void drop_held(struct kpptp_call *call)
{
	struct sk_buff *skb;

	kpptp_backlog_purge(&call->ready, &kpptp_net(call->net)->backlog);
	while ((skb = kpptp_reorder_drain(&call->reorder)))
		kfree_skb(skb);
	kpptp_memory_trim(&call->reorder, true);
}

/* True for the one who ends it. After this nothing is held, sent, delivered
 * or armed any more. A burst that is being delivered is waited for: it is with
 * another CPU's softirq and short.
 */
static bool call_kill(struct kpptp_call *call)
{
	spin_lock_bh(&call->rx_lock);
	if (call->dead) {
		spin_unlock_bh(&call->rx_lock);
		return false;
	}
	/* Whoever had tx_lock has sent, whoever takes it now sees dead. */
	spin_lock(&call->tx_lock);
	WRITE_ONCE(call->dead, true);
	spin_unlock(&call->tx_lock);
	call->wakeup = false;
	drop_held(call);
	kpptp_demux_forget(call);
	while (call->delivering) {
		spin_unlock_bh(&call->rx_lock);
		usleep_range(10, 50);
		spin_lock_bh(&call->rx_lock);
	}
	spin_unlock_bh(&call->rx_lock);
	return true;
}

static void unlink_call(struct kpptp_net *kn, struct kpptp_call *call,
			enum kpptp_del_reason reason,
			const struct kpptp_link *link)
{
	mutex_lock(&kn->lock);
	if (call->reserved) {
		kn->reserved_count--;
	} else {
		rhashtable_remove_fast(&kn->calls, &call->node,
				       kpptp_calls_params);
		atomic_long_inc_return_release(&ended);
		xa_erase(&kn->index, call->index);
		kn->call_count--;
	}
	if (xa_empty(&kn->index))
		kpptp_demux_stop(kn, call->net);
	unset_quotable(kn, call);
	local_unuse(kn, call);
	if (!call->reserved)
		observer->ended(call, reason, link);
	disown(kn, call);
	mutex_unlock(&kn->lock);
}

/**
 * kpptp_call_end() - end a call
 * @call: the call; the caller holds a reference, or nobody else can end it
 * @reason: why, for the notification
 *
 * Safe to call twice, and at once: on return the call is in no table, its Call
 * ID is free, and no frame of it is with PPP's receive path, whoever ended it.
 * Waits for a burst that is being delivered and for timers that run, never for
 * a grace period.
 *
 * Context: process; sleeps; neither kn->lock nor the attached socket's held.
 */
void kpptp_call_end(struct kpptp_call *call, enum kpptp_del_reason reason)
{
	struct kpptp_link link;
	bool has_link;

	if (!call_kill(call)) {
		/* What the first ender has done is seen from then on. */
		wait_var_event(&call->gone, smp_load_acquire(&call->gone));
		return;
	}
	kpptp_timers_stop(call);
	tasklet_kill(&call->rest);
	has_link = kpptp_call_describe(call, &link);
	if (call->face)
		call->face_ops->hangup(call->face);
	unlink_call(kpptp_net(call->net), call, reason,
		    has_link ? &link : NULL);
	/* Who has a reference may describe the call still, and the socket goes
	 * as soon as its own release has seen that the call is gone.
	 */
	spin_lock_bh(&call->rx_lock);
	call->face = NULL;
	spin_unlock_bh(&call->rx_lock);
	/* Whoever sees it sees all of the above. */
	smp_store_release(&call->gone, true);
	wake_up_var(&call->gone);
	if (call->holds_module)
		module_put(THIS_MODULE);
	kpptp_call_put(call);
}

static struct kpptp_call *owned_get(struct kpptp_net *kn, u32 portid)
{
	struct kpptp_call *call = NULL;
	struct kpptp_owner *owner;

	mutex_lock(&kn->lock);
	owner = xa_load(&kn->owners, portid);
	if (owner) {
		call = list_first_entry(&owner->calls, struct kpptp_call,
					owner_node);
		refcount_inc(&call->ref);
	}
	mutex_unlock(&kn->lock);
	return call;
}

/**
 * kpptp_calls_end_owned() - end the calls of a netlink socket that is gone
 * @net: namespace of the socket
 * @portid: the socket
 *
 * Context: process; sleeps.
 */
void kpptp_calls_end_owned(struct net *net, u32 portid)
{
	struct kpptp_net *kn = kpptp_net(net);
	struct kpptp_call *call;

	/* Most sockets own nothing. */
	while (xa_load(&kn->owners, portid) && (call = owned_get(kn, portid))) {
		kpptp_call_end(call, KPPTP_DEL_REASON_OWNER_GONE);
		kpptp_call_put(call);
	}
}
