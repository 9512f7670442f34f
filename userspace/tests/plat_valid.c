// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a value may be: a table of each kind, and that whatever the file lets in
 * the monitor takes, for every key, with odd values and random ones.
 */
#include "plat_test.h"

#include <arpa/inet.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../kpptpd/conf.h"
#include "../kpptpd/pppd_args.h"
#include "../lib/valid.h"

#define RANDOM_VALUES	300	/* for each key */

static struct in_addr ip(const char *text)
{
	struct in_addr addr;

	assert_int_equal(inet_pton(AF_INET, text, &addr), 1);
	return addr;
}

/* ip_route_input_slow() and tcp_v4_connect() of the kernel. */
static void hosts(void **state)
{
	static const char *const hosts[] = {
		"0.0.0.1", "0.255.255.255", "10.0.0.1", "127.0.0.1",
		"192.0.2.255", "223.255.255.255", "240.0.0.0", "240.0.0.1",
		"255.255.255.254",
	};
	static const char *const others[] = {
		"0.0.0.0", "224.0.0.0", "224.0.0.1", "239.255.255.255",
		"255.255.255.255",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(hosts); i++)
		if (!kpptp_valid_host(ip(hosts[i])))
			fail_msg("refused %s", hosts[i]);
	for (i = 0; i < COUNT(others); i++)
		if (kpptp_valid_host(ip(others[i])))
			fail_msg("let in %s", others[i]);
}

static void texts(void **state)
{
	static const struct {
		const char *(*check)(const char *text, size_t size);
		const char *text;
		const char *says;	/* NULL: it is valid */
	} row[] = {
		{ kpptp_valid_text, "", NULL },
		{ kpptp_valid_text, "DOMAIN\\m\xc3\xbcller \"x\" 'y'", NULL },
		{ kpptp_valid_text, "a\tb", "control" },
		{ kpptp_valid_text, "a\nb", "control" },
		{ kpptp_valid_text, "a\x7f", "control" },
		{ kpptp_valid_text, "0123456789012345678901234567890", NULL },
		{ kpptp_valid_text, "01234567890123456789012345678901", "too long" },
		{ kpptp_valid_name, "Office_1.north-2", NULL },
		{ kpptp_valid_name, "", "empty" },
		{ kpptp_valid_name, "a b", "something else" },
		{ kpptp_valid_name, "a/b", "something else" },
		{ kpptp_valid_name, "\xc3\xbc", "something else" },
		{ kpptp_valid_server, "vpn.example.net", NULL },
		{ kpptp_valid_server, "192.0.2.1", NULL },
		{ kpptp_valid_server, "", "empty" },
		{ kpptp_valid_server, "a b", "a blank" },
		{ kpptp_valid_server, "a:1", "one of" },
		{ kpptp_valid_server, "a\tb", "control" },
		{ kpptp_valid_device, "eth0.1", NULL },
		{ kpptp_valid_device, "123456789012345", NULL },
		{ kpptp_valid_device, "1234567890123456", "too long" },
		{ kpptp_valid_device, "", "empty" },
		{ kpptp_valid_device, ".", "no interface" },
		{ kpptp_valid_device, "eth\"0", "quotation mark" },
		{ kpptp_valid_device, "a/b", "one of" },
	};
	char array[32];
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		memset(array, 0, sizeof(array));
		memcpy(array, row[i].text, strnlen(row[i].text, sizeof(array)));
		why = row[i].check(array, sizeof(array));
		if (row[i].says ? !why || !strstr(why, row[i].says) : !!why)
			fail_msg("\"%s\": %s", row[i].text, why ? why : "valid");
	}
}

/* --------------------------------------- the file and the monitor agree */

static char path[32];		/* of a file in memory: there are thousands */
static char complaint[1024];

static void note(void *arg, enum kpptp_log_level level, const char *text)
{
	(void)arg;
	if (level == KPPTP_LOG_ERROR)
		snprintf(complaint, sizeof(complaint), "%s", text);
}

static int parse(const char *section, const char *key, const char *value,
		 struct kpptp_conf *conf)
{
	struct kpptp_conf_source *source = kpptp_conf_source_disk();
	FILE *f = fopen(path, "w");
	int err;

	assert_non_null(f);
	fprintf(f, "[%s]\n%s = %s\n", section, key, value);
	if (!strncmp(section, "client", 6) && strcmp(key, "server"))
		fputs("server = h\n", f);
	fclose(f);
	*complaint = '\0';
	err = kpptp_conf_parse(source, path, conf, note, NULL);
	kpptp_conf_source_free(source);
	return err;
}

static void call_passes(const struct kpptp_call_params *params)
{
	const char *key = kpptp_call_params_check(params);

	if (key)
		fail_msg("%s: a call cannot have this %s", complaint, key);
}

/* Nothing that pppd, or whoever reads its arguments, could take for something else. */
static void ppp_passes(const struct kpptp_conf *conf,
		       const struct kpptp_ppp_request *req)
{
	struct kpptp_pppd_args args;
	int err = kpptp_pppd_args_make(&args, &conf->global, 3, req);
	unsigned int i;

	if (err)
		fail_msg("%s: no arguments for pppd: %s", complaint,
			 strerror(-err));
	/* The administrator's own options may be any text. */
	for (i = 0; !*req->settings->options && i < args.n; i++)
		if (kpptp_valid_text(args.v[i], strlen(args.v[i]) + 1))
			fail_msg("%s: argument %s", complaint, args.v[i]);
	kpptp_pppd_args_free(&args);
	for (i = 0; i < req->settings->routes.n; i++)
		assert_null(kpptp_prefix_check(&req->settings->routes.prefix[i]));
}

static void client_passes(const struct kpptp_conf *conf,
			  const struct kpptp_client_settings *c)
{
	const struct kpptp_ppp_request req = {
		.local = ip("192.0.2.1"), .peer = ip("192.0.2.2"), .call_id = 1,
		.user = c->user, .password = c->password, .name = c->name,
		.settings = &c->ppp,
	};

	if (kpptp_valid_name(c->name, sizeof(c->name)) ||
	    kpptp_valid_server(c->host, sizeof(c->host)))
		fail_msg("%s: a client of that name or host", complaint);
	ppp_passes(conf, &req);
	call_passes(&c->call);
}

static void server_passes(const struct kpptp_conf *conf)
{
	const struct kpptp_ppp_request req = {
		.local = ip("192.0.2.1"), .peer = ip("192.0.2.2"), .call_id = 1,
		.server = true, .user = "", .password = "", .name = "",
		.local_ip = conf->server.local_ip,
		.settings = &conf->server.ppp,
	};
	unsigned int i;

	ppp_passes(conf, &req);
	call_passes(&conf->server.call);
	for (i = 0; i < conf->n_peers; i++)
		if (kpptp_valid_text(conf->peer[i].user,
				     sizeof(conf->peer[i].user)) ||
		    (conf->peer[i].address.s_addr &&
		     !kpptp_valid_host(conf->peer[i].address)))
			fail_msg("%s: a peer of that name or address",
				 complaint);
}

static void try(const char *section, const char *key, const char *value)
{
	struct kpptp_conf conf;
	unsigned int i;

	if (parse(section, key, value, &conf))
		return;
	snprintf(complaint, sizeof(complaint), "[%s] %s = %s", section, key, value);
	server_passes(&conf);
	for (i = 0; i < conf.n_clients; i++)
		client_passes(&conf, &conf.client[i]);
	kpptp_conf_free(&conf);
}

static const char *const odd[] = {
	"", "\"\"", "a\tb", "\"a\tb\"", "eth\"0", "a'b", ".", "..", "../x", "a:b",
	"a b", "\\", "DOMAIN\\\\x", "\xc3\xbc", "\xff", "a%sb", "$x",
	"240.0.0.1", "0.0.0.0", "0.0.0.1", "0.1.2.3", "255.255.255.255",
	"224.0.0.1", "239.255.255.255", "127.0.0.1", "192.0.2.1", "192.0.2.1:0",
	"0", "1", "3", "4", "252", "255", "256", "575", "576", "16384", "16385",
	"65535", "65536", "4294967295", "4294967296", "0xffffffff", "-1",
	"yes", "inherit", "copy", "none", "mschap-v2", "require", "no",
	"10.0.0.0/8", "240.0.0.0/4", "0.0.0.0/8", "0.0.0.0/0", "0.0.0.0/32",
	"255.255.255.255/32", "224.0.0.0/3", "::/0", "fe80::/10", "2001:db8::/32",
	"abcdefghijklmno", "abcdefghijklmnop",
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm",
};

static uint32_t next_random(void)
{
	static uint32_t x = 2637;

	x ^= x << 13;
	x ^= x >> 17;
	return x ^= x << 5;
}

/* Bytes of a line, most of them such as are in values of some kind. */
static void random_value(char *value, size_t size)
{
	static const char usual[] = "0123456789./:-, abcdefx\"'\\\t";
	size_t i, len = next_random() % (size - 1);

	for (i = 0; i < len; i++) {
		value[i] = next_random() % 8 ?
			usual[next_random() % (sizeof(usual) - 1)] :
			(char)next_random();
		if (!value[i] || value[i] == '\n')
			value[i] = 'x';
	}
	value[len] = '\0';
}

static void all_values(const char *section, const char *key)
{
	char value[32];
	size_t i;

	for (i = 0; i < COUNT(odd); i++)
		try(section, key, odd[i]);
	for (i = 0; i < RANDOM_VALUES; i++) {
		random_value(value, sizeof(value));
		try(section, key, value);
	}
}

/* The keys are those that a complaint of a wrong one tells. */
static void all_keys(const char *section)
{
	char keys[1024], *rest, *key;
	struct kpptp_conf conf;
	int n = 0;

	assert_int_not_equal(parse(section, "no-such-key", "", &conf), 0);
	rest = strstr(complaint, "allowed are ");
	assert_non_null(rest);
	snprintf(keys, sizeof(keys), "%s", rest + strlen("allowed are "));
	rest = keys;
	while ((key = strsep(&rest, ", "))) {
		if (*key)
			all_values(section, key);
		n += *key != '\0';
	}
	assert_true(n >= 4);
}

static void what_the_file_lets_in(void **state)
{
	(void)state;
	all_keys("call");
	all_keys("server");
	all_keys("client x");
	all_keys("peer x");
}

static int make_file(void **state)
{
	int fd = memfd_create("kpptpd.conf", 0);

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd < 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(texts),
		cmocka_unit_test(what_the_file_lets_in),
	};

	return cmocka_run_group_tests(tests, make_file, NULL);
}
