/* blocklist.c - which DNS blocklists work
 * Gives:  what blocklist.h lists */
#include "store/blocklist.h"

#include "store/inside.h"

static void row_free(void *data)
{
        struct blocklist_row *row = data;
        g_free(row->zone);
        g_free(row->why);
        g_free(row);
}

bool blocklist_clear(struct spool *spool, struct err *ret_err)
{
        return db_run(spool->db, ret_err, "DELETE FROM blocklist", "");
}

bool blocklist_set(struct spool *spool, const struct blocklist_row *row, struct err *ret_err)
{
        return db_run(spool->db, ret_err, "INSERT OR REPLACE INTO blocklist (zone, why, since) VALUES (?, ?, ?)", "tti", row->zone,
                      row->why, row->since);
}

bool blocklist_all(struct spool *spool, GPtrArray **ret_rows, struct err *ret_err)
{
        struct query query;
        *ret_rows = NULL;
        if (!db_query(spool->db, &query, ret_err, "SELECT zone, why, since FROM blocklist ORDER BY zone", ""))
                return false;
        GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
        while (db_next(&query)) {
                struct blocklist_row *row = g_new0(struct blocklist_row, 1);
                *row = (struct blocklist_row){ g_strdup(db_text(&query, 0)), g_strdup(db_text(&query, 1)), db_int(&query, 2) };
                g_ptr_array_add(rows, row);
        }
        if (db_done(&query, ret_err)) {
                *ret_rows = rows;
                return true;
        }
        g_ptr_array_unref(rows);
        return false;
}
