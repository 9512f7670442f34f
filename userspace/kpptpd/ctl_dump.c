// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ctl_dump.c - long lists on the control socket, a piece at a time
 *
 * Ten thousand calls are megabytes of JSON, and while it is made nothing else is
 * done. So some hundred objects are made in one turn of the event loop, and the next
 * when the socket has taken them. It is one line all the same. In between the number
 * of the last object is kept, not the object: numbers are never used twice and lists
 * are in their order, so whatever begins or ends meanwhile does no harm.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "ctl_int.h"

#define PIECE	200	/* objects */

static void add_object(struct kpptp_ctl_client *c, struct json_object *o)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	size_t len;
	const char *text = json_object_to_json_string_length(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
		&len);

	if (!c->dump.is_first)
		evbuffer_add(out, ",", 1);
	c->dump.is_first = false;
	evbuffer_add(out, text, len);
}

/* Lines that have waited for the end of this one */
static void finish(struct kpptp_ctl_client *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	c->dump.more = NULL;
	evbuffer_add(out, "]}\n", 3);
	if (c->dump.later)
		evbuffer_add_buffer(out, c->dump.later);
}

void kpptp_ctl_dump_more(struct kpptp_ctl_client *c)
{
	struct json_object *list = json_object_new_array();
	size_t i, n;

	c->dump.last = c->dump.more(c->ctl->setup.core, list, PIECE,
				    c->dump.last);
	n = json_object_array_length(list);
	for (i = 0; i < n; i++)
		add_object(c, json_object_array_get_idx(list, i));
	json_object_put(list);
	if (n < PIECE)
		finish(c);
}

void kpptp_ctl_dump(struct kpptp_ctl_client *c, const char *name,
		    kpptp_ctl_more_fn *more)
{
	evbuffer_add_printf(bufferevent_get_output(c->bev),
			    "{\"ok\":true,\"%s\":[", name);
	c->dump.more = more;
	c->dump.last = 0;
	c->dump.is_first = true;
	kpptp_ctl_dump_more(c);
}
