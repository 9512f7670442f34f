// SPDX-License-Identifier: GPL-2.0-or-later
/* ctl_request.c - reading connect requests */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lib/valid.h"
#include "ctl_request.h"

#define CONNECT_SECONDS	30	/* with wait and without timeout */

static int complain(char why[KPPTP_WHY_SIZE], const char *text)
{
	snprintf(why, KPPTP_WHY_SIZE, "%s", text);
	return -EINVAL;
}

/* @reason is a phrase of valid.h, or NULL */
static int check(const char *key, const char *reason, char *why)
{
	if (!reason)
		return 0;
	snprintf(why, KPPTP_WHY_SIZE, "%s is not valid: it %s", key, reason);
	return -EINVAL;
}

static int read_words(struct json_object *request,
		      struct kpptp_ppp_settings *ppp, char *why)
{
	char auth[64] = "", mppe[16] = "";

	if (kpptp_ctl_text(request, "auth", auth, sizeof(auth), why) ||
	    kpptp_ctl_text(request, "mppe", mppe, sizeof(mppe), why))
		return -EINVAL;
	if (*auth && kpptp_conf_auth(auth, &ppp->auth))
		return complain(why, "auth is " KPPTP_CONF_AUTH_ALLOWED);
	if (*mppe && kpptp_conf_mppe(mppe, &ppp->mppe))
		return complain(why, "mppe is " KPPTP_CONF_MPPE_ALLOWED);
	return 0;
}

static int add_route(struct kpptp_prefixes *routes, const char *text, char *why)
{
	const char *reason;

	if (!kpptp_prefixes_add(text, routes, &reason))
		return 0;
	snprintf(why, KPPTP_WHY_SIZE, "route %.64s: %s", text, reason);
	return -EINVAL;
}

/* "routes": array of networks; "default_route": all the rest, too. */
static int read_routes(struct json_object *request,
		       struct kpptp_prefixes *routes, char *why)
{
	struct json_object *list = NULL;
	bool all = false;
	size_t i, n = 0;

	if (kpptp_ctl_bool(request, "default_route", &all, why))
		return -EINVAL;
	if (json_object_object_get_ex(request, "routes", &list) && list) {
		if (!json_object_is_type(list, json_type_array))
			return complain(why, "routes is an array of networks A/LEN");
		n = json_object_array_length(list);
	}
	for (i = 0; i < n; i++)
		if (add_route(routes, json_object_get_string(
			      json_object_array_get_idx(list, i)), why))
			return -EINVAL;
	return all ? add_route(routes, "0.0.0.0/0", why) : 0;
}

/* Everything but the host, from a request without "client". */
static int read_options(struct json_object *request,
			struct kpptp_client_settings *s, char *why)
{
	int port = s->port, mtu = s->ppp.mtu;

	if (kpptp_ctl_text(request, "user", s->user, sizeof(s->user), why) ||
	    kpptp_ctl_text(request, "password", s->password,
			   sizeof(s->password), why) ||
	    kpptp_ctl_text(request, "name", s->name, sizeof(s->name), why) ||
	    kpptp_ctl_text(request, "phone_number", s->phone_number,
			   sizeof(s->phone_number), why) ||
	    read_words(request, &s->ppp, why) ||
	    kpptp_ctl_int(request, "port", 1, 65535, &port, why) ||
	    kpptp_ctl_int(request, "mtu", KPPTP_MTU_MIN, KPPTP_MTU_MAX, &mtu, why) ||
	    kpptp_ctl_bool(request, "ipv6", &s->ppp.ipv6, why) ||
	    kpptp_ctl_bool(request, "persist", &s->persist, why) ||
	    kpptp_ctl_bool(request, "dns", &s->ppp.use_dns, why) ||
	    read_routes(request, &s->ppp.routes, why))
		return -EINVAL;
	s->port = port;
	s->ppp.mtu = mtu;
	if (kpptp_prefixes_ipv6(&s->ppp.routes) && !s->ppp.ipv6)
		return complain(why, "routes to IPv6 networks need IPv6 on the link: add ipv6");
	return *s->name ? check("name", kpptp_valid_name(s->name, sizeof(s->name)),
				why) : 0;
}

static int from_request(struct json_object *request,
			const struct kpptp_conf *conf,
			struct kpptp_client_settings *s, char *why)
{
	*s = (struct kpptp_client_settings)KPPTP_CLIENT_DEFAULTS;
	s->call = conf->call;
	if (kpptp_ctl_text(request, "host", s->host, sizeof(s->host), why))
		return -EINVAL;
	if (!*s->host)
		return complain(why, "connect needs host, or client with the name of a [client NAME] section");
	if (check("host", kpptp_valid_server(s->host, sizeof(s->host)), why) ||
	    read_options(request, s, why))
		return -EINVAL;
	if (!*s->name || !kpptp_conf_client(conf, s->name))
		return 0;
	snprintf(why, KPPTP_WHY_SIZE,
		 "\"%s\" is the name of a section of the configuration: use client, or another name",
		 s->name);
	return -EINVAL;
}

static int from_section(struct json_object *request,
			const struct kpptp_conf *conf,
			struct kpptp_client_settings *s, char *why)
{
	const struct kpptp_client_settings *found;
	char name[KPPTP_NAME_SIZE] = "";

	if (kpptp_ctl_text(request, "client", name, sizeof(name), why))
		return -EINVAL;
	found = kpptp_conf_client(conf, name);
	if (!found) {
		snprintf(why, KPPTP_WHY_SIZE,
			 "the configuration has no section [client %s]", name);
		return -EINVAL;
	}
	*s = *found;
	return 0;
}

int kpptp_ctl_read_connect(struct json_object *request,
			   const struct kpptp_conf *conf,
			   struct kpptp_ctl_connect *out,
			   char why[KPPTP_WHY_SIZE])
{
	struct kpptp_client_settings *s = &out->settings;
	int timeout = 0;

	out->wait = false;
	out->is_section = json_object_object_get_ex(request, "client", NULL);
	if (kpptp_ctl_bool(request, "wait", &out->wait, why) ||
	    kpptp_ctl_int(request, "timeout", 0, 3600, &timeout, why) ||
	    (out->is_section ? from_section(request, conf, s, why) :
			       from_request(request, conf, s, why)))
		return -EINVAL;
	if (timeout)
		s->connect_timeout = timeout * 1000;
	else if (out->wait && !s->connect_timeout)
		s->connect_timeout = CONNECT_SECONDS * 1000;
	return 0;
}
