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
"Options:\n"
"  --json  one JSON object; \"reloaded\" is true\n"
"\n"
"Examples:\n"
"  kpptp reload\n"
"  kpptpd --check && kpptp reload";

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct json_object *answer;
	int status = kpptp_cli_parse(cli, argc, argv, NULL, 0, 0, NULL);

	if (status >= 0)
		return status;
	answer = kpptp_cli_ask(cli, "reload", NULL, NULL, TIMEOUT_MS);
	if (!answer)
		return KPPTP_EXIT_FAILED;
	json_object_put(answer);
	kpptp_out_value(cli->out, "reloaded", json_object_new_boolean(true));
	kpptp_out_text(cli->out, "The new configuration is in use.");
	return kpptp_cli_end(cli);
}

const struct kpptp_verb kpptp_verb_reload = {
	.name = "reload",
	.args = "",
	.summary = "have the daemon read its configuration anew",
	.help = help,
	.run = run,
};
