/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine.h - everything that runs in the worker, or in the only process when
 * privileges are not separated: protocol, address pool, control socket, clients
 */
#ifndef KPPTPD_ENGINE_H
#define KPPTPD_ENGINE_H

#include <stdint.h>
#include <sys/types.h>

#include "conf.h"
#include "notify.h"

struct event_base;
struct kpptp_dataplane;
struct kpptp_demand;
struct kpptp_ppp;
struct kpptp_engine;

/**
 * struct kpptp_engine_setup - what it works with
 * @base: event loop
 * @dp: data path; outlives the engine
 * @ppp: PPP; outlives the engine
 * @demand: waits for traffic, or NULL; outlives the engine
 * @conf: its contents move to the engine, leaving an empty one, on success
 * @ctl_fd: listening control socket; the engine closes it
 * @pid: process to signal, for status
 * @reload: read the configuration anew; ends in kpptp_engine_reload() or
 *	kpptp_engine_keep() with this @id, now or later
 * @arg: for @reload
 */
struct kpptp_engine_setup {
	struct event_base *base;
	struct kpptp_dataplane *dp;
	struct kpptp_ppp *ppp;
	struct kpptp_demand *demand;
	struct kpptp_conf *conf;
	int ctl_fd;
	pid_t pid;
	void (*reload)(void *arg, uint32_t id);
	void *arg;
};

/**
 * kpptp_engine_new() - listen, serve and start the clients
 * @setup: see there
 *
 * Return: the engine, or NULL; the log says why.
 */
struct kpptp_engine *kpptp_engine_new(const struct kpptp_engine_setup *setup);

/** kpptp_engine_conf() - the configuration in force */
const struct kpptp_conf *kpptp_engine_conf(const struct kpptp_engine *engine);

/** kpptp_engine_serving() - what it is doing */
void kpptp_engine_serving(const struct kpptp_engine *engine,
			  struct kpptp_serving *now);

/** kpptp_engine_free() - drop whatever is left. NULL is fine. */
void kpptp_engine_free(struct kpptp_engine *engine);

/**
 * kpptp_engine_reload() - use another configuration for what begins from now on
 * @id: of the request for it, 0 for none
 * @conf: its contents move to the engine
 *
 * Of [global] only log-level changes. A client that is new and has autostart is
 * started; one that runs goes on as it is.
 */
void kpptp_engine_reload(struct kpptp_engine *engine, uint32_t id,
			 struct kpptp_conf *conf);

/** kpptp_engine_keep() - request @id leaves the configuration as it was, and why */
void kpptp_engine_keep(struct kpptp_engine *engine, uint32_t id,
		       const char *why);

/**
 * kpptp_engine_shutdown() - end every call in order, a few seconds at the most
 * @done: called once, later
 * @arg: for @done
 *
 * Called again, it does nothing.
 */
void kpptp_engine_shutdown(struct kpptp_engine *engine,
			   void (*done)(void *arg), void *arg);

#endif
