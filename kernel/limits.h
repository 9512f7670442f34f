/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPPTP_LIMITS_H
#define KPPTP_LIMITS_H

struct net;

int kpptp_limits_init(struct net *net);
void kpptp_limits_exit(struct net *net);

#endif /* KPPTP_LIMITS_H */
