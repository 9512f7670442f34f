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
 * kpptp_self_setup() - what such processes are told
 * @account: to become; as numbers, as they might not find it any more
 * @run_dir: for what lives only while the daemon runs
 */
void kpptp_self_setup(const struct kpptp_account *account, const char *run_dir);

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

/**
 * kpptp_self_read() - what kpptp_self_run() has told
 *
 * Return: run_dir, or NULL when it was not kpptp_self_run().
 */
const char *kpptp_self_read(struct kpptp_account *account);

#endif
