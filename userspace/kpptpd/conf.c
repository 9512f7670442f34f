// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf.c - what the configuration file may say
 *
 * Each section is a table of keys; each key says how its value is read, where
 * it goes and, in words, what is allowed. The words are part of every
 * complaint, so they state unit and range.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/valid.h"
#include "conf_int.h"
#include "log_setup.h"
#include "pppd_try.h"

#define SHUTDOWN_MS	8000	/* with pppd's own 5 s inside, 10 s in all */

/* ------------------------------------------------------------- readers */

static int set_bool(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	bool *out = (bool *)((char *)object + k->offset);

	(void)p;
	return kpptp_valid_switch(value, out);
}

static int set_number(struct parse *p, const struct key *k, const char *value,
		      void *object)
{
	void *out = (char *)object + k->offset;
	unsigned long n;

	(void)p;
	if (kpptp_valid_number(value, k->min, k->max, &n))
		return -EINVAL;
	n *= k->scale;
	switch (k->size) {
	case sizeof(uint8_t):
		*(uint8_t *)out = n;
		return 0;
	case sizeof(uint16_t):
		*(uint16_t *)out = n;
		return 0;
	case sizeof(uint32_t):
		*(uint32_t *)out = n;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Copies @value if it is valid and @p->why is not set. */
static int copy(struct parse *p, const struct key *k, const char *value,
		void *object)
{
	if (!p->why)
		p->why = kpptp_valid_text(value, k->size);
	if (p->why)
		return -EINVAL;
	strcpy((char *)object + k->offset, value);
	return 0;
}

static int set_text(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	return copy(p, k, value, object);
}

/* As it is in the file. */
static int set_raw(struct parse *p, const struct key *k, const char *value,
		   void *object)
{
	(void)p;
	if (strlen(value) >= k->size)
		return -EINVAL;
	strcpy((char *)object + k->offset, value);
	return 0;
}

static int set_options(struct parse *p, const struct key *k, const char *value,
		       void *object)
{
	p->why = kpptp_pppd_options(value);
	return p->why ? -EINVAL : set_raw(p, k, value, object);
}

static int set_filled(struct parse *p, const struct key *k, const char *value,
		      void *object)
{
	return *value ? copy(p, k, value, object) : -EINVAL;
}

static int set_name(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	p->why = kpptp_valid_name(value, k->size);
	return copy(p, k, value, object);
}

static int set_path(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	return *value == '/' ? copy(p, k, value, object) : -EINVAL;
}

/* An address that a host may have. */
static int read_addr(struct parse *p, const char *value, struct in_addr *out)
{
	if (inet_pton(AF_INET, value, out) != 1)
		return -EINVAL;
	if (kpptp_valid_host(*out))
		return 0;
	p->why = "is an address that no host has";
	return -EINVAL;
}

static int set_addr(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	return read_addr(p, value,
			 (struct in_addr *)((char *)object + k->offset));
}

/* Reads addresses separated by commas. Return: how many, or -EINVAL. */
static int read_addrs(struct parse *p, const char *value, struct in_addr *out,
		      int max)
{
	char copy[512], *rest = copy, *item;
	int n = 0;

	if (strlen(value) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, value);
	while ((item = strsep(&rest, ", \t"))) {
		if (!*item)
			continue;
		if (n == max || read_addr(p, item, &out[n]))
			return -EINVAL;
		n++;
	}
	return n ? n : -EINVAL;
}

static int set_listen(struct parse *p, const struct key *k, const char *value,
		      void *object)
{
	struct kpptp_server_settings *s = object;
	int n = 1;

	(void)k;
	s->listen[0].s_addr = INADDR_ANY;
	if (strcmp(value, "0.0.0.0"))
		n = read_addrs(p, value, s->listen, KPPTP_MAX_LISTEN);
	if (n < 0)
		return n;
	s->n_listen = n;
	return 0;
}

static int set_dns(struct parse *p, const struct key *k, const char *value,
		   void *object)
{
	struct kpptp_server_settings *s = object;
	int n = read_addrs(p, value, s->ppp.dns, KPPTP_MAX_DNS);

	(void)k;
	if (n < 0)
		return n;
	s->ppp.n_dns = n;
	return 0;
}

/* Appends to what earlier lines have given. */
static int set_routes(struct parse *p, const struct key *k, const char *value,
		      void *object)
{
	struct kpptp_prefixes *out = (void *)((char *)object + k->offset);
	const char *why;

	if (!kpptp_prefixes_add(value, out, &why))
		return 0;
	kpptp_conf_complain(p, KPPTP_LOG_ERROR, "[%s] %s = %s: %s; allowed are %s",
		 p->section, k->name, value, why, k->allowed);
	return -EALREADY;
}

static int set_default_route(struct parse *p, const struct key *k,
			     const char *value, void *object)
{
	struct key here = *k;

	(void)object;
	here.offset = offsetof(struct section_seen, default_route);
	return set_bool(p, &here, value, p->now);
}

/* Adds to what earlier lines have given. */
static int set_pool(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	const char *why;

	(void)object;
	if (!kpptp_pool_spec_add(value, &p->conf->pool, &why))
		return 0;
	kpptp_conf_complain(p, KPPTP_LOG_ERROR, "[%s] %s = %s: %s; allowed is %s",
		 p->section, k->name, value, why, k->allowed);
	return -EALREADY;
}

int kpptp_conf_auth(const char *text, unsigned int *mask)
{
	static const struct {
		const char *name;
		unsigned int bit;
	} method[] = {
		{ "mschap-v2", KPPTP_AUTH_MSCHAP_V2 },
		{ "mschap", KPPTP_AUTH_MSCHAP },
		{ "chap", KPPTP_AUTH_CHAP },
		{ "pap", KPPTP_AUTH_PAP },
		{ "eap", KPPTP_AUTH_EAP },
	};
	char copy[64], *rest = copy, *item;
	unsigned int found = 0;
	size_t i;

	*mask = 0;
	if (!strcasecmp(text, "none"))
		return 0;
	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	while ((item = strsep(&rest, ", \t"))) {
		if (!*item)
			continue;
		for (i = 0; i < sizeof(method) / sizeof(method[0]); i++)
			if (!strcasecmp(item, method[i].name))
				break;
		if (i == sizeof(method) / sizeof(method[0]))
			return -EINVAL;
		found |= method[i].bit;
	}
	*mask = found;
	return found ? 0 : -EINVAL;
}

int kpptp_conf_mppe(const char *text, enum kpptp_mppe *mppe)
{
	if (!strcasecmp(text, "no"))
		*mppe = KPPTP_MPPE_NO;
	else if (!strcasecmp(text, "allow"))
		*mppe = KPPTP_MPPE_ALLOW;
	else if (!strcasecmp(text, "require"))
		*mppe = KPPTP_MPPE_REQUIRE;
	else
		return -EINVAL;
	return 0;
}

static int set_auth(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	(void)p;
	return kpptp_conf_auth(value,
			       (unsigned int *)((char *)object + k->offset));
}

static int set_mppe(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	(void)p;
	return kpptp_conf_mppe(value,
			       (enum kpptp_mppe *)((char *)object + k->offset));
}

static int set_single(struct parse *p, const struct key *k, const char *value,
		      void *object)
{
	enum kpptp_single *out =
		(enum kpptp_single *)((char *)object + k->offset);

	(void)p;
	if (!strcasecmp(value, "no"))
		*out = KPPTP_SINGLE_NO;
	else if (!strcasecmp(value, "replace"))
		*out = KPPTP_SINGLE_REPLACE;
	else if (!strcasecmp(value, "refuse"))
		*out = KPPTP_SINGLE_REFUSE;
	else
		return -EINVAL;
	return 0;
}

static int set_level(struct parse *p, const struct key *k, const char *value,
		     void *object)
{
	(void)p;
	return kpptp_log_level_parse(value, (enum kpptp_log_level *)
				     ((char *)object + k->offset));
}

static int set_data_plane(struct parse *p, const struct key *k,
			  const char *value, void *object)
{
	struct kpptp_conf_global *g = object;

	(void)p;
	(void)k;
	g->null_data_plane = !strcasecmp(value, "null");
	return g->null_data_plane || !strcasecmp(value, "kernel") ? 0 : -EINVAL;
}

/* HOST or HOST:PORT */
static int set_host(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	struct kpptp_client_settings *c = object;
	const char *colon = strchr(value, ':');
	size_t len = colon ? (size_t)(colon - value) : strlen(value);
	unsigned long port = c->port;
	char host[sizeof(c->host)];

	(void)k;
	if (len >= sizeof(host) ||
	    (colon && kpptp_valid_number(colon + 1, 1, 65535, &port)))
		return -EINVAL;
	memcpy(host, value, len);
	host[len] = '\0';
	p->why = kpptp_valid_server(host, sizeof(host));
	if (p->why)
		return -EINVAL;
	strcpy(c->host, host);
	c->port = port;
	return 0;
}

static int set_persist(struct parse *p, const struct key *k, const char *value,
		       void *object)
{
	p->now->has_persist = true;
	return set_bool(p, k, value, object);
}

static void warn_mode(struct parse *p, const struct kpptp_conf_file *f)
{
	if (f->mode & 077)
		kpptp_conf_complain(p, KPPTP_LOG_WARNING,
			 "[%s] others may read the password in %s (mode %04o): chmod 600 it",
			 p->section, f->path, f->mode);
}

static int set_password(struct parse *p, const struct key *k,
			const char *value, void *object)
{
	const struct kpptp_conf_file *self;

	p->now->has_password = true;
	if (!kpptp_conf_source_get(p->source, p->path, &self))
		warn_mode(p, self);
	return set_raw(p, k, value, object);
}

/* A relative path begins at the directory of the configuration file. */
static int password_path(struct parse *p, const char *value, char *out,
			 size_t size)
{
	const char *slash = strrchr(p->path, '/');
	int dir = *value == '/' || !slash ? 0 : (int)(slash - p->path) + 1;

	return (size_t)snprintf(out, size, "%.*s%s", dir, p->path, value) < size ?
		0 : -EINVAL;
}

/* The first line of the file. */
static int set_password_file(struct parse *p, const struct key *k,
			     const char *value, void *object)
{
	struct kpptp_client_settings *c = object;
	const struct kpptp_conf_file *f;
	char path[KPPTP_PATH_SIZE];
	size_t len;
	int err;

	p->now->has_password_file = true;
	if (!*value || password_path(p, value, path, sizeof(path)))
		return -EINVAL;
	err = kpptp_conf_source_get(p->source, path, &f);
	if (err) {
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "[%s] %s = %s: cannot read it: %s",
			 p->section, k->name, value, strerror(-err));
		return -EALREADY;
	}
	warn_mode(p, f);
	len = strcspn(f->text, "\r\n");
	if (!len || len >= sizeof(c->password)) {
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[%s] %s = %s: its first line must be the password, 1 to %zu octets",
			 p->section, k->name, value, sizeof(c->password) - 1);
		return -EALREADY;
	}
	memcpy(c->password, f->text, len);
	c->password[len] = '\0';
	return 0;
}

/* -------------------------------------------------------------- tables */

#define MEMBER(type, m) offsetof(struct type, m), \
			sizeof(((struct type *)0)->m)
#define WORDS(n, fn, type, m, text) \
	{ .name = n, .set = fn, MEMBER(type, m), .allowed = text }
#define AT_START(n, fn, type, m, text) \
	{ .name = n, .set = fn, MEMBER(type, m), .allowed = text, .at_start = true }
#define NUMBER(n, type, m, lo, hi, mul, text) \
	{ n, set_number, MEMBER(type, m), lo, hi, mul, text, false, false, false }
#define ROUTES(type, m) \
	{ .name = "routes", .set = set_routes, MEMBER(type, m), \
	  .allowed = "IPv4 and IPv6 networks A/LEN separated by commas, 32 at the most in as many lines as you like", \
	  .many = true }
#define YESNO(n, type, m) WORDS(n, set_bool, type, m, "yes or no")

static const struct key global_keys[] = {
	AT_START("run-dir", set_path, kpptp_conf_global, run_dir,
	      "an absolute path of up to 107 octets"),
	AT_START("socket", set_path, kpptp_conf_global, socket,
	      "an absolute path of up to 107 octets"),
	AT_START("user", set_name, kpptp_conf_global, user,
	      "the name of an account"),
	WORDS("log-level", set_level, kpptp_conf_global, log_level,
	      "error, warning, info or debug"),
	AT_START("pppd", set_path, kpptp_conf_global, pppd,
	      "the absolute path of pppd"),
	AT_START("plugin", set_path, kpptp_conf_global, plugin,
	      "the absolute path of pppd's plugin kpptp.so"),
	AT_START("dns-hook", set_path, kpptp_conf_global, dns_hook,
	      "the absolute path of a program"),
	AT_START("resolv-conf", set_path, kpptp_conf_global, resolv_conf,
	      "the absolute path of a file like /etc/resolv.conf"),
	AT_START("data-plane", set_data_plane, kpptp_conf_global, null_data_plane,
	      "kernel, or null for tests without kernel and pppd"),
};

static const struct key server_keys[] = {
	YESNO("enabled", kpptp_server_settings, enabled),
	WORDS("listen", set_listen, kpptp_server_settings, listen,
	      "up to 16 IPv4 addresses of this host separated by commas"),
	NUMBER("port", kpptp_server_settings, port, 1, 65535, 1,
	       "a TCP port from 1 to 65535"),
	WORDS("host-name", set_text, kpptp_server_settings, host_name,
	      "up to 64 octets (RFC 2637 2.1)"),
	WORDS("vendor", set_text, kpptp_server_settings, vendor,
	      "up to 64 octets (RFC 2637 2.1)"),
	NUMBER("max-connections", kpptp_server_settings, max_connections,
	       1, 1000000, 1, "a number from 1 to 1000000"),
	NUMBER("max-connections-per-address", kpptp_server_settings,
	       max_connections_per_address, 1, 1000000, 1,
	       "a number from 1 to 1000000"),
	NUMBER("max-sessions", kpptp_server_settings, max_sessions,
	       1, 1000000, 1, "a number from 1 to 1000000"),
	NUMBER("max-sessions-per-address", kpptp_server_settings,
	       max_sessions_per_address, 1, 1000000, 1,
	       "a number from 1 to 1000000"),
	NUMBER("max-starting", kpptp_server_settings, max_starting, 1, 100000,
	       1, "a number from 1 to 100000"),
	WORDS("single-session", set_single, kpptp_server_settings,
	      single_session, "no, replace or refuse"),
	NUMBER("connect-rate", kpptp_server_settings, connect_rate, 0, 1000, 1,
	       "connections a second from 1 to 1000, or 0 for no limit"),
	{ .name = "allow", .set = set_routes,
	  MEMBER(kpptp_server_settings, allow), .many = true,
	  .allowed = "IPv4 networks A/LEN separated by commas, 32 at the most in as many lines as you like" },
	NUMBER("max-calls", kpptp_server_settings, max_calls, 1, 65535, 1,
	       "a number from 1 to 65535"),
	NUMBER("echo-interval", kpptp_server_settings, timers.echo_interval,
	       0, 86400, 1000, "seconds from 1 to 86400, or 0 for no echo"),
	NUMBER("echo-timeout", kpptp_server_settings, timers.echo_timeout,
	       1, 86400, 1000, "seconds from 1 to 86400"),
	NUMBER("startup-timeout", kpptp_server_settings, timers.startup,
	       1, 3600, 1000, "seconds from 1 to 3600"),
	WORDS("local-ip", set_addr, kpptp_server_settings, local_ip,
	      "an IPv4 address, our end of every link"),
	{ .name = "pool", .set = set_pool, .many = true,
	  .allowed = "ranges A-B, prefixes A/LEN and addresses separated by commas, in as many lines as you like" },
	WORDS("dns", set_dns, kpptp_server_settings, ppp.dns,
	      "one or two IPv4 addresses separated by a comma"),
	WORDS("auth", set_auth, kpptp_server_settings, ppp.auth,
	      KPPTP_CONF_AUTH_ALLOWED),
	WORDS("mppe", set_mppe, kpptp_server_settings, ppp.mppe,
	      KPPTP_CONF_MPPE_ALLOWED),
	NUMBER("mtu", kpptp_server_settings, ppp.mtu, KPPTP_MTU_MIN,
	       KPPTP_MTU_MAX, 1,
	       "octets from 576 to 16384"),
	YESNO("ipv6", kpptp_server_settings, ppp.ipv6),
	WORDS("pppd-options", set_options, kpptp_server_settings, ppp.options,
	      "options of pppd(8) in one line, up to 1023 octets"),
};

_Static_assert(offsetof(struct kpptp_client_settings, port) ==
	       offsetof(struct kpptp_client_settings, host) + KPPTP_HOST_SIZE,
	       "the port is behind the host");

static const struct key client_keys[] = {
	{ .name = "server", .set = set_host,
	  .offset = offsetof(struct kpptp_client_settings, host),
	  .size = KPPTP_HOST_SIZE + sizeof(uint16_t),	/* and port */
	  .allowed = "HOST or HOST:PORT, a name or an IPv4 address" },
	WORDS("user", set_text, kpptp_client_settings, user,
	      "a user name of up to 255 octets"),
	{ "password", set_password, MEMBER(kpptp_client_settings, password),
	  0, 0, 0, "a password of up to 255 octets", true, false, false },
	WORDS("password-file", set_password_file, kpptp_client_settings,
	      password, "the path of a file whose first line is the password"),
	WORDS("auth", set_auth, kpptp_client_settings, ppp.auth,
	      KPPTP_CONF_AUTH_ALLOWED),
	WORDS("mppe", set_mppe, kpptp_client_settings, ppp.mppe,
	      KPPTP_CONF_MPPE_ALLOWED),
	NUMBER("mtu", kpptp_client_settings, ppp.mtu, KPPTP_MTU_MIN,
	       KPPTP_MTU_MAX, 1,
	       "octets from 576 to 16384"),
	YESNO("ipv6", kpptp_client_settings, ppp.ipv6),
	{ .name = "default-route", .set = set_default_route,
	  .allowed = "yes or no" },
	ROUTES(kpptp_client_settings, ppp.routes),
	YESNO("dns", kpptp_client_settings, ppp.use_dns),
	YESNO("autostart", kpptp_client_settings, autostart),
	{ "persist", set_persist, MEMBER(kpptp_client_settings, persist),
	  0, 0, 0, "yes or no", false, false, false },
	YESNO("demand", kpptp_client_settings, demand),
	NUMBER("idle-timeout", kpptp_client_settings, ppp.idle, 0, 86400, 1,
	       "seconds from 1 to 86400, or 0 for no limit"),
	NUMBER("retry-min", kpptp_client_settings, backoff_min, 1, 86400, 1000,
	       "seconds from 1 to 86400"),
	NUMBER("retry-max", kpptp_client_settings, backoff_max, 1, 86400, 1000,
	       "seconds from 1 to 86400, not below retry-min"),
	NUMBER("connect-timeout", kpptp_client_settings, connect_timeout,
	       0, 3600, 1000, "seconds from 1 to 3600, or 0 for no limit"),
	WORDS("pppd-options", set_options, kpptp_client_settings, ppp.options,
	      "options of pppd(8) in one line, up to 1023 octets"),
	NUMBER("call-id", kpptp_client_settings, call_id, 0, 65535, 1,
	       "a number from 1 to 65535, or 0 to have one chosen"),
	WORDS("phone-number", set_text, kpptp_client_settings, phone_number,
	      "up to 64 octets (RFC 2637 2.7)"),
	WORDS("host-name", set_text, kpptp_client_settings, host_name,
	      "up to 64 octets (RFC 2637 2.1)"),
	WORDS("vendor", set_text, kpptp_client_settings, vendor,
	      "up to 64 octets (RFC 2637 2.1)"),
	WORDS("local-address", set_addr, kpptp_client_settings, local_address,
	      "an IPv4 address of this host"),
	NUMBER("echo-interval", kpptp_client_settings, timers.echo_interval,
	       0, 86400, 1000, "seconds from 1 to 86400, or 0 for no echo"),
	NUMBER("echo-timeout", kpptp_client_settings, timers.echo_timeout,
	       1, 86400, 1000, "seconds from 1 to 86400"),
	NUMBER("startup-timeout", kpptp_client_settings, timers.startup,
	       1, 3600, 1000, "seconds from 1 to 3600"),
};

static const struct key peer_keys[] = {
	WORDS("user", set_filled, kpptp_peer_settings, user,
	      "a user name of 1 to 255 octets"),
	WORDS("address", set_addr, kpptp_peer_settings, address,
	      "an IPv4 address, the peer's end of the link"),
	ROUTES(kpptp_peer_settings, routes),
	WORDS("client", set_name, kpptp_peer_settings, client,
	      "the name of a [client NAME] section"),
};

#define KEYS(a) { a, sizeof(a) / sizeof((a)[0]) }

const struct keys kpptp_conf_global_keys = KEYS(global_keys);
const struct keys kpptp_conf_server_keys = KEYS(server_keys);
const struct keys kpptp_conf_client_keys = KEYS(client_keys);
const struct keys kpptp_conf_peer_keys = KEYS(peer_keys);

/* ---------------------------------------------------------------- whole */

static void finish_client(struct parse *p, const struct section_seen *seen)
{
	struct kpptp_client_settings *c = &p->conf->client[seen->index];
	const char *why;

	c->call = p->conf->call;
	if (!seen->has_persist)
		c->persist = c->autostart;
	if (seen->default_route &&
	    kpptp_prefixes_add("0.0.0.0/0", &c->ppp.routes, &why))
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, seen->name,
				       "default-route", "= yes: %s", why);
}

static void finish(struct parse *p)
{
	struct kpptp_conf *conf = p->conf;
	struct kpptp_conf_global *g = &conf->global;
	const struct section_seen *seen;

	p->number = 0;
	conf->server.call = conf->call;
	conf->server.timers.shutdown = SHUTDOWN_MS;
	TAILQ_FOREACH(seen, &p->clients, entry)
		finish_client(p, seen);
	kpptp_conf_check(p);
	if (*g->socket)
		return;
	if ((size_t)snprintf(g->socket, sizeof(g->socket), "%s/kpptpd.sock",
			     g->run_dir) >= sizeof(g->socket))
		kpptp_conf_complain_of(p, KPPTP_LOG_ERROR, "global", "run-dir",
				       "is too long for a socket in it");
}

static void set_defaults(struct kpptp_conf *conf)
{
	static const struct kpptp_server_settings server =
		KPPTP_SERVER_DEFAULTS;
	static const struct kpptp_conf_global global = {
		.run_dir = "/run/kpptp",
		.log_level = KPPTP_LOG_INFO,
		.pppd = KPPTP_PPPD_PATH,
		.plugin = KPPTP_PLUGIN_PATH,
		.dns_hook = KPPTP_DNS_HOOK,
		.resolv_conf = "/etc/resolv.conf",
	};

	memset(conf, 0, sizeof(*conf));
	conf->global = global;
	conf->server = server;
	kpptp_call_params_init(&conf->call);
}

int kpptp_conf_parse(struct kpptp_conf_source *source, const char *path,
		     struct kpptp_conf *conf, kpptp_conf_report_fn report,
		     void *arg)
{
	struct parse p = {
		.source = source, .path = path, .conf = conf,
		.report = report, .arg = arg,
	};
	const struct kpptp_conf_file *file;
	int err;

	set_defaults(conf);
	err = kpptp_conf_source_get(source, path, &file);
	if (err) {
		kpptp_conf_complain(&p, KPPTP_LOG_ERROR, "cannot read it: %s",
			 strerror(-err));
		return err;
	}
	kpptp_conf_read(&p, file);
	finish(&p);
	kpptp_conf_forget_sections(&p);
	if (!p.errors)
		return 0;
	kpptp_conf_free(conf);
	return -EINVAL;
}
