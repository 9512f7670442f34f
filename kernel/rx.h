/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPPTP_RX_H
#define KPPTP_RX_H

struct kpptp_call;

int kpptp_rx_register(void);
void kpptp_rx_unregister(void);
void kpptp_rx_expire(struct kpptp_call *call);
bool kpptp_rx_taken(struct kpptp_call *call, bool all);

#endif /* KPPTP_RX_H */
