// SPDX-License-Identifier: GPL-2.0-or-later
/* The send window and its time-out (RFC 2637 4.2, 4.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "window.h"

#define US	1000ULL
#define MS	1000000ULL
#define NOW	(5000 * MS)

/* Where sequences begin: at the start, and just below wraps. */
static const u32 bases[] = { 0, 0xFFFFFFFF, 0xFFFFFFFD, 0x7FFFFFFE };

#define FOR_EACH_BASE(base)						\
	for (size_t at_ = 0; at_ < sizeof(bases) / sizeof(bases[0]) &&	\
	     ((base) = bases[at_], true); at_++)

static void send(struct kpptp_window *w, u32 count, u64 now)
{
	while (count--)
		kpptp_window_sent(w, w->next, now);
}

static void test_init(void **state)
{
	static const struct { u16 max, size; } cases[] = {
		{ 0, 0 }, { 1, 1 }, { 2, 1 }, { 3, 1 }, { 4, 2 }, { 64, 32 },
		{ 65535, 32767 },
	};
	struct kpptp_window w;
	size_t i;
	u32 base;

	(void)state;
	FOR_EACH_BASE(base)
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			kpptp_window_init(&w, cases[i].max, 0, base);
			assert_int_equal(kpptp_window_size(&w), cases[i].size);
			assert_int_equal(kpptp_window_unacked(&w), 0);
			assert_true(kpptp_window_open(&w));
			assert_true(kpptp_window_deadline(&w) == U64_MAX);
		}
}

/* The first estimate is the processing delay announced, at least 100 ms. */
static void test_delay(void **state)
{
	static const struct { u16 ppd; u32 rtt; } cases[] = {
		{ 0, 100000 }, { 1, 100000 }, { 2, 200000 }, { 10, 1000000 },
		{ 30, 3000000 }, { 31, 3000000 }, { 65535, 3000000 },
	};
	struct kpptp_window w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kpptp_window_init(&w, 4, cases[i].ppd, 0);
		assert_int_equal(kpptp_window_rtt_us(&w), cases[i].rtt);
		assert_int_equal(kpptp_window_ato_us(&w), cases[i].rtt);
	}
}

static void test_closes_and_opens(void **state)
{
	struct kpptp_window w;
	u32 base;

	(void)state;
	FOR_EACH_BASE(base) {
		kpptp_window_init(&w, 8, 0, base);
		send(&w, 3, NOW);
		assert_true(kpptp_window_open(&w));
		send(&w, 1, NOW);
		assert_false(kpptp_window_open(&w));
		assert_int_equal(kpptp_window_unacked(&w), 4);
		assert_int_equal(kpptp_window_acked(&w, base, NOW),
				 KPPTP_ACK_NEW);
		assert_int_equal(kpptp_window_unacked(&w), 3);
		assert_true(kpptp_window_open(&w));
		/* Several at once, and past a gap (RFC 2637 4.3). */
		assert_int_equal(kpptp_window_acked(&w, base + 3, NOW),
				 KPPTP_ACK_NEW);
		assert_int_equal(kpptp_window_unacked(&w), 0);
		assert_true(kpptp_window_deadline(&w) == U64_MAX);
	}
}

/* @ack from the first number, five having been sent and two acknowledged */
static void test_verdicts(void **state)
{
	static const struct { s32 ack; enum kpptp_ack_verdict verdict; }
	cases[] = {
		{ 0, KPPTP_ACK_OLD }, { 1, KPPTP_ACK_OLD },
		{ 2, KPPTP_ACK_NEW }, { 4, KPPTP_ACK_NEW },
		{ 5, KPPTP_ACK_BAD }, { 6, KPPTP_ACK_BAD },
		{ 100000, KPPTP_ACK_BAD }, { 0x7FFFFFFF, KPPTP_ACK_BAD },
		{ -1, KPPTP_ACK_OLD }, { -100000, KPPTP_ACK_OLD },
	};
	struct kpptp_window w, before;
	size_t i;
	u32 base;

	(void)state;
	FOR_EACH_BASE(base)
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			kpptp_window_init(&w, 16, 0, base);
			assert_int_equal(kpptp_window_acked(&w, base - 1, NOW),
					 KPPTP_ACK_OLD);
			assert_int_equal(kpptp_window_acked(&w, base, NOW),
					 KPPTP_ACK_BAD);
			send(&w, 5, NOW);
			kpptp_window_acked(&w, base + 1, NOW);
			before = w;
			assert_int_equal(kpptp_window_acked(&w, base +
							    (u32)cases[i].ack,
							    NOW),
					 cases[i].verdict);
			if (cases[i].verdict != KPPTP_ACK_NEW)
				assert_memory_equal(&w, &before, sizeof(w));
		}
}

/* One more after each full window, up to what was announced. */
static void test_growth(void **state)
{
	struct kpptp_window w;
	u32 base, size, i;

	(void)state;
	FOR_EACH_BASE(base) {
		kpptp_window_init(&w, 8, 0, base);
		for (size = 4; size < 12; size++) {
			u16 now = size < 8 ? (u16)size : 8;

			assert_int_equal(kpptp_window_size(&w), now);
			for (i = 0; i < now; i++) {
				assert_int_equal(kpptp_window_size(&w), now);
				send(&w, 1, NOW);
				kpptp_window_acked(&w, w.next - 1, NOW);
			}
		}
		assert_int_equal(kpptp_window_size(&w), 8);
	}
}

/* A window acknowledged at once grows by one too. */
static void test_growth_at_once(void **state)
{
	struct kpptp_window w;
	u32 base;

	(void)state;
	FOR_EACH_BASE(base) {
		kpptp_window_init(&w, 100, 0, base);
		send(&w, 50, NOW);
		kpptp_window_acked(&w, w.next - 1, NOW);
		assert_int_equal(kpptp_window_size(&w), 51);
		send(&w, 50, NOW);
		kpptp_window_acked(&w, w.next - 1, NOW);
		assert_int_equal(kpptp_window_size(&w), 51);
		send(&w, 1, NOW);
		kpptp_window_acked(&w, w.next - 1, NOW);
		assert_int_equal(kpptp_window_size(&w), 52);
	}
}

/* Halved rounding up, never below one; a peer that never acknowledges gets a
 * window per time-out.
 */
static void test_timeouts(void **state)
{
	static const u16 sizes[] = { 13, 7, 4, 2, 1, 1, 1 };
	struct kpptp_window w;
	u64 now = NOW;
	u32 base;
	size_t i;

	(void)state;
	FOR_EACH_BASE(base) {
		kpptp_window_init(&w, 26, 0, base);
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			assert_int_equal(kpptp_window_size(&w), sizes[i]);
			send(&w, sizes[i], now);
			assert_false(kpptp_window_open(&w));
			now = kpptp_window_deadline(&w);
			kpptp_window_timeout(&w, now - 1);
			assert_false(kpptp_window_open(&w));
			kpptp_window_timeout(&w, now);
			assert_true(kpptp_window_open(&w));
			assert_int_equal(kpptp_window_unacked(&w), 0);
			assert_true(kpptp_window_deadline(&w) == U64_MAX);
		}
		/* Acknowledgments of what timed out come to nothing. */
		assert_int_equal(kpptp_window_acked(&w, w.next - 1, now),
				 KPPTP_ACK_OLD);
		/* 100 ms doubled six times, but for the bound. */
		assert_int_equal(kpptp_window_rtt_us(&w), 3000000);
		assert_int_equal(kpptp_window_ato_us(&w), 3000000);
	}
}

static void test_timeout_doubles(void **state)
{
	struct kpptp_window w;

	(void)state;
	kpptp_window_init(&w, 4, 0, 0xFFFFFFFF);
	send(&w, 1, NOW);
	assert_true(kpptp_window_deadline(&w) == NOW + 100 * MS);
	kpptp_window_timeout(&w, NOW + 100 * MS);
	assert_int_equal(kpptp_window_rtt_us(&w), 200000);
	send(&w, 1, NOW);
	assert_true(kpptp_window_deadline(&w) == NOW + 200 * MS);
}

/* The window has to be sent in full again after a time-out before it grows. */
static void test_growth_after_timeout(void **state)
{
	struct kpptp_window w;
	u32 base;

	(void)state;
	FOR_EACH_BASE(base) {
		kpptp_window_init(&w, 8, 0, base);
		send(&w, 3, NOW);
		kpptp_window_timeout(&w, kpptp_window_deadline(&w));
		assert_int_equal(kpptp_window_size(&w), 2);
		send(&w, 1, NOW);
		kpptp_window_acked(&w, w.next - 1, NOW);
		assert_int_equal(kpptp_window_size(&w), 2);
		send(&w, 1, NOW);
		kpptp_window_acked(&w, w.next - 1, NOW);
		assert_int_equal(kpptp_window_size(&w), 3);
	}
}

/* The deadline moves when the window does, not with each packet sent. */
static void test_deadline(void **state)
{
	struct kpptp_window w;

	(void)state;
	kpptp_window_init(&w, 16, 0, 0xFFFFFFFE);
	send(&w, 1, NOW);
	assert_true(kpptp_window_deadline(&w) == NOW + 100 * MS);
	send(&w, 1, NOW + 50 * MS);
	assert_true(kpptp_window_deadline(&w) == NOW + 100 * MS);
	kpptp_window_acked(&w, 0xFFFFFFFE, NOW + 60 * MS);
	assert_true(kpptp_window_deadline(&w) ==
		    NOW + 60 * MS + kpptp_window_ato_us(&w) * US);
	kpptp_window_acked(&w, 0xFFFFFFFF, NOW + 70 * MS);
	assert_true(kpptp_window_deadline(&w) == U64_MAX);
	kpptp_window_timeout(&w, NOW + 9000 * MS);
	assert_int_equal(kpptp_window_size(&w), 8);
}

/* One exchange that takes @took, and the estimates after it in us. */
struct sample_case {
	u64 took;
	u32 rtt, ato;
};

/* By hand: DIFF = took - RTT; DEV += (|DIFF| - DEV) / 4; RTT += DIFF / 8. */
static const struct sample_case samples[] = {
	/* RTT 100000, DEV 0; DIFF -60000 */
	{ 40000 * US, 92500, 92500 + 4 * 15000 },
	/* DIFF -52500: DEV 15000 + 9375 */
	{ 40000 * US, 85937, 85937 + 4 * 24375 + 1 },
	/* DIFF 714062.5: DEV 24375 + 172421.875 */
	{ 800000 * US, 175195, 175195 + 4 * 196796 + 4 },
	/* DIFF beyond what counts: 3 s */
	{ 60000000 * US, 528295, 3000000 },
};

static void test_estimate(void **state)
{
	struct kpptp_window w;
	u64 now = NOW;
	size_t i;

	(void)state;
	kpptp_window_init(&w, 8, 0, 0xFFFFFFFE);
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		send(&w, 1, now);
		now += samples[i].took;
		kpptp_window_acked(&w, w.next - 1, now);
		assert_int_equal(kpptp_window_rtt_us(&w), samples[i].rtt);
		assert_in_range(kpptp_window_ato_us(&w), samples[i].ato - 1,
				samples[i].ato + 1);
	}
}

/* Both bounds are reached, and the estimates settle on a steady round trip. */
static void test_bounds(void **state)
{
	static const struct { u64 took; u32 rtt, ato; } cases[] = {
		{ 0, 0, 12000 }, { 2 * MS, 2000, 12000 },
		{ 80 * MS, 80000, 80000 }, { 2900 * MS, 2900000, 2900000 },
		{ 9000 * MS, 3000000, 3000000 },
	};
	struct kpptp_window w;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		u64 now = NOW;

		kpptp_window_init(&w, 8, 0, 0xFFFFFF00);
		for (n = 0; n < 400; n++) {
			send(&w, 1, now);
			now += cases[i].took;
			kpptp_window_acked(&w, w.next - 1, now);
			assert_in_range(kpptp_window_ato_us(&w), 12000,
					3000000);
			assert_in_range(kpptp_window_rtt_us(&w), 0, 3000000);
		}
		assert_in_range(kpptp_window_rtt_us(&w) + 1, cases[i].rtt,
				cases[i].rtt + 2);
		assert_in_range(kpptp_window_ato_us(&w) + 1, cases[i].ato,
				cases[i].ato + 2);
	}
}

/* One packet is timed at a time: the second of two gives no sample. */
static void test_one_sample(void **state)
{
	struct kpptp_window w;

	(void)state;
	kpptp_window_init(&w, 16, 0, 0xFFFFFFFF);
	send(&w, 1, NOW);
	send(&w, 1, NOW + 10 * MS);
	kpptp_window_acked(&w, 0xFFFFFFFF, NOW + 100 * MS);
	assert_int_equal(kpptp_window_rtt_us(&w), 100000);
	kpptp_window_acked(&w, 0, NOW + 2000 * MS);
	assert_int_equal(kpptp_window_rtt_us(&w), 100000);
	/* Covered by a higher one: timed from when it was sent. */
	send(&w, 1, NOW);
	send(&w, 1, NOW + 100 * MS);
	kpptp_window_acked(&w, 2, NOW + 900 * MS);
	assert_int_equal(kpptp_window_rtt_us(&w), 200000);
	/* A time-out ends the timing. */
	send(&w, 1, NOW);
	kpptp_window_timeout(&w, kpptp_window_deadline(&w));
	assert_int_equal(kpptp_window_rtt_us(&w), 400000);
	send(&w, 1, NOW + 5000 * MS);
	kpptp_window_acked(&w, 4, NOW + 5400 * MS);
	assert_int_equal(kpptp_window_rtt_us(&w), 400000);
	/* A clock that seems to go back is no time at all. */
	send(&w, 1, NOW + 6000 * MS);
	kpptp_window_acked(&w, 5, NOW + 5900 * MS);
	assert_int_equal(kpptp_window_rtt_us(&w), 350000);
}

/* Off: never closes, never times out, still knows what was never sent. */
static void test_off(void **state)
{
	struct kpptp_window w;

	(void)state;
	kpptp_window_init(&w, 0, 0, 0xFFFFFFF0);
	send(&w, 100000, NOW);
	assert_true(kpptp_window_open(&w));
	assert_true(kpptp_window_deadline(&w) == U64_MAX);
	kpptp_window_timeout(&w, NOW + 9000 * MS);
	assert_int_equal(kpptp_window_unacked(&w), 100000);
	assert_int_equal(kpptp_window_acked(&w, w.next, NOW), KPPTP_ACK_BAD);
	assert_int_equal(kpptp_window_acked(&w, 5, NOW), KPPTP_ACK_NEW);
	assert_int_equal(kpptp_window_size(&w), 0);
	assert_true(kpptp_window_deadline(&w) == U64_MAX);
}

/* Off, and a peer that never acknowledges: order stays sound for ever. */
static void test_never_acked(void **state)
{
	struct kpptp_window w;
	u32 seq;

	(void)state;
	kpptp_window_init(&w, 0, 0, 0);
	kpptp_window_sent(&w, 0, NOW);
	for (seq = 0x10000000; seq; seq += 0x10000000) {
		w.next = seq;
		kpptp_window_sent(&w, seq, NOW);
		assert_in_range(kpptp_window_unacked(&w), 1, 0x40000000);
		assert_int_equal(kpptp_window_acked(&w, seq + 1, NOW),
				 KPPTP_ACK_BAD);
	}
	assert_false(kpptp_seq_before(w.timed, w.open));
	assert_int_equal(kpptp_window_acked(&w, w.next - 1, NOW),
			 KPPTP_ACK_NEW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_closes_and_opens),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_growth_at_once),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_timeout_doubles),
		cmocka_unit_test(test_growth_after_timeout),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_estimate),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_one_sample),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_never_acked),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
