/* accepted.h - what was taken already: spool ids (once each) and posts (once in 7 days) */
#ifndef LISTD_STORE_ACCEPTED_H
#define LISTD_STORE_ACCEPTED_H

#include "store/store.h"

enum { ACCEPTED_POST_DAYS = 7 };

/* Records a spool id in the caller's transaction. *ret_new false: its work is committed already, only leave the spool. */
MUST_USE bool accepted_spool(struct store *store, const uint8_t id[SPOOL_ID_BYTES], bool *ret_new, struct err *ret_err);

/* Whether this author's post with this Message-ID was accepted in the last ACCEPTED_POST_DAYS; and recording it. */
MUST_USE bool accepted_post_known(struct store *store, int64_t list_id, const char *author, const char *message_id, int64_t now,
                                  bool *ret_known, struct err *ret_err);
MUST_USE bool accepted_post_add(struct store *store, int64_t list_id, const char *author, const char *message_id, int64_t now,
                                struct err *ret_err);

/* Forgets what is older than it must be remembered. */
MUST_USE bool accepted_expire(struct store *store, int64_t now, struct err *ret_err);

#endif
