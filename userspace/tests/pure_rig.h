/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drives receive sequencing as its caller in the kernel does, on a clock of
 * its own, and writes down what happens to each packet. A rig owns its
 * packets, each a block of memory that holds its number: one lost or handed
 * back twice is for the sanitisers to find.
 */
#ifndef PURE_RIG_H
#define PURE_RIG_H

#include <stdio.h>
#include <stdlib.h>

#include "reorder.h"

/* What happened to a packet. */
enum rig_what {
	RIG_DELIVERED	= '.',
	RIG_DUPLICATE	= 'd',
	RIG_LATE	= 'l',
	RIG_FAR		= 'f',	/* not taken */
	RIG_DROPPED	= 'x',	/* taken, kept aside, dropped */
};

struct rig_event {
	char what;
	u32 seq;
};

struct rig_log {
	struct rig_event *events;
	size_t count;
	size_t room;
};

struct rig {
	struct kpptp_reorder r;
	struct kpptp_reorder_params params;
	struct rig_log log;
	u64 now;
	bool no_memory;
	bool refused;		/* the last input was, for want of memory */
	bool keeps;		/* memory while nothing is held */
	u32 blocks;		/* besides the store's first */
};

/* A property that does not hold ends the test, in unit tests and fuzzers. */
#define RIG_REQUIRE(condition)						\
	do {								\
		if (!(condition)) {					\
			fprintf(stderr, "%s:%d: %s\n", __FILE__,	\
				__LINE__, #condition);			\
			abort();					\
		}							\
	} while (0)

static inline void rig_log(struct rig_log *log, enum rig_what what, u32 seq)
{
	if (log->count == log->room) {
		log->room = log->room ? 2 * log->room : 64;
		log->events = realloc(log->events,
				      log->room * sizeof(*log->events));
		RIG_REQUIRE(log->events);
	}
	log->events[log->count++] = (struct rig_event) { (char)what, seq };
}

/* An item comes out. */
static inline void rig_out(struct rig *rig, enum rig_what what, void *item)
{
	u32 seq = *(u32 *)item;

	free(item);
	rig_log(&rig->log, what, seq);
}

/* Blocks exist for what is held only. Returns how many slots are in use. */
static inline u32 rig_check_memory(const struct rig *rig)
{
	const struct kpptp_reorder_store *store = rig->r.store;
	u32 blocks = 0, all = 0, used, i, j;

	if (!store)
		return 0;
	RIG_REQUIRE(!store->unused);
	for (i = 0; i < KPPTP_REORDER_BLOCKS; i++) {
		const struct kpptp_reorder_block *block = store->blocks[i];

		if (!block)
			continue;
		for (used = 0, j = 0; j < KPPTP_REORDER_BLOCK; j++)
			used += !!block->slots[j].item;
		RIG_REQUIRE(used && block->used == used);
		all += used;
		blocks += block != &store->first;
	}
	RIG_REQUIRE(blocks == rig->blocks);
	return all;
}

static inline const struct kpptp_reorder_slot *
rig_slot(const struct kpptp_reorder *r, u32 index)
{
	const struct kpptp_reorder_block *block =
		r->store->blocks[index / KPPTP_REORDER_BLOCK];

	return block ? &block->slots[index % KPPTP_REORDER_BLOCK] : NULL;
}

/* Held packets are in their slots and in the chain, whose deadlines are known. */
static inline void rig_check_slots(const struct kpptp_reorder *r)
{
	u32 i, index = r->oldest;

	for (i = 0; i < KPPTP_REORDER_SLOTS; i++) {
		const struct kpptp_reorder_slot *slot = rig_slot(r, i);
		u32 seq = r->next + ((i - r->next) % KPPTP_REORDER_SLOTS);

		if (!slot || !slot->item)
			continue;
		RIG_REQUIRE(*(u32 *)slot->item == seq);
		RIG_REQUIRE(seq != r->next);
	}
	for (i = 1; i < r->held; i++) {
		const struct kpptp_reorder_slot *slot = rig_slot(r, index);

		RIG_REQUIRE(slot && slot->item && index != r->newest);
		RIG_REQUIRE(rig_slot(r, slot->newer)->older == index);
		index = slot->newer;
	}
	RIG_REQUIRE(index == r->newest);
}

/* The invariants of reorder.c, between input and the next pop left out. */
static inline void rig_check(const struct rig *rig)
{
	const struct kpptp_reorder *r = &rig->r;

	RIG_REQUIRE(rig_check_memory(rig) == r->held);
	if (r->held)
		rig_check_slots(r);
	RIG_REQUIRE(!r->over && !r->jump && !r->dropped);
	RIG_REQUIRE(!r->far || (r->far_known && *(u32 *)r->far == r->far_seq));
	RIG_REQUIRE(kpptp_reorder_deadline(r) > rig->now);
}

/* Memory goes back: what is not needed, and all of it when nothing is held. */
static inline void rig_trim(struct rig *rig, bool all)
{
	void *block;

	while ((block = kpptp_reorder_unused(&rig->r))) {
		free(block);
		rig->blocks--;
	}
	if (!all)
		return;
	free(kpptp_reorder_take_store(&rig->r));
	RIG_REQUIRE(!!rig->r.store == !!rig->r.held);
}

static inline void rig_collect(struct rig *rig)
{
	void *item;

	while ((item = kpptp_reorder_pop(&rig->r, rig->now)))
		rig_out(rig, RIG_DELIVERED, item);
	while ((item = kpptp_reorder_reap(&rig->r, rig->now)))
		rig_out(rig, RIG_DROPPED, item);
	rig_trim(rig, !rig->keeps);
	rig_check(rig);
}

static inline bool rig_needs_memory(enum kpptp_rx_verdict verdict)
{
	return verdict == KPPTP_RX_NEED_STORE || verdict == KPPTP_RX_NEED_BLOCK;
}

static inline void rig_more_memory(struct rig *rig, enum kpptp_rx_verdict need)
{
	struct kpptp_reorder_store *store = calloc(1, sizeof(*store));
	struct kpptp_reorder_block *block = calloc(1, sizeof(*block));

	RIG_REQUIRE(store && block);
	if (need == KPPTP_RX_NEED_STORE) {
		RIG_REQUIRE(!rig->r.store);
		kpptp_reorder_set_store(&rig->r, store);
		free(block);
		return;
	}
	RIG_REQUIRE(rig->r.store->first.used);
	kpptp_reorder_add_block(&rig->r, block);
	rig->blocks++;
	free(store);
}

static inline enum kpptp_rx_verdict rig_sequence(struct rig *rig, u32 seq,
						 void *item)
{
	struct kpptp_reorder_params params = rig->params;
	enum kpptp_rx_verdict verdict;

	rig->refused = false;
	/* The short way leaves nothing to collect. */
	if (kpptp_reorder_next(&rig->r, seq)) {
		RIG_REQUIRE(!kpptp_reorder_pop(&rig->r, rig->now));
		RIG_REQUIRE(!kpptp_reorder_reap(&rig->r, rig->now));
		return KPPTP_RX_DELIVER;
	}
	verdict = kpptp_reorder_input(&rig->r, &params, seq, item, rig->now);
	if (!rig_needs_memory(verdict))
		return verdict;
	params.no_memory = rig->no_memory;
	rig->refused = rig->no_memory;
	if (!rig->no_memory)
		rig_more_memory(rig, verdict);
	verdict = kpptp_reorder_input(&rig->r, &params, seq, item, rig->now);
	RIG_REQUIRE(verdict == KPPTP_RX_HOLD ||
		    (rig->no_memory && verdict == KPPTP_RX_DELIVER));
	return verdict;
}

/* A packet arrives. */
static inline enum kpptp_rx_verdict rig_input(struct rig *rig, u32 seq)
{
	u32 *item = malloc(sizeof(*item));
	enum kpptp_rx_verdict verdict;

	RIG_REQUIRE(item);
	*item = seq;
	verdict = rig_sequence(rig, seq, item);
	switch (verdict) {
	case KPPTP_RX_DELIVER:
		rig_out(rig, RIG_DELIVERED, item);
		break;
	case KPPTP_RX_HOLD:
		break;
	case KPPTP_RX_DUPLICATE:
		rig_out(rig, RIG_DUPLICATE, item);
		break;
	case KPPTP_RX_LATE:
		rig_out(rig, RIG_LATE, item);
		break;
	case KPPTP_RX_FAR:
		rig_out(rig, RIG_FAR, item);
		break;
	case KPPTP_RX_NEED_STORE:
	case KPPTP_RX_NEED_BLOCK:
		abort();
	}
	rig_collect(rig);
	return verdict;
}

/* Time passes; what becomes due on the way does so on time. */
static inline void rig_wait(struct rig *rig, u64 time)
{
	u64 until = rig->now + time;

	while (kpptp_reorder_deadline(&rig->r) <= until) {
		size_t count = rig->log.count;

		rig->now = kpptp_reorder_deadline(&rig->r);
		rig_collect(rig);
		RIG_REQUIRE(rig->log.count > count);
	}
	rig->now = until;
	rig_collect(rig);
}

static inline void rig_init(struct rig *rig, u16 limit, u64 time)
{
	*rig = (struct rig) {
		.params = { .limit = limit, .time_ns = time }, .now = 1000,
	};
	kpptp_reorder_init(&rig->r);
}

static inline void rig_init_at(struct rig *rig, u16 limit, u64 time, u32 next)
{
	rig_init(rig, limit, time);
	kpptp_reorder_init_at(&rig->r, next);
}

static inline void rig_free(struct rig *rig)
{
	void *item;

	while ((item = kpptp_reorder_drain(&rig->r)))
		free(item);
	RIG_REQUIRE(!kpptp_reorder_held(&rig->r));
	RIG_REQUIRE(kpptp_reorder_deadline(&rig->r) == U64_MAX);
	rig_trim(rig, true);
	RIG_REQUIRE(!rig->r.store && !rig->blocks);
	free(rig->log.events);
}

#endif /* PURE_RIG_H */
