/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control connection of kpptp doctor: octets in and out, nothing decided. */
#ifndef KPPTP_DOCTOR_CTRL_H
#define KPPTP_DOCTOR_CTRL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/ctrl_msg.h"
#include "doctor.h"

/**
 * struct kpptp_doctor_ctrl - one connection
 * @fd: the socket, non-blocking, -1 when there is none
 * @buf: what was read and not yet taken
 * @len: octets in @buf
 * @closed: the server has closed it
 * @garbage: what is in @buf is no PPTP
 */
struct kpptp_doctor_ctrl {
	int fd;
	uint8_t buf[1024];
	size_t len;
	bool closed;
	bool garbage;
};

/** kpptp_doctor_now() - milliseconds of the monotonic clock */
int64_t kpptp_doctor_now(void);

/**
 * kpptp_doctor_wait() - until one of @fds can be read or has an error
 * @fds: negative ones are passed over
 * @until: on the clock of kpptp_doctor_now()
 *
 * Return: false when the time is up, and always once kpptp_interrupted
 * is set, so that what is left to do is done without waiting.
 */
bool kpptp_doctor_wait(const int *fds, unsigned int n, int64_t until);

/**
 * kpptp_doctor_icmp() - take one message from the error queue of @fd
 * @icmp: filled when it was an ICMP error
 * @path_mtu: set when it was about the size, octets
 *
 * Return: whether there was a message.
 */
bool kpptp_doctor_icmp(int fd, struct kpptp_icmp *icmp, unsigned int *path_mtu);

/**
 * kpptp_doctor_ctrl_open() - connect
 * @icmp: filled when an ICMP error ended it
 *
 * Return: 0 or a positive errno.
 */
int kpptp_doctor_ctrl_open(struct kpptp_doctor_ctrl *ctrl, struct in_addr peer,
			   uint16_t port, unsigned int ms,
			   struct kpptp_icmp *icmp);

/** kpptp_doctor_ctrl_send() - a message; one that cannot be sent closes */
void kpptp_doctor_ctrl_send(struct kpptp_doctor_ctrl *ctrl,
			    const struct kpptp_ctrl_msg *msg);

/** kpptp_doctor_ctrl_read() - what is there; does not block */
void kpptp_doctor_ctrl_read(struct kpptp_doctor_ctrl *ctrl);

/** kpptp_doctor_ctrl_next() - take a message. Return: whether there was one. */
bool kpptp_doctor_ctrl_next(struct kpptp_doctor_ctrl *ctrl,
			    struct kpptp_ctrl_msg *msg);

/** kpptp_doctor_ctrl_close() - NULL effect on one that was never opened */
void kpptp_doctor_ctrl_close(struct kpptp_doctor_ctrl *ctrl);

/** kpptp_doctor_ping() - whether @peer answers an ICMP echo within @ms */
enum kpptp_reach kpptp_doctor_ping(struct in_addr peer, unsigned int ms);

#endif
