// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cli_kernel.c - a kernel for kpptp(8) to ask in tests
 *
 * The linker puts these functions in place of those of lib/nl.c that open
 * sockets (--wrap). CLI_TEST_KERNEL says how the kernel is: unset, the module
 * is not loaded; "denied", we are not root; "empty", it has no calls; "calls",
 * it has those of make_calls(). A subscriber is then told of one new call, of a
 * change and the end of the other, and that notifications were lost.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../lib/nl.h"

#define CALLS	2
#define BYTES	UINT64_C(1572864)	/* 1.5 MiB */

struct kpptp_nl {
	const char *mode;
	const char *why;
	kpptp_nl_event_fn fn;
	void *arg;
	int fd;
};

/*
 * The second call is what the daemon of the tests calls number 1; its counters
 * count up from 1, but for the octets. The first belongs to somebody else.
 */
static void make_calls(struct kpptp_nl_call *calls)
{
	size_t i;

	memset(calls, 0, CALLS * sizeof(*calls));
	calls[1] = (struct kpptp_nl_call){
		.set = ~UINT64_C(0), .call_id = 5, .peer_call_id = 7,
		.params = {
			.rx_window = 64, .ack_delay = 100000,
			.reorder_limit = 256, .reorder_time = 30000,
			.pmtu_mode = KPPTP_PMTU_MODE_DISCOVER, .offload = 1,
			.mark = 0x10,
		},
		.tx_seq = 4000000000u, .rx_seq = 12,
		.owner = true, .state = KPPTP_STATE_ATTACHED, .channel = 3,
		.ifname = "ppp0", .held = 2, .backlog = 1536, .tx_window_now = 32,
		.tx_window = 64, .tx_unacked = 1, .rtt = 12345, .ato = 250000,
		.path_mtu = 1300,
	};
	for (i = 0; i < kpptp_nl_stat_count; i++)
		*(uint64_t *)((char *)&calls[1].stats +
			      kpptp_nl_stat_names[i].offset) = i + 1;
	calls[1].stats.rx_bytes = BYTES;
	calls[1].stats.tx_bytes = UINT64_MAX;
	calls[0].set = KPPTP_NL_KEY | KPPTP_NL_HAS(STATE) |
		       KPPTP_NL_HAS(STATS);
	calls[0].call_id = 9;
	calls[0].state = KPPTP_STATE_INCOMPLETE;
	inet_pton(AF_INET, "192.0.2.1", &calls[0].local);
	calls[1].local = calls[0].local;
	inet_pton(AF_INET, "192.0.2.2", &calls[1].peer);
	inet_pton(AF_INET, "192.0.2.3", &calls[0].peer);
}

static bool has_calls(const struct kpptp_nl *nl)
{
	return !strcmp(nl->mode, "calls");
}

int __wrap_kpptp_nl_open(struct kpptp_nl **nlp)
{
	const char *mode = getenv("CLI_TEST_KERNEL");
	struct kpptp_nl *nl = calloc(1, sizeof(*nl));

	*nlp = nl;
	if (!nl)
		return -ENOMEM;
	nl->fd = -1;
	nl->mode = mode ? mode : "";
	if (*nl->mode)
		return 0;
	nl->why = "the kernel module kpptp is not loaded: modprobe kpptp";
	return -ENOENT;
}

void __wrap_kpptp_nl_close(struct kpptp_nl *nl)
{
	if (nl && nl->fd >= 0)
		close(nl->fd);
	free(nl);
}

const char *__wrap_kpptp_nl_why(const struct kpptp_nl *nl)
{
	return nl->why;
}

static int check(struct kpptp_nl *nl)
{
	if (strcmp(nl->mode, "denied"))
		return 0;
	nl->why = "not permitted: CAP_NET_ADMIN is needed, run as root";
	return -EPERM;
}

int __wrap_kpptp_nl_call_get(struct kpptp_nl *nl, struct kpptp_nl_call *call)
{
	struct kpptp_nl_call calls[CALLS];
	int i, err = check(nl);

	if (err)
		return err;
	make_calls(calls);
	for (i = 0; has_calls(nl) && i < CALLS; i++) {
		if (calls[i].local.s_addr != call->local.s_addr ||
		    calls[i].peer.s_addr != call->peer.s_addr ||
		    calls[i].call_id != call->call_id)
			continue;
		*call = calls[i];
		return 0;
	}
	nl->why = "there is no such call";
	return -ENOENT;
}

int __wrap_kpptp_nl_call_dump(struct kpptp_nl *nl,
			      struct kpptp_nl_call **calls, size_t *n)
{
	int err = check(nl);

	*calls = NULL;
	*n = 0;
	if (err || !has_calls(nl))
		return err;
	*calls = calloc(CALLS, sizeof(**calls));
	if (!*calls)
		return -ENOMEM;
	*n = CALLS;
	make_calls(*calls);
	return 0;
}

int __wrap_kpptp_nl_stats_get(struct kpptp_nl *nl, struct kpptp_nl_stats *stats)
{
	*stats = (struct kpptp_nl_stats){
		.calls = CALLS, .rx_malformed = 1234567, .rx_no_call = 3,
		.backlog = 4096,
	};
	return check(nl);
}

int __wrap_kpptp_nl_subscribe(struct kpptp_nl *nl, kpptp_nl_event_fn fn,
			      void *arg)
{
	int err = check(nl);

	if (err)
		return err;
	nl->fn = fn;
	nl->arg = arg;
	nl->fd = eventfd(has_calls(nl), EFD_NONBLOCK | EFD_CLOEXEC);
	return nl->fd;
}

int __wrap_kpptp_nl_event_read(struct kpptp_nl *nl)
{
	struct kpptp_nl_call calls[CALLS];
	uint64_t n;

	if (read(nl->fd, &n, sizeof(n)) != sizeof(n))
		return 0;
	make_calls(calls);
	nl->fn(nl->arg, KPPTP_CMD_CALL_NEW_NTF, &calls[0]);
	nl->fn(nl->arg, KPPTP_CMD_CALL_SET_NTF, &calls[1]);
	calls[1].reason = KPPTP_DEL_REASON_CLOSED;
	nl->fn(nl->arg, KPPTP_CMD_CALL_DEL_NTF, &calls[1]);
	nl->fn(nl->arg, 0, NULL);
	return 0;
}
