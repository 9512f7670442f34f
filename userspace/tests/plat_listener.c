// SPDX-License-Identifier: GPL-2.0-or-later
/* Who connects in a crowd keeps neither the loop nor whoever gets the connections. */
#include "plat_test.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../kpptpd/listener.h"

#define CROWD	300
#define FAIR	64	/* the most of one turn */

struct fixture {
	struct event_base *loop;
	struct kpptp_listeners *listeners;
	struct sockaddr_in addr;
	int crowd[CROWD];
	unsigned int accepted;
	bool busy;
	bool busy_with_one;
};

static const char *on_accept(void *arg, int fd, const struct sockaddr_in *peer)
{
	struct fixture *f = arg;

	(void)peer;
	close(fd);
	f->accepted++;
	f->busy = f->busy_with_one;
	return NULL;
}

static bool is_busy(void *arg)
{
	return ((struct fixture *)arg)->busy;
}

static void crowd_connects(struct fixture *f)
{
	int i;

	for (i = 0; i < CROWD; i++) {
		f->crowd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_true(f->crowd[i] >= 0);
		assert_return_code(connect(f->crowd[i],
					   (const struct sockaddr *)&f->addr,
					   sizeof(f->addr)), 0);
	}
}

static int setup(void **state)
{
	struct kpptp_server_settings server = { .enabled = true };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	server.n_listen = 1;
	server.listen[0].s_addr = htonl(INADDR_LOOPBACK);
	f->loop = event_base_new();
	f->listeners = kpptp_listeners_new(f->loop, on_accept, is_busy, f);
	assert_int_equal(kpptp_listeners_open(f->listeners, &server), 0);
	assert_int_equal(kpptp_listeners_bound(f->listeners, &f->addr, 1), 1);
	crowd_connects(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int i;

	for (i = 0; i < CROWD; i++)
		close(f->crowd[i]);
	kpptp_listeners_free(f->listeners);
	event_base_free(f->loop);
	free(f);
	return 0;
}

static void turn(struct fixture *f)
{
	event_base_loop(f->loop, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* Between two turns the loop serves whoever else is ready. */
static void others_have_their_turn(void **state)
{
	struct fixture *f = *state;
	unsigned int before, turns = 0;

	while (f->accepted < CROWD) {
		before = f->accepted;
		turn(f);
		assert_true(f->accepted - before <= FAIR);
		turns++;
	}
	assert_true(turns >= CROWD / FAIR);
}

/* Connections are left to the kernel until earlier ones have been taken. */
static void nobody_is_accepted_in_vain(void **state)
{
	struct fixture *f = *state;
	int i;

	f->busy_with_one = true;
	turn(f);
	assert_int_equal(f->accepted, 1);
	for (i = 0; i < 20; i++) {
		event_base_loop(f->loop, EVLOOP_ONCE);
		assert_int_equal(f->accepted, 1);
	}
	f->busy_with_one = false;
	f->busy = false;
	while (f->accepted < CROWD)
		event_base_loop(f->loop, EVLOOP_ONCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(others_have_their_turn, setup,
						teardown),
		cmocka_unit_test_setup_teardown(nobody_is_accepted_in_vain,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
