// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_check.c - what the keys of a configuration mean for each other */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "conf_int.h"

static void check_pool(struct parse *p)
{
	struct kpptp_pool *pool = kpptp_pool_new();

	if (!pool || kpptp_conf_fill_pool(p->conf, pool))
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "out of memory");
	else if (!kpptp_pool_size(pool))
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, "server", "pool",
			 "has no address for a peer: all of it is local-ip, or the address of a [peer NAME] section");
	kpptp_pool_free(pool);
}

/* MPPE has its keys from MS-CHAP. */
static void check_mppe(struct parse *p, const char *section,
		       const struct kpptp_ppp_settings *ppp)
{
	if (ppp->mppe == KPPTP_MPPE_REQUIRE &&
	    !(ppp->auth & (KPPTP_AUTH_MSCHAP_V2 | KPPTP_AUTH_MSCHAP)))
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, "mppe",
			 "= require needs mschap-v2 among auth: the keys come from it");
}

static void check_server(struct parse *p)
{
	const struct kpptp_conf *conf = p->conf;

	if (!conf->server.enabled)
		return;
	if (!conf->server.local_ip.s_addr)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, "server", "enabled",
			 "= yes needs local-ip, our end of every link");
	if (conf->pool.n)
		check_pool(p);
	else
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, "server", "enabled",
			 "= yes needs pool, addresses for the peers");
	check_mppe(p, "server", &conf->server.ppp);
	if (!conf->server.ppp.auth)
		kpptp_conf_complain_of(p, KPPTP_LOG_WARNING, "server", "auth",
			 "= none lets everybody in");
}

static void check_client(struct parse *p, const struct section_seen *seen)
{
	const struct kpptp_client_settings *c = &p->conf->client[seen->index];
	const char *section = seen->name;

	if (!*c->host)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, NULL,
			 "needs server");
	if (seen->has_password && seen->has_password_file)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, NULL,
			 "has password and password-file; one of them is allowed");
	if (c->backoff_max < c->backoff_min)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, "retry-max",
			 "is below retry-min");
	if (kpptp_prefixes_ipv6(&c->ppp.routes) && !c->ppp.ipv6)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, "routes",
			 "has IPv6 networks, which need ipv6 = yes");
	check_mppe(p, section, &c->ppp);
}

static bool has_default(const struct kpptp_prefixes *routes)
{
	unsigned int i;

	for (i = 0; i < routes->n; i++)
		if (!routes->prefix[i].len)
			return true;
	return false;
}

/* What is sent to the server itself must not make us call the server. */
static bool covers_server(const struct kpptp_client_settings *c)
{
	struct in_addr server;
	unsigned int i;

	if (inet_pton(AF_INET, c->host, &server) != 1)
		return false;
	for (i = 0; i < c->ppp.routes.n; i++)
		if (kpptp_prefix_has(&c->ppp.routes.prefix[i], server))
			return true;
	return false;
}

static void check_demand(struct parse *p, const struct section_seen *seen)
{
	const struct kpptp_client_settings *c = &p->conf->client[seen->index];
	const char *section = seen->name;

	if (!c->demand) {
		if (c->ppp.idle && c->persist)
			kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section,
				 "idle-timeout", "with persist would end the call only to place it again: use demand = yes, or persist = no");
		return;
	}
	if (!c->ppp.routes.n)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, "demand",
			 "= yes needs routes: traffic for them is what it waits for");
	if (has_default(&c->ppp.routes) || covers_server(c))
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, "demand",
			 "= yes goes with routes that the server is not in: no default route, no network of the server's");
}

/* Sections [peer x], by what no two of them may have */
struct peer_index {
	struct kpptp_hash users;
	struct kpptp_hash addresses;
};

static void check_peer_apart(struct parse *p, struct peer_index *index,
			     struct section_seen *seen)
{
	const struct kpptp_peer_settings *peer = &p->conf->peer[seen->index];
	const size_t len = strlen(peer->user);
	struct kpptp_hash_link *other;

	other = kpptp_hash_find(&index->users, peer->user, len);
	if (other)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, seen->name, NULL,
			 "and [%s] are for the same user %s",
			 KPPTP_HASH_OBJECT(other, struct section_seen, by_user)->name,
			 peer->user);
	else
		kpptp_hash_add(&index->users, &seen->by_user, peer->user, len);
	if (!peer->address.s_addr)
		return;
	other = kpptp_hash_find(&index->addresses, &peer->address,
				sizeof(peer->address));
	if (other)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, seen->name,
			 "address", "is that of [%s], too",
			 KPPTP_HASH_OBJECT(other, struct section_seen, by_address)->name);
	else
		kpptp_hash_add(&index->addresses, &seen->by_address,
			       &peer->address, sizeof(peer->address));
}

static void check_peer_client(struct parse *p, const char *section,
			      const struct kpptp_peer_settings *peer)
{
	const struct kpptp_client_settings *client =
		kpptp_conf_client(p->conf, peer->client);

	if (!client)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, "client",
			 "= %s: there is no section [client %s]",
			 peer->client, peer->client);
	else if (!strcmp(client->user, peer->user))
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, "client",
			 "= %s: both log in as %s; give the two routers user names of their own, as their order decides which call stays when both have called",
			 peer->client, peer->user);
}

static void check_peer(struct parse *p, struct peer_index *index,
		       struct section_seen *seen)
{
	const struct kpptp_peer_settings *peer = &p->conf->peer[seen->index];
	const char *section = seen->name;

	if (peer->address.s_addr &&
	    peer->address.s_addr == p->conf->server.local_ip.s_addr)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, "address",
			 "is local-ip of [server], our own end of the link");
	if (strstr(peer->user, "\\\\"))
		kpptp_conf_complain_of(p, KPPTP_LOG_WARNING, section, "user",
			 "has two backslashes in a row: nothing is an escape here, as it is in chap-secrets");
	check_peer_apart(p, index, seen);
	if (kpptp_prefixes_ipv6(&peer->routes) && !p->conf->server.ppp.ipv6)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, "routes",
			 "has IPv6 networks, which need ipv6 = yes in [server]");
	if (*peer->client)
		check_peer_client(p, section, peer);
}

static void check_peers(struct parse *p)
{
	struct peer_index index;
	struct section_seen *seen;

	kpptp_hash_init(&index.users);
	kpptp_hash_init(&index.addresses);
	TAILQ_FOREACH(seen, &p->peers, entry)
		check_peer(p, &index, seen);
	kpptp_hash_free(&index.users);
	kpptp_hash_free(&index.addresses);
}

void kpptp_conf_check(struct parse *p)
{
	const struct section_seen *seen;

	kpptp_conf_index(p->conf);
	check_server(p);
	TAILQ_FOREACH(seen, &p->clients, entry) {
		check_client(p, seen);
		check_demand(p, seen);
	}
	check_peers(p);
}
