// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * priv_call.c - calls that the worker has asked for, in the data path and in PPP
 *
 * A call is here from its CALL_NEW until it has been deleted, PPP has ended and
 * the data path has answered. Only then does its address go back to the pool, and
 * the address of a peer is taken from there only once it has proved who it is.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/ctrl_msg.h"
#include "core_int.h"
#include "log.h"
#include "priv_int.h"

#define WINDOW_ABSURD	4096	/* packets; more is no limit at all */
#define AUTH_FAILED	11	/* pppd: the peer failed to prove its identity */

static struct kpptp_pcall *find(struct kpptp_priv *priv, uint32_t id)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&priv->calls_by_id, &id,
						 sizeof(id)),
				 struct kpptp_pcall, by_id);
}

/* ---------------------------------------------------------- life of a call */

static struct kpptp_pcall *call_add(struct kpptp_priv *priv, uint32_t id,
				    uint32_t client, struct in_addr peer)
{
	struct kpptp_pcall *call = calloc(1, sizeof(*call));

	if (!call) {
		if (!client)
			kpptp_psource_call_gone(priv, peer);
		return NULL;
	}
	call->id = id;
	call->client = client;
	call->peer = peer;
	call->priv = priv;
	kpptp_hash_add(&priv->calls_by_id, &call->by_id, &call->id,
		       sizeof(call->id));
	LIST_INSERT_HEAD(&priv->calls, call, entry);
	priv->n_calls++;
	return call;
}

static void note_up(struct kpptp_pcall *call, bool up)
{
	struct kpptp_pclient *client =
		kpptp_pclient_find(call->priv, call->client);

	call->up = up;
	call->up_ms = up ? kpptp_now_ms() : 0;
	if (client && up)
		client->up = call;
	else if (client && client->up == call)
		client->up = NULL;
}

static void call_free(struct kpptp_pcall *call)
{
	struct kpptp_priv *priv = call->priv;

	if (call->up)
		note_up(call, false);
	if (!call->client)
		kpptp_psource_call_gone(priv, call->peer);
	kpptp_puser_release(call);
	kpptp_puser_leave(call);
	kpptp_hash_del(&priv->calls_by_id, &call->by_id);
	LIST_REMOVE(call, entry);
	priv->n_calls--;
	free(call);
}

static void send_event(struct kpptp_pcall *call, enum kpptp_priv_event event,
		       int status, const char *a, const char *b, const char *c)
{
	const char *text[3] = { a, b, c };
	struct kpptp_priv_msg msg;
	struct kpptp_priv_ppp_event *ev = &msg.u.ppp_event;
	int i;

	if (call->is_lost)
		return;
	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_PPP_EVENT;
	msg.id = call->id;
	ev->event = event;
	ev->status = status;
	for (i = 0; i < 3; i++)
		if (text[i])
			snprintf(ev->text[i], sizeof(ev->text[i]), "%s",
				 text[i]);
	kpptp_priv_send(call->priv, &msg, -1);
}

/* Whatever was asked to start is told to be down, once: also what never started. */
static void leave_queue(struct kpptp_pcall *call)
{
	if (call->turn != KPPTP_TURN_WAITS)
		return;
	kpptp_pturn_leave(call);
	send_event(call, KPPTP_PRIV_EVENT_DOWN, -1,
		   "it ended before its turn to start PPP had come", NULL,
		   NULL);
}

static void free_if_gone(struct kpptp_pcall *call)
{
	if (call->state == KPPTP_PCALL_GONE && !call->pending && !call->link)
		call_free(call);
}

static void leave_dataplane(struct kpptp_pcall *call)
{
	struct kpptp_dataplane *dp = call->priv->setup.dp;
	struct kpptp_pconn *conn = kpptp_pconn_find(call->priv, call->conn);

	if (call->state == KPPTP_PCALL_GONE)
		return;
	if (call->state != KPPTP_PCALL_MAKING)
		dp->ops->call_del(dp, call->local, call->peer, call->call_id);
	if (conn && !call->is_lost)
		conn->calls--;
	call->state = KPPTP_PCALL_GONE;
	leave_queue(call);
}

/* ---------------------------------------------------------- the data path */

static void answer(struct kpptp_priv *priv, enum kpptp_priv_type type,
		   uint32_t id, int err, uint16_t call_id, const char *why)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = type;
	msg.id = id;
	msg.u.done.err = err;
	msg.u.done.call_id = call_id;
	snprintf(msg.u.done.why, sizeof(msg.u.done.why), "%s", why ? why : "");
	kpptp_priv_send(priv, &msg, -1);
}

/* What is not allowed ends that call, and is told to those who run us. */
static void refuse(struct kpptp_priv *priv, enum kpptp_priv_type type,
		   uint32_t id, const char *why)
{
	kpptp_priv_offence(priv, "call", id, why);
	answer(priv, type, id, -EPERM, 0, "the monitor has refused it");
}

static void on_made(void *arg, int err, uint16_t call_id, const char *why)
{
	struct kpptp_pcall *call = arg;
	struct kpptp_priv *priv = call->priv;
	char text[KPPTP_WHY_SIZE];

	call->pending = false;
	call->call_id = call_id;
	if (call->state == KPPTP_PCALL_GONE) {
		if (!err)
			priv->setup.dp->ops->call_del(priv->setup.dp,
						      call->local, call->peer,
						      call_id);
		free_if_gone(call);
		return;
	}
	if (!err) {
		call->state = call->client ? KPPTP_PCALL_MADE :
					     KPPTP_PCALL_COMPLETE;
		answer(priv, KPPTP_PRIV_CALL_MADE, call->id, 0, call_id, NULL);
		return;
	}
	snprintf(text, sizeof(text), "data path: %s",
		 why ? why : strerror(-err));
	answer(priv, KPPTP_PRIV_CALL_MADE, call->id,
	       err == -EPERM ? -EIO : err, 0, text);
	leave_dataplane(call);
	free_if_gone(call);
}

static void on_completed(void *arg, int err, uint16_t call_id, const char *why)
{
	struct kpptp_pcall *call = arg;
	char text[KPPTP_WHY_SIZE];

	(void)call_id;
	call->pending = false;
	if (call->state == KPPTP_PCALL_GONE) {
		free_if_gone(call);
		return;
	}
	call->state = err ? KPPTP_PCALL_MADE : KPPTP_PCALL_COMPLETE;
	snprintf(text, sizeof(text), "data path: %s",
		 why ? why : strerror(-err));
	answer(call->priv, KPPTP_PRIV_CALL_COMPLETED, call->id,
	       err == -EPERM ? -EIO : err, 0, err ? text : NULL);
}

static const struct kpptp_call_params *params_of(struct kpptp_pcall *call)
{
	struct kpptp_pclient *client =
		kpptp_pclient_find(call->priv, call->client);

	return client ? &client->settings.call :
			&call->priv->conf->server.call;
}

/* Window the peer announced, as a limit for us: 0 is none (RFC 2637 4.2). */
static uint16_t tx_window(const struct kpptp_call_params *s, uint16_t window)
{
	return s->use_tx_window && window <= WINDOW_ABSURD ? window : 0;
}

static void describe(struct kpptp_pcall *call, uint16_t peer_window,
		     struct kpptp_dp_call *dp)
{
	const struct kpptp_call_params *params = params_of(call);

	memset(dp, 0, sizeof(*dp));
	dp->local = call->local;
	dp->peer = call->peer;
	dp->call_id = call->call_id;
	dp->peer_call_id = call->peer_call_id;
	dp->tx_window = tx_window(params, peer_window);
	dp->params = *params;
}

/* Return: why there is no such call now, or NULL. No offence: reload may have come between. */
static const char *not_now(struct kpptp_priv *priv,
			   const struct kpptp_pconn *conn,
			   const struct kpptp_priv_call_new *c)
{
	if (priv->stopping)
		return "shutting down";
	if (c->client)
		return kpptp_pclient_find(priv, c->client) ? NULL :
		       "the client has been removed from the configuration";
	if (!priv->conf->server.enabled)
		return "no server is set up";
	if (!kpptp_pool_is_free(priv->pool) && !priv->conf->n_peers)
		return "no address left in the pool";
	return kpptp_psource_may_call(priv, conn->peer.sin_addr);
}

/* Return: why no worker that is well would ask for it, or NULL. */
static const char *never(struct kpptp_priv *priv, uint32_t id,
			 const struct kpptp_pconn *conn,
			 const struct kpptp_priv_call_new *c)
{
	const struct kpptp_pclient *client =
		kpptp_pclient_find(priv, c->client);

	if (!conn)
		return "its connection does not exist";
	if (find(priv, id))
		return "its number is in use";
	if (client && client->peer.s_addr != conn->peer.sin_addr.s_addr)
		return "its connection does not go to the client's server";
	return NULL;
}

void kpptp_pcall_new(struct kpptp_priv *priv, uint32_t id,
		     const struct kpptp_priv_call_new *c)
{
	struct kpptp_pconn *conn = kpptp_pconn_find(priv, c->conn);
	struct kpptp_dataplane *dp = priv->setup.dp;
	const char *why = never(priv, id, conn, c);
	struct kpptp_pcall *call;
	struct kpptp_dp_call request;
	int err;

	if (why) {
		refuse(priv, KPPTP_PRIV_CALL_MADE, id, why);
		return;
	}
	why = not_now(priv, conn, c);
	if (!why && !c->client &&
	    kpptp_psource_called(priv, conn->peer.sin_addr))
		why = "out of memory";
	call = why ? NULL : call_add(priv, id, c->client, conn->peer.sin_addr);
	if (!call) {
		answer(priv, KPPTP_PRIV_CALL_MADE, id, -ENOSPC, 0,
		       why ? why : "out of memory");
		return;
	}
	conn->calls++;
	call->conn = conn->id;
	call->local = conn->local.sin_addr;
	call->peer_call_id = c->peer_call_id;
	if (c->client)
		call->call_id = kpptp_pclient_find(priv, c->client)->settings.call_id;
	describe(call, c->peer_window, &request);
	request.has_peer_call_id = !c->client;
	call->pending = true;
	err = dp->ops->call_new(dp, &request, on_made, call);
	if (err)
		on_made(call, err, 0, NULL);
}

void kpptp_pcall_set(struct kpptp_priv *priv, uint32_t id,
		     const struct kpptp_priv_call_set *c)
{
	struct kpptp_pcall *call = find(priv, id);
	struct kpptp_dataplane *dp = priv->setup.dp;
	struct kpptp_dp_call request;
	int err;

	if (!call || call->state != KPPTP_PCALL_MADE) {
		refuse(priv, KPPTP_PRIV_CALL_COMPLETED, id,
		       "it is no call whose peer's Call ID is missing");
		return;
	}
	call->peer_call_id = c->peer_call_id;
	describe(call, c->peer_window, &request);
	request.has_peer_call_id = true;
	call->state = KPPTP_PCALL_SETTING;
	call->pending = true;
	err = dp->ops->call_set(dp, &request, on_completed, call);
	if (err)
		on_completed(call, err, 0, NULL);
}

void kpptp_pcall_del(struct kpptp_priv *priv, uint32_t id)
{
	struct kpptp_pcall *call = find(priv, id);

	if (!call || call->state == KPPTP_PCALL_GONE) {
		kpptp_priv_offence(priv, "call", id, "there is none to delete");
		return;
	}
	leave_dataplane(call);
	free_if_gone(call);
}

/* ---------------------------------------------------------- PPP */

static void on_attached(void *arg)
{
	send_event(arg, KPPTP_PRIV_EVENT_ATTACHED, 0, NULL, NULL, NULL);
}

static void on_auth(void *arg, const char *user)
{
	struct kpptp_pcall *call = arg;

	if (!call->client) {
		kpptp_puser_enter(call, user);
		call->proved = true;
		kpptp_psource_proved(call->priv, call->peer);
	}
	send_event(call, KPPTP_PRIV_EVENT_AUTH, 0, user, NULL, NULL);
}

static void on_net(void *arg, const struct kpptp_ppp_net *net)
{
	struct kpptp_pcall *call = arg;
	struct kpptp_priv_msg msg;

	if (call->is_lost)
		return;
	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_PPP_NET;
	msg.id = call->id;
	msg.u.ppp_net = *net;
	kpptp_priv_send(call->priv, &msg, -1);
}

static void look_at_peers(struct kpptp_pcall *call)
{
	struct kpptp_pclient *client =
		kpptp_pclient_find(call->priv, call->client);

	if (client)
		kpptp_peers_client(call->priv, client->settings.name);
	else if (call->user)
		kpptp_peers_look(call->priv, call->user->name);
}

static void came_up(struct kpptp_pcall *call, enum kpptp_priv_event event,
		    const char *ifname, const char *ours, const char *theirs)
{
	const bool first = !call->up;

	if (first) {
		note_up(call, true);
		kpptp_pturn_leave(call);
	}
	send_event(call, event, 0, ifname, ours, theirs);
	if (first)
		look_at_peers(call);
}

/*
 * PPP may have come to another address than the pool's: chap-secrets' fourth
 * column and RADIUS have a say, too. Then that one is this call's, if it is nobody
 * else's.
 */
void kpptp_priv_address(void *arg, void *link_arg, struct in_addr theirs,
			char *why, size_t size)
{
	struct kpptp_pcall *call = link_arg;
	char address[INET_ADDRSTRLEN];

	(void)arg;
	*why = '\0';
	if (call->client || kpptp_puser_claim(call, theirs))
		return;
	inet_ntop(AF_INET, &theirs, address, sizeof(address));
	snprintf(why, size, "its address %s is in use by another call", address);
}

/* Not every implementation of PPP has asked before. */
static void on_up(void *arg, const char *ifname, const char *ours,
		  const char *theirs)
{
	struct kpptp_pcall *call = arg;
	char why[KPPTP_WHY_SIZE] = "";
	struct in_addr addr;

	if (inet_pton(AF_INET, theirs, &addr) == 1)
		kpptp_priv_address(call->priv, call, addr, why, sizeof(why));
	if (*why)
		kpptp_puser_end_call(call, KPPTP_LOG_WARNING, why);
	else
		came_up(call, KPPTP_PRIV_EVENT_UP, ifname, ours, theirs);
}

static void on_up6(void *arg, const char *ifname, const char *ours,
		   const char *theirs)
{
	came_up(arg, KPPTP_PRIV_EVENT_UP6, ifname, ours, theirs);
}

static void on_closing(void *arg, const char *why)
{
	struct kpptp_pcall *call = arg;
	struct kpptp_ppp *ppp = call->priv->ppp;

	if (call->is_lost)
		ppp->ops->proceed(ppp, call->link);
	else
		send_event(call, KPPTP_PRIV_EVENT_CLOSING, 0, why, NULL, NULL);
}

static void on_failed(void *arg, const char *user)
{
	struct kpptp_pcall *call = arg;

	if (!call->client)
		kpptp_pguess_failed(call->priv, user);
}

static void on_down(void *arg, const char *reason, int status)
{
	struct kpptp_pcall *call = arg;
	const bool was_up = call->up;

	call->link = NULL;
	if (was_up)
		note_up(call, false);
	if (!call->client && !call->proved && status == AUTH_FAILED)
		kpptp_psource_failed(call->priv, call->peer);
	call->proved = false;
	kpptp_pturn_leave(call);
	kpptp_puser_release(call);
	send_event(call, KPPTP_PRIV_EVENT_DOWN, status, reason, NULL, NULL);
	if (was_up)
		look_at_peers(call);
	kpptp_puser_leave(call);
	free_if_gone(call);
}

static const struct kpptp_ppp_events link_events = {
	.attached = on_attached,
	.auth = on_auth,
	.net = on_net,
	.up = on_up,
	.up6 = on_up6,
	.closing = on_closing,
	.failed = on_failed,
	.down = on_down,
};

void kpptp_priv_peer(void *arg, void *link_arg, const char *user,
		     struct kpptp_ppp_peer *out)
{
	struct kpptp_priv *priv = arg;
	struct kpptp_pcall *call = link_arg;
	const char *why = call->client ? NULL : kpptp_puser_may(call, user);

	if (why) {
		snprintf(out->why, sizeof(out->why), "%s", why);
		return;
	}
	if (!call->client)
		kpptp_puser_enter(call, user);
	out->settings = kpptp_conf_peer(priv->conf, user);
	if (out->settings && out->settings->address.s_addr) {
		out->is_own = true;
		out->address = out->settings->address;
		return;
	}
	if (!call->address.s_addr &&
	    kpptp_pool_get(priv->pool, &call->address))
		snprintf(out->why, sizeof(out->why),
			 "no address left in the pool");
	out->address = call->address;
}

static int ppp_request(struct kpptp_pcall *call, struct kpptp_ppp_request *req)
{
	const struct kpptp_server_settings *server = &call->priv->conf->server;
	struct kpptp_pclient *client =
		kpptp_pclient_find(call->priv, call->client);

	*req = (struct kpptp_ppp_request){
		.local = call->local, .peer = call->peer,
		.call_id = call->call_id, .peer_call_id = call->peer_call_id,
		.server = !call->client, .user = "", .password = "", .name = "",
		.settings = &server->ppp, .local_ip = server->local_ip,
	};
	if (client) {
		req->user = client->settings.user;
		req->password = client->settings.password;
		req->name = client->settings.name;
		req->settings = &client->settings.ppp;
		req->local_ip.s_addr = 0;
		return 0;
	}
	if (call->client)
		return -ENOENT;
	/* Who need not prove anything has its address at once. */
	if (!server->ppp.auth) {
		if (kpptp_pool_get(call->priv->pool, &call->address))
			return -EADDRNOTAVAIL;
		req->remote_ip = call->address;
	}
	return 0;
}

bool kpptp_pcall_start(struct kpptp_pcall *call)
{
	struct kpptp_priv *priv = call->priv;
	struct kpptp_ppp_request req;
	int err = ppp_request(call, &req);

	if (!err)
		err = priv->ppp->ops->start(priv->ppp, &req, &link_events, call,
					    &call->link);
	if (!err) {
		send_event(call, KPPTP_PRIV_EVENT_STARTED, 0, NULL, NULL, NULL);
		return true;
	}
	call->link = NULL;
	kpptp_puser_release(call);
	send_event(call, KPPTP_PRIV_EVENT_DOWN, -1,
		   err == -EADDRNOTAVAIL ? "no address left in the pool" :
					   strerror(-err), NULL, NULL);
	return false;
}

void kpptp_pcall_ppp_start(struct kpptp_priv *priv, uint32_t id)
{
	struct kpptp_pcall *call = find(priv, id);
	const bool begun = call && (call->link || call->turn != KPPTP_TURN_NONE);

	if (!call || call->state != KPPTP_PCALL_COMPLETE || begun) {
		kpptp_priv_offence(priv, "call", id,
				   begun ? "PPP runs on it already" :
					   "it is none that PPP could run on");
		return;
	}
	if (call->client)
		kpptp_pcall_start(call);
	else
		kpptp_pturn_ask(call);
}

void kpptp_pcall_crowded(struct kpptp_pcall *call)
{
	leave_queue(call);
	kpptp_priv_tell(call->priv, KPPTP_PRIV_CALL_CLOSE, call->id,
			"too many calls wait for PPP, and most of them from this address");
}

/* A link that has just ended crosses a request about it. */
void kpptp_pcall_ppp_stop(struct kpptp_priv *priv, uint32_t id,
			  enum kpptp_ppp_stop how)
{
	struct kpptp_pcall *call = find(priv, id);

	if (call && call->link)
		priv->ppp->ops->stop(priv->ppp, call->link, how);
	else if (call)
		leave_queue(call);
}

void kpptp_pcall_ppp_proceed(struct kpptp_priv *priv, uint32_t id)
{
	struct kpptp_pcall *call = find(priv, id);

	if (call && call->link)
		priv->ppp->ops->proceed(priv->ppp, call->link);
}

/* ---------------------------------------------------------- the end of all */

void kpptp_pcall_end_all(struct kpptp_priv *priv)
{
	struct kpptp_pcall *call, *next;

	for (call = LIST_FIRST(&priv->calls); call; call = next) {
		next = LIST_NEXT(call, entry);
		leave_dataplane(call);
		kpptp_hash_del(&priv->calls_by_id, &call->by_id);
		call->is_lost = true;	/* its number may be used again */
		if (call->link)
			priv->ppp->ops->stop(priv->ppp, call->link,
					     KPPTP_PPP_STOP_NOW);
		else
			free_if_gone(call);
	}
}

void kpptp_pcall_free_all(struct kpptp_priv *priv)
{
	while (!LIST_EMPTY(&priv->calls))
		call_free(LIST_FIRST(&priv->calls));
}
