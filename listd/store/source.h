/* source.h - what `receive` has counted of its clients, kept over restarts (spool.db)
 * receive writes and reads it, listctl reads it and forgives. Nothing here comes from a roster. */
#ifndef LISTD_STORE_SOURCE_H
#define LISTD_STORE_SOURCE_H

#include "store/spool.h"

enum { SOURCE_PARTS_MAX = 16, SOURCE_DAYS = 30 /* without anything new: then it is forgotten */ };

struct source_part {
        int part; /* enum guard_part (policy/guard.h), as are the kinds below */
        int64_t thousandths; /* of points */
        int64_t count;
};

struct source_row {
        int kind;
        char *name; /* an IP network, or a domain */
        int64_t since, last;
        int64_t at; /* when the points were as they stand */
        int64_t good_days, good_day;
        int suspicion; /* enum suspicion */
        int64_t suspected, denied_until, denials, offences;
        struct source_part parts[SOURCE_PARTS_MAX];
        size_t part_count;
};
void source_row_free(struct source_row *row);

/* In one commit: writes the rows (struct source_row), each in the place of what there was. */
MUST_USE bool source_save(struct spool *spool, const GPtrArray *rows, struct err *ret_err);
/* The latest `limit` of them: a GPtrArray of struct source_row that frees them. */
MUST_USE bool source_load(struct spool *spool, size_t limit, GPtrArray **ret_rows, struct err *ret_err);
/* Who did nothing for SOURCE_DAYS. */
MUST_USE bool source_expire(struct spool *spool, int64_t now, struct err *ret_err);

/* listctl: forgets what is known of all whose names are given (NULL at the end), and tells receive by a note to forget the network. */
MUST_USE bool source_forgive(struct spool *spool, const char *network, const char *const *names, int64_t now, struct err *ret_err);
/* receive: the networks of the notes after number *last, which is moved on. A GPtrArray of char *. */
MUST_USE bool source_forgiven(struct spool *spool, int64_t *last, GPtrArray **ret_networks, struct err *ret_err);

/* What happened at the door on a day, of all clients together. */
enum { DOOR_WHATS_MAX = 32, DOOR_DAYS = 400 };
struct door_day {
        int64_t day; /* since 1970, UTC */
        int64_t counts[DOOR_WHATS_MAX]; /* by enum door_count (policy/guard.h) */
};
/* Adds to what there is. */
MUST_USE bool door_day_add(struct spool *spool, const struct door_day *day, struct err *ret_err);
/* From a day on, the oldest first: a GArray of struct door_day; days on which nothing happened are left out. */
MUST_USE bool door_days(struct spool *spool, int64_t since, GArray **ret_days, struct err *ret_err);

/* Changes whenever another process has written spool.db: what was read of it may be old then. */
MUST_USE bool spool_version(struct spool *spool, int64_t *ret_version, struct err *ret_err);

#endif
