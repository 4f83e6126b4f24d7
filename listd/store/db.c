/* db.c - SQLite as the store uses it
 * Gives:  what db.h lists
 * Fails:  ERR_TEMP (busy, full, I/O), ERR_NOT_FOUND (no file), ERR_PERM (not a database of ours, damaged, too new)
 * WAL with synchronous=FULL: a commit that returned is on disk. secure_delete: what is removed is overwritten. */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 15000 };

struct db {
        sqlite3 *sqlite;
        char *path;
        GHashTable *statements; /* sql literal's address -> sqlite3_stmt */
        int depth;              /* of nested transactions */
        bool doomed;            /* one of them failed: the outermost rolls back */
};

static bool fail(struct db *db, struct err *ret_err)
{
        int code = sqlite3_errcode(db->sqlite);
        enum err_class class = ERR_TEMP;
        if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
                class = ERR_PERM;
        else if (code == SQLITE_CONSTRAINT || code == SQLITE_ERROR || code == SQLITE_MISUSE)
                class = ERR_BUG;
        return err_set(ret_err, class, "%s: %s", db->path, sqlite3_errmsg(db->sqlite));
}

/* --- statements -------------------------------------------------------------- */

static sqlite3_stmt *prepare(struct db *db, const char *sql, struct err *ret_err)
{
        sqlite3_stmt *stmt = g_hash_table_lookup(db->statements, sql);
        if (stmt)
                return stmt;
        if (sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) {
                fail(db, ret_err);
                return NULL;
        }
        g_hash_table_insert(db->statements, (void *) sql, stmt);
        return stmt;
}

static void bind_blob(sqlite3_stmt *stmt, int at, const void *bytes, size_t length)
{
        sqlite3_bind_blob64(stmt, at, bytes ? bytes : "", length, SQLITE_TRANSIENT);
}

static void bind_all(sqlite3_stmt *stmt, const char *types, va_list args)
{
        for (int at = 1; *types; types++, at++) {
                if (*types == 'i') {
                        sqlite3_bind_int64(stmt, at, va_arg(args, int64_t));
                } else if (*types == 't') {
                        sqlite3_bind_text(stmt, at, va_arg(args, const char *), -1, SQLITE_TRANSIENT);
                } else if (*types == 'b') {
                        const void *bytes = va_arg(args, const void *);
                        bind_blob(stmt, at, bytes, va_arg(args, size_t));
                } else {
                        GBytes *blob = va_arg(args, GBytes *);
                        if (blob)
                                bind_blob(stmt, at, g_bytes_get_data(blob, NULL), g_bytes_get_size(blob));
                        else
                                sqlite3_bind_null(stmt, at);
                }
        }
}

static bool start(struct db *db, struct query *ret_query, struct err *ret_err, const char *sql, const char *types, va_list args)
{
        *ret_query = (struct query){ .db = db, .code = SQLITE_ROW };
        ret_query->stmt = prepare(db, sql, ret_err);
        if (!ret_query->stmt)
                return false;
        bind_all(ret_query->stmt, types, args);
        return true;
}

bool db_query(struct db *db, struct query *ret_query, struct err *ret_err, const char *sql, const char *types, ...)
{
        va_list args;
        va_start(args, types);
        bool ok = start(db, ret_query, ret_err, sql, types, args);
        va_end(args);
        return ok;
}

bool db_next(struct query *query)
{
        if (query->code == SQLITE_ROW)
                query->code = sqlite3_step(query->stmt);
        return query->code == SQLITE_ROW;
}

bool db_done(struct query *query, struct err *ret_err)
{
        bool ok = query->code == SQLITE_ROW || query->code == SQLITE_DONE;
        if (!ok)
                fail(query->db, ret_err);
        sqlite3_reset(query->stmt);
        sqlite3_clear_bindings(query->stmt);
        return ok;
}

static bool run(struct db *db, int64_t *ret_number, struct err *ret_err, const char *sql, const char *types, va_list args)
{
        struct query query;
        if (!start(db, &query, ret_err, sql, types, args))
                return false;
        bool has_row = db_next(&query);
        if (ret_number)
                *ret_number = has_row ? db_int(&query, 0) : 0;
        return db_done(&query, ret_err);
}

bool db_run(struct db *db, struct err *ret_err, const char *sql, const char *types, ...)
{
        va_list args;
        va_start(args, types);
        bool ok = run(db, NULL, ret_err, sql, types, args);
        va_end(args);
        return ok;
}

bool db_number(struct db *db, int64_t *ret_number, struct err *ret_err, const char *sql, const char *types, ...)
{
        va_list args;
        va_start(args, types);
        bool ok = run(db, ret_number, ret_err, sql, types, args);
        va_end(args);
        return ok;
}

int64_t db_int(const struct query *query, int column)
{
        return sqlite3_column_int64(query->stmt, column);
}

const char *db_text(const struct query *query, int column)
{
        const char *text = (const char *) sqlite3_column_text(query->stmt, column);
        return text ? text : "";
}

const void *db_blob(const struct query *query, int column, size_t *ret_length)
{
        const void *bytes = sqlite3_column_blob(query->stmt, column);
        *ret_length = (size_t) sqlite3_column_bytes(query->stmt, column);
        return bytes ? bytes : "";
}

int64_t db_last_id(const struct db *db)
{
        return sqlite3_last_insert_rowid(db->sqlite);
}

int64_t db_changes(const struct db *db)
{
        return sqlite3_changes64(db->sqlite);
}

/* --- transactions --------------------------------------------------------------- */

/* Threads of one process write one after the other: SQLite, which waits for a lock by sleeping, has nothing to wait for then. */
static GRecMutex writing;

bool db_begin(struct db *db, struct err *ret_err)
{
        if (db->depth == 0) {
                g_rec_mutex_lock(&writing);
                /* IMMEDIATE: waits for the writer now, never fails in the middle */
                if (!db_run(db, ret_err, "BEGIN IMMEDIATE", "")) {
                        g_rec_mutex_unlock(&writing);
                        return false;
                }
                db->doomed = false;
        }
        db->depth++;
        return true;
}

static bool commit(struct db *db, bool ok, struct err *ret_err)
{
        struct err ignored;
        if (!db->doomed && db_run(db, ret_err, "COMMIT", ""))
                return true;
        if (ok && db->doomed)
                err_set(ret_err, ERR_BUG, "%s: a step of the transaction failed before", db->path);
        /* after a failed COMMIT SQLite may have rolled back itself */
        if (!sqlite3_get_autocommit(db->sqlite) && !db_run(db, &ignored, "ROLLBACK", ""))
                g_warning("%s", ignored.text);
        return false;
}

bool db_end(struct db *db, bool ok, struct err *ret_err)
{
        g_assert(db->depth > 0);
        db->doomed = db->doomed || !ok;
        if (--db->depth > 0)
                return ok;
        const bool done = commit(db, ok, ret_err);
        g_rec_mutex_unlock(&writing);
        return done;
}

/* --- opening -------------------------------------------------------------------- */

static int count_texts(const char *const *texts)
{
        int count = 0;
        while (texts[count])
                count++;
        return count;
}

static bool exec(struct db *db, const char *sql, struct err *ret_err)
{
        return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK || fail(db, ret_err);
}

static bool migrate_step(struct db *db, const char *migration, int64_t version, struct err *ret_err)
{
        char *set_version = g_strdup_printf("PRAGMA user_version = %d", (int) version);
        bool ok = exec(db, migration, ret_err) && exec(db, set_version, ret_err);
        g_free(set_version);
        return ok;
}

/* The version is the number of migrations applied. All in one transaction: an interrupted one leaves the old schema. */
static bool migrate(struct db *db, const char *const *migrations, struct err *ret_err)
{
        int64_t version = 0;
        int known = count_texts(migrations);
        if (!db_number(db, &version, ret_err, "PRAGMA user_version", ""))
                return false;
        if (version == known)
                return true;
        if (!db_begin(db, ret_err))
                return false;
        /* again, under the lock: two processes may start at once */
        bool ok = db_number(db, &version, ret_err, "PRAGMA user_version", "");
        if (ok && version > known)
                ok = err_set(ret_err, ERR_PERM, "%s was made by a newer listd (schema %d, this one knows %d)", db->path,
                             (int) version, known);
        for (; ok && version < known; version++)
                ok = migrate_step(db, migrations[version], version + 1, ret_err);
        return db_end(db, ok, ret_err);
}

/* The file is opened here only to make it. Closing a descriptor of a database gives up all the locks that this process
 * has on it, those of its other connections too (POSIX): the next process to leave would then take itself for the last
 * one, and remove the log that they go on to write. */
static bool ensure_file(const char *path, bool create, mode_t mode, struct err *ret_err)
{
        if (!create)
                return access(path, R_OK | W_OK) == 0
                       || err_set(ret_err, errno == ENOENT ? ERR_NOT_FOUND : ERR_TEMP, "cannot open %s: %s%s", path,
                                  g_strerror(errno), errno == ENOENT ? " (run 'listctl init' first)" : "");
        int fd = open(path, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, mode);
        if (fd < 0)
                return errno == EEXIST
                       || err_set(ret_err, ERR_TEMP, "cannot make %s: %s", path, g_strerror(errno));
        /* the mode whatever the umask: SQLite gives its -wal and -shm files the same */
        bool ok = fchmod(fd, mode) == 0;
        close(fd);
        return ok || err_set(ret_err, ERR_TEMP, "cannot set the mode of %s: %s", path, g_strerror(errno));
}

static const char PRAGMAS[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                              "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;";

static void finalize(void *stmt)
{
        sqlite3_finalize(stmt);
}

bool db_open(struct db **ret_db, const char *path, const char *const *migrations, bool create, mode_t mode, struct err *ret_err)
{
        *ret_db = NULL;
        if (!ensure_file(path, create, mode, ret_err))
                return false;
        struct db *db = g_new0(struct db, 1);
        db->path = g_strdup(path);
        db->statements = g_hash_table_new_full(NULL, NULL, NULL, finalize);
        int code = sqlite3_open_v2(path, &db->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
        if (db->sqlite)
                sqlite3_busy_timeout(db->sqlite, BUSY_MS);
        bool ok = code == SQLITE_OK || fail(db, ret_err);
        ok = ok && exec(db, PRAGMAS, ret_err) && migrate(db, migrations, ret_err);
        if (ok)
                *ret_db = db;
        else
                db_close(db);
        return ok;
}

void db_close(struct db *db)
{
        if (!db)
                return;
        g_hash_table_unref(db->statements);
        sqlite3_close_v2(db->sqlite);
        g_free(db->path);
        g_free(db);
}

bool db_snapshot(struct db *db, const char *path, struct err *ret_err)
{
        return db_run(db, ret_err, "VACUUM INTO ?", "t", path);
}

bool db_copy(struct db *to, struct db *from, struct err *ret_err)
{
        g_hash_table_remove_all(to->statements);
        sqlite3_backup *backup = sqlite3_backup_init(to->sqlite, "main", from->sqlite, "main");
        if (!backup)
                return fail(to, ret_err);
        sqlite3_backup_step(backup, -1);
        return sqlite3_backup_finish(backup) == SQLITE_OK || fail(to, ret_err);
}

bool db_integrity(struct db *db, struct err *ret_err)
{
        struct query query;
        bool ok = db_query(db, &query, ret_err, "PRAGMA integrity_check(1)", "");
        if (!ok)
                return false;
        if (db_next(&query) && strcmp(db_text(&query, 0), "ok") != 0)
                ok = err_set(ret_err, ERR_PERM, "%s is damaged (%s): stop listd and restore your backup", db->path,
                             db_text(&query, 0));
        return db_done(&query, ret_err) && ok;
}
