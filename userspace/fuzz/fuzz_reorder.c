// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any traffic, any settings, any lack of memory: receive sequencing does what
 * the model does, keeps its invariants, and gives back every packet once.
 */
#include <stdint.h>
#include <stdio.h>

#include "pure_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Octets of the input, zeros after its end. */
struct source {
	const u8 *data;
	size_t left;
};

static u8 octet(struct source *s)
{
	if (!s->left)
		return 0;
	s->left--;
	return *s->data++;
}

static u32 word(struct source *s)
{
	u32 high = octet(s) << 8 | octet(s);

	return high << 16 | (u32)(octet(s) << 8 | octet(s));
}

/* Numbers near a place where something changes, rarely just any. */
static u32 number(struct source *s, const struct model *m)
{
	u8 how = octet(s);
	u32 step = how & 0x1F;

	switch (how >> 5) {
	case 0:
	case 1:
		return m->next + step;
	case 2:
		return m->next + step * 16 + octet(s);
	case 3:
		return m->next - step * 4;
	case 4:
		return m->next + KPPTP_SEQ_FAR - 16 + step;
	case 5:
		return m->next - KPPTP_SEQ_FAR - 16 + step;
	case 6:
		return m->far.seq + step * 4 - 8;
	default:
		return word(s);
	}
}

static void settings(struct source *s, struct rig *rig)
{
	u8 limit = octet(s);

	rig->params.limit = limit < 0xF0 ? limit : (limit & 0xF) << 9;
	rig->params.time_ns = octet(s);
}

static void compare(struct model *m, struct rig *rig)
{
	model_compare(m, rig);
	RIG_REQUIRE(model_deadline(m) == kpptp_reorder_deadline(&rig->r));
	model_forget(m, rig);
}

static void one_step(struct source *s, struct model *m, struct rig *rig)
{
	u8 what = octet(s);
	u32 seq;

	if ((what & 0xF) == 0xF) {
		settings(s, rig);
		return;
	}
	if ((what & 3) == 3) {
		rig->now += octet(s);
		model_flush(m, rig->now);
		rig_collect(rig);
		compare(m, rig);
		return;
	}
	rig->no_memory = what & 0x80;
	seq = number(s, m);
	rig->keeps = what & 0x40;
	rig_input(rig, seq);
	model_input(m, &rig->params, seq, rig->refused, rig->now);
	compare(m, rig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model m;
	struct source s = { data, size };
	struct rig rig;

	m = (struct model) { .started = octet(&s) & 1 };
	rig_init(&rig, 0, 0);
	if (m.started) {
		m.next = word(&s);
		kpptp_reorder_init_at(&rig.r, m.next);
	}
	settings(&s, &rig);
	while (s.left)
		one_step(&s, &m, &rig);
	free(m.log.events);
	rig_free(&rig);
	return 0;
}
