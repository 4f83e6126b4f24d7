/* lookback.h - what came to a domain, and in which mode it was: read from both stores, for listctl and for reports
 * What was taken is counted by `handle` (listd.db), what was refused by `receive` (spool.db). */
#ifndef LISTD_HANDLE_LOOKBACK_H
#define LISTD_HANDLE_LOOKBACK_H

#include "policy/modes.h"
#include "store/spool.h"

struct lookback {
        const char *domain; /* borrowed */
        GArray *switches;   /* struct domain_switch */
        GArray *days;       /* struct mode_day */
};

/* To be cleared, on failure too. */
MUST_USE bool lookback_read(struct store *store, struct spool *spool, const char *domain, struct lookback *ret_lookback,
                            struct err *ret_err);
void lookback_clear(struct lookback *lookback);

/* Of what names none of our domains (enum door_count), the last MODE_WEEKS weeks. `door` has struct door_day. */
void lookback_door_weeks(const GArray *door, int what, int64_t now, int64_t ret_numbers[MODE_WEEKS]);

#endif
