// SPDX-License-Identifier: GPL-2.0-or-later
/* The table that finds objects by a key. Work is counted, not timed. */
#include "plat_test.h"

#include <string.h>

#include "../lib/hash.h"

#define MANY	10000

struct thing {
	uint32_t id;
	char name[16];
	struct kpptp_hash_link by_id;
	struct kpptp_hash_link by_name;
};

static struct thing things[MANY];
static struct kpptp_hash ids, names;

static struct thing *with_id(uint32_t id)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&ids, &id, sizeof(id)),
				 struct thing, by_id);
}

static struct thing *with_name(const char *name)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&names, name, strlen(name)),
				 struct thing, by_name);
}

/* Identifiers @step apart, as a peer may choose them. */
static void fill(uint32_t step)
{
	uint32_t i;

	memset(things, 0, sizeof(things));
	kpptp_hash_init(&ids);
	kpptp_hash_init(&names);
	for (i = 0; i < MANY; i++) {
		struct thing *thing = &things[i];

		thing->id = i * step;
		snprintf(thing->name, sizeof(thing->name), "user%u", i);
		kpptp_hash_add(&ids, &thing->by_id, &thing->id,
			       sizeof(thing->id));
		kpptp_hash_add(&names, &thing->by_name, thing->name,
			       strlen(thing->name));
	}
}

static void empty(void)
{
	size_t i;

	for (i = 0; i < MANY; i++) {
		kpptp_hash_del(&ids, &things[i].by_id);
		kpptp_hash_del(&names, &things[i].by_name);
	}
	assert_int_equal(ids.n, 0);
	assert_int_equal(names.n, 0);
	kpptp_hash_free(&ids);
	kpptp_hash_free(&names);
}

static void found_by_each_key(void **state)
{
	uint32_t i;

	(void)state;
	fill(1);
	for (i = 0; i < MANY; i++) {
		assert_ptr_equal(with_id(i), &things[i]);
		assert_ptr_equal(with_name(things[i].name), &things[i]);
	}
	assert_null(with_id(MANY));
	assert_null(with_name("user"));
	assert_null(with_name("user11 "));
	assert_true(kpptp_hash_has(&things[7].by_id));
	kpptp_hash_del(&ids, &things[7].by_id);
	kpptp_hash_del(&ids, &things[7].by_id);
	assert_false(kpptp_hash_has(&things[7].by_id));
	assert_null(with_id(7));
	assert_int_equal(ids.n, MANY - 1);
	empty();
}

static void several_of_one_key(void **state)
{
	static const uint32_t seven = 7;
	struct kpptp_hash_link *link;
	size_t i, seen = 0;

	(void)state;
	fill(1);
	for (i = 0; i < 3; i++) {
		kpptp_hash_del(&ids, &things[i].by_id);
		kpptp_hash_add(&ids, &things[i].by_id, &seven, sizeof(seven));
	}
	for (link = kpptp_hash_find(&ids, &seven, sizeof(seven)); link;
	     link = kpptp_hash_next(link))
		seen |= 1u << (KPPTP_HASH_OBJECT(link, struct thing, by_id) -
			       things);
	assert_int_equal(seen, 1 << 0 | 1 << 1 | 1 << 2 | 1 << 7);
	empty();
}

/*
 * A chain has one object on average and half of another is looked at before, so
 * the chance of twice that is nil, whatever the keys are.
 */
static void nobody_chooses_who_meets(void **state)
{
	static const uint32_t steps[] = { 1, 256, 65536, 0x01010101 };
	size_t s;
	uint32_t i;

	(void)state;
	for (s = 0; s < COUNT(steps); s++) {
		fill(steps[s]);
		kpptp_hash_probes = 0;
		for (i = 0; i < MANY; i++)
			assert_non_null(with_id(i * steps[s]));
		assert_in_range(kpptp_hash_probes, MANY, 2 * MANY);
		empty();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_each_key),
		cmocka_unit_test(several_of_one_key),
		cmocka_unit_test(nobody_chooses_who_meets),
	};

	return cmocka_run_group_tests_name("plat_hash", tests, NULL, NULL);
}
