// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink attributes of a call, without a kernel: what is put is what is got. */
#include "plat_test.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "../lib/nl.h"

static int decode(struct nl_msg *msg, struct kpptp_nl_call *call)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	return kpptp_nl_call_decode(nlmsg_attrdata(nlh, 0),
				    nlmsg_attrlen(nlh, 0), call);
}

static void round_trip(void **state)
{
	struct kpptp_nl_call call = {
		.local.s_addr = htonl(0xc0000201),
		.peer.s_addr = htonl(0xc0000202),
		.call_id = 65535, .peer_call_id = 0, .tx_window = 32,
		.params = {
			.rx_window = 64, .ack_delay = 100000,
			.reorder_limit = 256, .reorder_time = 30000,
			.tos = 0xb8, .tos_mode = KPPTP_TOS_MODE_INHERIT,
			.ttl = 9, .pmtu_mode = KPPTP_PMTU_MODE_DISCOVER,
			.mark = 0xfffffffe, .device = "lo", .offload = 1,
		},
		.tx_seq = 0xffffffff, .rx_seq = 1,
		.owner = true, .state = KPPTP_STATE_ATTACHED, .channel = 3,
		.ifname = "ppp12345", .reason = KPPTP_DEL_REASON_CLOSED,
		.held = 1, .tx_window_now = 2, .tx_unacked = 3, .rtt = 4,
		.ato = 5,
	};
	struct nl_msg *msg = nlmsg_alloc();
	struct kpptp_nl_call got;
	int attr;

	(void)state;
	nlmsg_put(msg, 0, 0, 1, 0, 0);
	for (attr = KPPTP_A_CALL_LOCAL; attr <= KPPTP_A_CALL_ATO; attr++)
		call.set |= UINT64_C(1) << attr;
	assert_int_equal(kpptp_nl_call_encode(msg, &call), 0);
	assert_int_equal(decode(msg, &got), 0);
	assert_memory_equal(&got, &call, sizeof(call));
	nlmsg_free(msg);
}

static void only_what_is_set(void **state)
{
	struct kpptp_nl_call call = { .set = KPPTP_NL_HAS(PEER_CALL_ID) };
	struct nl_msg *msg = nlmsg_alloc();
	struct kpptp_nl_call got;

	(void)state;
	nlmsg_put(msg, 0, 0, 1, 0, 0);
	call.params.ttl = 64;
	assert_int_equal(kpptp_nl_call_encode(msg, &call), 0);
	assert_int_equal(decode(msg, &got), 0);
	assert_true(got.set == KPPTP_NL_HAS(PEER_CALL_ID));
	assert_int_equal(got.params.ttl, 0);
	nlmsg_free(msg);
}

static void counters(void **state)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct kpptp_nl_call got;
	struct nlattr *nest;
	size_t i;

	(void)state;
	nlmsg_put(msg, 0, 0, 1, 0, 0);
	nest = nla_nest_start(msg, KPPTP_A_CALL_STATS);
	for (i = 0; i < kpptp_nl_stat_count; i++)
		nla_put_u64(msg, kpptp_nl_stat_names[i].attr, UINT64_MAX - i);
	nla_nest_end(msg, nest);
	assert_int_equal(decode(msg, &got), 0);
	for (i = 0; i < kpptp_nl_stat_count; i++)
		assert_true(*(uint64_t *)((char *)&got.stats +
			    kpptp_nl_stat_names[i].offset) == UINT64_MAX - i);
	assert_true(got.stats.rx_packets == UINT64_MAX);
	nlmsg_free(msg);
}

static void too_short(void **state)
{
	static const struct {
		int attr;
		int len;
	} row[] = {
		{ KPPTP_A_CALL_LOCAL, 3 },
		{ KPPTP_A_CALL_CALL_ID, 1 },
		{ KPPTP_A_CALL_TTL, 0 },
		{ KPPTP_A_CALL_RTT, 2 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct nl_msg *msg = nlmsg_alloc();
		struct kpptp_nl_call got;

		nlmsg_put(msg, 0, 0, 1, 0, 0);
		nla_put(msg, row[i].attr, row[i].len, "\1\2\3");
		assert_int_equal(decode(msg, &got), -EBADMSG);
		nlmsg_free(msg);
	}
}

/* A device that is not there, or no more. */
static void no_such_device(void **state)
{
	struct kpptp_nl_call call = {
		.set = KPPTP_NL_HAS(DEVICE), .params.device = "none0",
	};
	struct nl_msg *msg = nlmsg_alloc();

	(void)state;
	nlmsg_put(msg, 0, 0, 1, 0, 0);
	assert_int_equal(kpptp_nl_call_encode(msg, &call), -ENODEV);
	nla_put_u32(msg, KPPTP_A_CALL_DEVICE, INT32_MAX);
	assert_int_equal(decode(msg, &call), 0);
	assert_string_equal(call.params.device, "2147483647");
	nlmsg_free(msg);
}

/* A name that is too long is cut, attributes to come are passed over. */
static void long_name_and_news(void **state)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct kpptp_nl_call got;

	(void)state;
	nlmsg_put(msg, 0, 0, 1, 0, 0);
	nla_put_string(msg, KPPTP_A_CALL_IFNAME, "a-name-that-is-too-long");
	nla_put_u32(msg, KPPTP_A_CALL_MAX + 5, 1);
	assert_int_equal(decode(msg, &got), 0);
	assert_string_equal(got.ifname, "a-name-that-is-");
	nlmsg_free(msg);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(kpptp_nl_state_name(KPPTP_STATE_WAITING), "waiting");
	assert_string_equal(kpptp_nl_state_name(99), "unknown");
	assert_string_equal(kpptp_nl_stat_names[0].name, "rx-packets");
	assert_non_null(kpptp_nl_reason_text(KPPTP_DEL_REASON_OWNER_GONE));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(only_what_is_set),
		cmocka_unit_test(counters),
		cmocka_unit_test(too_short),
		cmocka_unit_test(no_such_device),
		cmocka_unit_test(long_name_and_news),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
