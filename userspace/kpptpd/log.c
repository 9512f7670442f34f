// SPDX-License-Identifier: GPL-2.0-or-later
/* log.c - one line per event, to standard error or to syslog */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "log_setup.h"

#define LINE_MAX_OCTETS	1024

static enum kpptp_log_level max_level = KPPTP_LOG_INFO;
static bool to_syslog;

static const char *const level_names[] = {
	[KPPTP_LOG_ERROR] = "error",
	[KPPTP_LOG_WARNING] = "warning",
	[KPPTP_LOG_INFO] = "info",
	[KPPTP_LOG_DEBUG] = "debug",
};

void kpptp_log_open(bool foreground)
{
	to_syslog = !foreground;
	/* Connect now: later there may be no way to the socket. */
	if (to_syslog)
		openlog("kpptpd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void kpptp_log_set_level(enum kpptp_log_level level)
{
	max_level = level;
}

int kpptp_log_level_parse(const char *text, enum kpptp_log_level *level)
{
	size_t i;

	for (i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcmp(text, level_names[i]))
			continue;
		*level = i;
		return 0;
	}
	return -EINVAL;
}

static int priority_of(enum kpptp_log_level level)
{
	switch (level) {
	case KPPTP_LOG_ERROR:
		return LOG_ERR;
	case KPPTP_LOG_WARNING:
		return LOG_WARNING;
	case KPPTP_LOG_INFO:
		return LOG_INFO;
	case KPPTP_LOG_DEBUG:
		return LOG_DEBUG;
	}
	return LOG_ERR;
}

/* One write per line, so that lines of two processes do not mix. */
static void write_line(enum kpptp_log_level level, const char *text)
{
	char line[LINE_MAX_OCTETS + 64], when[32] = "";
	struct timespec now;
	struct tm tm;
	int len;

	clock_gettime(CLOCK_REALTIME, &now);
	if (localtime_r(&now.tv_sec, &tm))
		strftime(when, sizeof(when), "%F %T", &tm);
	len = snprintf(line, sizeof(line), "%s.%03ld kpptpd[%d] %s: %s\n",
		       when, now.tv_nsec / 1000000, (int)getpid(),
		       level_names[level], text);
	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	if (write(STDERR_FILENO, line, len) < 0)
		return;	/* nowhere left to say so */
}

void kpptp_log(enum kpptp_log_level level, const char *fmt, ...)
{
	char text[LINE_MAX_OCTETS], *p;
	int saved = errno;
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Whatever got in, a line is a line. */
	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	if (to_syslog)
		syslog(priority_of(level), "%s", text);
	else
		write_line(level, text);
	errno = saved;
}
