/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two processes that kpptpd is; for main.c. */
#ifndef KPPTPD_RUN_H
#define KPPTPD_RUN_H

#include "conf.h"
#include "notify.h"
#include "sandbox.h"

#define KPPTP_WORKER_FD	3	/* the worker's end of the socket to the monitor */

/**
 * struct kpptp_run - what is ready before the first event
 * @path: configuration file
 * @conf: its contents; whoever runs takes them over
 * @ctl_fd: listening control socket
 * @ready_fd: for kpptp_background_ready(), or -1
 * @account: of the worker
 * @level_fixed: --log-level was given, so the file does not decide
 * @ready: it has come to serve
 */
struct kpptp_run {
	const char *path;
	struct kpptp_conf conf;
	int ctl_fd;
	int ready_fd;
	struct kpptp_account account;
	bool level_fixed;
	bool ready;
};

/** kpptp_run_monitor() - the process with rights. Return: exit status. */
int kpptp_run_monitor(struct kpptp_run *run);

/**
 * kpptp_run_worker() - the process without, on KPPTP_WORKER_FD
 * @account: whom to become
 * @run_dir: see kpptp_sandbox_enter()
 *
 * Return: exit status.
 */
int kpptp_run_worker(const struct kpptp_account *account, const char *run_dir);

/** kpptp_run_ready() - tell whoever has started us that we serve */
void kpptp_run_ready(struct kpptp_run *run, const struct kpptp_serving *now);

/** kpptp_run_report() - a kpptp_conf_report_fn that logs */
void kpptp_run_report(void *arg, enum kpptp_log_level level, const char *text);

/* Exit statuses, documented in kpptpd(8). */
#define KPPTP_EXIT_FAILED	1	/* could not start, or had to end */
#define KPPTP_EXIT_USAGE	2	/* command line or configuration is wrong */

#endif
