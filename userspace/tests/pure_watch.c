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
enum { REQ = 1, ACK, NAK, REJ, TERM_REQ, TERM_ACK, CODE_REJ, ECHO_REQ = 9 };

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

static void negotiation_is_not_plain(void **state)
{
	const uint16_t protocols[] = { LCP, IPCP, IPV6CP, CCP };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		uint8_t code;

		for (code = REQ; code <= TERM_ACK; code++) {
			assert_true(sent(0, protocols[i], code, 0) &
				    KPPTP_WATCH_NEGOTIATING);
			assert_true(received(0, protocols[i], code, 0) &
				    KPPTP_WATCH_NEGOTIATING);
		}
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
	assert_true(kpptp_watch_is_control(LCP));
	assert_false(kpptp_watch_is_control(0x0057));
}

static void compression_we_send(void **state)
{
	const uint8_t on = KPPTP_WATCH_TX_COMPRESSED;

	(void)state;
	/* from the request on, before anybody has agreed */
	assert_true(received(0, CCP, REQ, 18) & on);
	assert_true(sent(on, CCP, ACK, 18) & on);
	/* our own request says nothing of what we send */
	assert_false(sent(0, CCP, REQ, 18) & on);
	assert_false(received(0, CCP, ACK, 18) & on);
	assert_true(sent(on, CCP, REQ, 18) & on);
	/* refused, asked anew without it, ended */
	assert_false(sent(on, CCP, REJ, 18) & on);
	assert_false(sent(on, CCP, NAK, 18) & on);
	assert_true(received(on, CCP, NAK, 18) & on);
	assert_false(received(on, CCP, REQ, 0) & on);
	assert_false(received(on, CCP, TERM_REQ, 0) & on);
	assert_false(sent(on, CCP, TERM_ACK, 0) & on);
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
	assert_false(received(0, IPCP, REQ, 3) & on);
	assert_false(received(on, IPCP, REQ, 3) & on);
	assert_false(sent(on, IPCP, REJ, 2) & on);
	/* what we ask for is what we receive, which is no IP packet */
	assert_false(sent(0, IPCP, REQ, 2) & on);
	assert_false(received(0, IPCP, ACK, 2) & on);
}

static void multilink(void **state)
{
	const uint8_t on = KPPTP_WATCH_MULTILINK;

	(void)state;
	assert_true(received(0, LCP, ACK, 17) & on);
	assert_true(sent(0, LCP, ACK, 17) & on);
	assert_false(received(0, LCP, REQ, 17) & on);
	assert_false(received(0, LCP, ACK, 1) & on);
}

static void ipv6(void **state)
{
	const uint8_t on = KPPTP_WATCH_IPV6;
	const uint8_t reject[] = { 8, 1, 0, 8, 0x80, 0x57, 1, 1 };

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
	assert_false(kpptp_watch_control(on, false, LCP, reject, 8) & on);
	assert_false(kpptp_watch_control(on, false, LCP, reject, 6) & on);
	assert_true(kpptp_watch_control(on, false, LCP, reject, 5) & on);
	assert_true(kpptp_watch_control(on, true, LCP, reject, 8) & on);
	assert_true(kpptp_watch_control(on, false, IPCP, reject, 8) & on);
}

static void a_new_link_starts_anew(void **state)
{
	const uint8_t all = KPPTP_WATCH_TX | KPPTP_WATCH_RX;

	(void)state;
	assert_int_equal(received(all, LCP, REQ, 1), KPPTP_WATCH_NEGOTIATING);
	assert_int_equal(sent(all, LCP, TERM_REQ, 0), KPPTP_WATCH_NEGOTIATING);
	/* an acknowledgement is of the same negotiation */
	assert_int_equal(sent(all, LCP, ACK, 1), all);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(negotiation_is_not_plain),
		cmocka_unit_test(life_signs_change_nothing),
		cmocka_unit_test(compression_we_send),
		cmocka_unit_test(compression_we_receive),
		cmocka_unit_test(header_compression),
		cmocka_unit_test(multilink),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(a_new_link_starts_anew),
		cmocka_unit_test(cut_and_nonsense),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
