/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * valid.h - what a value may be
 *
 * The configuration, the control socket and the monitor ask the same functions,
 * so that what one of them lets in the others do not refuse.
 *
 * A check returns NULL when the value is valid, or a static phrase that says
 * what is wrong with it and begins with a verb or a noun: "has a blank in it".
 */
#ifndef KPPTP_VALID_H
#define KPPTP_VALID_H

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
