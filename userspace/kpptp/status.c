// SPDX-License-Identifier: GPL-2.0-or-later
/* status.c - how the daemon is */
#include <json-c/json.h>

#include "cli.h"
#include "client.h"
#include "fields.h"

static const char help[] =
"Shows version and process of kpptpd, how long it has been running, where it\n"
"listens and what it has open. The exit status is 0 when kpptpd answers and 1\n"
"when it does not.\n"
"\n"
"Options:\n"
"  --json  one JSON object with the member \"status\"; uptime in seconds\n"
"\n"
"Examples:\n"
"  kpptp status\n"
"  kpptp status >/dev/null 2>&1 || systemctl restart kpptpd";

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct json_object *answer;
	int status = kpptp_cli_parse(cli, argc, argv, NULL, 0, 0, NULL);

	if (status >= 0)
		return status;
	answer = kpptp_cli_ask(cli, "status", NULL, NULL,
			       KPPTP_CLIENT_REPLY_MS);
	if (!answer)
		return KPPTP_EXIT_FAILED;
	kpptp_out_record(cli->out, "status", "kpptpd", kpptp_status_fields,
			 answer);
	json_object_put(answer);
	return kpptp_cli_end(cli);
}

const struct kpptp_verb kpptp_verb_status = {
	.name = "status",
	.args = "",
	.summary = "how the daemon is",
	.help = help,
	.run = run,
};
