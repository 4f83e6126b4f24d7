/* db.h - SQLite as the store uses it: one connection, cached statements, nested transactions, errors as values
 * Only store/ includes this. */
#ifndef LISTD_STORE_DB_H
#define LISTD_STORE_DB_H

#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct db;
struct sqlite3_stmt;

/* Opens a database file, making it with `mode` when `create`, and applies the migrations it has not had. */
MUST_USE bool db_open(struct db **ret_db, const char *path, const char *const *migrations, bool create, mode_t mode,
                      struct err *ret_err);
void db_close(struct db *db);

MUST_USE bool db_begin(struct db *db, struct err *ret_err);
MUST_USE bool db_end(struct db *db, bool ok, struct err *ret_err);

/* A running statement. `sql` must be a literal: statements are cached by its address.
 * `types` has a letter for each argument: i int64_t; t const char * (NULL: NULL); b const void *, size_t; B GBytes * (NULL: NULL). */
struct query {
        struct db *db;
        struct sqlite3_stmt *stmt;
        int code;
};
MUST_USE bool db_query(struct db *db, struct query *ret_query, struct err *ret_err, const char *sql, const char *types, ...);
MUST_USE bool db_next(struct query *query); /* a row is there */
MUST_USE bool db_done(struct query *query, struct err *ret_err); /* always called; false when a step failed */

int64_t db_int(const struct query *query, int column);
const char *db_text(const struct query *query, int column); /* until the next step; "" for NULL */
const void *db_blob(const struct query *query, int column, size_t *ret_length);

/* A statement that gives no rows; and one that gives one number (0 when no row). */
MUST_USE bool db_run(struct db *db, struct err *ret_err, const char *sql, const char *types, ...);
MUST_USE bool db_number(struct db *db, int64_t *ret_number, struct err *ret_err, const char *sql, const char *types, ...);
int64_t db_last_id(const struct db *db);
int64_t db_changes(const struct db *db);

/* Writes a consistent copy into a file that is empty. */
MUST_USE bool db_snapshot(struct db *db, const char *path, struct err *ret_err);
/* Replaces all of a database by another one, in one transaction; both must be open here alone. */
MUST_USE bool db_copy(struct db *to, struct db *from, struct err *ret_err);
MUST_USE bool db_integrity(struct db *db, struct err *ret_err);

#endif
