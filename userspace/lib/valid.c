// SPDX-License-Identifier: GPL-2.0-or-later
/* valid.c - what a value may be */
#include <arpa/inet.h>
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

bool kpptp_valid_host(struct in_addr addr)
{
	return addr.s_addr != htonl(INADDR_ANY) &&
	       addr.s_addr != htonl(INADDR_BROADCAST) &&
	       !IN_MULTICAST(ntohl(addr.s_addr));
}

const char *kpptp_valid_text(const char *text, size_t size)
{
	if (strnlen(text, size) == size)
		return "is too long";
	return has_control(text) ? "has a control character in it" : NULL;
}

/* Text that is not empty and has none of @no in it. */
static const char *valid_word(const char *text, size_t size, const char *no,
			      const char *why)
{
	const char *wrong = kpptp_valid_text(text, size);

	if (wrong)
		return wrong;
	if (!*text)
		return "is empty";
	return strpbrk(text, no) ? why : NULL;
}

const char *kpptp_valid_name(const char *name, size_t size)
{
	const char *why = valid_word(name, size, "", NULL);

	if (!why && strspn(name, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789_.-") < strlen(name))
		why = "has something else in it than letters, digits, \"_\", \".\" and \"-\"";
	return why;
}

const char *kpptp_valid_server(const char *host, size_t size)
{
	return valid_word(host, size, " /:\"'\\",
			  "has a blank, a quotation mark or one of / : \\ in it");
}

const char *kpptp_valid_device(const char *name, size_t size)
{
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return "is the name of no interface";
	return valid_word(name, size < IFNAMSIZ ? size : IFNAMSIZ, " /:\"'\\",
			  "has a blank, a quotation mark or one of / : \\ in it");
}
