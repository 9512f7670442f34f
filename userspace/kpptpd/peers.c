// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * peers.c - one link to each peer
 *
 * Routers that are configured to call each other may do so at the same time, and
 * one that was restarted calls again while its old call still seems to be up here.
 * For each [peer NAME] section one call remains:
 *
 *	Of several calls of the same user the latest remains.
 *
 *	Of a call of the peer and one of ours to it ("client = NAME") that came up
 *	more than PEERS_SAME_TIME apart the later one remains: nobody calls who
 *	has a link, so the peer has lost the other one.
 *
 *	Of two that came up at the same time, that one remains whose caller logs in
 *	with the user name that comes first, octet by octet. Both ends know both
 *	names and come to the same result.
 *
 * As long as the peer's call is up, our client places none. Calls that are not up
 * yet are left alone: maybe only one of the two can get through.
 */
#include <string.h>

#include "priv_int.h"

#define PEERS_SAME_TIME	10000	/* milliseconds */

static bool is_up(const struct kpptp_pcall *call)
{
	return call->up && call->state != KPPTP_PCALL_GONE && !call->is_lost;
}

/* The latest of a user's calls; each other one is ended. */
static struct kpptp_pcall *latest_of(struct kpptp_priv *priv, const char *name)
{
	struct kpptp_puser *user = kpptp_puser_find(priv, name);
	struct kpptp_pcall *call, *latest = NULL;

	if (!user)
		return NULL;
	/* Later calls come first, so of those of one moment the first is it. */
	LIST_FOREACH(call, &user->calls, user_entry)
		if (is_up(call) && (!latest || call->up_ms > latest->up_ms))
			latest = call;
	LIST_FOREACH(call, &user->calls, user_entry)
		if (is_up(call) && call != latest)
			kpptp_puser_end_call(call, KPPTP_LOG_INFO,
					     "a later one of the same user is up");
	return latest;
}

static bool theirs_remains(const struct kpptp_peer_settings *peer,
			   const struct kpptp_pclient *client,
			   const struct kpptp_pcall *theirs,
			   const struct kpptp_pcall *ours)
{
	const int64_t later = theirs->up_ms - ours->up_ms;

	if (later > PEERS_SAME_TIME || later < -PEERS_SAME_TIME)
		return later > 0;
	return strcmp(peer->user, client->settings.user) < 0;
}

static void hold(struct kpptp_pclient *client, bool held)
{
	if (client->held == held)
		return;
	client->held = held;
	kpptp_priv_tell(client->priv, held ? KPPTP_PRIV_CLIENT_HOLD :
					     KPPTP_PRIV_CLIENT_RELEASE,
			client->id, NULL);
}

static void look_at(struct kpptp_priv *priv,
		    const struct kpptp_peer_settings *peer)
{
	struct kpptp_pclient *client = *peer->client ?
		kpptp_pclient_named(priv, peer->client) : NULL;
	struct kpptp_pcall *theirs = latest_of(priv, peer->user);
	struct kpptp_pcall *ours;

	if (!client)
		return;
	ours = client->up && is_up(client->up) ? client->up : NULL;
	if (theirs && ours && !theirs_remains(peer, client, theirs, ours)) {
		kpptp_puser_end_call(theirs, KPPTP_LOG_INFO,
				     "ours to the same peer is used");
		theirs = NULL;
	}
	hold(client, theirs);
}

void kpptp_peers_look(struct kpptp_priv *priv, const char *user)
{
	const struct kpptp_peer_settings *peer =
		kpptp_conf_peer(priv->conf, user);

	if (peer)
		look_at(priv, peer);
	else if (priv->conf->server.single_session == KPPTP_SINGLE_REPLACE)
		latest_of(priv, user);
}

void kpptp_peers_client(struct kpptp_priv *priv, const char *client)
{
	const struct kpptp_conf *conf = priv->conf;
	unsigned int i;

	for (i = 0; i < conf->n_peers; i++)
		if (!strcmp(conf->peer[i].client, client))
			look_at(priv, &conf->peer[i]);
}
