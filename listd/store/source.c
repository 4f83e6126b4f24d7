/* source.c - what `receive` has counted of its clients
 * Gives:  what source.h lists */
#include "store/source.h"

#include "store/inside.h"

enum { DAY = 86400, FORGIVEN_DAYS = 1 /* every receiver that runs has read a note by then */ };

void source_row_free(struct source_row *row)
{
        if (!row)
                return;
        g_free(row->name);
        g_free(row);
}

static void row_free(void *row)
{
        source_row_free(row);
}

static bool remove_parts(struct spool *spool, int kind, const char *name, struct err *ret_err)
{
        return db_run(spool->db, ret_err, "DELETE FROM source_part WHERE kind = ? AND name = ?", "it", (int64_t) kind, name);
}

static bool save_row(struct spool *spool, const struct source_row *row, struct err *ret_err)
{
        bool ok = db_run(spool->db, ret_err,
                         "INSERT OR REPLACE INTO source (kind, name, since, last, at, good_days, good_day, suspicion, suspected,"
                         " denied_until, denials, offences) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         "itiiiiiiiiii", (int64_t) row->kind, row->name, row->since, row->last, row->at, row->good_days, row->good_day,
                         (int64_t) row->suspicion, row->suspected, row->denied_until, row->denials, row->offences)
                  && remove_parts(spool, row->kind, row->name, ret_err);
        for (size_t i = 0; ok && i < row->part_count; i++)
                ok = db_run(spool->db, ret_err, "INSERT INTO source_part (kind, name, part, points, count) VALUES (?, ?, ?, ?, ?)", "itiii",
                            (int64_t) row->kind, row->name, (int64_t) row->parts[i].part, row->parts[i].thousandths,
                            row->parts[i].count);
        return ok;
}

bool source_save(struct spool *spool, const GPtrArray *rows, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = true;
        for (guint i = 0; ok && i < rows->len; i++)
                ok = save_row(spool, rows->pdata[i], ret_err);
        return db_end(spool->db, ok, ret_err);
}

static bool load_parts(struct spool *spool, struct source_row *row, struct err *ret_err)
{
        struct query query;
        if (!db_query(spool->db, &query, ret_err, "SELECT part, points, count FROM source_part WHERE kind = ? AND name = ? ORDER BY part",
                      "it", (int64_t) row->kind, row->name))
                return false;
        while (row->part_count < SOURCE_PARTS_MAX && db_next(&query))
                row->parts[row->part_count++] =
                        (struct source_part){ (int) db_int(&query, 0), db_int(&query, 1), db_int(&query, 2) };
        return db_done(&query, ret_err);
}

static bool load_rows(struct spool *spool, size_t limit, GPtrArray *rows, struct err *ret_err)
{
        struct query query;
        if (!db_query(spool->db, &query, ret_err,
                      "SELECT kind, name, since, last, at, good_days, good_day, suspicion, suspected, denied_until, denials,"
                      " offences FROM source"
                      " ORDER BY last DESC LIMIT ?",
                      "i",
                      (int64_t) limit))
                return false;
        while (db_next(&query)) {
                struct source_row *row = g_new0(struct source_row, 1);
                row->kind = (int) db_int(&query, 0);
                row->name = g_strdup(db_text(&query, 1));
                row->since = db_int(&query, 2);
                row->last = db_int(&query, 3);
                row->at = db_int(&query, 4);
                row->good_days = db_int(&query, 5);
                row->good_day = db_int(&query, 6);
                row->suspicion = (int) db_int(&query, 7);
                row->suspected = db_int(&query, 8);
                row->denied_until = db_int(&query, 9);
                row->denials = db_int(&query, 10);
                row->offences = db_int(&query, 11);
                g_ptr_array_add(rows, row);
        }
        return db_done(&query, ret_err);
}

bool source_load(struct spool *spool, size_t limit, GPtrArray **ret_rows, struct err *ret_err)
{
        *ret_rows = NULL;
        GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
        bool ok = db_begin(spool->db, ret_err);
        if (ok) {
                ok = load_rows(spool, limit, rows, ret_err);
                for (guint i = 0; ok && i < rows->len; i++)
                        ok = load_parts(spool, rows->pdata[i], ret_err);
                ok = db_end(spool->db, ok, ret_err);
        }
        if (ok)
                *ret_rows = rows;
        else
                g_ptr_array_unref(rows);
        return ok;
}

bool source_expire(struct spool *spool, int64_t now, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = db_run(spool->db, ret_err, "DELETE FROM source WHERE last < ?", "i", now - (int64_t) SOURCE_DAYS * DAY)
                  && db_run(spool->db, ret_err,
                            "DELETE FROM source_part WHERE NOT EXISTS"
                            " (SELECT 1 FROM source WHERE source.kind = source_part.kind AND source.name = source_part.name)",
                            "")
                  && db_run(spool->db, ret_err, "DELETE FROM door_day WHERE day < ?", "i", now / DAY - DOOR_DAYS)
                  && db_run(spool->db, ret_err, "DELETE FROM forgiven WHERE at < ?", "i", now - (int64_t) FORGIVEN_DAYS * DAY);
        return db_end(spool->db, ok, ret_err);
}

/* --- the door, by day ------------------------------------------------------------------- */

bool door_day_add(struct spool *spool, const struct door_day *day, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = true;
        for (int what = 0; ok && what < DOOR_WHATS_MAX; what++)
                if (day->counts[what] > 0)
                        ok = db_run(spool->db, ret_err,
                                    "INSERT INTO door_day (day, what, count) VALUES (?, ?, ?)"
                                    " ON CONFLICT (day, what) DO UPDATE SET count = count + excluded.count",
                                    "iii", day->day, (int64_t) what, day->counts[what]);
        return db_end(spool->db, ok, ret_err);
}

bool door_days(struct spool *spool, int64_t since, GArray **ret_days, struct err *ret_err)
{
        struct query query;
        GArray *days = g_array_new(FALSE, TRUE, sizeof(struct door_day));
        *ret_days = NULL;
        bool ok = db_query(spool->db, &query, ret_err, "SELECT day, what, count FROM door_day WHERE day >= ? ORDER BY day, what", "i",
                           since);
        if (ok) {
                while (db_next(&query)) {
                        const int64_t day = db_int(&query, 0), what = db_int(&query, 1);
                        if (days->len == 0 || g_array_index(days, struct door_day, days->len - 1).day != day) {
                                const struct door_day one = { .day = day };
                                g_array_append_val(days, one);
                        }
                        if (what >= 0 && what < DOOR_WHATS_MAX)
                                g_array_index(days, struct door_day, days->len - 1).counts[what] = db_int(&query, 2);
                }
                ok = db_done(&query, ret_err);
        }
        if (ok)
                *ret_days = days;
        else
                g_array_unref(days);
        return ok;
}

/* --- forgiving -------------------------------------------------------------------- */

static bool forget_name(struct spool *spool, const char *name, struct err *ret_err)
{
        return db_run(spool->db, ret_err, "DELETE FROM source WHERE name = ?", "t", name)
               && db_run(spool->db, ret_err, "DELETE FROM source_part WHERE name = ?", "t", name);
}

bool source_forgive(struct spool *spool, const char *network, const char *const *names, int64_t now, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = db_run(spool->db, ret_err, "INSERT INTO forgiven (network, at) VALUES (?, ?)", "ti", network, now);
        for (; ok && *names; names++)
                ok = forget_name(spool, *names, ret_err);
        return db_end(spool->db, ok, ret_err);
}

bool source_forgiven(struct spool *spool, int64_t *last, GPtrArray **ret_networks, struct err *ret_err)
{
        struct query query;
        GPtrArray *networks = g_ptr_array_new_with_free_func(g_free);
        *ret_networks = NULL;
        bool ok = db_query(spool->db, &query, ret_err, "SELECT id, network FROM forgiven WHERE id > ? ORDER BY id", "i", *last);
        if (ok) {
                while (db_next(&query)) {
                        *last = db_int(&query, 0);
                        g_ptr_array_add(networks, g_strdup(db_text(&query, 1)));
                }
                ok = db_done(&query, ret_err);
        }
        if (ok)
                *ret_networks = networks;
        else
                g_ptr_array_unref(networks);
        return ok;
}

bool spool_version(struct spool *spool, int64_t *ret_version, struct err *ret_err)
{
        return db_number(spool->db, ret_version, ret_err, "PRAGMA data_version", "");
}
