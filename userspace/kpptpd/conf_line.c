// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_line.c - one line of the configuration file */
#include <string.h>

#include "conf_line.h"

#define BLANKS	" \t\r\n"

static bool is_blank(char c)
{
	return c && strchr(BLANKS, c);
}

static bool is_comment(const char *text)
{
	return *text == '#' || *text == ';';
}

/* Cuts blanks off both ends. */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	for (len = strlen(text); len && is_blank(text[len - 1]); len--)
		text[len - 1] = '\0';
	return text;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && !is_blank(*text)) ||
		    *text == 0x7f)
			return true;
	return false;
}

static const char *read_section(char *text, struct kpptp_conf_line *out)
{
	char *end = strchr(text, ']'), *rest;

	out->kind = KPPTP_CONF_SECTION;
	if (!end)
		return "the section has no ] at its end";
	*end = '\0';
	rest = trim(end + 1);
	if (*rest && !is_comment(rest))
		return "there is something behind the section";
	out->name = trim(text + 1);
	return *out->name ? NULL : "the section has no name";
}

static const char *read_quoted(char *text, struct kpptp_conf_line *out)
{
	char *end = strchr(text + 1, *text), *rest;

	if (!end)
		return "a quotation mark is not closed";
	*end = '\0';
	rest = trim(end + 1);
	if (*rest && !is_comment(rest))
		return "there is something behind the closing quotation mark; put the whole value in quotation marks of the other kind";
	out->value = text + 1;
	return NULL;
}

static void read_plain(char *text, struct kpptp_conf_line *out)
{
	char *c;

	for (c = text; *c && !out->comment; c++) {
		out->comment = is_comment(c) && (c == text || is_blank(c[-1]));
		if (out->comment)
			*c = '\0';
	}
	out->value = trim(text);
}

static const char *read_key(char *text, struct kpptp_conf_line *out)
{
	char *sign = strpbrk(text, "=:"), *value;

	if (!sign || sign == text)
		return "neither a [section] nor a \"key = value\"";
	*sign = '\0';
	value = trim(sign + 1);
	out->kind = KPPTP_CONF_KEY;
	out->name = trim(text);
	if (*value == '"' || *value == '\'')
		return read_quoted(value, out);
	read_plain(value, out);
	return NULL;
}

const char *kpptp_conf_line_read(char *text, struct kpptp_conf_line *out)
{
	memset(out, 0, sizeof(*out));
	text = trim(text);
	if (!*text || is_comment(text))
		return NULL;
	if (has_control(text))
		return "there is a control character in the line";
	return *text == '[' ? read_section(text, out) : read_key(text, out);
}
