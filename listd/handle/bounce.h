/* bounce.h - reports that come back, and what listd does about mailboxes that fail (policy/bounce.h, store/bounce.h)
 * A report counts when its ticket is good: a text that only says so counts for nothing but a number (leaks X5). */
#ifndef LISTD_HANDLE_BOUNCE_H
#define LISTD_HANDLE_BOUNCE_H

#include "handle/letters.h"
#include "store/bounce.h"

/* Counts the days that are over, pauses, asks and removes; each list in a transaction of its own. To be called now and then. */
MUST_USE bool bounce_tick(struct store *store, const struct conf *conf, int64_t now, struct err *ret_err);

/* What a letter that asks a paused member says: template bounce-ask. */
MUST_USE bool bounce_values(struct sheet *sheet, const struct desk *desk, int64_t member_id, struct err *ret_err);

/* A member answered: posts come again. Adds to the sheet what is done. */
MUST_USE bool bounce_answered(struct sheet *sheet, const struct person *person, struct err *ret_err);

/* Why a mailbox failed (enum dsn_cause), in words; a constant. */
const char *bounce_cause_words(int cause, int lang);

#endif
