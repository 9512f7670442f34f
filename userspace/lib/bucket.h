/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Token bucket: so many a second, and so many of them at once. */
#ifndef KPPTP_LIB_BUCKET_H
#define KPPTP_LIB_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/**
 * kpptp_bucket_take() - take a token
 * @full_ms: the bucket: when it will be full again, which tells how much is missing
 *	now; 0, or any time that is past, is full
 * @now_ms: milliseconds, of the same clock
 * @rate: tokens a second, 1 to 1000
 * @seconds: for how long it takes to fill, so it holds @rate times @seconds
 *
 * Return: whether there was one.
 */
static inline bool kpptp_bucket_take(int64_t *full_ms, int64_t now_ms,
				     uint32_t rate, uint32_t seconds)
{
	if (*full_ms < now_ms)
		*full_ms = now_ms;
	if (*full_ms - now_ms + 1000 / rate > (int64_t)seconds * 1000)
		return false;
	*full_ms += 1000 / rate;
	return true;
}

#endif
