/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of PPP's link control (RFC 1661) as kpptp doctor needs to learn what
 * gets through: pure, frames in and frames out. Frames begin with address and
 * control, as they follow the GRE header.
 */
#ifndef KPPTP_DOCTOR_LCP_H
#define KPPTP_DOCTOR_LCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KPPTP_LCP_HEADER	4	/* octets before the LCP packet: FF 03 C0 21 */
#define KPPTP_LCP_MAX		1500	/* longest LCP packet */
#define KPPTP_LCP_FRAME		(KPPTP_LCP_HEADER + KPPTP_LCP_MAX)

/**
 * struct kpptp_lcp - what is known of the link; begin with zeros and @magic
 * @magic: our magic number, odd; 0 once the peer has refused it
 * @requests: of ours that were made
 * @answered: the peer answered one of them, whatever it said
 * @acked: it agreed
 * @agreed: we agreed to its own
 * @auth: PPP protocol by which it wants us to authenticate, 0 for none
 * @chap: algorithm, when @auth is CHAP
 * @echoed: length of the longest echo that came back, octets
 * @ended: it ended the link
 */
struct kpptp_lcp {
	uint32_t magic;
	unsigned int requests;
	bool answered;
	bool acked;
	bool agreed;
	uint16_t auth;
	uint8_t chap;
	unsigned int echoed;
	bool ended;
};

/** kpptp_lcp_request() - our Configure-Request. Return: length of the frame. */
size_t kpptp_lcp_request(struct kpptp_lcp *lcp, uint8_t out[KPPTP_LCP_FRAME]);

/**
 * kpptp_lcp_input() - a frame has come
 * @frame: not changed; one that is no LCP is nothing to us
 * @len: of @frame
 * @out: for the answer
 *
 * Return: length of the answer, 0 when none is due.
 */
size_t kpptp_lcp_input(struct kpptp_lcp *lcp, const uint8_t *frame, size_t len,
		       uint8_t out[KPPTP_LCP_FRAME]);

/** kpptp_lcp_open() - both ends agreed, so that echoes are answered */
bool kpptp_lcp_open(const struct kpptp_lcp *lcp);

/**
 * kpptp_lcp_echo() - an Echo-Request
 * @size: length of the LCP packet, 8 to KPPTP_LCP_MAX: as long as an IP packet
 *	through the tunnel that takes as much room
 *
 * Return: length of the frame.
 */
size_t kpptp_lcp_echo(const struct kpptp_lcp *lcp, unsigned int size,
		      uint8_t out[KPPTP_LCP_FRAME]);

/**
 * kpptp_lcp_loop() - tell the peer that its magic number is our own
 * @id: identifier of the Configure-Request that this is the Configure-Nak of
 * @magic: the one it should take
 *
 * A peer that is told so again and again takes its line for looped back and
 * ends the call (RFC 1661 6.4). So it shows, over the control connection, that
 * it gets our GRE even if we get nothing of its.
 *
 * Return: length of the frame.
 */
size_t kpptp_lcp_loop(uint8_t id, uint32_t magic, uint8_t out[KPPTP_LCP_FRAME]);

/** kpptp_lcp_terminate() - Terminate-Ack or Terminate-Request. Return: length of the frame. */
size_t kpptp_lcp_terminate(bool ack, uint8_t out[KPPTP_LCP_FRAME]);

/** kpptp_lcp_auth_name() - how the peer wants us to authenticate, as pppd calls it */
const char *kpptp_lcp_auth_name(const struct kpptp_lcp *lcp);

#endif
