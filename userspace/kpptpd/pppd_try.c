// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pppd_try.c - whether pppd(8) takes the options of a section
 *
 * pppd knows its options and those of its plugins, and reads files of which we
 * know nothing. So it is asked: with the option dryrun it reads all of them and
 * ends. It complains on its standard error, in lines that begin with its name,
 * before it tells how it is used.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pppd_args.h"
#include "pppd_try.h"
#include "spawn.h"

#define TRY_MS		5000
#define EXIT_OPTION_ERROR	2	/* see pppd(8) */
#define PLUGIN_FD	3	/* which the plugin wants, in the new process */
#define SOMEBODY	0xc0000201	/* 192.0.2.1, for examples (RFC 5737) */

/* What would take the call away from us, whatever pppd thinks of it. */
static const struct {
	const char *word;
	const char *why;
} refused[] = {
	{ "updetach", "has updetach, which takes pppd away from kpptpd: the call would end as soon as it is up" },
	{ "demand", "has demand, which is a matter of kpptpd: use demand = yes in [client NAME]" },
	{ "persist", "has persist, which is a matter of kpptpd: use persist = yes in [client NAME]" },
	{ "dryrun", "has dryrun, with which pppd ends at once" },
	{ "pty", "has pty, which replaces the call as what PPP goes through" },
	{ "socket", "has socket, which replaces the call as what PPP goes through" },
};

static const char *refuse(const struct kpptp_pppd_args *words)
{
	unsigned int i;
	size_t k;

	for (i = 0; i < words->n; i++)
		for (k = 0; k < sizeof(refused) / sizeof(refused[0]); k++)
			if (!strcmp(words->v[i], refused[k].word))
				return refused[k].why;
	return NULL;
}

const char *kpptp_pppd_options(const char *text)
{
	struct kpptp_pppd_args words;
	const char *why;

	memset(&words, 0, sizeof(words));
	if (kpptp_pppd_args_words(&words, text) == -EINVAL)
		why = "has a quotation mark that is not closed";
	else
		why = words.err ? "has too many words" : refuse(&words);
	kpptp_pppd_args_free(&words);
	return why;
}

/* Reads what pppd says until it has ended. Return: 0 or -ETIMEDOUT. */
static int listen_to(int fd, char *text, size_t size)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char rest[512];
	size_t used = 0;
	ssize_t n;

	text[0] = '\0';
	for (;;) {
		if (poll(&poll_fd, 1, TRY_MS) <= 0)
			return -ETIMEDOUT;
		if (used + 1 < size)
			n = read(fd, text + used, size - 1 - used);
		else
			n = read(fd, rest, sizeof(rest));
		if (n <= 0)
			return 0;
		if (used + 1 < size)
			text[used += n] = '\0';
	}
}

/* The lines that begin with its path, without that, in one line. */
static void complaint_of(const char *text, char *why, size_t size)
{
	size_t used = 0, len, skip;

	snprintf(why, size, "it does not say why");
	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		skip = strcspn(text, ": \n");
		if (*text != '/' || strncmp(text + skip, ": ", 2) || used >= size)
			continue;
		skip += strlen(": ");
		used += snprintf(why + used, size - used, "%s%.*s",
				 used ? " " : "", (int)(len - skip), text + skip);
	}
}

static int run(char *const *argv, int plugin_fd, char *why, size_t size)
{
	static char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	struct kpptp_spawn what = { .argv = argv, .envp = env,
				    .n_fds = PLUGIN_FD + 1 };
	int print[2], status = 0, err;
	char text[4096];
	pid_t pid;

	if (pipe2(print, O_CLOEXEC))
		return -errno;
	what.fd[0] = what.fd[1] = -1;
	what.fd[2] = print[1];
	what.fd[PLUGIN_FD] = plugin_fd;
	pid = kpptp_spawn(&what);
	close(print[1]);
	err = pid < 0 ? (int)pid : listen_to(print[0], text, sizeof(text));
	close(print[0]);
	if (pid < 0)
		return err;
	if (err)
		kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	if (err || !WIFEXITED(status))
		return err ? err : -ECHILD;
	if (!WEXITSTATUS(status))
		return 0;
	complaint_of(text, why, size);
	return WEXITSTATUS(status) == EXIT_OPTION_ERROR ? -EINVAL : -ENOTSUP;
}

/* The first of all: the last could be taken for what another option lacks. */
static int say_dryrun(struct kpptp_pppd_args *args)
{
	char *last;
	int err = kpptp_pppd_args_words(args, "dryrun");

	if (err)
		return err;
	last = args->v[args->n - 1];
	memmove(&args->v[2], &args->v[1], (args->n - 2) * sizeof(args->v[0]));
	args->v[1] = last;
	return 0;
}

int kpptp_pppd_try(const struct kpptp_conf_global *global,
		   const struct kpptp_client_settings *client,
		   const struct kpptp_server_settings *server,
		   char *why, size_t size)
{
	const struct in_addr some = { .s_addr = htonl(SOMEBODY) };
	const struct kpptp_ppp_request req = {
		.local = some, .peer = some, .call_id = 1, .peer_call_id = 1,
		.server = !client, .user = "", .password = "",
		.name = client ? client->name : "",
		.local_ip = client ? (struct in_addr){ 0 } : server->local_ip,
		.remote_ip = client ? (struct in_addr){ 0 } : some,
		.settings = client ? &client->ppp : &server->ppp,
	};
	struct kpptp_pppd_args args;
	int pair[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	err = kpptp_pppd_args_make(&args, global, PLUGIN_FD, &req);
	if (!err)
		err = say_dryrun(&args);
	if (!err)
		err = run(args.v, pair[1], why, size);
	kpptp_pppd_args_free(&args);
	close(pair[0]);
	close(pair[1]);
	return err;
}
