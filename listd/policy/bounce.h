/* bounce.h - what failures of a mailbox come to: facts in, a decision out (leaks X5, X6)
 * A day with failures is one event, whatever their number. A mailbox is never punished for one event, nor for a bad day of its
 * provider; what is held against it fades. */
#ifndef LISTD_POLICY_BOUNCE_H
#define LISTD_POLICY_BOUNCE_H

#include "mail/dsn.h"
#include "store/bounce.h"
#include "store/list.h"

enum {
        BOUNCE_POINT = 1000,      /* a day on which the mailbox was said not to exist */
        BOUNCE_HALF_LIFE = 60,    /* days: four failures a week apart are three points, as are six a month apart */
        BOUNCE_OUTAGE_LEAST = 3,  /* mailboxes of one domain that begin to fail on one day: that is the provider */
        BOUNCE_REPORT_DAYS = 30,  /* reports of mail that is older say nothing of today */
        BOUNCE_PAUSE_PERCENT = 5  /* of a list in a day, and one at least */
};

/* What a day with such a failure weighs, in thousandths of a point; 0: it is no matter of the mailbox. */
int bounce_weight(enum dsn_lasting lasting, enum dsn_cause cause);

/* What is left at `now` of a score of a time. */
int64_t bounce_faded(int64_t score, int64_t at, int64_t now);

/* Whether what was found on one day in one domain is the provider's: `beginners` failed for the first time in a week. */
bool bounce_is_outage(int64_t beginners);

/* How many members may be paused on one day of a list of so many. */
int64_t bounce_pause_max(int64_t members);

enum bounce_step {
        BOUNCE_STAY,
        BOUNCE_PAUSE,  /* it gets no posts, and is asked */
        BOUNCE_ASK,    /* once more */
        BOUNCE_REMOVE, /* nobody answered */
        BOUNCE_KEEP    /* nobody answered, but an owner is never removed, nor anybody with bounce_remove = off */
};
enum bounce_step bounce_step(const struct list *list, const struct bounce *bounce, int64_t now);

/* When it is removed if nobody answers; 0: never. */
int64_t bounce_removal(const struct list *list, const struct bounce *bounce, int64_t now);

#endif
