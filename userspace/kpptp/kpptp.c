// SPDX-License-Identifier: GPL-2.0-or-later
/* kpptp.c - shows and steers PPTP calls: the table of verbs */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "client.h"

static int run_help(struct kpptp_cli *cli, int argc, char **argv);

static const struct kpptp_verb verb_help = {
	.name = "help",
	.args = "[VERB]",
	.summary = "what there is, or what a verb does",
	.help = "Prints the overview, or the help of VERB, as \"kpptp VERB --help\" does.\n"
		"\n"
		"Example:\n"
		"  kpptp help connect",
	.run = run_help,
};

static const struct kpptp_verb *const verbs[] = {
	&kpptp_verb_connect,
	&kpptp_verb_disconnect,
	&kpptp_verb_calls,
	&kpptp_verb_clients,
	&kpptp_verb_users,
	&kpptp_verb_connections,
	&kpptp_verb_show,
	&kpptp_verb_monitor,
	&kpptp_verb_status,
	&kpptp_verb_reload,
	&kpptp_verb_stats,
	&kpptp_verb_doctor,
	&kpptp_verb_firewall,
	&verb_help,
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int overview(FILE *file)
{
	size_t i;

	fputs("Usage: kpptp [--json] [--socket PATH] VERB [ARGUMENT...]\n\n"
	      "Shows and steers PPTP calls of kpptpd and of the kernel.\n\n"
	      "Verbs:\n", file);
	for (i = 0; i < VERBS; i++)
		fprintf(file, "  %-12s  %s\n", verbs[i]->name,
			verbs[i]->summary);
	fputs("\nOptions, before or behind the verb:\n"
	      "  --json         JSON instead of text\n"
	      "  --socket PATH  control socket of kpptpd; default is KPPTP_SOCKET of the\n"
	      "                 environment, then " KPPTP_CLIENT_SOCKET "\n"
	      "  --help         this text, or what a verb does: kpptp help VERB\n"
	      "  --version      version of kpptp\n", file);
	return fflush(file) ? KPPTP_EXIT_FAILED : KPPTP_EXIT_OK;
}

static const struct kpptp_verb *find(const char *name)
{
	size_t i;

	for (i = 0; i < VERBS; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

static int unknown(struct kpptp_cli *cli, const char *word)
{
	const char *names[VERBS], *close;
	size_t i;

	for (i = 0; i < VERBS; i++)
		names[i] = verbs[i]->name;
	close = kpptp_suggest(word, names, VERBS);
	if (close)
		return kpptp_cli_usage(cli, "there is no verb \"%s\"; did you mean \"%s\"?",
				       word, close);
	return kpptp_cli_usage(cli, "there is no verb \"%s\"", word);
}

static int run_help(struct kpptp_cli *cli, int argc, char **argv)
{
	const struct kpptp_verb *verb;
	const char *word;
	int status = kpptp_cli_parse(cli, argc, argv, NULL, 0, 1, &word);

	if (status >= 0)
		return status;
	if (!word)
		return overview(stdout);
	verb = find(word);
	return verb ? kpptp_cli_help(verb) : unknown(cli, word);
}

/* Options before the verb. Return: -1 to go on, or an enum kpptp_exit. */
static int parse(struct kpptp_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 }
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			cli->json = true;
			break;
		case 's':
			cli->socket = optarg;
			break;
		case 'h':
			return overview(stdout);
		case 'V':
			printf("kpptp %s\n", KPPTP_VERSION);
			return fflush(stdout) ? KPPTP_EXIT_FAILED :
						KPPTP_EXIT_OK;
		case ':':
			return kpptp_cli_usage(cli, "%s needs a value",
					       argv[optind - 1]);
		default:
			return kpptp_cli_usage(cli, "there is no option %s",
					       argv[optind - 1]);
		}
	}
	return -1;
}

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	int status = parse(cli, argc, argv);

	if (status >= 0)
		return status;
	if (optind == argc) {
		overview(stderr);
		return KPPTP_EXIT_USAGE;
	}
	cli->verb = find(argv[optind]);
	if (!cli->verb)
		return unknown(cli, argv[optind]);
	return cli->verb->run(cli, argc - optind, argv + optind);
}

int main(int argc, char **argv)
{
	struct kpptp_cli cli = { .socket = getenv("KPPTP_SOCKET") };
	int status;

	setlocale(LC_CTYPE, "");
	if (!cli.socket || !*cli.socket)
		cli.socket = KPPTP_CLIENT_SOCKET;
	status = run(&cli, argc, argv);
	kpptp_out_free(cli.out);
	return status;
}
