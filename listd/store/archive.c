/* archive.c - sanitised copies of posts, and who wants digests
 * Gives:  what archive.h lists
 * Fails:  as db.h */
#include "store/archive.h"

#include "store/inside.h"
#include "store/member.h"

const char *const MEMBER_DIGEST_WORDS[] = { "no", "mime", "plain", NULL };

bool archive_add(struct store *store, int64_t list_id, int64_t number, GBytes *message, int64_t now, struct err *ret_err)
{
        gsize size;
        const void *bytes = g_bytes_get_data(message, &size);
        GBytes *box = keyring_seal(store->keyring, KEY_MESSAGE_SEAL, list_id, bytes, size);
        bool ok = db_run(store->db, ret_err, "INSERT INTO archive (list_id, number, at, size, body) VALUES (?, ?, ?, ?, ?)", "iiiiB",
                         list_id, number, now, (int64_t) size, box);
        g_bytes_unref(box);
        return ok;
}

static void archived_free(void *data)
{
        struct archived *post = data;
        g_clear_pointer(&post->message, g_bytes_unref);
        g_free(post);
}

bool archive_range(struct store *store, int64_t list_id, int64_t first, int64_t last, bool with_messages, GPtrArray **ret_posts,
                   struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT number, at, size, body FROM archive WHERE list_id = ? AND number BETWEEN ? AND ? ORDER BY number", "iii",
                      list_id, first, last))
                return false;
        bool ok = true;
        GPtrArray *posts = g_ptr_array_new_with_free_func(archived_free);
        while (ok && db_next(&query)) {
                struct archived *post = g_new0(struct archived, 1);
                *post = (struct archived){ .number = db_int(&query, 0), .at = db_int(&query, 1), .size = db_int(&query, 2) };
                g_ptr_array_add(posts, post);
                if (with_messages)
                        post->message = store_open_box(store, &query, 3, KEY_MESSAGE_SEAL, list_id, ret_err);
                ok = !with_messages || post->message;
        }
        ok = db_done(&query, ret_err) && ok;
        if (ok)
                *ret_posts = posts;
        else
                g_ptr_array_unref(posts);
        return ok;
}

bool archive_remove(struct store *store, int64_t list_id, int64_t number, bool *ret_removed, struct err *ret_err)
{
        bool ok = db_run(store->db, ret_err, "DELETE FROM archive WHERE list_id = ? AND number = ?", "ii", list_id, number);
        *ret_removed = ok && db_changes(store->db) > 0;
        return ok;
}

bool archive_forget(struct store *store, int64_t list_id, int64_t before, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "DELETE FROM archive WHERE list_id = ?1 AND at < ?2"
                      " AND number <= coalesce((SELECT number FROM digest WHERE list_id = ?1), 0)",
                      "ii", list_id, before);
}

/* --- digests ------------------------------------------------------------------------------------------------ */

bool digest_get(struct store *store, int64_t list_id, struct digest_state *ret_state, struct err *ret_err)
{
        struct query query;
        *ret_state = (struct digest_state){ .day = -1 };
        if (!db_query(store->db, &query, ret_err, "SELECT issue, number, day FROM digest WHERE list_id = ?", "i", list_id))
                return false;
        if (db_next(&query))
                *ret_state = (struct digest_state){ db_int(&query, 0), db_int(&query, 1), db_int(&query, 2) };
        return db_done(&query, ret_err);
}

bool digest_set(struct store *store, int64_t list_id, const struct digest_state *state, struct err *ret_err)
{
        return db_run(store->db, ret_err, "INSERT OR REPLACE INTO digest (list_id, issue, number, day) VALUES (?, ?, ?, ?)", "iiii",
                      list_id, state->issue, state->number, state->day);
}

bool digest_readers(struct store *store, int64_t list_id, int64_t after, int64_t last, int64_t member_id, GArray **ret_readers,
                    struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT id, max(digest_from, ?1 + 1) AS first, min(each_from - 1, ?2) AS until, max(digest, 1) AS form FROM member"
                      " WHERE list_id = ?3 AND state = ?4 AND (?5 = 0 OR id = ?5) AND digest_from <= ?2 AND each_from > ?1 + 1"
                      " AND max(digest_from, ?1 + 1) <= min(each_from - 1, ?2) ORDER BY form, first, until, id",
                      "iiiii", after, last, list_id, (int64_t) MEMBER_ACTIVE, member_id))
                return false;
        *ret_readers = g_array_new(FALSE, FALSE, sizeof(struct digest_reader));
        while (db_next(&query)) {
                const struct digest_reader reader = { db_int(&query, 0), db_int(&query, 1), db_int(&query, 2),
                                                      db_int(&query, 3) == DIGEST_PLAIN ? DIGEST_PLAIN : DIGEST_MIME };
                g_array_append_val(*ret_readers, reader);
        }
        if (db_done(&query, ret_err))
                return true;
        g_clear_pointer(ret_readers, g_array_unref);
        return false;
}

bool digest_wanted(struct store *store, int64_t list_id, bool *ret_wanted, struct err *ret_err)
{
        int64_t count;
        bool ok = db_number(store->db, &count, ret_err, "SELECT EXISTS (SELECT 1 FROM member WHERE list_id = ? AND digest <> 0)", "i",
                            list_id);
        *ret_wanted = ok && count > 0;
        return ok;
}

/* What is so already stays so: only the form may change. Back to each post, an interval that has no post in it is none. */
bool digest_switch(struct store *store, int64_t list_id, int64_t member_id, enum member_digest form, int64_t last, struct err *ret_err)
{
        if (form == DIGEST_NO)
                return db_run(store->db, ret_err,
                              "UPDATE member SET digest = 0, each_from = ?1 + 1 WHERE list_id = ?2 AND id = ?3 AND digest <> 0", "iii",
                              last, list_id, member_id);
        return db_run(store->db, ret_err,
                      "UPDATE member SET digest_from = iif(digest = 0, ?1 + 1, digest_from), each_from = iif(digest = 0, ?2, each_from),"
                      " digest = ?3 WHERE list_id = ?4 AND id = ?5",
                      "iiiii", last, (int64_t) G_MAXINT64, (int64_t) form, list_id, member_id);
}
