/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * priv.h - what the monitor has, and does for the worker
 *
 * The monitor is root. It owns the configuration and all that is in it, the
 * address pool, calls in the data path, PPP, and what it takes to connect. The
 * worker has no rights, talks to the net and asks by numbers (host.h): for a call on
 * a connection that the monitor has handed it, of the server or of a client; for
 * PPP on that call; for a connection to a client's server. Whatever else such a
 * request could mean is looked up here.
 *
 * A request that is not allowed ends the call it is about. One that could not have
 * been made (priv_msg.h) means that the worker is broken or somebody else's, and it
 * is replaced.
 */
#ifndef KPPTPD_PRIV_H
#define KPPTPD_PRIV_H

#include "conf.h"
#include "dataplane.h"
#include "demand.h"
#include "notify.h"
#include "ppp_impl.h"

struct event_base;
struct kpptp_priv;

/**
 * struct kpptp_priv_setup - what it works with
 * @base: event loop
 * @dp: data path; outlives it
 * @demand: waits for traffic; outlives it, or NULL
 * @conf: configuration; outlives it, or until kpptp_priv_conf()
 * @ready: the worker serves, with the configuration it was last given
 * @alive: it has answered kpptp_priv_ping()
 * @shut_down: it has ended every call, as kpptp_priv_shutdown() wanted
 * @ended: the worker is gone (@err 0) or must go (@err -EPERM); the answer is
 *	kpptp_priv_detach(), not from within
 * @arg: for all
 */
struct kpptp_priv_setup {
	struct event_base *base;
	struct kpptp_dataplane *dp;
	struct kpptp_demand *demand;
	const struct kpptp_conf *conf;
	void (*ready)(void *arg, const struct kpptp_serving *now);
	void (*alive)(void *arg, const struct kpptp_serving *now);
	void (*shut_down)(void *arg);
	void (*ended)(void *arg, int err);
	void *arg;
};

/** kpptp_priv_new() - without a worker yet. Return: NULL without memory. */
struct kpptp_priv *kpptp_priv_new(const struct kpptp_priv_setup *setup);

/** kpptp_priv_set_ppp() - before there is a worker; outlives it */
void kpptp_priv_set_ppp(struct kpptp_priv *priv, struct kpptp_ppp *ppp);

/** kpptp_priv_address() - an address hook for PPP (ppp_impl.h); @arg is the kpptp_priv */
void kpptp_priv_address(void *arg, void *link_arg, struct in_addr theirs,
			char *why, size_t size);

/** kpptp_priv_peer() - a peer hook for PPP (ppp_impl.h); @arg is the kpptp_priv */
void kpptp_priv_peer(void *arg, void *link_arg, const char *user,
		     struct kpptp_ppp_peer *out);

/** kpptp_priv_free() - PPP has been freed, the data path not yet */
void kpptp_priv_free(struct kpptp_priv *priv);

/**
 * kpptp_priv_attach() - a worker
 * @fd: socket to it; taken over
 *
 * It is told what to serve, and which clients to start.
 *
 * Return: 0 or a negative errno.
 */
int kpptp_priv_attach(struct kpptp_priv *priv, int fd);

/** kpptp_priv_detach() - it is gone: all that was its own ends */
void kpptp_priv_detach(struct kpptp_priv *priv);

/**
 * kpptp_priv_conf() - from now on use this configuration
 * @conf: outlives it, or until the next call
 *
 * What exists keeps what it began with. Clients that are no longer there end;
 * changed ones use their new settings when they next call. The worker answers by
 * ready().
 *
 * Return: 0, or -ENOMEM, and then nothing has changed.
 */
int kpptp_priv_conf(struct kpptp_priv *priv, const struct kpptp_conf *conf);

/** kpptp_priv_listens() - the addresses that are listened on now, for status */
void kpptp_priv_listens(struct kpptp_priv *priv,
			const struct sockaddr_in *addr, unsigned int n);

/** kpptp_priv_is_behind() - has the worker not taken all that it was sent? */
bool kpptp_priv_is_behind(const struct kpptp_priv *priv);

/**
 * kpptp_priv_accept() - somebody has connected
 * @fd: taken over in any case
 *
 * Return: NULL, or a sentence that says why it is closed at once.
 */
const char *kpptp_priv_accept(struct kpptp_priv *priv, int fd,
			      const struct sockaddr_in *peer);

/**
 * kpptp_priv_connect() - a request of the control socket to place a call
 * @settings: of a section, by its name, or for one call only; copied
 * @is_section: which of the two
 * @wait: answer once it is up
 * @fd: the one who asks, taken over
 *
 * Return: 0 or a negative errno.
 */
int kpptp_priv_connect(struct kpptp_priv *priv,
		       const struct kpptp_client_settings *settings,
		       bool is_section, bool wait, int fd);

/**
 * kpptp_priv_control() - another request of the control socket
 * @line: without its end
 * @fd: the one who asks, taken over
 *
 * Return: 0 or a negative errno, -E2BIG for a line that is too long.
 */
int kpptp_priv_control(struct kpptp_priv *priv, const char *line, int fd);

/**
 * kpptp_priv_ping() - have the worker answer, unless it owes us one
 *
 * Return: for how long it has owed that, milliseconds.
 */
int64_t kpptp_priv_ping(struct kpptp_priv *priv);

/** kpptp_priv_shutdown() - ask the worker for an orderly end of every call */
void kpptp_priv_shutdown(struct kpptp_priv *priv);

#endif
