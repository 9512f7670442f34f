/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firewall rules for PPTP, in three steps that know nothing of each other's
 * inside: words of the command line -> struct kpptp_fw, checked
 * (firewall_opts.c); that -> chains and rules (firewall_rules.c); those -> text
 * for nft (firewall_nft.c) or iptables-restore (firewall_ipt.c). All of them
 * are pure. firewall_run.c runs nft, firewall.c is the verb.
 */
#ifndef KPPTP_FIREWALL_H
#define KPPTP_FIREWALL_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KPPTP_FW_LIST_MAX	16	/* items in a list */
#define KPPTP_FW_ITEM_SIZE	20	/* "255.255.255.255/32" or an interface */
#define KPPTP_FW_PORT		1723	/* RFC 2637 3 */

enum kpptp_fw_role {
	KPPTP_FW_PERIMETER,	/* a firewall in front of a server */
	KPPTP_FW_SERVER,	/* the server host itself */
	KPPTP_FW_CLIENT,	/* a client host */
	KPPTP_FW_FORWARD,	/* traffic of the peers, forwarded */
	KPPTP_FW_NAT,		/* a router that translates addresses */
	KPPTP_FW_ROLES
};

enum kpptp_fw_format {
	KPPTP_FW_NFT,
	KPPTP_FW_IPTABLES,
	KPPTP_FW_IP6TABLES,
	KPPTP_FW_FORMATS
};

/* Interfaces, or IPv4 addresses and prefixes. */
struct kpptp_fw_list {
	unsigned int n;
	char item[KPPTP_FW_LIST_MAX][KPPTP_FW_ITEM_SIZE];
};

enum kpptp_fw_proto {
	KPPTP_FW_ANY,
	KPPTP_FW_TCP,
	KPPTP_FW_UDP,
	KPPTP_FW_GRE,
	KPPTP_FW_ICMP,
	KPPTP_FW_ICMP6,
};

/* A port, or for "icmp" an echo request: @proto is KPPTP_FW_ICMP then. */
struct kpptp_fw_service {
	enum kpptp_fw_proto proto;
	uint16_t port;
};

struct kpptp_fw_services {
	unsigned int n;
	struct kpptp_fw_service item[KPPTP_FW_LIST_MAX];
};

/**
 * struct kpptp_fw_words - the command line, NULL where an option is not given
 *
 * The members are the options of "kpptp firewall" of the same name.
 */
struct kpptp_fw_words {
	const char *role;
	const char *outside;
	const char *perimeter;
	const char *server;
	const char *peers;
	const char *inside;
	const char *outside_address;
	const char *allow;
	const char *allow_out;
	const char *subscribers;
	const char *flowtable;
	bool dials_out;
	bool strict;
	bool isolate;
	bool map;
	bool without_helper;
};

/**
 * struct kpptp_fw - what rules are wanted, checked
 * @outside: interfaces that face the Internet
 * @perimeter: the interface that faces the server
 * @filtered: all of both
 * @server: the server or, for a client, the servers; none means any
 * @peers: who may use the server; none means any
 * @inside: networks whose addresses are hidden behind ours
 * @outside_address: our address on @outside, or none
 * @subscribers: interfaces of the calls, with "*" at the end a pattern
 * @flowtable: interfaces whose flows take the short way; none: no flowtable
 * @allow: services of this host that others may use
 * @allow_out: services of others that this host may use
 */
struct kpptp_fw {
	enum kpptp_fw_role role;
	struct kpptp_fw_list outside;
	struct kpptp_fw_list perimeter;
	struct kpptp_fw_list filtered;
	struct kpptp_fw_list server;
	struct kpptp_fw_list peers;
	struct kpptp_fw_list inside;
	struct kpptp_fw_list outside_address;
	struct kpptp_fw_list subscribers;
	struct kpptp_fw_list flowtable;
	struct kpptp_fw_services allow;
	struct kpptp_fw_services allow_out;
	bool dials_out;
	bool strict;
	bool isolate;
	bool map;
	bool helper;
};

/**
 * kpptp_fw_parse() - check the command line
 * @why: on an error a sentence that names the option and says what to do
 *
 * Return: 0 or -EINVAL.
 */
int kpptp_fw_parse(const struct kpptp_fw_words *words, struct kpptp_fw *fw,
		   char *why, size_t size);

/** kpptp_fw_role() - the role of that name, or KPPTP_FW_ROLES */
enum kpptp_fw_role kpptp_fw_role(const char *name);

/** kpptp_fw_role_name() - as on the command line */
const char *kpptp_fw_role_name(enum kpptp_fw_role role);

/** kpptp_fw_proto_name() - as nft and iptables both know it */
const char *kpptp_fw_proto_name(enum kpptp_fw_proto proto);

/** kpptp_fw_table() - the nftables table of a role, with its family */
const char *kpptp_fw_table(enum kpptp_fw_role role);

/**
 * kpptp_fw_cuts() - would the rules end new connections to a service of this
 * host?
 * @ifname: through which they come
 * @service: the service
 */
bool kpptp_fw_cuts(const struct kpptp_fw *fw, const char *ifname,
		   struct kpptp_fw_service service);

/* ------------------------------------------------------------------ rules */

enum kpptp_fw_state {
	KPPTP_FW_NEW = 1 << 0,
	KPPTP_FW_ESTABLISHED = 1 << 1,
	KPPTP_FW_RELATED = 1 << 2,
};

enum kpptp_fw_family { KPPTP_FW_BOTH, KPPTP_FW_V4, KPPTP_FW_V6 };

enum kpptp_fw_verdict {
	KPPTP_FW_RETURN,	/* passes this filter; others follow */
	KPPTP_FW_ACCEPT,
	KPPTP_FW_DROP,
	KPPTP_FW_JUMP,		/* to the chain @target */
	KPPTP_FW_DNAT,		/* to the address @target */
	KPPTP_FW_SNAT,		/* from the address @target */
	KPPTP_FW_MASQUERADE,
	KPPTP_FW_TEXT,		/* @target for nft; @ipt ends with it */
};

/**
 * struct kpptp_fw_rule - one rule; what is NULL, 0 or "" matches everything
 * @nft: further matches for nft
 * @ipt: the same for iptables-restore; empty in a rule with KPPTP_FW_TEXT
 *	means that the rule exists for nft only
 * @why: what it is for, at most 100 octets
 *
 * Lists belong to the struct kpptp_fw the rules were made of.
 */
struct kpptp_fw_rule {
	enum kpptp_fw_family family;
	const struct kpptp_fw_list *in;
	const struct kpptp_fw_list *out;
	const struct kpptp_fw_list *src;
	const struct kpptp_fw_list *dst;
	enum kpptp_fw_proto proto;
	uint16_t sport;
	uint16_t dport;
	unsigned int states;
	char nft[96];
	char ipt[96];
	enum kpptp_fw_verdict verdict;
	const char *target;
	const char *why;
};

enum kpptp_fw_hook {
	KPPTP_FW_CHAIN,		/* no hook: others jump to it */
	KPPTP_FW_PREROUTING,
	KPPTP_FW_INPUT,
	KPPTP_FW_HOOK_FORWARD,
	KPPTP_FW_OUTPUT,
	KPPTP_FW_POSTROUTING,
};

enum kpptp_fw_kind {
	KPPTP_FW_FILTER,
	KPPTP_FW_MANGLE,
	KPPTP_FW_HELPER,	/* assigns a conntrack helper */
	KPPTP_FW_TRANSLATE,	/* NAT */
};

#define KPPTP_FW_RULES_MAX	64
#define KPPTP_FW_CHAINS_MAX	8

struct kpptp_fw_chain {
	const char *name;
	const char *about;	/* a comment above it */
	enum kpptp_fw_kind kind;
	enum kpptp_fw_hook hook;
	unsigned int n;
	struct kpptp_fw_rule rule[KPPTP_FW_RULES_MAX];
};

/**
 * struct kpptp_fw_ruleset - all chains of a role, those jumped to first
 * @helper: there is a conntrack helper named "pptp"
 * @calls: there is a map of calls seen on control connections
 * @flowtable: interfaces of the flowtable, or NULL
 */
struct kpptp_fw_ruleset {
	enum kpptp_fw_role role;
	bool helper;
	bool calls;
	const struct kpptp_fw_list *flowtable;
	unsigned int n;
	struct kpptp_fw_chain chain[KPPTP_FW_CHAINS_MAX];
};

/**
 * kpptp_fw_build() - the rules
 * @fw: must outlive them
 *
 * Return: to be freed, or NULL without memory.
 */
struct kpptp_fw_ruleset *kpptp_fw_build(const struct kpptp_fw *fw);

/**
 * kpptp_fw_nft() - text for "nft -f -"
 * @command: the command line, for the comment at the top
 *
 * Loading it replaces the role's table, as one transaction, and nothing else.
 *
 * Return: to be freed, or NULL without memory.
 */
char *kpptp_fw_nft(const struct kpptp_fw_ruleset *set, const char *command);

/**
 * kpptp_fw_iptables() - text for "iptables-restore --noflush"
 * @v6: for ip6tables-restore
 * @why: on an error a sentence
 *
 * Return: to be freed; or NULL when the rules can't be expressed there, or
 * without memory.
 */
char *kpptp_fw_iptables(const struct kpptp_fw_ruleset *set, bool v6,
			const char *command, char *why, size_t size);

/* -------------------------------------------------------------------- nft */

/**
 * kpptp_fw_load() - replace the role's table
 * @text: of kpptp_fw_nft()
 * @why: on an error what went wrong and what to do
 *
 * Return: 0 or a negative errno.
 */
int kpptp_fw_load(const char *text, char *why, size_t size);

/**
 * kpptp_fw_save() - what is loaded for the role now
 * @text: receives what loads it again, to be freed; without a table, what
 *	removes one
 *
 * Return: 0 or a negative errno.
 */
int kpptp_fw_save(enum kpptp_fw_role role, char **text, char *why, size_t size);

/**
 * kpptp_fw_unload() - remove the role's table
 *
 * Return: 1 when it was there, 0 when there was none, or a negative errno.
 */
int kpptp_fw_unload(enum kpptp_fw_role role, char *why, size_t size);

/**
 * kpptp_fw_compare() - is what is loaded what @text would load?
 * @difference: receives lines as of diff(1), to be freed; NULL when it is the
 *	same, or nothing is loaded
 *
 * Both are compared as nft itself lists them, without counters and what maps
 * have learned. For the second @text is loaded into a network namespace of its
 * own for a moment.
 *
 * Return: 0 same, 1 different, -ENOENT nothing is loaded, or another negative
 * errno.
 */
int kpptp_fw_compare(const struct kpptp_fw_ruleset *set, const char *text,
		     char **difference, char *why, size_t size);

/**
 * kpptp_fw_confirm_begin() - from now on a hang-up does not end the process
 *
 * A session that is cut off ends in one, which then means no; so do SIGINT and
 * SIGTERM. Call it before the rules are loaded. It is not undone.
 */
void kpptp_fw_confirm_begin(void);

/**
 * kpptp_fw_confirmed() - wait for the word "yes" on standard input
 * @seconds: how long
 */
bool kpptp_fw_confirmed(unsigned int seconds);

/**
 * kpptp_fw_modules() - have the kernel load the PPTP helpers
 *
 * It fails where they are built in, too.
 *
 * Return: 0 or a negative errno.
 */
int kpptp_fw_modules(char *why, size_t size);

#endif
