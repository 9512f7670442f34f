// SPDX-License-Identifier: GPL-2.0-or-later
/* show.c - everything about one call, from the daemon and from the kernel */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "fields.h"
#include "kernel.h"

static const char help[] =
"Shows one call: what kpptpd knows of it, its data path in the kernel with\n"
"windows and round-trip time, and all its counters. CALL is a number of\n"
"\"kpptp calls\", an interface, the name of a client, a user, or an address (the\n"
"peer's, or one of the link); when several calls are meant, they are listed. The\n"
"kernel's part needs root (CAP_NET_ADMIN).\n"
"\n"
"When kpptpd is not running, an interface can still be shown from the kernel.\n"
"\n"
"Options:\n"
"  --json  one JSON object: \"call\", \"kernel\" and \"counters\", null for what\n"
"          could not be had; times ending in _us are microseconds\n"
"\n"
"Examples:\n"
"  kpptp show 3\n"
"  kpptp show ppp0\n"
"  kpptp show alice\n"
"  kpptp --json show ppp0 | jq .counters.rx_lost";

static int print(struct kpptp_cli *cli, struct json_object *daemon,
		 const struct kpptp_nl_call *call)
{
	struct json_object *kernel = call ? kpptp_kernel_json(call) : NULL;
	bool stats = call && call->set & KPPTP_NL_HAS(STATS);
	int status;

	kpptp_out_record(cli->out, "call", "Call", kpptp_call_fields, daemon);
	kpptp_out_record(cli->out, "kernel", "Data path", kpptp_kernel_fields,
			 kernel);
	kpptp_out_record(cli->out, "counters", "Counters", kpptp_counter_fields,
			 stats ? kernel : NULL);
	status = kpptp_cli_end(cli);
	json_object_put(kernel);
	return status;
}

static int print_daemon(struct kpptp_cli *cli, struct json_object *daemon)
{
	struct kpptp_nl *nl = NULL;
	struct kpptp_nl_call call;
	int err = -ENOENT, status;

	if (kpptp_kernel_key(daemon, &call)) {
		kpptp_cli_note("the call has no data path yet");
	} else {
		err = kpptp_nl_open(&nl);
		if (!err)
			err = kpptp_nl_call_get(nl, &call);
		if (err)
			kpptp_cli_note("nothing from the kernel: %s",
				       nl ? kpptp_nl_why(nl) : "out of memory");
	}
	if (!err)
		kpptp_kernel_merge_one(daemon, &call);
	status = print(cli, daemon, err ? NULL : &call);
	kpptp_nl_close(nl);
	return status;
}

/* The daemon is not there: @why tells; the kernel knows interfaces too. */
static int show_interface(struct kpptp_cli *cli, const char *name,
			  const char *why)
{
	struct kpptp_nl_call *calls = NULL;
	struct kpptp_nl *nl = NULL;
	size_t i, n = 0;
	int status;

	if (kpptp_nl_open(&nl) || kpptp_nl_call_dump(nl, &calls, &n)) {
		status = kpptp_cli_fail(cli, "%s; nor can the kernel be asked: %s",
					why, nl ? kpptp_nl_why(nl) :
						  "out of memory");
		kpptp_nl_close(nl);
		return status;
	}
	for (i = 0; i < n; i++)
		if (*name && !strcmp(calls[i].ifname, name))
			break;
	if (i < n) {
		kpptp_cli_note("%s", why);
		kpptp_cli_note("this is what the kernel knows of %s", name);
		status = print(cli, NULL, &calls[i]);
	} else {
		status = kpptp_cli_fail(cli, "%s; the kernel has no call with an interface \"%s\"",
					why, name);
	}
	free(calls);
	kpptp_nl_close(nl);
	return status;
}

static int ask(struct kpptp_cli *cli, struct kpptp_client *client,
	       const char *key)
{
	struct json_object *request = json_object_new_object();
	struct json_object *answer = NULL, *daemon = NULL;
	int status;

	json_object_object_add(request, "cmd", json_object_new_string("show"));
	json_object_object_add(request, "call", json_object_new_string(key));
	if (kpptp_client_ask(client, request, KPPTP_CLIENT_REPLY_MS, &answer))
		status = kpptp_cli_fail(cli, "%s", client->why);
	else if (!json_object_object_get_ex(answer, "call", &daemon))
		status = kpptp_cli_fail(cli, "kpptpd's answer has no call: it is of another version");
	else
		status = print_daemon(cli, daemon);
	json_object_put(request);
	json_object_put(answer);
	return status;
}

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct kpptp_client client;
	const char *key;
	int err, status = kpptp_cli_parse(cli, argc, argv, NULL, 1, 1, &key);

	if (status >= 0)
		return status;
	err = kpptp_client_open(&client, cli->socket);
	if (!err)
		status = ask(cli, &client, key);
	else if (err == -ENOENT || err == -ECONNREFUSED || err == -EACCES)
		status = show_interface(cli, key, client.why);
	else
		status = kpptp_cli_fail(cli, "%s", client.why);
	kpptp_client_close(&client);
	return status;
}

const struct kpptp_verb kpptp_verb_show = {
	.name = "show",
	.args = "CALL",
	.summary = "everything about one call, with its counters",
	.help = help,
	.run = run,
};
