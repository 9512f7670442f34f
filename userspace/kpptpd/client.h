/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls we place: name resolution, the control connection, the call, and
 * again after a while if so asked.
 */
#ifndef KPPTPD_CLIENT_H
#define KPPTPD_CLIENT_H

#include "core.h"

/**
 * typedef kpptp_client_done_fn - how the first attempt came out
 * @arg: as given to kpptp_client_connect()
 * @err: 0: the call is up; -ETIMEDOUT: not in time; other negative errno
 * @call: the call when @err is 0
 * @why: a sentence when @err is not 0
 */
typedef void (*kpptp_client_done_fn)(void *arg, int err,
				     const struct kpptp_call_info *call,
				     const char *why);

/**
 * kpptp_client_connect() - place a call as PNS
 * @settings: copied
 * @done: called once, later, or NULL
 * @arg: for @done; see kpptp_core_forget()
 * @id: the client's number, for events; may be NULL
 *
 * A client without @settings.persist ends with its call. One with it goes on
 * until kpptp_core_disconnect(), kpptp_client_stop() or shutdown. Progress is
 * seen in the events that carry its number.
 *
 * Return: 0 or a negative errno: -EEXIST a client of this name runs (a name
 * that is not empty is used once), -ESHUTDOWN, -EINVAL, -ENOMEM.
 */
int kpptp_client_connect(struct kpptp_core *core,
			 const struct kpptp_client_settings *settings,
			 kpptp_client_done_fn done, void *arg,
			 unsigned int *id);

/**
 * kpptp_client_stop() - end a client and its call
 *
 * Return: 0 or -ENOENT.
 */
int kpptp_client_stop(struct kpptp_core *core, unsigned int id);

/**
 * kpptp_client_find() - number of the client with this name
 *
 * Return: its number, or 0.
 */
unsigned int kpptp_client_find(struct kpptp_core *core, const char *name);

#endif
