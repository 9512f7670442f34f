// SPDX-License-Identifier: GPL-2.0-or-later
/* calls.c - list the calls, as the daemon or as the kernel knows them */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>

#include "cli.h"
#include "client.h"
#include "fields.h"
#include "kernel.h"

static const char help[] =
"Lists the calls. RX and TX are the octets of PPP frames received and sent, as\n"
"the kernel counts them; reading them needs root (CAP_NET_ADMIN).\n"
"\n"
"When kpptpd is not running, the kernel's own list is shown instead: calls of\n"
"other programs that use the module are in it too.\n"
"\n"
"Options:\n"
"  --kernel  show the kernel's list in any case\n"
"  --json    one JSON object: \"source\" is daemon or kernel, \"calls\" the list\n"
"\n"
"Examples:\n"
"  kpptp calls\n"
"  kpptp calls --kernel\n"
"  kpptp --json calls | jq '.calls[] | select(.up) | .user'";

/* Return: 0 and @calls, which the caller frees, or a negative errno. */
static int dump(struct kpptp_nl_call **calls, size_t *n, char *why, size_t size)
{
	struct kpptp_nl *nl = NULL;
	int err = kpptp_nl_open(&nl);

	*calls = NULL;
	*n = 0;
	if (!err)
		err = kpptp_nl_call_dump(nl, calls, n);
	if (err)
		snprintf(why, size, "%s", nl ? kpptp_nl_why(nl) :
						"out of memory");
	kpptp_nl_close(nl);
	return err;
}

/* @no_daemon: why the daemon is not asked, or NULL when it shall not be */
static int from_kernel(struct kpptp_cli *cli, const char *no_daemon)
{
	struct json_object *rows;
	struct kpptp_nl_call *calls;
	char why[256];
	size_t i, n;

	if (dump(&calls, &n, why, sizeof(why)))
		return kpptp_cli_fail(cli, "%s%scannot ask the kernel: %s",
				      no_daemon ? no_daemon : "",
				      no_daemon ? "; and " : "", why);
	if (no_daemon) {
		kpptp_cli_note("%s", no_daemon);
		kpptp_cli_note("these are the calls the kernel has");
	}
	rows = json_object_new_array();
	for (i = 0; i < n; i++)
		json_object_array_add(rows, kpptp_kernel_json(&calls[i]));
	free(calls);
	kpptp_out_value(cli->out, "source", json_object_new_string("kernel"));
	kpptp_out_table(cli->out, "calls", kpptp_kernel_call_fields, rows,
			"The kernel has no calls.");
	json_object_put(rows);
	return kpptp_cli_end(cli);
}

/* Without the right to ask the kernel the columns stay empty. */
static void add_counters(struct json_object *rows)
{
	struct kpptp_nl_call *calls;
	char why[256];
	size_t n;

	if (!dump(&calls, &n, why, sizeof(why)))
		kpptp_kernel_merge(rows, calls, n);
	free(calls);
}

static int from_daemon(struct kpptp_cli *cli, struct json_object *answer)
{
	struct json_object *rows;

	if (!json_object_object_get_ex(answer, "calls", &rows) ||
	    !json_object_is_type(rows, json_type_array))
		return kpptp_cli_fail(cli, "kpptpd's answer has no list of calls: it is of another version");
	if (json_object_array_length(rows))
		add_counters(rows);
	kpptp_out_value(cli->out, "source", json_object_new_string("daemon"));
	kpptp_out_table(cli->out, "calls", kpptp_call_fields, rows,
			"There are no calls.");
	return kpptp_cli_end(cli);
}

static int from_either(struct kpptp_cli *cli)
{
	struct json_object *request = json_object_new_object(), *answer = NULL;
	struct kpptp_client client;
	int err, status;

	json_object_object_add(request, "cmd", json_object_new_string("calls"));
	err = kpptp_client_open(&client, cli->socket);
	if (err == -ENOENT || err == -ECONNREFUSED || err == -EACCES) {
		status = from_kernel(cli, client.why);
	} else {
		if (!err)
			err = kpptp_client_ask(&client, request,
					       KPPTP_CLIENT_REPLY_MS, &answer);
		status = err ? kpptp_cli_fail(cli, "%s", client.why) :
			       from_daemon(cli, answer);
	}
	kpptp_client_close(&client);
	json_object_put(request);
	json_object_put(answer);
	return status;
}

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	bool kernel = false;
	const struct kpptp_opt opts[] = {
		{ .name = "kernel", .flag = &kernel }, { 0 }
	};
	int status = kpptp_cli_parse(cli, argc, argv, opts, 0, 0, NULL);

	if (status >= 0)
		return status;
	return kernel ? from_kernel(cli, NULL) : from_either(cli);
}

const struct kpptp_verb kpptp_verb_calls = {
	.name = "calls",
	.args = "[--kernel]",
	.summary = "list the calls",
	.help = help,
	.run = run,
};
