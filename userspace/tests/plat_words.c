// SPDX-License-Identifier: GPL-2.0-or-later
/* What the plugin makes of frames that anybody may have sent. */
#include "plat_test.h"

#include "../pppd/words.h"

/* In memory of its own, so that a sanitiser sees what lies behind it. */
static bool says(const void *frame, size_t len, bool sent, char *line)
{
	void *copy = malloc(len);
	bool found;

	assert_non_null(copy);
	memcpy(copy, frame, len);
	found = kpptp_words(copy, len, sent, line);
	free(copy);
	return found;
}

#define FRAME(text) text, sizeof(text) - 1

static const struct {
	const char *frame;
	size_t len;
	bool sent;
	const char *line;	/* NULL: nothing */
} rows[] = {
	{ FRAME("\xff\x03\xc0\x21\x05\x01\x00\x07" "bye"), false, "says lcp bye" },
	{ FRAME("\xff\x03\xc0\x21\x05\x01\x00\x07" "bye"), true, "ends bye" },
	{ FRAME("\xff\x03\xc0\x21\x05\x01\x00\x04" "pad"), false, "says lcp " },
	{ FRAME("\xff\x03\x80\x21\x05\x01\x00\x07" "bye"), false, "says ipcp bye" },
	{ FRAME("\xff\x03\x80\x57\x05\x01\x00\x07" "bye"), false, "says ipcp bye" },
	{ FRAME("\xff\x03\x80\xfd\x05\x01\x00\x07" "bye"), false, "says ipcp bye" },
	{ FRAME("\xff\x03\x80\x21\x05\x01\x00\x07" "bye"), true, NULL },
	{ FRAME("\xff\x03\xc0\x23\x03\x01\x00\x08\x03" "bye"), false, "says login bye" },
	{ FRAME("\xff\x03\xc0\x23\x02\x01\x00\x08\x03" "bye"), false, NULL },
	{ FRAME("\xff\x03\xc2\x23\x04\x01\x00\x07" "bye"), false, "says login bye" },
	{ FRAME("\xff\x03\xc2\x27\x01\x01\x00\x08\x02" "bye"), false, "says login bye" },
	{ FRAME("\xff\x03\xc2\x27\x01\x01\x00\x08\x01" "bye"), false, NULL },
	{ FRAME("\xff\x03\xc0\x21\x05\x01\x00\x08" "bye"), false, NULL },
	{ FRAME("\xff\x03\xc0\x21\x05\x01\x00\x03" "bye"), false, NULL },
	{ FRAME("\xff\x03\xc0\x21\x01\x01\x00\x07" "bye"), false, NULL },
	{ FRAME("\xff\x03\x00\x21\x05\x01\x00\x07" "bye"), false, NULL },
};

static void of_every_kind(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		char line[KPPTP_WORDS_SIZE] = "";
		bool found = says(rows[i].frame, rows[i].len, rows[i].sent, line);

		if (found != !!rows[i].line || strcmp(line, found ? rows[i].line : ""))
			fail_msg("row %zu says \"%s\"", i, line);
	}
}

static void cut_anywhere(void **state)
{
	char line[KPPTP_WORDS_SIZE];
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		for (len = 1; len < rows[i].len; len++)
			if (says(rows[i].frame, len, false, line) && strcmp(line, "says lcp "))
				fail_msg("row %zu, cut to %zu, says \"%s\"", i, len, line);
}

static void longer_than_a_message(void **state)
{
	static char frame[1500] = "\xff\x03\xc0\x21\x05\x01\x05\xd8";
	char line[KPPTP_WORDS_SIZE];

	(void)state;
	memset(frame + 8, 'x', sizeof(frame) - 8);
	assert_true(says(frame, sizeof(frame), false, line));
	assert_int_equal(strlen(line), KPPTP_WORDS_SIZE - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_every_kind),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(longer_than_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
