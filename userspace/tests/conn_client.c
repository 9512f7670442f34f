// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls we place: against our own server, and against a peer with quirks. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../kpptpd/dial.h"
#include "conn_double.h"
#include "other_params.h"

#define SERVER	"127.0.0.2"

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

struct pair {
	struct kpptp_call_info pac, pns;
	int n;
};

static bool sort_calls(void *arg, const struct kpptp_call_info *info)
{
	struct pair *pair = arg;

	*(info->pac ? &pair->pac : &pair->pns) = *info;
	pair->n++;
	return true;
}

static struct pair calls(void)
{
	struct pair pair = { 0 };

	kpptp_core_each_call(f->core, sort_calls, &pair);
	return pair;
}

static uint32_t begin(void)
{
	uint32_t id;

	f->done = 0;
	assert_int_equal(fixture_start(f, false, fixture_connected, &id), 0);
	assert_int_equal(f->done, 0);
	return id;
}

static void fails_with(int err)
{
	wait_for(f, f->done);
	assert_int_equal(f->done_err, err);
	assert_string_not_equal(f->why, "");
}

static void client_and_server(void **state)
{
	struct pair pair;

	(void)state;
	f->dp.deferred = true;
	f->client.call.use_tx_window = 1;
	begin();
	wait_for(f, f->done);
	assert_int_equal(f->done_err, 0);
	pair = calls();
	assert_int_equal(pair.n, 2);
	assert_int_equal(pair.pac.call_id, pair.pns.peer_call_id);
	assert_int_equal(pair.pac.peer_call_id, pair.pns.call_id);
	assert_int_equal(pair.pac.serial, pair.pns.serial);
	assert_int_equal(f->dp.last_set.peer_call_id, pair.pac.call_id);
	assert_int_equal(f->dp.last_set.tx_window, 64);
	assert_string_equal(f->ppp.last_user, "bob");
	assert_string_equal(f->ppp.last_password, "secret");
	assert_string_equal(pair.pns.state, "established");
	f->done = 0;
	assert_int_equal(kpptp_core_disconnect(f->core, pair.pns.id,
					       fixture_closed, f), 1);
	wait_for(f, f->done);
	assert_int_equal(f->closed, 1);
	wait_for(f, fixture_empty(f));
	assert_int_equal(f->events[KPPTP_EVENT_CALL_DOWN], 2);
	assert_int_equal(f->events[KPPTP_EVENT_CLIENT_DOWN], 1);
	assert_int_equal(f->events[KPPTP_EVENT_CONNECTION_UP], 2);
	assert_int_equal(f->failures[KPPTP_EVENT_CALL_DOWN], 0);
	assert_int_equal(f->failures[KPPTP_EVENT_CLIENT_DOWN], 0);
	assert_int_equal(f->failures[KPPTP_EVENT_CONNECTION_DOWN], 0);
}

static void two_clients_share_a_connection(void **state)
{
	(void)state;
	begin();
	wait_for(f, f->done);
	begin();
	wait_for(f, f->done);
	assert_int_equal(kpptp_core_calls(f->core), 4);
	assert_int_equal(kpptp_core_connections(f->core), 2);
	kpptp_core_shutdown(f->core, fixture_stopped, f);
	f->done = 0;
	wait_for(f, f->done);
	assert_int_equal(f->done_err, 0);
	assert_int_equal(fixture_start(f, false, NULL, NULL), -ESHUTDOWN);
}

static void settings_are_checked(void **state)
{
	(void)state;
	snprintf(f->client.name, sizeof(f->client.name), "office");
	begin();
	assert_int_not_equal(kpptp_client_find(f->core, "office"), 0);
	assert_int_equal(kpptp_client_find(f->core, "home"), 0);
	assert_int_equal(fixture_start(f, false, NULL, NULL), -EEXIST);
	f->client.name[0] = '\0';
	f->client.backoff_min = 0;
	assert_int_equal(fixture_start(f, false, NULL, NULL), -EINVAL);
	wait_for(f, f->done);
	assert_int_equal(kpptp_client_stop(f->core, kpptp_client_find(f->core,
						"office"), "why not"), 0);
	assert_int_equal(kpptp_client_stop(f->core, 9999, "?"), -ENOENT);
}

/* A server by hand: accepts, and is expected to be asked for a call. */
static int serve(int listener, uint8_t result)
{
	struct kpptp_ctrl_msg msg;
	int fd = peer_accept(f, listener);

	msg = peer_expect(f, fd, KPPTP_SCCRQ);
	assert_int_equal(msg.start.version, KPPTP_CTRL_VERSION);
	assert_int_equal(msg.start.max_channels, 0);
	msg.type = KPPTP_SCCRP;
	msg.start.result = result;
	msg.start.framing = msg.start.bearer = 0;
	peer_send(fd, &msg);
	return fd;
}

static void answer_call(int fd, uint16_t pac_id, uint8_t result)
{
	struct kpptp_ctrl_msg msg = peer_expect(f, fd, KPPTP_OCRQ);
	const uint16_t pns_id = msg.ocrq.call_id;

	assert_false(f->dp.last_new.has_peer_call_id);
	msg = (struct kpptp_ctrl_msg){ .type = KPPTP_OCRP };
	msg.ocrp.call_id = pac_id;
	msg.ocrp.peer_call_id = pns_id;
	msg.ocrp.result = result;
	peer_send(fd, &msg);
	if (result != KPPTP_OCRP_CONNECTED)
		return;
	msg = peer_expect(f, fd, KPPTP_SLI);
	assert_int_equal(msg.sli.peer_call_id, pac_id);
	assert_int_equal(msg.sli.send_accm, KPPTP_CTRL_ACCM);
	assert_int_equal(msg.sli.recv_accm, KPPTP_CTRL_ACCM);
}

/* After its last call our connection is stopped; the server answers. */
static void stopped_by_us(int fd)
{
	peer_expect(f, fd, KPPTP_STOPCCRQ);
	peer_type(fd, KPPTP_STOPCCRP);
	peer_expect_end(f, fd);
}

static void parameters_go_with_the_call(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd;
	struct kpptp_ctrl_msg msg;

	(void)state;
	other_params(&f->client.call);
	begin();
	fd = serve(listener, 1);
	msg = peer_expect(f, fd, KPPTP_OCRQ);
	assert_int_equal(msg.ocrq.window, f->client.call.rx_window);
	assert_memory_equal(&f->dp.last_new.params, &f->client.call,
			    sizeof(f->client.call));
	close(fd);
	fails_with(-ECONNABORTED);
	close(listener);
}

static void call_id_is_chosen(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd;
	struct kpptp_ctrl_msg msg;

	(void)state;
	f->client.call_id = 54321;
	begin();
	fd = serve(listener, 1);
	msg = peer_expect(f, fd, KPPTP_OCRQ);
	assert_int_equal(f->dp.last_new.call_id, 54321);
	assert_int_equal(msg.ocrq.call_id, 54321);
	close(fd);
	fails_with(-ECONNABORTED);
	close(listener);
}

static void send_cdn(int fd, uint16_t id)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_CDN };

	msg.cdn.call_id = id;
	msg.cdn.result = KPPTP_CDN_LOST_CARRIER;
	peer_send(fd, &msg);
}

static void cdn_by_either_id(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd, own;

	(void)state;
	for (own = 0; own < 2; own++) {
		begin();
		fd = serve(listener, own);	/* 0 is success, too */
		answer_call(fd, 9000, KPPTP_OCRP_CONNECTED);
		wait_for(f, f->done);
		assert_int_equal(f->done_err, 0);
		send_cdn(fd, 55);	/* means nobody */
		send_cdn(fd, own ? calls().pns.call_id : 9000);
		stopped_by_us(fd);
	}
	close(listener);
}

/* What PPP heard before the call was cleared says more than the CDN does; a
 * PPP that says nothing is not waited for longer than it may take.
 */
static void early_cdn_leaves_the_reason_to_ppp(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd, heard;

	(void)state;
	f->ppp.stays_down = true;
	for (heard = 0; heard < 2; heard++) {
		begin();
		fd = serve(listener, 1);
		answer_call(fd, 9000, KPPTP_OCRP_CONNECTED);
		wait_for(f, f->ppp.live);
		send_cdn(fd, 9000);
		send_cdn(fd, 9000);	/* once more changes nothing */
		if (heard) {
			wait_for(f, !strcmp(calls().pns.state, "ending"));
			kpptp_timer_arm(f->ppp.links[0]->down, 0);
		}
		fails_with(-ECONNABORTED);
		assert_non_null(strstr(f->why, heard ? "told to end" :
						       "disconnected by the peer: it lost the link (result 1,"));
		stopped_by_us(fd);
		wait_for(f, fixture_empty(f));
	}
	close(listener);
}

/* The server's PPP has said why before its control connection said that. */
static void the_servers_words_go_with_its_cdn(void **state)
{
	static const char why[] = "disconnected by the peer: it lost the link (result 1, error 0, cause 0): not today";
	int listener = peer_listen(f, "127.0.0.5"), fd, was_up;

	(void)state;
	f->ppp.hangs = true;
	for (was_up = 0; was_up < 2; was_up++) {
		f->ppp.stays_down = !was_up;
		begin();
		fd = serve(listener, 1);
		answer_call(fd, 9000, KPPTP_OCRP_CONNECTED);
		wait_for(f, was_up ? f->done : f->ppp.live);
		link_closing(f->ppp.links[0], "not today");
		wait_for(f, !f->ppp.closing);
		peer_expect(f, fd, KPPTP_SLI);
		send_cdn(fd, 9000);
		wait_for(f, f->events[KPPTP_EVENT_CALL_DOWN] == was_up + 1);
		assert_non_null(strstr(f->ended, why));
		if (!was_up) {
			fails_with(-ECONNABORTED);
			assert_string_equal(f->why, why);
		}
		stopped_by_us(fd);
		wait_for(f, fixture_empty(f));
	}
	close(listener);
}

static void disconnect_waits_for_the_cdn(void **state)
{
	struct kpptp_ctrl_msg msg;
	int listener = peer_listen(f, "127.0.0.5"), fd, polite;

	(void)state;
	for (polite = 0; polite < 2; polite++) {
		f->ppp.hangs = !polite;
		begin();
		fd = serve(listener, 1);
		answer_call(fd, 0, KPPTP_OCRP_CONNECTED);
		wait_for(f, f->done);
		kpptp_core_disconnect(f->core, 0, NULL, NULL);
		msg = peer_expect(f, fd, KPPTP_CCRQ);
		assert_int_equal(msg.ccrq.call_id, calls().pns.call_id);
		if (polite)
			send_cdn(fd, 0);
		peer_expect(f, fd, KPPTP_STOPCCRQ);
		if (polite)
			peer_type(fd, KPPTP_STOPCCRP);
		peer_expect_end(f, fd);
		wait_for(f, fixture_empty(f));
	}
	close(listener);
}

static void sets_default_accm(int fd, uint16_t pac_id)
{
	const struct kpptp_ctrl_msg msg = peer_expect(f, fd, KPPTP_SLI);

	assert_int_equal(msg.sli.peer_call_id, pac_id);
	assert_int_equal(msg.sli.send_accm, KPPTP_CTRL_ACCM);
	assert_int_equal(msg.sli.recv_accm, KPPTP_CTRL_ACCM);
	wait_for(f, !f->ppp.closing);
}

/* Set-Link-Info goes out before LCP's Terminate-Request, and before the -Ack
 * when it is the server that ends PPP.
 */
static void set_link_info_comes_before_the_last_words(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd, ours;

	(void)state;
	for (ours = 0; ours < 2; ours++) {
		f->ppp.hangs = true;
		begin();
		fd = serve(listener, 1);
		answer_call(fd, 9000, KPPTP_OCRP_CONNECTED);
		wait_for(f, f->done);
		if (ours)
			kpptp_core_disconnect(f->core, 0, NULL, NULL);
		assert_true(peer_silent(f, fd, 0));
		link_closing(f->ppp.links[0], "");
		sets_default_accm(fd, 9000);
		kpptp_timer_arm(f->ppp.links[0]->down, 0);
		peer_expect(f, fd, KPPTP_CCRQ);
		send_cdn(fd, 9000);
		stopped_by_us(fd);
		wait_for(f, fixture_empty(f));
	}
	close(listener);
}

/* What has been cleared already has no link to say anything of. */
static void no_set_link_info_after_the_call(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd;

	(void)state;
	f->ppp.stays_down = true;
	begin();
	fd = serve(listener, 1);
	answer_call(fd, 9000, KPPTP_OCRP_CONNECTED);
	wait_for(f, f->ppp.live);
	send_cdn(fd, 9000);
	wait_for(f, !strcmp(calls().pns.state, "ending"));
	link_closing(f->ppp.links[0], "");
	wait_for(f, !f->ppp.closing);
	stopped_by_us(fd);
	close(listener);
}

/* A time-out would take longer than the peer of these tests waits. */
static void who_ends_the_last_call_ends_the_connection(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd, other;

	(void)state;
	f->client.timers.stop = 10000;
	begin();
	fd = serve(listener, 1);
	answer_call(fd, 7, KPPTP_OCRP_CONNECTED);
	wait_for(f, f->done);
	kpptp_core_disconnect(f->core, 0, NULL, NULL);
	peer_expect(f, fd, KPPTP_CCRQ);
	send_cdn(fd, 7);
	stopped_by_us(fd);

	begin();
	fd = serve(listener, 1);
	answer_call(fd, 7, KPPTP_OCRP_CONNECTED);
	wait_for(f, f->done);
	send_cdn(fd, 7);
	wait_for(f, !kpptp_core_calls(f->core));
	assert_true(peer_silent(f, fd, 30));
	begin();			/* not on one that is about to end */
	other = serve(listener, 1);
	peer_type(fd, KPPTP_STOPCCRQ);
	peer_expect(f, fd, KPPTP_STOPCCRP);
	peer_expect_end(f, fd);
	close(other);
	close(listener);
}

static void the_client_asks_for_echo(void **state)
{
	static const struct kpptp_client_settings defaults =
		KPPTP_CLIENT_DEFAULTS;
	int listener = peer_listen(f, "127.0.0.5"), fd;
	struct kpptp_ctrl_msg msg;

	(void)state;
	assert_int_equal(defaults.timers.echo_interval, 60000);
	assert_int_equal(defaults.timers.echo_timeout, 60000);
	f->client.timers.echo_interval = 30;
	begin();
	fd = serve(listener, 1);
	answer_call(fd, 7, KPPTP_OCRP_CONNECTED);
	msg = peer_expect(f, fd, KPPTP_ECHO_REQUEST);
	msg.type = KPPTP_ECHO_REPLY;
	peer_send(fd, &msg);
	peer_expect_verdict(f, fd);
	wait_for(f, fixture_empty(f));
	assert_int_equal(f->events[KPPTP_EVENT_CALL_DOWN], 1);
	close(listener);
}

static void refusals(void **state)
{
	struct kpptp_ctrl_msg msg;
	int listener = peer_listen(f, "127.0.0.5"), fd;

	(void)state;
	begin();
	fd = serve(listener, KPPTP_START_NOT_AUTHORIZED);
	fails_with(-ECONNABORTED);
	assert_non_null(strstr(f->why, "not authorised"));
	peer_expect_end(f, fd);

	begin();
	fd = serve(listener, 1);
	answer_call(fd, 1, KPPTP_OCRP_BUSY);
	fails_with(-ECONNABORTED);
	assert_non_null(strstr(f->why, "busy"));
	stopped_by_us(fd);

	begin();
	fd = peer_accept(f, listener);
	msg = peer_expect(f, fd, KPPTP_SCCRQ);
	msg.type = KPPTP_SCCRP;
	msg.start.version = 0x0001;
	msg.start.result = 1;
	peer_send(fd, &msg);
	msg = peer_expect(f, fd, KPPTP_STOPCCRQ);
	assert_int_equal(msg.stop.reason, KPPTP_STOP_PROTOCOL);
	peer_type(fd, KPPTP_STOPCCRP);
	peer_expect_end(f, fd);
	fails_with(-ECONNABORTED);

	close(listener);
	begin();
	fails_with(-ECONNABORTED);
	assert_non_null(strstr(f->why, "refused"));
	assert_int_equal(f->failures[KPPTP_EVENT_CLIENT_DOWN], 4);
}

static void failures_below(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd, i;

	(void)state;
	for (i = 0; i < 5; i++) {
		f->dp.refuse = i == 0 ? -EPERM : 0;
		f->dp.fail_new = i == 1 ? -ENOSPC : 0;
		f->dp.deferred = i == 1;
		f->dp.fail_set = i == 2 ? -EINVAL : 0;
		f->ppp.refuse = i == 3 ? -ENOENT : 0;
		begin();
		fd = serve(listener, 1);
		if (i >= 2) {
			struct kpptp_ctrl_msg msg =
				peer_expect(f, fd, KPPTP_OCRQ);

			msg.ocrp.peer_call_id = msg.ocrq.call_id;
			msg.type = KPPTP_OCRP;
			msg.ocrp.call_id = 3;
			msg.ocrp.result = KPPTP_OCRP_CONNECTED;
			msg.ocrp.window = 0;
			peer_send(fd, &msg);
			if (i >= 3)
				peer_expect(f, fd, KPPTP_SLI);
			if (i == 4) {	/* PPP ends by itself */
				wait_for(f, f->done && !f->done_err);
				kpptp_timer_arm(f->ppp.links[0]->down, 0);
			}
			peer_expect(f, fd, KPPTP_CCRQ);
			send_cdn(fd, 3);
		}
		stopped_by_us(fd);
		if (i < 4)
			fails_with(-ECONNABORTED);
	}
	close(listener);
}

static void silent_servers_time_out(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd, step;

	(void)state;
	fixture_is_impatient(f);
	for (step = 0; step < 3; step++) {
		f->client.connect_timeout = step == 2 ? 100 : 0;
		begin();
		if (step == 0) {		/* no SCCRP */
			fd = peer_accept(f, listener);
			peer_expect(f, fd, KPPTP_SCCRQ);
		} else {			/* no OCRP */
			fd = serve(listener, 1);
			peer_expect(f, fd, KPPTP_OCRQ);
		}
		wait_for(f, f->done);
		assert_int_equal(f->done_err, step == 2 ? -ETIMEDOUT :
							  -ECONNABORTED);
		wait_for(f, fixture_empty(f));
		close(fd);
	}
	close(listener);
}

static void the_server_dies_in_every_state(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd, step;

	(void)state;
	f->dp.deferred = true;
	for (step = 0; step < 8; step++) {
		f->ppp.hangs = false;
		begin();
		fd = step ? serve(listener, 1) : peer_accept(f, listener);
		if (step == 1)
			event_base_loop(f->loop, EVLOOP_NONBLOCK | EVLOOP_ONCE);
		if (step == 2)
			peer_expect(f, fd, KPPTP_OCRQ);
		if (step > 2)
			answer_call(fd, 7, KPPTP_OCRP_CONNECTED);
		if (step > 3)
			wait_for(f, f->done);
		f->ppp.hangs = step == 5;
		if (step > 4)
			kpptp_core_disconnect(f->core, 0, NULL, NULL);
		if (step > 5)
			peer_expect(f, fd, KPPTP_CCRQ);
		if (step > 6)
			send_cdn(fd, 7);
		if (step > 6)
			peer_expect(f, fd, KPPTP_STOPCCRQ);
		close(fd);
		wait_for(f, fixture_empty(f));
		wait_for(f, f->done);
	}
	close(listener);
}

static void cancelled_in_every_state(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), step, i;
	uint32_t id;

	(void)state;
	for (step = 0; step < 12; step++) {
		f->dp.deferred = step & 1;
		id = begin();
		for (i = 0; i < step; i++)
			event_base_loop(f->loop, EVLOOP_NONBLOCK | EVLOOP_ONCE);
		kpptp_client_stop(f->core, id, "cancelled");
		kpptp_client_stop(f->core, id, "cancelled");
		wait_for(f, f->done);
		wait_for(f, fixture_empty(f));
		assert_int_not_equal(f->done_err, 0);
	}
	close(listener);
}

static void garbage_from_a_server(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd;

	(void)state;
	begin();
	fd = peer_accept(f, listener);
	peer_expect(f, fd, KPPTP_SCCRQ);
	send(fd, "SSH-2.0-OpenSSH\r\n", 17, MSG_NOSIGNAL);
	fails_with(-ECONNABORTED);
	assert_non_null(strstr(f->why, "malformed"));
	peer_expect_end(f, fd);
	close(listener);
}

static void wan_errors_are_noted(void **state)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_WEN };
	int listener = peer_listen(f, "127.0.0.5"), fd;

	(void)state;
	begin();
	fd = serve(listener, 1);
	answer_call(fd, 7, KPPTP_OCRP_CONNECTED);
	wait_for(f, f->done);
	msg.wen.peer_call_id = calls().pns.call_id;
	peer_send(fd, &msg);
	assert_true(peer_silent(f, fd, 20));
	send_cdn(fd, 7);
	stopped_by_us(fd);
	close(listener);
}

static void persistence(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd, i;

	(void)state;
	f->client.persist = true;
	close(listener);		/* nobody there at first */
	begin();
	wait_for(f, f->events[KPPTP_EVENT_CLIENT_RETRY] >= 3);
	assert_int_not_equal(f->done_err, 0);	/* the first attempt's */
	snprintf(f->client.host, sizeof(f->client.host), "%s", "127.0.0.5");
	kpptp_core_disconnect(f->core, 0, NULL, NULL);	/* while waiting */
	assert_int_equal(f->events[KPPTP_EVENT_CLIENT_DOWN], 1);

	listener = peer_listen(f, "127.0.0.5");
	begin();
	for (i = 0; i < 3; i++) {	/* comes back whenever it ends */
		fd = serve(listener, 1);
		answer_call(fd, 7, KPPTP_OCRP_CONNECTED);
		wait_for(f, calls().pns.up);
		send_cdn(fd, 7);
		stopped_by_us(fd);
	}
	fd = serve(listener, 1);
	answer_call(fd, 7, KPPTP_OCRP_CONNECTED);
	wait_for(f, calls().pns.up);
	assert_int_equal(kpptp_core_disconnect(f->core, calls().pns.id, NULL,
					       NULL), 1);
	peer_expect(f, fd, KPPTP_CCRQ);
	send_cdn(fd, 7);
	stopped_by_us(fd);
	fixture_run_ms(f, 60);
	assert_true(fixture_empty(f));
	close(listener);
}

static void names_are_resolved(void **state)
{
	(void)state;
	snprintf(f->client.host, sizeof(f->client.host),
		 "no such host.invalid");
	f->client.connect_timeout = 200;
	begin();
	wait_for(f, f->done);
	assert_int_not_equal(f->done_err, 0);
}

/* From /etc/hosts, without a name server */
static void a_name_of_this_host(void **state)
{
	int listener = peer_listen(f, "127.0.0.1"), fd;

	(void)state;
	snprintf(f->client.host, sizeof(f->client.host), "localhost");
	begin();
	fd = serve(listener, 1);
	answer_call(fd, 7, KPPTP_OCRP_CONNECTED);
	wait_for(f, f->done);
	assert_int_equal(f->done_err, 0);
	close(fd);
	close(listener);
}

static void a_source_address_that_is_not_ours(void **state)
{
	(void)state;
	inet_pton(AF_INET, "192.0.2.55", &f->client.local_address);
	begin();
	fails_with(-EADDRNOTAVAIL);
}

/* Who waits is told in time, and a client that persists goes on. */
static void the_first_attempt_is_bounded(void **state)
{
	int listener = peer_listen(f, "127.0.0.5"), fd;

	(void)state;
	f->client.persist = true;
	f->client.connect_timeout = 50;
	begin();
	fd = peer_accept(f, listener);
	fails_with(-ETIMEDOUT);
	peer_expect(f, fd, KPPTP_SCCRQ);
	peer_type(fd, KPPTP_SCCRP);
	answer_call(fd, 7, KPPTP_OCRP_CONNECTED);
	wait_for(f, calls().pns.up);
	kpptp_core_disconnect(f->core, 0, NULL, NULL);
	peer_expect(f, fd, KPPTP_CCRQ);
	send_cdn(fd, 7);
	stopped_by_us(fd);
	close(listener);
}

static void nobody_waits_any_more(void **state)
{
	(void)state;
	begin();
	kpptp_core_forget(f->core, f);
	wait_for(f, calls().pns.up);
	assert_int_equal(f->done, 0);
	kpptp_core_disconnect(f->core, 0, NULL, NULL);
}

/* ---- collision, RFC 2637 3.1.3 ---- */

/* Both ends open a connection; @ours is our address, the peer's 127.0.0.5. */
static void collide(const char *ours, int *fd_ours, int *fd_theirs,
		    int listener)
{
	inet_pton(AF_INET, ours, &f->client.local_address);
	begin();
	*fd_ours = peer_accept(f, listener);
	peer_expect(f, *fd_ours, KPPTP_SCCRQ);
	*fd_theirs = peer_connect(f, "127.0.0.5");
	peer_type(*fd_theirs, KPPTP_SCCRQ);
}

static void the_lower_address_yields(void **state)
{
	int listener, ours, theirs;

	(void)state;		/* 127.0.0.2 against 127.0.0.5 */
	listener = peer_listen(f, "127.0.0.5");
	collide(SERVER, &ours, &theirs, listener);
	peer_expect_end(f, ours);
	peer_expect(f, theirs, KPPTP_SCCRP);
	answer_call(theirs, 7, KPPTP_OCRP_CONNECTED);	/* on theirs */
	wait_for(f, f->done);
	assert_int_equal(f->done_err, 0);
	assert_int_equal(kpptp_core_connections(f->core), 1);
	close(theirs);
	close(listener);
}

static void higher_address(int loser_closes)
{
	struct kpptp_ctrl_msg msg;
	int listener, ours, theirs;

	teardown(NULL);
	f = fixture_new("127.0.0.8");
	listener = peer_listen(f, "127.0.0.5");
	collide("127.0.0.8", &ours, &theirs, listener);
	assert_true(peer_silent(f, theirs, 50));
	if (loser_closes > 1) {		/* our own fails: theirs is taken */
		close(ours);
		fails_with(-ECONNABORTED);
		peer_expect(f, theirs, KPPTP_SCCRP);
		close(theirs);
		close(listener);
		return;
	}
	if (loser_closes)
		close(theirs);
	msg = (struct kpptp_ctrl_msg){ .type = KPPTP_SCCRP };
	msg.start.version = KPPTP_CTRL_VERSION;
	msg.start.result = KPPTP_START_OK;
	peer_send(ours, &msg);
	answer_call(ours, 7, KPPTP_OCRP_CONNECTED);
	wait_for(f, f->done);
	assert_int_equal(f->done_err, 0);
	if (!loser_closes) {		/* it is not a loser, but another */
		peer_expect(f, theirs, KPPTP_SCCRP);
		close(theirs);
	}
	close(ours);
	close(listener);
}

static void the_higher_address_holds(void **state)
{
	(void)state;
	higher_address(1);
	higher_address(0);
	higher_address(2);
}

/* The monitor has names looked up by this program, see dial.h. */
int main(int argc, char **argv)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(client_and_server),
		TEST(two_clients_share_a_connection),
		TEST(settings_are_checked),
		TEST(parameters_go_with_the_call),
		TEST(call_id_is_chosen),
		TEST(cdn_by_either_id),
		TEST(early_cdn_leaves_the_reason_to_ppp),
		TEST(the_servers_words_go_with_its_cdn),
		TEST(disconnect_waits_for_the_cdn),
		TEST(set_link_info_comes_before_the_last_words),
		TEST(no_set_link_info_after_the_call),
		TEST(who_ends_the_last_call_ends_the_connection),
		TEST(the_client_asks_for_echo),
		TEST(refusals),
		TEST(failures_below),
		TEST(silent_servers_time_out),
		TEST(the_server_dies_in_every_state),
		TEST(cancelled_in_every_state),
		TEST(garbage_from_a_server),
		TEST(wan_errors_are_noted),
		TEST(persistence),
		TEST(names_are_resolved),
		TEST(a_name_of_this_host),
		TEST(a_source_address_that_is_not_ours),
		TEST(the_first_attempt_is_bounded),
		TEST(nobody_waits_any_more),
		TEST(the_lower_address_yields),
		TEST(the_higher_address_holds),
	};

	const struct kpptp_account us = { .is_self = true };

	if (argc == 3 && !strcmp(argv[1], "--resolve"))
		return kpptp_run_resolver(&us, argv[2]);
	return cmocka_run_group_tests_name("conn_client", tests, NULL, NULL);
}
