// SPDX-License-Identifier: GPL-2.0-or-later
/* disconnect.c - end one call or all of them */
#include <inttypes.h>
#include <json-c/json.h>

#include "cli.h"
#include "client.h"

/* More than PPP, Call-Clear-Request and a stubborn pppd can take together. */
#define TIMEOUT_MS	30000

static const char help[] =
"Ends a call in good order and waits until it is really gone. CALL is a number\n"
"of \"kpptp calls\", an interface, the name of a client, a user, an address (the\n"
"peer's, or one of the link), or the word all. When several calls are meant, they\n"
"are listed and none is ended. A call that kpptpd placed is not placed again by\n"
"itself, whatever persist says.\n"
"\n"
"Options:\n"
"  --json  one JSON object; \"closed\" is how many calls were ended\n"
"\n"
"Examples:\n"
"  kpptp disconnect ppp0\n"
"  kpptp disconnect office\n"
"  kpptp disconnect alice\n"
"  kpptp disconnect all";

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct json_object *answer, *closed = NULL;
	const char *key;
	int64_t n;
	int status = kpptp_cli_parse(cli, argc, argv, NULL, 1, 1, &key);

	if (status >= 0)
		return status;
	answer = kpptp_cli_ask(cli, "disconnect", "call", key, TIMEOUT_MS);
	if (!answer)
		return KPPTP_EXIT_FAILED;
	json_object_object_get_ex(answer, "closed", &closed);
	n = json_object_get_int64(closed);
	kpptp_out_value(cli->out, "closed", json_object_new_int64(n));
	if (n)
		kpptp_out_text(cli->out, "%" PRId64 " call%s ended.", n,
			       n == 1 ? "" : "s");
	else
		kpptp_out_text(cli->out, "There was no call to end.");
	json_object_put(answer);
	return kpptp_cli_end(cli);
}

const struct kpptp_verb kpptp_verb_disconnect = {
	.name = "disconnect",
	.args = "CALL|all",
	.summary = "end one call or all of them",
	.help = help,
	.run = run,
};
