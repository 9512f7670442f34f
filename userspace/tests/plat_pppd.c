// SPDX-License-Identifier: GPL-2.0-or-later
/* What a call means in options of pppd, and what is said with its plugin. */
#include "plat_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kpptpd/lines.h"
#include "../kpptpd/ppp_impl.h"
#include "../kpptpd/pppd_args.h"
#include "../kpptpd/pppd_end.h"

static char joined[4096];

static int make(const struct kpptp_ppp_request *req)
{
	struct kpptp_pppd_args args;
	unsigned int i;
	const struct kpptp_conf_global global = {
		.pppd = "/pppd", .plugin = "/kpptp.so", .dns_hook = "/hook",
		.resolv_conf = "/resolv.conf",
	};
	int err = kpptp_pppd_args_make(&args, &global, 3, req);

	strcpy(joined, "|");
	for (i = 0; i < args.n; i++) {
		strcat(joined, args.v[i]);
		strcat(joined, "|");
	}
	kpptp_pppd_args_free(&args);
	return err;
}

static void assert_has(const char *text)
{
	if (!strstr(joined, text))
		fail_msg("no %s in %s", text, joined);
}

static void assert_has_not(const char *text)
{
	if (strstr(joined, text))
		fail_msg("%s in %s", text, joined);
}

static struct kpptp_ppp_request request(bool server,
					const struct kpptp_ppp_settings *s)
{
	struct kpptp_ppp_request req = {
		.call_id = 5, .peer_call_id = 0, .server = server,
		.user = server ? "" : "fr ed", .password = "sesame",
		.name = server ? "" : "office", .settings = s,
	};

	inet_pton(AF_INET, "192.0.2.1", &req.local);
	inet_pton(AF_INET, "192.0.2.2", &req.peer);
	return req;
}

static void server(void **state)
{
	struct kpptp_ppp_settings s = {
		.auth = KPPTP_AUTH_MSCHAP_V2 | KPPTP_AUTH_PAP,
		.mppe = KPPTP_MPPE_REQUIRE, .mtu = 1400, .n_dns = 1,
		.dns = { { .s_addr = htonl(0x08080404) } },
		.use_dns = true,
	};
	struct kpptp_ppp_request req = request(true, &s);

	(void)state;
	inet_pton(AF_INET, "10.0.0.1", &req.local_ip);
	inet_pton(AF_INET, "10.0.0.2", &req.remote_ip);
	assert_int_equal(make(&req), 0);
	assert_has("|/pppd|plugin|/kpptp.so|kpptp-local|192.0.2.1|kpptp-peer|192.0.2.2|kpptp-call-id|5|kpptp-peer-call-id|0|kpptp-fd|3|");
	assert_has("|hide-password|");
	assert_has("|nodetach|nopersist|");
	assert_has("|10.0.0.1:10.0.0.2|");
	assert_has("|auth|require-mschap-v2|");
	assert_has("|require-pap|refuse-pap|");
	assert_has_not("require-chap");
	assert_has("|require-mppe-128|");
	assert_has("|novj|nobsdcomp|nodeflate|");
	assert_has("|mtu|1400|mru|1400|noipv6|ms-dns|8.8.4.4|");
	assert_has("|kpptp-ask-peer|");
	assert_has("|kpptp-ask-address|");
	assert_has_not("await-peer");
	assert_has_not("hook");
	assert_has_not("|idle|");
	assert_has_not("sesame");
}

static void client(void **state)
{
	struct kpptp_ppp_settings s = {
		.auth = KPPTP_AUTH_MSCHAP_V2, .mtu = 1200, .ipv6 = true,
		.mppe = KPPTP_MPPE_ALLOW, .n_dns = 1, .idle = 90,
		.use_dns = true,
	};
	struct kpptp_ppp_request req = request(false, &s);

	(void)state;
	assert_int_equal(make(&req), 0);
	assert_has("|noipdefault|noauth|refuse-mschap|refuse-chap|refuse-pap|refuse-eap|user|fr ed|novj|nobsdcomp|nodeflate|nomppe|kpptp-mppe-allow|mppe-stateful|ipcp-restart|1|");
	assert_has("|+ipv6|idle|90|");
	assert_has("|hide-password|");
	assert_has("|nodetach|nopersist|");
	assert_has("|kpptp-dns-hook|/hook|kpptp-resolv-conf|/resolv.conf|");
	assert_has_not("usepeerdns");
	assert_has_not("ask-peer");
	assert_has("|kpptp-await-peer|");
	assert_has_not("ms-dns");
	assert_has_not("require-");
	assert_has_not("refuse-mschap-v2");
	assert_has_not("sesame");
	assert_has("|ipparam|office|");
}

static void nobody_proves_anything(void **state)
{
	struct kpptp_ppp_settings s = { .mtu = 1400 };
	struct kpptp_ppp_request req = request(true, &s);

	(void)state;
	inet_pton(AF_INET, "10.0.0.2", &req.remote_ip);
	assert_int_equal(make(&req), 0);
	assert_has("|:10.0.0.2|noauth|");
	assert_has_not("ask-peer");	/* of nobody there are settings */
	assert_has("|nomppe|");
	assert_has_not("kpptp-mppe-allow");
}

static void free_text(void **state)
{
	static const struct {
		const char *text;
		const char *words;
		int err;
	} row[] = {
		{ "", "|ipparam|kpptp|kpptp-ask-address|nodetach|nopersist|", 0 },
		{ "  debug\tproxyarp ", "|kpptp-ask-address|debug|proxyarp|nodetach|nopersist|", 0 },
		{ "updetach persist", "|updetach|persist|nodetach|nopersist|", 0 },
		{ "connect 'a b'", "|kpptp-ask-address|connect|a b|", 0 },
		{ "x \"it's\" \\\"y", "|kpptp-ask-address|x|it's|\"y|", 0 },
		{ "x ''", "|kpptp-ask-address|x||", 0 },
		{ "x 'open", "", -EINVAL },
		{ "x \"open", "", -EINVAL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct kpptp_ppp_settings s = { .mtu = 1400 };
		struct kpptp_ppp_request req = request(true, &s);

		strcpy(s.options, row[i].text);
		assert_int_equal(make(&req), row[i].err);
		if (!row[i].err)
			assert_has(row[i].words);
	}
}

static void many_words(void **state)
{
	struct kpptp_ppp_settings s = { .mtu = 1400 };
	struct kpptp_ppp_request req = request(true, &s);
	size_t i;

	(void)state;
	for (i = 0; i + 2 < sizeof(s.options); i += 2)
		memcpy(s.options + i, "x ", 3);
	assert_int_equal(make(&req), -E2BIG);
}

/* What is said and printed, in order, and what it comes to. */
static void why_it_ended(void **state)
{
	static const struct {
		const char *said[3];
		const char *printed;
		int status;
		bool server, asked;
		const char *text;
	} row[] = {
		{ { NULL }, NULL, 16, false, false, "the call was hung up" },
		{ { NULL }, NULL, 127, false, false, "pppd could not be started" },
		{ { "exit 1 no route" }, NULL, 1, false, false, "no route" },
		{ { "exit 1 a\xff\"b" }, NULL, 1, false, false, "a\\xff\\x22b" },
		{ { "says login account locked", "says lcp Authentication failed" },
		  NULL, 19, false, false,
		  "the peer did not accept our user name and password: the peer says \"account locked\"" },
		{ { "says login E=649 R=0 C=0011 V=3 M=ask the \"boss\"" },
		  NULL, 19, false, false,
		  "the peer did not accept our user name and password: the account may not dial in: the peer says \"ask the \\x22boss\\x22\"" },
		{ { "says login E=691 R=1 C=0011 V=3" }, NULL, 19, false, false,
		  "the peer did not accept our user name and password: wrong user name or password" },
		{ { "says ipcp Unauthorized remote IP address", "says lcp No network protocols running" },
		  NULL, 10, false, false,
		  "PPP negotiation failed: no network protocol came up: the peer says \"Unauthorized remote IP address\"" },
		{ { "ends MPPE required but not available" },
		  "MPPE required, but keys are not available", 10, false, false,
		  "PPP negotiation failed: no network protocol came up: MPPE required but not available" },
		{ { "ends User request" }, NULL, 5, false, false, "PPP was ended by a signal" },
		{ { "says lcp bye" }, NULL, 5, false, true, "PPP was ended by a signal" },
		{ { "says lcp " }, NULL, 16, false, false, "the call was hung up" },
		{ { NULL }, "pppd: unrecognized option 'lokc'", 2, true, false,
		  "pppd does not accept its options; look at pppd-options: pppd: unrecognized option 'lokc'" },
		{ { "says lcp \x1b[2Jme" }, "Peer mallory failed CHAP authentication", 11, true, false,
		  "the peer failed to prove its identity: Peer mallory failed CHAP authentication" },
		{ { NULL }, "LCP terminated by peer", 16, true, false, "the call was hung up" },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct kpptp_pppd_end end = { 0 };
		char text[256];

		for (k = 0; k < COUNT(row[i].said) && row[i].said[k]; k++)
			assert_true(kpptp_pppd_end_said(&end, row[i].said[k]));
		if (row[i].printed)
			kpptp_pppd_end_printed(&end, row[i].printed, row[i].server);
		kpptp_pppd_end_text(&end, row[i].status, row[i].asked, text, sizeof(text));
		assert_string_equal(text, row[i].text);
	}
}

static void why_it_begins_to_end(void **state)
{
	static const struct {
		const char *said, *printed, *text;
	} row[] = {
		{ "says lcp bye\x1b[2J", NULL, "the peer says \"bye\\x1b[2J\"" },
		{ "says ipcp no", NULL, "the peer says \"no\"" },
		{ "ends MPPE required but not available", NULL, "MPPE required but not available" },
		{ "ends Authentication failed", "Peer bob failed CHAP authentication", "Peer bob failed CHAP authentication" },
		{ "says login E=691 R=0", NULL, "" },
		{ NULL, "Timeout waiting for packets", "" },
		{ NULL, NULL, "" },
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct kpptp_pppd_end end = { 0 };

		if (row[i].said)
			assert_true(kpptp_pppd_end_said(&end, row[i].said));
		if (row[i].printed)
			kpptp_pppd_end_printed(&end, row[i].printed, true);
		kpptp_pppd_end_begun(&end, text, sizeof(text));
		assert_string_equal(text, row[i].text);
	}
}

static void who_has_failed(void **state)
{
	static const struct {
		const char *printed, *name;
	} row[] = {
		{ "Peer mallory failed CHAP authentication", "mallory" },
		{ "Peer a failed b failed CHAP authentication", "a failed b" },
		{ "Peer DOMAIN\\\\fred \\\"x\\\" failed CHAP authentication",
		  "DOMAIN\\fred \"x\"" },
		{ "PAP authentication failure for fred", "fred" },
		{ "Peer fred is not authorized", "" },
		{ "EAP authentication failed", "" },
	};
	char name[KPPTP_PPPD_WORDS_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct kpptp_pppd_end end = { 0 };

		kpptp_pppd_end_printed(&end, row[i].printed, true);
		kpptp_pppd_end_user(&end, name);
		assert_string_equal(name, row[i].name);
	}
}

static void words_are_bounded_and_forgotten(void **state)
{
	static char line[4096] = "says lcp ";
	struct kpptp_pppd_end end = { 0 };
	char text[256];

	(void)state;
	memset(line + strlen(line), 0xff, sizeof(line) - 100);
	assert_true(kpptp_pppd_end_said(&end, line));
	kpptp_pppd_end_text(&end, 16, false, text, sizeof(text));
	assert_int_equal(strspn(text, "thecalwsungp:ryx\\f\" "), strlen(text));
	assert_int_equal(text[strlen(text) - 1], '"');
	kpptp_pppd_end_forget(&end);
	kpptp_pppd_end_text(&end, 16, false, text, sizeof(text));
	assert_string_equal(text, "the call was hung up");
	assert_false(kpptp_pppd_end_said(&end, "up ppp0 1 2"));
}

static void take(void *arg, char *line)
{
	strcat(arg, line);
	strcat(arg, "/");
}

static void lines(void **state)
{
	static char big[3 * KPPTP_LINE_SIZE];
	struct kpptp_lines l = { .len = 0 };
	char got[4 * KPPTP_LINE_SIZE] = "";

	(void)state;
	kpptp_lines_feed(&l, "a\nbc", 4, take, got);
	kpptp_lines_feed(&l, "d\n\n\0e\n", 6, take, got);
	assert_string_equal(got, "a/bcd//e/");
	got[0] = '\0';
	memset(big, 'x', sizeof(big));
	kpptp_lines_feed(&l, big, sizeof(big), take, got);
	assert_int_equal(strlen(got), 3 * KPPTP_LINE_SIZE);
	assert_int_equal(got[KPPTP_LINE_SIZE - 1], '/');
}

/* A pppd that wants to close, and says what it was answered. */
static const char closing_pppd[] =
	"#!/bin/sh\n"
	"echo attached >&3\n"
	"echo 'says lcp time is \001 up' >&3\n"
	"echo closing >&3\n"
	"read -r answer <&3\n"
	"echo \"exit 5 $answer\" >&3\n"
	"exit 5\n";

struct said {
	struct kpptp_ppp *ppp;
	struct kpptp_ppp_link *link;
	struct event_base *base;
	char words[256];
};

static void said_attached(void *arg)
{
	strcat(((struct said *)arg)->words, "attached ");
}

static void said_closing(void *arg, const char *why)
{
	struct said *said = arg;

	strcat(strcat(strcat(said->words, "closing "), why), " ");
	said->ppp->ops->proceed(said->ppp, said->link);
}

static void said_down(void *arg, const char *reason, int status)
{
	struct said *said = arg;

	assert_int_equal(status, 5);
	strcat(said->words, reason);
	event_base_loopbreak(said->base);
}

static void write_program(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, 0700), 0);
	close(fd);
}

/* What pppd says when somebody else's password is tried. */
static const char refusing_pppd[] =
	"#!/bin/sh\n"
	"echo 'Peer mallory failed CHAP authentication'\n"
	"exit 11\n";

/* What it is told of the beginning is no reason of the end. */
static const char renegotiating_pppd[] =
	"#!/bin/sh\n"
	"echo 'says ipcp not this one' >&3\n"
	"echo 'up ppp0 198.51.100.1 198.51.100.2' >&3\n"
	"echo 'says lcp closing time' >&3\n"
	"exit 11\n";

static void said_failed(void *arg, const char *user)
{
	strcat(strcat(((struct said *)arg)->words, user), ": ");
}

static void said_refused(void *arg, const char *reason, int status)
{
	struct said *said = arg;

	assert_int_equal(status, 11);
	strcat(said->words, reason);
	event_base_loopbreak(said->base);
}

/* What it says of a user who may not have a link, and what it is answered. */
static const char asking_pppd[] =
	"#!/bin/sh\n"
	"echo 'auth bob' >&3\n"
	"read -r answer <&3\n"
	"echo \"exit 10 $answer\" >&3\n"
	"exit 1\n";

static void refuse_bob(void *arg, void *link_arg, const char *user,
		       struct kpptp_ppp_peer *out)
{
	(void)arg;
	(void)link_arg;
	assert_string_equal(user, "bob");
	strcpy(out->why, "one is enough");
}

static void said_auth(void *arg, const char *user)
{
	strcat(strcat(((struct said *)arg)->words, user), " ");
}

static void said_not_allowed(void *arg, const char *reason, int status)
{
	struct said *said = arg;

	assert_int_equal(status, 21);	/* see pppd(8) */
	strcat(said->words, reason);
	event_base_loopbreak(said->base);
}

/* Whose link is up with an address that somebody else has. */
static const char twin_pppd[] =
	"#!/bin/sh\n"
	"echo 'up ppp0 198.51.100.1 198.51.100.9' >&3\n"
	"read -r answer <&3\n"
	"echo \"exit 10 $answer\" >&3\n"
	"exit 1\n";

static void only_one_has_9(void *arg, void *link_arg, struct in_addr theirs,
			   char *why, size_t size)
{
	(void)arg;
	(void)link_arg;
	snprintf(why, size, "%s", theirs.s_addr == inet_addr("198.51.100.9") ? "in use" : "");
}

/* Runs @text for pppd until it has ended. */
static struct said run_pppd(const char *text, const struct kpptp_ppp_events *events)
{
	struct kpptp_ppp_settings s = { .mtu = 1400 };
	struct kpptp_ppp_request req = request(true, &s);
	struct said said = { .base = event_base_new() };
	char path[] = "/tmp/plat_pppd.XXXXXX";
	struct kpptp_conf_global programs = { 0 };
	const struct kpptp_ppp_setup setup = {
		.base = said.base, .global = &programs, .peer = refuse_bob,
		.address = only_one_has_9,
	};

	write_program(path, text);
	snprintf(programs.pppd, sizeof(programs.pppd), "%s", path);
	snprintf(programs.plugin, sizeof(programs.plugin), "/none");
	assert_int_equal(kpptp_ppp_pppd_new(&setup, &said.ppp), 0);
	assert_int_equal(said.ppp->ops->start(said.ppp, &req, events, &said,
					      &said.link), 0);
	event_base_dispatch(said.base);
	said.ppp->ops->free(said.ppp);
	event_base_free(said.base);
	unlink(path);
	return said;
}

static void a_pppd_that_closes(void **state)
{
	static const struct kpptp_ppp_events events = {
		.attached = said_attached, .closing = said_closing,
		.down = said_down,
	};
	(void)state;
	assert_string_equal(run_pppd(closing_pppd, &events).words,
			    "attached closing the peer says \"time is \\x01 up\" proceed");
}

static void who_failed_to_log_in_is_named(void **state)
{
	static const struct kpptp_ppp_events events = {
		.failed = said_failed, .down = said_refused,
	};

	(void)state;
	assert_string_equal(run_pppd(refusing_pppd, &events).words,
			    "mallory: the peer failed to prove its identity: Peer mallory failed CHAP authentication");
}

/* pppd ends as if something were wrong with it. */
static void who_is_refused_is_not_allowed(void **state)
{
	static const struct kpptp_ppp_events events = {
		.auth = said_auth, .down = said_not_allowed,
	};

	(void)state;
	assert_string_equal(run_pppd(asking_pppd, &events).words,
			    "bob refuse one is enough");
}

static void said_up(void *arg, const char *ifname, const char *ours, const char *theirs)
{
	(void)ours;
	(void)theirs;
	strcat(strcat(((struct said *)arg)->words, ifname), " ");
}

/* pppd asks; who may not have the address was never up. */
static void whose_address_it_is(void **state)
{
	static const struct kpptp_ppp_events events = {
		.up = said_up, .down = said_not_allowed,
	};

	(void)state;
	assert_string_equal(run_pppd(twin_pppd, &events).words,
			    "refuse in use");
}

/* What the plugin knows of a link, and what is no such line. */
static const char telling_pppd[] =
	"#!/bin/sh\n"
	"echo 'link mschap-v2 1400 1396 128-bit stateless' >&3\n"
	"echo 'traffic 5000000001 2 3 4' >&3\n"
	"echo 'traffic 1 2 3' >&3\n"
	"echo 'link pap 1 x none' >&3\n"
	"exit 11\n";

static struct kpptp_ppp_net told;

static void said_net(void *arg, const struct kpptp_ppp_net *net)
{
	(void)arg;
	told = *net;
}

static void what_a_link_is_and_has_carried(void **state)
{
	static const struct kpptp_ppp_events events = { .net = said_net, .down = said_refused };

	(void)state;
	run_pppd(telling_pppd, &events);
	assert_string_equal(told.auth, "mschap-v2");
	assert_string_equal(told.mppe, "128-bit stateless");
	assert_int_equal(told.mru, 1400);
	assert_int_equal(told.peer_mru, 1396);
	assert_true(told.traffic.known);
	assert_true(told.traffic.rx_bytes == 5000000001ULL);
	assert_int_equal(told.traffic.rx_packets, 2);
	assert_int_equal(told.traffic.tx_bytes, 3);
	assert_int_equal(told.traffic.tx_packets, 4);
}

static void what_was_said_before_it_was_up_is_forgotten(void **state)
{
	static const struct kpptp_ppp_events events = { .up = said_up, .down = said_refused };

	(void)state;
	assert_string_equal(run_pppd(renegotiating_pppd, &events).words,
			    "ppp0 the peer failed to prove its identity: the peer says \"closing time\"");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(server),
		cmocka_unit_test(client),
		cmocka_unit_test(nobody_proves_anything),
		cmocka_unit_test(free_text),
		cmocka_unit_test(many_words),
		cmocka_unit_test(why_it_ended),
		cmocka_unit_test(why_it_begins_to_end),
		cmocka_unit_test(who_has_failed),
		cmocka_unit_test(words_are_bounded_and_forgotten),
		cmocka_unit_test(lines),
		cmocka_unit_test(a_pppd_that_closes),
		cmocka_unit_test(who_failed_to_log_in_is_named),
		cmocka_unit_test(who_is_refused_is_not_allowed),
		cmocka_unit_test(whose_address_it_is),
		cmocka_unit_test(what_a_link_is_and_has_carried),
		cmocka_unit_test(what_was_said_before_it_was_up_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
