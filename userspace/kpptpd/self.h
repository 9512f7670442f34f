/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other processes of this same program, each begun anew: nothing that the monitor
 * knows is in their memory, and their addresses are others.
 */
#ifndef KPPTPD_SELF_H
#define KPPTPD_SELF_H

#include <sys/types.h>

#include "sandbox.h"

/**
 * kpptp_self_account() - whom such processes are to become
 *
 * Told to them as numbers, as they might not find it any more.
 */
void kpptp_self_account(const struct kpptp_account *account);

/**
 * kpptp_self_run() - run this program as something else
 * @role: option that says as what
 * @arg: its argument, or NULL
 * @channel: descriptor it gets as 3, or -1 for none; stays the caller's
 * @output: result: what it writes to standard output and standard error, to be read
 *	without waiting
 *
 * Return: its process ID, which the caller waits for, or a negative errno.
 */
pid_t kpptp_self_run(const char *role, const char *arg, int channel,
		     int *output);

/** kpptp_self_read_account() - what kpptp_self_run() has told. Return: 0 or -EINVAL. */
int kpptp_self_read_account(struct kpptp_account *account);

#endif
