// SPDX-License-Identifier: GPL-2.0-or-later
/* notify.c - what the service manager is told, sd_notify(3) */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "notify.h"

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#else
/* Built without libsystemd it has nobody to tell. */
#define sd_notify(unset, ...)		((void)(unset))
#define sd_notifyf(unset, ...)		((void)(unset), snprintf(NULL, 0, __VA_ARGS__))
#define sd_watchdog_enabled(unset, usec)	((void)(usec), (unset))
#endif

#define STATUS_MS	10000u
#define STATUS_SIZE	128

static struct kpptp_serving told;

static void describe(char text[STATUS_SIZE], const struct kpptp_serving *now)
{
	char where[64] = "";

	if (now->addresses)
		snprintf(where, sizeof(where), "serving on %" PRIu32 " address%s; ",
			 now->addresses, now->addresses == 1 ? "" : "es");
	snprintf(text, STATUS_SIZE, "%s%" PRIu32 " call%s", where, now->calls,
		 now->calls == 1 ? "" : "s");
}

void kpptp_notify_ready(const struct kpptp_serving *now)
{
	char text[STATUS_SIZE];

	told = *now;
	describe(text, now);
	sd_notifyf(0, "READY=1\nSTATUS=%s", text);
}

/* Type=notify-reload tells by the time which reload it is that has begun. */
void kpptp_notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=reading the configuration",
		   (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void kpptp_notify_alive(const struct kpptp_serving *now)
{
	char text[STATUS_SIZE];

	sd_notify(0, "WATCHDOG=1");
	if (now->addresses == told.addresses && now->calls == told.calls)
		return;
	told = *now;
	describe(text, now);
	sd_notifyf(0, "STATUS=%s", text);
}

void kpptp_notify_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=ending every call");
}

void kpptp_notify_failed(int err, const char *why)
{
	sd_notifyf(0, "STATUS=%s\nERRNO=%d", why, err);
}

uint32_t kpptp_notify_interval_ms(void)
{
	uint64_t limit = 0;

	if (sd_watchdog_enabled(0, &limit) > 0 && limit / 2000 < STATUS_MS)
		return limit / 2000;
	return STATUS_MS;
}
