/* domain.c - our domains: whether they keep mail for unknown addresses, since when, and what came
 * Gives:  what domain.h lists
 * Fails:  ERR_PERM when a domain with private lists would begin to tell what exists */
#include "store/domain.h"

#include "store/inside.h"
#include "store/list.h"

enum { DAY = 86400 };

bool domain_no_bounce(struct store *store, const char *domain, bool *ret_on, int64_t *ret_since, struct err *ret_err)
{
        struct query query;
        *ret_on = true;
        if (ret_since)
                *ret_since = 0;
        if (!db_query(store->db, &query, ret_err, "SELECT no_bounce, at FROM domain_mode WHERE domain = ? ORDER BY id DESC LIMIT 1",
                      "t", domain))
                return false;
        if (db_next(&query)) {
                *ret_on = db_int(&query, 0) != 0;
                if (ret_since)
                        *ret_since = db_int(&query, 1);
        }
        return db_done(&query, ret_err);
}

/* --- the switch --------------------------------------------------------------------- */

static bool has_no_private_list(struct store *store, const char *domain, struct err *ret_err)
{
        GPtrArray *lists;
        guint count = 0;
        if (!list_all(store, &lists, ret_err))
                return false;
        for (guint i = 0; i < lists->len; i++) {
                const struct list *list = lists->pdata[i];
                count += list->visibility == VISIBILITY_PRIVATE && strcmp(list->domain, domain) == 0;
        }
        g_ptr_array_unref(lists);
        if (count == 0)
                return true;
        return err_set(ret_err, ERR_PERM,
                       "%s has %u private list%s, and refusing unknown addresses would tell %s from them: make %s public first"
                       " ('listctl list set LIST visibility public'), or leave no_bounce on",
                       domain, count, count == 1 ? "" : "s", count == 1 ? "it" : "them", count == 1 ? "it" : "them");
}

static bool write_switch(struct store *store, const char *domain, bool on, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "INSERT INTO domain_mode (domain, at, no_bounce) VALUES (?, ?, ?)", "tii", domain, now,
                      (int64_t) on)
               && db_run(store->db, ret_err,
                         "DELETE FROM domain_mode WHERE domain = ?1 AND id <="
                         " (SELECT id FROM domain_mode WHERE domain = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                         "ti", domain, (int64_t) DOMAIN_SWITCHES_MAX);
}

bool domain_set_no_bounce(struct store *store, const char *domain, bool on, int64_t now, struct err *ret_err)
{
        bool is_on;
        if (!store_begin(store, ret_err))
                return false;
        bool ok = domain_no_bounce(store, domain, &is_on, NULL, ret_err) && (on || has_no_private_list(store, domain, ret_err))
                  && (on == is_on || write_switch(store, domain, on, now, ret_err));
        return store_end(store, ok, ret_err);
}

/* --- lists of them -------------------------------------------------------------------- */

bool domain_open(struct store *store, GPtrArray **ret_domains, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT domain FROM domain_mode WHERE id IN (SELECT max(id) FROM domain_mode GROUP BY domain) AND NOT no_bounce",
                      ""))
                return false;
        GPtrArray *domains = g_ptr_array_new_with_free_func(g_free);
        while (db_next(&query))
                g_ptr_array_add(domains, g_strdup(db_text(&query, 0)));
        bool ok = db_done(&query, ret_err);
        if (ok)
                *ret_domains = domains;
        else
                g_ptr_array_unref(domains);
        return ok;
}

bool domain_switches(struct store *store, const char *domain, GArray **ret_switches, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err, "SELECT at, no_bounce FROM domain_mode WHERE domain = ? ORDER BY id", "t", domain))
                return false;
        GArray *switches = g_array_new(FALSE, FALSE, sizeof(struct domain_switch));
        while (db_next(&query)) {
                const struct domain_switch one = { db_int(&query, 0), db_int(&query, 1) != 0 };
                g_array_append_val(switches, one);
        }
        bool ok = db_done(&query, ret_err);
        if (ok)
                *ret_switches = switches;
        else
                g_array_unref(switches);
        return ok;
}

/* --- what came -------------------------------------------------------------------------- */

bool domain_count(struct store *store, const char *domain, const struct domain_counts *more, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "INSERT INTO domain_day (domain, day, taken, misaddressed, probes, spam) VALUES (?, ?, ?, ?, ?, ?)"
                      " ON CONFLICT (domain, day) DO UPDATE SET taken = taken + excluded.taken,"
                      " misaddressed = misaddressed + excluded.misaddressed, probes = probes + excluded.probes,"
                      " spam = spam + excluded.spam",
                      "tiiiii", domain, now / DAY, more->taken, more->misaddressed, more->probes, more->spam);
}

bool domain_days(struct store *store, const char *domain, GArray **ret_days, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT day, taken, misaddressed, probes, spam FROM domain_day WHERE domain = ? ORDER BY day", "t", domain))
                return false;
        GArray *days = g_array_new(FALSE, FALSE, sizeof(struct domain_day));
        while (db_next(&query)) {
                const struct domain_day one = {
                        .day = db_int(&query, 0),
                        .counts = { db_int(&query, 1), db_int(&query, 2), db_int(&query, 3), db_int(&query, 4) },
                };
                g_array_append_val(days, one);
        }
        bool ok = db_done(&query, ret_err);
        if (ok)
                *ret_days = days;
        else
                g_array_unref(days);
        return ok;
}

bool domain_expire(struct store *store, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM domain_day WHERE day < ?", "i", now / DAY - DOMAIN_DAYS);
}
