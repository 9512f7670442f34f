// SPDX-License-Identifier: GPL-2.0-or-later
/* ctl_json.c - reading requests of the control socket */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lib/valid.h"
#include "ctl_json.h"

#define DEPTH	8	/* of objects within objects */

struct json_object *kpptp_ctl_parse(const char *line, size_t len)
{
	struct json_tokener *tok = json_tokener_new_ex(DEPTH);
	struct json_object *o = NULL;

	if (tok)
		o = json_tokener_parse_ex(tok, line, len + 1);
	if (o && !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		o = NULL;
	}
	if (tok)
		json_tokener_free(tok);
	return o;
}

int kpptp_ctl_text(struct json_object *request, const char *key, char *out,
		   size_t size, char why[KPPTP_WHY_SIZE])
{
	struct json_object *o;
	const char *text;
	size_t len;

	if (!json_object_object_get_ex(request, key, &o) || !o)
		return 0;
	text = json_object_get_string(o);
	len = json_object_get_string_len(o);
	if (!json_object_is_type(o, json_type_string) || len >= size ||
	    strlen(text) < len || kpptp_valid_text(text, size)) {
		snprintf(why, KPPTP_WHY_SIZE,
			 "%s is a text of up to %zu printable octets", key,
			 size - 1);
		return -EINVAL;
	}
	memcpy(out, text, len + 1);
	return 0;
}

int kpptp_ctl_bool(struct json_object *request, const char *key, bool *out,
		   char why[KPPTP_WHY_SIZE])
{
	struct json_object *o;

	if (!json_object_object_get_ex(request, key, &o) || !o)
		return 0;
	if (!json_object_is_type(o, json_type_boolean)) {
		snprintf(why, KPPTP_WHY_SIZE, "%s is true or false", key);
		return -EINVAL;
	}
	*out = json_object_get_boolean(o);
	return 0;
}

int kpptp_ctl_int(struct json_object *request, const char *key, int min,
		  int max, int *out, char why[KPPTP_WHY_SIZE])
{
	struct json_object *o;
	int64_t n;

	if (!json_object_object_get_ex(request, key, &o) || !o)
		return 0;
	n = json_object_get_int64(o);
	if (!json_object_is_type(o, json_type_int) || n < min || n > max) {
		snprintf(why, KPPTP_WHY_SIZE, "%s is a number from %d to %d",
			 key, min, max);
		return -EINVAL;
	}
	*out = n;
	return 0;
}
