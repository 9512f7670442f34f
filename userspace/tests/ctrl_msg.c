// SPDX-License-Identifier: GPL-2.0-or-later
/* Codec of the control messages: vectors, truncation, framing, printing. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/ctrl_msg.h"

/* A message, its octets before the first text field, and where text begins. */
struct vector {
	struct kpptp_ctrl_msg msg;
	size_t length;
	const char *head;	/* hexadecimal */
	const char *line;
};

static const struct vector vectors[] = {
	{
		.msg = { KPPTP_SCCRQ, .start = { .version = 0x0100, .framing = 1,
			 .bearer = 2, .max_channels = 0, .firmware = 2600,
			 .host = "h", .vendor = "v" } },
		.length = 156,
		.head = "009c00011a2b3c4d00010000" "01000000" "00000001"
			"00000002" "00000a28" "6800",
		.line = "Start-Control-Connection-Request version 256 framing 1"
			" bearer 2 max-channels 0 firmware 2600 host \"h\""
			" vendor \"v\"",
	}, {
		.msg = { KPPTP_SCCRP, .start = { .version = 0x0100, .result = 1,
			 .error = 6, .framing = 3, .bearer = 3,
			 .max_channels = 0x0102, .firmware = 0x6021,
			 .host = "h", .vendor = "v" } },
		.length = 156,
		.head = "009c00011a2b3c4d00020000" "01000106" "00000003"
			"00000003" "01026021" "6800",
		.line = "Start-Control-Connection-Reply version 256 result 1"
			" error 6 framing 3 bearer 3 max-channels 258"
			" firmware 24609 host \"h\" vendor \"v\"",
	}, {
		.msg = { KPPTP_STOPCCRQ, .stop = { .reason = 3 } },
		.length = 16,
		.head = "001000011a2b3c4d00030000" "03000000",
		.line = "Stop-Control-Connection-Request reason 3",
	}, {
		.msg = { KPPTP_STOPCCRP, .stop = { .result = 2, .error = 1 } },
		.length = 16,
		.head = "001000011a2b3c4d00040000" "02010000",
		.line = "Stop-Control-Connection-Reply result 2 error 1",
	}, {
		.msg = { KPPTP_ECHO_REQUEST,
			 .echo = { .identifier = 0xdeadbeef } },
		.length = 16,
		.head = "001000011a2b3c4d00050000" "deadbeef",
		.line = "Echo-Request identifier 3735928559",
	}, {
		.msg = { KPPTP_ECHO_REPLY, .echo = { .identifier = 0x01020304,
			 .result = 1, .error = 2 } },
		.length = 20,
		.head = "001400011a2b3c4d00060000" "01020304" "01020000",
		.line = "Echo-Reply identifier 16909060 result 1 error 2",
	}, {
		.msg = { KPPTP_OCRQ, .ocrq = { .call_id = 0xfffe, .serial = 7,
			 .min_bps = 300, .max_bps = 100000000, .bearer = 3,
			 .framing = 3, .window = 64, .delay = 5,
			 .phone_length = 3, .phone = "123",
			 .subaddress = "s" } },
		.length = 168,
		.head = "00a800011a2b3c4d00070000" "fffe0007" "0000012c"
			"05f5e100" "00000003" "00000003" "00400005" "00030000"
			"31323300",
		.line = "Outgoing-Call-Request call-id 65534 serial 7"
			" min-bps 300 max-bps 100000000 bearer 3 framing 3"
			" window 64 delay 5 phone-length 3 phone \"123\""
			" subaddress \"s\"",
	}, {
		.msg = { KPPTP_OCRP, .ocrp = { .call_id = 1,
			 .peer_call_id = 0xfffe, .result = 1, .error = 0,
			 .cause = 0x0304, .speed = 100000000, .window = 64,
			 .delay = 1, .channel = 9 } },
		.length = 32,
		.head = "002000011a2b3c4d00080000" "0001fffe" "01000304"
			"05f5e100" "00400001" "00000009",
		.line = "Outgoing-Call-Reply call-id 1 peer-call-id 65534"
			" result 1 error 0 cause 772 speed 100000000 window 64"
			" delay 1 channel 9",
	}, {
		.msg = { KPPTP_ICRQ, .icrq = { .call_id = 2, .serial = 3,
			 .bearer = 1, .channel = 4, .dialed_length = 1,
			 .dialing_length = 2, .dialed = "5", .dialing = "67",
			 .subaddress = "8" } },
		.length = 220,
		.head = "00dc00011a2b3c4d00090000" "00020003" "00000001"
			"00000004" "00010002" "3500",
		.line = "Incoming-Call-Request call-id 2 serial 3 bearer 1"
			" channel 4 dialed-length 1 dialing-length 2"
			" dialed \"5\" dialing \"67\" subaddress \"8\"",
	}, {
		.msg = { KPPTP_ICRP, .icrp = { .call_id = 5, .peer_call_id = 2,
			 .result = 3, .error = 4, .window = 6, .delay = 7 } },
		.length = 24,
		.head = "001800011a2b3c4d000a0000" "00050002" "03040006"
			"00070000",
		.line = "Incoming-Call-Reply call-id 5 peer-call-id 2 result 3"
			" error 4 window 6 delay 7",
	}, {
		.msg = { KPPTP_ICCN, .iccn = { .peer_call_id = 5,
			 .speed = 64000, .window = 8, .delay = 9,
			 .framing = 2 } },
		.length = 28,
		.head = "001c00011a2b3c4d000b0000" "00050000" "0000fa00"
			"00080009" "00000002",
		.line = "Incoming-Call-Connected peer-call-id 5 speed 64000"
			" window 8 delay 9 framing 2",
	}, {
		.msg = { KPPTP_CCRQ, .ccrq = { .call_id = 0xfffe } },
		.length = 16,
		.head = "001000011a2b3c4d000c0000" "fffe0000",
		.line = "Call-Clear-Request call-id 65534",
	}, {
		.msg = { KPPTP_CDN, .cdn = { .call_id = 1, .result = 4,
			 .error = 2, .cause = 16, .statistics = "s" } },
		.length = 148,
		.head = "009400011a2b3c4d000d0000" "00010402" "00100000"
			"7300",
		.line = "Call-Disconnect-Notify call-id 1 result 4 error 2"
			" cause 16 statistics \"s\"",
	}, {
		.msg = { KPPTP_WEN, .wen = { .peer_call_id = 5, .crc = 1,
			 .framing = 2, .hardware = 3, .overrun = 4,
			 .timeout = 5, .alignment = 0x01000000 } },
		.length = 40,
		.head = "002800011a2b3c4d000e0000" "00050000" "00000001"
			"00000002" "00000003" "00000004" "00000005" "01000000",
		.line = "WAN-Error-Notify peer-call-id 5 crc 1 framing 2"
			" hardware 3 overrun 4 timeout 5 alignment 16777216",
	}, {
		.msg = { KPPTP_SLI, .sli = { .peer_call_id = 1,
			 .send_accm = 0xffffffff, .recv_accm = 0x000a0000 } },
		.length = 24,
		.head = "001800011a2b3c4d000f0000" "00010000" "ffffffff"
			"000a0000",
		.line = "Set-Link-Info peer-call-id 1 send-accm 0xffffffff"
			" recv-accm 0x000a0000",
	},
};

#define N_VECTORS	(sizeof(vectors) / sizeof(vectors[0]))

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n;

	for (n = 0; hex[0] && hex[1]; hex += 2, n++) {
		char octet[3] = { hex[0], hex[1], 0 };

		out[n] = (uint8_t)strtoul(octet, NULL, 16);
	}
	return n;
}

static void every_type_has_a_vector(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(N_VECTORS, KPPTP_CTRL_TYPES - 1);
	for (i = 0; i < N_VECTORS; i++)
		assert_int_equal(vectors[i].msg.type, i + 1);
}

static void encodes_to_the_octets(void **state)
{
	uint8_t buf[KPPTP_CTRL_MAX], head[KPPTP_CTRL_MAX];
	size_t i, n;

	(void)state;
	for (i = 0; i < N_VECTORS; i++) {
		n = unhex(vectors[i].head, head);
		memset(buf, 0xaa, sizeof(buf));
		assert_int_equal(kpptp_ctrl_encode(&vectors[i].msg, buf),
				 vectors[i].length);
		assert_int_equal(kpptp_ctrl_length(vectors[i].msg.type),
				 vectors[i].length);
		assert_memory_equal(buf, head, n);
	}
}

static void decodes_to_the_values(void **state)
{
	uint8_t buf[KPPTP_CTRL_MAX];
	struct kpptp_ctrl_msg msg;
	size_t i, n;

	(void)state;
	for (i = 0; i < N_VECTORS; i++) {
		n = kpptp_ctrl_encode(&vectors[i].msg, buf);
		memset(&msg, 0x55, sizeof(msg));
		assert_int_equal(kpptp_ctrl_decode(buf, n, &msg),
				 KPPTP_CTRL_OK);
		assert_memory_equal(&msg, &vectors[i].msg, sizeof(msg));
	}
}

static void prints_a_line(void **state)
{
	char line[2048], tight[20];
	size_t i;

	(void)state;
	for (i = 0; i < N_VECTORS; i++) {
		assert_string_equal(kpptp_ctrl_print(&vectors[i].msg, line,
						     sizeof(line)),
				    vectors[i].line);
		kpptp_ctrl_print(&vectors[i].msg, tight, sizeof(tight));
		assert_memory_equal(tight, line, sizeof(tight) - 1);
		assert_int_equal(strlen(tight), sizeof(tight) - 1);
	}
}

static void refuses_every_truncation(void **state)
{
	uint8_t buf[KPPTP_CTRL_MAX], *exact;
	struct kpptp_ctrl_msg msg;
	size_t i, n, cut, found;

	(void)state;
	for (i = 0; i < N_VECTORS; i++) {
		n = kpptp_ctrl_encode(&vectors[i].msg, buf);
		for (cut = 0; cut < n; cut++) {
			/* a block of this very size, for the sanitiser */
			exact = malloc(cut + !cut);
			memcpy(exact, buf, cut);
			assert_int_equal(kpptp_ctrl_frame(exact, cut, &found),
					 KPPTP_CTRL_MORE);
			assert_int_equal(kpptp_ctrl_decode(exact, cut, &msg),
					 KPPTP_CTRL_MORE);
			free(exact);
		}
	}
}

static void refuses_wrong_headers(void **state)
{
	static const struct {
		size_t off;
		uint8_t value;
		size_t seen_at;		/* octets after which it is found out */
		enum kpptp_ctrl_error error;
	} cases[] = {
		{ 1, 15, 2, KPPTP_CTRL_BAD_LENGTH },	/* below the shortest */
		{ 1, 0, 2, KPPTP_CTRL_BAD_LENGTH },
		{ 1, 221, 2, KPPTP_CTRL_BAD_LENGTH },	/* above the longest */
		{ 0, 1, 2, KPPTP_CTRL_BAD_LENGTH },
		{ 1, 17, 10, KPPTP_CTRL_BAD_LENGTH },	/* not of this type */
		{ 1, 20, 10, KPPTP_CTRL_BAD_LENGTH },
		{ 3, 2, 4, KPPTP_CTRL_BAD_KIND },	/* management */
		{ 3, 0, 4, KPPTP_CTRL_BAD_KIND },
		{ 2, 1, 4, KPPTP_CTRL_BAD_KIND },
		{ 4, 0x1b, 8, KPPTP_CTRL_BAD_MAGIC },
		{ 7, 0x4c, 8, KPPTP_CTRL_BAD_MAGIC },
		{ 9, 0, 10, KPPTP_CTRL_BAD_TYPE },
		{ 9, 16, 10, KPPTP_CTRL_BAD_TYPE },
		{ 8, 1, 10, KPPTP_CTRL_BAD_TYPE },
	};
	struct kpptp_ctrl_msg echo = { .type = KPPTP_ECHO_REQUEST }, msg;
	uint8_t buf[KPPTP_CTRL_MAX];
	size_t i, n, found;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = kpptp_ctrl_encode(&echo, buf);
		buf[cases[i].off] = cases[i].value;
		assert_int_equal(kpptp_ctrl_frame(buf, cases[i].seen_at - 1,
						  &found), KPPTP_CTRL_MORE);
		assert_int_equal(kpptp_ctrl_frame(buf, cases[i].seen_at,
						  &found), cases[i].error);
		assert_int_equal(kpptp_ctrl_decode(buf, n, &msg),
				 cases[i].error);
	}
}

static void refuses_octets_after_a_message(void **state)
{
	struct kpptp_ctrl_msg echo = { .type = KPPTP_ECHO_REQUEST }, msg;
	uint8_t buf[KPPTP_CTRL_MAX] = { 0 };
	size_t n = kpptp_ctrl_encode(&echo, buf);

	(void)state;
	assert_int_equal(kpptp_ctrl_decode(buf, n + 1, &msg),
			 KPPTP_CTRL_BAD_LENGTH);
}

static void ignores_reserved_fields(void **state)
{
	struct kpptp_ctrl_msg msg;
	uint8_t buf[KPPTP_CTRL_MAX];
	size_t n = kpptp_ctrl_encode(&vectors[KPPTP_ECHO_REPLY - 1].msg, buf);

	(void)state;
	buf[10] = buf[11] = buf[18] = buf[19] = 0xff;
	assert_int_equal(kpptp_ctrl_decode(buf, n, &msg), KPPTP_CTRL_OK);
	assert_memory_equal(&msg, &vectors[KPPTP_ECHO_REPLY - 1].msg,
			    sizeof(msg));
}

/* All of them one after the other, in steps of every size. */
static void frames_a_stream(void **state)
{
	uint8_t stream[N_VECTORS * KPPTP_CTRL_MAX], buf[sizeof(stream)];
	size_t total = 0, step, fed, held, used, next, n, i;

	(void)state;
	for (i = 0; i < N_VECTORS; i++)
		total += kpptp_ctrl_encode(&vectors[i].msg, stream + total);
	for (step = 1; step <= total; step += step < 300 ? 1 : 97) {
		for (fed = held = next = 0; fed < total; fed += n) {
			n = total - fed < step ? total - fed : step;
			memcpy(buf + held, stream + fed, n);
			held += n;
			while (kpptp_ctrl_frame(buf, held, &used) ==
			       KPPTP_CTRL_OK) {
				assert_int_equal(used, vectors[next++].length);
				memmove(buf, buf + used, held - used);
				held -= used;
			}
			assert_int_equal(kpptp_ctrl_frame(buf, held, &used),
					 KPPTP_CTRL_MORE);
		}
		assert_int_equal(next, N_VECTORS);
		assert_int_equal(held, 0);
	}
}

static void text_is_bounded_and_escaped(void **state)
{
	struct kpptp_ctrl_msg msg = vectors[0].msg;
	uint8_t buf[KPPTP_CTRL_MAX];
	char text[4 * KPPTP_CTRL_TEXT + 1];
	size_t n = kpptp_ctrl_encode(&msg, buf), i;

	(void)state;
	for (i = 0; i < KPPTP_CTRL_TEXT; i++)	/* all 64 used, no NUL */
		buf[28 + i] = (uint8_t)('a' + i % 26);
	memcpy(buf + 92, "ms\0rubbish", 10);	/* not zero-filled */
	assert_int_equal(kpptp_ctrl_decode(buf, n, &msg), KPPTP_CTRL_OK);
	assert_int_equal(strlen(msg.start.host), KPPTP_CTRL_TEXT);
	assert_string_equal(msg.start.vendor, "ms");
	assert_string_equal(kpptp_ctrl_text("a\n\"\\\x7f\xff~", text,
					    sizeof(text)),
			    "a\\x0a\\x22\\x5c\\x7f\\xff~");
	assert_string_equal(kpptp_ctrl_text("ab\n", text, 6), "ab");
	assert_string_equal(kpptp_ctrl_text("abc", text, 1), "");
}

static void names_are_complete(void **state)
{
	struct kpptp_ctrl_msg odd = { .type = (enum kpptp_ctrl_type)99 };
	uint8_t buf[KPPTP_CTRL_MAX];
	char line[64];
	unsigned int i;

	(void)state;
	for (i = 1; i < KPPTP_CTRL_TYPES; i++)
		assert_string_not_equal(kpptp_ctrl_name(i), "unknown");
	assert_string_equal(kpptp_ctrl_name(0), "unknown");
	assert_string_equal(kpptp_ctrl_name(16), "unknown");
	assert_int_equal(kpptp_ctrl_length(0), 0);
	for (i = 0; i < KPPTP_CTRL_ERRORS; i++)
		assert_non_null(kpptp_ctrl_strerror(i));
	assert_non_null(kpptp_ctrl_strerror(KPPTP_CTRL_ERRORS));
	assert_int_equal(kpptp_ctrl_encode(&odd, buf), 0);
	assert_string_equal(kpptp_ctrl_print(&odd, line, sizeof(line)),
			    "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_has_a_vector),
		cmocka_unit_test(encodes_to_the_octets),
		cmocka_unit_test(decodes_to_the_values),
		cmocka_unit_test(prints_a_line),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(refuses_wrong_headers),
		cmocka_unit_test(refuses_octets_after_a_message),
		cmocka_unit_test(ignores_reserved_fields),
		cmocka_unit_test(frames_a_stream),
		cmocka_unit_test(text_is_bounded_and_escaped),
		cmocka_unit_test(names_are_complete),
	};

	return cmocka_run_group_tests_name("ctrl_msg", tests, NULL, NULL);
}
