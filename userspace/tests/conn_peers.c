// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that wait for traffic, and which of several calls with one peer is left.
 * Whoever calls us proves to be al"ice, see conn_double.c.
 */
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

#include "conn_double.h"

#define SERVER	"127.0.0.2"

static struct fixture *f;
static int listener;		/* of the peer, whom our client calls */

static int setup(void **state)
{
	(void)state;
	f = fixture_new(SERVER);
	listener = peer_listen(f, "127.0.0.5");
	strcpy(f->client.name, "office");
	f->conf.peer = calloc(1, sizeof(*f->conf.peer));
	f->conf.n_peers = 1;
	strcpy(f->conf.peer[0].user, "al\"ice");
	strcpy(f->conf.peer[0].client, "office");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kpptp_core_disconnect(f->core, 0, NULL, NULL);
	close(listener);
	fixture_kill(f);
	return 0;
}

/* Our client, with the user name that decides. */
static void client_is(const char *user)
{
	strcpy(f->client.user, user);
}

static bool note_state(void *arg, const struct kpptp_client_info *info)
{
	*(const char **)arg = info->state;
	return true;
}

static const char *state_now(void)
{
	const char *text = "none";

	kpptp_client_each(f->core, note_state, &text);
	return text;
}

static bool is(const char *text)
{
	return !strcmp(state_now(), text);
}

/* The peer accepts a call of ours. */
static int accept_ours(void)
{
	struct kpptp_ctrl_msg msg;
	int fd = peer_accept(f, listener);

	peer_expect(f, fd, KPPTP_SCCRQ);
	peer_type(fd, KPPTP_SCCRP);
	msg = peer_expect(f, fd, KPPTP_OCRQ);
	msg.ocrp.peer_call_id = msg.ocrq.call_id;
	msg.type = KPPTP_OCRP;
	msg.ocrp.call_id = 7;
	msg.ocrp.result = KPPTP_OCRP_CONNECTED;
	msg.ocrp.error = msg.ocrp.cause = 0;
	peer_send(fd, &msg);
	peer_expect(f, fd, KPPTP_SLI);
	return fd;
}

/* The peer calls us; the call is up as soon as the loop runs. */
static int call_us(void)
{
	int fd = peer_connect(f, SERVER);

	peer_start(f, fd);
	peer_call(f, fd, 9);
	return fd;
}

static unsigned int ups;

static bool count_up(void *arg, const struct kpptp_call_info *info)
{
	(void)arg;
	ups += info->up;
	return true;
}

static unsigned int up_now(void)
{
	ups = 0;
	kpptp_core_each_call(f->core, count_up, NULL);
	return ups;
}

static void connect_office(void)
{
	assert_int_equal(fixture_start(f, false, NULL, NULL), 0);
}

/* ---- on demand ---- */

static int await(void)
{
	const int before = f->demand.armed;
	int err = fixture_start(f, true, NULL, NULL);

	if (!err && !f->demand.refuse)
		wait_for(f, f->demand.armed > before);
	return err;
}

static void traffic(void)
{
	f->demand.traffic(f->demand.arg, f->demand.id);
}

static void traffic_places_the_call(void **state)
{
	int fd, i;

	(void)state;
	f->client.demand = true;
	client_is("bob");
	assert_int_equal(await(), 0);
	assert_int_equal(await(), -EEXIST);
	for (i = 0; i < 2; i++) {
		wait_for(f, f->demand.armed == i + 1);
		assert_true(is("waiting for traffic"));
		f->demand.traffic(f->demand.arg, f->demand.id + 100);	/* not his */
		assert_true(is("waiting for traffic"));
		traffic();
		traffic();
		fd = accept_ours();
		wait_for(f, is("up"));
		close(fd);
		wait_for(f, is("waiting for traffic"));
	}
	assert_int_equal(kpptp_client_stop(f->core, f->demand.id, "enough"), 0);
	wait_for(f, f->demand.ended == 1);
	assert_true(is("none"));
}

/* After a failure it is the back-off that decides when traffic counts again. */
static void failures_back_off(void **state)
{
	(void)state;
	f->client.demand = true;
	client_is("bob");
	close(listener);
	await();
	traffic();
	wait_for(f, f->events[KPPTP_EVENT_CLIENT_RETRY] == 1);
	assert_int_equal(f->demand.armed, 1);
	wait_for(f, f->demand.armed == 2);
	f->demand.refuse = -ENODEV;
	traffic();
	wait_for(f, f->events[KPPTP_EVENT_CLIENT_RETRY] >= 3);
	f->demand.refuse = 0;
	wait_for(f, is("waiting for traffic"));
	listener = peer_listen(f, "127.0.0.5");
}

static void by_hand_while_it_waits(void **state)
{
	int fd;

	(void)state;
	f->client.demand = true;
	client_is("bob");
	await();
	assert_int_equal(fixture_start(f, false, fixture_connected, NULL), 0);
	fd = accept_ours();
	wait_for(f, f->done);
	assert_int_equal(f->done_err, 0);
	assert_int_equal(fixture_start(f, false, NULL, NULL), -EEXIST);
	close(fd);
	wait_for(f, is("waiting for traffic"));
}

static void what_cannot_wait(void **state)
{
	(void)state;
	assert_int_equal(await(), -EINVAL);
	f->client.demand = true;
	f->client.name[0] = '\0';
	assert_int_equal(await(), -EINVAL);
}

/* A name turned out to be an address in a network that is routed to the link. */
static void its_own_server_in_routes(void **state)
{
	const char *why;

	(void)state;
	f->client.demand = true;
	kpptp_prefixes_add("127.0.0.5", &f->client.ppp.routes, &why);
	f->client.ppp.routes.n = 1;
	f->client.ppp.routes.prefix[0] = (struct kpptp_prefix){
		.family = AF_INET, .len = 8, .addr = { 127 },
	};
	await();
	traffic();
	wait_for(f, f->events[KPPTP_EVENT_CLIENT_RETRY] == 1);
	assert_int_equal(kpptp_core_connections(f->core), 0);
}

/* ---- one link ---- */

static void the_latest_of_one_user(void **state)
{
	int one, two;

	(void)state;
	f->conf.peer[0].client[0] = '\0';
	one = call_us();
	wait_for(f, up_now() == 1);
	two = call_us();
	peer_expect(f, one, KPPTP_CDN);
	wait_for(f, up_now() == 1);
	assert_true(peer_silent(f, two, 30));
	close(one);
	close(two);
}

static void strangers_are_left_alone(void **state)
{
	int one, two;

	(void)state;
	strcpy(f->conf.peer[0].user, "carol");
	one = call_us();
	two = call_us();
	wait_for(f, up_now() == 2);
	assert_true(peer_silent(f, one, 30));
	assert_int_equal(up_now(), 2);
	close(one);
	close(two);
}

/* al"ice comes before bob: our call gives way, and is placed when hers ends. */
static void theirs_remains(void **state)
{
	int ours, theirs;

	(void)state;
	f->client.persist = true;
	client_is("bob");
	connect_office();
	ours = accept_ours();
	wait_for(f, is("up"));
	theirs = call_us();
	peer_expect(f, ours, KPPTP_CCRQ);
	close(ours);
	wait_for(f, is("other end has called"));
	assert_int_equal(up_now(), 1);
	close(theirs);
	ours = accept_ours();
	wait_for(f, is("up"));
	close(ours);
}

/* aaron comes before al"ice: hers is ended. */
static void ours_remains(void **state)
{
	int ours, theirs;

	(void)state;
	f->client.persist = true;
	client_is("aaron");
	connect_office();
	ours = accept_ours();
	wait_for(f, is("up"));
	theirs = call_us();
	peer_expect(f, theirs, KPPTP_CDN);
	close(theirs);
	wait_for(f, up_now() == 1);
	assert_true(is("up"));
	assert_true(peer_silent(f, ours, 30));
	close(ours);
}

/* A call of ours that cannot get through does not keep out one that can. */
static void ours_is_not_up(void **state)
{
	int ours, theirs;

	(void)state;
	f->client.persist = true;
	client_is("aaron");
	connect_office();
	ours = peer_accept(f, listener);
	peer_expect(f, ours, KPPTP_SCCRQ);
	theirs = call_us();
	wait_for(f, up_now() == 1);
	assert_true(peer_silent(f, theirs, 30));
	close(ours);
	wait_for(f, is("other end has called"));
	close(theirs);
	wait_for(f, is("connecting"));
}

/* Whoever waits for traffic has nothing to wait for. */
static void a_waiting_one_is_held(void **state)
{
	int theirs;

	(void)state;
	f->client.demand = true;
	client_is("aaron");
	await();
	theirs = call_us();
	wait_for(f, is("other end has called"));
	traffic();
	assert_true(is("other end has called"));
	close(theirs);
	wait_for(f, is("waiting for traffic"));
	assert_int_equal(f->demand.armed, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(traffic_places_the_call),
		TEST(failures_back_off),
		TEST(by_hand_while_it_waits),
		TEST(what_cannot_wait),
		TEST(its_own_server_in_routes),
		TEST(the_latest_of_one_user),
		TEST(strangers_are_left_alone),
		TEST(theirs_remains),
		TEST(ours_remains),
		TEST(ours_is_not_up),
		TEST(a_waiting_one_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
