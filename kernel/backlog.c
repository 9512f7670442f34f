// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that wait, see backlog.h: what has room.
 *
 * A backlog in front of PPP may have as many frames as the queue of a CPU in front
 * of the stack, net.core.netdev_max_backlog, for it is the same to whoever sets
 * that: what bursts a receiver has to bear. Its memory follows from it, at a page
 * for each, which is more than a packet of Ethernet's size takes.
 */
#include <linux/mm.h>

#include "backlog.h"
#include "compat/compat.h"

unsigned long kpptp_backlog_limit __read_mostly;

/**
 * kpptp_backlog_setup() - choose the limit of a namespace if none is given
 *
 * As a part of the memory there is, for routers may have little.
 */
void kpptp_backlog_setup(void)
{
	if (kpptp_backlog_limit)
		return;
	kpptp_backlog_limit = min_t(u64, KPPTP_BACKLOG_SUM_MAX,
				    ((u64)totalram_pages() << PAGE_SHIFT) / 32);
}

/**
 * kpptp_backlog_init() - prepare a backlog
 * @b: the backlog
 */
void kpptp_backlog_init(struct kpptp_backlog *b)
{
	__skb_queue_head_init(&b->frames);
}

/**
 * kpptp_backlog_room() - what a backlog may have whose frames go to PPP
 * @room: filled
 */
void kpptp_backlog_room(struct kpptp_backlog_room *room)
{
	room->frames = kpptp_max_backlog();
	room->memory = min_t(u64, SZ_1G,
			     (u64)room->frames * KPPTP_BACKLOG_FRAME);
	room->sum = clamp_t(unsigned long, READ_ONCE(kpptp_backlog_limit),
			    KPPTP_BACKLOG_SUM_MIN, LONG_MAX);
}

/* A protocol number from 0x8000 on (RFC 1661 2). One whose first octet is odd is
 * short, and less.
 */
static bool is_control_frame(const struct sk_buff *skb)
{
	return (skb->data[0] & 0x81) == 0x80;
}

/**
 * kpptp_backlog_fits() - is there room for a frame?
 * @b: the backlog
 * @sum: the namespace's
 * @room: what there may be
 * @skb: the frame, of one octet at least, that one linear
 */
bool kpptp_backlog_fits(const struct kpptp_backlog *b,
			struct percpu_counter *sum,
			const struct kpptp_backlog_room *room,
			const struct sk_buff *skb)
{
	bool control = is_control_frame(skb);
	u64 memory = (u64)b->memory + skb->truesize;
	/* Others change it meanwhile, and it is off anyway (KPPTP_BACKLOG_BATCH). */
	s64 total = data_race(percpu_counter_read(sum));

	return skb_queue_len(&b->frames) <
	       room->frames + (control ? KPPTP_CONTROL_FRAMES : 0) &&
	       memory <= room->memory + (control ? KPPTP_CONTROL_MEMORY : 0) &&
	       total + skb->truesize <=
	       room->sum + (control ? room->sum / 4 : 0);
}

/**
 * kpptp_backlog_pop() - take the first frame
 * @b: the backlog
 *
 * Return: the frame or NULL.
 */
struct sk_buff *kpptp_backlog_pop(struct kpptp_backlog *b)
{
	struct sk_buff *skb = __skb_dequeue(&b->frames);

	if (skb) {
		b->octets -= skb->len;
		b->memory -= skb->truesize;
	}
	return skb;
}

/**
 * kpptp_backlog_take() - take the first frames
 * @b: the backlog
 * @frames: they are put at its end
 * @max: so many at most
 */
void kpptp_backlog_take(struct kpptp_backlog *b, struct sk_buff_head *frames,
			unsigned int max)
{
	if (skb_queue_len(&b->frames) <= max) {
		skb_queue_splice_tail_init(&b->frames, frames);
		b->octets = 0;
		b->memory = 0;
		return;
	}
	while (max--)
		__skb_queue_tail(frames, kpptp_backlog_pop(b));
}

/**
 * kpptp_backlog_purge() - drop everything
 * @b: the backlog
 * @sum: the namespace's
 */
void kpptp_backlog_purge(struct kpptp_backlog *b, struct percpu_counter *sum)
{
	__skb_queue_purge(&b->frames);
	b->octets = 0;
	b->memory = 0;
	kpptp_backlog_settle(b, sum);
}
