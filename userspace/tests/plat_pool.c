// SPDX-License-Identifier: GPL-2.0-or-later
/* The address pool: what it is made of, what it hands out, reloads. */
#include "plat_test.h"

#include <arpa/inet.h>
#include <errno.h>

#include "../kpptpd/pool.h"
#include "../lib/hash.h"

static struct in_addr ip(const char *text)
{
	struct in_addr addr;

	assert_int_equal(inet_pton(AF_INET, text, &addr), 1);
	return addr;
}

static void assert_ip(struct in_addr addr, const char *text)
{
	char got[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &addr, got, sizeof(got));
	assert_string_equal(got, text);
}

static struct kpptp_pool_spec spec_of(const char *text)
{
	struct kpptp_pool_spec spec = { 0 };
	const char *why;

	assert_int_equal(kpptp_pool_spec_add(text, &spec, &why), 0);
	return spec;
}

static struct kpptp_pool *pool_of(const char *text, const char *skip)
{
	struct kpptp_pool_spec spec = spec_of(text);
	struct kpptp_pool *pool = kpptp_pool_new();
	struct in_addr not = ip(skip);

	assert_non_null(pool);
	assert_int_equal(kpptp_pool_set(pool, &spec, &not, 1), 0);
	kpptp_pool_spec_free(&spec);
	return pool;
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		unsigned int size;
	} row[] = {
		{ "192.0.2.5", 1 },
		{ "192.0.2.5-192.0.2.5", 1 },
		{ "192.0.2.10-192.0.2.19", 10 },
		{ "192.0.2.0/24", 254 },
		{ "192.0.2.77/24", 254 },
		{ "192.0.2.0/30", 2 },
		{ "192.0.2.0/31", 2 },
		{ "192.0.2.7/32", 1 },
		{ " 192.0.2.1 , 198.51.100.0/31 ", 3 },
		{ "10.0.0.0/12", (1u << 20) - 2 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct kpptp_pool *pool = pool_of(row[i].text, "0.0.0.0");

		assert_int_equal(kpptp_pool_size(pool), row[i].size);
		kpptp_pool_free(pool);
	}
}

static void refused(void **state)
{
	static const char *const row[] = {
		"", ",", "nonsense", "192.0.2.1-", "192.0.2.9-192.0.2.1",
		"192.0.2.0/33", "192.0.2.0/7", "192.0.2.0/", "192.0.2.0/2x",
		"0.0.0.1", "224.0.0.1", "240.0.0.0/8", "223.0.0.0-224.0.0.1",
		"192.0.2.1,192.0.2.1", "192.0.2.0/24,192.0.2.9", "10.0.0.0/11",
		"192.0.2.1 192.0.2.2",
	};
	struct kpptp_pool_spec spec = { 0 };
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		assert_int_equal(kpptp_pool_spec_add(row[i], &spec, &why),
				 -EINVAL);
		assert_non_null(why);
		kpptp_pool_spec_free(&spec);
	}
}

static void in_turn(void **state)
{
	struct kpptp_pool *pool = pool_of("192.0.2.1-192.0.2.3", "0.0.0.0");
	struct in_addr a;

	(void)state;
	kpptp_pool_get(pool, &a);
	assert_ip(a, "192.0.2.1");
	kpptp_pool_put(pool, a);
	kpptp_pool_get(pool, &a);
	assert_ip(a, "192.0.2.2");
	kpptp_pool_get(pool, &a);
	assert_ip(a, "192.0.2.3");
	kpptp_pool_get(pool, &a);
	assert_ip(a, "192.0.2.1");
	assert_int_equal(kpptp_pool_get(pool, &a), -ENOSPC);
	kpptp_pool_put(pool, ip("192.0.2.2"));
	kpptp_pool_put(pool, ip("192.0.2.2"));
	assert_int_equal(kpptp_pool_used(pool), 2);
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.2");
	kpptp_pool_free(pool);
}

/* Who proves to be somebody with an address of the pool has it, if it is free. */
static void one_by_name(void **state)
{
	struct kpptp_pool *pool = pool_of("192.0.2.1-192.0.2.4", "192.0.2.4");
	struct in_addr a;

	(void)state;
	assert_int_equal(kpptp_pool_take(pool, ip("192.0.2.2")), 0);
	assert_int_equal(kpptp_pool_take(pool, ip("192.0.2.2")), -EBUSY);
	assert_int_equal(kpptp_pool_take(pool, ip("192.0.2.4")), -ENOENT);
	assert_int_equal(kpptp_pool_take(pool, ip("192.0.2.5")), -ENOENT);
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.1");
	assert_true(kpptp_pool_is_free(pool));
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.3");
	assert_false(kpptp_pool_is_free(pool));
	kpptp_pool_put(pool, ip("192.0.2.2"));
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.2");
	assert_int_equal(kpptp_pool_get(pool, &a), -ENOSPC);
	kpptp_pool_free(pool);
}

static void own_address_is_skipped(void **state)
{
	struct kpptp_pool *pool = pool_of("192.0.2.1-192.0.2.2", "192.0.2.1");
	struct in_addr a;

	(void)state;
	assert_int_equal(kpptp_pool_size(pool), 1);
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.2");
	assert_int_equal(kpptp_pool_get(pool, &a), -ENOSPC);
	kpptp_pool_put(pool, ip("192.0.2.1"));
	assert_int_equal(kpptp_pool_get(pool, &a), -ENOSPC);
	kpptp_pool_free(pool);
}

static void addresses_of_peers_are_skipped(void **state)
{
	struct kpptp_pool *pool = pool_of("192.0.2.1-192.0.2.3", "0.0.0.0");
	struct kpptp_pool_spec spec = spec_of("192.0.2.1-192.0.2.3");
	const struct in_addr skip[] = {
		ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.2"), ip("10.0.0.1"),
	};
	struct in_addr a;

	(void)state;
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.1");	/* still out when it becomes a peer's */
	assert_int_equal(kpptp_pool_set(pool, &spec, skip, 4), 0);
	assert_int_equal(kpptp_pool_size(pool), 1);
	kpptp_pool_put(pool, a);
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.3");
	assert_int_equal(kpptp_pool_get(pool, &a), -ENOSPC);
	kpptp_pool_free(pool);
	kpptp_pool_spec_free(&spec);
}

static void reload_keeps_what_is_out(void **state)
{
	struct kpptp_pool *pool = pool_of("192.0.2.1-192.0.2.3", "0.0.0.0");
	struct kpptp_pool_spec other = spec_of("192.0.2.2,198.51.100.1");
	struct in_addr a;
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_int_equal(kpptp_pool_set(pool, &other, NULL, 0), 0);
	assert_int_equal(kpptp_pool_used(pool), 3);
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "198.51.100.1");
	assert_int_equal(kpptp_pool_get(pool, &a), -ENOSPC);
	/* 192.0.2.1 is not ours any more, 192.0.2.2 is. */
	kpptp_pool_put(pool, ip("192.0.2.1"));
	assert_int_equal(kpptp_pool_get(pool, &a), -ENOSPC);
	kpptp_pool_put(pool, ip("192.0.2.2"));
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	kpptp_pool_free(pool);
	kpptp_pool_spec_free(&other);
}

static void set(struct kpptp_pool *pool, const char *text)
{
	struct kpptp_pool_spec spec = spec_of(text);

	assert_int_equal(kpptp_pool_set(pool, &spec, NULL, 0), 0);
	kpptp_pool_spec_free(&spec);
}

/* What a call has is its own, also while the pool is another. */
static void reload_there_and_back(void **state)
{
	struct kpptp_pool *pool = pool_of("192.0.2.1-192.0.2.2", "0.0.0.0");
	struct in_addr first, a;

	(void)state;
	assert_int_equal(kpptp_pool_get(pool, &first), 0);
	set(pool, "198.51.100.1");
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "198.51.100.1");
	set(pool, "192.0.2.1-192.0.2.2");
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.2");
	assert_int_equal(kpptp_pool_get(pool, &a), -ENOSPC);
	kpptp_pool_put(pool, first);
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.1");
	kpptp_pool_free(pool);
}

static void rest_goes_on_over_a_reload(void **state)
{
	struct kpptp_pool *pool = pool_of("192.0.2.1-192.0.2.3", "0.0.0.0");
	struct in_addr a;

	(void)state;
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.1");
	kpptp_pool_put(pool, a);
	set(pool, "192.0.2.1-192.0.2.4");
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.4");
	assert_int_equal(kpptp_pool_get(pool, &a), 0);
	assert_ip(a, "192.0.2.2");
	kpptp_pool_free(pool);
}

/* 65,536 addresses in 4,096 ranges, as many lines, none of them in order. */
static void many_ranges(void **state)
{
	struct kpptp_pool *pool = kpptp_pool_new();
	struct kpptp_pool_spec spec = { 0 };
	static bool seen[1 << 16];
	const char *why;
	struct in_addr a;
	char text[64];
	unsigned int i;

	(void)state;
	for (i = 0; i < 4096; i++) {
		const unsigned int net = i * 2731 % 4096;

		snprintf(text, sizeof(text), "10.%u.%u.16-10.%u.%u.31",
			 net / 256, net % 256, net / 256, net % 256);
		assert_int_equal(kpptp_pool_spec_add(text, &spec, &why), 0);
	}
	assert_int_equal(kpptp_pool_spec_add("10.7.7.31-10.7.8.0", &spec, &why),
			 -EINVAL);
	assert_string_equal(why, "an address is named twice");
	assert_true(kpptp_pool_spec_has(&spec, ip("10.15.255.31")));
	assert_false(kpptp_pool_spec_has(&spec, ip("10.15.255.32")));
	assert_int_equal(kpptp_pool_set(pool, &spec, NULL, 0), 0);
	kpptp_pool_spec_free(&spec);
	assert_int_equal(kpptp_pool_size(pool), COUNT(seen));
	kpptp_hash_probes = 0;
	for (i = 0; i < COUNT(seen); i++) {
		unsigned int n;

		assert_int_equal(kpptp_pool_get(pool, &a), 0);
		n = ntohl(a.s_addr) - 0x0a000000;
		n = n / 256 * 16 + n % 256 - 16;
		assert_false(seen[n]);
		seen[n] = true;
	}
	assert_int_equal(kpptp_pool_get(pool, &a), -ENOSPC);
	for (i = 0; i < COUNT(seen); i++) {
		a.s_addr = htonl(0x0a000000 + i / 16 * 256 + i % 16 + 16);
		kpptp_pool_put(pool, a);
	}
	assert_int_equal(kpptp_pool_used(pool), 0);
	assert_in_range(kpptp_hash_probes, 1, 2 * COUNT(seen));
	kpptp_pool_free(pool);
}

static void empty(void **state)
{
	struct kpptp_pool *pool = kpptp_pool_new();
	struct in_addr a;

	(void)state;
	assert_int_equal(kpptp_pool_get(pool, &a), -ENOSPC);
	kpptp_pool_put(pool, ip("192.0.2.1"));
	kpptp_pool_free(pool);
	kpptp_pool_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(refused),
		cmocka_unit_test(in_turn),
		cmocka_unit_test(one_by_name),
		cmocka_unit_test(own_address_is_skipped),
		cmocka_unit_test(addresses_of_peers_are_skipped),
		cmocka_unit_test(reload_keeps_what_is_out),
		cmocka_unit_test(reload_there_and_back),
		cmocka_unit_test(rest_goes_on_over_a_reload),
		cmocka_unit_test(many_ranges),
		cmocka_unit_test(empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
