// SPDX-License-Identifier: GPL-2.0-or-later
/* connect.c - place a call and wait until PPP is up */
#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "connect.h"
#include "fields.h"

#define TIMEOUT_DEFAULT		"30"
#define TIMEOUT_MAX		3600	/* seconds, what the daemon takes */
#define GRACE_MS		10000	/* for the daemon to give up first */
#define CANCEL_MS		30000

static const char help[] =
"Places a call and waits until PPP is up; then prints interface and addresses.\n"
"The exit status is 0 only when the link can be used. HOST is a name or an IPv4\n"
"address; --client NAME takes everything from the section [client NAME] of\n"
"kpptpd.conf instead.\n"
"\n"
"Options:\n"
"  --user USER           name to log in with\n"
"  --ask                 ask for the password on the terminal\n"
"  --password-file FILE  first line of FILE\n"
"  --password-stdin      first line of standard input\n"
"                        without these, the environment's KPPTP_PASSWORD\n"
"  --auth LIST           methods we answer with, separated by commas:\n"
"                        mschap-v2 (default), mschap, chap, pap, eap; or none\n"
"  --mppe WORD           encryption: no, allow (default) or require\n"
"  --mtu OCTETS          MTU and MRU of the link (default 1400)\n"
"  --ipv6                run IPv6 on the link too\n"
"  --default-route       send everything through the link; what goes to the\n"
"                        server itself and to attached networks does not\n"
"  --route LIST          networks to reach through the link, IPv4 or IPv6,\n"
"                        separated by commas: 10.1.0.0/16,2001:db8:1::/48\n"
"  --dns                 use the name servers that the server tells\n"
"  --name NAME           name of the call, for \"kpptp disconnect\" and pppd's\n"
"                        ip-up scripts\n"
"  --persist             place the call again whenever it ends or fails; needs\n"
"                        --name, by which it can be ended\n"
"  --timeout SECONDS     give up after this time, 1 to 3600 (default 30)\n"
"  --json                one JSON object a line: events, then the result\n"
"\n"
"Ctrl-C while it is waiting ends the attempt.\n"
"\n"
"Examples:\n"
"  kpptp connect vpn.example.net --user alice --ask\n"
"  kpptp connect 192.0.2.1:1723 --user alice --password-file alice.secret \\\n"
"        --mppe require --default-route\n"
"  pass show vpn | kpptp connect vpn.example.net --user alice --password-stdin\n"
"  kpptp connect vpn.example.net --user alice --ask --route 10.1.0.0/16 --dns\n"
"  kpptp connect --client office";

struct options {
	const char *host;
	const char *client;
	const char *user;
	const char *auth;
	const char *mppe;
	const char *mtu;
	const char *name;
	const char *timeout;
	bool ipv6;
	bool default_route;
	bool dns;
	const char *route;
	bool persist;
	struct kpptp_password_source password;
	unsigned long port;
	unsigned long mtu_octets;
	unsigned long seconds;
};

volatile sig_atomic_t kpptp_interrupted;

static void on_sigint(int sig)
{
	(void)sig;
	kpptp_interrupted = 1;
}

/* ------------------------------------------------------- the command line */

bool kpptp_connect_split(char *host, unsigned long *port)
{
	char *colon = strchr(host, ':');

	*port = 0;
	if (!colon)
		return *host;
	*colon = '\0';
	return *host && kpptp_cli_number(colon + 1, 1, 65535, port);
}

int kpptp_connect_sources(struct kpptp_cli *cli, const char *user,
			  const struct kpptp_password_source *source)
{
	int n = !!source->file + source->from_stdin + source->ask;

	if (n > 1)
		return kpptp_cli_usage(cli, "one of --ask, --password-file and --password-stdin is enough");
	if (n && !user)
		return kpptp_cli_usage(cli, "a password needs --user");
	return -1;
}

static int check_target(struct kpptp_cli *cli, const struct options *o)
{
	if (!o->host && !o->client)
		return kpptp_cli_usage(cli, "say where to: HOST, or --client NAME");
	if (!o->client)
		return -1;
	if (o->host)
		return kpptp_cli_usage(cli, "--client has a server of its own; leave \"%s\" out",
				       o->host);
	if (o->user || o->auth || o->mppe || o->mtu || o->name || o->ipv6 ||
	    o->default_route || o->route || o->dns || o->persist)
		return kpptp_cli_usage(cli, "--client takes everything from kpptpd.conf; only --timeout goes with it");
	return -1;
}

/* While it waits to try again there is nothing but its name to end it by. */
static int check_persist(struct kpptp_cli *cli, const struct options *o)
{
	if (o->persist && !o->name)
		return kpptp_cli_usage(cli, "--persist needs --name NAME, so that \"kpptp disconnect NAME\" can end it");
	return -1;
}

static int check_words(struct kpptp_cli *cli, struct options *o)
{
	if (o->mppe && strcmp(o->mppe, "no") && strcmp(o->mppe, "allow") &&
	    strcmp(o->mppe, "require"))
		return kpptp_cli_usage(cli, "--mppe is no, allow or require");
	if (o->mtu && !kpptp_cli_number(o->mtu, 576, 16384, &o->mtu_octets))
		return kpptp_cli_usage(cli, "--mtu is a number of octets from 576 to 16384");
	if (o->timeout &&
	    !kpptp_cli_number(o->timeout, 1, TIMEOUT_MAX, &o->seconds))
		return kpptp_cli_usage(cli, "--timeout is a number of seconds from 1 to %d",
				       TIMEOUT_MAX);
	return -1;
}

static int parse(struct kpptp_cli *cli, int argc, char **argv,
		 struct options *o)
{
	const struct kpptp_opt opts[] = {
		{ .name = "user", .value = &o->user },
		{ .name = "ask", .flag = &o->password.ask },
		{ .name = "password-file", .value = &o->password.file },
		{ .name = "password-stdin", .flag = &o->password.from_stdin },
		{ .name = "auth", .value = &o->auth },
		{ .name = "mppe", .value = &o->mppe },
		{ .name = "mtu", .value = &o->mtu },
		{ .name = "ipv6", .flag = &o->ipv6 },
		{ .name = "default-route", .flag = &o->default_route },
		{ .name = "route", .value = &o->route },
		{ .name = "dns", .flag = &o->dns },
		{ .name = "name", .value = &o->name },
		{ .name = "persist", .flag = &o->persist },
		{ .name = "timeout", .value = &o->timeout },
		{ .name = "client", .value = &o->client },
		{ 0 }
	};
	int status = kpptp_cli_parse(cli, argc, argv, opts, 0, 1, &o->host);

	if (status < 0)
		status = check_target(cli, o);
	if (status < 0)
		status = kpptp_connect_sources(cli, o->user, &o->password);
	if (status < 0)
		status = check_persist(cli, o);
	if (status < 0)
		status = check_words(cli, o);
	/* The words of argv are ours to change. */
	if (status < 0 && o->host && !kpptp_connect_split((char *)o->host, &o->port))
		status = kpptp_cli_usage(cli, "HOST is a name or an IPv4 address, with :PORT if it is not 1723");
	return status;
}

/* ------------------------------------------------------------ the request */

static void put(struct json_object *request, const char *key, const char *text)
{
	if (text)
		json_object_object_add(request, key,
				       json_object_new_string(text));
}

static void put_int(struct json_object *request, const char *key,
		    unsigned long n)
{
	if (n)
		json_object_object_add(request, key, json_object_new_int64(n));
}

static void put_flag(struct json_object *request, const char *key, bool flag)
{
	if (flag)
		json_object_object_add(request, key,
				       json_object_new_boolean(1));
}

/* Items that are separated by commas. */
static void put_list(struct json_object *request, const char *key,
		     const char *text)
{
	struct json_object *list;
	size_t len;

	if (!text)
		return;
	list = json_object_new_array();
	for (;; text += len + 1) {
		len = strcspn(text, ",");
		json_object_array_add(list,
				      json_object_new_string_len(text, len));
		if (!text[len])
			break;
	}
	json_object_object_add(request, key, list);
}

static struct json_object *make_request(const struct options *o,
					const char *password)
{
	struct json_object *request = json_object_new_object();

	put(request, "cmd", "connect");
	put(request, "client", o->client);
	put(request, "host", o->host);
	put_int(request, "port", o->port);
	put(request, "user", o->user);
	put(request, "password", password);
	put(request, "auth", o->auth);
	put(request, "mppe", o->mppe);
	put_int(request, "mtu", o->mtu_octets);
	put_flag(request, "ipv6", o->ipv6);
	put_flag(request, "default_route", o->default_route);
	put_list(request, "routes", o->route);
	put_flag(request, "dns", o->dns);
	put(request, "name", o->name);
	put_flag(request, "persist", o->persist);
	put_flag(request, "wait", true);
	put_int(request, "timeout", o->seconds);
	return request;
}

/* ------------------------------------------------------------- the answer */

/*
 * What to do about the common failures. The sentences are the daemon's, pppd's
 * and the C library's; one that is not recognised stands for itself.
 */
static const char *advice(const char *why)
{
	static const struct {
		const char *part;
		const char *advice;
	} table[] = {
		{ "Connection refused",
		  "nothing listens there: check host and port, and that the PPTP server is running" },
		{ "No route to host",
		  "check the address, and firewalls for TCP port 1723" },
		{ "Network is unreachable",
		  "this host has no route to it: check the address and \"ip route\"" },
		{ "cannot resolve",
		  "check the name, or use an IPv4 address" },
		{ "did not accept our user name",
		  "check --user and the password, and whether the server allows the methods of --auth" },
		{ "MPPE required",
		  "one end wants encryption and the other refuses it: compare --mppe with \"mppe\" of the server" },
		{ "PPP negotiation failed",
		  "the server may want other --auth or --mppe; pppd's lines in kpptpd's log tell what failed" },
		{ "does not answer LCP",
		  "check firewalls for GRE (IP protocol 47)" },
		{ "not up in time",
		  "check firewalls for TCP port 1723 and for GRE (IP protocol 47), or give more time with --timeout" },
		{ "Connection timed out",
		  "check the address, and firewalls for TCP port 1723" },
		{ "refused by the server",
		  "the server's log tells why; it may have no address or no room left" },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strstr(why, table[i].part))
			return table[i].advice;
	return NULL;
}

static int fail(struct kpptp_cli *cli, const struct options *o,
		const char *why)
{
	const char *what_to_do = advice(why);

	if (o->persist)
		kpptp_cli_note("kpptpd goes on trying; \"kpptp disconnect %s\" ends that",
			       o->name);
	return kpptp_cli_fail(cli, "%s%s%s", why, what_to_do ? "; " : "",
			      what_to_do ? what_to_do : "");
}

static int succeed(struct kpptp_cli *cli, struct json_object *answer)
{
	struct json_object *call = NULL, *ifname = NULL;

	if (!json_object_object_get_ex(answer, "call", &call))
		return kpptp_cli_fail(cli, "kpptpd's answer has no call: it is of another version");
	kpptp_out_record(cli->out, "call", "Connected", kpptp_call_fields,
			 call);
	if (json_object_object_get_ex(call, "interface", &ifname) && ifname)
		kpptp_out_text(cli->out, "\nEnd it with: kpptp disconnect %s",
			       json_object_get_string(ifname));
	return kpptp_cli_end(cli);
}

/*
 * The user has had enough. The daemon would go on until the time is up, so it
 * is told; before there is a call only a name could tell which attempt.
 */
static int cancel(struct kpptp_cli *cli, const struct options *o, int64_t call)
{
	const char *name = o->client ? o->client : o->name;
	struct json_object *answer;
	char number[24];

	if (call) {
		snprintf(number, sizeof(number), "%lld", (long long)call);
		name = number;
	}
	if (!name)
		return kpptp_cli_fail(cli, "interrupted; kpptpd goes on with the attempt until its time is up");
	answer = kpptp_cli_ask(cli, "disconnect", "call", name, CANCEL_MS);
	if (!answer)
		return KPPTP_EXIT_FAILED;
	json_object_put(answer);
	return kpptp_cli_fail(cli, "interrupted; the attempt was ended");
}

/* Number of the call in an event, 0 for none. */
static int64_t event_call(struct json_object *event)
{
	struct json_object *call, *id;

	if (!json_object_object_get_ex(event, "call", &call) ||
	    !json_object_object_get_ex(call, "id", &id))
		return 0;
	return json_object_get_int64(id);
}

/* Shows events until the answer comes. */
static int follow(struct kpptp_cli *cli, struct kpptp_client *client,
		  const struct options *o)
{
	unsigned long seconds = o->seconds ? o->seconds : TIMEOUT_MAX;
	struct json_object *line;
	int64_t call = 0;
	int err, status;

	for (;;) {
		err = kpptp_client_read(client, seconds * 1000 + GRACE_MS,
					&line);
		if (err == -EINTR)
			return cancel(cli, o, call);
		if (err)
			return kpptp_cli_fail(cli, "%s", client->why);
		if (!json_object_object_get_ex(line, "event", NULL))
			break;
		kpptp_out_event(cli->out, line, false);
		if (event_call(line))
			call = event_call(line);
		json_object_put(line);
	}
	status = kpptp_client_check(client, line) ?
		fail(cli, o, client->why) : succeed(cli, line);
	json_object_put(line);
	return status;
}

void kpptp_catch_sigint(void)
{
	struct sigaction sa = {
		.sa_handler = on_sigint, .sa_flags = SA_RESETHAND
	};

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
}

static int place(struct kpptp_cli *cli, const struct options *o,
		 const char *password)
{
	struct json_object *request = make_request(o, password);
	struct kpptp_client client;
	int status;

	kpptp_catch_sigint();
	if (kpptp_client_open(&client, cli->socket) ||
	    kpptp_client_send(&client, request)) {
		status = kpptp_cli_fail(cli, "%s", client.why);
	} else {
		client.stop = &kpptp_interrupted;
		status = follow(cli, &client, o);
	}
	kpptp_client_close(&client);
	json_object_put(request);
	return status;
}

int kpptp_connect_password(struct kpptp_cli *cli, const char *user,
			   const struct kpptp_password_source *source,
			   char *password)
{
	char why[512];
	int n = kpptp_password_read(source, user, password, why, sizeof(why));

	if (n < 0)
		return kpptp_cli_fail(cli, "%s", why);
	if (!n)
		return kpptp_cli_usage(cli, "--user needs a password: --ask, --password-file FILE, --password-stdin or KPPTP_PASSWORD");
	return -1;
}

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct options o = { .timeout = NULL };
	char password[KPPTP_PASSWORD_MAX];
	int status = parse(cli, argc, argv, &o);

	if (status >= 0)
		return status;
	if (!o.client && !o.seconds)
		kpptp_cli_number(TIMEOUT_DEFAULT, 1, TIMEOUT_MAX, &o.seconds);
	if (!o.user)
		return place(cli, &o, NULL);
	status = kpptp_connect_password(cli, o.user, &o.password, password);
	if (status < 0)
		status = place(cli, &o, password);
	explicit_bzero(password, sizeof(password));
	return status;
}

const struct kpptp_verb kpptp_verb_connect = {
	.name = "connect",
	.args = "HOST[:PORT]|--client NAME [OPTION...]",
	.summary = "place a call and wait until PPP is up",
	.help = help,
	.run = run,
};
