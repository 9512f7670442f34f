/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kpptp doctor: what is measured, and what follows from it.
 *
 *	doctor.c	the verb: options, order of the measurements, output
 *	doctor_host.c	measures this host: rights, module, daemon, name, route
 *	doctor_probe.c	measures the way: a control connection and a call of our
 *			own, GRE by a raw socket
 *	doctor_login.c	measures the log-in: kpptpd places a real call
 *	doctor_judge.c	facts to findings, without any I/O
 *	doctor_fault.c	what each fault means and what to do about it
 *
 * GRE is measured by a raw socket and not by the data path: the socket sees
 * acknowledgements, Call IDs that are not ours and ICMP errors with who sent
 * them, works when the module does not, and leaves PPP to a few lines of LCP.
 * A call in the kernel reserves our Call ID beside it, so that no other call of
 * this host is disturbed, and acknowledges what comes. What only the real
 * thing can tell, the log-in, is left to kpptpd.
 */
#ifndef KPPTP_DOCTOR_H
#define KPPTP_DOCTOR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/ctrl_msg.h"
#include "doctor_lcp.h"

#define KPPTP_DOCTOR_WHY	512
#define KPPTP_DOCTOR_ATTEMPTS	2

/** enum kpptp_reach - whether something gets through */
enum kpptp_reach {
	KPPTP_REACH_UNKNOWN,
	KPPTP_REACH_NO,
	KPPTP_REACH_YES,
};

/** enum kpptp_reply - what became of a request on the control connection */
enum kpptp_reply {
	KPPTP_REPLY_NOT_ASKED,
	KPPTP_REPLY_OK,
	KPPTP_REPLY_REFUSED,	/* with codes */
	KPPTP_REPLY_SILENT,
	KPPTP_REPLY_CLOSED,
	KPPTP_REPLY_GARBAGE,	/* no PPTP */
};

enum kpptp_login {
	KPPTP_LOGIN_NOT_TRIED,
	KPPTP_LOGIN_OK,
	KPPTP_LOGIN_FAILED,
};

/**
 * struct kpptp_icmp - an ICMP error about a packet of ours
 * @seen: whether there was one
 * @from: who sent it
 */
struct kpptp_icmp {
	bool seen;
	uint8_t type;
	uint8_t code;
	struct in_addr from;
};

/**
 * struct kpptp_gre_facts - GRE of one call
 * @tx: packets sent
 * @tx_errno: why sending failed, 0 when it did not
 * @rx: packets with our Call ID that a socket got
 * @rx_other: GRE packets of the server with another Call ID
 * @wire: GRE packets of the server that came to this host, before its firewall
 * @acked: the server acknowledged one of ours
 * @ack: highest number it acknowledged, if @acked
 * @icmp: last error about one of ours
 * @looped: the server ended the call after it was told of a loop, which it can
 *	only have heard through GRE; NO: it is known to do so, and did not
 * @path_mtu: that ICMP told, or a link of this host has; octets, 0 for none
 */
struct kpptp_gre_facts {
	unsigned int tx;
	int tx_errno;
	unsigned int rx;
	unsigned int rx_other;
	unsigned int wire;
	bool acked;
	uint32_t ack;
	struct kpptp_icmp icmp;
	enum kpptp_reach looped;
	unsigned int path_mtu;
};

/**
 * struct kpptp_attempt - one control connection with one call
 * @made: there was such an attempt
 * @tcp_errno: of connect(), 0 for success
 * @icmp: what told of it, if something did
 * @start: of the SCCRQ
 * @said: what came instead of PPTP, made printable
 * @id_taken: a call of this host has the Call ID already
 * @call: of the OCRQ
 * @call_ended: the server ended the call, or the link, before PPP agreed
 * @mtu_tried: length of the longest inner packet that was sent, 0 for none
 * @large_out: whether that one, which did not come back, got to the server
 */
struct kpptp_attempt {
	bool made;
	int tcp_errno;
	struct kpptp_icmp icmp;
	enum kpptp_reply start;
	uint8_t start_result;
	uint8_t start_error;
	char server[KPPTP_CTRL_TEXT + 1];
	char vendor[KPPTP_CTRL_TEXT + 1];
	char said[96];
	bool id_taken;
	enum kpptp_reply call;
	uint16_t call_id;
	uint16_t peer_call_id;
	uint8_t call_result;
	uint8_t call_error;
	bool gre_tried;
	bool call_ended;
	struct kpptp_gre_facts gre;
	struct kpptp_lcp lcp;
	unsigned int mtu_tried;
	enum kpptp_reach large_out;
};

/**
 * struct kpptp_facts - what was measured
 * @seconds: how long each answer was waited for
 * @mtu: inner packet length that should get through, octets
 * @rights: 0, or a negative errno of opening a raw socket
 * @module: 0, or a negative errno of opening netlink
 * @in_tree: the kernel's own pptp is loaded
 * @daemon: 0, or a negative errno of reaching kpptpd
 * @resolved: 0, -EAI_..., or 1 when it was not looked at
 * @route: 0, or a negative errno; 1 when it was not looked at
 * @ping: whether the server answers ICMP echo, tried when TCP is not answered
 * @attempt: the second is made, with another Call ID, when the first one shows
 *	no GRE or is refused for its Call ID
 * @login: of kpptpd
 */
struct kpptp_facts {
	const char *host;
	uint16_t port;
	unsigned int seconds;
	unsigned int mtu;
	int rights;
	int module;
	char module_why[KPPTP_DOCTOR_WHY];
	bool in_tree;
	int daemon;
	char daemon_why[KPPTP_DOCTOR_WHY];
	int resolved;
	int route;
	struct in_addr peer;
	struct in_addr local;
	enum kpptp_reach ping;
	struct kpptp_attempt attempt[KPPTP_DOCTOR_ATTEMPTS];
	bool login_wanted;
	enum kpptp_login login;
	char login_why[KPPTP_DOCTOR_WHY];
};

/* The checks, in the order in which a tunnel comes up */
enum kpptp_check {
	KPPTP_CHECK_HOST,
	KPPTP_CHECK_DAEMON,
	KPPTP_CHECK_NAME,
	KPPTP_CHECK_ROUTE,
	KPPTP_CHECK_TCP,
	KPPTP_CHECK_START,
	KPPTP_CHECK_CALL,
	KPPTP_CHECK_GRE_OUT,
	KPPTP_CHECK_GRE_IN,
	KPPTP_CHECK_PPP,
	KPPTP_CHECK_MTU,
	KPPTP_CHECK_LOGIN,
	KPPTP_CHECKS
};

enum kpptp_check_state {
	KPPTP_CHECK_SKIPPED,
	KPPTP_CHECK_OK,
	KPPTP_CHECK_PROBLEM,
	KPPTP_CHECK_UNKNOWN,	/* looked at, and could not be told */
};

enum kpptp_fault {
	KPPTP_FAULT_NONE,
	KPPTP_FAULT_RIGHTS,
	KPPTP_FAULT_IN_TREE,
	KPPTP_FAULT_MODULE,
	KPPTP_FAULT_DAEMON,
	KPPTP_FAULT_NAME,
	KPPTP_FAULT_ROUTE,
	KPPTP_FAULT_TCP_REFUSED,
	KPPTP_FAULT_TCP_REJECTED,
	KPPTP_FAULT_TCP_FILTERED,
	KPPTP_FAULT_HOST_SILENT,
	KPPTP_FAULT_TCP_OTHER,
	KPPTP_FAULT_PROTOCOL,
	KPPTP_FAULT_START_SILENT,
	KPPTP_FAULT_START_CLOSED,
	KPPTP_FAULT_START_REFUSED,
	KPPTP_FAULT_CALL_FULL,
	KPPTP_FAULT_CALL_REFUSED,
	KPPTP_FAULT_CALL_SILENT,
	KPPTP_FAULT_CALL_ID,
	KPPTP_FAULT_GRE_LOCAL,
	KPPTP_FAULT_GRE_REJECTED,
	KPPTP_FAULT_GRE_UNKNOWN_THERE,
	KPPTP_FAULT_GRE_TO,
	KPPTP_FAULT_GRE_FROM,
	KPPTP_FAULT_GRE_BOTH,
	KPPTP_FAULT_GRE_UNSURE,
	KPPTP_FAULT_NAT,
	KPPTP_FAULT_PPP_SILENT,
	KPPTP_FAULT_PPP_ENDED,
	KPPTP_FAULT_MTU,
	KPPTP_FAULT_AUTH,
	KPPTP_FAULT_PPP,
	KPPTP_FAULT_LOGIN,
	KPPTP_FAULTS
};

/**
 * struct kpptp_finding - the result of a check
 * @fault: what is wrong, with KPPTP_CHECK_PROBLEM
 * @detail: what was measured, a phrase
 */
struct kpptp_finding {
	enum kpptp_check_state state;
	enum kpptp_fault fault;
	char detail[KPPTP_DOCTOR_WHY];
};

/**
 * struct kpptp_fault_text - what a fault means
 * @code: for scripts
 * @status: exit status of the program
 * @what: one sentence
 * @todo: what to do next, sentences
 */
struct kpptp_fault_text {
	const char *code;
	int status;
	const char *what;
	const char *todo;
};

/* Exit statuses of the verb, by where the fault is; more in cli.h */
enum kpptp_doctor_exit {
	KPPTP_DOCTOR_EXIT_HERE = 10,	/* on this host */
	KPPTP_DOCTOR_EXIT_WAY = 11,	/* name, route, TCP */
	KPPTP_DOCTOR_EXIT_SERVER = 12,	/* what answers there */
	KPPTP_DOCTOR_EXIT_GRE = 13,	/* GRE, NAT, Call IDs */
	KPPTP_DOCTOR_EXIT_MTU = 14,	/* large packets */
	KPPTP_DOCTOR_EXIT_PPP = 15,	/* PPP, authentication */
};

/** kpptp_doctor_judge() - what follows from the facts. Pure. */
void kpptp_doctor_judge(const struct kpptp_facts *facts,
			struct kpptp_finding findings[KPPTP_CHECKS]);

/**
 * kpptp_doctor_mtu() - longest inner packet that may pass, as far as is known
 *
 * Pure. Return: octets; less than @facts->mtu when a link on the way told so.
 */
unsigned int kpptp_doctor_mtu(const struct kpptp_facts *facts,
			      const struct kpptp_attempt *a);

/** kpptp_doctor_needs_second() - whether another Call ID would tell more. Pure. */
bool kpptp_doctor_needs_second(const struct kpptp_attempt *first);

/** kpptp_fault_text() - what @fault means; static */
const struct kpptp_fault_text *kpptp_fault_text(enum kpptp_fault fault);

/** kpptp_check_name() - a check as a word for scripts, such as "gre-in" */
const char *kpptp_check_name(enum kpptp_check check);

/** kpptp_check_title() - a check as a heading for people */
const char *kpptp_check_title(enum kpptp_check check);

/** kpptp_check_state_name() - "ok", "problem", "unknown" or "skipped" */
const char *kpptp_check_state_name(enum kpptp_check_state state);

/** kpptp_doctor_host() - measure this host and the way's first step; @socket is kpptpd's */
void kpptp_doctor_host(struct kpptp_facts *facts, const char *socket);

/**
 * kpptp_doctor_probe() - measure the way by a call of our own
 * @n: which attempt
 * @call_id: Call ID to use, 0 for any
 *
 * The call is gone and the control connection stopped when it returns.
 */
void kpptp_doctor_probe(struct kpptp_facts *facts, unsigned int n,
			uint16_t call_id);

/**
 * struct kpptp_doctor_login - what to log in with; members may be NULL
 */
struct kpptp_doctor_login {
	const char *socket;
	const char *user;
	const char *password;
	const char *auth;
	const char *mppe;
};

/** kpptp_doctor_log_in() - let kpptpd place a call, and end it when it is up */
void kpptp_doctor_log_in(struct kpptp_facts *facts,
			 const struct kpptp_doctor_login *login);

#endif
