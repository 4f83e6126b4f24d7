/* change.c - who came, went and changed on a list
 * Gives:  what change.h lists */
#include "store/change.h"

#include "store/inside.h"
#include "store/tally.h"

const char *const CHANGE_WORDS[] = { "", "joined", "left", "paused", "resumed", "address", "role" };

enum { DAY = 86400 };

bool change_add(struct store *store, int64_t list_id, int64_t member_id, enum change_what what, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "INSERT INTO change (list_id, at, what, member_id, address)"
                      " SELECT list_id, ?, ?, id, address FROM member WHERE list_id = ? AND id = ?",
                      "iiii", clock_now(), (int64_t) what, list_id, member_id)
               && (db_changes(store->db) == 0 || tally_add(store, list_id, (enum tally_what) (TALLY_CHANGES + what), 1, ret_err));
}

static void change_free(void *data)
{
        struct change *change = data;
        g_free(change->address);
        g_free(change);
}

bool change_since(struct store *store, int64_t list_id, int64_t since, size_t limit, GPtrArray **ret_changes, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT at, what, member_id, address FROM change WHERE list_id = ? AND at >= ? ORDER BY at, id LIMIT ?", "iii",
                      list_id, since, (int64_t) limit))
                return false;
        bool ok = true;
        GPtrArray *changes = g_ptr_array_new_with_free_func(change_free);
        while (ok && db_next(&query)) {
                struct change *change = g_new0(struct change, 1);
                change->at = db_int(&query, 0);
                change->what = (enum change_what) CLAMP(db_int(&query, 1), 0, CHANGE_ROLE);
                change->member_id = db_int(&query, 2);
                change->address = store_open_text(store, &query, 3, KEY_MEMBER_SEAL, list_id, ret_err);
                ok = change->address != NULL;
                g_ptr_array_add(changes, change);
        }
        ok = db_done(&query, ret_err) && ok;
        if (ok)
                *ret_changes = changes;
        else
                g_ptr_array_unref(changes);
        return ok;
}

bool change_expire(struct store *store, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM change WHERE at < ?", "i", now - CHANGE_DAYS * DAY);
}
