// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf_diff.c - what a configuration says otherwise than another
 *
 * The tables of conf.c know where each key's value is; the same text leaves the
 * same octets there, so octets are compared.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf_diff.h"
#include "conf_int.h"

#define LINE_SIZE	1024

struct diff {
	const struct kpptp_conf *old;
	const struct kpptp_conf *now;
	kpptp_conf_diff_fn tell;
	void *arg;
	char line[LINE_SIZE];
	size_t keys;		/* how many are in the line */
};

static void begin(struct diff *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void begin(struct diff *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->line, sizeof(d->line), fmt, ap);
	va_end(ap);
	d->keys = 0;
}

static void append(struct diff *d, const char *a, const char *b)
{
	size_t used = strlen(d->line);

	snprintf(d->line + used, sizeof(d->line) - used, "%s%s", a, b);
}

static void add_key(struct diff *d, const char *key)
{
	append(d, d->keys++ ? ", " : " ", key);
}

static void end(struct diff *d)
{
	if (d->keys)
		d->tell(d->arg, d->line);
}

static void whole(struct diff *d, const char *what)
{
	append(d, " ", what);
	d->tell(d->arg, d->line);
}

/* ------------------------------------------------------------- sections */

/* "password" and "password-file" are one value. */
static bool is_told(const struct keys *keys, size_t i)
{
	return i && keys->key[i].offset == keys->key[i - 1].offset;
}

static void compare(struct diff *d, const struct keys *keys, const void *old,
		    const void *now)
{
	size_t i;

	for (i = 0; i < keys->n; i++) {
		const struct key *k = &keys->key[i];

		if (memcmp((const char *)old + k->offset,
			   (const char *)now + k->offset, k->size) &&
		    !is_told(keys, i))
			add_key(d, k->name);
	}
}

/* What is only read at the start of the daemon is named with that. */
static void compare_global(struct diff *d)
{
	const struct keys *keys = &kpptp_conf_global_keys;
	const char *old = (const char *)&d->old->global;
	const char *now = (const char *)&d->now->global;
	size_t i;

	begin(d, "[global]");
	for (i = 0; i < keys->n; i++) {
		const struct key *k = &keys->key[i];

		if (!memcmp(old + k->offset, now + k->offset, k->size))
			continue;
		add_key(d, k->name);
		if (k->at_start)
			append(d, " ", "(after a restart)");
	}
	end(d);
}

static bool same_pool(const struct kpptp_pool_spec *a,
		      const struct kpptp_pool_spec *b)
{
	return a->n == b->n &&
	       (!a->n || !memcmp(a->range, b->range, a->n * sizeof(*a->range)));
}

static void compare_server(struct diff *d)
{
	begin(d, "[server]");
	compare(d, &kpptp_conf_server_keys, &d->old->server, &d->now->server);
	if (!same_pool(&d->old->pool, &d->now->pool))
		add_key(d, "pool");
	end(d);
}

static void compare_call(struct diff *d)
{
	const struct kpptp_call_param *row = kpptp_call_param;
	const char *old = (const char *)&d->old->call;
	const char *now = (const char *)&d->now->call;
	const char *last = "";
	size_t i, size;

	begin(d, "[call]");
	for (i = 0; i < kpptp_call_param_count; i++) {
		size = row[i].type == KPPTP_PARAM_DEVICE ? IFNAMSIZ :
							   sizeof(uint32_t);
		if (!memcmp(old + row[i].offset, now + row[i].offset, size) ||
		    !strcmp(row[i].key, last))
			continue;
		last = row[i].key;
		add_key(d, last);
	}
	end(d);
}

static void compare_clients(struct diff *d)
{
	const struct kpptp_client_settings *c, *other;
	unsigned int i;

	for (i = 0; i < d->now->n_clients; i++) {
		c = &d->now->client[i];
		other = kpptp_conf_client(d->old, c->name);
		begin(d, "[client %s]", c->name);
		if (!other) {
			whole(d, "is new");
			continue;
		}
		compare(d, &kpptp_conf_client_keys, other, c);
		end(d);
	}
	for (i = 0; i < d->old->n_clients; i++) {
		c = &d->old->client[i];
		if (kpptp_conf_client(d->now, c->name))
			continue;
		begin(d, "[client %s]", c->name);
		whole(d, "is gone");
	}
}

static void compare_peers(struct diff *d)
{
	const struct kpptp_peer_settings *p, *other;
	unsigned int i;

	for (i = 0; i < d->now->n_peers; i++) {
		p = &d->now->peer[i];
		other = kpptp_conf_peer(d->old, p->user);
		begin(d, "[peer %s]", p->user);
		if (!other) {
			whole(d, "is new");
			continue;
		}
		compare(d, &kpptp_conf_peer_keys, other, p);
		end(d);
	}
	for (i = 0; i < d->old->n_peers; i++) {
		p = &d->old->peer[i];
		if (kpptp_conf_peer(d->now, p->user))
			continue;
		begin(d, "[peer %s]", p->user);
		whole(d, "is gone");
	}
}

void kpptp_conf_diff(const struct kpptp_conf *old, const struct kpptp_conf *now,
		     kpptp_conf_diff_fn tell, void *arg)
{
	struct diff d = { .old = old, .now = now, .tell = tell, .arg = arg };

	compare_global(&d);
	compare_server(&d);
	compare_call(&d);
	compare_clients(&d);
	compare_peers(&d);
}
