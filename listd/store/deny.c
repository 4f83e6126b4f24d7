/* deny.c - whom an admin refuses at the door, and lists of networks that others keep
 * Gives:  what deny.h lists
 * Fails:  ERR_PERM above a ceiling; else what db.h says
 * The column `until` is written by put_entry() (new, or said again), deny_again_row() and renew_label(), and nowhere else. */
#include "store/deny.h"

#include "store/inside.h"

const char *const DENY_STATE_WORDS[] = { "denied", "on probation", "gone", NULL };

enum deny_state deny_state(int64_t until, int64_t now)
{
        if (until == 0 || now < until)
                return DENY_DENIED;
        return now < until + DENY_PROBATION ? DENY_ON_PROBATION : DENY_GONE;
}

void deny_again(int64_t *until, int64_t *span, int64_t now)
{
        *span = MIN(*span * 2, DENY_SPAN_MAX);
        *until = now + *span;
}

static int64_t until_of(int64_t span, int64_t now)
{
        return span ? now + span : 0;
}

static bool changed(struct spool *spool, struct err *ret_err)
{
        return db_run(spool->db, ret_err, "UPDATE deny_change SET number = number + 1", "");
}

bool deny_version(struct spool *spool, int64_t *ret_version, struct err *ret_err)
{
        return db_number(spool->db, ret_version, ret_err, "SELECT number FROM deny_change", "");
}

bool deny_count(struct spool *spool, const char *label, int64_t *ret_count, struct err *ret_err)
{
        if (label)
                return db_number(spool->db, ret_count, ret_err, "SELECT count(*) FROM deny WHERE label = ?", "t", label);
        return db_number(spool->db, ret_count, ret_err, "SELECT count(*) FROM deny", "");
}

static bool has_room(struct spool *spool, struct err *ret_err)
{
        int64_t count = 0;
        return deny_count(spool, NULL, &count, ret_err)
               && (count <= DENY_ENTRIES_MAX
                   || err_set(ret_err, ERR_PERM, "the deny list would have more than %d entries: remove a list first", DENY_ENTRIES_MAX));
}

/* --- single entries ------------------------------------------------------------------------ */

static bool put_entry(struct spool *spool, const struct deny_entry *entry, int64_t now, struct err *ret_err)
{
        return db_run(spool->db, ret_err,
                      "INSERT INTO deny (network, label, reason, evidence, added, until, span, times, hits, last_hit)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0) ON CONFLICT (network, label) DO UPDATE SET"
                      " reason = excluded.reason, evidence = excluded.evidence, until = excluded.until, span = excluded.span",
                      "ttttiii", entry->network, entry->label, entry->reason, entry->evidence, now, until_of(entry->span, now),
                      entry->span);
}

bool deny_put(struct spool *spool, const struct deny_entry *entry, int64_t now, bool *ret_was_there, struct err *ret_err)
{
        int64_t count = 0;
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = db_number(spool->db, &count, ret_err, "SELECT count(*) FROM deny WHERE network = ? AND label = ?", "tt", entry->network,
                            entry->label)
                  && put_entry(spool, entry, now, ret_err) && has_room(spool, ret_err) && changed(spool, ret_err);
        *ret_was_there = count > 0;
        return db_end(spool->db, ok, ret_err);
}

static bool remove_one(struct spool *spool, const char *network, const char *label, struct err *ret_err)
{
        return db_run(spool->db, ret_err, "DELETE FROM deny WHERE network = ? AND label = ?", "tt", network, label);
}

bool deny_remove(struct spool *spool, const char *network, const char *label, int64_t *ret_count, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = remove_one(spool, network, label, ret_err);
        *ret_count = ok ? db_changes(spool->db) : 0;
        return db_end(spool->db, ok && changed(spool, ret_err), ret_err);
}

bool deny_remove_label(struct spool *spool, const char *label, int64_t *ret_count, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = db_run(spool->db, ret_err, "DELETE FROM deny WHERE label = ?", "t", label);
        *ret_count = ok ? db_changes(spool->db) : 0;
        ok = ok && db_run(spool->db, ret_err, "DELETE FROM deny_list WHERE label = ?", "t", label) && changed(spool, ret_err);
        return db_end(spool->db, ok, ret_err);
}

bool deny_each(struct spool *spool, const char *label, deny_visit *visit, void *user, struct err *ret_err)
{
        struct query query;
        if (!db_query(spool->db, &query, ret_err,
                      "SELECT network, label, reason, evidence, added, until, span, times, hits, last_hit FROM deny"
                      " WHERE ?1 IS NULL OR label = ?1 ORDER BY label, network",
                      "t", label))
                return false;
        while (db_next(&query)) {
                const struct deny_entry entry = {
                        db_text(&query, 0), db_text(&query, 1), db_text(&query, 2), db_text(&query, 3), db_int(&query, 4),
                        db_int(&query, 5),  db_int(&query, 6),  db_int(&query, 7),  db_int(&query, 8),  db_int(&query, 9),
                };
                visit(&entry, user);
        }
        return db_done(&query, ret_err);
}

/* Whoever has them in memory knows by the clock that they are gone: nobody needs to read anew. */
bool deny_expire(struct spool *spool, int64_t now, size_t most, int64_t *ret_count, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = db_run(spool->db, ret_err,
                         "DELETE FROM deny WHERE (network, label) IN"
                         " (SELECT network, label FROM deny WHERE until > 0 AND until <= ? LIMIT ?)",
                         "ii", now - DENY_PROBATION, (int64_t) most);
        *ret_count = ok ? db_changes(spool->db) : 0;
        return db_end(spool->db, ok, ret_err);
}

/* --- lists ------------------------------------------------------------------------------------ */

void deny_list_free(struct deny_list *list)
{
        if (!list)
                return;
        g_free(list->label);
        g_free(list->url);
        g_free(list->etag);
        g_free(list->modified);
        g_free(list->error);
        g_free(list);
}

static void free_list(void *list)
{
        deny_list_free(list);
}

bool deny_lists(struct spool *spool, GPtrArray **ret_lists, struct err *ret_err)
{
        struct query query;
        *ret_lists = NULL;
        if (!db_query(spool->db, &query, ret_err,
                      "SELECT label, url, span, etag, modified, tried, fetched, error FROM deny_list ORDER BY label", ""))
                return false;
        GPtrArray *lists = g_ptr_array_new_with_free_func(free_list);
        while (db_next(&query)) {
                struct deny_list *list = g_new0(struct deny_list, 1);
                list->label = g_strdup(db_text(&query, 0));
                list->url = g_strdup(db_text(&query, 1));
                list->span = db_int(&query, 2);
                list->etag = g_strdup(db_text(&query, 3));
                list->modified = g_strdup(db_text(&query, 4));
                list->tried = db_int(&query, 5);
                list->fetched = db_int(&query, 6);
                list->error = g_strdup(db_text(&query, 7));
                g_ptr_array_add(lists, list);
        }
        if (db_done(&query, ret_err)) {
                *ret_lists = lists;
                return true;
        }
        g_ptr_array_unref(lists);
        return false;
}

static bool put_list(struct spool *spool, const struct deny_list *list, int64_t now, struct err *ret_err)
{
        int64_t count = 0;
        return db_run(spool->db, ret_err,
                      "INSERT OR REPLACE INTO deny_list (label, url, span, etag, modified, tried, fetched, error)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?, '')",
                      "ttittii", list->label, list->url, list->span, list->etag, list->modified, now, now)
               && db_number(spool->db, &count, ret_err, "SELECT count(*) FROM deny_list", "")
               && (count <= DENY_LISTS_MAX || err_set(ret_err, ERR_PERM, "there would be more than %d lists", DENY_LISTS_MAX));
}

bool deny_list_failed(struct spool *spool, const char *label, const char *error, int64_t now, struct err *ret_err)
{
        return db_run(spool->db, ret_err, "UPDATE deny_list SET tried = ?, error = ? WHERE label = ?", "itt", now, error, label);
}

static bool renew_label(struct spool *spool, const char *label, int64_t now, struct err *ret_err)
{
        return db_run(spool->db, ret_err,
                      "UPDATE deny SET span = list.span, until = CASE list.span WHEN 0 THEN 0 ELSE ?2 + list.span END"
                      " FROM (SELECT span FROM deny_list WHERE label = ?1) AS list WHERE label = ?1 AND (list.span > 0 OR until > 0)",
                      "ti", label, now);
}

bool deny_list_same(struct spool *spool, const char *label, int64_t now, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = db_run(spool->db, ret_err, "UPDATE deny_list SET tried = ?2, fetched = ?2, error = '' WHERE label = ?1", "ti", label, now)
                  && renew_label(spool, label, now, ret_err);
        if (ok && db_changes(spool->db) > 0)
                ok = changed(spool, ret_err);
        return db_end(spool->db, ok, ret_err);
}

/* --- a list in the place of what there was of it ----------------------------------------------- */

struct swap {
        struct spool *spool;
        const struct deny_list *list;
        int64_t now;
        GHashTable *before; /* network -> reason, NULL where the entry would end; what is not met stays in it */
        GHashTable *met;
        struct deny_swapped swapped;
};

static void remember(const struct deny_entry *entry, void *user)
{
        struct swap *swap = user;
        g_hash_table_insert(swap->before, g_strdup(entry->network), entry->until ? NULL : g_strdup(entry->reason));
}

/* What is there already, for good, is not written again: most of a list is the same from day to day. */
static bool take_item(struct swap *swap, const struct deny_item *item, struct err *ret_err)
{
        const struct deny_entry entry = {
                .network = item->network, .label = swap->list->label, .reason = item->reason, .evidence = "", .span = swap->list->span
        };
        if (!g_hash_table_add(swap->met, item->network))
                return true;
        void *reason = NULL;
        const bool is_kept = g_hash_table_lookup_extended(swap->before, item->network, NULL, &reason);
        const bool is_same = reason && swap->list->span == 0 && strcmp(reason, item->reason) == 0;
        swap->swapped.kept += is_kept;
        swap->swapped.added += !is_kept;
        g_hash_table_remove(swap->before, item->network);
        return is_same || put_entry(swap->spool, &entry, swap->now, ret_err);
}

static bool remove_unmet(struct swap *swap, struct err *ret_err)
{
        GHashTableIter all;
        void *network;
        bool ok = true;
        g_hash_table_iter_init(&all, swap->before);
        for (; ok && g_hash_table_iter_next(&all, &network, NULL); swap->swapped.removed++)
                ok = remove_one(swap->spool, network, swap->list->label, ret_err);
        return ok;
}

static bool take_all(struct swap *swap, const struct deny_item *items, size_t count, struct err *ret_err)
{
        bool ok = deny_each(swap->spool, swap->list->label, remember, swap, ret_err);
        for (size_t i = 0; ok && i < count; i++)
                ok = take_item(swap, &items[i], ret_err);
        return ok && remove_unmet(swap, ret_err) && put_list(swap->spool, swap->list, swap->now, ret_err)
               && has_room(swap->spool, ret_err) && changed(swap->spool, ret_err);
}

bool deny_swap(struct spool *spool, const struct deny_list *list, const struct deny_item *items, size_t count, int64_t now,
               struct deny_swapped *ret_swapped, struct err *ret_err)
{
        if (!db_begin(spool->db, ret_err))
                return false;
        struct swap swap = {
                .spool = spool, .list = list, .now = now,
                .before = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                .met = g_hash_table_new(g_str_hash, g_str_equal),
        };
        const bool ok = take_all(&swap, items, count, ret_err);
        *ret_swapped = swap.swapped;
        g_hash_table_unref(swap.before);
        g_hash_table_unref(swap.met);
        return db_end(spool->db, ok, ret_err);
}

/* --- for receive ------------------------------------------------------------------------------ */

/* Once, whoever of two receivers comes first. */
static bool deny_again_row(struct spool *spool, const struct deny_news *news, bool *changed_any, struct err *ret_err)
{
        bool ok = db_run(spool->db, ret_err,
                         "UPDATE deny SET span = min(span * 2, ?1), until = ?2 + min(span * 2, ?1), times = times + 1"
                         " WHERE network = ?3 AND label = ?4 AND until > 0 AND until <= ?2",
                         "iitt", (int64_t) DENY_SPAN_MAX, news->again, news->network, news->label);
        *changed_any = *changed_any || (ok && db_changes(spool->db) > 0);
        return ok;
}

static bool record_all(struct spool *spool, const struct deny_news *news, size_t count, bool *ret_changed, struct err *ret_err)
{
        bool ok = true;
        for (size_t i = 0; ok && i < count; i++) {
                if (news[i].hits > 0)
                        ok = db_run(spool->db, ret_err,
                                    "UPDATE deny SET hits = hits + ?, last_hit = max(last_hit, ?) WHERE network = ? AND label = ?", "iitt",
                                    news[i].hits, news[i].last_hit, news[i].network, news[i].label);
                if (ok && news[i].again)
                        ok = deny_again_row(spool, &news[i], ret_changed, ret_err);
        }
        return ok;
}

bool deny_record(struct spool *spool, const struct deny_news *news, size_t count, int64_t *version, struct err *ret_err)
{
        int64_t before = 0;
        bool has_changed = false;
        if (!db_begin(spool->db, ret_err))
                return false;
        bool ok = deny_version(spool, &before, ret_err) && record_all(spool, news, count, &has_changed, ret_err)
                  && (!has_changed || changed(spool, ret_err));
        ok = db_end(spool->db, ok, ret_err);
        if (ok && has_changed && before == *version)
                *version = before + 1;
        return ok;
}
