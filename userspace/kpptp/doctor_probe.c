// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor_probe.c - a control connection and a call of our own, to see how far
 * they come. What was seen goes into the facts; what it means is not asked here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "../lib/nl.h"
#include "connect.h"
#include "doctor.h"
#include "doctor_ctrl.h"
#include "doctor_gre.h"

#define RESEND_MS	1000	/* between LCP requests */
#define LOOPS		14	/* pppd believes the tenth */
#define ENDING_MS	2000	/* for each answer when it all ends */
#define HOPELESS_MS	500	/* for one that can hardly come in time */
#define NOTHING_MS	15000	/* for the first packet; pppd gives up after 30 s */
#define PROVOKE_MS	10000	/* for the reaction, before that too */
#define MTU_TRIES	3
#define MTU_LOW		576	/* what every link takes */
#define MTU_STEP	20

/**
 * struct probe - one attempt under way
 * @answered: the request that was sent last has got its answer
 * @ended: the server has ended the call
 * @stopped: the server has agreed to stop the connection
 */
struct probe {
	struct kpptp_facts *facts;
	struct kpptp_attempt *a;
	struct kpptp_doctor_ctrl ctrl;
	struct kpptp_doctor_gre gre;
	struct kpptp_nl *nl;
	struct kpptp_nl_call call;
	bool answered;
	bool ended;
	bool stopped;
};

typedef bool probe_cond(const struct probe *p);

static unsigned int limit_ms(const struct probe *p)
{
	return p->facts->seconds * 1000;
}

static unsigned int limit_to(const struct probe *p, unsigned int most)
{
	return limit_ms(p) < most ? limit_ms(p) : most;
}

static bool going_on(int64_t until)
{
	return kpptp_doctor_now() < until && !kpptp_interrupted;
}

/* -------------------------------------------------------- what comes to us */

static void on_start_reply(struct probe *p, const struct kpptp_ctrl_start *m)
{
	p->a->start_result = m->result;
	p->a->start_error = m->error;
	/* some modems say 0 for success */
	p->a->start = m->result <= KPPTP_START_OK ? KPPTP_REPLY_OK :
						    KPPTP_REPLY_REFUSED;
	memcpy(p->a->server, m->host, sizeof(p->a->server));
	memcpy(p->a->vendor, m->vendor, sizeof(p->a->vendor));
	p->answered = true;
}

static void on_call_reply(struct probe *p, const struct kpptp_ctrl_ocrp *m)
{
	if (m->peer_call_id != p->a->call_id)
		return;
	p->a->call_result = m->result;
	p->a->call_error = m->error;
	p->a->call = m->result == KPPTP_OCRP_CONNECTED ? KPPTP_REPLY_OK :
							 KPPTP_REPLY_REFUSED;
	p->a->peer_call_id = m->call_id;
	p->gre.peer_call_id = m->call_id;
	p->answered = true;
}

static void echo_reply(struct probe *p, uint32_t identifier)
{
	struct kpptp_ctrl_msg m = { .type = KPPTP_ECHO_REPLY };

	m.echo.identifier = identifier;
	m.echo.result = KPPTP_RESULT_OK;
	kpptp_doctor_ctrl_send(&p->ctrl, &m);
}

static void on_message(struct probe *p, const struct kpptp_ctrl_msg *m)
{
	switch (m->type) {
	case KPPTP_SCCRP:
		on_start_reply(p, &m->start);
		break;
	case KPPTP_OCRP:
		on_call_reply(p, &m->ocrp);
		break;
	case KPPTP_ECHO_REQUEST:
		echo_reply(p, m->echo.identifier);
		break;
	case KPPTP_CDN:
		p->ended = true;
		break;
	case KPPTP_STOPCCRQ:
	case KPPTP_STOPCCRP:
		p->ended = true;
		p->stopped = true;
		break;
	default:
		break;
	}
}

static void read_ctrl(struct probe *p)
{
	struct kpptp_ctrl_msg m;

	kpptp_doctor_ctrl_read(&p->ctrl);
	while (kpptp_doctor_ctrl_next(&p->ctrl, &m))
		on_message(p, &m);
	if (p->ctrl.closed || p->ctrl.garbage) {
		p->ended = true;
		p->stopped = true;
	}
}

static void read_gre(struct probe *p)
{
	uint8_t out[KPPTP_LCP_FRAME];
	const uint8_t *frame;
	size_t len, answer;

	while ((frame = kpptp_doctor_gre_read(&p->gre, &len)) || len) {
		if (!frame || !p->a->gre_tried)
			continue;
		answer = kpptp_lcp_input(&p->a->lcp, frame, len, out);
		if (answer)
			kpptp_doctor_gre_send(&p->gre, out, answer);
	}
}

/* Works until @cond, the end of the connection, or for @ms. */
static bool work(struct probe *p, probe_cond *cond, unsigned int ms)
{
	int64_t until = kpptp_doctor_now() + ms;

	while (!cond(p)) {
		const int fds[] = { p->stopped ? -1 : p->ctrl.fd, p->gre.fd,
				    p->gre.wire };

		if (!kpptp_doctor_wait(fds, 3, until))
			return false;
		if (!p->stopped)
			read_ctrl(p);
		if (p->gre.fd >= 0)
			read_gre(p);
	}
	return true;
}

static bool is_answered(const struct probe *p)
{
	return p->answered || p->stopped;
}

static bool is_ended(const struct probe *p)
{
	return p->ended;
}

static bool is_stopped(const struct probe *p)
{
	return p->stopped;
}

static bool is_open(const struct probe *p)
{
	return p->ended || kpptp_lcp_open(&p->a->lcp);
}

/* ---------------------------------------------------- control connection */

/* Sends a request. Return: what became of it, but for the codes. */
static enum kpptp_reply ask(struct probe *p, const struct kpptp_ctrl_msg *m)
{
	p->answered = false;
	kpptp_doctor_ctrl_send(&p->ctrl, m);
	work(p, is_answered, limit_ms(p));
	if (p->answered)
		return KPPTP_REPLY_OK;
	if (p->ctrl.garbage)
		return KPPTP_REPLY_GARBAGE;
	return p->stopped ? KPPTP_REPLY_CLOSED : KPPTP_REPLY_SILENT;
}

/* The beginning of what came, fit to be shown. */
static void note_said(struct probe *p)
{
	char text[24];
	size_t i, n = p->ctrl.len < sizeof(text) ? p->ctrl.len :
						   sizeof(text) - 1;

	for (i = 0; i < n; i++)
		text[i] = p->ctrl.buf[i] ? (char)p->ctrl.buf[i] : '.';
	text[n] = '\0';
	kpptp_ctrl_text(text, p->a->said, sizeof(p->a->said));
}

/*
 * Many a server of another protocol waits for the end of a line before it
 * complains. PPTP has no lines, and who has been silent till now gets two.
 */
static enum kpptp_reply prod(struct probe *p)
{
	static const char lines[] = "\r\n\r\n";

	send(p->ctrl.fd, lines, strlen(lines), MSG_NOSIGNAL);
	work(p, is_answered, limit_ms(p));
	return p->ctrl.garbage ? KPPTP_REPLY_GARBAGE : KPPTP_REPLY_SILENT;
}

static bool start(struct probe *p)
{
	struct kpptp_ctrl_msg m = { .type = KPPTP_SCCRQ };
	enum kpptp_reply reply;

	m.start.version = KPPTP_CTRL_VERSION;
	m.start.framing = KPPTP_FRAMING_ASYNC | KPPTP_FRAMING_SYNC;
	m.start.bearer = KPPTP_BEARER_ANALOG | KPPTP_BEARER_DIGITAL;
	strcpy(m.start.host, "local");
	strcpy(m.start.vendor, "kpptp");
	reply = ask(p, &m);
	if (reply == KPPTP_REPLY_SILENT)
		reply = prod(p);
	if (reply != KPPTP_REPLY_OK)
		p->a->start = reply;
	if (reply == KPPTP_REPLY_GARBAGE)
		note_said(p);
	return p->a->start == KPPTP_REPLY_OK;
}

static bool place_call(struct probe *p)
{
	struct kpptp_ctrl_msg m = { .type = KPPTP_OCRQ };
	enum kpptp_reply reply;

	m.ocrq.call_id = p->a->call_id;
	m.ocrq.serial = 1;
	m.ocrq.min_bps = 300;
	m.ocrq.max_bps = 100000000;
	m.ocrq.bearer = KPPTP_BEARER_ANALOG | KPPTP_BEARER_DIGITAL;
	m.ocrq.framing = KPPTP_FRAMING_ASYNC | KPPTP_FRAMING_SYNC;
	m.ocrq.window = 64;
	m.ocrq.delay = 1;
	reply = ask(p, &m);
	if (reply != KPPTP_REPLY_OK)
		p->a->call = reply;
	return p->a->call == KPPTP_REPLY_OK;
}

/* ------------------------------------------------------------------- GRE */

/*
 * A Call ID that no other call of this host to the server has. The kernel's
 * call is owned by the netlink socket, so nothing is left should we be killed.
 */
static bool reserve(struct probe *p, uint16_t call_id)
{
	uint16_t any = 0;
	int err;

	p->call.set = KPPTP_NL_HAS(LOCAL) | KPPTP_NL_HAS(PEER) |
		      KPPTP_NL_HAS(OWNER);
	p->call.local = p->facts->local;
	p->call.peer = p->facts->peer;
	p->call.call_id = call_id;
	p->call.owner = true;
	if (call_id)
		p->call.set |= KPPTP_NL_HAS(CALL_ID);
	err = p->facts->module ? -ENOENT : kpptp_nl_open(&p->nl);
	if (!err)
		err = kpptp_nl_call_new(p->nl, &p->call, &p->call);
	if (!err) {
		p->a->call_id = p->call.call_id;
		return true;
	}
	p->a->id_taken = err == -EEXIST;
	p->a->call_id = call_id;
	/* Without the module any will do. */
	while (!p->a->call_id && getrandom(&any, sizeof(any), 0) > 0)
		p->a->call_id = any;
	p->call.set = 0;
	return !p->a->id_taken;
}

/* The data path learns the server's Call ID, so that it acknowledges. */
static void complete(struct probe *p)
{
	struct kpptp_ctrl_msg sli = { .type = KPPTP_SLI };

	if (p->call.set) {
		p->call.set = KPPTP_NL_KEY | KPPTP_NL_HAS(PEER_CALL_ID);
		p->call.peer_call_id = p->a->peer_call_id;
		kpptp_nl_call_set(p->nl, &p->call);
	}
	sli.sli.peer_call_id = p->a->peer_call_id;
	sli.sli.send_accm = KPPTP_CTRL_ACCM;
	sli.sli.recv_accm = KPPTP_CTRL_ACCM;
	kpptp_doctor_ctrl_send(&p->ctrl, &sli);
}

/*
 * We know already that ours is refused, and by whom. A single ICMP error may
 * come of a server that was not quite ready.
 */
static bool is_refused(const struct probe *p)
{
	return !p->a->gre.rx &&
	       (p->a->gre.tx_errno ||
		(p->a->gre.icmp.seen && p->a->lcp.requests > 1));
}

/* LCP until both agree, or for as long as answers are waited for. */
static void negotiate(struct probe *p)
{
	const int64_t begin = kpptp_doctor_now();
	uint8_t out[KPPTP_LCP_FRAME];

	p->a->gre_tried = true;
	while (!is_open(p) && !is_refused(p) &&
	       going_on(begin + (p->a->gre.rx ? limit_ms(p) :
					limit_to(p, NOTHING_MS)))) {
		if (!p->a->lcp.acked)
			kpptp_doctor_gre_send(&p->gre, out,
				kpptp_lcp_request(&p->a->lcp, out));
		work(p, is_open, RESEND_MS);
	}
	p->a->call_ended = p->a->lcp.ended ||
			   (p->ended && !kpptp_lcp_open(&p->a->lcp));
}

/* Servers that are known to start a pppd, and to tell when it ends. */
static bool known_to_loop(const struct kpptp_attempt *a)
{
	return !strcmp(a->vendor, "kpptp") || !strcmp(a->vendor, "linux");
}

/*
 * Nothing came. That leaves open whether our own GRE gets there; the server
 * must say so by TCP. It ends the call when PPP believes in a loop, see
 * kpptp_lcp_loop(); pppd numbers its requests from 1, each refusal makes it
 * take the next, and our Terminate-Ack spares it to wait for one.
 */
static void provoke(struct probe *p)
{
	const int64_t until = kpptp_doctor_now() + limit_to(p, PROVOKE_MS);
	uint8_t out[KPPTP_LCP_FRAME];
	unsigned int id;

	if (p->ended || is_refused(p))
		return;
	for (id = 1; id <= LOOPS; id++)
		kpptp_doctor_gre_send(&p->gre, out,
			kpptp_lcp_loop(id, p->a->lcp.magic + 2 * id, out));
	while (!p->ended && going_on(until)) {
		work(p, is_ended, RESEND_MS / 2);
		kpptp_doctor_gre_send(&p->gre, out,
				      kpptp_lcp_terminate(true, out));
	}
	if (p->ended)
		p->a->gre.looped = KPPTP_REACH_YES;
	else if (!kpptp_interrupted && known_to_loop(p->a))
		p->a->gre.looped = KPPTP_REACH_NO;
}

static bool echo_passed(const struct probe *p)
{
	return p->ended ||
	       p->a->lcp.echoed >= kpptp_doctor_mtu(p->facts, p->a);
}

static void send_echo(struct probe *p, unsigned int size)
{
	uint8_t out[KPPTP_LCP_FRAME];

	if (size > p->a->lcp.echoed)
		kpptp_doctor_gre_send(&p->gre, out,
				      kpptp_lcp_echo(&p->a->lcp, size, out));
}

/*
 * Echoes from small to large, all at once; which of them come back tells how
 * much the path takes, both ways. An ICMP error makes the goal smaller, then
 * the next try has an echo of just that size.
 */
static void measure_mtu(struct probe *p)
{
	unsigned int try, size, goal;

	p->a->mtu_tried = p->facts->mtu;
	for (try = 0; try < MTU_TRIES && !echo_passed(p); try++) {
		goal = kpptp_doctor_mtu(p->facts, p->a);
		send_echo(p, MTU_LOW);
		for (size = 2 * MTU_LOW; size < goal; size += MTU_STEP)
			send_echo(p, size);
		send_echo(p, goal);
		work(p, echo_passed, limit_ms(p) / MTU_TRIES);
	}
	/* The last packet was the largest; servers that acknowledge do so soon. */
	if (p->a->gre.acked && !echo_passed(p))
		p->a->large_out = p->a->gre.ack == p->gre.tx_seq - 1 ?
				  KPPTP_REACH_YES : KPPTP_REACH_NO;
}

static void carry(struct probe *p)
{
	complete(p);
	negotiate(p);
	if (!p->a->gre.rx && !p->a->gre.wire && p->a == p->facts->attempt)
		provoke(p);
	else if (kpptp_lcp_open(&p->a->lcp))
		measure_mtu(p);
}

/* ------------------------------------------------------------------- life */

/*
 * As RFC 2637 has it: PPP, the call, the connection; each wait is short. Where
 * GRE does not pass, PPP at the server waits longer than that for us.
 */
static void hang_up(struct probe *p)
{
	struct kpptp_ctrl_msg m = { .type = KPPTP_CCRQ };
	uint8_t out[KPPTP_LCP_FRAME];

	if (p->a->call == KPPTP_REPLY_OK && !p->ended) {
		if (p->a->gre.rx)
			kpptp_doctor_gre_send(&p->gre, out,
					      kpptp_lcp_terminate(false, out));
		m.ccrq.call_id = p->a->call_id;
		kpptp_doctor_ctrl_send(&p->ctrl, &m);
		work(p, is_ended, p->a->lcp.answered ? ENDING_MS : HOPELESS_MS);
	}
	if (p->a->start == KPPTP_REPLY_OK && !p->stopped) {
		m = (struct kpptp_ctrl_msg){ .type = KPPTP_STOPCCRQ };
		m.stop.reason = KPPTP_STOP_NONE;
		kpptp_doctor_ctrl_send(&p->ctrl, &m);
		work(p, is_stopped, ENDING_MS);
	}
}

/* The address that the connection went out with is the one GRE must have. */
static void note_local(struct probe *p)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);

	if (!getsockname(p->ctrl.fd, (struct sockaddr *)&sa, &len))
		p->facts->local = sa.sin_addr;
}

static void converse(struct probe *p, uint16_t call_id)
{
	int err;

	if (!start(p) || !reserve(p, call_id))
		return;
	/* Before the request, lest the first packet of a quick server is missed. */
	err = kpptp_doctor_gre_open(&p->gre, p->facts->local, p->facts->peer,
				    &p->a->gre);
	p->a->gre.tx_errno = -err;
	p->gre.call_id = p->a->call_id;
	if (place_call(p) && !err)
		carry(p);
}

void kpptp_doctor_probe(struct kpptp_facts *facts, unsigned int n,
			uint16_t call_id)
{
	struct probe p = { .facts = facts, .a = &facts->attempt[n] };

	p.gre.fd = -1;
	p.gre.wire = -1;
	p.a->made = true;
	p.a->lcp.magic = (uint32_t)kpptp_doctor_now() << 1 | 1;
	p.a->tcp_errno = kpptp_doctor_ctrl_open(&p.ctrl, facts->peer,
						facts->port, limit_ms(&p),
						&p.a->icmp);
	if (p.a->tcp_errno == ETIMEDOUT)
		facts->ping = kpptp_doctor_ping(facts->peer, limit_ms(&p));
	if (p.a->tcp_errno)
		return;
	note_local(&p);
	converse(&p, call_id);
	hang_up(&p);
	kpptp_doctor_gre_close(&p.gre);
	kpptp_doctor_ctrl_close(&p.ctrl);
	kpptp_nl_close(p.nl);	/* its call goes with it */
}
