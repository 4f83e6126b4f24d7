/* spool.c - spool.db: the hand-off from `receive` to `handle`
 * Gives:  what spool.h lists
 * The column `state` is written by spool_put() (NEW), spool_claim() and spool_recover(), and nowhere else. */
#include "store/spool.h"

#include "store/inside.h"
#include "store/migrations.h"

enum spool_state { SPOOL_NEW, SPOOL_CLAIMED };

bool spool_open(struct spool **ret_spool, const char *data, bool create, struct err *ret_err)
{
        *ret_spool = NULL;
        char *path = g_build_filename(data, "spool", "spool.db", NULL);
        struct db *db;
        /* 0660: receive and handle have different uids and share the folder's group */
        bool ok = db_open(&db, path, SPOOL_MIGRATIONS, create, 0660, ret_err);
        g_free(path);
        if (!ok)
                return false;
        *ret_spool = g_new0(struct spool, 1);
        (*ret_spool)->db = db;
        return true;
}

void spool_close(struct spool *spool)
{
        if (!spool)
                return;
        db_close(spool->db);
        g_free(spool);
}

bool spool_put(struct spool *spool, const struct spool_item *items, size_t count, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = true;
        for (size_t i = 0; ok && i < count; i++)
                ok = db_run(spool->db, ret_err, "INSERT INTO message (id, received, state, crashes, box) VALUES (?, ?, ?, 0, ?)",
                            "biiB", items[i].id, (size_t) SPOOL_ID_BYTES, items[i].received, (int64_t) SPOOL_NEW, items[i].box);
        return db_end(spool->db, ok, ret_err);
}

static void item_free(void *data)
{
        struct spool_item *item = data;
        g_bytes_unref(item->box);
        g_free(item);
}

/* What crashed less often comes first, and a claim ends where it would not fit into memory. */
static bool read_new(struct spool *spool, size_t limit, GPtrArray *items, struct err *ret_err)
{
        struct query query;
        size_t octets = 0;
        if (!db_query(spool->db, &query, ret_err,
                      "SELECT id, received, crashes, box FROM message WHERE state = ? ORDER BY crashes, seq LIMIT ?", "ii",
                      (int64_t) SPOOL_NEW, (int64_t) limit))
                return false;
        while (octets < SPOOL_CLAIM_OCTETS && db_next(&query)) {
                size_t length;
                const void *id = db_blob(&query, 0, &length);
                int crashes = (int) db_int(&query, 2);
                if (length != SPOOL_ID_BYTES || (crashes > 0 && items->len > 0))
                        break;
                struct spool_item *item = g_new0(struct spool_item, 1);
                memcpy(item->id, id, SPOOL_ID_BYTES);
                item->received = db_int(&query, 1);
                item->crashes = crashes;
                const void *box = db_blob(&query, 3, &length);
                item->box = g_bytes_new(box, length);
                g_ptr_array_add(items, item);
                octets += length;
                if (crashes > 0)
                        break;
        }
        return db_done(&query, ret_err);
}

bool spool_claim(struct spool *spool, size_t limit, GPtrArray **ret_items, struct err *ret_err)
{
        *ret_items = NULL;
        GPtrArray *items = g_ptr_array_new_with_free_func(item_free);
        bool ok = db_begin(spool->db, ret_err);
        if (ok) {
                ok = read_new(spool, limit, items, ret_err);
                for (guint i = 0; ok && i < items->len; i++)
                        ok = db_run(spool->db, ret_err, "UPDATE message SET state = ? WHERE id = ?", "ib", (int64_t) SPOOL_CLAIMED,
                                    ((struct spool_item *) items->pdata[i])->id, (size_t) SPOOL_ID_BYTES);
                ok = db_end(spool->db, ok, ret_err);
        }
        if (ok)
                *ret_items = items;
        else
                g_ptr_array_unref(items);
        return ok;
}

bool spool_remove(struct spool *spool, const GPtrArray *items, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = true;
        for (guint i = 0; ok && i < items->len; i++)
                ok = db_run(spool->db, ret_err, "DELETE FROM message WHERE id = ?", "b",
                            ((struct spool_item *) items->pdata[i])->id, (size_t) SPOOL_ID_BYTES);
        return db_end(spool->db, ok, ret_err);
}

bool spool_recover(struct spool *spool, bool crashed, struct err *ret_err)
{
        return db_run(spool->db, ret_err, "UPDATE message SET state = ?, crashes = crashes + ? WHERE state = ?", "iii",
                      (int64_t) SPOOL_NEW, (int64_t) crashed, (int64_t) SPOOL_CLAIMED);
}

bool spool_depth(struct spool *spool, int64_t *ret_count, int64_t *ret_oldest, struct err *ret_err)
{
        return db_number(spool->db, ret_count, ret_err, "SELECT count(*) FROM message", "")
               && db_number(spool->db, ret_oldest, ret_err, "SELECT min(received) FROM message", "");
}

/* --- what flows to receive ---------------------------------------------------------- */

static bool publish_limits(struct spool *spool, const struct spool_facts *facts, struct err *ret_err)
{
        bool ok = db_run(spool->db, ret_err, "DELETE FROM public_limit", "");
        for (size_t i = 0; ok && i < facts->limit_count; i++)
                ok = db_run(spool->db, ret_err, "INSERT INTO public_limit (address, max_size) VALUES (?, ?)", "ti",
                            facts->limits[i].address, (int64_t) facts->limits[i].max_size);
        return ok;
}

static bool publish_open(struct spool *spool, const struct spool_facts *facts, struct err *ret_err)
{
        bool ok = db_run(spool->db, ret_err, "DELETE FROM open_domain", "") && db_run(spool->db, ret_err, "DELETE FROM public_list", "");
        for (size_t i = 0; ok && i < facts->open_count; i++)
                ok = db_run(spool->db, ret_err, "INSERT INTO open_domain (domain) VALUES (?)", "t", facts->open_domains[i]);
        for (size_t i = 0; ok && i < facts->name_count; i++)
                ok = db_run(spool->db, ret_err, "INSERT INTO public_list (name, domain) VALUES (?, ?)", "tt", facts->names[i].name,
                            facts->names[i].domain);
        return ok;
}

bool spool_publish(struct spool *spool, const struct spool_facts *facts, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = publish_limits(spool, facts, ret_err) && publish_open(spool, facts, ret_err);
        return db_end(spool->db, ok, ret_err);
}

bool spool_limit_of(struct spool *spool, const char *address, int *ret_max_size, struct err *ret_err)
{
        int64_t max_size = 0;
        bool ok = db_number(spool->db, &max_size, ret_err, "SELECT max_size FROM public_limit WHERE address = ?", "t", address);
        *ret_max_size = (int) max_size;
        return ok;
}

bool spool_is_open(struct spool *spool, const char *domain, bool *ret_open, struct err *ret_err)
{
        int64_t count = 0;
        bool ok = db_number(spool->db, &count, ret_err, "SELECT count(*) FROM open_domain WHERE domain = ?", "t", domain);
        *ret_open = count > 0;
        return ok;
}

bool spool_has_list(struct spool *spool, const char *name, const char *domain, bool *ret_has, struct err *ret_err)
{
        int64_t count = 0;
        bool ok = db_number(spool->db, &count, ret_err, "SELECT count(*) FROM public_list WHERE name = ? AND domain = ?", "tt", name,
                            domain);
        *ret_has = count > 0;
        return ok;
}
