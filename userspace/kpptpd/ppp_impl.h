/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The implementations of ppp.h. */
#ifndef KPPTPD_PPP_IMPL_H
#define KPPTPD_PPP_IMPL_H

#include "ppp.h"

struct event_base;
struct kpptp_conf_global;
struct kpptp_peer_settings;

/**
 * struct kpptp_ppp_peer - what who has proved to be somebody is to have
 * @address: its end of the link; 0.0.0.0 for what PPP was started with
 * @is_own: the address is that of this user, whatever PPP's own files say
 * @settings: of its [peer NAME] section, or NULL
 * @why: it may have no link, and why; a sentence, or ""
 */
struct kpptp_ppp_peer {
	struct in_addr address;
	bool is_own;
	const struct kpptp_peer_settings *settings;
	char why[128];
};

/**
 * struct kpptp_ppp_setup - what PPP is run with
 * @base: event loop
 * @global: programs; copied
 * @peer: who has proved to be @user on the link that was started with @link_arg
 * @address: PPP has come to @theirs as the peer's end of the link that was started
 *	with @link_arg, which is a server's. @why is a sentence if the peer may not
 *	have it, or ""
 * @link: the link of the client section @name is up, or down, on this interface;
 *	may be NULL
 * @arg: for all of them
 */
struct kpptp_ppp_setup {
	struct event_base *base;
	const struct kpptp_conf_global *global;
	void (*peer)(void *arg, void *link_arg, const char *user,
		     struct kpptp_ppp_peer *out);
	void (*address)(void *arg, void *link_arg, struct in_addr theirs,
			char *why, size_t size);
	void (*link)(void *arg, const char *name, const char *ifname, bool up);
	void *arg;
};

/**
 * kpptp_ppp_pppd_new() - one pppd(8) for each call
 * @setup: see there
 * @ppp: result
 *
 * Adds and removes the routes of each link, and has its name servers used.
 * free() kills what still runs and waits for it, five seconds at the most.
 *
 * Return: 0 or a negative errno.
 */
int kpptp_ppp_pppd_new(const struct kpptp_ppp_setup *setup,
		       struct kpptp_ppp **ppp);

/**
 * kpptp_ppp_null_new() - links that come up at once and carry nothing
 * @setup: @global, @address and @link are not used
 * @ppp: result
 *
 * Interfaces are called null0, null1, ...; every peer is the user "null".
 *
 * Return: 0 or -ENOMEM.
 */
int kpptp_ppp_null_new(const struct kpptp_ppp_setup *setup,
		       struct kpptp_ppp **ppp);

#endif
