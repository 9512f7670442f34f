// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * priv_client.c - clients: a section, or a request of the control socket
 *
 * The worker runs them, by number; settings, the way to the server, and what waits
 * for traffic are here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dial.h"
#include "log.h"
#include "priv_int.h"

struct kpptp_pclient *kpptp_pclient_find(struct kpptp_priv *priv, uint32_t id)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&priv->clients_by_id, &id,
						 sizeof(id)),
				 struct kpptp_pclient, by_id);
}

struct kpptp_pclient *kpptp_pclient_named(struct kpptp_priv *priv,
					  const char *name)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&priv->clients_by_name, name,
						 strlen(name)),
				 struct kpptp_pclient, by_name);
}

/* ---------------------------------------------------------- life */

struct kpptp_pclient *
kpptp_pclient_new(struct kpptp_priv *priv,
		  const struct kpptp_client_settings *settings, bool is_section)
{
	struct kpptp_pclient *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->id = kpptp_priv_id(priv);
	client->priv = priv;
	client->settings = *settings;
	client->is_section = is_section;
	kpptp_hash_add(&priv->clients_by_id, &client->by_id, &client->id,
		       sizeof(client->id));
	if (is_section)
		kpptp_hash_add(&priv->clients_by_name, &client->by_name,
			       client->settings.name,
			       strlen(client->settings.name));
	LIST_INSERT_HEAD(&priv->clients, client, entry);
	return client;
}

static void client_free(struct kpptp_pclient *client)
{
	struct kpptp_priv *priv = client->priv;

	kpptp_dial_cancel(client->dial);
	kpptp_hash_del(&priv->clients_by_id, &client->by_id);
	kpptp_hash_del(&priv->clients_by_name, &client->by_name);
	LIST_REMOVE(client, entry);
	explicit_bzero(&client->settings, sizeof(client->settings));
	free(client);
}

static void disarm(struct kpptp_pclient *client)
{
	struct kpptp_demand *demand = client->priv->setup.demand;

	if (demand && client->settings.demand)
		demand->ops->end(demand, client->settings.name);
}

static void ended(struct kpptp_pclient *client)
{
	client->runs = false;
	client->held = false;
	kpptp_dial_cancel(client->dial);
	client->dial = NULL;
	if (!client->is_section || client->gone)
		client_free(client);
}

void kpptp_pclient_ended(struct kpptp_priv *priv, uint32_t id)
{
	struct kpptp_pclient *client = kpptp_pclient_find(priv, id);

	if (client)
		ended(client);
	else
		kpptp_priv_offence(priv, "client", id, "there is none");
}

static void send_client(struct kpptp_pclient *client,
			enum kpptp_priv_type type)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = type;
	msg.id = client->id;
	kpptp_proto_of_client(&client->settings, client->id, &msg.u.client);
	kpptp_priv_send(client->priv, &msg, -1);
}

/* One that runs already goes on. */
static void start(struct kpptp_pclient *client)
{
	const struct kpptp_client_settings *s = &client->settings;

	if (client->runs || client->gone || !client->priv->chan ||
	    !(s->autostart || s->demand))
		return;
	client->runs = true;
	send_client(client, s->demand ? KPPTP_PRIV_CLIENT_AWAIT :
					KPPTP_PRIV_CLIENT_START);
}

void kpptp_pclient_start_all(struct kpptp_priv *priv)
{
	struct kpptp_pclient *client;

	LIST_FOREACH(client, &priv->clients, entry) {
		if (client->is_section && !client->gone)
			send_client(client, KPPTP_PRIV_SECTION);
		start(client);
	}
}

void kpptp_pclient_end_all(struct kpptp_priv *priv)
{
	struct kpptp_pclient *client, *next;

	for (client = LIST_FIRST(&priv->clients); client; client = next) {
		next = LIST_NEXT(client, entry);
		if (client->runs)
			disarm(client);
		ended(client);
	}
}

void kpptp_pclient_free_all(struct kpptp_priv *priv)
{
	while (!LIST_EMPTY(&priv->clients))
		client_free(LIST_FIRST(&priv->clients));
}

/* ---------------------------------------------------------- configuration */

static void remove_section(struct kpptp_pclient *client)
{
	client->gone = true;
	kpptp_hash_del(&client->priv->clients_by_name, &client->by_name);
	kpptp_priv_tell(client->priv, KPPTP_PRIV_NO_SECTION, client->id, NULL);
	if (client->runs)
		kpptp_priv_tell(client->priv, KPPTP_PRIV_CLIENT_STOP,
				client->id,
				"it has been removed from the configuration");
	else
		client_free(client);
}

/* What waits for traffic has its networks from the settings, so it begins anew. */
static void change_section(struct kpptp_pclient *client,
			   const struct kpptp_client_settings *settings)
{
	if (!memcmp(&client->settings, settings, sizeof(*settings)))
		return;
	if (client->settings.demand || settings->demand) {
		kpptp_log(KPPTP_LOG_INFO,
			  "client %s: its call ends, as its section has changed",
			  settings->name);
		remove_section(client);	/* and the new one comes with all new ones */
		return;
	}
	client->settings = *settings;
	if (client->runs)
		send_client(client, KPPTP_PRIV_CLIENT_SET);
}

int kpptp_pclient_conf(struct kpptp_priv *priv)
{
	const struct kpptp_conf *conf = priv->conf;
	const struct kpptp_client_settings *section;
	struct kpptp_pclient *client, *next;
	unsigned int i;

	for (client = LIST_FIRST(&priv->clients); client; client = next) {
		next = LIST_NEXT(client, entry);
		if (!client->is_section || client->gone)
			continue;
		section = kpptp_conf_client(conf, client->settings.name);
		if (section)
			change_section(client, section);
		else
			remove_section(client);
	}
	for (i = 0; i < conf->n_clients; i++)
		if (!kpptp_pclient_named(priv, conf->client[i].name) &&
		    !kpptp_pclient_new(priv, &conf->client[i], true))
			return -ENOMEM;
	kpptp_pclient_start_all(priv);
	return 0;
}

/* ---------------------------------------------------------- requests of people */

int kpptp_priv_connect(struct kpptp_priv *priv,
		       const struct kpptp_client_settings *settings,
		       bool is_section, bool wait, int fd)
{
	struct kpptp_pclient *client = is_section ?
		kpptp_pclient_named(priv, settings->name) :
		kpptp_pclient_new(priv, settings, false);
	struct kpptp_priv_msg msg;
	int err = client ? 0 : -ENOMEM;

	if (!err) {
		memset(&msg, 0, sizeof(msg));
		msg.type = KPPTP_PRIV_CONTROL;
		msg.u.control.has_client = 1;
		msg.u.control.wait = wait;
		kpptp_proto_of_client(settings, client->id,
				      &msg.u.control.client);
		err = kpptp_priv_send(priv, &msg, fd);
	}
	close(fd);
	if (!err)
		client->runs = true;
	else if (client && !is_section)
		client_free(client);
	return err;
}

/* ---------------------------------------------------------- to the server */

static void send_connected(struct kpptp_pclient *client,
			   const struct kpptp_pconn *conn, int fd, int err,
			   const char *why)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_CONNECTED;
	msg.id = client->id;
	msg.u.conn.err = err;
	if (conn) {
		msg.u.conn.id = conn->id;
		msg.u.conn.local = conn->local;
		msg.u.conn.peer = conn->peer;
	}
	snprintf(msg.u.conn.why, sizeof(msg.u.conn.why), "%s", why ? why : "");
	kpptp_priv_send(client->priv, &msg, fd);
}

/* Its own packets would be waiting for the call. */
static bool routed_to_itself(const struct kpptp_client_settings *s,
			     struct in_addr address)
{
	const struct kpptp_prefixes *routes = &s->ppp.routes;
	unsigned int i;

	for (i = 0; s->demand && i < routes->n; i++)
		if (kpptp_prefix_has(&routes->prefix[i], address))
			return true;
	return false;
}

static void open_conn(struct kpptp_pclient *client,
		      const struct sockaddr_in *peer)
{
	struct kpptp_pconn *conn;
	struct sockaddr_in local;
	char why[KPPTP_WHY_SIZE], text[KPPTP_ADDR_TEXT];
	int fd = kpptp_dial_socket(client->settings.local_address, peer,
				   &local);

	if (fd < 0) {
		snprintf(why, sizeof(why), "cannot connect to %s: %s",
			 kpptp_addr_text(peer, text), strerror(-fd));
		send_connected(client, NULL, -1, fd, why);
		return;
	}
	conn = kpptp_pconn_new(client->priv, true, &local, peer);
	if (conn) {
		client->conn = conn->id;
		send_connected(client, conn, fd, 0, NULL);
	} else {
		send_connected(client, NULL, -1, -ENOMEM, "out of memory");
	}
	close(fd);
}

static void on_resolved(void *arg, int err, struct in_addr address,
			const char *why)
{
	struct kpptp_pclient *client = arg;
	const struct sockaddr_in peer = {
		.sin_family = AF_INET,
		.sin_port = htons(client->settings.port),
		.sin_addr = address,
	};
	struct kpptp_pconn *conn;

	client->dial = NULL;
	if (err) {
		send_connected(client, NULL, -1, err, why);
		return;
	}
	if (routed_to_itself(&client->settings, address)) {
		send_connected(client, NULL, -1, -EINVAL,
			       "the server is in one of routes, which cannot be with demand");
		return;
	}
	client->peer = address;
	conn = client->fresh ? NULL :
		kpptp_pconn_to(client->priv, client->settings.local_address,
			       &peer);
	if (!conn) {
		open_conn(client, &peer);
		return;
	}
	client->conn = conn->id;
	send_connected(client, conn, -1, 0, NULL);
}

void kpptp_pclient_connect(struct kpptp_priv *priv, uint32_t id, bool fresh)
{
	struct kpptp_pclient *client = kpptp_pclient_find(priv, id);

	if (!client || !client->runs) {
		kpptp_priv_offence(priv, "client", id, "there is none to connect");
		return;
	}
	kpptp_dial_cancel(client->dial);
	client->fresh = fresh;
	client->dial = kpptp_dial_resolve(priv->setup.base,
					  client->settings.host, on_resolved,
					  client);
	if (!client->dial)
		send_connected(client, NULL, -1, -errno, strerror(errno));
}

/* ---------------------------------------------------------- traffic */

static void on_traffic(void *arg, uint32_t id)
{
	kpptp_priv_tell(arg, KPPTP_PRIV_TRAFFIC, id, NULL);
}

void kpptp_pclient_arm(struct kpptp_priv *priv, uint32_t id)
{
	struct kpptp_pclient *client = kpptp_pclient_find(priv, id);
	struct kpptp_demand *demand = priv->setup.demand;
	char why[KPPTP_WHY_SIZE];
	int err = -ENOTSUP;

	if (!client || !client->settings.demand) {
		kpptp_priv_offence(priv, "client", id, "it waits for no traffic");
		return;
	}
	if (demand)
		err = demand->ops->arm(demand, &client->settings, on_traffic,
				       priv, id);
	if (!err)
		return;
	snprintf(why, sizeof(why), "cannot wait for traffic: %s",
		 err == -ENOENT || err == -ENODEV ?
		 "there is no /dev/net/tun: modprobe tun" : strerror(-err));
	kpptp_log(KPPTP_LOG_ERROR, "client %s: %s", client->settings.name, why);
	kpptp_priv_tell(priv, KPPTP_PRIV_CANNOT_WAIT, id, why);
}

void kpptp_pclient_disarm(struct kpptp_priv *priv, uint32_t id)
{
	struct kpptp_pclient *client = kpptp_pclient_find(priv, id);

	if (client)
		disarm(client);
	else
		kpptp_priv_offence(priv, "client", id, "there is none");
}
