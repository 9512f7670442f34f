// SPDX-License-Identifier: GPL-2.0-or-later
/* utf8.c - characters of UTF-8 (RFC 3629), and octets that are none */
#include <stdio.h>
#include <string.h>

#include "utf8.h"

/* By the number of octets behind the first: its mark, and the least character. */
static const struct {
	unsigned char mask;
	unsigned char mark;
	int32_t least;
} form[] = {
	{ 0x80, 0x00, 0 },
	{ 0xe0, 0xc0, 0x80 },
	{ 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 },
};

static size_t octets_behind(unsigned char first)
{
	size_t n;

	for (n = 0; n < sizeof(form) / sizeof(form[0]); n++)
		if ((first & form[n].mask) == form[n].mark)
			break;
	return n;
}

int32_t kpptp_utf8_next(const char **text)
{
	const unsigned char *c = (const unsigned char *)*text;
	size_t n = octets_behind(*c), i;
	int32_t point;

	*text += 1;
	if (n == sizeof(form) / sizeof(form[0]))
		return -1;
	point = *c & ~form[n].mask;
	for (i = 1; i <= n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return -1;
		point = point << 6 | (c[i] & 0x3f);
	}
	/* Longer than it need be, a surrogate, or beyond Unicode. */
	if (point < form[n].least || (point >= 0xd800 && point <= 0xdfff) ||
	    point > 0x10ffff)
		return -1;
	*text += n;
	return point;
}

const char *kpptp_utf8_clean(const char *text, char *buf, size_t size)
{
	size_t used = 0;

	while (*text) {
		const char *from = text;
		char octet[8];
		size_t len;

		if (kpptp_utf8_next(&text) < 0) {
			snprintf(octet, sizeof(octet), "\\x%02x",
				 (unsigned char)*from);
			from = octet;
			len = strlen(octet);
		} else {
			len = text - from;
		}
		if (used + len >= size)
			break;
		memcpy(buf + used, from, len);
		used += len;
	}
	buf[used] = '\0';
	return buf;
}
