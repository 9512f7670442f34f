// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * priv_chan.c - one end of the record socket between worker and monitor
 *
 * Neither end may ever wait for the other, or both could wait for ever; so
 * what the socket does not take is kept here.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "priv_chan.h"

/* Records taken in one go, so that the loop serves others in between. */
#define READ_BATCH	64

struct record {
	STAILQ_ENTRY(record) entry;
	size_t len;
	int fd;
	struct kpptp_priv_msg msg;
};

STAILQ_HEAD(record_queue, record);

struct kpptp_priv_chan {
	int fd;
	struct event *readable;
	struct event *writable;
	struct kpptp_priv_chan_hooks hooks;
	struct record_queue queue;
};

union fd_control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(int))];
};

static int control_fd(struct msghdr *hdr)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(hdr);
	int fd;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* Return: octets, 0 at the end, or -1 with errno. */
static ssize_t receive(struct kpptp_priv_chan *chan, struct kpptp_priv_msg *msg,
		       int *fd)
{
	union fd_control control;
	struct iovec iov = { .iov_base = msg, .iov_len = sizeof(*msg) };
	struct msghdr hdr = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.buf, .msg_controllen = sizeof(control),
	};
	ssize_t len;

	memset(msg, 0, sizeof(*msg));
	*fd = -1;
	len = recvmsg(chan->fd, &hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (len <= 0)
		return len;
	*fd = control_fd(&hdr);
	/* A longer record than any message: let no length match it. */
	return hdr.msg_flags & MSG_TRUNC ? (ssize_t)sizeof(*msg) + 1 : len;
}

static void on_readable(evutil_socket_t s, short what, void *arg)
{
	struct kpptp_priv_chan *chan = arg;
	struct kpptp_priv_msg msg;
	int fd, i;
	ssize_t len = 1;

	(void)s;
	(void)what;
	for (i = 0; i < READ_BATCH; i++) {
		len = receive(chan, &msg, &fd);
		if (len <= 0)
			break;
		chan->hooks.message(chan->hooks.arg, &msg, len, fd);
	}
	explicit_bzero(&msg, sizeof(msg));
	if (len > 0 || (len < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	event_del(chan->readable);
	chan->hooks.lost(chan->hooks.arg);
}

static int transmit(struct kpptp_priv_chan *chan,
		    const struct kpptp_priv_msg *msg, size_t len, int fd)
{
	union fd_control control = { 0 };
	struct iovec iov = { .iov_base = (void *)msg, .iov_len = len };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		hdr.msg_control = control.buf;
		hdr.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&hdr);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(chan->fd, &hdr, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ?
		-errno : 0;
}

static void record_free(struct record *r)
{
	if (r->fd >= 0)
		close(r->fd);
	explicit_bzero(&r->msg, sizeof(r->msg));
	free(r);
}

static void on_writable(evutil_socket_t s, short what, void *arg)
{
	struct kpptp_priv_chan *chan = arg;
	struct record *r;

	(void)s;
	(void)what;
	while ((r = STAILQ_FIRST(&chan->queue))) {
		if (transmit(chan, &r->msg, r->len, r->fd) == -EAGAIN)
			return;
		STAILQ_REMOVE_HEAD(&chan->queue, entry);
		record_free(r);
	}
	event_del(chan->writable);
}

static int keep(struct kpptp_priv_chan *chan, const struct kpptp_priv_msg *msg,
		size_t len, int fd)
{
	struct record *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (fd >= 0 && r->fd < 0) {
		free(r);
		return -ENOMEM;
	}
	r->len = len;
	memcpy(&r->msg, msg, len);
	STAILQ_INSERT_TAIL(&chan->queue, r, entry);
	event_add(chan->writable, NULL);
	return 0;
}

int kpptp_priv_chan_send(struct kpptp_priv_chan *chan,
			 const struct kpptp_priv_msg *msg, int fd)
{
	size_t len = kpptp_priv_size(msg->type);
	int err = -EAGAIN;

	if (STAILQ_EMPTY(&chan->queue))
		err = transmit(chan, msg, len, fd);
	return err == -EAGAIN ? keep(chan, msg, len, fd) : err;
}

bool kpptp_priv_chan_is_behind(const struct kpptp_priv_chan *chan)
{
	return !STAILQ_EMPTY(&chan->queue);
}

struct kpptp_priv_chan *
kpptp_priv_chan_new(struct event_base *base, int fd,
		    const struct kpptp_priv_chan_hooks *hooks)
{
	struct kpptp_priv_chan *chan = calloc(1, sizeof(*chan));

	if (!chan)
		return NULL;
	chan->fd = -1;
	chan->hooks = *hooks;
	STAILQ_INIT(&chan->queue);
	chan->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable,
				   chan);
	chan->writable = event_new(base, fd, EV_WRITE | EV_PERSIST,
				   on_writable, chan);
	if (!chan->readable || !chan->writable ||
	    event_add(chan->readable, NULL)) {
		kpptp_priv_chan_free(chan);
		return NULL;
	}
	chan->fd = fd;
	return chan;
}

void kpptp_priv_chan_free(struct kpptp_priv_chan *chan)
{
	struct record *r;

	if (!chan)
		return;
	if (chan->readable)
		event_free(chan->readable);
	if (chan->writable)
		event_free(chan->writable);
	while ((r = STAILQ_FIRST(&chan->queue))) {
		STAILQ_REMOVE_HEAD(&chan->queue, entry);
		record_free(r);
	}
	if (chan->fd >= 0)
		close(chan->fd);
	free(chan);
}
