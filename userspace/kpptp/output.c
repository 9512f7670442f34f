// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * output.c - text and JSON from the same calls
 *
 * Text is written as it comes; JSON is gathered and written at the end, so
 * that a failure half-way never leaves half an object behind.
 */
#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "../lib/utf8.h"

#define CELL_SIZE	256
#define COLUMN_GAP	2

#define BOLD		"\033[1m"
#define DIM		"\033[2m"
#define PLAIN		"\033[0m"

struct kpptp_out {
	FILE *file;
	bool json;
	bool colour;
	bool began;		/* text has been written */
	struct json_object *root;
};

struct kpptp_out *kpptp_out_new(FILE *file, bool json, bool colour)
{
	struct kpptp_out *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->file = file;
	out->json = json;
	out->colour = colour && !json;
	out->root = json_object_new_object();
	json_object_object_add(out->root, "ok", json_object_new_boolean(1));
	return out;
}

void kpptp_out_free(struct kpptp_out *out)
{
	if (!out)
		return;
	json_object_put(out->root);
	free(out);
}

bool kpptp_out_want_colour(FILE *file)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no && *no)
		return false;
	if (!term || !strcmp(term, "dumb"))
		return false;
	return isatty(fileno(file));
}

#define for_each_field(f, fields) \
	for ((f) = (fields); (f)->key; (f)++)

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

/* ------------------------------------------------------------ formatting */

/*
 * Names come from peers: nothing of them may steer the terminal, and what has no
 * width, such as a change of direction, would deceive who reads. What another
 * encoding than UTF-8 makes of an octet above 0x7f is not known.
 */
static bool is_plain(int32_t point)
{
	if (point < 0x80)
		return point >= ' ' && point < 0x7f;
	return !strcmp(nl_langinfo(CODESET), "UTF-8") && wcwidth(point) > 0;
}

/* Columns on the terminal, of text that is plain. */
static int width_of(const char *text)
{
	int width = 0;

	while (*text) {
		int columns = wcwidth(kpptp_utf8_next(&text));

		width += columns < 0 ? 1 : columns;
	}
	return width;
}

static void format_text(const char *text, char *buf, size_t size)
{
	size_t used = 0, len;

	while (*text) {
		const char *from = text;
		const bool plain = is_plain(kpptp_utf8_next(&text));

		len = text - from;
		if (used + (plain ? len : 4 * len) >= size)
			break;
		if (plain) {
			memcpy(buf + used, from, len);
			used += len;
			continue;
		}
		for (; from < text; from++)
			used += snprintf(buf + used, size - used, "\\x%02x",
					 (unsigned char)*from);
	}
	buf[used] = '\0';
}

static void format_count(uint64_t n, char *buf, size_t size)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n), i;
	size_t used = 0;

	for (i = 0; i < len && used + 2 < size; i++) {
		if (i && (len - i) % 3 == 0)
			buf[used++] = ',';
		buf[used++] = digits[i];
	}
	buf[used] = '\0';
}

static void format_bytes(uint64_t n, bool exact, char *buf, size_t size)
{
	static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB", "PiB",
					    "EiB" };
	char count[40];
	double scaled = n;
	size_t i = 0;

	if (n < 1024) {
		snprintf(buf, size, "%" PRIu64 " B", n);
		return;
	}
	/* 1023.95 would be rounded to "1024.0". */
	for (scaled /= 1024; scaled >= 1023.95 && i < 5; i++)
		scaled /= 1024;
	if (!exact) {
		snprintf(buf, size, "%.1f %s", scaled, unit[i]);
		return;
	}
	format_count(n, count, sizeof(count));
	snprintf(buf, size, "%.1f %s (%s)", scaled, unit[i], count);
}

static void format_seconds(int64_t s, char *buf, size_t size)
{
	if (s < 60)
		snprintf(buf, size, "%" PRId64 "s", s);
	else if (s < 3600)
		snprintf(buf, size, "%" PRId64 "m%02" PRId64 "s", s / 60,
			 s % 60);
	else if (s < 86400)
		snprintf(buf, size, "%" PRId64 "h%02" PRId64 "m", s / 3600,
			 s / 60 % 60);
	else
		snprintf(buf, size, "%" PRId64 "d%02" PRId64 "h", s / 86400,
			 s / 3600 % 24);
}

static void format_microseconds(int64_t us, char *buf, size_t size)
{
	if (us < 1000)
		snprintf(buf, size, "%" PRId64 " us", us);
	else if (us < 1000000)
		snprintf(buf, size, "%.4g ms", us / 1000.0);
	else
		snprintf(buf, size, "%.4g s", us / 1000000.0);
}

static void format_list(struct json_object *list, char *buf, size_t size)
{
	size_t i, used = 0;

	buf[0] = '\0';
	for (i = 0; i < json_object_array_length(list) && used + 8 < size; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (i)
			used += snprintf(buf + used, size - used, ", ");
		format_text(json_object_get_string(item), buf + used,
			    size - used);
		used += strlen(buf + used);
	}
}

/* What is not known: no member, null, an empty text or an empty list. */
static bool known(enum kpptp_out_kind kind, struct json_object *value)
{
	if (!value)
		return false;
	if (kind == KPPTP_OUT_LIST)
		return json_object_is_type(value, json_type_array) &&
		       json_object_array_length(value);
	if (kind == KPPTP_OUT_TEXT)
		return *json_object_get_string(value);
	return true;
}

bool kpptp_out_format(enum kpptp_out_kind kind, struct json_object *value,
		      bool exact, char *buf, size_t size)
{
	if (!known(kind, value)) {
		snprintf(buf, size, "-");
		return false;
	}
	switch (kind) {
	case KPPTP_OUT_TEXT:
		format_text(json_object_get_string(value), buf, size);
		break;
	case KPPTP_OUT_NUMBER:
		snprintf(buf, size, "%" PRIu64, json_object_get_uint64(value));
		break;
	case KPPTP_OUT_COUNT:
		format_count(json_object_get_uint64(value), buf, size);
		break;
	case KPPTP_OUT_BYTES:
		format_bytes(json_object_get_uint64(value), exact, buf, size);
		break;
	case KPPTP_OUT_SECONDS:
		format_seconds(json_object_get_int64(value), buf, size);
		break;
	case KPPTP_OUT_MICROSECONDS:
		format_microseconds(json_object_get_int64(value), buf, size);
		break;
	case KPPTP_OUT_PACKETS:
		snprintf(buf, size, "%" PRIu64 " packet%s",
			 json_object_get_uint64(value),
			 json_object_get_uint64(value) == 1 ? "" : "s");
		break;
	case KPPTP_OUT_HEX:
		snprintf(buf, size, "0x%" PRIx64, json_object_get_uint64(value));
		break;
	case KPPTP_OUT_YESNO:
		snprintf(buf, size, "%s",
			 json_object_get_boolean(value) ? "yes" : "no");
		break;
	case KPPTP_OUT_LIST:
		format_list(value, buf, size);
		break;
	}
	return true;
}

static bool is_zero(const struct kpptp_out_field *f, struct json_object *value)
{
	return f->kind != KPPTP_OUT_TEXT && f->kind != KPPTP_OUT_LIST && value &&
	       !json_object_get_uint64(value);
}

static bool format_field(const struct kpptp_out_field *f,
			 struct json_object *object, bool exact, char *buf,
			 size_t size)
{
	struct json_object *value = member(object, f->key);

	if (f->zero && is_zero(f, value)) {
		snprintf(buf, size, "%s", f->zero);
		return true;
	}
	return kpptp_out_format(f->kind, value, exact, buf, size);
}

/* ------------------------------------------------------------------ JSON */

/* The members named by @fields, no more and no less. */
static struct json_object *project(const struct kpptp_out_field *fields,
				   struct json_object *object)
{
	struct json_object *result = json_object_new_object();
	const struct kpptp_out_field *f;

	for_each_field(f, fields)
		json_object_object_add(result, f->key,
				       json_object_get(member(object, f->key)));
	return result;
}

static void json_table(struct kpptp_out *out, const char *key,
		       const struct kpptp_out_field *fields,
		       struct json_object *rows)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < json_object_array_length(rows); i++)
		json_object_array_add(list,
			project(fields, json_object_array_get_idx(rows, i)));
	json_object_object_add(out->root, key, list);
}

/* Every line says by which description it is to be read. */
static void json_line(struct kpptp_out *out, struct json_object *object)
{
	json_object_object_add(object, "version",
			       json_object_new_int(KPPTP_JSON_VERSION));
	fprintf(out->file, "%s\n",
		json_object_to_json_string_ext(object,
					       JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* ------------------------------------------------------------------ text */

static const char *style(const struct kpptp_out *out, const char *code)
{
	return out->colour ? code : "";
}

static bool is_number(enum kpptp_out_kind kind)
{
	return kind != KPPTP_OUT_TEXT && kind != KPPTP_OUT_YESNO &&
	       kind != KPPTP_OUT_LIST;
}

static bool is_last_column(const struct kpptp_out_field *f)
{
	for (f++; f->key; f++)
		if (f->column)
			return false;
	return true;
}

/* Numbers stand right in their column, the last text needs no padding. */
static void cell(struct kpptp_out *out, const struct kpptp_out_field *f,
		 const char *text, int width)
{
	bool last = is_last_column(f);

	if (is_number(f->kind))
		fprintf(out->file, "%*s", width, text);
	else
		fprintf(out->file, "%s%*s", text,
			last ? 0 : width - width_of(text), "");
	if (!last)
		fprintf(out->file, "%*s", COLUMN_GAP, "");
}

static int column_width(const struct kpptp_out_field *f,
			struct json_object *rows)
{
	int width = strlen(f->column);
	size_t i;
	char buf[CELL_SIZE];

	for (i = 0; i < json_object_array_length(rows); i++) {
		format_field(f, json_object_array_get_idx(rows, i), false, buf,
			     sizeof(buf));
		if (width_of(buf) > width)
			width = width_of(buf);
	}
	return width;
}

/* Widths are kept in the order of the columns. */
static void text_rows(struct kpptp_out *out,
		      const struct kpptp_out_field *fields,
		      struct json_object *rows, const int *width)
{
	const struct kpptp_out_field *f;
	char buf[CELL_SIZE];
	size_t row, column = 0;

	fputs(style(out, BOLD), out->file);
	for_each_field(f, fields)
		if (f->column)
			cell(out, f, f->column, width[column++]);
	fprintf(out->file, "%s\n", style(out, PLAIN));
	for (row = 0; row < json_object_array_length(rows); row++) {
		struct json_object *object = json_object_array_get_idx(rows, row);

		column = 0;
		for_each_field(f, fields) {
			if (!f->column)
				continue;
			format_field(f, object, false, buf, sizeof(buf));
			cell(out, f, buf, width[column++]);
		}
		fputc('\n', out->file);
	}
}

static void text_table(struct kpptp_out *out,
		       const struct kpptp_out_field *fields,
		       struct json_object *rows, const char *empty)
{
	const struct kpptp_out_field *f;
	size_t columns = 0;
	int *width;

	out->began = true;
	if (!json_object_array_length(rows)) {
		fprintf(out->file, "%s\n", empty);
		return;
	}
	for_each_field(f, fields)
		columns += !!f->column;
	width = calloc(columns, sizeof(*width));
	if (!width)
		return;
	columns = 0;
	for_each_field(f, fields)
		if (f->column)
			width[columns++] = column_width(f, rows);
	text_rows(out, fields, rows, width);
	free(width);
}

static void text_record(struct kpptp_out *out, const char *title,
			const struct kpptp_out_field *fields,
			struct json_object *object)
{
	const struct kpptp_out_field *f;
	char buf[CELL_SIZE];
	int label = 0, value = 0;

	for_each_field(f, fields) {
		if (!f->title || !format_field(f, object, true, buf, sizeof(buf)))
			continue;
		if ((int)strlen(f->title) > label)
			label = strlen(f->title);
		if (f->explain && (int)strlen(buf) > value)
			value = strlen(buf);
	}
	if (title)
		fprintf(out->file, "%s%s%s%s\n", out->began ? "\n" : "",
			style(out, BOLD), title, style(out, PLAIN));
	out->began = true;
	for_each_field(f, fields) {
		if (!f->title || !format_field(f, object, true, buf, sizeof(buf)))
			continue;
		fprintf(out->file, "  %-*s  ", label, f->title);
		if (f->explain)
			fprintf(out->file, "%*s  %s%s%s\n", value, buf,
				style(out, DIM), f->explain, style(out, PLAIN));
		else
			fprintf(out->file, "%s\n", buf);
	}
}

/* ---------------------------------------------------------------- public */

void kpptp_out_value(struct kpptp_out *out, const char *key,
		     struct json_object *value)
{
	json_object_object_add(out->root, key, value);
}

void kpptp_out_table(struct kpptp_out *out, const char *key,
		     const struct kpptp_out_field *fields,
		     struct json_object *rows, const char *empty)
{
	if (out->json)
		json_table(out, key, fields, rows);
	else
		text_table(out, fields, rows, empty);
}

void kpptp_out_record(struct kpptp_out *out, const char *key,
		      const char *title, const struct kpptp_out_field *fields,
		      struct json_object *object)
{
	if (out->json)
		json_object_object_add(out->root, key,
				       object ? project(fields, object) : NULL);
	else if (object)
		text_record(out, title, fields, object);
}

void kpptp_out_text(struct kpptp_out *out, const char *fmt, ...)
{
	va_list ap;

	if (out->json)
		return;
	va_start(ap, fmt);
	vfprintf(out->file, fmt, ap);
	va_end(ap);
	fputc('\n', out->file);
	out->began = true;
}

void kpptp_out_event(struct kpptp_out *out, struct json_object *event,
		     bool stamp)
{
	char time[CELL_SIZE], name[CELL_SIZE], text[1024];

	if (out->json) {
		json_line(out, event);
		fflush(out->file);
		return;
	}
	kpptp_out_format(KPPTP_OUT_TEXT, member(event, "text"), false, text,
			 sizeof(text));
	if (stamp) {
		kpptp_out_format(KPPTP_OUT_TEXT, member(event, "time"), false,
				 time, sizeof(time));
		kpptp_out_format(KPPTP_OUT_TEXT, member(event, "event"), false,
				 name, sizeof(name));
		fprintf(out->file, "%s%s%s  %s%-15s%s  ", style(out, DIM), time,
			style(out, PLAIN), style(out, BOLD), name,
			style(out, PLAIN));
	}
	fprintf(out->file, "%s\n", text);
	fflush(out->file);
	out->began = true;
}

int kpptp_out_end(struct kpptp_out *out)
{
	if (out->json)
		json_line(out, out->root);
	return fflush(out->file) || ferror(out->file) ? -EIO : 0;
}

void kpptp_out_failure(struct kpptp_out *out, const char *why)
{
	struct json_object *failure;

	if (!out->json)
		return;
	failure = json_object_new_object();
	json_object_object_add(failure, "ok", json_object_new_boolean(0));
	json_object_object_add(failure, "error", json_object_new_string(why));
	json_line(out, failure);
	json_object_put(failure);
	fflush(out->file);
}
