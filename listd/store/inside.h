/* inside.h - what the files of store/ share about struct store and struct spool; nobody else includes it */
#ifndef LISTD_STORE_INSIDE_H
#define LISTD_STORE_INSIDE_H

#include "base/keyring.h"
#include "store/db.h"
#include "store/store.h"

struct store {
        struct db *db;
        const struct keyring *keyring;
};

/* spool.db (store/spool.h). */
struct spool {
        struct db *db;
};

/* Where a claimed thing stands; the numbers are on disk. */
enum work_state { WORK_READY, WORK_ACTIVE };
/* Times of a delivery's next try that are none: a letter's first one, and queue flush. */
enum { TRY_FIRST = 0, TRY_NOW = 1 };

GBytes *store_seal_text(const struct store *store, enum key_use use, int64_t scope, const char *text);

/* Opens the box in a column. NULL with *ret_err: not sealed by these keys. The caller unrefs or frees. */
GBytes *store_open_box(const struct store *store, const struct query *query, int column, enum key_use use, int64_t scope,
                       struct err *ret_err);
char *store_open_text(const struct store *store, const struct query *query, int column, enum key_use use, int64_t scope,
                      struct err *ret_err);

#endif
