/* errand.h - texts from web servers: handle says what it wants, fetch brings it (spool.db)
 * The one has no way out to the network that is worth the name, the other no way to the store.
 *
 *   (none) -> ASKED    errand_ask(): another address, or none was there
 *   ASKED  -> BROUGHT  errand_bring(): `body` is there
 *   ASKED  -> ASKED    errand_tried(): there is nothing new, or it failed
 *   BROUGHT -> ASKED   errand_taken()
 *   any    -> (none)   errand_drop() */
#ifndef LISTD_STORE_ERRAND_H
#define LISTD_STORE_ERRAND_H

#include "store/spool.h"

enum { ERRAND_ERROR_MAX = 300 };

#define ERRAND_FREEMAIL "freemail" /* the imported list of free-mail domains */

struct errand {
        char *url; /* NULL: nothing is wanted */
        char *etag, *modified;
        int64_t tried; /* 0: not yet */
        char *error;   /* "": it went well */
        GBytes *body;  /* NULL: nothing new */
};
/* To be cleared, on failure too. */
MUST_USE bool errand_get(struct spool *spool, const char *name, struct errand *ret_errand, struct err *ret_err);
void errand_clear(struct errand *errand);

/* Wants it; `etag` and `modified` are what the server said of the copy that is there. Writes nothing when it is wanted already. */
MUST_USE bool errand_ask(struct spool *spool, const char *name, const char *url, const char *etag, const char *modified,
                         struct err *ret_err);
MUST_USE bool errand_taken(struct spool *spool, const char *name, struct err *ret_err);
MUST_USE bool errand_drop(struct spool *spool, const char *name, struct err *ret_err);

/* What became of it. `url` is the one that was asked: when another is wanted by now, this is no answer to it. */
MUST_USE bool errand_bring(struct spool *spool, const char *name, const char *url, const char *etag, const char *modified,
                           const void *body, size_t length, int64_t now, struct err *ret_err);
/* `error` "": it went well, and there is nothing new. */
MUST_USE bool errand_tried(struct spool *spool, const char *name, const char *url, const char *error, int64_t now, struct err *ret_err);

#endif
