/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spawn.h - the only way in which the daemon starts a program
 *
 * A child of fork() has the handlers of its parent until it calls exec, and
 * libevent's write into a socket that both have: a signal to the child would be
 * taken for one to the daemon. Therefore no signal reaches the child before it
 * handles all of them as a new program does.
 */
#ifndef KPPTPD_SPAWN_H
#define KPPTPD_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct kpptp_spawn - a program to run
 * @argv: its path and arguments, ends with NULL
 * @envp: its whole environment, ends with NULL
 * @fd: @n_fds descriptors that it gets as 0, 1, 2, ...; a negative one stands
 *	for /dev/null. It gets no others.
 * @n_fds: 3 to %KPPTP_SPAWN_FDS
 * @is_orphan: nobody waits for it, and it outlives us; otherwise it is in a
 *	session of its own and gets SIGTERM when the calling thread ends
 * @keeps_nice: it has the nice value of the daemon; otherwise 0 where the daemon's
 *	is lower
 */
#define KPPTP_SPAWN_FDS	4

struct kpptp_spawn {
	char *const *argv;
	char *const *envp;
	int fd[KPPTP_SPAWN_FDS];
	int n_fds;
	bool is_orphan;
	bool keeps_nice;
};

/**
 * kpptp_spawn - starts a program
 *
 * When it cannot be run, the child says so on its standard error and ends with
 * status 127.
 *
 * Return: its process ID, which the caller waits for, or 0 if it is an orphan;
 * otherwise a negative errno.
 */
pid_t kpptp_spawn(const struct kpptp_spawn *what);

#endif
