// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Codec of the PPTP control messages, RFC 2637 section 2.
 *
 * The layouts are data: a row per message, and in it a row per field that says
 * where the field is on the wire and where in the structure. Decoding,
 * encoding and printing walk the same rows, so they cannot disagree.
 */
#include "ctrl_msg.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Common header (section 2, figure 2) */
enum {
	OFF_LENGTH = 0,
	OFF_KIND = 2,
	OFF_MAGIC = 4,
	OFF_TYPE = 8,
	OFF_RESERVED = 10,
};

enum field_kind {
	FIELD_END,
	FIELD_U8,
	FIELD_U16,
	FIELD_U32,
	FIELD_HEX,	/* U32, shown in hexadecimal */
	FIELD_TEXT,
};

struct field {
	const char *name;
	enum field_kind kind;
	uint8_t wire;		/* offset in the message */
	uint8_t size;		/* octets on the wire */
	uint16_t member;	/* offset in struct kpptp_ctrl_msg */
};

struct layout {
	const char *name;
	size_t length;
	const struct field *fields;
};

#define MEMBER(m)	offsetof(struct kpptp_ctrl_msg, m)
#define U8(n, off, m)	{ n, FIELD_U8, off, 1, MEMBER(m) }
#define U16(n, off, m)	{ n, FIELD_U16, off, 2, MEMBER(m) }
#define U32(n, off, m)	{ n, FIELD_U32, off, 4, MEMBER(m) }
#define HEX(n, off, m)	{ n, FIELD_HEX, off, 4, MEMBER(m) }
#define TEXT(n, off, m)	{ n, FIELD_TEXT, off, KPPTP_CTRL_TEXT, MEMBER(m) }
#define END		{ NULL, FIELD_END, 0, 0, 0 }

static const struct field sccrq[] = {
	U16("version", 12, start.version),
	U32("framing", 16, start.framing),
	U32("bearer", 20, start.bearer),
	U16("max-channels", 24, start.max_channels),
	U16("firmware", 26, start.firmware),
	TEXT("host", 28, start.host),
	TEXT("vendor", 92, start.vendor),
	END
};

static const struct field sccrp[] = {
	U16("version", 12, start.version),
	U8("result", 14, start.result),
	U8("error", 15, start.error),
	U32("framing", 16, start.framing),
	U32("bearer", 20, start.bearer),
	U16("max-channels", 24, start.max_channels),
	U16("firmware", 26, start.firmware),
	TEXT("host", 28, start.host),
	TEXT("vendor", 92, start.vendor),
	END
};

static const struct field stopccrq[] = {
	U8("reason", 12, stop.reason),
	END
};

static const struct field stopccrp[] = {
	U8("result", 12, stop.result),
	U8("error", 13, stop.error),
	END
};

static const struct field echo_request[] = {
	U32("identifier", 12, echo.identifier),
	END
};

static const struct field echo_reply[] = {
	U32("identifier", 12, echo.identifier),
	U8("result", 16, echo.result),
	U8("error", 17, echo.error),
	END
};

static const struct field ocrq[] = {
	U16("call-id", 12, ocrq.call_id),
	U16("serial", 14, ocrq.serial),
	U32("min-bps", 16, ocrq.min_bps),
	U32("max-bps", 20, ocrq.max_bps),
	U32("bearer", 24, ocrq.bearer),
	U32("framing", 28, ocrq.framing),
	U16("window", 32, ocrq.window),
	U16("delay", 34, ocrq.delay),
	U16("phone-length", 36, ocrq.phone_length),
	TEXT("phone", 40, ocrq.phone),
	TEXT("subaddress", 104, ocrq.subaddress),
	END
};

static const struct field ocrp[] = {
	U16("call-id", 12, ocrp.call_id),
	U16("peer-call-id", 14, ocrp.peer_call_id),
	U8("result", 16, ocrp.result),
	U8("error", 17, ocrp.error),
	U16("cause", 18, ocrp.cause),
	U32("speed", 20, ocrp.speed),
	U16("window", 24, ocrp.window),
	U16("delay", 26, ocrp.delay),
	U32("channel", 28, ocrp.channel),
	END
};

static const struct field icrq[] = {
	U16("call-id", 12, icrq.call_id),
	U16("serial", 14, icrq.serial),
	U32("bearer", 16, icrq.bearer),
	U32("channel", 20, icrq.channel),
	U16("dialed-length", 24, icrq.dialed_length),
	U16("dialing-length", 26, icrq.dialing_length),
	TEXT("dialed", 28, icrq.dialed),
	TEXT("dialing", 92, icrq.dialing),
	TEXT("subaddress", 156, icrq.subaddress),
	END
};

static const struct field icrp[] = {
	U16("call-id", 12, icrp.call_id),
	U16("peer-call-id", 14, icrp.peer_call_id),
	U8("result", 16, icrp.result),
	U8("error", 17, icrp.error),
	U16("window", 18, icrp.window),
	U16("delay", 20, icrp.delay),
	END
};

static const struct field iccn[] = {
	U16("peer-call-id", 12, iccn.peer_call_id),
	U32("speed", 16, iccn.speed),
	U16("window", 20, iccn.window),
	U16("delay", 22, iccn.delay),
	U32("framing", 24, iccn.framing),
	END
};

static const struct field ccrq[] = {
	U16("call-id", 12, ccrq.call_id),
	END
};

static const struct field cdn[] = {
	U16("call-id", 12, cdn.call_id),
	U8("result", 14, cdn.result),
	U8("error", 15, cdn.error),
	U16("cause", 16, cdn.cause),
	{ "statistics", FIELD_TEXT, 20, KPPTP_CTRL_STATISTICS,
	  MEMBER(cdn.statistics) },
	END
};

static const struct field wen[] = {
	U16("peer-call-id", 12, wen.peer_call_id),
	U32("crc", 16, wen.crc),
	U32("framing", 20, wen.framing),
	U32("hardware", 24, wen.hardware),
	U32("overrun", 28, wen.overrun),
	U32("timeout", 32, wen.timeout),
	U32("alignment", 36, wen.alignment),
	END
};

static const struct field sli[] = {
	U16("peer-call-id", 12, sli.peer_call_id),
	HEX("send-accm", 16, sli.send_accm),
	HEX("recv-accm", 20, sli.recv_accm),
	END
};

static const struct layout layouts[KPPTP_CTRL_TYPES] = {
	[KPPTP_SCCRQ] = { "Start-Control-Connection-Request", 156, sccrq },
	[KPPTP_SCCRP] = { "Start-Control-Connection-Reply", 156, sccrp },
	[KPPTP_STOPCCRQ] = { "Stop-Control-Connection-Request", 16, stopccrq },
	[KPPTP_STOPCCRP] = { "Stop-Control-Connection-Reply", 16, stopccrp },
	[KPPTP_ECHO_REQUEST] = { "Echo-Request", 16, echo_request },
	[KPPTP_ECHO_REPLY] = { "Echo-Reply", 20, echo_reply },
	[KPPTP_OCRQ] = { "Outgoing-Call-Request", 168, ocrq },
	[KPPTP_OCRP] = { "Outgoing-Call-Reply", 32, ocrp },
	[KPPTP_ICRQ] = { "Incoming-Call-Request", 220, icrq },
	[KPPTP_ICRP] = { "Incoming-Call-Reply", 24, icrp },
	[KPPTP_ICCN] = { "Incoming-Call-Connected", 28, iccn },
	[KPPTP_CCRQ] = { "Call-Clear-Request", 16, ccrq },
	[KPPTP_CDN] = { "Call-Disconnect-Notify", 148, cdn },
	[KPPTP_WEN] = { "WAN-Error-Notify", 40, wen },
	[KPPTP_SLI] = { "Set-Link-Info", 24, sli },
};

static const struct layout *layout_of(unsigned int type)
{
	if (type >= KPPTP_CTRL_TYPES || !layouts[type].fields)
		return NULL;
	return &layouts[type];
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, (uint16_t)v);
}

const char *kpptp_ctrl_strerror(enum kpptp_ctrl_error error)
{
	static const char *const words[KPPTP_CTRL_ERRORS] = {
		[KPPTP_CTRL_OK] = "no error",
		[KPPTP_CTRL_MORE] = "message is not complete",
		[KPPTP_CTRL_BAD_LENGTH] = "wrong length for its message type",
		[KPPTP_CTRL_BAD_KIND] = "not a control message",
		[KPPTP_CTRL_BAD_MAGIC] = "wrong magic cookie",
		[KPPTP_CTRL_BAD_TYPE] = "unknown control message type",
	};

	return (unsigned int)error < KPPTP_CTRL_ERRORS ? words[error] :
							"unknown error";
}

const char *kpptp_ctrl_name(unsigned int type)
{
	const struct layout *layout = layout_of(type);

	return layout ? layout->name : "unknown";
}

size_t kpptp_ctrl_length(unsigned int type)
{
	const struct layout *layout = layout_of(type);

	return layout ? layout->length : 0;
}

enum kpptp_ctrl_error kpptp_ctrl_frame(const uint8_t *buf, size_t len,
				       size_t *msg_len)
{
	const struct layout *layout;
	size_t length;

	if (len < OFF_KIND)
		return KPPTP_CTRL_MORE;
	length = get16(buf + OFF_LENGTH);
	if (length < KPPTP_CTRL_MIN || length > KPPTP_CTRL_MAX)
		return KPPTP_CTRL_BAD_LENGTH;
	if (len < OFF_MAGIC)
		return KPPTP_CTRL_MORE;
	if (get16(buf + OFF_KIND) != KPPTP_CTRL_KIND)
		return KPPTP_CTRL_BAD_KIND;
	if (len < OFF_TYPE)
		return KPPTP_CTRL_MORE;
	if (get32(buf + OFF_MAGIC) != KPPTP_CTRL_MAGIC)
		return KPPTP_CTRL_BAD_MAGIC;
	if (len < OFF_RESERVED)
		return KPPTP_CTRL_MORE;
	layout = layout_of(get16(buf + OFF_TYPE));
	if (!layout)
		return KPPTP_CTRL_BAD_TYPE;
	if (length != layout->length)
		return KPPTP_CTRL_BAD_LENGTH;
	if (len < length)
		return KPPTP_CTRL_MORE;
	*msg_len = length;
	return KPPTP_CTRL_OK;
}

static void decode_field(const struct field *f, const uint8_t *buf,
			 struct kpptp_ctrl_msg *msg)
{
	char *member = (char *)msg + f->member;

	switch (f->kind) {
	case FIELD_U8:
		*(uint8_t *)member = buf[f->wire];
		break;
	case FIELD_U16:
		*(uint16_t *)(void *)member = get16(buf + f->wire);
		break;
	case FIELD_U32:
	case FIELD_HEX:
		*(uint32_t *)(void *)member = get32(buf + f->wire);
		break;
	case FIELD_TEXT:
		/* what follows the first NUL may be rubbish: leave it */
		memcpy(member, buf + f->wire,
		       strnlen((const char *)buf + f->wire, f->size));
		break;
	case FIELD_END:
		break;
	}
}

enum kpptp_ctrl_error kpptp_ctrl_decode(const uint8_t *buf, size_t len,
					struct kpptp_ctrl_msg *msg)
{
	enum kpptp_ctrl_error error;
	const struct field *f;
	size_t msg_len;

	error = kpptp_ctrl_frame(buf, len, &msg_len);
	if (error)
		return error;
	if (len != msg_len)
		return KPPTP_CTRL_BAD_LENGTH;
	memset(msg, 0, sizeof(*msg));
	msg->type = get16(buf + OFF_TYPE);
	for (f = layouts[msg->type].fields; f->kind != FIELD_END; f++)
		decode_field(f, buf, msg);
	return KPPTP_CTRL_OK;
}

static void encode_field(const struct field *f,
			 const struct kpptp_ctrl_msg *msg, uint8_t *buf)
{
	const char *member = (const char *)msg + f->member;

	switch (f->kind) {
	case FIELD_U8:
		buf[f->wire] = *(const uint8_t *)member;
		break;
	case FIELD_U16:
		put16(buf + f->wire, *(const uint16_t *)(const void *)member);
		break;
	case FIELD_U32:
	case FIELD_HEX:
		put32(buf + f->wire, *(const uint32_t *)(const void *)member);
		break;
	case FIELD_TEXT:
		memcpy(buf + f->wire, member, strnlen(member, f->size));
		break;
	case FIELD_END:
		break;
	}
}

size_t kpptp_ctrl_encode(const struct kpptp_ctrl_msg *msg,
			 uint8_t buf[KPPTP_CTRL_MAX])
{
	const struct layout *layout = layout_of(msg->type);
	const struct field *f;

	if (!layout)
		return 0;
	memset(buf, 0, layout->length);
	put16(buf + OFF_LENGTH, (uint16_t)layout->length);
	put16(buf + OFF_KIND, KPPTP_CTRL_KIND);
	put32(buf + OFF_MAGIC, KPPTP_CTRL_MAGIC);
	put16(buf + OFF_TYPE, (uint16_t)msg->type);
	for (f = layout->fields; f->kind != FIELD_END; f++)
		encode_field(f, msg, buf);
	return layout->length;
}

/* A line that is being written and never overflows. */
struct line {
	char *buf;
	size_t size;
	size_t len;
};

static void line_add(struct line *line, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void line_add(struct line *line, const char *fmt, ...)
{
	size_t room = line->size - line->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line->buf + line->len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		line->len += (size_t)n < room ? (size_t)n : room - 1;
}

static void print_field(const struct field *f, const struct kpptp_ctrl_msg *msg,
			struct line *line)
{
	const char *member = (const char *)msg + f->member;
	char text[4 * KPPTP_CTRL_STATISTICS + 1];

	switch (f->kind) {
	case FIELD_U8:
		line_add(line, " %s %u", f->name, *(const uint8_t *)member);
		break;
	case FIELD_U16:
		line_add(line, " %s %u", f->name,
			 *(const uint16_t *)(const void *)member);
		break;
	case FIELD_U32:
		line_add(line, " %s %u", f->name,
			 *(const uint32_t *)(const void *)member);
		break;
	case FIELD_HEX:
		line_add(line, " %s 0x%08x", f->name,
			 *(const uint32_t *)(const void *)member);
		break;
	case FIELD_TEXT:
		line_add(line, " %s \"%s\"", f->name,
			 kpptp_ctrl_text(member, text, sizeof(text)));
		break;
	case FIELD_END:
		break;
	}
}

const char *kpptp_ctrl_print(const struct kpptp_ctrl_msg *msg, char *buf,
			     size_t size)
{
	const struct layout *layout = layout_of(msg->type);
	struct line line = { .buf = buf, .size = size };
	const struct field *f;

	buf[0] = '\0';
	line_add(&line, "%s", kpptp_ctrl_name(msg->type));
	if (!layout)
		return buf;
	for (f = layout->fields; f->kind != FIELD_END; f++)
		print_field(f, msg, &line);
	return buf;
}

static bool plain(unsigned char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

const char *kpptp_ctrl_text(const char *text, char *buf, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t len = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		size_t need = plain(c) ? 1 : 4;

		if (len + need >= size)
			break;
		if (plain(c)) {
			buf[len++] = (char)c;
			continue;
		}
		buf[len++] = '\\';
		buf[len++] = 'x';
		buf[len++] = hex[c >> 4];
		buf[len++] = hex[c & 0xf];
	}
	buf[len] = '\0';
	return buf;
}
