// SPDX-License-Identifier: GPL-2.0-or-later
/* The state tables: complete, without contradiction, and with a way out. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "../lib/ctrl_fsm.h"

static const struct kpptp_fsm *const machines[] = {
	&kpptp_conn_fsm, &kpptp_pac_fsm, &kpptp_pns_fsm,
};

#define N_MACHINES	(sizeof(machines) / sizeof(machines[0]))

static void one_row_per_pair(void **state)
{
	size_t m, i;

	(void)state;
	for (m = 0; m < N_MACHINES; m++)
		for (i = 0; i < machines[m]->n_rows; i++) {
			const struct kpptp_fsm_row *row = &machines[m]->rows[i];

			assert_true(row->state < machines[m]->n_states);
			assert_true(row->event < machines[m]->n_events);
			assert_true(row->next < machines[m]->n_states);
			assert_ptr_equal(kpptp_fsm_find(machines[m], row->state,
							row->event), row);
		}
}

static void everything_has_a_name(void **state)
{
	size_t m, i;

	(void)state;
	for (m = 0; m < N_MACHINES; m++) {
		assert_non_null(machines[m]->name);
		for (i = 0; i < machines[m]->n_states; i++)
			assert_non_null(kpptp_fsm_state(machines[m], i));
		for (i = 0; i < machines[m]->n_events; i++)
			assert_non_null(kpptp_fsm_event(machines[m], i));
		assert_string_equal(kpptp_fsm_state(machines[m], 99),
				    "unknown");
		assert_string_equal(kpptp_fsm_event(machines[m], 99),
				    "unknown");
	}
}

static bool used(const struct kpptp_fsm *fsm, unsigned int state)
{
	size_t i;

	for (i = 0; i < fsm->n_rows; i++)
		if (fsm->rows[i].state == state)
			return true;
	return false;
}

/* What ends a connection or a call is not out of place in any state. */
static void every_state_ends(void **state)
{
	static const struct {
		const struct kpptp_fsm *fsm;
		unsigned int closed, lost, stop;
	} ends[] = {
		{ &kpptp_conn_fsm, KPPTP_CONN_CLOSED, KPPTP_CONN_EV_LOST,
		  KPPTP_CONN_EV_STOP },
		{ &kpptp_pac_fsm, KPPTP_CALL_CLOSED, KPPTP_CALL_EV_LOST,
		  KPPTP_CALL_EV_CLOSE },
		{ &kpptp_pns_fsm, KPPTP_CALL_CLOSED, KPPTP_CALL_EV_LOST,
		  KPPTP_CALL_EV_CLOSE },
	};
	const struct kpptp_fsm_row *row;
	unsigned int s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		for (s = 0; s < ends[i].fsm->n_states; s++) {
			if (!used(ends[i].fsm, s))
				continue;
			assert_int_not_equal(s, ends[i].closed);
			if (ends[i].fsm == &kpptp_pac_fsm &&
			    s == KPPTP_CALL_IDLE)
				continue;	/* left at once */
			row = kpptp_fsm_find(ends[i].fsm, s, ends[i].lost);
			assert_non_null(row);
			assert_int_equal(row->next, ends[i].closed);
			assert_non_null(kpptp_fsm_find(ends[i].fsm, s,
						       ends[i].stop));
		}
}

/* Section 3 of the RFC: no state waits for ever. */
static void every_wait_has_a_time_out(void **state)
{
	const struct kpptp_fsm_row *row;
	unsigned int s;
	size_t m;

	(void)state;
	for (s = 0; s < KPPTP_CONN_CLOSED; s++) {
		row = kpptp_fsm_find(&kpptp_conn_fsm, s, KPPTP_CONN_EV_TIMEOUT);
		assert_non_null(row);
		assert_int_not_equal(row->next, s);
	}
	for (m = 1; m < N_MACHINES; m++)
		for (s = 0; s < KPPTP_CALL_CLOSED; s++) {
			if (s == KPPTP_CALL_IDLE || !used(machines[m], s) ||
			    s == KPPTP_CALL_ESTABLISHED)
				continue;
			row = kpptp_fsm_find(machines[m], s,
					     KPPTP_CALL_EV_TIMEOUT);
			assert_non_null(row);
			assert_int_not_equal(row->next, s);
		}
}

static bool opening(const struct kpptp_fsm_row *row)
{
	return row->event == KPPTP_CONN_EV_SCCRQ ||
	       row->event == KPPTP_CONN_EV_SCCRQ_OLD ||
	       row->event == KPPTP_CONN_EV_SCCRQ_WON;
}

/* A receiver does nothing for a peer that does not begin with a SCCRQ. */
static void receiver_wants_a_request_first(void **state)
{
	const struct kpptp_fsm_row *row;
	unsigned int e;

	(void)state;
	for (e = KPPTP_CONN_EV_SCCRQ; e <= KPPTP_CONN_EV_CALL; e++) {
		row = kpptp_fsm_find(&kpptp_conn_fsm, KPPTP_CONN_WAIT_REQUEST,
				     e);
		assert_non_null(row);
		if (opening(row))
			continue;
		assert_int_equal(row->action, KPPTP_CONN_REJECT);
		assert_int_equal(row->next, KPPTP_CONN_CLOSED);
	}
}

/* The winner of a collision says nothing on the loser's connection (3.1.3). */
static void collision_is_silent(void **state)
{
	const struct kpptp_fsm_row *row;
	unsigned int e;

	(void)state;
	for (e = 0; e < KPPTP_CONN_EVENTS; e++) {
		row = kpptp_fsm_find(&kpptp_conn_fsm, KPPTP_CONN_COLLISION, e);
		if (!row || e == KPPTP_CONN_EV_RELEASE ||
		    e == KPPTP_CONN_EV_TIMEOUT)
			continue;
		assert_true(row->action == KPPTP_CONN_CLOSE ||
			    row->action == KPPTP_CONN_REJECT);
	}
}

static void echo_is_answered_while_open(void **state)
{
	static const unsigned int open[] = {
		KPPTP_CONN_ESTABLISHED, KPPTP_CONN_WAIT_STOP,
		KPPTP_CONN_CLEARING,
		KPPTP_CONN_WAIT_STOP_REPLY,
	};
	const struct kpptp_fsm_row *row;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		row = kpptp_fsm_find(&kpptp_conn_fsm, open[i],
				     KPPTP_CONN_EV_ECHO_REQUEST);
		assert_non_null(row);
		assert_int_equal(row->action, KPPTP_CONN_ANSWER_ECHO);
		assert_int_equal(row->next, open[i]);
	}
}

/* CCRQ is legal in any state of a call (2.12) and is answered with a CDN. */
static void clear_is_always_answered(void **state)
{
	const struct kpptp_fsm_row *row;
	unsigned int s;

	(void)state;
	for (s = KPPTP_CALL_WAIT_CS_ANS; s < KPPTP_CALL_CLOSED; s++) {
		if (!used(&kpptp_pac_fsm, s))
			continue;
		row = kpptp_fsm_find(&kpptp_pac_fsm, s, KPPTP_CALL_EV_CCRQ);
		assert_non_null(row);
		assert_int_equal(row->action, KPPTP_CALL_SEND_CDN);
		assert_int_equal(row->next, KPPTP_CALL_CLOSED);
	}
}

/* Section 2.15: a PAC has no Set-Link-Info to send. */
static void set_link_info_is_the_pns_s(void **state)
{
	static const unsigned int live[] = {
		KPPTP_CALL_ESTABLISHED, KPPTP_CALL_WAIT_PPP,
	};
	const struct kpptp_fsm_row *row;
	size_t i;

	(void)state;
	for (i = 0; i < kpptp_pac_fsm.n_rows; i++) {
		row = &kpptp_pac_fsm.rows[i];
		assert_int_not_equal(row->action, KPPTP_CALL_OPEN_LINK);
		assert_int_not_equal(row->action, KPPTP_CALL_CLOSE_LINK);
	}
	for (i = 0; i < sizeof(live) / sizeof(live[0]); i++) {
		row = kpptp_fsm_find(&kpptp_pns_fsm, live[i],
				     KPPTP_CALL_EV_PPP_CLOSING);
		assert_non_null(row);
		assert_int_equal(row->action, KPPTP_CALL_CLOSE_LINK);
		assert_int_equal(row->next, live[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_row_per_pair),
		cmocka_unit_test(everything_has_a_name),
		cmocka_unit_test(every_state_ends),
		cmocka_unit_test(every_wait_has_a_time_out),
		cmocka_unit_test(receiver_wants_a_request_first),
		cmocka_unit_test(collision_is_silent),
		cmocka_unit_test(echo_is_answered_while_open),
		cmocka_unit_test(clear_is_always_answered),
		cmocka_unit_test(set_link_info_is_the_pns_s),
	};

	return cmocka_run_group_tests_name("ctrl_fsm", tests, NULL, NULL);
}
