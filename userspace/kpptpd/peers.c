// SPDX-License-Identifier: GPL-2.0-or-later
/* peers.c - one link to each peer: whenever a call comes up or goes, look again */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/ctrl_msg.h"
#include "client.h"
#include "core.h"
#include "event.h"
#include "log.h"
#include "peers.h"

#define PEERS_SAME_TIME	10000	/* milliseconds */

struct kpptp_peers {
	struct kpptp_core *core;
	const struct kpptp_conf *(*conf)(void *arg);
	void *arg;
	struct event *look;
};

/* The calls that are up between us and one peer; number 0 for none. */
struct seen {
	const char *user;
	const char *client;
	unsigned int theirs;
	int64_t theirs_up;		/* milliseconds ago */
	unsigned int ours;
	int64_t ours_up;
	unsigned int extra;		/* another of theirs, which is older */
};

static bool see(void *arg, const struct kpptp_call_info *call)
{
	struct seen *seen = arg;

	/* One that is about to end is still up for a moment. */
	if (!call->up || strcmp(call->state, "established"))
		return true;
	if (!call->pac) {
		if (*seen->client && !strcmp(call->name, seen->client)) {
			seen->ours = call->id;
			seen->ours_up = call->up_for_ms;
		}
		return true;
	}
	if (strcmp(call->user, seen->user))
		return true;
	if (seen->theirs && seen->theirs_up <= call->up_for_ms) {
		seen->extra = call->id;
		return true;
	}
	seen->extra = seen->theirs;
	seen->theirs = call->id;
	seen->theirs_up = call->up_for_ms;
	return true;
}

static bool theirs_remains(const struct kpptp_conf *conf,
			   const struct kpptp_peer_settings *peer,
			   const struct seen *seen)
{
	const struct kpptp_client_settings *client;
	const int64_t later = seen->ours_up - seen->theirs_up;

	if (!seen->ours)
		return true;
	if (later > PEERS_SAME_TIME || later < -PEERS_SAME_TIME)
		return later > 0;
	client = kpptp_conf_client(conf, peer->client);
	return !client || strcmp(peer->user, client->user) < 0;
}

static void end_call(struct kpptp_peers *peers, unsigned int id,
		     const char *user, const char *why)
{
	char text[KPPTP_TEXT_ESCAPED];

	kpptp_log(KPPTP_LOG_INFO, "call %u of user \"%s\" is ended: %s", id,
		  kpptp_ctrl_text(user, text, sizeof(text)), why);
	kpptp_core_disconnect(peers->core, id, NULL, NULL);
}

static void look_at(struct kpptp_peers *peers, const struct kpptp_conf *conf,
		    const struct kpptp_peer_settings *peer)
{
	struct seen seen = { .client = peer->client, .user = peer->user };
	bool theirs;

	kpptp_core_each_call(peers->core, see, &seen);
	theirs = seen.theirs && theirs_remains(conf, peer, &seen);
	if (seen.extra)
		end_call(peers, seen.extra, seen.user,
			 "a later one of the same user is up");
	if (seen.theirs && !theirs)
		end_call(peers, seen.theirs, seen.user,
			 "ours to the same peer is used");
	if (*peer->client)
		kpptp_client_hold(peers->core, peer->client, theirs);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_peers *peers = arg;
	const struct kpptp_conf *conf = peers->conf(peers->arg);
	unsigned int i;

	(void)fd;
	(void)what;
	for (i = 0; i < conf->n_peers; i++)
		look_at(peers, conf, &conf->peer[i]);
}

/* Nothing may be ended in the middle of what brought the event about. */
static void on_event(void *arg, const struct kpptp_event *event)
{
	static const struct timeval at_once = { 0 };
	struct kpptp_peers *peers = arg;

	if (event->type == KPPTP_EVENT_CALL_UP ||
	    event->type == KPPTP_EVENT_CALL_DOWN)
		event_add(peers->look, &at_once);
}

struct kpptp_peers *kpptp_peers_new(struct event_base *base,
				    struct kpptp_core *core,
				    const struct kpptp_conf *(*conf)(void *arg),
				    void *arg)
{
	struct kpptp_peers *peers = calloc(1, sizeof(*peers));

	if (!peers)
		return NULL;
	peers->core = core;
	peers->conf = conf;
	peers->arg = arg;
	peers->look = evtimer_new(base, on_look, peers);
	if (peers->look && !kpptp_event_subscribe(on_event, peers))
		return peers;
	kpptp_peers_free(peers);
	return NULL;
}

void kpptp_peers_free(struct kpptp_peers *peers)
{
	if (!peers)
		return;
	kpptp_event_unsubscribe(on_event, peers);
	if (peers->look)
		event_free(peers->look);
	free(peers);
}
