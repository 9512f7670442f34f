// SPDX-License-Identifier: GPL-2.0-or-later
/* Serial arithmetic, and what is owed in acknowledgments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ack.h"

struct order_case {
	u32 a, b;
	bool before, after;
	s32 diff;
};

static const struct order_case orders[] = {
	{ 0, 0, false, false, 0 },
	{ 0, 1, true, false, -1 },
	{ 1, 0, false, true, 1 },
	{ 0xFFFFFFFF, 0, true, false, -1 },
	{ 0, 0xFFFFFFFF, false, true, 1 },
	{ 0xFFFFFFF0, 0x10, true, false, -32 },
	{ 0, 0x7FFFFFFF, true, false, -0x7FFFFFFF },
	{ 0x7FFFFFFF, 0, false, true, 0x7FFFFFFF },
	{ 0x80000001, 0, true, false, -0x7FFFFFFF },
	{ 0x7FFFFFFF, 0x80000000, true, false, -1 },
	/* Opposite: each before the other. */
	{ 0, 0x80000000, true, false, INT32_MIN },
	{ 0x80000000, 0, true, false, INT32_MIN },
	{ 0xFFFFFFFF, 0x7FFFFFFF, true, false, INT32_MIN },
};

static void test_order(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const struct order_case *c = &orders[i];

		assert_int_equal(kpptp_seq_before(c->a, c->b), c->before);
		assert_int_equal(kpptp_seq_after(c->a, c->b), c->after);
		assert_int_equal(kpptp_seq_diff(c->a, c->b), c->diff);
	}
}

/* Order does not depend on where on the circle two numbers are. */
static void test_order_anywhere(void **state)
{
	static const u32 steps[] = { 1, 2, 4096, 0x40000000, 0x7FFFFFFF };
	u32 base = 0;
	size_t i;

	(void)state;
	do {
		for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			u32 above = base + steps[i];

			assert_true(kpptp_seq_before(base, above));
			assert_true(kpptp_seq_after(above, base));
			assert_false(kpptp_seq_before(above, base));
			assert_false(kpptp_seq_after(base, above));
		}
		base += 0x00FFFFFF;
	} while (base >= 0x00FFFFFF);
}

struct ack_step {
	enum { END, GOT, TAKE } what;
	u32 seq;	/* got, or to be taken */
	u32 owed;	/* afterwards */
};

struct ack_case {
	const char *name;
	struct ack_step steps[6];
};

static const struct ack_case acks[] = {
	{ "first is 0", { { GOT, 0, 1 }, { TAKE, 0, 0 } } },
	{ "first is 1", { { GOT, 1, 1 }, { TAKE, 1, 0 } } },
	{ "first is any", { { GOT, 0xFFFFFFFF, 1 }, { TAKE, 0xFFFFFFFF, 0 } } },
	{ "each adds", { { GOT, 0, 1 }, { GOT, 1, 2 }, { GOT, 2, 3 }, { TAKE, 2, 0 } } },
	{ "lost ones count", { { GOT, 0, 1 }, { TAKE, 0, 0 }, { GOT, 5, 5 }, { TAKE, 5, 0 } } },
	{ "same again", { { GOT, 7, 1 }, { TAKE, 7, 0 }, { GOT, 7, 0 } } },
	{ "older", { { GOT, 7, 1 }, { GOT, 6, 1 }, { TAKE, 7, 0 }, { GOT, 5, 0 } } },
	{ "over the wrap", { { GOT, 0xFFFFFFFE, 1 }, { TAKE, 0xFFFFFFFE, 0 }, { GOT, 0xFFFFFFFF, 1 }, { GOT, 0, 2 }, { GOT, 1, 3 }, { TAKE, 1, 0 } } },
	{ "older over the wrap", { { GOT, 1, 1 }, { GOT, 0xFFFFFFFF, 1 }, { TAKE, 1, 0 } } },
	{ "as old as is in line", { { GOT, 4096, 1 }, { TAKE, 4096, 0 }, { GOT, 0, 0 }, { TAKE, 4096, 0 } } },
	{ "jump back", { { GOT, 4097, 1 }, { TAKE, 4097, 0 }, { GOT, 0, 1 }, { TAKE, 0, 0 } } },
	{ "jump ahead", { { GOT, 0, 1 }, { TAKE, 0, 0 }, { GOT, 9000, 9000 }, { TAKE, 9000, 0 } } },
	{ "jump to the other side", { { GOT, 0, 1 }, { GOT, 0x7FFFFFFF, 1 }, { TAKE, 0x7FFFFFFF, 0 }, { GOT, 0xFFFFFFFF, 1 }, { TAKE, 0xFFFFFFFF, 0 } } },
};

static void run_ack_case(const struct ack_case *c)
{
	const struct ack_step *step;
	struct kpptp_ack a = {};

	assert_false(kpptp_ack_owed(&a));
	assert_false(kpptp_ack_now(&a, 1));
	for (step = c->steps; step < c->steps + 6 && step->what; step++) {
		if (step->what == GOT)
			kpptp_ack_received(&a, step->seq);
		else if (kpptp_ack_take(&a) != step->seq)
			fail_msg("%s: took %#x", c->name, a.sent);
		if (kpptp_ack_count(&a) != step->owed)
			fail_msg("%s: owes %u after %#x", c->name,
				 kpptp_ack_count(&a), step->seq);
		assert_int_equal(kpptp_ack_owed(&a), step->owed > 0);
	}
}

static void test_ack(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(acks) / sizeof(acks[0]); i++)
		run_ack_case(&acks[i]);
}

/* Half the window, rounded up; never by count without a window. */
static void test_ack_now(void **state)
{
	static const struct { u16 window; u32 at; } cases[] = {
		{ 1, 1 }, { 2, 1 }, { 3, 2 }, { 4, 2 }, { 64, 32 },
		{ 65535, 32768 }, { 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kpptp_ack a = {};
		u32 n;

		for (n = 1; n <= 65535; n++) {
			kpptp_ack_received(&a, 0xFFFFFFF0 + n);
			assert_int_equal(kpptp_ack_now(&a, cases[i].window),
					 cases[i].window && n >= cases[i].at);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_order_anywhere),
		cmocka_unit_test(test_ack),
		cmocka_unit_test(test_ack_now),
	};

	return cmocka_run_group_tests_name("seq", tests, NULL, NULL);
}
