/* member.c - who is on a list
 * Gives:  what member.h lists
 * The row is found by a keyed hash of the folded address under the list's id: the same person on two lists has two
 * hashes that nobody without the key can match. */
#include "store/member.h"

#include "store/bounce.h"
#include "store/change.h"
#include "store/inside.h"

const char *const MEMBER_ROLE_WORDS[] = { "member", "moderator", "owner", NULL };
const char *const MEMBER_STATE_WORDS[] = { "active", "paused", NULL };
const char *const MEMBER_STANDING_WORDS[] = { "normal", "new", "moderated", "trusted", NULL };

#define MEMBER_COLUMNS                                                                                        \
        "id, list_id, address, name, role, state, joined, failures, failed_at, failed_code, failed_text, until, lang," \
        " standing, digest"

static void hash_fold(const struct store *store, int64_t list_id, const char *fold, uint8_t ret_hash[HASH_BYTES])
{
        keyring_hash(store->keyring, KEY_MEMBER_HASH, list_id, fold, strlen(fold), ret_hash);
}

void member_free(struct member *member)
{
        if (!member)
                return;
        g_free(member->address);
        g_free(member->name);
        g_free(member->failed_text);
        g_free(member);
}

static void member_free_item(void *member)
{
        member_free(member);
}

/* --- reading ------------------------------------------------------------------------ */

static struct member *read_row(struct store *store, const struct query *query, struct err *ret_err)
{
        struct member *member = g_new0(struct member, 1);
        member->id = db_int(query, 0);
        member->list_id = db_int(query, 1);
        member->address = store_open_text(store, query, 2, KEY_MEMBER_SEAL, member->list_id, ret_err);
        member->name = store_open_text(store, query, 3, KEY_MEMBER_SEAL, member->list_id, ret_err);
        member->role = (enum member_role) db_int(query, 4);
        member->state = (enum member_state) db_int(query, 5);
        member->joined = db_int(query, 6);
        member->failures = db_int(query, 7);
        member->failed_at = db_int(query, 8);
        member->failed_code = (int) db_int(query, 9);
        member->until = db_int(query, 11);
        member->lang = (int) db_int(query, 12);
        member->standing = (enum member_standing) db_int(query, 13);
        member->digest = (int) db_int(query, 14);
        bool ok = member->address && member->name;
        if (ok && member->failures) {
                member->failed_text = store_open_text(store, query, 10, KEY_MEMBER_SEAL, member->list_id, ret_err);
                ok = member->failed_text != NULL;
        }
        if (!ok)
                g_clear_pointer(&member, member_free);
        return member;
}

static bool read_one(struct store *store, struct query *query, struct member **ret_member, struct err *ret_err)
{
        bool ok = true;
        if (db_next(query)) {
                *ret_member = read_row(store, query, ret_err);
                ok = *ret_member != NULL;
        }
        return db_done(query, ret_err) && ok;
}

static bool read_many(struct store *store, struct query *query, GPtrArray **ret_members, struct err *ret_err)
{
        bool ok = true;
        GPtrArray *members = g_ptr_array_new_with_free_func(member_free_item);
        while (ok && db_next(query)) {
                struct member *member = read_row(store, query, ret_err);
                ok = member != NULL;
                if (ok)
                        g_ptr_array_add(members, member);
        }
        ok = db_done(query, ret_err) && ok;
        if (ok)
                *ret_members = members;
        else
                g_ptr_array_unref(members);
        return ok;
}

bool member_find(struct store *store, int64_t list_id, const char *fold, struct member **ret_member, struct err *ret_err)
{
        struct query query;
        uint8_t hash[HASH_BYTES];
        *ret_member = NULL;
        hash_fold(store, list_id, fold, hash);
        return db_query(store->db, &query, ret_err, "SELECT " MEMBER_COLUMNS " FROM member WHERE list_id = ? AND hash = ?", "ib",
                        list_id, hash, sizeof hash)
               && read_one(store, &query, ret_member, ret_err);
}

bool member_get(struct store *store, int64_t list_id, int64_t id, struct member **ret_member, struct err *ret_err)
{
        struct query query;
        *ret_member = NULL;
        return db_query(store->db, &query, ret_err, "SELECT " MEMBER_COLUMNS " FROM member WHERE list_id = ? AND id = ?", "ii",
                        list_id, id)
               && read_one(store, &query, ret_member, ret_err);
}

bool member_page(struct store *store, int64_t list_id, int64_t after, size_t limit, GPtrArray **ret_members, struct err *ret_err)
{
        struct query query;
        *ret_members = NULL;
        return db_query(store->db, &query, ret_err,
                        "SELECT " MEMBER_COLUMNS " FROM member WHERE list_id = ? AND id > ? ORDER BY id LIMIT ?", "iii", list_id,
                        after, (int64_t) limit)
               && read_many(store, &query, ret_members, ret_err);
}

bool member_officers(struct store *store, int64_t list_id, enum member_role least, GPtrArray **ret_members, struct err *ret_err)
{
        struct query query;
        *ret_members = NULL;
        return db_query(store->db, &query, ret_err,
                        "SELECT " MEMBER_COLUMNS " FROM member WHERE list_id = ? AND role >= ? ORDER BY id", "ii", list_id,
                        (int64_t) least)
               && read_many(store, &query, ret_members, ret_err);
}

bool member_last(struct store *store, int64_t list_id, int64_t *ret_id, struct err *ret_err)
{
        return db_number(store->db, ret_id, ret_err, "SELECT max(id) FROM member WHERE list_id = ?", "i", list_id);
}

bool member_count(struct store *store, int64_t list_id, int64_t *ret_count, struct err *ret_err)
{
        return db_number(store->db, ret_count, ret_err, "SELECT count(*) FROM member WHERE list_id = ?", "i", list_id);
}

/* --- changing ------------------------------------------------------------------------- */

static bool add_one(struct store *store, int64_t list_id, const struct member_new *new, size_t *added, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        hash_fold(store, list_id, new->fold, hash);
        GBytes *address = store_seal_text(store, KEY_MEMBER_SEAL, list_id, new->address);
        GBytes *name = store_seal_text(store, KEY_MEMBER_SEAL, list_id, new->name ? new->name : "");
        bool ok = db_run(store->db, ret_err,
                         "INSERT INTO member (list_id, hash, address, name, role, state, joined, standing)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (list_id, hash) DO NOTHING",
                         "ibBBiiii", list_id, hash, sizeof hash, address, name, (int64_t) new->role, (int64_t) MEMBER_ACTIVE,
                         clock_now(), (int64_t) new->standing);
        if (ok && db_changes(store->db) > 0) {
                ++*added;
                ok = change_add(store, list_id, db_last_id(store->db), CHANGE_JOINED, ret_err);
        }
        g_bytes_unref(address);
        g_bytes_unref(name);
        return ok;
}

bool member_add(struct store *store, int64_t list_id, const struct member_new *members, size_t count, size_t *ret_added,
                struct err *ret_err)
{
        *ret_added = 0;
        if (!store_begin(store, ret_err))
                return false;
        bool ok = true;
        for (size_t i = 0; ok && i < count; i++)
                ok = add_one(store, list_id, &members[i], ret_added, ret_err);
        return store_end(store, ok, ret_err);
}

bool member_totals(struct store *store, int64_t list_id, struct member_totals *ret_totals, struct err *ret_err)
{
        struct query query;
        *ret_totals = (struct member_totals){ 0 };
        if (!db_query(store->db, &query, ret_err, "SELECT state, digest, count(*) FROM member WHERE list_id = ? GROUP BY state, digest",
                      "i", list_id))
                return false;
        while (db_next(&query)) {
                const int64_t count = db_int(&query, 2);
                ret_totals->all += count;
                if (db_int(&query, 0) != MEMBER_ACTIVE)
                        ret_totals->paused += count;
                else
                        ret_totals->active += count;
                if (db_int(&query, 0) == MEMBER_ACTIVE && db_int(&query, 1) != 0)
                        ret_totals->digests += count;
        }
        return db_done(&query, ret_err);
}

bool member_set_role(struct store *store, int64_t list_id, int64_t id, enum member_role role, struct err *ret_err)
{
        return db_run(store->db, ret_err, "UPDATE member SET role = ? WHERE list_id = ? AND id = ?", "iii", (int64_t) role, list_id,
                      id)
               && change_add(store, list_id, id, CHANGE_ROLE, ret_err);
}

bool member_set_state(struct store *store, int64_t list_id, int64_t id, enum member_state state, int64_t until,
                      struct err *ret_err)
{
        return db_run(store->db, ret_err, "UPDATE member SET state = ?, until = ? WHERE list_id = ? AND id = ?", "iiii",
                      (int64_t) state, state == MEMBER_PAUSED ? until : 0, list_id, id)
               && (state == MEMBER_PAUSED || bounce_forget(store, id, ret_err))
               && change_add(store, list_id, id, state == MEMBER_PAUSED ? CHANGE_PAUSED : CHANGE_RESUMED, ret_err);
}

bool member_wake(struct store *store, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "INSERT INTO change (list_id, at, what, member_id, address)"
                      " SELECT list_id, ?1, ?2, id, address FROM member WHERE until > 0 AND until <= ?1",
                      "ii", now, (int64_t) CHANGE_RESUMED)
               && db_run(store->db, ret_err, "UPDATE member SET state = ?, until = 0 WHERE until > 0 AND until <= ?", "ii",
                         (int64_t) MEMBER_ACTIVE, now);
}

bool member_set_standing(struct store *store, int64_t list_id, int64_t id, enum member_standing standing, struct err *ret_err)
{
        return db_run(store->db, ret_err, "UPDATE member SET standing = ? WHERE list_id = ? AND id = ?", "iii", (int64_t) standing,
                      list_id, id);
}

bool member_set_lang(struct store *store, int64_t list_id, int64_t id, int lang, struct err *ret_err)
{
        return db_run(store->db, ret_err, "UPDATE member SET lang = ? WHERE list_id = ? AND id = ?", "iii", (int64_t) lang, list_id,
                      id);
}

/* What was recorded of the member under the old address stands under the new one from now on. */
bool member_set_address(struct store *store, int64_t list_id, int64_t id, const char *address, const char *fold,
                        struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        hash_fold(store, list_id, fold, hash);
        GBytes *box = store_seal_text(store, KEY_MEMBER_SEAL, list_id, address);
        bool ok = db_run(store->db, ret_err,
                         "UPDATE member SET hash = ?, address = ?, failures = 0, failed_text = NULL WHERE list_id = ? AND id = ?",
                         "bBii", hash, sizeof hash, box, list_id, id)
                  && db_run(store->db, ret_err, "UPDATE change SET address = ? WHERE member_id = ?", "Bi", box, id)
                  && db_run(store->db, ret_err, "DELETE FROM failure WHERE member_id = ?", "i", id) && bounce_forget(store, id, ret_err)
                  && change_add(store, list_id, id, CHANGE_ADDRESS, ret_err);
        g_bytes_unref(box);
        return ok;
}

bool member_set_name(struct store *store, int64_t list_id, int64_t id, const char *name, struct err *ret_err)
{
        GBytes *box = store_seal_text(store, KEY_MEMBER_SEAL, list_id, name);
        bool ok = db_run(store->db, ret_err, "UPDATE member SET name = ? WHERE list_id = ? AND id = ?", "Bii", box, list_id, id);
        g_bytes_unref(box);
        return ok;
}

bool member_remove(struct store *store, int64_t list_id, int64_t id, struct err *ret_err)
{
        return change_add(store, list_id, id, CHANGE_LEFT, ret_err)
               && db_run(store->db, ret_err, "DELETE FROM question WHERE list_id = ? AND member_id = ?", "ii", list_id, id)
               && db_run(store->db, ret_err, "DELETE FROM member WHERE list_id = ? AND id = ?", "ii", list_id, id);
}
