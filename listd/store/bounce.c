/* bounce.c - failures of members' mailboxes, and what they come to
 * Gives:  what bounce.h lists
 * Fails:  as db.h */
#include "store/bounce.h"

#include "store/inside.h"
#include "store/member.h"

enum { DAY = 86400, WEEK = 7, TEXT_MAX = 300 };

const char *const BOUNCE_STATE_WORDS[] = { "suspect", "paused", "kept", NULL };

/* --- recording ---------------------------------------------------------------------------------------------- */

/* The worst of a day stays; of equals the last. */
bool failure_add(struct store *store, const struct failure *failure, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        char *domain = g_ascii_strdown(failure->domain, -1);
        char *text = g_utf8_make_valid(failure->text, (gssize) strnlen(failure->text, TEXT_MAX));
        keyring_hash(store->keyring, KEY_BOUNCE, 0, domain, strlen(domain), hash);
        GBytes *box = store_seal_text(store, KEY_MEMBER_SEAL, failure->list_id, text);
        bool ok = db_run(store->db, ret_err,
                         "INSERT INTO failure (list_id, member_id, day, at, times, domain, weight, cause, is_relays, text,"
                         " is_counted, is_excused) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, 0, 0)"
                         " ON CONFLICT (member_id, day) DO UPDATE SET times = times + 1, at = excluded.at,"
                         " cause = iif(excluded.weight >= weight, excluded.cause, cause),"
                         " is_relays = iif(excluded.weight >= weight, excluded.is_relays, is_relays),"
                         " text = iif(excluded.weight >= weight, excluded.text, text), weight = max(weight, excluded.weight)",
                         "iiiibiiiB", failure->list_id, failure->member_id, failure->at / DAY, failure->at, hash, sizeof hash,
                         (int64_t) failure->weight, (int64_t) failure->cause, (int64_t) failure->is_relays, box);
        g_bytes_unref(box);
        g_free(domain);
        g_free(text);
        return ok;
}

/* --- counting ---------------------------------------------------------------------------------------------------- */

bool failure_open(struct store *store, int64_t day, GArray **ret_days, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT f.id, f.list_id, f.member_id, f.day, f.domain, f.weight, m.state,"
                      " NOT EXISTS (SELECT 1 FROM failure g WHERE g.member_id = f.member_id AND g.day < f.day AND g.day >= f.day - ?)"
                      " FROM failure f JOIN member m ON m.id = f.member_id WHERE f.is_counted = 0 AND f.day < ?"
                      " ORDER BY f.day, f.domain, f.id",
                      "ii", (int64_t) WEEK, day))
                return false;
        *ret_days = g_array_new(FALSE, FALSE, sizeof(struct failure_day));
        while (db_next(&query)) {
                struct failure_day one = { .id = db_int(&query, 0), .list_id = db_int(&query, 1), .member_id = db_int(&query, 2),
                                           .day = db_int(&query, 3), .weight = (int) db_int(&query, 5),
                                           .is_active = db_int(&query, 6) == MEMBER_ACTIVE, .is_beginner = db_int(&query, 7) != 0 };
                size_t length;
                const void *hash = db_blob(&query, 4, &length);
                memcpy(one.domain, hash, MIN(length, sizeof one.domain));
                g_array_append_val(*ret_days, one);
        }
        if (db_done(&query, ret_err))
                return true;
        g_clear_pointer(ret_days, g_array_unref);
        return false;
}

bool bounce_count(struct store *store, const struct failure_day *day, bool is_excused, int64_t score, struct err *ret_err)
{
        const int64_t end = (day->day + 1) * DAY;
        if (!db_run(store->db, ret_err, "UPDATE failure SET is_counted = 1, is_excused = ? WHERE id = ?", "ii", (int64_t) is_excused,
                    day->id))
                return false;
        return is_excused || day->weight == 0 || !day->is_active
               || db_run(store->db, ret_err,
                         "INSERT INTO bounce (member_id, list_id, state, since, score, at, asked, asked_at) VALUES (?, ?, ?, ?, ?, ?, 0, 0)"
                         " ON CONFLICT (member_id) DO UPDATE SET score = excluded.score, at = excluded.at",
                         "iiiiii", day->member_id, day->list_id, (int64_t) BOUNCE_SUSPECT, end, score, end);
}

/* --- what it came to ------------------------------------------------------------------------------------------------ */

static void read_bounce(const struct query *query, struct bounce *ret_bounce)
{
        *ret_bounce = (struct bounce){ .member_id = db_int(query, 0), .list_id = db_int(query, 1),
                                       .state = (enum bounce_state) CLAMP(db_int(query, 2), 0, BOUNCE_KEPT), .since = db_int(query, 3),
                                       .score = db_int(query, 4), .at = db_int(query, 5), .asked = db_int(query, 6),
                                       .asked_at = db_int(query, 7), .role = (int) db_int(query, 8) };
}

#define BOUNCE_COLUMNS "b.member_id, b.list_id, b.state, b.since, b.score, b.at, b.asked, b.asked_at, m.role"

bool bounce_get(struct store *store, int64_t list_id, int64_t member_id, struct bounce *ret_bounce, struct err *ret_err)
{
        struct query query;
        *ret_bounce = (struct bounce){ 0 };
        if (!db_query(store->db, &query, ret_err,
                      "SELECT " BOUNCE_COLUMNS " FROM bounce b JOIN member m ON m.id = b.member_id"
                      " WHERE b.list_id = ? AND b.member_id = ?",
                      "ii", list_id, member_id))
                return false;
        if (db_next(&query))
                read_bounce(&query, ret_bounce);
        return db_done(&query, ret_err);
}

bool bounce_of_list(struct store *store, int64_t list_id, GArray **ret_bounces, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT " BOUNCE_COLUMNS " FROM bounce b JOIN member m ON m.id = b.member_id WHERE b.list_id = ?"
                      " ORDER BY b.score DESC, b.member_id",
                      "i", list_id))
                return false;
        *ret_bounces = g_array_new(FALSE, FALSE, sizeof(struct bounce));
        while (db_next(&query)) {
                struct bounce bounce;
                read_bounce(&query, &bounce);
                g_array_append_val(*ret_bounces, bounce);
        }
        if (db_done(&query, ret_err))
                return true;
        g_clear_pointer(ret_bounces, g_array_unref);
        return false;
}

bool bounce_paused_since(struct store *store, int64_t list_id, int64_t since, int64_t *ret_count, struct err *ret_err)
{
        return db_number(store->db, ret_count, ret_err,
                         "SELECT count(*) FROM bounce WHERE list_id = ? AND state <> ? AND since >= ?", "iii", list_id,
                         (int64_t) BOUNCE_SUSPECT, since);
}

bool bounce_set_state(struct store *store, int64_t member_id, enum bounce_state state, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "UPDATE bounce SET state = ?, since = ? WHERE member_id = ?", "iii", (int64_t) state, now,
                      member_id);
}

bool bounce_asked(struct store *store, int64_t member_id, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "UPDATE bounce SET asked = asked + 1, asked_at = ? WHERE member_id = ?", "ii", now, member_id);
}

bool bounce_forget(struct store *store, int64_t member_id, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM bounce WHERE member_id = ?", "i", member_id);
}

/* --- history ------------------------------------------------------------------------------------------------------ */

static void seen_free(void *data)
{
        struct failure_seen *seen = data;
        g_free(seen->text);
        g_free(seen);
}

bool failure_history(struct store *store, int64_t list_id, int64_t member_id, size_t limit, GPtrArray **ret_failures, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT at, times, weight, cause, is_relays, is_counted, is_excused, text FROM failure"
                      " WHERE list_id = ? AND member_id = ? ORDER BY day DESC LIMIT ?",
                      "iii", list_id, member_id, (int64_t) limit))
                return false;
        bool ok = true;
        GPtrArray *failures = g_ptr_array_new_with_free_func(seen_free);
        while (ok && db_next(&query)) {
                struct failure_seen *seen = g_new0(struct failure_seen, 1);
                *seen = (struct failure_seen){ .at = db_int(&query, 0), .times = db_int(&query, 1), .weight = (int) db_int(&query, 2),
                                               .cause = (int) db_int(&query, 3), .is_relays = db_int(&query, 4) != 0,
                                               .is_counted = db_int(&query, 5) != 0, .is_excused = db_int(&query, 6) != 0,
                                               .text = store_open_text(store, &query, 7, KEY_MEMBER_SEAL, list_id, ret_err) };
                ok = seen->text != NULL;
                g_ptr_array_add(failures, seen);
        }
        ok = db_done(&query, ret_err) && ok;
        if (ok)
                *ret_failures = failures;
        else
                g_ptr_array_unref(failures);
        return ok;
}

bool bounce_expire(struct store *store, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM failure WHERE day < ?", "i", now / DAY - BOUNCE_KEPT_DAYS);
}
