/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sender's window and its adaptive time-out (RFC 2637 4.2, 4.4). Time is
 * u64 nanoseconds of one monotonic clock. The essay is in window.c.
 */
#ifndef KPPTP_WINDOW_H
#define KPPTP_WINDOW_H

#include "seq.h"

/**
 * enum kpptp_ack_verdict - what an acknowledgment was worth
 * @KPPTP_ACK_OLD: acknowledges nothing that was open
 * @KPPTP_ACK_NEW: takes packets off the window
 * @KPPTP_ACK_BAD: for a number that was never sent; ignored
 */
enum kpptp_ack_verdict {
	KPPTP_ACK_OLD,
	KPPTP_ACK_NEW,
	KPPTP_ACK_BAD,
};

/**
 * struct kpptp_window - send window of a call
 * @max: the window that the peer announced, in packets; 0 no limit
 * @size: the window now, 1 .. @max; 0 if @max is
 * @timing: @timed is on its way
 * @next: next number to be sent
 * @open: lowest number not acknowledged; @next when there is none
 * @full: the window grows when @open has come here
 * @timed: the number whose acknowledgment gives the next sample
 * @timed_at: when @timed was sent
 * @deadline: when what is open counts as lost; U64_MAX when nothing is open
 * @rtt8: eight times the round-trip time RTT, in ns
 * @dev4: four times its deviation DEV, in ns
 */
struct kpptp_window {
	u16	max;
	u16	size;
	bool	timing;
	u32	next;
	u32	open;
	u32	full;
	u32	timed;
	u64	timed_at;
	u64	deadline;
	u64	rtt8;
	u64	dev4;
};

void kpptp_window_init(struct kpptp_window *w, u16 max, u16 ppd_tenths,
		       u32 first);
bool kpptp_window_open(const struct kpptp_window *w);
void kpptp_window_sent(struct kpptp_window *w, u32 seq, u64 now);
enum kpptp_ack_verdict kpptp_window_acked(struct kpptp_window *w, u32 ack,
					  u64 now);
u64 kpptp_window_deadline(const struct kpptp_window *w);
void kpptp_window_timeout(struct kpptp_window *w, u64 now);

u16 kpptp_window_size(const struct kpptp_window *w);
u32 kpptp_window_unacked(const struct kpptp_window *w);
u32 kpptp_window_rtt_us(const struct kpptp_window *w);
u32 kpptp_window_ato_us(const struct kpptp_window *w);

#endif /* KPPTP_WINDOW_H */
