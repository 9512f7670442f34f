// SPDX-License-Identifier: GPL-2.0-or-later
/* cli_server.c - a control socket that plays a table of replies */
#include <assert.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cli_server.h"

#define REQUESTS_MAX	8
#define REQUEST_OCTETS	8192
#define PIECE_OCTETS	7

static struct {
	char dir[64];
	char path[96];
	const struct cli_reply *replies;
	pthread_t thread;
	int listener;
	int stop[2];		/* closing the second end stops the thread */
	pthread_mutex_t lock;	/* guards what follows */
	struct json_object *requests[REQUESTS_MAX];
	unsigned int n_requests;
	unsigned int n_replies;
} server = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void remove_dir(void)
{
	unlink(server.path);
	rmdir(server.dir);
}

const char *cli_server_path(void)
{
	if (*server.dir)
		return server.path;
	strcpy(server.dir, "/tmp/kpptp-cli-XXXXXX");
	if (!mkdtemp(server.dir))
		abort();
	snprintf(server.path, sizeof(server.path), "%s/sock", server.dir);
	atexit(remove_dir);
	return server.path;
}

/* Return: whether @fd can be read before the server is to stop. */
static int readable(int fd)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = server.stop[0], .events = POLLIN },
	};

	return poll(p, 2, 60000) > 0 && !p[1].revents;
}

static struct json_object *read_request(int fd)
{
	char line[REQUEST_OCTETS];
	size_t len = 0;

	while (len < sizeof(line) - 1 && readable(fd)) {
		ssize_t n = recv(fd, line + len, sizeof(line) - 1 - len, 0);

		if (n <= 0)
			return NULL;
		len += n;
		line[len] = '\0';
		if (line[len - 1] == '\n')
			return json_tokener_parse(line);
	}
	return NULL;
}

static void send_text(int fd, const char *text, int piecemeal)
{
	size_t left = strlen(text);

	while (left) {
		size_t piece = piecemeal && left > PIECE_OCTETS ? PIECE_OCTETS :
								   left;
		ssize_t n = send(fd, text, piece, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		left -= n;
		if (piecemeal)
			usleep(200);
	}
}

static void count(struct json_object *request)
{
	pthread_mutex_lock(&server.lock);
	assert(server.n_requests < REQUESTS_MAX);
	server.requests[server.n_requests++] = request;
	pthread_mutex_unlock(&server.lock);
}

/* One client that sends one request. */
static void *serve(void *arg)
{
	int fd = (int)(long)arg;
	struct json_object *request = read_request(fd), *cmd;
	const struct cli_reply *r = server.replies;

	if (request && json_object_object_get_ex(request, "cmd", &cmd)) {
		count(request);
		while (r->cmd && strcmp(r->cmd, json_object_get_string(cmd)))
			r++;
		if (r->cmd)
			send_text(fd, r->text, r->piecemeal);
		pthread_mutex_lock(&server.lock);
		server.n_replies++;
		pthread_mutex_unlock(&server.lock);
		if (r->cmd && r->hang)
			readable(fd);
	} else {
		json_object_put(request);
	}
	close(fd);
	return NULL;
}

static void *accept_all(void *arg)
{
	pthread_t clients[REQUESTS_MAX];
	int n = 0;

	(void)arg;
	while (n < REQUESTS_MAX && readable(server.listener)) {
		long fd = accept(server.listener, NULL, NULL);

		if (fd >= 0 &&
		    !pthread_create(&clients[n], NULL, serve, (void *)fd))
			n++;
	}
	while (n)
		pthread_join(clients[--n], NULL);
	return NULL;
}

void cli_server_start(const struct cli_reply *replies)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	strcpy(sa.sun_path, cli_server_path());
	unlink(sa.sun_path);
	server.replies = replies;
	server.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server.listener < 0 || pipe2(server.stop, O_CLOEXEC) ||
	    bind(server.listener, (struct sockaddr *)&sa, sizeof(sa)) ||
	    listen(server.listener, 8) ||
	    pthread_create(&server.thread, NULL, accept_all, NULL))
		abort();
}

void cli_server_stop(void)
{
	close(server.stop[1]);
	pthread_join(server.thread, NULL);
	close(server.stop[0]);
	close(server.listener);
	unlink(server.path);
	while (server.n_requests)
		json_object_put(server.requests[--server.n_requests]);
	server.n_replies = 0;
}

struct json_object *cli_server_request(unsigned int n)
{
	struct json_object *request = NULL;

	pthread_mutex_lock(&server.lock);
	if (n < server.n_requests)
		request = server.requests[n];
	pthread_mutex_unlock(&server.lock);
	return request;
}

void cli_server_wait(unsigned int n)
{
	static const struct timespec pause = { .tv_nsec = 10000000 };
	unsigned int i, sent;

	for (i = 0; i < 1000; i++) {
		pthread_mutex_lock(&server.lock);
		sent = server.n_replies;
		pthread_mutex_unlock(&server.lock);
		if (sent >= n)
			return;
		nanosleep(&pause, NULL);
	}
}
