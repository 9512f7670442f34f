/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up what the worker does not need. */
#ifndef KPPTPD_SANDBOX_H
#define KPPTPD_SANDBOX_H

#include <sys/types.h>

/* The account when the configuration names none; packages make it. */
#define KPPTP_SANDBOX_ACCOUNT	"_kpptp"

/* An account, as numbers. */
struct kpptp_account {
	uid_t uid;
	gid_t gid;
};

/**
 * kpptp_sandbox_account() - find the account of the worker
 * @name: its name, or "" for KPPTP_SANDBOX_ACCOUNT. Never nobody by itself: who
 *	else is nobody could then trace the worker
 * @account: result
 *
 * Return: 0, or -ENOENT when there is no such account.
 */
int kpptp_sandbox_account(const char *name, struct kpptp_account *account);

/**
 * kpptp_sandbox_enter() - become that account for good
 * @account: account
 *
 * All capabilities and supplementary groups go, no program that is run can
 * bring any back, and only the system calls of a network daemon are left. Others
 * fail with EPERM.
 *
 * Return: 0 or a negative errno; the log says what failed, and the process must
 * not go on.
 */
int kpptp_sandbox_enter(const struct kpptp_account *account);

#endif
