/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of the configuration file:
 *
 *	[section]
 *	key = value
 *	key = "value"		or 'value': as it is, blanks and comments too
 *
 * Blanks at both ends mean nothing. # or ; begins a comment at the beginning of
 * a line, behind a blank and behind a closing quotation mark. Nothing is an
 * escape.
 */
#ifndef KPPTPD_CONF_LINE_H
#define KPPTPD_CONF_LINE_H

#include <stdbool.h>

enum kpptp_conf_kind {
	KPPTP_CONF_NOTHING,
	KPPTP_CONF_SECTION,
	KPPTP_CONF_KEY,
};

/**
 * struct kpptp_conf_line - what is in it
 * @kind: which of the other members mean something; after an error, what the
 *	line was meant to be
 * @name: of the section or key, not empty
 * @value: of the key
 * @comment: a comment without quotation marks was cut off the value
 */
struct kpptp_conf_line {
	enum kpptp_conf_kind kind;
	const char *name;
	const char *value;
	bool comment;
};

/**
 * kpptp_conf_line_read() - take a line apart
 * @text: the line; it is changed, and @out points into it
 * @out: result
 *
 * Return: NULL, or a static phrase that says what is wrong with the line.
 */
const char *kpptp_conf_line_read(char *text, struct kpptp_conf_line *out);

#endif
