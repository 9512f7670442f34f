// SPDX-License-Identifier: GPL-2.0-or-later
/* ctl_cmd.c - what the requests on the control socket mean */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/utf8.h"
#include "../lib/valid.h"
#include "client.h"
#include "ctl_int.h"
#include "ctl_json.h"

/* ------------------------------------------------------------- objects */

/* JSON escapes what it must; only what is not UTF-8 it cannot have. */
static void put_text(struct json_object *o, const char *key, const char *text)
{
	const size_t size = 4 * strlen(text) + 1;
	char *utf8 = *text ? malloc(size) : NULL;

	json_object_object_add(o, key, utf8 ?
		json_object_new_string(kpptp_utf8_clean(text, utf8, size)) :
		NULL);
	free(utf8);
}

static void put_int(struct json_object *o, const char *key, int64_t n)
{
	json_object_object_add(o, key, json_object_new_int64(n));
}

/* A list of words as an array, none as null. */
static void put_words(struct json_object *o, const char *key, const char *text)
{
	struct json_object *list = *text ? json_object_new_array() : NULL;
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, " ");
		json_object_array_add(list,
			json_object_new_string_len(text, end - text));
	}
	json_object_object_add(o, key, list);
}

/* Milliseconds as whole seconds, -1 as null. */
static void put_seconds(struct json_object *o, const char *key, int64_t ms)
{
	json_object_object_add(o, key, ms < 0 ? NULL :
			       json_object_new_int64(ms / 1000));
}

/* 0 is none, or not known. */
static void put_if_any(struct json_object *o, const char *key, uint32_t n)
{
	json_object_object_add(o, key, n ? json_object_new_int64(n) : NULL);
}

static void put_ip(struct json_object *o, const char *key, struct in_addr addr)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &addr, text, sizeof(text));
	json_object_object_add(o, key, json_object_new_string(text));
}

static struct json_object *endpoint(const struct sockaddr_in *addr)
{
	char ip[INET_ADDRSTRLEN], text[INET_ADDRSTRLEN + 8];

	inet_ntop(AF_INET, &addr->sin_addr, ip, sizeof(ip));
	snprintf(text, sizeof(text), "%s:%u", ip, ntohs(addr->sin_port));
	return json_object_new_string(text);
}

static struct json_object *conn_json(const struct kpptp_conn_info *conn)
{
	struct json_object *o = json_object_new_object();

	put_int(o, "id", conn->id);
	put_text(o, "role", conn->originated ? "client" : "server");
	json_object_object_add(o, "local", endpoint(&conn->local));
	json_object_object_add(o, "peer", endpoint(&conn->peer));
	put_text(o, "state", conn->state);
	put_text(o, "host", conn->host);
	put_text(o, "vendor", conn->vendor);
	put_int(o, "firmware", conn->firmware);
	put_int(o, "calls", conn->calls);
	put_seconds(o, "age", conn->age_ms);
	put_seconds(o, "last_echo", conn->last_echo_ms);
	put_seconds(o, "last_rx", conn->last_rx_ms);
	return o;
}

static struct json_object *call_json(const struct kpptp_call_info *call)
{
	struct json_object *o = json_object_new_object();

	put_int(o, "id", call->id);
	put_int(o, "connection", call->conn_id);
	put_text(o, "role", call->pac ? "PAC" : "PNS");
	put_text(o, "name", call->name);
	put_ip(o, "local", call->local);
	put_ip(o, "peer", call->peer);
	put_int(o, "call_id", call->call_id);
	put_int(o, "peer_call_id", call->peer_call_id);
	put_text(o, "state", call->state);
	json_object_object_add(o, "up", json_object_new_boolean(call->up));
	put_text(o, "user", call->user);
	put_text(o, "interface", call->ifname);
	put_text(o, "local_ip", call->local_ip);
	put_text(o, "remote_ip", call->remote_ip);
	put_text(o, "local_ip6", call->local_ip6);
	put_text(o, "remote_ip6", call->remote_ip6);
	put_words(o, "routes", call->net.routes);
	put_words(o, "dns", call->net.dns);
	put_text(o, "auth", call->net.auth);
	put_text(o, "mppe", call->net.mppe);
	put_if_any(o, "mru", call->net.mru);
	put_if_any(o, "peer_mru", call->net.peer_mru);
	put_int(o, "rx_window", call->rx_window);
	put_int(o, "tx_window", call->tx_window);
	put_seconds(o, "age", call->age_ms);
	put_int(o, "serial", call->serial);
	put_seconds(o, "last_echo", call->last_echo_ms);
	return o;
}

static void put_count(struct json_object *o, const char *key, bool known,
		      uint64_t n)
{
	json_object_object_add(o, key, known ? json_object_new_uint64(n) : NULL);
}

static struct json_object *account_json(const struct kpptp_call_info *call)
{
	const struct kpptp_ppp_traffic *t = &call->net.traffic;
	struct json_object *o = json_object_new_object();

	put_seconds(o, "up_for", call->up_for_ms);
	put_count(o, "rx_bytes", t->known, t->rx_bytes);
	put_count(o, "rx_packets", t->known, t->rx_packets);
	put_count(o, "tx_bytes", t->known, t->tx_bytes);
	put_count(o, "tx_packets", t->known, t->tx_packets);
	return o;
}

static void put_now(struct json_object *o)
{
	char date[32], text[48];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(date, sizeof(date), "%FT%T", &tm);
	snprintf(text, sizeof(text), "%s.%03ldZ", date, now.tv_nsec / 1000000);
	put_text(o, "time", text);
}

struct json_object *kpptp_ctl_event_json(const struct kpptp_event *event)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "event", kpptp_event_name(event->type));
	put_now(o);
	put_text(o, "text", event->text);
	if (event->conn)
		json_object_object_add(o, "connection",
				       conn_json(event->conn));
	if (event->call)
		json_object_object_add(o, "call", call_json(event->call));
	if (event->type == KPPTP_EVENT_CALL_GONE && event->call)
		json_object_object_add(o, "account", account_json(event->call));
	if (event->client_id)
		put_int(o, "client", event->client_id);
	return o;
}

static struct json_object *ok(void)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "ok", json_object_new_boolean(true));
	return o;
}

/* ------------------------------------------------------------- to show */

static struct json_object *
listen_json(const struct kpptp_proto_server *server)
{
	struct json_object *list = json_object_new_array();
	uint32_t i;

	for (i = 0; i < server->n_listen && i < KPPTP_MAX_LISTEN; i++)
		json_object_array_add(list, endpoint(&server->listen[i]));
	return list;
}

/* "waiting for traffic" is waiting-for-traffic to programs. */
static void put_state(struct json_object *o, const char *state)
{
	char word[64];
	char *blank;

	snprintf(word, sizeof(word), "%s", state);
	while ((blank = strchr(word, ' ')))
		*blank = '-';
	put_text(o, "state", word);
}

static struct json_object *client_json(const struct kpptp_client_info *client,
				       bool has_section)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "name", client->name);
	put_text(o, "host", client->host);
	put_text(o, "user", client->user);
	put_state(o, client->state);
	json_object_object_add(o, "configured",
			       json_object_new_boolean(has_section));
	put_if_any(o, "call", client->call);
	put_seconds(o, "next_try", client->next_ms);
	put_text(o, "last_end", client->why);
	return o;
}

struct client_list {
	const struct kpptp_ctl *ctl;
	struct json_object *list;
};

static bool has_section(const struct kpptp_ctl *ctl, uint32_t id)
{
	const struct kpptp_ctl_section *section;

	LIST_FOREACH(section, &ctl->sections, entry)
		if (section->id == id)
			return true;
	return false;
}

static bool add_client(void *arg, const struct kpptp_client_info *client)
{
	const struct client_list *all = arg;

	json_object_array_add(all->list,
			      client_json(client, has_section(all->ctl,
							      client->id)));
	return true;
}

/* Sections of which no call is placed or waited for. */
static void add_idle(const struct client_list *all)
{
	const struct kpptp_ctl_section *s;

	LIST_FOREACH(s, &all->ctl->sections, entry) {
		const struct kpptp_client_info idle = {
			.name = s->name, .host = s->host, .user = s->user,
			.state = "idle", .next_ms = -1, .why = "",
		};

		if (!kpptp_client_find(all->ctl->setup.core, s->name))
			json_object_array_add(all->list,
					      client_json(&idle, true));
	}
}

static void cmd_clients(struct kpptp_ctl_client *c, struct json_object *request)
{
	struct kpptp_ctl *ctl = c->ctl;
	struct client_list all = {
		.ctl = ctl,
		.list = json_object_new_array(),
	};
	struct json_object *o = ok();

	(void)request;
	kpptp_client_each(ctl->setup.core, add_client, &all);
	add_idle(&all);
	json_object_object_add(o, "clients", all.list);
	kpptp_ctl_send(c, o);
}

static bool count_client(void *arg, const struct kpptp_client_info *client)
{
	(void)client;
	++*(unsigned int *)arg;
	return true;
}

static void cmd_status(struct kpptp_ctl_client *c, struct json_object *request)
{
	struct kpptp_ctl *ctl = c->ctl;
	const struct kpptp_proto_server *server =
		kpptp_core_server(ctl->setup.core);
	struct json_object *o = ok();
	unsigned int clients = 0;
	struct timespec now;

	(void)request;
	clock_gettime(CLOCK_MONOTONIC, &now);
	put_text(o, "version", KPPTP_VERSION);
	put_int(o, "pid", ctl->setup.pid);
	put_int(o, "uptime", now.tv_sec - ctl->started);
	put_int(o, "connections", kpptp_core_connections(ctl->setup.core));
	put_int(o, "calls", kpptp_core_calls(ctl->setup.core));
	json_object_object_add(o, "listen", listen_json(server));
	kpptp_client_each(ctl->setup.core, count_client, &clients);
	put_int(o, "clients", clients);
	put_text(o, "data_plane", server->is_null ? "null" : "kernel");
	kpptp_ctl_send(c, o);
}

/* Part of a list, see kpptp_ctl_more_fn */
struct piece {
	struct json_object *list;
	unsigned int left;
	unsigned int last;
};

static bool add_conn(void *arg, const struct kpptp_conn_info *conn)
{
	struct piece *piece = arg;

	json_object_array_add(piece->list, conn_json(conn));
	piece->last = conn->id;
	return --piece->left;
}

static unsigned int more_conns(struct kpptp_core *core,
			       struct json_object *list, unsigned int max,
			       unsigned int after)
{
	struct piece piece = { .list = list, .left = max, .last = after };

	kpptp_core_each_conn_after(core, after, add_conn, &piece);
	return piece.last;
}

static void cmd_connections(struct kpptp_ctl_client *c,
			    struct json_object *request)
{
	(void)request;
	kpptp_ctl_dump(c, "connections", more_conns);
}

static bool add_call(void *arg, const struct kpptp_call_info *call)
{
	struct piece *piece = arg;

	json_object_array_add(piece->list, call_json(call));
	piece->last = call->id;
	return --piece->left;
}

static unsigned int more_calls(struct kpptp_core *core,
			       struct json_object *list, unsigned int max,
			       unsigned int after)
{
	struct piece piece = { .list = list, .left = max, .last = after };

	kpptp_core_each_call_after(core, after, add_call, &piece);
	return piece.last;
}

static void cmd_calls(struct kpptp_ctl_client *c, struct json_object *request)
{
	(void)request;
	kpptp_ctl_dump(c, "calls", more_calls);
}

/* The member "call", a number or a text, as text; or NULL after an answer. */
static const char *call_key(struct kpptp_ctl_client *c,
			    struct json_object *request)
{
	struct json_object *o;

	if (json_object_object_get_ex(request, "call", &o) &&
	    (json_object_is_type(o, json_type_int) ||
	     json_object_is_type(o, json_type_string)))
		return json_object_get_string(o);
	kpptp_ctl_fail(c, "say which call: its number, interface, name, user or address");
	return NULL;
}

static void no_such_call(struct kpptp_ctl_client *c, const char *key)
{
	kpptp_ctl_fail(c, "there is no call \"%s\"; \"kpptp calls\" lists them",
		       key);
}

static void ambiguous(struct kpptp_ctl_client *c, const char *key,
		      const struct kpptp_found *found)
{
	kpptp_ctl_fail(c, "\"%s\" means %u calls: %s; say which by its number",
		       key, found->n, found->list);
}

static void cmd_show(struct kpptp_ctl_client *c, struct json_object *request)
{
	const char *key = call_key(c, request);
	struct kpptp_found found;
	struct json_object *o;

	if (!key)
		return;
	kpptp_ctl_find(c->ctl->setup.core, key, &found);
	if (!found.n) {
		no_such_call(c, key);
		return;
	}
	if (found.n > 1) {
		ambiguous(c, key, &found);
		return;
	}
	o = ok();
	json_object_object_add(o, "call", call_json(&found.call));
	kpptp_ctl_send(c, o);
}

static void cmd_monitor(struct kpptp_ctl_client *c, struct json_object *request)
{
	(void)request;
	c->monitor = true;
	kpptp_ctl_send(c, ok());
}

/* ---------------------------------------------------------- to connect */

static void on_connected(void *arg, int err, const struct kpptp_call_info *call,
			 const char *why)
{
	struct kpptp_ctl_client *c = arg;
	struct json_object *o;

	c->waiting = false;
	c->waiting_for = 0;
	if (err) {
		kpptp_ctl_fail(c, "%s", why);
		return;
	}
	o = ok();
	json_object_object_add(o, "call", call_json(call));
	kpptp_ctl_send(c, o);
}

static const char *connect_error(int err)
{
	switch (err) {
	case -EEXIST:
		return "a call of this name is placed already; \"kpptp status\" tells what becomes of it";
	case -ESHUTDOWN:
		return "the daemon is about to end";
	default:
		return strerror(-err);
	}
}

void kpptp_ctl_connect(struct kpptp_ctl_client *c,
		       const struct kpptp_proto_client *client, bool wait)
{
	struct kpptp_core *core = c->ctl->setup.core;
	struct json_object *o;
	int err = kpptp_client_start(core, client, false,
				     wait ? on_connected : NULL, c);

	if (err) {
		kpptp_ctl_fail(c, "%s", connect_error(err));
		return;
	}
	if (wait) {
		c->waiting = true;
		c->waiting_for = client->id;
		return;
	}
	o = ok();
	put_int(o, "client", client->id);
	kpptp_ctl_send(c, o);
}

static void send_closed(struct kpptp_ctl_client *c, unsigned int closed)
{
	struct json_object *o = ok();

	put_int(o, "closed", closed);
	kpptp_ctl_send(c, o);
}

static void on_closed(void *arg, unsigned int closed)
{
	struct kpptp_ctl_client *c = arg;

	c->waiting = false;
	send_closed(c, closed);
}

/* A client that waits to connect again has no call, but a name. */
static void disconnect_client(struct kpptp_ctl_client *c, const char *name)
{
	struct kpptp_core *core = c->ctl->setup.core;
	unsigned int id = kpptp_client_find(core, name);

	if (id && !kpptp_client_stop(core, id, "disconnected on request"))
		send_closed(c, 1);
	else
		no_such_call(c, name);
}

static void cmd_disconnect(struct kpptp_ctl_client *c,
			   struct json_object *request)
{
	const char *key = call_key(c, request);
	struct kpptp_core *core = c->ctl->setup.core;
	struct kpptp_found found = { .n = 0 };
	int n;

	if (!key)
		return;
	if (strcmp(key, "all")) {
		kpptp_ctl_find(core, key, &found);
		if (!found.n) {
			disconnect_client(c, key);
			return;
		}
		if (found.n > 1) {
			ambiguous(c, key, &found);
			return;
		}
	}
	c->waiting = true;
	n = kpptp_core_disconnect(core, found.call.id, on_closed, c);
	if (n > 0)
		return;
	c->waiting = false;
	if (n < 0)
		kpptp_ctl_fail(c, "%s", strerror(-n));
	else
		send_closed(c, 0);
}

/* --------------------------------------------------------------- table */

static const struct {
	const char *name;
	void (*serve)(struct kpptp_ctl_client *c, struct json_object *request);
} commands[] = {
	{ "status", cmd_status },
	{ "connections", cmd_connections },
	{ "calls", cmd_calls },
	{ "clients", cmd_clients },
	{ "show", cmd_show },
	{ "disconnect", cmd_disconnect },
	{ "monitor", cmd_monitor },
};

void kpptp_ctl_serve(struct kpptp_ctl_client *c, struct json_object *request)
{
	char cmd[32] = "", why[KPPTP_WHY_SIZE];
	size_t i;

	if (kpptp_ctl_text(request, "cmd", cmd, sizeof(cmd), why)) {
		kpptp_ctl_fail(c, "%s", why);
		return;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(cmd, commands[i].name))
			continue;
		commands[i].serve(c, request);
		return;
	}
	/* The monitor has taken those of a first line that are its own. */
	if (!strcmp(cmd, "connect") || !strcmp(cmd, "reload"))
		kpptp_ctl_fail(c, "%s is the first request of a connection, or none",
			       cmd);
	else
		kpptp_ctl_fail(c, "cmd is status, connections, calls, clients, show, connect, disconnect, monitor or reload");
}
