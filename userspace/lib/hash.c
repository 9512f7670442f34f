// SPDX-License-Identifier: GPL-2.0-or-later
#include "hash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

unsigned long kpptp_hash_probes;

/* One for the process, as two words. */
static uint64_t secret[2];

static void choose_secret(void)
{
	struct timespec now;

	if (secret[0] || secret[1] ||
	    getrandom(secret, sizeof(secret), GRND_NONBLOCK) ==
		    sizeof(secret))
		return;
	/* only at boot: harder to guess than nothing */
	clock_gettime(CLOCK_REALTIME, &now);
	secret[0] = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
	secret[1] = (uintptr_t)&now;
}

static uint64_t rotate(uint64_t x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

/* SipRound of SipHash (Aumasson and Bernstein, 2012) */
static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/* SipHash-1-3; octets in the order of the machine, as nobody else sees it */
static uint64_t hash_of(const void *key, size_t len)
{
	uint64_t v[4] = {
		secret[0] ^ 0x736f6d6570736575, secret[1] ^ 0x646f72616e646f6d,
		secret[0] ^ 0x6c7967656e657261, secret[1] ^ 0x7465646279746573,
	};
	const unsigned char *at = key;
	uint64_t word;
	size_t left;

	for (left = len; left >= sizeof(word); left -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sip_word(v, word);
		at += sizeof(word);
	}
	word = 0;
	memcpy(&word, at, left);
	sip_word(v, word ^ (uint64_t)len << 56);
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static struct kpptp_hash_chain *chain_of(const struct kpptp_hash *table,
					 uint64_t hash)
{
	return &table->chain[hash & (table->n_chains - 1)];
}

void kpptp_hash_init(struct kpptp_hash *table)
{
	choose_secret();
	LIST_INIT(&table->first);
	table->chain = &table->first;
	table->n_chains = 1;
	table->n = 0;
}

void kpptp_hash_free(struct kpptp_hash *table)
{
	if (table->chain != &table->first)
		free(table->chain);
	kpptp_hash_init(table);
}

static void move_chain(struct kpptp_hash *table, struct kpptp_hash_chain *from)
{
	struct kpptp_hash_link *link;

	while ((link = LIST_FIRST(from))) {
		LIST_REMOVE(link, entry);
		LIST_INSERT_HEAD(chain_of(table, link->hash), link, entry);
	}
}

/* Twice as many chains, if there is memory for them. */
static void grow(struct kpptp_hash *table)
{
	struct kpptp_hash_chain *old = table->chain;
	const size_t n = table->n_chains;
	size_t i;

	table->chain = calloc(2 * n, sizeof(*table->chain));
	if (!table->chain) {
		table->chain = old;
		return;
	}
	table->n_chains = 2 * n;
	for (i = 0; i < n; i++)
		move_chain(table, &old[i]);
	if (old != &table->first)
		free(old);
}

void kpptp_hash_add(struct kpptp_hash *table, struct kpptp_hash_link *link,
		    const void *key, size_t len)
{
	if (table->n >= table->n_chains)
		grow(table);
	link->key = key;
	link->len = len;
	link->hash = hash_of(key, len);
	LIST_INSERT_HEAD(chain_of(table, link->hash), link, entry);
	table->n++;
}

void kpptp_hash_del(struct kpptp_hash *table, struct kpptp_hash_link *link)
{
	if (!kpptp_hash_has(link))
		return;
	LIST_REMOVE(link, entry);
	link->key = NULL;
	table->n--;
}

/* The first from @link on that has this key */
static struct kpptp_hash_link *search(struct kpptp_hash_link *link,
				      uint64_t hash, const void *key,
				      size_t len)
{
	for (; link; link = LIST_NEXT(link, entry)) {
		kpptp_hash_probes++;
		if (link->hash == hash && link->len == len &&
		    !memcmp(link->key, key, len))
			return link;
	}
	return NULL;
}

struct kpptp_hash_link *kpptp_hash_find(const struct kpptp_hash *table,
					const void *key, size_t len)
{
	const uint64_t hash = hash_of(key, len);

	return search(LIST_FIRST(chain_of(table, hash)), hash, key, len);
}

struct kpptp_hash_link *kpptp_hash_next(const struct kpptp_hash_link *link)
{
	return search(LIST_NEXT(link, entry), link->hash, link->key,
		      link->len);
}
