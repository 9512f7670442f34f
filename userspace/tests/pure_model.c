// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Receive sequencing under random traffic: properties that hold whatever the
 * order, and a packet by packet comparison with the model.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pure_model.h"

#define MS	1000000ULL
#define PACKETS	400
#define ROUNDS	300

/* Random numbers that are the same in every run (xorshift, Marsaglia). */
static u64 random_state = 88172645463325252ULL;

static u32 random_below(u32 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (u32)(random_state >> 32) % n;
}

/* Numbers begin just below a wrap, so that each run goes over it. */
static u32 random_base(void)
{
	return 0U - 1 - random_below(PACKETS);
}

/* Each number moved by less than @reach places; a true permutation. */
static void shuffle(u32 *order, u32 count, u32 reach)
{
	u32 i, j, k;

	for (i = 0; i < count; i++)
		order[i] = i;
	for (i = 0; i < count; i += reach)
		for (j = 0; j < reach && i + j < count; j++) {
			u32 left = count - i < reach ? count - i : reach;
			u32 swap;

			k = j + random_below(left - j);
			swap = order[i + j];
			order[i + j] = order[i + k];
			order[i + k] = swap;
		}
}

static void expect_delivered(const struct rig *rig, u32 base, const bool *lost,
			     u32 count)
{
	size_t at = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		if (lost[i])
			continue;
		while (at < rig->log.count &&
		       rig->log.events[at].what != RIG_DELIVERED)
			at++;
		assert_true(at < rig->log.count);
		assert_int_equal(rig->log.events[at].seq, base + i);
		at++;
	}
	for (; at < rig->log.count; at++)
		assert_int_not_equal(rig->log.events[at].what, RIG_DELIVERED);
}

/* Moved about within the limit and in time: all arrive, in order. */
static void test_permutation(void **state)
{
	static const bool none[PACKETS];
	u32 order[PACKETS], round, i;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		u32 reach = 1 + random_below(64), base = random_base();
		struct rig rig;

		shuffle(order, PACKETS, reach);
		rig_init_at(&rig, (u16)reach, PACKETS, base);
		for (i = 0; i < PACKETS; i++) {
			rig_input(&rig, base + order[i]);
			rig_wait(&rig, 1);
			assert_true(rig.r.held < reach);
		}
		expect_delivered(&rig, base, none, PACKETS);
		assert_int_equal(rig.log.count, PACKETS);
		assert_int_equal(rig.r.stats.lost, 0);
		assert_int_equal(rig.r.stats.late, 0);
		assert_int_equal(rig.r.stats.duplicate, 0);
		rig_free(&rig);
	}
}

/* The same with losses, also of the number that wraps, and duplicates: what
 * was sent and not lost arrives once, and the count of losses is exact.
 */
static void test_loss_and_duplicates(void **state)
{
	u32 order[PACKETS], round, i;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		u32 reach = 1 + random_below(32), base = random_base();
		u32 losses = 0, duplicates = 0;
		bool lost[PACKETS] = {};
		struct rig rig;

		for (i = 0; i < PACKETS - 1; i++)
			lost[i] = !random_below(10) || base + i + 1 <= 1;
		for (i = 0; i < PACKETS; i++)
			losses += lost[i];
		shuffle(order, PACKETS, reach);
		/* Gaps may be longer than they'd be without losses. */
		rig_init_at(&rig, (u16)(PACKETS + 1), 4 * MS, base);
		for (i = 0; i < PACKETS; i++) {
			if (lost[order[i]])
				continue;
			rig_input(&rig, base + order[i]);
			if (!random_below(8)) {
				rig_input(&rig, base + order[i]);
				duplicates++;
			}
			rig_wait(&rig, MS / 32);
		}
		rig_wait(&rig, 4 * MS);
		expect_delivered(&rig, base, lost, PACKETS);
		assert_int_equal(rig.r.held, 0);
		assert_int_equal(rig.r.stats.lost, losses);
		assert_int_equal(rig.r.stats.duplicate, duplicates);
		assert_int_equal(rig.r.stats.late, 0);
		assert_int_equal(rig.r.next - base, PACKETS);
		rig_free(&rig);
	}
}

/* No packet is held longer than the time set, in any traffic in line. */
static void test_time_held(void **state)
{
	static u64 arrived[PACKETS];
	u32 order[PACKETS], i;
	u32 round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		u32 base = random_base();
		size_t at = 0;
		struct rig rig;

		shuffle(order, PACKETS, 100);
		rig_init_at(&rig, 128, 50, base);
		for (i = 0; i < PACKETS; i++) {
			if (!random_below(4))
				continue;
			arrived[order[i]] = rig.now;
			rig_input(&rig, base + order[i]);
			rig_wait(&rig, 1 + random_below(4));
			for (; at < rig.log.count; at++)
				if (rig.log.events[at].what == RIG_DELIVERED)
					arrived[rig.log.events[at].seq - base] =
						U64_MAX;
			for (u32 j = 0; j < PACKETS; j++)
				if (arrived[j] && arrived[j] != U64_MAX &&
				    rig.r.held &&
				    kpptp_seq_after(base + j, rig.r.next))
					assert_true(rig.now < arrived[j] + 50);
		}
		memset(arrived, 0, sizeof(arrived));
		rig_free(&rig);
	}
}

static u32 random_number(const struct model *m)
{
	switch (random_below(32)) {
	case 0:
		return m->next + 4090 + random_below(12);
	case 1:
		return m->next - 4100 + random_below(12);
	case 2:
		return (u32)random_state;
	case 3:
		return m->far.seq + random_below(80);
	case 4:
		return m->next - random_below(80);
	case 5:
		return m->next + random_below(400);
	default:
		return m->next + random_below(8) - 1;
	}
}

static void random_settings(struct rig *rig)
{
	static const u16 limits[] = { 0, 1, 2, 3, 8, 20, 64, 100, 4096, 5000 };

	rig->params.limit = limits[random_below(10)];
	rig->params.time_ns = random_below(8) ? 1 + random_below(100) : 0;
}

/* Everything at once, against the model. */
static void test_against_model(void **state)
{
	static struct model m;
	u32 round, i;

	(void)state;
	for (round = 0; round < 60; round++) {
		struct rig rig;

		m = (struct model) { .next = round & 1 ? random_base() : 0,
				     .started = round & 1 };
		rig_init(&rig, 0, 0);
		if (m.started)
			kpptp_reorder_init_at(&rig.r, m.next);
		random_settings(&rig);
		for (i = 0; i < 1500; i++) {
			u32 seq = random_number(&m);

			if (!random_below(300))
				random_settings(&rig);
			rig.no_memory = !random_below(20);
			rig.keeps = random_below(4);
			rig_input(&rig, seq);
			model_input(&m, &rig.params, seq, rig.refused, rig.now);
			model_compare(&m, &rig);
			assert_true(model_deadline(&m) ==
				    kpptp_reorder_deadline(&rig.r));
			rig.now += random_below(12);
			model_flush(&m, rig.now);
			rig_collect(&rig);
			model_compare(&m, &rig);
			model_forget(&m, &rig);
		}
		free(m.log.events);
		rig_free(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_permutation),
		cmocka_unit_test(test_loss_and_duplicates),
		cmocka_unit_test(test_time_held),
		cmocka_unit_test(test_against_model),
	};

	return cmocka_run_group_tests_name("reorder-model", tests, NULL, NULL);
}
