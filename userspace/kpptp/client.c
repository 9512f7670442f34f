// SPDX-License-Identifier: GPL-2.0-or-later
/* client.c - the daemon's control socket from the other end */
#include "client.h"

#include <errno.h>
#include <grp.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define READ_CHUNK	65536
#define LINE_MAX_OCTETS	(256u << 20)	/* hundreds of thousands of calls */
#define SEND_TIMEOUT_S	10

static int fail(struct kpptp_client *client, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct kpptp_client *client, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(client->why, sizeof(client->why), fmt, ap);
	va_end(ap);
	return err;
}

/* The group that may use the socket tells the user whom to ask. */
static int fail_access(struct kpptp_client *client)
{
	struct stat st;
	struct group *group = NULL;

	if (!stat(client->path, &st))
		group = getgrgid(st.st_gid);
	if (group && st.st_gid && st.st_mode & 020)
		return fail(client, -EACCES,
			    "not permitted to use %s: run as root or join the group \"%s\"",
			    client->path, group->gr_name);
	return fail(client, -EACCES, "not permitted to use %s: run as root",
		    client->path);
}

static int fail_connect(struct kpptp_client *client, int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return fail(client, -ENOENT,
			    "kpptpd is not running: there is no socket %s; start it with \"systemctl start kpptpd\", or name its socket with --socket",
			    client->path);
	case ECONNREFUSED:
		return fail(client, -ECONNREFUSED,
			    "kpptpd is not running: nobody listens on %s any more; start it with \"systemctl start kpptpd\"",
			    client->path);
	case EACCES:
	case EPERM:
		return fail_access(client);
	default:
		return fail(client, -err, "cannot connect to %s: %s",
			    client->path, strerror(err));
	}
}

int kpptp_client_open(struct kpptp_client *client, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = SEND_TIMEOUT_S };

	memset(client, 0, sizeof(*client));
	client->fd = -1;
	client->path = path;
	if (!*path || strlen(path) >= sizeof(sa.sun_path))
		return fail(client, -EINVAL,
			    "\"%s\" cannot be a socket: its path has 1 to %zu octets",
			    path, sizeof(sa.sun_path) - 1);
	strcpy(sa.sun_path, path);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		return fail(client, -errno, "cannot make a socket: %s",
			    strerror(errno));
	setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(client->fd, (struct sockaddr *)&sa, sizeof(sa)))
		return fail_connect(client, errno);
	return 0;
}

void kpptp_client_close(struct kpptp_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	if (client->buf)
		explicit_bzero(client->buf, client->size);
	free(client->buf);
	client->buf = NULL;
	client->fd = -1;
}

/* The string of the request is json-c's own memory, which it would not wipe. */
static void wipe(struct json_object *request, char *line, size_t len)
{
	struct json_object *password;

	if (!json_object_object_get_ex(request, "password", &password))
		return;
	explicit_bzero(line, len);
	explicit_bzero((char *)json_object_get_string(password),
		       json_object_get_string_len(password));
}

static int send_all(struct kpptp_client *client, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(client->fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(client, -errno,
				    "kpptpd does not take the request: %s",
				    strerror(errno));
		data += n;
		len -= n;
	}
	return 0;
}

int kpptp_client_send(struct kpptp_client *client, struct json_object *request)
{
	size_t len;
	char *line = (char *)json_object_to_json_string_length(request,
						JSON_C_TO_STRING_PLAIN, &len);
	int err;

	if (!line)
		return fail(client, -ENOMEM, "out of memory");
	err = send_all(client, line, len);
	if (!err)
		err = send_all(client, "\n", 1);
	wipe(request, line, len);
	return err;
}

/* ------------------------------------------------------------ reading */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Where the first line ends, or NULL; looks at each octet once. */
static char *line_end(struct kpptp_client *client)
{
	char *end = NULL;

	if (client->len > client->scanned)
		end = memchr(client->buf + client->scanned, '\n',
			     client->len - client->scanned);
	if (!end)
		client->scanned = client->len;
	return end;
}

bool kpptp_client_pending(struct kpptp_client *client)
{
	return line_end(client);
}

static int grow(struct kpptp_client *client)
{
	size_t size = client->size ? client->size * 2 : READ_CHUNK;
	char *buf;

	if (client->len < client->size)
		return 0;
	if (size > LINE_MAX_OCTETS)
		return fail(client, -EMSGSIZE, "kpptpd sent a line without end");
	buf = realloc(client->buf, size);
	if (!buf)
		return fail(client, -ENOMEM, "out of memory");
	client->buf = buf;
	client->size = size;
	return 0;
}

static int64_t time_left(int64_t deadline)
{
	int64_t left;

	if (deadline < 0)
		return -1;
	left = deadline - now_ms();
	return left < 0 ? 0 : left;
}

static bool stopped(const struct kpptp_client *client)
{
	return client->stop && *client->stop;
}

/*
 * ppoll() lets SIGINT in only while it waits, so that one which comes just
 * before is not slept over.
 */
static int wait_readable(struct kpptp_client *client, int64_t deadline)
{
	struct pollfd p = { .fd = client->fd, .events = POLLIN };
	sigset_t block, old;
	int n, err;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigprocmask(SIG_BLOCK, &block, &old);
	do {
		int64_t left = time_left(deadline);
		struct timespec limit = {
			.tv_sec = left / 1000,
			.tv_nsec = left % 1000 * 1000000,
		};

		n = stopped(client) ? 0 :
			ppoll(&p, 1, left < 0 ? NULL : &limit, &old);
	} while (n < 0 && errno == EINTR && !stopped(client));
	err = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (stopped(client))
		return fail(client, -EINTR, "interrupted");
	errno = err;
	if (n < 0)
		return fail(client, -errno, "cannot wait: %s", strerror(errno));
	return n ? 0 : fail(client, -ETIMEDOUT,
			    "kpptpd does not answer on %s: its log tells what it is doing",
			    client->path);
}

/* Reads once what is there. */
static int fill(struct kpptp_client *client, int64_t deadline)
{
	ssize_t n;
	int err = grow(client);

	if (!err)
		err = wait_readable(client, deadline);
	if (err)
		return err;
	n = recv(client->fd, client->buf + client->len,
		 client->size - client->len, 0);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0)
		return fail(client, -EPIPE,
			    "kpptpd closed the connection: its log tells why");
	client->len += n;
	return 0;
}

/* Takes the line up to @end out of the buffer. */
static int take(struct kpptp_client *client, char *end,
		struct json_object **answer)
{
	size_t len = end - client->buf + 1;

	*end = '\0';
	*answer = json_tokener_parse(client->buf);
	client->len -= len;
	client->scanned = 0;
	memmove(client->buf, client->buf + len, client->len);
	if (json_object_is_type(*answer, json_type_object))
		return 0;
	json_object_put(*answer);
	*answer = NULL;
	return fail(client, -EBADMSG,
		    "what listens on %s does not speak as kpptpd does",
		    client->path);
}

int kpptp_client_read(struct kpptp_client *client, int timeout_ms,
		      struct json_object **answer)
{
	int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	char *end;
	int err;

	*answer = NULL;
	while (!(end = line_end(client))) {
		err = fill(client, deadline);
		if (err)
			return err;
	}
	return take(client, end, answer);
}

int kpptp_client_check(struct kpptp_client *client, struct json_object *answer)
{
	struct json_object *ok, *error;

	if (json_object_object_get_ex(answer, "ok", &ok) &&
	    json_object_get_boolean(ok))
		return 0;
	if (json_object_object_get_ex(answer, "error", &error))
		return fail(client, -EREMOTEIO, "%s",
			    json_object_get_string(error));
	return fail(client, -EREMOTEIO,
		    "kpptpd refused the request and does not say why");
}

int kpptp_client_ask(struct kpptp_client *client, struct json_object *request,
		     int timeout_ms, struct json_object **answer)
{
	int err = kpptp_client_send(client, request);

	*answer = NULL;
	if (!err)
		err = kpptp_client_read(client, timeout_ms, answer);
	if (!err)
		err = kpptp_client_check(client, *answer);
	if (err) {
		json_object_put(*answer);
		*answer = NULL;
	}
	return err;
}
