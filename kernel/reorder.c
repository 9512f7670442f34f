// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receive sequencing (RFC 2637 4.3).
 *
 * PPP must never see a packet after one that was sent later, and PPTP sends
 * nothing twice. So an early packet is held until what is missing before it
 * has come, or has been waited for long enough; then the gap is given up.
 *
 *        history         next              held
 *   ... o o - o o o o o o  .  .  #  #  .  #  .
 *   ----------------------+-------------------------+------------> numbers
 *    late or duplicate         early: held            far
 *   |<----- 4096 -------->|<---- limit ---->|         beyond 4096
 *
 * How long. A number is waited for until @time_ns after the first packet
 * beyond it arrived: that packet is the evidence that it is overdue. When the
 * packet held longest reaches its deadline, all gaps before it are given up,
 * and it goes on together with everything up to it. So no packet is ever held
 * longer than @time_ns, wherever in the sequence it lies. (Waiting for the
 * deadline of the packet right after the gap instead would let each lower
 * number that arrives prolong the wait of those above it.) Held packets are
 * chained in order of arrival, so the oldest is at hand. Deadlines grow along
 * the chain but for a moment after @time_ns was lowered, when a packet may
 * wait as long as those before it.
 *
 * How many. A held packet is less than @limit ahead of the next number. One
 * further ahead makes room first: gaps are given up, lowest first, as far as
 * is needed. Where others are held it may have to wait for them to be popped;
 * it does so in @over.
 *
 * Memory. There is a slot for each number that can be held, but in blocks of 32,
 * of which only those exist that hold something: memory is in proportion to
 * what is held, however far apart that is, and finding a slot takes the same
 * time always. Without memory for a packet its place is made the next one, as if
 * @limit were 1.
 *
 * Start. A sequence starts at 0, but some peers start at 1 (RFC 2637 4.1 says
 * 0): before the first delivery 1 does not wait for 0.
 *
 * Far packets. A number more than 4096 from the next one is either forged or
 * broken, or the peer has jumped (lost count, or lost more than 4096 packets).
 * One such packet proves nothing: it is kept aside in @far, no longer than
 * @time_ns, while the sequence goes on. When another one follows that fits it
 * (a little higher than it), the sequence moves there and both are delivered,
 * after everything held; numbers jumped over are not counted as lost. The
 * number is remembered when the packet is gone, until a packet in line
 * arrives, so a slow peer is followed too. A stray packet thus costs nothing
 * unless its number is among the 4096 from the next on, which is one chance in
 * a million, and then what it makes late: 4096 packets at most.
 *
 * Invariants, between calls, for each held number s in slot s mod 4096:
 *
 *   0 <= s - next < 4096, and no two s are equal
 *   held == number of slots in use; a block has some, or is not in use itself
 *   @far, if set: |far_seq - next| > 4096 when it was taken; far_known
 * and once pop has returned NULL, and then reap:
 *   1 <= s - next      a packet that is next does not stay
 *   @over == NULL, @jump == false, @dropped == NULL
 *   now < deadline of the oldest, now < @far_deadline
 * Over the life of a sequence that does not resynchronise:
 *   next - first == delivered + lost
 *   numbers delivered strictly increase
 */
#include "reorder.h"

/* A far packet is confirmed by one this much higher, or by less. */
#define FAR_FOLLOWS	64
#define HISTORY		64

static struct kpptp_reorder_block *block_of(const struct kpptp_reorder *r,
					    u32 seq)
{
	return r->store->blocks[seq / KPPTP_REORDER_BLOCK %
				KPPTP_REORDER_BLOCKS];
}

/* The slot of a number, or the slot with that index, of a block in use. */
static struct kpptp_reorder_slot *slot_of(const struct kpptp_reorder *r,
					  u32 seq)
{
	return &block_of(r, seq)->slots[seq % KPPTP_REORDER_BLOCK];
}

static bool holds(const struct kpptp_reorder *r, u32 seq)
{
	return r->held && seq - r->next < KPPTP_REORDER_SLOTS &&
	       block_of(r, seq) && slot_of(r, seq)->item;
}

/* How far a packet may be ahead and be held, plus one; 1 holds nothing. */
static u32 reach(const struct kpptp_reorder_params *params)
{
	if (!params->time_ns || !params->limit)
		return 1;
	return min_t(u32, params->limit, KPPTP_SEQ_FAR);
}

/* The same, as far as there is memory. */
static u32 room(const struct kpptp_reorder_params *params)
{
	return params->no_memory ? 1 : reach(params);
}

static bool has_place(const struct kpptp_reorder *r, u32 seq)
{
	const struct kpptp_reorder_store *store = r->store;

	return store && (block_of(r, seq) || store->unused ||
			 !store->first.used);
}

static enum kpptp_rx_verdict need(const struct kpptp_reorder *r)
{
	return r->store ? KPPTP_RX_NEED_BLOCK : KPPTP_RX_NEED_STORE;
}

/* Before a sequence has started, nothing is behind it. */
static bool is_far(const struct kpptp_reorder *r, u32 seq)
{
	s32 ahead = kpptp_seq_diff(seq, r->next);

	return ahead > KPPTP_SEQ_FAR ||
	       ahead < (r->started ? -KPPTP_SEQ_FAR : 0);
}

/* The packet @item has the next number and goes on now. */
static void *pass(struct kpptp_reorder *r, void *item)
{
	r->history = r->history << 1 | 1;
	r->next++;
	r->started = true;
	r->any = true;
	return item;
}

/* Gives up the next @count numbers, none of which is held. */
static void give_up(struct kpptp_reorder *r, u32 count)
{
	r->stats.lost += count;
	r->history = count < HISTORY ? r->history << count : 0;
	r->next += count;
	r->started = true;
}

/* A slot of a block in use, which may have to be one from now on. */
static struct kpptp_reorder_slot *place(struct kpptp_reorder *r, u16 index)
{
	struct kpptp_reorder_store *store = r->store;
	struct kpptp_reorder_block *block = block_of(r, index);

	if (!block) {
		block = &store->first;
		if (block->used) {
			block = store->unused;
			store->unused = block->next;
		}
		store->blocks[index / KPPTP_REORDER_BLOCK] = block;
	}
	block->used++;
	return &block->slots[index % KPPTP_REORDER_BLOCK];
}

static void vacate(struct kpptp_reorder *r, u16 index)
{
	struct kpptp_reorder_store *store = r->store;
	struct kpptp_reorder_block *block = block_of(r, index);

	block->slots[index % KPPTP_REORDER_BLOCK].item = NULL;
	if (--block->used)
		return;
	store->blocks[index / KPPTP_REORDER_BLOCK] = NULL;
	if (block != &store->first) {
		block->next = store->unused;
		store->unused = block;
	}
}

static void store(struct kpptp_reorder *r, u32 seq, void *item, u64 deadline)
{
	u16 index = seq % KPPTP_REORDER_SLOTS;
	struct kpptp_reorder_slot *slot = place(r, index);

	slot->item = item;
	slot->deadline = deadline;
	if (r->held) {
		slot->older = r->newest;
		slot_of(r, r->newest)->newer = index;
	} else {
		r->oldest = index;
	}
	r->newest = index;
	r->held++;
}

/* Takes a packet out of its slot. At the ends of the chain, and only there,
 * a slot's own links mean nothing.
 */
static void *take(struct kpptp_reorder *r, u16 index)
{
	struct kpptp_reorder_slot *slot = slot_of(r, index);
	void *item = slot->item;

	if (index == r->oldest)
		r->oldest = slot->newer;
	else
		slot_of(r, slot->older)->newer = slot->newer;
	if (index == r->newest)
		r->newest = slot->older;
	else
		slot_of(r, slot->newer)->older = slot->older;
	vacate(r, index);
	r->held--;
	return item;
}

/**
 * kpptp_reorder_init() - start of a call
 * @r: sequence; has no memory then
 *
 * The first packet may be 0 or 1.
 */
void kpptp_reorder_init(struct kpptp_reorder *r)
{
	*r = (struct kpptp_reorder) {};
}

/**
 * kpptp_reorder_init_at() - start in the middle of a call
 * @r: sequence; has no memory then
 * @next: number to begin with
 */
void kpptp_reorder_init_at(struct kpptp_reorder *r, u32 next)
{
	kpptp_reorder_init(r);
	r->next = next;
	r->started = true;
}

/**
 * kpptp_reorder_set_store() - give a sequence memory to hold packets in
 * @r: sequence that has none, as after KPPTP_RX_NEED_STORE
 * @store: zeroed
 */
void kpptp_reorder_set_store(struct kpptp_reorder *r,
			     struct kpptp_reorder_store *store)
{
	r->store = store;
}

/**
 * kpptp_reorder_add_block() - give a sequence memory for further packets
 * @r: sequence that has too little, as after KPPTP_RX_NEED_BLOCK
 * @block: zeroed
 */
void kpptp_reorder_add_block(struct kpptp_reorder *r,
			     struct kpptp_reorder_block *block)
{
	block->next = r->store->unused;
	r->store->unused = block;
}

/**
 * kpptp_reorder_unused() - memory that is not needed any more
 * @r: sequence, popped until NULL, or drained
 *
 * Return: a block, the caller's now, or NULL when there is none.
 */
struct kpptp_reorder_block *kpptp_reorder_unused(struct kpptp_reorder *r)
{
	struct kpptp_reorder_block *block = r->store ? r->store->unused : NULL;

	if (block)
		r->store->unused = block->next;
	return block;
}

/**
 * kpptp_reorder_take_store() - the memory of a sequence that holds nothing
 * @r: sequence without unused blocks
 *
 * To leave it there saves asking for it at the next gap.
 *
 * Return: the store, the caller's now; NULL when there is none or it is in use.
 */
struct kpptp_reorder_store *kpptp_reorder_take_store(struct kpptp_reorder *r)
{
	struct kpptp_reorder_store *store = r->store;

	if (r->held || r->over)
		return NULL;
	r->store = NULL;
	return store;
}

static enum kpptp_rx_verdict input_behind(struct kpptp_reorder *r, u32 seq)
{
	u32 back = r->next - 1 - seq;

	if (back < HISTORY && r->history >> back & 1) {
		r->stats.duplicate++;
		return KPPTP_RX_DUPLICATE;
	}
	r->stats.late++;
	return KPPTP_RX_LATE;
}

static enum kpptp_rx_verdict deliver(struct kpptp_reorder *r, void *item)
{
	pass(r, item);
	return KPPTP_RX_DELIVER;
}

/* Keeps a packet for which there is no room until others are popped. */
static void wait_for_room(struct kpptp_reorder *r,
			  const struct kpptp_reorder_params *params, u32 seq,
			  void *item, u64 now)
{
	r->over = item;
	r->over_seq = seq;
	r->over_floor = seq - room(params) + 1;
	r->over_deadline = now + params->time_ns;
}

static enum kpptp_rx_verdict
input_early(struct kpptp_reorder *r, const struct kpptp_reorder_params *params,
	    u32 seq, void *item, u64 now)
{
	u32 ahead = seq - r->next;

	if (room(params) > 1 && !has_place(r, seq))
		return need(r);
	if (ahead >= room(params)) {
		if (r->held) {
			wait_for_room(r, params, seq, item, now);
			return KPPTP_RX_HOLD;
		}
		give_up(r, ahead - room(params) + 1);
		if (seq == r->next)
			return deliver(r, item);
	}
	store(r, seq, item, now + params->time_ns);
	return KPPTP_RX_HOLD;
}

/* Whether a far packet has been there that this one goes on from. */
static bool confirms_jump(const struct kpptp_reorder *r,
			  const struct kpptp_reorder_params *params, u32 seq)
{
	s32 step = kpptp_seq_diff(seq, r->far_seq);

	return r->far_known && is_far(r, r->far_seq) && step > 0 &&
	       step <= max_t(s32, reach(params), FAR_FOLLOWS);
}

static void drop_far(struct kpptp_reorder *r)
{
	r->dropped = r->far;
	r->far = NULL;
	r->stats.far++;
}

static enum kpptp_rx_verdict
input_far(struct kpptp_reorder *r, const struct kpptp_reorder_params *params,
	  u32 seq, void *item, u64 now)
{
	if (r->far && seq == r->far_seq) {
		r->stats.duplicate++;
		return KPPTP_RX_DUPLICATE;
	}
	if (confirms_jump(r, params, seq)) {
		if (room(params) > 1 && !has_place(r, seq))
			return need(r);
		wait_for_room(r, params, seq, item, now);
		r->jump = true;
		r->stats.resync++;
		return KPPTP_RX_HOLD;
	}
	if (r->far)
		drop_far(r);
	r->far_known = true;
	r->far_seq = seq;
	if (reach(params) == 1) {
		r->stats.far++;
		return KPPTP_RX_FAR;
	}
	r->far = item;
	r->far_deadline = now + params->time_ns;
	return KPPTP_RX_HOLD;
}

/**
 * kpptp_reorder_input() - a data packet has arrived
 * @r: sequence, popped and reaped until NULL since the last input
 * @params: settings
 * @seq: its number
 * @item: the packet, not NULL
 * @now: time
 *
 * Return: what has become of @item. It is the caller's still unless
 * KPPTP_RX_HOLD is returned.
 */
enum kpptp_rx_verdict
kpptp_reorder_input(struct kpptp_reorder *r,
		    const struct kpptp_reorder_params *params, u32 seq,
		    void *item, u64 now)
{
	enum kpptp_rx_verdict verdict;

	if (is_far(r, seq))
		return input_far(r, params, seq, item, now);
	if (kpptp_seq_before(seq, r->next))
		return input_behind(r, seq);
	if (holds(r, seq)) {
		r->stats.duplicate++;
		return KPPTP_RX_DUPLICATE;
	}
	if (!r->started && seq == 1)
		r->next = 1;
	if (seq == r->next)
		verdict = deliver(r, item);
	else
		verdict = input_early(r, params, seq, item, now);
	if (!r->far && verdict != KPPTP_RX_NEED_STORE &&
	    verdict != KPPTP_RX_NEED_BLOCK)
		r->far_known = false;
	return verdict;
}

/**
 * kpptp_reorder_next() - a data packet has arrived, perhaps the next one
 * @r: sequence
 * @seq: its number
 *
 * The short way for what nearly all packets are: neither time nor settings
 * matter to them, and nothing else becomes due.
 *
 * Return: true when the packet is to be delivered at once and nothing more is
 * to do; false when it is kpptp_reorder_input()'s, and nothing has changed.
 */
bool kpptp_reorder_next(struct kpptp_reorder *r, u32 seq)
{
	if (!r->started || seq != r->next || r->held || r->over || r->far ||
	    r->far_known || r->dropped)
		return false;
	pass(r, NULL);
	return true;
}

/* Numbers missing before the lowest that is held, or @most. */
static u32 gap(const struct kpptp_reorder *r, u32 most)
{
	u32 count = 0, seq = r->next;

	while (count < most && !(block_of(r, seq) && slot_of(r, seq)->item)) {
		u32 step = block_of(r, seq) ? 1 :
			   KPPTP_REORDER_BLOCK - seq % KPPTP_REORDER_BLOCK;

		count += step;
		seq += step;
	}
	return min_t(u32, count, most);
}

/* Of these, how many are to be given up now. */
static u32 due_gap(const struct kpptp_reorder *r, u64 now)
{
	bool make_room = r->over && !r->jump;

	if (!r->held)
		return make_room ? r->over_floor - r->next : 0;
	if (make_room)
		return gap(r, r->over_floor - r->next);
	if (r->jump || slot_of(r, r->oldest)->deadline <= now)
		return gap(r, KPPTP_REORDER_SLOTS);
	return 0;
}

/* Puts @over in its slot, or hands it back if it is next. */
static void *settle_over(struct kpptp_reorder *r)
{
	void *item = r->over;

	r->over = NULL;
	if (r->over_seq == r->next)
		return pass(r, item);
	store(r, r->over_seq, item, r->over_deadline);
	return NULL;
}

/* Moves to where the peer is. Nothing is held any more, and nothing is known
 * about the numbers before that place.
 */
static void *jump(struct kpptp_reorder *r)
{
	void *item = r->far;

	r->next = item ? r->far_seq : r->over_seq;
	r->started = true;
	r->history = 0;
	r->jump = false;
	r->far = NULL;
	r->far_known = false;
	return item ? pass(r, item) : NULL;
}

/* One step: whatever comes before the next held packet, and then that. */
static void *step(struct kpptp_reorder *r, u64 now, bool *done)
{
	u32 count;

	if (r->over && !r->jump && !kpptp_seq_before(r->next, r->over_floor))
		return settle_over(r);
	if (holds(r, r->next)) {
		r->stats.reordered++;
		return pass(r, take(r, r->next % KPPTP_REORDER_SLOTS));
	}
	count = due_gap(r, now);
	if (count) {
		give_up(r, count);
		return NULL;
	}
	if (r->jump)
		return jump(r);
	*done = true;
	return NULL;
}

/**
 * kpptp_reorder_pop() - the next packet that is due
 * @r: sequence
 * @now: time
 *
 * Due is the next number, and whatever comes after gaps that are given up: for
 * want of room, or because a packet behind them has been held long enough.
 *
 * Return: the packet, the caller's now, or NULL when none is due.
 */
void *kpptp_reorder_pop(struct kpptp_reorder *r, u64 now)
{
	bool done = false;
	void *item = NULL;

	while (!item && !done)
		item = step(r, now, &done);
	return item;
}

/**
 * kpptp_reorder_reap() - a packet that was held but is not to be delivered
 * @r: sequence
 * @now: time
 *
 * Return: a packet to drop, the caller's now, or NULL when there is none.
 */
void *kpptp_reorder_reap(struct kpptp_reorder *r, u64 now)
{
	void *item;

	if (!r->dropped && r->far && !r->jump && r->far_deadline <= now)
		drop_far(r);
	item = r->dropped;
	r->dropped = NULL;
	return item;
}

/**
 * kpptp_reorder_deadline() - when there will be something to pop or to reap
 * @r: sequence
 *
 * Return: time; 0 for at once, U64_MAX for never unless a packet arrives.
 */
u64 kpptp_reorder_deadline(const struct kpptp_reorder *r)
{
	u64 deadline = U64_MAX;

	if (r->over || r->dropped || holds(r, r->next))
		return 0;
	if (r->held)
		deadline = slot_of(r, r->oldest)->deadline;
	if (r->far)
		deadline = min_t(u64, deadline, r->far_deadline);
	return deadline;
}

static void *grab(void **from)
{
	void *item = *from;

	*from = NULL;
	return item;
}

/**
 * kpptp_reorder_drain() - any packet that is held, for teardown
 * @r: sequence
 *
 * Return: a packet, the caller's now, or NULL when nothing is held any more.
 */
void *kpptp_reorder_drain(struct kpptp_reorder *r)
{
	r->jump = false;
	if (r->over)
		return grab(&r->over);
	if (r->far)
		return grab(&r->far);
	if (r->dropped)
		return grab(&r->dropped);
	return r->held ? take(r, r->oldest) : NULL;
}
