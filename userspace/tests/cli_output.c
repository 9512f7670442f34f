// SPDX-License-Identifier: GPL-2.0-or-later
/* cli_output.c - units, tables and JSON of kpptp(8), and what it suggests */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kpptp/cli.h"
#include "../kpptp/client.h"
#include "../kpptp/fields.h"
#include "../kpptp/kernel.h"
#include "../kpptp/output.h"

static void test_units(void **state)
{
	static const struct {
		enum kpptp_out_kind kind;
		const char *value;
		bool exact;
		const char *text;
	} rows[] = {
		{ KPPTP_OUT_BYTES, "0", false, "0 B" },
		{ KPPTP_OUT_BYTES, "1023", true, "1023 B" },
		{ KPPTP_OUT_BYTES, "1024", false, "1.0 KiB" },
		{ KPPTP_OUT_BYTES, "1048524", false, "1023.9 KiB" },
		{ KPPTP_OUT_BYTES, "1048575", false, "1.0 MiB" },
		{ KPPTP_OUT_BYTES, "1572864", true, "1.5 MiB (1,572,864)" },
		{ KPPTP_OUT_BYTES, "18446744073709551615", false, "16.0 EiB" },
		{ KPPTP_OUT_COUNT, "0", false, "0" },
		{ KPPTP_OUT_COUNT, "999", false, "999" },
		{ KPPTP_OUT_COUNT, "1000", false, "1,000" },
		{ KPPTP_OUT_COUNT, "18446744073709551615", false,
		  "18,446,744,073,709,551,615" },
		{ KPPTP_OUT_NUMBER, "4000000000", false, "4000000000" },
		{ KPPTP_OUT_SECONDS, "0", false, "0s" },
		{ KPPTP_OUT_SECONDS, "59", false, "59s" },
		{ KPPTP_OUT_SECONDS, "61", false, "1m01s" },
		{ KPPTP_OUT_SECONDS, "3660", false, "1h01m" },
		{ KPPTP_OUT_SECONDS, "183600", false, "2d03h" },
		{ KPPTP_OUT_MICROSECONDS, "999", false, "999 us" },
		{ KPPTP_OUT_MICROSECONDS, "12345", false, "12.35 ms" },
		{ KPPTP_OUT_MICROSECONDS, "30000", false, "30 ms" },
		{ KPPTP_OUT_MICROSECONDS, "1500000", false, "1.5 s" },
		{ KPPTP_OUT_PACKETS, "1", false, "1 packet" },
		{ KPPTP_OUT_PACKETS, "64", false, "64 packets" },
		{ KPPTP_OUT_HEX, "16", false, "0x10" },
		{ KPPTP_OUT_YESNO, "true", false, "yes" },
		{ KPPTP_OUT_LIST, "[\"a\",\"b\"]", false, "a, b" },
		{ KPPTP_OUT_LIST, "[]", false, "-" },
		{ KPPTP_OUT_TEXT, "\"\"", false, "-" },
		{ KPPTP_OUT_TEXT, "\"a\\u001b[31mb\\n\"", false,
		  "a\\x1b[31mb\\x0a" },
		{ KPPTP_OUT_TEXT, "null", false, "-" },
		{ KPPTP_OUT_BYTES, "null", false, "-" },
	};
	char buf[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_object *value = json_tokener_parse(rows[i].value);

		kpptp_out_format(rows[i].kind, value, rows[i].exact, buf,
				 sizeof(buf));
		assert_string_equal(buf, rows[i].text);
		json_object_put(value);
	}
}

/* Names as they are written, where the terminal has their letters. */
static void test_names(void **state)
{
	static const struct { const char *name, *utf8, *ascii; } rows[] = {
		{ "EXAMPLE\\alice", "EXAMPLE\\alice", "EXAMPLE\\alice" },
		{ "a\"b", "a\"b", "a\"b" },
		{ "d\xc3\xb6rte", "d\xc3\xb6rte", "d\\xc3\\xb6rte" },
		{ "\xe4\xbd\xa0", "\xe4\xbd\xa0", "\\xe4\\xbd\\xa0" },
		{ "\xc2\x9b" "1m", "\\xc2\\x9b1m", "\\xc2\\x9b1m" },
		{ "\xe2\x80\xae" "x", "\\xe2\\x80\\xaex", "\\xe2\\x80\\xaex" },
		{ "\xffx", "\\xffx", "\\xffx" },
		{ "\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80" },
		{ "\xc3", "\\xc3", "\\xc3" },
	};
	char buf[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_object *value = json_object_new_string(rows[i].name);

		assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
		kpptp_out_format(KPPTP_OUT_TEXT, value, false, buf, sizeof(buf));
		assert_string_equal(buf, rows[i].utf8);
		setlocale(LC_CTYPE, "C");
		kpptp_out_format(KPPTP_OUT_TEXT, value, false, buf, sizeof(buf));
		assert_string_equal(buf, rows[i].ascii);
		json_object_put(value);
	}
}

/* However long a peer's name is, it ends inside of the buffer. */
static void test_long_text(void **state)
{
	char name[600], buf[64];
	struct json_object *value;

	(void)state;
	memset(name, '\t', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	value = json_object_new_string(name);
	kpptp_out_format(KPPTP_OUT_TEXT, value, false, buf, sizeof(buf));
	assert_true(strlen(buf) < sizeof(buf));
	assert_memory_equal(buf, "\\x09\\x09", 8);
	json_object_put(value);
}

static char *print(bool json, bool colour,
		   const struct kpptp_out_field *fields, const char *rows)
{
	struct json_object *list = json_tokener_parse(rows);
	struct kpptp_out *out;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	out = kpptp_out_new(file, json, colour);
	kpptp_out_table(out, "rows", fields, list, "Nothing.");
	kpptp_out_record(out, "first", "First", fields,
			 json_object_array_get_idx(list, 0));
	kpptp_out_text(out, "Words.");
	assert_int_equal(kpptp_out_end(out), 0);
	kpptp_out_free(out);
	json_object_put(list);
	fclose(file);
	return text;
}

static const struct kpptp_out_field some[] = {
	{ .key = "id", .column = "ID", .title = "number",
	  .kind = KPPTP_OUT_NUMBER },
	{ .key = "name", .column = "NAME", .title = "name" },
	{ .key = "hidden", .kind = KPPTP_OUT_NUMBER },
	{ .key = "rx", .column = "RX", .title = "octets",
	  .kind = KPPTP_OUT_BYTES, .zero = "none", .explain = "received" },
	{ .key = NULL }
};

static const char some_rows[] =
	"[{\"id\":1,\"name\":\"a\",\"hidden\":5,\"rx\":2048,\"other\":1},"
	" {\"id\":10,\"rx\":0}]";

static void test_text(void **state)
{
	char *text = print(false, false, some, some_rows);

	(void)state;
	assert_string_equal(text,
			    "ID  NAME       RX\n"
			    " 1  a     2.0 KiB\n"
			    "10  -        none\n"
			    "\n"
			    "First\n"
			    "  number  1\n"
			    "  name    a\n"
			    "  octets  2.0 KiB (2,048)  received\n"
			    "Words.\n");
	free(text);
	text = print(false, false, some, "[]");
	assert_string_equal(text, "Nothing.\nWords.\n");
	free(text);
	text = print(false, true, some, some_rows);
	assert_non_null(strstr(text, "\033[1mID"));
	free(text);
}

/* Columns are counted, not octets. */
static void test_wide_names(void **state)
{
	static const char want[] = "ID  NAME     RX\n"
				   " 1  d\xc3\xb6rte  none\n"
				   " 2  \xe4\xbd\xa0     none\n";
	char *text;

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	text = print(false, false, some,
		     "[{\"id\":1,\"name\":\"d\xc3\xb6rte\",\"rx\":0},"
		     "{\"id\":2,\"name\":\"\xe4\xbd\xa0\",\"rx\":0}]");
	setlocale(LC_CTYPE, "C");
	assert_ptr_equal(strstr(text, want), text);
	free(text);
}

/* All members of the table, nothing else, raw; null for what is not known. */
static void test_json(void **state)
{
	char *text = print(true, true, some, some_rows);
	struct json_object *got = json_tokener_parse(text);
	struct json_object *want = json_tokener_parse(
		"{\"ok\":true,\"version\":1,\"rows\":["
		"{\"id\":1,\"name\":\"a\",\"hidden\":5,\"rx\":2048},"
		"{\"id\":10,\"name\":null,\"hidden\":null,\"rx\":0}],"
		"\"first\":{\"id\":1,\"name\":\"a\",\"hidden\":5,\"rx\":2048}}");

	(void)state;
	assert_true(json_object_equal(got, want));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	json_object_put(got);
	json_object_put(want);
	free(text);
}

static bool has_field(const struct kpptp_out_field *f, const char *name)
{
	char key[64];
	size_t i;

	for (i = 0; name[i]; i++)
		key[i] = name[i] == '-' ? '_' : name[i];
	key[i] = '\0';
	for (; f->key; f++)
		if (!strcmp(f->key, key))
			return true;
	return false;
}

/* A counter that is added to the netlink family must not stay unseen. */
static void test_all_counters(void **state)
{
	const struct kpptp_out_field *f = kpptp_counter_fields;
	size_t i;

	(void)state;
	for (i = 0; i < kpptp_nl_stat_count; i++)
		if (!has_field(f, kpptp_nl_stat_names[i].name))
			fail_msg("no field for %s", kpptp_nl_stat_names[i].name);
	for (i = 0; f->key; f++)
		i++;
	assert_int_equal(i, kpptp_nl_stat_count);
}

/* The object of a kernel call has just the members there are fields for. */
static void test_kernel_members(void **state)
{
	struct kpptp_nl_call call = { .set = ~UINT64_C(0) };
	struct json_object *o = kpptp_kernel_json(&call);
	const struct kpptp_out_field *f;
	int n = 0;

	(void)state;
	for (f = kpptp_kernel_call_fields; f->key; f++, n++)
		if (!json_object_object_get_ex(o, f->key, NULL))
			fail_msg("no member %s", f->key);
	assert_int_equal(json_object_object_length(o), n);
	json_object_put(o);
}

/* Each parameter of the data path is shown: another value is other JSON. */
static void test_every_parameter_is_shown(void **state)
{
	struct kpptp_nl_call call = { .set = ~UINT64_C(0) };
	struct json_object *usual = kpptp_kernel_json(&call), *o;
	size_t i;

	(void)state;
	for (i = 0; i < kpptp_call_param_count; i++) {
		const struct kpptp_call_param *row = &kpptp_call_param[i];

		if (!row->attr)
			continue;
		memset(&call.params, 0, sizeof(call.params));
		if (row->type == KPPTP_PARAM_DEVICE)
			strcpy(call.params.device, "lo");
		else
			*kpptp_call_param_number(&call.params, row) = 1;
		o = kpptp_kernel_json(&call);
		if (json_object_equal(o, usual))
			fail_msg("%s is not shown", row->key);
		json_object_put(o);
	}
	json_object_put(usual);
}

static void test_suggest(void **state)
{
	static const char *const words[] = { "connect", "disconnect", "calls",
					     "connections", "show", "stats",
					     "status" };
	static const struct {
		const char *word;
		const char *meant;
	} rows[] = {
		{ "conect", "connect" }, { "call", "calls" },
		{ "clals", "calls" }, { "shwo", "show" },
		{ "disc", "disconnect" }, { "connectoins", "connections" },
		{ "statuss", "status" }, { "frobnicate", NULL }, { "x", NULL },
		{ "", NULL },
		{ "a-word-that-is-longer-than-any-verb-could-be", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *meant = kpptp_suggest(rows[i].word, words, 7);

		if (!rows[i].meant)
			assert_null(meant);
		else
			assert_string_equal(meant, rows[i].meant);
	}
}

static void test_number(void **state)
{
	unsigned long n;

	(void)state;
	assert_true(kpptp_cli_number("1", 1, 10, &n) && n == 1);
	assert_true(kpptp_cli_number("010", 1, 10, &n) && n == 10);
	assert_false(kpptp_cli_number("0", 1, 10, &n));
	assert_false(kpptp_cli_number("11", 1, 10, &n));
	assert_false(kpptp_cli_number("-1", 0, ~0ul, &n));
	assert_false(kpptp_cli_number("1x", 1, 10, &n));
	assert_false(kpptp_cli_number("", 0, 10, &n));
	assert_false(kpptp_cli_number("99999999999999999999", 0, ~0ul, &n));
}

/* The password is gone from the request, and from what was made of it. */
static void test_wipe(void **state)
{
	struct json_object *request = json_object_new_object(), *password;
	struct kpptp_client client = { .fd = -1 };
	const char *line;

	(void)state;
	json_object_object_add(request, "password",
			       json_object_new_string("hunter2hunter2"));
	assert_int_not_equal(kpptp_client_send(&client, request), 0);
	json_object_object_get_ex(request, "password", &password);
	assert_int_equal(*json_object_get_string(password), 0);
	line = json_object_to_json_string(request);
	assert_null(strstr(line, "hunter2"));
	json_object_put(request);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_wide_names),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_all_counters),
		cmocka_unit_test(test_kernel_members),
		cmocka_unit_test(test_every_parameter_is_shown),
		cmocka_unit_test(test_suggest),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_wipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
