/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctl.h - the control socket, spoken by kpptp(8), where it is the worker's
 *
 * One JSON object per line in each direction. A request is {"cmd":"...", ...},
 * its answer {"ok":true, ...} or {"ok":false,"error":"..."}; connect with
 * "wait" and monitor send {"event":...} lines as well.
 *
 * The monitor reads the first line, of which the passwords and settings of connect
 * stay with it, and answers reload itself (control.c).
 */
#ifndef KPPTPD_CTL_H
#define KPPTPD_CTL_H

#include <stdint.h>
#include <sys/types.h>

#include "core.h"
#include "priv_msg.h"

struct event_base;
struct kpptp_ctl;

/**
 * struct kpptp_ctl_setup - what the control socket works with
 * @base: event loop
 * @core: the protocol; outlives the control socket
 * @pid: process to signal, for status
 */
struct kpptp_ctl_setup {
	struct event_base *base;
	struct kpptp_core *core;
	pid_t pid;
};

/** kpptp_ctl_new() - serve. Return: the control socket, or NULL without memory. */
struct kpptp_ctl *kpptp_ctl_new(const struct kpptp_ctl_setup *setup);

/** kpptp_ctl_free() - drop every client. NULL is fine. */
void kpptp_ctl_free(struct kpptp_ctl *ctl);

/** kpptp_ctl_section() - there is this section, for lists; also when it has changed */
void kpptp_ctl_section(struct kpptp_ctl *ctl,
		       const struct kpptp_proto_client *section);

/** kpptp_ctl_no_section() - it has been removed */
void kpptp_ctl_no_section(struct kpptp_ctl *ctl, uint32_t id);

/**
 * kpptp_ctl_take() - somebody whose first request the monitor has read
 * @request: what the monitor leaves to us of it
 * @fd: stream socket, which is closed on an error
 *
 * Return: 0 or -ENOMEM.
 */
int kpptp_ctl_take(struct kpptp_ctl *ctl,
		   const struct kpptp_priv_control *request, int fd);

#endif
