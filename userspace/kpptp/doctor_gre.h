/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRE of kpptp doctor: enhanced GRE of one call by a raw socket. */
#ifndef KPPTP_DOCTOR_GRE_H
#define KPPTP_DOCTOR_GRE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "doctor.h"

#define KPPTP_DOCTOR_PACKET	2048	/* octets that are read of a packet */

/**
 * struct kpptp_doctor_gre - one call
 * @fd: raw socket: what this host lets through to its programs
 * @wire: packet socket: what comes to this host at all; -1 when there is none
 * @call_id: ours
 * @peer_call_id: the server's
 * @tx_seq: number of the next packet
 * @rx_seq: highest number received, if @facts->rx is not 0
 * @buf: packet read last
 */
struct kpptp_doctor_gre {
	int fd;
	int wire;
	uint16_t call_id;
	uint16_t peer_call_id;
	uint32_t tx_seq;
	uint32_t rx_seq;
	struct kpptp_gre_facts *facts;
	uint8_t buf[KPPTP_DOCTOR_PACKET];
};

/**
 * kpptp_doctor_gre_open() - begin to listen
 * @facts: counted into
 *
 * Return: 0 or a negative errno.
 */
int kpptp_doctor_gre_open(struct kpptp_doctor_gre *gre, struct in_addr local,
			  struct in_addr peer, struct kpptp_gre_facts *facts);

/** kpptp_doctor_gre_close() - both sockets */
void kpptp_doctor_gre_close(struct kpptp_doctor_gre *gre);

/** kpptp_doctor_gre_send() - a PPP frame to the server; failures are facts */
void kpptp_doctor_gre_send(struct kpptp_doctor_gre *gre, const uint8_t *frame,
			   size_t len);

/**
 * kpptp_doctor_gre_read() - one packet, or what the error queue has
 * @len: receives the length of the frame
 *
 * Return: the frame of a packet of our call, valid until the next call, or
 * NULL: nothing is there for now if @len is 0, and more may be there if not.
 */
const uint8_t *kpptp_doctor_gre_read(struct kpptp_doctor_gre *gre, size_t *len);

#endif
