/* option.h - tables of typed options: listd.conf's keys and a list's settings are both one
 * An option knows its name, its type, its default and where its value lives in a struct; so parsing, printing,
 * defaults and the man page's check all read the same table. */
#ifndef LISTD_BASE_OPTION_H
#define LISTD_BASE_OPTION_H

#include <stddef.h>

#include "base/err.h"

enum option_type {
        OPT_TEXT,     /* char *: one line of UTF-8, no control characters */
        OPT_TEXTS,    /* char **: separated by commas */
        OPT_ENUM,     /* int: an index into `values` */
        OPT_INT,      /* int: low to high */
        OPT_SIZE,     /* int, octets: 32K, 1M */
        OPT_DURATION, /* int, seconds: 30s, 5m, 7d */
        OPT_PATH      /* char *: absolute, or empty */
};

enum { OPTION_TEXT_MAX = 4096 };

struct option {
        const char *section; /* NULL where the table has none */
        const char *name;
        enum option_type type;
        size_t offset;             /* of the value in the struct */
        const char *fallback;      /* the default, as it would be written; never NULL */
        const char *const *values; /* OPT_ENUM: the words, NULL at the end */
        int low, high;             /* OPT_INT, OPT_SIZE, OPT_DURATION */
};

/* Ends with a row whose name is NULL. */
const struct option *option_find(const struct option *table, const char *section, const char *name);

/* Reads `text` into the option's place in `base`, freeing what was there. ERR_USAGE says what is wrong and what is
 * accepted; the old value then stays. */
MUST_USE bool option_set(const struct option *option, void *base, const char *text, struct err *ret_err);

/* The value in `base` as it would be written; the caller frees it. */
char *option_get(const struct option *option, const void *base);

void option_defaults(const struct option *table, void *base);
void option_clear(const struct option *table, void *base);

#endif
