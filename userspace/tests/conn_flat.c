// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What one connection, call or client costs does not depend on how many others there
 * are. A clock would tell of the machine; here the compiler has the daemon's code say
 * whenever it goes along a branch (-fsanitize-coverage=trace-pc), and that is counted.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn_double.h"

#define FEW		10u
#define MANY		1000u
#define VERY_MANY	10000u

/* Branches of the daemon's code */
static unsigned long branches;

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	branches++;
}

static struct fixture *f;

static int setup(void **state)
{
	struct rlimit files;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	f = fixture_new("127.0.0.2");
	f->server.timers.startup = 600000;
	f->server.timers.reply = 600000;
	f->server.timers.idle = 600000;
	f->server.timers.echo_interval = 0;
	f->server.max_calls = 65535;
	f->server.max_sessions = 65535;
	f->server.max_sessions_per_address = 65535;
	f->max_addresses = 65535;
	f->client.backoff_min = 600000;
	f->client.backoff_max = 600000;
	fixture_apply(f);
	kpptp_log_max = KPPTP_LOG_INFO;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_kill(f);
	return 0;
}

static unsigned long work(void (*fn)(void))
{
	branches = 0;
	fn();
	return branches;
}

/* @fn costs about the same before and after @more, which adds @n */
static void flat(void (*more)(unsigned int n), unsigned int n, void (*fn)(void))
{
	unsigned long few, many;

	more(FEW);
	few = work(fn);
	more(n);
	many = work(fn);
	printf("# %lu branches with %u, %lu with %u\n", few, FEW, many,
	       FEW + n);
	assert_in_range(few, 1, ULONG_MAX);
	/* how many share a chain is chance */
	assert_in_range(many, 1, few + few / 8 + 50);
}

static void hold_connections(unsigned int n)
{
	while (n--)
		peer_start(f, peer_pair(f, SOCK_STREAM));
}

static void turn(void)
{
	event_base_loop(f->loop, EVLOOP_ONCE);
}

/* A client that says all it has to say at once, and goes. */
static void session(void)
{
	const unsigned int before = kpptp_core_connections(f->core);
	struct kpptp_ctrl_msg msg = { .type = KPPTP_OCRQ };
	int fd = peer_pair(f, SOCK_STREAM);

	peer_type(fd, KPPTP_SCCRQ);
	msg.ocrq.call_id = 5;
	peer_send(fd, &msg);
	msg = (struct kpptp_ctrl_msg){ .type = KPPTP_CCRQ };
	msg.ccrq.call_id = 5;
	peer_send(fd, &msg);
	peer_type(fd, KPPTP_STOPCCRQ);
	shutdown(fd, SHUT_WR);
	while (kpptp_core_connections(f->core) > before)
		turn();
	close(fd);
}

static void a_session(void **state)
{
	(void)state;
	flat(hold_connections, MANY, session);
}

static int pns;
static uint16_t calls;

/* Calls that the data path never answers, so that nothing else is needed. */
static void hold_calls(unsigned int n)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_OCRQ };
	unsigned int want = kpptp_core_calls(f->core) + n;

	if (!calls) {
		pns = peer_pair(f, SOCK_STREAM);
		peer_start(f, pns);
	}
	f->dp.stuck = true;
	while (n--) {
		msg.ocrq.call_id = ++calls;
		peer_send(pns, &msg);
		turn();
	}
	wait_for(f, kpptp_core_calls(f->core) == want);
	f->dp.stuck = false;
}

/* One more on the same connection, and its end */
static void one_more_call(void)
{
	const unsigned int before = kpptp_core_calls(f->core);
	struct kpptp_ctrl_msg msg = { .type = KPPTP_OCRQ };

	msg.ocrq.call_id = 65535;
	peer_send(pns, &msg);
	while (!f->ppp.live)
		turn();
	msg = (struct kpptp_ctrl_msg){ .type = KPPTP_CCRQ };
	msg.ccrq.call_id = 65535;
	peer_send(pns, &msg);
	while (kpptp_core_calls(f->core) > before)
		turn();
}

static void a_call(void **state)
{
	(void)state;
	calls = 0;
	flat(hold_calls, VERY_MANY, one_more_call);
}

static void look_calls_up(void)
{
	struct kpptp_call_info info;

	kpptp_core_find_call(f->core, "4", &info);
	kpptp_core_find_call(f->core, "999999", &info);
	kpptp_core_find_call(f->core, "ppp9", &info);
	kpptp_core_disconnect(f->core, 999999, NULL, NULL);
}

static void calls_by_number_and_interface(void **state)
{
	(void)state;
	calls = 0;
	flat(hold_calls, VERY_MANY, look_calls_up);
}

static unsigned int clients;

/* Clients that wait to try again */
static void hold_clients(unsigned int n)
{
	f->client.demand = true;
	strcpy(f->client.host, "192.0.2.1");
	while (n--) {
		snprintf(f->client.name, sizeof(f->client.name), "office%u",
			 clients++);
		f->demand.refuse = -ENODEV;
		assert_int_equal(fixture_start(f, true, NULL, NULL), 0);
		turn();
	}
}

/* Others each time */
static void look_clients_up(void)
{
	static unsigned int n;
	char name[KPPTP_NAME_SIZE];

	kpptp_client_find(f->core, "branch");
	snprintf(name, sizeof(name), "office%u", n++);
	kpptp_client_hold(f->core, kpptp_client_find(f->core, name), true);
	snprintf(name, sizeof(name), "office%u", n++);
	kpptp_client_stop(f->core, kpptp_client_find(f->core, name), "enough");
	turn();
}

static void clients_by_number_and_name(void **state)
{
	(void)state;
	clients = 0;
	flat(hold_clients, VERY_MANY, look_clients_up);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_session),
		TEST(a_call),
		TEST(calls_by_number_and_interface),
		TEST(clients_by_number_and_name),
	};

	return cmocka_run_group_tests_name("conn_flat", tests, NULL, NULL);
}
