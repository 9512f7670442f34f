/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a pppd(8) has ended: its exit status, and what it, its plugin and the peer
 * have said of it. Nothing that they say is trusted: it is escaped, and cut.
 */
#ifndef KPPTPD_PPPD_END_H
#define KPPTPD_PPPD_END_H

#include <stdbool.h>
#include <stddef.h>

#define KPPTP_PPPD_WORDS_SIZE	160

/* Whose words they are; the first of the highest are what counts. */
enum kpptp_pppd_speaker {
	KPPTP_PPPD_NOBODY,
	KPPTP_PPPD_LOG,		/* a complaint in pppd's log */
	KPPTP_PPPD_OWN,		/* our Terminate-Request */
	KPPTP_PPPD_PEER,	/* the peer's, of LCP */
	KPPTP_PPPD_PROTOCOL,	/* the peer's, of a protocol above */
	KPPTP_PPPD_LOGIN,	/* the peer, when it refused our log-in */
	KPPTP_PPPD_USER,	/* pppd: who has failed to log in here */
	KPPTP_PPPD_PLUGIN,	/* instead of what the status means */
};

/* Zeroed: nobody has said anything yet. */
struct kpptp_pppd_end {
	enum kpptp_pppd_speaker speaker;
	char words[KPPTP_PPPD_WORDS_SIZE];
};

/**
 * kpptp_pppd_end_said() - one of the plugin's lines
 * @line: "says WHAT TEXT" or "ends TEXT" (words.h), or "exit STATUS REASON"
 *
 * Return: whether it was one of these.
 */
bool kpptp_pppd_end_said(struct kpptp_pppd_end *end, const char *line);

/**
 * kpptp_pppd_end_printed() - a line of pppd's log
 * @server: the peer is to log in here
 *
 * Return: whether it is a complaint.
 */
bool kpptp_pppd_end_printed(struct kpptp_pppd_end *end, const char *line,
			    bool server);

/**
 * kpptp_pppd_end_user() - who has failed to log in here
 * @name: result, "" for nobody. It is whatever the peer has said; of what pppd does
 *	not print as it is, as pppd prints it.
 */
void kpptp_pppd_end_user(const struct kpptp_pppd_end *end,
			 char name[KPPTP_PPPD_WORDS_SIZE]);

/**
 * kpptp_pppd_end_begun() - why, when PPP has just begun to end
 * @buf: result, printable ASCII, "" for unknown. Of a log-in that the peer has
 *	refused kpptp_pppd_end_text() knows more.
 * @size: of @buf, not 0
 */
void kpptp_pppd_end_begun(const struct kpptp_pppd_end *end, char *buf,
			  size_t size);

/** kpptp_pppd_end_forget() - it has come up: that is how it began, not its end */
void kpptp_pppd_end_forget(struct kpptp_pppd_end *end);

/**
 * kpptp_pppd_end_text() - a sentence for users and the log
 * @status: exit status, see pppd(8)
 * @asked: we have told it to end
 * @buf: result, printable ASCII
 * @size: of @buf, not 0
 */
void kpptp_pppd_end_text(const struct kpptp_pppd_end *end, int status,
			 bool asked, char *buf, size_t size);

#endif
