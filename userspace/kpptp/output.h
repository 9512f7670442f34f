/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one way results leave the program. A result is JSON values and a table
 * of fields; text and JSON are both made from those two, so that neither can
 * show what the other does not know. JSON has the raw numbers, text has units.
 */
#ifndef KPPTP_OUTPUT_H
#define KPPTP_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;
struct kpptp_out;

/*
 * Of Documentation/json-schema/kpptp.json. One more when a member goes or changes
 * its meaning, not when one is added.
 */
#define KPPTP_JSON_VERSION	1

enum kpptp_out_kind {
	KPPTP_OUT_TEXT,
	KPPTP_OUT_NUMBER,
	KPPTP_OUT_COUNT,	/* a number with thousands set apart */
	KPPTP_OUT_BYTES,
	KPPTP_OUT_SECONDS,
	KPPTP_OUT_MICROSECONDS,
	KPPTP_OUT_PACKETS,
	KPPTP_OUT_HEX,
	KPPTP_OUT_YESNO,
	KPPTP_OUT_LIST,		/* array of strings or numbers */
};

/**
 * struct kpptp_out_field - one member of an object
 * @key: name of the member; NULL ends the array
 * @column: heading in a table, NULL leaves it out of tables
 * @title: label in a record, NULL leaves it out of records
 * @kind: how text shows it
 * @zero: what text shows instead of 0, or NULL
 * @explain: what it means, shown behind the value in a record, or NULL
 *
 * JSON has every member, null for what is not known.
 */
struct kpptp_out_field {
	const char *key;
	const char *column;
	const char *title;
	enum kpptp_out_kind kind;
	const char *zero;
	const char *explain;
};

/**
 * kpptp_out_new() - a printer
 * @file: where to
 * @json: JSON, one object in one line, instead of text
 * @colour: text may have terminal colours
 *
 * Return: the printer, or NULL without memory. Free with kpptp_out_free().
 */
struct kpptp_out *kpptp_out_new(FILE *file, bool json, bool colour);

/** kpptp_out_free() - NULL is fine; prints nothing */
void kpptp_out_free(struct kpptp_out *out);

/** kpptp_out_want_colour() - @file is a terminal, and NO_COLOR and TERM allow it */
bool kpptp_out_want_colour(FILE *file);

/**
 * kpptp_out_value() - add one value that only JSON shows, such as "source"
 * @value: taken over
 */
void kpptp_out_value(struct kpptp_out *out, const char *key,
		     struct json_object *value);

/**
 * kpptp_out_table() - a list of objects
 * @key: its name in JSON
 * @fields: what an object has
 * @rows: array of objects, not changed
 * @empty: the sentence text has for an empty list
 */
void kpptp_out_table(struct kpptp_out *out, const char *key,
		     const struct kpptp_out_field *fields,
		     struct json_object *rows, const char *empty);

/**
 * kpptp_out_record() - one object, a line for each field that is known
 * @key: its name in JSON
 * @title: heading, or NULL
 * @fields: what the object has
 * @object: the object, not changed; NULL is null in JSON and nothing in text
 */
void kpptp_out_record(struct kpptp_out *out, const char *key,
		      const char *title, const struct kpptp_out_field *fields,
		      struct json_object *object);

/**
 * kpptp_out_text() - a sentence
 *
 * Only for words about what JSON has as values; JSON leaves it out.
 */
void kpptp_out_text(struct kpptp_out *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * kpptp_out_event() - something that happened, one line at once
 * @event: members "text" and, for @stamp, "time" and "event"; JSON has all
 *	its members
 * @stamp: text begins with time and name of the event
 */
void kpptp_out_event(struct kpptp_out *out, struct json_object *event,
		     bool stamp);

/**
 * kpptp_out_end() - finish: JSON is printed here, with "ok": true
 *
 * Return: 0, or -EIO when writing failed (a full disk, a closed pipe).
 */
int kpptp_out_end(struct kpptp_out *out);

/** kpptp_out_failure() - {"ok": false, "error": @why}; nothing in text */
void kpptp_out_failure(struct kpptp_out *out, const char *why);

/**
 * kpptp_out_format() - a value as text has it
 * @kind: how
 * @value: may be NULL
 * @exact: bytes are followed by the exact number
 * @buf: result; what the terminal may not show, by its locale, is \xNN in it
 * @size: of @buf, at least 32
 *
 * Return: false when the value is not known (@buf is "-").
 */
bool kpptp_out_format(enum kpptp_out_kind kind, struct json_object *value,
		      bool exact, char *buf, size_t size);

#endif
