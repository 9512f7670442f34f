/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls we place: a control connection to ask for, the call, and again after a
 * while if so asked.
 */
#ifndef KPPTPD_CLIENT_H
#define KPPTPD_CLIENT_H

#include "core.h"

/**
 * typedef kpptp_client_done_fn - how the first attempt came out
 * @arg: as given to kpptp_client_start()
 * @err: 0: the call is up; -ETIMEDOUT: not in time; other negative errno
 * @call: the call when @err is 0
 * @why: a sentence when @err is not 0
 */
typedef void (*kpptp_client_done_fn)(void *arg, int err,
				     const struct kpptp_call_info *call,
				     const char *why);

/**
 * kpptp_client_start() - place a call as PNS
 * @settings: copied
 * @await: not before there is traffic for it; @settings.demand is set
 * @done: called once, later, or NULL
 * @arg: for @done; see kpptp_core_forget()
 *
 * A client without @settings.persist or demand ends with its call. One with it
 * goes on until kpptp_core_disconnect(), kpptp_client_stop() or shutdown. Progress
 * is seen in the events that carry its number. One that waits for traffic, started
 * again, places its call at once.
 *
 * Return: 0 or a negative errno: -EEXIST a client of this number or name runs (a
 * name that is not empty is used once), -ESHUTDOWN, -EINVAL, -ENOMEM. The monitor is
 * told then that there is no client of this number, unless there is.
 */
int kpptp_client_start(struct kpptp_core *core,
		       const struct kpptp_proto_client *settings, bool await,
		       kpptp_client_done_fn done, void *arg);

/**
 * kpptp_client_set() - other settings for a client, from its next call on
 * @settings: copied; of a number that does not run nothing comes
 */
void kpptp_client_set(struct kpptp_core *core,
		      const struct kpptp_proto_client *settings);

/**
 * kpptp_client_connected() - the monitor has a connection for a client, or none
 * @id: of the client; the connection of one that has ended is closed
 * @err: 0 or a negative errno
 * @conn: when @err is 0
 * @why: when @err is not 0, a sentence
 */
void kpptp_client_connected(struct kpptp_core *core, uint32_t id, int err,
			    const struct kpptp_host_conn *conn,
			    const char *why);

/** kpptp_client_cannot_wait() - nor is there anything to wait with, for @why */
void kpptp_client_cannot_wait(struct kpptp_core *core, uint32_t id,
			      const char *why);

/** kpptp_client_traffic() - there is traffic for a client that waits for it */
void kpptp_client_traffic(struct kpptp_core *core, uint32_t id);

/**
 * kpptp_client_hold() - the other end's call is in use instead, or no more
 * @id: of the client; one that does not run is ignored
 * @held: its call, if it is up, is ended, and none is placed until it is not
 *	held any more. One that is under way goes on: the other end's may fail.
 */
void kpptp_client_hold(struct kpptp_core *core, uint32_t id, bool held);

/**
 * struct kpptp_client_info - one client, described; valid during the callback
 * @state: static
 * @call: number of its call, 0 for none
 * @next_ms: until it tries again, -1 when it does not wait for that
 * @why: how its last call or attempt ended, "" for not yet
 */
struct kpptp_client_info {
	unsigned int id;
	const char *name;
	const char *host;
	const char *user;
	const char *state;
	unsigned int call;
	int64_t next_ms;
	const char *why;
};

/**
 * kpptp_client_each() - describe every client, oldest first
 * @fn: returns false to stop
 */
void kpptp_client_each(struct kpptp_core *core,
		       bool (*fn)(void *arg, const struct kpptp_client_info *),
		       void *arg);

/**
 * kpptp_client_stop() - end a client and its call
 * @why: a sentence
 *
 * Return: 0 or -ENOENT.
 */
int kpptp_client_stop(struct kpptp_core *core, uint32_t id, const char *why);

/**
 * kpptp_client_find() - number of the client with this name
 *
 * Return: its number, or 0.
 */
unsigned int kpptp_client_find(struct kpptp_core *core, const char *name);

#endif
