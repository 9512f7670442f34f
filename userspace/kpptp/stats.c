// SPDX-License-Identifier: GPL-2.0-or-later
/* stats.c - the kernel's counters, of the namespace and of all calls in sum */
#include <json-c/json.h>
#include <stdlib.h>

#include "cli.h"
#include "fields.h"
#include "kernel.h"

static const char help[] =
"Shows the kernel's counters for this network namespace: packets that belong to\n"
"no call, and the sum of the counters of all calls that exist now. kpptpd need\n"
"not run; root (CAP_NET_ADMIN) is needed.\n"
"\n"
"Options:\n"
"  --json  one JSON object with the members \"namespace\" and \"counters\"\n"
"\n"
"Examples:\n"
"  kpptp stats\n"
"  kpptp --json stats | jq .counters.tx_bytes";

/* Return: 0 or a negative errno. */
static int sum_calls(struct kpptp_nl *nl, struct kpptp_nl_call_stats *sum)
{
	struct kpptp_nl_call *calls;
	size_t i, n;
	int err = kpptp_nl_call_dump(nl, &calls, &n);

	if (err)
		return err;
	for (i = 0; i < n; i++)
		kpptp_kernel_sum(sum, &calls[i].stats);
	free(calls);
	return 0;
}

static int print(struct kpptp_cli *cli, const struct kpptp_nl_stats *netns,
		 const struct kpptp_nl_call_stats *sum)
{
	struct json_object *ns = json_object_new_object();
	struct json_object *counters = json_object_new_object();

	json_object_object_add(ns, "calls",
			       json_object_new_uint64(netns->calls));
	json_object_object_add(ns, "rx_malformed",
			       json_object_new_uint64(netns->rx_malformed));
	json_object_object_add(ns, "rx_no_call",
			       json_object_new_uint64(netns->rx_no_call));
	json_object_object_add(ns, "backlog",
			       json_object_new_uint64(netns->backlog));
	kpptp_kernel_counters(counters, sum);
	kpptp_out_record(cli->out, "namespace", "Network namespace",
			 kpptp_netns_fields, ns);
	kpptp_out_record(cli->out, "counters", "Calls that exist now, in sum",
			 kpptp_counter_fields, counters);
	json_object_put(ns);
	json_object_put(counters);
	return kpptp_cli_end(cli);
}

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct kpptp_nl_call_stats sum = { 0 };
	struct kpptp_nl_stats netns;
	struct kpptp_nl *nl = NULL;
	int err, status = kpptp_cli_parse(cli, argc, argv, NULL, 0, 0, NULL);

	if (status >= 0)
		return status;
	err = kpptp_nl_open(&nl);
	if (!err)
		err = kpptp_nl_stats_get(nl, &netns);
	if (!err)
		err = sum_calls(nl, &sum);
	status = err ? kpptp_cli_fail(cli, "cannot ask the kernel: %s",
				      nl ? kpptp_nl_why(nl) : "out of memory") :
		       print(cli, &netns, &sum);
	kpptp_nl_close(nl);
	return status;
}

const struct kpptp_verb kpptp_verb_stats = {
	.name = "stats",
	.args = "",
	.summary = "the kernel's counters",
	.help = help,
	.run = run,
};
