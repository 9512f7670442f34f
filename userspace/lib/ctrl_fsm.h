/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State machines of the control connection and of calls (RFC 2637 sections 3.1
 * and 3.2) as data. Pure: a row says which action belongs to an event in a
 * state and which state follows; who runs the machine has a function for each
 * action.
 *
 * A pair without a row is something the peer should not have sent, or that
 * cannot happen here: it is logged by name and otherwise ignored. Section 3
 * would have the connection closed only for a message that is malformed; where
 * a well-formed one in the wrong state must end the connection, there is a row
 * that says so.
 */
#ifndef KPPTP_CTRL_FSM_H
#define KPPTP_CTRL_FSM_H

#include <stddef.h>
#include <stdint.h>

/* The control connection */
enum kpptp_conn_state {
	KPPTP_CONN_CONNECTING,		/* originator: TCP opens */
	KPPTP_CONN_WAIT_REPLY,		/* originator: SCCRQ sent */
	KPPTP_CONN_WAIT_REQUEST,	/* receiver: RFC "idle", TCP is open */
	KPPTP_CONN_COLLISION,		/* receiver: SCCRQ held (3.1.3) */
	KPPTP_CONN_ESTABLISHED,
	KPPTP_CONN_WAIT_STOP,		/* the peer ended the last call */
	KPPTP_CONN_CLEARING,		/* calls end before the StopCCRQ */
	KPPTP_CONN_WAIT_STOP_REPLY,
	KPPTP_CONN_WAIT_CLOSE,		/* last word sent, the peer closes */
	KPPTP_CONN_CLOSED,
	KPPTP_CONN_STATES
};

enum kpptp_conn_event {
	KPPTP_CONN_EV_CONNECTED,	/* TCP is open */
	KPPTP_CONN_EV_SCCRQ,
	KPPTP_CONN_EV_SCCRQ_OLD,	/* its version is too old */
	KPPTP_CONN_EV_SCCRQ_WON,	/* it lost a collision against ours */
	KPPTP_CONN_EV_SCCRP,		/* success */
	KPPTP_CONN_EV_SCCRP_OLD,	/* success, its version is too old */
	KPPTP_CONN_EV_SCCRP_REFUSED,
	KPPTP_CONN_EV_STOPCCRQ,
	KPPTP_CONN_EV_STOPCCRP,
	KPPTP_CONN_EV_ECHO_REQUEST,
	KPPTP_CONN_EV_ECHO_REPLY,
	KPPTP_CONN_EV_CALL,		/* a message about a call */
	KPPTP_CONN_EV_STOP,		/* we want it to end */
	KPPTP_CONN_EV_CLEARED,		/* its last call has ended */
	KPPTP_CONN_EV_PEER_ENDS,	/* it was the peer who ended it */
	KPPTP_CONN_EV_RELEASE,		/* our side of a collision failed */
	KPPTP_CONN_EV_TIMEOUT,		/* of the state */
	KPPTP_CONN_EV_LOST,		/* TCP or the peer is of no more use */
	KPPTP_CONN_EVENTS
};

enum kpptp_conn_action {
	KPPTP_CONN_IGNORE,
	KPPTP_CONN_SEND_SCCRQ,
	KPPTP_CONN_OPENED,		/* SCCRP came: calls may begin */
	KPPTP_CONN_ACCEPT,		/* send SCCRP: calls may begin */
	KPPTP_CONN_REFUSE_VERSION,	/* send SCCRP 5 */
	KPPTP_CONN_REFUSE_EXISTS,	/* send SCCRP 3 */
	KPPTP_CONN_HOLD,		/* say nothing for now */
	KPPTP_CONN_STOP_VERSION,	/* send StopCCRQ 2 */
	KPPTP_CONN_CLEAR,		/* end every call */
	KPPTP_CONN_SEND_STOP,		/* send StopCCRQ */
	KPPTP_CONN_ANSWER_STOP,		/* drop every call, send StopCCRP */
	KPPTP_CONN_ANSWER_ECHO,
	KPPTP_CONN_NOTE_ECHO,
	KPPTP_CONN_DO_CALL,		/* hand the message to its call */
	KPPTP_CONN_NO_CALLS,		/* last call ended: stay or stop */
	KPPTP_CONN_CLOSE,		/* drop every call, close TCP */
	KPPTP_CONN_REJECT,		/* the same, for a wrong message */
	KPPTP_CONN_ACTIONS
};

/* A call. PAC and PNS share the names; each has its own rows. */
enum kpptp_call_state {
	KPPTP_CALL_IDLE,		/* PNS: no control connection yet */
	KPPTP_CALL_CREATING,		/* PNS: data path being made */
	KPPTP_CALL_WAIT_REPLY,		/* PNS: OCRQ sent */
	KPPTP_CALL_CONNECTING,		/* PNS: OCRP came, PPP being started */
	KPPTP_CALL_WAIT_CS_ANS,		/* PAC: data path, PPP being made */
	KPPTP_CALL_ESTABLISHED,
	KPPTP_CALL_WAIT_PPP,		/* PPP ends before the call is cleared */
	KPPTP_CALL_WAIT_DISCONNECT,	/* PNS: CCRQ sent */
	KPPTP_CALL_WAIT_REASON,		/* PNS: CDN came, PPP knows better why */
	KPPTP_CALL_CLOSED,
	KPPTP_CALL_STATES
};

enum kpptp_call_event {
	KPPTP_CALL_EV_BEGIN,		/* PAC: OCRQ; PNS: connection is up */
	KPPTP_CALL_EV_CREATED,		/* the data path stands */
	KPPTP_CALL_EV_COMPLETE,		/* PNS: it knows the peer's Call ID */
	KPPTP_CALL_EV_STARTED,		/* PPP runs */
	KPPTP_CALL_EV_FAILED,		/* one of these went wrong */
	KPPTP_CALL_EV_OCRP,		/* connected */
	KPPTP_CALL_EV_OCRP_REFUSED,
	KPPTP_CALL_EV_CCRQ,
	KPPTP_CALL_EV_CDN,
	KPPTP_CALL_EV_CDN_EARLY,	/* established, PPP not up yet */
	KPPTP_CALL_EV_WEN,
	KPPTP_CALL_EV_SLI,
	KPPTP_CALL_EV_PPP_CLOSING,	/* LCP is about to say its last words */
	KPPTP_CALL_EV_PPP_DOWN,
	KPPTP_CALL_EV_CLOSE,		/* we want it to end */
	KPPTP_CALL_EV_TIMEOUT,		/* of the state */
	KPPTP_CALL_EV_LOST,		/* the control connection has gone */
	KPPTP_CALL_EVENTS
};

enum kpptp_call_action {
	KPPTP_CALL_IGNORE,
	KPPTP_CALL_CREATE,		/* make the data path */
	KPPTP_CALL_START_PPP,
	KPPTP_CALL_SEND_OCRP,		/* connected */
	KPPTP_CALL_REFUSE,		/* OCRP that says why not */
	KPPTP_CALL_SEND_OCRQ,
	KPPTP_CALL_SET_PEER,		/* give the data path the peer's ID */
	KPPTP_CALL_OPEN_LINK,		/* PNS: send SLI, start PPP */
	KPPTP_CALL_CLOSE_LINK,		/* PNS: send SLI, back to defaults */
	KPPTP_CALL_OPENED,		/* PNS: connected */
	KPPTP_CALL_STOP_PPP,		/* in order */
	KPPTP_CALL_SEND_CCRQ,
	KPPTP_CALL_SEND_CDN,
	KPPTP_CALL_NOTE_CDN,		/* the reason, if PPP has none */
	KPPTP_CALL_DROP,		/* nothing to tell the peer */
	KPPTP_CALL_FAIL_CONN,		/* close the control connection (3.2.1) */
	KPPTP_CALL_NOTE_WEN,
	KPPTP_CALL_NOTE_SLI,
	KPPTP_CALL_ACTIONS
};

/**
 * struct kpptp_fsm_row - what happens
 * @state: in this state
 * @event: at this event
 * @action: do this, after
 * @next: going to this state
 *
 * The state changes before the action runs, so that an event which the action
 * itself brings about meets the new state.
 */
struct kpptp_fsm_row {
	uint8_t state;
	uint8_t event;
	uint8_t action;
	uint8_t next;
};

/**
 * struct kpptp_fsm - a machine
 * @name: for logs
 * @rows: any order, one per pair
 * @n_rows: how many
 * @states: names
 * @n_states: how many
 * @events: names
 * @n_events: how many
 */
struct kpptp_fsm {
	const char *name;
	const struct kpptp_fsm_row *rows;
	size_t n_rows;
	const char *const *states;
	size_t n_states;
	const char *const *events;
	size_t n_events;
};

extern const struct kpptp_fsm kpptp_conn_fsm;
extern const struct kpptp_fsm kpptp_pac_fsm;	/* calls we answer */
extern const struct kpptp_fsm kpptp_pns_fsm;	/* calls we place */

/** kpptp_fsm_find() - the row of a pair, or NULL */
const struct kpptp_fsm_row *kpptp_fsm_find(const struct kpptp_fsm *fsm,
					   unsigned int state,
					   unsigned int event);

/** kpptp_fsm_state() - name of a state, never NULL */
const char *kpptp_fsm_state(const struct kpptp_fsm *fsm, unsigned int state);

/** kpptp_fsm_event() - name of an event, never NULL */
const char *kpptp_fsm_event(const struct kpptp_fsm *fsm, unsigned int event);

#endif
