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

/* Lines above this level are left out; see log_setup.h. */
extern enum kpptp_log_level kpptp_log_max;

/**
 * kpptp_log() - write one log line
 * @level: how much it matters
 * @fmt: printf format, without a newline
 *
 * What follows @fmt is not evaluated when the line is left out: making a line that
 * nobody reads may take longer than all else.
 *
 * Text that came from a peer must be escaped by the caller
 * (kpptp_ctrl_text()).
 */
#define kpptp_log(level, ...)						\
	do {								\
		const enum kpptp_log_level level_ = (level);		\
									\
		if (level_ <= kpptp_log_max)				\
			kpptp_log_line(level_, __VA_ARGS__);		\
	} while (0)

/**
 * kpptp_log_bounded() - @level, or debug when there have been too many lines
 *
 * For the lines that anybody can cause who reaches us and has not proved who he is:
 * 50 a second, and 500 at once. How many were left out is logged.
 */
enum kpptp_log_level kpptp_log_bounded(enum kpptp_log_level level);

void kpptp_log_line(enum kpptp_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
