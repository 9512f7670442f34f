/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctl.h - the control socket, spoken by kpptp(8)
 *
 * One JSON object per line in each direction. A request is {"cmd":"...", ...},
 * its answer {"ok":true, ...} or {"ok":false,"error":"..."}; connect with
 * "wait" and monitor send {"event":...} lines as well.
 */
#ifndef KPPTPD_CTL_H
#define KPPTPD_CTL_H

#include <stdint.h>
#include <sys/types.h>

#include "conf.h"
#include "core.h"

struct event_base;
struct kpptp_ctl;

/**
 * struct kpptp_ctl_setup - what the control socket works with
 * @base: event loop
 * @core: the protocol; outlives the control socket
 * @conf: asked for the configuration as it is now
 * @reload: asked to read it anew; kpptp_ctl_reloaded() answers, now or later
 * @arg: for both
 * @data_plane: "kernel" or "null"
 * @pid: process to signal, for status
 * @fd: listening socket, which it closes in the end, or -1
 */
struct kpptp_ctl_setup {
	struct event_base *base;
	struct kpptp_core *core;
	const struct kpptp_conf *(*conf)(void *arg);
	void (*reload)(void *arg, uint32_t id);
	void *arg;
	const char *data_plane;
	pid_t pid;
	int fd;
};

/** kpptp_ctl_new() - serve. Return: the control socket, or NULL without memory. */
struct kpptp_ctl *kpptp_ctl_new(const struct kpptp_ctl_setup *setup);

/** kpptp_ctl_free() - drop every client. NULL is fine. */
void kpptp_ctl_free(struct kpptp_ctl *ctl);

/**
 * kpptp_ctl_reloaded() - what became of a request to reload
 * @id: its number, or 0 when it did not come from here
 * @why: it was refused, and why; NULL when it was not
 */
void kpptp_ctl_reloaded(struct kpptp_ctl *ctl, uint32_t id, const char *why);

/**
 * kpptp_ctl_adopt() - serve a stream socket that is connected already
 * @fd: belongs to the control socket when it succeeds
 *
 * Return: 0 or -ENOMEM.
 */
int kpptp_ctl_adopt(struct kpptp_ctl *ctl, int fd);

#endif
