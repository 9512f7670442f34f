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
#include "listener.h"

#define CONNECT_SECONDS	30	/* for connect with wait and without timeout */

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
	put_int(o, "rx_window", call->rx_window);
	put_int(o, "tx_window", call->tx_window);
	put_seconds(o, "age", call->age_ms);
	put_int(o, "serial", call->serial);
	put_seconds(o, "last_echo", call->last_echo_ms);
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

static bool add_listen(void *arg, const struct sockaddr_in *addr)
{
	json_object_array_add(arg, endpoint(addr));
	return true;
}

/* "office: waiting for traffic" */
static bool add_client(void *arg, const struct kpptp_client_info *client)
{
	char text[KPPTP_HOST_SIZE + 64];

	snprintf(text, sizeof(text), "%s: %s",
		 *client->name ? client->name : client->host, client->state);
	json_object_array_add(arg, json_object_new_string(text));
	return true;
}

static void cmd_status(struct kpptp_ctl_client *c, struct json_object *request)
{
	struct kpptp_ctl *ctl = c->ctl;
	struct json_object *o = ok(), *listen = json_object_new_array();
	struct json_object *clients = json_object_new_array();
	struct timespec now;

	(void)request;
	clock_gettime(CLOCK_MONOTONIC, &now);
	put_text(o, "version", KPPTP_VERSION);
	put_int(o, "pid", ctl->setup.pid);
	put_int(o, "uptime", now.tv_sec - ctl->started);
	put_int(o, "connections", kpptp_core_connections(ctl->setup.core));
	put_int(o, "calls", kpptp_core_calls(ctl->setup.core));
	kpptp_listener_each(ctl->setup.core, add_listen, listen);
	json_object_object_add(o, "listen", listen);
	kpptp_client_each(ctl->setup.core, add_client, clients);
	json_object_object_add(o, "clients", clients);
	put_text(o, "data_plane", ctl->setup.data_plane);
	kpptp_ctl_send(c, o);
}

static bool add_conn(void *arg, const struct kpptp_conn_info *conn)
{
	json_object_array_add(arg, conn_json(conn));
	return true;
}

static void cmd_connections(struct kpptp_ctl_client *c,
			    struct json_object *request)
{
	struct json_object *o = ok(), *list = json_object_new_array();

	(void)request;
	kpptp_core_each_conn(c->ctl->setup.core, add_conn, list);
	json_object_object_add(o, "connections", list);
	kpptp_ctl_send(c, o);
}

static bool add_call(void *arg, const struct kpptp_call_info *call)
{
	json_object_array_add(arg, call_json(call));
	return true;
}

static void cmd_calls(struct kpptp_ctl_client *c, struct json_object *request)
{
	struct json_object *o = ok(), *list = json_object_new_array();

	(void)request;
	kpptp_core_each_call(c->ctl->setup.core, add_call, list);
	json_object_object_add(o, "calls", list);
	kpptp_ctl_send(c, o);
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
	kpptp_ctl_fail(c, "say which call: its number or its interface");
	return NULL;
}

static void no_such_call(struct kpptp_ctl_client *c, const char *key)
{
	kpptp_ctl_fail(c, "there is no call \"%s\"; \"kpptp calls\" lists them",
		       key);
}

static void cmd_show(struct kpptp_ctl_client *c, struct json_object *request)
{
	const char *key = call_key(c, request);
	struct kpptp_call_info call;
	struct json_object *o;

	if (!key)
		return;
	if (!kpptp_core_find_call(c->ctl->setup.core, key, &call)) {
		no_such_call(c, key);
		return;
	}
	o = ok();
	json_object_object_add(o, "call", call_json(&call));
	kpptp_ctl_send(c, o);
}

static void cmd_monitor(struct kpptp_ctl_client *c, struct json_object *request)
{
	(void)request;
	c->monitor = true;
	kpptp_ctl_send(c, ok());
}

/* ---------------------------------------------------------- to connect */

/*
 * Copies a text member. Return: false after an answer when it is there and no
 * text, too long, or has control characters in it.
 */
static bool take_text(struct kpptp_ctl_client *c, struct json_object *request,
		      const char *key, char *out, size_t size)
{
	struct json_object *o;
	const char *text;
	size_t len;

	if (!json_object_object_get_ex(request, key, &o) || !o)
		return true;
	text = json_object_get_string(o);
	len = json_object_get_string_len(o);
	if (!json_object_is_type(o, json_type_string) || len >= size ||
	    strlen(text) < len || kpptp_valid_text(text, size)) {
		kpptp_ctl_fail(c, "%s is a text of up to %zu printable octets",
			       key, size - 1);
		return false;
	}
	memcpy(out, text, len + 1);
	return true;
}

static bool take_bool(struct kpptp_ctl_client *c, struct json_object *request,
		      const char *key, bool *out)
{
	struct json_object *o;

	if (!json_object_object_get_ex(request, key, &o) || !o)
		return true;
	if (!json_object_is_type(o, json_type_boolean)) {
		kpptp_ctl_fail(c, "%s is true or false", key);
		return false;
	}
	*out = json_object_get_boolean(o);
	return true;
}

static bool take_int(struct kpptp_ctl_client *c, struct json_object *request,
		     const char *key, int min, int max, int *out)
{
	struct json_object *o;
	int64_t n;

	if (!json_object_object_get_ex(request, key, &o) || !o)
		return true;
	n = json_object_get_int64(o);
	if (!json_object_is_type(o, json_type_int) || n < min || n > max) {
		kpptp_ctl_fail(c, "%s is a number from %d to %d", key, min, max);
		return false;
	}
	*out = n;
	return true;
}

static bool take_words(struct kpptp_ctl_client *c, struct json_object *request,
		       struct kpptp_ppp_settings *ppp)
{
	char auth[64] = "", mppe[16] = "";

	if (!take_text(c, request, "auth", auth, sizeof(auth)) ||
	    !take_text(c, request, "mppe", mppe, sizeof(mppe)))
		return false;
	if (*auth && kpptp_conf_auth(auth, &ppp->auth)) {
		kpptp_ctl_fail(c, "auth is " KPPTP_CONF_AUTH_ALLOWED);
		return false;
	}
	if (*mppe && kpptp_conf_mppe(mppe, &ppp->mppe)) {
		kpptp_ctl_fail(c, "mppe is " KPPTP_CONF_MPPE_ALLOWED);
		return false;
	}
	return true;
}

/* "routes": array of networks; "default_route": all the rest, too. */
static bool take_routes(struct kpptp_ctl_client *c,
			struct json_object *request,
			struct kpptp_prefixes *routes)
{
	struct json_object *list = NULL;
	const char *why = NULL;
	bool all = false;
	size_t i, n = 0;

	if (!take_bool(c, request, "default_route", &all))
		return false;
	if (json_object_object_get_ex(request, "routes", &list) && list) {
		if (!json_object_is_type(list, json_type_array)) {
			kpptp_ctl_fail(c, "routes is an array of networks A/LEN");
			return false;
		}
		n = json_object_array_length(list);
	}
	for (i = 0; i < n && !why; i++)
		kpptp_prefixes_add(json_object_get_string(
			json_object_array_get_idx(list, i)), routes, &why);
	if (why) {
		kpptp_ctl_fail(c, "route %s: %s", json_object_get_string(
			json_object_array_get_idx(list, i - 1)), why);
		return false;
	}
	if (all && kpptp_prefixes_add("0.0.0.0/0", routes, &why)) {
		kpptp_ctl_fail(c, "default route: %s", why);
		return false;
	}
	return true;
}

/* Everything but the host, from a request without "client". */
static bool take_options(struct kpptp_ctl_client *c,
			 struct json_object *request,
			 struct kpptp_client_settings *s)
{
	int port = s->port, mtu = s->ppp.mtu;
	const char *why;

	if (!take_text(c, request, "user", s->user, sizeof(s->user)) ||
	    !take_text(c, request, "password", s->password,
		       sizeof(s->password)) ||
	    !take_text(c, request, "name", s->name, sizeof(s->name)) ||
	    !take_text(c, request, "phone_number", s->phone_number,
		       sizeof(s->phone_number)) ||
	    !take_words(c, request, &s->ppp) ||
	    !take_int(c, request, "port", 1, 65535, &port) ||
	    !take_int(c, request, "mtu", KPPTP_MTU_MIN, KPPTP_MTU_MAX, &mtu) ||
	    !take_bool(c, request, "ipv6", &s->ppp.ipv6) ||
	    !take_bool(c, request, "persist", &s->persist) ||
	    !take_bool(c, request, "dns", &s->ppp.use_dns) ||
	    !take_routes(c, request, &s->ppp.routes))
		return false;
	if (kpptp_prefixes_ipv6(&s->ppp.routes) && !s->ppp.ipv6) {
		kpptp_ctl_fail(c, "routes to IPv6 networks need IPv6 on the link: add ipv6");
		return false;
	}
	s->port = port;
	s->ppp.mtu = mtu;
	why = *s->name ? kpptp_valid_name(s->name, sizeof(s->name)) : NULL;
	if (why) {
		kpptp_ctl_fail(c, "name is not valid: it %s", why);
		return false;
	}
	return true;
}

static bool from_request(struct kpptp_ctl_client *c,
			 struct json_object *request,
			 struct kpptp_client_settings *s)
{
	static const struct kpptp_client_settings defaults =
		KPPTP_CLIENT_DEFAULTS;
	const struct kpptp_conf *conf = c->ctl->setup.conf(c->ctl->setup.arg);
	const char *why;

	*s = defaults;
	s->call = conf->call;
	if (!take_text(c, request, "host", s->host, sizeof(s->host)))
		return false;
	if (!*s->host) {
		kpptp_ctl_fail(c, "connect needs host, or client with the name of a [client NAME] section");
		return false;
	}
	why = kpptp_valid_server(s->host, sizeof(s->host));
	if (why) {
		kpptp_ctl_fail(c, "host is not valid: it %s", why);
		return false;
	}
	if (!take_options(c, request, s))
		return false;
	if (!*s->name || !kpptp_conf_client(conf, s->name))
		return true;
	/* The monitor would take PPP's settings from that section. */
	kpptp_ctl_fail(c, "\"%s\" is the name of a section of the configuration: use client, or another name",
		       s->name);
	return false;
}

static bool from_section(struct kpptp_ctl_client *c,
			 struct json_object *request,
			 struct kpptp_client_settings *s)
{
	const struct kpptp_conf *conf = c->ctl->setup.conf(c->ctl->setup.arg);
	const struct kpptp_client_settings *found;
	char name[KPPTP_NAME_SIZE] = "";

	if (!take_text(c, request, "client", name, sizeof(name)))
		return false;
	found = kpptp_conf_client(conf, name);
	if (!found) {
		kpptp_ctl_fail(c, "the configuration has no section [client %s]",
			       name);
		return false;
	}
	*s = *found;
	return true;
}

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

static void do_connect(struct kpptp_ctl_client *c,
		       const struct kpptp_client_settings *s, bool wait)
{
	unsigned int id = 0;
	struct json_object *o;
	int err = kpptp_client_connect(c->ctl->setup.core, s,
				       wait ? on_connected : NULL,
				       wait ? c : NULL, &id);

	if (err) {
		kpptp_ctl_fail(c, "%s", connect_error(err));
		return;
	}
	if (wait) {
		c->waiting = true;
		c->waiting_for = id;
		return;
	}
	o = ok();
	put_int(o, "client", id);
	kpptp_ctl_send(c, o);
}

static void cmd_connect(struct kpptp_ctl_client *c, struct json_object *request)
{
	bool wait = false, section;
	struct kpptp_client_settings s;
	int timeout = 0;

	section = json_object_object_get_ex(request, "client", NULL);
	if (!take_bool(c, request, "wait", &wait) ||
	    !take_int(c, request, "timeout", 0, 3600, &timeout) ||
	    !(section ? from_section(c, request, &s) :
			from_request(c, request, &s)))
		return;
	if (timeout)
		s.connect_timeout = timeout * 1000;
	else if (wait && !s.connect_timeout)
		s.connect_timeout = CONNECT_SECONDS * 1000;
	do_connect(c, &s, wait);
	explicit_bzero(&s, sizeof(s));
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

	if (id && !kpptp_client_stop(core, id))
		send_closed(c, 1);
	else
		no_such_call(c, name);
}

static void cmd_disconnect(struct kpptp_ctl_client *c,
			   struct json_object *request)
{
	const char *key = call_key(c, request);
	struct kpptp_core *core = c->ctl->setup.core;
	struct kpptp_call_info call = { 0 };
	int n;

	if (!key)
		return;
	if (strcmp(key, "all") && !kpptp_core_find_call(core, key, &call)) {
		disconnect_client(c, key);
		return;
	}
	c->waiting = true;
	n = kpptp_core_disconnect(core, call.id, on_closed, c);
	if (n > 0)
		return;
	c->waiting = false;
	if (n < 0)
		kpptp_ctl_fail(c, "%s", strerror(-n));
	else
		send_closed(c, 0);
}

/* ----------------------------------------------------------- to reload */

static void cmd_reload(struct kpptp_ctl_client *c, struct json_object *request)
{
	struct kpptp_ctl *ctl = c->ctl;

	(void)request;
	if (!++ctl->last_reload)
		++ctl->last_reload;
	c->waiting = true;
	c->reload = ctl->last_reload;
	ctl->setup.reload(ctl->setup.arg, c->reload);
}

void kpptp_ctl_reloaded(struct kpptp_ctl *ctl, uint32_t id, const char *why)
{
	struct kpptp_ctl_client *c;

	LIST_FOREACH(c, &ctl->clients, entry)
		if (id && c->reload == id)
			break;
	if (!c)
		return;
	c->waiting = false;
	c->reload = 0;
	if (why)
		kpptp_ctl_fail(c, "%s", why);
	else
		kpptp_ctl_send(c, ok());
}

/* --------------------------------------------------------------- table */

static const struct {
	const char *name;
	void (*serve)(struct kpptp_ctl_client *c, struct json_object *request);
} commands[] = {
	{ "status", cmd_status },
	{ "connections", cmd_connections },
	{ "calls", cmd_calls },
	{ "show", cmd_show },
	{ "connect", cmd_connect },
	{ "disconnect", cmd_disconnect },
	{ "monitor", cmd_monitor },
	{ "reload", cmd_reload },
};

void kpptp_ctl_serve(struct kpptp_ctl_client *c, struct json_object *request)
{
	char cmd[32] = "";
	size_t i;

	if (!take_text(c, request, "cmd", cmd, sizeof(cmd)))
		return;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(cmd, commands[i].name))
			continue;
		commands[i].serve(c, request);
		return;
	}
	kpptp_ctl_fail(c, "cmd is status, connections, calls, show, connect, disconnect, monitor or reload");
}
