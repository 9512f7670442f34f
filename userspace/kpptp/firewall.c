// SPDX-License-Identifier: GPL-2.0-or-later
/* firewall.c - print, load, compare and remove firewall rules for PPTP */
#include "firewall.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define WHY_SIZE	512

static const char help[] =
"Prints firewall rules for PPTP, which is TCP port 1723 and GRE (IP protocol\n"
"47). Nothing is changed unless --apply or --remove is given. The rules live in\n"
"a table of their own for each role, so they neither change other rules nor undo\n"
"what those drop. Interfaces that are not named are not touched, nor is lo.\n"
"\n"
"What to do (the default is to print):\n"
"  --apply    load the rules, all at once; again, it changes nothing\n"
"  --check    compare with what is loaded: exit status 0 the same, 1 not\n"
"  --remove   remove the table of --role, or without that all our tables\n"
"  --confirm SECONDS\n"
"             with --apply: unless you type yes in time, what was loaded before\n"
"             comes back\n"
"  --force    with --apply: although it would cut off this ssh session\n"
"  --format FORMAT\n"
"             print for nft (the default), iptables-restore or\n"
"             ip6tables-restore\n"
"\n"
"  --role perimeter\n"
"             A firewall in front of a server. Both interfaces are filtered, in\n"
"             and out: PPTP to and from the server passes, nothing else does.\n"
"  --role server\n"
"             The server host itself. What comes in by --outside: PPTP, answers\n"
"             to what the host began, and --allow. With --strict nothing else\n"
"             goes out either.\n"
"  --role client\n"
"             A client host. As above, but PPTP goes out. With --strict nothing\n"
"             leaves beside the tunnel, forwarded traffic neither.\n"
"  --role forward\n"
"             Traffic of the peers, on the server: source addresses are checked\n"
"             for each ppp interface, TCP segments are made to fit the link.\n"
"  --role nat\n"
"             A router that hides --inside networks with clients, or has a\n"
"             --server behind it, or both. It translates and filters nothing.\n"
"\n"
"Who and where; several are separated by commas:\n"
"  --outside IF            interfaces that face the Internet\n"
"  --perimeter IF          perimeter: the interface that faces the server\n"
"  --server ADDRESS        its address, as it has it itself; client: servers\n"
"                          that may be called\n"
"  --peers PREFIX          perimeter, server: who may use it (default: all)\n"
"  --dials-out             the server places calls too (router to router)\n"
"  --allow SERVICE         tcp/PORT, udp/PORT or icmp (ping): services of this\n"
"                          host itself that stay reachable, such as tcp/22\n"
"  --allow-out SERVICE     the same of others, for this host: udp/53\n"
"  --strict                server, client: filter what goes out too\n"
"  --subscribers IF        forward: interfaces of calls (default: ppp*)\n"
"  --isolate               forward: peers do not reach each other\n"
"  --flowtable IF          forward: known flows between these interfaces take\n"
"                          a short way through the kernel\n"
"  --inside PREFIX         nat: networks whose addresses are hidden\n"
"  --outside-address ADDRESS\n"
"                          nat: our address outside (default: the interface's)\n"
"  --map                   nat: all of --outside-address is the server's, not\n"
"                          only PPTP\n"
"  --without-helper        nat: tell clients apart by the Call IDs on their\n"
"                          control connections, without the kernel's PPTP helper\n"
"\n"
"Other options:\n"
"  --json     one object: \"table\", and \"ruleset\", or \"state\" and \"difference\"\n"
"\n"
"Examples:\n"
"  kpptp firewall --role perimeter --outside eth0 --perimeter eth1 \\\n"
"        --server 192.0.2.10 --allow tcp/22\n"
"  kpptp firewall --role server --outside eth0 --allow tcp/22,icmp --apply\n"
"  kpptp firewall --role client --outside wlan0 --server 203.0.113.5 --strict\n"
"  kpptp firewall --role forward --isolate --check\n"
"  kpptp firewall --role nat --outside eth0 --inside 10.0.0.0/24 --apply\n"
"  kpptp firewall --role nat --outside eth0 --server 10.0.0.5 --apply\n"
"  kpptp firewall --remove\n"
"\n"
"To keep the rules over a reboot, print them into a file that\n"
"/etc/nftables.conf includes. Documentation/firewall-and-nat.md has more.";

/* What is to be done. */
struct task {
	bool apply;
	bool check;
	bool remove;
	bool force;
	const char *confirm;
	const char *format;
	struct kpptp_fw_words words;
};

/* --------------------------------------------------------------- printing */

/* The command that makes the rules, for a comment in them. To be freed. */
static char *command_line(const struct kpptp_fw_words *w)
{
	const struct { const char *name, *value; } options[] = {
		{ "role", w->role }, { "outside", w->outside },
		{ "perimeter", w->perimeter }, { "server", w->server },
		{ "peers", w->peers }, { "inside", w->inside },
		{ "outside-address", w->outside_address },
		{ "allow", w->allow }, { "allow-out", w->allow_out },
		{ "flowtable", w->flowtable },
		{ "dials-out", w->dials_out ? "" : NULL },
		{ "strict", w->strict ? "" : NULL },
		{ "isolate", w->isolate ? "" : NULL },
		{ "map", w->map ? "" : NULL },
		{ "without-helper", w->without_helper ? "" : NULL },
	};
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fputs("kpptp firewall", f);
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].value)
			fprintf(f, " --%s%s%s", options[i].name,
				*options[i].value ? " " : "", options[i].value);
	/* a pattern has a "*", which a shell must not see */
	if (w->subscribers)
		fprintf(f, " --subscribers '%s'", w->subscribers);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

static enum kpptp_fw_format format_of(const char *name)
{
	static const char *const names[KPPTP_FW_FORMATS] = {
		[KPPTP_FW_NFT] = "nft",
		[KPPTP_FW_IPTABLES] = "iptables-restore",
		[KPPTP_FW_IP6TABLES] = "ip6tables-restore",
	};
	unsigned int i;

	for (i = 0; name && i < KPPTP_FW_FORMATS; i++)
		if (!strcmp(name, names[i]))
			return i;
	return name ? KPPTP_FW_FORMATS : KPPTP_FW_NFT;
}

static void put_string(struct kpptp_cli *cli, const char *key, const char *text)
{
	kpptp_out_value(cli->out, key, json_object_new_string(text));
}

static int print(struct kpptp_cli *cli, const struct kpptp_fw_ruleset *set,
		 const char *text)
{
	put_string(cli, "table", kpptp_fw_table(set->role));
	put_string(cli, "ruleset", text);
	/* the end of its last line is the printer's */
	kpptp_out_text(cli->out, "%.*s", (int)strlen(text) - 1, text);
	return kpptp_cli_end(cli);
}

/* ------------------------------------------------------------------ apply */

static bool same_address(const struct sockaddr *sa, const char *text)
{
	char own[INET6_ADDRSTRLEN];
	const void *addr;

	if (!sa || (sa->sa_family != AF_INET && sa->sa_family != AF_INET6))
		return false;
	addr = sa->sa_family == AF_INET ?
		(const void *)&((const struct sockaddr_in *)sa)->sin_addr :
		(const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr;
	inet_ntop(sa->sa_family, addr, own, sizeof(own));
	return !strcmp(own, text);
}

/* The interface that has an address of this host. Return: false when none has. */
static bool interface_of(const char *address, char *ifname)
{
	struct ifaddrs *all, *one;
	bool found = false;

	if (getifaddrs(&all))
		return false;
	for (one = all; one && !found; one = one->ifa_next) {
		found = same_address(one->ifa_addr, address);
		if (found)
			snprintf(ifname, IFNAMSIZ, "%s", one->ifa_name);
	}
	freeifaddrs(all);
	return found;
}

/* Would the person who types this be locked out? Return: exit status, or -1. */
static int check_session(struct kpptp_cli *cli, const struct kpptp_fw *fw)
{
	struct kpptp_fw_service ssh = { .proto = KPPTP_FW_TCP };
	const char *session = getenv("SSH_CONNECTION");
	char address[INET6_ADDRSTRLEN], ifname[IFNAMSIZ];
	unsigned int port;

	if (!session ||
	    sscanf(session, "%*s %*s %45s %u", address, &port) != 2 ||
	    !interface_of(address, ifname))
		return -1;
	ssh.port = (uint16_t)port;
	if (!kpptp_fw_cuts(fw, ifname, ssh))
		return -1;
	return kpptp_cli_fail(cli, "these rules cut off ssh, by which you are here (%s, port %u, on %s); add --allow tcp/%u, or --force if you have another way in",
			      address, port, ifname, port);
}

static void note_missing(const struct kpptp_fw_list *list)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		if (!if_nametoindex(list->item[i]))
			kpptp_cli_note("there is no interface %s now; the rules hold once there is",
				       list->item[i]);
}

/* Return: 0, or -ECANCELED when the rules are as before again, or an errno. */
static int load_if_confirmed(const struct task *task,
			     const struct kpptp_fw *fw, const char *text,
			     char *why, size_t size)
{
	char *before = NULL;
	int err = kpptp_fw_save(fw->role, &before, why, size);

	kpptp_fw_confirm_begin();
	if (!err)
		err = kpptp_fw_load(text, why, size);
	if (!err) {
		kpptp_cli_note("the rules are loaded; type yes within %s s to keep them",
			       task->confirm);
		if (!kpptp_fw_confirmed(atoi(task->confirm))) {
			err = kpptp_fw_load(before, why, size);
			if (!err) {
				snprintf(why, size, "not confirmed: the rules are as they were before");
				err = -ECANCELED;
			}
		}
	}
	free(before);
	return err;
}

static int load(const struct task *task, const struct kpptp_fw *fw,
		const char *text, char *why, size_t size)
{
	return task->confirm ? load_if_confirmed(task, fw, text, why, size) :
			       kpptp_fw_load(text, why, size);
}

static int apply(struct kpptp_cli *cli, const struct task *task,
		 const struct kpptp_fw *fw, const struct kpptp_fw_ruleset *set,
		 const char *text)
{
	const char *table = kpptp_fw_table(fw->role);
	char why[WHY_SIZE], *lines = NULL;
	int same, status = task->force ? -1 : check_session(cli, fw);

	if (status >= 0)
		return status;
	note_missing(&fw->filtered);
	if (set->helper && kpptp_fw_modules(why, sizeof(why)))
		kpptp_cli_note("%s; this does no harm if it is built into the kernel, and --without-helper needs none",
			       why);
	/* Whatever keeps us from comparing, loading is what was asked for. */
	same = kpptp_fw_compare(set, text, &lines, why, sizeof(why));
	free(lines);
	if (same && load(task, fw, text, why, sizeof(why)))
		return kpptp_cli_fail(cli, "%s", why);
	put_string(cli, "table", table);
	kpptp_out_value(cli->out, "changed", json_object_new_boolean(!!same));
	if (same)
		kpptp_out_text(cli->out, "Loaded table %s. To see it with its counters: nft list table %s",
			       table, table);
	else
		kpptp_out_text(cli->out, "Table %s is as wanted already; nothing was changed.",
			       table);
	return kpptp_cli_end(cli);
}

/* ------------------------------------------------------- check and remove */

static int check(struct kpptp_cli *cli, const struct kpptp_fw_ruleset *set,
		 const char *text)
{
	const char *table = kpptp_fw_table(set->role);
	char why[WHY_SIZE], *lines = NULL;
	int differs = kpptp_fw_compare(set, text, &lines, why, sizeof(why));
	int status;

	if (differs < 0 && differs != -ENOENT)
		return kpptp_cli_fail(cli, "%s", why);
	put_string(cli, "table", table);
	put_string(cli, "state", differs < 0 ? "missing" :
				 differs ? "different" : "same");
	if (differs < 0)
		kpptp_out_text(cli->out, "Table %s is not loaded; --apply loads it.",
			       table);
	else if (!differs)
		kpptp_out_text(cli->out, "Table %s is as wanted.", table);
	else
		kpptp_out_text(cli->out, "Table %s is not as wanted (- is loaded, + is wanted); --apply puts it right.\n%.*s",
			       table, (int)strlen(lines) - 1, lines);
	if (lines)
		put_string(cli, "difference", lines);
	free(lines);
	status = kpptp_cli_end(cli);
	return status ? status : differs ? KPPTP_EXIT_FAILED : KPPTP_EXIT_OK;
}

static int remove_tables(struct kpptp_cli *cli, const char *only)
{
	struct json_object *removed = json_object_new_array();
	unsigned int role, first = 0, last = KPPTP_FW_ROLES - 1;
	char why[WHY_SIZE];
	int err;

	if (only) {
		first = kpptp_fw_role(only);
		last = first;
	}
	for (role = first; role <= last; role++) {
		err = kpptp_fw_unload(role, why, sizeof(why));
		if (err < 0) {
			json_object_put(removed);
			return kpptp_cli_fail(cli, "%s", why);
		}
		if (!err)
			continue;
		kpptp_out_text(cli->out, "Removed table %s.",
			       kpptp_fw_table(role));
		json_object_array_add(removed,
				      json_object_new_string(kpptp_fw_table(role)));
	}
	if (!json_object_array_length(removed))
		kpptp_out_text(cli->out, "Nothing was loaded%s%s.",
			       only ? " for role " : "", only ? only : "");
	kpptp_out_value(cli->out, "removed", removed);
	return kpptp_cli_end(cli);
}

/* --------------------------------------------------------------- the verb */

static int with_rules(struct kpptp_cli *cli, const struct task *task,
		      const struct kpptp_fw *fw, enum kpptp_fw_format format)
{
	struct kpptp_fw_ruleset *set = kpptp_fw_build(fw);
	char *command = command_line(&task->words), *text = NULL;
	char why[WHY_SIZE] = "out of memory";
	int status;

	if (set && command && format == KPPTP_FW_NFT)
		text = kpptp_fw_nft(set, command);
	else if (set && command)
		text = kpptp_fw_iptables(set, format == KPPTP_FW_IP6TABLES,
					 command, why, sizeof(why));
	if (!text)
		status = kpptp_cli_fail(cli, "%s", why);
	else if (task->apply)
		status = apply(cli, task, fw, set, text);
	else if (task->check)
		status = check(cli, set, text);
	else
		status = print(cli, set, text);
	free(text);
	free(command);
	free(set);
	return status;
}

static int execute(struct kpptp_cli *cli, const struct task *task)
{
	enum kpptp_fw_format format = format_of(task->format);
	unsigned long seconds;
	struct kpptp_fw fw;
	char why[WHY_SIZE];

	if (task->apply + task->check + task->remove > 1)
		return kpptp_cli_usage(cli, "give one of --apply, --check and --remove");
	if ((task->force || task->confirm) && !task->apply)
		return kpptp_cli_usage(cli, "--force and --confirm say something about --apply only");
	if (task->confirm && !kpptp_cli_number(task->confirm, 1, 3600, &seconds))
		return kpptp_cli_usage(cli, "--confirm: seconds from 1 to 3600, not \"%s\"",
				       task->confirm);
	if (format == KPPTP_FW_FORMATS)
		return kpptp_cli_usage(cli, "--format: there is no format \"%s\": nft, iptables-restore or ip6tables-restore",
				       task->format);
	if (format != KPPTP_FW_NFT && (task->apply || task->check || task->remove))
		return kpptp_cli_usage(cli, "--format %s can be printed only; --apply, --check and --remove use nft",
				       task->format);
	if (task->remove && task->words.role &&
	    kpptp_fw_role(task->words.role) == KPPTP_FW_ROLES)
		return kpptp_cli_usage(cli, "there is no role \"%s\": perimeter, server, client, forward or nat",
				       task->words.role);
	if (task->remove)
		return remove_tables(cli, task->words.role);
	if (kpptp_fw_parse(&task->words, &fw, why, sizeof(why)))
		return kpptp_cli_usage(cli, "%s", why);
	return with_rules(cli, task, &fw, format);
}

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct task task = { 0 };
	struct kpptp_fw_words *w = &task.words;
	const struct kpptp_opt opts[] = {
		{ .name = "apply", .flag = &task.apply },
		{ .name = "check", .flag = &task.check },
		{ .name = "remove", .flag = &task.remove },
		{ .name = "force", .flag = &task.force },
		{ .name = "confirm", .value = &task.confirm },
		{ .name = "format", .value = &task.format },
		{ .name = "role", .value = &w->role },
		{ .name = "outside", .value = &w->outside },
		{ .name = "perimeter", .value = &w->perimeter },
		{ .name = "server", .value = &w->server },
		{ .name = "peers", .value = &w->peers },
		{ .name = "dials-out", .flag = &w->dials_out },
		{ .name = "allow", .value = &w->allow },
		{ .name = "allow-out", .value = &w->allow_out },
		{ .name = "strict", .flag = &w->strict },
		{ .name = "subscribers", .value = &w->subscribers },
		{ .name = "isolate", .flag = &w->isolate },
		{ .name = "flowtable", .value = &w->flowtable },
		{ .name = "inside", .value = &w->inside },
		{ .name = "outside-address", .value = &w->outside_address },
		{ .name = "map", .flag = &w->map },
		{ .name = "without-helper", .flag = &w->without_helper },
		{ 0 }
	};
	int status = kpptp_cli_parse(cli, argc, argv, opts, 0, 0, NULL);

	return status >= 0 ? status : execute(cli, &task);
}

const struct kpptp_verb kpptp_verb_firewall = {
	.name = "firewall",
	.args = "--role ROLE [OPTION...]",
	.summary = "print or load firewall and NAT rules",
	.help = help,
	.run = run,
};
