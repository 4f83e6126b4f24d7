/* backup.c - all that is durable in one file, and back
 * Gives:  backup_write(), backup_restore()
 * Fails:  as db.h; ERR_PERM for a file that cannot be restored, before anything is changed */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "store/inside.h"
#include "store/migrations.h"

enum { PIECE_OCTETS = 1024 * 1024 };

static const char *const BACKUP_MIGRATIONS[] = {
        "CREATE TABLE about (written INTEGER NOT NULL, fit BLOB NOT NULL) STRICT;" /* fit: a box of the keys that are needed */
        "CREATE TABLE part (name TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT;"
        "CREATE TABLE piece (name TEXT NOT NULL REFERENCES part (name), number INTEGER NOT NULL, bytes BLOB NOT NULL, sum TEXT NOT NULL,"
        " PRIMARY KEY (name, number)) STRICT;"
        "CREATE TABLE key (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
        NULL
};

static const char FIT[] = "these keys fit";
static const char *const KEYS[] = { "keys/master.key", "keys/log.key", "keys/spool.key", NULL };

/* The two stores, in the order of their snapshots. */
struct part {
        const char *name;
        struct db *db;
        const char *const *migrations;
};
enum { PARTS = 2 };

static void parts_of(const struct backup_job *job, struct part ret_parts[PARTS])
{
        ret_parts[0] = (struct part){ "spool.db", job->spool->db, SPOOL_MIGRATIONS };
        ret_parts[1] = (struct part){ "listd.db", job->store->db, LISTD_MIGRATIONS };
}

static bool fail_errno(struct err *ret_err, const char *path)
{
        return err_set(ret_err, ERR_TEMP, "%s: %s", path, g_strerror(errno));
}

/* The octets of a piece are hashed: SQLite has no checksum of its own. The caller frees. */
static char *sum_of(const void *bytes, size_t length)
{
        return g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, length);
}

/* --- writing ------------------------------------------------------------------------------------- */

static ssize_t read_piece(int fd, uint8_t *ret_bytes)
{
        size_t length = 0;
        ssize_t got = 1;
        while (length < PIECE_OCTETS && got > 0) {
                got = read(fd, ret_bytes + length, PIECE_OCTETS - length);
                length += got > 0 ? (size_t) got : 0;
        }
        return got < 0 ? -1 : (ssize_t) length;
}

static bool put_pieces(const struct backup_job *job, struct db *backup, const char *name, int fd, int64_t size, struct err *ret_err)
{
        uint8_t *bytes = g_malloc(PIECE_OCTETS);
        bool ok = db_run(backup, ret_err, "INSERT INTO part (name, size) VALUES (?, ?)", "ti", name, size);
        int64_t done = 0;
        for (int64_t number = 0; ok && done < size; number++) {
                ssize_t length = read_piece(fd, bytes);
                ok = length > 0 || fail_errno(ret_err, name);
                if (!ok)
                        break;
                char *sum = sum_of(bytes, (size_t) length);
                ok = db_run(backup, ret_err, "INSERT INTO piece (name, number, bytes, sum) VALUES (?, ?, ?, ?)", "tibt", name, number,
                            bytes, (size_t) length, sum);
                g_free(sum);
                done += length;
                job->progress(job->user, done, size);
        }
        g_free(bytes);
        return ok;
}

/* A snapshot of one store, beside the backup; it is gone when this returns. */
static bool put_part(const struct backup_job *job, struct db *backup, const struct part *part, struct err *ret_err)
{
        char *path = g_strconcat(job->path, ".", part->name, NULL);
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        bool ok = (fd >= 0 || fail_errno(ret_err, path)) && db_snapshot(part->db, path, ret_err);
        off_t size = ok ? lseek(fd, 0, SEEK_END) : 0;
        ok = ok && ((size > 0 && lseek(fd, 0, SEEK_SET) == 0) || fail_errno(ret_err, path))
             && put_pieces(job, backup, part->name, fd, size, ret_err);
        if (fd >= 0) {
                close(fd);
                g_unlink(path);
        }
        g_free(path);
        return ok;
}

static bool put_keys(const struct backup_job *job, struct db *backup, struct err *ret_err)
{
        bool ok = true;
        for (const char *const *name = KEYS; ok && *name; name++) {
                uint8_t key[KEY_BYTES];
                ok = key_file_read(job->data, *name, key, ret_err)
                     && db_run(backup, ret_err, "INSERT INTO key (name, bytes) VALUES (?, ?)", "tb", *name, key, sizeof key);
                explicit_bzero(key, sizeof key);
        }
        return ok;
}

static bool put_about(const struct backup_job *job, struct db *backup, struct err *ret_err)
{
        GBytes *fit = keyring_seal(job->store->keyring, KEY_MESSAGE_SEAL, 0, FIT, sizeof FIT);
        bool ok = db_run(backup, ret_err, "INSERT INTO about (written, fit) VALUES (?, ?)", "iB", clock_now(), fit);
        g_bytes_unref(fit);
        return ok;
}

static bool put_all(const struct backup_job *job, struct db *backup, struct err *ret_err)
{
        struct part parts[PARTS];
        parts_of(job, parts);
        if (!db_begin(backup, ret_err))
                return false;
        bool ok = put_about(job, backup, ret_err) && (!job->with_keys || put_keys(job, backup, ret_err));
        for (int i = 0; ok && i < PARTS; i++)
                ok = put_part(job, backup, &parts[i], ret_err);
        return db_end(backup, ok, ret_err);
}

bool backup_write(const struct backup_job *job, struct err *ret_err)
{
        struct db *backup;
        if (g_file_test(job->path, G_FILE_TEST_EXISTS))
                return err_set(ret_err, ERR_PERM, "%s is there already: name another file", job->path);
        char *partial = g_strconcat(job->path, ".partial", NULL);
        g_unlink(partial); /* of one that was broken off */
        bool ok = db_open(&backup, partial, BACKUP_MIGRATIONS, true, 0600, ret_err);
        if (ok) {
                ok = put_all(job, backup, ret_err);
                db_close(backup);
                ok = ok && (link(partial, job->path) == 0 || fail_errno(ret_err, job->path)); /* which never replaces a file */
        }
        g_unlink(partial);
        g_free(partial);
        return ok;
}

/* --- restoring ------------------------------------------------------------------------------------- */

static bool is_damaged(const struct backup_job *job, struct err *ret_err)
{
        return err_set(ret_err, ERR_PERM, "%s is damaged, or not whole: nothing was restored", job->path);
}

static bool get_pieces(const struct backup_job *job, struct db *backup, const char *name, int fd, struct err *ret_err)
{
        struct query query;
        int64_t size, done = 0;
        if (!db_number(backup, &size, ret_err, "SELECT size FROM part WHERE name = ?", "t", name)
            || !db_query(backup, &query, ret_err, "SELECT bytes, sum FROM piece WHERE name = ? ORDER BY number", "t", name))
                return false;
        bool ok = true;
        while (ok && db_next(&query)) {
                size_t length;
                const void *bytes = db_blob(&query, 0, &length);
                char *sum = sum_of(bytes, length);
                ok = strcmp(sum, db_text(&query, 1)) == 0 ? write(fd, bytes, length) == (ssize_t) length || fail_errno(ret_err, name)
                                                          : is_damaged(job, ret_err);
                g_free(sum);
                done += (int64_t) length;
                job->progress(job->user, done, size);
        }
        return db_done(&query, ret_err) && ok && ((size > 0 && done == size) || is_damaged(job, ret_err));
}

/* Opened as of today's schema; the caller closes. */
static bool get_part(const struct backup_job *job, struct db *backup, const struct part *part, const char *path, struct db **ret_db,
                     struct err *ret_err)
{
        *ret_db = NULL;
        g_unlink(path);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        bool ok = (fd >= 0 || fail_errno(ret_err, path)) && get_pieces(job, backup, part->name, fd, ret_err);
        if (fd >= 0)
                close(fd);
        return ok && db_open(ret_db, path, part->migrations, false, 0600, ret_err) && db_integrity(*ret_db, ret_err);
}

static bool fits(const struct backup_job *job, struct db *backup, int64_t *ret_written, struct err *ret_err)
{
        struct query query;
        bool ok = false;
        if (!db_query(backup, &query, ret_err, "SELECT written, fit FROM about", ""))
                return false;
        if (db_next(&query)) {
                size_t length;
                const void *box = db_blob(&query, 1, &length);
                *ret_written = db_int(&query, 0);
                GBytes *plain = keyring_open(job->store->keyring, KEY_MESSAGE_SEAL, 0, box, length);
                ok = plain || job->with_keys;
                g_clear_pointer(&plain, g_bytes_unref);
        }
        return db_done(&query, ret_err)
               && (ok || err_set(ret_err, ERR_PERM, "%s was written with other keys than those in %s/keys: put the right ones there first,"
                                 " or, when they are in it, add --with-key", job->path, job->data));
}

static bool get_keys(const struct backup_job *job, struct db *backup, struct err *ret_err)
{
        bool ok = true;
        for (const char *const *name = KEYS; ok && *name; name++) {
                struct query query;
                if (!db_query(backup, &query, ret_err, "SELECT bytes FROM key WHERE name = ?", "t", *name))
                        return false;
                size_t length = 0;
                const void *bytes = db_next(&query) ? db_blob(&query, 0, &length) : NULL;
                ok = length == KEY_BYTES ? key_file_replace(job->data, *name, bytes, ret_err)
                                         : err_set(ret_err, ERR_PERM, "%s has no keys in it: restore it without --with-key", job->path);
                ok = db_done(&query, ret_err) && ok;
        }
        return ok;
}

static bool restore_all(const struct backup_job *job, struct db *backup, struct err *ret_err)
{
        struct part parts[PARTS];
        struct db *opened[PARTS] = { NULL };
        char *paths[PARTS];
        bool ok = true;
        parts_of(job, parts);
        for (int i = 0; i < PARTS; i++) {
                paths[i] = g_strdup_printf("%s/restore.%s", job->data, parts[i].name);
                ok = ok && get_part(job, backup, &parts[i], paths[i], &opened[i], ret_err);
        }
        ok = ok && (!job->with_keys || get_keys(job, backup, ret_err));
        for (int i = 0; i < PARTS; i++) {
                ok = ok && db_copy(parts[i].db, opened[i], ret_err);
                db_close(opened[i]);
                g_unlink(paths[i]);
                g_free(paths[i]);
        }
        return ok;
}

bool backup_restore(const struct backup_job *job, int64_t *ret_written, struct err *ret_err)
{
        struct db *backup;
        *ret_written = 0;
        if (!db_open(&backup, job->path, BACKUP_MIGRATIONS, false, 0600, ret_err))
                return err_prefix(ret_err, "it is no backup that this listd can restore");
        bool ok = fits(job, backup, ret_written, ret_err) && restore_all(job, backup, ret_err);
        db_close(backup);
        return ok;
}
