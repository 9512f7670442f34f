// SPDX-License-Identifier: GPL-2.0-or-later
/* lines.c - cutting a stream of octets into lines */
#include "lines.h"

void kpptp_lines_feed(struct kpptp_lines *lines, const char *data, size_t len,
		      void (*fn)(void *arg, char *line), void *arg)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (data[i] != '\n' && data[i] != '\0')
			lines->buf[lines->len++] = data[i];
		if (data[i] != '\n' && lines->len < sizeof(lines->buf) - 1)
			continue;
		lines->buf[lines->len] = '\0';
		lines->len = 0;
		fn(arg, lines->buf);
	}
}
