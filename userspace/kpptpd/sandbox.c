// SPDX-License-Identifier: GPL-2.0-or-later
/* sandbox.c - giving up what the worker does not need */
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "log.h"
#include "sandbox.h"

int kpptp_sandbox_account(const char *name, struct kpptp_account *account)
{
	struct passwd *pw = getpwnam(*name ? name : KPPTP_SANDBOX_ACCOUNT);

	if (!pw)
		return -ENOENT;
	account->uid = pw->pw_uid;
	account->gid = pw->pw_gid;
	return 0;
}

/*
 * What libevent with its resolver and the C library need. open is apart because
 * only reading is allowed, socket because only some families are. Nothing here
 * starts a program or another thread.
 */
static const char *const allowed[] = {
	/* memory */
	"brk", "madvise", "mmap", "mprotect", "mremap", "munmap",
	/* descriptors that are open */
	"close", "close_range", "dup", "dup2", "dup3", "fcntl", "fcntl64",
	"fstat", "fstat64", "ioctl", "lseek", "_llseek", "pread64", "read",
	"readv", "write", "writev",
	/* files that may be looked at: resolv.conf, hosts, zoneinfo */
	"access", "faccessat", "faccessat2", "getcwd", "getdents64", "lstat",
	"newfstatat", "readlink", "readlinkat", "stat", "stat64", "statx",
	/* waiting */
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait",
	"epoll_pwait2", "epoll_wait", "eventfd2", "pipe", "pipe2", "poll",
	"ppoll", "pselect6", "select", "timerfd_create", "timerfd_settime",
	/* sockets */
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname",
	"getsockopt", "listen", "recvfrom", "recvmmsg", "recvmsg", "sendmmsg",
	"sendmsg", "sendto", "setsockopt", "shutdown", "socketpair",
	/* time */
	"clock_getres", "clock_gettime", "clock_gettime64", "clock_nanosleep",
	"gettimeofday", "nanosleep", "time",
	/* the process itself */
	"exit", "exit_group", "futex", "getegid", "geteuid",
	"getgid", "getpgrp", "getpid", "getppid", "getrandom", "gettid",
	"getuid", "prlimit64", "restart_syscall", "rseq", "rt_sigaction",
	"rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait",
	"sched_getaffinity", "sched_yield", "set_robust_list",
	"set_tid_address", "sigaltstack", "sysinfo", "tgkill", "uname",
};

static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };

static int allow(scmp_filter_ctx ctx, const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	/* Not every architecture has every one of them. */
	return nr == __NR_SCMP_ERROR ? 0 :
	       seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
}

static int fill_filter(scmp_filter_ctx ctx)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		err = allow(ctx, allowed[i]);
	for (i = 0; !err && i < sizeof(families) / sizeof(families[0]); i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				       SCMP_A0(SCMP_CMP_EQ, families[i]));
	if (!err)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
				       SCMP_A2(SCMP_CMP_MASKED_EQ,
					       O_ACCMODE | O_CREAT, O_RDONLY));
	if (!err)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
				       SCMP_A1(SCMP_CMP_MASKED_EQ,
					       O_ACCMODE | O_CREAT, O_RDONLY));
	return err;
}

static int enter_filter(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err;

	if (!ctx)
		return -ENOMEM;
	err = fill_filter(ctx);
	if (!err)
		err = seccomp_load(ctx);
	seccomp_release(ctx);
	return err;
}

int kpptp_sandbox_enter(const struct kpptp_account *account)
{
	int err;

	capng_clear(CAPNG_SELECT_ALL);
	err = capng_change_id(account->uid, account->gid,
			      CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	if (err) {
		kpptp_log(KPPTP_LOG_ERROR,
			  "cannot become user %u, group %u (libcap-ng says %d)",
			  account->uid, account->gid, err);
		return -EPERM;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	else
		err = enter_filter();
	if (err)
		kpptp_log(KPPTP_LOG_ERROR,
			  "cannot restrict the system calls: %s",
			  strerror(-err));
	return err;
}
