// SPDX-License-Identifier: GPL-2.0-or-later
/* log_bound.c - how many lines others may cause, see log.h */
#include "../lib/bucket.h"
#include "core_int.h"
#include "log.h"

#define RATE		50	/* lines a second */
#define BURST_SECONDS	10	/* of them, at once */
#define TELL_MS		10000

enum kpptp_log_level kpptp_log_bounded(enum kpptp_log_level level)
{
	static int64_t bucket, told_ms;
	static unsigned int left_out;
	const int64_t now = kpptp_now_ms();

	if (level > kpptp_log_max)
		return level;
	if (!kpptp_bucket_take(&bucket, now, RATE, BURST_SECONDS)) {
		left_out++;
		return KPPTP_LOG_DEBUG;
	}
	if (left_out && now - told_ms >= TELL_MS) {
		kpptp_log(KPPTP_LOG_WARNING,
			  "%u lines about peers that have not logged in were left out: too many",
			  left_out);
		left_out = 0;
		told_ms = now;
	}
	return level;
}
