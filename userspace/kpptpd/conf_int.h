/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between conf.c (what is in the file) and conf_check.c (does it make sense). */
#ifndef KPPTPD_CONF_INT_H
#define KPPTPD_CONF_INT_H

#include "conf_source.h"

/* What has been seen of a client section, beside its settings. */
struct client_seen {
	uint64_t keys;
	bool has_persist;
	bool default_route;
	bool has_password;
	bool has_password_file;
};

/* The same of a peer section. */
struct peer_seen {
	uint64_t keys;
	char name[KPPTP_NAME_SIZE];
};

/**
 * struct parse - a file that is being read
 * @rest: of the text
 * @in_line: the last piece had no newline
 * @seen: keys of [global], [server], [call]
 * @section: for complaints
 * @now: of the client section, or NULL
 */
struct parse {
	struct kpptp_conf_source *source;
	const char *path;
	struct kpptp_conf *conf;
	kpptp_conf_report_fn report;
	void *arg;
	const char *rest;
	int line;
	bool in_line;
	int errors;
	uint64_t seen[3];
	struct client_seen *client_seen;
	struct peer_seen *peer_seen;
	const char *section;
	struct client_seen *now;
};

/** kpptp_conf_complain() - report, with file and line; errors are counted */
void kpptp_conf_complain(struct parse *p, enum kpptp_log_level level,
			 const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** kpptp_conf_check() - complain of what does not go together */
void kpptp_conf_check(struct parse *p);

#endif
