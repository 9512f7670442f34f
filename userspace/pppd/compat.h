/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compat.h - the two plugin interfaces of pppd
 *
 * pppd 2.5 made what used to be global variables private behind functions,
 * renamed many functions and moved headers. What tells the two apart is the
 * header pppdconf.h, which only 2.5 has. kpptp.c is written for 2.5; here are
 * its functions for 2.4.9.
 */
#ifndef KPPTP_PPPD_COMPAT_H
#define KPPTP_PPPD_COMPAT_H

#include <stdint.h>
#include <string.h>

#if __has_include(<pppd/pppdconf.h>)

#include <stdbool.h>
#include <pppd/pppdconf.h>
#include <pppd/pppd.h>
#include <pppd/options.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/ccp.h>
#include <pppd/ipcp.h>
#include <pppd/eui64.h>
#include <pppd/ipv6cp.h>
#include <pppd/mppe.h>
#include <pppd/upap.h>
#if __has_include(<pppd/chap.h>)
#include <pppd/chap.h>
#else
#include <pppd/chap-new.h>
#endif

#ifdef PPPD_VERSION
#define KPPTP_PPPD_VERSION	PPPD_VERSION
#else
#define KPPTP_PPPD_VERSION	VERSION
#endif

/* It can be built without MPPE, and then there are never any keys. */
#ifndef PPP_WITH_MPPE
static inline bool mppe_keys_isset(void)
{
	return false;
}
#endif

#else /* 2.4.9 */

/* The program is built with these; the headers hide things without them. */
#define MPPE
#define INET6

#include <pppd/pppd.h>
#include <pppd/patchlevel.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/ccp.h>
#include <pppd/ipcp.h>
#include <pppd/eui64.h>
#include <pppd/ipv6cp.h>
#include <pppd/mppe.h>
#include <pppd/chap-new.h>
#include <pppd/chap_ms.h>

#define KPPTP_PPPD_VERSION	VERSION

/* pppd.h has a type bool of its own, of one octet, and no values for it. */
#define true	1
#define false	0

#define ppp_add_options			add_options
#define ppp_option_error		option_error
#define ppp_generic_establish		generic_establish_ppp
#define ppp_generic_disestablish	generic_disestablish_ppp
#define ppp_script_setenv		script_setenv
#define ppp_timeout			timeout
#define ppp_untimeout			untimeout

#define NF_EXIT		(&exitnotify)
#define NF_IP_UP	(&ip_up_notifier)
#define NF_IP_DOWN	(&ip_down_notifier)
#define NF_IPV6_UP	(&ipv6_up_notifier)
#define NF_IPV6_DOWN	(&ipv6_down_notifier)
#define NF_AUTH_UP	(&auth_up_notifier)
#define NF_PHASE_CHANGE	(&phasechange)
#define ppp_add_notify(list, fn, arg)	add_notifier(list, fn, arg)

static inline const char *ppp_ifname(void)
{
	return ifname;
}

static inline int ppp_status(void)
{
	return status;
}

static inline const char *ppp_peer_authname(char *buf, size_t size)
{
	strlcpy(buf, peer_authname, size);
	return buf;
}

static inline void ppp_set_modem(bool on)
{
	modem = on;
}

static inline int ppp_set_pppdevnam(const char *name)
{
	return strlcpy(ppp_devnam, name, sizeof(ppp_devnam)) <
	       sizeof(ppp_devnam) ? 0 : -1;
}

static inline void ppp_set_remote_number(const char *number)
{
	strlcpy(remote_number, number, sizeof(remote_number));
}

static inline bool mppe_keys_isset(void)
{
	return mppe_keys_set;
}

typedef struct pppd_stats ppp_link_stats_st;

static inline bool ppp_get_link_stats(ppp_link_stats_st *stats)
{
	update_link_stats(0);
	*stats = link_stats;
	return link_stats_valid;
}

#endif /* 2.4.9 */
#endif /* KPPTP_PPPD_COMPAT_H */
