// SPDX-License-Identifier: GPL-2.0-or-later
/* What a process in the sandbox may do and may not, found out by trying. */
#include "plat_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kpptpd/sandbox.h"

/* Returns 0 when all is as it should be, else the number of what is not. */
typedef int try_fn(void);

/* In a process of its own, for there is no way back */
static void in_sandbox(try_fn *try)
{
	struct kpptp_account account;
	int status = 0;
	pid_t pid;

	if (geteuid())
		skip();
	assert_int_equal(kpptp_sandbox_account("nobody", &account), 0);
	pid = fork();
	if (!pid)
		_exit(kpptp_sandbox_enter(&account) ? 99 : try());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Whether /proc/self/status has this line */
static int has_status(const char *line)
{
	static char text[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[len > 0 ? len : 0] = '\0';
	return strstr(text, line) != NULL;
}

static int nothing_of_root(void)
{
	if (!getuid() || !geteuid() || !getgid() || !getegid())
		return 1;
	if (!has_status("\nCapEff:\t0000000000000000\n") ||
	    !has_status("\nCapPrm:\t0000000000000000\n") ||
	    !has_status("\nCapBnd:\t0000000000000000\n"))
		return 2;
	return has_status("\nGroups:\t \n") ? 0 : 3;
}

static void it_is_nobody(void **state)
{
	(void)state;
	in_sandbox(nothing_of_root);
}

static int no_program(void)
{
	char *argv[] = { "/bin/true", NULL };

	if (!has_status("\nNoNewPrivs:\t1\n") || !has_status("\nSeccomp:\t2\n"))
		return 1;
	execv(argv[0], argv);
	if (errno != EPERM)
		return 2;
	return fork() < 0 && errno == EPERM ? 0 : 3;
}

static void it_starts_no_program(void **state)
{
	(void)state;
	in_sandbox(no_program);
}

static int only_some_sockets(void)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_NETLINK };
	size_t i;

	for (i = 0; i < COUNT(families); i++)
		if (socket(families[i], SOCK_DGRAM, 0) < 0)
			return 1;
	/* which takes no capability, so that nobody but the filter refuses it */
	return socket(AF_ALG, SOCK_SEQPACKET, 0) < 0 && errno == EPERM ? 0 : 2;
}

static void it_has_the_sockets_it_needs(void **state)
{
	(void)state;
	in_sandbox(only_some_sockets);
}

static int files_are_read_only(void)
{
	if (open("/dev/null", O_RDONLY) < 0)
		return 1;
	if (open("/dev/null", O_WRONLY) >= 0 || errno != EPERM)
		return 2;
	return open("/tmp/plat_sandbox", O_RDONLY | O_CREAT, 0600) < 0 &&
	       errno == EPERM ? 0 : 3;
}

static void it_writes_no_file(void **state)
{
	(void)state;
	in_sandbox(files_are_read_only);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_nobody),
		cmocka_unit_test(it_starts_no_program),
		cmocka_unit_test(it_has_the_sockets_it_needs),
		cmocka_unit_test(it_writes_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
