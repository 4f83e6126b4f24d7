/* mailbox.c - people as they are counted
 * Gives:     what mailbox.h lists
 * Standards: RFC 5233 (what stands behind '+' is the detail of a mailbox) */
#include "store/mailbox.h"

#include "store/inside.h"

enum { DAY = 86400, SPENT_DAYS = 31 }; /* longer than any limit looks back */

static void hash_text(const struct store *store, const char *text, uint8_t ret_hash[HASH_BYTES])
{
        keyring_hash(store->keyring, KEY_MAILBOX_HASH, 0, text, strlen(text), ret_hash);
}

char *mailbox_owner(const char *fold)
{
        const char *at = strrchr(fold, '@');
        const char *plus = at ? memchr(fold, '+', (size_t) (at - fold)) : NULL;
        if (!plus || plus == fold)
                return g_strdup(fold);
        return g_strdup_printf("%.*s%s", (int) (plus - fold), fold, at);
}

static bool add(struct store *store, const char *address, const uint8_t *hash, const uint8_t *owner, int64_t *ret_id,
                struct err *ret_err)
{
        int64_t spellings;
        if (!db_number(store->db, &spellings, ret_err, "SELECT count(*) FROM mailbox WHERE owner = ?", "b", owner, (size_t) HASH_BYTES))
                return false;
        if (spellings >= MAILBOX_SPELLINGS_MAX)
                return true;
        GBytes *box = store_seal_text(store, KEY_MEMBER_SEAL, 0, address);
        bool ok = db_run(store->db, ret_err, "INSERT INTO mailbox (hash, owner, address) VALUES (?, ?, ?)", "bbB", hash,
                         (size_t) HASH_BYTES, owner, (size_t) HASH_BYTES, box);
        g_bytes_unref(box);
        *ret_id = ok ? db_last_id(store->db) : 0;
        return ok;
}

bool mailbox_find(struct store *store, const char *address, const char *fold, const char *owner, int64_t *ret_id,
                  struct err *ret_err)
{
        uint8_t hash[HASH_BYTES], owner_hash[HASH_BYTES];
        hash_text(store, fold, hash);
        hash_text(store, owner, owner_hash);
        *ret_id = 0;
        return db_number(store->db, ret_id, ret_err, "SELECT id FROM mailbox WHERE hash = ?", "b", hash, sizeof hash)
               && (*ret_id || add(store, address, hash, owner_hash, ret_id, ret_err));
}

bool mailbox_address(struct store *store, int64_t id, char **ret_address, struct err *ret_err)
{
        struct query query;
        bool ok = true;
        *ret_address = NULL;
        if (!db_query(store->db, &query, ret_err, "SELECT address FROM mailbox WHERE id = ?", "i", id))
                return false;
        if (db_next(&query)) {
                *ret_address = store_open_text(store, &query, 0, KEY_MEMBER_SEAL, 0, ret_err);
                ok = *ret_address != NULL;
        }
        return db_done(&query, ret_err) && ok;
}

/* --- limits ---------------------------------------------------------------------------------------- */

static void hash_limit(const struct store *store, enum spent_kind kind, const char *whose, int64_t list_id,
                       uint8_t ret_hash[HASH_BYTES])
{
        char *text = g_strdup_printf("%c%s", (char) kind, whose);
        keyring_hash(store->keyring, KEY_LIMIT, list_id, text, strlen(text), ret_hash);
        g_free(text);
}

bool limit_room(struct store *store, const struct limit *limits, size_t count, int64_t now, bool *ret_room, struct err *ret_err)
{
        *ret_room = true;
        for (size_t i = 0; i < count && *ret_room; i++) {
                uint8_t hash[HASH_BYTES];
                int64_t spent;
                hash_limit(store, limits[i].kind, limits[i].whose, limits[i].list_id, hash);
                if (!db_number(store->db, &spent, ret_err, "SELECT count(*) FROM spent WHERE hash = ? AND at > ?", "bi", hash,
                               sizeof hash, now - limits[i].seconds))
                        return false;
                *ret_room = spent < limits[i].most;
        }
        return true;
}

static bool same_account(const struct limit *a, const struct limit *b)
{
        return a->kind == b->kind && a->list_id == b->list_id && strcmp(a->whose, b->whose) == 0;
}

bool limit_spend(struct store *store, const struct limit *limits, size_t count, int64_t now, struct err *ret_err)
{
        bool ok = true;
        for (size_t i = 0; i < count && ok; i++) {
                uint8_t hash[HASH_BYTES];
                if (i > 0 && same_account(&limits[i], &limits[i - 1]))
                        continue; /* so many a day and so many a month are one account */
                hash_limit(store, limits[i].kind, limits[i].whose, limits[i].list_id, hash);
                ok = db_run(store->db, ret_err, "INSERT INTO spent (hash, at) VALUES (?, ?)", "bi", hash, sizeof hash, now);
        }
        return ok;
}

bool limit_clear(struct store *store, enum spent_kind kind, const char *whose, int64_t list_id, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        hash_limit(store, kind, whose, list_id, hash);
        return db_run(store->db, ret_err, "DELETE FROM spent WHERE hash = ?", "b", hash, sizeof hash);
}

bool limit_expire(struct store *store, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM spent WHERE at < ?", "i", now - SPENT_DAYS * DAY);
}

/* --- never again ------------------------------------------------------------------------------------- */

bool never_set(struct store *store, const char *owner, bool never, int64_t now, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        hash_text(store, owner, hash);
        return never ? db_run(store->db, ret_err, "INSERT OR IGNORE INTO never (hash, at) VALUES (?, ?)", "bi", hash, sizeof hash, now)
                     : db_run(store->db, ret_err, "DELETE FROM never WHERE hash = ?", "b", hash, sizeof hash);
}

bool never_is(struct store *store, const char *owner, bool *ret_never, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        int64_t count = 0;
        hash_text(store, owner, hash);
        bool ok = db_number(store->db, &count, ret_err, "SELECT count(*) FROM never WHERE hash = ?", "b", hash, sizeof hash);
        *ret_never = count > 0;
        return ok;
}
