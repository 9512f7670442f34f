/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receive sequencing (RFC 2637 4.3): packets in, in any order; the same
 * packets out, in order, each once, none later than a bounded time. The essay
 * and the invariants are in reorder.c.
 *
 * Items are opaque pointers, never NULL. The core neither allocates nor frees:
 * an item is the core's from the input that returned KPPTP_RX_HOLD until pop,
 * reap or drain hands it back. So is memory from when it is given, because an
 * input asked for it, until it is handed back. Time is u64 nanoseconds of one
 * monotonic clock.
 *
 * A caller does the following under its lock, after every input and whenever
 * kpptp_reorder_deadline() has come:
 *
 *   pop until NULL, delivering each; reap until NULL, dropping each;
 *   kpptp_reorder_unused() until NULL, freeing each;
 *   arm a timer for kpptp_reorder_deadline()
 */
#ifndef KPPTP_REORDER_H
#define KPPTP_REORDER_H

#include "seq.h"

enum {
	KPPTP_REORDER_SLOTS	= KPPTP_SEQ_FAR,	/* a power of two */
	KPPTP_REORDER_BLOCK	= 32,			/* of them, likewise */
	KPPTP_REORDER_BLOCKS	= KPPTP_REORDER_SLOTS / KPPTP_REORDER_BLOCK,
};

/**
 * struct kpptp_reorder_params - settings; may differ from call to call
 * @limit: how far ahead of the next number a packet may be and be held, in
 *	packets, which bounds how many are; 0 and 1 hold nothing; more than
 *	KPPTP_SEQ_FAR counts as that
 * @time_ns: how long a packet is held at most; 0 holds nothing
 * @no_memory: this packet is not to be held: there is no memory for it
 */
struct kpptp_reorder_params {
	u16	limit;
	u64	time_ns;
	bool	no_memory;
};

/**
 * struct kpptp_reorder_stats - counters
 * @reordered: came early, held, delivered in order
 * @lost: numbers given up on
 * @duplicate: dropped: number delivered already or held
 * @late: dropped: number given up on already
 * @far: dropped: number far out of line
 * @resync: times the sequence was moved to where the peer is
 */
struct kpptp_reorder_stats {
	u64	reordered;
	u64	lost;
	u64	duplicate;
	u64	late;
	u64	far;
	u64	resync;
};

/**
 * struct kpptp_reorder_slot - place for a held packet
 * @item: the packet, NULL if free
 * @deadline: when it goes on, whatever is missing before it
 * @older: slot of the packet held just before this one came
 * @newer: slot of the packet held just after this one came
 */
struct kpptp_reorder_slot {
	void	*item;
	u64	deadline;
	u16	older;
	u16	newer;
};

/**
 * struct kpptp_reorder_block - places for numbers that follow each other
 * @slots: theirs; all free and zero while the block is in no use
 * @next: another block that is in no use
 * @used: how many are in use
 */
struct kpptp_reorder_block {
	struct kpptp_reorder_slot slots[KPPTP_REORDER_BLOCK];
	struct kpptp_reorder_block *next;
	u16	used;
};

/**
 * struct kpptp_reorder_store - the memory of a sequence that holds packets
 * @blocks: those in use; slot i is in block i / KPPTP_REORDER_BLOCK
 * @unused: blocks that were in use, or were given just now
 * @first: one to begin with: for most gaps no other is needed
 */
struct kpptp_reorder_store {
	struct kpptp_reorder_block *blocks[KPPTP_REORDER_BLOCKS];
	struct kpptp_reorder_block *unused;
	struct kpptp_reorder_block first;
};

/**
 * struct kpptp_reorder - receive sequence of a call
 * @next: next number to deliver
 * @started: @next is known; else the first packet may be 0 or 1
 * @any: something was delivered
 * @jump: @over follows the peer to a new place
 * @far_known: @far_seq is the number of the last far packet
 * @history: bit i: number @next - 1 - i was delivered
 * @store: where packets are held, number s in slot s mod KPPTP_REORDER_SLOTS;
 *	NULL until the caller sets it
 * @held: slots in use
 * @oldest: slot of the packet held longest, if @held
 * @newest: slot of the packet held shortest, if @held
 * @over: packet for which pop has to make room first
 * @over_seq: its number
 * @over_floor: what @next has to reach before there is room
 * @over_deadline: its deadline
 * @far: far packet kept aside until a second one confirms it
 * @far_seq: its number; known on when it is gone
 * @far_deadline: when it is dropped
 * @dropped: packet to be reaped
 * @stats: counters
 */
struct kpptp_reorder {
	u32	next;
	bool	started;
	bool	any;
	bool	jump;
	bool	far_known;
	u64	history;
	struct kpptp_reorder_store *store;
	u16	held;
	u16	oldest;
	u16	newest;
	void	*over;
	u32	over_seq;
	u32	over_floor;
	u64	over_deadline;
	void	*far;
	u32	far_seq;
	u64	far_deadline;
	void	*dropped;
	struct kpptp_reorder_stats stats;
};

/**
 * enum kpptp_rx_verdict - what kpptp_reorder_input() did with a packet
 * @KPPTP_RX_DELIVER: it is the next: the caller delivers it, then pops
 * @KPPTP_RX_HOLD: taken; the caller pops, for it may have made some due
 * @KPPTP_RX_NEED_STORE: not taken, nothing changed: the caller sets a store and
 *	inputs again; or, having no memory, inputs again with @no_memory
 * @KPPTP_RX_NEED_BLOCK: the same with a block, which it adds
 * @KPPTP_RX_DUPLICATE: not taken: delivered already or held
 * @KPPTP_RX_LATE: not taken: given up on already
 * @KPPTP_RX_FAR: not taken: far out of line
 */
enum kpptp_rx_verdict {
	KPPTP_RX_DELIVER,
	KPPTP_RX_HOLD,
	KPPTP_RX_NEED_STORE,
	KPPTP_RX_NEED_BLOCK,
	KPPTP_RX_DUPLICATE,
	KPPTP_RX_LATE,
	KPPTP_RX_FAR,
};

void kpptp_reorder_init(struct kpptp_reorder *r);
void kpptp_reorder_init_at(struct kpptp_reorder *r, u32 next);
void kpptp_reorder_set_store(struct kpptp_reorder *r,
			     struct kpptp_reorder_store *store);
void kpptp_reorder_add_block(struct kpptp_reorder *r,
			     struct kpptp_reorder_block *block);
struct kpptp_reorder_block *kpptp_reorder_unused(struct kpptp_reorder *r);
struct kpptp_reorder_store *kpptp_reorder_take_store(struct kpptp_reorder *r);
enum kpptp_rx_verdict
kpptp_reorder_input(struct kpptp_reorder *r,
		    const struct kpptp_reorder_params *params, u32 seq,
		    void *item, u64 now);
bool kpptp_reorder_next(struct kpptp_reorder *r, u32 seq);
void *kpptp_reorder_pop(struct kpptp_reorder *r, u64 now);
void *kpptp_reorder_reap(struct kpptp_reorder *r, u64 now);
u64 kpptp_reorder_deadline(const struct kpptp_reorder *r);
void *kpptp_reorder_drain(struct kpptp_reorder *r);

/**
 * kpptp_reorder_started() - has anything been delivered?
 * @r: sequence
 *
 * Return: whether kpptp_reorder_highest() is a number to acknowledge.
 */
static inline bool kpptp_reorder_started(const struct kpptp_reorder *r)
{
	return r->any;
}

/**
 * kpptp_reorder_highest() - number to acknowledge (RFC 2637 4.2)
 * @r: sequence
 *
 * Return: highest number that was delivered or given up on.
 */
static inline u32 kpptp_reorder_highest(const struct kpptp_reorder *r)
{
	return r->next - 1;
}

/**
 * kpptp_reorder_held() - packets held now
 * @r: sequence
 *
 * Return: their number, the one kept aside included.
 */
static inline u32 kpptp_reorder_held(const struct kpptp_reorder *r)
{
	return r->held + !!r->over + !!r->far;
}

#endif /* KPPTP_REORDER_H */
