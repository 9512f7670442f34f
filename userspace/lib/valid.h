/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * valid.h - what a value may be
 *
 * The configuration, the control socket and the monitor ask the same functions,
 * so that what one of them lets in the others do not refuse.
 *
 * A check returns NULL when the value is valid, or a static phrase that says
 * what is wrong with it and goes on after "it": "has a blank in it".
 */
#ifndef KPPTP_VALID_H
#define KPPTP_VALID_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * kpptp_valid_number() - read a number as people write it
 * @text: decimal, or hexadecimal with 0x; a leading 0 means nothing, never octal
 * @min: smallest
 * @max: largest
 * @out: receives it, unless there is an error
 *
 * Return: 0, or -EINVAL when it is no number or out of range.
 */
int kpptp_valid_number(const char *text, unsigned long min, unsigned long max,
		       unsigned long *out);

/**
 * kpptp_valid_switch() - read yes, on, true or no, off, false, in any case
 *
 * Return: 0, or -EINVAL for any other word.
 */
int kpptp_valid_switch(const char *text, bool *out);

#define KPPTP_MTU_MIN	576	/* of a link, octets */
#define KPPTP_MTU_MAX	16384

/**
 * kpptp_valid_host() - may a host have this address?
 *
 * The kernel's rule for the other end of a TCP connection: neither 0.0.0.0, nor
 * multicast, nor 255.255.255.255. The rest of 0/8 and 240/4 are addresses as
 * others are (Linux 5.3 and 2.6.25).
 */
bool kpptp_valid_host(struct in_addr addr);

/**
 * kpptp_valid_text() - may @text be a user, a number to call, a path, ...?
 * @text: array of @size octets; valid only with a NUL in it
 * @size: of the array
 *
 * Any text without control characters, empty or in any encoding: it gets into
 * logs, tables and arguments of programs.
 */
const char *kpptp_valid_text(const char *text, size_t size);

/**
 * kpptp_valid_name() - may @name be that of a client?
 * @name: array of @size octets; valid only with a NUL in it
 * @size: of the array
 *
 * Letters, digits, "_", "." and "-": it is in commands that people write.
 */
const char *kpptp_valid_name(const char *name, size_t size);

/** kpptp_valid_server() - may @host be a name or an IPv4 address to connect to? */
const char *kpptp_valid_server(const char *host, size_t size);

/**
 * kpptp_valid_device() - may @name be the name of a network interface?
 * @name: array of @size octets; valid only with a NUL in it
 * @size: of the array
 *
 * Stricter than the kernel's dev_valid_name(): quotation marks, backslashes and
 * control characters are mistakes wherever they occur.
 */
const char *kpptp_valid_device(const char *name, size_t size);

#endif
