/* pickup.h - mailboxes that mail is taken from: how it goes, and which messages were taken (spool.db)
 * A message and its identifier are one commit: a crash at any moment neither loses one nor takes one twice. */
#ifndef LISTD_STORE_PICKUP_H
#define LISTD_STORE_PICKUP_H

#include "store/spool.h"

enum { PICKUP_UID_MAX = 256, PICKUP_ERROR_MAX = 300 };

struct pickup_state {
        char *validity; /* UIDVALIDITY (RFC 9051 2.3.1.1); "" of POP3, or before the first time */
        int64_t tried, since; /* since when it is fine, or has that error */
        char *error;    /* "": it went well */
        int64_t taken;  /* ever */
};
/* *ret_state->tried is 0 when nothing is known. To be cleared. */
MUST_USE bool pickup_get(struct spool *spool, const char *name, struct pickup_state *ret_state, struct err *ret_err);
void pickup_clear(struct pickup_state *state);

/* How it went; `error` "" when well. *ret_changed: it is another state than before. */
MUST_USE bool pickup_set(struct spool *spool, const char *name, const char *error, int64_t now, bool *ret_changed, struct err *ret_err);
/* Identifiers are those of this validity from now on: others are forgotten. */
MUST_USE bool pickup_set_validity(struct spool *spool, const char *name, const char *validity, struct err *ret_err);

MUST_USE bool pickup_has(struct spool *spool, const char *name, const char *uid, bool *ret_has, struct err *ret_err);
/* The message into the spool, and its identifier: in one durable commit. */
MUST_USE bool pickup_put(struct spool *spool, const char *name, const char *uid, const struct spool_item *item, struct err *ret_err);
/* All identifiers that are known of a mailbox: a GPtrArray of char * that frees them. */
MUST_USE bool pickup_all(struct spool *spool, const char *name, GPtrArray **ret_uids, struct err *ret_err);
/* It is in the mailbox no longer. */
MUST_USE bool pickup_gone(struct spool *spool, const char *name, const char *uid, struct err *ret_err);

#endif
