/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings as plain values. conf.c fills them from the file, the control
 * socket from a connect request, the tests by hand. They hold no pointers, so
 * a structure assignment copies them whole and a reload cannot pull anything
 * from under a call that is up.
 */
#ifndef KPPTPD_SETTINGS_H
#define KPPTPD_SETTINGS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/call_params.h"
#include "prefix.h"

#define KPPTP_MAX_LISTEN	16	/* listening addresses */
#define KPPTP_MAX_DNS		2	/* name servers handed out by IPCP */
#define KPPTP_TEXT_SIZE		65	/* text field of RFC 2637 (64) and NUL */
#define KPPTP_NAME_SIZE		64	/* name of a [client NAME] section */
#define KPPTP_HOST_SIZE		256
#define KPPTP_USER_SIZE		256
#define KPPTP_PASSWORD_SIZE	256
#define KPPTP_OPTIONS_SIZE	1024	/* further pppd options, as free text */

/* Authentication methods, a bit mask; none set means no authentication. */
enum kpptp_auth {
	KPPTP_AUTH_MSCHAP_V2 = 1 << 0,
	KPPTP_AUTH_MSCHAP = 1 << 1,
	KPPTP_AUTH_CHAP = 1 << 2,
	KPPTP_AUTH_PAP = 1 << 3,
	KPPTP_AUTH_EAP = 1 << 4,
};

enum kpptp_mppe {
	KPPTP_MPPE_NO,
	KPPTP_MPPE_ALLOW,
	KPPTP_MPPE_REQUIRE,
};

/* A user who has a call and places another one */
enum kpptp_single {
	KPPTP_SINGLE_NO,	/* has both */
	KPPTP_SINGLE_REPLACE,	/* has the later one, once that is up */
	KPPTP_SINGLE_REFUSE,	/* has the earlier one */
};

/**
 * struct kpptp_timer_settings - every wait of the control protocol, in
 * milliseconds
 * @startup: from TCP open to established (RFC 2637 3.1.4), also the bound on
 *	connect() for a client
 * @reply: for any answer to a request (RFC 2637 3)
 * @echo_interval: from one Echo-Request to the next (3.1.4), whatever else is
 *	sent or received; 0 sends none
 * @echo_timeout: from an Echo-Request without any message from the peer until
 *	the connection is closed (3.1.4); asked again meanwhile
 * @stop: for the Stop-Control-Connection-Request of a peer who ended the last
 *	call, for the -Reply to ours, and for the peer to close
 * @disconnect: for the Call-Disconnect-Notify after a Call-Clear-Request
 * @ppp_stop: for PPP to end in order before the call is cleared anyway
 * @idle: how long a connection that the peer opened may stay before its first
 *	call; 0 for ever. After the last one: @disconnect and @stop together
 * @collision: how long the loser of a collision (RFC 2637 3.1.3) may take to
 *	close its connection
 * @shutdown: for the orderly end of everything
 */
struct kpptp_timer_settings {
	uint32_t startup;
	uint32_t reply;
	uint32_t echo_interval;
	uint32_t echo_timeout;
	uint32_t stop;
	uint32_t disconnect;
	uint32_t ppp_stop;
	uint32_t idle;
	uint32_t collision;
	uint32_t shutdown;
};

#define KPPTP_TIMER_DEFAULTS {		\
	.startup = 60000,		\
	.reply = 60000,			\
	.echo_interval = 60000,		\
	.echo_timeout = 60000,		\
	.stop = 3000,			\
	.disconnect = 3000,		\
	.ppp_stop = 2000,		\
	.idle = 60000,			\
	.collision = 5000,		\
	.shutdown = 15000,		\
}

/**
 * struct kpptp_ppp_settings - what PPP is asked to do on a call
 * @auth: methods allowed, mask of enum kpptp_auth. As server the peer must
 *	prove itself with one of them; as client we answer with one of them.
 * @mppe: encryption
 * @mtu: MTU and MRU, octets
 * @ipv6: run IPV6CP too
 * @routes: networks that are reached through the interface; server: those of
 *	the peer, see struct kpptp_peer_settings, and unused here
 * @use_dns: client: use the name servers that the peer tells
 * @idle: seconds without traffic after which the link is ended, 0 for never
 * @dns: server: name servers for the peer; client: unused
 * @n_dns: how many of them
 * @options: appended to the options of pppd, free text
 */
struct kpptp_ppp_settings {
	unsigned int auth;
	enum kpptp_mppe mppe;
	uint16_t mtu;
	bool ipv6;
	struct kpptp_prefixes routes;
	bool use_dns;
	uint32_t idle;
	struct in_addr dns[KPPTP_MAX_DNS];
	unsigned int n_dns;
	char options[KPPTP_OPTIONS_SIZE];
};

#define KPPTP_PPP_DEFAULTS {		\
	.auth = KPPTP_AUTH_MSCHAP_V2,	\
	.mppe = KPPTP_MPPE_ALLOW,	\
	.mtu = 1400,			\
}

/**
 * struct kpptp_server_settings - the accepting side
 * @enabled: accept connections at all
 * @listen: addresses to listen on; none means 0.0.0.0
 * @n_listen: how many of them
 * @port: TCP port, host byte order; 0 lets the kernel choose (tests)
 * @host_name: Host Name of our SCCRQ and SCCRP
 * @vendor: Vendor String of our SCCRQ and SCCRP
 * @max_connections: control connections accepted at a time
 * @max_connections_per_address: of those, from one address
 * @max_sessions: calls of peers at a time
 * @max_sessions_per_address: of those, from one address
 * @max_starting: calls of peers whose PPP is on its way up at a time; others wait
 * @single_session: how many calls a user may have, unless it has a [peer] section:
 *	then the latest one remains
 * @connect_rate: connections a second from each network of 256 addresses, 0 for
 *	no limit; ten times as many may come at once
 * @allow: who may connect; empty for everybody
 * @max_calls: calls per control connection
 * @local_ip: our end of each PPP link
 * @timers: waits
 * @call: data path of the calls
 * @ppp: PPP of the calls
 *
 * The peer's end of a PPP link comes from kpptp_core_hooks.address_get.
 */
struct kpptp_server_settings {
	bool enabled;
	struct in_addr listen[KPPTP_MAX_LISTEN];
	unsigned int n_listen;
	uint16_t port;
	char host_name[KPPTP_TEXT_SIZE];
	char vendor[KPPTP_TEXT_SIZE];
	unsigned int max_connections;
	unsigned int max_connections_per_address;
	unsigned int max_sessions;
	unsigned int max_sessions_per_address;
	unsigned int max_starting;
	enum kpptp_single single_session;
	unsigned int connect_rate;
	struct kpptp_prefixes allow;
	unsigned int max_calls;
	struct in_addr local_ip;
	struct kpptp_timer_settings timers;
	struct kpptp_call_params call;
	struct kpptp_ppp_settings ppp;
};

/* Besides @call: kpptp_call_params_init() */
#define KPPTP_SERVER_DEFAULTS {			\
	.port = 1723,				\
	.host_name = "local",			\
	.vendor = "kpptp",			\
	.max_connections = 10000,		\
	.max_connections_per_address = 100,	\
	.max_sessions = 10000,			\
	.max_sessions_per_address = 100,	\
	.max_starting = 64,			\
	.connect_rate = 100,			\
	.max_calls = 100,			\
	.timers = KPPTP_TIMER_DEFAULTS,		\
	.ppp = KPPTP_PPP_DEFAULTS,		\
}

/**
 * struct kpptp_peer_settings - what is known of who calls us
 * @user: the name it proves; not empty
 * @address: its end of the link, 0.0.0.0 for one of the pool
 * @routes: networks behind it
 * @client: [client NAME] section by which we call it, "" for none
 */
struct kpptp_peer_settings {
	char user[KPPTP_USER_SIZE];
	struct in_addr address;
	struct kpptp_prefixes routes;
	char client[KPPTP_NAME_SIZE];
};

/**
 * struct kpptp_client_settings - one call to place
 * @name: of the [client NAME] section, "" for a connect request
 * @host: name or IPv4 address of the server
 * @port: TCP port, host byte order
 * @local_address: source address, 0.0.0.0 for any
 * @user: name PPP gives
 * @password: password PPP gives
 * @call_id: our Call ID, 0 to have one chosen
 * @phone_number: Phone Number of the OCRQ (a few peers want one), or ""
 * @host_name: Host Name of our SCCRQ
 * @vendor: Vendor String of our SCCRQ
 * @framing: Framing Capabilities of our SCCRQ
 * @bearer: Bearer Capabilities of our SCCRQ
 * @firmware: Firmware Revision of our SCCRQ
 * @autostart: place the call when the daemon starts
 * @persist: place it again whenever it ends or fails
 * @demand: place it whenever there is traffic for @ppp.routes
 * @backoff_min: first wait before trying again, milliseconds, not 0
 * @backoff_max: longest wait, milliseconds
 * @connect_timeout: from the request until PPP is up, milliseconds; 0 waits
 *	as long as the steps' own timers allow
 * @timers: waits
 * @call: data path
 * @ppp: PPP
 */
struct kpptp_client_settings {
	char name[KPPTP_NAME_SIZE];
	char host[KPPTP_HOST_SIZE];
	uint16_t port;
	struct in_addr local_address;
	char user[KPPTP_USER_SIZE];
	char password[KPPTP_PASSWORD_SIZE];
	uint16_t call_id;
	char phone_number[KPPTP_TEXT_SIZE];
	char host_name[KPPTP_TEXT_SIZE];
	char vendor[KPPTP_TEXT_SIZE];
	uint32_t framing;
	uint32_t bearer;
	uint16_t firmware;
	bool autostart;
	bool persist;
	bool demand;
	uint32_t backoff_min;
	uint32_t backoff_max;
	uint32_t connect_timeout;
	struct kpptp_timer_settings timers;
	struct kpptp_call_params call;
	struct kpptp_ppp_settings ppp;
};

/* Besides @call: kpptp_call_params_init() */
#define KPPTP_CLIENT_DEFAULTS {			\
	.port = 1723,				\
	.host_name = "local",			\
	.vendor = "kpptp",			\
	.framing = 3,				\
	.bearer = 3,				\
	.firmware = 1,				\
	.backoff_min = 1000,			\
	.backoff_max = 60000,			\
	.timers = KPPTP_TIMER_DEFAULTS,		\
	.ppp = KPPTP_PPP_DEFAULTS,		\
}

#endif
