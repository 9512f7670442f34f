/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control connection (RFC 2637 section 3.1): TCP, framing, timers, and the
 * state machine of ctrl_fsm.c. Who opened it and who is PAC are two things: a
 * connection carries calls of both kinds.
 */
#ifndef KPPTPD_CONN_H
#define KPPTPD_CONN_H

#include "../lib/ctrl_fsm.h"
#include "../lib/ctrl_msg.h"
#include "core_int.h"
#include "log.h"

struct kpptp_output;
STAILQ_HEAD(kpptp_output_list, kpptp_output);

#define KPPTP_CONN_INPUT	2048	/* octets read and not consumed */
#define KPPTP_CONN_OUTPUT	128	/* messages the peer has not taken */
#define KPPTP_CONN_ECHO_TRIES	3	/* requests before a peer is dead */
#define KPPTP_CONN_COMPLAINTS	20	/* warnings about what a peer sends */

/* Who ended a call. The same one then ends the connection, if it was the last. */
enum kpptp_call_ender {
	KPPTP_ENDER_NONE,	/* PPP or a failure, not the protocol */
	KPPTP_ENDER_US,		/* kpptp_call_close() */
	KPPTP_ENDER_PEER,	/* a CDN that we did not ask for */
};

/* Both ends of a connection; @held: it waits for the end of a collision */
struct kpptp_conn_pair {
	struct in_addr local;
	struct in_addr peer;
	uint32_t held;
};

/**
 * struct kpptp_conn - a control connection
 * @own: what our SCCRQ or SCCRP says
 * @calls: calls on it; none of them is in state closed
 * @n_pac: calls of @calls that the peer has placed
 * @by_id: in kpptp_core.conn_by_id
 * @by_pair: in kpptp_core.conn_by_pair, by @pair
 * @timer: of the state
 * @echo_timer: until the next look whether the peer is alive
 * @fault: carries a failure out of whatever function met it
 * @why: why it ends
 * @complaints: warnings logged about what the peer sends
 * @echo_id: Identifier of our last Echo-Request
 * @echo_asked: Echo-Requests sent since the peer was last heard
 * @echo_open: of the last Echo-Requests, those that are not answered
 * @echo_sent_ms: when the first of @echo_asked was sent
 * @silent: the peer no longer answers, so closing TCP would wait for it too
 * @had_calls: there has been a call on it
 * @ender: who ended the call that was the last
 * @orderly: it ends because one of the two wants it to
 */
struct kpptp_conn {
	TAILQ_ENTRY(kpptp_conn) entry;
	struct kpptp_core *core;
	unsigned int id;
	bool originated;
	bool was_established;
	bool orderly;
	enum kpptp_conn_state state;
	struct sockaddr_in local;
	struct sockaddr_in peer;
	struct kpptp_timer_settings timers;
	struct kpptp_ctrl_start own;
	struct kpptp_call_list calls;
	unsigned int n_calls;
	unsigned int n_pac;
	struct kpptp_hash_link by_id;
	struct kpptp_hash_link by_pair;
	struct kpptp_conn_pair pair;

	int fd;
	struct event read;
	struct event write;
	struct event timer;
	struct event echo_timer;
	struct event fault;
	struct kpptp_output_list output;
	unsigned int n_output;
	uint8_t input[KPPTP_CONN_INPUT];
	size_t n_input;

	char host[KPPTP_TEXT_ESCAPED];
	char vendor[KPPTP_TEXT_ESCAPED];
	uint16_t firmware;
	uint8_t stop_reason;
	unsigned int complaints;
	uint32_t echo_id;
	unsigned int echo_asked;
	unsigned int echo_open;
	bool silent;
	bool had_calls;
	enum kpptp_call_ender ender;
	int64_t opened_ms;
	int64_t last_rx_ms;
	int64_t echo_sent_ms;
	int64_t last_echo_ms;
	char why[KPPTP_WHY_SIZE];
};

/**
 * kpptp_conn_accept() - a peer has connected
 * @socket: taken over, closed on an error
 *
 * Return: the connection, or NULL with errno set.
 */
struct kpptp_conn *kpptp_conn_accept(struct kpptp_core *core,
				     const struct kpptp_host_conn *socket);

/**
 * kpptp_conn_open() - a connection to a server that the monitor is opening
 * @settings: who we say we are, timers
 * @socket: taken over, closed on an error; it need not be connected yet
 *
 * Return: the connection, or NULL with errno set.
 */
struct kpptp_conn *kpptp_conn_open(struct kpptp_core *core,
				   const struct kpptp_proto_client *settings,
				   const struct kpptp_host_conn *socket);

/**
 * kpptp_conn_shared() - one that is open already, for another call
 * @id: number of one that we opened
 *
 * There is to be one for each pair of addresses (3.1.3).
 *
 * Return: NULL when it is ending or has gone.
 */
struct kpptp_conn *kpptp_conn_shared(struct kpptp_core *core, uint32_t id);

/**
 * kpptp_conn_send() - queue a message, written at once if the socket takes it
 *
 * One message is one write. A connection that cannot take it fails, later.
 */
void kpptp_conn_send(struct kpptp_conn *conn, const struct kpptp_ctrl_msg *msg);

/** kpptp_conn_stop() - end calls and connection in order */
void kpptp_conn_stop(struct kpptp_conn *conn, enum kpptp_stop_reason reason,
		     const char *why);

/** kpptp_conn_fail() - end it without a word, once the caller has returned */
void kpptp_conn_fail(struct kpptp_conn *conn, const char *why);

/** kpptp_conn_add_call() - put a call on the connection */
void kpptp_conn_add_call(struct kpptp_conn *conn, struct kpptp_call *call);

/** kpptp_conn_remove_call() - take it off; the last one may end it */
void kpptp_conn_remove_call(struct kpptp_conn *conn, struct kpptp_call *call);

/**
 * kpptp_conn_complain() - level for a line about something odd the peer sent
 *
 * A peer can send odd things as fast as the network carries them, before it has
 * proved to be anybody. It gets so many lines, the rest is for debugging.
 */
enum kpptp_log_level kpptp_conn_complain(struct kpptp_conn *conn);

/** kpptp_conn_describe() - what it is */
void kpptp_conn_describe(const struct kpptp_conn *conn,
			 struct kpptp_conn_info *info);

/** kpptp_conn_free() - for the reaper: nothing is told to anybody */
void kpptp_conn_free(struct kpptp_conn *conn);

#endif
