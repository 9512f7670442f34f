// SPDX-License-Identifier: GPL-2.0-or-later
/* dial.c - names and sockets of the servers we call, see dial.h */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dial.h"
#include "lines.h"
#include "log.h"
#include "self.h"

/*
 * @pid: the process that looks up, 0 for an address, which needs none
 * @found: what it has said
 */
struct kpptp_dial {
	kpptp_dial_fn done;
	void *arg;
	pid_t pid;
	int fd;
	struct event *readable;
	struct event *at_once;
	struct kpptp_lines lines;
	struct in_addr address;
	char why[KPPTP_WHY_SIZE];
};

void kpptp_dial_cancel(struct kpptp_dial *dial)
{
	if (!dial)
		return;
	if (dial->readable)
		event_free(dial->readable);
	if (dial->at_once)
		event_free(dial->at_once);
	if (dial->fd >= 0)
		close(dial->fd);
	if (dial->pid > 0) {
		kill(dial->pid, SIGKILL);
		waitpid(dial->pid, NULL, 0);
	}
	free(dial);
}

static void finish(struct kpptp_dial *dial)
{
	struct kpptp_dial over = *dial;

	kpptp_dial_cancel(dial);
	if (over.address.s_addr)
		over.done(over.arg, 0, over.address, NULL);
	else
		over.done(over.arg, -EHOSTUNREACH, over.address,
			  *over.why ? over.why : "the name could not be looked up");
}

static void on_line(void *arg, char *line)
{
	struct kpptp_dial *dial = arg;

	if (!strncmp(line, "ok ", 3))
		inet_pton(AF_INET, line + 3, &dial->address);
	else
		snprintf(dial->why, sizeof(dial->why), "%.200s",
			 strncmp(line, "error ", 6) ? line : line + 6);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_dial *dial = arg;
	char buf[512];
	ssize_t n;

	(void)what;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		kpptp_lines_feed(&dial->lines, buf, n, on_line, dial);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	finish(dial);
}

static void on_address(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg);
}

static int ask(struct kpptp_dial *dial, struct event_base *base,
	       const char *host)
{
	dial->pid = kpptp_self_run("--resolve", host, -1, &dial->fd);
	if (dial->pid < 0)
		return dial->pid;
	dial->readable = event_new(base, dial->fd, EV_READ | EV_PERSIST,
				   on_readable, dial);
	return dial->readable && !event_add(dial->readable, NULL) ? 0 : -ENOMEM;
}

struct kpptp_dial *kpptp_dial_resolve(struct event_base *base,
				      const char *host, kpptp_dial_fn done,
				      void *arg)
{
	struct kpptp_dial *dial = calloc(1, sizeof(*dial));
	int err = 0;

	if (!dial)
		return NULL;
	dial->fd = -1;
	dial->done = done;
	dial->arg = arg;
	if (inet_pton(AF_INET, host, &dial->address) == 1) {
		dial->at_once = evtimer_new(base, on_address, dial);
		if (dial->at_once)
			kpptp_timer_arm(dial->at_once, 0);
		else
			err = -ENOMEM;
	} else {
		err = ask(dial, base, host);
	}
	if (!err)
		return dial;
	kpptp_dial_cancel(dial);
	errno = -err;
	return NULL;
}

int kpptp_dial_socket(struct in_addr from, const struct sockaddr_in *peer,
		      struct sockaddr_in *local)
{
	socklen_t len = sizeof(*local);
	int fd, err;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	*local = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = from };
	if (from.s_addr != INADDR_ANY &&
	    bind(fd, (const struct sockaddr *)local, sizeof(*local)))
		goto fail;
	if (connect(fd, (const struct sockaddr *)peer, sizeof(*peer)) &&
	    errno != EINPROGRESS)
		goto fail;
	/* the source address is chosen by now */
	if (getsockname(fd, (struct sockaddr *)local, &len))
		goto fail;
	return fd;
fail:
	err = -errno;
	close(fd);
	return err;
}

/* ---------------------------------------------------------- the resolver */

int kpptp_run_resolver(const struct kpptp_account *account, const char *host)
{
	const struct addrinfo hints = {
		.ai_family = AF_INET, .ai_socktype = SOCK_STREAM,
	};
	const struct sockaddr_in *found;
	struct addrinfo *list = NULL;
	char text[INET_ADDRSTRLEN];
	int err;

	/* What a name server says is no more to be trusted than a peer. */
	if (kpptp_sandbox_drop(account))
		return 1;
	err = getaddrinfo(host, NULL, &hints, &list);
	if (err || !list) {
		printf("error cannot resolve %s: %s\n", host,
		       err == EAI_SYSTEM ? strerror(errno) :
		       err ? gai_strerror(err) : "no address");
		return 1;
	}
	found = (const struct sockaddr_in *)(const void *)list->ai_addr;
	inet_ntop(AF_INET, &found->sin_addr, text, sizeof(text));
	printf("ok %s\n", text);
	freeaddrinfo(list);
	return 0;
}
