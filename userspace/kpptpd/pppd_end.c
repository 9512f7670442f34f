// SPDX-License-Identifier: GPL-2.0-or-later
/* pppd_end.c - why a pppd(8) has ended */
#include "pppd_end.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/ctrl_msg.h"

/* Exit statuses of pppd(8) that are looked at here */
#define FATAL_ERROR		1
#define NEGOTIATION_FAILED	10
#define PEER_AUTH_FAILED	11

#define PEER_SAYS		"the peer says \"%s\""

static const char *status_text(int status)
{
	static const char *const text[] = {
		[0] = "PPP ended, as one of the ends asked",
		[1] = "pppd had a fatal error; its log lines say which",
		[2] = "pppd does not accept its options; look at pppd-options",
		[3] = "pppd is not run by root",
		[4] = "the kernel has no PPP: modprobe ppp_generic",
		[5] = "PPP was ended by a signal",
		[6] = "pppd could not lock its device",
		[7] = "pppd could not open its device",
		[8] = "the call could not be attached to PPP",
		[9] = "pppd's pty command failed",
		[10] = "PPP negotiation failed: no network protocol came up",
		[11] = "the peer failed to prove its identity",
		[12] = "the link was idle for too long",
		[13] = "the connect time limit was reached",
		[14] = "the peer wants to be called back",
		[15] = "the peer does not answer LCP echoes any more",
		[16] = "the call was hung up",
		[17] = "the link is looped back",
		[18] = "pppd's init script failed",
		[19] = "the peer did not accept our user name and password",
		[20] = "the traffic limit was reached",
		[21] = "the peer's number is not allowed",
	};

	if (status >= 0 && (size_t)status < sizeof(text) / sizeof(text[0]))
		return text[status];
	return "pppd could not be started";
}

/* ------------------------------------------------------------ what is said */

static void note(struct kpptp_pppd_end *end, enum kpptp_pppd_speaker speaker,
		 const char *text)
{
	if (speaker <= end->speaker)
		return;
	end->speaker = speaker;
	snprintf(end->words, sizeof(end->words), "%s", text);
}

bool kpptp_pppd_end_said(struct kpptp_pppd_end *end, const char *line)
{
	static const struct {
		const char *begin;
		enum kpptp_pppd_speaker speaker;
	} row[] = {
		{ "says lcp ", KPPTP_PPPD_PEER },
		{ "says ipcp ", KPPTP_PPPD_PROTOCOL },
		{ "says login ", KPPTP_PPPD_LOGIN },
		{ "ends ", KPPTP_PPPD_OWN },
	};
	const char *reason;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (!strncmp(line, row[i].begin, strlen(row[i].begin))) {
			if (line[strlen(row[i].begin)])
				note(end, row[i].speaker,
				     line + strlen(row[i].begin));
			return true;
		}
	if (strncmp(line, "exit ", 5))
		return false;
	reason = strchr(line + 5, ' ');
	if (reason && reason[1])
		note(end, KPPTP_PPPD_PLUGIN, reason + 1);
	return true;
}

/* pppd prints all that it logs, without its priority. */
static bool is_complaint(const char *line)
{
	static const char *const bad[] = {
		"fail", "annot", "an't", "ould not", "ouldn't", "rror",
		"refused", "reject", "imeout", "unauthorized", "nrecognized",
		"not allowed", "not authorized", "required", "no response",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strstr(line, bad[i]))
			return true;
	return false;
}

bool kpptp_pppd_end_printed(struct kpptp_pppd_end *end, const char *line,
			    bool server)
{
	if (!is_complaint(line))
		return false;
	/* Nothing else has the name of a user who failed to log in. */
	if (server && strstr(line, "authentication") && strstr(line, "fail"))
		note(end, KPPTP_PPPD_USER, line);
	else
		note(end, KPPTP_PPPD_LOG, line);
	return true;
}

/* pppd puts a backslash before quotes and backslashes in some of its lines. */
static void unquote(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\\' && (text[1] == '\\' || text[1] == '"'))
			text++;
		*to++ = *text;
	}
	*to = '\0';
}

void kpptp_pppd_end_user(const struct kpptp_pppd_end *end,
			 char name[KPPTP_PPPD_WORDS_SIZE])
{
	static const char chap[] = "Peer ", failed[] = " failed ",
			  pap[] = "PAP authentication failure for ";
	const char *words = end->words;
	char *last, *next;

	*name = '\0';
	if (end->speaker != KPPTP_PPPD_USER)
		return;
	if (!strncmp(words, pap, sizeof(pap) - 1)) {
		strcpy(name, words + sizeof(pap) - 1);
		return;
	}
	if (strncmp(words, chap, sizeof(chap) - 1))
		return;
	strcpy(name, words + sizeof(chap) - 1);
	/* The last one, for a name may be "x failed ". */
	for (last = NULL, next = name; (next = strstr(next, failed)); next++)
		last = next;
	if (last)
		*last = '\0';
	unquote(name);
}

void kpptp_pppd_end_forget(struct kpptp_pppd_end *end)
{
	memset(end, 0, sizeof(*end));
}

/* ------------------------------------------------------------ what it means */

/* RFC 2433 and RFC 2759: E=691 R=0 C=CHALLENGE V=3 M=MESSAGE */
static const char *ms_chap_error(const char *words)
{
	static const struct {
		int code;
		const char *text;
	} row[] = {
		{ 646, "the account may not be used at this hour" },
		{ 647, "the account is disabled" },
		{ 648, "the password has expired" },
		{ 649, "the account may not dial in" },
		{ 691, "wrong user name or password" },
		{ 709, "the password could not be changed" },
	};
	const int code = strncmp(words, "E=", 2) ? 0 : atoi(words + 2);
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (row[i].code == code)
			return row[i].text;
	return NULL;
}

/* ": the peer says "..."" behind what the status means. */
static void add_words(const struct kpptp_pppd_end *end, char *buf, size_t size)
{
	char escaped[KPPTP_PPPD_WORDS_SIZE];
	const char *words = end->words, *meaning = NULL, *message;
	const bool peer = end->speaker >= KPPTP_PPPD_PEER &&
			  end->speaker <= KPPTP_PPPD_LOGIN;
	size_t len = strlen(buf);

	if (end->speaker == KPPTP_PPPD_LOGIN) {
		meaning = ms_chap_error(words);
		message = strstr(words, " M=");
		if (meaning)
			words = message ? message + 3 : "";
	}
	kpptp_ctrl_text(words, escaped, sizeof(escaped));
	if (meaning)
		len += snprintf(buf + len, size - len, ": %s", meaning);
	if (*escaped && len < size)
		snprintf(buf + len, size - len, peer ? ": " PEER_SAYS : ": %s",
			 escaped);
}

/* Do the words add anything to the status? */
static bool tells_more(const struct kpptp_pppd_end *end, int status)
{
	switch (end->speaker) {
	case KPPTP_PPPD_NOBODY:
	case KPPTP_PPPD_PLUGIN:
		return false;
	case KPPTP_PPPD_LOG:
		/* It did not begin, or no other words were heard. */
		return status >= FATAL_ERROR && status <= NEGOTIATION_FAILED &&
		       status != 5;
	case KPPTP_PPPD_OWN:
		return status == NEGOTIATION_FAILED || status == FATAL_ERROR;
	case KPPTP_PPPD_PEER:
	case KPPTP_PPPD_PROTOCOL:
	case KPPTP_PPPD_LOGIN:
	case KPPTP_PPPD_USER:
		break;
	}
	return true;
}

void kpptp_pppd_end_begun(const struct kpptp_pppd_end *end, char *buf,
			  size_t size)
{
	const bool peer = end->speaker == KPPTP_PPPD_PEER ||
			  end->speaker == KPPTP_PPPD_PROTOCOL;
	char escaped[KPPTP_PPPD_WORDS_SIZE];

	*buf = '\0';
	if (!peer && end->speaker != KPPTP_PPPD_OWN &&
	    end->speaker != KPPTP_PPPD_USER)
		return;
	kpptp_ctrl_text(end->words, escaped, sizeof(escaped));
	snprintf(buf, size, peer ? PEER_SAYS : "%s", escaped);
}

void kpptp_pppd_end_text(const struct kpptp_pppd_end *end, int status,
			 bool asked, char *buf, size_t size)
{
	if (end->speaker == KPPTP_PPPD_PLUGIN)
		kpptp_ctrl_text(end->words, buf, size);
	else
		snprintf(buf, size, "%s", status_text(status));
	if (!asked && tells_more(end, status))
		add_words(end, buf, size);
}
