/* accepted.c - what was taken already
 * Gives:  accepted_spool(), accepted_post_known(), accepted_post_add(), accepted_expire()
 * A spool id is remembered for SPOOLED_DAYS. It has to outlive the moment between two commits, and what a crash leaves in the spool
 * is done before anything expires. */
#include "store/accepted.h"

#include "store/inside.h"

enum { DAY = 86400, SPOOLED_DAYS = 1 };

bool accepted_spool(struct store *store, const uint8_t id[SPOOL_ID_BYTES], bool *ret_new, struct err *ret_err)
{
        bool ok = db_run(store->db, ret_err, "INSERT OR IGNORE INTO spooled (id, at) VALUES (?, ?)", "bi", id,
                         (size_t) SPOOL_ID_BYTES, clock_now());
        *ret_new = ok && db_changes(store->db) > 0;
        return ok;
}

static void hash_post(const struct store *store, int64_t list_id, const char *author, const char *message_id,
                      uint8_t ret_hash[HASH_BYTES])
{
        GString *text = g_string_new(author);
        g_string_append_c(text, '\n');
        g_string_append(text, message_id);
        keyring_hash(store->keyring, KEY_DUPLICATE, list_id, text->str, text->len, ret_hash);
        g_string_free(text, TRUE);
}

bool accepted_post_known(struct store *store, int64_t list_id, const char *author, const char *message_id, int64_t now,
                         bool *ret_known, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        int64_t at = 0;
        hash_post(store, list_id, author, message_id, hash);
        bool ok = db_number(store->db, &at, ret_err, "SELECT at FROM accepted WHERE hash = ?", "b", hash, sizeof hash);
        *ret_known = ok && at > now - ACCEPTED_POST_DAYS * DAY;
        return ok;
}

bool accepted_post_add(struct store *store, int64_t list_id, const char *author, const char *message_id, int64_t now,
                       struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        hash_post(store, list_id, author, message_id, hash);
        return db_run(store->db, ret_err, "INSERT OR REPLACE INTO accepted (hash, at) VALUES (?, ?)", "bi", hash, sizeof hash, now);
}

bool accepted_expire(struct store *store, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM accepted WHERE at < ?", "i", now - ACCEPTED_POST_DAYS * DAY)
               && db_run(store->db, ret_err, "DELETE FROM spooled WHERE at < ?", "i", now - SPOOLED_DAYS * DAY);
}
