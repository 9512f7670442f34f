/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * utf8.h - names in whatever encoding
 *
 * A user name is octets to PPP. Most are UTF-8, and are to be seen as they were
 * written; JSON must be UTF-8 whatever they are.
 */
#ifndef KPPTP_UTF8_H
#define KPPTP_UTF8_H

#include <stddef.h>
#include <stdint.h>

/**
 * kpptp_utf8_next() - take one character off a text
 * @text: moved on, not at the NUL
 *
 * Return: the code point, or -1 for an octet that begins none (RFC 3629).
 */
int32_t kpptp_utf8_next(const char **text);

/**
 * kpptp_utf8_clean() - make a text UTF-8
 * @text: any octets, ended by NUL
 * @buf: for the result; 4 octets for each of @text and NUL are enough
 * @size: of @buf, not 0; the result is cut between characters
 *
 * Return: @buf, where each octet that is not UTF-8 is \xNN.
 */
const char *kpptp_utf8_clean(const char *text, char *buf, size_t size);

#endif
