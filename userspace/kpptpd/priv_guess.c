// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * priv_guess.c - users whose passwords somebody guesses
 *
 * An address that guesses waits longer each time (priv_source.c). Many addresses that
 * guess for one user are slowed down here: after a number of log-ins that failed,
 * those that follow a failure too soon are refused, whether the password was right or
 * not. The wait stays short, and an address that a call of the user is up from need
 * not wait: otherwise whoever knows the name could lock the user out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "priv_int.h"

#define FREE_TRIES	20
#define WAIT_MS		15000
#define FORGET_MS	3600000		/* without a failure */
#define GUESSED_MAX	4096		/* names; the one that failed first goes */

static struct kpptp_pguess *find(struct kpptp_priv *priv, const char *name)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&priv->guessed_by_name, name,
						 strlen(name)),
				 struct kpptp_pguess, by_name);
}

static void drop(struct kpptp_priv *priv, struct kpptp_pguess *guess)
{
	kpptp_hash_del(&priv->guessed_by_name, &guess->by_name);
	TAILQ_REMOVE(&priv->guessed, guess, entry);
	free(guess);
}

/* Any name may be tried: who invents them forgets his own first. */
static struct kpptp_pguess *add(struct kpptp_priv *priv, const char *name)
{
	struct kpptp_pguess *guess = calloc(1, sizeof(*guess));

	if (!guess)
		return NULL;
	if (priv->guessed_by_name.n >= GUESSED_MAX)
		drop(priv, TAILQ_FIRST(&priv->guessed));
	snprintf(guess->name, sizeof(guess->name), "%s", name);
	kpptp_hash_add(&priv->guessed_by_name, &guess->by_name, guess->name,
		       strlen(guess->name));
	TAILQ_INSERT_TAIL(&priv->guessed, guess, entry);
	return guess;
}

void kpptp_pguess_failed(struct kpptp_priv *priv, const char *name)
{
	struct kpptp_pguess *guess = find(priv, name);

	if (!guess)
		guess = add(priv, name);
	if (!guess)
		return;
	TAILQ_REMOVE(&priv->guessed, guess, entry);
	TAILQ_INSERT_TAIL(&priv->guessed, guess, entry);
	guess->failures++;
	guess->failed_ms = priv->now_ms();
}

bool kpptp_pguess_must_wait(struct kpptp_priv *priv, const char *name,
			    struct in_addr from)
{
	const struct kpptp_pguess *guess = find(priv, name);
	const struct kpptp_puser *user = kpptp_puser_find(priv, name);
	const struct kpptp_pcall *call;

	if (!guess || guess->failures < FREE_TRIES ||
	    guess->failed_ms + WAIT_MS <= priv->now_ms())
		return false;
	if (user)
		LIST_FOREACH(call, &user->calls, user_entry)
			if (call->up && call->peer.s_addr == from.s_addr)
				return false;
	return true;
}

void kpptp_pguess_sweep(struct kpptp_priv *priv)
{
	struct kpptp_pguess *guess;

	while ((guess = TAILQ_FIRST(&priv->guessed)) &&
	       guess->failed_ms + FORGET_MS <= priv->now_ms())
		drop(priv, guess);
}

void kpptp_pguess_free_all(struct kpptp_priv *priv)
{
	while (!TAILQ_EMPTY(&priv->guessed))
		drop(priv, TAILQ_FIRST(&priv->guessed));
}
