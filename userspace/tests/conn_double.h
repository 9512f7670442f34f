/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon without kernel and PPP for the tests of the control protocol: worker
 * and monitor in one process, over the socket that they have between them; below, a
 * data path, PPP and traffic that do as they are told and count what they hold; and
 * a peer that says whatever the test wants.
 */
#ifndef KPPTP_CONN_DOUBLE_H
#define KPPTP_CONN_DOUBLE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "../kpptpd/client.h"
#include "../kpptpd/conn.h"
#include "../kpptpd/event.h"
#include "../kpptpd/listener.h"
#include "../kpptpd/log.h"
#include "../kpptpd/priv_int.h"
#include "../lib/ctrl_msg.h"

#define DOUBLE_LINKS	16

struct double_dataplane {
	struct kpptp_dataplane base;
	struct event_base *loop;
	bool deferred;		/* complete from the event loop */
	bool stuck;		/* never complete */
	int fail_new, fail_set;	/* errno to complete with */
	int refuse;		/* errno to return at once */
	uint16_t next_id;
	int live;		/* calls that exist */
	struct kpptp_dp_call last_new, last_set;
	void *stuck_arg;
	kpptp_dp_done_fn stuck_done;
};

struct kpptp_ppp_link {
	struct double_ppp *ppp;
	const struct kpptp_ppp_events *events;
	void *arg;
	struct event *up, *down;
	bool server;
};

struct double_ppp {
	struct kpptp_ppp base;
	struct fixture *fixture;
	struct event_base *loop;
	bool stays_down;	/* never comes up */
	bool hangs;		/* an orderly stop has no effect */
	int status;		/* with which it ends */
	int closing;		/* links that wait for proceed() */
	int refuse;
	int live;
	struct kpptp_ppp_link *links[DOUBLE_LINKS];
	const char *peer_user;	/* who peers prove to be */
	char last_user[KPPTP_USER_SIZE];
	char last_password[KPPTP_PASSWORD_SIZE];
};

struct double_demand {
	struct kpptp_demand base;
	int refuse;
	int armed, ended;
	kpptp_demand_fn traffic;
	void *arg;
	uint32_t id;
};

struct fixture {
	struct event_base *loop;
	struct double_dataplane dp;
	struct double_ppp ppp;
	struct double_demand demand;
	struct kpptp_conf conf;
	struct kpptp_priv *priv;	/* the monitor's */
	struct kpptp_listeners *listeners;
	struct kpptp_host *host;	/* the worker's */
	struct kpptp_core *core;
	struct kpptp_server_settings server;
	struct kpptp_client_settings client;
	struct sockaddr_in listen;
	int max_addresses;		/* in the pool */
	int ready;			/* how often the worker was */
	int events[KPPTP_EVENT_TYPES];
	int failures[KPPTP_EVENT_TYPES];	/* of those */
	char ended[512];		/* what was told of the call that ended last */
	int done, done_err;
	unsigned int closed;
	char why[KPPTP_WHY_SIZE];
};

/* Lines logged so far, by level */
extern unsigned int log_lines[KPPTP_LOG_DEBUG + 1];

/* A fixture with short timers; the server listens on @ip, any port. */
struct fixture *fixture_new(const char *ip);

/* Ends it, after checking that nothing is held any more. */
void fixture_free(struct fixture *f);

/* Ends it in the middle of whatever it does. */
void fixture_kill(struct fixture *f);

/* Settings of f->server, f->conf and f->max_addresses come into force. */
void fixture_apply(struct fixture *f);

/* Who does not answer loses the connection or call soon: fixtures are patient. */
void fixture_is_impatient(struct fixture *f);

/* Listens as f->server says. */
int fixture_listen(struct fixture *f);

/*
 * A client of f->client: of a section, which is started again by its name, or not.
 * Returns what kpptp_client_start() does; the number goes to @id, if that is not NULL.
 */
int fixture_start(struct fixture *f, bool await, kpptp_client_done_fn done,
		  uint32_t *id);

/* Runs the loop until @what holds or two seconds have passed. */
#define wait_for(f, what)						\
	do {								\
		int64_t end_ = kpptp_now_ms() + 2000;			\
		bool held_;						\
		while (!(held_ = (what)) && kpptp_now_ms() < end_)	\
			fixture_step(f);				\
		assert_true(held_);					\
	} while (0)

void fixture_step(struct fixture *f);
void fixture_run_ms(struct fixture *f, int64_t ms);

/* No connections, calls, data path, PPP or addresses. */
bool fixture_empty(const struct fixture *f);

/* Completion functions that note the outcome in the fixture. */
void fixture_connected(void *fixture, int err,
		       const struct kpptp_call_info *call, const char *why);
void fixture_stopped(void *fixture, int err);
void fixture_closed(void *fixture, unsigned int closed);

/* LCP of a link leaves the state opened. */
void link_closing(struct kpptp_ppp_link *link, const char *why);

/* ---- the other side ---- */

/* A peer on a socket pair; the core takes it for 192.0.2.77. */
int peer_pair(struct fixture *f, int type);
/* A peer that connects by TCP from @ip to the listener. */
int peer_connect(struct fixture *f, const char *ip);
/* A peer that listens on @ip; its address goes to @f->client. */
int peer_listen(struct fixture *f, const char *ip);
int peer_accept(struct fixture *f, int listener);
void peer_send(int fd, const struct kpptp_ctrl_msg *msg);
void peer_type(int fd, enum kpptp_ctrl_type type);	/* with plain values */
/* The next message, which must be of this type. Echo-Requests are skipped. */
struct kpptp_ctrl_msg peer_expect(struct fixture *f, int fd,
				  enum kpptp_ctrl_type type);
/* From now on the peer says nothing and is asked until it is taken for dead. */
void peer_expect_verdict(struct fixture *f, int fd);
void peer_expect_end(struct fixture *f, int fd);
bool peer_silent(struct fixture *f, int fd, int64_t ms);
/* SCCRQ and SCCRP */
void peer_start(struct fixture *f, int fd);
/* OCRQ and the OCRP to it */
struct kpptp_ctrl_ocrp peer_call(struct fixture *f, int fd, uint16_t call_id);

#endif
