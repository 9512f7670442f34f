// SPDX-License-Identifier: GPL-2.0-or-later
/* words.c - what PPP's control frames say in words */
#include "words.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define HEADER		4	/* address, control, protocol */
#define CP_HEADER	4	/* code, identifier, length */

#define PROTO_IPCP	0x8021
#define PROTO_IPV6CP	0x8057
#define PROTO_CCP	0x80fd
#define PROTO_PAP	0xc023
#define PROTO_CHAP	0xc223
#define PROTO_EAP	0xc227

#define TERMINATE_REQ	5
#define PAP_NAK		3
#define CHAP_FAILURE	4
#define EAP_REQUEST	1
#define EAP_NOTIFICATION	2

/**
 * struct speech - a packet that has words in it
 * @skip: octets between the packet's header and its words
 */
static const struct speech {
	uint16_t protocol;
	uint8_t code;
	uint8_t skip;
	const char *what;
} speeches[] = {
	{ KPPTP_PROTO_LCP, TERMINATE_REQ, 0, "says lcp" },
	{ PROTO_IPCP, TERMINATE_REQ, 0, "says ipcp" },
	{ PROTO_IPV6CP, TERMINATE_REQ, 0, "says ipcp" },
	{ PROTO_CCP, TERMINATE_REQ, 0, "says ipcp" },
	{ PROTO_PAP, PAP_NAK, 1, "says login" },	/* Msg-Length */
	{ PROTO_CHAP, CHAP_FAILURE, 0, "says login" },
	{ PROTO_EAP, EAP_REQUEST, 1, "says login" },	/* Type */
};

bool kpptp_frame_is(const unsigned char *frame, int len, unsigned int protocol,
		    unsigned int code)
{
	return len >= HEADER + CP_HEADER &&
	       (unsigned int)(frame[2] << 8 | frame[3]) == protocol &&
	       frame[HEADER] == code;
}

/* How many octets of words there are behind @skip; -1: malformed. */
static int words_len(const unsigned char *frame, int len, int skip)
{
	const int total = frame[HEADER + 2] << 8 | frame[HEADER + 3];

	if (total > len - HEADER || total < CP_HEADER)
		return -1;
	return total - CP_HEADER > skip ? total - CP_HEADER - skip : 0;
}

/* Of EAP's requests only a notification is for a human to read. */
static bool is_for_humans(const struct speech *s, const unsigned char *words,
			  int len)
{
	return s->protocol != PROTO_EAP ||
	       (len && words[-1] == EAP_NOTIFICATION);
}

bool kpptp_words(const unsigned char *frame, int len, bool sent,
		 char line[KPPTP_WORDS_SIZE])
{
	const struct speech *s;
	int n;

	for (s = speeches; s < speeches + sizeof(speeches) / sizeof(*s); s++)
		if (kpptp_frame_is(frame, len, s->protocol, s->code))
			break;
	if (s == speeches + sizeof(speeches) / sizeof(*s) ||
	    (sent && s->protocol != KPPTP_PROTO_LCP))
		return false;
	n = words_len(frame, len, s->skip);
	if (n < 0 || !is_for_humans(s, frame + HEADER + CP_HEADER + s->skip, n))
		return false;
	snprintf(line, KPPTP_WORDS_SIZE, "%s %.*s", sent ? "ends" : s->what, n,
		 (const char *)frame + HEADER + CP_HEADER + s->skip);
	return true;
}
