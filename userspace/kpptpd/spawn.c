// SPDX-License-Identifier: GPL-2.0-or-later
/* spawn.c - starts programs, see spawn.h */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawn.h"

/* In the child, with every signal blocked until the end. */
static void reset_signals(void)
{
	static const struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		sigaction(sig, &action, NULL);	/* not for KILL, STOP and libc's */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The copies are above all targets first, as a target may be another's source. */
static int arrange_fds(const struct kpptp_spawn *what)
{
	int i, null_fd = open("/dev/null", O_RDWR | O_CLOEXEC), high[KPPTP_SPAWN_FDS];

	for (i = 0; i < what->n_fds; i++) {
		high[i] = fcntl(what->fd[i] < 0 ? null_fd : what->fd[i],
				F_DUPFD_CLOEXEC, KPPTP_SPAWN_FDS);
		if (high[i] < 0)
			return -errno;
	}
	for (i = 0; i < what->n_fds; i++)
		if (dup2(high[i], i) < 0)
			return -errno;
	return syscall(SYS_close_range, what->n_fds, ~0U, 0) ? -errno : 0;
}

/* The daemon may go before others (Nice= of its unit); what it starts does not. */
static void be_ordinary(void)
{
	errno = 0;
	if (getpriority(PRIO_PROCESS, 0) < 0 && !errno)
		setpriority(PRIO_PROCESS, 0, 0);
}

static void end_with(pid_t parent)
{
	setsid();	/* a Ctrl-C is for the daemon */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
}

static void child(const struct kpptp_spawn *what, pid_t parent)
{
	int err;

	if (!what->is_orphan)
		end_with(parent);
	if (!what->keeps_nice)
		be_ordinary();
	err = arrange_fds(what);
	reset_signals();
	if (!err) {
		execve(what->argv[0], what->argv, what->envp);
		err = -errno;
	}
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", what->argv[0],
		strerror(-err));
	_exit(127);
}

/* Is nobody's child once its parent, which exists for that alone, has ended. */
static pid_t fork_orphan(const struct kpptp_spawn *what)
{
	pid_t pid = fork();

	if (!pid) {
		pid = fork();
		if (!pid)
			child(what, 0);
		_exit(pid < 0 ? errno : 0);
	}
	return pid;
}

static pid_t wait_between(pid_t between)
{
	int status = 0;

	if (waitpid(between, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

pid_t kpptp_spawn(const struct kpptp_spawn *what)
{
	sigset_t all, before;
	pid_t pid, parent = getpid();

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = what->is_orphan ? fork_orphan(what) : fork();
	if (!pid)
		child(what, parent);
	if (pid < 0)
		pid = -errno;
	else if (what->is_orphan)
		pid = wait_between(pid);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}
