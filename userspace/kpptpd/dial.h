/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dial.h - from the name of a server to a socket that is connecting
 *
 * Names are looked up by a process of its own, with the account of the worker and
 * the C library's getaddrinfo(): what /etc/hosts, resolv.conf and nsswitch.conf
 * say at that moment is what counts, and nobody waits for a name server.
 */
#ifndef KPPTPD_DIAL_H
#define KPPTPD_DIAL_H

#include <netinet/in.h>

#include "core_int.h"
#include "sandbox.h"

struct kpptp_client_settings;
struct kpptp_dial;

/**
 * typedef kpptp_dial_fn - the name has been looked up, or cannot be
 * @err: 0 or a negative errno
 * @address: of the server, when @err is 0
 * @why: when @err is not 0, a sentence
 *
 * The dial has ended.
 */
typedef void (*kpptp_dial_fn)(void *arg, int err, struct in_addr address,
			      const char *why);

/**
 * kpptp_dial_resolve() - look a server up
 * @host: name or IPv4 address
 * @done: called once, later, unless kpptp_dial_cancel() comes before
 *
 * Return: NULL with errno set.
 */
struct kpptp_dial *kpptp_dial_resolve(struct event_base *base,
				      const char *host, kpptp_dial_fn done,
				      void *arg);

/** kpptp_dial_cancel() - NULL is fine */
void kpptp_dial_cancel(struct kpptp_dial *dial);

/**
 * kpptp_dial_socket() - a socket that is connecting to @peer
 * @from: source address, 0.0.0.0 for any
 * @local: result, which is known by now
 *
 * Return: a descriptor or a negative errno.
 */
int kpptp_dial_socket(struct in_addr from, const struct sockaddr_in *peer,
		      struct sockaddr_in *local);

/**
 * kpptp_run_resolver() - the process that looks up @host
 * @account: whom it becomes
 *
 * It prints "ok ADDRESS" or "error SENTENCE".
 *
 * Return: exit status.
 */
int kpptp_run_resolver(const struct kpptp_account *account, const char *host);

#endif
