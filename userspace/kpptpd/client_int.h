/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the registry needs of client.c. */
#ifndef KPPTPD_CLIENT_INT_H
#define KPPTPD_CLIENT_INT_H

#include "client.h"
#include "core_int.h"

/** kpptp_client_stop_all() - end every client and its call, for the reason @why */
void kpptp_client_stop_all(struct kpptp_core *core, const char *why);

/** kpptp_client_forget() - drop completions given with @arg */
void kpptp_client_forget(struct kpptp_core *core, const void *arg);

/** kpptp_client_reap() - free those that have ended, or @all */
void kpptp_client_reap(struct kpptp_core *core, bool all);

#endif
