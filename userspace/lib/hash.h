/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hash.h - a table that finds objects by a key
 *
 * An object has a struct kpptp_hash_link for each table that it is in, and the
 * key besides, which does not change meanwhile. A key is any number of octets; a
 * structure that is one has no padding. Objects may share a key.
 *
 * Peers choose Call IDs, addresses and names. So hashes depend on a random number
 * of the process, and nobody outside can choose keys that meet in one chain.
 * Without memory chains get longer; nothing fails.
 */
#ifndef KPPTP_LIB_HASH_H
#define KPPTP_LIB_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/* Part of an object; all zero while it is in no table. */
struct kpptp_hash_link {
	LIST_ENTRY(kpptp_hash_link) entry;
	const void *key;
	size_t len;
	uint64_t hash;
};

LIST_HEAD(kpptp_hash_chain, kpptp_hash_link);

/**
 * struct kpptp_hash - a table
 * @chain: a power of two of them, not fewer than there are objects
 * @first: the only chain of a table that is new
 * @n_chains: how many
 * @n: objects
 */
struct kpptp_hash {
	struct kpptp_hash_chain *chain;
	struct kpptp_hash_chain first;
	size_t n_chains;
	size_t n;
};

/* Objects that look-ups have looked at, of all tables; for tests. */
extern unsigned long kpptp_hash_probes;

/** kpptp_hash_init() - an empty table. It must not be moved. */
void kpptp_hash_init(struct kpptp_hash *table);

/** kpptp_hash_free() - what the table holds, not the objects in it */
void kpptp_hash_free(struct kpptp_hash *table);

/**
 * kpptp_hash_add() - put an object into a table
 * @link: of the object, in no table
 * @key: in the object; not copied
 * @len: octets
 */
void kpptp_hash_add(struct kpptp_hash *table, struct kpptp_hash_link *link,
		    const void *key, size_t len);

/** kpptp_hash_del() - take an object out; one that is not in is ignored */
void kpptp_hash_del(struct kpptp_hash *table, struct kpptp_hash_link *link);

/** kpptp_hash_has() - is the object in a table? */
static inline bool kpptp_hash_has(const struct kpptp_hash_link *link)
{
	return link->key;
}

/** kpptp_hash_find() - any object with this key, or NULL */
struct kpptp_hash_link *kpptp_hash_find(const struct kpptp_hash *table,
					const void *key, size_t len);

/**
 * kpptp_hash_next() - another object with the key of @link, or NULL
 *
 * With kpptp_hash_find() and no change in between it comes by every one of them.
 */
struct kpptp_hash_link *kpptp_hash_next(const struct kpptp_hash_link *link);

/* The object of type @type whose member @member is @link; NULL of NULL. */
#define KPPTP_HASH_OBJECT(link, type, member) \
	((type *)kpptp_hash_object(link, offsetof(type, member)))

static inline void *kpptp_hash_object(struct kpptp_hash_link *link,
				      size_t offset)
{
	return link ? (char *)link - offset : NULL;
}

#endif
