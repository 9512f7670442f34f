// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_check.c - what the keys of a configuration mean for each other */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
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

static void check_client(struct parse *p, const char *section,
			 const struct kpptp_client_settings *c,
			 const struct client_seen *seen)
{
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

static void check_demand(struct parse *p, const char *section,
			 const struct kpptp_client_settings *c)
{
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

static const char *client_section(const char *name, char *buf)
{
	snprintf(buf, KPPTP_SECTION_SIZE, "client %.40s", name);
	return buf;
}

static const char *peer_section(const struct peer_seen *seen, char *buf)
{
	snprintf(buf, KPPTP_SECTION_SIZE, "peer %.40s", seen->name);
	return buf;
}

/* A place for each [peer] section, in their order */
struct peer_index {
	struct kpptp_hash users;
	struct kpptp_hash addresses;
	struct kpptp_hash_link *user;
	struct kpptp_hash_link *address;
};

/* No user and no address has two sections. */
static void check_peers_apart(struct parse *p, const char *section,
			      struct peer_index *index, unsigned int i)
{
	const struct kpptp_peer_settings *peer = &p->conf->peer[i];
	const struct kpptp_hash_link *other;
	const size_t len = strlen(peer->user);

	other = kpptp_hash_find(&index->users, peer->user, len);
	if (other)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section,
			 NULL, "and [peer %s] are for the same user %s",
			 p->peer_seen[other - index->user].name, peer->user);
	else
		kpptp_hash_add(&index->users, &index->user[i], peer->user, len);
	if (!peer->address.s_addr)
		return;
	other = kpptp_hash_find(&index->addresses, &peer->address,
				sizeof(peer->address));
	if (other)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section,
			 "address", "is that of [peer %s], too",
			 p->peer_seen[other - index->address].name);
	else
		kpptp_hash_add(&index->addresses, &index->address[i],
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
		       unsigned int i)
{
	const struct kpptp_peer_settings *peer = &p->conf->peer[i];
	char section[KPPTP_SECTION_SIZE];

	peer_section(&p->peer_seen[i], section);
	if (peer->address.s_addr &&
	    peer->address.s_addr == p->conf->server.local_ip.s_addr)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, "address",
			 "is local-ip of [server], our own end of the link");
	if (strstr(peer->user, "\\\\"))
		kpptp_conf_complain_of(p, KPPTP_LOG_WARNING, section, "user",
			 "has two backslashes in a row: nothing is an escape here, as it is in chap-secrets");
	check_peers_apart(p, section, index, i);
	if (kpptp_prefixes_ipv6(&peer->routes) && !p->conf->server.ppp.ipv6)
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, section, "routes",
			 "has IPv6 networks, which need ipv6 = yes in [server]");
	if (*peer->client)
		check_peer_client(p, section, peer);
}

static void check_peers(struct parse *p)
{
	const unsigned int n = p->conf->n_peers;
	struct peer_index index = {
		.user = calloc(n + 1, sizeof(*index.user)),
		.address = calloc(n + 1, sizeof(*index.address)),
	};
	unsigned int i;

	kpptp_hash_init(&index.users);
	kpptp_hash_init(&index.addresses);
	if (index.user && index.address)
		for (i = 0; i < n; i++)
			check_peer(p, &index, i);
	else
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "out of memory");
	kpptp_hash_free(&index.users);
	kpptp_hash_free(&index.addresses);
	free(index.user);
	free(index.address);
}

void kpptp_conf_check(struct parse *p)
{
	char section[KPPTP_SECTION_SIZE];
	unsigned int i;

	kpptp_conf_index(p->conf);
	check_server(p);
	for (i = 0; i < p->conf->n_clients; i++) {
		const struct kpptp_client_settings *c = &p->conf->client[i];

		client_section(c->name, section);
		check_client(p, section, c, &p->client_seen[i]);
		check_demand(p, section, c);
	}
	check_peers(p);
}
