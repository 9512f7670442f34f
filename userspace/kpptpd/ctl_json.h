/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of a request on the control socket. One that is not there, or null,
 * leaves @out as it is.
 *
 * Each returns 0, or -EINVAL with a sentence in @why.
 */
#ifndef KPPTPD_CTL_JSON_H
#define KPPTPD_CTL_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "core.h"

/** kpptp_ctl_parse() - one object in a line. NULL: it is none; the caller puts it. */
struct json_object *kpptp_ctl_parse(const char *line, size_t len);

/** kpptp_ctl_text() - up to @size - 1 octets, none of which is a control character */
int kpptp_ctl_text(struct json_object *request, const char *key, char *out,
		   size_t size, char why[KPPTP_WHY_SIZE]);

/** kpptp_ctl_bool() - true or false */
int kpptp_ctl_bool(struct json_object *request, const char *key, bool *out,
		   char why[KPPTP_WHY_SIZE]);

/** kpptp_ctl_int() - a number from @min to @max */
int kpptp_ctl_int(struct json_object *request, const char *key, int min,
		  int max, int *out, char why[KPPTP_WHY_SIZE]);

#endif
