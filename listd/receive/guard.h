/* guard.h - what is known of everybody who came to this door
 *
 *   FREE -> WATCH -> SLOW -> DENY   by points, up at once and down as they fade   DENY -> FREE  when its time is over
 *
 * Only set_suspicion() writes what a source is suspected of; each change is a line of the log that says why. */
#ifndef LISTD_RECEIVE_GUARD_H
#define LISTD_RECEIVE_GUARD_H

#include <event2/event.h>

#include "receive/sources.h"
#include "store/source.h"

struct guard {
        const struct conf *conf;
        struct spool *spool;
        struct sources *sources;
        struct dnsbl *dnsbl; /* NULL: no lists */
        struct denied *denied;
        struct event *timer;
        int64_t forgiven; /* the last note that was read */
        int64_t saved, swept, expired;
        struct door_day today; /* what is not saved yet */
        unsigned paused;       /* visitors that wait for a slow answer */
};

/* `conf` and `spool` are borrowed. Reads what was counted before; from then on a timer saves. Freed on failure too. */
MUST_USE bool guard_new(struct guard **ret_guard, struct event_base *base, const struct conf *conf, struct spool *spool,
                        struct err *ret_err);
/* No timer any more, so that the loop can end. */
void guard_stop(struct guard *guard);
/* Saves first. */
void guard_free(struct guard *guard);

/* For visitor.c. Seconds since 1970. */
int64_t guard_now(void);
/* Whether a source brought mail on enough days, and did nothing wrong. */
bool guard_knows(const struct source *source);
/* Counts a part of a source, or of all at the door (enum door_count), without a decision. */
void guard_count(const struct guard *guard, struct source *source, enum guard_part part, double points, int64_t now);
void guard_count_at_door(struct guard *guard, int what, int64_t now);
/* Looks at what its points come to now. */
void guard_decide(struct guard *guard, struct source *source, enum repute repute, int64_t now);

#endif
