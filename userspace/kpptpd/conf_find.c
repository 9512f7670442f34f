// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_find.c - what a configuration has, once it is read */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

void kpptp_conf_free(struct kpptp_conf *conf)
{
	if (conf->client)
		explicit_bzero(conf->client,
			       conf->n_clients * sizeof(*conf->client));
	free(conf->client);
	conf->client = NULL;
	conf->n_clients = 0;
	free(conf->peer);
	conf->peer = NULL;
	conf->n_peers = 0;
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
	memset(&from->pool, 0, sizeof(from->pool));
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
	unsigned int i;

	for (i = 0; i < conf->n_peers; i++)
		if (!strcmp(conf->peer[i].user, user))
			return &conf->peer[i];
	return NULL;
}

const struct kpptp_client_settings *
kpptp_conf_client(const struct kpptp_conf *conf, const char *name)
{
	unsigned int i;

	for (i = 0; i < conf->n_clients; i++)
		if (!strcmp(conf->client[i].name, name))
			return &conf->client[i];
	return NULL;
}
