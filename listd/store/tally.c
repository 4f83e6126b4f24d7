/* tally.c - what happened on a list, counted
 * Gives:  what tally.h lists */
#include "store/tally.h"

#include "store/inside.h"

const char *const TALLY_WORDS[] = { "", "asked", "not asked, for a limit", "not asked, as they want no mail" };
const char *const TALLY_CHECKS[] = { "flaw",     "loop",  "automatic", "author",  "ban",   "frozen",    "spam", "implicit", "labels",
                                     "freemail", "posting", "proof", "standing", "quota", "duplicate", "size", "content", NULL };

enum { DAY = 86400, MONTH = 30, YEAR = 365 };

bool tally_add(struct store *store, int64_t list_id, enum tally_what what, int64_t count, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "INSERT INTO tally (list_id, day, what, count) VALUES (?, ?, ?, ?)"
                      " ON CONFLICT (list_id, day, what) DO UPDATE SET count = count + excluded.count",
                      "iiii", list_id, (int64_t) TALLY_OPEN, (int64_t) what, count);
}

bool tally_add_check(struct store *store, int64_t list_id, enum tally_what what, const char *check, struct err *ret_err)
{
        int64_t number = 0;
        while (TALLY_CHECKS[number] && strcmp(TALLY_CHECKS[number], check) != 0)
                number++;
        return !TALLY_CHECKS[number] || tally_add(store, list_id, (enum tally_what) (what + number), 1, ret_err);
}

bool tally_close(struct store *store, int64_t list_id, int64_t day, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "INSERT INTO tally (list_id, day, what, count)"
                      " SELECT list_id, ?, what, count FROM tally WHERE list_id = ? AND day = ?"
                      " ON CONFLICT (list_id, day, what) DO UPDATE SET count = count + excluded.count",
                      "iii", day, list_id, (int64_t) TALLY_OPEN)
               && db_run(store->db, ret_err, "DELETE FROM tally WHERE list_id = ? AND day = ?", "ii", list_id, (int64_t) TALLY_OPEN);
}

bool tally_read(struct store *store, int64_t list_id, int64_t first, int64_t last, int64_t ret_counts[TALLY_WHATS], struct err *ret_err)
{
        struct query query;
        memset(ret_counts, 0, TALLY_WHATS * sizeof *ret_counts);
        if (!db_query(store->db, &query, ret_err,
                      "SELECT what, sum(count) FROM tally WHERE list_id = ? AND day BETWEEN ? AND ? GROUP BY what", "iii", list_id, first,
                      last))
                return false;
        while (db_next(&query)) {
                const int64_t what = db_int(&query, 0);
                if (what > 0 && what < TALLY_WHATS)
                        ret_counts[what] = db_int(&query, 1);
        }
        return db_done(&query, ret_err);
}

bool tally_sum(struct store *store, int64_t list_id, enum tally_what what, int64_t since_day, int64_t *ret_count, struct err *ret_err)
{
        return db_number(store->db, ret_count, ret_err,
                         "SELECT coalesce(sum(count), 0) FROM tally WHERE list_id = ? AND what = ? AND (day >= ? OR day = ?)", "iiii",
                         list_id, (int64_t) what, since_day, (int64_t) TALLY_OPEN);
}

/* The days of a month that is over TALLY_DAYS ago become one. */
bool tally_expire(struct store *store, int64_t now, struct err *ret_err)
{
        const int64_t old = (now / DAY - TALLY_DAYS) / MONTH * MONTH, older = now / DAY - TALLY_YEARS * YEAR;
        return db_run(store->db, ret_err,
                      "INSERT INTO tally (list_id, day, what, count) SELECT list_id, day / ?1 * ?1, what, count FROM tally"
                      " WHERE day > 0 AND day < ?2 AND day % ?1 <> 0"
                      " ON CONFLICT (list_id, day, what) DO UPDATE SET count = count + excluded.count",
                      "ii", (int64_t) MONTH, old)
               && db_run(store->db, ret_err, "DELETE FROM tally WHERE day > 0 AND (day < ? OR (day < ? AND day % ? <> 0))", "iii", older,
                         old, (int64_t) MONTH);
}
