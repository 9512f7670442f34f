/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The three processes kpptpd can be; for main.c. */
#ifndef KPPTPD_RUN_H
#define KPPTPD_RUN_H

#include <sys/types.h>

#include "conf.h"
#include "notify.h"
#include "sandbox.h"

/**
 * struct kpptp_run - what is ready before the first event
 * @path: configuration file
 * @conf: its contents; whoever runs takes them over
 * @source: where they came from
 * @ctl_fd: listening control socket
 * @channel: monitor and worker: the socket to the other one
 * @ready_fd: for kpptp_background_ready(), or -1
 * @account: worker: whom to become
 * @worker: monitor: the worker's process
 * @monitor: worker: the monitor's process
 * @level_fixed: --log-level was given, so the file does not decide
 * @ready: it has come to serve
 */
struct kpptp_run {
	const char *path;
	struct kpptp_conf conf;
	struct kpptp_conf_source *source;
	int ctl_fd;
	int channel;
	int ready_fd;
	struct kpptp_account account;
	pid_t worker;
	pid_t monitor;
	bool level_fixed;
	bool ready;
};

/** kpptp_run_single() - all in one process. Return: exit status. */
int kpptp_run_single(struct kpptp_run *run);

/** kpptp_run_monitor() - the process with rights. Return: exit status. */
int kpptp_run_monitor(struct kpptp_run *run);

/** kpptp_run_worker() - the process without. Return: exit status. */
int kpptp_run_worker(struct kpptp_run *run);

/** kpptp_run_ready() - tell whoever has started us that we serve */
void kpptp_run_ready(struct kpptp_run *run, const struct kpptp_serving *now);

/** kpptp_run_report() - a kpptp_conf_report_fn that logs */
void kpptp_run_report(void *arg, enum kpptp_log_level level, const char *text);

/* Exit statuses, documented in kpptpd(8). */
#define KPPTP_EXIT_FAILED	1	/* could not start, or had to end */
#define KPPTP_EXIT_USAGE	2	/* command line or configuration is wrong */

#endif
