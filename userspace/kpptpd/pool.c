// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pool.c - the address pool of the server
 *
 * Two things are apart: which addresses are handed out, and which may be. The
 * first is a table of those that calls have; only a call that ends takes one out.
 * The second is a queue of addresses that are free, the longest rested first, in
 * which each has its place by number, so that one can be taken out of the middle. An
 * address joins it when a call gives it back and the pool, as it is then, has it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/hash.h"
#include "pool.h"

/* An address that a call has. */
struct taken {
	LIST_ENTRY(taken) entry;
	uint32_t addr;
	struct kpptp_hash_link link;
};

/* Neighbours in the queue, by number; an address that is not in it is its own. */
struct slot {
	uint32_t prev;
	uint32_t next;
};

/**
 * struct stock - what may be handed out
 * @spec: where it comes from; its addresses are numbered
 * @base: number of the first address of each range
 * @skip: addresses of @spec that are not handed out, ascending
 * @slot: the queue, one for each address, and one more that is its head
 * @n_free: addresses in it
 */
struct stock {
	struct kpptp_pool_spec spec;
	uint32_t *base;
	uint32_t *skip;
	unsigned int n_skip;
	struct slot *slot;
	uint32_t n_free;
};

struct kpptp_pool {
	struct stock stock;
	LIST_HEAD(, taken) list;
	struct kpptp_hash taken;
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

/* Which range is the first that does not lie before an address? */
static unsigned int search(const struct kpptp_pool_spec *spec, uint32_t addr)
{
	unsigned int low = 0, high = spec->n;

	while (low < high) {
		const unsigned int mid = low + (high - low) / 2;

		if (spec->range[mid].last < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool spec_has(const struct kpptp_pool_spec *spec, uint32_t addr)
{
	const unsigned int at = search(spec, addr);

	return at < spec->n && spec->range[at].first <= addr;
}

static const char *add_range(struct kpptp_pool_spec *spec,
			     const struct kpptp_pool_range *r)
{
	const unsigned int at = search(spec, r->first);
	struct kpptp_pool_range *range;

	if (r->last < r->first)
		return "the end of a range lies before its beginning";
	if (r->first >> 24 == 0 || r->last >> 28 >= 0xe)
		return "not an address of a host";
	if ((uint64_t)spec->size + range_size(r) > KPPTP_POOL_MAX)
		return "more than 1048576 addresses";
	if (at < spec->n && spec->range[at].first <= r->last)
		return "an address is named twice";
	range = reallocarray(spec->range, spec->n + 1, sizeof(*range));
	if (!range)
		return "out of memory";
	memmove(range + at + 1, range + at, (spec->n - at) * sizeof(*range));
	range[at] = *r;
	spec->range = range;
	spec->n++;
	spec->size += range_size(r);
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

int kpptp_pool_spec_add(const char *text, struct kpptp_pool_spec *spec,
			const char **why)
{
	char *copy = strdup(text), *rest = copy, *item;
	struct kpptp_pool_range r;

	*why = copy ? NULL : "out of memory";
	while (!*why && (item = next_item(&rest)))
		*why = parse_range(item, &r) ?
			"neither an address, a range nor a prefix" :
			add_range(spec, &r);
	free(copy);
	return *why ? -EINVAL : 0;
}

void kpptp_pool_spec_free(struct kpptp_pool_spec *spec)
{
	free(spec->range);
	memset(spec, 0, sizeof(*spec));
}

bool kpptp_pool_spec_has(const struct kpptp_pool_spec *spec,
			 struct in_addr addr)
{
	return spec_has(spec, ntohl(addr.s_addr));
}

/* ---- what may be handed out ---- */

static int compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static bool stock_has(const struct stock *stock, uint32_t addr)
{
	return spec_has(&stock->spec, addr) &&
	       !(stock->n_skip &&
		 bsearch(&addr, stock->skip, stock->n_skip, sizeof(addr),
			 compare));
}

/* Of an address that it has */
static uint32_t number_of(const struct stock *stock, uint32_t addr)
{
	const unsigned int at = search(&stock->spec, addr);

	return stock->base[at] + (addr - stock->spec.range[at].first);
}

static uint32_t addr_of(const struct stock *stock, uint32_t number)
{
	unsigned int low = 0, high = stock->spec.n;

	while (high - low > 1) {
		const unsigned int mid = low + (high - low) / 2;

		if (stock->base[mid] <= number)
			low = mid;
		else
			high = mid;
	}
	return stock->spec.range[low].first + (number - stock->base[low]);
}

/* At the end of the queue */
static void stock_put(struct stock *stock, uint32_t addr)
{
	const uint32_t head = stock->spec.size, n = number_of(stock, addr);
	const uint32_t last = stock->slot[head].prev;

	stock->slot[n] = (struct slot){ .prev = last, .next = head };
	stock->slot[last].next = n;
	stock->slot[head].prev = n;
	stock->n_free++;
}

static void stock_take(struct stock *stock, uint32_t n)
{
	struct slot *slot = stock->slot;

	slot[slot[n].prev].next = slot[n].next;
	slot[slot[n].next].prev = slot[n].prev;
	slot[n].prev = slot[n].next = n;
	stock->n_free--;
}

static void stock_free(struct stock *stock)
{
	kpptp_pool_spec_free(&stock->spec);
	free(stock->base);
	free(stock->skip);
	free(stock->slot);
}

/* Those of @skip that are in @stock, each once. */
static void copy_skip(struct stock *stock, const struct in_addr *skip,
		      unsigned int n_skip)
{
	unsigned int i, n = 0;

	for (i = 0; i < n_skip; i++)
		if (kpptp_pool_spec_has(&stock->spec, skip[i]))
			stock->skip[n++] = ntohl(skip[i].s_addr);
	qsort(stock->skip, n, sizeof(*stock->skip), compare);
	for (i = 0; i < n; i++)
		if (!i || stock->skip[i] != stock->skip[i - 1])
			stock->skip[stock->n_skip++] = stock->skip[i];
}

/* A stock with nothing in its queue, or -ENOMEM */
static int stock_init(struct stock *stock, const struct kpptp_pool_spec *spec,
		      const struct in_addr *skip, unsigned int n_skip)
{
	uint32_t i, n = 0;

	memset(stock, 0, sizeof(*stock));
	stock->spec.range = calloc(spec->n + 1, sizeof(*spec->range));
	stock->base = calloc(spec->n + 1, sizeof(*stock->base));
	stock->skip = calloc(n_skip + 1, sizeof(*stock->skip));
	stock->slot = calloc((size_t)spec->size + 1, sizeof(*stock->slot));
	if (!stock->spec.range || !stock->base || !stock->skip ||
	    !stock->slot) {
		stock_free(stock);
		return -ENOMEM;
	}
	for (i = 0; i < spec->n; i++) {
		stock->spec.range[i] = spec->range[i];
		stock->base[i] = n;
		n += range_size(&spec->range[i]);
	}
	stock->spec.n = spec->n;
	stock->spec.size = n;
	for (i = 0; i <= n; i++)
		stock->slot[i].prev = stock->slot[i].next = i;
	copy_skip(stock, skip, n_skip);
	return 0;
}

/* ---- the pool ---- */

struct kpptp_pool *kpptp_pool_new(void)
{
	struct kpptp_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	LIST_INIT(&pool->list);
	kpptp_hash_init(&pool->taken);
	return pool;
}

static struct taken *find_taken(const struct kpptp_pool *pool, uint32_t addr)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&pool->taken, &addr,
						 sizeof(addr)),
				 struct taken, link);
}

static void drop_taken(struct kpptp_pool *pool, struct taken *taken)
{
	kpptp_hash_del(&pool->taken, &taken->link);
	LIST_REMOVE(taken, entry);
	free(taken);
}

void kpptp_pool_free(struct kpptp_pool *pool)
{
	if (!pool)
		return;
	while (!LIST_EMPTY(&pool->list))
		drop_taken(pool, LIST_FIRST(&pool->list));
	kpptp_hash_free(&pool->taken);
	stock_free(&pool->stock);
	free(pool);
}

/* What was free already goes on resting behind what is new. */
static void fill(struct kpptp_pool *pool, struct stock *now)
{
	struct stock *old = &pool->stock;
	unsigned int i;
	uint32_t addr;

	for (i = 0; i < now->spec.n; i++)
		for (addr = now->spec.range[i].first;
		     addr <= now->spec.range[i].last; addr++)
			if (stock_has(now, addr) && !stock_has(old, addr) &&
			    !find_taken(pool, addr))
				stock_put(now, addr);
	if (!old->slot)
		return;
	for (i = old->slot[old->spec.size].next; i != old->spec.size;
	     i = old->slot[i].next) {
		addr = addr_of(old, i);
		if (stock_has(now, addr))
			stock_put(now, addr);
	}
}

int kpptp_pool_set(struct kpptp_pool *pool, const struct kpptp_pool_spec *spec,
		   const struct in_addr *skip, unsigned int n_skip)
{
	struct stock now;
	int err = stock_init(&now, spec, skip, n_skip);

	if (err)
		return err;
	fill(pool, &now);
	stock_free(&pool->stock);
	pool->stock = now;
	return 0;
}

bool kpptp_pool_is_free(const struct kpptp_pool *pool)
{
	return pool->stock.n_free;
}

static int add_taken(struct kpptp_pool *pool, uint32_t n)
{
	struct taken *taken = calloc(1, sizeof(*taken));

	if (!taken)
		return -ENOMEM;
	stock_take(&pool->stock, n);
	taken->addr = addr_of(&pool->stock, n);
	kpptp_hash_add(&pool->taken, &taken->link, &taken->addr,
		       sizeof(taken->addr));
	LIST_INSERT_HEAD(&pool->list, taken, entry);
	return 0;
}

int kpptp_pool_get(struct kpptp_pool *pool, struct in_addr *addr)
{
	struct stock *stock = &pool->stock;
	uint32_t n;
	int err;

	if (!stock->n_free)
		return -ENOSPC;
	n = stock->slot[stock->spec.size].next;
	err = add_taken(pool, n);
	if (!err)
		addr->s_addr = htonl(addr_of(stock, n));
	return err;
}

int kpptp_pool_take(struct kpptp_pool *pool, struct in_addr addr)
{
	const uint32_t a = ntohl(addr.s_addr);

	if (find_taken(pool, a))
		return -EBUSY;
	if (!stock_has(&pool->stock, a))
		return -ENOENT;
	return add_taken(pool, number_of(&pool->stock, a));
}

void kpptp_pool_put(struct kpptp_pool *pool, struct in_addr addr)
{
	struct taken *taken = find_taken(pool, ntohl(addr.s_addr));

	if (!taken)
		return;
	if (stock_has(&pool->stock, taken->addr))
		stock_put(&pool->stock, taken->addr);
	drop_taken(pool, taken);
}

unsigned int kpptp_pool_used(const struct kpptp_pool *pool)
{
	return pool->taken.n;
}

unsigned int kpptp_pool_size(const struct kpptp_pool *pool)
{
	return pool->stock.spec.size - pool->stock.n_skip;
}
