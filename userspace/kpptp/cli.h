/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs share: the command line, complaints and exit status. */
#ifndef KPPTP_CLI_H
#define KPPTP_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "output.h"

enum kpptp_exit {
	KPPTP_EXIT_OK = 0,
	KPPTP_EXIT_FAILED = 1,
	KPPTP_EXIT_USAGE = 2,
};

struct kpptp_cli;
struct json_object;

/**
 * struct kpptp_verb - one thing the program can do
 * @name: the word on the command line
 * @args: what follows, for the usage line
 * @summary: one line for the overview
 * @help: the rest of its help: what it does, options, examples
 * @run: does it; @argv[0] is the verb. Returns an enum kpptp_exit.
 */
struct kpptp_verb {
	const char *name;
	const char *args;
	const char *summary;
	const char *help;
	int (*run)(struct kpptp_cli *cli, int argc, char **argv);
};

/**
 * struct kpptp_cli - one run of the program
 * @json: --json was given
 * @socket: the daemon's control socket
 * @verb: what is being done, NULL before it is known
 * @out: printer, made once the options are known
 */
struct kpptp_cli {
	bool json;
	const char *socket;
	const struct kpptp_verb *verb;
	struct kpptp_out *out;
};

/**
 * struct kpptp_opt - an option of a verb, without the dashes
 * @name: NULL ends the array
 * @value: receives the argument of an option that has one
 * @flag: set by an option that has none
 */
struct kpptp_opt {
	const char *name;
	const char **value;
	bool *flag;
};

extern const struct kpptp_verb kpptp_verb_connect, kpptp_verb_disconnect,
	kpptp_verb_calls, kpptp_verb_connections, kpptp_verb_show,
	kpptp_verb_clients, kpptp_verb_users,
	kpptp_verb_monitor, kpptp_verb_status, kpptp_verb_reload,
	kpptp_verb_stats,
	kpptp_verb_doctor, kpptp_verb_firewall;

/**
 * kpptp_cli_parse() - the arguments of a verb
 * @opts: its own options; the global ones are known here
 * @min: words it needs
 * @max: words it takes
 * @words: receives @max words, NULL where there is none; they belong to @argv
 *
 * Makes the printer. When the result is not -1 the run is over with that exit
 * status: help was asked for, or there was a mistake, which has been told.
 *
 * Return: -1 to go on, or an enum kpptp_exit.
 */
int kpptp_cli_parse(struct kpptp_cli *cli, int argc, char **argv,
		    const struct kpptp_opt *opts, int min, int max,
		    const char **words);

/** kpptp_cli_help() - print the help of @verb. Return: an enum kpptp_exit. */
int kpptp_cli_help(const struct kpptp_verb *verb);

/**
 * kpptp_cli_rows() - ask the daemon for a list
 * @cmd: member "cmd" of the request, and the member of the answer that has it
 * @answer: receives the answer, which the caller puts, or NULL
 *
 * Return: the list, which belongs to @answer, or NULL; then the mistake has been
 * told.
 */
struct json_object *kpptp_cli_rows(struct kpptp_cli *cli, const char *cmd,
				   struct json_object **answer);

/**
 * kpptp_cli_number() - an unsigned number between @min and @max
 *
 * Return: whether @text is one.
 */
bool kpptp_cli_number(const char *text, unsigned long min, unsigned long max,
		      unsigned long *number);

/** kpptp_cli_fail() - say what went wrong. Return: KPPTP_EXIT_FAILED. */
int kpptp_cli_fail(struct kpptp_cli *cli, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** kpptp_cli_usage() - say what is wrong with the command. Return: KPPTP_EXIT_USAGE. */
int kpptp_cli_usage(struct kpptp_cli *cli, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** kpptp_cli_note() - something worth knowing, on standard error */
void kpptp_cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** kpptp_cli_end() - print what was gathered. Return: an enum kpptp_exit. */
int kpptp_cli_end(struct kpptp_cli *cli);

/**
 * kpptp_cli_ask() - one request to the daemon with one answer at once
 * @cmd: member "cmd" of the request
 * @key: a further member, or NULL
 * @value: its value
 * @timeout_ms: for the answer
 *
 * Return: the answer, which the caller puts, or NULL; then the mistake has been
 * told.
 */
struct json_object *kpptp_cli_ask(struct kpptp_cli *cli, const char *cmd,
				  const char *key, const char *value,
				  int timeout_ms);

/**
 * kpptp_suggest() - the word most like @word
 * @words: candidates, @n of them
 *
 * Return: one of @words, or NULL when none is close.
 */
const char *kpptp_suggest(const char *word, const char *const *words, size_t n);

#endif
