// SPDX-License-Identifier: GPL-2.0-or-later
/* self.c - starts this program anew, see self.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "self.h"
#include "spawn.h"

#define ACCOUNT		"KPPTPD_ACCOUNT"
#define RUN_DIR		"KPPTPD_RUN_DIR"

static char account_env[64];
static char run_dir_env[256];

void kpptp_self_setup(const struct kpptp_account *account, const char *run_dir)
{
	snprintf(account_env, sizeof(account_env), ACCOUNT "=%u:%u:%d",
		 account->uid, account->gid, account->is_self);
	snprintf(run_dir_env, sizeof(run_dir_env), RUN_DIR "=%s", run_dir);
}

const char *kpptp_self_read(struct kpptp_account *account)
{
	const char *text = getenv(ACCOUNT);
	int is_self;

	if (!text || sscanf(text, "%u:%u:%d", &account->uid, &account->gid,
			    &is_self) != 3)
		return NULL;
	account->is_self = is_self;
	return getenv(RUN_DIR);
}

pid_t kpptp_self_run(const char *role, const char *arg, int channel,
		     int *output)
{
	char *argv[] = { (char *)"/proc/self/exe", (char *)role, (char *)arg,
			 NULL };
	char *env[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
			account_env, run_dir_env, NULL };
	struct kpptp_spawn spawn = {
		.argv = argv, .envp = env, .n_fds = channel < 0 ? 3 : 4,
		.keeps_nice = true,
	};
	int fds[2];
	pid_t pid;

	/* Only the reader must not wait. */
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	spawn.fd[0] = -1;
	spawn.fd[1] = spawn.fd[2] = fds[1];
	spawn.fd[3] = channel;
	pid = kpptp_spawn(&spawn);
	close(fds[1]);
	if (pid < 0)
		close(fds[0]);
	else
		*output = fds[0];
	return pid;
}
