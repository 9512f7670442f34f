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

/* The invariants of reorder.c, between input and the next pop left out. */
static inline void rig_check(const struct rig *rig)
{
	const struct kpptp_reorder *r = &rig->r;
	u32 used = 0, chained = 0, i, index = r->oldest;

	for (i = 0; i < r->size; i++) {
		u32 seq = r->next + ((i - r->next) & (r->size - 1));

		if (!r->ring[i].item)
			continue;
		used++;
		RIG_REQUIRE(*(u32 *)r->ring[i].item == seq);
		RIG_REQUIRE(seq != r->next);
		RIG_REQUIRE(seq - r->next < r->size);
	}
	RIG_REQUIRE(used == r->held);
	for (i = 0; i < r->held; i++) {
		RIG_REQUIRE(r->ring[index].item);
		chained++;
		if (index == r->newest)
			break;
		RIG_REQUIRE(r->ring[r->ring[index].newer].older == index);
		index = r->ring[index].newer;
	}
	RIG_REQUIRE(chained == used);
	RIG_REQUIRE(!r->over && !r->jump && !r->dropped);
	RIG_REQUIRE(!r->far || (r->far_known && *(u32 *)r->far == r->far_seq));
	RIG_REQUIRE(kpptp_reorder_deadline(r) > rig->now);
}

static inline void rig_collect(struct rig *rig)
{
	void *item;

	while ((item = kpptp_reorder_pop(&rig->r, rig->now)))
		rig_out(rig, RIG_DELIVERED, item);
	while ((item = kpptp_reorder_reap(&rig->r, rig->now)))
		rig_out(rig, RIG_DROPPED, item);
	rig_check(rig);
}

static inline u32 rig_ring_size(u32 limit)
{
	u32 size = 1;

	while (size < limit)
		size *= 2;
	return size;
}

static inline void rig_make_ring(struct rig *rig)
{
	u32 size = rig_ring_size(rig->params.limit);
	struct kpptp_reorder_slot *ring = malloc(size * sizeof(*ring));

	RIG_REQUIRE(ring);
	free(rig->r.ring);
	kpptp_reorder_set_ring(&rig->r, ring, size);
}

static inline enum kpptp_rx_verdict rig_sequence(struct rig *rig, u32 seq,
						 void *item)
{
	enum kpptp_rx_verdict verdict;

	/* The short way leaves nothing to collect. */
	if (kpptp_reorder_next(&rig->r, seq)) {
		RIG_REQUIRE(!kpptp_reorder_pop(&rig->r, rig->now));
		RIG_REQUIRE(!kpptp_reorder_reap(&rig->r, rig->now));
		return KPPTP_RX_DELIVER;
	}
	verdict = kpptp_reorder_input(&rig->r, &rig->params, seq, item,
				      rig->now);
	if (verdict != KPPTP_RX_NEED_RING)
		return verdict;
	if (rig->no_memory)
		kpptp_reorder_skip_to(&rig->r, seq);
	else
		rig_make_ring(rig);
	verdict = kpptp_reorder_input(&rig->r, &rig->params, seq, item,
				      rig->now);
	RIG_REQUIRE(verdict == (rig->no_memory ? KPPTP_RX_DELIVER :
						 KPPTP_RX_HOLD));
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
	case KPPTP_RX_NEED_RING:
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
	*rig = (struct rig) { .params = { limit, time }, .now = 1000 };
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
	free(rig->r.ring);
	free(rig->log.events);
}

#endif /* PURE_RIG_H */
