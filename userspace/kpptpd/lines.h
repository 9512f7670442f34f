/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cutting a stream of octets into lines; used on what pppd prints and reports. */
#ifndef KPPTPD_LINES_H
#define KPPTPD_LINES_H

#include <stddef.h>

#define KPPTP_LINE_SIZE	1024

/* What came without a newline yet. Zeroed is empty. */
struct kpptp_lines {
	char buf[KPPTP_LINE_SIZE];
	size_t len;
};

/**
 * kpptp_lines_feed() - hand over octets, call @fn for each complete line
 * @lines: state
 * @data: octets
 * @len: how many
 * @fn: gets each line without its newline. It must not free @lines.
 * @arg: for @fn
 *
 * A line that does not fit is cut and the rest of it comes as another line.
 */
void kpptp_lines_feed(struct kpptp_lines *lines, const char *data, size_t len,
		      void (*fn)(void *arg, char *line), void *arg);

#endif
