/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What PPP's control frames say in words. Pure: nothing of pppd, no state. */
#ifndef KPPTP_PPPD_WORDS_H
#define KPPTP_PPPD_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* RFC 1661 2, RFC 1334, RFC 1994, RFC 3748; the codes that have words */
#define KPPTP_PROTO_LCP		0xc021

/* A message for the daemon, with its NUL; longer words are cut. */
#define KPPTP_WORDS_SIZE	160

/**
 * kpptp_frame_is() - is it a packet of this protocol with this code?
 * @frame: from address and control on
 * @len: octets of it
 */
bool kpptp_frame_is(const unsigned char *frame, int len, unsigned int protocol,
		    unsigned int code);

/**
 * kpptp_words() - why a link or a protocol ends, or a log-in is refused
 * @frame: from address and control on, as pppd's hooks have it; not trusted
 * @len: octets of it
 * @sent: it is ours, otherwise the peer's
 * @line: receives the message: "says lcp TEXT", "says ipcp TEXT" (the peer's
 *	Terminate-Request; any protocol above LCP counts as ipcp), "says login
 *	TEXT" (it refuses our log-in), "ends TEXT" (our own Terminate-Request).
 *	The text is the frame's, with any octet but NUL.
 *
 * Return: whether the frame says anything of that.
 */
bool kpptp_words(const unsigned char *frame, int len, bool sent,
		 char line[KPPTP_WORDS_SIZE]);

#endif
