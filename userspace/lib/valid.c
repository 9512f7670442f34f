// SPDX-License-Identifier: GPL-2.0-or-later
/* valid.c - what a value may be */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "valid.h"

int kpptp_valid_number(const char *text, unsigned long min, unsigned long max,
		       unsigned long *out)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	unsigned long n;
	char *end;

	/* strtoul() itself takes blanks, signs and a second 0x. */
	if (!*digits || strspn(digits, hex ? "0123456789abcdefABCDEF" :
					     "0123456789") < strlen(digits))
		return -EINVAL;
	errno = 0;
	n = strtoul(digits, &end, hex ? 16 : 10);
	if (errno || n < min || n > max)
		return -EINVAL;
	*out = n;
	return 0;
}

int kpptp_valid_switch(const char *text, bool *out)
{
	static const char *const words[][2] = {
		{ "no", "yes" }, { "off", "on" }, { "false", "true" },
	};
	size_t i;
	int on;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (on = 0; on < 2; on++) {
			if (strcasecmp(text, words[i][on]))
				continue;
			*out = on;
			return 0;
		}
	}
	return -EINVAL;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

const char *kpptp_valid_device(const char *name, size_t size)
{
	size_t len = strnlen(name, size);

	if (len == size || len >= IFNAMSIZ)
		return "is longer than 15 octets, the most for an interface";
	if (!len)
		return "is empty";
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return "is not a name";
	if (has_control(name))
		return "has a control character in it";
	if (strpbrk(name, " /:\"'\\"))
		return "has a blank, a quotation mark or one of / : \\ in it";
	return NULL;
}
