/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPPTP_TIMERS_H
#define KPPTP_TIMERS_H

struct kpptp_call;

void kpptp_timers_init(struct kpptp_call *call);
void kpptp_timers_stop(struct kpptp_call *call);
void kpptp_timers_rx_held(struct kpptp_call *call);
void kpptp_timers_ack_owed(struct kpptp_call *call);
void kpptp_timers_window(struct kpptp_call *call);

#endif /* KPPTP_TIMERS_H */
