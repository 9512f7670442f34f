/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of what the monitor has: priv.c (worker, configuration), priv_conn.c
 * (connections), priv_source.c (what one host may have), priv_call.c (calls and
 * their PPP), priv_turn.c (which PPP starts when), priv_user.c (whose calls they
 * are), priv_guess.c (who fails to log in), priv_client.c (clients), peers.c (one
 * link to each peer).
 */
#ifndef KPPTPD_PRIV_INT_H
#define KPPTPD_PRIV_INT_H

#include <sys/queue.h>

#include "../lib/hash.h"
#include "pool.h"
#include "priv.h"
#include "priv_chan.h"
#include "priv_msg.h"

struct kpptp_dial;
struct kpptp_pcall;

TAILQ_HEAD(kpptp_pcall_queue, kpptp_pcall);

/**
 * struct kpptp_psource - who connects to us, by address
 * @address: network byte order
 * @conns: connections that it has opened
 * @calls: that it has placed
 * @failures: log-ins that have failed since one did not
 * @failed_ms: the last of them
 * @until_ms: it may not connect before
 * @turns: calls of its that PPP has been started on and is not up
 * @queue: those that wait for a turn
 * @waiting: how many
 * @queue_entry: of the addresses that have such calls
 */
struct kpptp_psource {
	TAILQ_ENTRY(kpptp_psource) queue_entry;
	LIST_ENTRY(kpptp_psource) entry;
	struct kpptp_hash_link by_address;
	uint32_t address;
	unsigned int conns;
	unsigned int calls;
	unsigned int failures;
	int64_t failed_ms;
	int64_t until_ms;
	unsigned int turns;
	unsigned int waiting;
	struct kpptp_pcall_queue queue;
};

TAILQ_HEAD(kpptp_psource_queue, kpptp_psource);

/**
 * struct kpptp_pnet - how often a network of peers connects: a token bucket
 * @net: host byte order
 * @full_ms: when it will be full again
 */
struct kpptp_pnet {
	LIST_ENTRY(kpptp_pnet) entry;
	struct kpptp_hash_link by_net;
	uint32_t net;
	int64_t full_ms;
};

/**
 * struct kpptp_pconn - a connection that the worker has been handed
 * @originated: we opened it
 * @by_server: of those, by the address of the server
 * @calls: that were made on it and are not deleted
 */
struct kpptp_pconn {
	LIST_ENTRY(kpptp_pconn) entry;
	struct kpptp_hash_link by_id;
	struct kpptp_hash_link by_server;
	uint32_t id;
	bool originated;
	struct sockaddr_in local;
	struct sockaddr_in peer;
	unsigned int calls;
};

/**
 * struct kpptp_pclient - a client, by section or by request
 * @settings: as they are now
 * @is_section: it stays when it has ended, and is found by its name
 * @gone: its section is no more; it goes when it has ended
 * @runs: the worker has been told of it, and has not told that it ended
 * @held: the other end's call is in use
 * @dial: on the way to a connection, or NULL
 * @fresh: of that: a connection of its own
 * @peer: address of its server, as it was found last
 * @conn: connection it was handed last
 * @up: its call, while that is up
 */
struct kpptp_pclient {
	LIST_ENTRY(kpptp_pclient) entry;
	struct kpptp_hash_link by_id;
	struct kpptp_hash_link by_name;
	uint32_t id;
	struct kpptp_priv *priv;
	struct kpptp_client_settings settings;
	bool is_section;
	bool gone;
	bool runs;
	bool held;
	bool fresh;
	struct kpptp_dial *dial;
	struct in_addr peer;
	uint32_t conn;
	struct kpptp_pcall *up;
};

enum kpptp_pcall_state {
	KPPTP_PCALL_MAKING,	/* the data path is at it */
	KPPTP_PCALL_MADE,
	KPPTP_PCALL_SETTING,
	KPPTP_PCALL_COMPLETE,
	KPPTP_PCALL_GONE,	/* deleted; PPP has yet to end, or a request to */
};

enum kpptp_turn {
	KPPTP_TURN_NONE,
	KPPTP_TURN_WAITS,	/* PPP will be started when it has one */
	KPPTP_TURN_ON_TIME,	/* PPP has been started and is not up yet */
	KPPTP_TURN_LATE,	/* the same, and it should be up by now */
};

/**
 * struct kpptp_pcall - a call
 * @entry: of all
 * @user_entry: of those of @user, once it is known
 * @is_lost: it was made for a worker that is no more
 * @pending: the data path owes an answer
 * @client: number of the client it is for, or 0
 * @address: of the pool, held by this call; 0.0.0.0 for none
 * @by_theirs: of those that are up, by @theirs
 * @theirs: its peer's end of the link
 * @turn: of a call of a peer: whether it has a turn to start PPP
 * @turn_ms: since when
 * @turn_entry: of those that wait, or are on time
 * @proved: its peer has proved who it is
 * @up: IPv4 or IPv6 runs
 * @up_ms: since when
 */
struct kpptp_pcall {
	LIST_ENTRY(kpptp_pcall) entry;
	LIST_ENTRY(kpptp_pcall) user_entry;
	TAILQ_ENTRY(kpptp_pcall) turn_entry;
	struct kpptp_hash_link by_id;
	uint32_t id;
	struct kpptp_priv *priv;
	enum kpptp_pcall_state state;
	bool is_lost;
	bool pending;
	uint32_t conn;
	uint32_t client;
	struct in_addr local;
	struct in_addr peer;
	uint16_t call_id;
	uint16_t peer_call_id;
	struct kpptp_ppp_link *link;
	struct in_addr address;
	struct kpptp_hash_link by_theirs;
	struct in_addr theirs;
	struct kpptp_puser *user;
	enum kpptp_turn turn;
	int64_t turn_ms;
	bool proved;
	bool up;
	int64_t up_ms;
};

LIST_HEAD(kpptp_pcall_list, kpptp_pcall);

/* struct kpptp_puser - who has proved to be somebody, and where */
struct kpptp_puser {
	struct kpptp_hash_link by_name;
	char name[KPPTP_USER_SIZE];
	struct kpptp_pcall_list calls;
};

/**
 * struct kpptp_pguess - a user, or none, as whom somebody has failed to log in
 * @failures: how often, since there was an hour without
 * @failed_ms: when last
 */
struct kpptp_pguess {
	TAILQ_ENTRY(kpptp_pguess) entry;
	struct kpptp_hash_link by_name;
	char name[KPPTP_USER_SIZE];
	unsigned int failures;
	int64_t failed_ms;
};

/**
 * struct kpptp_turns - whose PPP may start
 * @fresh: addresses with calls that wait, and no turn
 * @served: addresses with calls that wait, and at least one turn
 * @on_time: calls that have one, the oldest first
 * @n_waiting: calls that wait
 * @n_on_time: how many have a turn
 * @n_late: how many have had one for long
 * @timer: for the oldest
 */
struct kpptp_turns {
	struct kpptp_psource_queue fresh;
	struct kpptp_psource_queue served;
	struct kpptp_pcall_queue on_time;
	unsigned int n_waiting;
	unsigned int n_on_time;
	unsigned int n_late;
	struct event *timer;
};

struct kpptp_priv {
	TAILQ_HEAD(, kpptp_pguess) guessed;	/* who failed last is last */
	LIST_HEAD(, kpptp_pclient) clients;
	LIST_HEAD(, kpptp_pconn) conns;
	LIST_HEAD(, kpptp_pnet) net_list;
	LIST_HEAD(, kpptp_psource) source_list;
	struct kpptp_priv_setup setup;
	const struct kpptp_conf *conf;
	int64_t (*now_ms)(void);	/* kpptp_now_ms(); tests have their own */
	struct kpptp_ppp *ppp;
	struct kpptp_pool *pool;
	struct kpptp_priv_chan *chan;
	struct kpptp_hash sources;	/* by address */
	struct kpptp_hash nets;
	struct event *sweep;
	struct kpptp_hash conns_by_id;
	struct kpptp_hash conns_by_server;
	struct kpptp_hash calls_by_id;
	struct kpptp_hash calls_by_theirs;	/* address of the peer's end */
	struct kpptp_hash clients_by_id;
	struct kpptp_hash clients_by_name;
	struct kpptp_hash users;	/* by name */
	struct kpptp_hash guessed_by_name;
	struct kpptp_pcall_list calls;
	uint32_t last_id;
	unsigned int n_conns;
	unsigned int n_accepted;	/* of those, opened by peers */
	unsigned int n_calls;
	unsigned int n_sessions;	/* of those, placed by peers */
	struct kpptp_turns turns;
	struct sockaddr_in listen[KPPTP_MAX_LISTEN];
	unsigned int n_listen;
	int64_t pinged_ms;		/* when, if there is no answer yet; or 0 */
	bool broken;			/* it has sent what it could not */
	unsigned int offences;		/* of this worker: requests refused */
	bool stopping;
};

/** kpptp_priv_id() - a number that names nothing yet, never 0 */
uint32_t kpptp_priv_id(struct kpptp_priv *priv);

/** kpptp_priv_send() - to the worker, if there is one; @fd is copied, or -1 */
int kpptp_priv_send(struct kpptp_priv *priv, const struct kpptp_priv_msg *msg,
		    int fd);

/** kpptp_priv_tell() - a message of a type, a number, and maybe a reason */
void kpptp_priv_tell(struct kpptp_priv *priv, enum kpptp_priv_type type,
		     uint32_t id, const char *why);

/**
 * kpptp_priv_offence() - log what the worker wanted and may not
 *
 * The one that wants such things again and again is replaced.
 */
void kpptp_priv_offence(struct kpptp_priv *priv, const char *what, uint32_t id,
			const char *why);

/* ---- who connects (priv_source.c) ---- */

/** kpptp_psource_begin() - none yet. Return: 0 or -ENOMEM. */
int kpptp_psource_begin(struct kpptp_priv *priv);

/** kpptp_psource_end() - forget all of them */
void kpptp_psource_end(struct kpptp_priv *priv);

/** kpptp_psource_find() - one that has a call or connection, or has failed; or NULL */
struct kpptp_psource *kpptp_psource_find(struct kpptp_priv *priv,
					 struct in_addr address);

/** kpptp_psource_may_connect() - why not, or NULL. It counts as an attempt. */
const char *kpptp_psource_may_connect(struct kpptp_priv *priv,
				      struct in_addr peer);

/** kpptp_psource_may_call() - why not, or NULL */
const char *kpptp_psource_may_call(struct kpptp_priv *priv,
				   struct in_addr peer);

/* A connection, or a call of its, is there, or is gone. Return: 0 or -ENOMEM. */
int kpptp_psource_opened(struct kpptp_priv *priv, struct in_addr address);
void kpptp_psource_closed(struct kpptp_priv *priv, struct in_addr address);
int kpptp_psource_called(struct kpptp_priv *priv, struct in_addr address);
void kpptp_psource_call_gone(struct kpptp_priv *priv, struct in_addr address);

/** kpptp_psource_failed() - somebody there has failed to log in */
void kpptp_psource_failed(struct kpptp_priv *priv, struct in_addr address);

/** kpptp_psource_proved() - somebody there has proved who he is */
void kpptp_psource_proved(struct kpptp_priv *priv, struct in_addr address);

/* ---- connections ---- */

/** kpptp_pconn_find() - the connection, or NULL */
struct kpptp_pconn *kpptp_pconn_find(struct kpptp_priv *priv, uint32_t id);

/**
 * kpptp_pconn_new() - one that the worker is about to be handed
 *
 * Return: NULL without memory.
 */
struct kpptp_pconn *kpptp_pconn_new(struct kpptp_priv *priv, bool originated,
				    const struct sockaddr_in *local,
				    const struct sockaddr_in *peer);

/**
 * kpptp_pconn_to() - one that we opened to @server, for another call
 * @from: our address, 0.0.0.0 for any
 *
 * Return: NULL when there is none. The worker knows whether it is ending.
 */
struct kpptp_pconn *kpptp_pconn_to(struct kpptp_priv *priv, struct in_addr from,
				   const struct sockaddr_in *server);

/** kpptp_pconn_end() - the worker has closed it */
void kpptp_pconn_end(struct kpptp_priv *priv, uint32_t id);

/** kpptp_pconn_end_all() - there is no worker any more */
void kpptp_pconn_end_all(struct kpptp_priv *priv);

/* ---- calls; requests of the worker, by its numbers ---- */

void kpptp_pcall_new(struct kpptp_priv *priv, uint32_t id,
		     const struct kpptp_priv_call_new *c);
void kpptp_pcall_set(struct kpptp_priv *priv, uint32_t id,
		     const struct kpptp_priv_call_set *c);
void kpptp_pcall_del(struct kpptp_priv *priv, uint32_t id);
void kpptp_pcall_ppp_start(struct kpptp_priv *priv, uint32_t id);
void kpptp_pcall_ppp_stop(struct kpptp_priv *priv, uint32_t id,
			  enum kpptp_ppp_stop how);
void kpptp_pcall_ppp_proceed(struct kpptp_priv *priv, uint32_t id);

/** kpptp_pcall_start() - start PPP on @call. Return: whether it runs now. */
bool kpptp_pcall_start(struct kpptp_pcall *call);

/** kpptp_pcall_crowded() - @call waits no more: have the worker end it */
void kpptp_pcall_crowded(struct kpptp_pcall *call);

/** kpptp_pcall_end_all() - there is no worker any more */
void kpptp_pcall_end_all(struct kpptp_priv *priv);

/** kpptp_pcall_free_all() - PPP and data path have forgotten them */
void kpptp_pcall_free_all(struct kpptp_priv *priv);

/* ---- turns to start PPP (priv_turn.c) ---- */

/** kpptp_pturn_begin() - nobody has one yet. Return: 0 or -ENOMEM. */
int kpptp_pturn_begin(struct kpptp_priv *priv);

/** kpptp_pturn_end() - nobody has one any more */
void kpptp_pturn_end(struct kpptp_priv *priv);

/**
 * kpptp_pturn_ask() - kpptp_pcall_start() when it is @call's turn, maybe at once
 *
 * Where too many wait, the last call of the address with most of them goes:
 * kpptp_pcall_crowded(). It may be @call.
 */
void kpptp_pturn_ask(struct kpptp_pcall *call);

/** kpptp_pturn_leave() - @call is up, has failed, or waits no more. Others may start. */
void kpptp_pturn_leave(struct kpptp_pcall *call);

/* ---- users and addresses (priv_user.c) ---- */

/** kpptp_puser_find() - who has proved to be @name, or NULL */
struct kpptp_puser *kpptp_puser_find(struct kpptp_priv *priv, const char *name);

/** kpptp_puser_enter() - who @call's peer has proved to be. No memory: nobody. */
void kpptp_puser_enter(struct kpptp_pcall *call, const char *name);

/** kpptp_puser_leave() - the call ends */
void kpptp_puser_leave(struct kpptp_pcall *call);

/** kpptp_puser_may() - why @name, who has logged in on @call, may not have it, or NULL */
const char *kpptp_puser_may(const struct kpptp_pcall *call, const char *name);

/** kpptp_puser_end_call() - have the worker end it, and log why */
void kpptp_puser_end_call(struct kpptp_pcall *call, enum kpptp_log_level level,
			  const char *why);

/**
 * kpptp_puser_claim() - the peer's end of @call has this address
 *
 * An older call of the same user that has it is ended. The address that @call has
 * been given of the pool goes back there if it is another one.
 *
 * Return: false when it is somebody else's.
 */
bool kpptp_puser_claim(struct kpptp_pcall *call, struct in_addr address);

/** kpptp_puser_release() - @call has no address any more */
void kpptp_puser_release(struct kpptp_pcall *call);

/* ---- users whose passwords somebody guesses (priv_guess.c) ---- */

/** kpptp_pguess_failed() - somebody was not who he said he was. No memory: forgotten. */
void kpptp_pguess_failed(struct kpptp_priv *priv, const char *name);

/** kpptp_pguess_must_wait() - is it too early for a log-in as @name from there? */
bool kpptp_pguess_must_wait(struct kpptp_priv *priv, const char *name,
			    struct in_addr from);

/** kpptp_pguess_sweep() - forget what is long ago */
void kpptp_pguess_sweep(struct kpptp_priv *priv);

/** kpptp_pguess_free_all() - forget all */
void kpptp_pguess_free_all(struct kpptp_priv *priv);

/* ---- clients ---- */

void kpptp_pclient_connect(struct kpptp_priv *priv, uint32_t id, bool fresh);
void kpptp_pclient_ended(struct kpptp_priv *priv, uint32_t id);
void kpptp_pclient_arm(struct kpptp_priv *priv, uint32_t id);
void kpptp_pclient_disarm(struct kpptp_priv *priv, uint32_t id);

/**
 * kpptp_pclient_new() - a client that does not run yet
 * @is_section: whose name is settings->name; otherwise it goes when it has ended
 *
 * Return: NULL without memory.
 */
struct kpptp_pclient *
kpptp_pclient_new(struct kpptp_priv *priv,
		  const struct kpptp_client_settings *settings,
		  bool is_section);

/** kpptp_pclient_find() - the client, or NULL */
struct kpptp_pclient *kpptp_pclient_find(struct kpptp_priv *priv, uint32_t id);

/** kpptp_pclient_named() - that of a section, or NULL */
struct kpptp_pclient *kpptp_pclient_named(struct kpptp_priv *priv,
					  const char *name);

/** kpptp_pclient_conf() - sections as they are in priv->conf. Return: 0 or -ENOMEM. */
int kpptp_pclient_conf(struct kpptp_priv *priv);

/** kpptp_pclient_start_all() - a new worker: start those that start by themselves */
void kpptp_pclient_start_all(struct kpptp_priv *priv);

/** kpptp_pclient_end_all() - there is no worker any more; requests are forgotten */
void kpptp_pclient_end_all(struct kpptp_priv *priv);

/** kpptp_pclient_free_all() - all of them */
void kpptp_pclient_free_all(struct kpptp_priv *priv);

/* ---- one link to each peer (peers.c) ---- */

/** kpptp_peers_look() - a call of @user has come up or gone; who stays? */
void kpptp_peers_look(struct kpptp_priv *priv, const char *user);

/** kpptp_peers_client() - the same for a call of ours, of this client section */
void kpptp_peers_client(struct kpptp_priv *priv, const char *client);

#endif
