/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPPTP_TX_H
#define KPPTP_TX_H

#include <linux/bits.h>
#include <linux/types.h>

struct kpptp_call;
struct sk_buff;

/* Room that a frame needs in front: PPP address and control, GRE, IP. */
#define KPPTP_HEADROOM	(2 + 16 + 20)

/* How a frame goes out (RFC 1661 6.5, 6.6). */
enum kpptp_frame_flags {
	KPPTP_FRAME_ADDRESS_CONTROL	= BIT(0),	/* FF 03 in front */
	KPPTP_FRAME_SHORT_PROTOCOL	= BIT(1),	/* without the 00 */
};

int kpptp_tx_frame(struct kpptp_call *call, struct sk_buff *skb,
		   unsigned int flags);
void kpptp_tx_ack(struct kpptp_call *call);
void kpptp_tx_timeout(struct kpptp_call *call);
void kpptp_tx_received(struct kpptp_call *call, bool any, u32 highest);
void kpptp_tx_acked(struct kpptp_call *call, u32 number);

#endif /* KPPTP_TX_H */
