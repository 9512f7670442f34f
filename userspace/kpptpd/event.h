/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened, once for everybody: each event is one log line and is handed
 * to every subscriber (the control socket's monitor).
 */
#ifndef KPPTPD_EVENT_H
#define KPPTPD_EVENT_H

#include "core.h"

enum kpptp_event_type {
	KPPTP_EVENT_CONNECTION_UP,	/* control connection established */
	KPPTP_EVENT_CONNECTION_DOWN,	/* ended, whether it was up or not */
	KPPTP_EVENT_CALL_NEW,		/* call connected, PPP begins */
	KPPTP_EVENT_CALL_AUTH,		/* PPP knows the peer's name */
	KPPTP_EVENT_CALL_UP,		/* IPv4 or IPv6 runs */
	KPPTP_EVENT_CALL_DOWN,		/* ended, whether it was up or not */
	KPPTP_EVENT_CALL_GONE,		/* PPP of one that was up has ended, too */
	KPPTP_EVENT_CLIENT_DIAL,	/* a client begins to connect */
	KPPTP_EVENT_CLIENT_RETRY,	/* it failed and will try again */
	KPPTP_EVENT_CLIENT_ARMED,	/* it waits for traffic */
	KPPTP_EVENT_CLIENT_HELD,	/* the other end's call is used instead */
	KPPTP_EVENT_CLIENT_DOWN,	/* it ended for good */
	KPPTP_EVENT_TYPES
};

/**
 * struct kpptp_event - one event
 * @type: what happened
 * @failure: it went wrong, which the log tells as a warning
 * @by_anybody: whoever reaches us can cause it, and the log has a bound for that
 * @text: the whole story as a sentence, escaped
 * @conn: the control connection concerned, or NULL
 * @call: the call concerned, or NULL
 * @client_id: the client concerned (struct kpptp_client), or 0
 *
 * Everything is valid during the callback only.
 */
struct kpptp_event {
	enum kpptp_event_type type;
	bool failure;
	bool by_anybody;
	const char *text;
	const struct kpptp_conn_info *conn;
	const struct kpptp_call_info *call;
	unsigned int client_id;
};

/** kpptp_event_name() - "connection-up", "call-down", ... */
const char *kpptp_event_name(enum kpptp_event_type type);

typedef void (*kpptp_event_fn)(void *arg, const struct kpptp_event *event);

/**
 * kpptp_event_subscribe() - be told of every event
 * @fn: called for each event; must not call into core, conn, call or client
 *	except for the functions that describe
 * @arg: for @fn; together with @fn it names the subscription
 *
 * Return: 0 or -ENOMEM.
 */
int kpptp_event_subscribe(kpptp_event_fn fn, void *arg);

/** kpptp_event_unsubscribe() - undo kpptp_event_subscribe() */
void kpptp_event_unsubscribe(kpptp_event_fn fn, void *arg);

/** kpptp_event_emit() - log an event and hand it to the subscribers */
void kpptp_event_emit(const struct kpptp_event *event);

#endif
