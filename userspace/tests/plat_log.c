// SPDX-License-Identifier: GPL-2.0-or-later
/* Log lines as they arrive at a file, the journal and a terminal. */
#include "plat_test.h"

#include <event2/event.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kpptpd/log_setup.h"

static char got[4096];

/*
 * Runs @work with standard error going to a file; what that gets is in @got.
 * The file is the journal's when @journal is set.
 */
static void capture(bool journal, void (*work)(void))
{
	FILE *file = tmpfile();
	int old = dup(STDERR_FILENO);
	char stream[64];
	struct stat st;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu",
		 (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino + !journal);
	setenv("JOURNAL_STREAM", stream, 1);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	work();
	dup2(old, STDERR_FILENO);
	close(old);
	rewind(file);
	memset(got, 0, sizeof(got));
	assert_true(fread(got, 1, sizeof(got) - 1, file) > 0);
	fclose(file);
	unsetenv("JOURNAL_STREAM");
}

static void each_level(void)
{
	kpptp_log_open(true);
	kpptp_log_set_level(KPPTP_LOG_DEBUG);
	kpptp_log(KPPTP_LOG_ERROR, "one\ntwo");
	kpptp_log(KPPTP_LOG_WARNING, "three");
	kpptp_log(KPPTP_LOG_INFO, "four");
	kpptp_log(KPPTP_LOG_DEBUG, "five");
}

static unsigned int bounded;

static void many_lines(void)
{
	int i;

	kpptp_log_open(true);
	kpptp_log_set_level(KPPTP_LOG_INFO);
	for (i = 0; i < 100000; i++)
		bounded += kpptp_log_bounded(KPPTP_LOG_WARNING) == KPPTP_LOG_WARNING;
	usleep(100000);
	kpptp_log(kpptp_log_bounded(KPPTP_LOG_WARNING), "the last");
	kpptp_log(kpptp_log_bounded(KPPTP_LOG_DEBUG), "for debugging");
}

/* 500, and 50 for each second that this takes */
static void strangers_cause_few_lines(void **state)
{
	unsigned long left_out;

	(void)state;
	capture(true, many_lines);
	assert_in_range(bounded, 500, 5000);
	assert_non_null(strstr(got, " lines about peers that have not logged in were left out: too many\n"));
	assert_int_equal(strncmp(got, "<4>", 3), 0);
	left_out = strtoul(got + 3, NULL, 10);
	/* It is told when there is room for a line again, and then every ten seconds. */
	assert_in_range(left_out, 1, 100000 - bounded);
	assert_string_equal(strchr(got, '\n'), "\n<4>the last\n");
}

static void the_journal_gets_priorities(void **state)
{
	(void)state;
	capture(true, each_level);
	assert_string_equal(got, "<3>one two\n<4>three\n<6>four\n<7>five\n");
}

static void a_file_gets_time_and_level(void **state)
{
	(void)state;
	capture(false, each_level);
	assert_null(strchr(got, '<'));
	assert_non_null(strstr(got, "] error: one two\n"));
	assert_non_null(strstr(got, "] warning: three\n"));
	assert_int_equal(got[0], '2');	/* of the year */
}

/* A second base on the same signal is what libevent warns of. */
static void libevent_warns(void)
{
	struct event_base *one = event_base_new(), *two = event_base_new();
	struct event *a, *b;

	kpptp_log_open(true);
	a = evsignal_new(one, SIGUSR1, (event_callback_fn)abort, NULL);
	b = evsignal_new(two, SIGUSR1, (event_callback_fn)abort, NULL);
	event_add(a, NULL);
	event_add(b, NULL);
	event_free(b);
	event_free(a);
	event_base_free(two);
	event_base_free(one);
}

static void libevent_speaks_through_us(void **state)
{
	(void)state;
	capture(true, libevent_warns);
	assert_int_equal(strncmp(got, "<4>libevent: ", 13), 0);
}

static void leaves_for_the_background(void)
{
	kpptp_log_open(false);
	kpptp_log(KPPTP_LOG_INFO, "of no interest");
	kpptp_log(KPPTP_LOG_WARNING, "unwise");
	kpptp_log(KPPTP_LOG_ERROR, "wrong");
	kpptp_log_leave_terminal();
	kpptp_log(KPPTP_LOG_ERROR, "too late");
}

static void the_terminal_gets_what_matters_until_it_is_left(void **state)
{
	(void)state;
	capture(false, leaves_for_the_background);
	assert_string_equal(got, "kpptpd: warning: unwise\nkpptpd: wrong\n");
}

static int made;

static void one_of_two(void)
{
	kpptp_log_open(true);
	kpptp_log_set_level(KPPTP_LOG_INFO);
	kpptp_log(KPPTP_LOG_INFO, "%d", ++made);
	kpptp_log(KPPTP_LOG_DEBUG, "%d", ++made);
}

static void a_line_that_nobody_reads_is_not_made(void **state)
{
	(void)state;
	capture(true, one_of_two);
	assert_string_equal(got, "<6>1\n");
	assert_int_equal(made, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_journal_gets_priorities),
		cmocka_unit_test(strangers_cause_few_lines),
		cmocka_unit_test(a_file_gets_time_and_level),
		cmocka_unit_test(a_line_that_nobody_reads_is_not_made),
		cmocka_unit_test(libevent_speaks_through_us),
		cmocka_unit_test(the_terminal_gets_what_matters_until_it_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
