/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's control socket from the other end: one JSON object a line each
 * way. Errors come with a sentence that says what to do.
 */
#ifndef KPPTP_CLIENT_H
#define KPPTP_CLIENT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define KPPTP_CLIENT_SOCKET	"/run/kpptp/kpptpd.sock"
#define KPPTP_CLIENT_WHY_SIZE	3072	/* a refused reload has many lines */
#define KPPTP_CLIENT_REPLY_MS	10000	/* for what the daemon answers at once */

struct json_object;

/**
 * struct kpptp_client - one connection to the daemon
 * @fd: the socket, -1 when it is not open
 * @path: of the socket; not copied
 * @buf: what was read and not yet taken
 * @len: octets in @buf
 * @size: of @buf
 * @scanned: octets of @buf known to hold no end of line
 * @stop: a signal handler sets it to end a wait with -EINTR; NULL after open
 * @why: the sentence about the last error
 *
 * Begin with kpptp_client_open(), end with kpptp_client_close() in every case.
 */
struct kpptp_client {
	int fd;
	const char *path;
	char *buf;
	size_t len;
	size_t size;
	size_t scanned;
	volatile sig_atomic_t *stop;
	char why[KPPTP_CLIENT_WHY_SIZE];
};

/**
 * kpptp_client_open() - connect to the daemon
 * @client: filled
 * @path: of the control socket, must stay
 *
 * Return: 0; -ENOENT or -ECONNREFUSED when no daemon listens there; or another
 * negative errno.
 */
int kpptp_client_open(struct kpptp_client *client, const char *path);

/** kpptp_client_close() - what was read is wiped */
void kpptp_client_close(struct kpptp_client *client);

/**
 * kpptp_client_send() - one request
 * @request: an object; if it has the member "password" that is wiped, in it
 *	and in everything made from it
 *
 * Return: 0 or a negative errno.
 */
int kpptp_client_send(struct kpptp_client *client, struct json_object *request);

/**
 * kpptp_client_read() - the next line
 * @timeout_ms: how long to wait, -1 for ever
 * @answer: receives an object the caller puts
 *
 * Return: 0, -ETIMEDOUT, -EPIPE when the daemon has closed, -EBADMSG when it
 * is not JSON, or another negative errno.
 */
int kpptp_client_read(struct kpptp_client *client, int timeout_ms,
		      struct json_object **answer);

/** kpptp_client_pending() - a whole line has been read already, do not poll */
bool kpptp_client_pending(struct kpptp_client *client);

/**
 * kpptp_client_check() - whether an answer says "ok"
 *
 * Return: 0, or -EREMOTEIO when it is a refusal, whose sentence is in @why
 * then.
 */
int kpptp_client_check(struct kpptp_client *client, struct json_object *answer);

/**
 * kpptp_client_ask() - send, read one line, check it
 * @timeout_ms: for the answer
 * @answer: receives an object the caller puts; NULL on errors
 *
 * Return: 0 or a negative errno.
 */
int kpptp_client_ask(struct kpptp_client *client, struct json_object *request,
		     int timeout_ms, struct json_object **answer);

#endif
