/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What verbs that log in to a server have in common. */
#ifndef KPPTP_CONNECT_H
#define KPPTP_CONNECT_H

#include <signal.h>
#include <stdbool.h>

#include "cli.h"
#include "password.h"

/* Set by Ctrl-C once kpptp_catch_sigint() has been called. */
extern volatile sig_atomic_t kpptp_interrupted;

/** kpptp_catch_sigint() - a second Ctrl-C ends the program, whatever it is doing */
void kpptp_catch_sigint(void);

/**
 * kpptp_connect_split() - splits HOST:PORT in place
 * @port: 0 when there is none
 *
 * Return: whether it makes sense.
 */
bool kpptp_connect_split(char *host, unsigned long *port);

/**
 * kpptp_connect_sources() - whether the options about the password go together
 * @user: may be NULL
 *
 * Return: -1 to go on, or an enum kpptp_exit; then the mistake has been told.
 */
int kpptp_connect_sources(struct kpptp_cli *cli, const char *user,
			  const struct kpptp_password_source *source);

/**
 * kpptp_connect_password() - get the password of @user
 * @password: KPPTP_PASSWORD_MAX octets; the caller wipes it
 *
 * Return: -1 to go on, or an enum kpptp_exit; then the mistake has been told.
 */
int kpptp_connect_password(struct kpptp_cli *cli, const char *user,
			   const struct kpptp_password_source *source,
			   char *password);

#endif
