/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPPTP_PPPOX_H
#define KPPTP_PPPOX_H

int kpptp_pppox_register(void);
void kpptp_pppox_unregister(void);

#endif /* KPPTP_PPPOX_H */
