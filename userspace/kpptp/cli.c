// SPDX-License-Identifier: GPL-2.0-or-later
/* cli.c - options, complaints and exit status for all verbs */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

#define OPTS_MAX	32
#define WHY_SIZE	(KPPTP_CLIENT_WHY_SIZE + 256)

enum { OPT_JSON = 256, OPT_SOCKET, OPT_HELP, OPT_OWN };

static const struct option global_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "help", no_argument, NULL, OPT_HELP },
};

#define GLOBALS (sizeof(global_options) / sizeof(global_options[0]))

/* ------------------------------------------------------------ complaints */

int kpptp_cli_fail(struct kpptp_cli *cli, const char *fmt, ...)
{
	char why[WHY_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	fprintf(stderr, "kpptp: %s\n", why);
	if (cli->out)
		kpptp_out_failure(cli->out, why);
	return KPPTP_EXIT_FAILED;
}

int kpptp_cli_usage(struct kpptp_cli *cli, const char *fmt, ...)
{
	va_list ap;

	fputs("kpptp: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (cli->verb)
		fprintf(stderr, "\nUsage: kpptp %s%s%s\nSee \"kpptp %s --help\".\n",
			cli->verb->name, *cli->verb->args ? " " : "",
			cli->verb->args, cli->verb->name);
	else
		fputs("\nSee \"kpptp --help\".\n", stderr);
	return KPPTP_EXIT_USAGE;
}

void kpptp_cli_note(const char *fmt, ...)
{
	va_list ap;

	fputs("kpptp: note: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int kpptp_cli_end(struct kpptp_cli *cli)
{
	if (!kpptp_out_end(cli->out))
		return KPPTP_EXIT_OK;
	fputs("kpptp: cannot write the result\n", stderr);
	return KPPTP_EXIT_FAILED;
}

/* --------------------------------------------------------------- options */

int kpptp_cli_help(const struct kpptp_verb *verb)
{
	printf("Usage: kpptp [--json] [--socket PATH] %s%s%s\n\n%s\n",
	       verb->name, *verb->args ? " " : "", verb->args, verb->help);
	return fflush(stdout) ? KPPTP_EXIT_FAILED : KPPTP_EXIT_OK;
}

/* The verb's options behind the global ones. Return: how many in all. */
static size_t all_options(const struct kpptp_opt *opts, struct option *all)
{
	size_t i, n = GLOBALS;

	memcpy(all, global_options, sizeof(global_options));
	for (i = 0; opts && opts[i].name && n < OPTS_MAX; i++, n++)
		all[n] = (struct option){
			.name = opts[i].name,
			.has_arg = opts[i].value ? required_argument :
						   no_argument,
			.val = OPT_OWN + (int)i,
		};
	all[n] = (struct option){ 0 };
	return n;
}

static int bad_option(struct kpptp_cli *cli, const struct option *all, size_t n,
		      const char *word)
{
	const char *names[OPTS_MAX], *close;
	char name[64];
	size_t i;

	for (i = 0; i < n; i++)
		names[i] = all[i].name;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	close = name[0] == '-' && name[1] == '-' ?
		kpptp_suggest(name + 2, names, n) : NULL;
	for (i = 0; close && i < n; i++)
		if (!strcmp(name + 2, names[i]))
			return kpptp_cli_usage(cli, "%s takes no value", name);
	if (close)
		return kpptp_cli_usage(cli,
				       "there is no option %s; did you mean --%s?",
				       name, close);
	return kpptp_cli_usage(cli, "there is no option %s", name);
}

static int take_words(struct kpptp_cli *cli, int argc, char **argv, int min,
		      int max, const char **words)
{
	int i, n = argc - optind;

	if (n > max)
		return kpptp_cli_usage(cli, "\"%s\" is one word too many",
				       argv[optind + max]);
	if (n < min)
		return kpptp_cli_usage(cli, "\"%s\" needs %s", cli->verb->name,
				       cli->verb->args);
	for (i = 0; i < max; i++)
		words[i] = i < n ? argv[optind + i] : NULL;
	return -1;
}

int kpptp_cli_parse(struct kpptp_cli *cli, int argc, char **argv,
		    const struct kpptp_opt *opts, int min, int max,
		    const char **words)
{
	struct option all[OPTS_MAX + 1];
	size_t n = all_options(opts, all);
	int c;

	optind = 0;	/* begin anew, also inside of glibc */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", all, NULL)) != -1) {
		switch (c) {
		case OPT_JSON:
			cli->json = true;
			break;
		case OPT_SOCKET:
			cli->socket = optarg;
			break;
		case 'h':
		case OPT_HELP:
			return kpptp_cli_help(cli->verb);
		case ':':
			return kpptp_cli_usage(cli, "%s needs a value",
					       argv[optind - 1]);
		case '?':
			return bad_option(cli, all, n, argv[optind - 1]);
		default:
			if (opts[c - OPT_OWN].value)
				*opts[c - OPT_OWN].value = optarg;
			else
				*opts[c - OPT_OWN].flag = true;
		}
	}
	cli->out = kpptp_out_new(stdout, cli->json,
				 kpptp_out_want_colour(stdout));
	if (!cli->out)
		return kpptp_cli_fail(cli, "out of memory");
	return take_words(cli, argc, argv, min, max, words);
}

bool kpptp_cli_number(const char *text, unsigned long min, unsigned long max,
		      unsigned long *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoul(text, &end, 10);
	return !errno && !*end && *number >= min && *number <= max;
}

/* ---------------------------------------------------------------- daemon */

struct json_object *kpptp_cli_ask(struct kpptp_cli *cli, const char *cmd,
				  const char *key, const char *value,
				  int timeout_ms)
{
	struct json_object *request = json_object_new_object(), *answer = NULL;
	struct kpptp_client client;
	int err;

	json_object_object_add(request, "cmd", json_object_new_string(cmd));
	if (key)
		json_object_object_add(request, key,
				       json_object_new_string(value));
	err = kpptp_client_open(&client, cli->socket);
	if (!err)
		err = kpptp_client_ask(&client, request, timeout_ms, &answer);
	if (err)
		kpptp_cli_fail(cli, "%s", client.why);
	kpptp_client_close(&client);
	json_object_put(request);
	return answer;
}

struct json_object *kpptp_cli_rows(struct kpptp_cli *cli, const char *cmd,
				   struct json_object **answer)
{
	struct json_object *rows;

	*answer = kpptp_cli_ask(cli, cmd, NULL, NULL, KPPTP_CLIENT_REPLY_MS);
	if (!*answer)
		return NULL;
	if (json_object_object_get_ex(*answer, cmd, &rows) &&
	    json_object_is_type(rows, json_type_array))
		return rows;
	kpptp_cli_fail(cli, "kpptpd's answer has no list of %s: it is of another version",
		       cmd);
	return NULL;
}
