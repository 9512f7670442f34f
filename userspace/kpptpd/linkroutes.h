/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linkroutes.h - routes through a tunnel that never lead the tunnel into itself
 *
 * A network that does not contain the server gets a route in the main table.
 * One that does, and a default route, go into a table of the link's own, and
 * two rules before the main table's lead there:
 *
 *	to NETWORK lookup main, results that are not more specific do not count
 *	to NETWORK lookup TABLE		NETWORK dev pppN
 *					throw SERVER
 *
 * So the system's own routes are not touched: those to attached networks stay
 * in force, and packets to the server take whatever way the main table has for
 * them at the time, also after the gateway has changed. Routes die with
 * their interface; the rules that stay behind when the daemon is killed lead
 * nowhere and change nothing.
 */
#ifndef KPPTPD_LINKROUTES_H
#define KPPTPD_LINKROUTES_H

#include "prefix.h"

/* Protocol number of our routes and rules: "ip route show proto 172". */
#define KPPTP_RTPROT		172
/* A link's own table is this and the number of its interface. */
#define KPPTP_TABLE		1723000u
/* Rules are from here up to KPPTP_RULE_PREF + 257. */
#define KPPTP_RULE_PREF		32000u

struct kpptp_linkroutes;

/**
 * kpptp_linkroutes_new() - routes through one interface, none yet
 * @ifname: the interface
 * @server: other end of the tunnel, 0.0.0.0 for none
 * @metric: of routes in the main table, 0 for the best
 *
 * Return: the routes, or NULL with errno set.
 */
struct kpptp_linkroutes *kpptp_linkroutes_new(const char *ifname,
					      struct in_addr server,
					      uint32_t metric);

/**
 * kpptp_linkroutes_add() - add a route; needs CAP_NET_ADMIN
 *
 * A route of somebody else to the same network stays behind ours and is in
 * force again when ours is gone.
 *
 * Return: 0 or a negative errno: -ELOOP when it is the server and nothing else.
 */
int kpptp_linkroutes_add(struct kpptp_linkroutes *routes,
			 const struct kpptp_prefix *prefix);

/**
 * kpptp_linkroutes_keep_out() - take away the kernel's own route to the server
 *
 * There is one when the peer's address of the link is the server's as well,
 * which some servers do, and it would lead the tunnel into itself.
 */
void kpptp_linkroutes_keep_out(struct kpptp_linkroutes *routes);

/** kpptp_linkroutes_remove() - take away those of this family */
void kpptp_linkroutes_remove(struct kpptp_linkroutes *routes, int family);

/** kpptp_linkroutes_free() - take all of them away; NULL is fine */
void kpptp_linkroutes_free(struct kpptp_linkroutes *routes);

/**
 * kpptp_linkroutes_sweep() - take away what a killed daemon left behind
 *
 * Rules and tables of interfaces that do not exist any more.
 */
void kpptp_linkroutes_sweep(void);

#endif
