// SPDX-License-Identifier: GPL-2.0-or-later
/* connections.c - list the control connections */
#include <json-c/json.h>

#include "cli.h"
#include "fields.h"

static const char help[] =
"Lists the control connections (TCP). ROLE is client for those kpptpd opened\n"
"and server for those it accepted; HOST and VENDOR are what the peer says it is.\n"
"LAST ECHO is the time since the peer's last Echo-Reply, LAST MESSAGE since\n"
"anything came from it.\n"
"\n"
"Options:\n"
"  --json  one JSON object with the list \"connections\"\n"
"\n"
"Example:\n"
"  kpptp connections";

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct json_object *answer, *rows;
	int status = kpptp_cli_parse(cli, argc, argv, NULL, 0, 0, NULL);

	if (status >= 0)
		return status;
	rows = kpptp_cli_rows(cli, "connections", &answer);
	status = KPPTP_EXIT_FAILED;
	if (rows) {
		kpptp_out_table(cli->out, "connections",
				kpptp_connection_fields, rows,
				"There are no control connections.");
		status = kpptp_cli_end(cli);
	}
	json_object_put(answer);
	return status;
}

const struct kpptp_verb kpptp_verb_connections = {
	.name = "connections",
	.args = "",
	.summary = "list the control connections",
	.help = help,
	.run = run,
};
