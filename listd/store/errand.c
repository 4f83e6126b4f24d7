/* errand.c - texts from web servers that one role wants and another brings
 * Gives:  what errand.h lists
 * Fails:  as db.h */
#include "store/errand.h"

#include "store/inside.h"

bool errand_get(struct spool *spool, const char *name, struct errand *ret_errand, struct err *ret_err)
{
        struct query query;
        size_t length;
        *ret_errand = (struct errand){ 0 };
        if (!db_query(spool->db, &query, ret_err,
                      "SELECT url, etag, modified, tried, error, body IS NOT NULL, body FROM errand WHERE name = ?", "t", name))
                return false;
        if (db_next(&query)) {
                *ret_errand = (struct errand){ .url = g_strdup(db_text(&query, 0)), .etag = g_strdup(db_text(&query, 1)),
                                               .modified = g_strdup(db_text(&query, 2)), .tried = db_int(&query, 3),
                                               .error = g_strdup(db_text(&query, 4)) };
                const void *body = db_blob(&query, 6, &length);
                ret_errand->body = db_int(&query, 5) ? g_bytes_new(body, length) : NULL;
        }
        return db_done(&query, ret_err);
}

void errand_clear(struct errand *errand)
{
        g_free(errand->url);
        g_free(errand->etag);
        g_free(errand->modified);
        g_free(errand->error);
        g_clear_pointer(&errand->body, g_bytes_unref);
        *errand = (struct errand){ 0 };
}

bool errand_ask(struct spool *spool, const char *name, const char *url, const char *etag, const char *modified, struct err *ret_err)
{
        int64_t is_wanted;
        if (!db_number(spool->db, &is_wanted, ret_err, "SELECT count(*) FROM errand WHERE name = ? AND url = ?", "tt", name, url))
                return false;
        return is_wanted
               || db_run(spool->db, ret_err,
                         "INSERT OR REPLACE INTO errand (name, url, etag, modified, tried, error, body) VALUES (?, ?, ?, ?, 0, '', NULL)",
                         "tttt", name, url, etag, modified);
}

bool errand_taken(struct spool *spool, const char *name, struct err *ret_err)
{
        return db_run(spool->db, ret_err, "UPDATE errand SET body = NULL WHERE name = ?", "t", name);
}

bool errand_drop(struct spool *spool, const char *name, struct err *ret_err)
{
        int64_t is_wanted;
        if (!db_number(spool->db, &is_wanted, ret_err, "SELECT count(*) FROM errand WHERE name = ?", "t", name))
                return false;
        return !is_wanted || db_run(spool->db, ret_err, "DELETE FROM errand WHERE name = ?", "t", name);
}

bool errand_bring(struct spool *spool, const char *name, const char *url, const char *etag, const char *modified, const void *body,
                  size_t length, int64_t now, struct err *ret_err)
{
        return db_run(spool->db, ret_err,
                      "UPDATE errand SET etag = ?, modified = ?, body = ?, tried = ?, error = '' WHERE name = ? AND url = ?", "ttbitt",
                      etag, modified, body, length, now, name, url);
}

bool errand_tried(struct spool *spool, const char *name, const char *url, const char *error, int64_t now, struct err *ret_err)
{
        char *text = g_utf8_make_valid(error, (gssize) strnlen(error, ERRAND_ERROR_MAX));
        bool ok = db_run(spool->db, ret_err, "UPDATE errand SET tried = ?, error = ? WHERE name = ? AND url = ?", "ittt", now, text, name,
                         url);
        g_free(text);
        return ok;
}
