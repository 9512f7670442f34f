// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cli_doctor.c - kpptp doctor without a network: what follows from which facts,
 * and its LCP
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "../kpptp/doctor.h"

/* --------------------------------------------------------------- verdicts */

static struct kpptp_facts facts;
static struct kpptp_attempt *const one = &facts.attempt[0];
static struct kpptp_attempt *const two = &facts.attempt[1];
static struct kpptp_finding found[KPPTP_CHECKS];

/* Everything is as it should be, with a log-in. */
static void all_is_well(void)
{
	memset(&facts, 0, sizeof(facts));
	facts.host = "vpn.example.net";
	facts.port = 1723;
	facts.seconds = 5;
	facts.mtu = 1400;
	inet_pton(AF_INET, "203.0.113.2", &facts.local);
	inet_pton(AF_INET, "192.0.2.1", &facts.peer);
	facts.login_wanted = true;
	facts.login = KPPTP_LOGIN_OK;
	strcpy(facts.login_why, "the link came up");
	one->made = true;
	one->start = KPPTP_REPLY_OK;
	strcpy(one->server, "local");
	strcpy(one->vendor, "kpptp");
	one->call = KPPTP_REPLY_OK;
	one->call_id = 7;
	one->peer_call_id = 8;
	one->gre_tried = true;
	one->gre.tx = one->gre.rx = one->gre.wire = 9;
	one->gre.acked = true;
	one->lcp.magic = 1;
	one->lcp.answered = one->lcp.acked = one->lcp.agreed = true;
	one->lcp.echoed = 1400;
	one->mtu_tried = 1400;
}

/* Nothing of the server's GRE comes. */
static void no_gre(enum kpptp_reach looped)
{
	facts.login = KPPTP_LOGIN_NOT_TRIED;
	memset(&one->gre, 0, sizeof(one->gre));
	memset(&one->lcp, 0, sizeof(one->lcp));
	one->gre.tx = 5;
	one->gre.looped = looped;
	one->mtu_tried = 0;
}

/* The attempt ended before there was a call. */
static void no_call(enum kpptp_reply start, enum kpptp_reply call)
{
	no_gre(KPPTP_REACH_UNKNOWN);
	one->start = start;
	one->call = call;
	one->gre_tried = false;
}

static void icmp(struct kpptp_icmp *e, const char *from, int type, int code)
{
	e->seen = true;
	e->type = type;
	e->code = code;
	inet_pton(AF_INET, from, &e->from);
}

/* The first fault is @fault, at @check; and every finding has its sentence. */
static void expect(enum kpptp_check check, enum kpptp_fault fault)
{
	size_t i;

	kpptp_doctor_judge(&facts, found);
	for (i = 0; i < KPPTP_CHECKS; i++) {
		assert_true(*found[i].detail);
		assert_int_equal(found[i].state == KPPTP_CHECK_PROBLEM,
				 found[i].fault != KPPTP_FAULT_NONE);
		if (i < check)
			assert_int_not_equal(found[i].state,
					     KPPTP_CHECK_PROBLEM);
	}
	assert_int_equal(found[check].fault, fault);
}

static void expect_state(enum kpptp_check check, enum kpptp_check_state state)
{
	assert_int_equal(found[check].state, state);
}

static void test_healthy(void **state)
{
	size_t i;

	(void)state;
	all_is_well();
	kpptp_doctor_judge(&facts, found);
	for (i = 0; i < KPPTP_CHECKS; i++)
		expect_state(i, KPPTP_CHECK_OK);
	assert_false(kpptp_doctor_needs_second(one));
	/* it was we who hung up */
	one->lcp.ended = true;
	kpptp_doctor_judge(&facts, found);
	expect_state(KPPTP_CHECK_PPP, KPPTP_CHECK_OK);
	facts.login_wanted = false;
	facts.login = KPPTP_LOGIN_NOT_TRIED;
	kpptp_doctor_judge(&facts, found);
	expect_state(KPPTP_CHECK_LOGIN, KPPTP_CHECK_SKIPPED);
	assert_non_null(strstr(found[KPPTP_CHECK_LOGIN].detail, "--user"));
}

static void test_this_host(void **state)
{
	(void)state;
	all_is_well();
	facts.module = -ENOENT;
	strcpy(facts.module_why, "the kernel module is not loaded");
	expect(KPPTP_CHECK_HOST, KPPTP_FAULT_MODULE);
	facts.in_tree = true;
	expect(KPPTP_CHECK_HOST, KPPTP_FAULT_IN_TREE);
	facts.module = -EPERM;
	expect(KPPTP_CHECK_HOST, KPPTP_FAULT_RIGHTS);
	facts.module = 0;
	facts.rights = -EPERM;
	expect(KPPTP_CHECK_HOST, KPPTP_FAULT_RIGHTS);
	facts.rights = 0;
	facts.daemon = -ECONNREFUSED;
	strcpy(facts.daemon_why, "nobody listens");
	expect(KPPTP_CHECK_DAEMON, KPPTP_FAULT_DAEMON);
}

static void test_way(void **state)
{
	(void)state;
	all_is_well();
	no_call(KPPTP_REPLY_NOT_ASKED, KPPTP_REPLY_NOT_ASKED);
	one->made = false;
	facts.route = 1;
	facts.resolved = EAI_NONAME;
	expect(KPPTP_CHECK_NAME, KPPTP_FAULT_NAME);
	expect_state(KPPTP_CHECK_ROUTE, KPPTP_CHECK_SKIPPED);
	facts.resolved = 0;
	facts.route = -ENETUNREACH;
	expect(KPPTP_CHECK_ROUTE, KPPTP_FAULT_ROUTE);
	expect_state(KPPTP_CHECK_TCP, KPPTP_CHECK_SKIPPED);
}

static void test_tcp(void **state)
{
	static const struct {
		int err;
		int code;	/* of an ICMP destination unreachable, or -1 */
		enum kpptp_reach ping;
		enum kpptp_fault fault;
	} rows[] = {
		{ ECONNREFUSED, -1, 0, KPPTP_FAULT_TCP_REFUSED },
		{ ECONNREFUSED, 3, 0, KPPTP_FAULT_TCP_REJECTED },
		{ EHOSTUNREACH, 13, 0, KPPTP_FAULT_TCP_REJECTED },
		{ EHOSTUNREACH, 1, 0, KPPTP_FAULT_HOST_SILENT },
		{ EHOSTUNREACH, -1, 0, KPPTP_FAULT_HOST_SILENT },
		{ ETIMEDOUT, -1, KPPTP_REACH_YES, KPPTP_FAULT_TCP_FILTERED },
		{ ETIMEDOUT, -1, KPPTP_REACH_NO, KPPTP_FAULT_HOST_SILENT },
		{ EACCES, -1, 0, KPPTP_FAULT_TCP_OTHER },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		all_is_well();
		no_call(KPPTP_REPLY_NOT_ASKED, KPPTP_REPLY_NOT_ASKED);
		one->tcp_errno = rows[i].err;
		facts.ping = rows[i].ping;
		if (rows[i].code >= 0)
			icmp(&one->icmp, "192.0.2.254", 3, rows[i].code);
		expect(KPPTP_CHECK_TCP, rows[i].fault);
		assert_false(kpptp_doctor_needs_second(one));
	}
}

static void test_server(void **state)
{
	static const struct {
		enum kpptp_reply start;
		enum kpptp_reply call;
		uint8_t result;
		uint8_t error;
		enum kpptp_fault fault;
		bool second;
	} rows[] = {
		{ KPPTP_REPLY_GARBAGE, 0, 0, 0, KPPTP_FAULT_PROTOCOL, false },
		{ KPPTP_REPLY_SILENT, 0, 0, 0, KPPTP_FAULT_START_SILENT, false },
		{ KPPTP_REPLY_CLOSED, 0, 0, 0, KPPTP_FAULT_START_CLOSED, false },
		{ KPPTP_REPLY_REFUSED, 0, 0, 0, KPPTP_FAULT_START_REFUSED,
		  false },
		{ KPPTP_REPLY_OK, KPPTP_REPLY_REFUSED, 4, 0,
		  KPPTP_FAULT_CALL_FULL, false },
		{ KPPTP_REPLY_OK, KPPTP_REPLY_REFUSED, 2, 4,
		  KPPTP_FAULT_CALL_FULL, false },
		{ KPPTP_REPLY_OK, KPPTP_REPLY_REFUSED, 2, 5,
		  KPPTP_FAULT_CALL_ID, true },
		{ KPPTP_REPLY_OK, KPPTP_REPLY_REFUSED, 7, 0,
		  KPPTP_FAULT_CALL_REFUSED, true },
		{ KPPTP_REPLY_OK, KPPTP_REPLY_SILENT, 0, 0,
		  KPPTP_FAULT_CALL_SILENT, false },
		{ KPPTP_REPLY_OK, KPPTP_REPLY_CLOSED, 0, 0,
		  KPPTP_FAULT_CALL_SILENT, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		all_is_well();
		no_call(rows[i].start, rows[i].call);
		one->call_result = rows[i].result;
		one->call_error = rows[i].error;
		expect(rows[i].start == KPPTP_REPLY_OK ? KPPTP_CHECK_CALL :
							 KPPTP_CHECK_START,
		       rows[i].fault);
		expect_state(KPPTP_CHECK_GRE_IN, KPPTP_CHECK_SKIPPED);
		assert_int_equal(kpptp_doctor_needs_second(one),
				 rows[i].second);
	}
}

/* What the server's texts contain must not reach the terminal. */
static void test_server_text(void **state)
{
	(void)state;
	all_is_well();
	strcpy(one->server, "a\033[31mb");
	kpptp_doctor_judge(&facts, found);
	assert_null(strchr(found[KPPTP_CHECK_START].detail, '\033'));
}

static void test_gre(void **state)
{
	(void)state;
	all_is_well();
	no_gre(KPPTP_REACH_NO);
	expect(KPPTP_CHECK_GRE_OUT, KPPTP_FAULT_GRE_BOTH);
	expect(KPPTP_CHECK_GRE_OUT, found[KPPTP_CHECK_GRE_IN].fault);
	assert_false(kpptp_doctor_needs_second(one));
	no_gre(KPPTP_REACH_YES);
	expect(KPPTP_CHECK_GRE_IN, KPPTP_FAULT_GRE_FROM);
	expect_state(KPPTP_CHECK_GRE_OUT, KPPTP_CHECK_OK);
	assert_true(kpptp_doctor_needs_second(one));
	no_gre(KPPTP_REACH_UNKNOWN);
	expect(KPPTP_CHECK_GRE_IN, KPPTP_FAULT_GRE_UNSURE);
	expect_state(KPPTP_CHECK_GRE_OUT, KPPTP_CHECK_UNKNOWN);
	assert_true(kpptp_doctor_needs_second(one));
	expect_state(KPPTP_CHECK_PPP, KPPTP_CHECK_SKIPPED);
	/* theirs comes, and shows that ours does not */
	one->gre.rx = one->gre.wire = 3;
	expect(KPPTP_CHECK_GRE_OUT, KPPTP_FAULT_GRE_TO);
	expect_state(KPPTP_CHECK_GRE_IN, KPPTP_CHECK_OK);
	expect_state(KPPTP_CHECK_PPP, KPPTP_CHECK_SKIPPED);
	assert_false(kpptp_doctor_needs_second(one));
}

static void test_gre_refused(void **state)
{
	(void)state;
	all_is_well();
	no_gre(KPPTP_REACH_UNKNOWN);
	icmp(&one->gre.icmp, "192.0.2.254", 3, 13);
	expect(KPPTP_CHECK_GRE_OUT, KPPTP_FAULT_GRE_REJECTED);
	assert_non_null(strstr(found[KPPTP_CHECK_GRE_OUT].detail,
			       "192.0.2.254"));
	expect_state(KPPTP_CHECK_GRE_IN, KPPTP_CHECK_UNKNOWN);
	assert_false(kpptp_doctor_needs_second(one));
	icmp(&one->gre.icmp, "192.0.2.1", 3, 2);
	expect(KPPTP_CHECK_GRE_OUT, KPPTP_FAULT_GRE_UNKNOWN_THERE);
	/* it was only not ready for the first packet */
	all_is_well();
	icmp(&one->gre.icmp, "192.0.2.1", 3, 2);
	expect(KPPTP_CHECK_LOGIN, KPPTP_FAULT_NONE);
	expect_state(KPPTP_CHECK_GRE_OUT, KPPTP_CHECK_OK);
	no_gre(KPPTP_REACH_UNKNOWN);
	one->gre.tx_errno = EPERM;
	expect(KPPTP_CHECK_GRE_OUT, KPPTP_FAULT_GRE_LOCAL);
	no_gre(KPPTP_REACH_UNKNOWN);
	one->gre.wire = 4;
	kpptp_doctor_judge(&facts, found);
	assert_int_equal(found[KPPTP_CHECK_GRE_IN].fault,
			 KPPTP_FAULT_GRE_LOCAL);
}

/* Private addresses, and the first and last that are none. */
static void test_nat(void **state)
{
	static const struct {
		const char *local;
		bool nat;
	} rows[] = {
		{ "10.0.0.1", true }, { "11.0.0.1", false },
		{ "172.16.0.1", true }, { "172.31.255.254", true },
		{ "172.32.0.1", false }, { "172.15.0.1", false },
		{ "192.168.1.1", true }, { "192.169.0.1", false },
		{ "100.64.0.1", true }, { "100.127.255.254", true },
		{ "100.128.0.1", false }, { "100.63.255.254", false },
		{ "169.254.3.4", true },
	};
	size_t i;

	(void)state;
	all_is_well();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		inet_pton(AF_INET, rows[i].local, &facts.local);
		no_gre(KPPTP_REACH_YES);
		expect(KPPTP_CHECK_GRE_IN, rows[i].nat ? KPPTP_FAULT_NAT :
							 KPPTP_FAULT_GRE_FROM);
		no_gre(KPPTP_REACH_UNKNOWN);
		expect(KPPTP_CHECK_GRE_IN, rows[i].nat ?
		       KPPTP_FAULT_NAT : KPPTP_FAULT_GRE_UNSURE);
		no_gre(KPPTP_REACH_NO);
		expect(KPPTP_CHECK_GRE_OUT, KPPTP_FAULT_GRE_BOTH);
	}
	/* from private to private there need be no NAT */
	inet_pton(AF_INET, "10.0.0.1", &facts.local);
	inet_pton(AF_INET, "10.9.0.1", &facts.peer);
	no_gre(KPPTP_REACH_YES);
	expect(KPPTP_CHECK_GRE_IN, KPPTP_FAULT_GRE_FROM);
}

static void test_call_id(void **state)
{
	(void)state;
	all_is_well();
	*two = *one;
	two->call_id = 70;
	no_gre(KPPTP_REACH_YES);
	expect(KPPTP_CHECK_CALL, KPPTP_FAULT_CALL_ID);
	expect_state(KPPTP_CHECK_GRE_IN, KPPTP_CHECK_OK);
	expect_state(KPPTP_CHECK_MTU, KPPTP_CHECK_OK);
	assert_non_null(strstr(found[KPPTP_CHECK_CALL].detail, "70"));
	no_call(KPPTP_REPLY_OK, KPPTP_REPLY_CLOSED);
	expect(KPPTP_CHECK_CALL, KPPTP_FAULT_CALL_ID);
	/* the second one did no better: it is not the Call ID */
	all_is_well();
	no_gre(KPPTP_REACH_YES);
	*two = *one;
	expect(KPPTP_CHECK_GRE_IN, KPPTP_FAULT_GRE_FROM);
	all_is_well();
	no_call(KPPTP_REPLY_OK, KPPTP_REPLY_NOT_ASKED);
	one->id_taken = true;
	assert_true(kpptp_doctor_needs_second(one));
	expect(KPPTP_CHECK_CALL, KPPTP_FAULT_CALL_ID);
}

static void test_ppp(void **state)
{
	static const struct {
		const char *why;
		enum kpptp_fault fault;
	} rows[] = {
		{ "PPP ended: the peer did not accept our user name and password",
		  KPPTP_FAULT_AUTH },
		{ "PPP negotiation failed: no network protocol came up",
		  KPPTP_FAULT_PPP },
		{ "disconnected by the peer: it lost the link (result 1, error 0, cause 0): the peer says \"MPPE required\"",
		  KPPTP_FAULT_PPP },
		{ "refused by the server: busy", KPPTP_FAULT_LOGIN },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		all_is_well();
		facts.login = KPPTP_LOGIN_FAILED;
		strcpy(facts.login_why, rows[i].why);
		expect(KPPTP_CHECK_LOGIN, rows[i].fault);
	}
	facts.login = KPPTP_LOGIN_NOT_TRIED;
	one->mtu_tried = 0;
	one->lcp.agreed = false;
	expect(KPPTP_CHECK_PPP, KPPTP_FAULT_PPP_SILENT);
	one->call_ended = true;
	expect(KPPTP_CHECK_PPP, KPPTP_FAULT_PPP_ENDED);
	/* no GRE came, and none need have been on its way, with any Call ID */
	no_gre(KPPTP_REACH_UNKNOWN);
	one->call_ended = true;
	assert_false(kpptp_doctor_needs_second(one));
	expect(KPPTP_CHECK_PPP, KPPTP_FAULT_PPP_ENDED);
	expect_state(KPPTP_CHECK_GRE_OUT, KPPTP_CHECK_UNKNOWN);
	expect_state(KPPTP_CHECK_GRE_IN, KPPTP_CHECK_UNKNOWN);
}

static void test_mtu(void **state)
{
	(void)state;
	all_is_well();
	one->lcp.echoed = 1252;
	expect(KPPTP_CHECK_MTU, KPPTP_FAULT_MTU);
	one->large_out = KPPTP_REACH_YES;
	expect(KPPTP_CHECK_MTU, KPPTP_FAULT_MTU);
	assert_non_null(strstr(found[KPPTP_CHECK_MTU].detail, "way back"));
	/* that is what fits, and ICMP said so */
	one->gre.path_mtu = 1292;
	expect(KPPTP_CHECK_LOGIN, KPPTP_FAULT_NONE);
	expect_state(KPPTP_CHECK_MTU, KPPTP_CHECK_OK);
	one->gre.path_mtu = 1400;
	expect(KPPTP_CHECK_MTU, KPPTP_FAULT_MTU);
	one->lcp.echoed = 0;
	expect(KPPTP_CHECK_LOGIN, KPPTP_FAULT_NONE);
	expect_state(KPPTP_CHECK_MTU, KPPTP_CHECK_UNKNOWN);
}

/* Each fault has a code of its own, words, advice and a status. */
static void test_texts(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < KPPTP_FAULTS; i++) {
		const struct kpptp_fault_text *text = kpptp_fault_text(i);

		assert_non_null(text->code);
		assert_true(strlen(text->what) > 20);
		assert_int_equal(!i, !*text->todo);
		assert_int_equal(!i, !text->status);
		for (k = 0; k < i; k++)
			assert_string_not_equal(text->code,
						kpptp_fault_text(k)->code);
	}
	for (i = 0; i < KPPTP_CHECKS; i++) {
		assert_non_null(kpptp_check_name(i));
		assert_non_null(kpptp_check_title(i));
	}
}

/* -------------------------------------------------------------------- LCP */

static uint8_t out[KPPTP_LCP_FRAME];

static size_t feed(struct kpptp_lcp *lcp, const void *frame, size_t len)
{
	/* of just this size, so that a read beyond it is noticed */
	uint8_t *copy = malloc(len ? len : 1);
	size_t n;

	memcpy(copy, frame, len);
	n = kpptp_lcp_input(lcp, copy, len, out);
	free(copy);
	return n;
}

#define FEED(lcp, text) feed(lcp, text, sizeof(text) - 1)

static void expect_out(size_t len, const void *frame, size_t want)
{
	assert_int_equal(len, want);
	assert_memory_equal(out, frame, want);
}

#define EXPECT_OUT(len, text) expect_out(len, text, sizeof(text) - 1)

static void test_lcp_opens(void **state)
{
	struct kpptp_lcp lcp = { .magic = 0x01020305 };

	(void)state;
	EXPECT_OUT(kpptp_lcp_request(&lcp, out),
		   "\xff\x03\xc0\x21\x01\x01\x00\x0a\x05\x06\x01\x02\x03\x05");
	/* its auth and magic are taken; what would change frames is not */
	EXPECT_OUT(FEED(&lcp, "\xff\x03\xc0\x21\x01\x09\x00\x17"
			"\x03\x05\xc2\x23\x81\x05\x06\x0a\x0b\x0c\x0d"
			"\x07\x02\x08\x02\x11\x04\x05\xdc"),
		   "\xff\x03\xc0\x21\x04\x09\x00\x0c\x07\x02\x08\x02\x11\x04\x05\xdc");
	assert_false(lcp.agreed);
	EXPECT_OUT(FEED(&lcp, "\xc0\x21\x01\x0a\x00\x0f"
			"\x03\x05\xc2\x23\x81\x05\x06\x0a\x0b\x0c\x0d"),
		   "\xff\x03\xc0\x21\x02\x0a\x00\x0f"
		   "\x03\x05\xc2\x23\x81\x05\x06\x0a\x0b\x0c\x0d");
	assert_string_equal(kpptp_lcp_auth_name(&lcp), "mschap-v2");
	assert_false(kpptp_lcp_open(&lcp));
	FEED(&lcp, "\xff\x03\xc0\x21\x02\x01\x00\x0a\x05\x06\x01\x02\x03\x05");
	assert_true(kpptp_lcp_open(&lcp));
	EXPECT_OUT(FEED(&lcp, "\xff\x03\xc0\x21\x05\x33\x00\x04"),
		   "\xff\x03\xc0\x21\x06\x33\x00\x04");
	assert_false(kpptp_lcp_open(&lcp));
}

static void test_lcp_auth(void **state)
{
	static const struct {
		uint16_t auth;
		uint8_t chap;
		const char *name;
	} rows[] = {
		{ 0, 0, "none" }, { 0xc023, 0, "pap" }, { 0xc227, 0, "eap" },
		{ 0xc223, 5, "chap" }, { 0xc223, 0x80, "mschap" },
		{ 0xc223, 0x81, "mschap-v2" }, { 0xc123, 0, "an unknown method" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct kpptp_lcp lcp = {
			.auth = rows[i].auth, .chap = rows[i].chap,
		};

		assert_string_equal(kpptp_lcp_auth_name(&lcp), rows[i].name);
	}
}

static void test_lcp_echo(void **state)
{
	struct kpptp_lcp lcp = { .magic = 0x01020305 };
	uint8_t reply[KPPTP_LCP_FRAME];
	size_t len;

	(void)state;
	EXPECT_OUT(FEED(&lcp, "\xff\x03\xc0\x21\x09\x05\x00\x0a\x09\x09\x09\x09zz"),
		   "\xff\x03\xc0\x21\x0a\x05\x00\x0a\x01\x02\x03\x05zz");
	len = kpptp_lcp_echo(&lcp, 1400, out);
	assert_int_equal(len, 1404);
	memcpy(reply, out, len);
	reply[4] = 10;
	assert_int_equal(feed(&lcp, reply, len), 0);
	assert_int_equal(lcp.echoed, 1400);
	/* one that was cut short is none of that length */
	lcp.echoed = 0;
	assert_int_equal(feed(&lcp, reply, len - 1), 0);
	assert_int_equal(lcp.echoed, 0);
}

/* A peer that refuses the magic number is asked without one. */
static void test_lcp_refused(void **state)
{
	struct kpptp_lcp lcp = { .magic = 0x01020305 };

	(void)state;
	FEED(&lcp, "\xff\x03\xc0\x21\x03\x01\x00\x0a\x05\x06\x01\x02\x03\x05");
	assert_true(lcp.answered);
	assert_int_equal(lcp.magic, 0x01020307);
	FEED(&lcp, "\xff\x03\xc0\x21\x04\x01\x00\x0a\x05\x06\x01\x02\x03\x05");
	EXPECT_OUT(kpptp_lcp_request(&lcp, out),
		   "\xff\x03\xc0\x21\x01\x01\x00\x04");
	EXPECT_OUT(kpptp_lcp_loop(3, 0x11223344, out),
		   "\xff\x03\xc0\x21\x03\x03\x00\x0a\x05\x06\x11\x22\x33\x44");
	EXPECT_OUT(kpptp_lcp_terminate(true, out),
		   "\xff\x03\xc0\x21\x06\x01\x00\x04");
}

/* Frames that are cut, lie about lengths, or are no LCP. */
static void test_lcp_rubbish(void **state)
{
	static const uint8_t request[] = "\xff\x03\xc0\x21\x01\x09\x00\x0f"
		"\x03\x05\xc2\x23\x81\x05\x06\x0a\x0b\x0c\x0d";
	uint8_t frame[sizeof(request) - 1];
	struct kpptp_lcp lcp = { .magic = 1 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(frame); i++)
		assert_int_equal(feed(&lcp, request, i), 0);
	assert_int_equal(FEED(&lcp, "\xff\x03\x00\x21\x45\x00\x00\x14"), 0);
	assert_int_equal(FEED(&lcp, "\xff\x03\xc0\x21\x01\x01\x00\x03"), 0);
	assert_int_equal(FEED(&lcp, "\xff\x03\xc0\x21\x09\x01\x00\x06zz"), 0);
	assert_int_equal(FEED(&lcp, "\xff\x03\xc0\x21\x01\x01\x00\x06\x05\x00"),
			 0);
	assert_int_equal(FEED(&lcp, "\xff\x03\xc0\x21\x01\x01\x00\x06\x05\x06"),
			 0);
	assert_false(lcp.agreed);
	srandom(1);
	for (i = 0; i < 200000; i++) {
		memcpy(frame, request, sizeof(frame));
		frame[random() % sizeof(frame)] = random();
		frame[4 + random() % (sizeof(frame) - 4)] = random();
		assert_true(feed(&lcp, frame, sizeof(frame)) <=
			    sizeof(frame));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_this_host),
		cmocka_unit_test(test_way),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_server_text),
		cmocka_unit_test(test_gre),
		cmocka_unit_test(test_gre_refused),
		cmocka_unit_test(test_nat),
		cmocka_unit_test(test_call_id),
		cmocka_unit_test(test_ppp),
		cmocka_unit_test(test_mtu),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_lcp_opens),
		cmocka_unit_test(test_lcp_auth),
		cmocka_unit_test(test_lcp_echo),
		cmocka_unit_test(test_lcp_refused),
		cmocka_unit_test(test_lcp_rubbish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
