// SPDX-License-Identifier: GPL-2.0-or-later
/* clients.c - list the calls that we place, and what becomes of them */
#include <json-c/json.h>

#include "cli.h"
#include "fields.h"

static const char help[] =
"Lists the sections [client NAME] of kpptpd.conf and what \"kpptp connect\" has\n"
"placed. STATE is\n"
"\n"
"  idle                  nothing is placed or waited for\n"
"  connecting            a call is on its way\n"
"  up                    it is up; CALL is its number\n"
"  waiting-to-try-again  after NEXT TRY\n"
"  waiting-for-traffic   a call on demand\n"
"  other-end-has-called  and its call is used instead\n"
"\n"
"LAST END is how the last call or attempt ended.\n"
"\n"
"Options:\n"
"  --json  one JSON object with the list \"clients\"; \"configured\" is whether\n"
"          there is a section of that name, \"next_try\" in seconds\n"
"\n"
"Examples:\n"
"  kpptp clients\n"
"  kpptp --json clients | jq -r '.clients[] | select(.state != \"up\") | .name'";

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct json_object *answer, *rows;
	int status = kpptp_cli_parse(cli, argc, argv, NULL, 0, 0, NULL);

	if (status >= 0)
		return status;
	rows = kpptp_cli_rows(cli, "clients", &answer);
	status = KPPTP_EXIT_FAILED;
	if (rows) {
		kpptp_out_table(cli->out, "clients", kpptp_client_fields, rows,
				"There are no clients.");
		status = kpptp_cli_end(cli);
	}
	json_object_put(answer);
	return status;
}

const struct kpptp_verb kpptp_verb_clients = {
	.name = "clients",
	.args = "",
	.summary = "list the calls that we place, and their state",
	.help = help,
	.run = run,
};
