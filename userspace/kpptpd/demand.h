/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * demand.h - waiting for traffic of a client that is called on demand
 *
 * As long as there is no call, an interface kpptpN stands for it: a tun(4)
 * device, to which lead routes like those of the link, but of a worse metric.
 * So they matter only while the link is down. The first packet that comes there
 * is what the client is told of; that packet and those that follow are kept and
 * sent through the link when it is up. Not a word of them is believed, and all
 * that is looked at is whether they are multicast.
 */
#ifndef KPPTPD_DEMAND_H
#define KPPTPD_DEMAND_H

#include "settings.h"

struct event_base;
struct kpptp_demand;

/** typedef kpptp_demand_fn - there is traffic; @id as given */
typedef void (*kpptp_demand_fn)(void *arg, uint32_t id);

/**
 * struct kpptp_demand_ops - what an implementation provides
 * @arm: from now on report the next packet, once; also one that is waiting.
 *	The interface is made when it is not there, and stays. Returns 0 or a
 *	negative errno. @traffic never runs before arm() has returned.
 * @end: no more traffic is reported; the interface goes
 * @free: end all
 */
struct kpptp_demand_ops {
	int (*arm)(struct kpptp_demand *demand,
		   const struct kpptp_client_settings *client,
		   kpptp_demand_fn traffic, void *arg, uint32_t id);
	void (*end)(struct kpptp_demand *demand, const char *name);
	void (*free)(struct kpptp_demand *demand);
};

/* First member of every implementation's own structure. */
struct kpptp_demand {
	const struct kpptp_demand_ops *ops;
};

/** kpptp_demand_tun_new() - the real one; needs CAP_NET_ADMIN. NULL: no memory */
struct kpptp_demand *kpptp_demand_tun_new(struct event_base *base);

/**
 * kpptp_demand_tun_link() - the client's link is up, or down
 * @demand: of kpptp_demand_tun_new()
 * @name: of the client section; one that nobody waits for is ignored
 * @ifname: its interface, which gets what was kept
 * @up: whether it is up. When another link of the same client has come up since,
 *	the end of this one changes nothing.
 */
void kpptp_demand_tun_link(struct kpptp_demand *demand, const char *name,
			   const char *ifname, bool up);

#endif
