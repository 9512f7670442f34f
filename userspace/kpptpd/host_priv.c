// SPDX-License-Identifier: GPL-2.0-or-later
/* host_priv.c - the worker asks the monitor: requests out, answers to the core */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "client.h"
#include "host_priv.h"
#include "log.h"
#include "priv_chan.h"

struct host_priv {
	struct kpptp_host host;
	struct kpptp_priv_chan *chan;
	struct kpptp_host_priv_hooks hooks;
	struct kpptp_core *core;
};

/* ---- requests ---- */

static struct kpptp_priv_msg request(enum kpptp_priv_type type, uint32_t id)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, kpptp_priv_size(type));
	msg.type = type;
	msg.id = id;
	return msg;
}

static int transmit(struct kpptp_host *host, const struct kpptp_priv_msg *msg)
{
	return kpptp_priv_chan_send(((struct host_priv *)host)->chan, msg, -1);
}

static int send_number(struct kpptp_host *host, enum kpptp_priv_type type,
		       uint32_t id)
{
	const struct kpptp_priv_msg msg = request(type, id);

	return transmit(host, &msg);
}

static int call_new(struct kpptp_host *host, const struct kpptp_host_call *call)
{
	struct kpptp_priv_msg msg = request(KPPTP_PRIV_CALL_NEW, call->id);

	msg.u.call_new.conn = call->conn;
	msg.u.call_new.client = call->client;
	msg.u.call_new.peer_call_id = call->peer_call_id;
	msg.u.call_new.peer_window = call->peer_window;
	return transmit(host, &msg);
}

static int call_set(struct kpptp_host *host, uint32_t id,
		    uint16_t peer_call_id, uint16_t peer_window)
{
	struct kpptp_priv_msg msg = request(KPPTP_PRIV_CALL_SET, id);

	msg.u.call_set.peer_call_id = peer_call_id;
	msg.u.call_set.peer_window = peer_window;
	return transmit(host, &msg);
}

/* Those without an answer fail only when the monitor is gone, and then so are we. */
static void call_del(struct kpptp_host *host, uint32_t id)
{
	send_number(host, KPPTP_PRIV_CALL_DEL, id);
}

static int ppp_start(struct kpptp_host *host, uint32_t id)
{
	return send_number(host, KPPTP_PRIV_PPP_START, id);
}

static void ppp_stop(struct kpptp_host *host, uint32_t id,
		     enum kpptp_ppp_stop how)
{
	struct kpptp_priv_msg msg = request(KPPTP_PRIV_PPP_STOP, id);

	msg.u.ppp_stop.how = how;
	transmit(host, &msg);
}

static void ppp_proceed(struct kpptp_host *host, uint32_t id)
{
	send_number(host, KPPTP_PRIV_PPP_PROCEED, id);
}

static int ask_connection(struct kpptp_host *host, uint32_t client, bool fresh)
{
	struct kpptp_priv_msg msg = request(KPPTP_PRIV_CONNECT, client);

	msg.u.connect.fresh = fresh;
	return transmit(host, &msg);
}

static void conn_end(struct kpptp_host *host, uint32_t conn)
{
	send_number(host, KPPTP_PRIV_CONN_END, conn);
}

static void client_end(struct kpptp_host *host, uint32_t client)
{
	send_number(host, KPPTP_PRIV_CLIENT_END, client);
}

static int arm(struct kpptp_host *host, uint32_t client)
{
	return send_number(host, KPPTP_PRIV_ARM, client);
}

static void disarm(struct kpptp_host *host, uint32_t client)
{
	send_number(host, KPPTP_PRIV_DISARM, client);
}

static void host_free(struct kpptp_host *host)
{
	struct host_priv *me = (struct host_priv *)host;

	kpptp_priv_chan_free(me->chan);
	free(me);
}

static const struct kpptp_host_ops ops = {
	.call_new = call_new,
	.call_set = call_set,
	.call_del = call_del,
	.ppp_start = ppp_start,
	.ppp_stop = ppp_stop,
	.ppp_proceed = ppp_proceed,
	.connect = ask_connection,
	.conn_end = conn_end,
	.client_end = client_end,
	.arm = arm,
	.disarm = disarm,
	.free = host_free,
};

/* ---- answers ---- */

static void ppp_event(struct kpptp_call *call,
		      const struct kpptp_priv_ppp_event *ev)
{
	const struct kpptp_ppp_events *to = &kpptp_call_ppp_events;

	switch ((enum kpptp_priv_event)ev->event) {
	case KPPTP_PRIV_EVENT_STARTED:
		kpptp_call_ppp_started(call);
		return;
	case KPPTP_PRIV_EVENT_ATTACHED:
		to->attached(call);
		return;
	case KPPTP_PRIV_EVENT_AUTH:
		to->auth(call, ev->text[0]);
		return;
	case KPPTP_PRIV_EVENT_UP:
		to->up(call, ev->text[0], ev->text[1], ev->text[2]);
		return;
	case KPPTP_PRIV_EVENT_UP6:
		to->up6(call, ev->text[0], ev->text[1], ev->text[2]);
		return;
	case KPPTP_PRIV_EVENT_CLOSING:
		to->closing(call, ev->text[0]);
		return;
	case KPPTP_PRIV_EVENT_DOWN:
		to->down(call, ev->text[0], ev->status);
		return;
	case KPPTP_PRIV_EVENTS:
		return;
	}
}

/* Of a call that has ended meanwhile nothing is left to be told. */
static void about_call(struct host_priv *me, const struct kpptp_priv_msg *msg)
{
	struct kpptp_call *call = kpptp_core_call(me->core, msg->id);

	if (!call)
		return;
	if (msg->type == KPPTP_PRIV_CALL_MADE)
		kpptp_call_made(call, msg->u.done.err, msg->u.done.call_id,
				msg->u.done.why);
	else if (msg->type == KPPTP_PRIV_CALL_COMPLETED)
		kpptp_call_completed(call, msg->u.done.err, msg->u.done.why);
	else if (msg->type == KPPTP_PRIV_CALL_CLOSE)
		kpptp_core_close_call(me->core, msg->id, msg->u.why);
	else if (msg->type == KPPTP_PRIV_PPP_NET)
		kpptp_call_ppp_events.net(call, &msg->u.ppp_net);
	else
		ppp_event(call, &msg->u.ppp_event);
}

static struct kpptp_host_conn conn_of(const struct kpptp_priv_conn *m, int fd)
{
	return (struct kpptp_host_conn){
		.id = m->id, .fd = fd, .local = m->local, .peer = m->peer,
	};
}

/* Return: whether @fd was taken over */
static bool about_connection(struct host_priv *me,
			     const struct kpptp_priv_msg *msg, int fd)
{
	const struct kpptp_host_conn conn = conn_of(&msg->u.conn, fd);

	if (msg->type == KPPTP_PRIV_CONNECTED) {
		kpptp_client_connected(me->core, msg->id, msg->u.conn.err,
				       &conn, msg->u.conn.why);
		return !msg->u.conn.err;
	}
	if (fd >= 0)
		kpptp_core_accept(me->core, &conn);
	return true;
}

static void about_client(struct host_priv *me, const struct kpptp_priv_msg *msg)
{
	struct kpptp_core *core = me->core;

	switch (msg->type) {
	case KPPTP_PRIV_CLIENT_START:
	case KPPTP_PRIV_CLIENT_AWAIT:
		/* It can only run already, or everything is about to end. */
		kpptp_client_start(core, &msg->u.client,
				   msg->type == KPPTP_PRIV_CLIENT_AWAIT, NULL,
				   NULL);
		return;
	case KPPTP_PRIV_CLIENT_SET:
		kpptp_client_set(core, &msg->u.client);
		return;
	case KPPTP_PRIV_CLIENT_STOP:
		kpptp_client_stop(core, msg->id, msg->u.why);
		return;
	case KPPTP_PRIV_CLIENT_HOLD:
	case KPPTP_PRIV_CLIENT_RELEASE:
		kpptp_client_hold(core, msg->id,
				  msg->type == KPPTP_PRIV_CLIENT_HOLD);
		return;
	case KPPTP_PRIV_CANNOT_WAIT:
		kpptp_client_cannot_wait(core, msg->id, msg->u.why);
		return;
	case KPPTP_PRIV_TRAFFIC:
		kpptp_client_traffic(core, msg->id);
		return;
	}
}

/* Return: whether @fd was taken over */
static bool take(struct host_priv *me, const struct kpptp_priv_msg *msg, int fd)
{
	switch (msg->type) {
	case KPPTP_PRIV_CALL_MADE:
	case KPPTP_PRIV_CALL_COMPLETED:
	case KPPTP_PRIV_CALL_CLOSE:
	case KPPTP_PRIV_PPP_EVENT:
	case KPPTP_PRIV_PPP_NET:
		about_call(me, msg);
		return false;
	case KPPTP_PRIV_CONN:
	case KPPTP_PRIV_CONNECTED:
		return about_connection(me, msg, fd);
	case KPPTP_PRIV_SERVER:
		me->hooks.server(me->hooks.arg, &msg->u.server);
		return false;
	case KPPTP_PRIV_SECTION:
		me->hooks.section(me->hooks.arg, &msg->u.client);
		return false;
	case KPPTP_PRIV_NO_SECTION:
		me->hooks.no_section(me->hooks.arg, msg->id);
		return false;
	case KPPTP_PRIV_CONTROL:
		me->hooks.control(me->hooks.arg, &msg->u.control, fd);
		return true;
	case KPPTP_PRIV_PING:
		me->hooks.ping(me->hooks.arg);
		return false;
	case KPPTP_PRIV_SHUTDOWN:
		me->hooks.shutdown(me->hooks.arg);
		return false;
	default:
		about_client(me, msg);
		return false;
	}
}

static void on_message(void *arg, const struct kpptp_priv_msg *msg, size_t len,
		       int fd)
{
	bool taken = false;

	if (len < offsetof(struct kpptp_priv_msg, u) ||
	    len != kpptp_priv_size(msg->type))
		kpptp_log(KPPTP_LOG_ERROR,
			  "the monitor sent a message of the wrong length");
	else
		taken = take(arg, msg, fd);
	if (!taken && fd >= 0)
		close(fd);
}

static void on_lost(void *arg)
{
	struct host_priv *me = arg;

	me->hooks.lost(me->hooks.arg);
}

struct kpptp_host *
kpptp_host_priv_new(struct event_base *base, int fd,
		    const struct kpptp_host_priv_hooks *hooks)
{
	struct host_priv *me = calloc(1, sizeof(*me));
	const struct kpptp_priv_chan_hooks chan_hooks = {
		.message = on_message, .lost = on_lost, .arg = me,
	};

	if (!me)
		return NULL;
	me->host.ops = &ops;
	me->hooks = *hooks;
	me->chan = kpptp_priv_chan_new(base, fd, &chan_hooks);
	if (me->chan)
		return &me->host;
	free(me);
	return NULL;
}

void kpptp_host_priv_serve(struct kpptp_host *host, struct kpptp_core *core)
{
	((struct host_priv *)host)->core = core;
}

void kpptp_host_priv_tell(struct kpptp_host *host, enum kpptp_priv_type type,
			  const struct kpptp_serving *now)
{
	struct kpptp_priv_msg msg = request(type, 0);

	if (now)
		msg.u.serving = *now;
	transmit(host, &msg);
}
