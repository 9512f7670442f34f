// SPDX-License-Identifier: GPL-2.0-or-later
/* What the host lacks for a configuration, one thing at a time. */
#include "plat_test.h"

#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kpptpd/start_check.h"

static char path[] = "/tmp/plat_start.XXXXXX";
static char errors[4096], warnings[4096];

/* Whether the module is there is up to the machine that runs the test. */
static void note(void *arg, enum kpptp_log_level level, const char *text)
{
	char *out = level == KPPTP_LOG_ERROR ? errors : warnings;

	(void)arg;
	if (strstr(text, "no call can be made yet"))
		return;
	assert_int_equal(strncmp(text, path, strlen(path)), 0);
	strcat(out, text);
	strcat(out, "\n");
}

/* Every program there, in a configuration that needs no rights. */
#define GOOD_PROGRAMS "pppd = /bin/true\nplugin = /bin/sh\ndns-hook = /bin/sh\n"
#define GOOD "[global]\nuser = nobody\nrun-dir = /tmp\n" GOOD_PROGRAMS

static int look(const char *text)
{
	struct kpptp_conf_source *source = kpptp_conf_source_disk();
	FILE *file = fopen(path, "w");
	struct kpptp_conf conf;
	int err;

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	*errors = '\0';
	*warnings = '\0';
	err = kpptp_start_read(source, path, &conf, note, NULL);
	if (!err)
		kpptp_conf_free(&conf);
	kpptp_conf_source_free(source);
	return err;
}

static void what_is_there_is_fine(void **state)
{
	(void)state;
	assert_int_equal(look(GOOD "[call]\ndevice = lo\n[server]\nenabled = yes\n"
			      "listen = 127.0.0.1\nlocal-ip = 192.0.2.1\npool = 192.0.2.2\n"), 0);
	assert_string_equal(errors, "");
	assert_string_equal(warnings, "");
}

static void what_is_missing_is_an_error(void **state)
{
	static const struct { const char *conf, *says; } row[] = {
		{ "[global]\nuser = nobody\nrun-dir = /nonexistent/kpptp\n" GOOD_PROGRAMS,
		  ":3: [global] run-dir = /nonexistent/kpptp: cannot make it in /nonexistent: No such file" },
		{ "[global]\nuser = nobody\nrun-dir = /bin/sh\n" GOOD_PROGRAMS,
		  "[global] run-dir = /bin/sh: it is not a directory" },
		{ "[global]\nuser = no-such-account\nrun-dir = /tmp\n" GOOD_PROGRAMS,
		  ":2: [global] user = no-such-account: there is no such account: useradd --system" },
		{ "[global]\nuser = nobody\nrun-dir = /tmp\nplugin = /bin/sh\npppd = /nonexistent\n",
		  "[global] pppd = /nonexistent: No such file" },
		{ "[global]\nuser = nobody\nrun-dir = /tmp\nplugin = /bin/sh\npppd = /etc/passwd\n",
		  "[global] pppd = /etc/passwd: it is not a program: chmod +x it" },
		{ "[global]\nuser = nobody\nrun-dir = /tmp\npppd = /bin/sh\nplugin = /nonexistent.so\n",
		  "[global] plugin = /nonexistent.so: No such file" },
		{ "[global]\nuser = nobody\nrun-dir = /tmp\npppd = /bin/sh\nplugin = /etc/passwd\n",
		  "[global] plugin = /etc/passwd: it is not a plugin of pppd" },
		{ GOOD "[server]\nenabled = yes\nlisten = 192.0.2.77\nlocal-ip = 192.0.2.1\n"
		  "pool = 192.0.2.2\n",
		  ":9: [server] listen = 192.0.2.77: no interface of this host has this address" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		/* Who is not root stays who he is. */
		if (geteuid() && strstr(row[i].says, "no such account"))
			continue;
		assert_int_equal(look(row[i].conf), -ENOTSUP);
		if (!strstr(errors, row[i].says))
			fail_msg("no \"%s\" in:\n%s", row[i].says, errors);
		assert_ptr_equal(strchr(errors, '\n'), errors + strlen(errors) - 1);
	}
}

static void what_calls_will_fail_of_is_a_warning(void **state)
{
	(void)state;
	assert_int_equal(look(GOOD "[call]\ndevice = nosuch0\n"), 0);
	assert_non_null(strstr(warnings, ":8: [call] device = nosuch0: there is no such interface"));
	assert_int_equal(look(GOOD "[client a]\nserver = h\nlocal-address = 192.0.2.77\n"), 0);
	assert_non_null(strstr(warnings, ":9: [client a] local-address = 192.0.2.77: no interface"));
	assert_int_equal(look(GOOD "resolv-conf = /nonexistent\n[client a]\nserver = h\n"), 0);
	assert_string_equal(warnings, "");
	assert_int_equal(look(GOOD "resolv-conf = /nonexistent\n[client a]\nserver = h\ndns = yes\n"), 0);
	assert_non_null(strstr(warnings, ":7: [global] resolv-conf = /nonexistent: No such file or directory; [client a] has dns = yes"));
	assert_int_equal(look("[global]\nuser = nobody\nrun-dir = /tmp\npppd = /bin/true\n"
			      "plugin = /bin/sh\ndns-hook = /nonexistent\n"), 0);
	assert_non_null(strstr(warnings, "[global] dns-hook = /nonexistent: No such file"));
	assert_string_equal(errors, "");
}

/* A pppd that knows all words but some, and notes that it was run. */
static const char fake_pppd[] =
	"#!/bin/sh\n"
	"echo run >>\"$0.runs\"\n"
	"[ \"$1\" = dryrun ] || { echo \"$0: runs\" >&2; exit 2; }\n"
	"case \" $* \" in\n"
	"*' lokc '*) printf '%s: In file x: unrecognized option %s\\nUsage: ...\\n' \"$0\" \"'lokc'\" >&2; exit 2 ;;\n"
	"*' nodev '*) echo \"$0: no /dev/ppp\" >&2; exit 4 ;;\n"
	"esac\n";

static char pppd[64];

static int runs(void)
{
	char name[80];
	FILE *f;
	int n = 0, c;

	snprintf(name, sizeof(name), "%s.runs", pppd);
	f = fopen(name, "r");
	while (f && (c = getc(f)) != EOF)
		n += c == '\n';
	if (f)
		fclose(f);
	unlink(name);
	return n;
}

static int look_with_pppd(const char *sections)
{
	char text[1024];

	snprintf(text, sizeof(text), "[global]\nuser = nobody\nrun-dir = /tmp\npppd = %s\n"
		 "plugin = /bin/sh\ndns-hook = /bin/sh\n%s", pppd, sections);
	return look(text);
}

#define SERVER "[server]\nenabled = yes\nlisten = 127.0.0.1\nlocal-ip = 192.0.2.1\npool = 192.0.2.2\n"

static void pppd_tries_its_options(void **state)
{
	FILE *f;

	(void)state;
	if (geteuid())
		skip();		/* it would not be asked */
	snprintf(pppd, sizeof(pppd), "%s.pppd", path);
	f = fopen(pppd, "w");
	fputs(fake_pppd, f);
	fclose(f);
	assert_int_equal(chmod(pppd, 0755), 0);

	assert_int_equal(look_with_pppd(SERVER "pppd-options = idle 5\n"
					"[client a]\nserver = h\n[client b]\nserver = h\n"), 0);
	assert_string_equal(errors, "");
	assert_int_equal(runs(), 2);	/* one for all clients with the same */

	assert_int_equal(look_with_pppd(SERVER "pppd-options = lokc\n"), -ENOTSUP);
	assert_non_null(strstr(errors, ":12: [server] pppd-options: pppd does not take its options: In file x: unrecognized option 'lokc'\n"));
	assert_int_equal(look_with_pppd("[client a]\nserver = h\npppd-options = lokc\n"
					"[client b]\nserver = h\npppd-options = lokc\n"), -ENOTSUP);
	assert_non_null(strstr(errors, ":9: [client a] pppd-options: pppd does not take"));
	assert_null(strstr(errors, "client b"));

	runs();
	assert_int_equal(look_with_pppd(SERVER "pppd-options = nodev\n[client a]\nserver = h\n"), 0);
	assert_non_null(strstr(warnings, ":4: [global] pppd: it would run no call of [server]: no /dev/ppp"));
	assert_int_equal(runs(), 1);

	assert_int_equal(look_with_pppd("data-plane = null\n" SERVER "pppd-options = lokc\n"), 0);
	assert_int_equal(look_with_pppd("[server]\npppd-options = lokc\n"), 0);
	assert_int_equal(runs(), 0);
	unlink(pppd);
}

static void nobody_does_not_stand_in(void **state)
{
	(void)state;
	if (geteuid() || getpwnam("_kpptp"))
		skip();
	assert_int_equal(look("[global]\nrun-dir = /tmp\n" GOOD_PROGRAMS), -ENOTSUP);
	assert_non_null(strstr(errors, "[global] user: there is no account _kpptp"));
	assert_non_null(strstr(errors, "systemd-sysusers"));
}

static void without_a_data_plane_nothing_of_it_is_needed(void **state)
{
	(void)state;
	assert_int_equal(look("[global]\nuser = nobody\nrun-dir = /tmp\ndata-plane = null\n"
			      "pppd = /nonexistent\nplugin = /nonexistent\n"
			      "dns-hook = /nonexistent\n[call]\ndevice = nosuch0\n"), 0);
	assert_string_equal(errors, "");
	assert_string_equal(warnings, "");
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_fine),
		cmocka_unit_test(what_is_missing_is_an_error),
		cmocka_unit_test(what_calls_will_fail_of_is_a_warning),
		cmocka_unit_test(pppd_tries_its_options),
		cmocka_unit_test(nobody_does_not_stand_in),
		cmocka_unit_test(without_a_data_plane_nothing_of_it_is_needed),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
