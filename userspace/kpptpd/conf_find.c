// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_find.c - what a configuration has, once it is read */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/hash.h"
#include "conf.h"

/* A place for each section in the tables, in their order */
struct kpptp_conf_index {
	struct kpptp_hash clients;
	struct kpptp_hash peers;
	struct kpptp_hash_link *client;
	struct kpptp_hash_link *peer;
};

static void index_free(struct kpptp_conf_index *index)
{
	if (!index)
		return;
	kpptp_hash_free(&index->clients);
	kpptp_hash_free(&index->peers);
	free(index->client);
	free(index->peer);
	free(index);
}

void kpptp_conf_index(struct kpptp_conf *conf)
{
	struct kpptp_conf_index *index = calloc(1, sizeof(*index));
	unsigned int i;

	if (!index)
		return;
	kpptp_hash_init(&index->clients);
	kpptp_hash_init(&index->peers);
	index->client = calloc(conf->n_clients + 1, sizeof(*index->client));
	index->peer = calloc(conf->n_peers + 1, sizeof(*index->peer));
	if (!index->client || !index->peer) {
		index_free(index);
		return;
	}
	for (i = 0; i < conf->n_clients; i++)
		kpptp_hash_add(&index->clients, &index->client[i],
			       conf->client[i].name,
			       strlen(conf->client[i].name));
	for (i = 0; i < conf->n_peers; i++)
		kpptp_hash_add(&index->peers, &index->peer[i],
			       conf->peer[i].user,
			       strlen(conf->peer[i].user));
	index_free(conf->index);
	conf->index = index;
}

void kpptp_conf_free(struct kpptp_conf *conf)
{
	index_free(conf->index);
	conf->index = NULL;
	if (conf->client)
		explicit_bzero(conf->client,
			       conf->n_clients * sizeof(*conf->client));
	free(conf->client);
	conf->client = NULL;
	conf->n_clients = 0;
	free(conf->peer);
	conf->peer = NULL;
	conf->n_peers = 0;
	free(conf->place);
	conf->place = NULL;
	conf->n_places = 0;
	kpptp_pool_spec_free(&conf->pool);
}

void kpptp_conf_move(struct kpptp_conf *to, struct kpptp_conf *from)
{
	kpptp_conf_free(to);
	*to = *from;
	from->client = NULL;
	from->n_clients = 0;
	from->peer = NULL;
	from->n_peers = 0;
	from->place = NULL;
	from->n_places = 0;
	from->index = NULL;
	memset(&from->pool, 0, sizeof(from->pool));
}

const struct kpptp_conf_place *kpptp_conf_place(const struct kpptp_conf *conf,
						const char *section,
						const char *key)
{
	const struct kpptp_conf_place *found = NULL;
	size_t i;

	for (i = 0; i < conf->n_places; i++) {
		const struct kpptp_conf_place *place = &conf->place[i];

		if (strcmp(place->section, section))
			continue;
		if (place->key && key && !strcmp(place->key, key))
			return place;
		if (!found && !place->key)
			found = place;
	}
	return found;
}

int kpptp_conf_fill_pool(const struct kpptp_conf *conf,
			 struct kpptp_pool *pool)
{
	struct in_addr *skip = calloc(conf->n_peers + 1, sizeof(*skip));
	unsigned int i;
	int err;

	if (!skip)
		return -ENOMEM;
	skip[0] = conf->server.local_ip;
	for (i = 0; i < conf->n_peers; i++)
		skip[i + 1] = conf->peer[i].address;
	err = kpptp_pool_set(pool, &conf->pool, skip, i + 1);
	free(skip);
	return err;
}

const struct kpptp_peer_settings *
kpptp_conf_peer(const struct kpptp_conf *conf, const char *user)
{
	struct kpptp_hash_link *link;
	unsigned int i;

	if (conf->index) {
		link = kpptp_hash_find(&conf->index->peers, user,
				       strlen(user));
		return link ? &conf->peer[link - conf->index->peer] : NULL;
	}
	for (i = 0; i < conf->n_peers; i++)
		if (!strcmp(conf->peer[i].user, user))
			return &conf->peer[i];
	return NULL;
}

const struct kpptp_client_settings *
kpptp_conf_client(const struct kpptp_conf *conf, const char *name)
{
	struct kpptp_hash_link *link;
	unsigned int i;

	if (conf->index) {
		link = kpptp_hash_find(&conf->index->clients, name,
				       strlen(name));
		return link ? &conf->client[link - conf->index->client] : NULL;
	}
	for (i = 0; i < conf->n_clients; i++)
		if (!strcmp(conf->client[i].name, name))
			return &conf->client[i];
	return NULL;
}
