/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pppd has negotiated, and what the link has carried, for the daemon. */
#ifndef KPPTP_PPPD_FACTS_H
#define KPPTP_PPPD_FACTS_H

#include <stddef.h>

/** kpptp_facts_link() - "link AUTH MRU PEER-MRU MPPE", as it is now */
void kpptp_facts_link(char *line, size_t size);

/**
 * kpptp_facts_traffic() - "traffic RX-OCTETS RX-PACKETS TX-OCTETS TX-PACKETS"
 *
 * While the interface is there.
 *
 * Return: whether it is known.
 */
int kpptp_facts_traffic(char *line, size_t size);

#endif
