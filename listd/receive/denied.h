/* denied.h - the deny list as this process has it in memory: who is refused, by which entry, and how often
 * Read at the start, and again within a second of a change; hits and faults are written back by the same timer. What an entry is now,
 * the clock decides (store/deny.h), so one that ends needs no reading. */
#ifndef LISTD_RECEIVE_DENIED_H
#define LISTD_RECEIVE_DENIED_H

#include <event2/event.h>

#include "store/deny.h"

struct denied;

/* Until the loop turns again. */
struct denial {
        const char *network, *label, *reason;
        int64_t until, span; /* 0: for good */
        uint32_t hits;       /* these three were not written yet */
        int64_t last_hit;
        int64_t again; /* since when it is denied anew */
};

/* `spool` is borrowed. */
MUST_USE bool denied_new(struct denied **ret_denied, struct event_base *base, struct spool *spool, struct err *ret_err);
/* No timer any more, so that the loop can end. */
void denied_stop(struct denied *denied);
/* Writes what is left to be written. */
void denied_free(struct denied *denied);

/* The entry that refuses an IP address in text form, the narrowest of several; NULL: none does. */
const struct denial *denied_find(const struct denied *denied, const char *ip, int64_t now);
/* It refused a session. */
void denied_hit(struct denied *denied, const struct denial *denial, int64_t now);
/* A fault of a client: the entries that had it on probation deny it anew. The narrowest of them, or NULL: there was none. */
const struct denial *denied_fault(struct denied *denied, const char *ip, int64_t now);

size_t denied_count(const struct denied *denied);

/* What the timer does, for tests: writes, reads when something changed, and clears away. */
void denied_tick(struct denied *denied, int64_t now);

#endif
