/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between conf_read.c (the lines of the file), conf.c (what they may say) and
 * conf_check.c (does it make sense together).
 */
#ifndef KPPTPD_CONF_INT_H
#define KPPTPD_CONF_INT_H

#include "../lib/hash.h"
#include "conf_line.h"
#include "conf_source.h"

/**
 * struct section_seen - a client or peer section, beside its settings
 * @entry: of those of its kind, in the order of the file
 * @by_name: of all
 * @name: in the file, "client x"
 * @index: of its settings among those of its kind
 * @keys: that it has
 * @by_user: of peer sections, while they are checked
 * @by_address: the same, of those that have one
 */
struct section_seen {
	TAILQ_ENTRY(section_seen) entry;
	struct kpptp_hash_link by_name;
	char name[KPPTP_SECTION_SIZE];
	int index;
	uint64_t keys;
	bool has_persist;
	bool default_route;
	bool has_password;
	bool has_password_file;
	struct kpptp_hash_link by_user;
	struct kpptp_hash_link by_address;
};

TAILQ_HEAD(section_list, section_seen);

struct parse;

/**
 * struct key - one key of a section
 * @name: in the file
 * @set: reads @value into the object; returns 0 or -EINVAL, or -EALREADY when
 *	it has complained itself
 * @offset: of the member in the section's structure
 * @size: of the member, or of that and those behind it that the key sets, too
 * @min: smallest number
 * @max: largest number
 * @scale: what the number is multiplied with
 * @allowed: in words
 * @secret: the value is not repeated in complaints
 * @many: may be given more than once
 * @at_start: only read when the daemon starts
 */
struct key {
	const char *name;
	int (*set)(struct parse *p, const struct key *k, const char *value,
		   void *object);
	size_t offset;
	size_t size;
	unsigned long min;
	unsigned long max;
	unsigned long scale;
	const char *allowed;
	bool secret;
	bool many;
	bool at_start;
};

/* The keys of a section. */
struct keys {
	const struct key *key;
	size_t n;
};

extern const struct keys kpptp_conf_global_keys;
extern const struct keys kpptp_conf_server_keys;
extern const struct keys kpptp_conf_client_keys;
extern const struct keys kpptp_conf_peer_keys;

/**
 * struct parse - a file that is being read
 * @rest: of the text
 * @text: the line being read, or NULL
 * @line: what is in it
 * @number: of the line, or 0 when a complaint is not about one
 * @opening: a section has begun, and on_key() is still to be told
 * @skip: the section cannot be read, and it has been complained of
 * @seen: keys of [global], [server], [call]
 * @clients: sections [client x] so far
 * @peers: sections [peer x] so far
 * @by_section: both, by name
 * @section: its name, "client x"
 * @keys: of the section; NULL is [call], whose keys are those of call_params.h
 * @keys_seen: which of them there were
 * @object: where their values go
 * @now: the section, if it is of clients or peers, or NULL
 * @why: of the value that a key did not take: a phrase of valid.h, or NULL
 */
struct parse {
	struct kpptp_conf_source *source;
	const char *path;
	struct kpptp_conf *conf;
	kpptp_conf_report_fn report;
	void *arg;
	const char *rest;
	char *text;
	struct kpptp_conf_line line;
	int number;
	bool opening;
	bool skip;
	int errors;
	uint64_t seen[3];
	struct section_list clients;
	struct section_list peers;
	struct kpptp_hash by_section;
	char section[KPPTP_SECTION_SIZE];
	const struct keys *keys;
	uint64_t *keys_seen;
	void *object;
	struct section_seen *now;
	const char *why;
};

/**
 * kpptp_conf_complain() - report, with file and line
 *
 * Errors are counted, and the line is noted as one that is wrong.
 */
void kpptp_conf_complain(struct parse *p, enum kpptp_log_level level,
			 const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * kpptp_conf_complain_of() - report something about lines read before
 * @p: the file
 * @level: KPPTP_LOG_ERROR or KPPTP_LOG_WARNING
 * @section: "client x"
 * @key: whose line is meant, or NULL for that of the section. It is where the
 *	text begins, "[client x] retry-max"
 *
 * Nothing is reported while a line of that section is wrong: what is missing
 * there may be in it.
 */
void kpptp_conf_complain_of(struct parse *p, enum kpptp_log_level level,
			    const char *section, const char *key,
			    const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * kpptp_conf_read() - read every line into @p->conf
 *
 * What is noted of its sections stays until kpptp_conf_forget_sections().
 */
void kpptp_conf_read(struct parse *p, const struct kpptp_conf_file *file);

/** kpptp_conf_forget_sections() - free what kpptp_conf_read() has noted in @p */
void kpptp_conf_forget_sections(struct parse *p);

/** kpptp_conf_check() - complain of what does not go together */
void kpptp_conf_check(struct parse *p);

#endif
