// SPDX-License-Identifier: GPL-2.0-or-later
/* log.c - one line per event, to standard error, the journal or syslog */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "log_setup.h"

#define LINE_MAX_OCTETS	1024

enum kpptp_log_level kpptp_log_max = KPPTP_LOG_INFO;
/*
 * To the journal go priorities only: it notes time and process by itself. The
 * terminal of a daemon on its way to the background gets what its user has to
 * know, syslog gets everything.
 */
static enum {
	TO_STDERR,
	TO_JOURNAL,
	TO_SYSLOG,
	TO_SYSLOG_AND_TERMINAL,
} target = TO_STDERR;

static int null_fd = -1;
static char last_error[LINE_MAX_OCTETS];

static const char *const level_names[] = {
	[KPPTP_LOG_ERROR] = "error",
	[KPPTP_LOG_WARNING] = "warning",
	[KPPTP_LOG_INFO] = "info",
	[KPPTP_LOG_DEBUG] = "debug",
};

/* systemd tells which file its journal is, see systemd.exec(5). */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       !fstat(fd, &st) && st.st_dev == device && st.st_ino == inode;
}

static void on_libevent(int severity, const char *text)
{
	static const enum kpptp_log_level level[] = {
		[EVENT_LOG_DEBUG] = KPPTP_LOG_DEBUG,
		[EVENT_LOG_MSG] = KPPTP_LOG_INFO,
		[EVENT_LOG_WARN] = KPPTP_LOG_WARNING,
		[EVENT_LOG_ERR] = KPPTP_LOG_ERROR,
	};

	kpptp_log(severity < EVENT_LOG_DEBUG || severity > EVENT_LOG_ERR ?
		  KPPTP_LOG_WARNING : level[severity], "libevent: %s", text);
}

void kpptp_log_open(bool foreground)
{
	event_set_log_callback(on_libevent);
	if (foreground) {
		target = is_journal(STDERR_FILENO) ? TO_JOURNAL : TO_STDERR;
		return;
	}
	target = TO_SYSLOG_AND_TERMINAL;
	/* Connect and open now: later there may be no way to do so. */
	openlog("kpptpd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
}

void kpptp_log_leave_terminal(void)
{
	if (target != TO_SYSLOG_AND_TERMINAL)
		return;
	target = TO_SYSLOG;
	dup2(null_fd, STDERR_FILENO);
}

const char *kpptp_log_last_error(void)
{
	return last_error;
}

void kpptp_log_set_level(enum kpptp_log_level level)
{
	kpptp_log_max = level;
}

int kpptp_log_level_parse(const char *text, enum kpptp_log_level *level)
{
	size_t i;

	for (i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcasecmp(text, level_names[i]))
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

void kpptp_log_to_monitor(void)
{
	event_set_log_callback(on_libevent);
	target = TO_JOURNAL;
}

/* Whatever a process of ours wrote without a priority it did not mean to write. */
void kpptp_log_take(const char *line)
{
	static const enum kpptp_log_level level[] = {
		[LOG_ERR] = KPPTP_LOG_ERROR,
		[LOG_WARNING] = KPPTP_LOG_WARNING,
		[LOG_INFO] = KPPTP_LOG_INFO,
		[LOG_DEBUG] = KPPTP_LOG_DEBUG,
	};
	unsigned int n;

	if (line[0] != '<' || line[1] < '0' + LOG_ERR ||
	    line[1] > '0' + LOG_DEBUG || line[2] != '>') {
		kpptp_log(KPPTP_LOG_WARNING, "%s", line);
		return;
	}
	n = line[1] - '0';
	kpptp_log(level[n], "%s", line + 3);
}

/* One write per line, so that lines of two processes do not mix. */
static void write_line(const char *prefix, const char *text)
{
	char line[LINE_MAX_OCTETS + 64];
	int len = snprintf(line, sizeof(line), "%s%s\n", prefix, text);

	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	if (write(STDERR_FILENO, line, len) < 0)
		return;	/* nowhere left to say so */
}

static void write_with_time(enum kpptp_log_level level, const char *text)
{
	char prefix[64], when[32] = "";
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (localtime_r(&now.tv_sec, &tm))
		strftime(when, sizeof(when), "%F %T", &tm);
	snprintf(prefix, sizeof(prefix), "%s.%03ld kpptpd[%d] %s: ", when,
		 now.tv_nsec / 1000000, (int)getpid(), level_names[level]);
	write_line(prefix, text);
}

static void write_with_priority(enum kpptp_log_level level, const char *text)
{
	char prefix[8];

	snprintf(prefix, sizeof(prefix), "<%d>", priority_of(level));
	write_line(prefix, text);
}

static void write_text(enum kpptp_log_level level, const char *text)
{
	switch (target) {
	case TO_STDERR:
		write_with_time(level, text);
		return;
	case TO_JOURNAL:
		write_with_priority(level, text);
		return;
	case TO_SYSLOG_AND_TERMINAL:
		if (level <= KPPTP_LOG_WARNING)
			write_line(level == KPPTP_LOG_WARNING ?
				   "kpptpd: warning: " : "kpptpd: ", text);
		/* fall through */
	case TO_SYSLOG:
		syslog(priority_of(level), "%s", text);
		return;
	}
}

void kpptp_log_line(enum kpptp_log_level level, const char *fmt, ...)
{
	char text[LINE_MAX_OCTETS], *p;
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Whatever got in, a line is a line. */
	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	if (level == KPPTP_LOG_ERROR)
		memcpy(last_error, text, sizeof(last_error));
	write_text(level, text);
	errno = saved;
}
