// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sender's window and its time-out (RFC 2637 4.2, 4.4).
 *
 * Nothing is ever sent again: the window only keeps a sender from flooding a
 * slow receiver. Numbers from @open to @next - 1 are on their way:
 *
 *   0 <= next - open            what is on its way (serial)
 *   1 <= size <= max            unless max is 0: then there is no window
 *   deadline == U64_MAX  <=>  next == open or max == 0
 *   12 ms <= ATO <= 3 s,  0 <= RTT <= 3 s
 *
 * Packets sent side by side may overshoot the window, so next - open <= size
 * holds only for a caller that asks kpptp_window_open() before each.
 *
 * Window. It starts at half of what the peer announced, grows by one whenever
 * a full window has been sent and acknowledged without a time-out, and is
 * halved (rounding up) by a time-out, after which everything on its way counts
 * as acknowledged. A peer that never acknowledges thus still gets one packet
 * or more per time-out.
 *
 * Time-out. From each acknowledgment, with one sample of the round trip:
 *
 *   DIFF = sample - RTT
 *   DEV += (|DIFF| - DEV) / 4
 *   RTT += DIFF / 8
 *   ATO  = RTT + 4 * DEV, between 12 ms and 3 s
 *
 * and from each time-out: RTT *= 2. RTT is kept times eight and DEV times
 * four, so that the fractions are shifts that lose nothing. RTT stays below
 * the largest time-out, beyond which it would change nothing.
 *
 * Sample. The RFC takes the send time of the highest number acknowledged,
 * which would mean to keep one for each packet on its way. Here one packet is
 * timed at a time, and it gives a sample when a number as high or higher is
 * acknowledged: one sample per round trip, taken from a packet that may be
 * older than the highest acknowledged by what the peer saved up. A time-out
 * ends the timing without a sample: what comes later may answer anything.
 *
 * The deadline is ATO after the window last moved: after the first packet sent
 * into an empty window, or after an acknowledgment that left some on their
 * way.
 */
#include "window.h"

#define NS_PER_US	1000U
#define NS_PER_MS	1000000ULL

#define MIN_TIMEOUT	(12 * NS_PER_MS)
#define MAX_TIMEOUT	(3000 * NS_PER_MS)
#define PPD_UNIT	(100 * NS_PER_MS)

/* Without a window nothing bounds what is on its way; serial order does. */
#define MAX_UNACKED	0x40000000U

static u64 rtt(const struct kpptp_window *w)
{
	return w->rtt8 >> 3;
}

static void set_rtt8(struct kpptp_window *w, u64 rtt8)
{
	w->rtt8 = min_t(u64, rtt8, MAX_TIMEOUT << 3);
}

static u64 ato(const struct kpptp_window *w)
{
	u64 timeout = rtt(w) + w->dev4;	/* 4 * DEV */

	return max_t(u64, MIN_TIMEOUT, min_t(u64, timeout, MAX_TIMEOUT));
}

/* Both subtractions take an eighth, or a quarter, of what is there: the
 * results can't be negative.
 */
static void sample(struct kpptp_window *w, u64 took)
{
	u64 old = rtt(w);
	u64 off;

	took = min_t(u64, took, MAX_TIMEOUT);
	off = took > old ? took - old : old - took;
	w->dev4 = w->dev4 - (w->dev4 >> 2) + off;
	set_rtt8(w, w->rtt8 - old + took);
}

static void set_deadline(struct kpptp_window *w, u64 now)
{
	w->deadline = w->max && w->next != w->open ? now + ato(w) : U64_MAX;
}

/**
 * kpptp_window_init() - start of a call, or of a new window in one
 * @w: window
 * @max: window that the peer announced, in packets; 0 for no window
 * @ppd_tenths: Packet Processing Delay that the peer announced, 1/10 s
 * @first: next number to be sent
 */
void kpptp_window_init(struct kpptp_window *w, u16 max, u16 ppd_tenths,
		       u32 first)
{
	*w = (struct kpptp_window) {
		.max = max,
		.size = max > 1 ? max / 2 : max,
		.next = first,
		.open = first,
		.deadline = U64_MAX,
	};
	w->full = first + w->size;
	set_rtt8(w, max_t(u64, 1, ppd_tenths) * PPD_UNIT << 3);
}

/**
 * kpptp_window_open() - may a packet be sent?
 * @w: window
 *
 * Return: false when as many as the window allows are on their way.
 */
bool kpptp_window_open(const struct kpptp_window *w)
{
	return !w->max || kpptp_window_unacked(w) < w->size;
}

/**
 * kpptp_window_sent() - should be called for every data packet sent
 * @w: window
 * @seq: its number, one more than the one before
 * @now: time
 */
void kpptp_window_sent(struct kpptp_window *w, u32 seq, u64 now)
{
	bool idle = w->next == w->open;

	w->next = seq + 1;
	if (idle) {
		w->open = seq;
		set_deadline(w, now);
	}
	if (w->next - w->open > MAX_UNACKED)
		w->open = w->next - MAX_UNACKED;
	if (w->timing && !kpptp_seq_before(w->timed, w->open))
		return;
	w->timing = true;
	w->timed = seq;
	w->timed_at = now;
}

static void grow(struct kpptp_window *w)
{
	if (!w->max || kpptp_seq_before(w->open, w->full))
		return;
	if (w->size < w->max)
		w->size++;
	w->full = w->open + w->size;
}

/**
 * kpptp_window_acked() - should be called when an acknowledgment arrives
 * @w: window
 * @ack: highest number that the peer has received
 * @now: time
 *
 * Acknowledging a number takes all before it off the window, received or not
 * (RFC 2637 4.3).
 *
 * Return: what it was worth.
 */
enum kpptp_ack_verdict kpptp_window_acked(struct kpptp_window *w, u32 ack,
					  u64 now)
{
	u32 open = ack + 1;

	if (!kpptp_seq_after(open, w->open))
		return KPPTP_ACK_OLD;
	if (kpptp_seq_after(open, w->next))
		return KPPTP_ACK_BAD;
	w->open = open;
	if (w->timing && kpptp_seq_before(w->timed, open)) {
		w->timing = false;
		sample(w, now > w->timed_at ? now - w->timed_at : 0);
	}
	grow(w);
	set_deadline(w, now);
	return KPPTP_ACK_NEW;
}

/**
 * kpptp_window_deadline() - when to call kpptp_window_timeout()
 * @w: window
 *
 * Return: time, U64_MAX for never. Changed by every call that takes a time.
 */
u64 kpptp_window_deadline(const struct kpptp_window *w)
{
	return w->deadline;
}

/**
 * kpptp_window_timeout() - should be called when the deadline has come
 * @w: window
 * @now: time; before the deadline nothing happens
 */
void kpptp_window_timeout(struct kpptp_window *w, u64 now)
{
	if (now < w->deadline)
		return;
	w->size = (w->size + 1) / 2;
	w->open = w->next;
	w->full = w->open + w->size;
	w->timing = false;
	w->deadline = U64_MAX;
	set_rtt8(w, w->rtt8 << 1);
}

/**
 * kpptp_window_size() - the window now
 * @w: window
 *
 * Return: packets, 0 for no window.
 */
u16 kpptp_window_size(const struct kpptp_window *w)
{
	return w->size;
}

/**
 * kpptp_window_unacked() - what is on its way
 * @w: window
 *
 * Return: packets.
 */
u32 kpptp_window_unacked(const struct kpptp_window *w)
{
	return w->next - w->open;
}

/**
 * kpptp_window_rtt_us() - estimated round-trip time
 * @w: window
 *
 * Return: microseconds, 0 .. 3,000,000.
 */
u32 kpptp_window_rtt_us(const struct kpptp_window *w)
{
	return div_u64(rtt(w), NS_PER_US);
}

/**
 * kpptp_window_ato_us() - adaptive time-out
 * @w: window
 *
 * Return: microseconds, 12,000 .. 3,000,000.
 */
u32 kpptp_window_ato_us(const struct kpptp_window *w)
{
	return div_u64(ato(w), NS_PER_US);
}
