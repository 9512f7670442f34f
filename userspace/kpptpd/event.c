// SPDX-License-Identifier: GPL-2.0-or-later
#include "event.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "log.h"

struct subscriber {
	TAILQ_ENTRY(subscriber) entry;
	kpptp_event_fn fn;
	void *arg;
};

static TAILQ_HEAD(, subscriber) subscribers =
	TAILQ_HEAD_INITIALIZER(subscribers);

const char *kpptp_event_name(enum kpptp_event_type type)
{
	static const char *const names[KPPTP_EVENT_TYPES] = {
		[KPPTP_EVENT_CONNECTION_UP] = "connection-up",
		[KPPTP_EVENT_CONNECTION_DOWN] = "connection-down",
		[KPPTP_EVENT_CALL_NEW] = "call-new",
		[KPPTP_EVENT_CALL_AUTH] = "call-auth",
		[KPPTP_EVENT_CALL_UP] = "call-up",
		[KPPTP_EVENT_CALL_DOWN] = "call-down",
		[KPPTP_EVENT_CALL_GONE] = "call-gone",
		[KPPTP_EVENT_CLIENT_DIAL] = "client-dial",
		[KPPTP_EVENT_CLIENT_RETRY] = "client-retry",
		[KPPTP_EVENT_CLIENT_ARMED] = "client-armed",
		[KPPTP_EVENT_CLIENT_HELD] = "client-held",
		[KPPTP_EVENT_CLIENT_DOWN] = "client-down",
	};

	return (unsigned int)type < KPPTP_EVENT_TYPES ? names[type] : "unknown";
}

int kpptp_event_subscribe(kpptp_event_fn fn, void *arg)
{
	struct subscriber *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fn = fn;
	s->arg = arg;
	TAILQ_INSERT_TAIL(&subscribers, s, entry);
	return 0;
}

void kpptp_event_unsubscribe(kpptp_event_fn fn, void *arg)
{
	struct subscriber *s;

	TAILQ_FOREACH(s, &subscribers, entry) {
		if (s->fn != fn || s->arg != arg)
			continue;
		TAILQ_REMOVE(&subscribers, s, entry);
		free(s);
		return;
	}
}

void kpptp_event_emit(const struct kpptp_event *event)
{
	enum kpptp_log_level level = event->failure ? KPPTP_LOG_WARNING :
						      KPPTP_LOG_INFO;
	struct subscriber *s, *next;

	if (event->by_anybody)
		level = kpptp_log_bounded(level);
	kpptp_log(level, "%s", event->text);
	for (s = TAILQ_FIRST(&subscribers); s; s = next) {
		next = TAILQ_NEXT(s, entry);	/* it may unsubscribe */
		s->fn(s->arg, event);
	}
}
