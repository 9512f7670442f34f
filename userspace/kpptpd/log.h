/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line per event: who, what, why. Implemented in log.c. */
#ifndef KPPTPD_LOG_H
#define KPPTPD_LOG_H

enum kpptp_log_level {
	KPPTP_LOG_ERROR,
	KPPTP_LOG_WARNING,
	KPPTP_LOG_INFO,
	KPPTP_LOG_DEBUG,
};

/**
 * kpptp_log() - write one log line
 * @level: how much it matters
 * @fmt: printf format, without a newline
 *
 * Text that came from a peer must be escaped by the caller
 * (kpptp_ctrl_text()).
 */
void kpptp_log(enum kpptp_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
