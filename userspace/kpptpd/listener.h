/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's listening sockets for control connections. */
#ifndef KPPTPD_LISTENER_H
#define KPPTPD_LISTENER_H

#include <netinet/in.h>

#include "settings.h"

struct event_base;
struct kpptp_listeners;

/**
 * kpptp_listeners_new() - none yet
 * @accept: somebody has connected. @fd is non-blocking, and the hook's. Returns
 *	NULL, or a static sentence for the log when it was closed at once
 * @is_busy: has whoever gets the connections still to take earlier ones? Then no
 *	more are accepted
 * @arg: for both
 *
 * Return: NULL without memory.
 */
struct kpptp_listeners *
kpptp_listeners_new(struct event_base *base,
		    const char *(*accept)(void *arg, int fd,
					  const struct sockaddr_in *peer),
		    bool (*is_busy)(void *arg), void *arg);

/**
 * kpptp_listeners_open() - listen on what @server says, and on nothing else
 *
 * What is listened on already stays open.
 *
 * Return: 0, or the negative errno of the first that could not be opened; the log
 * says of each.
 */
int kpptp_listeners_open(struct kpptp_listeners *listeners,
			 const struct kpptp_server_settings *server);

/** kpptp_listeners_close() - listen on nothing any more */
void kpptp_listeners_close(struct kpptp_listeners *listeners);

/** kpptp_listeners_bound() - what is listened on. Return: how many, up to @max. */
unsigned int kpptp_listeners_bound(const struct kpptp_listeners *listeners,
				   struct sockaddr_in *addr, unsigned int max);

/** kpptp_listeners_free() - NULL is fine */
void kpptp_listeners_free(struct kpptp_listeners *listeners);

#endif
