/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one way to PPP. A call that stands in the data path is handed over with
 * start(); what becomes of it comes back as events. Nothing outside an
 * implementation knows how PPP is run.
 *
 * A link that was started ends with exactly one down() event, also after
 * stop(), and the pointer to it is not valid from then on. Until then the
 * caller keeps its argument alive and its address assigned.
 */
#ifndef KPPTPD_PPP_H
#define KPPTPD_PPP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "settings.h"

struct kpptp_ppp;
struct kpptp_ppp_link;

#define KPPTP_ROUTES_TEXT	(KPPTP_MAX_ROUTES * (KPPTP_PREFIX_TEXT + 1))

#define KPPTP_PPP_WORD	24

/**
 * struct kpptp_ppp_traffic - what a link has carried, as its interface counts it
 * @known: the rest is valid
 */
struct kpptp_ppp_traffic {
	bool known;
	uint64_t rx_bytes;
	uint64_t rx_packets;
	uint64_t tx_bytes;
	uint64_t tx_packets;
};

/**
 * struct kpptp_ppp_net - what there is to know of a link beside its addresses
 * @routes: networks that are routed through it, separated by blanks
 * @dns: the peer's name servers that are in use, separated by blanks
 * @auth: how the one that called has logged in: "mschap-v2", ..., "none"; ""
 *	before it is up
 * @mppe: encryption: "none", "128-bit stateless", ...; "" before it is up
 * @mru: the largest packet that we take, octets, 0 before it is up
 * @peer_mru: the largest packet that the peer takes
 * @traffic: known when it has gone down
 */
struct kpptp_ppp_net {
	char routes[KPPTP_ROUTES_TEXT];
	char dns[KPPTP_MAX_DNS * INET_ADDRSTRLEN];
	char auth[KPPTP_PPP_WORD];
	char mppe[KPPTP_PPP_WORD];
	uint32_t mru;
	uint32_t peer_mru;
	struct kpptp_ppp_traffic traffic;
};

/**
 * struct kpptp_ppp_request - what PPP must know of a call
 * @local: our address of the tunnel
 * @peer: the peer's address of the tunnel
 * @call_id: our Call ID
 * @peer_call_id: the peer's Call ID
 * @server: we accepted the call: authenticate the peer and give it addresses
 * @user: client: our name, "" for none; server: unused
 * @password: client: our password; server: unused
 * @local_ip: our address of the link; 0.0.0.0 lets the peer say
 * @remote_ip: the peer's address of the link; 0.0.0.0 lets the peer say
 * @name: name of the client section, "" for none; for scripts and logs
 * @settings: the rest
 *
 * Pointers are valid during start() only; the implementation copies what it
 * needs.
 */
struct kpptp_ppp_request {
	struct in_addr local;
	struct in_addr peer;
	uint16_t call_id;
	uint16_t peer_call_id;
	bool server;
	const char *user;
	const char *password;
	struct in_addr local_ip;
	struct in_addr remote_ip;
	const char *name;
	const struct kpptp_ppp_settings *settings;
};

/**
 * struct kpptp_ppp_events - what happened on a link
 * @attached: PPP owns the call in the data path
 * @auth: the peer proved to be @user
 * @net: something of it is other than before
 * @up: IPCP is open; addresses as text for IPv4
 * @up6: IPV6CP is open; link-local addresses as text
 * @closing: the link was open and a Terminate-Request or -Ack is about to be
 *	sent; PPP waits for proceed(), a second at the most. @why is a sentence, or
 *	"" when that is not known yet
 * @failed: the peer has not proved to be @user; may be NULL
 * @down: PPP has ended and nothing of it is left. @reason is a sentence,
 *	@status the implementation's own code (pppd: exit status), for the log.
 *	Always the last event, exactly one, also after stop().
 *
 * No event comes before start() has returned. Text is valid during the
 * callback.
 */
struct kpptp_ppp_events {
	void (*attached)(void *arg);
	void (*auth)(void *arg, const char *user);
	void (*net)(void *arg, const struct kpptp_ppp_net *net);
	void (*up)(void *arg, const char *ifname, const char *local_ip,
		   const char *remote_ip);
	void (*up6)(void *arg, const char *ifname, const char *local_ip,
		    const char *remote_ip);
	void (*closing)(void *arg, const char *why);
	void (*failed)(void *arg, const char *user);
	void (*down)(void *arg, const char *reason, int status);
};

enum kpptp_ppp_stop {
	KPPTP_PPP_STOP_ORDERLY,	/* the peer listens: LCP Terminate-Request */
	KPPTP_PPP_STOP_NOW,	/* the path is gone: do not wait for anything */
};

/**
 * struct kpptp_ppp_ops - what an implementation provides
 * @name: "pppd", "null", ...
 * @start: run PPP on a call. Returns 0 and a link, or a negative errno when it
 *	could not even begin (then no event comes).
 * @stop: end a link. down() comes later, after a few seconds at the most, and
 *	never before stop() returns. May be called again to go from orderly to
 *	now.
 * @proceed: the answer to closing(): whatever must come before PPP's last words
 *	has been sent
 * @free: end the implementation. No event comes any more.
 */
struct kpptp_ppp_ops {
	const char *name;
	int (*start)(struct kpptp_ppp *ppp, const struct kpptp_ppp_request *req,
		     const struct kpptp_ppp_events *events, void *arg,
		     struct kpptp_ppp_link **link);
	void (*stop)(struct kpptp_ppp *ppp, struct kpptp_ppp_link *link,
		     enum kpptp_ppp_stop how);
	void (*proceed)(struct kpptp_ppp *ppp, struct kpptp_ppp_link *link);
	void (*free)(struct kpptp_ppp *ppp);
};

/* First member of every implementation's own structure. */
struct kpptp_ppp {
	const struct kpptp_ppp_ops *ops;
};

#endif
