// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One call. Messages and completions become events of the state machine in
 * kpptp_call_input() and the on_...() functions; run() turns them into actions.
 */
#include "call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/kpptp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane.h"
#include "event.h"

#define CALL_SPEED	100000000u	/* bit/s we claim; informational */
#define CALL_MIN_BPS	300u
#define CALL_DELAY	1		/* tenths of a second */
#define WINDOW_ABSURD	4096		/* more is no limit at all */

#define WHO_SIZE	(2 * KPPTP_ADDR_TEXT + KPPTP_NAME_SIZE)
#define TEXT_SIZE	1024

static void run(struct kpptp_call *call, enum kpptp_call_event event,
		const struct kpptp_ctrl_msg *msg);

static const struct kpptp_fsm *machine(const struct kpptp_call *call)
{
	return call->pac ? &kpptp_pac_fsm : &kpptp_pns_fsm;
}

static const char *who(const struct kpptp_call *call, char *buf, size_t size)
{
	char peer[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &call->peer, peer, sizeof(peer));
	snprintf(buf, size, "call %u %s %s%s%s", call->id,
		 call->pac ? "from" : "to", peer, call->name[0] ? " " : "",
		 call->name);
	return buf;
}

#define call_log(call, level, fmt, ...)					\
	do {								\
		char who_[WHO_SIZE];					\
		kpptp_log(level, "%s: " fmt,				\
			  who(call, who_, sizeof(who_)), ##__VA_ARGS__);\
	} while (0)

static void emit(struct kpptp_call *call, enum kpptp_event_type type,
		 const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Who asked for the end knows of it; else it was to come up, and to stay so. */
static bool is_failure(const struct kpptp_call *call)
{
	return call->ender != KPPTP_ENDER_US && (call->broken || !call->up_ms);
}

static void emit(struct kpptp_call *call, enum kpptp_event_type type,
		 const char *fmt, ...)
{
	struct kpptp_call_info info;
	char text[TEXT_SIZE];
	const struct kpptp_event event = {
		.type = type,
		.failure = type == KPPTP_EVENT_CALL_DOWN && is_failure(call),
		.text = text,
		.call = &info,
		.client_id = call->client_id,
	};
	va_list ap;
	size_t n;

	who(call, text, sizeof(text));
	n = strlen(text);
	text[n++] = ' ';
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	kpptp_call_describe(call, &info);
	kpptp_event_emit(&event);
}

/* ---- what a call holds ---- */

/* Nothing is left of it: the address may go to another. */
static void bury_if_gone(struct kpptp_call *call)
{
	struct kpptp_core *core = call->core;

	if (call->state != KPPTP_CALL_CLOSED || call->pending || call->link)
		return;
	if (call->has_address)
		core->hooks.address_put(core->hooks.arg, call->remote_ip);
	call->has_address = false;
	TAILQ_REMOVE(&core->calls, call, entry);
	TAILQ_INSERT_TAIL(&core->dead_calls, call, entry);
	kpptp_core_reap(core);
}

static void leave_dataplane(struct kpptp_call *call)
{
	struct kpptp_dataplane *dp = call->core->dp;

	if (!call->in_dataplane)
		return;
	call->in_dataplane = false;
	dp->ops->call_del(dp, call->local, call->peer, call->call_id);
}

/*
 * The call is over for the protocol. The data path goes first, so that PPP
 * hears of it at once instead of waiting for answers that cannot come.
 */
static void closed(struct kpptp_call *call)
{
	struct kpptp_ppp *ppp = call->core->ppp;
	char user[KPPTP_TEXT_ESCAPED];

	evtimer_del(&call->timer);
	call->up = false;
	kpptp_why(call->why, "closed");
	leave_dataplane(call);
	if (call->link)
		ppp->ops->stop(ppp, call->link, KPPTP_PPP_STOP_NOW);
	if (call->pac && *call->user)
		emit(call, KPPTP_EVENT_CALL_DOWN, "of user \"%s\" ended: %s",
		     kpptp_ctrl_text(call->user, user, sizeof(user)), call->why);
	else
		emit(call, KPPTP_EVENT_CALL_DOWN, "ended: %s", call->why);
	if (call->owner)
		call->owner->ended(call->owner_arg, call->why);
	call->owner = NULL;
	call->settings = NULL;
	kpptp_conn_remove_call(call->conn, call);
	bury_if_gone(call);
}

/* 0: the state may last */
static uint32_t state_limit(const struct kpptp_call *call)
{
	switch (call->state) {
	case KPPTP_CALL_CREATING:
	case KPPTP_CALL_WAIT_REPLY:
	case KPPTP_CALL_CONNECTING:
	case KPPTP_CALL_WAIT_CS_ANS:
		return call->timers.reply;
	case KPPTP_CALL_WAIT_PPP:
	case KPPTP_CALL_WAIT_REASON:
		return call->timers.ppp_stop;
	case KPPTP_CALL_WAIT_DISCONNECT:
		return call->timers.disconnect;
	case KPPTP_CALL_IDLE:
	case KPPTP_CALL_ESTABLISHED:
	case KPPTP_CALL_CLOSED:
	case KPPTP_CALL_STATES:
		break;
	}
	return 0;
}

static void arm_state_timer(struct kpptp_call *call)
{
	uint32_t limit = state_limit(call);

	evtimer_del(&call->timer);
	if (limit)
		kpptp_timer_arm(&call->timer, limit);
}

static void note_cdn(struct kpptp_call *call, const struct kpptp_ctrl_cdn *cdn)
{
	kpptp_why(call->why,
		  "disconnected by the peer, result %u, error %u, cause %u",
		  cdn->result, cdn->error, cdn->cause);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_call *call = arg;

	(void)fd;
	(void)what;
	if (call->state == KPPTP_CALL_WAIT_REASON)
		note_cdn(call, &call->cdn);
	else
		call->broken = true;
	kpptp_why(call->why, "time-out in state %s",
		  kpptp_fsm_state(machine(call), call->state));
	call->result = KPPTP_OCRP_TIME_OUT;
	run(call, KPPTP_CALL_EV_TIMEOUT, NULL);
}

/* ---- data path ---- */

static const struct kpptp_call_params *
call_params(const struct kpptp_call *call)
{
	return call->pac ? &call->core->server.call : &call->settings->call;
}

/* Window the peer announced, as a limit for us: 0 is none (section 4.2). */
static uint16_t tx_window(const struct kpptp_call *call)
{
	if (!call_params(call)->use_tx_window ||
	    call->peer_window > WINDOW_ABSURD)
		return 0;
	return call->peer_window;
}

static void describe_dataplane(const struct kpptp_call *call,
			       struct kpptp_dp_call *dp)
{
	memset(dp, 0, sizeof(*dp));
	dp->local = call->local;
	dp->peer = call->peer;
	dp->call_id = call->call_id;
	dp->peer_call_id = call->peer_call_id;
	dp->tx_window = tx_window(call);
	dp->params = *call_params(call);
}

static void dataplane_failed(struct kpptp_call *call, int err, const char *why)
{
	kpptp_why(call->why, "data path: %s", why ? why : strerror(-err));
	call->broken = true;
	call->result = KPPTP_OCRP_ERROR;
	call->error = KPPTP_ERROR_NO_RESOURCE;
	call->cdn_result = KPPTP_CDN_ERROR;
	run(call, KPPTP_CALL_EV_FAILED, NULL);
}

static void on_created(void *arg, int err, uint16_t call_id, const char *why)
{
	struct kpptp_call *call = arg;

	call->pending--;
	if (!err) {
		call->call_id = call_id;
		call->in_dataplane = true;
	}
	if (call->state == KPPTP_CALL_CLOSED) {
		leave_dataplane(call);
		bury_if_gone(call);
	} else if (err) {
		dataplane_failed(call, err, why);
	} else {
		run(call, KPPTP_CALL_EV_CREATED, NULL);
	}
}

static void on_complete(void *arg, int err, uint16_t call_id, const char *why)
{
	struct kpptp_call *call = arg;

	(void)call_id;
	call->pending--;
	if (call->state == KPPTP_CALL_CLOSED)
		bury_if_gone(call);
	else if (err)
		dataplane_failed(call, err, why);
	else
		run(call, KPPTP_CALL_EV_COMPLETE, NULL);
}

/* ---- PPP ---- */

static void on_attached(void *arg)
{
	call_log((struct kpptp_call *)arg, KPPTP_LOG_DEBUG,
		 "PPP is attached to the data path");
}

static void on_auth(void *arg, const char *user)
{
	struct kpptp_call *call = arg;
	char text[KPPTP_TEXT_ESCAPED];

	if (call->state != KPPTP_CALL_ESTABLISHED)
		return;
	snprintf(call->user, sizeof(call->user), "%s", user);
	emit(call, KPPTP_EVENT_CALL_AUTH, "is user \"%s\"",
	     kpptp_ctrl_text(user, text, sizeof(text)));
}

static void on_net(void *arg, const struct kpptp_ppp_net *net)
{
	((struct kpptp_call *)arg)->net = *net;
}

static void came_up(struct kpptp_call *call, const char *ifname,
		    const char *local, const char *remote)
{
	const bool first = !call->up;
	char user[KPPTP_TEXT_ESCAPED];
	struct kpptp_call_info info;

	/* it may still be on its way up when it has been told to end */
	if (call->state != KPPTP_CALL_ESTABLISHED)
		return;
	call->up = true;
	if (first)
		call->up_ms = kpptp_now_ms();
	snprintf(call->ifname, sizeof(call->ifname), "%s", ifname);
	emit(call, KPPTP_EVENT_CALL_UP, "is up: user \"%s\", %s, %s to %s",
	     kpptp_ctrl_text(call->user, user, sizeof(user)), call->ifname,
	     local, remote);
	if (!first || !call->owner)
		return;
	kpptp_call_describe(call, &info);
	call->owner->up(call->owner_arg, &info);
}

static void on_up(void *arg, const char *ifname, const char *local_ip,
		  const char *remote_ip)
{
	struct kpptp_call *call = arg;

	snprintf(call->local_text, sizeof(call->local_text), "%s", local_ip);
	snprintf(call->remote_text, sizeof(call->remote_text), "%s", remote_ip);
	came_up(call, ifname, call->local_text, call->remote_text);
}

static void on_up6(void *arg, const char *ifname, const char *local_ip,
		   const char *remote_ip)
{
	struct kpptp_call *call = arg;

	snprintf(call->local_text6, sizeof(call->local_text6), "%s", local_ip);
	snprintf(call->remote_text6, sizeof(call->remote_text6), "%s",
		 remote_ip);
	came_up(call, ifname, call->local_text6, call->remote_text6);
}

/* What we have to say before LCP's last words is sent when run() returns. */
static void on_closing(void *arg)
{
	struct kpptp_call *call = arg;
	struct kpptp_ppp *ppp = call->core->ppp;

	run(call, KPPTP_CALL_EV_PPP_CLOSING, NULL);
	ppp->ops->proceed(ppp, call->link);
}

/* Exit statuses of pppd(8) that mean that an end, or a limit, was asked for. */
static bool ppp_was_ended(int status)
{
	switch (status) {
	case 0:		/* by one of the two */
	case 5:		/* by a signal */
	case 12:	/* idle for too long */
	case 13:	/* connected for too long */
	case 20:	/* too many octets */
		return true;
	default:
		return false;
	}
}

static void on_down(void *arg, const char *reason, int status)
{
	struct kpptp_call *call = arg;

	call->link = NULL;
	call->up = false;
	call_log(call, KPPTP_LOG_DEBUG, "PPP ended: %s (status %d)", reason,
		 status);
	if (call->state == KPPTP_CALL_CLOSED) {
		bury_if_gone(call);
		return;
	}
	kpptp_why(call->why, "PPP ended: %s", reason);
	call->broken |= !ppp_was_ended(status);
	if (!call->cdn_result)
		call->cdn_result = KPPTP_CDN_LOST_CARRIER;
	run(call, KPPTP_CALL_EV_PPP_DOWN, NULL);
}

static const struct kpptp_ppp_events ppp_events = {
	.attached = on_attached,
	.auth = on_auth,
	.net = on_net,
	.up = on_up,
	.up6 = on_up6,
	.closing = on_closing,
	.down = on_down,
};

static void start_ppp(struct kpptp_call *call)
{
	const struct kpptp_server_settings *server = &call->core->server;
	struct kpptp_ppp *ppp = call->core->ppp;
	struct kpptp_ppp_request req = {
		.local = call->local,
		.peer = call->peer,
		.call_id = call->call_id,
		.peer_call_id = call->peer_call_id,
		.server = call->pac,
		.user = call->pac ? "" : call->settings->user,
		.password = call->pac ? "" : call->settings->password,
		.remote_ip = call->remote_ip,
		.name = call->name,
		.settings = call->pac ? &server->ppp : &call->settings->ppp,
	};
	int err;

	if (call->pac)
		req.local_ip = server->local_ip;
	err = ppp->ops->start(ppp, &req, &ppp_events, call, &call->link);
	if (!err) {
		run(call, KPPTP_CALL_EV_STARTED, NULL);
		return;
	}
	call->link = NULL;
	kpptp_why(call->why, "cannot start PPP: %s", strerror(-err));
	call->broken = true;
	call->result = KPPTP_OCRP_ERROR;
	call->error = KPPTP_ERROR_NO_RESOURCE;
	run(call, KPPTP_CALL_EV_FAILED, NULL);
}

/* ---- actions ---- */

typedef void action_fn(struct kpptp_call *call,
		       const struct kpptp_ctrl_msg *msg);

static void do_ignore(struct kpptp_call *call, const struct kpptp_ctrl_msg *msg)
{
	if (msg)
		call_log(call, KPPTP_LOG_DEBUG, "%s ignored in state %s",
			 kpptp_ctrl_name(msg->type),
			 kpptp_fsm_state(machine(call), call->state));
}

/* Section 3.2.2: our Call ID is ours to choose; the data path knows the free */
static void do_create(struct kpptp_call *call, const struct kpptp_ctrl_msg *msg)
{
	struct kpptp_dataplane *dp = call->core->dp;
	struct kpptp_dp_call request;
	int err;

	(void)msg;
	call->rx_window = call_params(call)->rx_window;
	describe_dataplane(call, &request);
	request.has_peer_call_id = call->pac;
	call->pending++;
	err = dp->ops->call_new(dp, &request, on_created, call);
	if (!err)
		return;
	call->pending--;
	dataplane_failed(call, err, NULL);
}

static void do_start_ppp(struct kpptp_call *call,
			 const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	start_ppp(call);
}

static void send_ocrp(struct kpptp_conn *conn, const struct kpptp_ctrl_ocrp *r)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_OCRP };

	msg.ocrp = *r;
	kpptp_conn_send(conn, &msg);
}

static void do_send_ocrp(struct kpptp_call *call,
			 const struct kpptp_ctrl_msg *msg)
{
	const struct kpptp_ctrl_ocrp reply = {
		.call_id = call->call_id,
		.peer_call_id = call->peer_call_id,
		.result = KPPTP_OCRP_CONNECTED,
		.speed = CALL_SPEED,
		.window = call->rx_window,
		.delay = CALL_DELAY,
		.channel = call->id,
	};

	(void)msg;
	send_ocrp(call->conn, &reply);
	emit(call, KPPTP_EVENT_CALL_NEW, "connected: Call ID %u, peer's %u",
	     call->call_id, call->peer_call_id);
}

static void do_refuse(struct kpptp_call *call, const struct kpptp_ctrl_msg *msg)
{
	const struct kpptp_ctrl_ocrp reply = {
		.call_id = call->call_id,
		.peer_call_id = call->peer_call_id,
		.result = call->result ? call->result : KPPTP_OCRP_NOT_ACCEPTED,
		.error = call->result == KPPTP_OCRP_ERROR ? call->error : 0,
	};

	(void)msg;
	send_ocrp(call->conn, &reply);
}

static void do_send_ocrq(struct kpptp_call *call,
			 const struct kpptp_ctrl_msg *unused)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_OCRQ };
	struct kpptp_ctrl_ocrq *ocrq = &msg.ocrq;

	(void)unused;
	ocrq->call_id = call->call_id;
	ocrq->serial = call->serial;
	ocrq->min_bps = CALL_MIN_BPS;
	ocrq->max_bps = CALL_SPEED;
	ocrq->bearer = KPPTP_BEARER_ANALOG | KPPTP_BEARER_DIGITAL;
	ocrq->framing = KPPTP_FRAMING_ASYNC | KPPTP_FRAMING_SYNC;
	ocrq->window = call->rx_window;
	ocrq->delay = CALL_DELAY;
	snprintf(ocrq->phone, sizeof(ocrq->phone), "%s",
		 call->settings->phone_number);
	ocrq->phone_length = (uint16_t)strlen(ocrq->phone);
	kpptp_conn_send(call->conn, &msg);
}

static void do_set_peer(struct kpptp_call *call,
			const struct kpptp_ctrl_msg *msg)
{
	struct kpptp_dataplane *dp = call->core->dp;
	struct kpptp_dp_call request;
	int err;

	call->peer_call_id = msg->ocrp.call_id;
	call->peer_window = msg->ocrp.window;
	describe_dataplane(call, &request);
	request.has_peer_call_id = true;
	call->pending++;
	err = dp->ops->call_set(dp, &request, on_complete, call);
	if (!err)
		return;
	call->pending--;
	dataplane_failed(call, err, NULL);
}

/* Character maps as they are before any is agreed on */
static void send_sli(struct kpptp_call *call)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_SLI };

	msg.sli.peer_call_id = call->peer_call_id;
	msg.sli.send_accm = KPPTP_CTRL_ACCM;
	msg.sli.recv_accm = KPPTP_CTRL_ACCM;
	kpptp_conn_send(call->conn, &msg);
}

/* Some modems wait for it; those that do not ignore it. */
static void do_open_link(struct kpptp_call *call,
			 const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	send_sli(call);
	start_ppp(call);
}

/* LCP ends, and what a PAC may have learnt of it with it. */
static void do_close_link(struct kpptp_call *call,
			  const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	send_sli(call);
}

static void do_opened(struct kpptp_call *call, const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	emit(call, KPPTP_EVENT_CALL_NEW, "connected: Call ID %u, peer's %u",
	     call->call_id, call->peer_call_id);
}

static void do_stop_ppp(struct kpptp_call *call,
			const struct kpptp_ctrl_msg *msg)
{
	struct kpptp_ppp *ppp = call->core->ppp;

	(void)msg;
	ppp->ops->stop(ppp, call->link, KPPTP_PPP_STOP_ORDERLY);
}

static void do_send_ccrq(struct kpptp_call *call,
			 const struct kpptp_ctrl_msg *unused)
{
	struct kpptp_ctrl_msg msg = { .type = KPPTP_CCRQ };

	(void)unused;
	msg.ccrq.call_id = call->call_id;
	kpptp_conn_send(call->conn, &msg);
}

static void do_send_cdn(struct kpptp_call *call,
			const struct kpptp_ctrl_msg *msg)
{
	struct kpptp_ctrl_msg cdn = { .type = KPPTP_CDN };

	if (msg) {
		kpptp_why(call->why, "cleared by the peer");
		call->cdn_result = KPPTP_CDN_REQUESTED;
	}
	cdn.cdn.call_id = call->call_id;
	cdn.cdn.result = call->cdn_result ? call->cdn_result :
					    KPPTP_CDN_SHUTDOWN;
	kpptp_conn_send(call->conn, &cdn);
}

/* A peer that ends a call before PPP was up has a reason that only PPP heard,
 * most often that it refused to authenticate us. pppd is about to end; what it
 * says comes first.
 */
static void do_note_cdn(struct kpptp_call *call,
			const struct kpptp_ctrl_msg *msg)
{
	call->cdn = msg->cdn;
}

static void do_drop(struct kpptp_call *call, const struct kpptp_ctrl_msg *msg)
{
	if (msg && msg->type == KPPTP_CDN)
		note_cdn(call, &msg->cdn);
}

static void do_fail_conn(struct kpptp_call *call,
			 const struct kpptp_ctrl_msg *msg)
{
	(void)msg;
	call->conn->silent = true;
	kpptp_conn_fail(call->conn, "no answer to an Outgoing-Call-Request");
}

static void do_note_wen(struct kpptp_call *call,
			const struct kpptp_ctrl_msg *msg)
{
	const struct kpptp_ctrl_wen *wen = &msg->wen;

	call_log(call, KPPTP_LOG_INFO,
		 "errors at the peer: CRC %u, framing %u, hardware overrun %u, buffer overrun %u, time-out %u, alignment %u",
		 wen->crc, wen->framing, wen->hardware, wen->overrun,
		 wen->timeout, wen->alignment);
}

/* No asynchronous line here: what it says is kept and has no effect. */
static void do_note_sli(struct kpptp_call *call,
			const struct kpptp_ctrl_msg *msg)
{
	call->send_accm = msg->sli.send_accm;
	call->recv_accm = msg->sli.recv_accm;
	call_log(call, KPPTP_LOG_DEBUG, "ACCM: send 0x%08x, receive 0x%08x",
		 call->send_accm, call->recv_accm);
}

static action_fn *const actions[KPPTP_CALL_ACTIONS] = {
	[KPPTP_CALL_IGNORE] = do_ignore,
	[KPPTP_CALL_CREATE] = do_create,
	[KPPTP_CALL_START_PPP] = do_start_ppp,
	[KPPTP_CALL_SEND_OCRP] = do_send_ocrp,
	[KPPTP_CALL_REFUSE] = do_refuse,
	[KPPTP_CALL_SEND_OCRQ] = do_send_ocrq,
	[KPPTP_CALL_SET_PEER] = do_set_peer,
	[KPPTP_CALL_OPEN_LINK] = do_open_link,
	[KPPTP_CALL_CLOSE_LINK] = do_close_link,
	[KPPTP_CALL_OPENED] = do_opened,
	[KPPTP_CALL_STOP_PPP] = do_stop_ppp,
	[KPPTP_CALL_SEND_CCRQ] = do_send_ccrq,
	[KPPTP_CALL_SEND_CDN] = do_send_cdn,
	[KPPTP_CALL_NOTE_CDN] = do_note_cdn,
	[KPPTP_CALL_DROP] = do_drop,
	[KPPTP_CALL_FAIL_CONN] = do_fail_conn,
	[KPPTP_CALL_NOTE_WEN] = do_note_wen,
	[KPPTP_CALL_NOTE_SLI] = do_note_sli,
};

static void run(struct kpptp_call *call, enum kpptp_call_event event,
		const struct kpptp_ctrl_msg *msg)
{
	const struct kpptp_fsm_row *row;

	if (call->state == KPPTP_CALL_CLOSED)
		return;
	row = kpptp_fsm_find(machine(call), call->state, event);
	if (!row) {
		call_log(call, kpptp_conn_complain(call->conn),
			 "unexpected %s in state %s ignored",
			 kpptp_fsm_event(machine(call), event),
			 kpptp_fsm_state(machine(call), call->state));
		return;
	}
	if (row->next != call->state) {
		call->state = row->next;
		arm_state_timer(call);
	}
	actions[row->action](call, msg);
	if (row->next == KPPTP_CALL_CLOSED)
		closed(call);
}

/* ---- messages ---- */

static struct kpptp_call *find_own(struct kpptp_conn *conn, bool pac,
				   uint16_t call_id)
{
	struct kpptp_call *call;

	TAILQ_FOREACH(call, &conn->calls, conn_entry)
		if (call->pac == pac && call->in_dataplane &&
		    call->call_id == call_id)
			return call;
	return NULL;
}

static bool knows_peer(const struct kpptp_call *call)
{
	return call->pac || call->state == KPPTP_CALL_CONNECTING ||
	       call->state == KPPTP_CALL_ESTABLISHED ||
	       call->state == KPPTP_CALL_WAIT_PPP ||
	       call->state == KPPTP_CALL_WAIT_DISCONNECT ||
	       call->state == KPPTP_CALL_WAIT_REASON;
}

static struct kpptp_call *find_peer(struct kpptp_conn *conn, bool pac,
				    uint16_t peer_call_id)
{
	struct kpptp_call *call;

	TAILQ_FOREACH(call, &conn->calls, conn_entry)
		if (call->pac == pac && knows_peer(call) &&
		    call->peer_call_id == peer_call_id)
			return call;
	return NULL;
}

/*
 * A CDN carries the PAC's Call ID. Linux NAT turns it into the PNS's, and
 * accel-ppp sends that in the first place. A peer that takes itself for the
 * PAC of a call it placed is humoured, too.
 */
static struct kpptp_call *find_cdn(struct kpptp_conn *conn, uint16_t id)
{
	struct kpptp_call *call;

	call = find_peer(conn, false, id);
	if (!call)
		call = find_own(conn, false, id);
	if (!call)
		call = find_peer(conn, true, id);
	return call;
}

static struct kpptp_call *new_call(struct kpptp_conn *conn, bool pac)
{
	struct kpptp_core *core = conn->core;
	struct kpptp_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->core = core;
	call->id = kpptp_core_id(core);
	call->pac = pac;
	call->state = KPPTP_CALL_IDLE;
	call->timers = conn->timers;
	call->local = conn->local.sin_addr;
	call->peer = conn->peer.sin_addr;
	call->send_accm = KPPTP_CTRL_ACCM;
	call->recv_accm = KPPTP_CTRL_ACCM;
	call->opened_ms = kpptp_now_ms();
	evtimer_assign(&call->timer, core->base, on_timer, call);
	TAILQ_INSERT_TAIL(&core->calls, call, entry);
	core->n_calls++;
	kpptp_conn_add_call(conn, call);
	return call;
}

static unsigned int count_pac(const struct kpptp_conn *conn)
{
	const struct kpptp_call *call;
	unsigned int n = 0;

	TAILQ_FOREACH(call, &conn->calls, conn_entry)
		n += call->pac;
	return n;
}

/* Why a call cannot be taken at all, or NULL; @reply says it to the peer. */
static const char *objection(struct kpptp_conn *conn,
			     struct kpptp_ctrl_ocrp *reply)
{
	const struct kpptp_server_settings *server = &conn->core->server;

	if (!server->enabled || conn->state != KPPTP_CONN_ESTABLISHED) {
		reply->result = KPPTP_OCRP_NOT_ACCEPTED;
		return server->enabled ? "the connection is ending" :
					 "no server is set up";
	}
	reply->result = KPPTP_OCRP_ERROR;
	if (find_peer(conn, true, reply->peer_call_id)) {
		reply->error = KPPTP_ERROR_BAD_CALL_ID;
		return "its Call ID is in use";
	}
	reply->error = KPPTP_ERROR_NO_RESOURCE;
	if (count_pac(conn) >= server->max_calls)
		return "too many calls on this connection";
	return NULL;
}

static void refuse_ocrq(struct kpptp_conn *conn,
			const struct kpptp_ctrl_ocrp *reply, const char *why)
{
	char peer[KPPTP_ADDR_TEXT];

	kpptp_log(kpptp_conn_complain(conn),
		  "call %u from %s refused (result %u, error %u): %s",
		  reply->peer_call_id, kpptp_addr_text(&conn->peer, peer),
		  reply->result, reply->error, why);
	send_ocrp(conn, reply);
}

static void on_ocrq(struct kpptp_conn *conn, const struct kpptp_ctrl_ocrq *ocrq)
{
	struct kpptp_ctrl_ocrp reply = { .peer_call_id = ocrq->call_id };
	struct kpptp_core *core = conn->core;
	const char *why = objection(conn, &reply);
	struct in_addr address;
	struct kpptp_call *call;
	int err;

	if (why) {
		refuse_ocrq(conn, &reply, why);
		return;
	}
	err = core->hooks.address_get(core->hooks.arg, &address);
	if (err) {
		refuse_ocrq(conn, &reply, "no address left in the pool");
		return;
	}
	call = new_call(conn, true);
	if (!call) {
		core->hooks.address_put(core->hooks.arg, address);
		refuse_ocrq(conn, &reply, "out of memory");
		return;
	}
	call->remote_ip = address;
	call->has_address = true;
	call->peer_call_id = ocrq->call_id;
	call->serial = ocrq->serial;
	call->peer_window = ocrq->window;
	run(call, KPPTP_CALL_EV_BEGIN, NULL);
}

/* Nobody dials in to us over a tunnel: section 2.10, "do not accept". */
static void on_icrq(struct kpptp_conn *conn, const struct kpptp_ctrl_icrq *icrq)
{
	struct kpptp_ctrl_msg reply = { .type = KPPTP_ICRP };
	char peer[KPPTP_ADDR_TEXT];

	kpptp_log(kpptp_conn_complain(conn), "incoming call %u from %s refused",
		  icrq->call_id, kpptp_addr_text(&conn->peer, peer));
	reply.icrp.peer_call_id = icrq->call_id;
	reply.icrp.result = KPPTP_ICRP_NOT_ACCEPTED;
	kpptp_conn_send(conn, &reply);
}

static const char *ocrp_words(uint8_t result)
{
	static const char *const words[] = {
		[KPPTP_OCRP_ERROR] = "general error",
		[KPPTP_OCRP_NO_CARRIER] = "no carrier",
		[KPPTP_OCRP_BUSY] = "busy",
		[KPPTP_OCRP_NO_DIAL_TONE] = "no dial tone",
		[KPPTP_OCRP_TIME_OUT] = "time-out",
		[KPPTP_OCRP_NOT_ACCEPTED] = "not accepted",
	};

	if (result >= sizeof(words) / sizeof(words[0]) || !words[result])
		return "unknown";
	return words[result];
}

static void on_ocrp(struct kpptp_call *call, const struct kpptp_ctrl_msg *msg)
{
	const struct kpptp_ctrl_ocrp *ocrp = &msg->ocrp;

	if (ocrp->result == KPPTP_OCRP_CONNECTED) {
		run(call, KPPTP_CALL_EV_OCRP, msg);
		return;
	}
	if (call->state == KPPTP_CALL_WAIT_REPLY)
		kpptp_why(call->why,
			  "refused by the server: %s (result %u, error %u)",
			  ocrp_words(ocrp->result), ocrp->result, ocrp->error);
	run(call, KPPTP_CALL_EV_OCRP_REFUSED, msg);
}

/* A CDN that answers nothing is the peer's own wish. */
static void note_ender(struct kpptp_call *call)
{
	if (call->ender == KPPTP_ENDER_NONE &&
	    call->state != KPPTP_CALL_WAIT_DISCONNECT)
		call->ender = KPPTP_ENDER_PEER;
}

/* Which call a message means and what it is to it; NULL: none of ours. */
static struct kpptp_call *find_target(struct kpptp_conn *conn,
				      const struct kpptp_ctrl_msg *msg,
				      enum kpptp_call_event *event)
{
	struct kpptp_call *call;

	switch (msg->type) {
	case KPPTP_OCRP:
		*event = KPPTP_CALL_EV_OCRP;
		return find_own(conn, false, msg->ocrp.peer_call_id);
	case KPPTP_CCRQ:
		*event = KPPTP_CALL_EV_CCRQ;
		return find_peer(conn, true, msg->ccrq.call_id);
	case KPPTP_CDN:
		call = find_cdn(conn, msg->cdn.call_id);
		if (call)
			note_ender(call);
		*event = call && !call->pac && !call->up &&
			 call->state == KPPTP_CALL_ESTABLISHED ?
			 KPPTP_CALL_EV_CDN_EARLY : KPPTP_CALL_EV_CDN;
		return call;
	case KPPTP_WEN:
		*event = KPPTP_CALL_EV_WEN;
		return find_own(conn, false, msg->wen.peer_call_id);
	case KPPTP_SLI:
		*event = KPPTP_CALL_EV_SLI;
		return find_own(conn, true, msg->sli.peer_call_id);
	default:	/* the rest is not about a call that we can have */
		return NULL;
	}
}

void kpptp_call_input(struct kpptp_conn *conn, const struct kpptp_ctrl_msg *msg)
{
	enum kpptp_call_event event = KPPTP_CALL_EV_LOST;
	char peer[KPPTP_ADDR_TEXT];
	struct kpptp_call *call;

	if (msg->type == KPPTP_OCRQ) {
		on_ocrq(conn, &msg->ocrq);
		return;
	}
	if (msg->type == KPPTP_ICRQ) {
		on_icrq(conn, &msg->icrq);
		return;
	}
	call = find_target(conn, msg, &event);
	if (!call)
		kpptp_log(KPPTP_LOG_DEBUG,
			  "connection %u from %s: %s for no call of ours ignored",
			  conn->id, kpptp_addr_text(&conn->peer, peer),
			  kpptp_ctrl_name(msg->type));
	else if (event == KPPTP_CALL_EV_OCRP)
		on_ocrp(call, msg);
	else
		run(call, event, msg);
}

/* ---- life ---- */

struct kpptp_call *kpptp_call_place(struct kpptp_conn *conn,
				    const struct kpptp_client_settings *settings,
				    unsigned int client_id,
				    const struct kpptp_call_owner *owner,
				    void *arg)
{
	struct kpptp_call *call = new_call(conn, false);

	if (!call)
		return NULL;
	call->settings = settings;
	call->timers = settings->timers;
	call->client_id = client_id;
	call->owner = owner;
	call->owner_arg = arg;
	call->serial = ++conn->core->last_serial;
	call->call_id = settings->call_id;
	memcpy(call->name, settings->name, sizeof(call->name));
	memcpy(call->user, settings->user, sizeof(call->user));
	if (conn->state == KPPTP_CONN_ESTABLISHED)
		kpptp_call_begin(call);
	return call;
}

void kpptp_call_begin(struct kpptp_call *call)
{
	/* after a collision the connection is not the one it was put on */
	call->local = call->conn->local.sin_addr;
	call->peer = call->conn->peer.sin_addr;
	run(call, KPPTP_CALL_EV_BEGIN, NULL);
}

void kpptp_call_close(struct kpptp_call *call, const char *why)
{
	if (call->state == KPPTP_CALL_CLOSED)
		return;
	kpptp_why(call->why, "%s", why);
	if (!call->cdn_result)
		call->cdn_result = KPPTP_CDN_SHUTDOWN;
	if (call->ender == KPPTP_ENDER_NONE)
		call->ender = KPPTP_ENDER_US;
	run(call, KPPTP_CALL_EV_CLOSE, NULL);
}

void kpptp_call_lost(struct kpptp_call *call, const char *why)
{
	kpptp_why(call->why, "control connection: %s", why);
	call->broken |= !call->conn->orderly;
	run(call, KPPTP_CALL_EV_LOST, NULL);
}

void kpptp_call_describe(const struct kpptp_call *call,
			 struct kpptp_call_info *info)
{
	const int64_t now = kpptp_now_ms();

	memset(info, 0, sizeof(*info));
	info->id = call->id;
	info->conn_id = call->conn_id;
	info->client_id = call->client_id;
	info->pac = call->pac;
	memcpy(info->name, call->name, sizeof(info->name));
	info->local = call->local;
	info->peer = call->peer;
	info->call_id = call->call_id;
	info->peer_call_id = call->peer_call_id;
	info->state = kpptp_fsm_state(machine(call), call->state);
	info->up = call->up;
	info->up_for_ms = call->up ? now - call->up_ms : -1;
	info->net = call->net;
	memcpy(info->user, call->user, sizeof(info->user));
	memcpy(info->ifname, call->ifname, sizeof(info->ifname));
	memcpy(info->local_ip, call->local_text, sizeof(info->local_ip));
	memcpy(info->remote_ip, call->remote_text, sizeof(info->remote_ip));
	memcpy(info->local_ip6, call->local_text6, sizeof(info->local_ip6));
	memcpy(info->remote_ip6, call->remote_text6, sizeof(info->remote_ip6));
	info->rx_window = call->rx_window;
	info->tx_window = call->peer_window;
	info->serial = call->serial;
	info->age_ms = now - call->opened_ms;
	info->last_echo_ms = call->conn && call->conn->last_echo_ms ?
				     now - call->conn->last_echo_ms : -1;
}

void kpptp_call_free(struct kpptp_call *call)
{
	struct kpptp_core *core = call->core;

	evtimer_del(&call->timer);
	if (call->has_address)
		core->hooks.address_put(core->hooks.arg, call->remote_ip);
	free(call);
}
