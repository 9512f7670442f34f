/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPPTP_NETLINK_H
#define KPPTP_NETLINK_H

int kpptp_nl_register(void);
void kpptp_nl_unregister(void);

#endif /* KPPTP_NETLINK_H */
