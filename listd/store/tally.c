/* tally.c - what happened on a list, counted by day
 * Gives:  what tally.h lists */
#include "store/tally.h"

#include "store/inside.h"

const char *const TALLY_WORDS[] = { "", "asked", "not asked, for a limit", "not asked, as they want no mail" };

enum { DAY = 86400 };

bool tally_add_many(struct store *store, int64_t list_id, enum tally_what what, int64_t count, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "INSERT INTO tally (list_id, day, what, count) VALUES (?, ?, ?, ?)"
                      " ON CONFLICT (list_id, day, what) DO UPDATE SET count = count + excluded.count",
                      "iiii", list_id, now / DAY, (int64_t) what, count);
}

bool tally_add(struct store *store, int64_t list_id, enum tally_what what, int64_t now, struct err *ret_err)
{
        return tally_add_many(store, list_id, what, 1, now, ret_err);
}

bool tally_sum(struct store *store, int64_t list_id, enum tally_what what, int64_t since, int64_t *ret_count, struct err *ret_err)
{
        return db_number(store->db, ret_count, ret_err,
                         "SELECT coalesce(sum(count), 0) FROM tally WHERE list_id = ? AND what = ? AND day >= ?", "iii", list_id,
                         (int64_t) what, since / DAY);
}

bool tally_expire(struct store *store, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM tally WHERE day < ?", "i", now / DAY - TALLY_DAYS);
}
