/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a password comes from. Never from the command line: others see that. */
#ifndef KPPTP_PASSWORD_H
#define KPPTP_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#define KPPTP_PASSWORD_MAX	256	/* octets with NUL, as the daemon takes */

/**
 * struct kpptp_password_source - which of the ways was asked for
 * @file: --password-file, or NULL
 * @from_stdin: --password-stdin
 * @ask: --ask
 */
struct kpptp_password_source {
	const char *file;
	bool from_stdin;
	bool ask;
};

/**
 * kpptp_password_read() - get it
 * @source: at most one of its members is set; with none KPPTP_PASSWORD of the
 *	environment is taken, and removed from it
 * @user: for the prompt
 * @password: result, KPPTP_PASSWORD_MAX octets; the caller wipes it
 * @why: a sentence on errors
 * @size: of @why
 *
 * Return: 1 when there is one, 0 when there is none, or a negative errno.
 */
int kpptp_password_read(const struct kpptp_password_source *source,
			const char *user, char *password, char *why,
			size_t size);

#endif
