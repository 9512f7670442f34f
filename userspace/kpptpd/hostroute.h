/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostroute.h - the way to the server stays where it is
 *
 * A default route through the tunnel would lead the tunnel's own packets into
 * it. A route to the server alone, by the way it is reached now, keeps them out.
 */
#ifndef KPPTPD_HOSTROUTE_H
#define KPPTPD_HOSTROUTE_H

#include <netinet/in.h>

struct kpptp_hostroute;

/**
 * kpptp_hostroute_add() - add a route to one host by its present way
 * @host: the host
 * @route: receives the route, to be given to kpptp_hostroute_del(), or NULL
 *	when one was there already
 *
 * Needs CAP_NET_ADMIN. Main table.
 *
 * Return: 0 or a negative errno: -ENETUNREACH when there is no way.
 */
int kpptp_hostroute_add(struct in_addr host, struct kpptp_hostroute **route);

/** kpptp_hostroute_del() - take it away again; NULL is fine */
void kpptp_hostroute_del(struct kpptp_hostroute *route);

#endif
