/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One call (RFC 2637 section 3.2), as PAC when the peer placed it and as PNS
 * when we did: its place in the data path, its PPP, its address.
 *
 * A call that is closed has left its connection, but is not gone before PPP has
 * ended and the data path has answered: its address must not be given to
 * another while an interface still has it.
 */
#ifndef KPPTPD_CALL_H
#define KPPTPD_CALL_H

#include "conn.h"
#include "host.h"

/**
 * struct kpptp_call_owner - whoever placed a call
 * @up: it is up, called once
 * @ended: it is closed; the settings given are no longer used
 */
struct kpptp_call_owner {
	void (*up)(void *arg, const struct kpptp_call_info *info);
	void (*ended)(void *arg, const char *why);
};

/* A Call ID is that of one connection, and of one role on it. */
struct kpptp_call_key {
	uint32_t conn_id;
	uint16_t call_id;
	uint16_t pac;
};

/**
 * struct kpptp_call - a call
 * @conn: its connection, NULL once closed
 * @settings: PNS: what to place, until closed; PAC: NULL
 * @ender: who ended it
 * @in_dataplane: the data path has it
 * @pending: requests to the data path that have not been answered
 * @has_ppp: PPP runs on it, or is about to
 * @was_granted: PAC: the peer has been told that it is connected
 * @by_id: in kpptp_core.call_by_id; likewise @by_ifname, @by_own, @by_peer
 * @own_key: for @by_own, while @in_dataplane
 * @peer_key: for @by_peer
 * @broken: something went wrong, so its end is not what anybody wanted
 * @result: of the OCRP that refuses it
 * @error: general error that goes with it
 * @cdn_result: of the CDN that ends it
 */
struct kpptp_call {
	TAILQ_ENTRY(kpptp_call) entry;
	TAILQ_ENTRY(kpptp_call) conn_entry;
	struct kpptp_core *core;
	struct kpptp_conn *conn;
	unsigned int id;
	unsigned int conn_id;
	unsigned int client_id;
	bool pac;
	enum kpptp_call_state state;
	enum kpptp_call_ender ender;
	struct event timer;
	struct kpptp_timer_settings timers;
	const struct kpptp_proto_client *settings;
	const struct kpptp_call_owner *owner;
	void *owner_arg;

	struct kpptp_hash_link by_id;
	struct kpptp_hash_link by_ifname;
	struct kpptp_hash_link by_own;
	struct kpptp_hash_link by_peer;
	struct kpptp_call_key own_key;
	struct kpptp_call_key peer_key;

	struct in_addr local;
	struct in_addr peer;
	uint16_t call_id;
	uint16_t peer_call_id;
	uint16_t serial;
	uint16_t rx_window;
	uint16_t peer_window;
	uint32_t send_accm;
	uint32_t recv_accm;
	bool in_dataplane;
	unsigned int pending;
	bool has_ppp;
	bool was_granted;

	bool broken;
	uint8_t result;
	uint8_t error;
	uint8_t cdn_result;
	struct kpptp_ctrl_cdn cdn;	/* PNS: what came, in state ending */
	char ppp_why[KPPTP_WHY_SIZE];	/* why PPP ends, "" for unknown */
	int64_t opened_ms;
	bool up;
	int64_t up_ms;			/* when it came up, 0 before */
	int64_t up_for_ms;		/* how long it was up, once it is not */
	struct kpptp_ppp_net net;
	char why[KPPTP_WHY_SIZE];
	char name[KPPTP_NAME_SIZE];
	char user[KPPTP_USER_SIZE];
	char ifname[IFNAMSIZ];
	char local_text[KPPTP_ADDR_TEXT];
	char remote_text[KPPTP_ADDR_TEXT];
	char local_text6[KPPTP_ADDR_TEXT];
	char remote_text6[KPPTP_ADDR_TEXT];
};

/**
 * kpptp_call_place() - place a call as PNS, as soon as @conn is established
 * @settings: kept until @owner is told that the call has ended
 * @owner: told what becomes of it; with @arg
 *
 * Return: the call, or NULL with errno set.
 */
struct kpptp_call *kpptp_call_place(struct kpptp_conn *conn,
				    const struct kpptp_proto_client *settings,
				    const struct kpptp_call_owner *owner,
				    void *arg);

/** kpptp_call_begin() - the connection of a call we place is established */
void kpptp_call_begin(struct kpptp_call *call);

/** kpptp_call_input() - a message about a call, for whichever it means */
void kpptp_call_input(struct kpptp_conn *conn,
		      const struct kpptp_ctrl_msg *msg);

/** kpptp_call_close() - end it in order */
void kpptp_call_close(struct kpptp_call *call, const char *why);

/** kpptp_call_lost() - its connection has gone */
void kpptp_call_lost(struct kpptp_call *call, const char *why);

/**
 * kpptp_call_made() - the answer to call_new()
 * @err: 0 or a negative errno: -EPERM for what is not for this peer
 * @call_id: our Call ID when @err is 0
 * @why: when @err is not 0, a sentence
 */
void kpptp_call_made(struct kpptp_call *call, int err, uint16_t call_id,
		     const char *why);

/** kpptp_call_completed() - the answer to call_set() */
void kpptp_call_completed(struct kpptp_call *call, int err, const char *why);

/** kpptp_call_ppp_started() - the answer to ppp_start(); the other is down() */
void kpptp_call_ppp_started(struct kpptp_call *call);

/** kpptp_call_ppp_events - what becomes of its PPP; @arg is the call */
extern const struct kpptp_ppp_events kpptp_call_ppp_events;

/** kpptp_call_describe() - what it is */
void kpptp_call_describe(const struct kpptp_call *call,
			 struct kpptp_call_info *info);

/** kpptp_call_free() - for the reaper: nothing is told to anybody */
void kpptp_call_free(struct kpptp_call *call);

#endif
