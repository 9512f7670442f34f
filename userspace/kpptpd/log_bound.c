// SPDX-License-Identifier: GPL-2.0-or-later
/* log_bound.c - how many lines others may cause, see log.h */
#include <stdint.h>
#include <time.h>

#include "log.h"

#define RATE		50	/* lines a second */
#define BURST		500
#define TELL_MS		10000

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

enum kpptp_log_level kpptp_log_bounded(enum kpptp_log_level level)
{
	/* When there will be room for BURST lines again; when it was last told */
	static int64_t full_ms, told_ms;
	static unsigned int left_out;
	const int64_t now = now_ms();

	if (level > kpptp_log_max)
		return level;
	if (full_ms < now)
		full_ms = now;
	if (full_ms - now >= BURST * 1000 / RATE) {
		left_out++;
		return KPPTP_LOG_DEBUG;
	}
	full_ms += 1000 / RATE;
	if (left_out && now - told_ms >= TELL_MS) {
		kpptp_log(KPPTP_LOG_WARNING,
			  "%u lines about peers that have not logged in were left out: too many",
			  left_out);
		left_out = 0;
		told_ms = now;
	}
	return level;
}
