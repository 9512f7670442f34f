/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service manager is told, sd_notify(3). Everything here does nothing
 * where there is none. Only the process that it started may call.
 */
#ifndef KPPTPD_NOTIFY_H
#define KPPTPD_NOTIFY_H

#include <stdint.h>

/**
 * struct kpptp_serving - what the daemon is doing
 * @addresses: on which it listens
 * @calls: that exist
 */
struct kpptp_serving {
	uint32_t addresses;
	uint32_t calls;
};

/** kpptp_notify_ready() - READY=1: it serves, or does so again after a reload */
void kpptp_notify_ready(const struct kpptp_serving *now);

/** kpptp_notify_reloading() - RELOADING=1; kpptp_notify_ready() ends it */
void kpptp_notify_reloading(void);

/** kpptp_notify_alive() - WATCHDOG=1, and what it is doing if that has changed */
void kpptp_notify_alive(const struct kpptp_serving *now);

/** kpptp_notify_stopping() - STOPPING=1 */
void kpptp_notify_stopping(void);

/** kpptp_notify_failed() - it could not start: an errno, and a sentence */
void kpptp_notify_failed(int err, const char *why);

/**
 * kpptp_notify_interval_ms() - how often it wants to hear that we are alive
 *
 * Half of WatchdogSec=, so that one delay is not yet an alarm, or often enough for
 * a status somebody reads; that too where nobody listens.
 */
uint32_t kpptp_notify_interval_ms(void);

#endif
