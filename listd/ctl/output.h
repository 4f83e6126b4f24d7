/* output.h - all that listctl prints: the one document of a command, for people or as JSON
 * Data goes to standard output: fields, tables and messages' bytes. What is said about it goes to standard error. A
 * command says what it has once; how it looks is decided here. */
#ifndef LISTD_CTL_OUTPUT_H
#define LISTD_CTL_OUTPUT_H

#include <glib.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* Tables are laid out a page at a time, so that memory does not grow with their length. */
enum { OUTPUT_PAGE_ROWS = 500 };

enum cell_kind {
        CELL_TEXT,   /* NULL: null, for people "-" */
        CELL_NUMBER, /* with a text: that is what people see */
        CELL_TENTHS, /* below 0: null, for people "-" */
        CELL_SIZE,   /* octets */
        CELL_FLAG,
        CELL_TIME /* seconds since 1970; 0: null */
};

struct cell {
        enum cell_kind kind;
        const char *text;
        int64_t number;
};

#define TEXT(value) ((struct cell) { .kind = CELL_TEXT, .text = (value) })
#define NUMBER(value) ((struct cell) { .kind = CELL_NUMBER, .number = (value) })
#define NUMBER_AS(value, shown) ((struct cell) { .kind = CELL_NUMBER, .number = (value), .text = (shown) })
#define TENTHS(value) ((struct cell) { .kind = CELL_TENTHS, .number = (value) })
#define SIZE(value) ((struct cell) { .kind = CELL_SIZE, .number = (value) })
#define FLAG(value) ((struct cell) { .kind = CELL_FLAG, .number = (value) })
#define TIME(value) ((struct cell) { .kind = CELL_TIME, .number = (value) })

struct column {
        const char *key; /* in JSON; in capitals the heading for people */
        bool is_right;   /* aligned */
        bool may_wrap;   /* on a terminal that is too narrow */
};

struct output_style {
        bool json;
        bool data_to_terminal, messages_to_terminal;
        const char *timezone; /* in which people read times; NULL: UTC */
};

struct output;

struct output *output_new(FILE *data, FILE *messages, const struct output_style *style);
/* Ends the document; with what failed when something did (else NULL): it is said, and in JSON it is the key `error`.
 * ERR_TEMP when the data could not be written. */
MUST_USE bool output_end(struct output *output, const struct err *failure, struct err *ret_err);
void output_free(struct output *output);
void output_set_timezone(struct output *output, const char *timezone);

/* --- data --------------------------------------------------------------------------- */
void output_field(struct output *output, const char *key, struct cell value);
void output_fields(struct output *output, const char *key, const GPtrArray *texts); /* char * */
/* The one value that was asked for, bare, so that a script can take it; in JSON a field. */
void output_value(struct output *output, const char *key, struct cell value);
/* A field that only JSON has, where people are told by output_say(). */
void output_fact(struct output *output, const char *key, struct cell value);
/* Fields between them stand in an object of their own in JSON; people see `prefix` before each key. */
void output_group(struct output *output, const char *key, const char *prefix);
void output_group_end(struct output *output);

void output_table(struct output *output, const char *key, const struct column *columns, size_t count);
/* The same as CSV with a header: for a file. In JSON no different. */
void output_csv(struct output *output, const char *key, const struct column *columns, size_t count);
void output_row(struct output *output, const struct cell *cells); /* as many as there are columns */
void output_table_end(struct output *output);

/* A message as it is; control characters are shown harmless on a terminal. In JSON `key` is the text (null when it is
 * not UTF-8) and `key_base64` the octets. NULL: there is none, both are null. */
void output_bytes(struct output *output, const char *key, GBytes *bytes);

/* --- what is said ------------------------------------------------------------------- */
void output_say(struct output *output, const char *format, ...) PRINTF_LIKE(2, 3);  /* to people only */
void output_warn(struct output *output, const char *format, ...) PRINTF_LIKE(2, 3); /* always */
/* One of several faults of the input: said at once, and in JSON an item of `problems` of the failure to come. `where` is a
 * file with a line, or, with line 0, the faulty thing itself. */
void output_problem(struct output *output, const char *where, size_t line, const char *reason);
/* Shown when a person watches, and at most every so often. */
void output_progress(struct output *output, const char *what, size_t done, size_t total);

#endif
