// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Receive sequencing, case by case. Each case is run with its numbers counted
 * from several places, most of them just below a wrap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "pure_rig.h"

#define MS	1000000ULL

/*
 * @in: numbers in order of arrival, from the start on; "+30" is 30 ms passing
 * @out: what happened: numbers delivered, or with d, l, f, x in front dropped
 *	as duplicate, late, far at once, far after having been kept aside
 * @counters: reordered, lost, duplicate, late, far, resync
 */
struct sequence_case {
	const char *name;
	u16 limit;
	u64 time;
	const char *in;
	const char *out;
	u64 counters[6];
};

static const struct sequence_case cases[] = {
	/* In order, duplicates, late ones. */
	{ "in order", 8, 30, "0 1 2 3", "0 1 2 3", {} },
	{ "duplicate of the last", 8, 30, "0 0 1 1", "0 d0 1 d1", { 0, 0, 2 } },
	{ "duplicate in the history", 8, 30, "0 1 2 0 1", "0 1 2 d0 d1", { 0, 0, 2 } },
	{ "duplicate while held", 8, 30, "0 2 2 1", "0 d2 1 2", { 1, 0, 1 } },
	{ "duplicate after having been held", 8, 30, "0 2 1 2", "0 1 2 d2", { 1, 0, 1 } },
	{ "before the start", 8, 30, "-1 0", "l-1 0", { 0, 0, 0, 1 } },
	{ "late, after the gap was given up", 8, 30, "0 2 +30 1 3", "0 2 l1 3", { 1, 1, 0, 1 } },
	{ "a late number stays late", 8, 30, "0 2 +30 1 1", "0 2 l1 l1", { 1, 1, 0, 2 } },
	/* Early ones, within the limit and the time. */
	{ "swapped", 8, 30, "0 2 1 3", "0 1 2 3", { 1 } },
	{ "first one swapped", 8, 30, "1 0 2", "0 1 2", { 1 } },
	{ "backwards", 8, 30, "7 6 5 4 3 2 1 0", "0 1 2 3 4 5 6 7", { 7 } },
	{ "two gaps", 8, 30, "0 2 4 3 1", "0 1 2 3 4", { 3 } },
	{ "one of two gaps filled", 8, 30, "0 2 4 1", "0 1 2", { 1 } },
	{ "just before the deadline", 8, 30, "0 2 +29 1", "0 1 2", { 1 } },
	{ "at the deadline", 8, 30, "0 2 +30", "0 2", { 1, 1 } },
	{ "several missing", 8, 30, "0 5 +30 6", "0 5 6", { 1, 4 } },
	{ "nothing held, nothing given up", 8, 30, "0 +1000 1", "0 1", {} },
	/* Whose deadline: the oldest takes everything before it along. */
	{ "lower one came later", 8, 30, "0 4 +20 2 +9", "0", { 0 } },
	{ "lower one goes with the older", 8, 30, "0 4 +20 2 +10", "0 2 4", { 2, 2 } },
	{ "higher one has its own time", 8, 30, "0 2 +20 4 +10", "0 2", { 1, 1 } },
	{ "higher one in its time", 8, 30, "0 2 +20 4 +30", "0 2 4", { 2, 2 } },
	{ "higher one completed meanwhile", 8, 30, "0 2 +20 4 3 +10", "0 2 3 4", { 3, 1 } },
	/* The limit. */
	{ "furthest ahead that fits", 8, 30, "7 0", "0", { 0 } },
	{ "too far ahead for the limit, nothing held", 8, 30, "8 0 1", "l0 1", { 0, 1, 0, 1 } },
	{ "far too far ahead, nothing held", 8, 30, "100 93 94", "93 94", { 0, 93 } },
	{ "as far as is in line", 8, 30, "4096 4089 4090", "4089 4090", { 0, 4089 } },
	{ "makes room, lowest gap first", 8, 30, "0 3 9 2", "0 2 3", { 1, 1 } },
	{ "makes room beyond a held one", 8, 30, "0 3 11", "0 3", { 1, 2 } },
	{ "makes room beyond all", 8, 30, "0 3 5 100", "0 3 5", { 2, 90 } },
	{ "makes room and completes", 8, 30, "0 2 3 4 5 6 7 8 9", "0 2 3 4 5 6 7 8 9", { 8, 1 } },
	{ "not a power of two", 5, 30, "4 5 6", "", { 0, 2 } },
	{ "limit two", 2, 30, "1 0 2 4 3", "0 1 2 3 4", { 2 } },
	{ "limit two makes room", 2, 30, "1 2 3", "1 2 3", { 2, 1 } },
	{ "limit one holds nothing", 1, 30, "0 2 1 3", "0 2 l1 3", { 0, 1, 0, 1 } },
	{ "limit nought holds nothing", 0, 30, "0 2 1 3", "0 2 l1 3", { 0, 1, 0, 1 } },
	{ "time nought holds nothing", 8, 0, "0 2 1 3", "0 2 l1 3", { 0, 1, 0, 1 } },
	{ "limit nought, as far as is in line", 0, 30, "4096 4097", "4096 4097", { 0, 4096 } },
	{ "limit beyond what is in line", 65535, 30, "4095 4096 0", "l0", { 0, 1, 0, 1 } },
	{ "limit beyond what is in line makes room", 65535, 30, "1 4096", "1", { 1, 1 } },
	/* The history is 64 long. */
	{ "oldest in the history", 0, 30, "0 64 1 0", "0 64 l1 l0", { 0, 63, 0, 2 } },
	{ "the 64th before is remembered", 0, 30, "0 63 0", "0 63 d0", { 0, 62, 1 } },
	{ "far behind but in line", 0, 30, "4096 2 1", "4096 l2 l1", { 0, 4096, 0, 2 } },
	/* Far ones. */
	{ "stray ahead", 8, 30, "0 4098 1 2 +30", "0 1 2 x4098", { 0, 0, 0, 0, 1 } },
	{ "stray behind", 8, 30, "0 -4096 1 2 +30", "0 1 2 x-4096", { 0, 0, 0, 0, 1 } },
	{ "furthest that is behind in line", 8, 30, "0 -4095 1", "0 l-4095 1", { 0, 0, 0, 1 } },
	{ "stray opposite", 8, 30, "0 -2147483647 1 +30", "0 1 x-2147483647", { 0, 0, 0, 0, 1 } },
	{ "jump ahead", 8, 30, "0 9000 9001 9002", "0 9000 9001 9002", { 0, 0, 0, 0, 0, 1 } },
	{ "jump behind", 8, 30, "0 -9000 -8999 -8998", "0 -9000 -8999 -8998", { 0, 0, 0, 0, 0, 1 } },
	{ "jump opposite", 8, 30, "0 2147480000 2147480001", "0 2147480000 2147480001", { 0, 0, 0, 0, 0, 1 } },
	{ "jump with a gap", 8, 30, "0 3 2 1 9000 9002 9001", "0 1 2 3 9000 9001 9002", { 3, 0, 0, 0, 0, 1 } },
	{ "jump with a gap, given up", 8, 30, "0 2 1 9000 9002 +30", "0 1 2 9000 9002", { 2, 1, 0, 0, 0, 1 } },
	{ "jump with a gap, nothing held before", 8, 30, "0 9000 9002 9001", "0 9000 9001 9002", { 1, 0, 0, 0, 0, 1 } },
	{ "jump with a gap beyond the limit", 8, 30, "0 2 1 9000 9064 9056 9057", "0 1 2 9000 l9056 9057", { 1, 56, 0, 1, 0, 1 } },
	{ "too large a step confirms nothing", 8, 30, "0 9000 9065 +30", "0 x9000 x9065", { 0, 0, 0, 0, 2 } },
	{ "a large limit is a large step", 100, 30, "0 9000 9100 +30", "0 9000 9100", { 1, 99, 0, 0, 0, 1 } },
	{ "a step back confirms nothing", 8, 30, "0 9001 9000 9001", "0 x9001 9000 9001", { 0, 0, 0, 0, 1, 1 } },
	{ "duplicate of the stray", 8, 30, "0 9000 9000 1 +30", "0 d9000 1 x9000", { 0, 0, 1, 0, 1 } },
	{ "a stray does not end another's trial", 8, 30, "0 9000 -9000 9001 9002", "0 x9000 x-9000 9001 9002", { 0, 0, 0, 0, 2, 1 } },
	{ "what is held goes before the jump", 8, 30, "0 2 4 9000 9001", "0 2 4 9000 9001", { 2, 2, 0, 0, 0, 1 } },
	{ "slow peer, the stray is gone", 8, 30, "0 9000 +30 9001 9002", "0 x9000 9001 9002", { 0, 0, 0, 0, 1, 1 } },
	{ "the stray is gone and forgotten", 8, 30, "0 9000 +30 1 9001 +30", "0 x9000 1 x9001", { 0, 0, 0, 0, 2 } },
	{ "in line meanwhile", 8, 30, "0 9000 1 9001 9002", "0 1 9000 9001 9002", { 0, 0, 0, 0, 0, 1 } },
	{ "old numbers after the jump", 8, 30, "0 9000 9001 9000 8999", "0 9000 9001 d9000 l8999", { 0, 0, 1, 1, 0, 1 } },
	{ "limit nought keeps no stray", 0, 30, "0 9000 1", "0 f9000 1", { 0, 0, 0, 0, 1 } },
	{ "limit nought jumps", 0, 30, "0 9000 9001 9002", "0 f9000 9001 9002", { 0, 0, 0, 0, 1, 1 } },
};

/* Where the numbers of a case are counted from. */
static const u32 bases[] = {
	0, 1, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFC, 0xFFFFFFC1, 0xFFFFF000,
	0x7FFFFFFE, 0x80000000, 0xFFFFDCD8,
};

static void describe(const struct rig_log *log, u32 base, char *line,
		     size_t room)
{
	size_t len = 0, i;

	line[0] = 0;
	for (i = 0; i < log->count; i++) {
		const struct rig_event *event = &log->events[i];
		char what[2] = { event->what == RIG_DELIVERED ? 0 :
				 event->what };

		len += snprintf(line + len, room - len, "%s%s%d", i ? " " : "",
				what, (s32)(event->seq - base));
		assert_true(len < room);
	}
}

static void play(struct rig *rig, const char *script, u32 base)
{
	char copy[256], *rest = copy, *word;

	assert_true(strlen(script) < sizeof(copy));
	strcpy(copy, script);
	while ((word = strsep(&rest, " ")))
		if (word[0] == '+')
			rig_wait(rig, atoi(word + 1) * MS);
		else if (word[0])
			rig_input(rig, base + (u32)atoi(word));
}

static void check_counters(const struct kpptp_reorder_stats *stats,
			   const u64 *counters, const char *name)
{
	const u64 got[] = { stats->reordered, stats->lost, stats->duplicate,
			    stats->late, stats->far, stats->resync };
	size_t i;

	for (i = 0; i < 6; i++)
		if (got[i] != counters[i])
			fail_msg("%s: counter %zu is %llu", name, i,
				 (unsigned long long)got[i]);
}

static void run_case(const struct sequence_case *c, u32 base)
{
	struct rig rig;
	char line[512];

	rig_init_at(&rig, c->limit, c->time * MS, base);
	play(&rig, c->in, base);
	describe(&rig.log, base, line, sizeof(line));
	if (strcmp(line, c->out))
		fail_msg("%s from %#x: got \"%s\"", c->name, base, line);
	check_counters(&rig.r.stats, c->counters, c->name);
	rig_free(&rig);
}

static void test_cases(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (j = 0; j < sizeof(bases) / sizeof(bases[0]); j++)
			run_case(&cases[i], bases[j]);
}

/* The first packet: nobody knows yet where the peer starts. */
static const struct sequence_case starts[] = {
	{ "from 0", 8, 30, "0 1", "0 1", {} },
	{ "from 1", 8, 30, "1 2", "1 2", {} },
	{ "from 1, then 0", 8, 30, "1 0 2", "1 l0 2", { 0, 0, 0, 1 } },
	{ "from 1, 1 being late", 8, 30, "2 1 3", "1 2 3", { 1 } },
	{ "from 0, 0 being late", 8, 30, "2 0 1", "0 1 2", { 1 } },
	{ "from 1, 1 lost", 8, 30, "2 +30 3 1", "2 3 l1", { 1, 2, 0, 1 } },
	{ "from 2, no reordering", 0, 30, "2 1 3", "2 l1 3", { 0, 2, 0, 1 } },
	{ "from 1, no reordering", 0, 30, "1 2", "1 2", {} },
	{ "from far", 8, 30, "9000 9001", "9000 9001", { 0, 0, 0, 0, 0, 1 } },
	{ "from below 0", 8, 30, "-2 -1 0 1", "-2 -1 0 1", { 0, 0, 0, 0, 0, 1 } },
	{ "stray before 0", 8, 30, "-2 0 1 +30", "0 1 x-2", { 0, 0, 0, 0, 1 } },
	{ "stray before 1", 8, 30, "9000 1 2 +30", "1 2 x9000", { 0, 0, 0, 0, 1 } },
};

static void test_starts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		const struct sequence_case *c = &starts[i];
		struct rig rig;
		char line[512];

		rig_init(&rig, c->limit, c->time * MS);
		assert_false(kpptp_reorder_started(&rig.r));
		play(&rig, c->in, 0);
		assert_true(kpptp_reorder_started(&rig.r));
		describe(&rig.log, 0, line, sizeof(line));
		if (strcmp(line, c->out))
			fail_msg("%s: got \"%s\"", c->name, line);
		check_counters(&rig.r.stats, c->counters, c->name);
		rig_free(&rig);
	}
}

/* The number to acknowledge follows delivery, not arrival. */
static void test_highest(void **state)
{
	struct rig rig;

	(void)state;
	rig_init_at(&rig, 8, 30 * MS, 0xFFFFFFFF);
	assert_false(kpptp_reorder_started(&rig.r));
	rig_input(&rig, 0);
	assert_false(kpptp_reorder_started(&rig.r));
	assert_int_equal(kpptp_reorder_held(&rig.r), 1);
	rig_input(&rig, 0xFFFFFFFF);
	assert_true(kpptp_reorder_started(&rig.r));
	assert_int_equal(kpptp_reorder_highest(&rig.r), 0);
	rig_input(&rig, 2);
	assert_int_equal(kpptp_reorder_highest(&rig.r), 0);
	rig_wait(&rig, 30 * MS);
	assert_int_equal(kpptp_reorder_highest(&rig.r), 2);
	rig_free(&rig);
}

/* Verdicts, and that nothing changes where memory is asked for. */
static void test_need_memory(void **state)
{
	const struct kpptp_reorder_params params = {
		.limit = 8, .time_ns = 30 * MS,
	};
	static struct kpptp_reorder_store store;
	struct kpptp_reorder before, r;
	int item;

	(void)state;
	kpptp_reorder_init_at(&r, 0xFFFFFFFE);
	before = r;
	assert_int_equal(kpptp_reorder_input(&r, &params, 1, &item, 5),
			 KPPTP_RX_NEED_STORE);
	assert_memory_equal(&r, &before, sizeof(r));
	assert_true(kpptp_reorder_deadline(&r) == U64_MAX);
	kpptp_reorder_set_store(&r, &store);
	assert_int_equal(kpptp_reorder_input(&r, &params, 1, &item, 5),
			 KPPTP_RX_HOLD);
	assert_null(kpptp_reorder_take_store(&r));
	assert_true(kpptp_reorder_deadline(&r) == 5 + 30 * MS);
	assert_null(kpptp_reorder_pop(&r, 4 + 30 * MS));
	assert_ptr_equal(kpptp_reorder_pop(&r, 5 + 30 * MS), &item);
	assert_null(kpptp_reorder_pop(&r, U64_MAX));
	assert_int_equal(r.stats.lost, 3);
	assert_null(kpptp_reorder_unused(&r));
	assert_ptr_equal(kpptp_reorder_take_store(&r), &store);
	assert_null(kpptp_reorder_take_store(&r));
}

/* A block is asked for by numbers that no block is there for, and goes back with
 * the last packet in it.
 */
static void test_need_block(void **state)
{
	struct rig rig;

	(void)state;
	rig_init_at(&rig, 1024, 30 * MS, 0);
	rig_input(&rig, 1);
	assert_non_null(rig.r.store);
	rig_input(&rig, 31);
	assert_int_equal(rig.blocks, 0);
	rig_input(&rig, 32);
	assert_int_equal(rig.blocks, 1);
	rig_input(&rig, 63);
	assert_int_equal(rig.blocks, 1);
	rig_input(&rig, 1000);
	assert_int_equal(rig.blocks, 2);
	rig_wait(&rig, 30 * MS);
	assert_int_equal(rig.r.next, 1001);
	assert_null(rig.r.store);
	assert_int_equal(rig.blocks, 0);
	rig_free(&rig);
}

/* Memory is in proportion to what is held, wherever that lies, and all of it goes
 * when nothing is; from any place, so that blocks are shared by both ends.
 */
static void test_memory_in_proportion(void **state)
{
	u32 base, step, i;

	(void)state;
	for (base = 0; base < 64; base++)
		for (step = 1; step < 64; step += 7) {
			struct rig rig;

			rig_init_at(&rig, 4096, 30 * MS, base);
			for (i = 4095; i >= step; i -= step) {
				rig_input(&rig, base + i);
				assert_true(rig.blocks <= rig.r.held);
			}
			assert_int_equal(rig.r.stats.lost, 0);
			rig_input(&rig, base + 4095 + step);
			rig_wait(&rig, 30 * MS);
			assert_null(rig.r.store);
			rig_free(&rig);
		}
}

/* Memory that stays for the next gap is used there. */
static void test_memory_kept(void **state)
{
	struct kpptp_reorder_store *store;
	struct rig rig;

	(void)state;
	rig_init_at(&rig, 64, 30 * MS, 0);
	rig.keeps = true;
	rig_input(&rig, 1);
	store = rig.r.store;
	rig_input(&rig, 0);
	assert_int_equal(rig.r.held, 0);
	rig.no_memory = true;
	assert_int_equal(rig_input(&rig, 40), KPPTP_RX_HOLD);
	assert_ptr_equal(rig.r.store, store);
	rig.keeps = false;
	rig_wait(&rig, 30 * MS);
	assert_null(rig.r.store);
	rig_free(&rig);
}

/* Without memory the gap is given up on the spot. */
static void test_no_memory(void **state)
{
	struct rig rig;

	(void)state;
	rig_init_at(&rig, 8, 30 * MS, 0xFFFFFFFE);
	rig.no_memory = true;
	assert_int_equal(rig_input(&rig, 0), KPPTP_RX_DELIVER);
	assert_int_equal(rig_input(&rig, 0xFFFFFFFF), KPPTP_RX_LATE);
	assert_int_equal(rig_input(&rig, 4000), KPPTP_RX_DELIVER);
	assert_int_equal(rig.r.stats.lost, 2 + 3999);
	rig.no_memory = false;
	assert_int_equal(rig_input(&rig, 4002), KPPTP_RX_HOLD);
	assert_int_equal(rig_input(&rig, 4001), KPPTP_RX_DELIVER);
	assert_int_equal(rig.r.next, 4003);
	rig_free(&rig);
}

/* The same where there is memory for some: nothing that is held is lost, and one
 * that has a place needs no memory.
 */
static void test_no_memory_for_more(void **state)
{
	struct rig rig;

	(void)state;
	rig_init_at(&rig, 1024, 30 * MS, 0);
	rig_input(&rig, 2);
	rig_input(&rig, 5);
	rig.no_memory = true;
	assert_int_equal(rig_input(&rig, 7), KPPTP_RX_HOLD);
	assert_int_equal(rig.r.held, 3);
	assert_false(rig.refused);
	assert_int_equal(rig_input(&rig, 40), KPPTP_RX_HOLD);
	assert_true(rig.refused);
	assert_int_equal(rig.r.next, 41);
	assert_int_equal(rig.r.held, 0);
	assert_int_equal(rig.r.stats.reordered, 3);
	assert_int_equal(rig.r.stats.lost, 41 - 4);
	rig_free(&rig);
}

/* Where the peer has jumped, too. */
static void test_no_memory_after_jump(void **state)
{
	struct rig rig;

	(void)state;
	rig_init_at(&rig, 8, 30 * MS, 0);
	rig.no_memory = true;
	rig_input(&rig, 0);
	rig_input(&rig, 9000);
	assert_int_equal(rig_input(&rig, 9002), KPPTP_RX_HOLD);
	assert_int_equal(rig.r.next, 9003);
	assert_int_equal(rig.r.stats.lost, 1);
	assert_int_equal(rig.log.count, 3);
	rig_free(&rig);
}

/* Settings that change while packets are held. */
static void test_settings_change(void **state)
{
	struct rig rig;

	(void)state;
	rig_init_at(&rig, 4, 30 * MS, 0xFFFFFFFE);
	rig_input(&rig, 0xFFFFFFFF);
	rig.params.limit = 64;	/* more room at once */
	assert_int_equal(rig_input(&rig, 0xFFFFFFFE + 40), KPPTP_RX_HOLD);
	assert_int_equal(rig.r.stats.lost, 0);
	assert_int_equal(rig.r.held, 2);
	rig.params.limit = 4;	/* those that were let in stay */
	assert_int_equal(rig_input(&rig, 0xFFFFFFFE + 3), KPPTP_RX_HOLD);
	assert_int_equal(rig.r.held, 3);
	rig_wait(&rig, 30 * MS);
	assert_int_equal(rig.r.held, 0);
	assert_int_equal(rig.r.next, 39);
	rig_input(&rig, 41);
	assert_int_equal(rig.r.held, 1);
	rig.params.limit = 0;	/* what is held goes before */
	assert_int_equal(rig_input(&rig, 43), KPPTP_RX_HOLD);
	assert_int_equal(rig.r.held, 0);
	assert_int_equal(rig.r.next, 44);
	rig_free(&rig);
}

/* Teardown gives back everything, in whatever state. */
static void test_drain(void **state)
{
	struct rig rig;
	int count = 0;
	void *item;

	(void)state;
	rig_init_at(&rig, 8, 30 * MS, 0);
	rig_input(&rig, 2);
	rig_input(&rig, 5);
	rig_input(&rig, 4);
	rig_input(&rig, 90000);
	while ((item = kpptp_reorder_drain(&rig.r))) {
		free(item);
		count++;
	}
	assert_int_equal(count, 4);
	rig_free(&rig);
}

/* The same between input and pop, or reap: what waits there is due at once. */
static void test_drain_unpopped(void **state)
{
	const struct kpptp_reorder_params params = {
		.limit = 8, .time_ns = 30 * MS,
	};
	static struct kpptp_reorder_store store;
	struct kpptp_reorder_block block = {};
	struct kpptp_reorder r;
	int items[4];

	(void)state;
	kpptp_reorder_init_at(&r, 0xFFFFFFFF);
	kpptp_reorder_set_store(&r, &store);
	kpptp_reorder_input(&r, &params, 1, &items[0], 0);
	kpptp_reorder_input(&r, &params, 90000, &items[1], 0);
	assert_true(kpptp_reorder_deadline(&r) == 30 * MS);
	kpptp_reorder_input(&r, &params, 80000, &items[2], 1);
	assert_true(kpptp_reorder_deadline(&r) == 0);
	assert_int_equal(kpptp_reorder_input(&r, &params, 80001, &items[3], 1),
			 KPPTP_RX_NEED_BLOCK);
	kpptp_reorder_add_block(&r, &block);
	kpptp_reorder_input(&r, &params, 80001, &items[3], 1);
	assert_true(kpptp_reorder_deadline(&r) == 0);
	assert_int_equal(kpptp_reorder_held(&r), 3);
	assert_ptr_equal(kpptp_reorder_drain(&r), &items[3]);
	assert_ptr_equal(kpptp_reorder_drain(&r), &items[2]);
	assert_ptr_equal(kpptp_reorder_drain(&r), &items[1]);
	assert_ptr_equal(kpptp_reorder_drain(&r), &items[0]);
	assert_null(kpptp_reorder_drain(&r));
	assert_null(kpptp_reorder_pop(&r, U64_MAX));
	assert_null(kpptp_reorder_reap(&r, U64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_starts),
		cmocka_unit_test(test_highest),
		cmocka_unit_test(test_need_memory),
		cmocka_unit_test(test_need_block),
		cmocka_unit_test(test_memory_in_proportion),
		cmocka_unit_test(test_memory_kept),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_no_memory_for_more),
		cmocka_unit_test(test_no_memory_after_jump),
		cmocka_unit_test(test_settings_change),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_drain_unpopped),
	};

	return cmocka_run_group_tests_name("reorder", tests, NULL, NULL);
}
