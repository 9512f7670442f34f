// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf.c - the configuration file, read by inih into plain settings
 *
 * Each section is a table of keys; each key says how its value is read, where
 * it goes and, in words, what is allowed. The words are part of every
 * complaint, so they state unit and range.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kpptp.h>

#include "conf_int.h"
#include "log_setup.h"

#define SHUTDOWN_MS	8000	/* with pppd's own 5 s inside, 10 s in all */
#define CLIENT_PREFIX	"client "
#define PEER_PREFIX	"peer "

/**
 * struct key - one key of a section
 * @name: in the file
 * @set: reads @value into the object; returns 0 or -EINVAL, or -EALREADY when
 *	it has complained itself
 * @offset: of the member in the section's structure
 * @size: of the member
 * @min: smallest number
 * @max: largest number
 * @scale: what the number is multiplied with
 * @allowed: in words
 * @secret: the value is not repeated in complaints
 * @many: may be given more than once
 */
struct key {
	const char *name;
	int (*set)(struct parse *p, const struct key *k, const char *value,
		   void *object);
	size_t offset;
	size_t size;
	unsigned long min;
	unsigned long max;
	unsigned long scale;
	const char *allowed;
	bool secret;
	bool many;
};

void kpptp_conf_complain(struct parse *p, enum kpptp_log_level level,
			 const char *fmt, ...)
{
	char text[768];
	size_t used = 0;
	va_list ap;

	if (p->line > 0)
		used = snprintf(text, sizeof(text), "%s:%d: ", p->path, p->line);
	else
		used = snprintf(text, sizeof(text), "%s: ", p->path);
	if (used >= sizeof(text))
		used = sizeof(text) - 1;
	va_start(ap, fmt);
	vsnprintf(text + used, sizeof(text) - used, fmt, ap);
	va_end(ap);
	if (level == KPPTP_LOG_ERROR)
		p->errors++;
	p->report(p->arg, level, text);
}

/* ------------------------------------------------------------- readers */

static int set_bool(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	bool *out = (bool *)((char *)object + k->offset);

	(void)p;
	if (!strcmp(value, "yes") || !strcmp(value, "on"))
		*out = true;
	else if (!strcmp(value, "no") || !strcmp(value, "off"))
		*out = false;
	else
		return -EINVAL;
	return 0;
}

static int read_number(const char *value, unsigned long min, unsigned long max,
		       unsigned long *out)
{
	char *end;

	if (*value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	*out = strtoul(value, &end, 0);
	if (errno || *end || *out < min || *out > max)
		return -EINVAL;
	return 0;
}

static int set_number(struct parse *p, const struct key *k, const char *value,
		      void *object)
{
	void *out = (char *)object + k->offset;
	unsigned long n;

	(void)p;
	if (read_number(value, k->min, k->max, &n))
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

static int set_text(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	(void)p;
	if (strlen(value) >= k->size)
		return -EINVAL;
	strcpy((char *)object + k->offset, value);
	return 0;
}

static int set_path(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	return *value == '/' ? set_text(p, k, value, object) : -EINVAL;
}

static int set_device(struct parse *p, const struct key *k, const char *value,
		      void *object)
{
	if (strpbrk(value, "/ :") || !strcmp(value, ".") || !strcmp(value, ".."))
		return -EINVAL;
	return set_text(p, k, value, object);
}

static int set_addr(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	(void)p;
	return inet_pton(AF_INET, value, (char *)object + k->offset) == 1 ?
		0 : -EINVAL;
}

/* Reads addresses separated by commas. Return: how many, or -EINVAL. */
static int read_addrs(const char *value, struct in_addr *out, int max)
{
	char copy[512], *rest = copy, *item;
	int n = 0;

	if (strlen(value) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, value);
	while ((item = strsep(&rest, ", "))) {
		if (!*item)
			continue;
		if (n == max || inet_pton(AF_INET, item, &out[n]) != 1)
			return -EINVAL;
		n++;
	}
	return n ? n : -EINVAL;
}

static int set_listen(struct parse *p, const struct key *k, const char *value,
		      void *object)
{
	struct kpptp_server_settings *s = object;
	int n = read_addrs(value, s->listen, KPPTP_MAX_LISTEN);

	(void)p;
	(void)k;
	if (n < 0)
		return n;
	s->n_listen = n;
	return 0;
}

static int set_dns(struct parse *p, const struct key *k, const char *value,
		   void *object)
{
	struct kpptp_server_settings *s = object;
	int n = read_addrs(value, s->ppp.dns, KPPTP_MAX_DNS);

	(void)p;
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
	here.offset = offsetof(struct client_seen, default_route);
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
	if (!strcmp(text, "none"))
		return 0;
	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	while ((item = strsep(&rest, ", "))) {
		if (!*item)
			continue;
		for (i = 0; i < sizeof(method) / sizeof(method[0]); i++)
			if (!strcmp(item, method[i].name))
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
	if (!strcmp(text, "no"))
		*mppe = KPPTP_MPPE_NO;
	else if (!strcmp(text, "allow"))
		*mppe = KPPTP_MPPE_ALLOW;
	else if (!strcmp(text, "require"))
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
	g->null_data_plane = !strcmp(value, "null");
	return g->null_data_plane || !strcmp(value, "kernel") ? 0 : -EINVAL;
}

static int set_tos(struct parse *p, const struct key *k, const char *value,
		   void *object)
{
	struct kpptp_call_settings *call = object;
	unsigned long n;

	(void)p;
	(void)k;
	call->tos_inherit = !strcmp(value, "inherit");
	if (call->tos_inherit)
		return 0;
	/* The two low bits are ECN's (RFC 6040). */
	if (read_number(value, 0, 252, &n) || n & 3)
		return -EINVAL;
	call->tos = n;
	return 0;
}

static int set_pmtu(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	struct kpptp_call_settings *call = object;
	struct key here = { .offset = 0 };
	bool on;

	(void)k;
	if (!strcmp(value, "copy")) {
		call->pmtu_mode = KPPTP_PMTU_MODE_COPY;
		return 0;
	}
	if (set_bool(p, &here, value, &on))
		return -EINVAL;
	call->pmtu_mode = on ? KPPTP_PMTU_MODE_DISCOVER :
			       KPPTP_PMTU_MODE_FRAGMENT;
	return 0;
}

/* HOST or HOST:PORT */
static int set_host(struct parse *p, const struct key *k, const char *value,
		    void *object)
{
	struct kpptp_client_settings *c = object;
	const char *colon = strchr(value, ':');
	size_t len = colon ? (size_t)(colon - value) : strlen(value);
	unsigned long port = c->port;

	(void)p;
	(void)k;
	if (!len || len >= sizeof(c->host) ||
	    strcspn(value, " /") < strlen(value) ||
	    (colon && read_number(colon + 1, 1, 65535, &port)))
		return -EINVAL;
	memcpy(c->host, value, len);
	c->host[len] = '\0';
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
	return set_text(p, k, value, object);
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
#define NUMBER(n, type, m, lo, hi, mul, text) \
	{ n, set_number, MEMBER(type, m), lo, hi, mul, text, false, false }
#define ROUTES(type, m) \
	{ .name = "routes", .set = set_routes, MEMBER(type, m), \
	  .allowed = "IPv4 and IPv6 networks A/LEN separated by commas, 32 at the most in as many lines as you like", \
	  .many = true }
#define YESNO(n, type, m) WORDS(n, set_bool, type, m, "yes or no")

static const struct key global_keys[] = {
	WORDS("run-dir", set_path, kpptp_conf_global, run_dir,
	      "an absolute path of up to 107 octets"),
	WORDS("socket", set_path, kpptp_conf_global, socket,
	      "an absolute path of up to 107 octets"),
	YESNO("privsep", kpptp_conf_global, privsep),
	WORDS("user", set_text, kpptp_conf_global, user,
	      "the name of an account"),
	WORDS("log-level", set_level, kpptp_conf_global, log_level,
	      "error, warning, info or debug"),
	WORDS("pppd", set_path, kpptp_conf_global, pppd,
	      "the absolute path of pppd"),
	WORDS("plugin", set_path, kpptp_conf_global, plugin,
	      "the absolute path of pppd's plugin kpptp.so"),
	WORDS("dns-hook", set_path, kpptp_conf_global, dns_hook,
	      "the absolute path of a program"),
	WORDS("resolv-conf", set_path, kpptp_conf_global, resolv_conf,
	      "the absolute path of a file like /etc/resolv.conf"),
	WORDS("data-plane", set_data_plane, kpptp_conf_global, null_data_plane,
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
	NUMBER("mtu", kpptp_server_settings, ppp.mtu, 576, 16384, 1,
	       "octets from 576 to 16384"),
	YESNO("ipv6", kpptp_server_settings, ppp.ipv6),
	WORDS("pppd-options", set_text, kpptp_server_settings, ppp.options,
	      "options of pppd(8) in one line, up to 1023 octets"),
};

static const struct key call_keys[] = {
	NUMBER("rx-window", kpptp_call_settings, rx_window, 1, 65535, 1,
	       "packets from 1 to 65535"),
	{ "tx-window", set_bool, MEMBER(kpptp_call_settings, tx_window), 0, 0, 0,
	  "on or off", false, false },
	NUMBER("ack-delay", kpptp_call_settings, ack_delay_us, 0,
	       KPPTP_ACK_DELAY_MAX / 1000, 1000, "milliseconds from 0 to 10000"),
	NUMBER("reorder-limit", kpptp_call_settings, reorder_limit, 0,
	       KPPTP_REORDER_LIMIT_MAX, 1,
	       "packets from 1 to 1024, or 0 for no reordering"),
	NUMBER("reorder-time", kpptp_call_settings, reorder_time_us, 0,
	       KPPTP_REORDER_TIME_MAX / 1000, 1000,
	       "milliseconds from 0 to 1000"),
	WORDS("tos", set_tos, kpptp_call_settings, tos,
	      "a TOS octet from 0 to 252 whose ECN bits are 0 (a multiple of 4), or inherit"),
	NUMBER("ttl", kpptp_call_settings, ttl, 0, 255, 1,
	       "a number from 1 to 255, or 0 for the system's default"),
	WORDS("pmtu", set_pmtu, kpptp_call_settings, pmtu_mode,
	      "yes, no or copy"),
	NUMBER("mark", kpptp_call_settings, mark, 0, UINT32_MAX, 1,
	       "a firewall mark from 0 to 0xffffffff"),
	WORDS("device", set_device, kpptp_call_settings, device,
	      "the name of an interface or VRF"),
	YESNO("offload", kpptp_call_settings, offload),
};

static const struct key client_keys[] = {
	WORDS("server", set_host, kpptp_client_settings, host,
	      "HOST or HOST:PORT, a name or an IPv4 address"),
	WORDS("user", set_text, kpptp_client_settings, user,
	      "a user name of up to 255 octets"),
	{ "password", set_password, MEMBER(kpptp_client_settings, password),
	  0, 0, 0, "a password of up to 255 octets", true, false },
	WORDS("password-file", set_password_file, kpptp_client_settings,
	      password, "the path of a file whose first line is the password"),
	WORDS("auth", set_auth, kpptp_client_settings, ppp.auth,
	      KPPTP_CONF_AUTH_ALLOWED),
	WORDS("mppe", set_mppe, kpptp_client_settings, ppp.mppe,
	      KPPTP_CONF_MPPE_ALLOWED),
	NUMBER("mtu", kpptp_client_settings, ppp.mtu, 576, 16384, 1,
	       "octets from 576 to 16384"),
	YESNO("ipv6", kpptp_client_settings, ppp.ipv6),
	{ .name = "default-route", .set = set_default_route,
	  .allowed = "yes or no" },
	ROUTES(kpptp_client_settings, ppp.routes),
	YESNO("dns", kpptp_client_settings, ppp.use_dns),
	YESNO("autostart", kpptp_client_settings, autostart),
	{ "persist", set_persist, MEMBER(kpptp_client_settings, persist),
	  0, 0, 0, "yes or no", false, false },
	YESNO("demand", kpptp_client_settings, demand),
	NUMBER("idle-timeout", kpptp_client_settings, ppp.idle, 0, 86400, 1,
	       "seconds from 1 to 86400, or 0 for no limit"),
	NUMBER("retry-min", kpptp_client_settings, backoff_min, 1, 86400, 1000,
	       "seconds from 1 to 86400"),
	NUMBER("retry-max", kpptp_client_settings, backoff_max, 1, 86400, 1000,
	       "seconds from 1 to 86400, not below retry-min"),
	NUMBER("connect-timeout", kpptp_client_settings, connect_timeout,
	       0, 3600, 1000, "seconds from 1 to 3600, or 0 for no limit"),
	WORDS("pppd-options", set_text, kpptp_client_settings, ppp.options,
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
	WORDS("user", set_text, kpptp_peer_settings, user,
	      "a user name of up to 255 octets"),
	WORDS("address", set_addr, kpptp_peer_settings, address,
	      "an IPv4 address, the peer's end of the link"),
	ROUTES(kpptp_peer_settings, routes),
	WORDS("client", set_text, kpptp_peer_settings, client,
	      "the name of a [client NAME] section"),
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ------------------------------------------------------------ handling */

/* "allowed are a, b and c" for a key that does not exist. */
static void complain_key(struct parse *p, const char *name,
			 const struct key *keys, size_t n)
{
	char list[512] = "";
	size_t i, used = 0;

	for (i = 0; i < n && used < sizeof(list); i++)
		used += snprintf(list + used, sizeof(list) - used, "%s%s",
				 i ? ", " : "", keys[i].name);
	kpptp_conf_complain(p, KPPTP_LOG_ERROR, "[%s] has no key \"%s\"; allowed are %s",
		 p->section, name, list);
}

static void set_key(struct parse *p, const struct key *keys, size_t n,
		    uint64_t *seen, void *object, const char *name,
		    const char *value)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(name, keys[i].name))
			break;
	if (i == n) {
		complain_key(p, name, keys, n);
		return;
	}
	if (*seen & (UINT64_C(1) << i) && !keys[i].many) {
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[%s] %s is given twice; a line that begins with a blank continues the line before it",
			 p->section, name);
		return;
	}
	*seen |= UINT64_C(1) << i;
	if (keys[i].set(p, &keys[i], value, object) != -EINVAL)
		return;
	kpptp_conf_complain(p, KPPTP_LOG_ERROR, "[%s] %s = %s: allowed is %s", p->section,
		 name, keys[i].secret ? "..." : value, keys[i].allowed);
}

static int name_ok(const char *name)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t len = strlen(name);

	return len && len < KPPTP_NAME_SIZE && strspn(name, ok) == len;
}

/* Index of the section, made when it is new; -1 on an error. */
static int client_section(struct parse *p, const char *name)
{
	static const struct kpptp_client_settings defaults =
		KPPTP_CLIENT_DEFAULTS;
	struct kpptp_conf *conf = p->conf;
	unsigned int i, n = conf->n_clients;
	struct client_seen *seen;
	void *grown;

	for (i = 0; i < n; i++)
		if (!strcmp(conf->client[i].name, name))
			return i;
	if (!name_ok(name)) {
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[client %s]: a name has 1 to 63 letters, digits, \"_\", \".\" or \"-\"",
			 name);
		return -1;
	}
	seen = reallocarray(p->client_seen, n + 1, sizeof(*seen));
	if (seen)
		p->client_seen = seen;
	grown = reallocarray(conf->client, n + 1, sizeof(*conf->client));
	if (grown)
		conf->client = grown;
	if (!seen || !grown) {
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "out of memory");
		return -1;
	}
	memset(&seen[n], 0, sizeof(*seen));
	conf->client[n] = defaults;
	strcpy(conf->client[n].name, name);
	return conf->n_clients++;
}

static void client_key(struct parse *p, const char *section, const char *name,
		       const char *value)
{
	int i = client_section(p, section + strlen(CLIENT_PREFIX));

	if (i < 0)
		return;
	p->now = &p->client_seen[i];
	set_key(p, client_keys, COUNT(client_keys), &p->now->keys,
		&p->conf->client[i], name, value);
	p->now = NULL;
}

/* Index of the section, made when it is new; -1 on an error. */
static int peer_section(struct parse *p, const char *name)
{
	struct kpptp_conf *conf = p->conf;
	unsigned int i, n = conf->n_peers;
	struct peer_seen *seen;
	void *grown;

	for (i = 0; i < n; i++)
		if (!strcmp(p->peer_seen[i].name, name))
			return i;
	if (!name_ok(name)) {
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[peer %s]: a name has 1 to 63 letters, digits, \"_\", \".\" or \"-\"; give any other user name as user = NAME",
			 name);
		return -1;
	}
	seen = reallocarray(p->peer_seen, n + 1, sizeof(*seen));
	if (seen)
		p->peer_seen = seen;
	grown = reallocarray(conf->peer, n + 1, sizeof(*conf->peer));
	if (grown)
		conf->peer = grown;
	if (!seen || !grown) {
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "out of memory");
		return -1;
	}
	memset(&seen[n], 0, sizeof(*seen));
	strcpy(seen[n].name, name);
	memset(&conf->peer[n], 0, sizeof(*conf->peer));
	strcpy(conf->peer[n].user, name);
	return conf->n_peers++;
}

static void peer_key(struct parse *p, const char *section, const char *name,
		     const char *value)
{
	int i = peer_section(p, section + strlen(PEER_PREFIX));

	if (i >= 0)
		set_key(p, peer_keys, COUNT(peer_keys), &p->peer_seen[i].keys,
			&p->conf->peer[i], name, value);
}

static int on_key(void *arg, const char *section, const char *name,
		  const char *value)
{
	struct parse *p = arg;
	struct kpptp_conf *conf = p->conf;

	p->section = section;
	if (!strcmp(section, "global"))
		set_key(p, global_keys, COUNT(global_keys), &p->seen[0],
			&conf->global, name, value);
	else if (!strcmp(section, "server"))
		set_key(p, server_keys, COUNT(server_keys), &p->seen[1],
			&conf->server, name, value);
	else if (!strcmp(section, "call"))
		set_key(p, call_keys, COUNT(call_keys), &p->seen[2],
			&conf->call, name, value);
	else if (!strncmp(section, CLIENT_PREFIX, strlen(CLIENT_PREFIX)))
		client_key(p, section, name, value);
	else if (!strncmp(section, PEER_PREFIX, strlen(PEER_PREFIX)))
		peer_key(p, section, name, value);
	else
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "there is no section [%s]; allowed are [global], [server], [call], [client NAME] and [peer NAME]",
			 section);
	return 1;
}

/* Hands inih one line at a time and counts them. */
static char *next_line(char *str, int num, void *arg)
{
	struct parse *p = arg;
	size_t len = strcspn(p->rest, "\n");

	if (!*p->rest)
		return NULL;
	p->line++;
	if (p->rest[len] == '\n')
		len++;
	if (len >= (size_t)num) {
		/* inih would take the rest for a line of its own. */
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "the line is longer than %d octets", num - 2);
		strcpy(str, "\n");
	} else {
		memcpy(str, p->rest, len);
		str[len] = '\0';
	}
	p->rest += len;
	return str;
}

/* ---------------------------------------------------------------- whole */

static void add_default_route(struct parse *p, struct kpptp_client_settings *c)
{
	const char *why;

	if (kpptp_prefixes_add("0.0.0.0/0", &c->ppp.routes, &why))
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "[client %s] default-route: %s",
			 c->name, why);
}

static void finish(struct parse *p)
{
	struct kpptp_conf *conf = p->conf;
	struct kpptp_conf_global *g = &conf->global;
	unsigned int i;

	p->line = 0;
	conf->server.call = conf->call;
	conf->server.timers.shutdown = SHUTDOWN_MS;
	for (i = 0; i < conf->n_clients; i++) {
		struct kpptp_client_settings *c = &conf->client[i];

		c->call = conf->call;
		if (!p->client_seen[i].has_persist)
			c->persist = c->autostart;
		if (p->client_seen[i].default_route)
			add_default_route(p, c);
	}
	kpptp_conf_check(p);
	if (*g->socket)
		return;
	if ((size_t)snprintf(g->socket, sizeof(g->socket), "%s/kpptpd.sock",
			     g->run_dir) >= sizeof(g->socket))
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[global] run-dir is too long for a socket in it");
}

static void set_defaults(struct kpptp_conf *conf)
{
	static const struct kpptp_server_settings server =
		KPPTP_SERVER_DEFAULTS;
	static const struct kpptp_call_settings call = KPPTP_CALL_DEFAULTS;
	static const struct kpptp_conf_global global = {
		.run_dir = "/run/kpptp",
		.privsep = true,
		.log_level = KPPTP_LOG_INFO,
		.pppd = KPPTP_PPPD_PATH,
		.plugin = KPPTP_PLUGIN_PATH,
		.dns_hook = KPPTP_DNS_HOOK,
		.resolv_conf = "/etc/resolv.conf",
	};

	memset(conf, 0, sizeof(*conf));
	conf->global = global;
	conf->server = server;
	conf->call = call;
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
	p.rest = file->text;
	err = ini_parse_stream(next_line, &p, on_key, &p);
	if (err > 0) {
		p.line = err;
		kpptp_conf_complain(&p, KPPTP_LOG_ERROR,
			 "neither a [section] nor a \"key = value\"");
	} else if (err < 0) {
		kpptp_conf_complain(&p, KPPTP_LOG_ERROR, "out of memory");
	}
	finish(&p);
	free(p.client_seen);
	free(p.peer_seen);
	if (!p.errors) {
		kpptp_conf_index(conf);
		return 0;
	}
	kpptp_conf_free(conf);
	return -EINVAL;
}
