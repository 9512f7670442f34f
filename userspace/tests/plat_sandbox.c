// SPDX-License-Identifier: GPL-2.0-or-later
/* What a process in the sandbox may do and may not, found out by trying. */
#include "plat_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kpptpd/sandbox.h"

/*
 * Sanitisers of the compiler use system calls that the worker has no use for, so
 * the filter has them where it is built with one. What it refuses is tried without.
 */
#if defined(__SANITIZE_ADDRESS__)
#define SANITISED true
#else
#define SANITISED false
#endif

/* What is there before it is closed */
static int status_fd, stream_fd, listener_fd, tcp_fd;
static pid_t other;

/* Return: 0 when all is as it should be, else the line of what is not. */
typedef int try_fn(void);

/* The first line of this process that is not as it should be, or 0 */
static int bad_line;

static void refused(long result, int line)
{
	if (!bad_line && (result != -1 || errno != EPERM))
		bad_line = line;
}

static void allowed(long result, int line)
{
	if (!bad_line && result < 0)
		bad_line = line;
}

#define REFUSED(what)	refused((long)(what), __LINE__)
#define ALLOWED(what)	allowed((long)(what), __LINE__)

static void open_all(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int pair[2];

	status_fd = open("/proc/self/status", O_RDONLY);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	stream_fd = pair[0];
	/* whoever may accept on it is told so, and does not wait for ever */
	listener_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(listener_fd, (struct sockaddr *)&un,
			      sizeof(sa_family_t)), 0);
	tcp_fd = socket(AF_INET, SOCK_STREAM, 0);
}

/* In a process of its own, for there is no way back */
static void in_sandbox(const struct kpptp_account *account, try_fn *try)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		open_all();
		_exit(kpptp_sandbox_enter(account, "/tmp") ? 1 : try());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status))
		fail_msg("line %d (of 256 each)", WEXITSTATUS(status));
}

static void as_nobody(try_fn *try)
{
	struct kpptp_account account;

	if (geteuid())
		skip();
	assert_int_equal(kpptp_sandbox_account("nobody", &account), 0);
	assert_false(account.is_self);
	in_sandbox(&account, try);
}

/* Who is not root goes on as who he is. */
static void as_oneself(try_fn *try)
{
	const struct kpptp_account self = { geteuid(), getegid(), true };

	in_sandbox(&self, try);
}

static int has_status(const char *line)
{
	static char text[8192];
	ssize_t len = read(status_fd, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	return strstr(text, line) != NULL;
}

static int nothing_of_root(void)
{
	static char text[8192];
	ssize_t len = read(status_fd, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	if (!strstr(text, "\nUid:\t65534\t65534\t65534\t65534\n") ||
	    !strstr(text, "\nGid:\t65534\t65534\t65534\t65534\n"))
		return __LINE__;
	if (!strstr(text, "\nCapEff:\t0000000000000000\n") ||
	    !strstr(text, "\nCapPrm:\t0000000000000000\n") ||
	    !strstr(text, "\nCapBnd:\t0000000000000000\n"))
		return __LINE__;
	return strstr(text, "\nGroups:\t \n") &&
	       strstr(text, "\nNoNewPrivs:\t1\n") &&
	       strstr(text, "\nSeccomp:\t2\n") ? 0 : __LINE__;
}

static void it_is_nobody(void **state)
{
	(void)state;
	as_nobody(nothing_of_root);
}

static int filter_is_on(void)
{
	return has_status("\nSeccomp:\t2\n") ? 0 : __LINE__;
}

static void an_ordinary_user_is_in_it_too(void **state)
{
	(void)state;
	as_oneself(filter_is_on);
}

static int no_program(void)
{
	char *argv[] = { "/bin/true", NULL };

	REFUSED(execv(argv[0], argv));
	if (SANITISED)
		return bad_line;
	REFUSED(fork());
	REFUSED(syscall(SYS_clone3, NULL, 0));
	return bad_line;
}

static void it_starts_no_program(void **state)
{
	(void)state;
	as_nobody(no_program);
	as_oneself(no_program);
}

static int no_file(void)
{
	if (SANITISED)
		return open("/etc/passwd", O_RDONLY) < 0 ? 0 : __LINE__;
	REFUSED(open("/etc/passwd", O_RDONLY));
	REFUSED(open("/", O_RDONLY | O_DIRECTORY));
	REFUSED(open("/tmp/plat_sandbox", O_RDONLY | O_CREAT, 0600));
	REFUSED(open("/dev/null", O_RDONLY | O_TRUNC));
	REFUSED(chdir("/"));
	REFUSED(unlink("/tmp/plat_sandbox"));
	return bad_line;
}

static void it_opens_no_file(void **state)
{
	(void)state;
	as_nobody(no_file);
	as_oneself(no_file);
}

static int no_socket(void)
{
	const struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(22),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int one = 1;

	REFUSED(socket(AF_INET, SOCK_STREAM, 0));
	REFUSED(socket(AF_UNIX, SOCK_STREAM, 0));
	REFUSED(socket(AF_NETLINK, SOCK_RAW, 0));
	REFUSED(socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){ 0 }));
	REFUSED(connect(tcp_fd, (const struct sockaddr *)&in, sizeof(in)));
	REFUSED(bind(tcp_fd, (const struct sockaddr *)&in, sizeof(in)));
	REFUSED(listen(listener_fd, 1));
	REFUSED(accept(listener_fd, NULL, NULL));
	REFUSED(setsockopt(tcp_fd, SOL_SOCKET, SO_MARK, &one, sizeof(one)));
	return bad_line;
}

static void it_makes_no_connection(void **state)
{
	(void)state;
	as_nobody(no_socket);
	as_oneself(no_socket);
}

static int nobody_else(void)
{
	struct rlimit limit = { 10, 10 };

	REFUSED(kill(other, 0));
	REFUSED(syscall(SYS_tgkill, other, other, SIGKILL));
	if (SANITISED)
		return bad_line;
	REFUSED(prlimit(other, RLIMIT_NOFILE, &limit, NULL));
	REFUSED(syscall(SYS_process_vm_readv, other, NULL, 0, NULL, 0, 0));
	REFUSED(prctl(PR_SET_NAME, "x"));
	return bad_line;
}

static void it_touches_no_other_process(void **state)
{
	(void)state;
	other = getpid();
	as_nobody(nobody_else);
	as_oneself(nobody_else);
}

static int nothing_to_run(void)
{
	void *page;

	REFUSED(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return __LINE__;
	REFUSED(mprotect(page, 4096, PROT_READ | PROT_EXEC));
	return bad_line;
}

static void it_runs_nothing_that_it_wrote(void **state)
{
	(void)state;
	as_nobody(nothing_to_run);
	as_oneself(nothing_to_run);
}

static int few_requests(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int n = 1;

	REFUSED(ioctl(stream_fd, TIOCSTI, "#"));
	REFUSED(ioctl(tcp_fd, SIOCGIFFLAGS, &ifr));
	REFUSED(fcntl(stream_fd, F_DUPFD, 0));
	REFUSED(fcntl(stream_fd, F_SETOWN, other));
	ALLOWED(ioctl(stream_fd, FIONREAD, &n));
	ALLOWED(fcntl(stream_fd, F_SETFL, O_NONBLOCK));
	return bad_line;
}

static void it_asks_little_of_what_it_has(void **state)
{
	(void)state;
	other = getpid();
	as_nobody(few_requests);
	as_oneself(few_requests);
}

static int what_it_needs(void)
{
	const struct linger linger = { .l_onoff = 1 };
	int on = 1, err;
	socklen_t len = sizeof(err);
	char octet = 'x';

	ALLOWED(write(stream_fd, &octet, 1));
	ALLOWED(getsockopt(tcp_fd, SOL_SOCKET, SO_ERROR, &err, &len));
	ALLOWED(setsockopt(tcp_fd, SOL_SOCKET, SO_LINGER, &linger,
			   sizeof(linger)));
	ALLOWED(setsockopt(tcp_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
	free(malloc(1 << 20));
	ALLOWED(shutdown(stream_fd, SHUT_WR));
	ALLOWED(close(stream_fd));
	return bad_line;
}

static void it_has_what_it_needs(void **state)
{
	(void)state;
	as_nobody(what_it_needs);
	as_oneself(what_it_needs);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_nobody),
		cmocka_unit_test(an_ordinary_user_is_in_it_too),
		cmocka_unit_test(it_starts_no_program),
		cmocka_unit_test(it_opens_no_file),
		cmocka_unit_test(it_makes_no_connection),
		cmocka_unit_test(it_touches_no_other_process),
		cmocka_unit_test(it_runs_nothing_that_it_wrote),
		cmocka_unit_test(it_asks_little_of_what_it_has),
		cmocka_unit_test(it_has_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
