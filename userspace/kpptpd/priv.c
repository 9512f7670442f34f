// SPDX-License-Identifier: GPL-2.0-or-later
/* priv.c - the monitor and its worker: tables, requests, configuration */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core_int.h"
#include "log.h"
#include "priv_int.h"

/* No worker that is well makes one: this many is no mistake any more. */
#define OFFENCES_MAX	32

/* ---------------------------------------------------------- tables */

static const size_t tables[] = {
	offsetof(struct kpptp_priv, sources),
	offsetof(struct kpptp_priv, nets),
	offsetof(struct kpptp_priv, conns_by_id),
	offsetof(struct kpptp_priv, conns_by_server),
	offsetof(struct kpptp_priv, calls_by_id),
	offsetof(struct kpptp_priv, calls_by_theirs),
	offsetof(struct kpptp_priv, clients_by_id),
	offsetof(struct kpptp_priv, clients_by_name),
	offsetof(struct kpptp_priv, users),
	offsetof(struct kpptp_priv, guessed_by_name),
};

static void each_table(struct kpptp_priv *priv,
		       void (*fn)(struct kpptp_hash *table))
{
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		fn((struct kpptp_hash *)(void *)((char *)priv + tables[i]));
}

uint32_t kpptp_priv_id(struct kpptp_priv *priv)
{
	if (!++priv->last_id)
		++priv->last_id;
	return priv->last_id;
}

/* ---------------------------------------------------------- to the worker */

int kpptp_priv_send(struct kpptp_priv *priv, const struct kpptp_priv_msg *msg,
		    int fd)
{
	return priv->chan ? kpptp_priv_chan_send(priv->chan, msg, fd) : -EPIPE;
}

bool kpptp_priv_is_behind(const struct kpptp_priv *priv)
{
	return priv->chan && kpptp_priv_chan_is_behind(priv->chan);
}

void kpptp_priv_tell(struct kpptp_priv *priv, enum kpptp_priv_type type,
		     uint32_t id, const char *why)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, kpptp_priv_size(type));
	msg.type = type;
	msg.id = id;
	if (why)
		snprintf(msg.u.why, sizeof(msg.u.why), "%s", why);
	kpptp_priv_send(priv, &msg, -1);
}

static void replace_worker(struct kpptp_priv *priv, const char *why)
{
	priv->broken = true;
	kpptp_log(KPPTP_LOG_ERROR,
		  "the unprivileged process must be broken, and is replaced: it sent %s",
		  why);
	priv->setup.ended(priv->setup.arg, -EPERM);
}

void kpptp_priv_offence(struct kpptp_priv *priv, const char *what, uint32_t id,
			const char *why)
{
	kpptp_log(KPPTP_LOG_ERROR,
		  "refused a request of the unprivileged process: %s %u: %s",
		  what, id, why);
	if (++priv->offences == OFFENCES_MAX)
		replace_worker(priv, "one such request after the other");
}

static void send_server(struct kpptp_priv *priv)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_SERVER;
	kpptp_proto_of_server(&priv->conf->server, &msg.u.server);
	msg.u.server.is_null = priv->conf->global.null_data_plane;
	msg.u.server.log_level = priv->conf->global.log_level;
	msg.u.server.n_listen = priv->n_listen;
	memcpy(msg.u.server.listen, priv->listen, sizeof(priv->listen));
	kpptp_priv_send(priv, &msg, -1);
}

void kpptp_priv_listens(struct kpptp_priv *priv,
			const struct sockaddr_in *addr, unsigned int n)
{
	priv->n_listen = n < KPPTP_MAX_LISTEN ? n : KPPTP_MAX_LISTEN;
	memset(priv->listen, 0, sizeof(priv->listen));
	memcpy(priv->listen, addr, priv->n_listen * sizeof(*addr));
}

/* ---------------------------------------------------------- requests */

static void serve(struct kpptp_priv *priv, const struct kpptp_priv_msg *msg)
{
	switch (msg->type) {
	case KPPTP_PRIV_CALL_NEW:
		kpptp_pcall_new(priv, msg->id, &msg->u.call_new);
		return;
	case KPPTP_PRIV_CALL_SET:
		kpptp_pcall_set(priv, msg->id, &msg->u.call_set);
		return;
	case KPPTP_PRIV_CALL_DEL:
		kpptp_pcall_del(priv, msg->id);
		return;
	case KPPTP_PRIV_PPP_START:
		kpptp_pcall_ppp_start(priv, msg->id);
		return;
	case KPPTP_PRIV_PPP_STOP:
		kpptp_pcall_ppp_stop(priv, msg->id, msg->u.ppp_stop.how);
		return;
	case KPPTP_PRIV_PPP_PROCEED:
		kpptp_pcall_ppp_proceed(priv, msg->id);
		return;
	case KPPTP_PRIV_CONNECT:
		kpptp_pclient_connect(priv, msg->id, msg->u.connect.fresh);
		return;
	case KPPTP_PRIV_CONN_END:
		kpptp_pconn_end(priv, msg->id);
		return;
	case KPPTP_PRIV_CLIENT_END:
		kpptp_pclient_ended(priv, msg->id);
		return;
	case KPPTP_PRIV_ARM:
		kpptp_pclient_arm(priv, msg->id);
		return;
	case KPPTP_PRIV_DISARM:
		kpptp_pclient_disarm(priv, msg->id);
		return;
	case KPPTP_PRIV_READY:
		priv->setup.ready(priv->setup.arg, &msg->u.serving);
		return;
	case KPPTP_PRIV_PONG:
		priv->pinged_ms = 0;
		priv->setup.alive(priv->setup.arg, &msg->u.serving);
		return;
	case KPPTP_PRIV_SHUT_DOWN:
		priv->setup.shut_down(priv->setup.arg);
		return;
	}
}

static void on_message(void *arg, const struct kpptp_priv_msg *msg, size_t len,
		       int fd)
{
	struct kpptp_priv *priv = arg;
	const char *why = kpptp_priv_check(msg, len);

	if (fd >= 0)
		close(fd);	/* the worker has nothing to hand us */
	if (priv->broken)
		return;
	if (why)
		replace_worker(priv, why);
	else
		serve(priv, msg);
}

static void on_lost(void *arg)
{
	struct kpptp_priv *priv = arg;

	if (!priv->broken)
		priv->setup.ended(priv->setup.arg, 0);
}

/* ---------------------------------------------------------- control socket */

int kpptp_priv_control(struct kpptp_priv *priv, const char *line, int fd)
{
	struct kpptp_priv_msg msg;
	int err;

	if (strlen(line) >= sizeof(msg.u.control.line)) {
		close(fd);
		return -E2BIG;
	}
	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_CONTROL;
	strcpy(msg.u.control.line, line);
	err = kpptp_priv_send(priv, &msg, fd);
	close(fd);
	return err;
}

/* ---------------------------------------------------------- life */

struct kpptp_priv *kpptp_priv_new(const struct kpptp_priv_setup *setup)
{
	struct kpptp_priv *priv = calloc(1, sizeof(*priv));

	if (!priv)
		return NULL;
	priv->setup = *setup;
	priv->now_ms = kpptp_now_ms;
	each_table(priv, kpptp_hash_init);
	LIST_INIT(&priv->source_list);
	LIST_INIT(&priv->net_list);
	TAILQ_INIT(&priv->guessed);
	LIST_INIT(&priv->conns);
	LIST_INIT(&priv->calls);
	LIST_INIT(&priv->clients);
	priv->pool = kpptp_pool_new();
	if (priv->pool && !kpptp_psource_begin(priv) &&
	    !kpptp_pturn_begin(priv) && !kpptp_priv_conf(priv, setup->conf))
		return priv;
	kpptp_priv_free(priv);
	return NULL;
}

void kpptp_priv_set_ppp(struct kpptp_priv *priv, struct kpptp_ppp *ppp)
{
	priv->ppp = ppp;
}

void kpptp_priv_free(struct kpptp_priv *priv)
{
	if (!priv)
		return;
	kpptp_pcall_free_all(priv);
	kpptp_pclient_free_all(priv);
	kpptp_pconn_end_all(priv);
	kpptp_psource_end(priv);
	kpptp_pguess_free_all(priv);
	kpptp_pturn_end(priv);
	each_table(priv, kpptp_hash_free);
	kpptp_priv_chan_free(priv->chan);
	kpptp_pool_free(priv->pool);
	free(priv);
}

int kpptp_priv_attach(struct kpptp_priv *priv, int fd)
{
	const struct kpptp_priv_chan_hooks hooks = {
		.message = on_message, .lost = on_lost, .arg = priv,
	};

	priv->broken = false;
	priv->offences = 0;
	priv->pinged_ms = 0;
	priv->chan = kpptp_priv_chan_new(priv->setup.base, fd, &hooks);
	if (!priv->chan) {
		close(fd);
		return -ENOMEM;
	}
	send_server(priv);
	kpptp_pclient_start_all(priv);
	return 0;
}

void kpptp_priv_detach(struct kpptp_priv *priv)
{
	kpptp_priv_chan_free(priv->chan);
	priv->chan = NULL;
	kpptp_pclient_end_all(priv);
	kpptp_pcall_end_all(priv);
	kpptp_pconn_end_all(priv);
}

int kpptp_priv_conf(struct kpptp_priv *priv, const struct kpptp_conf *conf)
{
	int err = kpptp_conf_fill_pool(conf, priv->pool);

	if (err)
		return err;
	priv->conf = conf;
	err = kpptp_pclient_conf(priv);
	send_server(priv);
	return err;
}

int64_t kpptp_priv_ping(struct kpptp_priv *priv)
{
	const int64_t now = priv->now_ms();

	if (!priv->chan)
		return 0;
	if (priv->pinged_ms)
		return now - priv->pinged_ms;
	priv->pinged_ms = now;
	kpptp_priv_tell(priv, KPPTP_PRIV_PING, 0, NULL);
	return 0;
}

void kpptp_priv_shutdown(struct kpptp_priv *priv)
{
	priv->stopping = true;
	kpptp_priv_tell(priv, KPPTP_PRIV_SHUTDOWN, 0, NULL);
}
