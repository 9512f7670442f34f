// SPDX-License-Identifier: GPL-2.0-or-later
/* background.c - going to the background, and telling when we are there */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "background.h"
#include "log.h"
#include "run.h"

/* It ended without having served; what it said itself is on the terminal. */
static int status_of(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		kpptp_log(KPPTP_LOG_ERROR,
			  "kpptpd was killed before it served: %s (signal %d)",
			  strsignal(WTERMSIG(status)), WTERMSIG(status));
	else
		kpptp_log(KPPTP_LOG_ERROR, "kpptpd ended before it served");
	return KPPTP_EXIT_FAILED;
}

static int wait_for(pid_t child, int fd)
{
	ssize_t n;
	char c;

	do {
		n = read(fd, &c, 1);
	} while (n < 0 && errno == EINTR);
	close(fd);
	return n == 1 ? 0 : status_of(child);
}

static void leave_session(void)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	if (chdir("/"))
		kpptp_log(KPPTP_LOG_WARNING, "cannot change to /: %s",
			  strerror(errno));
	if (null_fd < 0)
		return;
	dup2(null_fd, STDIN_FILENO);
	dup2(null_fd, STDOUT_FILENO);
	close(null_fd);
}

int kpptp_background_enter(int *ready_fd)
{
	pid_t child = -1;
	int fd[2];

	if (!pipe2(fd, O_CLOEXEC))
		child = fork();
	if (child < 0) {
		kpptp_log(KPPTP_LOG_ERROR, "cannot go to the background: %s",
			  strerror(errno));
		return KPPTP_EXIT_FAILED;
	}
	close(fd[!child ? 0 : 1]);
	if (child)
		return wait_for(child, fd[0]);
	*ready_fd = fd[1];
	leave_session();
	return -1;
}

void kpptp_background_ready(int fd)
{
	if (fd < 0)
		return;
	/* Who waited may have been interrupted, which is no harm. */
	if (write(fd, "", 1) < 0)
		kpptp_log(KPPTP_LOG_DEBUG, "nobody waits for the start");
	close(fd);
}
