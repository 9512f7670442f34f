/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listening sockets of the server. */
#ifndef KPPTPD_LISTENER_H
#define KPPTPD_LISTENER_H

#include "core.h"

/**
 * kpptp_listener_open() - listen as the server settings say
 * @core: has its settings (kpptp_core_set_server())
 *
 * Listens on every address of the settings, or 0.0.0.0. Addresses that were
 * listened on already stay, those no longer named are closed; connections are
 * not touched. With the server disabled all are closed.
 *
 * Port 1723 needs no privilege, so the unprivileged worker may call this.
 *
 * Return: 0 or a negative errno; the log names the address. On an error the
 * addresses that could be opened stay open.
 */
int kpptp_listener_open(struct kpptp_core *core);

/** kpptp_listener_close() - stop listening */
void kpptp_listener_close(struct kpptp_core *core);

/**
 * kpptp_listener_each() - every address that is listened on
 * @fn: returns false to stop
 */
void kpptp_listener_each(struct kpptp_core *core,
			 bool (*fn)(void *arg, const struct sockaddr_in *),
			 void *arg);

#endif
