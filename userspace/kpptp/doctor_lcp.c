// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor_lcp.c - as much of LCP as kpptp doctor needs */
#include "doctor_lcp.h"

#include <string.h>

#include "../../kernel/wire.h"

/* Codes of RFC 1661 section 5 */
enum {
	CONF_REQ = 1,
	CONF_ACK,
	CONF_NAK,
	CONF_REJ,
	TERM_REQ,
	TERM_ACK,
	ECHO_REQ = 9,
	ECHO_REPLY,
};

/* Options of RFC 1661 section 6, and MRRU of RFC 1990 */
enum {
	OPT_AUTH = 3,
	OPT_MAGIC = 5,
	OPT_PFC = 7,
	OPT_ACFC,
	OPT_MRRU = 17,
};

#define LCP_HEAD	4	/* code, identifier, length */
#define OPT_HEAD	2	/* type, length */
#define MAGIC_LEN	6	/* of the option */
#define ECHO_ID		0x80	/* apart from those of requests */

static size_t put_head(uint8_t *out, uint8_t code, uint8_t id, size_t len)
{
	out[0] = 0xff;
	out[1] = 0x03;
	kpptp_put_be16(KPPTP_PPP_LCP, out + 2);
	out[4] = code;
	out[5] = id;
	kpptp_put_be16(len, out + 6);
	return KPPTP_LCP_HEADER + len;
}

static size_t put_magic(uint8_t *out, uint8_t code, uint8_t id, uint32_t magic)
{
	uint8_t *opt = out + KPPTP_LCP_HEADER + LCP_HEAD;

	opt[0] = OPT_MAGIC;
	opt[1] = MAGIC_LEN;
	kpptp_put_be32(magic, opt + OPT_HEAD);
	return put_head(out, code, id, LCP_HEAD + MAGIC_LEN);
}

size_t kpptp_lcp_request(struct kpptp_lcp *lcp, uint8_t out[KPPTP_LCP_FRAME])
{
	lcp->requests++;
	if (!lcp->magic)
		return put_head(out, CONF_REQ, 1, LCP_HEAD);
	return put_magic(out, CONF_REQ, 1, lcp->magic);
}

size_t kpptp_lcp_loop(uint8_t id, uint32_t magic, uint8_t out[KPPTP_LCP_FRAME])
{
	return put_magic(out, CONF_NAK, id, magic);
}

size_t kpptp_lcp_terminate(bool ack, uint8_t out[KPPTP_LCP_FRAME])
{
	return put_head(out, ack ? TERM_ACK : TERM_REQ, 1, LCP_HEAD);
}

size_t kpptp_lcp_echo(const struct kpptp_lcp *lcp, unsigned int size,
		      uint8_t out[KPPTP_LCP_FRAME])
{
	memset(out, 0, KPPTP_LCP_HEADER + size);
	kpptp_put_be32(lcp->magic, out + KPPTP_LCP_HEADER + LCP_HEAD);
	return put_head(out, ECHO_REQ, ECHO_ID, size);
}

bool kpptp_lcp_open(const struct kpptp_lcp *lcp)
{
	return lcp->acked && lcp->agreed && !lcp->ended;
}

/* What would change the form of frames, which we do not follow. */
static bool unwelcome(uint8_t option)
{
	return option == OPT_PFC || option == OPT_ACFC || option == OPT_MRRU;
}

static void note_auth(struct kpptp_lcp *lcp, const uint8_t *opt)
{
	if (opt[1] < 4)
		return;
	lcp->auth = kpptp_get_be16(opt + OPT_HEAD);
	lcp->chap = opt[1] > 4 ? opt[4] : 0;
}

/* Answers the options at @opt: all are taken, or the unwelcome ones refused. */
static size_t answer_request(struct kpptp_lcp *lcp, uint8_t id,
			     const uint8_t *opt, size_t len, uint8_t *out)
{
	uint8_t *refused = out + KPPTP_LCP_HEADER + LCP_HEAD;
	size_t at, n = 0;

	lcp->auth = 0;
	for (at = 0; at + OPT_HEAD <= len; at += opt[at + 1]) {
		if (opt[at + 1] < OPT_HEAD || at + opt[at + 1] > len)
			return 0;
		if (opt[at] == OPT_AUTH)
			note_auth(lcp, opt + at);
		if (!unwelcome(opt[at]))
			continue;
		memcpy(refused + n, opt + at, opt[at + 1]);
		n += opt[at + 1];
	}
	if (n)
		return put_head(out, CONF_REJ, id, LCP_HEAD + n);
	lcp->agreed = true;
	memcpy(refused, opt, len);
	return put_head(out, CONF_ACK, id, LCP_HEAD + len);
}

/* Our own magic number instead of the peer's goes back with its data. */
static size_t answer_echo(struct kpptp_lcp *lcp, const uint8_t *packet,
			  size_t len, uint8_t *out)
{
	if (len < LCP_HEAD + 4)
		return 0;
	memcpy(out + KPPTP_LCP_HEADER, packet, len);
	kpptp_put_be32(lcp->magic, out + KPPTP_LCP_HEADER + LCP_HEAD);
	return put_head(out, ECHO_REPLY, packet[1], len);
}

static size_t input(struct kpptp_lcp *lcp, const uint8_t *packet, size_t len,
		    uint8_t *out)
{
	switch (packet[0]) {
	case CONF_REQ:
		return answer_request(lcp, packet[1], packet + LCP_HEAD,
				      len - LCP_HEAD, out);
	case CONF_ACK:
		lcp->acked = true;
		lcp->answered = true;
		break;
	case CONF_NAK:
		lcp->answered = true;
		lcp->magic += 2;	/* it is odd */
		break;
	case CONF_REJ:
		lcp->answered = true;
		lcp->magic = 0;
		break;
	case TERM_REQ:
		lcp->ended = true;
		return put_head(out, TERM_ACK, packet[1], LCP_HEAD);
	case ECHO_REQ:
		return answer_echo(lcp, packet, len, out);
	case ECHO_REPLY:
		if (packet[1] == ECHO_ID && len > lcp->echoed)
			lcp->echoed = len;
		break;
	}
	return 0;
}

size_t kpptp_lcp_input(struct kpptp_lcp *lcp, const uint8_t *frame, size_t len,
		       uint8_t out[KPPTP_LCP_FRAME])
{
	size_t packet_len;

	if (len >= 2 && frame[0] == 0xff && frame[1] == 0x03) {
		frame += 2;
		len -= 2;
	}
	if (len < 2 + LCP_HEAD || kpptp_get_be16(frame) != KPPTP_PPP_LCP)
		return 0;
	frame += 2;
	packet_len = kpptp_get_be16(frame + 2);
	if (packet_len < LCP_HEAD || packet_len > len - 2 ||
	    packet_len > KPPTP_LCP_MAX)
		return 0;
	return input(lcp, frame, packet_len, out);
}

const char *kpptp_lcp_auth_name(const struct kpptp_lcp *lcp)
{
	switch (lcp->auth) {
	case 0:
		return "none";
	case KPPTP_PPP_PAP:
		return "pap";
	case KPPTP_PPP_EAP:
		return "eap";
	case KPPTP_PPP_CHAP:
		return lcp->chap == 0x81 ? "mschap-v2" :
		       lcp->chap == 0x80 ? "mschap" : "chap";
	default:
		return "an unknown method";
	}
}
