/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up what a process that reads what strangers write does not need. */
#ifndef KPPTPD_SANDBOX_H
#define KPPTPD_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

/* The account when the configuration names none; packages make it. */
#define KPPTP_SANDBOX_ACCOUNT	"_kpptp"

/**
 * struct kpptp_account - an account, as numbers
 * @is_self: not root, so there is nobody to become: uid and gid are our own
 */
struct kpptp_account {
	uid_t uid;
	gid_t gid;
	bool is_self;
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
 * kpptp_sandbox_drop() - become that account for good, and never more
 *
 * All capabilities and supplementary groups go, and no program that is run can
 * bring any back.
 *
 * Return: 0 or a negative errno; the log says what failed, and the process must
 * not go on.
 */
int kpptp_sandbox_drop(const struct kpptp_account *account);

/**
 * kpptp_sandbox_enter() - keep what is open, and nothing else
 * @account: to become
 * @dir: where a directory can be made for a moment, to be the root
 *
 * The root directory is an empty one that nobody can write to (of an ordinary user:
 * Landlock closes all files, where the kernel has it). System calls are those of a
 * process that reads and writes on what it has: it opens, connects, binds, listens,
 * starts and signals nothing, and nothing that it writes can be run. Others fail with
 * EPERM. No limit can be raised, no file grow, no process be started.
 *
 * Return: as kpptp_sandbox_drop()
 */
int kpptp_sandbox_enter(const struct kpptp_account *account, const char *dir);

#endif
