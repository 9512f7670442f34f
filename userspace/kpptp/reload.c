// SPDX-License-Identifier: GPL-2.0-or-later
/* reload.c - have the daemon read its configuration anew */
#include <json-c/json.h>

#include "cli.h"
#include "client.h"

/* Addresses and interfaces are looked at; nothing on the net is waited for. */
#define TIMEOUT_MS	30000

static const char help[] =
"Has kpptpd read its configuration anew, and waits until it is in use. What\n"
"begins from then on uses it; calls that are up keep theirs. If something is\n"
"wrong in it, or missing on this host, each such thing is told with file, line\n"
"and key, the configuration stays as it was, and the exit status is 1.\n"
"\n"
"What has changed is listed, by section and key.\n"
"\n"
"Options:\n"
"  --json  one JSON object; \"reloaded\" is true, \"changed\" the list\n"
"\n"
"Examples:\n"
"  kpptp reload\n"
"  kpptpd --check && kpptp reload";

/* Takes @answer over. */
static void show(struct kpptp_out *out, struct json_object *answer)
{
	struct json_object *changed = NULL;
	size_t i, n = 0;

	if (json_object_object_get_ex(answer, "changed", &changed) &&
	    json_object_is_type(changed, json_type_array))
		n = json_object_array_length(changed);
	for (i = 0; i < n; i++)
		kpptp_out_text(out, "%s",
			       json_object_get_string(json_object_array_get_idx(changed, i)));
	kpptp_out_text(out, n ? "The new configuration is in use." :
				"The configuration is what it was.");
	kpptp_out_value(out, "changed", n ? json_object_get(changed) :
					    json_object_new_array());
	json_object_put(answer);
}

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct json_object *answer;
	int status = kpptp_cli_parse(cli, argc, argv, NULL, 0, 0, NULL);

	if (status >= 0)
		return status;
	answer = kpptp_cli_ask(cli, "reload", NULL, NULL, TIMEOUT_MS);
	if (!answer)
		return KPPTP_EXIT_FAILED;
	kpptp_out_value(cli->out, "reloaded", json_object_new_boolean(true));
	show(cli->out, answer);
	return kpptp_cli_end(cli);
}

const struct kpptp_verb kpptp_verb_reload = {
	.name = "reload",
	.args = "",
	.summary = "have the daemon read its configuration anew",
	.help = help,
	.run = run,
};
