// SPDX-License-Identifier: GPL-2.0-or-later
/* priv_conn.c - connections that the worker has been handed */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "priv_int.h"

/* ---------------------------------------------------------- connections */

struct kpptp_pconn *kpptp_pconn_find(struct kpptp_priv *priv, uint32_t id)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&priv->conns_by_id, &id,
						 sizeof(id)),
				 struct kpptp_pconn, by_id);
}

struct kpptp_pconn *kpptp_pconn_new(struct kpptp_priv *priv, bool originated,
				    const struct sockaddr_in *local,
				    const struct sockaddr_in *peer)
{
	struct kpptp_pconn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;
	conn->id = kpptp_priv_id(priv);
	conn->originated = originated;
	conn->local = *local;
	conn->peer = *peer;
	if (!originated && kpptp_psource_opened(priv, peer->sin_addr)) {
		free(conn);
		return NULL;
	}
	kpptp_hash_add(&priv->conns_by_id, &conn->by_id, &conn->id,
		       sizeof(conn->id));
	if (originated)
		kpptp_hash_add(&priv->conns_by_server, &conn->by_server,
			       &conn->peer.sin_addr,
			       sizeof(conn->peer.sin_addr));
	LIST_INSERT_HEAD(&priv->conns, conn, entry);
	priv->n_conns++;
	return conn;
}

static void conn_free(struct kpptp_priv *priv, struct kpptp_pconn *conn)
{
	kpptp_hash_del(&priv->conns_by_id, &conn->by_id);
	kpptp_hash_del(&priv->conns_by_server, &conn->by_server);
	LIST_REMOVE(conn, entry);
	priv->n_conns--;
	if (!conn->originated)
		kpptp_psource_closed(priv, conn->peer.sin_addr);
	free(conn);
}

/* There is to be one for each pair of addresses (RFC 2637 3.1.3). */
struct kpptp_pconn *kpptp_pconn_to(struct kpptp_priv *priv, struct in_addr from,
				   const struct sockaddr_in *server)
{
	struct kpptp_hash_link *link;
	struct kpptp_pconn *conn;

	for (link = kpptp_hash_find(&priv->conns_by_server, &server->sin_addr,
				    sizeof(server->sin_addr));
	     link; link = kpptp_hash_next(link)) {
		conn = KPPTP_HASH_OBJECT(link, struct kpptp_pconn, by_server);
		if (conn->peer.sin_port == server->sin_port &&
		    (!from.s_addr || from.s_addr == conn->local.sin_addr.s_addr))
			return conn;
	}
	return NULL;
}

void kpptp_pconn_end(struct kpptp_priv *priv, uint32_t id)
{
	struct kpptp_pconn *conn = kpptp_pconn_find(priv, id);

	if (conn)
		conn_free(priv, conn);
	else
		kpptp_priv_offence(priv, "connection", id, "there is none");
}

void kpptp_pconn_end_all(struct kpptp_priv *priv)
{
	while (!LIST_EMPTY(&priv->conns))
		conn_free(priv, LIST_FIRST(&priv->conns));
}

static int hand_over(struct kpptp_priv *priv, const struct kpptp_pconn *conn,
		     int fd)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_CONN;
	msg.id = conn->id;
	msg.u.conn.id = conn->id;
	msg.u.conn.local = conn->local;
	msg.u.conn.peer = conn->peer;
	return kpptp_priv_send(priv, &msg, fd);
}

static const char *accept_it(struct kpptp_priv *priv, int fd,
			     const struct sockaddr_in *peer)
{
	socklen_t len = sizeof(struct sockaddr_in);
	struct sockaddr_in local;
	const char *why = kpptp_psource_may_connect(priv, peer->sin_addr);
	struct kpptp_pconn *conn;

	if (why)
		return why;
	if (getsockname(fd, (struct sockaddr *)&local, &len))
		return strerror(errno);
	conn = kpptp_pconn_new(priv, false, &local, peer);
	if (!conn)
		return "out of memory";
	if (!hand_over(priv, conn, fd))
		return NULL;
	conn_free(priv, conn);
	return "there is nobody to serve it";
}

const char *kpptp_priv_accept(struct kpptp_priv *priv, int fd,
			      const struct sockaddr_in *peer)
{
	const char *why = accept_it(priv, fd, peer);

	close(fd);
	return why;
}
