/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address pool of the server: which address the peer of a call is given.
 * Addresses are handed out in turn rather than lowest first, so that one that
 * has just been given back rests as long as possible.
 */
#ifndef KPPTPD_POOL_H
#define KPPTPD_POOL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KPPTP_POOL_MAX	(1u << 20)	/* addresses in one pool */

/* Addresses first to last, both included, host byte order. */
struct kpptp_pool_range {
	uint32_t first;
	uint32_t last;
};

/**
 * struct kpptp_pool_spec - what a pool is made of; all zero is an empty one
 * @range: in ascending order, none overlaps another
 * @n: how many
 * @size: addresses in all of them
 */
struct kpptp_pool_spec {
	struct kpptp_pool_range *range;
	unsigned int n;
	uint32_t size;
};

struct kpptp_pool;

/**
 * kpptp_pool_spec_add() - read "A.B.C.D-E.F.G.H,A.B.C.D/LEN,A.B.C.D"
 * @text: ranges, prefixes and single addresses, separated by commas
 * @spec: they are added to it; what was right stays on an error
 * @why: on an error a static sentence that says what is wrong
 *
 * Of a prefix up to /30 the first and the last address are left out: they are
 * the network and the broadcast address to many peers.
 *
 * Return: 0 or -EINVAL.
 */
int kpptp_pool_spec_add(const char *text, struct kpptp_pool_spec *spec,
			const char **why);

/** kpptp_pool_spec_free() - what it holds; it is empty then */
void kpptp_pool_spec_free(struct kpptp_pool_spec *spec);

/** kpptp_pool_spec_has() - is the address one of the pool's? */
bool kpptp_pool_spec_has(const struct kpptp_pool_spec *spec,
			 struct in_addr addr);

/** kpptp_pool_new() - a pool without addresses. Return: NULL without memory. */
struct kpptp_pool *kpptp_pool_new(void);

/** kpptp_pool_free() - NULL is fine */
void kpptp_pool_free(struct kpptp_pool *pool);

/**
 * kpptp_pool_set() - make the pool consist of these addresses
 * @pool: pool
 * @spec: addresses; copied
 * @skip: never handed out: our own end of the links, addresses of one peer
 * @n_skip: how many
 *
 * What is handed out stays so until it is given back, whatever the pool consists
 * of meanwhile.
 *
 * Return: 0 or -ENOMEM, and then nothing has changed.
 */
int kpptp_pool_set(struct kpptp_pool *pool, const struct kpptp_pool_spec *spec,
		   const struct in_addr *skip, unsigned int n_skip);

/**
 * kpptp_pool_get() - take an address
 *
 * Return: 0, -ENOSPC when none is left, or -ENOMEM.
 */
int kpptp_pool_get(struct kpptp_pool *pool, struct in_addr *addr);

/** kpptp_pool_is_free() - whether there is one to take */
bool kpptp_pool_is_free(const struct kpptp_pool *pool);

/**
 * kpptp_pool_take() - take this address
 *
 * Return: 0, -EBUSY when it is taken already, -ENOENT when it is not one that the
 * pool hands out, or -ENOMEM.
 */
int kpptp_pool_take(struct kpptp_pool *pool, struct in_addr addr);

/** kpptp_pool_put() - give an address back; one that was not taken is ignored */
void kpptp_pool_put(struct kpptp_pool *pool, struct in_addr addr);

/** kpptp_pool_used() - how many are handed out, of this pool and of former ones */
unsigned int kpptp_pool_used(const struct kpptp_pool *pool);

/** kpptp_pool_size() - how many addresses can be handed out in all */
unsigned int kpptp_pool_size(const struct kpptp_pool *pool);

#endif
