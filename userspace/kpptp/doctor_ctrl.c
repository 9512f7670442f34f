// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor_ctrl.c - sockets of kpptp doctor that are not GRE */
#include "doctor_ctrl.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "connect.h"

#define FDS_MAX	4

int64_t kpptp_doctor_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool kpptp_doctor_wait(const int *fds, unsigned int n, int64_t until)
{
	struct pollfd p[FDS_MAX];
	int64_t left = until - kpptp_doctor_now();
	unsigned int i;

	if (left <= 0 || kpptp_interrupted)
		return false;
	for (i = 0; i < n && i < FDS_MAX; i++)
		p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	/* An interrupted wait is a short one; whoever called comes again. */
	poll(p, i, left);
	return true;
}

/* ------------------------------------------------------------ ICMP errors */

static void take_error(const struct sock_extended_err *err,
		       struct kpptp_icmp *icmp, unsigned int *path_mtu)
{
	const struct sockaddr_in *from =
		(const struct sockaddr_in *)SO_EE_OFFENDER(err);

	if (err->ee_errno == EMSGSIZE) {
		*path_mtu = err->ee_info;
		return;
	}
	if (err->ee_origin != SO_EE_ORIGIN_ICMP)
		return;
	icmp->seen = true;
	icmp->type = err->ee_type;
	icmp->code = err->ee_code;
	if (from->sin_family == AF_INET)
		icmp->from = from->sin_addr;
}

bool kpptp_doctor_icmp(int fd, struct kpptp_icmp *icmp, unsigned int *path_mtu)
{
	char control[256];
	struct msghdr msg = {
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;

	if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR)
			take_error((const struct sock_extended_err *)
				   CMSG_DATA(c), icmp, path_mtu);
	return true;
}

/* -------------------------------------------------------------------- TCP */

static int finish_connect(int fd, unsigned int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = 0, n = poll(&p, 1, ms);

	if (n <= 0)
		return n ? errno : ETIMEDOUT;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return err;
}

int kpptp_doctor_ctrl_open(struct kpptp_doctor_ctrl *ctrl, struct in_addr peer,
			   uint16_t port, unsigned int ms,
			   struct kpptp_icmp *icmp)
{
	const struct sockaddr_in sa = {
		.sin_family = AF_INET, .sin_addr = peer, .sin_port = htons(port),
	};
	unsigned int path_mtu = 0;
	int on = 1, err = 0;

	memset(ctrl, 0, sizeof(*ctrl));
	ctrl->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			  0);
	if (ctrl->fd < 0)
		return errno;
	setsockopt(ctrl->fd, SOL_IP, IP_RECVERR, &on, sizeof(on));
	/* NAT helpers look at the first message of a segment only. */
	setsockopt(ctrl->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(ctrl->fd, (const struct sockaddr *)&sa, sizeof(sa)))
		err = errno == EINPROGRESS ? finish_connect(ctrl->fd, ms) :
					     errno;
	while (kpptp_doctor_icmp(ctrl->fd, icmp, &path_mtu))
		;
	/* What ICMP says later on is TCP's affair. */
	on = 0;
	setsockopt(ctrl->fd, SOL_IP, IP_RECVERR, &on, sizeof(on));
	if (!err)
		return 0;
	kpptp_doctor_ctrl_close(ctrl);
	return err;
}

void kpptp_doctor_ctrl_close(struct kpptp_doctor_ctrl *ctrl)
{
	if (ctrl->fd >= 0)
		close(ctrl->fd);
	ctrl->fd = -1;
}

void kpptp_doctor_ctrl_send(struct kpptp_doctor_ctrl *ctrl,
			    const struct kpptp_ctrl_msg *msg)
{
	uint8_t buf[KPPTP_CTRL_MAX];
	size_t len = kpptp_ctrl_encode(msg, buf);

	/* So few octets always fit, or the server has not read for long. */
	if (send(ctrl->fd, buf, len, MSG_NOSIGNAL) != (ssize_t)len)
		ctrl->closed = true;
}

void kpptp_doctor_ctrl_read(struct kpptp_doctor_ctrl *ctrl)
{
	ssize_t n;

	if (ctrl->closed || ctrl->len == sizeof(ctrl->buf))
		return;
	n = recv(ctrl->fd, ctrl->buf + ctrl->len,
		 sizeof(ctrl->buf) - ctrl->len, 0);
	if (n > 0)
		ctrl->len += n;
	else if (!n || (errno != EAGAIN && errno != EINTR))
		ctrl->closed = true;
}

bool kpptp_doctor_ctrl_next(struct kpptp_doctor_ctrl *ctrl,
			    struct kpptp_ctrl_msg *msg)
{
	size_t len = 0;
	enum kpptp_ctrl_error err = kpptp_ctrl_frame(ctrl->buf, ctrl->len, &len);

	if (err == KPPTP_CTRL_OK)
		err = kpptp_ctrl_decode(ctrl->buf, len, msg);
	if (err == KPPTP_CTRL_MORE)
		return false;
	if (err != KPPTP_CTRL_OK) {
		ctrl->garbage = true;
		return false;
	}
	ctrl->len -= len;
	memmove(ctrl->buf, ctrl->buf + len, ctrl->len);
	return true;
}

/* ------------------------------------------------------------------- ping */

static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *word++;
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* Whether @packet, IP header and all, is the reply to @echo. */
static bool is_reply(const uint8_t *packet, ssize_t len,
		     const struct icmphdr *echo)
{
	const ssize_t header = len > 0 ? (packet[0] & 15) * 4 : 0;
	struct icmphdr reply;

	if (len < header + (ssize_t)sizeof(reply))
		return false;
	memcpy(&reply, packet + header, sizeof(reply));
	return reply.type == ICMP_ECHOREPLY &&
	       reply.un.echo.id == echo->un.echo.id;
}

enum kpptp_reach kpptp_doctor_ping(struct in_addr peer, unsigned int ms)
{
	const struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr = peer };
	struct icmphdr echo = { .type = ICMP_ECHO };
	int64_t until = kpptp_doctor_now() + ms;
	enum kpptp_reach reach = KPPTP_REACH_NO;
	uint8_t buf[256];
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			IPPROTO_ICMP);

	if (fd < 0)
		return KPPTP_REACH_UNKNOWN;
	echo.un.echo.id = htons(getpid() & 0xffff);
	echo.checksum = checksum(&echo, sizeof(echo));
	if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) ||
	    send(fd, &echo, sizeof(echo), 0) < 0)
		until = 0;
	while (reach == KPPTP_REACH_NO && kpptp_doctor_wait(&fd, 1, until))
		if (is_reply(buf, recv(fd, buf, sizeof(buf), 0), &echo))
			reach = KPPTP_REACH_YES;
	close(fd);
	return reach;
}
