/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The implementations of ppp.h, for main.c and priv.c. */
#ifndef KPPTPD_PPP_IMPL_H
#define KPPTPD_PPP_IMPL_H

#include "ppp.h"

struct event_base;
struct kpptp_conf_global;
struct kpptp_peer_settings;
struct kpptp_priv_worker;

/**
 * struct kpptp_pppd_setup - what pppd(8) is run with
 * @base: event loop
 * @global: programs; copied
 * @peer: settings for who has proved to be @user, or NULL
 * @link: the link of the client section @name is up, or down, on this interface
 * @arg: for both
 */
struct kpptp_pppd_setup {
	struct event_base *base;
	const struct kpptp_conf_global *global;
	const struct kpptp_peer_settings *(*peer)(void *arg, const char *user);
	void (*link)(void *arg, const char *name, const char *ifname, bool up);
	void *arg;
};

/**
 * kpptp_ppp_pppd_new() - one pppd(8) for each call
 * @setup: see there
 * @ppp: result
 *
 * Adds and removes the routes of each link, and has its name servers used.
 * free() kills what still runs and waits for it, five seconds at the most.
 *
 * Return: 0 or a negative errno.
 */
int kpptp_ppp_pppd_new(const struct kpptp_pppd_setup *setup,
		       struct kpptp_ppp **ppp);

/**
 * kpptp_ppp_null_new() - links that come up at once and carry nothing
 * @base: event loop
 * @ppp: result
 *
 * Interfaces are called null0, null1, ...
 *
 * Return: 0 or -ENOMEM.
 */
int kpptp_ppp_null_new(struct event_base *base, struct kpptp_ppp **ppp);

/**
 * kpptp_ppp_priv_new() - ask the monitor
 * @worker: our end; outlives the ppp
 * @ppp: result
 *
 * Return: 0 or -ENOMEM.
 */
int kpptp_ppp_priv_new(struct kpptp_priv_worker *worker,
		       struct kpptp_ppp **ppp);

#endif
