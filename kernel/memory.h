/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the objects of the module are allocated: caches of their own, so that
 * each takes just its size and /proc/slabinfo says what all of a kind take.
 *
 * What a user asks for is charged to the user's memory cgroup (SLAB_ACCOUNT). What
 * packets bring about is nobody's and has bounds of its own.
 */
#ifndef KPPTP_MEMORY_H
#define KPPTP_MEMORY_H

#include <linux/types.h>

struct kpptp_call;
struct kpptp_local;
struct kpptp_reorder;
struct kpptp_reorder_block;
struct kpptp_reorder_store;

int kpptp_memory_register(void);
void kpptp_memory_unregister(void);

struct kpptp_call *kpptp_memory_get_call(void);
void kpptp_memory_put_call(struct kpptp_call *call);
struct kpptp_local *kpptp_memory_get_local(void);
void kpptp_memory_put_local(struct kpptp_local *local);
struct kpptp_reorder_store *kpptp_memory_get_store(void);
struct kpptp_reorder_block *kpptp_memory_get_block(void);
void kpptp_memory_trim(struct kpptp_reorder *r, bool all);

#endif /* KPPTP_MEMORY_H */
