/* store.h - listd.db: lists, members, queue, held and failed messages
 * One struct store is one connection of one thread. Addresses and messages are sealed inside; a row's address is found
 * by keyed hash. SQL lives in this folder only. */
#ifndef LISTD_STORE_STORE_H
#define LISTD_STORE_STORE_H

#include <glib.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct keyring;
struct store;

enum { SPOOL_ID_BYTES = 16 };

/* Opens (and migrates) DATA/listd.db; makes it when `create`. The keyring must outlive the store. */
MUST_USE bool store_open(struct store **ret_store, const char *data, const struct keyring *keyring, bool create,
                         struct err *ret_err);
void store_close(struct store *store);
const struct keyring *store_keyring(const struct store *store);

/* Transactions nest: only the outermost commits; a rollback anywhere undoes all of it.
 *     if (!store_begin(s, e)) return false;
 *     bool ok = a(s, e) && b(s, e);
 *     return store_end(s, ok, e);           commits when ok, else rolls back and gives false */
MUST_USE bool store_begin(struct store *store, struct err *ret_err);
MUST_USE bool store_end(struct store *store, bool ok, struct err *ret_err);

/* Every row and box of the store is readable and whole; the count of what was looked at. For `listctl check store`. */
MUST_USE bool store_check(struct store *store, int64_t *ret_rows, struct err *ret_err);

#endif
