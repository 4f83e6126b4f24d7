/* store.c - listd.db as a whole: opening, transactions, boxes
 * Gives:  store_open(), store_close(), store_begin(), store_end()
 * Fails:  as db.h; ERR_PERM for a box that the keys do not open */
#include "store/store.h"

#include "store/inside.h"
#include "store/list.h"
#include "store/migrations.h"

bool store_open(struct store **ret_store, const char *data, const struct keyring *keyring, bool create, struct err *ret_err)
{
        *ret_store = NULL;
        char *path = g_build_filename(data, "listd.db", NULL);
        struct db *db;
        bool ok = db_open(&db, path, LISTD_MIGRATIONS, create, 0600, ret_err);
        g_free(path);
        if (!ok)
                return false;
        struct store *store = g_new0(struct store, 1);
        store->db = db;
        store->keyring = keyring;
        *ret_store = store;
        return true;
}

void store_close(struct store *store)
{
        if (!store)
                return;
        db_close(store->db);
        g_free(store);
}

const struct keyring *store_keyring(const struct store *store)
{
        return store->keyring;
}

bool store_begin(struct store *store, struct err *ret_err)
{
        return db_begin(store->db, ret_err);
}

bool store_end(struct store *store, bool ok, struct err *ret_err)
{
        return db_end(store->db, ok, ret_err);
}

/* --- boxes ---------------------------------------------------------------------- */

GBytes *store_seal_text(const struct store *store, enum key_use use, int64_t scope, const char *text)
{
        return keyring_seal(store->keyring, use, scope, text, strlen(text));
}

GBytes *store_open_box(const struct store *store, const struct query *query, int column, enum key_use use, int64_t scope,
                       struct err *ret_err)
{
        size_t length;
        const void *box = db_blob(query, column, &length);
        GBytes *plain = keyring_open(store->keyring, use, scope, box, length);
        if (!plain)
                err_set(ret_err, ERR_PERM, "a sealed row of listd.db does not open: keys and database are not of one backup");
        return plain;
}

char *store_open_text(const struct store *store, const struct query *query, int column, enum key_use use, int64_t scope,
                      struct err *ret_err)
{
        GBytes *plain = store_open_box(store, query, column, use, scope, ret_err);
        if (!plain)
                return NULL;
        gsize length;
        const char *bytes = g_bytes_get_data(plain, &length);
        char *text = g_strndup(bytes, length);
        g_bytes_unref(plain);
        return text;
}
