// SPDX-License-Identifier: GPL-2.0-or-later
/* ctl_find.c - which call a user of the control socket means */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "ctl_int.h"

#define LISTED_MAX	8	/* candidates that are told */

struct search {
	const char *key;
	struct kpptp_found *found;
};

static bool is_same(const char *key, const char *text)
{
	return *text && !strcmp(key, text);
}

static bool is_meant(const struct search *search,
		     const struct kpptp_call_info *call)
{
	char peer[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &call->peer, peer, sizeof(peer));
	return is_same(search->key, call->name) ||
	       is_same(search->key, call->user) ||
	       is_same(search->key, peer) ||
	       is_same(search->key, call->remote_ip) ||
	       is_same(search->key, call->local_ip) ||
	       is_same(search->key, call->remote_ip6) ||
	       is_same(search->key, call->local_ip6);
}

/* "3 (ppp0, user alice, 192.0.2.2)" */
static void list(struct kpptp_found *found, const struct kpptp_call_info *call)
{
	const size_t len = strlen(found->list);
	char peer[INET_ADDRSTRLEN];

	if (found->n > LISTED_MAX)
		return;
	inet_ntop(AF_INET, &call->peer, peer, sizeof(peer));
	if (found->n == LISTED_MAX)
		snprintf(found->list + len, sizeof(found->list) - len,
			 ", ...");
	else
		snprintf(found->list + len, sizeof(found->list) - len,
			 "%s%u (%s%s%s%.64s%s%s)", len ? ", " : "", call->id,
			 call->ifname, *call->ifname ? ", " : "",
			 *call->user ? "user " : "", call->user,
			 *call->user ? ", " : "", peer);
}

static bool look_at(void *arg, const struct kpptp_call_info *call)
{
	struct search *search = arg;

	if (!is_meant(search, call))
		return true;
	list(search->found, call);
	if (!search->found->n++)
		search->found->call = *call;
	return true;
}

void kpptp_ctl_find(struct kpptp_core *core, const char *key,
		    struct kpptp_found *found)
{
	struct search search = { .key = key, .found = found };

	memset(found, 0, sizeof(*found));
	if (kpptp_core_find_call(core, key, &found->call)) {
		found->n = 1;
		return;
	}
	kpptp_core_each_call(core, look_at, &search);
}
