/* bounce.c - what failures of a mailbox come to
 * Gives:  what bounce.h lists
 * Fails:  never */
#include "policy/bounce.h"

#include <math.h>

#include "store/member.h"

enum { DAY = 86400, HALF = BOUNCE_POINT / 2, QUARTER = BOUNCE_POINT / 4 };

/* Only a mailbox that is said to be gone is worth a point. What others refuse for our size, our words or our name says little of it, and
 * what may pass, less: a full mailbox has two weeks. */
int bounce_weight(enum dsn_lasting lasting, enum dsn_cause cause)
{
        if (cause == CAUSE_SIZE || cause == CAUSE_SPAM)
                return 0;
        if (lasting != LASTING_PERMANENT)
                return QUARTER;
        switch (cause) {
        case CAUSE_NO_MAILBOX:
        case CAUSE_DISABLED:
        case CAUSE_NO_HOST:
                return BOUNCE_POINT;
        case CAUSE_UNKNOWN:
                return HALF;
        default:
                return QUARTER;
        }
}

int64_t bounce_faded(int64_t score, int64_t at, int64_t now)
{
        if (now <= at)
                return score;
        return (int64_t) lround((double) score * exp2(-(double) (now - at) / (BOUNCE_HALF_LIFE * DAY)));
}

bool bounce_is_outage(int64_t beginners)
{
        return beginners >= BOUNCE_OUTAGE_LEAST;
}

int64_t bounce_pause_max(int64_t members)
{
        return MAX(1, members * BOUNCE_PAUSE_PERCENT / 100);
}

static bool may_be_removed(const struct list *list, const struct bounce *bounce)
{
        return list->bounce_remove && bounce->role != ROLE_OWNER;
}

enum bounce_step bounce_step(const struct list *list, const struct bounce *bounce, int64_t now)
{
        if (bounce->state == BOUNCE_SUSPECT)
                return list->bounce_score && bounce_faded(bounce->score, bounce->at, now) >= (int64_t) list->bounce_score * BOUNCE_POINT
                               ? BOUNCE_PAUSE
                               : BOUNCE_STAY;
        const bool is_time = now >= bounce->asked_at + (int64_t) list->bounce_days * DAY;
        if (bounce->state != BOUNCE_PAUSED || !is_time)
                return BOUNCE_STAY;
        if (bounce->asked < list->bounce_letters)
                return BOUNCE_ASK;
        return may_be_removed(list, bounce) ? BOUNCE_REMOVE : BOUNCE_KEEP;
}

int64_t bounce_removal(const struct list *list, const struct bounce *bounce, int64_t now)
{
        const int64_t left = MAX(0, list->bounce_letters - bounce->asked);
        return may_be_removed(list, bounce) ? now + (left + 1) * list->bounce_days * DAY : 0;
}
