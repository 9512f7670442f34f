/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * priv.h - the daemon as two processes
 *
 * The monitor is root, owns the netlink socket and starts pppd; it reads
 * nothing but its configuration and the worker's requests. The worker has no
 * rights at all and talks to the net. A worker that asks for something it may
 * not is broken or somebody else's, and the whole daemon ends.
 *
 * What the monitor allows: calls between any two addresses of hosts; changing,
 * deleting and starting PPP on those calls only that were made for this worker;
 * addresses of the pool only for the peers of server calls; waiting for traffic
 * for client sections that say so; and the routes of peers, pppd's program,
 * plugin and free options, and how a peer must prove itself, come from its own
 * configuration.
 */
#ifndef KPPTPD_PRIV_H
#define KPPTPD_PRIV_H

#include "conf.h"
#include "dataplane.h"
#include "demand.h"
#include "ppp.h"
#include "priv_msg.h"

struct event_base;
struct kpptp_priv_monitor;
struct kpptp_priv_worker;

/* ------------------------------------------------------------- monitor */

/**
 * struct kpptp_priv_monitor_setup - what the monitor works with
 * @base: event loop
 * @fd: socket to the worker; belongs to the monitor when it succeeds
 * @dp: data path; outlives the monitor
 * @ppp: PPP; its links must have ended, or the ppp be freed, before the monitor
 * @demand: waits for traffic; freed before the monitor; may be NULL
 * @conf: configuration; outlives the monitor
 * @ready: the worker listens and serves, also after each kpptp_priv_monitor_conf()
 * @alive: the worker has answered kpptp_priv_monitor_ping()
 * @reload: a user of the control socket wants the configuration read anew; answer
 *	with this @id by kpptp_priv_monitor_conf() or kpptp_priv_monitor_refuse()
 * @ended: the worker is gone (@err 0) or must go for a request that was refused
 *	(@err -EPERM)
 * @arg: for all
 */
struct kpptp_priv_monitor_setup {
	struct event_base *base;
	int fd;
	struct kpptp_dataplane *dp;
	struct kpptp_ppp *ppp;
	struct kpptp_demand *demand;
	const struct kpptp_conf *conf;
	void (*ready)(void *arg, const struct kpptp_serving *now);
	void (*alive)(void *arg, const struct kpptp_serving *now);
	void (*reload)(void *arg, uint32_t id);
	void (*ended)(void *arg, int err);
	void *arg;
};

/** kpptp_priv_monitor_new() - Return: the monitor, or NULL without memory. */
struct kpptp_priv_monitor *
kpptp_priv_monitor_new(const struct kpptp_priv_monitor_setup *setup);

/** kpptp_priv_monitor_free() - forgets its calls; ending them is up to the data path */
void kpptp_priv_monitor_free(struct kpptp_priv_monitor *monitor);

/**
 * kpptp_priv_monitor_conf() - from now on use this configuration
 * @id: of the worker's request, or 0
 * @conf: outlives the monitor
 * @fd: the same for the worker, of kpptp_conf_source_to_fd(); stays open
 *
 * Return: 0 or a negative errno of telling the worker.
 */
int kpptp_priv_monitor_conf(struct kpptp_priv_monitor *monitor, uint32_t id,
			    const struct kpptp_conf *conf, int fd);

/** kpptp_priv_monitor_refuse() - the worker's request @id changed nothing */
void kpptp_priv_monitor_refuse(struct kpptp_priv_monitor *monitor, uint32_t id,
			       const char *why);

/** kpptp_priv_monitor_ping() - have the worker answer, unless it owes us one */
void kpptp_priv_monitor_ping(struct kpptp_priv_monitor *monitor);

/** kpptp_priv_monitor_shutdown() - ask the worker for an orderly end */
void kpptp_priv_monitor_shutdown(struct kpptp_priv_monitor *monitor);

/* -------------------------------------------------------------- worker */

/**
 * struct kpptp_priv_worker_hooks - what the monitor wants of the worker
 * @conf: a new configuration, for kpptp_conf_source_fd(); the hook closes @fd.
 *	@id is that of kpptp_priv_worker_reload(), or 0
 * @refused: there is none, and why
 * @serving: tell what it is doing
 * @shutdown: end in order
 * @lost: the monitor is gone
 * @arg: for all
 */
struct kpptp_priv_worker_hooks {
	void (*conf)(void *arg, uint32_t id, int fd);
	void (*refused)(void *arg, uint32_t id, const char *why);
	void (*serving)(void *arg, struct kpptp_serving *now);
	void (*shutdown)(void *arg);
	void (*lost)(void *arg);
	void *arg;
};

/** kpptp_priv_worker_new() - @fd belongs to it on success. NULL: no memory. */
struct kpptp_priv_worker *
kpptp_priv_worker_new(struct event_base *base, int fd,
		      const struct kpptp_priv_worker_hooks *hooks);

/** kpptp_priv_worker_free() - NULL is fine */
void kpptp_priv_worker_free(struct kpptp_priv_worker *worker);

/** kpptp_priv_worker_ready() - tell the monitor that we listen and serve */
void kpptp_priv_worker_ready(struct kpptp_priv_worker *worker);

/** kpptp_priv_worker_reload() - ask for the configuration to be read anew */
void kpptp_priv_worker_reload(struct kpptp_priv_worker *worker, uint32_t id);

/** kpptp_priv_worker_send() - for the proxies. Return: 0 or a negative errno. */
int kpptp_priv_worker_send(struct kpptp_priv_worker *worker,
			   const struct kpptp_priv_msg *msg);

/** kpptp_priv_worker_on_done() - for dataplane_priv.c: who gets DONE */
void kpptp_priv_worker_on_done(struct kpptp_priv_worker *worker,
			       void (*fn)(void *arg, uint32_t id,
					  const struct kpptp_priv_done *done),
			       void *arg);

/** kpptp_priv_worker_on_event() - for ppp_priv.c: who gets PPP_EVENT and PPP_NET */
void kpptp_priv_worker_on_event(struct kpptp_priv_worker *worker,
				void (*fn)(void *arg, uint32_t id,
					   const struct kpptp_priv_ppp_event *ev),
				void (*net)(void *arg, uint32_t id,
					    const struct kpptp_ppp_net *net),
				void *arg);

/** kpptp_priv_worker_on_traffic() - for demand_priv.c: who gets TRAFFIC */
void kpptp_priv_worker_on_traffic(struct kpptp_priv_worker *worker,
				  void (*fn)(void *arg, uint32_t id),
				  void *arg);

#endif
