/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control.h - the monitor's side of the control socket
 *
 * It reads the first request of whoever connects. connect is understood here, as it
 * brings passwords and says what PPP and the data path are to do; reload is done
 * here. Everything else goes to the worker, and the connection with it (ctl.h).
 */
#ifndef KPPTPD_CONTROL_H
#define KPPTPD_CONTROL_H

#include "ctl_request.h"

struct event_base;
struct json_object;
struct kpptp_control;

/**
 * struct kpptp_control_setup - who does what is asked for
 * @base: event loop
 * @fd: listening socket, which it closes in the end; -1 for none (tests)
 * @conf: the configuration as it is now
 * @connect: place a call; @fd, the one who asks, is taken over. Returns 0 or a
 *	negative errno
 * @pass: have the worker answer; the same
 * @reload: read the configuration anew; kpptp_control_reloaded() answers
 * @arg: for all
 */
struct kpptp_control_setup {
	struct event_base *base;
	int fd;
	const struct kpptp_conf *(*conf)(void *arg);
	int (*connect)(void *arg, const struct kpptp_ctl_connect *what, int fd);
	int (*pass)(void *arg, const char *line, int fd);
	void (*reload)(void *arg);
	void *arg;
};

/** kpptp_control_new() - serve. Return: NULL without memory. */
struct kpptp_control *kpptp_control_new(const struct kpptp_control_setup *setup);

/** kpptp_control_free() - drop everybody. NULL is fine. */
void kpptp_control_free(struct kpptp_control *control);

/**
 * kpptp_control_reloaded() - answer those who wait for the end of a reload
 * @why: why it was refused, NULL if it was not
 * @changed: else an array of what has changed, one text each; stays the caller's
 */
void kpptp_control_reloaded(struct kpptp_control *control, const char *why,
			    struct json_object *changed);

/** kpptp_control_adopt() - serve a stream socket. Return: 0 or -ENOMEM, and @fd stays open. */
int kpptp_control_adopt(struct kpptp_control *control, int fd);

#endif
