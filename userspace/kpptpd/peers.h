/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peers.h - one link to each peer
 *
 * Routers that are configured to call each other may do so at the same time,
 * and one that was restarted calls again while its old call still seems to be
 * up here. For each [peer NAME] section one call remains:
 *
 *	Of several calls of the same user the latest remains.
 *
 *	Of a call of the peer and one of ours to it ("client = NAME") that came up
 *	more than PEERS_SAME_TIME apart the later one remains: nobody calls who
 *	has a link, so the peer has lost the other one.
 *
 *	Of two that came up at the same time, that one remains whose caller logs in
 *	with the user name that comes first, octet by octet. Both ends know both
 *	names and come to the same result.
 *
 * As long as the peer's call is up, our client places none. Calls that are not
 * up yet are left alone: maybe only one of the two can get through.
 */
#ifndef KPPTPD_PEERS_H
#define KPPTPD_PEERS_H

#include "conf.h"

struct event_base;
struct kpptp_core;
struct kpptp_peers;

/**
 * kpptp_peers_new() - keep to the rule from now on
 * @base: event loop
 * @core: outlives it
 * @conf: the configuration to go by
 * @arg: for @conf
 *
 * Return: NULL without memory.
 */
struct kpptp_peers *kpptp_peers_new(struct event_base *base,
				    struct kpptp_core *core,
				    const struct kpptp_conf *(*conf)(void *arg),
				    void *arg);

/** kpptp_peers_free() - NULL is fine */
void kpptp_peers_free(struct kpptp_peers *peers);

#endif
