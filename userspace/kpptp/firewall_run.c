// SPDX-License-Identifier: GPL-2.0-or-later
/* firewall_run.c - has nft load, list and remove the rules */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firewall.h"

#define NO_PROGRAM	127	/* exit status, as of a shell */

/* --------------------------------------------------------------- programs */

/**
 * struct program - one run of another program
 * @argv: what to run; looked for in PATH, /usr/sbin and /sbin
 * @input: file for standard input, or -1
 * @output: what it printed, freed by program_free()
 * @errors: the same of standard error
 * @status: its exit status
 */
struct program {
	const char *const *argv;
	int input;
	char *output;
	char *errors;
	int status;
};

static void program_free(struct program *p)
{
	free(p->output);
	free(p->errors);
}

/* A file in memory, not to be found by name. Return: fd or -1. */
static int memory_file(const char *text)
{
	size_t len = text ? strlen(text) : 0;
	int fd = memfd_create("kpptp", 0);

	if (fd < 0)
		return -1;
	if (write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* All of @fd, which is closed. Return: to be freed, or NULL. */
static char *slurp(int fd)
{
	struct stat st;
	char *text = NULL;

	if (!fstat(fd, &st))
		text = calloc(1, st.st_size + 1);
	if (text && pread(fd, text, st.st_size, 0) != st.st_size) {
		free(text);
		text = NULL;
	}
	close(fd);
	return text;
}

/* A user's PATH often lacks the directories of nft and modprobe. */
static void exec_program(const struct program *p, int out, int err)
{
	static const char *const dirs[] = { "/usr/sbin", "/sbin" };
	char path[64];
	size_t i;

	if (p->input >= 0)
		dup2(p->input, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	setenv("LC_ALL", "C", 1);
	execvp(p->argv[0], (char *const *)p->argv);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], p->argv[0]);
		execv(path, (char *const *)p->argv);
	}
	_exit(NO_PROGRAM);
}

/* Return: 0 when it ran, whatever its status, or a negative errno. */
static int program_run(struct program *p)
{
	int out = memory_file(NULL), err = memory_file(NULL), status;
	pid_t pid = -1;

	if (out >= 0 && err >= 0) {
		fflush(NULL);
		pid = fork();
	}
	if (!pid)
		exec_program(p, out, err);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		status = -errno;
		if (out >= 0)
			close(out);
		if (err >= 0)
			close(err);
		return status;
	}
	p->status = WIFEXITED(status) ? WEXITSTATUS(status) : NO_PROGRAM + 1;
	p->output = slurp(out);
	p->errors = slurp(err);
	return p->output && p->errors ? 0 : -ENOMEM;
}

/* What a program complained, its first line, without its own "Error: ". */
static int complain(const struct program *p, const char *doing, char *why,
		    size_t size)
{
	const char *said = p->errors;

	if (p->status == NO_PROGRAM) {
		snprintf(why, size, "%s: %s is not installed; install Debian's package %s",
			 doing, p->argv[0],
			 strcmp(p->argv[0], "nft") ? p->argv[0] : "nftables");
		return -ENOENT;
	}
	said += strspn(said, " \n");
	if (strstr(said, "not permitted")) {
		snprintf(why, size, "%s: not permitted; run it as root", doing);
		return -EPERM;
	}
	snprintf(why, size, "%s: %s says \"%.*s\"", doing, p->argv[0],
		 (int)strcspn(said, "\n"), said);
	return -EIO;
}

/* Runs @argv, with @text as its input if not NULL. Return: 0 when all is well. */
static int run(const char *const *argv, const char *text, const char *doing,
	       char **output, char *why, size_t size)
{
	struct program p = { .argv = argv, .input = -1 };
	int err = 0;

	if (text) {
		p.input = memory_file(text);
		if (p.input < 0)
			err = -errno;
	}
	if (!err)
		err = program_run(&p);
	if (err)
		snprintf(why, size, "%s: %s", doing, strerror(-err));
	else if (p.status)
		err = complain(&p, doing, why, size);
	if (!err && output) {
		*output = p.output;
		p.output = NULL;
	}
	if (p.input >= 0)
		close(p.input);
	program_free(&p);
	return err;
}

/* -------------------------------------------------------------------- nft */

int kpptp_fw_load(const char *text, char *why, size_t size)
{
	static const char *const nft[] = { "nft", "-f", "-", NULL };

	return run(nft, text, "cannot load the rules", NULL, why, size);
}

/*
 * The role's table as nft lists it, without counters and what maps have
 * learned. Return: 0, -ENOENT when there is none, or another negative errno.
 */
static int list(enum kpptp_fw_role role, char **text, char *why, size_t size)
{
	char table[48];
	const char *const nft[] = {
		"nft", "-s", "-t", "list", "table", table, NULL
	};
	int err;

	/* nft joins its words with blanks, so one may be two */
	snprintf(table, sizeof(table), "%s", kpptp_fw_table(role));
	err = run(nft, NULL, "cannot list the rules", text, why, size);
	if (err == -EIO && strstr(why, "No such file"))
		return -ENOENT;
	return err == -ENOENT ? -ENOSYS : err;
}

int kpptp_fw_save(enum kpptp_fw_role role, char **text, char *why, size_t size)
{
	const char *table = kpptp_fw_table(role);
	char *old = NULL;
	int err = list(role, &old, why, size);

	if (err && err != -ENOENT)
		return err;
	err = asprintf(text, "table %s\ndelete table %s\n%s", table, table,
		       old ? old : "") < 0 ? -ENOMEM : 0;
	free(old);
	if (err)
		snprintf(why, size, "out of memory");
	return err;
}

int kpptp_fw_unload(enum kpptp_fw_role role, char *why, size_t size)
{
	char text[64], *old = NULL;
	int err = list(role, &old, why, size);

	free(old);
	if (err)
		return err == -ENOENT ? 0 : err;
	snprintf(text, sizeof(text), "delete table %s\n", kpptp_fw_table(role));
	err = kpptp_fw_load(text, why, size);
	return err ? err : 1;
}

/* ---------------------------------------------------------------- compare */

/* A flowtable is made of interfaces that exist. */
static int make_interface(struct nl_sock *sock, const char *name)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg;
	struct nlattr *info;

	msg = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	if (!msg)
		return -ENOMEM;
	nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO);
	nla_put_string(msg, IFLA_IFNAME, name);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, "dummy");
	nla_nest_end(msg, info);
	return nl_send_sync(sock, msg) ? -EIO : 0;
}

static int make_interfaces(const struct kpptp_fw_list *names)
{
	struct nl_sock *sock;
	unsigned int i;
	int err = 0;

	if (!names)
		return 0;
	sock = nl_socket_alloc();
	if (!sock || nl_connect(sock, NETLINK_ROUTE))
		err = -EIO;
	for (i = 0; !err && i < names->n; i++)
		err = make_interface(sock, names->item[i]);
	nl_socket_free(sock);
	return err;
}

/* In a namespace of its own, which goes with the last that uses it. */
static int load_and_list(const struct kpptp_fw_ruleset *set, const char *text,
			 char **wanted, char *why, size_t size)
{
	int err = make_interfaces(set->flowtable);

	if (err) {
		snprintf(why, size, "cannot compare: no interfaces for a flowtable can be made (module dummy)");
		return err;
	}
	err = kpptp_fw_load(text, why, size);
	return err ? err : list(set->role, wanted, why, size);
}

/* What nft would list once @text were loaded. */
static int canonical(const struct kpptp_fw_ruleset *set, const char *text,
		     char **wanted, char *why, size_t size)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err;

	if (home < 0 || unshare(CLONE_NEWNET)) {
		err = -errno;
		snprintf(why, size, "cannot compare: no network namespace can be made (%s); run it as root",
			 strerror(errno));
		if (home >= 0)
			close(home);
		return err;
	}
	err = load_and_list(set, text, wanted, why, size);
	if (setns(home, CLONE_NEWNET)) {
		err = -errno;
		snprintf(why, size, "cannot return to the network namespace: %s",
			 strerror(errno));
	}
	close(home);
	return err;
}

/* diff(1) of two texts. Return: 0 same, 1 different, or a negative errno. */
static int difference(const char *loaded, const char *wanted, char **lines,
		      char *why, size_t size)
{
	int one = memory_file(loaded), two = memory_file(wanted), err = -ENOMEM;
	char name_one[32], name_two[32];
	const char *const diff[] = {
		"diff", "-U", "1", "--label", "loaded", "--label", "wanted",
		name_one, name_two, NULL
	};
	struct program p = { .argv = diff, .input = -1 };

	snprintf(name_one, sizeof(name_one), "/proc/self/fd/%d", one);
	snprintf(name_two, sizeof(name_two), "/proc/self/fd/%d", two);
	if (one >= 0 && two >= 0)
		err = program_run(&p);
	if (err)
		snprintf(why, size, "cannot compare: %s", strerror(-err));
	else if (p.status > 1)
		err = complain(&p, "cannot compare", why, size);
	else
		err = p.status;
	if (err == 1) {
		*lines = p.output;
		p.output = NULL;
	}
	if (one >= 0)
		close(one);
	if (two >= 0)
		close(two);
	program_free(&p);
	return err;
}

int kpptp_fw_compare(const struct kpptp_fw_ruleset *set, const char *text,
		     char **lines, char *why, size_t size)
{
	char *loaded = NULL, *wanted = NULL;
	int err = list(set->role, &loaded, why, size);

	*lines = NULL;
	if (!err) {
		err = canonical(set, text, &wanted, why, size);
		if (!err)
			err = difference(loaded, wanted, lines, why, size);
		else if (err == -ENOENT)
			err = -EIO;
	}
	free(loaded);
	free(wanted);
	return err;
}

/* ---------------------------------------------------------------- modules */

int kpptp_fw_modules(char *why, size_t size)
{
	static const char *const modprobe[] = {
		"modprobe", "-a", "nf_conntrack_pptp", "nf_nat_pptp", NULL
	};

	if (!access("/sys/module/nf_nat_pptp", F_OK))
		return 0;
	return run(modprobe, NULL, "cannot load the kernel's PPTP helper",
		   NULL, why, size);
}
