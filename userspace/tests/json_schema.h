/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As much of JSON Schema (draft 7) as Documentation/json-schema needs. */
#ifndef JSON_SCHEMA_H
#define JSON_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/**
 * json_schema_valid() - does a value fit a definition?
 * @schema: whole schema
 * @name: key in its "definitions"
 * @value: may be NULL, which is null
 * @why: receives what does not fit, and where
 * @size: of @why
 *
 * A keyword that is not known here fits nothing, so that none is ignored.
 */
bool json_schema_valid(struct json_object *schema, const char *name,
		       struct json_object *value, char *why, size_t size);

#endif
