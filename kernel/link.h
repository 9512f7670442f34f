/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last step of a burst: many packets to one neighbour.
 */
#ifndef KPPTP_LINK_H
#define KPPTP_LINK_H

#include <linux/types.h>

struct neighbour;
struct sk_buff;

void kpptp_link_send(struct neighbour *neigh, bool is_v6gw,
		     struct sk_buff *list);

#endif /* KPPTP_LINK_H */
