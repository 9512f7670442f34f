// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One call. Messages and completions become events of the state machine in
 * kpptp_call_input() and the on_...() functions; run() turns them into actions.
 */
#include "call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"

#define CALL_SPEED	100000000u	/* bit/s we claim; informational */
#define CALL_MIN_BPS	300u
#define CALL_DELAY	1		/* tenths of a second */

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
		.by_anybody = call->pac && !*call->user && !call->up_ms,
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

/* ---- by what a call is found ---- */

/* From now on messages for it may come with this Call ID. */
static void index_call_id(struct kpptp_call *call, struct kpptp_hash *table,
			  struct kpptp_hash_link *link,
			  struct kpptp_call_key *key, uint16_t call_id)
{
	kpptp_hash_del(table, link);
	key->conn_id = call->conn_id;
	key->call_id = call_id;
	key->pac = call->pac;
	kpptp_hash_add(table, link, key, sizeof(*key));
}

static void index_own(struct kpptp_call *call)
{
	index_call_id(call, &call->core->call_by_own, &call->by_own,
		      &call->own_key, call->call_id);
}

static void index_peer(struct kpptp_call *call)
{
	index_call_id(call, &call->core->call_by_peer, &call->by_peer,
		      &call->peer_key, call->peer_call_id);
}

/* An interface of this name is its own now, whose it was before has gone. */
static void index_ifname(struct kpptp_call *call)
{
	struct kpptp_hash *table = &call->core->call_by_ifname;
	const size_t len = strlen(call->ifname);
	struct kpptp_hash_link *other;

	other = kpptp_hash_find(table, call->ifname, len);
	if (other)
		kpptp_hash_del(table, other);
	kpptp_hash_add(table, &call->by_ifname, call->ifname, len);
}

/* Messages find it no more, as it has left its connection. */
static void forget_call_ids(struct kpptp_call *call)
{
	kpptp_hash_del(&call->core->call_by_own, &call->by_own);
	kpptp_hash_del(&call->core->call_by_peer, &call->by_peer);
}

static void forget_call(struct kpptp_call *call)
{
	forget_call_ids(call);
	kpptp_hash_del(&call->core->call_by_id, &call->by_id);
	kpptp_hash_del(&call->core->call_by_ifname, &call->by_ifname);
}

/* For @call and its PPP: the link is not up any more. */
static void note_down(struct kpptp_call *call)
{
	if (call->up)
		call->up_for_ms = kpptp_now_ms() - call->up_ms;
	call->up = false;
}

/* What accounting wants to know, once PPP has told what it has carried. */
static void account(struct kpptp_call *call)
{
	const struct kpptp_ppp_traffic *t = &call->net.traffic;
	const long long s = call->up_for_ms / 1000;
	char carried[160] = "it is not known what it has carried";

	if (!call->up_ms)
		return;
	if (t->known)
		snprintf(carried, sizeof(carried),
			 "received %" PRIu64 " octets in %" PRIu64 " packets, sent %" PRIu64 " octets in %" PRIu64 " packets",
			 t->rx_bytes, t->rx_packets, t->tx_bytes,
			 t->tx_packets);
	emit(call, KPPTP_EVENT_CALL_GONE,
	     "was up for %lld:%02lld:%02lld: user \"%s\", %s, %s; ended: %s",
	     s / 3600, s / 60 % 60, s % 60, call->user, call->ifname, carried,
	     call->why);
}

/* ---- what a call holds ---- */

static void bury_if_gone(struct kpptp_call *call)
{
	struct kpptp_core *core = call->core;

	if (call->state != KPPTP_CALL_CLOSED || call->pending || call->has_ppp)
		return;
	account(call);
	forget_call(call);
	TAILQ_REMOVE(&core->calls, call, entry);
	TAILQ_INSERT_TAIL(&core->dead_calls, call, entry);
	kpptp_core_reap(core);
}

static void leave_dataplane(struct kpptp_call *call)
{
	struct kpptp_host *host = call->core->host;

	if (!call->in_dataplane)
		return;
	call->in_dataplane = false;
	host->ops->call_del(host, call->id);
}

/*
 * The call is over for the protocol. The data path goes first, so that PPP
 * hears of it at once instead of waiting for answers that cannot come.
 */
static void closed(struct kpptp_call *call)
{
	struct kpptp_host *host = call->core->host;
	char user[KPPTP_TEXT_ESCAPED];

	evtimer_del(&call->timer);
	note_down(call);
	kpptp_why(call->why, "closed");
	leave_dataplane(call);
	if (call->has_ppp)
		host->ops->ppp_stop(host, call->id, KPPTP_PPP_STOP_NOW);
	if (call->pac && !call->was_granted)
		call_log(call, kpptp_conn_complain(call->conn), "refused: %s",
			 call->why);
	else if (call->pac && *call->user)
		emit(call, KPPTP_EVENT_CALL_DOWN, "of user \"%s\" ended: %s",
		     kpptp_ctrl_text(call->user, user, sizeof(user)), call->why);
	else
		emit(call, KPPTP_EVENT_CALL_DOWN, "ended: %s", call->why);
	if (call->owner)
		call->owner->ended(call->owner_arg, call->why);
	call->owner = NULL;
	call->settings = NULL;
	forget_call_ids(call);
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

/* Section 2.13; what most peers send says little, but not nothing. */
static const char *cdn_words(uint8_t result)
{
	static const char *const words[] = {
		[KPPTP_CDN_LOST_CARRIER] = "it lost the link",
		[KPPTP_CDN_ERROR] = "it has a fault of its own",
		[KPPTP_CDN_SHUTDOWN] = "it shuts down",
		[KPPTP_CDN_REQUESTED] = "on request",
	};

	if (result >= sizeof(words) / sizeof(words[0]) || !words[result])
		return "for a reason unknown";
	return words[result];
}

/*
 * PPP ends before its call does. What it says of why is better than what a
 * control message has, but pppd may take 3 s more to end and tell it all.
 */
static void note_why(struct kpptp_call *call, const char *message)
{
	kpptp_why(call->why, "%s%s%s", message, *call->ppp_why ? ": " : "",
		  call->ppp_why);
}

static void note_cdn(struct kpptp_call *call, const struct kpptp_ctrl_cdn *cdn)
{
	char message[KPPTP_WHY_SIZE];

	snprintf(message, sizeof(message),
		 "disconnected by the peer: %s (result %u, error %u, cause %u)",
		 cdn_words(cdn->result), cdn->result, cdn->error, cdn->cause);
	note_why(call, message);
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

static void dataplane_failed(struct kpptp_call *call, int err, const char *why)
{
	kpptp_why(call->why, "%s", why && *why ? why : strerror(-err));
	call->broken = true;
	call->result = err == -EPERM ? KPPTP_OCRP_NOT_ACCEPTED :
				       KPPTP_OCRP_ERROR;
	call->error = KPPTP_ERROR_NO_RESOURCE;
	call->cdn_result = KPPTP_CDN_ERROR;
	run(call, KPPTP_CALL_EV_FAILED, NULL);
}

/* A request that nobody will answer. */
static void not_asked(struct kpptp_call *call, int err)
{
	call->pending--;
	dataplane_failed(call, err, NULL);
}

void kpptp_call_made(struct kpptp_call *call, int err, uint16_t call_id,
		     const char *why)
{
	if (!call->pending)
		return;
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
		index_own(call);
		run(call, KPPTP_CALL_EV_CREATED, NULL);
	}
}

void kpptp_call_completed(struct kpptp_call *call, int err, const char *why)
{
	if (!call->pending)
		return;
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
	kpptp_hash_del(&call->core->call_by_ifname, &call->by_ifname);
	snprintf(call->ifname, sizeof(call->ifname), "%s", ifname);
	index_ifname(call);
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
static void on_closing(void *arg, const char *why)
{
	struct kpptp_call *call = arg;
	struct kpptp_host *host = call->core->host;

	snprintf(call->ppp_why, sizeof(call->ppp_why), "%s", why);
	run(call, KPPTP_CALL_EV_PPP_CLOSING, NULL);
	host->ops->ppp_proceed(host, call->id);
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

/* PPP has been asked for, and has not answered. */
static bool is_starting(const struct kpptp_call *call)
{
	return call->state == KPPTP_CALL_WAIT_CS_ANS ||
	       call->state == KPPTP_CALL_CONNECTING;
}

static void ppp_failed(struct kpptp_call *call, const char *why)
{
	kpptp_why(call->why, "cannot start PPP: %s", why);
	call->broken = true;
	call->result = KPPTP_OCRP_ERROR;
	call->error = KPPTP_ERROR_NO_RESOURCE;
	run(call, KPPTP_CALL_EV_FAILED, NULL);
}

/* The peer has no part in it: options, rights, the kernel, a pppd killed. */
static bool ppp_was_at_fault(int status)
{
	return status < 0 || (status >= 1 && status <= 9 && status != 5) ||
	       status == 18 || status > 21;
}

static void on_down(void *arg, const char *reason, int status)
{
	struct kpptp_call *call = arg;

	if (!call->has_ppp)
		return;
	call->has_ppp = false;
	note_down(call);
	call_log(call, KPPTP_LOG_DEBUG, "PPP ended: %s (status %d)", reason,
		 status);
	if (call->state == KPPTP_CALL_CLOSED) {
		bury_if_gone(call);
		return;
	}
	if (is_starting(call)) {
		ppp_failed(call, reason);
		return;
	}
	kpptp_why(call->why, "PPP ended: %s", reason);
	call->broken |= !ppp_was_ended(status);
	if (!call->cdn_result && ppp_was_at_fault(status)) {
		call->cdn_result = KPPTP_CDN_ERROR;
		call->error = KPPTP_ERROR_PAC;
	} else if (!call->cdn_result) {
		call->cdn_result = KPPTP_CDN_LOST_CARRIER;
	}
	run(call, KPPTP_CALL_EV_PPP_DOWN, NULL);
}

const struct kpptp_ppp_events kpptp_call_ppp_events = {
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
	struct kpptp_host *host = call->core->host;
	int err = host->ops->ppp_start(host, call->id);

	if (err)
		ppp_failed(call, strerror(-err));
	else
		call->has_ppp = true;
}

void kpptp_call_ppp_started(struct kpptp_call *call)
{
	if (is_starting(call))
		run(call, KPPTP_CALL_EV_STARTED, NULL);
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
	struct kpptp_host *host = call->core->host;
	const struct kpptp_host_call request = {
		.id = call->id,
		.conn = call->conn_id,
		.client = call->client_id,
		.peer_call_id = call->peer_call_id,
		.peer_window = call->peer_window,
	};
	int err;

	(void)msg;
	call->rx_window = call->pac ? call->core->server.rx_window :
				      call->settings->rx_window;
	call->pending++;
	err = host->ops->call_new(host, &request);
	if (err)
		not_asked(call, err);
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
	call->was_granted = true;
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
	struct kpptp_host *host = call->core->host;
	int err;

	call->peer_call_id = msg->ocrp.call_id;
	call->peer_window = msg->ocrp.window;
	index_peer(call);
	call->pending++;
	err = host->ops->call_set(host, call->id, call->peer_call_id,
				  call->peer_window);
	if (err)
		not_asked(call, err);
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
	struct kpptp_host *host = call->core->host;

	(void)msg;
	host->ops->ppp_stop(host, call->id, KPPTP_PPP_STOP_ORDERLY);
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
		note_why(call, "cleared by the peer");
		call->cdn_result = KPPTP_CDN_REQUESTED;
	}
	cdn.cdn.call_id = call->call_id;
	cdn.cdn.result = call->cdn_result ? call->cdn_result :
					    KPPTP_CDN_SHUTDOWN;
	cdn.cdn.error = cdn.cdn.result == KPPTP_CDN_ERROR ? call->error : 0;
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
	const struct kpptp_call_key key = {
		.conn_id = conn->id, .call_id = call_id, .pac = pac,
	};

	return KPPTP_HASH_OBJECT(kpptp_hash_find(&conn->core->call_by_own,
						 &key, sizeof(key)),
				 struct kpptp_call, by_own);
}

static struct kpptp_call *find_peer(struct kpptp_conn *conn, bool pac,
				    uint16_t peer_call_id)
{
	const struct kpptp_call_key key = {
		.conn_id = conn->id, .call_id = peer_call_id, .pac = pac,
	};

	return KPPTP_HASH_OBJECT(kpptp_hash_find(&conn->core->call_by_peer,
						 &key, sizeof(key)),
				 struct kpptp_call, by_peer);
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
	kpptp_hash_add(&core->call_by_id, &call->by_id, &call->id,
		       sizeof(call->id));
	core->n_calls++;
	kpptp_conn_add_call(conn, call);
	return call;
}

/* Why a call cannot be taken at all, or NULL; @reply says it to the peer. */
static const char *objection(struct kpptp_conn *conn,
			     struct kpptp_ctrl_ocrp *reply)
{
	const struct kpptp_proto_server *server = &conn->core->server;

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
	if (conn->n_pac >= server->max_calls)
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
	const char *why = objection(conn, &reply);
	struct kpptp_call *call;

	if (why) {
		refuse_ocrq(conn, &reply, why);
		return;
	}
	call = new_call(conn, true);
	if (!call) {
		refuse_ocrq(conn, &reply, "out of memory");
		return;
	}
	call->peer_call_id = ocrq->call_id;
	index_peer(call);
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
				    const struct kpptp_proto_client *settings,
				    const struct kpptp_call_owner *owner,
				    void *arg)
{
	struct kpptp_call *call = new_call(conn, false);

	if (!call)
		return NULL;
	call->settings = settings;
	call->timers = settings->timers;
	call->client_id = settings->id;
	call->owner = owner;
	call->owner_arg = arg;
	call->serial = ++conn->core->last_serial;
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
	info->up_for_ms = call->up ? now - call->up_ms :
			  call->up_ms ? call->up_for_ms : -1;
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
	evtimer_del(&call->timer);
	free(call);
}
