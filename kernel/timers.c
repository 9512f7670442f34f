// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every timer of a call:
 *
 *   rx_timer      a gap in the receive sequence has waited long enough, or a frame
 *                 for a socket
 *   ack_timer     an acknowledgement found no data to ride on in time
 *   window_timer  the peer did not acknowledge in time (RFC 2637 4.4)
 *
 * The rest of the module only says what happened. Arming goes through the
 * functions here, under the lock that guards the timer, and they refuse once
 * the call is dead; so kpptp_timers_stop(), called after that, finds timers
 * that stay stopped.
 */
#include <linux/ktime.h>

#include "call.h"
#include "compat/compat.h"
#include "rx.h"
#include "timers.h"
#include "tx.h"

static enum hrtimer_restart rx_expired(struct hrtimer *timer)
{
	kpptp_rx_expire(container_of(timer, struct kpptp_call, rx_timer));
	return HRTIMER_NORESTART;
}

static void ack_expired(struct timer_list *timer)
{
	kpptp_tx_ack(container_of(timer, struct kpptp_call, ack_timer));
}

static void window_expired(struct timer_list *timer)
{
	kpptp_tx_timeout(container_of(timer, struct kpptp_call, window_timer));
}

/**
 * kpptp_timers_init() - prepare the timers of a new call
 * @call: the call
 */
void kpptp_timers_init(struct kpptp_call *call)
{
	kpptp_hrtimer_setup(&call->rx_timer, rx_expired);
	timer_setup(&call->ack_timer, ack_expired, 0);
	timer_setup(&call->window_timer, window_expired, 0);
}

/**
 * kpptp_timers_stop() - stop the timers of a call that is dead
 * @call: the call
 *
 * Context: process; waits for timers that run.
 */
void kpptp_timers_stop(struct kpptp_call *call)
{
	hrtimer_cancel(&call->rx_timer);
	timer_delete_sync(&call->ack_timer);
	timer_delete_sync(&call->window_timer);
}

static u64 rx_deadline(struct kpptp_call *call)
{
	u64 deadline = kpptp_reorder_deadline(&call->reorder);
	struct sk_buff *first = skb_peek(&call->ready.frames);

	if (first && !call->face)
		return min(deadline, kpptp_early_cb(first)->until);
	return deadline;
}

/**
 * kpptp_timers_rx_held() - should be called after held frames have changed
 * @call: the call; rx_lock held
 */
void kpptp_timers_rx_held(struct kpptp_call *call)
{
	u64 deadline = rx_deadline(call);

	lockdep_assert_held(&call->rx_lock);
	if (deadline == U64_MAX || call->dead)
		return;
	if (hrtimer_is_queued(&call->rx_timer) &&
	    ktime_to_ns(hrtimer_get_expires(&call->rx_timer)) <= deadline)
		return;
	hrtimer_start(&call->rx_timer, ns_to_ktime(deadline),
		      HRTIMER_MODE_ABS_SOFT);
}

/**
 * kpptp_timers_ack_owed() - should be called when an acknowledgement is owed
 * @call: the call; tx_lock held
 */
void kpptp_timers_ack_owed(struct kpptp_call *call)
{
	lockdep_assert_held(&call->tx_lock);
	if (call->dead || timer_pending(&call->ack_timer))
		return;
	mod_timer(&call->ack_timer, jiffies +
		  usecs_to_jiffies(READ_ONCE(call->cfg.ack_delay)));
}

/**
 * kpptp_timers_window() - should be called after the send window has changed
 * @call: the call; tx_lock held
 */
void kpptp_timers_window(struct kpptp_call *call)
{
	u64 deadline = kpptp_window_deadline(&call->window);
	u64 now;

	lockdep_assert_held(&call->tx_lock);
	if (deadline == U64_MAX || call->dead)
		return;
	now = ktime_get_ns();
	mod_timer(&call->window_timer, jiffies + 1 +
		  nsecs_to_jiffies(deadline > now ? deadline - now : 0));
}
