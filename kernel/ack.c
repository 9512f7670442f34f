// SPDX-License-Identifier: GPL-2.0-only
/* What is owed to the peer in acknowledgments (RFC 2637 4.2). See ack.h. */
#include "ack.h"

/**
 * kpptp_ack_received() - should be called after packets were received
 * @a: state
 * @seq: highest number to acknowledge now
 *
 * The number may be the same as before, and a little older than one told
 * already, when two processors come here in the wrong order: both change
 * nothing. One that is far behind is where the peer really is now, and is
 * followed.
 */
void kpptp_ack_received(struct kpptp_ack *a, u32 seq)
{
	s32 step = kpptp_seq_diff(seq, a->received);

	if (a->any && step <= 0 && step >= -KPPTP_SEQ_FAR)
		return;
	if (!a->any || step < 0)
		a->sent = seq - 1;
	a->received = seq;
	a->any = true;
	/* Far apart, the two would change places. */
	if (kpptp_seq_before(a->received, a->sent))
		a->sent = seq - 1;
}

/**
 * kpptp_ack_owed() - is there anything to acknowledge?
 * @a: state
 *
 * Return: whether a number was received that has not been acknowledged.
 */
bool kpptp_ack_owed(const struct kpptp_ack *a)
{
	return kpptp_ack_count(a);
}

/**
 * kpptp_ack_count() - how much is there to acknowledge?
 * @a: state
 *
 * Return: numbers not acknowledged, those of lost packets included, for the
 * peer's window counts them too.
 */
u32 kpptp_ack_count(const struct kpptp_ack *a)
{
	return a->received - a->sent;
}

/**
 * kpptp_ack_now() - is waiting for data to ride on too long?
 * @a: state
 * @rx_window: the window announced to the peer, in packets; 0 for none
 *
 * Return: whether half the window is owed or more. The peer, which can't send
 * beyond the window, would stall before long.
 */
bool kpptp_ack_now(const struct kpptp_ack *a, u16 rx_window)
{
	return rx_window && kpptp_ack_count(a) >= (rx_window + 1U) / 2;
}

/**
 * kpptp_ack_take() - should be called when an acknowledgment goes out
 * @a: state; something has been received
 *
 * Return: the number to send. Nothing is owed then.
 */
u32 kpptp_ack_take(struct kpptp_ack *a)
{
	a->sent = a->received;
	return a->received;
}
