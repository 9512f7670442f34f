/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receive sequencing as simply as it can be said: a list of held packets,
 * searched from end to end, and rules applied one number at a time until none
 * applies. Slow, and an independent statement of what reorder.c is to do.
 */
#ifndef PURE_MODEL_H
#define PURE_MODEL_H

#include <string.h>

#include "pure_rig.h"

#define MODEL_HELD	(KPPTP_SEQ_FAR + 1)
#define MODEL_MEMORY	64

struct model_packet {
	u32 seq;
	u64 deadline;
};

struct model {
	struct rig_log log;
	struct kpptp_reorder_stats stats;
	u32 next;
	bool started;
	struct model_packet held[MODEL_HELD];
	u32 count;
	u32 delivered[MODEL_MEMORY];	/* the latest first */
	u32 remembered;
	bool far_known;
	bool far_here;
	struct model_packet far;
};

static inline u32 model_reach(const struct kpptp_reorder_params *params)
{
	if (!params->limit || !params->time_ns)
		return 1;
	return params->limit < KPPTP_SEQ_FAR ? params->limit : KPPTP_SEQ_FAR;
}

/* Without memory for a packet, its place is made the next one. */
static inline u32 model_room(const struct kpptp_reorder_params *params,
			     bool refused)
{
	return refused ? 1 : model_reach(params);
}

static inline void model_deliver(struct model *m, u32 seq)
{
	memmove(m->delivered + 1, m->delivered,
		(MODEL_MEMORY - 1) * sizeof(m->delivered[0]));
	m->delivered[0] = seq;
	if (m->remembered < MODEL_MEMORY)
		m->remembered++;
	m->next = seq + 1;
	m->started = true;
	rig_log(&m->log, RIG_DELIVERED, seq);
}

static inline int model_find(const struct model *m, u32 seq)
{
	u32 i;

	for (i = 0; i < m->count; i++)
		if (m->held[i].seq == seq)
			return (int)i;
	return -1;
}

static inline void model_give_up(struct model *m)
{
	m->next++;
	m->started = true;
	m->stats.lost++;
}

/* The next number is delivered if it is held, else given up on. Held packets
 * are listed in order of arrival.
 */
static inline void model_next(struct model *m)
{
	int at = model_find(m, m->next);

	if (at < 0) {
		model_give_up(m);
		return;
	}
	m->count--;
	memmove(m->held + at, m->held + at + 1,
		(m->count - (u32)at) * sizeof(m->held[0]));
	m->stats.reordered++;
	model_deliver(m, m->next);
}

/* What is due by order or by time goes on. */
static inline void model_flush(struct model *m, u64 now)
{
	while (m->count && (model_find(m, m->next) >= 0 ||
			    m->held[0].deadline <= now))
		model_next(m);
	if (m->far_here && m->far.deadline <= now) {
		m->far_here = false;
		m->stats.far++;
		rig_log(&m->log, RIG_DROPPED, m->far.seq);
	}
}

static inline u64 model_deadline(const struct model *m)
{
	u64 deadline = m->far_here ? m->far.deadline : U64_MAX;

	if (m->count && m->held[0].deadline < deadline)
		deadline = m->held[0].deadline;
	return deadline;
}

static inline bool model_is_far(const struct model *m, u32 seq)
{
	s64 ahead = (s32)(seq - m->next);

	return ahead > KPPTP_SEQ_FAR ||
	       ahead < (m->started ? -KPPTP_SEQ_FAR : 0);
}

static inline void model_behind(struct model *m, u32 seq)
{
	u32 i;

	for (i = 0; i < m->remembered; i++)
		if (m->delivered[i] == seq && m->next - seq <= MODEL_MEMORY) {
			m->stats.duplicate++;
			rig_log(&m->log, RIG_DUPLICATE, seq);
			return;
		}
	m->stats.late++;
	rig_log(&m->log, RIG_LATE, seq);
}

/* Everything held goes on, then the sequence is at the peer's place. */
static inline void model_jump(struct model *m, u32 seq)
{
	while (m->count)
		model_next(m);
	m->stats.resync++;
	m->remembered = 0;
	m->next = seq;
	m->started = true;
	if (m->far_here) {
		m->far_here = false;
		model_deliver(m, m->far.seq);
	}
	m->far_known = false;
}

static inline void model_hold(struct model *m, u32 seq, u64 time, u64 now)
{
	RIG_REQUIRE(m->count < MODEL_HELD);
	m->held[m->count++] = (struct model_packet) { seq, now + time };
}

/* A packet in line, held if need be. */
static inline void model_line(struct model *m,
			      const struct kpptp_reorder_params *params,
			      u32 seq, bool refused, u64 now)
{
	u32 room = model_room(params, refused);

	if (!m->started && seq == 1)
		m->next = 1;
	if (seq == m->next) {
		model_deliver(m, seq);
		return;
	}
	/* Room is made for this one; older ones that were let in when there
	 * was more of it stay.
	 */
	while (seq - m->next >= room)
		model_next(m);
	if (seq == m->next)
		model_deliver(m, seq);
	else
		model_hold(m, seq, params->time_ns, now);
}

static inline void model_far(struct model *m,
			     const struct kpptp_reorder_params *params,
			     u32 seq, bool refused, u64 now)
{
	u32 reach = model_reach(params), old;

	if (m->far_here && m->far.seq == seq) {
		m->stats.duplicate++;
		rig_log(&m->log, RIG_DUPLICATE, seq);
		return;
	}
	if (m->far_known && model_is_far(m, m->far.seq) &&
	    seq - m->far.seq - 1 < (reach > 64 ? reach : 64)) {
		u32 first = m->far_here ? m->far.seq : seq;

		model_jump(m, first);
		while (seq - m->next >= model_room(params, refused))
			model_give_up(m);
		if (seq == m->next)
			model_deliver(m, seq);
		else
			model_hold(m, seq, params->time_ns, now);
		return;
	}
	old = m->far.seq;
	m->far_known = true;
	m->far = (struct model_packet) { seq, now + params->time_ns };
	if (reach == 1)
		rig_log(&m->log, RIG_FAR, seq);
	if (m->far_here)
		rig_log(&m->log, RIG_DROPPED, old);
	m->stats.far += (reach == 1) + m->far_here;
	m->far_here = reach > 1;
}

static inline void model_input(struct model *m,
			       const struct kpptp_reorder_params *params,
			       u32 seq, bool refused, u64 now)
{
	if (model_is_far(m, seq)) {
		model_far(m, params, seq, refused, now);
	} else if ((s32)(seq - m->next) < 0) {
		model_behind(m, seq);
	} else if (model_find(m, seq) >= 0) {
		m->stats.duplicate++;
		rig_log(&m->log, RIG_DUPLICATE, seq);
	} else {
		model_line(m, params, seq, refused, now);
		if (!m->far_here)
			m->far_known = false;
	}
	model_flush(m, now);
}

/* Both are the same, in what they did and in what they will do. */
static inline void model_compare(const struct model *m, const struct rig *rig)
{
	size_t i;

	RIG_REQUIRE(m->log.count == rig->log.count);
	for (i = 0; i < m->log.count; i++) {
		RIG_REQUIRE(m->log.events[i].what == rig->log.events[i].what);
		RIG_REQUIRE(m->log.events[i].seq == rig->log.events[i].seq);
	}
	RIG_REQUIRE(!memcmp(&m->stats, &rig->r.stats, sizeof(m->stats)));
	RIG_REQUIRE(m->next == rig->r.next);
	RIG_REQUIRE(m->count == rig->r.held);
	RIG_REQUIRE(m->far_here == !!rig->r.far);
}

/* Starts a comparison afresh; the logs need not grow for ever. */
static inline void model_forget(struct model *m, struct rig *rig)
{
	m->log.count = 0;
	rig->log.count = 0;
}

#endif /* PURE_MODEL_H */
