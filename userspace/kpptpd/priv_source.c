// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * priv_source.c - what one host may have, and all of them together
 *
 * A connection costs nothing but a TCP handshake, and a call no more before somebody
 * has proved who he is. So each address has a part only, each network may connect so
 * often, and who fails to log in again and again waits longer each time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "../lib/bucket.h"
#include "core_int.h"
#include "priv_int.h"

#define NET_MASK	0xffffff00u	/* a network of sources: a /24 */
#define BURST_SECONDS	10		/* of connect-rate, in one go */
#define FREE_TRIES	5		/* log-ins that may fail without a wait */
#define WAIT_MS		15000		/* the first, which doubles */
#define WAIT_MAX_MS	900000
#define FORGET_MS	3600000		/* failures that are older */
#define SWEEP_MS	10000

/* ---------------------------------------------------------- an address */

struct kpptp_psource *kpptp_psource_find(struct kpptp_priv *priv,
					 struct in_addr address)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&priv->sources,
						 &address.s_addr,
						 sizeof(address.s_addr)),
				 struct kpptp_psource, by_address);
}

static struct kpptp_psource *get(struct kpptp_priv *priv,
				 struct in_addr address)
{
	struct kpptp_psource *source = kpptp_psource_find(priv, address);

	if (source)
		return source;
	source = calloc(1, sizeof(*source));
	if (!source)
		return NULL;
	source->address = address.s_addr;
	TAILQ_INIT(&source->queue);
	kpptp_hash_add(&priv->sources, &source->by_address, &source->address,
		       sizeof(source->address));
	LIST_INSERT_HEAD(&priv->source_list, source, entry);
	return source;
}

static void drop(struct kpptp_priv *priv, struct kpptp_psource *source)
{
	kpptp_hash_del(&priv->sources, &source->by_address);
	LIST_REMOVE(source, entry);
	free(source);
}

/* One that has nothing and has done nothing is forgotten. */
static void drop_if_idle(struct kpptp_priv *priv, struct kpptp_psource *source)
{
	if (!source->conns && !source->calls && !source->failures)
		drop(priv, source);
}

int kpptp_psource_opened(struct kpptp_priv *priv, struct in_addr address)
{
	struct kpptp_psource *source = get(priv, address);

	if (!source)
		return -ENOMEM;
	source->conns++;
	priv->n_accepted++;
	return 0;
}

void kpptp_psource_closed(struct kpptp_priv *priv, struct in_addr address)
{
	struct kpptp_psource *source = kpptp_psource_find(priv, address);

	priv->n_accepted--;
	if (!source)
		return;
	source->conns--;
	drop_if_idle(priv, source);
}

int kpptp_psource_called(struct kpptp_priv *priv, struct in_addr address)
{
	struct kpptp_psource *source = get(priv, address);

	if (!source)
		return -ENOMEM;
	source->calls++;
	priv->n_sessions++;
	return 0;
}

void kpptp_psource_call_gone(struct kpptp_priv *priv, struct in_addr address)
{
	struct kpptp_psource *source = kpptp_psource_find(priv, address);

	priv->n_sessions--;
	if (!source)
		return;
	source->calls--;
	drop_if_idle(priv, source);
}

/* ---------------------------------------------------------- log-ins */

void kpptp_psource_failed(struct kpptp_priv *priv, struct in_addr address)
{
	struct kpptp_psource *source = get(priv, address);
	unsigned int i;
	int64_t wait = WAIT_MS;

	if (!source)
		return;
	source->failed_ms = priv->now_ms();
	if (++source->failures < FREE_TRIES)
		return;
	for (i = FREE_TRIES; i < source->failures && wait < WAIT_MAX_MS; i++)
		wait *= 2;
	source->until_ms = source->failed_ms +
			   (wait < WAIT_MAX_MS ? wait : WAIT_MAX_MS);
}

void kpptp_psource_proved(struct kpptp_priv *priv, struct in_addr address)
{
	struct kpptp_psource *source = kpptp_psource_find(priv, address);

	if (!source)
		return;
	source->failures = 0;
	source->until_ms = 0;
}

static bool must_wait(const struct kpptp_priv *priv,
		      const struct kpptp_psource *source)
{
	return source && source->until_ms > priv->now_ms();
}

/* ---------------------------------------------------------- a network */

/* Half-full buckets only: a full one is as if there were none. */
static bool take_token(struct kpptp_priv *priv, struct in_addr address)
{
	const uint32_t rate = priv->conf->server.connect_rate;
	const uint32_t net = ntohl(address.s_addr) & NET_MASK;
	const int64_t now = priv->now_ms();
	struct kpptp_pnet *bucket;

	if (!rate)
		return true;
	bucket = KPPTP_HASH_OBJECT(kpptp_hash_find(&priv->nets, &net,
						   sizeof(net)),
				   struct kpptp_pnet, by_net);
	if (!bucket) {
		bucket = calloc(1, sizeof(*bucket));
		if (!bucket)
			return false;
		bucket->net = net;
		bucket->full_ms = now;
		kpptp_hash_add(&priv->nets, &bucket->by_net, &bucket->net,
			       sizeof(bucket->net));
		LIST_INSERT_HEAD(&priv->net_list, bucket, entry);
	}
	return kpptp_bucket_take(&bucket->full_ms, now, rate, BURST_SECONDS);
}

/* ---------------------------------------------------------- what they may */

static bool is_allowed(const struct kpptp_prefixes *allow,
		       struct in_addr address)
{
	unsigned int i;

	for (i = 0; i < allow->n; i++)
		if (kpptp_prefix_has(&allow->prefix[i], address))
			return true;
	return !allow->n;
}

const char *kpptp_psource_may_connect(struct kpptp_priv *priv,
				      struct in_addr peer)
{
	const struct kpptp_server_settings *server = &priv->conf->server;
	const struct kpptp_psource *source = kpptp_psource_find(priv, peer);

	if (priv->stopping)
		return "shutting down";
	if (!is_allowed(&server->allow, peer))
		return "its address is not one that may connect";
	if (priv->n_accepted >= server->max_connections)
		return "too many connections";
	if (source && source->conns >= server->max_connections_per_address)
		return "too many connections from this address";
	if (must_wait(priv, source))
		return "too many log-ins from this address have failed";
	if (!take_token(priv, peer))
		return "too many connections a second from this network";
	return NULL;
}

const char *kpptp_psource_may_call(struct kpptp_priv *priv, struct in_addr peer)
{
	const struct kpptp_server_settings *server = &priv->conf->server;
	const struct kpptp_psource *source = kpptp_psource_find(priv, peer);

	if (priv->n_sessions >= server->max_sessions)
		return "too many calls";
	if (source && source->calls >= server->max_sessions_per_address)
		return "too many calls from this address";
	if (must_wait(priv, source))
		return "too many log-ins from this address have failed";
	return NULL;
}

/* ---------------------------------------------------------- forgetting */

static void sweep(struct kpptp_priv *priv)
{
	struct kpptp_psource *source, *next;
	struct kpptp_pnet *bucket, *next_bucket;
	const int64_t now = priv->now_ms();

	for (source = LIST_FIRST(&priv->source_list); source; source = next) {
		next = LIST_NEXT(source, entry);
		if (source->failures && now - source->failed_ms > FORGET_MS)
			source->failures = 0;
		drop_if_idle(priv, source);
	}
	for (bucket = LIST_FIRST(&priv->net_list); bucket;
	     bucket = next_bucket) {
		next_bucket = LIST_NEXT(bucket, entry);
		if (bucket->full_ms > now)
			continue;
		kpptp_hash_del(&priv->nets, &bucket->by_net);
		LIST_REMOVE(bucket, entry);
		free(bucket);
	}
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	sweep(arg);
	kpptp_pguess_sweep(arg);
}

int kpptp_psource_begin(struct kpptp_priv *priv)
{
	static const struct timeval every = { .tv_sec = SWEEP_MS / 1000 };

	priv->sweep = event_new(priv->setup.base, -1, EV_PERSIST, on_sweep,
				priv);
	return priv->sweep && !event_add(priv->sweep, &every) ? 0 : -ENOMEM;
}

void kpptp_psource_end(struct kpptp_priv *priv)
{
	struct kpptp_pnet *bucket;

	if (priv->sweep)
		event_free(priv->sweep);
	while (!LIST_EMPTY(&priv->source_list))
		drop(priv, LIST_FIRST(&priv->source_list));
	while ((bucket = LIST_FIRST(&priv->net_list))) {
		kpptp_hash_del(&priv->nets, &bucket->by_net);
		LIST_REMOVE(bucket, entry);
		free(bucket);
	}
}
