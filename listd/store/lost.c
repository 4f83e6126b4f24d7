/* lost.c - misaddressed mail: what is thought of it, and what it is known by again
 * Gives:  what lost.h lists
 * A print is looked up by its keyed hash, under its kind. The copy that it names may be gone, decided about or expired; its number
 * goes on all the same. */
#include "store/lost.h"

#include "store/inside.h"

const char *const LOST_GROUP_WORDS[] = { "", "typo", "other", "probe", "spam", NULL };
const char *const LOST_PRINT_WORDS[] = { "", "mail", "mail", "token", "name", NULL };

enum { DAY = 86400 };

/* --- prints ----------------------------------------------------------------------------- */

struct seen {
        uint8_t hash[HASH_BYTES];
        int64_t first, times, names; /* times 0: not seen */
        char held_id[HELD_ID_CHARS + 1];
};

/* Nothing is seen of a print that the message does not have. */
static bool look_up(struct store *store, const struct lost_prints *prints, enum lost_print print, int64_t now, struct seen *ret_seen,
                    struct err *ret_err)
{
        struct query query;
        *ret_seen = (struct seen){ 0 };
        if (!prints->text[print])
                return true;
        keyring_hash(store->keyring, KEY_LOST, print, prints->text[print], prints->length[print], ret_seen->hash);
        if (!db_query(store->db, &query, ret_err, "SELECT first, times, names, held_id FROM lost_print WHERE hash = ? AND last > ?", "bi",
                      ret_seen->hash, sizeof ret_seen->hash, now - LOST_DAYS * DAY))
                return false;
        if (db_next(&query)) {
                ret_seen->first = db_int(&query, 0);
                ret_seen->times = db_int(&query, 1);
                ret_seen->names = db_int(&query, 2);
                g_strlcpy(ret_seen->held_id, db_text(&query, 3), sizeof ret_seen->held_id);
        }
        return db_done(&query, ret_err);
}

static bool remember(struct store *store, const struct seen *seen, bool is_new_name, const char *held_id, int64_t now,
                     struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "INSERT OR REPLACE INTO lost_print (hash, first, last, times, names, held_id) VALUES (?, ?, ?, ?, ?, ?)", "biiiit",
                      seen->hash, sizeof seen->hash, seen->times ? seen->first : now, now, seen->times + 1, seen->names + is_new_name,
                      held_id);
}

bool lost_names(struct store *store, const struct lost_prints *prints, int64_t now, int64_t *ret_names, struct err *ret_err)
{
        struct seen copy, mail;
        bool ok = look_up(store, prints, PRINT_COPY, now, &copy, ret_err) && look_up(store, prints, PRINT_MAIL, now, &mail, ret_err);
        *ret_names = ok ? mail.names + (copy.times == 0) : 1;
        return ok;
}

/* --- keeping ------------------------------------------------------------------------------ */

static bool is_human(const struct lost_new *lost)
{
        return lost->known_by == PRINT_COPY;
}

/* Whether a kept message is there that this one may replace. */
static bool may_replace(struct store *store, const struct seen *seen, bool human, bool *ret_may, struct err *ret_err)
{
        int64_t count = 0;
        bool ok = seen->times == 0
                  || db_number(store->db, &count, ret_err, "SELECT count(*) FROM lost WHERE held_id = ? AND human = ?", "ti", seen->held_id,
                               (int64_t) human);
        *ret_may = count > 0;
        return ok;
}

static bool find_replaced(struct store *store, const struct lost_new *lost, const struct seen *seen, const char **ret_id,
                          struct err *ret_err)
{
        bool may = false, ok = true;
        *ret_id = NULL;
        for (enum lost_print print = PRINT_COPY; ok && !may && print <= lost->known_by; print++) {
                ok = may_replace(store, &seen[print], is_human(lost), &may, ret_err);
                if (ok && may)
                        *ret_id = seen[print].held_id;
        }
        return ok;
}

/* The print that was there most often. */
static enum lost_print most_seen(const struct seen *seen)
{
        enum lost_print most = PRINT_COPY;
        for (enum lost_print print = PRINT_COPY; print < LOST_PRINTS; print++)
                if (seen[print].times > seen[most].times)
                        most = print;
        return most;
}

static bool write_row(struct store *store, const struct lost_new *lost, const char *id, enum lost_print same, const struct seen *seen,
                      struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "INSERT INTO lost (held_id, kind, human, suggestion, same, first, times) VALUES (?, ?, ?, ?, ?, ?, ?)", "tiitiii", id,
                      (int64_t) lost->group, (int64_t) is_human(lost), lost->suggestion, seen->times ? (int64_t) same : 0,
                      seen->times ? seen->first : lost->now, seen->times + 1);
}

bool lost_add(struct store *store, const struct lost_new *lost, int64_t *ret_times, struct err *ret_err)
{
        struct seen seen[LOST_PRINTS] = { { { 0 } } };
        char id[HELD_ID_CHARS + 1];
        const char *replaced;
        bool ok = true;
        for (enum lost_print print = PRINT_COPY; ok && print < LOST_PRINTS; print++)
                ok = look_up(store, &lost->prints, print, lost->now, &seen[print], ret_err);
        if (!ok || !find_replaced(store, lost, seen, &replaced, ret_err))
                return false;
        const enum lost_print same = most_seen(seen);
        *ret_times = seen[same].times + 1;
        ok = (replaced ? held_replace(store, HELD_MISADDRESSED, replaced, lost->reason, lost->log_id, lost->envelope, id, ret_err)
                       : held_add(store, HELD_MISADDRESSED, 0, lost->reason, lost->log_id, lost->envelope, id, ret_err))
             && write_row(store, lost, id, same, &seen[same], ret_err);
        for (enum lost_print print = PRINT_COPY; ok && print < LOST_PRINTS; print++)
                ok = !lost->prints.text[print] || remember(store, &seen[print], seen[PRINT_COPY].times == 0, id, lost->now, ret_err);
        return ok;
}

/* --- reading ------------------------------------------------------------------------------ */

static struct lost *read_row(const struct query *query)
{
        struct lost *lost = g_new0(struct lost, 1);
        g_strlcpy(lost->id, db_text(query, 0), sizeof lost->id);
        lost->group = (enum lost_group) CLAMP(db_int(query, 1), LOST_TYPO, LOST_SPAM);
        lost->suggestion = g_strdup(db_text(query, 2));
        lost->same = (enum lost_print) CLAMP(db_int(query, 3), 0, PRINT_NAME);
        lost->first = db_int(query, 4);
        lost->times = db_int(query, 5);
        return lost;
}

void lost_free(struct lost *lost)
{
        if (!lost)
                return;
        g_free(lost->suggestion);
        g_free(lost);
}

static void lost_free_item(void *lost)
{
        lost_free(lost);
}

/* What was kept by the version before has no row in `lost`. */
bool lost_all(struct store *store, GPtrArray **ret_lost, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT h.id, coalesce(l.kind, ?), coalesce(l.suggestion, ''), coalesce(l.same, 0), coalesce(l.first, h.at),"
                      " coalesce(l.times, 1) FROM held h LEFT JOIN lost l ON l.held_id = h.id WHERE h.kind = ? ORDER BY 2, h.at DESC, h.id",
                      "ii", (int64_t) LOST_OTHER, (int64_t) HELD_MISADDRESSED))
                return false;
        GPtrArray *all = g_ptr_array_new_with_free_func(lost_free_item);
        while (db_next(&query))
                g_ptr_array_add(all, read_row(&query));
        bool ok = db_done(&query, ret_err);
        if (ok)
                *ret_lost = all;
        else
                g_ptr_array_unref(all);
        return ok;
}

bool lost_get(struct store *store, const char *id, struct lost **ret_lost, struct err *ret_err)
{
        struct query query;
        *ret_lost = NULL;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT h.id, coalesce(l.kind, ?), coalesce(l.suggestion, ''), coalesce(l.same, 0), coalesce(l.first, h.at),"
                      " coalesce(l.times, 1) FROM held h LEFT JOIN lost l ON l.held_id = h.id WHERE h.kind = ? AND h.id = ?",
                      "iit", (int64_t) LOST_OTHER, (int64_t) HELD_MISADDRESSED, id))
                return false;
        struct lost *lost = db_next(&query) ? read_row(&query) : NULL;
        bool ok = db_done(&query, ret_err);
        if (ok)
                *ret_lost = lost;
        else
                lost_free(lost);
        return ok;
}

bool lost_expire(struct store *store, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM lost_print WHERE last <= ?", "i", now - LOST_DAYS * DAY)
               && db_run(store->db, ret_err,
                         "DELETE FROM lost_print WHERE last <= (SELECT last FROM lost_print ORDER BY last DESC LIMIT 1 OFFSET ?)", "i",
                         (int64_t) LOST_PRINTS_MAX);
}
