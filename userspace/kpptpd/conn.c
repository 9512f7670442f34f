// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control connection.
 *
 * Bytes come in at on_readable(), become messages in take_input(), events of
 * the state machine in on_message(), and actions in run(). What goes wrong
 * below while an action runs is not handled there and then: fail_later() lets
 * the event loop bring it, so that no action finds the ground gone from under
 * it. A connection that is closed is freed by the reaper.
 */
#include "conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "call.h"
#include "event.h"

#define LINE_SIZE	512	/* a message as a log line */

struct kpptp_output {
	STAILQ_ENTRY(kpptp_output) entry;
	size_t len;
	size_t done;
	uint8_t data[KPPTP_CTRL_MAX];
};

static void run(struct kpptp_conn *conn, enum kpptp_conn_event event,
		const struct kpptp_ctrl_msg *msg);

static const char *who(const struct kpptp_conn *conn, char *buf, size_t size)
{
	char peer[KPPTP_ADDR_TEXT];

	snprintf(buf, size, "connection %u %s %s", conn->id,
		 conn->originated ? "to" : "from",
		 kpptp_addr_text(&conn->peer, peer));
	return buf;
}

#define WHO_SIZE	(KPPTP_ADDR_TEXT + 32)
#define conn_log(conn, level, fmt, ...)					\
	do {								\
		char who_[WHO_SIZE];					\
		kpptp_log(level, "%s: " fmt,				\
			  who(conn, who_, sizeof(who_)), ##__VA_ARGS__);\
	} while (0)

static void emit(struct kpptp_conn *conn, enum kpptp_event_type type,
		 const char *text)
{
	struct kpptp_conn_info info;
	const struct kpptp_event event = {
		.type = type,
		.failure = type == KPPTP_EVENT_CONNECTION_DOWN && !conn->orderly,
		.by_anybody = !conn->originated,
		.text = text,
		.conn = &info,
	};

	kpptp_conn_describe(conn, &info);
	kpptp_event_emit(&event);
}

/* A failure met while something else is going on: the event loop brings it. */
static void fail_later(struct kpptp_conn *conn)
{
	if (conn->state != KPPTP_CONN_CLOSED)
		kpptp_timer_arm(&conn->fault, 0);
}

static void on_fault(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run(arg, KPPTP_CONN_EV_LOST, NULL);
}

/* ---- output ---- */

static void drop_output(struct kpptp_conn *conn)
{
	struct kpptp_output *out;

	while ((out = STAILQ_FIRST(&conn->output))) {
		STAILQ_REMOVE_HEAD(&conn->output, entry);
		free(out);
	}
	conn->n_output = 0;
}

/*
 * NAT helpers look only at the first message of a segment. Each message is a
 * write of its own, and MSG_EOR keeps the kernel from joining it with the next
 * one while both wait to be sent.
 *
 * Return: true when the message is out, false when the socket takes no more.
 */
static bool write_one(struct kpptp_conn *conn, struct kpptp_output *out)
{
	ssize_t n;

	while (out->done < out->len) {
		n = send(conn->fd, out->data + out->done, out->len - out->done,
			 MSG_NOSIGNAL | MSG_DONTWAIT | MSG_EOR);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			event_add(&conn->write, NULL);
			return false;
		}
		if (n < 0) {
			kpptp_why(conn->why, "cannot send: %s",
				  strerror(errno));
			fail_later(conn);
			return false;
		}
		out->done += (size_t)n;
	}
	return true;
}

static void flush_output(struct kpptp_conn *conn)
{
	struct kpptp_output *out;

	while ((out = STAILQ_FIRST(&conn->output))) {
		if (!write_one(conn, out))
			return;
		STAILQ_REMOVE_HEAD(&conn->output, entry);
		conn->n_output--;
		free(out);
	}
	/* closing outright could reset away what the peer has yet to read */
	if (conn->state == KPPTP_CONN_WAIT_CLOSE)
		shutdown(conn->fd, SHUT_WR);
}

void kpptp_conn_send(struct kpptp_conn *conn, const struct kpptp_ctrl_msg *msg)
{
	struct kpptp_output *out;
	char line[LINE_SIZE];

	if (conn->state == KPPTP_CONN_CLOSED)
		return;
	conn_log(conn, KPPTP_LOG_DEBUG, "sent %s",
		 kpptp_ctrl_print(msg, line, sizeof(line)));
	if (conn->n_output >= KPPTP_CONN_OUTPUT) {
		kpptp_why(conn->why, "the peer does not read its messages");
		conn->silent = true;
		fail_later(conn);
		return;
	}
	out = calloc(1, sizeof(*out));
	if (!out) {
		kpptp_why(conn->why, "out of memory");
		fail_later(conn);
		return;
	}
	out->len = kpptp_ctrl_encode(msg, out->data);
	STAILQ_INSERT_TAIL(&conn->output, out, entry);
	conn->n_output++;
	if (conn->n_output == 1)
		flush_output(conn);
}

/* ---- timers ---- */

static void arm_echo(struct kpptp_conn *conn, int64_t ms)
{
	if (conn->timers.echo_interval)
		kpptp_timer_arm(&conn->echo_timer, ms > 0 ? (uint32_t)ms : 0);
}

static void send_echo(struct kpptp_conn *conn)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_ECHO_REQUEST };

	if (!conn->echo_asked++)
		conn->echo_sent_ms = kpptp_now_ms();
	if (conn->echo_open < KPPTP_CONN_ECHO_TRIES)
		conn->echo_open++;
	msg.echo.identifier = ++conn->echo_id;
	kpptp_conn_send(conn, &msg);
	/* each has its part, also when we were the one who slept */
	arm_echo(conn, conn->timers.echo_timeout / KPPTP_CONN_ECHO_TRIES);
}

/*
 * Section 3.1.4, but at fixed intervals: two ends that count from the last
 * message would leave it to one of them to ask. The time that the section gives
 * for the answer is used to ask more than once. TCP loses nothing, but there are
 * peers that do, as of two messages in one segment the second.
 */
static void on_echo_timer(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_conn *conn = arg;

	(void)fd;
	(void)what;
	if (conn->state != KPPTP_CONN_ESTABLISHED &&
	    conn->state != KPPTP_CONN_CLEARING)
		return;		/* ending, within the time of its state */
	if (conn->echo_asked < KPPTP_CONN_ECHO_TRIES) {
		send_echo(conn);
		return;
	}
	kpptp_why(conn->why,
		  "no answer to an Echo-Request for %u ms, asked %u times",
		  conn->timers.echo_timeout, conn->echo_asked);
	conn->silent = true;
	run(conn, KPPTP_CONN_EV_LOST, NULL);
}

/*
 * Any message is life, whether or not it is the answer that was asked for. The
 * next request goes out an interval after the first that was not answered.
 */
static void note_life(struct kpptp_conn *conn)
{
	conn->last_rx_ms = kpptp_now_ms();
	if (!conn->echo_asked)
		return;
	conn->echo_asked = 0;
	arm_echo(conn, conn->echo_sent_ms + conn->timers.echo_interval -
		       conn->last_rx_ms);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_conn *conn = arg;
	const struct kpptp_fsm_row *row;

	(void)fd;
	(void)what;
	conn->orderly |= conn->state == KPPTP_CONN_ESTABLISHED ||
			 conn->state == KPPTP_CONN_WAIT_STOP;
	if (conn->state == KPPTP_CONN_ESTABLISHED)
		kpptp_why(conn->why, "idle: no calls");
	else if (conn->state == KPPTP_CONN_WAIT_STOP)
		kpptp_why(conn->why, "its last call ended");
	else if (conn->state != KPPTP_CONN_COLLISION)
		kpptp_why(conn->why, "time-out in state %s",
			  kpptp_fsm_state(&kpptp_conn_fsm, conn->state));
	row = kpptp_fsm_find(&kpptp_conn_fsm, conn->state,
			     KPPTP_CONN_EV_TIMEOUT);
	conn->silent = row && row->next == KPPTP_CONN_CLOSED;
	run(conn, KPPTP_CONN_EV_TIMEOUT, NULL);
}

/* 0: the state has no limit of its own */
static uint32_t state_limit(const struct kpptp_conn *conn)
{
	const struct kpptp_timer_settings *t = &conn->timers;

	switch (conn->state) {
	case KPPTP_CONN_CONNECTING:
	case KPPTP_CONN_WAIT_REPLY:
	case KPPTP_CONN_WAIT_REQUEST:
	case KPPTP_CONN_COLLISION:
		return t->startup;
	case KPPTP_CONN_ESTABLISHED:
		if (conn->originated || conn->n_calls)
			return 0;
		/* who placed the last call has as long to end it, and more */
		return conn->had_calls ? t->disconnect + t->stop : t->idle;
	case KPPTP_CONN_WAIT_STOP:
		return t->stop;
	case KPPTP_CONN_CLEARING:
		/* PPP ends, then the calls are cleared: both within theirs */
		return t->ppp_stop + t->disconnect + t->stop;
	case KPPTP_CONN_WAIT_STOP_REPLY:
	case KPPTP_CONN_WAIT_CLOSE:
		return t->stop;
	case KPPTP_CONN_CLOSED:
	case KPPTP_CONN_STATES:
		break;
	}
	return 0;
}

static void arm_state_timer(struct kpptp_conn *conn)
{
	uint32_t limit = state_limit(conn);

	evtimer_del(&conn->timer);
	if (limit)
		kpptp_timer_arm(&conn->timer, limit);
}

/* ---- collision, section 3.1.3 ---- */

static bool opening(const struct kpptp_conn *conn)
{
	return conn->state == KPPTP_CONN_CONNECTING ||
	       conn->state == KPPTP_CONN_WAIT_REPLY;
}

/* The first of those that are opening or held between the ends of @conn */
static struct kpptp_hash_link *first_of_pair(const struct kpptp_conn *conn,
					     bool held)
{
	const struct kpptp_conn_pair pair = {
		.local = conn->local.sin_addr,
		.peer = conn->peer.sin_addr,
		.held = held,
	};

	return kpptp_hash_find(&conn->core->conn_by_pair, &pair, sizeof(pair));
}

/* The connection that we are opening to the peer that opened @conn */
static struct kpptp_conn *find_rival(const struct kpptp_conn *conn)
{
	if (conn->local.sin_addr.s_addr == conn->peer.sin_addr.s_addr)
		return NULL;	/* ourselves: neither address is higher */
	return KPPTP_HASH_OBJECT(first_of_pair(conn, false), struct kpptp_conn,
				 by_pair);
}

static bool we_win(const struct kpptp_conn *conn)
{
	return ntohl(conn->local.sin_addr.s_addr) >
	       ntohl(conn->peer.sin_addr.s_addr);
}

/* We lost: our own connection goes, its calls are placed on the peer's. */
static void yield_to(struct kpptp_conn *winner, struct kpptp_conn *loser)
{
	struct kpptp_call *call;

	while ((call = TAILQ_FIRST(&loser->calls))) {
		TAILQ_REMOVE(&loser->calls, call, conn_entry);
		loser->n_calls--;
		kpptp_conn_add_call(winner, call);
	}
	kpptp_why(loser->why, "collision: the peer's connection is used");
	loser->orderly = true;
	run(loser, KPPTP_CONN_EV_LOST, NULL);
}

/*
 * Our opening of a connection is over. The loser now closes its own, and if
 * it does not in time it was not one: Windows knows no collisions, and several
 * peers may share an address. If ours failed there is nothing to wait for.
 */
static void settle_collisions(struct kpptp_conn *conn)
{
	struct kpptp_hash_link *link, *next;
	struct kpptp_conn *held;

	for (link = first_of_pair(conn, true); link; link = next) {
		next = kpptp_hash_next(link);
		held = KPPTP_HASH_OBJECT(link, struct kpptp_conn, by_pair);
		if (conn->state == KPPTP_CONN_ESTABLISHED)
			kpptp_timer_arm(&held->timer, held->timers.collision);
		else
			run(held, KPPTP_CONN_EV_RELEASE, NULL);
	}
}

/* ---- actions ---- */

typedef void action_fn(struct kpptp_conn *conn,
		       const struct kpptp_ctrl_msg *msg);

static void do_ignore(struct kpptp_conn *conn, const struct kpptp_ctrl_msg *msg)
{
	if (msg)
		conn_log(conn, KPPTP_LOG_DEBUG, "%s ignored in state %s",
			 kpptp_ctrl_name(msg->type),
			 kpptp_fsm_state(&kpptp_conn_fsm, conn->state));
}

static void send_start(struct kpptp_conn *conn, enum kpptp_ctrl_type type,
		       uint8_t result)
{
	struct kpptp_ctrl_msg msg = { .type = type };

	msg.start = conn->own;
	msg.start.result = result;
	kpptp_conn_send(conn, &msg);
}

static void do_send_sccrq(struct kpptp_conn *conn,
			  const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	send_start(conn, KPPTP_SCCRQ, 0);
}

static void established(struct kpptp_conn *conn)
{
	char text[WHO_SIZE + 2 * KPPTP_TEXT_ESCAPED + 64], name[WHO_SIZE];
	struct kpptp_call *call, *next;

	conn->was_established = true;
	arm_echo(conn, conn->timers.echo_interval);
	snprintf(text, sizeof(text),
		 "%s established: host \"%s\", vendor \"%s\", firmware %u",
		 who(conn, name, sizeof(name)), conn->host, conn->vendor,
		 conn->firmware);
	emit(conn, KPPTP_EVENT_CONNECTION_UP, text);
	for (call = TAILQ_FIRST(&conn->calls); call; call = next) {
		next = TAILQ_NEXT(call, conn_entry);
		kpptp_call_begin(call);
	}
}

static void do_opened(struct kpptp_conn *conn, const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	settle_collisions(conn);
	established(conn);
}

static void do_accept(struct kpptp_conn *conn, const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	send_start(conn, KPPTP_SCCRP, KPPTP_START_OK);
	established(conn);
}

static void do_refuse_version(struct kpptp_conn *conn,
			      const struct kpptp_ctrl_msg *msg)
{
	kpptp_why(conn->why, "protocol version 0x%04x is not supported",
		  msg->start.version);
	send_start(conn, KPPTP_SCCRP, KPPTP_START_VERSION);
}

static void do_refuse_exists(struct kpptp_conn *conn,
			     const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	conn_log(conn, kpptp_conn_complain(conn),
		 "second Start-Control-Connection-Request refused");
	send_start(conn, KPPTP_SCCRP, KPPTP_START_EXISTS);
}

static void do_hold(struct kpptp_conn *conn, const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	conn_log(conn, KPPTP_LOG_INFO,
		 "collision: our own connection to this peer is used");
}

static void send_stop(struct kpptp_conn *conn, uint8_t reason)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_STOPCCRQ };

	msg.stop.reason = reason;
	kpptp_conn_send(conn, &msg);
}

static void do_stop_version(struct kpptp_conn *conn,
			    const struct kpptp_ctrl_msg *msg)
{
	kpptp_why(conn->why, "protocol version 0x%04x is not supported",
		  msg->start.version);
	send_stop(conn, KPPTP_STOP_PROTOCOL);
}

static void drop_calls(struct kpptp_conn *conn)
{
	struct kpptp_call *call;

	while ((call = TAILQ_FIRST(&conn->calls)))
		kpptp_call_lost(call, conn->why);
}

static void do_clear(struct kpptp_conn *conn, const struct kpptp_ctrl_msg *msg)
{
	struct kpptp_call *call, *next;

	(void)msg;
	if (!conn->n_calls) {
		run(conn, KPPTP_CONN_EV_CLEARED, NULL);
		return;
	}
	for (call = TAILQ_FIRST(&conn->calls); call; call = next) {
		next = TAILQ_NEXT(call, conn_entry);
		kpptp_call_close(call, conn->why);
	}
}

static void do_send_stop(struct kpptp_conn *conn,
			 const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	drop_calls(conn);
	send_stop(conn, conn->stop_reason);
}

static void do_answer_stop(struct kpptp_conn *conn,
			   const struct kpptp_ctrl_msg *msg)
{
	struct kpptp_ctrl_msg reply = { .type = KPPTP_STOPCCRP };

	kpptp_why(conn->why, "stopped by the peer, reason %u",
		  msg->stop.reason);
	conn->orderly = true;
	reply.stop.result = KPPTP_RESULT_OK;
	drop_calls(conn);
	kpptp_conn_send(conn, &reply);
}

static void do_answer_echo(struct kpptp_conn *conn,
			   const struct kpptp_ctrl_msg *msg)
{
	struct kpptp_ctrl_msg reply = { .type = KPPTP_ECHO_REPLY };

	reply.echo.identifier = msg->echo.identifier;
	reply.echo.result = KPPTP_RESULT_OK;
	kpptp_conn_send(conn, &reply);
}

/*
 * An answer to one of the last requests that have none, or to no request at all.
 * Those before the one that is answered are not waited for any more.
 */
static void do_note_echo(struct kpptp_conn *conn,
			 const struct kpptp_ctrl_msg *msg)
{
	const uint32_t later = conn->echo_id - msg->echo.identifier;

	if (later >= conn->echo_open) {
		conn_log(conn, kpptp_conn_complain(conn),
			 "Echo-Reply with identifier %u answers no request of ours",
			 msg->echo.identifier);
		return;
	}
	conn->echo_open = later;
	conn->last_echo_ms = conn->last_rx_ms;
}

static void do_call(struct kpptp_conn *conn, const struct kpptp_ctrl_msg *msg)
{
	kpptp_call_input(conn, msg);
}

static void do_no_calls(struct kpptp_conn *conn,
			const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	if (conn->originated && conn->ender == KPPTP_ENDER_PEER)
		run(conn, KPPTP_CONN_EV_PEER_ENDS, NULL);
	else if (conn->originated || conn->ender == KPPTP_ENDER_US)
		kpptp_conn_stop(conn, KPPTP_STOP_NONE, "its last call ended");
	else
		arm_state_timer(conn);
}

/* Where others look for it, which depends on its state */
static void index_conn(struct kpptp_conn *conn)
{
	struct kpptp_core *core = conn->core;
	const bool held = conn->state == KPPTP_CONN_COLLISION;

	kpptp_hash_del(&core->conn_by_pair, &conn->by_pair);
	conn->pair.local = conn->local.sin_addr;
	conn->pair.peer = conn->peer.sin_addr;
	conn->pair.held = held;
	if (held || (conn->originated && opening(conn)))
		kpptp_hash_add(&core->conn_by_pair, &conn->by_pair,
			       &conn->pair, sizeof(conn->pair));
}

static void unlink_conn(struct kpptp_conn *conn)
{
	struct kpptp_core *core = conn->core;

	kpptp_hash_del(&core->conn_by_id, &conn->by_id);
	TAILQ_REMOVE(&core->conns, conn, entry);
	TAILQ_INSERT_TAIL(&core->dead_conns, conn, entry);
	core->n_conns--;
	kpptp_core_reap(core);
}

/*
 * A socket that is closed while the peer owes it something stays in the kernel
 * until TCP gives up, which takes minutes. With a peer that is silent there is
 * nothing to wait for, and should it come back it learns that we have gone.
 */
static void close_socket(struct kpptp_conn *conn)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct kpptp_host *host = conn->core->host;

	event_del(&conn->read);
	event_del(&conn->write);
	evtimer_del(&conn->timer);
	evtimer_del(&conn->echo_timer);
	evtimer_del(&conn->fault);
	drop_output(conn);
	if (conn->fd >= 0 && conn->silent)
		setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
	if (conn->fd < 0)
		return;
	close(conn->fd);
	conn->fd = -1;
	host->ops->conn_end(host, conn->id);
}

static void do_close(struct kpptp_conn *conn, const struct kpptp_ctrl_msg *msg)
{
	char text[WHO_SIZE + KPPTP_WHY_SIZE + 16], name[WHO_SIZE];

	(void)msg;
	kpptp_why(conn->why, "closed");
	close_socket(conn);
	drop_calls(conn);
	unlink_conn(conn);
	snprintf(text, sizeof(text), "%s %s: %s", who(conn, name, sizeof(name)),
		 conn->was_established ? "ended" : "failed", conn->why);
	emit(conn, KPPTP_EVENT_CONNECTION_DOWN, text);
	if (conn->originated && !conn->was_established)
		settle_collisions(conn);
}

static void do_reject(struct kpptp_conn *conn, const struct kpptp_ctrl_msg *msg)
{
	kpptp_why(conn->why, "%s before the connection is established",
		  kpptp_ctrl_name(msg->type));
	do_close(conn, msg);
}

static action_fn *const actions[KPPTP_CONN_ACTIONS] = {
	[KPPTP_CONN_IGNORE] = do_ignore,
	[KPPTP_CONN_SEND_SCCRQ] = do_send_sccrq,
	[KPPTP_CONN_OPENED] = do_opened,
	[KPPTP_CONN_ACCEPT] = do_accept,
	[KPPTP_CONN_REFUSE_VERSION] = do_refuse_version,
	[KPPTP_CONN_REFUSE_EXISTS] = do_refuse_exists,
	[KPPTP_CONN_HOLD] = do_hold,
	[KPPTP_CONN_STOP_VERSION] = do_stop_version,
	[KPPTP_CONN_CLEAR] = do_clear,
	[KPPTP_CONN_SEND_STOP] = do_send_stop,
	[KPPTP_CONN_ANSWER_STOP] = do_answer_stop,
	[KPPTP_CONN_ANSWER_ECHO] = do_answer_echo,
	[KPPTP_CONN_NOTE_ECHO] = do_note_echo,
	[KPPTP_CONN_DO_CALL] = do_call,
	[KPPTP_CONN_NO_CALLS] = do_no_calls,
	[KPPTP_CONN_CLOSE] = do_close,
	[KPPTP_CONN_REJECT] = do_reject,
};

static void run(struct kpptp_conn *conn, enum kpptp_conn_event event,
		const struct kpptp_ctrl_msg *msg)
{
	const struct kpptp_fsm_row *row;

	if (conn->state == KPPTP_CONN_CLOSED)
		return;
	row = kpptp_fsm_find(&kpptp_conn_fsm, conn->state, event);
	if (!row) {
		conn_log(conn, kpptp_conn_complain(conn),
			 "unexpected %s in state %s ignored",
			 kpptp_fsm_event(&kpptp_conn_fsm, event),
			 kpptp_fsm_state(&kpptp_conn_fsm, conn->state));
		return;
	}
	if (row->next != conn->state) {
		conn->state = row->next;
		index_conn(conn);
		arm_state_timer(conn);
	}
	actions[row->action](conn, msg);
}

/* ---- input ---- */

static void note_peer(struct kpptp_conn *conn,
		      const struct kpptp_ctrl_start *start)
{
	kpptp_ctrl_text(start->host, conn->host, sizeof(conn->host));
	kpptp_ctrl_text(start->vendor, conn->vendor, sizeof(conn->vendor));
	conn->firmware = start->firmware;
}

static enum kpptp_conn_event judge_sccrq(struct kpptp_conn *conn,
					 const struct kpptp_ctrl_start *start)
{
	struct kpptp_conn *rival;

	if (start->version < KPPTP_CTRL_VERSION)
		return KPPTP_CONN_EV_SCCRQ_OLD;
	if (conn->state != KPPTP_CONN_WAIT_REQUEST)
		return KPPTP_CONN_EV_SCCRQ;
	note_peer(conn, start);
	rival = find_rival(conn);
	if (!rival)
		return KPPTP_CONN_EV_SCCRQ;
	if (we_win(conn))
		return KPPTP_CONN_EV_SCCRQ_WON;
	yield_to(conn, rival);
	return KPPTP_CONN_EV_SCCRQ;
}

static enum kpptp_conn_event judge_sccrp(struct kpptp_conn *conn,
					 const struct kpptp_ctrl_start *start)
{
	static const char *const words[] = {
		[KPPTP_START_ERROR] = "general error",
		[KPPTP_START_EXISTS] = "a control connection exists already",
		[KPPTP_START_NOT_AUTHORIZED] = "not authorised",
		[KPPTP_START_VERSION] = "protocol version not supported",
	};
	const size_t n = sizeof(words) / sizeof(words[0]);

	if (conn->state != KPPTP_CONN_WAIT_REPLY)
		return KPPTP_CONN_EV_SCCRP;
	note_peer(conn, start);
	if (start->result > KPPTP_START_OK) {
		kpptp_why(conn->why, "refused by the server: %s (result %u, error %u)",
			  start->result < n ? words[start->result] : "unknown",
			  start->result, start->error);
		return KPPTP_CONN_EV_SCCRP_REFUSED;
	}
	return start->version < KPPTP_CTRL_VERSION ? KPPTP_CONN_EV_SCCRP_OLD :
						     KPPTP_CONN_EV_SCCRP;
}

static void on_message(struct kpptp_conn *conn,
		       const struct kpptp_ctrl_msg *msg)
{
	enum kpptp_conn_event event = KPPTP_CONN_EV_CALL;

	switch (msg->type) {
	case KPPTP_SCCRQ:
		event = judge_sccrq(conn, &msg->start);
		break;
	case KPPTP_SCCRP:
		event = judge_sccrp(conn, &msg->start);
		break;
	case KPPTP_STOPCCRQ:
		event = KPPTP_CONN_EV_STOPCCRQ;
		break;
	case KPPTP_STOPCCRP:
		event = KPPTP_CONN_EV_STOPCCRP;
		break;
	case KPPTP_ECHO_REQUEST:
		event = KPPTP_CONN_EV_ECHO_REQUEST;
		break;
	case KPPTP_ECHO_REPLY:
		event = KPPTP_CONN_EV_ECHO_REPLY;
		break;
	case KPPTP_OCRQ:
	case KPPTP_OCRP:
	case KPPTP_ICRQ:
	case KPPTP_ICRP:
	case KPPTP_ICCN:
	case KPPTP_CCRQ:
	case KPPTP_CDN:
	case KPPTP_WEN:
	case KPPTP_SLI:
	case KPPTP_CTRL_TYPES:
		break;
	}
	run(conn, event, msg);
}

static void take_input(struct kpptp_conn *conn)
{
	enum kpptp_ctrl_error error = KPPTP_CTRL_OK;
	struct kpptp_ctrl_msg msg;
	char line[LINE_SIZE];
	size_t used = 0, len;

	while (conn->state != KPPTP_CONN_CLOSED) {
		error = kpptp_ctrl_frame(conn->input + used,
					 conn->n_input - used, &len);
		if (error != KPPTP_CTRL_OK)
			break;
		kpptp_ctrl_decode(conn->input + used, len, &msg);
		used += len;
		conn_log(conn, KPPTP_LOG_DEBUG, "received %s",
			 kpptp_ctrl_print(&msg, line, sizeof(line)));
		note_life(conn);
		on_message(conn, &msg);
	}
	conn->n_input -= used;
	memmove(conn->input, conn->input + used, conn->n_input);
	if (error == KPPTP_CTRL_OK || error == KPPTP_CTRL_MORE)
		return;
	kpptp_why(conn->why, "malformed message: %s",
		  kpptp_ctrl_strerror(error));
	run(conn, KPPTP_CONN_EV_LOST, NULL);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_conn *conn = arg;
	ssize_t n;

	(void)what;
	n = recv(fd, conn->input + conn->n_input,
		 sizeof(conn->input) - conn->n_input, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (n < 0)
			kpptp_why(conn->why, "cannot receive: %s",
				  strerror(errno));
		else
			kpptp_why(conn->why, "closed by the peer");
		/* Windows, for one, closes without a word when all is done. */
		conn->orderly |= !n && conn->was_established && !conn->n_calls;
		run(conn, KPPTP_CONN_EV_LOST, NULL);
		return;
	}
	conn->n_input += (size_t)n;
	take_input(conn);
}

static void tcp_connected(struct kpptp_conn *conn)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &err, &len))
		err = errno;
	if (err) {
		kpptp_why(conn->why, "cannot connect: %s", strerror(err));
		run(conn, KPPTP_CONN_EV_LOST, NULL);
		return;
	}
	event_add(&conn->read, NULL);
	run(conn, KPPTP_CONN_EV_CONNECTED, NULL);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_conn *conn = arg;

	(void)fd;
	(void)what;
	if (conn->state == KPPTP_CONN_CONNECTING)
		tcp_connected(conn);
	else
		flush_output(conn);
}

/* ---- life ---- */

static struct kpptp_conn *new_conn(struct kpptp_core *core,
				   const struct kpptp_host_conn *socket,
				   const struct kpptp_timer_settings *timers)
{
	struct kpptp_conn *conn = calloc(1, sizeof(*conn));
	const int fd = socket->fd, on = 1;

	if (!conn) {
		close(fd);
		core->host->ops->conn_end(core->host, socket->id);
		errno = ENOMEM;
		return NULL;
	}
	conn->core = core;
	conn->id = socket->id;
	conn->local = socket->local;
	conn->peer = socket->peer;
	conn->timers = *timers;
	conn->stop_reason = KPPTP_STOP_NONE;
	conn->opened_ms = kpptp_now_ms();
	conn->fd = fd;
	/* a guess by chance is no proof of life */
	if (getrandom(&conn->echo_id, sizeof(conn->echo_id), GRND_NONBLOCK) < 0)
		conn->echo_id = (uint32_t)conn->opened_ms;
	TAILQ_INIT(&conn->calls);
	STAILQ_INIT(&conn->output);
	event_assign(&conn->read, core->base, fd, EV_READ | EV_PERSIST,
		     on_readable, conn);
	event_assign(&conn->write, core->base, fd, EV_WRITE, on_writable,
		     conn);
	evtimer_assign(&conn->timer, core->base, on_timer, conn);
	evtimer_assign(&conn->echo_timer, core->base, on_echo_timer, conn);
	evtimer_assign(&conn->fault, core->base, on_fault, conn);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	TAILQ_INSERT_TAIL(&core->conns, conn, entry);
	kpptp_hash_add(&core->conn_by_id, &conn->by_id, &conn->id,
		       sizeof(conn->id));
	core->n_conns++;
	return conn;
}

static void set_text(char *field, const char *text)
{
	snprintf(field, KPPTP_CTRL_TEXT + 1, "%s", text);
}

struct kpptp_conn *kpptp_conn_accept(struct kpptp_core *core,
				     const struct kpptp_host_conn *socket)
{
	const struct kpptp_proto_server *server = &core->server;
	struct kpptp_conn *conn = new_conn(core, socket, &server->timers);

	if (!conn)
		return NULL;
	conn->own.version = KPPTP_CTRL_VERSION;
	conn->own.framing = KPPTP_FRAMING_ASYNC | KPPTP_FRAMING_SYNC;
	conn->own.bearer = KPPTP_BEARER_ANALOG | KPPTP_BEARER_DIGITAL;
	conn->own.max_channels = server->max_calls < UINT16_MAX ?
					 (uint16_t)server->max_calls :
					 UINT16_MAX;
	conn->own.firmware = 1;
	set_text(conn->own.host, server->host_name);
	set_text(conn->own.vendor, server->vendor);
	conn->state = KPPTP_CONN_WAIT_REQUEST;
	arm_state_timer(conn);
	event_add(&conn->read, NULL);
	return conn;
}

struct kpptp_conn *kpptp_conn_shared(struct kpptp_core *core, uint32_t id)
{
	struct kpptp_conn *conn;

	conn = KPPTP_HASH_OBJECT(kpptp_hash_find(&core->conn_by_id, &id,
						 sizeof(id)),
				 struct kpptp_conn, by_id);
	if (conn && conn->originated && conn->state <= KPPTP_CONN_ESTABLISHED)
		return conn;
	return NULL;
}

struct kpptp_conn *kpptp_conn_open(struct kpptp_core *core,
				   const struct kpptp_proto_client *settings,
				   const struct kpptp_host_conn *socket)
{
	struct kpptp_conn *conn = new_conn(core, socket, &settings->timers);

	if (!conn)
		return NULL;
	conn->originated = true;
	conn->own.version = KPPTP_CTRL_VERSION;
	conn->own.framing = settings->framing;
	conn->own.bearer = settings->bearer;
	conn->own.firmware = settings->firmware;
	set_text(conn->own.host, settings->host_name);
	set_text(conn->own.vendor, settings->vendor);
	conn->state = KPPTP_CONN_CONNECTING;
	index_conn(conn);
	arm_state_timer(conn);
	event_add(&conn->write, NULL);
	return conn;
}

void kpptp_conn_stop(struct kpptp_conn *conn, enum kpptp_stop_reason reason,
		     const char *why)
{
	if (conn->state == KPPTP_CONN_CLOSED)
		return;
	kpptp_why(conn->why, "%s", why);
	conn->orderly = true;
	if (conn->state <= KPPTP_CONN_WAIT_STOP)
		conn->stop_reason = reason;
	run(conn, KPPTP_CONN_EV_STOP, NULL);
}

void kpptp_conn_fail(struct kpptp_conn *conn, const char *why)
{
	kpptp_why(conn->why, "%s", why);
	fail_later(conn);
}

void kpptp_conn_add_call(struct kpptp_conn *conn, struct kpptp_call *call)
{
	TAILQ_INSERT_TAIL(&conn->calls, call, conn_entry);
	conn->n_calls++;
	conn->n_pac += call->pac;
	conn->had_calls = true;
	call->conn = conn;
	call->conn_id = conn->id;
	if (conn->state == KPPTP_CONN_ESTABLISHED)
		arm_state_timer(conn);
}

void kpptp_conn_remove_call(struct kpptp_conn *conn, struct kpptp_call *call)
{
	TAILQ_REMOVE(&conn->calls, call, conn_entry);
	conn->n_calls--;
	conn->n_pac -= call->pac;
	conn->ender = call->ender;
	call->conn = NULL;
	if (!conn->n_calls)
		run(conn, KPPTP_CONN_EV_CLEARED, NULL);
}

enum kpptp_log_level kpptp_conn_complain(struct kpptp_conn *conn)
{
	if (conn->complaints > KPPTP_CONN_COMPLAINTS)
		return KPPTP_LOG_DEBUG;
	if (conn->complaints++ < KPPTP_CONN_COMPLAINTS)
		return kpptp_log_bounded(KPPTP_LOG_WARNING);
	conn_log(conn, kpptp_log_bounded(KPPTP_LOG_WARNING),
		 "more oddities of this peer are logged for debugging only");
	return KPPTP_LOG_DEBUG;
}

static int64_t since(int64_t then)
{
	return then ? kpptp_now_ms() - then : -1;
}

void kpptp_conn_describe(const struct kpptp_conn *conn,
			 struct kpptp_conn_info *info)
{
	memset(info, 0, sizeof(*info));
	info->id = conn->id;
	info->originated = conn->originated;
	info->local = conn->local;
	info->peer = conn->peer;
	info->state = kpptp_fsm_state(&kpptp_conn_fsm, conn->state);
	info->established = conn->state == KPPTP_CONN_ESTABLISHED;
	memcpy(info->host, conn->host, sizeof(info->host));
	memcpy(info->vendor, conn->vendor, sizeof(info->vendor));
	info->firmware = conn->firmware;
	info->calls = conn->n_calls;
	info->age_ms = since(conn->opened_ms);
	info->last_rx_ms = since(conn->last_rx_ms);
	info->last_echo_ms = since(conn->last_echo_ms);
}

void kpptp_conn_free(struct kpptp_conn *conn)
{
	close_socket(conn);
	free(conn);
}
