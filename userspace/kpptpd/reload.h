/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the configuration anew, and why it was not taken. */
#ifndef KPPTPD_RELOAD_H
#define KPPTPD_RELOAD_H

#include "run.h"

#define KPPTP_RELOAD_WHY_SIZE	2048

/**
 * kpptp_reload_read() - read the configuration file and check the host for it
 * @run: path, and what stays as it is
 * @source: keeps the files that were read
 * @conf: result; on an error it is empty
 * @why: on an error what is wrong, one line each; the log has it too
 *
 * Return: 0 or a negative errno.
 */
int kpptp_reload_read(const struct kpptp_run *run,
		      struct kpptp_conf_source *source, struct kpptp_conf *conf,
		      char why[KPPTP_RELOAD_WHY_SIZE]);

#endif
