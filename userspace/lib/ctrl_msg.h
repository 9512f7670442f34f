/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the PPTP control connection (RFC 2637 section 2): between octets
 * and values. Pure: no I/O, no allocation, no state.
 */
#ifndef KPPTP_CTRL_MSG_H
#define KPPTP_CTRL_MSG_H

#include <stddef.h>
#include <stdint.h>

#define KPPTP_CTRL_MAGIC	0x1a2b3c4du
#define KPPTP_CTRL_KIND		1	/* PPTP Message Type "control" */
#define KPPTP_CTRL_VERSION	0x0100	/* Protocol Version 1, revision 0 */
#define KPPTP_CTRL_HEADER	12	/* octets before the body */
#define KPPTP_CTRL_MIN		16	/* shortest message */
#define KPPTP_CTRL_MAX		220	/* longest message */
#define KPPTP_CTRL_TEXT		64	/* text fields, octets on the wire */
#define KPPTP_CTRL_STATISTICS	128	/* Call Statistics of the CDN */
#define KPPTP_CTRL_ACCM		0xffffffffu	/* default ACCM, section 2.15 */

/* Control Message Type */
enum kpptp_ctrl_type {
	KPPTP_SCCRQ = 1,	/* Start-Control-Connection-Request */
	KPPTP_SCCRP,		/* Start-Control-Connection-Reply */
	KPPTP_STOPCCRQ,		/* Stop-Control-Connection-Request */
	KPPTP_STOPCCRP,		/* Stop-Control-Connection-Reply */
	KPPTP_ECHO_REQUEST,
	KPPTP_ECHO_REPLY,
	KPPTP_OCRQ,		/* Outgoing-Call-Request */
	KPPTP_OCRP,		/* Outgoing-Call-Reply */
	KPPTP_ICRQ,		/* Incoming-Call-Request */
	KPPTP_ICRP,		/* Incoming-Call-Reply */
	KPPTP_ICCN,		/* Incoming-Call-Connected */
	KPPTP_CCRQ,		/* Call-Clear-Request */
	KPPTP_CDN,		/* Call-Disconnect-Notify */
	KPPTP_WEN,		/* WAN-Error-Notify */
	KPPTP_SLI,		/* Set-Link-Info */
	KPPTP_CTRL_TYPES	/* one more than the last */
};

/* Result Code of SCCRP (section 2.2). Some modems say 0 for success. */
enum kpptp_start_result {
	KPPTP_START_OK = 1,
	KPPTP_START_ERROR = 2,
	KPPTP_START_EXISTS = 3,
	KPPTP_START_NOT_AUTHORIZED = 4,
	KPPTP_START_VERSION = 5,
};

/* Reason of StopCCRQ (section 2.3) */
enum kpptp_stop_reason {
	KPPTP_STOP_NONE = 1,
	KPPTP_STOP_PROTOCOL = 2,
	KPPTP_STOP_SHUTDOWN = 3,
};

/* Result Code of StopCCRP (2.4) and Echo-Reply (2.6) */
enum kpptp_simple_result {
	KPPTP_RESULT_OK = 1,
	KPPTP_RESULT_ERROR = 2,
};

/* Result Code of OCRP (section 2.8) */
enum kpptp_ocrp_result {
	KPPTP_OCRP_CONNECTED = 1,
	KPPTP_OCRP_ERROR = 2,
	KPPTP_OCRP_NO_CARRIER = 3,
	KPPTP_OCRP_BUSY = 4,
	KPPTP_OCRP_NO_DIAL_TONE = 5,
	KPPTP_OCRP_TIME_OUT = 6,
	KPPTP_OCRP_NOT_ACCEPTED = 7,
};

/* Result Code of ICRP (section 2.10) */
enum kpptp_icrp_result {
	KPPTP_ICRP_CONNECT = 1,
	KPPTP_ICRP_ERROR = 2,
	KPPTP_ICRP_NOT_ACCEPTED = 3,
};

/* Result Code of CDN (section 2.13). Windows says 0. */
enum kpptp_cdn_result {
	KPPTP_CDN_LOST_CARRIER = 1,
	KPPTP_CDN_ERROR = 2,
	KPPTP_CDN_SHUTDOWN = 3,
	KPPTP_CDN_REQUESTED = 4,
};

/* General Error Code (section 2.16), with a Result Code of 2 */
enum kpptp_general_error {
	KPPTP_ERROR_NONE = 0,
	KPPTP_ERROR_NOT_CONNECTED = 1,
	KPPTP_ERROR_BAD_FORMAT = 2,
	KPPTP_ERROR_BAD_VALUE = 3,
	KPPTP_ERROR_NO_RESOURCE = 4,
	KPPTP_ERROR_BAD_CALL_ID = 5,
	KPPTP_ERROR_PAC = 6,
};

/* Framing and bearer, as capabilities and as a call's type */
#define KPPTP_FRAMING_ASYNC	1u
#define KPPTP_FRAMING_SYNC	2u
#define KPPTP_BEARER_ANALOG	1u
#define KPPTP_BEARER_DIGITAL	2u

/* Text: ended by NUL here, whatever was on the wire. Not escaped. */
struct kpptp_ctrl_start {		/* SCCRQ, SCCRP */
	uint16_t version;
	uint8_t result;			/* SCCRP only */
	uint8_t error;			/* SCCRP only */
	uint32_t framing;
	uint32_t bearer;
	uint16_t max_channels;
	uint16_t firmware;
	char host[KPPTP_CTRL_TEXT + 1];
	char vendor[KPPTP_CTRL_TEXT + 1];
};

struct kpptp_ctrl_stop {		/* StopCCRQ, StopCCRP */
	uint8_t reason;			/* StopCCRQ only */
	uint8_t result;			/* StopCCRP only */
	uint8_t error;			/* StopCCRP only */
};

struct kpptp_ctrl_echo {		/* Echo-Request, Echo-Reply */
	uint32_t identifier;
	uint8_t result;			/* Echo-Reply only */
	uint8_t error;			/* Echo-Reply only */
};

struct kpptp_ctrl_ocrq {
	uint16_t call_id;
	uint16_t serial;
	uint32_t min_bps;
	uint32_t max_bps;
	uint32_t bearer;
	uint32_t framing;
	uint16_t window;
	uint16_t delay;			/* tenths of a second */
	uint16_t phone_length;
	char phone[KPPTP_CTRL_TEXT + 1];
	char subaddress[KPPTP_CTRL_TEXT + 1];
};

struct kpptp_ctrl_ocrp {
	uint16_t call_id;
	uint16_t peer_call_id;
	uint8_t result;
	uint8_t error;
	uint16_t cause;
	uint32_t speed;			/* bit/s */
	uint16_t window;
	uint16_t delay;			/* tenths of a second */
	uint32_t channel;
};

struct kpptp_ctrl_icrq {
	uint16_t call_id;
	uint16_t serial;
	uint32_t bearer;
	uint32_t channel;
	uint16_t dialed_length;
	uint16_t dialing_length;
	char dialed[KPPTP_CTRL_TEXT + 1];
	char dialing[KPPTP_CTRL_TEXT + 1];
	char subaddress[KPPTP_CTRL_TEXT + 1];
};

struct kpptp_ctrl_icrp {
	uint16_t call_id;
	uint16_t peer_call_id;
	uint8_t result;
	uint8_t error;
	uint16_t window;
	uint16_t delay;			/* tenths of a second */
};

struct kpptp_ctrl_iccn {
	uint16_t peer_call_id;
	uint32_t speed;			/* bit/s */
	uint16_t window;
	uint16_t delay;			/* tenths of a second */
	uint32_t framing;
};

struct kpptp_ctrl_ccrq {
	uint16_t call_id;		/* the sender's own, the PNS's */
};

struct kpptp_ctrl_cdn {
	uint16_t call_id;		/* the sender's own, the PAC's */
	uint8_t result;
	uint8_t error;
	uint16_t cause;
	char statistics[KPPTP_CTRL_STATISTICS + 1];
};

struct kpptp_ctrl_wen {
	uint16_t peer_call_id;		/* the PNS's */
	uint32_t crc;
	uint32_t framing;
	uint32_t hardware;
	uint32_t overrun;
	uint32_t timeout;
	uint32_t alignment;
};

struct kpptp_ctrl_sli {
	uint16_t peer_call_id;		/* the PAC's */
	uint32_t send_accm;
	uint32_t recv_accm;
};

/**
 * struct kpptp_ctrl_msg - one message
 * @type: says which member of the union is meant
 *
 * Numbers are in host byte order. Reserved fields are not kept: they are sent
 * as 0 and not looked at, since real peers leave anything in them.
 */
struct kpptp_ctrl_msg {
	enum kpptp_ctrl_type type;
	union {
		struct kpptp_ctrl_start start;
		struct kpptp_ctrl_stop stop;
		struct kpptp_ctrl_echo echo;
		struct kpptp_ctrl_ocrq ocrq;
		struct kpptp_ctrl_ocrp ocrp;
		struct kpptp_ctrl_icrq icrq;
		struct kpptp_ctrl_icrp icrp;
		struct kpptp_ctrl_iccn iccn;
		struct kpptp_ctrl_ccrq ccrq;
		struct kpptp_ctrl_cdn cdn;
		struct kpptp_ctrl_wen wen;
		struct kpptp_ctrl_sli sli;
	};
};

/* What is wrong with octets that should be a message */
enum kpptp_ctrl_error {
	KPPTP_CTRL_OK,
	KPPTP_CTRL_MORE,	/* right so far, not complete */
	KPPTP_CTRL_BAD_LENGTH,	/* impossible, or not the one of its type */
	KPPTP_CTRL_BAD_KIND,	/* PPTP Message Type is not "control" */
	KPPTP_CTRL_BAD_MAGIC,	/* framing is lost (section 1.4) */
	KPPTP_CTRL_BAD_TYPE,	/* Control Message Type unknown */
	KPPTP_CTRL_ERRORS
};

/** kpptp_ctrl_strerror() - an error as words */
const char *kpptp_ctrl_strerror(enum kpptp_ctrl_error error);

/** kpptp_ctrl_name() - a message type as the RFC calls it, or "unknown" */
const char *kpptp_ctrl_name(unsigned int type);

/** kpptp_ctrl_length() - length of a message type in octets, 0 if unknown */
size_t kpptp_ctrl_length(unsigned int type);

/**
 * kpptp_ctrl_frame() - find the first message in a stream
 * @buf: what has been received and not consumed
 * @len: octets in @buf, may be 0
 * @msg_len: length of the message when KPPTP_CTRL_OK
 *
 * Every header field is checked as soon as it is there, so rubbish is found
 * out with its first octets and not once a bogus length has arrived.
 *
 * Return: KPPTP_CTRL_OK, KPPTP_CTRL_MORE, or what is wrong; then the stream is
 * of no more use.
 */
enum kpptp_ctrl_error kpptp_ctrl_frame(const uint8_t *buf, size_t len,
				       size_t *msg_len);

/**
 * kpptp_ctrl_decode() - octets to values
 * @buf: one message
 * @len: its exact length
 * @msg: filled when KPPTP_CTRL_OK
 *
 * Return: KPPTP_CTRL_OK or what is wrong, KPPTP_CTRL_MORE when it is too short.
 */
enum kpptp_ctrl_error kpptp_ctrl_decode(const uint8_t *buf, size_t len,
					struct kpptp_ctrl_msg *msg);

/**
 * kpptp_ctrl_encode() - values to octets
 * @msg: the message; text longer than its field is cut
 * @buf: at least KPPTP_CTRL_MAX octets
 *
 * Return: length in octets, 0 when the type is unknown.
 */
size_t kpptp_ctrl_encode(const struct kpptp_ctrl_msg *msg,
			 uint8_t buf[KPPTP_CTRL_MAX]);

/**
 * kpptp_ctrl_print() - a message as one readable line
 * @msg: the message
 * @buf: for the line, always ended by NUL
 * @size: of @buf, not 0; a longer line is cut
 *
 * Return: @buf.
 */
const char *kpptp_ctrl_print(const struct kpptp_ctrl_msg *msg, char *buf,
			     size_t size);

/**
 * kpptp_ctrl_text() - make a peer's text fit to be shown
 * @text: any octets, ended by NUL
 * @buf: for the result; 4 octets for each of @text and NUL are enough
 * @size: of @buf, not 0; the result is cut between characters
 *
 * Whatever is not printable ASCII, and the quote and the backslash, becomes
 * \xNN.
 *
 * Return: @buf.
 */
const char *kpptp_ctrl_text(const char *text, char *buf, size_t size);

#endif
