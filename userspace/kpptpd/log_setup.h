/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where log lines go; for main.c. Writing them is in log.h. */
#ifndef KPPTPD_LOG_SETUP_H
#define KPPTPD_LOG_SETUP_H

#include <stdbool.h>

#include "log.h"

/**
 * kpptp_log_open() - choose where log lines go
 * @foreground: standard error, with the time, or with a priority (sd-daemon(3))
 *	when that is the journal; otherwise syslog (LOG_DAEMON), and errors and
 *	warnings to standard error as well
 *
 * Before it is called lines go to standard error with the time. What libevent
 * has to say becomes lines of ours.
 */
void kpptp_log_open(bool foreground);

/**
 * kpptp_log_leave_terminal() - in the background, from now on only syslog
 *
 * Gives standard error up, so that whoever reads from it sees its end.
 */
void kpptp_log_leave_terminal(void);

/** kpptp_log_to_monitor() - lines go to standard error, which the monitor reads */
void kpptp_log_to_monitor(void);

/** kpptp_log_take() - the monitor logs a line of a process that does so */
void kpptp_log_take(const char *line);

/** kpptp_log_last_error() - text of the last error of this process, or "" */
const char *kpptp_log_last_error(void);

/** kpptp_log_set_level() - lines above this level are left out */
void kpptp_log_set_level(enum kpptp_log_level level);

/**
 * kpptp_log_level_parse() - "error", "warning", "info" or "debug"
 *
 * Return: 0 or -EINVAL.
 */
int kpptp_log_level_parse(const char *text, enum kpptp_log_level *level);

#endif
