/* pickup.c - mailboxes that mail is taken from
 * Gives:  what pickup.h lists
 * Fails:  as db.h */
#include "store/pickup.h"

#include "store/inside.h"

static bool make_row(struct spool *spool, const char *name, int64_t now, struct err *ret_err)
{
        return db_run(spool->db, ret_err,
                      "INSERT OR IGNORE INTO pickup (name, validity, tried, since, error, taken) VALUES (?, '', ?, ?, '', 0)", "tii", name,
                      now, now);
}

bool pickup_get(struct spool *spool, const char *name, struct pickup_state *ret_state, struct err *ret_err)
{
        struct query query;
        *ret_state = (struct pickup_state){ 0 };
        if (!db_query(spool->db, &query, ret_err, "SELECT validity, tried, since, error, taken FROM pickup WHERE name = ?", "t", name))
                return false;
        if (db_next(&query))
                *ret_state = (struct pickup_state){ .validity = g_strdup(db_text(&query, 0)), .tried = db_int(&query, 1),
                                                    .since = db_int(&query, 2), .error = g_strdup(db_text(&query, 3)),
                                                    .taken = db_int(&query, 4) };
        else
                *ret_state = (struct pickup_state){ .validity = g_strdup(""), .error = g_strdup("") };
        return db_done(&query, ret_err);
}

void pickup_clear(struct pickup_state *state)
{
        g_clear_pointer(&state->validity, g_free);
        g_clear_pointer(&state->error, g_free);
}

bool pickup_set(struct spool *spool, const char *name, const char *error, int64_t now, bool *ret_changed, struct err *ret_err)
{
        struct pickup_state state;
        char *text = g_utf8_make_valid(error, (gssize) strnlen(error, PICKUP_ERROR_MAX));
        if (!db_begin(spool->db, ret_err)) {
                g_free(text);
                return false;
        }
        bool ok = pickup_get(spool, name, &state, ret_err);
        if (ok) {
                *ret_changed = state.tried == 0 ? *text != '\0' : strcmp(state.error, text) != 0;
                ok = make_row(spool, name, now, ret_err)
                     && db_run(spool->db, ret_err, "UPDATE pickup SET tried = ?, since = iif(?, ?, since), error = ? WHERE name = ?",
                               "iiitt", now, (int64_t) *ret_changed, now, text, name);
                pickup_clear(&state);
        }
        g_free(text);
        return db_end(spool->db, ok, ret_err);
}

bool pickup_set_validity(struct spool *spool, const char *name, const char *validity, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = make_row(spool, name, clock_now(), ret_err)
                  && db_run(spool->db, ret_err,
                            "DELETE FROM picked WHERE name = ?1 AND ?2 <> (SELECT validity FROM pickup WHERE name = ?1)", "tt", name,
                            validity)
                  && db_run(spool->db, ret_err, "UPDATE pickup SET validity = ? WHERE name = ?", "tt", validity, name);
        return db_end(spool->db, ok, ret_err);
}

bool pickup_has(struct spool *spool, const char *name, const char *uid, bool *ret_has, struct err *ret_err)
{
        int64_t count;
        bool ok = db_number(spool->db, &count, ret_err, "SELECT count(*) FROM picked WHERE name = ? AND uid = ?", "tt", name, uid);
        *ret_has = ok && count > 0;
        return ok;
}

bool pickup_put(struct spool *spool, const char *name, const char *uid, const struct spool_item *item, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = make_row(spool, name, item->received, ret_err)
                  && db_run(spool->db, ret_err, "INSERT INTO picked (name, uid, at) VALUES (?, ?, ?)", "tti", name, uid, item->received)
                  && db_run(spool->db, ret_err, "UPDATE pickup SET taken = taken + 1 WHERE name = ?", "t", name)
                  && spool_put(spool, item, 1, ret_err);
        return db_end(spool->db, ok, ret_err);
}

bool pickup_all(struct spool *spool, const char *name, GPtrArray **ret_uids, struct err *ret_err)
{
        struct query query;
        if (!db_query(spool->db, &query, ret_err, "SELECT uid FROM picked WHERE name = ?", "t", name))
                return false;
        *ret_uids = g_ptr_array_new_with_free_func(g_free);
        while (db_next(&query))
                g_ptr_array_add(*ret_uids, g_strdup(db_text(&query, 0)));
        if (db_done(&query, ret_err))
                return true;
        g_clear_pointer(ret_uids, g_ptr_array_unref);
        return false;
}

bool pickup_gone(struct spool *spool, const char *name, const char *uid, struct err *ret_err)
{
        return db_run(spool->db, ret_err, "DELETE FROM picked WHERE name = ? AND uid = ?", "tt", name, uid);
}
