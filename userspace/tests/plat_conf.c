// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration file: a table of texts, each with what comes of it. */
#include "plat_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/kpptp.h>

#include "../kpptpd/conf.h"
#include "../kpptpd/conf_diff.h"
#include "../lib/hash.h"

static char dir[] = "/tmp/plat_conf.XXXXXX";
static char path[64], secret[64];

struct heard {
	char errors[4096];
	char warnings[4096];
};

static void hear(void *arg, enum kpptp_log_level level, const char *text)
{
	struct heard *h = arg;
	char *out = level == KPPTP_LOG_ERROR ? h->errors : h->warnings;
	size_t used = strlen(out);

	snprintf(out + used, sizeof(h->errors) - used, "%s\n", text);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(name, mode), 0);
}

static int parse(const char *text, struct kpptp_conf *conf, struct heard *h)
{
	struct kpptp_conf_source *source = kpptp_conf_source_disk();
	int err;

	memset(h, 0, sizeof(*h));
	write_file(path, text, 0600);
	err = kpptp_conf_parse(source, path, conf, hear, h);
	kpptp_conf_source_free(source);
	return err;
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/kpptpd.conf", dir);
	snprintf(secret, sizeof(secret), "%s/secret", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	unlink(secret);
	return rmdir(dir);
}

/* Texts that are refused, and what the complaint must contain. */
static void refused(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} row[] = {
		{ "[global]\nrun-dir = here\n",
		  "kpptpd.conf:2: [global] run-dir = here: allowed is an absolute path" },
		{ "[global]\ncolour = red\n", ":2: [global] has no key \"colour\"; allowed are run-dir, socket," },
		{ "[global]\nlog-level = loud\n", "allowed is error, warning, info or debug" },
		{ "[global]\ndata-plane = magic\n", "allowed is kernel, or null" },
		{ "[globule]\nx = y\n", ":1: there is no section [globule]; allowed are [global]" },
		{ "x = y\nz = y\n", ":1: x is in no section; begin with [global]" },
		{ "[server]\n\n# a comment\nport = 0\n", ":4: [server] port = 0: allowed is a TCP port" },
		{ "[server]\nport = 65536\n", "from 1 to 65535" },
		{ "[server]\nport = 17x\n", "from 1 to 65535" },
		{ "[server]\nport = -1\n", "from 1 to 65535" },
		{ "[server]\nport = 1\nport = 2\n", ":3: [server] port is given twice" },
		{ "[server]\nlisten = 192.0.2.1,nowhere\n", "up to 16 IPv4 addresses" },
		{ "[server]\ndns = 192.0.2.1,192.0.2.2,192.0.2.3\n", "one or two IPv4 addresses" },
		{ "[server]\npool = 192.0.2.9-192.0.2.1\n", "the end of a range lies before its beginning" },
		{ "[server]\npool = 192.0.2.1\npool = 192.0.2.1-192.0.2.2\n", ":3: [server] pool = 192.0.2.1-192.0.2.2: an address is named twice" },
		{ "[server]\nauth = mschap-v2,magic\n", "allowed is none, or one or more of" },
		{ "[server]\nauth = ,\n", "allowed is none, or one or more of" },
		{ "[server]\nmppe = always\n", "allowed is no, allow or require" },
		{ "[server]\nmtu = 9\n", "octets from 576" },
		{ "[server]\nenabled = yes\npool = 192.0.2.1\n", ":2: [server] enabled = yes needs local-ip" },
		{ "[server]\nenabled = yes\nlocal-ip = 192.0.2.1\n", ":2: [server] enabled = yes needs pool" },
		{ "[server]\nenabled = yes\nlocal-ip = 192.0.2.1\npool = 192.0.2.1,192.0.2.2\n"
		  "[peer a]\naddress = 192.0.2.2\n", ":4: [server] pool has no address for a peer" },
		{ "[server]\nlocal-ip = 192.0.2.1\n[peer a]\naddress = 192.0.2.1\n",
		  "[peer a] address is local-ip" },
		{ "[server]\nmppe = require\nauth = pap\nenabled = yes\nlocal-ip = 192.0.2.1\npool = 192.0.2.2\n",
		  "mppe = require needs mschap-v2" },
		{ "[call]\ntos = 5\n", "a multiple of 4 from 0 to 252 or inherit" },
		{ "[call]\ntos = 256\n", "from 0 to 252" },
		{ "[call]\npmtu = discover\n", "yes, no or copy" },
		{ "[call]\nreorder-limit = 1025\n", "from 1 to 1024" },
		{ "[call]\nreorder-time = 1001\n", "milliseconds from 0 to 1000" },
		{ "[call]\nack-delay = 10001\n", "milliseconds from 0 to 10000" },
		{ "[call]\nrx-window = 0\n", "packets from 1 to 65535" },
		{ "[call]\nmark = 0x100000000\n", "from 0 to 0xffffffff" },
		{ "[call]\ndevice = name-that-is-too-long\n", "it is too long; allowed is the name of an interface" },
		{ "[call]\ndevice = eth\"0\n", ":2: [call] device = eth\"0: it has a blank, a quotation mark" },
		{ "[call]\ndevice = ..\n", "it is the name of no interface" },
		{ "[call]\ndevice =\n", "device = : it is empty" },
		{ "[client x]\nserver = a\nuser = a\tb\n", ":3: [client x] user = a\tb: it has a control character in it" },
		{ "[peer x]\nuser = a\tb\n", "it has a control character in it; allowed is a user name" },
		{ "[client x]\nserver = a\"b\n", "it has a blank, a quotation mark" },
		{ "[server]\nlocal-ip = 0.0.0.0\n", ":2: [server] local-ip = 0.0.0.0: it is an address that no host has" },
		{ "[server]\nlocal-ip = 224.0.0.1\n", "an address that no host has" },
		{ "[server]\nlocal-ip = 255.255.255.255\n", "an address that no host has" },
		{ "[server]\ndns = 192.0.2.1, 239.1.1.1\n", "an address that no host has" },
		{ "[server]\nlisten = 192.0.2.1, 0.0.0.0\n", "an address that no host has" },
		{ "[peer x]\naddress = 255.255.255.255\n", "an address that no host has" },
		{ "[client x]\nserver = a\nlocal-address = 230.0.0.1\n", "an address that no host has" },
		{ "[peer x]\nclient = a/b\n", "it has something else in it than letters" },
		{ "[global]\nuser = a b\n", "it has something else in it than letters" },
		{ "[call]\ndevice = a/b\n", "one of / : \\ in it; allowed is the name of an interface" },
		{ "[client x]\nuser = fred\n", ":1: [client x] needs server" },
		{ "[client x y]\nserver = a\n", "1 to 40 letters" },
		{ "[client x]\nserver = a:b\n", "HOST or HOST:PORT" },
		{ "[client x]\nserver = a:0\n", "HOST or HOST:PORT" },
		{ "[client x]\nserver = a\npassword-file = missing\n",
		  ":3: [client x] password-file = missing: cannot read it: No such file" },
		{ "[client x]\nserver = a\nretry-min = 5\nretry-max = 1\n", ":4: [client x] retry-max is below retry-min" },
		{ "[client x]\nserver = a\nretry-min = 0\n", "from 1 to 86400" },
		{ "[client x]\nserver = a\ncall-id = 65536\n", "from 1 to 65535" },
		{ "[client x]\nserver = a\n[client x]\nserver = b\n", ":4: [client x] server is given twice" },
		{ "[client x]\nserver = a\nroutes = 10.0.0.1/8\n",
		  ":3: [client x] routes = 10.0.0.1/8: the address has bits set beyond the prefix length; allowed are IPv4" },
		{ "[client x]\nserver = a\nroutes = 10.0.0.0/40\n", "not a number that fits the address" },
		{ "[client x]\nserver = a\nroutes = here\n", "neither an IPv4 nor an IPv6 address" },
		{ "[client x]\nserver = a\nroutes =\n", "no network at all" },
		{ "[client x]\nserver = a\ndemand = yes\n", "demand = yes needs routes" },
		{ "[client x]\nserver = a\ndemand = yes\nroutes = 10.0.0.0/8\ndefault-route = yes\n",
		  "that the server is not in" },
		{ "[client x]\nserver = 10.1.1.1\ndemand = yes\nroutes = 10.0.0.0/8\n",
		  "that the server is not in" },
		{ "[client x]\nserver = a\npersist = yes\nidle-timeout = 9\n", "use demand = yes, or persist = no" },
		{ "[client x]\nserver = a\nroutes = 2001:db8::/32\n", "which need ipv6 = yes" },
		{ "[peer x]\nroutes = 2001:db8::/32\n", "which need ipv6 = yes in [server]" },
		{ "[peer x y]\naddress = 10.0.0.1\n", "as user = NAME" },
		{ "[peer x]\naddress = here\n", "[peer x] address = here: allowed is an IPv4" },
		{ "[peer x]\nuser =\n", ":2: [peer x] user = : allowed is a user name" },
		{ "[peer x]\nuser = z\n[peer y]\nuser = z\n", ":3: [peer y] and [peer x] are for the same user z" },
		{ "[peer x]\naddress = 10.0.0.1\n[peer y]\naddress = 10.0.0.1\n", ":4: [peer y] address is that of [peer x], too" },
		{ "[peer x]\nclient = y\n", "there is no section [client y]" },
		{ "[peer x]\nclient = y\n[client y]\nserver = a\nuser = x\n", "both log in as x" },
		{ "[peer x]\nclient = y\nclient = y\n", ":3: [peer x] client is given twice" },
		{ "[global]\nrubbish\n", ":2: neither a [section] nor a" },
		{ "[global\n", ":1: the section has no ] at its end" },
		{ "[global] x = y\n", ":1: there is something behind the section" },
		{ "[]\nx = y\n", ":1: the section has no name" },
		{ "= y\n", ":1: neither a [section] nor a" },
		{ "[sever]\n", ":1: there is no section [sever]" },
		{ "[globule]\nx = y\nz = y\n", ":1: there is no section [globule]" },
		{ "[client x]\n", ":1: [client x] needs server" },
		{ "[client x y]\nserver = h\nuser = u\n", ":1: [client x y]: a name has 1 to 40 letters" },
		{ "[client abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz]\nserver = h\n",
		  ":1: the name is longer than 49 octets" },
		{ "[client abcdefghijklmnopqrstuvwxyzabcdefghijklmno]\nserver = h\n",
		  "a name has 1 to 40 letters" },
		{ "[server]\nhost-name = \"open\n", ":2: a quotation mark is not closed" },
		{ "[server]\nhost-name = 'open\"\n", ":2: a quotation mark is not closed" },
		{ "[server]\nhost-name = \"a\" b\n", ":2: there is something behind the closing quotation mark" },
		{ "[server]\nhost-name = a\001b\n", ":2: there is a control character" },
		{ "[server]\npppd-options = idle \"5\n", ":2: [server] pppd-options = idle \"5: it has a quotation mark that is not closed" },
		{ "[client x]\nserver = a\npppd-options = debug updetach\n", ":3: [client x] pppd-options = debug updetach: it has updetach, which takes pppd away" },
		{ "[server]\npppd-options = persist\n", "it has persist, which is a matter of kpptpd" },
		{ "[server]\npppd-options = dryrun\n", "it has dryrun, with which pppd ends" },
		{ "[server]\nport = 0x\n", ":2: [server] port = 0x: allowed is" },
		{ "[server]\nport = 0x0x1\n", "allowed is a TCP port" },
		{ "[server]\nport = + 1\n", "allowed is a TCP port" },
		{ "[server]\nport = 99999999999999999999999\n", "allowed is a TCP port" },
		{ "[server]\nenabled = y\n", "enabled = y: allowed is yes or no" },
		/* One mistake, although something is missing for it. */
		{ "[server]\nenabled = yes\nlocal-ip = 192.0.2.1\npol = 192.0.2.2\n", ":4: [server] has no key \"pol\"" },
		{ "[server]\nenabled = yes\nlocal-ip = 192.0.2.256\npool = 192.0.2.2\n", ":3: [server] local-ip" },
		{ "[client x]\nserver = :5\ndemand = yes\n", ":2: [client x] server = :5: it is empty; allowed is HOST" },
	};
	struct kpptp_conf conf;
	struct heard h;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		if (parse(row[i].text, &conf, &h) != -EINVAL)
			fail_msg("accepted: %s", row[i].text);
		if (!strstr(h.errors, row[i].says))
			fail_msg("for %s it says %s", row[i].text, h.errors);
		if (strchr(h.errors, '\n')[1] || *h.warnings)
			fail_msg("for the one mistake in %s it says %s%s",
				 row[i].text, h.errors, h.warnings);
	}
}

static void all_errors_are_told(void **state)
{
	struct kpptp_conf conf;
	struct heard h;

	(void)state;
	assert_int_equal(parse("[server]\nport = 0\n[call]\ntos = 1\n", &conf,
			       &h), -EINVAL);
	assert_non_null(strstr(h.errors, ":2:"));
	assert_non_null(strstr(h.errors, ":4:"));
}

static void defaults(void **state)
{
	struct kpptp_conf conf;
	struct heard h;

	(void)state;
	assert_int_equal(parse("", &conf, &h), 0);
	assert_string_equal(conf.global.socket, "/run/kpptp/kpptpd.sock");
	assert_false(conf.server.enabled);
	assert_int_equal(conf.server.port, 1723);
	assert_int_equal(conf.server.ppp.auth, KPPTP_AUTH_MSCHAP_V2);
	assert_int_equal(conf.call.reorder_time, 30000);
	assert_string_equal(h.warnings, "");
	kpptp_conf_free(&conf);
}

static void units(void **state)
{
	struct kpptp_conf conf;
	struct heard h;

	(void)state;
	assert_int_equal(parse("[server]\necho-interval = 7\nstartup-timeout = 9\n"
			       "auth = pap, eap\ndns = 192.0.2.1, 192.0.2.2\n"
			       "[call]\nack-delay = 5\nreorder-time = 6\ntos = 0xb8\n"
			       "tx-window = on\nmark = 0xffffffff\npmtu = copy\n"
			       "[client a]\nserver = h:99\nautostart = yes\nretry-min = 2\ncall-id = 65535\n"
			       "[client b]\nserver = h\nautostart = yes\npersist = no\n",
			       &conf, &h), 0);
	assert_int_equal(conf.server.timers.echo_interval, 7000);
	assert_int_equal(conf.server.timers.startup, 9000);
	assert_int_equal(conf.server.ppp.auth, KPPTP_AUTH_PAP | KPPTP_AUTH_EAP);
	assert_int_equal(conf.server.ppp.n_dns, 2);
	assert_int_equal(conf.server.call.ack_delay, 5000);
	assert_int_equal(conf.call.reorder_time, 6000);
	assert_int_equal(conf.call.tos, 0xb8);
	assert_true(conf.call.use_tx_window);
	assert_int_equal(conf.call.mark, 0xffffffff);
	assert_int_equal(conf.client[0].call_id, 65535);
	assert_int_equal(conf.client[1].call_id, 0);
	assert_int_equal(conf.n_clients, 2);
	assert_int_equal(conf.call.pmtu_mode, KPPTP_PMTU_MODE_COPY);
	assert_int_equal(conf.client[0].call.pmtu_mode, KPPTP_PMTU_MODE_COPY);
	assert_int_equal(conf.client[0].port, 99);
	assert_int_equal(conf.client[0].call.tos, 0xb8);
	assert_int_equal(conf.client[0].backoff_min, 2000);
	assert_true(conf.client[0].persist);
	assert_false(conf.client[1].persist);
	assert_ptr_equal(kpptp_conf_client(&conf, "b"), &conf.client[1]);
	assert_null(kpptp_conf_client(&conf, ""));
	kpptp_conf_free(&conf);
	assert_int_equal(parse("[server]\npool = 192.0.2.9\npool = 192.0.2.1-192.0.2.3, 192.0.2.5\n",
			       &conf, &h), 0);
	assert_int_equal(conf.pool.n, 3);
	assert_int_equal(conf.pool.size, 5);
	kpptp_conf_free(&conf);
	assert_int_equal(parse("[call]\npmtu = off\n", &conf, &h), 0);
	assert_int_equal(conf.call.pmtu_mode, KPPTP_PMTU_MODE_FRAGMENT);
	kpptp_conf_free(&conf);
	assert_int_equal(parse("[call]\npmtu = yes\n", &conf, &h), 0);
	assert_int_equal(conf.call.pmtu_mode, KPPTP_PMTU_MODE_DISCOVER);
	kpptp_conf_free(&conf);
}

static void routers(void **state)
{
	char text[KPPTP_PREFIX_TEXT];
	struct kpptp_conf conf;
	struct heard h;

	(void)state;
	assert_int_equal(parse("[client a]\nserver = h\ndemand = yes\nidle-timeout = 60\nipv6 = yes\n"
			       "routes = 10.1.0.0/16, 2001:db8:1::/48\n"
			       "routes = 10.2.0.1,10.1.0.0/16\ndns = yes\n"
			       "[client b]\nserver = h\ndefault-route = yes\nuser = me\n"
			       "[peer c]\nroutes = 10.3.0.0/16\nclient = b\n"
			       "[peer d]\nuser = DOMAIN\\d\naddress = 192.0.2.9\n",
			       &conf, &h), 0);
	assert_true(conf.client[0].demand);
	assert_true(conf.client[0].ppp.use_dns);
	assert_int_equal(conf.client[0].ppp.idle, 60);
	assert_int_equal(conf.client[0].ppp.routes.n, 3);
	assert_string_equal(kpptp_prefix_text(&conf.client[0].ppp.routes.prefix[1],
					      text), "2001:db8:1::/48");
	assert_string_equal(kpptp_prefix_text(&conf.client[0].ppp.routes.prefix[2],
					      text), "10.2.0.1/32");
	assert_int_equal(conf.client[1].ppp.routes.n, 1);
	assert_int_equal(conf.client[1].ppp.routes.prefix[0].len, 0);
	assert_int_equal(conf.n_peers, 2);
	assert_ptr_equal(kpptp_conf_peer(&conf, "c"), &conf.peer[0]);
	assert_string_equal(conf.peer[0].client, "b");
	assert_int_equal(conf.peer[0].routes.n, 1);
	assert_ptr_equal(kpptp_conf_peer(&conf, "DOMAIN\\d"), &conf.peer[1]);
	assert_null(kpptp_conf_peer(&conf, "d"));
	assert_int_equal(conf.peer[1].address.s_addr, htonl(0xc0000209));
	kpptp_conf_free(&conf);
}

/* As in chap-secrets, where one is an escape. */
static void two_backslashes(void **state)
{
	struct kpptp_conf conf;
	struct heard h;

	(void)state;
	assert_int_equal(parse("[peer d]\nuser = DOMAIN\\\\d\n", &conf, &h), 0);
	assert_non_null(strstr(h.warnings, ":2: [peer d] user has two backslashes in a row"));
	kpptp_conf_free(&conf);
	assert_int_equal(parse("[peer d]\nuser = DOMAIN\\d\n", &conf, &h), 0);
	assert_string_equal(h.warnings, "");
	assert_non_null(kpptp_conf_peer(&conf, "DOMAIN\\d"));
	kpptp_conf_free(&conf);
}

/* What the example says, with its examples in force, is right. */
static void example(void **state)
{
	char text[1 << 15], *out = text;
	FILE *f = fopen(TOP "/packaging/kpptpd.conf.example", "r");
	struct kpptp_conf conf;
	struct heard h;
	char line[256];

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		const char *from = line + (line[0] == '#' && !strchr(" \t\n", line[1]));

		if (strncmp(from, "#", 1) && strncmp(from, "password-file", 13) &&
		    strncmp(from, "enabled", 7))
			out += sprintf(out, "%s", from);
	}
	fclose(f);
	if (parse(text, &conf, &h) || *h.warnings)
		fail_msg("%s%s", h.errors, h.warnings);
	assert_string_equal(conf.client[0].name, "office");
	assert_non_null(kpptp_conf_peer(&conf, "DOMAIN\\branch"));
	kpptp_conf_free(&conf);
}

static void password_file(void **state)
{
	struct kpptp_conf conf;
	struct heard h;

	(void)state;
	write_file(secret, "open sesame \nsecond line\n", 0644);
	assert_int_equal(parse("[client a]\nserver = h\npassword-file = secret\n",
			       &conf, &h), 0);
	assert_string_equal(conf.client[0].password, "open sesame ");
	assert_non_null(strstr(h.warnings, "(mode 0644): chmod 600 it"));
	kpptp_conf_free(&conf);

	assert_int_equal(parse("[client a]\nserver = h\npassword = x\npassword-file = secret\n",
			       &conf, &h), -EINVAL);
	assert_non_null(strstr(h.errors, "has password and password-file"));

	write_file(secret, "\n", 0600);
	assert_int_equal(parse("[client a]\nserver = h\npassword-file = secret\n",
			       &conf, &h), -EINVAL);
	assert_non_null(strstr(h.errors, "first line must be the password"));
}

static void password_is_not_repeated(void **state)
{
	char text[512] = "[client a]\nserver = h\npassword = ";
	struct kpptp_conf conf;
	struct heard h;

	(void)state;
	memset(text + strlen(text), 'x', 150);
	strcat(text, "\npassword = y\n");
	assert_int_equal(parse(text, &conf, &h), -EINVAL);
	assert_null(strstr(h.errors, "xxxx"));
}

/* A line may be as long as a file. */
static void long_line(void **state)
{
	char text[4096] = "[server]\npppd-options = ", *value;
	struct kpptp_conf conf;
	struct heard h;

	(void)state;
	value = text + strlen(text);
	memset(value, 'x', 1023);
	strcpy(value + 1023, "\nport = 7\n");
	assert_int_equal(parse(text, &conf, &h), 0);
	assert_memory_equal(conf.server.ppp.options, value, 1023);
	assert_int_equal(conf.server.port, 7);
	kpptp_conf_free(&conf);
	strcpy(value + 1022, "xx\nport = 0\n");
	assert_int_equal(parse(text, &conf, &h), -EINVAL);
	assert_non_null(strstr(h.errors, ":2: [server] pppd-options"));
	assert_non_null(strstr(h.errors, ":3: [server] port"));
}

/* How people write, and what comes of it as Host Name. */
static void grammar(void **state)
{
	static const struct { const char *text, *host; } row[] = {
		{ "[server]\nhost-name = a b\n", "a b" },
		{ "\xef\xbb\xbf[server]\nhost-name = a\n", "a" },
		{ " [ server ] # ours\n\t host-name\t=\ta \t\r\n", "a" },
		{ "[server]\r\nhost-name = a\r\n", "a" },
		{ "[server]\nhost-name = a", "a" },
		{ "[server]\nhost-name: a\n", "a" },
		{ "[server]\nhost-name = a = b : c\n", "a = b : c" },
		{ "[server]\nhost-name = a # c\n", "a" },
		{ "[server]\nhost-name = a ; c\n", "a" },
		{ "[server]\nhost-name = a#c;d\n", "a#c;d" },
		{ "[server]\nhost-name = # c\n", "" },
		{ "[server]\nhost-name =\n", "" },
		{ "[server]\nhost-name = \"a # b ;c\" # d\n", "a # b ;c" },
		{ "[server]\nhost-name = '\"'\n", "\"" },
		{ "[server]\nhost-name = \"it's\"\n", "it's" },
		{ "[server]\nhost-name = it's \"q\"\n", "it's \"q\"" },
		{ "[server]\nhost-name = \" a \"\n", " a " },
		{ "[server]\nhost-name = a\\\\b\n", "a\\\\b" },
		{ "[server]\nhost-name = \"[x]\"\n[call]\n", "[x]" },
		{ "# [x]\n  ; y\n[server]\nhost-name = z\n", "z" },
	};
	struct kpptp_conf conf;
	struct heard h;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		if (parse(row[i].text, &conf, &h))
			fail_msg("for %s it says %s", row[i].text, h.errors);
		assert_string_equal(conf.server.host_name, row[i].host);
		kpptp_conf_free(&conf);
	}
}

static void words_in_any_case(void **state)
{
	static const char *const yes[] = { "yes", "Yes", "ON", "true", "TRUE" };
	static const char *const no[] = { "no", "No", "OFF", "false", "False" };
	struct kpptp_conf conf;
	struct heard h;
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(yes); i++) {
		snprintf(text, sizeof(text), "[server]\nipv6 = %s\n", yes[i]);
		assert_int_equal(parse(text, &conf, &h), 0);
		assert_true(conf.server.ppp.ipv6);
		kpptp_conf_free(&conf);
		snprintf(text, sizeof(text), "[call]\noffload = %s\n", no[i]);
		assert_int_equal(parse(text, &conf, &h), 0);
		assert_int_equal(conf.call.offload, 0);
		kpptp_conf_free(&conf);
	}
	assert_int_equal(parse("[server]\nauth = MSCHAP-V2, Pap\nmppe = Require\n"
			       "[global]\nlog-level = Debug\ndata-plane = NULL\n"
			       "[call]\ntos = Inherit\npmtu = Copy\n", &conf, &h), 0);
	assert_int_equal(conf.server.ppp.auth, KPPTP_AUTH_MSCHAP_V2 | KPPTP_AUTH_PAP);
	assert_int_equal(conf.server.ppp.mppe, KPPTP_MPPE_REQUIRE);
	assert_int_equal(conf.call.tos_mode, KPPTP_TOS_MODE_INHERIT);
	kpptp_conf_free(&conf);
}

/* A port that looks octal is decimal. */
static void numbers(void **state)
{
	static const struct { const char *text; int port; } row[] = {
		{ "01723", 1723 }, { "0x6bb", 1723 }, { "0X6BB", 1723 },
		{ "000080", 80 }, { "08", 8 },
	};
	struct kpptp_conf conf;
	struct heard h;
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		snprintf(text, sizeof(text), "[server]\nport = %s\n", row[i].text);
		assert_int_equal(parse(text, &conf, &h), 0);
		assert_int_equal(conf.server.port, row[i].port);
		kpptp_conf_free(&conf);
	}
}

static void a_password_that_lost_its_end(void **state)
{
	struct kpptp_conf conf;
	struct heard h;

	(void)state;
	assert_int_equal(parse("[client a]\nserver = h\npassword = semi ;colon\n",
			       &conf, &h), 0);
	assert_string_equal(conf.client[0].password, "semi");
	assert_non_null(strstr(h.warnings, ":3: [client a] password: what is behind a blank and # or ; is a comment"));
	kpptp_conf_free(&conf);
	assert_int_equal(parse("[client a]\nserver = h\npassword = 'semi ;colon' ; mine\n",
			       &conf, &h), 0);
	assert_string_equal(conf.client[0].password, "semi ;colon");
	assert_string_equal(h.warnings, "");
	kpptp_conf_free(&conf);
}

static void a_nul_octet(void **state)
{
	static const char text[] = "[server]\nport = 7\n\0port = 8\n";
	struct kpptp_conf_source *source = kpptp_conf_source_disk();
	FILE *file = fopen(path, "w");
	struct kpptp_conf conf;
	struct heard h = { 0 };

	(void)state;
	fwrite(text, sizeof(text) - 1, 1, file);
	fclose(file);
	assert_int_equal(kpptp_conf_parse(source, path, &conf, hear, &h), -EINVAL);
	assert_non_null(strstr(h.errors, ":2: there is a NUL octet in the next line"));
	kpptp_conf_source_free(source);
}

static void not_a_file(void **state)
{
	struct kpptp_conf_source *source = kpptp_conf_source_disk();
	struct kpptp_conf conf;
	struct heard h = { 0 };

	(void)state;
	assert_int_equal(kpptp_conf_parse(source, dir, &conf, hear, &h),
			 -EINVAL);
	assert_non_null(strstr(h.errors, "cannot read it"));
	kpptp_conf_source_free(source);
}

/* Each look-up of a section looks at one or two of them, however many there are. */
static void sections_are_found_by_name(void **state)
{
	enum { MANY = 1000 };
	char *text = calloc(MANY, 80), name[16];
	struct kpptp_conf conf;
	size_t used = 0;
	struct heard h;
	unsigned int i;

	(void)state;
	for (i = 0; i < MANY; i++)
		used += sprintf(text + used,
				"[client c%u]\nserver = h\nuser = us\n[peer p%u]\nclient = c%u\n",
				i, i, i);
	assert_int_equal(parse(text, &conf, &h), 0);
	kpptp_hash_probes = 0;
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		assert_ptr_equal(kpptp_conf_client(&conf, name),
				 &conf.client[i]);
		snprintf(name, sizeof(name), "p%u", i);
		assert_ptr_equal(kpptp_conf_peer(&conf, name), &conf.peer[i]);
	}
	assert_in_range(kpptp_hash_probes, 2 * MANY, 4 * MANY);
	assert_null(kpptp_conf_client(&conf, "c1000"));
	assert_null(kpptp_conf_peer(&conf, ""));
	kpptp_conf_free(&conf);
	free(text);
}

/* ---------------------------------------------------- what has changed */

static void hear_change(void *arg, const char *text)
{
	strcat(arg, text);
	strcat(arg, "\n");
}

static void changes(void **state)
{
	static const char before[] =
		"[global]\nlog-level = info\n"
		"[server]\nenabled = yes\nlocal-ip = 10.0.0.1\npool = 10.0.0.2-10.0.0.9\n"
		"[call]\nmark = 1\n"
		"[client a]\nserver = 192.0.2.1\nuser = u\npassword = old\nroutes = 10.9.0.0/16\n"
		"[client b]\nserver = 192.0.2.1\nuser = u\npassword = p\n"
		"[peer fred]\naddress = 10.0.0.20\n"
		"[peer gone]\naddress = 10.0.0.21\n";
	static const struct {
		const char *text;
		const char *says;
	} row[] = {
		{ before, "" },
		/* the order of sections is of no interest */
		{ "[client b]\nserver = 192.0.2.1\nuser = u\npassword = p\n"
		  "[client a]\nserver = 192.0.2.1:1723\nuser = \"u\"\npassword = old\nroutes = 10.9.0.0/16\n"
		  "[peer gone]\naddress = 10.0.0.21\n[peer fred]\naddress = 10.0.0.20\n"
		  "[call]\nmark = 0x1\n"
		  "[server]\nenabled = yes\nlocal-ip = 10.0.0.1\npool = 10.0.0.2-10.0.0.9\n", "" },
		{ "[global]\nlog-level = debug\nuser = root\n"
		  "[server]\nenabled = yes\nlocal-ip = 10.0.0.1\npool = 10.0.0.2-10.0.0.8\ndns = 192.0.2.53\n"
		  "[call]\nmark = 2\npmtu = no\n"
		  "[client a]\nserver = 192.0.2.1:1724\nuser = u\npassword = new\nroutes = 10.9.0.0/17\n"
		  "[client c]\nserver = 192.0.2.1\nuser = u\npassword = p\n"
		  "[peer fred]\nroutes = 10.8.0.0/16\n"
		  "[peer x]\nuser = DOM\\new\naddress = 10.0.0.22\n",
		  "[global] user (after a restart), log-level\n"
		  "[server] dns, pool\n"
		  "[call] pmtu, mark\n"
		  "[client a] server, password, routes\n"
		  "[client c] is new\n"
		  "[client b] is gone\n"
		  "[peer fred] address, routes\n"
		  "[peer DOM\\new] is new\n"
		  "[peer gone] is gone\n" },
	};
	struct kpptp_conf old, now;
	struct heard h;
	size_t i;

	(void)state;
	if (parse(before, &old, &h))
		fail_msg("%s", h.errors);
	for (i = 0; i < COUNT(row); i++) {
		char told[4096] = "";

		if (parse(row[i].text, &now, &h))
			fail_msg("%s", h.errors);
		kpptp_conf_diff(&old, &now, hear_change, told);
		assert_string_equal(told, row[i].says);
		kpptp_conf_free(&now);
	}
	kpptp_conf_free(&old);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(all_errors_are_told),
		cmocka_unit_test(defaults),
		cmocka_unit_test(sections_are_found_by_name),
		cmocka_unit_test(units),
		cmocka_unit_test(routers),
		cmocka_unit_test(two_backslashes),
		cmocka_unit_test(example),
		cmocka_unit_test(password_file),
		cmocka_unit_test(password_is_not_repeated),
		cmocka_unit_test(long_line),
		cmocka_unit_test(grammar),
		cmocka_unit_test(words_in_any_case),
		cmocka_unit_test(numbers),
		cmocka_unit_test(a_password_that_lost_its_end),
		cmocka_unit_test(a_nul_octet),
		cmocka_unit_test(not_a_file),
		cmocka_unit_test(changes),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
