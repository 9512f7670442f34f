/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serial arithmetic on 32-bit sequence numbers (RFC 2637 4.1, in the manner of
 * RFC 1982). Numbers lie on a circle: b is after a when the way up from a to b
 * is shorter than half the circle.
 *
 *   kpptp_seq_diff(a, b)    a - b, in -2^31 .. 2^31 - 1
 *   kpptp_seq_before(a, b)  a - b < 0
 *   kpptp_seq_after(a, b)   a - b > 0
 *
 * Exactly opposite numbers, 2^31 apart, are each before the other and neither
 * is after; nothing here may depend on their order. Order is transitive only
 * among numbers that lie within half the circle. Arguments must be u32 and
 * nothing else: an int promoted on the way would turn order round.
 */
#ifndef KPPTP_SEQ_H
#define KPPTP_SEQ_H

#include "pure.h"

/* Numbers further than this from where a sequence is do not belong to it. */
#define KPPTP_SEQ_FAR	4096

static inline s32 kpptp_seq_diff_u32(u32 a, u32 b)
{
	return (s32)(a - b);
}

/* Anything but u32 fails to compile. */
#define KPPTP_SEQ_U32(x)	_Generic((x), u32 : (x))

#define kpptp_seq_diff(a, b) \
	kpptp_seq_diff_u32(KPPTP_SEQ_U32(a), KPPTP_SEQ_U32(b))
#define kpptp_seq_before(a, b)	(kpptp_seq_diff(a, b) < 0)
#define kpptp_seq_after(a, b)	(kpptp_seq_diff(a, b) > 0)

#endif /* KPPTP_SEQ_H */
