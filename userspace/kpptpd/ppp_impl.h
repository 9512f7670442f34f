/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The implementations of ppp.h, for main.c and priv.c. */
#ifndef KPPTPD_PPP_IMPL_H
#define KPPTPD_PPP_IMPL_H

#include "ppp.h"

struct event_base;
struct kpptp_priv_worker;

/**
 * kpptp_ppp_pppd_new() - one pppd(8) for each call
 * @base: event loop
 * @pppd: path of the program; copied
 * @plugin: path of its plugin kpptp.so; copied
 * @ppp: result
 *
 * free() kills what still runs and waits for it, five seconds at the most.
 *
 * Return: 0 or a negative errno.
 */
int kpptp_ppp_pppd_new(struct event_base *base, const char *pppd,
		       const char *plugin, struct kpptp_ppp **ppp);

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
