// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cli_firewall.c - firewall rules of kpptp(8): what options are taken, which
 * rules each role has, and whether nft and iptables-restore accept the text
 *
 * The programs read the text in namespaces of their own, without loading it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kpptp/firewall.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define PERIMETER	.role = "perimeter", .outside = "eth0", \
			.perimeter = "eth1", .server = "192.0.2.10"

/* ---------------------------------------------------------------- options */

static void options_are_checked(void **state)
{
	static const struct {
		struct kpptp_fw_words words;
		const char *why;	/* part of the sentence */
	} rows[] = {
		{ { 0 }, "--role is missing" },
		{ { .role = "wall" }, "there is no role \"wall\"" },
		{ { .role = "perimeter" }, "needs --outside" },
		{ { .role = "perimeter", .outside = "eth0" }, "needs --perimeter" },
		{ { .role = "perimeter", .outside = "eth0", .perimeter = "eth1" },
		  "needs --server" },
		{ { .role = "perimeter", .outside = "eth0", .perimeter = "eth0",
		    .server = "192.0.2.1" }, "two interfaces are needed" },
		{ { .role = "perimeter", .outside = "eth0", .perimeter = "a,b",
		    .server = "192.0.2.1" }, "--perimeter takes 1" },
		{ { PERIMETER, .strict = true }, "--strict is not for" },
		{ { PERIMETER, .inside = "10.0.0.0/8" }, "--inside is not for" },
		{ { .role = "server" }, "needs --outside" },
		{ { .role = "server", .outside = "" }, "a word is missing" },
		{ { .role = "server", .outside = "eth0," }, "a word is missing" },
		{ { .role = "server", .outside = "lo" }, "breaks the host" },
		{ { .role = "server", .outside = "e\"th" }, "only letters" },
		{ { .role = "server", .outside = "eth*" }, "only letters" },
		{ { .role = "server", .outside = "a b" }, "only letters" },
		{ { .role = "server", .outside = "-eth" }, "begins with" },
		{ { .role = "server", .outside = "sixteencharacter" },
		  "at most 15 characters" },
		{ { .role = "server", .outside = "eth0,eth0" }, "there twice" },
		{ { .role = "server", .outside = "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p" },
		  "takes 15 at the most" },
		{ { .role = "server", .outside = "e", .server = "vpn.example.net" },
		  "getent ahostsv4 vpn.example.net" },
		{ { .role = "server", .outside = "e", .server = "2001:db8::1" },
		  "IPv4 only" },
		{ { .role = "server", .outside = "e", .server = "192.0.2" },
		  "no IPv4 address" },
		{ { .role = "server", .outside = "e", .server = "192.0.2.0/24" },
		  "no IPv4 address" },
		{ { .role = "server", .outside = "e", .server = "127.0.0.1" },
		  "no address that another host can reach" },
		{ { .role = "server", .outside = "e", .server = "224.0.0.1" },
		  "no address that another host can reach" },
		{ { .role = "server", .outside = "e", .peers = "192.0.2.1/24" },
		  "the network is 192.0.2.0/24" },
		{ { .role = "server", .outside = "e", .peers = "192.0.2.0/33" },
		  "1 to 32" },
		{ { .role = "server", .outside = "e", .peers = "0.0.0.0/0" },
		  "1 to 32" },
		{ { .role = "server", .outside = "e", .peers = "192.0.2.0/" },
		  "1 to 32" },
		{ { .role = "server", .outside = "e", .peers = "2001:db8::/32" },
		  "IPv4 only" },
		{ { .role = "server", .outside = "e", .allow = "22" },
		  "none of tcp/PORT" },
		{ { .role = "server", .outside = "e", .allow = "tcp/0" },
		  "1 to 65535" },
		{ { .role = "server", .outside = "e", .allow = "tcp/65536" },
		  "1 to 65535" },
		{ { .role = "server", .outside = "e", .allow = "udp/" },
		  "1 to 65535" },
		{ { .role = "server", .outside = "e", .allow = "icmp,icmp" },
		  "there twice" },
		{ { .role = "server", .outside = "e", .allow_out = "udp/53" },
		  "with --strict only" },
		{ { .role = "client", .outside = "e", .dials_out = true },
		  "--dials-out is not for" },
		{ { .role = "forward", .outside = "eth0" }, "--outside is not for" },
		{ { .role = "forward", .subscribers = "*" }, "only letters" },
		{ { .role = "forward", .subscribers = "l*" }, "has lo in it" },
		{ { .role = "forward", .subscribers = "ppp*x" }, "only letters" },
		{ { .role = "nat", .outside = "eth0" }, "needs --inside" },
		{ { .role = "nat", .inside = "10.0.0.0/8" }, "needs --outside" },
		{ { .role = "nat", .outside = "e", .server = "10.0.0.1,10.0.0.2" },
		  "takes one --server" },
		{ { .role = "nat", .outside = "e", .server = "10.0.0.1", .map = true },
		  "--map needs" },
		{ { .role = "nat", .outside = "e", .server = "10.0.0.1",
		    .outside_address = "10.0.0.1" }, "are the same" },
		{ { .role = "nat", .outside = "e", .server = "10.0.0.1",
		    .without_helper = true }, "give --inside" },
		{ { .role = "nat", .outside = "e", .inside = "10.0.0.0/8",
		    .dials_out = true }, "give --server" },
	};
	struct kpptp_fw fw;
	char why[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (!kpptp_fw_parse(&rows[i].words, &fw, why, sizeof(why)))
			fail_msg("row %zu was taken", i);
		if (!strstr(why, rows[i].why))
			fail_msg("row %zu: \"%s\" has no \"%s\"", i, why,
				 rows[i].why);
	}
}

static void ssh_is_seen(void **state)
{
	const struct kpptp_fw_words closed = { PERIMETER };
	const struct kpptp_fw_words open = { PERIMETER, .allow = "udp/22,tcp/22" };
	const struct kpptp_fw_words nat = { .role = "nat", .outside = "eth0",
					    .inside = "10.0.0.0/8" };
	const struct kpptp_fw_service ssh = { KPPTP_FW_TCP, 22 };
	const struct kpptp_fw_service other = { KPPTP_FW_TCP, 2222 };
	struct kpptp_fw fw;
	char why[256];

	(void)state;
	assert_int_equal(kpptp_fw_parse(&closed, &fw, why, sizeof(why)), 0);
	assert_true(kpptp_fw_cuts(&fw, "eth0", ssh));
	assert_true(kpptp_fw_cuts(&fw, "eth1", ssh));
	assert_false(kpptp_fw_cuts(&fw, "eth2", ssh));
	assert_int_equal(kpptp_fw_parse(&open, &fw, why, sizeof(why)), 0);
	assert_false(kpptp_fw_cuts(&fw, "eth0", ssh));
	assert_true(kpptp_fw_cuts(&fw, "eth0", other));
	assert_int_equal(kpptp_fw_parse(&nat, &fw, why, sizeof(why)), 0);
	assert_false(kpptp_fw_cuts(&fw, "eth0", ssh));
}

/* ------------------------------------------------------------------ rules */

/* Return: to be freed */
static char *rules(const struct kpptp_fw_words *words,
		   enum kpptp_fw_format format, char *why, size_t size)
{
	struct kpptp_fw_ruleset *set;
	struct kpptp_fw fw;
	char *text;

	if (kpptp_fw_parse(words, &fw, why, size))
		fail_msg("%s", why);
	set = kpptp_fw_build(&fw);
	assert_non_null(set);
	text = format == KPPTP_FW_NFT ? kpptp_fw_nft(set, "kpptp test") :
		kpptp_fw_iptables(set, format == KPPTP_FW_IP6TABLES,
				  "kpptp test", why, size);
	free(set);
	return text;
}

/* Does the text have @line, whatever blanks it begins with and ends in? */
static bool has_line(const char *text, const char *line)
{
	const char *at = text;
	size_t len = strlen(line);

	while ((at = strstr(at, line))) {
		if ((at == text || strchr("\n\t", at[-1])) &&
		    strchr("\n", at[len]))
			return true;
		at += len;
	}
	return false;
}

/* What is tested of a role: lines that must be there, in each format. */
struct role_case {
	struct kpptp_fw_words words;
	const char *nft[6];
	const char *ipt[4];
};

static const struct role_case cases[] = {
	{ { PERIMETER, .peers = "198.51.100.0/24,203.0.113.7", .dials_out = true,
	    .allow = "tcp/22,icmp,udp/500", .allow_out = "udp/53,tcp/443,icmp" },
	  { "ip saddr { 198.51.100.0/24, 203.0.113.7 } ip daddr 192.0.2.10 tcp dport 1723 ct state new,established counter return comment \"PPTP control connections to the server\"",
	    "ip saddr 192.0.2.10 ip daddr { 198.51.100.0/24, 203.0.113.7 } meta l4proto gre counter return comment \"tunnelled packets from the server\"",
	    "ip saddr { 198.51.100.0/24, 203.0.113.7 } ip daddr 192.0.2.10 tcp sport 1723 ct state established counter return comment \"answers to calls the server places\"",
	    "counter drop comment \"everything else\"",
	    "iifname { \"eth0\", \"eth1\" } tcp dport 22 ct state new,established counter accept comment \"service of this firewall\"",
	    "oifname \"eth1\" counter jump perimeter_out comment \"goes to the perimeter network\"" },
	  { "-A KPPTP-per-outside_in -s 198.51.100.0/24,203.0.113.7 -d 192.0.2.10 -p gre -m comment --comment \"kpptp: tunnelled packets to the server\" -j RETURN",
	    "-A KPPTP-per-perimeter_out -m comment --comment \"kpptp: everything else\" -j DROP",
	    "-A FORWARD -o eth0 -m comment --comment \"kpptp: goes to the Internet\" -j KPPTP-per-outside_out",
	    "-A OUTPUT -o eth1 -p tcp --sport 22 -m conntrack --ctstate ESTABLISHED -m comment --comment \"kpptp: answers of this firewall\" -j ACCEPT" } },
	{ { .role = "server", .outside = "eth0,eth1", .allow = "tcp/22" },
	  { "iifname { \"eth0\", \"eth1\" } counter jump outside_in comment \"came from the Internet\"",
	    "meta nfproto ipv4 meta l4proto gre counter return comment \"tunnelled packets to the server\"",
	    "ct state established,related counter return comment \"answers to what this host began, and errors\"" },
	  { "-A INPUT -i eth1 -m comment --comment \"kpptp: came from the Internet\" -j KPPTP-ser-outside_in" } },
	{ { .role = "server", .outside = "eth0", .strict = true,
	    .dials_out = true, .server = "192.0.2.1,192.0.2.2",
	    .allow = "icmp", .allow_out = "tcp/80,udp/53" },
	  { "ip saddr { 192.0.2.1, 192.0.2.2 } tcp dport 1723 ct state new,established counter return comment \"calls the server places\"",
	    "udp sport 53 ct state established counter return comment \"answers to what this host uses\"" },
	  { NULL } },
	{ { .role = "client", .outside = "wlan0", .server = "192.0.2.1" },
	  { "ip saddr 192.0.2.1 meta l4proto gre counter return comment \"tunnelled packets from the server\"" },
	  { "-A KPPTP-cli-outside_in -s 192.0.2.1 -p tcp --sport 1723 -m conntrack --ctstate ESTABLISHED -m comment --comment \"kpptp: answers on control connections\" -j RETURN" } },
	{ { .role = "client", .outside = "wlan0", .strict = true },
	  { "type filter hook forward priority filter; policy accept;",
	    "oifname \"wlan0\" counter jump outside_out comment \"goes to the Internet\"" },
	  { NULL } },
	{ { .role = "forward", .isolate = true },
	  { "iifname \"ppp*\" fib saddr . iif oif missing counter drop comment \"source address of somebody else\"",
	    "iifname \"ppp*\" oifname \"ppp*\" counter drop comment \"peers do not reach each other\"" },
	  { "-A PREROUTING -i ppp+ -m comment --comment \"kpptp: source address of somebody else\" -m rpfilter --invert -j DROP",
	    "-A FORWARD -i ppp+ -o ppp+ -m comment --comment \"kpptp: peers do not reach each other\" -j DROP" } },
	{ { .role = "nat", .outside = "eth0", .inside = "10.0.0.0/8,192.168.0.0/16" },
	  { "type \"pptp\" protocol tcp",
	    "ip saddr { 10.0.0.0/8, 192.168.0.0/16 } tcp dport 1723 counter ct helper set \"pptp\" comment \"clients behind this router\"",
	    "oifname \"eth0\" ip saddr { 10.0.0.0/8, 192.168.0.0/16 } counter masquerade comment \"everybody inside\"" },
	  { "-A PREROUTING -s 10.0.0.0/8,192.168.0.0/16 -p tcp --dport 1723 -m comment --comment \"kpptp: clients behind this router\" -j CT --helper pptp",
	    "-A POSTROUTING -o eth0 -s 10.0.0.0/8,192.168.0.0/16 -m comment --comment \"kpptp: everybody inside\" -j MASQUERADE" } },
	{ { .role = "nat", .outside = "eth0", .server = "10.0.0.5",
	    .dials_out = true },
	  { "iifname \"eth0\" ip protocol gre fib daddr type local counter dnat to 10.0.0.5 comment \"tunnelled packets to the server\"",
	    "oifname \"eth0\" ip saddr 10.0.0.5 tcp dport 1723 counter masquerade comment \"calls the server places\"" },
	  { "-A PREROUTING -i eth0 -p gre -m comment --comment \"kpptp: tunnelled packets to the server\" -m addrtype --dst-type LOCAL -j DNAT --to-destination 10.0.0.5" } },
	{ { .role = "nat", .outside = "eth0", .server = "10.0.0.5",
	    .outside_address = "192.0.2.1", .map = true },
	  { "iifname \"eth0\" ip daddr 192.0.2.1 counter dnat to 10.0.0.5 comment \"all of the address is the server's\"",
	    "oifname \"eth0\" ip saddr 10.0.0.5 counter snat to 192.0.2.1 comment \"the server has all of the address\"" },
	  { "-A POSTROUTING -o eth0 -s 10.0.0.5 -m comment --comment \"kpptp: the server has all of the address\" -j SNAT --to-source 192.0.2.1" } },
	{ { .role = "nat", .outside = "eth0", .inside = "10.0.0.0/8",
	    .without_helper = true },
	  { "typeof ip daddr . @ih,96,16 : ip saddr",
	    "iifname \"eth0\" ip protocol gre counter dnat to ip saddr . @th,48,16 map @calls comment \"the client that has this Call ID at this server\"" },
	  { NULL } },
};

static void roles_have_their_rules(void **state)
{
	char why[256], *text;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		text = rules(&cases[i].words, KPPTP_FW_NFT, why, sizeof(why));
		assert_non_null(text);
		for (k = 0; k < COUNT(cases[i].nft) && cases[i].nft[k]; k++)
			if (!has_line(text, cases[i].nft[k]))
				fail_msg("case %zu has no: %s\n%s", i,
					 cases[i].nft[k], text);
		free(text);
		text = rules(&cases[i].words, KPPTP_FW_IPTABLES, why,
			     sizeof(why));
		assert_true(text || cases[i].words.without_helper);
		for (k = 0; k < COUNT(cases[i].ipt) && cases[i].ipt[k]; k++)
			if (!has_line(text, cases[i].ipt[k]))
				fail_msg("case %zu has no: %s\n%s", i,
					 cases[i].ipt[k], text);
		free(text);
	}
}

/* Its interfaces must exist, so nft does not get to see this one. */
static void flowtable_has_its_interfaces(void **state)
{
	static const struct kpptp_fw_words words = {
		.role = "forward", .flowtable = "eth0,ppp0"
	};
	char why[256], *text = rules(&words, KPPTP_FW_NFT, why, sizeof(why));

	(void)state;
	assert_true(has_line(text, "devices = { \"eth0\", \"ppp0\" }"));
	assert_true(has_line(text, "iifname { \"eth0\", \"ppp0\" } oifname { \"eth0\", \"ppp0\" } ct state established meta l4proto { tcp, udp } counter flow add @fast comment \"known flows take the short way from now on\""));
	free(text);
}

/* Only a server that dials out has anything from port 1723 let in. */
static void only_what_is_asked_for(void **state)
{
	static const struct kpptp_fw_words plain = { PERIMETER };
	static const struct kpptp_fw_words forward = { .role = "forward" };
	static const struct kpptp_fw_words clients = {
		.role = "nat", .outside = "eth0", .inside = "10.0.0.0/8",
		.without_helper = true
	};
	char why[256], *text;

	(void)state;
	text = rules(&plain, KPPTP_FW_NFT, why, sizeof(why));
	assert_null(strstr(text, "server places"));
	assert_null(strstr(text, "accept comment"));
	assert_null(strstr(text, "nd-"));
	free(text);
	text = rules(&forward, KPPTP_FW_NFT, why, sizeof(why));
	assert_null(strstr(text, "each other"));
	assert_null(strstr(text, "flowtable"));
	free(text);
	text = rules(&clients, KPPTP_FW_NFT, why, sizeof(why));
	assert_null(strstr(text, "ct helper"));
	free(text);
}

static void not_for_iptables(void **state)
{
	static const struct {
		struct kpptp_fw_words words;
		enum kpptp_fw_format format;
		const char *why;
	} rows[] = {
		{ { .role = "nat", .outside = "e", .inside = "10.0.0.0/8",
		    .without_helper = true }, KPPTP_FW_IPTABLES, "needs nftables" },
		{ { .role = "forward", .flowtable = "eth0" }, KPPTP_FW_IPTABLES,
		  "no flowtables" },
		{ { .role = "nat", .outside = "e", .inside = "10.0.0.0/8" },
		  KPPTP_FW_IP6TABLES, "IPv4 only" },
	};
	char why[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_null(rules(&rows[i].words, rows[i].format, why,
				  sizeof(why)));
		assert_non_null(strstr(why, rows[i].why));
	}
}

/* ------------------------------------------------------------ real readers */

/* Without the right to make namespaces there is nothing to ask. */
static void need_namespaces(void)
{
	int status = system("unshare -Urn true 2>/dev/null || unshare -n true 2>/dev/null");

	if (status) {
		print_message("no namespace can be made\n");
		skip();
	}
}

/* Has @command read @text? Return: whether it was content. */
static bool reads(const char *command, const char *text)
{
	char line[256];
	FILE *f;

	snprintf(line, sizeof(line),
		 "PATH=$PATH:/usr/sbin:/sbin; [ $(id -u) = 0 ] && u=-n || u=-Urn; unshare $u %s",
		 command);
	f = popen(line, "w");
	assert_non_null(f);
	fputs(text, f);
	return !pclose(f);
}

static void need_program(const char *name)
{
	char line[128];

	snprintf(line, sizeof(line),
		 "PATH=$PATH:/usr/sbin:/sbin command -v %s >/dev/null", name);
	if (system(line)) {
		print_message("%s is not installed\n", name);
		skip();
	}
	need_namespaces();
}

static void nft_reads_all(void **state)
{
	char why[256], *text;
	size_t i;

	(void)state;
	need_program("nft");
	assert_false(reads("nft -c -f - 2>/dev/null", "table inet x { chain }"));
	for (i = 0; i < COUNT(cases); i++) {
		text = rules(&cases[i].words, KPPTP_FW_NFT, why, sizeof(why));
		if (!reads("nft -c -f -", text))
			fail_msg("case %zu:\n%s", i, text);
		free(text);
	}
}

static void restore_reads_all(enum kpptp_fw_format format, const char *command)
{
	char why[256], *text;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		text = rules(&cases[i].words, format, why, sizeof(why));
		if (text && !reads(command, text))
			fail_msg("case %zu:\n%s", i, text);
		free(text);
	}
}

static void iptables_reads_all(void **state)
{
	(void)state;
	need_program("iptables-restore");
	assert_false(reads("iptables-restore --test 2>/dev/null",
			   "*filter\n-A INPUT --nonsense -j DROP\nCOMMIT\n"));
	restore_reads_all(KPPTP_FW_IPTABLES, "iptables-restore --test --noflush");
	restore_reads_all(KPPTP_FW_IP6TABLES,
			  "ip6tables-restore --test --noflush");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_checked),
		cmocka_unit_test(ssh_is_seen),
		cmocka_unit_test(roles_have_their_rules),
		cmocka_unit_test(flowtable_has_its_interfaces),
		cmocka_unit_test(only_what_is_asked_for),
		cmocka_unit_test(not_for_iptables),
		cmocka_unit_test(nft_reads_all),
		cmocka_unit_test(iptables_reads_all),
	};

	return cmocka_run_group_tests_name("firewall", tests, NULL, NULL);
}
