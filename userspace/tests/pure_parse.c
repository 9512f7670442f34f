// SPDX-License-Identifier: GPL-2.0-or-later
/* The enhanced GRE header: what is taken, what is refused, what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

/* @hex: the packet, and @extra octets of zero after it */
struct parse_case {
	const char *name;
	const char *hex;
	u32 extra;
	enum kpptp_parse result;
	struct kpptp_gre_info info;
};

#define OK	KPPTP_PARSE_OK
#define SHORT	KPPTP_PARSE_SHORT
#define NOT	KPPTP_PARSE_NOT_PPTP
#define BAD	KPPTP_PARSE_BAD

static const struct parse_case cases[] = {
	/* The four shapes. */
	{ "data", "3001880b 0004 1234 fffffffe", 4, OK, { 0x1234, 4, 12, true, false, 0xFFFFFFFE, 0 } },
	{ "data and ack", "3081880b 0004 0001 00000000 ffffffff", 4, OK, { 1, 4, 16, true, true, 0, 0xFFFFFFFF } },
	{ "ack only", "2081880b 0000 ffff 80000000", 0, OK, { 0xFFFF, 0, 12, false, true, 0, 0x80000000 } },
	{ "neither", "2001880b 0000 1234", 0, OK, { 0x1234, 0, 8, false, false, 0, 0 } },
	{ "call id 0", "3001880b 0001 0000 00000001", 1, OK, { 0, 1, 12, true, false, 1, 0 } },
	{ "number without payload", "3001880b 0000 1234 00000001", 0, OK, { 0x1234, 0, 12, true, false, 1, 0 } },
	{ "both numbers without payload", "3081880b 0000 1234 00000001 00000002", 0, OK, { 0x1234, 0, 16, true, true, 1, 2 } },
	/* Lengths. */
	{ "padding", "3001880b 0004 1234 00000001", 30, OK, { 0x1234, 4, 12, true, false, 1, 0 } },
	{ "ack only with padding", "2081880b 0000 1234 00000001", 26, OK, { 0x1234, 0, 12, false, true, 0, 1 } },
	{ "longest payload", "3001880b ffff 1234 00000001", 65535, OK, { 0x1234, 65535, 12, true, false, 1, 0 } },
	{ "one octet less than the longest", "3001880b ffff 1234 00000001", 65534, SHORT, {} },
	{ "empty", "", 0, SHORT, {} },
	{ "7 octets", "3001880b 0000 12", 0, SHORT, {} },
	{ "no sequence number", "3001880b 0000 1234", 0, SHORT, {} },
	{ "part of a sequence number", "3001880b 0000 1234 000000", 0, SHORT, {} },
	{ "no acknowledgment number", "2081880b 0000 1234 000000", 0, SHORT, {} },
	{ "part of the second number", "3081880b 0000 1234 00000001 000000", 0, SHORT, {} },
	{ "no payload", "3001880b 0001 1234 00000001", 0, SHORT, {} },
	{ "payload an octet short", "3081880b 0004 1234 00000001 00000002", 3, SHORT, {} },
	/* Payload needs a number; its length is looked at first. */
	{ "payload without a number", "2001880b 0004 1234", 4, BAD, {} },
	{ "payload with ack only", "2081880b 0004 1234 00000001", 4, BAD, {} },
	{ "payload without a number, short", "2001880b 0004 1234", 3, SHORT, {} },
	/* Each bit of the first 32. */
	{ "C", "b001880b 0000 1234 00000001", 4, NOT, {} },
	{ "R", "7001880b 0000 1234 00000001", 4, NOT, {} },
	{ "no K", "1001880b 0000 1234 00000001", 4, NOT, {} },
	{ "s", "3801880b 0000 1234 00000001", 4, NOT, {} },
	{ "Recur 4", "3401880b 0000 1234 00000001", 4, NOT, {} },
	{ "Recur 1", "3101880b 0000 1234 00000001", 4, NOT, {} },
	{ "Flags 8", "3041880b 0000 1234 00000001", 4, NOT, {} },
	{ "Flags 1", "3009880b 0000 1234 00000001", 4, NOT, {} },
	{ "version 0", "3000880b 0000 1234 00000001", 4, NOT, {} },
	{ "version 3", "3003880b 0000 1234 00000001", 4, NOT, {} },
	{ "version 5", "3005880b 0000 1234 00000001", 4, NOT, {} },
	{ "IP in GRE", "30010800 0000 1234 00000001", 4, NOT, {} },
	{ "protocol one off", "3001880a 0000 1234 00000001", 4, NOT, {} },
	{ "other GRE that is short too", "0000 0800 0000 0000", 0, NOT, {} },
};

static u32 from_hex(const char *hex, u8 *out)
{
	unsigned int octet;
	u32 len = 0;

	while (*hex) {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		assert_int_equal(sscanf(hex, "%2x", &octet), 1);
		out[len++] = (u8)octet;
		hex += 2;
	}
	return len;
}

static void check_info(const struct kpptp_gre_info *a,
		       const struct kpptp_gre_info *b)
{
	assert_int_equal(a->call_id, b->call_id);
	assert_int_equal(a->payload_len, b->payload_len);
	assert_int_equal(a->hdr_len, b->hdr_len);
	assert_int_equal(a->has_seq, b->has_seq);
	assert_int_equal(a->has_ack, b->has_ack);
	assert_int_equal(a->seq, b->seq);
	assert_int_equal(a->ack, b->ack);
}

/* The block has just the octets that may be read, for the sanitisers. */
static void run_case(const struct parse_case *c, u32 linear)
{
	struct kpptp_gre_info info = {};
	u8 packet[64], *block;
	enum kpptp_parse result;
	u32 len;

	len = from_hex(c->hex, packet);
	memset(packet + len, 0, sizeof(packet) - len);
	len += c->extra;
	if (linear > len)
		linear = len;
	block = malloc(linear ? linear : 1);
	assert_non_null(block);
	memcpy(block, packet, linear);
	result = kpptp_gre_parse(block, linear, len, &info);
	free(block);
	if (result != c->result)
		fail_msg("%s: %d", c->name, result);
	check_info(&info, &c->info);
}

static void test_parse(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run_case(&cases[i], KPPTP_GRE_LEN_MAX);
		run_case(&cases[i], 64);
	}
}

/* With fewer octets at hand than the header has, however long the packet is */
static void test_linear(void **state)
{
	const struct parse_case cut = {
		"cut", "3081880b 0004 0001 00000000 ffffffff", 4, SHORT, {},
	};
	u32 linear;

	(void)state;
	for (linear = 0; linear < KPPTP_GRE_LEN_MAX; linear++)
		run_case(&cut, linear);
}

/* Every value of the first two octets: four are ours. */
static void test_every_flag(void **state)
{
	u8 packet[16] = { 0, 0, 0x88, 0x0B };
	struct kpptp_gre_info info;
	u32 ours = 0, word;

	(void)state;
	for (word = 0; word <= 0xFFFF; word++) {
		kpptp_put_be16((u16)word, packet);
		if (kpptp_gre_parse(packet, 16, 16, &info) !=
		    KPPTP_PARSE_OK)
			continue;
		ours++;
		assert_true(word == 0x2001 || word == 0x3001 ||
			    word == 0x2081 || word == 0x3081);
	}
	assert_int_equal(ours, 4);
}

struct build_case {
	struct kpptp_gre_info info;
	const char *hex;
};

static const struct build_case builds[] = {
	{ { 0x1234, 1400, 12, true, false, 0, 0 }, "3001880b 0578 1234 00000000" },
	{ { 0x1234, 65535, 16, true, true, 0xFFFFFFFF, 0x01020304 }, "3081880b ffff 1234 ffffffff 01020304" },
	{ { 0, 0, 12, false, true, 0, 0xFFFFFFFE }, "2081880b 0000 0000 fffffffe" },
	{ { 0xFFFF, 0, 8, false, false, 0, 0 }, "2001880b 0000 ffff" },
};

/* What is written is right to the octet, no longer, and read back the same. */
static void test_build(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
		const struct kpptp_gre_info *info = &builds[i].info;
		u8 want[KPPTP_GRE_LEN_MAX];
		struct kpptp_gre_info back;
		u8 *got;
		u32 len;

		got = malloc(info->hdr_len);
		assert_non_null(got);
		len = kpptp_gre_build(got, info->call_id, info->payload_len,
				      info->has_seq, info->seq, info->has_ack,
				      info->ack);
		assert_int_equal(len, info->hdr_len);
		assert_int_equal(from_hex(builds[i].hex, want), len);
		assert_memory_equal(got, want, len);
		assert_int_equal(kpptp_gre_parse(got, len,
						 len + info->payload_len,
						 &back), KPPTP_PARSE_OK);
		check_info(&back, info);
		free(got);
	}
}

struct quoted_case {
	const char *hex;
	bool quoted, has_seq;
	u16 call_id;
	u32 seq;
};

static const struct quoted_case quotations[] = {
	{ "3001880b 0578 1234 01020304 ff03", true, true, 0x1234, 0x01020304 },
	{ "3081880b 0578 ffff ffffffff 00000000", true, true, 0xFFFF, 0xFFFFFFFF },
	{ "3001880b 0578 1234 01020304", true, true, 0x1234, 0x01020304 },
	/* the number is cut off */
	{ "3001880b 0578 1234 010203", true, false, 0x1234, 0 },
	{ "3001880b 0578 1234", true, false, 0x1234, 0 },
	/* so is the Call ID */
	{ "3001880b 0578 12", false, false, 0, 0 },
	{ "", false, false, 0, 0 },
	/* an acknowledgement, another protocol, another version */
	{ "2081880b 0000 1234 01020304", false, false, 0, 0 },
	{ "30010800 0578 1234 01020304", false, false, 0, 0 },
	{ "3000880b 0578 1234 01020304", false, false, 0, 0 },
};

static void test_quoted(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(quotations) / sizeof(quotations[0]); i++) {
		const struct quoted_case *c = &quotations[i];
		struct kpptp_gre_info info = {};
		u8 packet[32], *block;
		u32 len = from_hex(c->hex, packet);

		block = malloc(len ? len : 1);
		assert_non_null(block);
		memcpy(block, packet, len);
		assert_int_equal(kpptp_gre_parse_quoted(block, len, &info),
				 c->quoted);
		free(block);
		assert_int_equal(info.has_seq, c->has_seq);
		assert_int_equal(info.call_id, c->call_id);
		assert_int_equal(info.seq, c->seq);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoted),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_every_flag),
		cmocka_unit_test(test_build),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
