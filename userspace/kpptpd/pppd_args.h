/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The argument list of pppd(8) for one call. */
#ifndef KPPTPD_PPPD_ARGS_H
#define KPPTPD_PPPD_ARGS_H

#include "conf.h"
#include "ppp.h"

#define KPPTP_PPPD_ARGS_MAX	256

struct kpptp_pppd_args {
	char *v[KPPTP_PPPD_ARGS_MAX + 1];	/* NULL behind the last */
	unsigned int n;
	int err;				/* of an addition that failed */
};

/**
 * kpptp_pppd_args_make() - every argument from argv[0] on
 * @args: result; give it to kpptp_pppd_args_free() in every case
 * @global: programs: pppd, its plugin, and the one for name servers
 * @fd: descriptor of kpptp-fd in the new process
 * @req: the call
 *
 * The password is not among them.
 *
 * Return: 0, -EINVAL when the free text has an open quotation mark, -E2BIG,
 * -ENOMEM.
 */
int kpptp_pppd_args_make(struct kpptp_pppd_args *args,
			 const struct kpptp_conf_global *global, int fd,
			 const struct kpptp_ppp_request *req);

/**
 * kpptp_pppd_args_words() - add words as pppd's option files have them
 * @args: where they go
 * @text: words separated by blanks, with "..." and '...' around blanks and a
 *	backslash before anything special
 *
 * Return: 0, -EINVAL when a quotation mark is not closed, -E2BIG, -ENOMEM.
 */
int kpptp_pppd_args_words(struct kpptp_pppd_args *args, const char *text);

/** kpptp_pppd_args_free() - the strings, not the structure */
void kpptp_pppd_args_free(struct kpptp_pppd_args *args);

#endif
