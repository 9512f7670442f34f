// SPDX-License-Identifier: GPL-2.0-or-later
/* proto.c - the worker's part of the configuration, see proto.h */
#include <string.h>

#include "proto.h"

/* Messages are compared and sent as octets: what is between members is zero. */
void kpptp_proto_of_server(const struct kpptp_server_settings *s,
			   struct kpptp_proto_server *out)
{
	memset(out, 0, sizeof(*out));
	out->enabled = s->enabled;
	memcpy(out->host_name, s->host_name, sizeof(out->host_name));
	memcpy(out->vendor, s->vendor, sizeof(out->vendor));
	out->max_calls = s->max_calls;
	out->rx_window = s->call.rx_window;
	out->timers = s->timers;
}

void kpptp_proto_of_client(const struct kpptp_client_settings *c, uint32_t id,
			   struct kpptp_proto_client *out)
{
	memset(out, 0, sizeof(*out));
	out->id = id;
	memcpy(out->name, c->name, sizeof(out->name));
	memcpy(out->host, c->host, sizeof(out->host));
	memcpy(out->user, c->user, sizeof(out->user));
	memcpy(out->phone_number, c->phone_number, sizeof(out->phone_number));
	memcpy(out->host_name, c->host_name, sizeof(out->host_name));
	memcpy(out->vendor, c->vendor, sizeof(out->vendor));
	out->framing = c->framing;
	out->bearer = c->bearer;
	out->firmware = c->firmware;
	out->rx_window = c->call.rx_window;
	out->autostart = c->autostart;
	out->persist = c->persist;
	out->demand = c->demand;
	out->backoff_min = c->backoff_min;
	out->backoff_max = c->backoff_max;
	out->connect_timeout = c->connect_timeout;
	out->timers = c->timers;
}
