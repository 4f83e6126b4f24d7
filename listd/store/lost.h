/* lost.h - misaddressed mail: what is thought of it, and what it is known by again (requirements B3, B6)
 * A repeat within LOST_DAYS is no new row: of what nobody wrote by hand the newest copy alone is kept, and how often it came. What
 * a person may have written is never given up for another message: only the very same one, to the same address, replaces it.
 * Of strangers nothing is remembered but keyed hashes that expire (leaks X11). */
#ifndef LISTD_STORE_LOST_H
#define LISTD_STORE_LOST_H

#include "store/held.h"

enum { LOST_DAYS = 90, LOST_PRINTS_MAX = 50000 };

/* The numbers are on disk: never change one. */
enum lost_group {
        LOST_TYPO = 1,  /* a person meant another address of ours */
        LOST_OTHER = 2, /* nothing tells */
        LOST_PROBE = 3, /* somebody looks for addresses or relays */
        LOST_SPAM = 4,
        LOST_GROUPS
};
extern const char *const LOST_GROUP_WORDS[]; /* by number */

/* What it is known by again, the strictest first. The numbers are on disk: never change one. */
enum lost_print {
        PRINT_COPY = 1,  /* sender, recipient and every octet of the text */
        PRINT_MAIL = 2,  /* the sender's domain and the words of the text */
        PRINT_TOKEN = 3, /* a mark in it by which its sender would know it again */
        PRINT_NAME = 4,  /* the recipient */
        LOST_PRINTS
};
extern const char *const LOST_PRINT_WORDS[]; /* by number: "same ..." */

struct lost_prints {
        const char *text[LOST_PRINTS]; /* NULL: it has none of that */
        size_t length[LOST_PRINTS];
};

/* To how many different recipients mail of that PRINT_MAIL came, this one included. */
MUST_USE bool lost_names(struct store *store, const struct lost_prints *prints, int64_t now, int64_t *ret_names, struct err *ret_err);

struct lost_new {
        enum lost_group group;
        enum lost_print known_by; /* the last print by which it may replace another: PRINT_COPY where a person may have written it */
        const char *suggestion; /* an address that may be meant; "" for none */
        const char *reason, *log_id;
        GBytes *envelope;
        struct lost_prints prints;
        int64_t now;
};
/* Keeps it, in the caller's transaction: as a row of its own, or in place of the copy that it repeats. */
MUST_USE bool lost_add(struct store *store, const struct lost_new *lost, int64_t *ret_times, struct err *ret_err);

struct lost {
        char id[HELD_ID_CHARS + 1];
        enum lost_group group;
        char *suggestion;     /* "" for none */
        enum lost_print same; /* 0: it is the first */
        int64_t first, times;
};
/* Of every misaddressed message, by group, then newest first: a GPtrArray of struct lost that frees them. */
MUST_USE bool lost_all(struct store *store, GPtrArray **ret_lost, struct err *ret_err);
/* True with *ret_lost NULL: there is none of that id. */
MUST_USE bool lost_get(struct store *store, const char *id, struct lost **ret_lost, struct err *ret_err);
void lost_free(struct lost *lost);

MUST_USE bool lost_expire(struct store *store, int64_t now, struct err *ret_err);

#endif
