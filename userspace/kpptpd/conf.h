/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file, kpptpd.conf(5). Every complaint names file and line,
 * section and key, and what would be allowed there.
 *
 * Only the monitor reads it: the worker is told what the protocol needs (proto.h).
 */
#ifndef KPPTPD_CONF_H
#define KPPTPD_CONF_H

#include <stdbool.h>

#include "log.h"
#include "pool.h"
#include "settings.h"

#define KPPTP_PATH_SIZE		256
#define KPPTP_SOCKET_SIZE	108	/* sun_path of struct sockaddr_un */
#define KPPTP_ACCOUNT_SIZE	33
#define KPPTP_SECTION_SIZE	50	/* "client " and a name; all that inih takes */

/**
 * struct kpptp_conf_global - section [global]
 * @run_dir: directory for what only lives while the daemon runs
 * @socket: control socket; empty in the file means @run_dir/kpptpd.sock
 * @user: account of that process; "" for _kpptp
 * @log_level: lines above it are left out
 * @pppd: program
 * @plugin: its plugin, kpptp.so
 * @dns_hook: program that puts a peer's name servers to use
 * @resolv_conf: file it changes where nothing else looks after name servers
 * @null_data_plane: no kernel and no pppd, for tests
 */
struct kpptp_conf_global {
	char run_dir[KPPTP_SOCKET_SIZE];
	char socket[KPPTP_SOCKET_SIZE];
	char user[KPPTP_ACCOUNT_SIZE];
	enum kpptp_log_level log_level;
	char pppd[KPPTP_PATH_SIZE];
	char plugin[KPPTP_PATH_SIZE];
	char dns_hook[KPPTP_PATH_SIZE];
	char resolv_conf[KPPTP_PATH_SIZE];
	bool null_data_plane;
};

/* Where something is in the file; a section's own line has no key. */
struct kpptp_conf_place {
	char section[KPPTP_SECTION_SIZE];
	const char *key;
	int line;
	bool wrong;
};

/**
 * struct kpptp_conf - all of it
 * @global: section [global]
 * @server: section [server]; its call member comes from [call]
 * @pool: addresses for the peers of server calls
 * @call: section [call], for connect requests
 * @client: the [client NAME] sections; their call member comes from [call]
 * @n_clients: how many
 * @peer: the [peer NAME] sections
 * @n_peers: how many
 * @place: where all that is, in the order of the file
 * @n_places: how many
 * @index: of @client and @peer by name, or NULL: kpptp_conf_index()
 */
struct kpptp_conf {
	struct kpptp_conf_global global;
	struct kpptp_server_settings server;
	struct kpptp_pool_spec pool;
	struct kpptp_call_params call;
	struct kpptp_client_settings *client;
	unsigned int n_clients;
	struct kpptp_peer_settings *peer;
	unsigned int n_peers;
	struct kpptp_conf_place *place;
	size_t n_places;
	struct kpptp_conf_index *index;
};

struct kpptp_conf_index;

struct kpptp_conf_source;

/** kpptp_conf_source_disk() - files are read from disk, and kept. NULL: no memory. */
struct kpptp_conf_source *kpptp_conf_source_disk(void);

/** kpptp_conf_source_free() - NULL is fine. Passwords are wiped. */
void kpptp_conf_source_free(struct kpptp_conf_source *source);

/**
 * typedef kpptp_conf_report_fn - one complaint
 * @arg: as given
 * @level: KPPTP_LOG_ERROR, or KPPTP_LOG_WARNING for what is merely unwise
 * @text: "kpptpd.conf:12: [server] port = 99999: ..."
 */
typedef void (*kpptp_conf_report_fn)(void *arg, enum kpptp_log_level level,
				     const char *text);

/**
 * kpptp_conf_parse() - read and check the whole file
 * @source: where files come from
 * @path: the file
 * @conf: result; on an error it is empty
 * @report: called for each complaint; all are reported, not just the first
 * @arg: for @report
 *
 * Return: 0, -EINVAL when something is wrong in it, -ENOMEM, or the negative
 * errno of reading it.
 */
int kpptp_conf_parse(struct kpptp_conf_source *source, const char *path,
		     struct kpptp_conf *conf, kpptp_conf_report_fn report,
		     void *arg);

/** kpptp_conf_free() - what the structure holds, not itself */
void kpptp_conf_free(struct kpptp_conf *conf);

/** kpptp_conf_move() - @to is freed and becomes @from, which holds nothing then */
void kpptp_conf_move(struct kpptp_conf *to, struct kpptp_conf *from);

/**
 * kpptp_conf_fill_pool() - addresses that may be handed out
 *
 * Our own address is not for peers, nor one that belongs to one of them.
 *
 * Return: 0 or -ENOMEM, and then nothing has changed.
 */
int kpptp_conf_fill_pool(const struct kpptp_conf *conf,
			 struct kpptp_pool *pool);

/**
 * kpptp_conf_place() - where something is in the file
 * @conf: configuration
 * @section: "client x"
 * @key: in it, NULL for the section itself
 *
 * Return: the place of the key; of the section, if the key is not given; or
 * NULL if the section is not there either.
 */
const struct kpptp_conf_place *kpptp_conf_place(const struct kpptp_conf *conf,
						const char *section,
						const char *key);

/**
 * kpptp_conf_index() - the sections are all there: find them by name from now on
 *
 * Without it, or without memory for it, they are looked for one after the other.
 */
void kpptp_conf_index(struct kpptp_conf *conf);

/** kpptp_conf_client() - settings of [client @name], or NULL */
const struct kpptp_client_settings *
kpptp_conf_client(const struct kpptp_conf *conf, const char *name);

/** kpptp_conf_peer() - settings of the [peer NAME] section for @user, or NULL */
const struct kpptp_peer_settings *
kpptp_conf_peer(const struct kpptp_conf *conf, const char *user);

/**
 * kpptp_conf_auth() - read "mschap-v2,chap" or "none"
 *
 * Return: 0 with the mask of enum kpptp_auth, or -EINVAL.
 */
int kpptp_conf_auth(const char *text, unsigned int *mask);

/** kpptp_conf_mppe() - read "no", "allow" or "require". Return: 0 or -EINVAL. */
int kpptp_conf_mppe(const char *text, enum kpptp_mppe *mppe);

#define KPPTP_CONF_AUTH_ALLOWED \
	"none, or one or more of mschap-v2, mschap, chap, pap, eap separated by commas"
#define KPPTP_CONF_MPPE_ALLOWED "no, allow or require"

#endif
