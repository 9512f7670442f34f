// SPDX-License-Identifier: GPL-2.0-or-later
/* json_schema.c - a small checker of JSON Schema, see json_schema.h */
#include "json_schema.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define REF	"#/definitions/"

struct check {
	struct json_object *definitions;
	char *why;
	size_t size;
};

static bool fits(struct check *check, struct json_object *schema,
		 struct json_object *value, const char *where);

static bool fail(struct check *check, const char *where, const char *what)
{
	snprintf(check->why, check->size, "%s: %s", where, what);
	return false;
}

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(o, key, &value);
	return value;
}

static bool is_type(struct json_object *value, const char *name)
{
	static const struct {
		const char *name;
		enum json_type type;
	} row[] = {
		{ "null", json_type_null },
		{ "boolean", json_type_boolean },
		{ "integer", json_type_int },
		{ "string", json_type_string },
		{ "array", json_type_array },
		{ "object", json_type_object },
	};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (!strcmp(name, row[i].name))
			return json_object_is_type(value, row[i].type);
	return false;
}

/* @list is one name of a type or several. */
static bool is_one_of_types(struct json_object *list, struct json_object *value)
{
	size_t i;

	if (json_object_is_type(list, json_type_string))
		return is_type(value, json_object_get_string(list));
	for (i = 0; i < json_object_array_length(list); i++)
		if (is_type(value, json_object_get_string(
				json_object_array_get_idx(list, i))))
			return true;
	return false;
}

static bool is_listed(struct json_object *list, struct json_object *value)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (json_object_equal(json_object_array_get_idx(list, i), value))
			return true;
	return false;
}

static bool members_fit(struct check *check, struct json_object *properties,
			struct json_object *value, const char *where)
{
	if (!json_object_is_type(value, json_type_object))
		return true;
	json_object_object_foreach(value, key, member) {
		struct json_object *schema;
		char path[256];

		snprintf(path, sizeof(path), "%s.%s", where, key);
		if (!json_object_object_get_ex(properties, key, &schema))
			return fail(check, path, "it is not described");
		if (!fits(check, schema, member, path))
			return false;
	}
	return true;
}

static bool has_all(struct check *check, struct json_object *required,
		    struct json_object *value, const char *where)
{
	size_t i;

	for (i = 0; i < json_object_array_length(required); i++) {
		const char *key = json_object_get_string(
			json_object_array_get_idx(required, i));

		if (json_object_is_type(value, json_type_object) &&
		    !json_object_object_get_ex(value, key, NULL)) {
			snprintf(check->why, check->size, "%s: no %s", where,
				 key);
			return false;
		}
	}
	return true;
}

static bool items_fit(struct check *check, struct json_object *schema,
		      struct json_object *value, const char *where)
{
	size_t i;

	if (!json_object_is_type(value, json_type_array))
		return true;
	for (i = 0; i < json_object_array_length(value); i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s[%zu]", where, i);
		if (!fits(check, schema, json_object_array_get_idx(value, i), path))
			return false;
	}
	return true;
}

static bool one_fits(struct check *check, struct json_object *list,
		     struct json_object *value, const char *where)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		n += fits(check, json_object_array_get_idx(list, i), value, where);
	if (n > 1)
		return fail(check, where, "it fits more than one");
	return n == 1;
}

static bool keyword_fits(struct check *check, struct json_object *schema,
			 const char *keyword, struct json_object *argument,
			 struct json_object *value, const char *where)
{
	if (!strcmp(keyword, "description"))
		return true;
	if (!strcmp(keyword, "$ref"))
		return fits(check, get(check->definitions,
				       json_object_get_string(argument) +
				       strlen(REF)), value, where);
	if (!strcmp(keyword, "type"))
		return is_one_of_types(argument, value) ||
		       fail(check, where, "it is of another type");
	if (!strcmp(keyword, "enum"))
		return is_listed(argument, value) ||
		       fail(check, where, "it is none of enum");
	if (!strcmp(keyword, "const"))
		return json_object_equal(argument, value) ||
		       fail(check, where, "it is not const");
	if (!strcmp(keyword, "minimum"))
		return json_object_get_int64(value) >= json_object_get_int64(argument) ||
		       fail(check, where, "it is too small");
	if (!strcmp(keyword, "properties"))
		return members_fit(check, argument, value, where);
	if (!strcmp(keyword, "additionalProperties"))	/* as members_fit() has it */
		return !json_object_get_boolean(argument) && get(schema, "properties");
	if (!strcmp(keyword, "required"))
		return has_all(check, argument, value, where);
	if (!strcmp(keyword, "items"))
		return items_fit(check, argument, value, where);
	if (!strcmp(keyword, "oneOf"))
		return one_fits(check, argument, value, where);
	return fail(check, keyword, "the checker does not know it");
}

static bool fits(struct check *check, struct json_object *schema,
		 struct json_object *value, const char *where)
{
	if (!json_object_is_type(schema, json_type_object))
		return fail(check, where, "there is no such definition");
	json_object_object_foreach(schema, keyword, argument)
		if (!keyword_fits(check, schema, keyword, argument, value, where))
			return false;
	return true;
}

bool json_schema_valid(struct json_object *schema, const char *name,
		       struct json_object *value, char *why, size_t size)
{
	struct check check = {
		.definitions = get(schema, "definitions"), .why = why, .size = size,
	};

	snprintf(why, size, "it does not fit");
	return fits(&check, get(check.definitions, name), value, name);
}
