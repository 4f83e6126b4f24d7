/* waiting.c - what the queue waits for
 * Gives:  what waiting.h lists
 * Fails:  as db.h */
#include "store/waiting.h"

#include "store/inside.h"

enum { WHY_MAX = 300 };

/* --- the relay ------------------------------------------------------------------------------ */

bool outage_begin(struct store *store, int64_t now, int64_t next_try, const char *why, struct err *ret_err)
{
        char *text = g_utf8_make_valid(why, (gssize) strnlen(why, WHY_MAX));
        bool ok = db_run(store->db, ret_err,
                         "INSERT INTO outage (one, since, next_try, why) VALUES (1, ?, ?, ?)"
                         " ON CONFLICT (one) DO UPDATE SET next_try = excluded.next_try, why = excluded.why",
                         "iit", now, next_try, text);
        g_free(text);
        return ok;
}

bool outage_end(struct store *store, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM outage", "");
}

bool outage_get(struct store *store, struct outage *ret_outage, struct err *ret_err)
{
        struct query query;
        *ret_outage = (struct outage){ 0 };
        if (!db_query(store->db, &query, ret_err, "SELECT since, next_try, why FROM outage", ""))
                return false;
        if (db_next(&query))
                *ret_outage = (struct outage){ db_int(&query, 0), db_int(&query, 1), g_strdup(db_text(&query, 2)) };
        return db_done(&query, ret_err);
}

void outage_clear(struct outage *outage)
{
        g_free(outage->why);
        *outage = (struct outage){ 0 };
}

/* --- domains of readers ----------------------------------------------------------------------- */

static void waiting_free(void *data)
{
        struct waiting *waiting = data;
        g_free(waiting->domain);
        g_free(waiting);
}

/* A row of (member id, list id of the member or 0, address box, tries, next try). */
static bool add_row(struct store *store, struct query *query, GHashTable *by_domain, GPtrArray *all, struct err *ret_err)
{
        char *address = store_open_text(store, query, 2, KEY_MEMBER_SEAL, db_int(query, 1), ret_err);
        if (!address)
                return false;
        const char *at = strrchr(address, '@');
        char *domain = g_ascii_strdown(at ? at + 1 : "", -1);
        struct waiting *waiting = g_hash_table_lookup(by_domain, domain);
        if (!waiting) {
                waiting = g_new0(struct waiting, 1);
                waiting->domain = g_steal_pointer(&domain);
                waiting->member_id = db_int(query, 0);
                waiting->next_try = db_int(query, 4);
                g_hash_table_insert(by_domain, waiting->domain, waiting);
                g_ptr_array_add(all, waiting);
        }
        waiting->readers++;
        waiting->tries = MAX(waiting->tries, db_int(query, 3));
        waiting->next_try = MIN(waiting->next_try, db_int(query, 4));
        g_free(domain);
        g_free(address);
        return true;
}

static gint compare(gconstpointer a, gconstpointer b)
{
        const struct waiting *one = *(struct waiting *const *) a, *other = *(struct waiting *const *) b;
        return one->readers != other->readers ? (one->readers < other->readers) - (one->readers > other->readers)
                                              : strcmp(one->domain, other->domain);
}

/* Who left or paused meanwhile waits no longer. */
bool waiting_domains(struct store *store, int64_t message_id, GPtrArray **ret_waiting, struct err *ret_err)
{
        struct query query;
        *ret_waiting = NULL;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT d.member_id, coalesce(m.list_id, 0), coalesce(m.address, d.address), d.tries,"
                      " iif(d.next_try <= ?2, 0, d.next_try)"
                      " FROM delivery d LEFT JOIN member m ON m.id = d.member_id"
                      " WHERE d.message_id = ?1 AND d.tries > 0 AND (d.member_id = 0 OR m.id IS NOT NULL)",
                      "ii", message_id, (int64_t) TRY_NOW))
                return false;
        GHashTable *by_domain = g_hash_table_new(g_str_hash, g_str_equal);
        GPtrArray *all = g_ptr_array_new_with_free_func(waiting_free);
        bool ok = true;
        while (ok && db_next(&query))
                ok = add_row(store, &query, by_domain, all, ret_err);
        ok = db_done(&query, ret_err) && ok;
        g_hash_table_unref(by_domain);
        g_ptr_array_sort(all, compare);
        if (ok)
                *ret_waiting = all;
        else
                g_ptr_array_unref(all);
        return ok;
}
