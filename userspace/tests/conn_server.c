// SPDX-License-Identifier: GPL-2.0-or-later
/* The accepting side against a peer that says whatever the test wants. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../kpptpd/ctl_int.h"
#include "conn_double.h"
#include "other_params.h"

#define SERVER	"127.0.0.1"

static struct fixture *f;

static int setup(void **state)
{
	(void)state;
	f = fixture_new(SERVER);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_free(f);
	return 0;
}

static bool first_call(void *arg, const struct kpptp_call_info *info)
{
	*(struct kpptp_call_info *)arg = *info;
	return false;
}

static void clear_call(int fd, uint16_t call_id, uint16_t pac_id)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_CCRQ };

	msg.ccrq.call_id = call_id;
	peer_send(fd, &msg);
	msg = peer_expect(f, fd, KPPTP_CDN);
	assert_int_equal(msg.cdn.call_id, pac_id);
	assert_int_equal(msg.cdn.result, KPPTP_CDN_REQUESTED);
}

static void stop_conn(int fd)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_STOPCCRQ };

	msg.stop.reason = KPPTP_STOP_NONE;
	peer_send(fd, &msg);
	msg = peer_expect(f, fd, KPPTP_STOPCCRP);
	assert_int_equal(msg.stop.result, KPPTP_RESULT_OK);
	peer_expect_end(f, fd);
}

static void parameters_go_with_the_call(void **state)
{
	int fd = peer_connect(f, "127.0.0.9");

	(void)state;
	other_params(&f->server.call);
	fixture_apply(f);
	peer_start(f, fd);
	assert_int_equal(peer_call(f, fd, 4711).window, f->server.call.rx_window);
	assert_memory_equal(&f->dp.last_new.params, &f->server.call,
			    sizeof(f->server.call));
	stop_conn(fd);
}

static void a_whole_session(void **state)
{
	struct kpptp_call_info info;
	struct kpptp_ctrl_ocrp ocrp;
	int fd = peer_connect(f, "127.0.0.9");

	(void)state;
	peer_start(f, fd);
	ocrp = peer_call(f, fd, 4711);
	assert_int_equal(ocrp.result, KPPTP_OCRP_CONNECTED);
	assert_int_not_equal(ocrp.call_id, 0);
	assert_int_equal(ocrp.window, 64);
	assert_true(f->dp.last_new.has_peer_call_id);
	assert_int_equal(f->dp.last_new.peer_call_id, 4711);
	assert_int_equal(f->dp.last_new.tx_window, 0);
	wait_for(f, f->events[KPPTP_EVENT_CALL_UP] == 2);
	kpptp_core_each_call(f->core, first_call, &info);
	assert_true(info.pac && info.up);
	assert_int_equal(info.call_id, ocrp.call_id);
	assert_int_equal(info.peer_call_id, 4711);
	assert_string_equal(info.user, "al\"ice");
	assert_string_equal(info.ifname, "ppp0");
	assert_string_equal(info.remote_ip, "10.0.0.2");
	assert_string_equal(info.remote_ip6, "fe80::2");
	assert_true(kpptp_core_find_call(f->core, "ppp0", &info));
	assert_false(kpptp_core_find_call(f->core, "ppp1", &info));
	clear_call(fd, 4711, ocrp.call_id);
	stop_conn(fd);
	assert_int_equal(f->events[KPPTP_EVENT_CALL_AUTH], 1);
	assert_int_equal(f->events[KPPTP_EVENT_CALL_DOWN], 1);
	assert_int_equal(f->events[KPPTP_EVENT_CONNECTION_UP], 1);
	assert_int_equal(f->failures[KPPTP_EVENT_CALL_DOWN], 0);
	assert_int_equal(f->failures[KPPTP_EVENT_CONNECTION_DOWN], 0);
}

static void several_calls_and_new_ones(void **state)
{
	struct kpptp_ctrl_ocrp a, b, c;
	int fd = peer_pair(f, SOCK_STREAM);

	(void)state;
	peer_start(f, fd);
	a = peer_call(f, fd, 0);	/* Windows XP; legal */
	b = peer_call(f, fd, 1);
	assert_int_equal(a.result, KPPTP_OCRP_CONNECTED);
	assert_int_equal(b.result, KPPTP_OCRP_CONNECTED);
	assert_int_not_equal(a.call_id, b.call_id);
	clear_call(fd, 0, a.call_id);
	c = peer_call(f, fd, 0);	/* the same ID once more */
	assert_int_equal(c.result, KPPTP_OCRP_CONNECTED);
	clear_call(fd, 1, b.call_id);
	peer_type(fd, KPPTP_ECHO_REQUEST);
	peer_expect(f, fd, KPPTP_ECHO_REPLY);
	stop_conn(fd);			/* ends what is left */
}

static void refuses_what_it_cannot_take(void **state)
{
	struct kpptp_ctrl_ocrp r;
	int fd = peer_pair(f, SOCK_STREAM);

	(void)state;
	f->server.max_calls = 2;
	fixture_apply(f);
	peer_start(f, fd);
	peer_call(f, fd, 7);
	r = peer_call(f, fd, 7);
	assert_int_equal(r.result, KPPTP_OCRP_ERROR);
	assert_int_equal(r.error, KPPTP_ERROR_BAD_CALL_ID);
	f->max_addresses = 0;
	fixture_apply(f);
	r = peer_call(f, fd, 8);
	assert_int_equal(r.result, KPPTP_OCRP_ERROR);
	assert_int_equal(r.error, KPPTP_ERROR_NO_RESOURCE);
	f->max_addresses = 100;
	fixture_apply(f);
	peer_call(f, fd, 9);
	r = peer_call(f, fd, 10);
	assert_int_equal(r.result, KPPTP_OCRP_ERROR);
	assert_int_equal(r.error, KPPTP_ERROR_NO_RESOURCE);
	assert_int_equal(kpptp_core_calls(f->core), 2);
	f->server.enabled = false;
	fixture_apply(f);
	r = peer_call(f, fd, 11);
	assert_int_equal(r.result, KPPTP_OCRP_NOT_ACCEPTED);
	stop_conn(fd);
}

static void failures_below_become_a_refusal(void **state)
{
	struct kpptp_ctrl_ocrp r;
	int fd = peer_pair(f, SOCK_STREAM), i;

	(void)state;
	peer_start(f, fd);
	for (i = 0; i < 4; i++) {
		f->dp.refuse = i == 0 ? -EPERM : 0;
		f->dp.fail_new = i == 1 || i == 2 ? -ENOSPC : 0;
		f->dp.deferred = i == 2;
		f->ppp.refuse = i == 3 ? -ENOENT : 0;
		r = peer_call(f, fd, 5);
		assert_int_equal(r.result, KPPTP_OCRP_ERROR);
		assert_int_equal(r.error, KPPTP_ERROR_NO_RESOURCE);
	}
	f->ppp.refuse = 0;
	r = peer_call(f, fd, 5);
	assert_int_equal(r.result, KPPTP_OCRP_CONNECTED);
	stop_conn(fd);
}

static void a_stuck_data_path_times_out(void **state)
{
	struct kpptp_ctrl_ocrp r;
	int fd;

	(void)state;
	fixture_is_impatient(f);
	fd = peer_pair(f, SOCK_STREAM);
	f->dp.stuck = true;
	peer_start(f, fd);
	r = peer_call(f, fd, 5);
	assert_int_equal(r.result, KPPTP_OCRP_TIME_OUT);
	assert_int_equal(kpptp_core_calls(f->core), 1);	/* still owed to it */
	f->dp.live++;
	f->dp.stuck_done(f->dp.stuck_arg, 0, 99, NULL);	/* late */
	wait_for(f, !f->dp.live);
	stop_conn(fd);
}

static void the_end_of_ppp_is_told(void **state)
{
	struct kpptp_ctrl_ocrp ocrp;
	struct kpptp_ctrl_msg msg;
	int fd = peer_pair(f, SOCK_STREAM);

	(void)state;
	peer_start(f, fd);
	f->ppp.status = 15;	/* the peer answers no LCP echo */
	ocrp = peer_call(f, fd, 5);
	wait_for(f, f->events[KPPTP_EVENT_CALL_UP]);
	kpptp_timer_arm(f->ppp.links[0]->down, 0);
	msg = peer_expect(f, fd, KPPTP_CDN);
	assert_int_equal(msg.cdn.call_id, ocrp.call_id);
	assert_int_equal(msg.cdn.result, KPPTP_CDN_LOST_CARRIER);
	/* a CCRQ that crossed the CDN gets no answer */
	msg = (struct kpptp_ctrl_msg){ .type = KPPTP_CCRQ, .ccrq = { 5 } };
	peer_send(fd, &msg);
	assert_true(peer_silent(f, fd, 20));
	stop_conn(fd);
	assert_int_equal(f->failures[KPPTP_EVENT_CALL_DOWN], 1);
	assert_int_equal(f->failures[KPPTP_EVENT_CONNECTION_DOWN], 0);
}

/* A pppd that refuses its options, is killed, cannot be run. */
static void a_fault_of_our_own_is_told(void **state)
{
	static const int status[] = { 2, -1, 127 };
	struct kpptp_ctrl_msg msg;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
		fd = peer_pair(f, SOCK_STREAM);
		peer_start(f, fd);
		f->ppp.status = status[i];
		peer_call(f, fd, 5);
		kpptp_timer_arm(f->ppp.links[0]->down, 0);
		msg = peer_expect(f, fd, KPPTP_CDN);
		assert_int_equal(msg.cdn.result, KPPTP_CDN_ERROR);
		assert_int_equal(msg.cdn.error, KPPTP_ERROR_PAC);
		stop_conn(fd);
	}
}

static char gone_text[512];
static struct kpptp_ppp_traffic gone_traffic;

static void note_gone(void *arg, const struct kpptp_event *event)
{
	(void)arg;
	if (event->type != KPPTP_EVENT_CALL_GONE)
		return;
	gone_traffic = event->call->net.traffic;
	snprintf(gone_text, sizeof(gone_text), "%s", event->text);
}

/* Whoever ends it, PPP tells what it has carried after the call is closed. */
static void a_call_that_was_up_is_accounted_for(void **state)
{
	const struct kpptp_ppp_net net = {
		.traffic = { true, 5000000001ULL, 2, 3, 4 },
	};
	struct kpptp_ppp_link *link;
	struct kpptp_ctrl_msg msg = { .type = KPPTP_CCRQ, .ccrq = { 5 } };
	int fd = peer_pair(f, SOCK_STREAM);

	(void)state;
	assert_int_equal(kpptp_event_subscribe(note_gone, NULL), 0);
	peer_start(f, fd);
	peer_call(f, fd, 5);
	wait_for(f, f->events[KPPTP_EVENT_CALL_UP] == 2);
	link = f->ppp.links[0];
	peer_send(fd, &msg);
	link->events->net(link->arg, &net);
	peer_expect(f, fd, KPPTP_CDN);
	wait_for(f, f->events[KPPTP_EVENT_CALL_GONE]);
	assert_non_null(strstr(gone_text, " was up for 0:00:00: user \"al\"ice\", ppp0, received 5000000001 octets in 2 packets, sent 3 octets in 4 packets; ended: cleared by the peer"));
	assert_true(gone_traffic.known);
	/* one that was not */
	f->ppp.stays_down = true;
	peer_call(f, fd, 6);
	msg.ccrq.call_id = 6;
	peer_send(fd, &msg);
	peer_expect(f, fd, KPPTP_CDN);
	wait_for(f, !f->ppp.live);
	stop_conn(fd);
	assert_int_equal(f->events[KPPTP_EVENT_CALL_GONE], 1);
	assert_int_equal(f->events[KPPTP_EVENT_CALL_DOWN], 2);
	kpptp_event_unsubscribe(note_gone, NULL);
}

/* By what a user would call it; the pool gives each an address of its own. */
static void calls_by_other_names(void **state)
{
	static const struct {
		const char *key;
		unsigned int n;
	} row[] = {
		{ "al\"ice", 2 }, { "al\\x22ice", 1 }, { "192.0.2.77", 3 }, { "10.0.0.1", 3 },
		{ "fe80::2", 3 }, { "ppp0", 1 }, { "", 0 }, { "al", 0 }, { "192.0.2.7", 0 },
	};
	struct kpptp_found found;
	char number[16];
	int fd = peer_pair(f, SOCK_STREAM);
	size_t i;

	(void)state;
	peer_start(f, fd);
	peer_call(f, fd, 1);
	peer_call(f, fd, 2);
	wait_for(f, f->events[KPPTP_EVENT_CALL_UP] == 4);
	f->ppp.peer_user = "al\\x22ice";	/* no way to write the other one */
	peer_call(f, fd, 3);
	wait_for(f, f->events[KPPTP_EVENT_CALL_UP] == 6);
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		kpptp_ctl_find(f->core, row[i].key, &found);
		assert_int_equal(found.n, row[i].n);
		if (found.n > 1)
			assert_non_null(strstr(found.list, "(ppp0, user al\"ice, 192.0.2.77), "));
	}
	kpptp_ctl_find(f->core, "al\"ice", &found);
	snprintf(number, sizeof(number), "%u", found.call.id);
	kpptp_ctl_find(f->core, number, &found);
	assert_int_equal(found.n, 1);
	stop_conn(fd);
}

/* The server ends the connection; the peer answers. */
static void stopped_by_us(int fd)
{
	peer_expect(f, fd, KPPTP_STOPCCRQ);
	peer_type(fd, KPPTP_STOPCCRP);
	peer_expect_end(f, fd);
}

/* PPP, the call, and with the last call the connection. */
static void disconnect_is_orderly(void **state)
{
	struct kpptp_call_info info;
	struct kpptp_ctrl_msg msg;
	int fd, i;

	(void)state;
	f->server.timers.idle = 0;
	fixture_apply(f);
	for (i = 0; i < 2; i++) {
		fd = peer_pair(f, SOCK_STREAM);
		peer_start(f, fd);
		f->ppp.hangs = i;
		f->done = 0;
		peer_call(f, fd, 5);
		kpptp_core_each_call(f->core, first_call, &info);
		assert_int_equal(kpptp_core_disconnect(f->core, info.id,
						       fixture_closed, f), 1);
		assert_int_equal(f->done, 0);
		msg = peer_expect(f, fd, KPPTP_CDN);
		assert_int_equal(msg.cdn.result, KPPTP_CDN_SHUTDOWN);
		wait_for(f, f->done);
		assert_int_equal(f->closed, 1);
		assert_int_equal(f->ppp.live, 0);
		stopped_by_us(fd);
	}
	fd = peer_pair(f, SOCK_STREAM);
	peer_start(f, fd);
	assert_int_equal(kpptp_core_disconnect(f->core, 12345, NULL, NULL),
			 -ENOENT);
	assert_int_equal(kpptp_core_disconnect(f->core, 0, fixture_closed, f),
			 0);
	peer_call(f, fd, 1);
	peer_call(f, fd, 2);
	assert_int_equal(kpptp_core_disconnect(f->core, 0, fixture_closed, f),
			 2);
	kpptp_core_forget(f->core, f);
	peer_expect(f, fd, KPPTP_CDN);
	peer_expect(f, fd, KPPTP_CDN);
	f->done = 0;
	wait_for(f, !kpptp_core_calls(f->core));
	assert_int_equal(f->done, 0);
	stopped_by_us(fd);
}

/* Who waits for one call is not told of the end of another. */
static void the_end_of_another_call_is_not_waited_for(void **state)
{
	struct kpptp_call_info first;
	struct kpptp_ctrl_ocrp other;
	int fd = peer_pair(f, SOCK_STREAM);

	(void)state;
	peer_start(f, fd);
	peer_call(f, fd, 1);
	kpptp_core_each_call(f->core, first_call, &first);
	other = peer_call(f, fd, 2);
	f->ppp.hangs = true;
	assert_int_equal(kpptp_core_disconnect(f->core, first.id,
					       fixture_closed, f), 1);
	clear_call(fd, 2, other.call_id);
	wait_for(f, kpptp_core_calls(f->core) == 1);
	assert_int_equal(f->done, 0);
	peer_expect(f, fd, KPPTP_CDN);
	wait_for(f, f->done);
	assert_int_equal(f->closed, 1);
	stopped_by_us(fd);
}

static void the_end_of_later_calls_is_not_waited_for(void **state)
{
	struct kpptp_ctrl_ocrp later;
	int fd = peer_pair(f, SOCK_STREAM);

	(void)state;
	peer_start(f, fd);
	peer_call(f, fd, 1);
	f->ppp.hangs = true;
	assert_int_equal(kpptp_core_disconnect(f->core, 0, fixture_closed, f),
			 1);
	later = peer_call(f, fd, 2);
	clear_call(fd, 2, later.call_id);
	wait_for(f, kpptp_core_calls(f->core) == 1);
	assert_int_equal(f->done, 0);
	peer_expect(f, fd, KPPTP_CDN);
	wait_for(f, f->done);
	assert_int_equal(f->closed, 1);
	stopped_by_us(fd);
}

/* More packets than one would ever announce mean that there is no limit. */
static void an_absurd_window_is_none(void **state)
{
	static const struct { uint16_t announced, limit; } row[] = {
		{ 64, 64 }, { 4096, 4096 }, { 4097, 0 }, { 65535, 0 }, { 0, 0 },
	};
	struct kpptp_ctrl_msg msg = { .type = KPPTP_OCRQ };
	int fd = peer_pair(f, SOCK_STREAM);
	size_t i;

	(void)state;
	f->server.call.use_tx_window = 1;
	fixture_apply(f);
	peer_start(f, fd);
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		msg.ocrq.call_id = (uint16_t)(i + 1);
		msg.ocrq.window = row[i].announced;
		peer_send(fd, &msg);
		peer_expect(f, fd, KPPTP_OCRP);
		assert_int_equal(f->dp.last_new.tx_window, row[i].limit);
	}
	stop_conn(fd);
}

/* Section 2.15: Set-Link-Info is the PNS's. */
static void a_pac_says_nothing_of_the_link(void **state)
{
	struct kpptp_ctrl_msg msg;
	int fd = peer_pair(f, SOCK_STREAM);

	(void)state;
	peer_start(f, fd);
	peer_call(f, fd, 5);
	wait_for(f, f->events[KPPTP_EVENT_CALL_UP]);
	link_closing(f->ppp.links[0], "");
	wait_for(f, !f->ppp.closing);
	f->ppp.hangs = true;
	kpptp_core_disconnect(f->core, 0, NULL, NULL);
	link_closing(f->ppp.links[0], "");
	wait_for(f, !f->ppp.closing);
	msg = peer_expect(f, fd, KPPTP_CDN);
	assert_int_equal(msg.cdn.result, KPPTP_CDN_SHUTDOWN);
	stopped_by_us(fd);
}

static void the_clients_words_go_with_its_ccrq(void **state)
{
	int fd = peer_pair(f, SOCK_STREAM);
	struct kpptp_ctrl_ocrp reply;

	(void)state;
	peer_start(f, fd);
	reply = peer_call(f, fd, 5);
	wait_for(f, f->events[KPPTP_EVENT_CALL_UP]);
	link_closing(f->ppp.links[0], "User request");
	wait_for(f, !f->ppp.closing);
	clear_call(fd, 5, reply.call_id);
	wait_for(f, f->events[KPPTP_EVENT_CALL_DOWN]);
	assert_non_null(strstr(f->ended, "ended: cleared by the peer: User request"));
	stop_conn(fd);
}

static void silent_from(int fd)
{
	uint8_t octet;

	wait_for(f, recv(fd, &octet, 1, MSG_DONTWAIT) < 0 &&
		    errno == ECONNRESET);
	wait_for(f, fixture_empty(f));
	close(fd);
}

/* Not even TCP waits for a peer that has said nothing where it had to. */
static void a_silent_peer_leaves_nothing(void **state)
{
	int fd;

	(void)state;
	fixture_is_impatient(f);
	fd = peer_connect(f, "127.0.0.9");
	silent_from(fd);		/* no SCCRQ */
	fd = peer_connect(f, "127.0.0.9");
	peer_start(f, fd);
	peer_call(f, fd, 5);
	kpptp_core_disconnect(f->core, 0, NULL, NULL);
	peer_expect(f, fd, KPPTP_CDN);
	peer_expect(f, fd, KPPTP_STOPCCRQ);
	silent_from(fd);		/* no StopCCRP */
	fd = peer_connect(f, "127.0.0.9");
	peer_start(f, fd);
	peer_call(f, fd, 5);
	peer_type(fd, KPPTP_STOPCCRQ);
	peer_expect(f, fd, KPPTP_STOPCCRP);
	wait_for(f, fixture_empty(f));	/* it does not close */
	close(fd);
}

static void other_messages_are_taken(void **state)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_ICRQ };
	struct kpptp_ctrl_ocrp ocrp;
	int fd = peer_pair(f, SOCK_STREAM);
	unsigned int type;

	(void)state;
	peer_start(f, fd);
	msg.icrq.call_id = 33;
	peer_send(fd, &msg);
	msg = peer_expect(f, fd, KPPTP_ICRP);
	assert_int_equal(msg.icrp.result, KPPTP_ICRP_NOT_ACCEPTED);
	assert_int_equal(msg.icrp.peer_call_id, 33);
	ocrp = peer_call(f, fd, 5);
	msg = (struct kpptp_ctrl_msg){ .type = KPPTP_SLI };
	msg.sli.peer_call_id = ocrp.call_id;
	msg.sli.send_accm = 1;
	peer_send(fd, &msg);
	for (type = KPPTP_OCRP; type < KPPTP_CTRL_TYPES; type++)
		if (type != KPPTP_ICRQ)	/* about no call of ours */
			peer_type(fd, type);
	peer_type(fd, KPPTP_SCCRP);
	peer_type(fd, KPPTP_STOPCCRP);
	peer_type(fd, KPPTP_ECHO_REPLY);
	assert_true(peer_silent(f, fd, 20));
	peer_type(fd, KPPTP_SCCRQ);
	msg = peer_expect(f, fd, KPPTP_SCCRP);
	assert_int_equal(msg.start.result, KPPTP_START_EXISTS);
	msg = (struct kpptp_ctrl_msg){ .type = KPPTP_ECHO_REQUEST };
	msg.echo.identifier = 0xcafe;
	peer_send(fd, &msg);
	msg = peer_expect(f, fd, KPPTP_ECHO_REPLY);
	assert_int_equal(msg.echo.identifier, 0xcafe);
	assert_int_equal(msg.echo.result, KPPTP_RESULT_OK);
	stop_conn(fd);
}

static void versions(void **state)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_SCCRQ };
	int fd = peer_pair(f, SOCK_STREAM);

	(void)state;
	msg.start.version = 0x0200;	/* newer: answered with our own */
	peer_send(fd, &msg);
	msg = peer_expect(f, fd, KPPTP_SCCRP);
	assert_int_equal(msg.start.version, KPPTP_CTRL_VERSION);
	assert_int_equal(msg.start.result, KPPTP_START_OK);
	stop_conn(fd);
	fd = peer_pair(f, SOCK_STREAM);
	msg = (struct kpptp_ctrl_msg){ .type = KPPTP_SCCRQ };
	msg.start.version = 0x0001;
	peer_send(fd, &msg);
	msg = peer_expect(f, fd, KPPTP_SCCRP);
	assert_int_equal(msg.start.result, KPPTP_START_VERSION);
	peer_expect_end(f, fd);
}

/* Nothing but a SCCRQ opens a connection. */
static void nothing_else_first(void **state)
{
	unsigned int type;
	int fd;

	(void)state;
	for (type = KPPTP_SCCRP; type < KPPTP_CTRL_TYPES; type++) {
		fd = peer_pair(f, SOCK_STREAM);
		peer_type(fd, type);
		peer_expect_end(f, fd);
	}
	assert_int_equal(f->events[KPPTP_EVENT_CONNECTION_UP], 0);
}

static void garbage_ends_it(void **state)
{
	static const char *const garbage[] = {
		"GET / HTTP/1.0\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01",
		"\x00\x9c\x00\x01\x1a\x2b\x3c\x4e",
		"\x00\x10\x00\x02",
		"\xff\xff",
	};
	size_t i;
	int fd, when;

	(void)state;
	for (i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++)
		for (when = 0; when < 3; when++) {
			const size_t len = i ? 8 : strlen(garbage[i]);

			fd = peer_pair(f, SOCK_STREAM);
			if (when > 0)
				peer_start(f, fd);
			if (when > 1)
				peer_call(f, fd, 5);
			send(fd, garbage[i], i == 1 ? 6 : i == 3 ? 4 :
			     i == 4 ? 2 : len, 0);
			peer_expect_end(f, fd);
		}
}

static void octet_by_octet_and_all_at_once(void **state)
{
	const enum kpptp_ctrl_type types[] = {
		KPPTP_SCCRQ, KPPTP_ICRQ, KPPTP_ECHO_REQUEST, KPPTP_ICRQ,
		KPPTP_STOPCCRQ,
	};
	const enum kpptp_ctrl_type answers[] = {
		KPPTP_SCCRP, KPPTP_ICRP, KPPTP_ECHO_REPLY, KPPTP_ICRP,
		KPPTP_STOPCCRP,
	};
	uint8_t stream[8 * KPPTP_CTRL_MAX];
	size_t len = 0, i, step;
	int fd;

	(void)state;
	for (i = 0; i < 5; i++) {
		struct kpptp_ctrl_msg msg = { .type = types[i] };

		if (!i)
			msg.start.version = KPPTP_CTRL_VERSION;
		len += kpptp_ctrl_encode(&msg, stream + len);
	}
	for (step = 1; step <= len; step = step == 1 ? 50 : step * 10) {
		size_t at, n;

		fd = peer_pair(f, SOCK_STREAM);
		for (at = 0; at < len; at += n) {
			n = len - at < step ? len - at : step;
			send(fd, stream + at, n, MSG_NOSIGNAL);
			event_base_loop(f->loop, EVLOOP_NONBLOCK);
		}
		for (i = 0; i < 5; i++)
			peer_expect(f, fd, answers[i]);
		peer_expect_end(f, fd);
	}
}

/* What the daemon sends, which is what @peer does not, with MSG_EOR or without */
static struct { int peer; unsigned int with, without; } eor;

ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	if (fd != eor.peer)
		*(flags & MSG_EOR ? &eor.with : &eor.without) += 1;
	return sendto(fd, buf, len, flags, NULL, 0);
}

/*
 * NAT helpers read one message per segment, so each is a write of its own, and
 * ends a segment wherever it waits to be sent.
 */
static void one_message_per_write(void **state)
{
	int fd = peer_pair(f, SOCK_SEQPACKET), i;
	struct kpptp_ctrl_msg msg;
	uint8_t buf[1024];
	ssize_t n;

	(void)state;
	eor.peer = fd;
	eor.with = eor.without = 0;
	peer_type(fd, KPPTP_SCCRQ);
	for (i = 0; i < 5; i++)
		peer_type(fd, KPPTP_ECHO_REQUEST);
	peer_type(fd, KPPTP_STOPCCRQ);
	fixture_run_ms(f, 20);
	for (i = 0; (n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0; i++)
		assert_int_equal(kpptp_ctrl_decode(buf, (size_t)n, &msg),
				 KPPTP_CTRL_OK);
	assert_int_equal(i, 7);
	assert_int_equal(eor.with, 7);
	assert_int_equal(eor.without, 0);
	close(fd);
}

static void silence_is_cut_short(void **state)
{
	int64_t begin;
	int fd;

	(void)state;
	fixture_is_impatient(f);
	fd = peer_connect(f, "127.0.0.9");
	begin = kpptp_now_ms();
	peer_expect_end(f, fd);
	assert_true(kpptp_now_ms() - begin >= 290);
}

/* A peer that is asked whether it lives every 30 ms, for 300 ms */
static int asked_peer(void)
{
	int fd;

	f->server.timers.echo_interval = 30;
	f->server.timers.echo_timeout = 300;
	fixture_apply(f);
	fd = peer_pair(f, SOCK_STREAM);
	peer_start(f, fd);
	return fd;
}

static void echo_finds_the_dead(void **state)
{
	struct kpptp_ctrl_msg msg;
	int fd, i;

	(void)state;
	fd = asked_peer();
	peer_call(f, fd, 5);
	for (i = 0; i < 3; i++) {	/* answered; any result will do */
		msg = peer_expect(f, fd, KPPTP_ECHO_REQUEST);
		msg.type = KPPTP_ECHO_REPLY;
		msg.echo.result = (uint8_t)i;
		peer_send(fd, &msg);
	}
	peer_send(fd, &msg);		/* once more answers nothing */
	peer_expect_verdict(f, fd);
	assert_int_equal(f->events[KPPTP_EVENT_CALL_DOWN], 1);
	assert_int_equal(f->failures[KPPTP_EVENT_CALL_DOWN], 1);
	assert_int_equal(f->failures[KPPTP_EVENT_CONNECTION_DOWN], 1);
}

static int64_t last_echo_ms;

static bool note_echo(void *arg, const struct kpptp_conn_info *info)
{
	(void)arg;
	last_echo_ms = info->last_echo_ms;
	return true;
}

static bool has_echo(void)
{
	kpptp_core_each_conn(f->core, note_echo, NULL);
	return last_echo_ms >= 0;
}

/* A peer may lose a request, or be late with its answer, and lives all the same. */
static void several_requests_are_missed_before_the_verdict(void **state)
{
	struct kpptp_ctrl_msg first, msg;
	int fd;

	(void)state;
	fd = asked_peer();
	first = peer_expect(f, fd, KPPTP_ECHO_REQUEST);
	msg = peer_expect(f, fd, KPPTP_ECHO_REQUEST);
	assert_int_equal(msg.echo.identifier, first.echo.identifier + 1);
	first.type = KPPTP_ECHO_REPLY;
	first.echo.result = KPPTP_RESULT_OK;
	log_lines[KPPTP_LOG_WARNING] = 0;
	peer_send(fd, &first);		/* late, but an answer */
	wait_for(f, has_echo());
	assert_int_equal(log_lines[KPPTP_LOG_WARNING], 0);
	peer_expect_verdict(f, fd);
}

/*
 * The Identifier tells an answer to a request of ours from anything else, which
 * is a complaint; but who sends it lives.
 */
static void only_the_right_identifier_answers(void **state)
{
	struct kpptp_ctrl_msg msg;
	int fd, i;

	(void)state;
	fd = asked_peer();
	log_lines[KPPTP_LOG_WARNING] = 0;
	for (i = 0; i < 2 * KPPTP_CONN_ECHO_TRIES; i++) {
		msg = peer_expect(f, fd, KPPTP_ECHO_REQUEST);
		msg.type = KPPTP_ECHO_REPLY;
		msg.echo.result = KPPTP_RESULT_OK;
		msg.echo.identifier ^= 0x01000000;
		peer_send(fd, &msg);
	}
	wait_for(f, log_lines[KPPTP_LOG_WARNING] == 2 * KPPTP_CONN_ECHO_TRIES);
	assert_false(has_echo());
	msg.echo.identifier ^= 0x01000000;
	peer_send(fd, &msg);
	wait_for(f, has_echo());
	assert_int_equal(log_lines[KPPTP_LOG_WARNING],
			 2 * KPPTP_CONN_ECHO_TRIES);
	peer_send(fd, &msg);		/* answers nothing any more */
	wait_for(f, log_lines[KPPTP_LOG_WARNING] ==
		    2 * KPPTP_CONN_ECHO_TRIES + 1);
	stop_conn(fd);
}

/* Whatever a peer sends, it is there. Its own Echo-Requests are messages, too. */
static void every_message_is_life(void **state)
{
	static const enum kpptp_ctrl_type types[] = {
		KPPTP_ECHO_REQUEST, KPPTP_SLI, KPPTP_WEN, KPPTP_CCRQ,
		KPPTP_SCCRP,
	};
	const size_t n = sizeof(types) / sizeof(types[0]);
	enum kpptp_ctrl_type type;
	size_t i;
	int fd;

	(void)state;
	fd = asked_peer();
	peer_call(f, fd, 5);
	for (i = 0; i < 4 * n; i++) {
		type = types[i % n];
		peer_expect(f, fd, KPPTP_ECHO_REQUEST);
		peer_type(fd, type);
		if (type == KPPTP_ECHO_REQUEST)
			peer_expect(f, fd, KPPTP_ECHO_REPLY);
	}
	assert_int_equal(f->events[KPPTP_EVENT_CALL_DOWN], 0);
	stop_conn(fd);
	assert_int_equal(f->failures[KPPTP_EVENT_CONNECTION_DOWN], 0);
}

/* A peer that sends all the time, its own Echo-Requests too, is asked as well */
static void echo_does_not_wait_for_silence(void **state)
{
	static const struct kpptp_server_settings defaults =
		KPPTP_SERVER_DEFAULTS;
	int fd, i;

	(void)state;
	assert_int_equal(defaults.timers.echo_interval, 60000);
	assert_int_equal(defaults.timers.echo_timeout, 60000);
	f->server.timers.echo_interval = 30;
	f->server.timers.echo_timeout = 5000;
	fixture_apply(f);
	fd = peer_pair(f, SOCK_STREAM);
	peer_start(f, fd);
	for (i = 0; i < 20; i++) {
		peer_type(fd, KPPTP_SLI);
		fixture_run_ms(f, 5);
	}
	assert_false(peer_silent(f, fd, 0));
	peer_expect(f, fd, KPPTP_ECHO_REQUEST);
	stop_conn(fd);
}

static void idle_connections_end(void **state)
{
	int fd;

	(void)state;
	f->server.timers.idle = 50;
	fixture_apply(f);
	fd = peer_pair(f, SOCK_STREAM);
	peer_start(f, fd);
	peer_call(f, fd, 0);
	assert_true(peer_silent(f, fd, 100));	/* not with a call */
	peer_type(fd, KPPTP_CCRQ);
	peer_expect(f, fd, KPPTP_CDN);
	peer_expect(f, fd, KPPTP_STOPCCRQ);
	peer_type(fd, KPPTP_ECHO_REQUEST);	/* answered to the end */
	peer_expect(f, fd, KPPTP_ECHO_REPLY);
	peer_type(fd, KPPTP_STOPCCRP);
	peer_expect_end(f, fd);
	fd = peer_pair(f, SOCK_STREAM);
	peer_start(f, fd);			/* never a call */
	stopped_by_us(fd);
}

/* Who cleared the last call has a few seconds for its StopCCRQ, no minute. */
static void a_peer_that_forgets_the_connection(void **state)
{
	struct kpptp_ctrl_ocrp ocrp;
	int fd = peer_pair(f, SOCK_STREAM), i;

	(void)state;
	peer_start(f, fd);
	for (i = 0; i < 2; i++) {		/* time enough for another call */
		ocrp = peer_call(f, fd, 5);
		clear_call(fd, 5, ocrp.call_id);
	}
	stopped_by_us(fd);
}

static void half_open_counts_as_closed(void **state)
{
	int fd = peer_connect(f, "127.0.0.9");

	(void)state;
	peer_start(f, fd);
	peer_call(f, fd, 5);
	shutdown(fd, SHUT_WR);
	peer_expect_end(f, fd);
}

/* The peer vanishes after each step, with a data path that takes its time. */
static void dies_in_every_state(void **state)
{
	int fd, step;

	(void)state;
	f->dp.deferred = true;
	for (step = 0; step < 7; step++) {
		fd = peer_pair(f, SOCK_STREAM);
		if (step > 0)
			peer_start(f, fd);
		if (step == 2) {	/* while the data path is being made */
			peer_type(fd, KPPTP_OCRQ);
			event_base_loop(f->loop,
					EVLOOP_NONBLOCK | EVLOOP_ONCE);
		}
		if (step > 2)
			peer_call(f, fd, 0);
		if (step == 4)
			wait_for(f, f->events[KPPTP_EVENT_CALL_UP]);
		f->ppp.hangs = step == 5;
		if (step >= 5)		/* while PPP ends */
			kpptp_core_disconnect(f->core, 0, NULL, NULL);
		if (step == 6)
			peer_expect(f, fd, KPPTP_CDN);
		close(fd);
		wait_for(f, fixture_empty(f));
	}
}

static void limits(void **state)
{
	int fds[3], i;

	(void)state;
	f->server.max_connections = 3;
	f->server.max_connections_per_address = 2;
	f->server.timers.startup = 60000;	/* for silence none is closed */
	fixture_apply(f);
	for (i = 0; i < 2; i++) {
		fds[i] = peer_connect(f, "127.0.0.9");
		peer_start(f, fds[i]);
	}
	peer_expect_end(f, peer_connect(f, "127.0.0.9"));
	fds[2] = peer_connect(f, "127.0.0.8");
	peer_start(f, fds[2]);
	peer_expect_end(f, peer_connect(f, "127.0.0.7"));
	for (i = 0; i < 3; i++)
		stop_conn(fds[i]);
	fds[0] = peer_connect(f, "127.0.0.7");	/* room again */
	peer_start(f, fds[0]);
	stop_conn(fds[0]);
}

#define CROWD	1024	/* calls that may wait for a turn, see priv_turn.c */

static void ask_call(int fd, uint16_t call_id)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_OCRQ };

	msg.ocrq.call_id = call_id;
	msg.ocrq.window = 64;
	peer_send(fd, &msg);
}

/*
 * One host has as many calls as may wait. Another one's is taken, for the last of
 * those, and is the next to start.
 */
static void a_crowd_makes_room(void **state)
{
	int crowd = peer_connect(f, "127.0.0.8"), other, i;
	struct kpptp_ctrl_ocrp first, reply;

	(void)state;
	f->server.max_starting = 1;
	f->server.max_calls = f->server.max_sessions_per_address = 2 * CROWD;
	fixture_apply(f);
	f->ppp.stays_down = true;
	peer_start(f, crowd);
	first = peer_call(f, crowd, 1);
	for (i = 2; i <= CROWD + 1; i++) {
		ask_call(crowd, i);
		if (i % 32 == 0)
			fixture_step(f);	/* a socket takes so much */
	}
	wait_for(f, f->priv->turns.n_waiting == CROWD);
	assert_true(peer_silent(f, crowd, 10));
	other = peer_connect(f, "127.0.0.9");
	peer_start(f, other);
	ask_call(other, 1);
	reply = peer_expect(f, crowd, KPPTP_OCRP).ocrp;
	assert_int_equal(reply.peer_call_id, CROWD + 1);
	assert_int_equal(reply.result, KPPTP_OCRP_ERROR);
	assert_int_equal(reply.error, KPPTP_ERROR_NO_RESOURCE);
	assert_true(peer_silent(f, other, 10));
	clear_call(crowd, 1, first.call_id);
	assert_int_equal(peer_expect(f, other, KPPTP_OCRP).ocrp.result,
			 KPPTP_OCRP_CONNECTED);
	assert_true(peer_silent(f, crowd, 10));
	close(crowd);
	stop_conn(other);
}

/* It would come back to the connection that waits in each turn of the loop. */
static void out_of_files_it_rests(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), i;
	struct rlimit old, none;

	(void)state;
	assert_int_equal(connect(fd, (struct sockaddr *)&f->listen,
				 sizeof(f->listen)), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	log_lines[KPPTP_LOG_ERROR] = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (i = 0; i < 20; i++)
		event_base_loop(f->loop, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_in_range(log_lines[KPPTP_LOG_ERROR], 1, 5);
	close(fd);
}

static void a_peer_that_does_not_read_is_dropped(void **state)
{
	struct kpptp_ctrl_msg echo = { .type = KPPTP_ECHO_REQUEST };
	uint8_t buf[KPPTP_CTRL_MAX];
	size_t len = kpptp_ctrl_encode(&echo, buf);
	int fd = peer_pair(f, SOCK_STREAM), i;

	(void)state;
	peer_start(f, fd);
	for (i = 0; i < 100000 && kpptp_core_connections(f->core); i++) {
		send(fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		event_base_loop(f->loop, EVLOOP_NONBLOCK);
	}
	assert_int_equal(kpptp_core_connections(f->core), 0);
	close(fd);
}

static void shutdown_is_orderly_and_bounded(void **state)
{
	int fd = peer_connect(f, "127.0.0.9"), silent, early;

	(void)state;
	early = peer_connect(f, "127.0.0.9");
	silent = peer_connect(f, "127.0.0.9");
	peer_start(f, fd);
	peer_call(f, fd, 5);
	peer_start(f, silent);
	peer_call(f, silent, 5);
	assert_int_equal(kpptp_core_shutdown(f->core, fixture_stopped, f), 0);
	assert_int_equal(kpptp_core_shutdown(f->core, NULL, NULL), -EALREADY);
	assert_int_equal(f->done, 0);
	peer_expect(f, fd, KPPTP_CDN);
	assert_int_equal(peer_expect(f, fd, KPPTP_STOPCCRQ).stop.reason,
			 KPPTP_STOP_SHUTDOWN);
	peer_type(fd, KPPTP_STOPCCRP);
	peer_expect_end(f, fd);
	peer_expect_end(f, early);
	peer_expect(f, silent, KPPTP_CDN);
	peer_expect(f, silent, KPPTP_STOPCCRQ);
	peer_expect_end(f, silent);	/* it never answers */
	wait_for(f, f->done);
	assert_int_equal(f->done_err, 0);
}

static void oddities_do_not_flood_the_log(void **state)
{
	const unsigned int before = log_lines[KPPTP_LOG_WARNING];
	int fd = peer_pair(f, SOCK_STREAM), i;

	(void)state;
	f->max_addresses = 0;
	fixture_apply(f);
	peer_start(f, fd);
	for (i = 0; i < 300; i++)
		peer_call(f, fd, 1);
	assert_true(log_lines[KPPTP_LOG_WARNING] > before);
	assert_true(log_lines[KPPTP_LOG_WARNING] - before < 30);
	stop_conn(fd);
}

/* A data path that never answers holds its call; shutdown does not wait. */
static void shutdown_gives_up(void **state)
{
	int fd;

	(void)state;
	f->server.timers.shutdown = 100;
	fixture_is_impatient(f);
	fd = peer_pair(f, SOCK_STREAM);
	f->dp.stuck = true;
	peer_start(f, fd);
	peer_call(f, fd, 5);		/* refused, time-out */
	assert_int_equal(kpptp_core_disconnect(f->core, 0, fixture_closed, f),
			 1);
	close(fd);
	kpptp_core_shutdown(f->core, fixture_stopped, f);
	wait_for(f, f->done);
	assert_int_equal(f->done_err, -ETIMEDOUT);
	fixture_kill(f);
	f = fixture_new(SERVER);
}

static bool first_conn(void *arg, const struct kpptp_conn_info *info)
{
	*(struct kpptp_conn_info *)arg = *info;
	return false;
}

static void connections_are_described(void **state)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_SCCRQ };
	int fd = peer_connect(f, "127.0.0.9"), other;
	struct kpptp_conn_info info;

	(void)state;
	msg.start.version = KPPTP_CTRL_VERSION;
	msg.start.firmware = 2600;
	memset(msg.start.host, '\n', KPPTP_CTRL_TEXT);	/* all to be escaped */
	strcpy(msg.start.vendor, "Microsoft \"NT\"");
	peer_send(fd, &msg);
	peer_expect(f, fd, KPPTP_SCCRP);
	peer_call(f, fd, 1);
	other = peer_connect(f, "127.0.0.9");
	fixture_run_ms(f, 10);
	assert_int_equal(kpptp_core_connections(f->core), 2);
	kpptp_core_each_conn(f->core, first_conn, &info);
	assert_false(info.originated);
	assert_true(info.established);
	assert_string_equal(info.state, "established");
	assert_int_equal(strlen(info.host), 4 * KPPTP_CTRL_TEXT);
	assert_string_equal(info.vendor, "Microsoft \\x22NT\\x22");
	assert_int_equal(info.firmware, 2600);
	assert_int_equal(info.calls, 1);
	assert_int_equal(info.local.sin_port, f->listen.sin_port);
	assert_true(info.last_rx_ms >= 0 && info.age_ms >= info.last_rx_ms);
	assert_int_equal(info.last_echo_ms, -1);
	close(fd);
	close(other);
}

static void settings_of_listeners_can_change(void **state)
{
	struct sockaddr_in before = f->listen;

	(void)state;
	assert_int_equal(fixture_listen(f), 0);
	assert_int_equal(close(peer_connect(f, SERVER)), 0);
	f->server.port = ntohs(before.sin_port);	/* 0.0.0.0 */
	f->server.n_listen = 0;
	fixture_apply(f);
	assert_int_equal(fixture_listen(f), 0);
	assert_int_equal(close(peer_connect(f, SERVER)), 0);
	f->server.enabled = false;
	fixture_apply(f);
	assert_int_equal(fixture_listen(f), 0);
	f->server.enabled = true;
	f->server.n_listen = 1;
	f->server.listen[0].s_addr = htonl(0xc0000201);	/* not ours */
	fixture_apply(f);
	assert_int_not_equal(fixture_listen(f), 0);
	fixture_run_ms(f, 20);
}

/* The daemon goes without a word: nothing may be left in memory. */
static void the_core_can_be_freed_at_any_time(void **state)
{
	int fd = peer_pair(f, SOCK_STREAM), other = peer_pair(f, SOCK_STREAM);

	(void)state;
	peer_start(f, fd);
	peer_call(f, fd, 5);
	f->dp.stuck = true;
	peer_type(fd, KPPTP_OCRQ);
	fixture_run_ms(f, 10);
	close(other);
	event_base_loop(f->loop, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	fixture_kill(f);
	close(fd);
	f = fixture_new(SERVER);
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(parameters_go_with_the_call),
		TEST(a_whole_session),
		TEST(several_calls_and_new_ones),
		TEST(refuses_what_it_cannot_take),
		TEST(failures_below_become_a_refusal),
		TEST(a_stuck_data_path_times_out),
		TEST(the_end_of_ppp_is_told),
		TEST(a_fault_of_our_own_is_told),
		TEST(a_call_that_was_up_is_accounted_for),
		TEST(calls_by_other_names),
		TEST(disconnect_is_orderly),
		TEST(the_end_of_another_call_is_not_waited_for),
		TEST(the_end_of_later_calls_is_not_waited_for),
		TEST(an_absurd_window_is_none),
		TEST(a_pac_says_nothing_of_the_link),
		TEST(the_clients_words_go_with_its_ccrq),
		TEST(a_silent_peer_leaves_nothing),
		TEST(other_messages_are_taken),
		TEST(versions),
		TEST(nothing_else_first),
		TEST(garbage_ends_it),
		TEST(octet_by_octet_and_all_at_once),
		TEST(one_message_per_write),
		TEST(silence_is_cut_short),
		TEST(echo_finds_the_dead),
		TEST(several_requests_are_missed_before_the_verdict),
		TEST(only_the_right_identifier_answers),
		TEST(every_message_is_life),
		TEST(echo_does_not_wait_for_silence),
		TEST(idle_connections_end),
		TEST(a_peer_that_forgets_the_connection),
		TEST(half_open_counts_as_closed),
		TEST(dies_in_every_state),
		TEST(limits),
		TEST(a_crowd_makes_room),
		TEST(out_of_files_it_rests),
		TEST(a_peer_that_does_not_read_is_dropped),
		TEST(shutdown_is_orderly_and_bounded),
		TEST(oddities_do_not_flood_the_log),
		TEST(shutdown_gives_up),
		TEST(connections_are_described),
		TEST(settings_of_listeners_can_change),
		TEST(the_core_can_be_freed_at_any_time),
	};

	return cmocka_run_group_tests_name("conn_server", tests, NULL, NULL);
}
