// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_check.c - what the keys of a configuration mean for each other */
#include <arpa/inet.h>
#include <string.h>

#include "conf_int.h"

static void check_pool(struct parse *p)
{
	struct kpptp_pool *pool = kpptp_pool_new();

	if (!pool || kpptp_conf_fill_pool(p->conf, pool))
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "out of memory");
	else if (!kpptp_pool_size(pool))
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[server] pool has no address for a peer: all of it is local-ip, or the address of a [peer NAME] section");
	kpptp_pool_free(pool);
}

static void check_server(struct parse *p)
{
	const struct kpptp_conf *conf = p->conf;
	const bool told = p->errors;	/* what is missing may be one of those */

	if (!conf->server.enabled)
		return;
	if (!conf->server.local_ip.s_addr && !told)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[server] enabled = yes needs local-ip, our end of every link");
	if (conf->pool.n)
		check_pool(p);
	else if (!told)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[server] enabled = yes needs pool, addresses for the peers");
	if (conf->server.ppp.mppe == KPPTP_MPPE_REQUIRE &&
	    !(conf->server.ppp.auth & (KPPTP_AUTH_MSCHAP_V2 | KPPTP_AUTH_MSCHAP)))
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[server] mppe = require needs mschap-v2 among auth: the keys come from it");
	if (!conf->server.ppp.auth && !told)
		kpptp_conf_complain(p, KPPTP_LOG_WARNING,
			 "[server] auth = none lets everybody in");
}

static void check_client(struct parse *p, struct kpptp_client_settings *c,
			 const struct client_seen *seen)
{
	if (!*c->host)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "[client %s] needs server",
			 c->name);
	if (seen->has_password && seen->has_password_file)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[client %s] has password and password-file; one of them is allowed",
			 c->name);
	if (c->backoff_max < c->backoff_min)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[client %s] retry-max is below retry-min", c->name);
	if (kpptp_prefixes_ipv6(&c->ppp.routes) && !c->ppp.ipv6)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[client %s] has IPv6 networks in routes, which need ipv6 = yes",
			 c->name);
	if (c->ppp.mppe == KPPTP_MPPE_REQUIRE &&
	    !(c->ppp.auth & (KPPTP_AUTH_MSCHAP_V2 | KPPTP_AUTH_MSCHAP)))
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[client %s] mppe = require needs mschap-v2 among auth: the keys come from it",
			 c->name);
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

static void check_demand(struct parse *p, const struct kpptp_client_settings *c)
{
	if (!c->demand) {
		if (c->ppp.idle && c->persist)
			kpptp_conf_complain(p, KPPTP_LOG_ERROR,
				 "[client %s] idle-timeout with persist would end the call only to place it again: use demand = yes, or persist = no",
				 c->name);
		return;
	}
	if (!c->ppp.routes.n)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[client %s] demand = yes needs routes: traffic for them is what it waits for",
			 c->name);
	if (has_default(&c->ppp.routes) || covers_server(c))
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[client %s] demand = yes goes with routes that the server is not in: no default route, no network of the server's",
			 c->name);
}

static void check_peer(struct parse *p, unsigned int i)
{
	const struct kpptp_peer_settings *peer = &p->conf->peer[i];
	const char *name = p->peer_seen[i].name;
	const struct kpptp_client_settings *client;
	unsigned int k;

	if (!*peer->user)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "[peer %s] user is empty", name);
	if (peer->address.s_addr &&
	    peer->address.s_addr == p->conf->server.local_ip.s_addr)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[peer %s] address is local-ip of [server], our own end of the link",
			 name);
	for (k = 0; k < i; k++) {
		if (!strcmp(p->conf->peer[k].user, peer->user))
			kpptp_conf_complain(p, KPPTP_LOG_ERROR,
				 "[peer %s] and [peer %s] are for the same user %s",
				 p->peer_seen[k].name, name, peer->user);
		if (peer->address.s_addr &&
		    p->conf->peer[k].address.s_addr == peer->address.s_addr)
			kpptp_conf_complain(p, KPPTP_LOG_ERROR,
				 "[peer %s] and [peer %s] have the same address",
				 p->peer_seen[k].name, name);
	}
	if (kpptp_prefixes_ipv6(&peer->routes) && !p->conf->server.ppp.ipv6)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[peer %s] has IPv6 networks in routes, which need ipv6 = yes in [server]",
			 name);
	if (!*peer->client)
		return;
	client = kpptp_conf_client(p->conf, peer->client);
	if (!client)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[peer %s] client = %s: there is no section [client %s]",
			 name, peer->client, peer->client);
	else if (!strcmp(client->user, peer->user))
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[peer %s] client = %s: both log in as %s; give the two routers user names of their own, as their order decides which call stays when both have called",
			 name, peer->client, peer->user);
}

void kpptp_conf_check(struct parse *p)
{
	unsigned int i;

	check_server(p);
	for (i = 0; i < p->conf->n_clients; i++) {
		check_client(p, &p->conf->client[i], &p->client_seen[i]);
		check_demand(p, &p->conf->client[i]);
	}
	for (i = 0; i < p->conf->n_peers; i++)
		check_peer(p, i);
}
