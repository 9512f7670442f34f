// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * password.c - a password from a file, a pipe, the terminal or the environment
 *
 * It is read with read(2) into one buffer: stdio would keep a copy of its own.
 */
#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "cli.h"

/* The first line of @fd. Return: 0, or a negative errno with @why. */
static int read_line(int fd, const char *from, char *password, char *why,
		     size_t size)
{
	size_t len = 0;
	ssize_t n = 1;
	char c;

	/* Octet by octet: what follows the line belongs to somebody else. */
	while ((n = read(fd, &c, 1)) == 1 && c != '\n') {
		if (len == KPPTP_PASSWORD_MAX - 1) {
			snprintf(why, size, "the password from %s is longer than %d octets",
				 from, KPPTP_PASSWORD_MAX - 1);
			return -E2BIG;
		}
		password[len++] = c;
	}
	if (n < 0) {
		n = -errno;
		snprintf(why, size, "cannot read the password from %s: %s",
			 from, strerror(errno));
		return n;
	}
	if (len && password[len - 1] == '\r')
		len--;
	password[len] = '\0';
	if (len && strlen(password) == len)
		return 0;
	snprintf(why, size, len ? "the password from %s has a NUL in it" :
				  "there is no password in %s", from);
	return -EINVAL;
}

static int from_file(const char *path, char *password, char *why, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	struct stat st;

	if (fd < 0) {
		err = -errno;
		snprintf(why, size, "cannot open the password file %s: %s",
			 path, strerror(errno));
		return err;
	}
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_mode & 077)
		kpptp_cli_note("others may read the password in %s: chmod 600 it",
			       path);
	err = read_line(fd, path, password, why, size);
	close(fd);
	return err;
}

/* Writes what the user should see, which must not spoil standard output. */
static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		return;		/* they can type without it */
}

static int tty = -1;
static struct termios tty_was;

/* Nobody shall be left with a terminal that shows nothing. */
static void on_signal(int sig)
{
	tcsetattr(tty, TCSANOW, &tty_was);
	raise(sig);		/* SA_RESETHAND: this time it ends us */
}

static void guard_terminal(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction sa = {
		.sa_handler = on_signal, .sa_flags = SA_RESETHAND
	};
	size_t i;

	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
}

static void unguard_terminal(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
}

static int from_terminal(const char *user, char *password, char *why,
			 size_t size)
{
	struct termios quiet;
	char prompt[320];
	int err;

	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0 || tcgetattr(tty, &tty_was)) {
		if (tty >= 0)
			close(tty);
		snprintf(why, size, "there is no terminal to ask for the password: use --password-file or --password-stdin");
		return -ENOTTY;
	}
	snprintf(prompt, sizeof(prompt), "Password of %s: ", user);
	guard_terminal();
	quiet = tty_was;
	quiet.c_lflag &= ~ECHO;
	quiet.c_lflag |= ECHONL;
	tcsetattr(tty, TCSAFLUSH, &quiet);
	say(tty, prompt);
	err = read_line(tty, "the terminal", password, why, size);
	tcsetattr(tty, TCSAFLUSH, &tty_was);
	unguard_terminal();
	close(tty);
	return err;
}

/* Its place in the environment is overwritten: /proc shows that. */
static int from_environment(char *password, char *why, size_t size)
{
	char *value = getenv("KPPTP_PASSWORD");
	size_t len;

	if (!value)
		return 0;
	len = strlen(value);
	if (len >= KPPTP_PASSWORD_MAX) {
		snprintf(why, size, "KPPTP_PASSWORD is longer than %d octets",
			 KPPTP_PASSWORD_MAX - 1);
		return -E2BIG;
	}
	memcpy(password, value, len + 1);
	explicit_bzero(value, len);
	unsetenv("KPPTP_PASSWORD");
	return 1;
}

int kpptp_password_read(const struct kpptp_password_source *source,
			const char *user, char *password, char *why,
			size_t size)
{
	int err;

	if (source->file)
		err = from_file(source->file, password, why, size);
	else if (source->from_stdin)
		err = read_line(STDIN_FILENO, "standard input", password, why,
				size);
	else if (source->ask)
		err = from_terminal(user, password, why, size);
	else
		return from_environment(password, why, size);
	return err ? err : 1;
}
