/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pure layer needs to compile in the kernel and in userspace alike:
 * types, limits and octets in network order. Nothing else of the kernel may be
 * used in wire, parse, seq, reorder, window and ack: lengths and times are
 * passed in, memory and locks are the caller's.
 */
#ifndef KPPTP_PURE_H
#define KPPTP_PURE_H

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/types.h>

#else

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define U32_MAX			UINT32_MAX
#define U64_MAX			UINT64_MAX
#define min_t(type, a, b) \
	({ type a_ = (a); type b_ = (b); a_ < b_ ? a_ : b_; })
#define max_t(type, a, b) \
	({ type a_ = (a); type b_ = (b); a_ > b_ ? a_ : b_; })

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

#endif /* __KERNEL__ */

/* Octets in network order, wherever they lie. The kernel's own helpers live in
 * a header whose name depends on its version.
 */
static inline u16 kpptp_get_be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static inline u32 kpptp_get_be32(const u8 *p)
{
	return (u32)kpptp_get_be16(p) << 16 | kpptp_get_be16(p + 2);
}

static inline void kpptp_put_be16(u16 value, u8 *p)
{
	p[0] = value >> 8;
	p[1] = value & 0xff;
}

static inline void kpptp_put_be32(u32 value, u8 *p)
{
	kpptp_put_be16(value >> 16, p);
	kpptp_put_be16(value & 0xffff, p + 2);
}

#endif /* KPPTP_PURE_H */
