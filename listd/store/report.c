/* report.c - which daily report went out last
 * Gives:  what report.h lists */
#include "store/report.h"

#include "store/inside.h"

bool report_last(struct store *store, int64_t list_id, int64_t *ret_day, int64_t *ret_at, struct err *ret_err)
{
        int64_t count;
        *ret_day = -1;
        *ret_at = 0;
        return db_number(store->db, &count, ret_err, "SELECT count(*) FROM report WHERE list_id = ?", "i", list_id)
               && (count == 0
                   || (db_number(store->db, ret_day, ret_err, "SELECT day FROM report WHERE list_id = ?", "i", list_id)
                       && db_number(store->db, ret_at, ret_err, "SELECT at FROM report WHERE list_id = ?", "i", list_id)));
}

bool report_record(struct store *store, int64_t list_id, int64_t day, int64_t at, struct err *ret_err)
{
        return db_run(store->db, ret_err, "INSERT OR REPLACE INTO report (list_id, day, at) VALUES (?, ?, ?)", "iii", list_id, day, at);
}
