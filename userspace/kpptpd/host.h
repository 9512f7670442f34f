/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host.h - what the protocol asks of the host it runs on, by number
 *
 * The worker speaks PPTP and may do nothing else. Connections, calls in the data
 * path, PPP and traffic that waits are the monitor's. The worker names them: a
 * connection and a client by the monitor's number, a call by its own, which is
 * never used twice. It cannot name an address, a user, a route or an option.
 *
 * A request that is refused is answered with an error; no request blocks.
 */
#ifndef KPPTPD_HOST_H
#define KPPTPD_HOST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "ppp.h"

struct kpptp_host;

/**
 * struct kpptp_host_call - a call to make
 * @id: its number
 * @conn: connection it is on
 * @client: client it is for, 0 for a call that the peer placed
 * @peer_call_id: server: the peer's Call ID
 * @peer_window: server: Packet Recv. Window Size that the peer announced
 */
struct kpptp_host_call {
	uint32_t id;
	uint32_t conn;
	uint32_t client;
	uint16_t peer_call_id;
	uint16_t peer_window;
};

/**
 * struct kpptp_host_ops - what an implementation provides
 * @call_new: make a call in the data path; answered by made()
 * @call_set: the peer's Call ID of a client's call, and the window it announced;
 *	answered by completed()
 * @call_del: delete it from the data path. PPP that runs on it ends by itself. Not
 *	answered; the number is not heard of again, but for the events of PPP
 * @ppp_start: run PPP on a call that is complete. Answered by ppp_started(), and
 *	down() some time later, or by down() alone
 * @ppp_stop: end it; enum kpptp_ppp_stop. down() comes later
 * @ppp_proceed: the answer to closing()
 * @connect: a connection to the server of a client; answered by connected().
 *	@fresh: not one that there is already
 * @conn_end: the worker has closed the connection
 * @client_end: the client has ended for good
 * @arm: tell by traffic() when something is to be sent to networks of the client
 * @disarm: not any more
 * @free: end the implementation
 *
 * Requests return 0 or a negative errno; then no answer comes.
 */
struct kpptp_host_ops {
	int (*call_new)(struct kpptp_host *host,
			const struct kpptp_host_call *call);
	int (*call_set)(struct kpptp_host *host, uint32_t id,
			uint16_t peer_call_id, uint16_t peer_window);
	void (*call_del)(struct kpptp_host *host, uint32_t id);
	int (*ppp_start)(struct kpptp_host *host, uint32_t id);
	void (*ppp_stop)(struct kpptp_host *host, uint32_t id,
			 enum kpptp_ppp_stop how);
	void (*ppp_proceed)(struct kpptp_host *host, uint32_t id);
	int (*connect)(struct kpptp_host *host, uint32_t client, bool fresh);
	void (*conn_end)(struct kpptp_host *host, uint32_t conn);
	void (*client_end)(struct kpptp_host *host, uint32_t client);
	int (*arm)(struct kpptp_host *host, uint32_t client);
	void (*disarm)(struct kpptp_host *host, uint32_t client);
	void (*free)(struct kpptp_host *host);
};

/* First member of every implementation's own structure. */
struct kpptp_host {
	const struct kpptp_host_ops *ops;
};

/**
 * struct kpptp_host_conn - a connection
 * @id: its number, never used twice
 * @fd: stream socket, which is the receiver's; -1 for one that it has already
 * @local: our address and port
 * @peer: the peer's
 */
struct kpptp_host_conn {
	uint32_t id;
	int fd;
	struct sockaddr_in local;
	struct sockaddr_in peer;
};

#endif
