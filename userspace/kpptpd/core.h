/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registry of everything the control protocol has open, and the few
 * functions through which the rest of the daemon sees and steers it.
 * Connections, calls and clients are named by numbers that are never used
 * twice, so that nobody outside holds a pointer to something that may end: calls
 * by our own, connections and clients by the monitor's (host.h).
 */
#ifndef KPPTPD_CORE_H
#define KPPTPD_CORE_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "host.h"
#include "proto.h"

struct event_base;
struct kpptp_call;
struct kpptp_core;

/* A text field of a peer with every octet escaped as \xNN, and NUL. */
#define KPPTP_TEXT_ESCAPED	(4 * 64 + 1)
#define KPPTP_WHY_SIZE		256
#define KPPTP_ADDR_TEXT		64	/* a text IPv4 or IPv6 address */

/**
 * struct kpptp_conn_info - one control connection, described
 * @id: its number
 * @originated: we opened it ("client"); otherwise the peer did ("server")
 * @local: our address and port
 * @peer: the peer's address and port
 * @state: name of its state, static
 * @established: the state is established
 * @host: the peer's Host Name, escaped
 * @vendor: the peer's Vendor String, escaped
 * @firmware: the peer's Firmware Revision
 * @calls: calls on it
 * @age_ms: since it was opened
 * @last_rx_ms: since the last message from the peer, -1 for none
 * @last_echo_ms: since the last Echo-Reply from the peer, -1 for none
 */
struct kpptp_conn_info {
	unsigned int id;
	bool originated;
	struct sockaddr_in local;
	struct sockaddr_in peer;
	const char *state;
	bool established;
	char host[KPPTP_TEXT_ESCAPED];
	char vendor[KPPTP_TEXT_ESCAPED];
	uint16_t firmware;
	unsigned int calls;
	int64_t age_ms;
	int64_t last_rx_ms;
	int64_t last_echo_ms;
};

/**
 * struct kpptp_call_info - one call, described
 * @id: its number
 * @conn_id: number of its control connection
 * @client_id: number of its client, 0 for a call the peer placed
 * @pac: we are the PAC (server), otherwise the PNS (client)
 * @name: client section, "" for none
 * @local: our address
 * @peer: the peer's address
 * @call_id: our Call ID, 0 before it is known
 * @peer_call_id: the peer's Call ID, 0 before it is known
 * @state: name of its state, static
 * @up: IPv4 or IPv6 runs
 * @up_for_ms: since it came up, or for how long it was up; -1 for never
 * @user: server: the peer's name once it proved it; client: ours. Not
 *	escaped
 * @ifname: network interface, "" before it is up
 * @local_ip: our address of the link as text, "" for none; likewise
 *	@remote_ip, @local_ip6, @remote_ip6
 * @net: routes and name servers of the link
 * @rx_window: window we announced, packets
 * @tx_window: window the peer announced, packets
 * @serial: Call Serial Number
 * @age_ms: since it was opened
 * @last_echo_ms: of its control connection
 */
struct kpptp_call_info {
	unsigned int id;
	unsigned int conn_id;
	unsigned int client_id;
	bool pac;
	char name[KPPTP_NAME_SIZE];
	struct in_addr local;
	struct in_addr peer;
	uint16_t call_id;
	uint16_t peer_call_id;
	const char *state;
	bool up;
	int64_t up_for_ms;
	char user[KPPTP_USER_SIZE];
	char ifname[IFNAMSIZ];
	char local_ip[KPPTP_ADDR_TEXT];
	char remote_ip[KPPTP_ADDR_TEXT];
	char local_ip6[KPPTP_ADDR_TEXT];
	char remote_ip6[KPPTP_ADDR_TEXT];
	struct kpptp_ppp_net net;
	uint16_t rx_window;
	uint16_t tx_window;
	uint16_t serial;
	int64_t age_ms;
	int64_t last_echo_ms;
};

/**
 * kpptp_core_new() - the registry, empty
 * @base: event loop
 * @host: what it asks for what is not the protocol's; outlives the core
 *
 * Return: the core, or NULL with errno set.
 */
struct kpptp_core *kpptp_core_new(struct event_base *base,
				  struct kpptp_host *host);

/**
 * kpptp_core_set_server() - settings for connections and calls to come
 *
 * Copied. Connections and calls that exist keep what they began with.
 */
void kpptp_core_set_server(struct kpptp_core *core,
			   const struct kpptp_proto_server *settings);

/** kpptp_core_server() - the settings in force */
const struct kpptp_proto_server *
kpptp_core_server(const struct kpptp_core *core);

/**
 * kpptp_core_accept() - a peer has connected
 * @conn: its socket is taken over, and closed on an error
 *
 * Return: 0 or a negative errno.
 */
int kpptp_core_accept(struct kpptp_core *core,
		      const struct kpptp_host_conn *conn);

/** kpptp_core_call() - the call of this number, or NULL */
struct kpptp_call *kpptp_core_call(const struct kpptp_core *core, uint32_t id);

/**
 * kpptp_core_close_call() - end a call, for a reason of the monitor's
 * @id: of one that has ended nothing is said
 * @why: a sentence
 */
void kpptp_core_close_call(struct kpptp_core *core, uint32_t id,
			   const char *why);

/** kpptp_core_free() - drop whatever is left, without a word to the peers */
void kpptp_core_free(struct kpptp_core *core);

/**
 * kpptp_core_shutdown() - orderly end of every call, connection and client
 * @done: called once, later, when all is gone (@err 0) or the time is up
 *	(@err -ETIMEDOUT); what is left goes with kpptp_core_free()
 * @arg: for @done
 *
 * No connection is accepted and no client connects any more. Bounded by
 * kpptp_timer_settings.shutdown of the server settings.
 *
 * Return: 0, -EALREADY when under way.
 */
int kpptp_core_shutdown(struct kpptp_core *core,
			void (*done)(void *arg, int err), void *arg);

/** kpptp_core_connections() - how many control connections exist */
unsigned int kpptp_core_connections(const struct kpptp_core *core);

/** kpptp_core_calls() - how many calls exist */
unsigned int kpptp_core_calls(const struct kpptp_core *core);

/**
 * kpptp_core_each_conn() - describe every control connection, oldest first
 * @fn: returns false to stop
 */
void kpptp_core_each_conn(struct kpptp_core *core,
			  bool (*fn)(void *arg, const struct kpptp_conn_info *),
			  void *arg);

/** kpptp_core_each_call() - describe every call, oldest first */
void kpptp_core_each_call(struct kpptp_core *core,
			  bool (*fn)(void *arg, const struct kpptp_call_info *),
			  void *arg);

/**
 * kpptp_core_each_conn_after() - the same from one on
 * @after: number of the last that is left out, of one that may have ended; 0 for none
 *
 * So a list can be gone through in several pieces. Each that is there all the time is
 * seen once.
 */
void kpptp_core_each_conn_after(struct kpptp_core *core, unsigned int after,
				bool (*fn)(void *arg,
					   const struct kpptp_conn_info *),
				void *arg);

/** kpptp_core_each_call_after() - likewise */
void kpptp_core_each_call_after(struct kpptp_core *core, unsigned int after,
				bool (*fn)(void *arg,
					   const struct kpptp_call_info *),
				void *arg);

/**
 * kpptp_core_find_call() - one call by the number or interface in @key
 * @key: "17" or "ppp0"
 *
 * Return: true and @info filled, or false.
 */
bool kpptp_core_find_call(struct kpptp_core *core, const char *key,
			  struct kpptp_call_info *info);

/**
 * kpptp_core_disconnect() - end a call
 * @id: number of the call, 0 for all of them
 * @done: called once, when every call concerned is really gone, with their
 *	number; may be NULL. Bounded by the timers of the calls.
 * @arg: for @done; the caller may call kpptp_core_forget() before it is freed
 *
 * Clients whose call is ended this way do not connect again; with @id 0 that
 * goes for those that wait to connect as well.
 *
 * Return: how many calls are ending (0: @done is not called), or a negative
 * errno: -ENOENT no such call.
 */
int kpptp_core_disconnect(struct kpptp_core *core, unsigned int id,
			  void (*done)(void *arg, unsigned int closed),
			  void *arg);

/**
 * kpptp_core_forget() - drop the completions given with @arg
 *
 * For kpptp_core_disconnect() and kpptp_client_connect(): the one who waited
 * has gone. What was asked for goes on.
 */
void kpptp_core_forget(struct kpptp_core *core, const void *arg);

#endif
