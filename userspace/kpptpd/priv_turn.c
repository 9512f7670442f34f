// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * priv_turn.c - calls of peers take turns to start PPP
 *
 * A thousand pppds that begin at once all come too late, so "max-starting" are on
 * their way up at a time. A peer that never speaks PPP holds its turn until pppd gives
 * up, which is long. So an address that holds no turn goes before those that hold
 * one, and does not wait for turns that take longer than they should.
 */
#include <errno.h>

#include "core_int.h"
#include "priv_int.h"

#define TURN_MS		5000	/* most links are up in a second */
#define WAITING_MAX	1024	/* calls; a peer does not wait for a minute */

static void arm(struct kpptp_priv *priv)
{
	const struct kpptp_pcall *oldest = TAILQ_FIRST(&priv->turns.on_time);
	int64_t wait;

	if (!oldest) {
		event_del(priv->turns.timer);
		return;
	}
	wait = oldest->turn_ms + TURN_MS - priv->now_ms();
	kpptp_timer_arm(priv->turns.timer, wait > 0 ? wait : 0);
}

static struct kpptp_psource_queue *queue_of(struct kpptp_priv *priv,
					    const struct kpptp_psource *source)
{
	return source->turns ? &priv->turns.served : &priv->turns.fresh;
}

static bool waits(const struct kpptp_psource *source)
{
	return !TAILQ_EMPTY(&source->queue);
}

/* It holds one turn more, or one less, and so may belong to the other queue. */
static void count(struct kpptp_priv *priv, struct kpptp_psource *source,
		  int turns)
{
	if (waits(source))
		TAILQ_REMOVE(queue_of(priv, source), source, queue_entry);
	source->turns += turns;
	if (waits(source))
		TAILQ_INSERT_TAIL(queue_of(priv, source), source, queue_entry);
}

static void take_turn(struct kpptp_pcall *call)
{
	struct kpptp_priv *priv = call->priv;

	call->turn = KPPTP_TURN_ON_TIME;
	call->turn_ms = priv->now_ms();
	TAILQ_INSERT_TAIL(&priv->turns.on_time, call, turn_entry);
	priv->turns.n_on_time++;
	count(priv, kpptp_psource_find(priv, call->peer), 1);
	arm(priv);
}

static void end_turn(struct kpptp_pcall *call)
{
	struct kpptp_priv *priv = call->priv;

	if (call->turn == KPPTP_TURN_ON_TIME) {
		TAILQ_REMOVE(&priv->turns.on_time, call, turn_entry);
		priv->turns.n_on_time--;
	} else {
		priv->turns.n_late--;
	}
	call->turn = KPPTP_TURN_NONE;
	count(priv, kpptp_psource_find(priv, call->peer), -1);
}

static void stop_waiting(struct kpptp_pcall *call)
{
	struct kpptp_priv *priv = call->priv;
	struct kpptp_psource *source = kpptp_psource_find(priv, call->peer);

	call->turn = KPPTP_TURN_NONE;
	TAILQ_REMOVE(&source->queue, call, turn_entry);
	source->waiting--;
	priv->turns.n_waiting--;
	if (!waits(source))
		TAILQ_REMOVE(queue_of(priv, source), source, queue_entry);
}

/* Return: whose turn it is, or NULL. */
static struct kpptp_psource *next(struct kpptp_priv *priv)
{
	const unsigned int max = priv->conf->server.max_starting;
	const struct kpptp_turns *turns = &priv->turns;
	struct kpptp_psource *source = NULL;

	if (turns->n_on_time < max)
		source = TAILQ_FIRST(&turns->fresh);
	if (!source && turns->n_on_time + turns->n_late < max)
		source = TAILQ_FIRST(&turns->served);
	return source;
}

static void go_on(struct kpptp_priv *priv)
{
	struct kpptp_psource *source;
	struct kpptp_pcall *call;

	while ((source = next(priv))) {
		call = TAILQ_FIRST(&source->queue);
		stop_waiting(call);
		take_turn(call);
		if (!kpptp_pcall_start(call))
			end_turn(call);
	}
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_priv *priv = arg;
	struct kpptp_pcall *call;

	(void)fd;
	(void)what;
	while ((call = TAILQ_FIRST(&priv->turns.on_time)) &&
	       call->turn_ms + TURN_MS <= priv->now_ms()) {
		TAILQ_REMOVE(&priv->turns.on_time, call, turn_entry);
		priv->turns.n_on_time--;
		call->turn = KPPTP_TURN_LATE;
		priv->turns.n_late++;
	}
	arm(priv);
	go_on(priv);
}

static struct kpptp_psource *larger(struct kpptp_psource_queue *queue,
				    struct kpptp_psource *largest)
{
	struct kpptp_psource *source;

	TAILQ_FOREACH(source, queue, queue_entry)
		if (!largest || source->waiting > largest->waiting)
			largest = source;
	return largest;
}

/* Somebody waits. */
static struct kpptp_pcall *last_of_the_crowd(struct kpptp_priv *priv)
{
	const struct kpptp_psource *source =
		larger(&priv->turns.served, larger(&priv->turns.fresh, NULL));

	return TAILQ_LAST(&source->queue, kpptp_pcall_queue);
}

void kpptp_pturn_ask(struct kpptp_pcall *call)
{
	struct kpptp_priv *priv = call->priv;
	struct kpptp_psource *source = kpptp_psource_find(priv, call->peer);

	if (!waits(source))
		TAILQ_INSERT_TAIL(queue_of(priv, source), source, queue_entry);
	call->turn = KPPTP_TURN_WAITS;
	TAILQ_INSERT_TAIL(&source->queue, call, turn_entry);
	source->waiting++;
	priv->turns.n_waiting++;
	go_on(priv);
	if (priv->turns.n_waiting > WAITING_MAX)
		kpptp_pcall_crowded(last_of_the_crowd(priv));
}

void kpptp_pturn_leave(struct kpptp_pcall *call)
{
	if (call->turn == KPPTP_TURN_WAITS) {
		stop_waiting(call);
	} else if (call->turn != KPPTP_TURN_NONE) {
		end_turn(call);
		go_on(call->priv);
	}
}

int kpptp_pturn_begin(struct kpptp_priv *priv)
{
	TAILQ_INIT(&priv->turns.fresh);
	TAILQ_INIT(&priv->turns.served);
	TAILQ_INIT(&priv->turns.on_time);
	priv->turns.timer = event_new(priv->setup.base, -1, 0, on_late, priv);
	return priv->turns.timer ? 0 : -ENOMEM;
}

void kpptp_pturn_end(struct kpptp_priv *priv)
{
	if (priv->turns.timer)
		event_free(priv->turns.timer);
}
