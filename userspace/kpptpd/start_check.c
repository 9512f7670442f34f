// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * start_check.c - what this host lacks for a configuration
 *
 * kpptpd --check, the start and a reload all ask here, so that they say the
 * same, and each problem once.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/nl.h"
#include "pppd_try.h"
#include "sandbox.h"
#include "start_check.h"

#define IN_TREE_MODULE	"/sys/module/pptp"

struct check {
	const struct kpptp_conf *conf;
	const char *path;
	kpptp_conf_report_fn report;
	void *arg;
	int errors;
};

static void complain(struct check *c, enum kpptp_log_level level,
		     const char *section, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* @fmt goes on after "[section] key ", with the line where that is. */
static void complain(struct check *c, enum kpptp_log_level level,
		     const char *section, const char *key, const char *fmt, ...)
{
	const struct kpptp_conf_place *place =
		kpptp_conf_place(c->conf, section, key);
	char what[768], text[1024], line[16] = "";
	va_list ap;

	if (place && place->key)
		snprintf(line, sizeof(line), ":%d", place->line);
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(text, sizeof(text), "%s%s: [%s] %s%s", c->path, line, section,
		 key, what);
	c->errors += level == KPPTP_LOG_ERROR;
	c->report(c->arg, level, text);
}

/* ------------------------------------------------------------- the daemon */

/* An ordinary user who looks is not the one who will make it. */
static bool is_just_looking(const struct check *c)
{
	return geteuid() && !c->conf->global.null_data_plane;
}

static void check_run_dir(struct check *c)
{
	const char *dir = c->conf->global.run_dir;
	char parent[KPPTP_SOCKET_SIZE];
	struct stat st;
	char *slash;

	snprintf(parent, sizeof(parent), "%s", dir);
	if (!stat(dir, &st)) {
		if (!S_ISDIR(st.st_mode))
			complain(c, KPPTP_LOG_ERROR, "global", "run-dir",
				 " = %s: it is not a directory",
				 dir);
		else if (!is_just_looking(c) && access(dir, W_OK))
			complain(c, KPPTP_LOG_ERROR, "global", "run-dir",
				 " = %s: cannot write to it: %s",
				 dir, strerror(errno));
		return;
	}
	slash = strrchr(parent, '/');
	slash[slash == parent] = '\0';
	if (access(parent, is_just_looking(c) ? F_OK : W_OK | X_OK))
		complain(c, KPPTP_LOG_ERROR, "global", "run-dir",
			 " = %s: cannot make it in %s: %s", dir,
			 parent, strerror(errno));
}

static void check_account(struct check *c)
{
	const struct kpptp_conf_global *g = &c->conf->global;
	struct kpptp_account account;

	if (!kpptp_sandbox_account(g->user, &account))
		return;
	if (*g->user)
		complain(c, KPPTP_LOG_ERROR, "global", "user",
			 " = %s: there is no such account: useradd --system --no-create-home --shell /usr/sbin/nologin %s",
			 g->user, g->user);
	else
		complain(c, KPPTP_LOG_ERROR, "global", "user",
			 ": there is no account " KPPTP_SANDBOX_ACCOUNT
			 " for the process that talks to the net; make it by systemd-sysusers, or by useradd --system --no-create-home --shell /usr/sbin/nologin "
			 KPPTP_SANDBOX_ACCOUNT);
}

/* --------------------------------------------------------------- programs */

/* Return: why @path is no program, or NULL. Who may run it is not asked. */
static const char *not_a_program(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "it is not a file";
	return st.st_mode & 0111 ? NULL : "it is not a program: chmod +x it";
}

static void check_pppd(struct check *c)
{
	const struct kpptp_conf_global *g = &c->conf->global;
	const char *why = g->null_data_plane ? NULL : not_a_program(g->pppd);

	if (why)
		complain(c, KPPTP_LOG_ERROR, "global", "pppd",
			 " = %s: %s; install pppd (package ppp), or say where it is",
			 g->pppd, why);
}

/* Only pppd has the symbols to load it, but what is no library is told apart. */
static const char *not_a_library(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char magic[4] = "";
	ssize_t n;

	if (fd < 0)
		return strerror(errno);
	n = read(fd, magic, sizeof(magic));
	close(fd);
	return n == sizeof(magic) && !memcmp(magic, "\177ELF", sizeof(magic)) ?
		NULL : "it is not a plugin of pppd";
}

static void check_plugin(struct check *c)
{
	const struct kpptp_conf_global *g = &c->conf->global;
	const char *why = g->null_data_plane ? NULL : not_a_library(g->plugin);

	if (why)
		complain(c, KPPTP_LOG_ERROR, "global", "plugin",
			 " = %s: %s; make install puts it into the directory of the pppd that was there when it was built",
			 g->plugin, why);
}

/* Without it calls come up all the same, only their name servers are not used. */
static void check_dns_hook(struct check *c)
{
	const struct kpptp_conf_global *g = &c->conf->global;
	const char *why = g->null_data_plane ? NULL :
			  not_a_program(g->dns_hook);

	if (why)
		complain(c, KPPTP_LOG_WARNING, "global", "dns-hook",
			 " = %s: %s; name servers of a server we call (dns) will not be used",
			 g->dns_hook, why);
}

/* Only who uses the name servers of others needs it. */
static void check_resolv_conf(struct check *c)
{
	const struct kpptp_conf_global *g = &c->conf->global;
	unsigned int i;

	if (g->null_data_plane || !access(g->resolv_conf, F_OK))
		return;
	for (i = 0; i < c->conf->n_clients; i++) {
		if (!c->conf->client[i].ppp.use_dns)
			continue;
		complain(c, KPPTP_LOG_WARNING, "global", "resolv-conf",
			 " = %s: %s; [client %s] has dns = yes",
			 g->resolv_conf, strerror(errno), c->conf->client[i].name);
		return;
	}
}

/* Return: was it in vain, so that other sections need not be tried? */
static bool try_options(struct check *c, const char *section,
			const struct kpptp_client_settings *client)
{
	const struct kpptp_conf *conf = c->conf;
	char why[256] = "";
	int err = kpptp_pppd_try(&conf->global, client, &conf->server, why,
				 sizeof(why));

	if (err == -EINVAL)
		complain(c, KPPTP_LOG_ERROR, section, "pppd-options",
			 ": pppd does not take its options: %s", why);
	else if (err)
		complain(c, KPPTP_LOG_WARNING, "global", "pppd",
			 ": it would run no call of [%s]: %s", section,
			 err == -ENOTSUP ? why : strerror(-err));
	return err && err != -EINVAL;
}

/* Do two sections differ in what may be wrong? */
static bool is_tried(const struct kpptp_conf *conf, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(conf->client[i].ppp.options,
			    conf->client[n].ppp.options))
			return true;
	return false;
}

/* pppd obeys root only, and needs its plugin to know all words. */
static void check_options(struct check *c)
{
	const struct kpptp_conf *conf = c->conf;
	char section[KPPTP_SECTION_SIZE];
	unsigned int i;

	if (conf->global.null_data_plane || geteuid() ||
	    not_a_program(conf->global.pppd) ||
	    not_a_library(conf->global.plugin))
		return;
	if (conf->server.enabled && try_options(c, "server", NULL))
		return;
	for (i = 0; i < conf->n_clients; i++) {
		snprintf(section, sizeof(section), "client %.40s",
			 conf->client[i].name);
		if (!is_tried(conf, i) &&
		    try_options(c, section, &conf->client[i]))
			return;
	}
}

/* ----------------------------------------------------------------- kernel */

static void warn_kernel(struct check *c, const char *why)
{
	char text[512];

	snprintf(text, sizeof(text), "%s: no call can be made yet: %s", c->path,
		 why);
	c->report(c->arg, KPPTP_LOG_WARNING, text);
}

static void check_module(struct check *c)
{
	struct kpptp_nl *nl;
	int err;

	if (c->conf->global.null_data_plane)
		return;
	err = kpptp_nl_open(&nl);
	if (err && !access(IN_TREE_MODULE, F_OK))
		warn_kernel(c, "the kernel's own driver pptp is loaded, which keeps kpptp out: rmmod pptp, then modprobe kpptp");
	else if (err)
		warn_kernel(c, kpptp_nl_why(nl));
	kpptp_nl_close(nl);
}

/* It may come later, as a VRF does, so the daemon does not refuse to start. */
static void check_device(struct check *c)
{
	const char *device = c->conf->call.device;

	if (c->conf->global.null_data_plane || !*device ||
	    if_nametoindex(device))
		return;
	complain(c, KPPTP_LOG_WARNING, "call", "device",
		 " = %s: there is no such interface; each call fails until there is",
		 device);
}

/* To bind, to any port, is what also knows of net.ipv4.ip_nonlocal_bind. */
static int try_bind(struct in_addr addr)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr = addr };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static void check_listen(struct check *c)
{
	const struct kpptp_server_settings *server = &c->conf->server;
	char text[INET_ADDRSTRLEN];
	unsigned int i;
	int err;

	for (i = 0; server->enabled && i < server->n_listen; i++) {
		err = try_bind(server->listen[i]);
		if (!err)
			continue;
		inet_ntop(AF_INET, &server->listen[i], text, sizeof(text));
		complain(c, KPPTP_LOG_ERROR, "server", "listen", " = %s: %s", text,
			 err == -EADDRNOTAVAIL ?
			 "no interface of this host has this address" :
			 strerror(-err));
	}
}

/* It may come later, with its interface. */
static void check_local_address(struct check *c)
{
	char section[KPPTP_SECTION_SIZE], text[INET_ADDRSTRLEN];
	unsigned int i;

	for (i = 0; i < c->conf->n_clients; i++) {
		const struct kpptp_client_settings *client = &c->conf->client[i];

		if (!client->local_address.s_addr ||
		    try_bind(client->local_address) != -EADDRNOTAVAIL)
			continue;
		snprintf(section, sizeof(section), "client %.40s", client->name);
		inet_ntop(AF_INET, &client->local_address, text, sizeof(text));
		complain(c, KPPTP_LOG_WARNING, section, "local-address",
			 " = %s: no interface of this host has this address",
			 text);
	}
}

static void (*const checks[])(struct check *c) = {
	check_run_dir,
	check_account,
	check_pppd,
	check_plugin,
	check_options,
	check_dns_hook,
	check_resolv_conf,
	check_module,
	check_device,
	check_listen,
	check_local_address,
};

int kpptp_start_check(const struct kpptp_conf *conf, const char *path,
		      kpptp_conf_report_fn report, void *arg)
{
	struct check c = {
		.conf = conf, .path = path, .report = report, .arg = arg,
	};
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&c);
	return c.errors ? -ENOTSUP : 0;
}

int kpptp_start_read(struct kpptp_conf_source *source, const char *path,
		     struct kpptp_conf *conf, kpptp_conf_report_fn report,
		     void *arg)
{
	int err = kpptp_conf_parse(source, path, conf, report, arg);

	if (err)
		return err;
	err = kpptp_start_check(conf, path, report, arg);
	if (err)
		kpptp_conf_free(conf);
	return err;
}
