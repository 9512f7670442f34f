// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * priv_user.c - who has proved to be somebody, on which calls, and with which address
 *
 * No two calls that are up have one remote address: the kernel would send what is
 * for either of them to one. The later call has it if it is the same user's, who has
 * come back before the old call was found dead; nobody takes it from somebody else.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/ctrl_msg.h"
#include "log.h"
#include "priv_int.h"

/* ---------------------------------------------------------- users */

struct kpptp_puser *kpptp_puser_find(struct kpptp_priv *priv, const char *name)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&priv->users, name,
						 strlen(name)),
				 struct kpptp_puser, by_name);
}

void kpptp_puser_leave(struct kpptp_pcall *call)
{
	struct kpptp_puser *user = call->user;

	if (!user)
		return;
	call->user = NULL;
	LIST_REMOVE(call, user_entry);
	if (!LIST_EMPTY(&user->calls))
		return;
	kpptp_hash_del(&call->priv->users, &user->by_name);
	free(user);
}

void kpptp_puser_enter(struct kpptp_pcall *call, const char *name)
{
	struct kpptp_priv *priv = call->priv;
	struct kpptp_puser *user = kpptp_puser_find(priv, name);

	if (user && call->user == user)
		return;
	kpptp_puser_leave(call);
	if (!user) {
		user = calloc(1, sizeof(*user));
		if (!user)
			return;
		snprintf(user->name, sizeof(user->name), "%s", name);
		LIST_INIT(&user->calls);
		kpptp_hash_add(&priv->users, &user->by_name, user->name,
			       strlen(user->name));
	}
	call->user = user;
	LIST_INSERT_HEAD(&user->calls, call, user_entry);	/* see latest_of() */
}

const char *kpptp_puser_may(const struct kpptp_pcall *call, const char *name)
{
	struct kpptp_priv *priv = call->priv;
	struct kpptp_puser *user = kpptp_puser_find(priv, name);
	struct kpptp_pcall *other;

	if (kpptp_pguess_must_wait(priv, name, call->peer))
		return "too many log-ins as this user have failed";
	if (priv->conf->server.single_session != KPPTP_SINGLE_REFUSE || !user ||
	    kpptp_conf_peer(priv->conf, name))
		return NULL;
	LIST_FOREACH(other, &user->calls, user_entry)
		if (other != call && other->state != KPPTP_PCALL_GONE)
			return "the user has a call already";
	return NULL;
}

void kpptp_puser_end_call(struct kpptp_pcall *call, enum kpptp_log_level level,
			  const char *why)
{
	char text[KPPTP_TEXT_ESCAPED];

	kpptp_log(level, "call %u of user \"%s\" is ended: %s",
		  call->id,
		  kpptp_ctrl_text(call->user ? call->user->name : "", text,
				  sizeof(text)), why);
	if (!call->is_lost)
		kpptp_priv_tell(call->priv, KPPTP_PRIV_CALL_CLOSE, call->id,
				why);
}

/* ---------------------------------------------------------- addresses */

static struct kpptp_pcall *holder_of(struct kpptp_priv *priv,
				     struct in_addr address)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&priv->calls_by_theirs,
						 &address, sizeof(address)),
				 struct kpptp_pcall, by_theirs);
}

static void give_back(struct kpptp_pcall *call)
{
	if (call->address.s_addr)
		kpptp_pool_put(call->priv->pool, call->address);
	call->address.s_addr = 0;
}

void kpptp_puser_release(struct kpptp_pcall *call)
{
	kpptp_hash_del(&call->priv->calls_by_theirs, &call->by_theirs);
	give_back(call);
}

/* @other goes on without an address until it has ended. */
static bool takes_over(struct kpptp_pcall *call, struct kpptp_pcall *other)
{
	if (!call->user || call->user != other->user)
		return false;
	kpptp_puser_end_call(other, KPPTP_LOG_INFO,
			     "a later one of the same user has its address");
	kpptp_puser_release(other);
	return true;
}

bool kpptp_puser_claim(struct kpptp_pcall *call, struct in_addr address)
{
	struct kpptp_priv *priv = call->priv;
	struct kpptp_pcall *other = holder_of(priv, address);

	if (other == call)
		return true;
	if (other && !takes_over(call, other))
		return false;
	if (call->address.s_addr != address.s_addr) {
		if (kpptp_pool_take(priv->pool, address) == -EBUSY)
			return false;
		give_back(call);
		call->address = address;
	}
	kpptp_hash_del(&priv->calls_by_theirs, &call->by_theirs);
	call->theirs = address;
	kpptp_hash_add(&priv->calls_by_theirs, &call->by_theirs, &call->theirs,
		       sizeof(call->theirs));
	return true;
}
