// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor_judge.c - from facts to findings. Each check has one function; what a
 * fault means to people is told in doctor_fault.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/ip_icmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"

#define OVERHEAD	40	/* IP 20, GRE 16, PPP 4 */

static void ok(struct kpptp_finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void unknown(struct kpptp_finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void problem(struct kpptp_finding *f, enum kpptp_fault fault,
		    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#define FINISH(f, st, fmt) do {						\
	va_list ap_;							\
	(f)->state = (st);						\
	va_start(ap_, fmt);						\
	vsnprintf((f)->detail, sizeof((f)->detail), fmt, ap_);		\
	va_end(ap_);							\
} while (0)

static void ok(struct kpptp_finding *f, const char *fmt, ...)
{
	FINISH(f, KPPTP_CHECK_OK, fmt);
}

static void unknown(struct kpptp_finding *f, const char *fmt, ...)
{
	FINISH(f, KPPTP_CHECK_UNKNOWN, fmt);
}

static void problem(struct kpptp_finding *f, enum kpptp_fault fault,
		    const char *fmt, ...)
{
	f->fault = fault;
	FINISH(f, KPPTP_CHECK_PROBLEM, fmt);
}

static const char *addr(struct in_addr a, char buf[INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &a, buf, INET_ADDRSTRLEN);
}

/* -------------------------------------------------------------- this host */

static void judge_host(const struct kpptp_facts *f, struct kpptp_finding *out)
{
	if (f->rights)
		problem(out, KPPTP_FAULT_RIGHTS,
			"a raw socket is refused: %s", strerror(-f->rights));
	else if (f->module == -EPERM || f->module == -EACCES)
		problem(out, KPPTP_FAULT_RIGHTS, "the module kpptp says: %s",
			f->module_why);
	else if (f->module && f->in_tree)
		problem(out, KPPTP_FAULT_IN_TREE,
			"the module pptp is loaded, kpptp is not");
	else if (f->module)
		problem(out, KPPTP_FAULT_MODULE, "%s", f->module_why);
	else
		ok(out, "we have the rights, and the module kpptp is loaded");
}

static void judge_daemon(const struct kpptp_facts *f, struct kpptp_finding *out)
{
	if (f->daemon)
		problem(out, KPPTP_FAULT_DAEMON, "%s", f->daemon_why);
	else
		ok(out, "it runs");
}

static void judge_name(const struct kpptp_facts *f, struct kpptp_finding *out)
{
	char text[INET_ADDRSTRLEN];

	if (f->resolved)
		problem(out, KPPTP_FAULT_NAME, "\"%s\" has no IPv4 address: %s",
			f->host, gai_strerror(f->resolved));
	else
		ok(out, "%s is %s", f->host, addr(f->peer, text));
}

static void judge_route(const struct kpptp_facts *f, struct kpptp_finding *out)
{
	char text[INET_ADDRSTRLEN];

	if (f->route < 0)
		problem(out, KPPTP_FAULT_ROUTE, "%s", strerror(-f->route));
	else if (!f->route)
		ok(out, "there is one, our address is %s", addr(f->local, text));
}

/* ----------------------------------------------------- control connection */

/* With ICMP the question is who sent it, and whether it is a matter of policy. */
static void judge_tcp_icmp(const struct kpptp_attempt *a,
			   struct kpptp_finding *out)
{
	char text[INET_ADDRSTRLEN];
	const bool gone = a->icmp.type == ICMP_DEST_UNREACH &&
			  (a->icmp.code == ICMP_HOST_UNREACH ||
			   a->icmp.code == ICMP_NET_UNREACH);

	problem(out, gone ? KPPTP_FAULT_HOST_SILENT : KPPTP_FAULT_TCP_REJECTED,
		"%s answers with ICMP type %u, code %u", addr(a->icmp.from, text),
		a->icmp.type, a->icmp.code);
}

static void judge_tcp(const struct kpptp_facts *f,
		      const struct kpptp_attempt *a, struct kpptp_finding *out)
{
	if (!a->made)
		return;
	if (!a->tcp_errno)
		ok(out, "port %u is open", f->port);
	else if (a->icmp.seen)
		judge_tcp_icmp(a, out);
	else if (a->tcp_errno == ECONNREFUSED)
		problem(out, KPPTP_FAULT_TCP_REFUSED,
			"the server itself refuses port %u", f->port);
	else if (a->tcp_errno == ETIMEDOUT && f->ping == KPPTP_REACH_YES)
		problem(out, KPPTP_FAULT_TCP_FILTERED,
			"no answer from port %u in %u s, while ping is answered",
			f->port, f->seconds);
	else if (a->tcp_errno == ETIMEDOUT)
		problem(out, KPPTP_FAULT_HOST_SILENT,
			"no answer from port %u in %u s, and none to ping",
			f->port, f->seconds);
	else if (a->tcp_errno == EHOSTUNREACH || a->tcp_errno == ENETUNREACH)
		problem(out, KPPTP_FAULT_HOST_SILENT, "%s",
			strerror(a->tcp_errno));
	else
		problem(out, KPPTP_FAULT_TCP_OTHER, "%s",
			strerror(a->tcp_errno));
}

static void judge_start(const struct kpptp_facts *f,
			const struct kpptp_attempt *a, struct kpptp_finding *out)
{
	char server[4 * KPPTP_CTRL_TEXT + 1], vendor[4 * KPPTP_CTRL_TEXT + 1];

	switch (a->start) {
	case KPPTP_REPLY_NOT_ASKED:
		break;
	case KPPTP_REPLY_OK:
		ok(out, "\"%.100s\", vendor \"%.100s\"",
		   kpptp_ctrl_text(a->server, server, sizeof(server)),
		   kpptp_ctrl_text(a->vendor, vendor, sizeof(vendor)));
		break;
	case KPPTP_REPLY_GARBAGE:
		problem(out, KPPTP_FAULT_PROTOCOL,
			"what answers is not PPTP, it says \"%s\"", a->said);
		break;
	case KPPTP_REPLY_SILENT:
		problem(out, KPPTP_FAULT_START_SILENT,
			"the connection was taken, and no word came in %u s",
			f->seconds);
		break;
	case KPPTP_REPLY_CLOSED:
		problem(out, KPPTP_FAULT_START_CLOSED,
			"the connection was taken and closed without a word");
		break;
	case KPPTP_REPLY_REFUSED:
		problem(out, KPPTP_FAULT_START_REFUSED,
			"refused with result %u, error %u", a->start_result,
			a->start_error);
		break;
	}
}

/* Busy, or out of something: the server would take the call at another time. */
static bool is_full(const struct kpptp_attempt *a)
{
	return a->call == KPPTP_REPLY_REFUSED &&
	       (a->call_result == KPPTP_OCRP_BUSY ||
		(a->call_result == KPPTP_OCRP_ERROR &&
		 a->call_error == KPPTP_ERROR_NO_RESOURCE));
}

static bool is_bad_id(const struct kpptp_attempt *a)
{
	return a->call == KPPTP_REPLY_REFUSED &&
	       a->call_result == KPPTP_OCRP_ERROR &&
	       a->call_error == KPPTP_ERROR_BAD_CALL_ID;
}

bool kpptp_doctor_needs_second(const struct kpptp_attempt *a)
{
	if (a->id_taken || a->call == KPPTP_REPLY_CLOSED)
		return true;
	if (a->call == KPPTP_REPLY_REFUSED)
		return !is_full(a);
	/*
	 * If ours does not even get there, it is not our Call ID that is wrong;
	 * and of a call that the server has ended no GRE need have come.
	 */
	return a->gre_tried && !a->call_ended && !a->gre.rx && !a->gre.wire &&
	       !a->gre.tx_errno && !a->gre.icmp.seen &&
	       a->gre.looped != KPPTP_REACH_NO;
}

/* The second attempt counts when it came further than the first one. */
static const struct kpptp_attempt *best(const struct kpptp_facts *f)
{
	const struct kpptp_attempt *first = &f->attempt[0];
	const struct kpptp_attempt *second = &f->attempt[1];

	if (second->gre.rx || (second->call == KPPTP_REPLY_OK &&
			       first->call != KPPTP_REPLY_OK))
		return second;
	return first;
}

/* How the first attempt failed where the second one did not. */
static void judge_collision(const struct kpptp_attempt *first,
			    const struct kpptp_attempt *second,
			    struct kpptp_finding *out)
{
	if (first->id_taken)
		problem(out, KPPTP_FAULT_CALL_ID,
			"a call of this host to the server has Call ID %u already",
			first->call_id);
	else
		problem(out, KPPTP_FAULT_CALL_ID,
			"%s with our Call ID %u, but with %u",
			first->call == KPPTP_REPLY_OK ? "no GRE comes" :
							"no call is accepted",
			first->call_id, second->call_id);
}

static void judge_call(const struct kpptp_facts *f,
		       const struct kpptp_attempt *a, struct kpptp_finding *out)
{
	const struct kpptp_attempt *first = &f->attempt[0];

	if (a != first || first->id_taken) {
		judge_collision(first, a, out);
		return;
	}
	switch (a->call) {
	case KPPTP_REPLY_NOT_ASKED:
		break;
	case KPPTP_REPLY_OK:
		ok(out, "accepted; Call ID %u here, %u there", a->call_id,
		   a->peer_call_id);
		break;
	case KPPTP_REPLY_REFUSED:
		problem(out, is_bad_id(a) ? KPPTP_FAULT_CALL_ID :
			is_full(a) ? KPPTP_FAULT_CALL_FULL :
				     KPPTP_FAULT_CALL_REFUSED,
			"refused with result %u, error %u", a->call_result,
			a->call_error);
		break;
	case KPPTP_REPLY_SILENT:
		problem(out, KPPTP_FAULT_CALL_SILENT,
			"the request was not answered in %u s", f->seconds);
		break;
	case KPPTP_REPLY_CLOSED:
	case KPPTP_REPLY_GARBAGE:
		problem(out, KPPTP_FAULT_CALL_SILENT,
			"the server closed the connection instead of answering");
		break;
	}
}

/* -------------------------------------------------------------------- GRE */

static bool not_spoken(const struct kpptp_facts *f,
		       const struct kpptp_gre_facts *g)
{
	return !g->rx && g->icmp.seen &&
	       g->icmp.from.s_addr == f->peer.s_addr &&
	       g->icmp.type == ICMP_DEST_UNREACH &&
	       g->icmp.code == ICMP_PROT_UNREACH;
}

/*
 * Whether our GRE gets there. An answer proves it, and so does a call ended for
 * a loop. That it does not is proved by packets that come and never
 * acknowledge nor answer ours, or by a server that would have ended the call.
 */
static enum kpptp_reach ours(const struct kpptp_facts *f,
			     const struct kpptp_attempt *a)
{
	if (a->lcp.answered || a->gre.acked ||
	    a->gre.looped == KPPTP_REACH_YES || not_spoken(f, &a->gre))
		return KPPTP_REACH_YES;
	if (a->gre.rx || a->gre.tx_errno)
		return KPPTP_REACH_NO;
	return a->gre.looped;
}

static bool is_private(struct in_addr a)
{
	const uint32_t ip = ntohl(a.s_addr);

	return ip >> 24 == 10 || ip >> 20 == 0xac1 || ip >> 16 == 0xc0a8 ||
	       ip >> 22 == 0x191 || ip >> 16 == 0xa9fe;
}

/* Addresses that are not routed publicly do not reach others but through NAT. */
static bool natted(const struct kpptp_facts *f)
{
	return is_private(f->local) && !is_private(f->peer);
}

static void judge_gre_out(const struct kpptp_facts *f,
			  const struct kpptp_attempt *a,
			  struct kpptp_finding *out)
{
	const enum kpptp_reach reach = ours(f, a);
	char text[INET_ADDRSTRLEN];

	if (!a->gre_tried)
		return;
	if (a->gre.tx_errno)
		problem(out, KPPTP_FAULT_GRE_LOCAL, "this host refuses to send it: %s",
			strerror(a->gre.tx_errno));
	else if (not_spoken(f, &a->gre))
		problem(out, KPPTP_FAULT_GRE_UNKNOWN_THERE,
			"the server answers with ICMP protocol unreachable");
	else if (a->gre.icmp.seen && reach != KPPTP_REACH_YES)
		problem(out, KPPTP_FAULT_GRE_REJECTED,
			"%s answers with ICMP type %u, code %u",
			addr(a->gre.icmp.from, text), a->gre.icmp.type,
			a->gre.icmp.code);
	else if (reach == KPPTP_REACH_YES)
		ok(out, "it reaches the server");
	else if (a->call_ended)
		unknown(out, "the server ended the call too soon to tell");
	else if (reach == KPPTP_REACH_NO)
		problem(out, a->gre.rx || a->gre.wire ? KPPTP_FAULT_GRE_TO :
							KPPTP_FAULT_GRE_BOTH,
			"%u packets sent, and the server shows no sign of them",
			a->gre.tx);
	else
		unknown(out, "%u packets sent; without its GRE this server can't tell",
			a->gre.tx);
}

static enum kpptp_fault fault_in(const struct kpptp_facts *f,
				 const struct kpptp_attempt *a)
{
	const enum kpptp_reach reach = ours(f, a);

	if (reach == KPPTP_REACH_NO)
		return KPPTP_FAULT_GRE_BOTH;
	if (natted(f))
		return KPPTP_FAULT_NAT;
	return reach == KPPTP_REACH_YES ? KPPTP_FAULT_GRE_FROM :
					  KPPTP_FAULT_GRE_UNSURE;
}

static void judge_gre_in(const struct kpptp_facts *f,
			 const struct kpptp_attempt *a,
			 struct kpptp_finding *out)
{
	if (!a->gre_tried)
		return;
	if (a->gre.rx)
		ok(out, "%u packets came", a->gre.rx);
	else if (a->gre.wire)
		problem(out, KPPTP_FAULT_GRE_LOCAL,
			"%u packets came to this host, and none through its firewall",
			a->gre.wire);
	else if (a->call_ended)
		unknown(out, "none came before the server ended the call");
	else if (a->gre.tx_errno || a->gre.icmp.seen)
		unknown(out, "none came, which may follow from the line above");
	else
		problem(out, fault_in(f, a), "none came%s%s",
			a->gre.rx_other ? ", but GRE with other Call IDs" : "",
			natted(f) ? "; our address is private, so there is NAT" :
				    "");
}

/* -------------------------------------------------------------------- PPP */

static void judge_ppp(const struct kpptp_facts *f,
		      const struct kpptp_attempt *a, struct kpptp_finding *out)
{
	if (a->call_ended)
		problem(out, KPPTP_FAULT_PPP_ENDED,
			"the server ended the call before PPP was up");
	else if (!a->gre.rx || ours(f, a) != KPPTP_REACH_YES)
		return;
	else if (a->lcp.acked && a->lcp.agreed)
		ok(out, "it answers; authentication: %s",
		   kpptp_lcp_auth_name(&a->lcp));
	else
		problem(out, KPPTP_FAULT_PPP_SILENT,
			"GRE passes both ways, and in %u s there was no agreement",
			f->seconds);
}

unsigned int kpptp_doctor_mtu(const struct kpptp_facts *f,
			      const struct kpptp_attempt *a)
{
	const unsigned int path = a->gre.path_mtu;

	if (path > OVERHEAD && path - OVERHEAD < f->mtu)
		return path - OVERHEAD;
	return f->mtu;
}

static void judge_mtu(const struct kpptp_facts *f,
		      const struct kpptp_attempt *a, struct kpptp_finding *out)
{
	const unsigned int goal = kpptp_doctor_mtu(f, a);
	const unsigned int best = a->lcp.echoed;

	if (!a->mtu_tried)
		return;
	if (!best)
		unknown(out, "the server does not answer LCP echoes");
	else if (best < goal)
		problem(out, KPPTP_FAULT_MTU,
			"packets of %u octets pass, of %u are lost %s, and no ICMP error tells",
			best, goal,
			a->large_out == KPPTP_REACH_YES ? "on the way back" :
			a->large_out == KPPTP_REACH_NO ? "on the way there" :
							 "somewhere");
	else if (goal < f->mtu)
		ok(out, "%u octets pass; a link of MTU %u is on the way and says so",
		   best, a->gre.path_mtu);
	else
		ok(out, "%u octets pass", best);
}

static void judge_login(const struct kpptp_facts *f, struct kpptp_finding *out)
{
	static const struct {
		const char *part;
		enum kpptp_fault fault;
	} words[] = {
		{ "did not accept our user name", KPPTP_FAULT_AUTH },
		{ "failed to prove its identity", KPPTP_FAULT_AUTH },
		{ "PPP", KPPTP_FAULT_PPP },
		{ "the peer says", KPPTP_FAULT_PPP },
	};
	enum kpptp_fault fault = KPPTP_FAULT_LOGIN;
	size_t i;

	if (f->login == KPPTP_LOGIN_OK)
		ok(out, "%s", f->login_why);
	if (f->login != KPPTP_LOGIN_FAILED)
		return;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (fault == KPPTP_FAULT_LOGIN &&
		    strstr(f->login_why, words[i].part))
			fault = words[i].fault;
	problem(out, fault, "%s", f->login_why);
}

/* Those that were not reached say why. */
static void explain_skipped(const struct kpptp_facts *f,
			    struct kpptp_finding *out)
{
	size_t i;
	bool failed = false;

	for (i = 0; i < KPPTP_CHECKS; i++) {
		failed |= out[i].state == KPPTP_CHECK_PROBLEM;
		if (out[i].state != KPPTP_CHECK_SKIPPED)
			continue;
		snprintf(out[i].detail, sizeof(out[i].detail), "%s",
			 i == KPPTP_CHECK_LOGIN && !f->login_wanted ?
			 "give --user to have it tried" :
			 failed ? "needs what failed above" :
				  "needs what could not be told above");
	}
}

void kpptp_doctor_judge(const struct kpptp_facts *f,
			struct kpptp_finding out[KPPTP_CHECKS])
{
	const struct kpptp_attempt *a = best(f);

	memset(out, 0, KPPTP_CHECKS * sizeof(*out));
	judge_host(f, &out[KPPTP_CHECK_HOST]);
	judge_daemon(f, &out[KPPTP_CHECK_DAEMON]);
	judge_name(f, &out[KPPTP_CHECK_NAME]);
	judge_route(f, &out[KPPTP_CHECK_ROUTE]);
	judge_tcp(f, a, &out[KPPTP_CHECK_TCP]);
	judge_start(f, a, &out[KPPTP_CHECK_START]);
	judge_call(f, a, &out[KPPTP_CHECK_CALL]);
	judge_gre_out(f, a, &out[KPPTP_CHECK_GRE_OUT]);
	judge_gre_in(f, a, &out[KPPTP_CHECK_GRE_IN]);
	judge_ppp(f, a, &out[KPPTP_CHECK_PPP]);
	judge_mtu(f, a, &out[KPPTP_CHECK_MTU]);
	judge_login(f, &out[KPPTP_CHECK_LOGIN]);
	explain_skipped(f, out);
}
