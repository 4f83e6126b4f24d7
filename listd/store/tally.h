/* tally.h - what happened on a list, counted by day, for its owners' reports
 * Numbers only: nobody is named. */
#ifndef LISTD_STORE_TALLY_H
#define LISTD_STORE_TALLY_H

#include "store/store.h"

enum { TALLY_DAYS = 400 };

/* The numbers are on disk: never change one. */
enum tally_what {
        TALLY_ASKED = 1,   /* letters that anybody may have caused */
        TALLY_LIMITED = 2, /* such letters that a limit stopped */
        TALLY_NEVER = 3,   /* such letters to mailboxes that want none */
        TALLY_REPORT_HARD = 60,     /* reports with a ticket: for good */
        TALLY_REPORT_SOFT = 61,     /* for a while, or nobody knows */
        TALLY_REPORT_UNSIGNED = 62, /* without a ticket that is good: they say nothing */
        TALLY_COMPLAINT = 63,       /* members who left by a complaint */
        TALLY_BOUNCE_PAUSED = 64,   /* members that were paused for their mailbox */
        TALLY_BOUNCE_BACK = 65,     /* of those, who answered */
        TALLY_BOUNCE_REMOVED = 66,  /* of those, who did not */
        TALLY_BOUNCE_ASKED = 67,    /* letters that asked them */
        TALLY_BOUNCE_EXCUSED = 68,  /* failures that were their provider's */
        TALLY_DELIVERED = 100, /* copies that the relay took */
        TALLY_DEFERRED = 101,  /* times that it put one off */
        TALLY_FAILED = 102     /* copies that it refused, or that waited too long */
};
extern const char *const TALLY_WORDS[]; /* by number */

/* In the caller's transaction. */
MUST_USE bool tally_add(struct store *store, int64_t list_id, enum tally_what what, int64_t now, struct err *ret_err);
/* The same for several at once. */
MUST_USE bool tally_add_many(struct store *store, int64_t list_id, enum tally_what what, int64_t count, int64_t now, struct err *ret_err);
/* How many since a time (whole days, UTC). */
MUST_USE bool tally_sum(struct store *store, int64_t list_id, enum tally_what what, int64_t since, int64_t *ret_count,
                        struct err *ret_err);
MUST_USE bool tally_expire(struct store *store, int64_t now, struct err *ret_err);

#endif
