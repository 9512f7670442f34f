/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the registry, for conn, call and client only. */
#ifndef KPPTPD_CORE_INT_H
#define KPPTPD_CORE_INT_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/queue.h>

#include "../lib/hash.h"
#include "core.h"

struct kpptp_conn;
struct kpptp_call;
struct kpptp_client;
struct kpptp_waiter;

TAILQ_HEAD(kpptp_conn_list, kpptp_conn);
TAILQ_HEAD(kpptp_call_list, kpptp_call);
TAILQ_HEAD(kpptp_client_list, kpptp_client);
TAILQ_HEAD(kpptp_waiter_list, kpptp_waiter);

/**
 * struct kpptp_core - the registry
 * @conns: open connections
 * @dead_conns: closed ones that wait for the reaper
 * @calls: every call, also those whose PPP has yet to end
 * @dead_calls: those with nothing left, for the reaper
 * @clients: every client; @dead_clients for the reaper
 * @waiters: completions of kpptp_core_disconnect()
 * @call_by_id: @calls by their number
 * @call_by_ifname: those of @calls that have an interface, by its name
 * @call_by_own: those that the data path has, by connection and our Call ID
 * @call_by_peer: by connection and the peer's Call ID, where it is known
 * @conn_by_id: @conns by their number
 * @conn_by_pair: connections that take part in a collision, or may, by addresses
 * @client_by_id: @clients by their number
 * @client_by_name: those that have a name
 * @waiter_by_call: those of @waiters that wait for one call, by its number
 * @n_calls: calls on both lists
 * @reaper: frees what has died, out of any handler that may still use it
 */
struct kpptp_core {
	struct event_base *base;
	struct kpptp_host *host;
	struct kpptp_proto_server server;
	struct kpptp_conn_list conns;
	struct kpptp_conn_list dead_conns;
	struct kpptp_call_list calls;
	struct kpptp_call_list dead_calls;
	struct kpptp_client_list clients;
	struct kpptp_client_list dead_clients;
	struct kpptp_waiter_list waiters;
	struct kpptp_hash call_by_id;
	struct kpptp_hash call_by_ifname;
	struct kpptp_hash call_by_own;
	struct kpptp_hash call_by_peer;
	struct kpptp_hash conn_by_id;
	struct kpptp_hash conn_by_pair;
	struct kpptp_hash client_by_id;
	struct kpptp_hash client_by_name;
	struct kpptp_hash waiter_by_call;
	unsigned int n_conns;
	unsigned int n_calls;
	unsigned int last_id;
	uint16_t last_serial;
	struct event reaper;
	bool stopping;
	void (*stopped)(void *arg, int err);
	void *stopped_arg;
	struct event stop_timer;
};

/** kpptp_core_id() - a number that names nothing yet, never 0 */
unsigned int kpptp_core_id(struct kpptp_core *core);

/** kpptp_core_reap() - run the reaper soon */
void kpptp_core_reap(struct kpptp_core *core);

/** kpptp_now_ms() - monotonic clock, milliseconds */
int64_t kpptp_now_ms(void);

/** kpptp_timer_arm() - let @ev fire in @ms milliseconds, 0: as soon as can be */
void kpptp_timer_arm(struct event *ev, uint32_t ms);

/** kpptp_addr_text() - "192.0.2.1:1723" in a buffer of KPPTP_ADDR_TEXT */
const char *kpptp_addr_text(const struct sockaddr_in *addr, char *buf);

/** kpptp_why() - note a reason unless one is noted already */
void kpptp_why(char why[KPPTP_WHY_SIZE], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
