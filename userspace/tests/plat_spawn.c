// SPDX-License-Identifier: GPL-2.0-or-later
/* How programs are started: what they inherit, and what they can do to us. */
#include "plat_test.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kpptpd/spawn.h"

#define CANCELLED	1000

static char *const no_env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

static bool keeps_nice;

static pid_t run(char *const *argv, int out)
{
	const struct kpptp_spawn spawn = {
		.argv = argv, .envp = no_env, .n_fds = 4,
		.fd = { -1, out, out, out }, .keeps_nice = keeps_nice,
	};

	return kpptp_spawn(&spawn);
}

static int ended(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* What a program prints, and its status. */
static int output(char *const *argv, char *said, size_t size)
{
	size_t len = 0;
	ssize_t n;
	int fd[2], status;
	pid_t pid;

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	pid = run(argv, fd[1]);
	close(fd[1]);
	assert_true(pid > 0);
	while ((n = read(fd[0], said + len, size - 1 - len)) > 0)
		len += n;
	said[len] = '\0';
	close(fd[0]);
	status = ended(pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	++*(int *)arg;
}

/* A call that ends as soon as it is granted ends its pppd before that has begun. */
static void signals_to_a_child_are_not_ours(void **state)
{
	char *argv[] = { "/bin/sleep", "60", NULL };
	struct event_base *base = event_base_new();
	int i, taken = 0;
	struct event *ev = evsignal_new(base, SIGTERM, on_signal, &taken);
	pid_t pid;

	(void)state;
	event_add(ev, NULL);
	for (i = 0; i < CANCELLED; i++) {
		pid = run(argv, STDERR_FILENO);
		assert_true(pid > 0);
		kill(pid, SIGTERM);
		assert_int_equal(ended(pid), SIGTERM);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(taken, 0);
	event_free(ev);
	event_base_free(base);
}

/* One set of signals, as /proc shows it; but for two that are the C library's. */
static unsigned long long signals(const char *status, const char *name)
{
	const unsigned long long libc = 3ULL << (32 - 1);
	const char *line = strstr(status, name);

	assert_non_null(line);
	return strtoull(line + strlen(name), NULL, 16) & ~libc;
}

/* Nothing is ignored or blocked in it. */
static void signals_are_as_new(void **state)
{
	char *argv[] = { "/bin/cat", "/proc/self/status", NULL };
	sigset_t some, before;
	char said[8192];

	(void)state;
	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_BLOCK, &some, &before);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(output(argv, said, sizeof(said)), 0);
	assert_int_equal(signals(said, "SigBlk:"), 0);
	assert_int_equal(signals(said, "SigIgn:"), 0);
	sigprocmask(SIG_SETMASK, NULL, &some);
	assert_int_equal(sigismember(&some, SIGUSR1), 1);
	assert_int_equal(sigismember(&some, SIGTERM), 0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
}

static void only_its_descriptors(void **state)
{
	char said[512], text[128], *argv[] = { "/bin/sh", "-c", text, NULL };
	int secret = fcntl(STDERR_FILENO, F_DUPFD, 20);	/* stays open over exec */

	(void)state;
	assert_true(secret >= 20);
	snprintf(text, sizeof(text),
		 "cd /proc/$$/fd && [ -e 3 ] && [ ! -e %d ] && readlink 0",
		 secret);
	assert_int_equal(output(argv, said, sizeof(said)), 0);
	close(secret);
	assert_string_equal(said, "/dev/null\n");
}

/* A daemon that goes before others does so alone. */
static void priority_is_the_daemons_own(void **state)
{
	char said[16], *argv[] = { "/usr/bin/nice", NULL };

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(setpriority(PRIO_PROCESS, 0, -5), 0);
	assert_int_equal(output(argv, said, sizeof(said)), 0);
	assert_string_equal(said, "0\n");
	assert_int_equal(setpriority(PRIO_PROCESS, 0, 7), 0);
	assert_int_equal(output(argv, said, sizeof(said)), 0);
	assert_string_equal(said, "7\n");
	assert_int_equal(setpriority(PRIO_PROCESS, 0, -5), 0);
	keeps_nice = true;
	assert_int_equal(output(argv, said, sizeof(said)), 0);
	keeps_nice = false;
	assert_string_equal(said, "-5\n");
	assert_int_equal(setpriority(PRIO_PROCESS, 0, 0), 0);
}

/* Where a target is the source of another one: 1 becomes 2, and 2 becomes 1. */
static void descriptors_may_cross(void **state)
{
	char *argv[] = { "/bin/sh", "-c", "echo one; echo two >&2", NULL };
	const struct kpptp_spawn spawn = {
		.argv = argv, .envp = no_env, .n_fds = 3, .fd = { -1, 2, 1 },
	};
	int out = dup(1), err = dup(2), fd[2][2];
	char said[2][16] = { "", "" };
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fd[0], O_CLOEXEC) | pipe2(fd[1], O_CLOEXEC), 0);
	dup2(fd[0][1], 1);
	dup2(fd[1][1], 2);
	pid = kpptp_spawn(&spawn);
	dup2(out, 1);
	dup2(err, 2);
	assert_true(pid > 0);
	ended(pid);
	assert_true(read(fd[0][0], said[0], sizeof(said[0]) - 1) > 0);
	assert_true(read(fd[1][0], said[1], sizeof(said[1]) - 1) > 0);
	assert_string_equal(said[0], "two\n");
	assert_string_equal(said[1], "one\n");
	close(out);
	close(err);
}

static void what_cannot_be_run_says_so(void **state)
{
	char *argv[] = { "/nonexistent", NULL };
	char said[128];

	(void)state;
	assert_int_equal(output(argv, said, sizeof(said)), 127);
	assert_string_equal(said, "cannot run /nonexistent: No such file or directory\n");
}

static void an_orphan_is_nobodys(void **state)
{
	char *argv[] = { "/bin/sh", "-c", "echo done; sleep 0.1", NULL };
	int fd[2];
	struct kpptp_spawn spawn = {
		.argv = argv, .envp = no_env, .n_fds = 3, .is_orphan = true,
	};
	char said[16] = "";

	(void)state;
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	spawn.fd[0] = -1;
	spawn.fd[1] = spawn.fd[2] = fd[1];
	assert_int_equal(kpptp_spawn(&spawn), 0);
	close(fd[1]);
	assert_true(read(fd[0], said, sizeof(said) - 1) > 0);
	assert_string_equal(said, "done\n");
	close(fd[0]);
	assert_int_equal(waitpid(-1, NULL, 0), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_to_a_child_are_not_ours),
		cmocka_unit_test(signals_are_as_new),
		cmocka_unit_test(only_its_descriptors),
		cmocka_unit_test(priority_is_the_daemons_own),
		cmocka_unit_test(descriptors_may_cross),
		cmocka_unit_test(what_cannot_be_run_says_so),
		cmocka_unit_test(an_orphan_is_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
