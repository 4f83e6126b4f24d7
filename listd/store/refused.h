/* refused.h - unknown addresses that were refused, by domain and day (spool.db), to be compared with those that were taken
 * receive writes, listctl reads. Numbers only: nobody is named. (What belongs to no domain of ours is in store/source.h: door_day.) */
#ifndef LISTD_STORE_REFUSED_H
#define LISTD_STORE_REFUSED_H

#include "store/domain.h"
#include "store/spool.h"

MUST_USE bool refused_add(struct spool *spool, const char *domain, int64_t count, int64_t now, struct err *ret_err);
/* Days that are older than a comparison looks back (DOMAIN_DAYS). */
MUST_USE bool refused_expire(struct spool *spool, int64_t now, struct err *ret_err);

struct refused_day {
        int64_t day; /* since 1970, UTC */
        int64_t count;
};
/* listctl: oldest first: a GArray of struct refused_day. */
MUST_USE bool refused_days(struct spool *spool, const char *domain, GArray **ret_days, struct err *ret_err);

#endif
