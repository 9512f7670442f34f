// SPDX-License-Identifier: GPL-2.0-or-later
/* users.c - who is logged in, with all calls of each */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fields.h"

static const char help[] =
"Lists who is logged in to this server, by name: the numbers of the calls,\n"
"their interfaces, the addresses the peers have on the link, and where they\n"
"call from. SINCE is the age of the oldest of the calls. Peers that have not\n"
"proved who they are, and calls that we placed, are in \"kpptp calls\".\n"
"\n"
"Options:\n"
"  --json  one JSON object with the list \"users\"; \"age\" in seconds\n"
"\n"
"Examples:\n"
"  kpptp users\n"
"  kpptp --json users | jq -r '.users[] | select(.calls | length > 1) | .user'";

static const char *text(struct json_object *call, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(call, key, &value) && value ?
	       json_object_get_string(value) : "";
}

static int64_t number(struct json_object *call, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(call, key, &value) ?
	       json_object_get_int64(value) : 0;
}

/* Of one user the oldest call comes first. */
static int by_name(const void *left, const void *right)
{
	struct json_object *a = *(struct json_object *const *)left;
	struct json_object *b = *(struct json_object *const *)right;
	const int d = strcmp(text(a, "user"), text(b, "user"));
	const int64_t x = number(a, "id"), y = number(b, "id");

	return d ? d : (x > y) - (x < y);
}

static bool is_logged_in(struct json_object *call)
{
	return !strcmp(text(call, "role"), "PAC") && *text(call, "user");
}

/* The rows that count, sorted. Return: an array to be freed, or NULL. */
static struct json_object **sorted(struct json_object *calls, size_t *n)
{
	const size_t all = json_object_array_length(calls);
	struct json_object **list = calloc(all + 1, sizeof(struct json_object *));
	size_t i;

	*n = 0;
	for (i = 0; list && i < all; i++) {
		struct json_object *call = json_object_array_get_idx(calls, i);

		if (is_logged_in(call))
			list[(*n)++] = call;
	}
	if (list)
		qsort(list, *n, sizeof(*list), by_name);
	return list;
}

static void append(struct json_object *user, const char *key,
		   struct json_object *call, const char *from)
{
	struct json_object *list, *value;

	json_object_object_get_ex(user, key, &list);
	if (json_object_object_get_ex(call, from, &value) && value)
		json_object_array_add(list, json_object_get(value));
}

static struct json_object *new_user(const char *name)
{
	static const char *const lists[] = {
		"calls", "interfaces", "addresses", "peers",
	};
	struct json_object *user = json_object_new_object();
	size_t i;

	json_object_object_add(user, "user", json_object_new_string(name));
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		json_object_object_add(user, lists[i], json_object_new_array());
	return user;
}

static void add_call(struct json_object *user, struct json_object *call)
{
	append(user, "calls", call, "id");
	append(user, "interfaces", call, "interface");
	append(user, "addresses", call, "remote_ip");
	append(user, "peers", call, "peer");
	if (number(call, "age") >= number(user, "age"))
		json_object_object_add(user, "age", json_object_new_int64(
			number(call, "age")));
}

static struct json_object *group(struct json_object *calls)
{
	struct json_object *users = json_object_new_array(), *user = NULL;
	struct json_object **list;
	size_t i, n;

	list = sorted(calls, &n);
	if (!list) {
		json_object_put(users);
		return NULL;
	}
	for (i = 0; i < n; i++) {
		if (!user || strcmp(text(user, "user"), text(list[i], "user"))) {
			user = new_user(text(list[i], "user"));
			json_object_array_add(users, user);
		}
		add_call(user, list[i]);
	}
	free(list);
	return users;
}

static int show(struct kpptp_cli *cli, struct json_object *calls)
{
	struct json_object *users = group(calls);

	if (!users)
		return kpptp_cli_fail(cli, "out of memory");
	kpptp_out_table(cli->out, "users", kpptp_user_fields, users,
			"Nobody is logged in.");
	json_object_put(users);
	return kpptp_cli_end(cli);
}

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct json_object *answer, *calls;
	int status = kpptp_cli_parse(cli, argc, argv, NULL, 0, 0, NULL);

	if (status >= 0)
		return status;
	calls = kpptp_cli_rows(cli, "calls", &answer);
	status = calls ? show(cli, calls) : KPPTP_EXIT_FAILED;
	json_object_put(answer);
	return status;
}

const struct kpptp_verb kpptp_verb_users = {
	.name = "users",
	.args = "",
	.summary = "list who is logged in",
	.help = help,
	.run = run,
};
