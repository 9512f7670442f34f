// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches for the objects of the module, see memory.h.
 */
#include <linux/slab.h>

#include "call.h"
#include "compat/compat.h"
#include "memory.h"
#include "reorder.h"

static struct kmem_cache *call_cache, *local_cache, *store_cache, *block_cache;

/**
 * kpptp_memory_get_call() - memory of a call or a reservation
 *
 * Context: process.
 * Return: the call, zeroed, or NULL.
 */
struct kpptp_call *kpptp_memory_get_call(void)
{
	return kmem_cache_zalloc(call_cache, GFP_KERNEL);
}

/**
 * kpptp_memory_put_call() - free it
 * @call: the call
 */
void kpptp_memory_put_call(struct kpptp_call *call)
{
	kmem_cache_free(call_cache, call);
}

/**
 * kpptp_memory_get_local() - memory of a local Call ID that is in use
 *
 * Context: process.
 * Return: zeroed, or NULL.
 */
struct kpptp_local *kpptp_memory_get_local(void)
{
	return kmem_cache_zalloc(local_cache, GFP_KERNEL);
}

/**
 * kpptp_memory_put_local() - free it
 * @local: which nobody looks at any more
 */
void kpptp_memory_put_local(struct kpptp_local *local)
{
	kmem_cache_free(local_cache, local);
}

/**
 * kpptp_memory_get_store() - memory of a sequence that is to hold packets
 *
 * Context: any.
 * Return: the store, zeroed, or NULL. kpptp_memory_trim() frees it.
 */
struct kpptp_reorder_store *kpptp_memory_get_store(void)
{
	return kmem_cache_zalloc(store_cache, GFP_ATOMIC | __GFP_NOWARN);
}

/**
 * kpptp_memory_get_block() - memory of a sequence for further packets
 *
 * Context: any.
 * Return: the block, zeroed, or NULL. kpptp_memory_trim() frees it.
 */
struct kpptp_reorder_block *kpptp_memory_get_block(void)
{
	return kmem_cache_zalloc(block_cache, GFP_ATOMIC | __GFP_NOWARN);
}

/**
 * kpptp_memory_trim() - free what a sequence does not need
 * @r: sequence, popped until NULL, or drained
 * @all: also what it may need soon, if it holds nothing
 */
void kpptp_memory_trim(struct kpptp_reorder *r, bool all)
{
	struct kpptp_reorder_block *block;
	struct kpptp_reorder_store *store;

	while ((block = kpptp_reorder_unused(r)))
		kmem_cache_free(block_cache, block);
	store = all ? kpptp_reorder_take_store(r) : NULL;
	if (store)
		kmem_cache_free(store_cache, store);
}

/**
 * kpptp_memory_register() - make the caches
 *
 * Return: 0 or -ENOMEM.
 */
int kpptp_memory_register(void)
{
	call_cache = kmem_cache_create("kpptp_call", sizeof(struct kpptp_call),
				       __alignof__(struct kpptp_call),
				       SLAB_ACCOUNT | KPPTP_SLAB_NO_MERGE, NULL);
	local_cache = kmem_cache_create("kpptp_local",
					sizeof(struct kpptp_local), 0,
					SLAB_ACCOUNT | KPPTP_SLAB_NO_MERGE, NULL);
	store_cache = kmem_cache_create("kpptp_store",
					sizeof(struct kpptp_reorder_store), 0,
					KPPTP_SLAB_NO_MERGE, NULL);
	block_cache = kmem_cache_create("kpptp_block",
					sizeof(struct kpptp_reorder_block), 0,
					KPPTP_SLAB_NO_MERGE, NULL);
	if (call_cache && local_cache && store_cache && block_cache)
		return 0;
	kpptp_memory_unregister();
	return -ENOMEM;
}

/**
 * kpptp_memory_unregister() - free the caches; no object is left
 */
void kpptp_memory_unregister(void)
{
	kmem_cache_destroy(block_cache);
	kmem_cache_destroy(store_cache);
	kmem_cache_destroy(local_cache);
	kmem_cache_destroy(call_cache);
}
