// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pool.c - the address pool of the server
 *
 * The ranges are laid end to end and numbered; one byte per number says
 * whether the address is free. A byte and not a bit: a full pool is a megabyte
 * at the most and memchr() searches bytes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

enum slot { SLOT_FREE, SLOT_TAKEN, SLOT_SKIPPED };

struct kpptp_pool {
	struct kpptp_pool_spec spec;
	unsigned char *slot;
	unsigned int size;	/* slots */
	unsigned int skipped;
	unsigned int used;
	unsigned int next;	/* where the search begins */
};

static uint32_t range_size(const struct kpptp_pool_range *r)
{
	return r->last - r->first + 1;
}

static int parse_addr(const char *text, uint32_t *addr)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return -EINVAL;
	*addr = ntohl(in.s_addr);
	return 0;
}

/* A prefix without its network and broadcast address. */
static int parse_prefix(char *text, char *slash, struct kpptp_pool_range *r)
{
	unsigned long len;
	uint32_t mask;
	char *end;

	*slash = '\0';
	len = strtoul(slash + 1, &end, 10);
	if (end == slash + 1 || *end || len < 8 || len > 32 ||
	    parse_addr(text, &r->first))
		return -EINVAL;
	mask = len == 32 ? 0 : UINT32_MAX >> len;
	r->first &= ~mask;
	r->last = r->first | mask;
	if (len <= 30) {
		r->first++;
		r->last--;
	}
	return 0;
}

static int parse_range(char *text, struct kpptp_pool_range *r)
{
	char *slash = strchr(text, '/'), *dash = strchr(text, '-');

	if (slash)
		return parse_prefix(text, slash, r);
	if (dash)
		*dash = '\0';
	if (parse_addr(text, &r->first))
		return -EINVAL;
	r->last = r->first;
	return dash ? parse_addr(dash + 1, &r->last) : 0;
}

static const char *check_range(const struct kpptp_pool_spec *spec,
			       const struct kpptp_pool_range *r,
			       uint64_t total)
{
	unsigned int i;

	if (r->last < r->first)
		return "the end of a range lies before its beginning";
	if (total + range_size(r) > KPPTP_POOL_MAX)
		return "more than 1048576 addresses";
	if (r->first >> 24 == 0 || r->last >> 28 >= 0xe)
		return "not an address of a host";
	for (i = 0; i < spec->n; i++)
		if (r->first <= spec->range[i].last &&
		    r->last >= spec->range[i].first)
			return "an address is named twice";
	return NULL;
}

static char *next_item(char **rest)
{
	char *item = strsep(rest, ","), *end;

	while (item && (*item == ' ' || *item == '\t'))
		item++;
	for (end = item ? strchr(item, '\0') : NULL;
	     end && end > item && (end[-1] == ' ' || end[-1] == '\t'); end--)
		end[-1] = '\0';
	return item;
}

int kpptp_pool_parse(const char *text, struct kpptp_pool_spec *spec,
		     const char **why)
{
	char *copy = strdup(text), *rest = copy, *item;
	uint64_t total = 0;

	memset(spec, 0, sizeof(*spec));
	*why = copy ? NULL : "out of memory";
	while (!*why && (item = next_item(&rest))) {
		struct kpptp_pool_range r;

		if (spec->n == KPPTP_POOL_RANGES)
			*why = "more than 32 ranges";
		else if (parse_range(item, &r))
			*why = "neither an address, a range nor a prefix";
		else
			*why = check_range(spec, &r, total);
		if (*why)
			break;
		total += range_size(&r);
		spec->range[spec->n++] = r;
	}
	free(copy);
	return *why ? -EINVAL : 0;
}

bool kpptp_pool_spec_has(const struct kpptp_pool_spec *spec,
			 struct in_addr addr)
{
	uint32_t a = ntohl(addr.s_addr);
	unsigned int i;

	for (i = 0; i < spec->n; i++)
		if (a >= spec->range[i].first && a <= spec->range[i].last)
			return true;
	return false;
}

/* Number of the slot of an address, or -1. */
static long slot_of(const struct kpptp_pool *pool, struct in_addr addr)
{
	uint32_t a = ntohl(addr.s_addr);
	unsigned int i, base = 0;

	for (i = 0; i < pool->spec.n; i++) {
		const struct kpptp_pool_range *r = &pool->spec.range[i];

		if (a >= r->first && a <= r->last)
			return (long)base + (a - r->first);
		base += range_size(r);
	}
	return -1;
}

static struct in_addr addr_of(const struct kpptp_pool *pool, unsigned int slot)
{
	struct in_addr addr = { 0 };
	unsigned int i;

	for (i = 0; i < pool->spec.n; i++) {
		const struct kpptp_pool_range *r = &pool->spec.range[i];

		if (slot < range_size(r)) {
			addr.s_addr = htonl(r->first + slot);
			break;
		}
		slot -= range_size(r);
	}
	return addr;
}

struct kpptp_pool *kpptp_pool_new(void)
{
	return calloc(1, sizeof(struct kpptp_pool));
}

void kpptp_pool_free(struct kpptp_pool *pool)
{
	if (!pool)
		return;
	free(pool->slot);
	free(pool);
}

/* Marks in @now what @old has handed out and both know. */
static void carry_over(const struct kpptp_pool *old, struct kpptp_pool *now)
{
	unsigned int i;

	for (i = 0; i < old->size; i++) {
		long slot;

		if (old->slot[i] != SLOT_TAKEN)
			continue;
		slot = slot_of(now, addr_of(old, i));
		if (slot < 0 || now->slot[slot] != SLOT_FREE)
			continue;
		now->slot[slot] = SLOT_TAKEN;
		now->used++;
	}
}

int kpptp_pool_set(struct kpptp_pool *pool, const struct kpptp_pool_spec *spec,
		   const struct in_addr *skip, unsigned int n_skip)
{
	struct kpptp_pool now = { .spec = *spec };
	unsigned int i;
	long slot;

	for (i = 0; i < spec->n; i++)
		now.size += range_size(&spec->range[i]);
	now.slot = calloc(now.size ? now.size : 1, 1);
	if (!now.slot)
		return -ENOMEM;
	for (i = 0; i < n_skip; i++) {
		slot = slot_of(&now, skip[i]);
		if (slot < 0 || now.slot[slot] == SLOT_SKIPPED)
			continue;
		now.slot[slot] = SLOT_SKIPPED;
		now.skipped++;
	}
	carry_over(pool, &now);
	free(pool->slot);
	*pool = now;
	return 0;
}

int kpptp_pool_get(struct kpptp_pool *pool, struct in_addr *addr)
{
	unsigned char *free_slot;

	if (!pool->size)
		return -ENOSPC;
	free_slot = memchr(pool->slot + pool->next, SLOT_FREE,
			   pool->size - pool->next);
	if (!free_slot)
		free_slot = memchr(pool->slot, SLOT_FREE, pool->next);
	if (!free_slot)
		return -ENOSPC;
	*free_slot = SLOT_TAKEN;
	pool->used++;
	*addr = addr_of(pool, free_slot - pool->slot);
	pool->next = (free_slot - pool->slot + 1) % pool->size;
	return 0;
}

bool kpptp_pool_is_free(const struct kpptp_pool *pool)
{
	return pool->used + pool->skipped < pool->size;
}

int kpptp_pool_take(struct kpptp_pool *pool, struct in_addr addr)
{
	long slot = slot_of(pool, addr);

	if (slot < 0 || pool->slot[slot] == SLOT_SKIPPED)
		return -ENOENT;
	if (pool->slot[slot] == SLOT_TAKEN)
		return -EBUSY;
	pool->slot[slot] = SLOT_TAKEN;
	pool->used++;
	return 0;
}

void kpptp_pool_put(struct kpptp_pool *pool, struct in_addr addr)
{
	long slot = slot_of(pool, addr);

	if (slot < 0 || pool->slot[slot] != SLOT_TAKEN)
		return;
	pool->slot[slot] = SLOT_FREE;
	pool->used--;
}

unsigned int kpptp_pool_used(const struct kpptp_pool *pool)
{
	return pool->used;
}

unsigned int kpptp_pool_size(const struct kpptp_pool *pool)
{
	return pool->size - pool->skipped;
}
