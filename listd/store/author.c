/* author.c - who may write as whom
 * Gives:  what author.h lists */
#include "store/author.h"

#include "store/inside.h"

enum { DAY = 86400 };

/* --- further addresses ------------------------------------------------------------------------------- */

bool author_member(struct store *store, int64_t list_id, const char *fold, struct member **ret_member, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        int64_t id = 0;
        if (!member_find(store, list_id, fold, ret_member, ret_err))
                return false;
        if (*ret_member)
                return true;
        keyring_hash(store->keyring, KEY_MEMBER_HASH, list_id, fold, strlen(fold), hash);
        return db_number(store->db, &id, ret_err, "SELECT member_id FROM alias WHERE list_id = ? AND hash = ?", "ib", list_id, hash,
                         sizeof hash)
               && (!id || member_get(store, list_id, id, ret_member, ret_err));
}

bool alias_add(struct store *store, int64_t list_id, int64_t member_id, const char *address, const char *fold, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        int64_t count;
        keyring_hash(store->keyring, KEY_MEMBER_HASH, list_id, fold, strlen(fold), hash);
        if (!db_number(store->db, &count, ret_err, "SELECT count(*) FROM alias WHERE member_id = ?", "i", member_id))
                return false;
        if (count >= ALIASES_MAX)
                return err_set(ret_err, ERR_PERM, "there are %d further addresses already", ALIASES_MAX);
        GBytes *box = store_seal_text(store, KEY_MEMBER_SEAL, list_id, address);
        bool ok = db_run(store->db, ret_err, "INSERT OR REPLACE INTO alias (list_id, hash, member_id, address) VALUES (?, ?, ?, ?)",
                         "ibiB", list_id, hash, sizeof hash, member_id, box);
        g_bytes_unref(box);
        return ok;
}

bool alias_remove(struct store *store, int64_t list_id, int64_t member_id, const char *fold, bool *ret_removed, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        keyring_hash(store->keyring, KEY_MEMBER_HASH, list_id, fold, strlen(fold), hash);
        bool ok = db_run(store->db, ret_err, "DELETE FROM alias WHERE list_id = ? AND hash = ? AND member_id = ?", "ibi", list_id,
                         hash, sizeof hash, member_id);
        *ret_removed = ok && db_changes(store->db) > 0;
        return ok;
}

bool alias_all(struct store *store, int64_t list_id, int64_t member_id, GPtrArray **ret_addresses, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err, "SELECT address FROM alias WHERE list_id = ? AND member_id = ?", "ii", list_id,
                      member_id))
                return false;
        bool ok = true;
        GPtrArray *addresses = g_ptr_array_new_with_free_func(g_free);
        while (ok && db_next(&query)) {
                char *address = store_open_text(store, &query, 0, KEY_MEMBER_SEAL, list_id, ret_err);
                ok = address != NULL;
                if (ok)
                        g_ptr_array_add(addresses, address);
        }
        ok = db_done(&query, ret_err) && ok;
        if (ok)
                *ret_addresses = addresses;
        else
                g_ptr_array_unref(addresses);
        return ok;
}

/* --- networks ------------------------------------------------------------------------------------------- */

static void hash_network(const struct store *store, int64_t member_id, const char *network, uint8_t ret_hash[HASH_BYTES])
{
        keyring_hash(store->keyring, KEY_LIMIT, member_id, network, strlen(network), ret_hash);
}

bool network_learn(struct store *store, int64_t member_id, const char *network, int64_t now, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        hash_network(store, member_id, network, hash);
        return db_run(store->db, ret_err, "INSERT OR REPLACE INTO known_network (member_id, hash, until) VALUES (?, ?, ?)", "ibi",
                      member_id, hash, sizeof hash, now + KNOWN_NETWORK_DAYS * DAY);
}

bool network_is_known(struct store *store, int64_t member_id, const char *network, int64_t now, bool *ret_known, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        int64_t until = 0;
        hash_network(store, member_id, network, hash);
        bool ok = db_number(store->db, &until, ret_err, "SELECT until FROM known_network WHERE member_id = ? AND hash = ?", "ib",
                            member_id, hash, sizeof hash);
        *ret_known = until > now;
        return ok;
}

bool author_expire(struct store *store, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM known_network WHERE until <= ?", "i", now);
}

/* --- bans ------------------------------------------------------------------------------------------------- */

static void hash_ban(const struct store *store, int64_t list_id, const char *fold, uint8_t ret_hash[HASH_BYTES])
{
        keyring_hash(store->keyring, KEY_MEMBER_HASH, list_id, fold, strlen(fold), ret_hash);
}

bool ban_add(struct store *store, int64_t list_id, const char *text, const char *fold, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        hash_ban(store, list_id, fold, hash);
        GBytes *box = store_seal_text(store, KEY_MEMBER_SEAL, list_id, text);
        bool ok = db_run(store->db, ret_err, "INSERT OR IGNORE INTO ban (list_id, hash, address, at) VALUES (?, ?, ?, ?)", "ibBi",
                         list_id, hash, sizeof hash, box, clock_now());
        g_bytes_unref(box);
        return ok;
}

bool ban_remove(struct store *store, int64_t list_id, const char *fold, bool *ret_removed, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        hash_ban(store, list_id, fold, hash);
        bool ok = db_run(store->db, ret_err, "DELETE FROM ban WHERE list_id = ? AND hash = ?", "ib", list_id, hash, sizeof hash);
        *ret_removed = ok && db_changes(store->db) > 0;
        return ok;
}

bool ban_is(struct store *store, int64_t list_id, const char *fold, bool *ret_banned, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES], domain[HASH_BYTES];
        int64_t count = 0;
        const char *at = strrchr(fold, '@');
        hash_ban(store, list_id, fold, hash);
        hash_ban(store, list_id, at ? at : fold, domain);
        bool ok = db_number(store->db, &count, ret_err, "SELECT count(*) FROM ban WHERE list_id = ? AND hash IN (?, ?)", "ibb", list_id,
                            hash, sizeof hash, domain, sizeof domain);
        *ret_banned = count > 0;
        return ok;
}

static void ban_free(void *data)
{
        struct ban *ban = data;
        g_free(ban->text);
        g_free(ban);
}

bool ban_all(struct store *store, int64_t list_id, GPtrArray **ret_bans, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err, "SELECT address, at FROM ban WHERE list_id = ? ORDER BY at", "i", list_id))
                return false;
        bool ok = true;
        GPtrArray *bans = g_ptr_array_new_with_free_func(ban_free);
        while (ok && db_next(&query)) {
                char *text = store_open_text(store, &query, 0, KEY_MEMBER_SEAL, list_id, ret_err);
                ok = text != NULL;
                if (!ok)
                        break;
                struct ban *ban = g_new0(struct ban, 1);
                ban->text = text;
                ban->at = db_int(&query, 1);
                g_ptr_array_add(bans, ban);
        }
        ok = db_done(&query, ret_err) && ok;
        if (ok)
                *ret_bans = bans;
        else
                g_ptr_array_unref(bans);
        return ok;
}
