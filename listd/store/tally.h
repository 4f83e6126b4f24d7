/* tally.h - what happened on a list, counted, for its owners' reports
 * Numbers only: nobody is named. What is counted is open until a report tells it; then it stands under the day of that report. So each
 * event is told once, whatever the clock, the time zone and the hour of the report do, and a report of long ago can be told again.
 * After TALLY_DAYS the days of a month are added up: about 2 KB a list and year stay. */
#ifndef LISTD_STORE_TALLY_H
#define LISTD_STORE_TALLY_H

#include "store/store.h"

enum { TALLY_DAYS = 400, TALLY_YEARS = 10, TALLY_OPEN = 0 /* the day of what was not told yet */ };

/* The numbers are on disk: never change one. */
enum tally_what {
        TALLY_ASKED = 1,   /* letters that anybody may have caused */
        TALLY_LIMITED = 2, /* such letters that a limit stopped */
        TALLY_NEVER = 3,   /* such letters to mailboxes that want none */
        TALLY_POSTS = 10,
        TALLY_OCTETS = 11,    /* of these, as readers get them */
        TALLY_AUTHORS = 12,   /* different ones; known when it is told */
        TALLY_PARTS = 13,     /* attachments that were removed */
        TALLY_HELD = 14,      /* posts; by check from TALLY_HELD_BY on */
        TALLY_DISCARDED = 15, /* the same from TALLY_DISCARDED_BY on */
        TALLY_COMMANDS = 16,  /* posts that were commands */
        TALLY_CHANGES = 20,   /* and enum change_what: who joined, left ... */
        TALLY_REPORT_HARD = 60,     /* reports with a ticket: for good */
        TALLY_REPORT_SOFT = 61,     /* for a while, or nobody knows */
        TALLY_REPORT_UNSIGNED = 62, /* without a ticket that is good: they say nothing */
        TALLY_COMPLAINT = 63,       /* members who left by a complaint */
        TALLY_BOUNCE_PAUSED = 64,   /* members that were paused for their mailbox */
        TALLY_BOUNCE_BACK = 65,     /* of those, who answered */
        TALLY_BOUNCE_REMOVED = 66,  /* of those, who did not */
        TALLY_BOUNCE_ASKED = 67,    /* letters that asked them */
        TALLY_BOUNCE_EXCUSED = 68,  /* failures that were their provider's */
        TALLY_DIGESTS = 90,    /* copies of digests */
        TALLY_DELIVERED = 100, /* copies that the relay took */
        TALLY_DEFERRED = 101,  /* times that it put one off */
        TALLY_FAILED = 102,    /* copies that it refused, or that waited too long */
        TALLY_HELD_BY = 200,
        TALLY_DISCARDED_BY = 220,
        TALLY_WHATS = 240
};
extern const char *const TALLY_WORDS[]; /* of the first three */
/* The checks of policy/post.h by their number behind TALLY_HELD_BY; NULL at the end. */
extern const char *const TALLY_CHECKS[];

/* In the caller's transaction. */
MUST_USE bool tally_add(struct store *store, int64_t list_id, enum tally_what what, int64_t count, struct err *ret_err);
/* Counts a post under a check as well: `what` is TALLY_HELD_BY or TALLY_DISCARDED_BY. */
MUST_USE bool tally_add_check(struct store *store, int64_t list_id, enum tally_what what, const char *check, struct err *ret_err);

/* What is open stands under `day` from now on, beside what does already. */
MUST_USE bool tally_close(struct store *store, int64_t list_id, int64_t day, struct err *ret_err);

/* The sums of some days; TALLY_OPEN to TALLY_OPEN is what was not told yet. */
MUST_USE bool tally_read(struct store *store, int64_t list_id, int64_t first, int64_t last, int64_t ret_counts[TALLY_WHATS],
                         struct err *ret_err);
/* How many since a day, with what was not told yet. */
MUST_USE bool tally_sum(struct store *store, int64_t list_id, enum tally_what what, int64_t since_day, int64_t *ret_count,
                        struct err *ret_err);
MUST_USE bool tally_expire(struct store *store, int64_t now, struct err *ret_err);

#endif
