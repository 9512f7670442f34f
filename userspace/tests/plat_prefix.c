// SPDX-License-Identifier: GPL-2.0-or-later
/* Networks: what is read, refused and written. */
#include "plat_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "../kpptpd/prefix.h"

static void read_and_written(void **state)
{
	static const struct {
		const char *text;
		const char *same;
	} row[] = {
		{ "10.1.0.0/16", "10.1.0.0/16" },
		{ "192.0.2.7", "192.0.2.7/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "::/0", "::/0" },
		{ "2001:DB8:1::/48", "2001:db8:1::/48" },
		{ "2001:db8::1", "2001:db8::1/128" },
		{ "128.0.0.0/1", "128.0.0.0/1" },
		{ "192.0.2.4/31", "192.0.2.4/31" },
		{ "fd00::/8", "fd00::/8" },
		{ "240.0.0.0/4", "240.0.0.0/4" },
		{ "0.1.0.0/16", "0.1.0.0/16" },
		{ "240.0.0.1", "240.0.0.1/32" },
	};
	char text[KPPTP_PREFIX_TEXT];
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct kpptp_prefixes list = { 0 };

		assert_int_equal(kpptp_prefixes_add(row[i].text, &list, &why),
				 0);
		assert_null(why);
		assert_int_equal(list.n, 1);
		assert_string_equal(kpptp_prefix_text(&list.prefix[0], text),
				    row[i].same);
	}
}

static void refused(void **state)
{
	static const char *const text[] = {
		"", " , ", "10", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/33",
		"10.0.0.0/-1", "10.0.0.0/ 8", "10.0.0.1/24", "127.0.0.0/8",
		"0.0.0.0/32", "224.0.0.0/4", "239.0.0.0/8", "255.255.255.255",
		"::1", "ff00::/8", "fe80::/10", "fe80::1", "2001:db8::/129",
		"2001:db8::1/64", "2001:db8::/1e1", "10.0.0.0/8/8", "name",
		"10.0.0.0/99999999999999999999",
	};
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(text); i++) {
		struct kpptp_prefixes list = { 0 };

		if (kpptp_prefixes_add(text[i], &list, &why) != -EINVAL)
			fail_msg("accepted %s", text[i]);
		assert_non_null(why);
		assert_int_equal(list.n, 0);
	}
}

static void lists(void **state)
{
	struct kpptp_prefixes list = { 0 };
	char text[32];
	const char *why;
	int i;

	(void)state;
	assert_int_equal(kpptp_prefixes_add("10.0.0.0/8,10.0.0.0/16  ::/0,10.0.0.0/8",
					    &list, &why), 0);
	assert_int_equal(list.n, 3);
	for (i = list.n; i < KPPTP_MAX_ROUTES; i++) {
		snprintf(text, sizeof(text), "10.%d.0.0/16", i);
		assert_int_equal(kpptp_prefixes_add(text, &list, &why), 0);
	}
	assert_int_equal(kpptp_prefixes_add("10.3.0.0/16", &list, &why), 0);
	assert_int_equal(kpptp_prefixes_add("11.0.0.0/16", &list, &why),
			 -EINVAL);
	assert_string_equal(why, "more than 32 networks");
}

static bool has(const char *net, const char *addr)
{
	struct kpptp_prefixes list = { 0 };
	struct in_addr a;
	const char *why;

	assert_int_equal(kpptp_prefixes_add(net, &list, &why), 0);
	assert_int_equal(inet_pton(AF_INET, addr, &a), 1);
	return kpptp_prefix_has(&list.prefix[0], a);
}

static void what_is_in_it(void **state)
{
	(void)state;
	assert_true(has("0.0.0.0/0", "192.0.2.1"));
	assert_true(has("192.0.2.0/25", "192.0.2.127"));
	assert_false(has("192.0.2.0/25", "192.0.2.128"));
	assert_true(has("192.0.2.1", "192.0.2.1"));
	assert_false(has("192.0.2.1", "192.0.2.0"));
	assert_false(has("::/0", "192.0.2.1"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_and_written),
		cmocka_unit_test(refused),
		cmocka_unit_test(lists),
		cmocka_unit_test(what_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
