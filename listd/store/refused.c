/* refused.c - unknown addresses that were refused, by domain and day
 * Gives:  what refused.h lists */
#include "store/refused.h"

#include "store/inside.h"

enum { DAY = 86400 };

bool refused_add(struct spool *spool, const char *domain, int64_t count, int64_t now, struct err *ret_err)
{
        return db_run(spool->db, ret_err,
                      "INSERT INTO refused_day (domain, day, count) VALUES (?, ?, ?)"
                      " ON CONFLICT (domain, day) DO UPDATE SET count = count + excluded.count",
                      "tii", domain, now / DAY, count);
}

bool refused_expire(struct spool *spool, int64_t now, struct err *ret_err)
{
        return db_run(spool->db, ret_err, "DELETE FROM refused_day WHERE day < ?", "i", now / DAY - DOMAIN_DAYS);
}

bool refused_days(struct spool *spool, const char *domain, GArray **ret_days, struct err *ret_err)
{
        struct query query;
        if (!db_query(spool->db, &query, ret_err, "SELECT day, count FROM refused_day WHERE domain = ? ORDER BY day", "t", domain))
                return false;
        GArray *days = g_array_new(FALSE, FALSE, sizeof(struct refused_day));
        while (db_next(&query)) {
                const struct refused_day one = { db_int(&query, 0), db_int(&query, 1) };
                g_array_append_val(days, one);
        }
        bool ok = db_done(&query, ret_err);
        if (ok)
                *ret_days = days;
        else
                g_array_unref(days);
        return ok;
}
