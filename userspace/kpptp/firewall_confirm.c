// SPDX-License-Identifier: GPL-2.0-or-later
/* firewall_confirm.c - does the person who loaded the rules still reach us? */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "firewall.h"

/* As the process had it, without our three signals. */
static sigset_t waiting;

static void on_signal(int signal)
{
	(void)signal;	/* it ends the wait, no more */
}

void kpptp_fw_confirm_begin(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	const struct sigaction action = { .sa_handler = on_signal };
	sigset_t held;
	size_t i;

	sigemptyset(&held);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], &action, NULL);
		sigaddset(&held, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &held, &waiting);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigdelset(&waiting, signals[i]);
	signal(SIGPIPE, SIG_IGN);
}

/* Waits for input. Return: whether there is some before @end or a signal. */
static bool input_before(const struct timespec *end)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	struct timespec now, left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left.tv_sec = end->tv_sec - now.tv_sec;
	left.tv_nsec = end->tv_nsec - now.tv_nsec;
	if (left.tv_nsec < 0) {
		left.tv_sec--;
		left.tv_nsec += 1000000000;
	}
	return left.tv_sec >= 0 && ppoll(&in, 1, &left, &waiting) > 0;
}

bool kpptp_fw_confirmed(unsigned int seconds)
{
	struct timespec end;
	char word[16];
	size_t n = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	while (n < sizeof(word) - 1) {
		if (!input_before(&end) ||
		    read(STDIN_FILENO, word + n, 1) != 1)
			return false;
		if (word[n++] != '\n')
			continue;
		word[n] = '\0';
		return !strcmp(word, "yes\n");
	}
	return false;
}
