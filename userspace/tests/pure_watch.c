// SPDX-License-Identifier: GPL-2.0-or-later
/* What control frames say of the frames of IP packets. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "watch.h"

enum {
	IPCP = 0x8021, IPV6CP = 0x8057, CCP = 0x80fd, LCP = 0xc021,
	CHAP = 0xc223,
};
enum { REQ = 1, ACK, NAK, REJ, TERM_REQ, TERM_ACK, CODE_REJ, PROTO_REJ };

/* One frame with the option of this type, 0 for none. */
static uint8_t frame(uint8_t flags, bool sent, uint16_t protocol, uint8_t code,
		     uint8_t option)
{
	uint8_t data[10] = { code, 1, 0, option ? 8 : 4, option, 4, 0, 1,
			     0xff, 0xff };

	return kpptp_watch_control(flags, sent, protocol, data,
				   option ? 8 : 4);
}

static uint8_t sent(uint8_t flags, uint16_t protocol, uint8_t code,
		    uint8_t option)
{
	return frame(flags, true, protocol, code, option);
}

static uint8_t received(uint8_t flags, uint16_t protocol, uint8_t code,
			uint8_t option)
{
	return frame(flags, false, protocol, code, option);
}

/* What is negotiated without any of that leaves packets as they are, whoever
 * sends it and however often.
 */
static void most_changes_nothing(void **state)
{
	const uint16_t protocols[] = { LCP, IPCP, IPV6CP, CCP };
	const uint8_t but_ipv6 = (uint8_t)~KPPTP_WATCH_IPV6;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		uint8_t code;

		for (code = 0; code < 20; code++) {
			assert_int_equal(received(0, protocols[i], code, 0) &
					 but_ipv6, 0);
			if (protocols[i] != LCP || code < TERM_REQ)
				assert_int_equal(sent(0, protocols[i], code, 0) &
						 but_ipv6, 0);
		}
	}
	assert_true(kpptp_watch_is_control(LCP));
	assert_false(kpptp_watch_is_control(0x0057));
}

/* What the peer sends ends nothing that is in use: it may be ignored, or come
 * before the answer to what it sent first.
 */
static void the_peer_ends_nothing(void **state)
{
	const uint8_t all = KPPTP_WATCH_TX | KPPTP_WATCH_RX | KPPTP_WATCH_IPV6;
	const uint16_t protocols[] = { LCP, IPCP, IPV6CP, CCP };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		uint8_t code;

		for (code = 0; code < 20; code++)
			assert_int_equal(received(all, protocols[i], code, 0) |
					 KPPTP_WATCH_RX_COMPRESSED |
					 KPPTP_WATCH_IPV6, all);
	}
}

static void life_signs_change_nothing(void **state)
{
	const uint8_t all = KPPTP_WATCH_TX | KPPTP_WATCH_RX;
	uint8_t code;

	(void)state;
	for (code = CODE_REJ; code < 20; code++) {
		assert_int_equal(sent(0, LCP, code, 17), 0);
		assert_int_equal(received(all, LCP, code, 0), all);
	}
	assert_int_equal(received(0, LCP, 0, 17), 0);
	assert_int_equal(received(0, CHAP, REQ, 17), 0);
	assert_int_equal(received(0, 0x0021, REQ, 17), 0);
}

static void compression_we_send(void **state)
{
	const uint8_t on = KPPTP_WATCH_TX_COMPRESSED;

	(void)state;
	/* from the request on, before anybody has agreed */
	assert_true(received(0, CCP, REQ, 18) & on);
	assert_true(sent(on, CCP, ACK, 18) & on);
	/* and from our acknowledgement on, whatever came between */
	assert_true(sent(0, CCP, ACK, 18) & on);
	/* our own request says nothing of what we send */
	assert_false(sent(0, CCP, REQ, 18) & on);
	assert_false(received(0, CCP, ACK, 18) & on);
	assert_true(sent(on, CCP, REQ, 18) & on);
	/* refused, agreed without it, ended */
	assert_false(sent(on, CCP, REJ, 18) & on);
	assert_false(sent(on, CCP, NAK, 18) & on);
	assert_false(sent(on, CCP, ACK, 0) & on);
	assert_false(sent(on, CCP, TERM_REQ, 0) & on);
	assert_false(sent(on, CCP, TERM_ACK, 0) & on);
	assert_true(received(on, CCP, NAK, 18) & on);
}

static void compression_we_receive(void **state)
{
	const uint8_t on = KPPTP_WATCH_RX_COMPRESSED;

	(void)state;
	assert_true(received(0, CCP, ACK, 26) & on);
	assert_false(received(0, CCP, ACK, 0) & on);
	assert_false(sent(0, CCP, ACK, 26) & on);
	assert_false(sent(on, CCP, REQ, 26) & on);
	assert_true(received(on, CCP, REQ, 26) & on);
	assert_false(received(on, CCP, TERM_ACK, 0) & on);
}

static void header_compression(void **state)
{
	const uint8_t on = KPPTP_WATCH_VJ;

	(void)state;
	assert_true(received(0, IPCP, REQ, 2) & on);
	assert_true(sent(on, IPCP, ACK, 2) & on);
	assert_true(sent(0, IPCP, ACK, 2) & on);
	assert_false(received(0, IPCP, REQ, 3) & on);
	assert_false(sent(on, IPCP, ACK, 3) & on);
	assert_false(sent(on, IPCP, REJ, 2) & on);
	assert_false(sent(on, IPCP, TERM_ACK, 0) & on);
	/* what we ask for is what we receive, which is no IP packet */
	assert_false(sent(0, IPCP, REQ, 2) & on);
	assert_false(received(0, IPCP, ACK, 2) & on);
}

static void multilink(void **state)
{
	const uint8_t on = KPPTP_WATCH_MULTILINK;

	(void)state;
	assert_true(received(0, LCP, REQ, 17) & on);
	assert_true(received(0, LCP, ACK, 17) & on);
	assert_true(sent(0, LCP, ACK, 17) & on);
	assert_false(received(0, LCP, ACK, 1) & on);
	assert_true(sent(on, LCP, REQ, 1) & on);
	assert_false(sent(on, LCP, ACK, 1) & on);
	assert_false(sent(on, LCP, REJ, 17) & on);
}

/* Our Protocol-Reject of this protocol, with the packet that is rejected. */
static uint8_t reject(uint8_t flags, bool sent, uint16_t protocol)
{
	uint8_t data[] = { PROTO_REJ, 1, 0, 10, protocol >> 8, protocol & 0xff,
			   REQ, 1, 0, 4 };

	return kpptp_watch_control(flags, sent, LCP, data, sizeof(data));
}

/* As pppd answers all of CCP with "noccp". */
static void a_protocol_we_do_not_speak(void **state)
{
	const uint8_t all = KPPTP_WATCH_TX | KPPTP_WATCH_RX;
	uint8_t cut[] = { PROTO_REJ, 1, 0, 5, 0x80 };

	(void)state;
	assert_int_equal(reject(all, true, CCP),
			 all & ~(KPPTP_WATCH_TX_COMPRESSED |
				 KPPTP_WATCH_RX_COMPRESSED));
	assert_int_equal(reject(all, true, IPCP), all & ~KPPTP_WATCH_VJ);
	assert_int_equal(reject(all, true, IPV6CP), all);
	assert_int_equal(reject(all, false, CCP), all);
	assert_int_equal(kpptp_watch_control(all, true, LCP, cut, sizeof(cut)),
			 all);
}

static void ipv6(void **state)
{
	const uint8_t on = KPPTP_WATCH_IPV6;
	const uint8_t refusal[] = { 8, 1, 0, 8, 0x80, 0x57, 1, 1 };

	(void)state;
	/* from our request on; what the peer asks for can be refused */
	assert_true(sent(0, IPV6CP, REQ, 1) & on);
	assert_false(received(0, IPV6CP, REQ, 1) & on);
	assert_true(sent(0, IPV6CP, ACK, 1) & on);
	assert_true(received(0, IPV6CP, ACK, 1) & on);
	assert_true(received(on, IPV6CP, NAK, 1) & on);
	assert_false(sent(on, IPV6CP, TERM_REQ, 0) & on);
	assert_false(received(on, IPV6CP, TERM_ACK, 0) & on);
	assert_false(sent(0, IPCP, REQ, 1) & on);
	/* the peer has none: all of the protocol's number must be there */
	assert_false(kpptp_watch_control(on, false, LCP, refusal, 8) & on);
	assert_false(kpptp_watch_control(on, false, LCP, refusal, 6) & on);
	assert_true(kpptp_watch_control(on, false, LCP, refusal, 5) & on);
	assert_true(kpptp_watch_control(on, true, LCP, refusal, 8) & on);
	assert_true(kpptp_watch_control(on, false, IPCP, refusal, 8) & on);
}

static void a_new_link_starts_anew(void **state)
{
	const uint8_t all = KPPTP_WATCH_TX | KPPTP_WATCH_RX;

	(void)state;
	assert_int_equal(sent(all, LCP, TERM_REQ, 0), KPPTP_WATCH_DOWN);
	assert_int_equal(sent(0, LCP, TERM_ACK, 0), KPPTP_WATCH_DOWN);
	assert_int_equal(sent(all, LCP, REQ, 1),
			 KPPTP_WATCH_DOWN | KPPTP_WATCH_MULTILINK);
}

/* Cut anywhere, with any length of an option: nothing is read beyond the end,
 * which the sanitizer sees in a buffer of exact size, and it comes to an end.
 */
static void cut_and_nonsense(void **state)
{
	uint8_t whole[12] = { ACK, 7, 0, 12, 1, 4, 5, 6, 17, 4, 5, 220 };
	uint32_t len;

	(void)state;
	for (len = 0; len <= sizeof(whole); len++) {
		uint8_t *exact = test_malloc(len ? len : 1);
		int lie;

		memcpy(exact, whole, len);
		assert_int_equal(kpptp_watch_control(0, true, LCP, exact, len) &
				 KPPTP_WATCH_MULTILINK,
				 len >= 10 ? KPPTP_WATCH_MULTILINK : 0);
		for (lie = 0; len > 5 && lie < 256; lie++) {
			exact[5] = lie;
			kpptp_watch_control(0, true, LCP, exact, len);
			exact[5] = 4;
		}
		test_free(exact);
	}
	/* padding beyond the length counts for nothing */
	whole[3] = 8;
	assert_false(kpptp_watch_control(0, true, LCP, whole, 12) &
		     KPPTP_WATCH_MULTILINK);
}

enum { SECOND = 1000000000, MINUTE = 60 };

/* A peer that has them end as often as it can for ten minutes: how often they
 * begin, and how often in the minute that had most.
 */
static void a_peer_that_goes_on(void **state)
{
	struct kpptp_settle settle = { 0 };
	unsigned int in_minute[10] = { 0 }, i;
	uint64_t tick;

	(void)state;
	for (tick = 0; tick < 10 * MINUTE * 10; tick++) {
		uint64_t now = (1000 + tick) * (SECOND / 10);

		if (!kpptp_settle_over(&settle, now))
			continue;
		kpptp_settle_began(&settle, now);
		in_minute[tick / (MINUTE * 10)]++;
		kpptp_settle_ended(&settle, now + 1);
	}
	assert_in_range(in_minute[0], 1, 4);
	for (i = 1; i < 10; i++)
		assert_in_range(in_minute[i], 0, 2);
	assert_int_equal(in_minute[9], 1);
}

static void what_is_long_ago_is_forgotten(void **state)
{
	struct kpptp_settle settle = { 0 };
	uint64_t now = SECOND;
	int i;

	(void)state;
	assert_true(kpptp_settle_over(&settle, 0));
	for (i = 0; i < 10; i++) {
		kpptp_settle_began(&settle, now);
		kpptp_settle_ended(&settle, now);
		now = settle.until;
	}
	assert_int_equal(settle.delay, KPPTP_SETTLE_MAX);
	kpptp_settle_began(&settle, now);
	now += KPPTP_SETTLE_FORGET;
	kpptp_settle_ended(&settle, now);
	assert_false(kpptp_settle_over(&settle, now + KPPTP_SETTLE_MIN - 1));
	assert_true(kpptp_settle_over(&settle, now + KPPTP_SETTLE_MIN));
}

/* As long as something changes they do not begin, neither the first time. */
static void changes_put_it_off(void **state)
{
	struct kpptp_settle settle = { 0 };
	uint64_t now = SECOND;

	(void)state;
	kpptp_settle_changed(&settle, now);
	assert_false(kpptp_settle_over(&settle, now + KPPTP_SETTLE_MIN - 1));
	now += KPPTP_SETTLE_MIN;
	assert_true(kpptp_settle_over(&settle, now));
	kpptp_settle_began(&settle, now);
	kpptp_settle_ended(&settle, now);
	kpptp_settle_began(&settle, now);
	kpptp_settle_ended(&settle, now);
	kpptp_settle_changed(&settle, now + 1);
	assert_int_equal(settle.until, now + 1 + 2 * KPPTP_SETTLE_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(most_changes_nothing),
		cmocka_unit_test(the_peer_ends_nothing),
		cmocka_unit_test(life_signs_change_nothing),
		cmocka_unit_test(compression_we_send),
		cmocka_unit_test(compression_we_receive),
		cmocka_unit_test(header_compression),
		cmocka_unit_test(multilink),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(a_protocol_we_do_not_speak),
		cmocka_unit_test(a_new_link_starts_anew),
		cmocka_unit_test(cut_and_nonsense),
		cmocka_unit_test(a_peer_that_goes_on),
		cmocka_unit_test(what_is_long_ago_is_forgotten),
		cmocka_unit_test(changes_put_it_off),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
