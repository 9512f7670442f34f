// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf_read.c - the configuration file, line by line
 *
 * inih keeps sections and keys apart, conf_line.c says what is in a line, the
 * tables of conf.c what it means. Where each key was is noted, so that all
 * complaints have a line.
 */
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/valid.h"
#include "conf_int.h"

#define CLIENT_PREFIX	"client "
#define PEER_PREFIX	"peer "
#define NAME_MAX_OCTETS	40	/* KPPTP_SECTION_SIZE with its prefix */

void kpptp_conf_complain(struct parse *p, enum kpptp_log_level level,
			 const char *fmt, ...)
{
	struct kpptp_conf *conf = p->conf;
	char text[1024], number[16] = "";
	size_t used;
	va_list ap;

	if (p->number)
		snprintf(number, sizeof(number), ":%d", p->number);
	snprintf(text, sizeof(text), "%s%s: ", p->path, number);
	used = strlen(text);
	va_start(ap, fmt);
	vsnprintf(text + used, sizeof(text) - used, fmt, ap);
	va_end(ap);
	if (level == KPPTP_LOG_ERROR) {
		p->errors++;
		if (p->text && conf->n_places)
			conf->place[conf->n_places - 1].wrong = true;
	}
	p->report(p->arg, level, text);
}

static bool is_wrong(const struct parse *p, const char *section)
{
	const struct kpptp_conf *conf = p->conf;
	size_t i;

	for (i = 0; p->errors && i < conf->n_places; i++)
		if (conf->place[i].wrong && !strcmp(conf->place[i].section, section))
			return true;
	return false;
}

void kpptp_conf_complain_of(struct parse *p, enum kpptp_log_level level,
			    const char *section, const char *key,
			    const char *fmt, ...)
{
	const struct kpptp_conf_place *place =
		kpptp_conf_place(p->conf, section, key);
	char text[768];
	va_list ap;

	if (is_wrong(p, section))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->number = place ? place->line : 0;
	kpptp_conf_complain(p, level, "[%s]%s%s %s", section, key ? " " : "",
			    key ? key : "", text);
	p->number = 0;
}

/* Appends to a list "a, b, c". */
static void list_key(char *list, size_t size, const char *name)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? ", " : "", name);
}

static void complain_key(struct parse *p, const char *name)
{
	const struct kpptp_call_param *row = kpptp_call_param;
	char list[512] = "";
	size_t i;

	for (i = 0; p->keys && i < p->keys->n; i++)
		list_key(list, sizeof(list), p->keys->key[i].name);
	for (i = 0; !p->keys && i < kpptp_call_param_count; i++)
		if (!i || strcmp(row[i].key, row[i - 1].key))
			list_key(list, sizeof(list), row[i].key);
	kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			    "[%s] has no key \"%s\"; allowed are %s",
			    p->section, name, list);
}

static void complain_value(struct parse *p, const char *name, const char *value,
			   const char *allowed)
{
	kpptp_conf_complain(p, KPPTP_LOG_ERROR, "[%s] %s = %s: %s%s%sallowed is %s",
			    p->section, name, value, p->why ? "it " : "",
			    p->why ? p->why : "", p->why ? "; " : "", allowed);
}

/* Notes key number @i. Return: may it be given now? */
static bool is_first(struct parse *p, size_t i, const char *name)
{
	const uint64_t bit = UINT64_C(1) << i;
	const bool first = !(*p->keys_seen & bit);

	*p->keys_seen |= bit;
	if (!first)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "[%s] %s is given twice",
				    p->section, name);
	return first;
}

/* Notes where a section begins, or where its @key is. */
static int add_place(struct parse *p, const char *key)
{
	struct kpptp_conf *conf = p->conf;
	struct kpptp_conf_place *place;

	if (!(conf->n_places & (conf->n_places - 1))) {
		place = reallocarray(conf->place, 2 * conf->n_places + 1,
				     sizeof(*place));
		if (!place) {
			kpptp_conf_complain(p, KPPTP_LOG_ERROR, "out of memory");
			return -ENOMEM;
		}
		conf->place = place;
	}
	place = &conf->place[conf->n_places++];
	*place = (struct kpptp_conf_place){ .key = key, .line = p->number };
	strcpy(place->section, p->section);
	return 0;
}

static void warn_comment(struct parse *p, const struct key *k)
{
	if (k->secret && p->line.comment)
		kpptp_conf_complain(p, KPPTP_LOG_WARNING,
			 "[%s] %s: what is behind a blank and # or ; is a comment; put the value in quotation marks if it is not",
			 p->section, k->name);
}

static void set_key(struct parse *p, const char *name, const char *value)
{
	const struct key *k;
	size_t i;

	for (i = 0; i < p->keys->n; i++)
		if (!strcmp(name, p->keys->key[i].name))
			break;
	if (i == p->keys->n) {
		complain_key(p, name);
		return;
	}
	k = &p->keys->key[i];
	if ((!k->many && !is_first(p, i, name)) || add_place(p, k->name))
		return;
	warn_comment(p, k);
	p->why = NULL;
	if (k->set(p, k, value, p->object) == -EINVAL)
		complain_value(p, name, k->secret ? "..." : value, k->allowed);
}

/* Section [call], whose keys are those of the table in call_params.c. */
static void set_call_key(struct parse *p, const char *name, const char *value)
{
	const struct kpptp_call_param *row = kpptp_call_param;
	char allowed[128];
	size_t i;

	for (i = 0; i < kpptp_call_param_count; i++)
		if (!strcmp(name, row[i].key))
			break;
	if (i == kpptp_call_param_count)
		complain_key(p, name);
	else if (is_first(p, i, name) && !add_place(p, row[i].key) &&
		 kpptp_call_params_read(p->object, name, value, &p->why))
		complain_value(p, name, value,
			       kpptp_call_params_allowed(name, allowed,
							 sizeof(allowed)));
}

static bool name_ok(const char *name)
{
	return strlen(name) <= NAME_MAX_OCTETS &&
	       !kpptp_valid_name(name, KPPTP_NAME_SIZE);
}

static struct section_seen *find_section(const struct parse *p)
{
	return KPPTP_HASH_OBJECT(kpptp_hash_find(&p->by_section, p->section,
						 strlen(p->section)),
				 struct section_seen, by_name);
}

void kpptp_conf_forget_sections(struct parse *p)
{
	struct section_seen *seen;

	TAILQ_CONCAT(&p->clients, &p->peers, entry);
	while ((seen = TAILQ_FIRST(&p->clients))) {
		TAILQ_REMOVE(&p->clients, seen, entry);
		free(seen);
	}
	kpptp_hash_free(&p->by_section);
}

/* Settings of one more, as they are without a key. Return: its index, or -ENOMEM. */
static int add_client(struct kpptp_conf *conf, const char *name)
{
	static const struct kpptp_client_settings defaults =
		KPPTP_CLIENT_DEFAULTS;
	const unsigned int n = conf->n_clients;
	struct kpptp_client_settings *grown =
		reallocarray(conf->client, n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	conf->client = grown;
	grown[n] = defaults;
	strcpy(grown[n].name, name);
	return conf->n_clients++;
}

static int add_peer(struct kpptp_conf *conf, const char *name)
{
	const unsigned int n = conf->n_peers;
	struct kpptp_peer_settings *grown =
		reallocarray(conf->peer, n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	conf->peer = grown;
	memset(&grown[n], 0, sizeof(grown[n]));
	strcpy(grown[n].user, name);
	return conf->n_peers++;
}

/* The section, for the first time; NULL without memory. */
static struct section_seen *
add_section(struct parse *p, struct section_list *list, const char *name,
	    int (*add)(struct kpptp_conf *conf, const char *name))
{
	struct section_seen *seen = calloc(1, sizeof(*seen));

	if (seen)
		seen->index = add(p->conf, name);
	if (!seen || seen->index < 0) {
		free(seen);
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "out of memory");
		return NULL;
	}
	strcpy(seen->name, p->section);
	kpptp_hash_add(&p->by_section, &seen->by_name, seen->name,
		       strlen(seen->name));
	TAILQ_INSERT_TAIL(list, seen, entry);
	return seen;
}

/* Complains of a name that cannot be, and gives @advice. */
static bool check_name(struct parse *p, const char *name, const char *advice)
{
	const bool ok = name_ok(name);

	if (!ok)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "[%s]: a name has 1 to 40 letters, digits, \"_\", \".\" or \"-\"%s",
			 p->section, advice);
	return ok;
}

static void enter(struct parse *p, const struct keys *keys, uint64_t *seen,
		  void *object)
{
	p->keys = keys;
	p->keys_seen = seen;
	p->object = object;
}

static void enter_client(struct parse *p, const char *name)
{
	p->now = find_section(p);
	if (!p->now && check_name(p, name, ""))
		p->now = add_section(p, &p->clients, name, add_client);
	p->skip = !p->now;
	if (p->now)
		enter(p, &kpptp_conf_client_keys, &p->now->keys,
		      &p->conf->client[p->now->index]);
}

static void enter_peer(struct parse *p, const char *name)
{
	p->now = find_section(p);
	if (!p->now &&
	    check_name(p, name, "; give any other user name as user = NAME"))
		p->now = add_section(p, &p->peers, name, add_peer);
	p->skip = !p->now;
	if (p->now)
		enter(p, &kpptp_conf_peer_keys, &p->now->keys,
		      &p->conf->peer[p->now->index]);
}

/* A section begins, even if no key follows. */
static void enter_section(struct parse *p, const char *section)
{
	struct kpptp_conf *conf = p->conf;

	snprintf(p->section, sizeof(p->section), "%s", section);
	p->now = NULL;
	p->skip = add_place(p, NULL);
	if (!strcmp(section, "global")) {
		enter(p, &kpptp_conf_global_keys, &p->seen[0], &conf->global);
	} else if (!strcmp(section, "server")) {
		enter(p, &kpptp_conf_server_keys, &p->seen[1], &conf->server);
	} else if (!strcmp(section, "call")) {
		enter(p, NULL, &p->seen[2], &conf->call);
	} else if (!strncmp(section, CLIENT_PREFIX, strlen(CLIENT_PREFIX))) {
		enter_client(p, section + strlen(CLIENT_PREFIX));
	} else if (!strncmp(section, PEER_PREFIX, strlen(PEER_PREFIX))) {
		enter_peer(p, section + strlen(PEER_PREFIX));
	} else {
		p->skip = true;
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "there is no section [%s]; allowed are [global], [server], [call], [client NAME] and [peer NAME]",
			 section);
	}
}

static int on_key(void *arg, const char *section, const char *name,
		  const char *unused)
{
	struct parse *p = arg;

	(void)unused;
	if (p->opening) {
		p->opening = false;
		enter_section(p, section);
	} else if (p->skip) {
		return 1;
	} else if (!*section) {
		p->skip = true;
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
			 "%s is in no section; begin with [global], [server], [call], [client NAME] or [peer NAME]",
			 name);
	} else if (p->keys) {
		set_key(p, name, p->line.value);
	} else {
		set_call_key(p, name, p->line.value);
	}
	return 1;
}

/* The next line of the file as a copy in @p->text, or false at the end. */
static bool take_line(struct parse *p)
{
	size_t len = strcspn(p->rest, "\n");

	free(p->text);
	p->text = *p->rest ? strndup(p->rest, len) : NULL;
	if (!*p->rest)
		return false;
	p->number++;
	p->rest += len + (p->rest[len] == '\n');
	if (!p->text)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "out of memory");
	return p->text;
}

/*
 * Hands inih one line at a time, without what it would read otherwise than
 * conf_line.h says. It keeps short lines only and drops quotation marks
 * nowhere, so values go past it, in @p->line. A section is followed by a key
 * without a name: inih tells on_key() of keys only.
 */
static char *next_line(char *str, int num, void *arg)
{
	struct parse *p = arg;
	const char *why;

	strcpy(str, "=\n");
	if (p->opening)
		return str;
	if (!take_line(p))
		return NULL;
	why = kpptp_conf_line_read(p->text, &p->line);
	if (!why && p->line.kind != KPPTP_CONF_NOTHING &&
	    strlen(p->line.name) >= KPPTP_SECTION_SIZE)
		why = "the name is longer than 49 octets";
	if (why) {
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "%s", why);
		p->skip |= p->line.kind == KPPTP_CONF_SECTION;
	}
	if (why || p->line.kind == KPPTP_CONF_NOTHING) {
		strcpy(str, "\n");
	} else if (p->line.kind == KPPTP_CONF_KEY) {
		snprintf(str, num, "%s=\n", p->line.name);
	} else {
		snprintf(str, num, "[%s]\n", p->line.name);
		p->opening = true;
	}
	return str;
}

void kpptp_conf_read(struct parse *p, const struct kpptp_conf_file *file)
{
	TAILQ_INIT(&p->clients);
	TAILQ_INIT(&p->peers);
	kpptp_hash_init(&p->by_section);
	/* What some editors put before UTF-8. */
	p->rest = file->text + (strncmp(file->text, "\xef\xbb\xbf", 3) ? 0 : 3);
	if (ini_parse_stream(next_line, p, on_key, p) < 0)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR, "out of memory");
	if (p->rest != file->text + file->len)
		kpptp_conf_complain(p, KPPTP_LOG_ERROR,
				    "there is a NUL octet in the next line, and nothing behind it was read");
	free(p->text);
	p->text = NULL;
}
