// SPDX-License-Identifier: GPL-2.0-or-later
/* pppd_args.c - what a call means in options of pppd(8) */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pppd_args.h"

/* Seconds between LCP echoes, and how many may stay without an answer. */
#define LCP_ECHO_INTERVAL	"30"
#define LCP_ECHO_FAILURE	"4"

static void add(struct kpptp_pppd_args *args, const char *text)
{
	char *copy;

	if (args->err)
		return;
	if (args->n == KPPTP_PPPD_ARGS_MAX) {
		args->err = -E2BIG;
		return;
	}
	copy = strdup(text);
	if (!copy)
		args->err = -ENOMEM;
	else
		args->v[args->n++] = copy;
}

static void add_pair(struct kpptp_pppd_args *args, const char *option,
		     const char *value)
{
	add(args, option);
	add(args, value);
}

static void add_number(struct kpptp_pppd_args *args, const char *option,
		       unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	add_pair(args, option, text);
}

static void add_addr(struct kpptp_pppd_args *args, const char *option,
		     struct in_addr addr)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &addr, text, sizeof(text));
	add_pair(args, option, text);
}

static void add_link(struct kpptp_pppd_args *args,
		     const struct kpptp_ppp_request *req, int fd)
{
	add_addr(args, "kpptp-local", req->local);
	add_addr(args, "kpptp-peer", req->peer);
	add_number(args, "kpptp-call-id", req->call_id);
	add_number(args, "kpptp-peer-call-id", req->peer_call_id);
	add_number(args, "kpptp-fd", fd);
}

/* LOCAL:REMOTE, where what the peer shall say is left out. */
static void add_ip(struct kpptp_pppd_args *args,
		   const struct kpptp_ppp_request *req)
{
	char ours[INET_ADDRSTRLEN] = "", theirs[INET_ADDRSTRLEN] = "";
	char both[2 * INET_ADDRSTRLEN + 1];

	add(args, "noipdefault");
	if (!req->local_ip.s_addr && !req->remote_ip.s_addr)
		return;
	if (req->local_ip.s_addr)
		inet_ntop(AF_INET, &req->local_ip, ours, sizeof(ours));
	if (req->remote_ip.s_addr)
		inet_ntop(AF_INET, &req->remote_ip, theirs, sizeof(theirs));
	snprintf(both, sizeof(both), "%s:%s", ours, theirs);
	add(args, both);
}

static const struct {
	unsigned int bit;
	const char *require;
	const char *refuse;
} methods[] = {
	{ KPPTP_AUTH_MSCHAP_V2, "require-mschap-v2", "refuse-mschap-v2" },
	{ KPPTP_AUTH_MSCHAP, "require-mschap", "refuse-mschap" },
	{ KPPTP_AUTH_CHAP, "require-chap", "refuse-chap" },
	{ KPPTP_AUTH_PAP, "require-pap", "refuse-pap" },
	{ KPPTP_AUTH_EAP, "require-eap", "refuse-eap" },
};

/*
 * As server the peer proves itself with one of the methods and we never do:
 * with proofs in both directions pppd could not tell which makes the keys of
 * MPPE. As client the other way round.
 */
static void add_auth(struct kpptp_pppd_args *args,
		     const struct kpptp_ppp_request *req)
{
	unsigned int auth = req->settings->auth;
	size_t i;

	add(args, req->server && auth ? "auth" : "noauth");
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (req->server && auth & methods[i].bit)
			add(args, methods[i].require);
		if (req->server || !(auth & methods[i].bit))
			add(args, methods[i].refuse);
	}
	if (!req->server && *req->user)
		add_pair(args, "user", req->user);
}

static void add_mppe(struct kpptp_pppd_args *args, enum kpptp_mppe mppe)
{
	switch (mppe) {
	case KPPTP_MPPE_NO:
		add(args, "nomppe");
		return;
	case KPPTP_MPPE_ALLOW:
		/* pppd itself knows required and refused only. */
		add(args, "nomppe");
		add(args, "kpptp-mppe-allow");
		add(args, "mppe-stateful");	/* for who can't do without */
		/*
		 * A peer that requires MPPE turns away our IPCP until CCP is
		 * done. Ask again in 1 s then, not in 3, and as long in all.
		 */
		add_pair(args, "ipcp-restart", "1");
		add_pair(args, "ipcp-max-configure", "30");
		add_pair(args, "ipv6cp-restart", "1");
		add_pair(args, "ipv6cp-max-configure", "30");
		return;
	case KPPTP_MPPE_REQUIRE:
		add(args, "require-mppe-128");
		return;
	}
}

/*
 * Compression that depends on the packets before: after each loss on the way a
 * round trip's worth of packets is lost with it, and while it runs the kernel
 * has to handle packets one by one.
 */
static void add_no_compression(struct kpptp_pppd_args *args)
{
	add(args, "novj");
	add(args, "nobsdcomp");
	add(args, "nodeflate");
}

static void add_settings(struct kpptp_pppd_args *args,
			 const struct kpptp_ppp_request *req)
{
	const struct kpptp_ppp_settings *s = req->settings;
	unsigned int i;

	add_no_compression(args);
	add_mppe(args, s->mppe);
	add_number(args, "mtu", s->mtu);
	add_number(args, "mru", s->mtu);
	add(args, s->ipv6 ? "+ipv6" : "noipv6");
	if (s->idle)
		add_number(args, "idle", s->idle);
	for (i = 0; req->server && i < s->n_dns && i < KPPTP_MAX_DNS; i++)
		add_addr(args, "ms-dns", s->dns[i]);
	add_pair(args, "lcp-echo-interval", LCP_ECHO_INTERVAL);
	add_pair(args, "lcp-echo-failure", LCP_ECHO_FAILURE);
	/* One Terminate-Request and 3 s, so that pppd ends before it is killed. */
	add_pair(args, "lcp-max-terminate", "1");
	add_pair(args, "ipparam", *req->name ? req->name : "kpptp");
}

/* What the plugin does beside PPP. */
static void add_hooks(struct kpptp_pppd_args *args,
		      const struct kpptp_conf_global *global,
		      const struct kpptp_ppp_request *req)
{
	if (req->server && req->settings->auth)
		add(args, "kpptp-ask-peer");
	if (req->server) {
		add(args, "kpptp-ask-address");
		return;
	}
	/* Somebody waits to be told that the link can be used. */
	add(args, "kpptp-await-peer");
	if (!req->settings->use_dns)
		return;
	add_pair(args, "kpptp-dns-hook", global->dns_hook);
	add_pair(args, "kpptp-resolv-conf", global->resolv_conf);
}

int kpptp_pppd_args_words(struct kpptp_pppd_args *args, const char *text)
{
	char word[KPPTP_OPTIONS_SIZE], quote = 0;
	bool in_word = false;
	size_t len = 0;

	for (; *text; text++) {
		if (!quote && (*text == ' ' || *text == '\t')) {
			word[len] = '\0';
			if (in_word)
				add(args, word);
			in_word = false;
			len = 0;
			continue;
		}
		in_word = true;
		if (*text == '\\' && text[1])
			word[len++] = *++text;
		else if (quote ? *text == quote : *text == '"' || *text == '\'')
			quote = quote ? 0 : *text;
		else
			word[len++] = *text;
		if (len >= sizeof(word))
			return -E2BIG;
	}
	word[len] = '\0';
	if (in_word)
		add(args, word);
	return quote ? -EINVAL : args->err;
}

int kpptp_pppd_args_make(struct kpptp_pppd_args *args,
			 const struct kpptp_conf_global *global, int fd,
			 const struct kpptp_ppp_request *req)
{
	int err;

	memset(args, 0, sizeof(*args));
	add(args, global->pppd);
	add_pair(args, "plugin", global->plugin);
	add_link(args, req, fd);
	add(args, "hide-password");
	add_ip(args, req);
	add_auth(args, req);
	add_settings(args, req);
	add_hooks(args, global, req);
	err = kpptp_pppd_args_words(args, req->settings->options);
	/* Whoever says otherwise: a pppd that detaches is gone for us. */
	add(args, "nodetach");
	add(args, "nopersist");
	return err ? err : args->err;
}

void kpptp_pppd_args_free(struct kpptp_pppd_args *args)
{
	unsigned int i;

	for (i = 0; i < args->n; i++)
		free(args->v[i]);
	args->n = 0;
}
