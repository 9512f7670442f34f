/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A backlog: frames from a peer that wait, in order, for PPP, for a socket or for
 * large packets to end. What sends them is not to be trusted, so each backlog is
 * bounded in frames and in memory, and all backlogs of a namespace together are
 * in memory. Memory is what a frame takes (truesize), which is more than its octets.
 *
 * A frame that finds no room is dropped by who brings it, and counted. Two kinds
 * find room where others do not:
 *   control frames  have some more of it in each backlog, so that the echoes of
 *	LCP pass a flood of data and neither end gives the link up
 *   a first frame, where the caller says so: no call is kept from going on by
 *	what others have left waiting
 *
 * The sum of a namespace is only told of what stays (kpptp_backlog_settle()), so a
 * frame that goes on at once costs no more than its place in the list.
 *
 * Locks: the owner's, for everything but the sum.
 */
#ifndef KPPTP_BACKLOG_H
#define KPPTP_BACKLOG_H

#include <linux/percpu_counter.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>

enum kpptp_backlog_sizes {
	KPPTP_BACKLOG_FRAME	= SZ_4K,	/* memory for each frame of the limit */
	KPPTP_CONTROL_FRAMES	= 64,		/* more than the limit, */
	KPPTP_CONTROL_MEMORY	= SZ_128K,	/* for control frames */
	KPPTP_BACKLOG_SUM_MIN	= SZ_1M,	/* a lower limit counts as this */
	KPPTP_BACKLOG_SUM_MAX	= SZ_64M,	/* of the default */
	/* The sum is this much off at most, for each CPU. */
	KPPTP_BACKLOG_BATCH	= SZ_128K,
};

extern unsigned long kpptp_backlog_limit;	/* parameter of the module */

/**
 * struct kpptp_backlog - frames that wait
 * @frames: the frames
 * @octets: their length
 * @memory: what they take
 * @charged: how much of @memory the namespace's sum has
 */
struct kpptp_backlog {
	struct sk_buff_head	frames;
	unsigned int		octets;
	unsigned int		memory;
	unsigned int		charged;
};

/**
 * struct kpptp_backlog_room - what a backlog may have
 * @frames: so many
 * @memory: of it, and
 * @sum: of all backlogs of the namespace
 */
struct kpptp_backlog_room {
	unsigned int	frames;
	unsigned int	memory;
	s64		sum;
};

void kpptp_backlog_setup(void);
void kpptp_backlog_init(struct kpptp_backlog *b);
void kpptp_backlog_room(struct kpptp_backlog_room *room);
bool kpptp_backlog_fits(const struct kpptp_backlog *b,
			struct percpu_counter *sum,
			const struct kpptp_backlog_room *room,
			const struct sk_buff *skb);
struct sk_buff *kpptp_backlog_pop(struct kpptp_backlog *b);
void kpptp_backlog_take(struct kpptp_backlog *b, struct sk_buff_head *frames,
			unsigned int max);
void kpptp_backlog_purge(struct kpptp_backlog *b, struct percpu_counter *sum);

/**
 * kpptp_backlog_put() - put a frame at the end
 * @b: the backlog
 * @skb: the frame, which fits
 */
static inline void kpptp_backlog_put(struct kpptp_backlog *b,
				     struct sk_buff *skb)
{
	__skb_queue_tail(&b->frames, skb);
	b->octets += skb->len;
	b->memory += skb->truesize;
}

/**
 * kpptp_backlog_add() - put a frame at the end if it is the first, or fits
 * @b: the backlog, with the room of one whose frames go to PPP
 * @sum: the namespace's
 * @skb: the frame, of one octet at least, that one linear
 *
 * Return: whether it was put there; otherwise it is the caller's to drop.
 */
static inline bool kpptp_backlog_add(struct kpptp_backlog *b,
				     struct percpu_counter *sum,
				     struct sk_buff *skb)
{
	struct kpptp_backlog_room room;

	if (!skb_queue_empty(&b->frames)) {
		kpptp_backlog_room(&room);
		if (!kpptp_backlog_fits(b, sum, &room, skb))
			return false;
	}
	kpptp_backlog_put(b, skb);
	return true;
}

/**
 * kpptp_backlog_settle() - tell the namespace's sum what is left waiting
 * @b: the backlog
 * @sum: the sum
 *
 * Should be called before the owner's lock is dropped.
 */
static inline void kpptp_backlog_settle(struct kpptp_backlog *b,
					struct percpu_counter *sum)
{
	if (b->charged == b->memory)
		return;
	percpu_counter_add_batch(sum, (s64)b->memory - b->charged,
				 KPPTP_BACKLOG_BATCH);
	b->charged = b->memory;
}

#endif /* KPPTP_BACKLOG_H */
