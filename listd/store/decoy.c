/* decoy.c - networks whose first message to the decoy has been seen
 * Gives:  what decoy.h lists */
#include "store/decoy.h"

#include "store/inside.h"

static void hash_network(const struct store *store, const char *network, uint8_t ret_hash[HASH_BYTES])
{
        keyring_hash(store->keyring, KEY_DECOY, 0, network, strlen(network), ret_hash);
}

bool decoy_network_seen(struct store *store, const char *network, int64_t now, bool *ret_first, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        hash_network(store, network, hash);
        bool ok = db_run(store->db, ret_err,
                         "INSERT OR IGNORE INTO decoy_network (hash, at, forwarded)"
                         " SELECT ?, ?, 0 WHERE (SELECT count(*) FROM decoy_network) < ?",
                         "bii", hash, sizeof hash, now, (int64_t) DECOY_NETWORKS_MAX);
        *ret_first = ok && db_changes(store->db) > 0;
        return ok;
}

bool decoy_forwards(struct store *store, int64_t since, int64_t *ret_count, struct err *ret_err)
{
        return db_number(store->db, ret_count, ret_err, "SELECT count(*) FROM decoy_network WHERE forwarded = 1 AND at >= ?", "i",
                         since);
}

bool decoy_forwarded(struct store *store, const char *network, struct err *ret_err)
{
        uint8_t hash[HASH_BYTES];
        hash_network(store, network, hash);
        return db_run(store->db, ret_err, "UPDATE decoy_network SET forwarded = 1 WHERE hash = ?", "b", hash, sizeof hash);
}
