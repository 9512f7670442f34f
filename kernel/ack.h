/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is owed to the peer in acknowledgments (RFC 2637 4.2). A number
 * acknowledges everything up to it, so only two are kept. When one goes out is
 * the caller's: with the next data, after a delay, or at once when
 * kpptp_ack_now() says so. Implemented in ack.c.
 *
 *   any  =>  0 <= received - sent        (serial)
 *   !any =>  nothing is owed
 */
#ifndef KPPTP_ACK_H
#define KPPTP_ACK_H

#include "seq.h"

/**
 * struct kpptp_ack - acknowledgments owed to the peer
 * @received: highest number to acknowledge, if @any
 * @sent: highest number acknowledged, if @any
 * @any: something has been received
 *
 * All zero is its state before the first packet.
 */
struct kpptp_ack {
	u32	received;
	u32	sent;
	bool	any;
};

void kpptp_ack_received(struct kpptp_ack *a, u32 seq);
bool kpptp_ack_owed(const struct kpptp_ack *a);
u32 kpptp_ack_count(const struct kpptp_ack *a);
bool kpptp_ack_now(const struct kpptp_ack *a, u16 rx_window);
u32 kpptp_ack_take(struct kpptp_ack *a);

#endif /* KPPTP_ACK_H */
