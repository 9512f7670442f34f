// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - kpptpd from its command line to its first event, and back
 *
 * Order: command line, configuration, background, lock and control socket. Whoever
 * started us in the background is told of success when we serve, and until then
 * hears of each failure. What is undone in the end is the control socket.
 *
 * The monitor starts this program again as what it needs beside itself (self.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "background.h"
#include "dial.h"
#include "log_setup.h"
#include "run.h"
#include "self.h"
#include "start_check.h"

#define CTL_BACKLOG	16

struct options {
	const char *config;
	const char *level;
	bool foreground;
	bool check;
};

static const char help[] =
"kpptpd - PPTP (RFC 2637) server and client for Linux\n"
"\n"
"Usage: kpptpd [OPTION]...\n"
"\n"
"  -c, --config FILE      read FILE (default " KPPTP_CONF_PATH ")\n"
"  -f, --foreground       stay in the foreground, log to standard error\n"
"  -C, --check            check the configuration, and what it needs of this\n"
"                         host, and end\n"
"  -l, --log-level LEVEL  error, warning, info or debug; wins over the file\n"
"  -V, --version          print the version and end\n"
"  -h, --help             print this text and end\n"
"\n"
"A server for two callers, as kpptpd.conf:\n"
"\n"
"  [server]\n"
"  enabled = yes\n"
"  local-ip = 192.0.2.1\n"
"  pool = 192.0.2.10-192.0.2.11\n"
"\n"
"Users and their passwords are in /etc/ppp/chap-secrets, see pppd(8). To call\n"
"another server from that same daemon:\n"
"\n"
"  kpptp connect vpn.example.org --user fred --ask\n"
"\n"
"SIGTERM and SIGINT end every call in order and then kpptpd; SIGHUP makes it\n"
"read its configuration anew, for what begins from then on.\n"
"\n"
"Exit status: 0 ended as asked, 1 could not start or had to end, 2 the command\n"
"line or the configuration is wrong. --check: 1 if this host lacks something.\n"
"\n"
"More in kpptpd(8), kpptpd.conf(5), kpptp(8).\n";

void kpptp_run_report(void *arg, enum kpptp_log_level level, const char *text)
{
	(void)arg;
	kpptp_log(level, "%s", text);
}

void kpptp_run_ready(struct kpptp_run *run, const struct kpptp_serving *now)
{
	run->ready = true;
	kpptp_notify_ready(now);
	kpptp_log_leave_terminal();
	kpptp_background_ready(run->ready_fd);
	run->ready_fd = -1;
}

/* Without time and level: somebody sits before it. */
static void print_report(void *arg, enum kpptp_log_level level,
			 const char *text)
{
	(void)arg;
	fprintf(stderr, "%s%s\n",
		level == KPPTP_LOG_WARNING ? "warning: " : "", text);
}

static int usage(const char *what, const char *allowed)
{
	fprintf(stderr, "kpptpd: %s%s\nTry \"kpptpd --help\".\n", what,
		allowed);
	return KPPTP_EXIT_USAGE;
}

/* Return: -1 to go on, or an exit status. */
static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "check", no_argument, NULL, 'C' },
		{ "log-level", required_argument, NULL, 'l' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	enum kpptp_log_level level;
	int opt;

	while ((opt = getopt_long(argc, argv, "c:fCl:Vh", table, NULL)) != -1) {
		switch (opt) {
		case 'c':
			o->config = optarg;
			break;
		case 'f':
			o->foreground = true;
			break;
		case 'C':
			o->check = true;
			break;
		case 'l':
			o->level = optarg;
			break;
		case 'V':
			puts("kpptpd " KPPTP_VERSION);
			return 0;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			return usage("wrong option", "");
		}
	}
	if (optind < argc)
		return usage("there are no arguments besides options, but: ",
			     argv[optind]);
	if (o->level && kpptp_log_level_parse(o->level, &level))
		return usage("--log-level is ", "error, warning, info or debug");
	return -1;
}

/* -------------------------------------------------- the control socket */

/* Held as long as any process of ours lives; the kernel gives it back. */
static int take_lock(const char *socket_path, int *fd)
{
	char path[KPPTP_SOCKET_SIZE + 8], pid[16] = "";
	ssize_t len;

	snprintf(path, sizeof(path), "%s.lock", socket_path);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0) {
		kpptp_log(KPPTP_LOG_ERROR, "cannot open %s: %s", path,
			  strerror(errno));
		return -errno;
	}
	if (!flock(*fd, LOCK_EX | LOCK_NB))
		return 0;
	len = read(*fd, pid, sizeof(pid) - 1);
	pid[len > 0 ? strspn(pid, "0123456789") : 0] = '\0';
	kpptp_log(KPPTP_LOG_ERROR,
		  "another kpptpd (process %s) uses %s; end it, or give this one another run-dir",
		  *pid ? pid : "unknown", socket_path);
	close(*fd);
	*fd = -1;
	return -EBUSY;
}

static void note_pid(int lock)
{
	if (ftruncate(lock, 0) || lseek(lock, 0, SEEK_SET) ||
	    dprintf(lock, "%d\n", (int)getpid()) < 0)
		kpptp_log(KPPTP_LOG_WARNING, "cannot note the process number: %s",
			  strerror(errno));
}

/* With the lock ours, a socket file that is there is left over. */
static int open_socket(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	mode_t mask = umask(0117);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(sa.sun_path, path, strlen(path) + 1);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ||
	    listen(fd, CTL_BACKLOG)) {
		kpptp_log(KPPTP_LOG_ERROR, "cannot listen on %s: %s", path,
			  strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	umask(mask);
	return fd;
}

static int make_run_dir(const char *path)
{
	if (!mkdir(path, 0755) || errno == EEXIST)
		return 0;
	kpptp_log(KPPTP_LOG_ERROR,
		  "cannot make run-dir %s: %s", path, strerror(errno));
	return -errno;
}

/* From here on the daemon exists for others: lock, socket, processes. */
static int serve(struct kpptp_run *run)
{
	const struct kpptp_conf_global *g = &run->conf.global;
	char path[KPPTP_SOCKET_SIZE];
	int lock, status;

	memcpy(path, g->socket, sizeof(path));
	if (make_run_dir(g->run_dir) || take_lock(path, &lock))
		return KPPTP_EXIT_FAILED;
	note_pid(lock);
	run->ctl_fd = open_socket(path);
	status = run->ctl_fd < 0 ? KPPTP_EXIT_FAILED : kpptp_run_monitor(run);
	if (run->ctl_fd >= 0)
		unlink(path);
	close(lock);
	return status;
}

static bool may_run(struct kpptp_run *run)
{
	const struct kpptp_conf_global *global = &run->conf.global;

	if (geteuid() && !global->null_data_plane) {
		kpptp_log(KPPTP_LOG_ERROR,
			  "kpptpd needs root; an ordinary user can run it with data-plane = null in [global]");
		return false;
	}
	/* It was there a moment ago, see start_check.c. */
	if (!kpptp_sandbox_account(global->user, &run->account))
		return true;
	kpptp_log(KPPTP_LOG_ERROR, "the account is gone");
	return false;
}

/* Return: 0, or an exit status; @report has been told why. */
static int read_conf(const struct options *o, struct kpptp_conf_source *source,
		     struct kpptp_conf *conf, kpptp_conf_report_fn report)
{
	int err = kpptp_start_read(source, o->config, conf, report, NULL);

	if (err)
		return err == -ENOTSUP ? KPPTP_EXIT_FAILED : KPPTP_EXIT_USAGE;
	return 0;
}

static int check_only(const struct options *o, struct kpptp_conf_source *source,
		      struct kpptp_conf *conf)
{
	int status = read_conf(o, source, conf, print_report);

	if (status)
		return status;
	printf("%s is fine\n", o->config);
	kpptp_conf_free(conf);
	return 0;
}

/* What is left is the same in the background and where we are. */
static int start_here(const struct options *o, struct kpptp_run *run)
{
	int status;

	if (!may_run(run))
		return KPPTP_EXIT_FAILED;
	/* A reload must find the file again from the root directory. */
	if (!o->foreground && *o->config != '/') {
		kpptp_log(KPPTP_LOG_ERROR,
			  "--config needs an absolute path without --foreground");
		return KPPTP_EXIT_USAGE;
	}
	status = o->foreground ? -1 : kpptp_background_enter(&run->ready_fd);
	return status < 0 ? serve(run) : status;
}

static int start(const struct options *o, struct kpptp_conf_source *source,
		 struct kpptp_run *run)
{
	enum kpptp_log_level level;
	int status;

	kpptp_log_open(o->foreground);
	run->path = o->config;
	run->level_fixed = o->level;
	status = read_conf(o, source, &run->conf, kpptp_run_report);
	if (status)
		return status;
	if (o->level && !kpptp_log_level_parse(o->level, &level))
		run->conf.global.log_level = level;
	kpptp_log_set_level(run->conf.global.log_level);
	status = start_here(o, run);
	kpptp_conf_free(&run->conf);
	return status;
}

static void tell_failure(int status)
{
	const char *why = kpptp_log_last_error();

	kpptp_notify_failed(status == KPPTP_EXIT_USAGE ? EINVAL : EIO, *why ?
			    why : "the unprivileged process could not start; the log tells why");
}

/* Return: -1 when we are not one of the processes that the monitor starts. */
static int run_as_other(int argc, char **argv)
{
	struct kpptp_account account;
	const char *run_dir;

	if (argc < 2 || (strcmp(argv[1], "--worker") &&
			 strcmp(argv[1], "--resolve")))
		return -1;
	run_dir = kpptp_self_read(&account);
	if (!run_dir)
		return usage(argv[1], " is for kpptpd itself");
	if (argc == 2 && !strcmp(argv[1], "--worker"))
		return kpptp_run_worker(&account, run_dir);
	return argc == 3 && !strcmp(argv[1], "--resolve") ?
		kpptp_run_resolver(&account, argv[2]) : KPPTP_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct options o = { .config = KPPTP_CONF_PATH };
	struct kpptp_run run = { .ctl_fd = -1, .ready_fd = -1 };
	struct kpptp_conf_source *source;
	int status = run_as_other(argc, argv);

	if (status < 0)
		status = read_options(argc, argv, &o);
	if (status >= 0)
		return status;
	signal(SIGPIPE, SIG_IGN);
	source = kpptp_conf_source_disk();
	if (!source) {
		kpptp_log(KPPTP_LOG_ERROR, "out of memory");
		return KPPTP_EXIT_FAILED;
	}
	status = o.check ? check_only(&o, source, &run.conf) :
			   start(&o, source, &run);
	if (status && !o.check && !run.ready)
		tell_failure(status);
	kpptp_conf_source_free(source);
	return status;
}
