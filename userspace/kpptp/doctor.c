// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor.c - why does the tunnel not come up? The verb and what it prints. */
#include "doctor.h"

#include <arpa/inet.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "connect.h"

#define PORT_DEFAULT	1723
#define SECONDS_DEFAULT	5
#define SECONDS_MAX	60
#define MTU_DEFAULT	1400
#define MTU_MIN		576
#define MTU_MAX		1500
#define WIDTH		76	/* columns of text */

static const char help[] =
"Tells why a tunnel to HOST does not come up: looks at this host, name, route,\n"
"TCP, the PPTP server, GRE in either direction, NAT, Call IDs, PPP, the size of\n"
"packets that get through and, with --user, the log-in. Each line is a\n"
"measurement; what is wrong is explained at the end, with what to do about it.\n"
"\n"
"It places a call of its own, which ends before anybody logs in, and with --user\n"
"another one by kpptpd, which ends as soon as it is up. Nothing is left behind.\n"
"\n"
"Options:\n"
"  --user USER           try to log in, too\n"
"  --ask                 ask for the password on the terminal\n"
"  --password-file FILE  first line of FILE\n"
"  --password-stdin      first line of standard input\n"
"                        without these, the environment's KPPTP_PASSWORD\n"
"  --auth LIST           as for \"kpptp connect\", for the log-in\n"
"  --mppe WORD           as for \"kpptp connect\", for the log-in\n"
"  --mtu OCTETS          size of packets that should get through the tunnel, 576\n"
"                        to 1500 (default 1400)\n"
"  --call-id NUMBER      begin with this Call ID, 1 to 65535, to see whether it\n"
"                        collides (default: any)\n"
"  --timeout SECONDS     wait so long for each answer, 1 to 60 (default 5)\n"
"  --json                one JSON object: \"healthy\", \"verdict\", \"faults\",\n"
"                        \"checks\", \"measured\"\n"
"\n"
"The exit status tells where the first fault is:\n"
"  0   nothing is wrong           12  the server: protocol, refusals\n"
"  1   it could not be examined   13  GRE, NAT, Call ID\n"
"  2   wrong command line         14  large packets\n"
"  10  this host                  15  PPP, authentication\n"
"  11  name, route, TCP\n"
"\n"
"Examples:\n"
"  kpptp doctor vpn.example.net\n"
"  kpptp doctor vpn.example.net --user alice --ask\n"
"  kpptp --json doctor 192.0.2.1 | jq -r .verdict";

struct options {
	const char *host;
	const char *user;
	const char *auth;
	const char *mppe;
	const char *mtu;
	const char *call_id;
	const char *timeout;
	struct kpptp_password_source password;
	unsigned long port;
	unsigned long mtu_octets;
	unsigned long call_number;
	unsigned long seconds;
};

/* ------------------------------------------------------- the command line */

static int check_numbers(struct kpptp_cli *cli, struct options *o)
{
	if (o->mtu &&
	    !kpptp_cli_number(o->mtu, MTU_MIN, MTU_MAX, &o->mtu_octets))
		return kpptp_cli_usage(cli, "--mtu is a number of octets from %d to %d",
				       MTU_MIN, MTU_MAX);
	if (o->call_id &&
	    !kpptp_cli_number(o->call_id, 1, 65535, &o->call_number))
		return kpptp_cli_usage(cli, "--call-id is a number from 1 to 65535");
	if (o->timeout &&
	    !kpptp_cli_number(o->timeout, 1, SECONDS_MAX, &o->seconds))
		return kpptp_cli_usage(cli, "--timeout is a number of seconds from 1 to %d",
				       SECONDS_MAX);
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
		{ .name = "call-id", .value = &o->call_id },
		{ .name = "timeout", .value = &o->timeout },
		{ 0 }
	};
	int status = kpptp_cli_parse(cli, argc, argv, opts, 1, 1, &o->host);

	if (status < 0)
		status = kpptp_connect_sources(cli, o->user, &o->password);
	if (status < 0 && (o->auth || o->mppe) && !o->user)
		status = kpptp_cli_usage(cli, "--auth and --mppe are for the log-in, which needs --user");
	if (status < 0)
		status = check_numbers(cli, o);
	/* The words of argv are ours to change. */
	if (status < 0 && !kpptp_connect_split((char *)o->host, &o->port))
		status = kpptp_cli_usage(cli, "HOST is a name or an IPv4 address, with :PORT if it is not 1723");
	return status;
}

/* ----------------------------------------------------------------- output */

/* A long sentence in lines. */
static void print_wrapped(struct kpptp_out *out, const char *text)
{
	while (*text) {
		size_t len = strlen(text), cut;

		for (cut = len; cut > WIDTH; )
			while (cut && text[--cut] != ' ')
				;
		if (!cut)
			cut = len;
		kpptp_out_text(out, "  %.*s", (int)cut, text);
		text += cut + (text[cut] == ' ');
	}
}

static void print_fault(struct kpptp_out *out, enum kpptp_fault fault)
{
	const struct kpptp_fault_text *text = kpptp_fault_text(fault);

	kpptp_out_text(out, "\n%s:", text->code);
	print_wrapped(out, text->what);
	if (!*text->todo)
		return;
	kpptp_out_text(out, "What to do:");
	print_wrapped(out, text->todo);
}

static void print_check(struct kpptp_out *out, enum kpptp_check check,
			const struct kpptp_finding *f)
{
	kpptp_out_text(out, "%-8s %-16s %s", kpptp_check_state_name(f->state),
		       kpptp_check_title(check), f->detail);
}

/*
 * Prints the checks that have a result by now, or all of them; those before
 * *@shown stand there already.
 */
static void show(struct kpptp_out *out, const struct kpptp_facts *facts,
		 bool all, size_t *shown)
{
	struct kpptp_finding findings[KPPTP_CHECKS];

	kpptp_doctor_judge(facts, findings);
	while (*shown < KPPTP_CHECKS &&
	       (all || findings[*shown].state != KPPTP_CHECK_SKIPPED)) {
		print_check(out, *shown, &findings[*shown]);
		(*shown)++;
	}
}

static void put(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, text && *text ?
			       json_object_new_string(text) : NULL);
}

static void put_number(struct json_object *o, const char *key, int64_t n)
{
	json_object_object_add(o, key, json_object_new_int64(n));
}

static struct json_object *check_json(enum kpptp_check check,
				      const struct kpptp_finding *f)
{
	struct json_object *o = json_object_new_object();

	put(o, "check", kpptp_check_name(check));
	put(o, "state", kpptp_check_state_name(f->state));
	put(o, "fault", f->fault ? kpptp_fault_text(f->fault)->code : NULL);
	put(o, "detail", f->detail);
	return o;
}

static struct json_object *fault_json(enum kpptp_fault fault)
{
	const struct kpptp_fault_text *text = kpptp_fault_text(fault);
	struct json_object *o = json_object_new_object();

	put(o, "fault", text->code);
	put(o, "what", text->what);
	put(o, "todo", text->todo);
	return o;
}

static const char *reach_name(enum kpptp_reach reach)
{
	return reach == KPPTP_REACH_YES ? "yes" :
	       reach == KPPTP_REACH_NO ? "no" : NULL;
}

static struct json_object *attempt_json(const struct kpptp_attempt *a)
{
	struct json_object *o = json_object_new_object();

	put_number(o, "call_id", a->call_id);
	put_number(o, "peer_call_id", a->peer_call_id);
	put(o, "server", a->server);
	put(o, "vendor", a->vendor);
	put_number(o, "gre_sent", a->gre.tx);
	put_number(o, "gre_received", a->gre.rx);
	put_number(o, "gre_received_other_call_id", a->gre.rx_other);
	put_number(o, "gre_before_firewall", a->gre.wire);
	json_object_object_add(o, "gre_acknowledged",
			       json_object_new_boolean(a->gre.acked));
	put(o, "loop_told", reach_name(a->gre.looped));
	put_number(o, "path_mtu", a->gre.path_mtu);
	put_number(o, "largest_echo", a->lcp.echoed);
	put(o, "large_reaches_server", reach_name(a->large_out));
	put(o, "auth", a->lcp.agreed ? kpptp_lcp_auth_name(&a->lcp) : NULL);
	return o;
}

static struct json_object *measured_json(const struct kpptp_facts *facts)
{
	struct json_object *o = json_object_new_object();
	struct json_object *attempts = json_object_new_array();
	char text[INET_ADDRSTRLEN];
	size_t i;

	put(o, "local", facts->route ? NULL :
	    inet_ntop(AF_INET, &facts->local, text, sizeof(text)));
	put(o, "peer", facts->resolved ? NULL :
	    inet_ntop(AF_INET, &facts->peer, text, sizeof(text)));
	put_number(o, "port", facts->port);
	put(o, "ping", reach_name(facts->ping));
	for (i = 0; i < KPPTP_DOCTOR_ATTEMPTS; i++)
		if (facts->attempt[i].made)
			json_object_array_add(attempts,
				attempt_json(&facts->attempt[i]));
	json_object_object_add(o, "attempts", attempts);
	return o;
}

/* Each fault once, in the order of the checks. Return: how many. */
static size_t list_faults(const struct kpptp_finding *findings,
			  enum kpptp_fault *faults)
{
	bool seen[KPPTP_FAULTS] = { true };
	size_t i, n = 0;

	for (i = 0; i < KPPTP_CHECKS; i++) {
		if (seen[findings[i].fault])
			continue;
		seen[findings[i].fault] = true;
		faults[n++] = findings[i].fault;
	}
	return n;
}

static int report(struct kpptp_cli *cli, const struct kpptp_facts *facts)
{
	struct kpptp_finding findings[KPPTP_CHECKS];
	enum kpptp_fault faults[KPPTP_CHECKS] = { KPPTP_FAULT_NONE };
	struct json_object *checks = json_object_new_array();
	struct json_object *list = json_object_new_array();
	size_t i, n;
	int status;

	kpptp_doctor_judge(facts, findings);
	n = list_faults(findings, faults);
	for (i = 0; i < KPPTP_CHECKS; i++)
		json_object_array_add(checks, check_json(i, &findings[i]));
	for (i = 0; i < n || !i; i++)
		print_fault(cli->out, faults[i]);
	for (i = 0; i < n; i++)
		json_object_array_add(list, fault_json(faults[i]));
	kpptp_out_value(cli->out, "healthy", json_object_new_boolean(!n));
	kpptp_out_value(cli->out, "verdict",
		json_object_new_string(kpptp_fault_text(faults[0])->code));
	kpptp_out_value(cli->out, "faults", list);
	kpptp_out_value(cli->out, "checks", checks);
	kpptp_out_value(cli->out, "measured", measured_json(facts));
	status = kpptp_cli_end(cli);
	return status ? status : kpptp_fault_text(faults[0])->status;
}

/* ------------------------------------------------------------ measurement */

static bool ppp_answered(const struct kpptp_facts *facts)
{
	return facts->attempt[0].lcp.acked || facts->attempt[1].lcp.acked;
}

static void probe(struct kpptp_facts *facts, uint16_t call_id)
{
	kpptp_doctor_probe(facts, 0, call_id);
	/* One less, or one more: any Call ID but the one that failed. */
	call_id = facts->attempt[0].call_id ^ 1;
	if (!kpptp_interrupted &&
	    kpptp_doctor_needs_second(&facts->attempt[0]))
		kpptp_doctor_probe(facts, 1, call_id ? call_id : 2);
}

/* What is known is shown before the next wait. */
static void measure(struct kpptp_cli *cli, struct kpptp_facts *facts,
		    const struct options *o,
		    const struct kpptp_doctor_login *login, size_t *shown)
{
	kpptp_doctor_host(facts, login->socket);
	show(cli->out, facts, false, shown);
	if (facts->rights || facts->route)
		return;
	probe(facts, o->call_number);
	show(cli->out, facts, false, shown);
	if (o->user && !facts->daemon && !kpptp_interrupted &&
	    ppp_answered(facts))
		kpptp_doctor_log_in(facts, login);
}

static int examine(struct kpptp_cli *cli, const struct options *o,
		   const char *password)
{
	const struct kpptp_doctor_login login = {
		.socket = cli->socket,
		.user = o->user,
		.password = password,
		.auth = o->auth,
		.mppe = o->mppe,
	};
	struct kpptp_facts facts = {
		.host = o->host,
		.port = o->port ? o->port : PORT_DEFAULT,
		.seconds = o->seconds ? o->seconds : SECONDS_DEFAULT,
		.mtu = o->mtu_octets ? o->mtu_octets : MTU_DEFAULT,
		.login_wanted = o->user,
	};
	size_t shown = 0;

	kpptp_catch_sigint();
	measure(cli, &facts, o, &login, &shown);
	if (kpptp_interrupted)
		return kpptp_cli_fail(cli, "interrupted before all was measured");
	show(cli->out, &facts, true, &shown);
	return report(cli, &facts);
}

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	struct options o = { .host = NULL };
	char password[KPPTP_PASSWORD_MAX] = "";
	int status = parse(cli, argc, argv, &o);

	if (status < 0 && o.user)
		status = kpptp_connect_password(cli, o.user, &o.password,
						password);
	if (status < 0)
		status = examine(cli, &o, o.user ? password : NULL);
	explicit_bzero(password, sizeof(password));
	return status;
}

const struct kpptp_verb kpptp_verb_doctor = {
	.name = "doctor",
	.args = "HOST[:PORT] [OPTION...]",
	.summary = "tell why a tunnel does not come up",
	.help = help,
	.run = run,
};
