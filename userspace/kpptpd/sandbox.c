// SPDX-License-Identifier: GPL-2.0-or-later
/* sandbox.c - giving up what the worker does not need, see sandbox.h */
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

int kpptp_sandbox_account(const char *name, struct kpptp_account *account)
{
	struct passwd *pw;

	if (geteuid()) {
		*account = (struct kpptp_account){ geteuid(), getegid(), true };
		return 0;
	}
	pw = getpwnam(*name ? name : KPPTP_SANDBOX_ACCOUNT);
	if (!pw)
		return -ENOENT;
	*account = (struct kpptp_account){ pw->pw_uid, pw->pw_gid, false };
	return 0;
}

/* ---------------------------------------------------------- who we are */

int kpptp_sandbox_drop(const struct kpptp_account *account)
{
	int err = 0;

	capng_clear(CAPNG_SELECT_ALL);
	if (account->is_self)
		err = capng_apply(CAPNG_SELECT_CAPS);
	else
		err = capng_change_id(account->uid, account->gid,
				      CAPNG_DROP_SUPP_GRP |
				      CAPNG_CLEAR_BOUNDING);
	if (err) {
		kpptp_log(KPPTP_LOG_ERROR,
			  "cannot become user %u, group %u (libcap-ng says %d)",
			  account->uid, account->gid, err);
		return -EPERM;
	}
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

/* ---------------------------------------------------------- files */

/* Once it is removed it is empty for ever: nothing can be made in it. */
static int empty_root(const char *dir)
{
	char path[PATH_MAX];
	int err = 0;

	snprintf(path, sizeof(path), "%s/root-XXXXXX", dir);
	if (!mkdtemp(path))
		return -errno;
	if (chdir(path))
		err = -errno;
	rmdir(path);
	if (!err && chroot("."))
		err = -errno;
	return err;
}

/* An ordinary user cannot chroot(). Without Landlock seccomp alone keeps files away. */
static int close_files(void)
{
	const struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE |
			LANDLOCK_ACCESS_FS_WRITE_FILE |
			LANDLOCK_ACCESS_FS_READ_FILE |
			LANDLOCK_ACCESS_FS_READ_DIR |
			LANDLOCK_ACCESS_FS_REMOVE_DIR |
			LANDLOCK_ACCESS_FS_REMOVE_FILE |
			LANDLOCK_ACCESS_FS_MAKE_CHAR |
			LANDLOCK_ACCESS_FS_MAKE_DIR |
			LANDLOCK_ACCESS_FS_MAKE_REG |
			LANDLOCK_ACCESS_FS_MAKE_SOCK |
			LANDLOCK_ACCESS_FS_MAKE_FIFO |
			LANDLOCK_ACCESS_FS_MAKE_BLOCK |
			LANDLOCK_ACCESS_FS_MAKE_SYM,
	};
	int fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	int err = 0;

	if (fd < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
	if (syscall(SYS_landlock_restrict_self, fd, 0))
		err = -errno;
	close(fd);
	return err;
}

static int set_limits(void)
{
	static const int none[] = { RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_CORE };
	const struct rlimit zero = { 0 };
	size_t i;

	for (i = 0; i < COUNT(none); i++)
		if (setrlimit(none[i], &zero))
			return -errno;
	return 0;
}

/* ---------------------------------------------------------- system calls */

/*
 * What libevent and the C library need to read and write on descriptors that are
 * there, and to wait for them.
 */
static const int allowed[] = {
	/* memory; mmap and mprotect are below */
	SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(mremap), SCMP_SYS(munmap),
	/* descriptors */
	SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(fstat64),
	SCMP_SYS(newfstatat), SCMP_SYS(read), SCMP_SYS(readv),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(sendto),
	SCMP_SYS(shutdown), SCMP_SYS(getsockopt),
	/* waiting */
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_wait),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(timerfd_settime),
	/* time */
	SCMP_SYS(clock_getres), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettimeofday), SCMP_SYS(nanosleep), SCMP_SYS(time),
	/* the process itself */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex),
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(getrandom),
	SCMP_SYS(gettid), SCMP_SYS(restart_syscall), SCMP_SYS(rseq),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(set_robust_list),
#if defined(__SANITIZE_ADDRESS__)
	/* what a sanitiser does to tell what it has found */
	SCMP_SYS(sigaltstack), SCMP_SYS(sched_yield), SCMP_SYS(readlink),
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(prctl), SCMP_SYS(clone), SCMP_SYS(wait4), SCMP_SYS(ptrace),
	SCMP_SYS(getdents64), SCMP_SYS(dup2), SCMP_SYS(pipe), SCMP_SYS(fork),
	SCMP_SYS(process_vm_readv), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(prlimit64), SCMP_SYS(lseek),
#endif
};

static int allow(scmp_filter_ctx ctx, int nr)
{
	/* Not every architecture has every one of them. */
	return nr < 0 ? 0 : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
}

/* Nothing can be run that was not there before. */
static int allow_memory(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp data =
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, data);

	return err ? err : seccomp_rule_add(ctx, SCMP_ACT_ALLOW,
					    SCMP_SYS(mprotect), 1, data);
}

static int allow_requests(scmp_filter_ctx ctx)
{
	static const unsigned long ioctls[] = { FIONBIO, FIONREAD };
	static const int fcntls[] = { F_GETFD, F_SETFD, F_GETFL, F_SETFL };
	static const int options[][2] = {
		{ SOL_SOCKET, SO_LINGER }, { IPPROTO_TCP, TCP_NODELAY },
	};
	size_t i;
	int err = 0;

	for (i = 0; !err && i < COUNT(ioctls); i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				       SCMP_A1(SCMP_CMP_EQ, ioctls[i]));
	for (i = 0; !err && i < COUNT(fcntls); i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				       SCMP_A1(SCMP_CMP_EQ, fcntls[i]));
	for (i = 0; !err && i < COUNT(options); i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW,
				       SCMP_SYS(setsockopt), 2,
				       SCMP_A1(SCMP_CMP_EQ, options[i][0]),
				       SCMP_A2(SCMP_CMP_EQ, options[i][1]));
	/* abort() */
	if (!err)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 2,
				       SCMP_A0(SCMP_CMP_EQ, getpid()),
				       SCMP_A2(SCMP_CMP_EQ, SIGABRT));
	return err;
}

static int enter_filter(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	size_t i;
	int err = 0;

	if (!ctx)
		return -ENOMEM;
	for (i = 0; !err && i < COUNT(allowed); i++)
		err = allow(ctx, allowed[i]);
	if (!err)
		err = allow_memory(ctx);
	if (!err)
		err = allow_requests(ctx);
	if (!err)
		err = seccomp_load(ctx);
	seccomp_release(ctx);
	return err;
}

int kpptp_sandbox_enter(const struct kpptp_account *account, const char *dir)
{
	const char *what = "make an empty root directory";
	int err = account->is_self ? 0 : empty_root(dir);

	if (!err) {
		what = "give privileges up";
		err = kpptp_sandbox_drop(account);
	}
	if (!err && account->is_self) {
		what = "close all files by Landlock";
		err = close_files();
	}
	if (!err) {
		what = "set limits";
		err = set_limits();
	}
	if (!err) {
		what = "restrict the system calls";
		err = enter_filter();
	}
	if (err)
		kpptp_log(KPPTP_LOG_ERROR, "cannot %s: %s", what,
			  strerror(-err));
	return err;
}
