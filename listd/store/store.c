/* store.c - listd.db as a whole: opening, transactions, boxes, the check
 * Gives:  store_open(), store_close(), store_begin(), store_end(), store_check(), store_now(), store_set_clock()
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

static int64_t stopped_clock; /* 0: it runs */

int64_t store_now(void)
{
        return stopped_clock ? stopped_clock : g_get_real_time() / G_USEC_PER_SEC;
}

void store_set_clock(int64_t now)
{
        stopped_clock = now;
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

/* --- the check -------------------------------------------------------------------- */

/* Rows of (row, scope of its box, box). */
static const struct boxes {
        const char *sql;
        enum key_use use;
        const char *what;
} BOXES[] = {
        { "SELECT id, list_id, address FROM member", KEY_MEMBER_SEAL, "address of a member" },
        { "SELECT id, list_id, name FROM member", KEY_MEMBER_SEAL, "name of a member" },
        { "SELECT id, list_id, failed_text FROM member WHERE failures > 0", KEY_MEMBER_SEAL, "failure of a member" },
        { "SELECT id, 0, address FROM delivery WHERE member_id = 0", KEY_MEMBER_SEAL, "address in the queue" },
        { "SELECT id, coalesce(list_id, 0), body FROM message", KEY_MESSAGE_SEAL, "queued message" },
        { "SELECT id, coalesce(list_id, 0), envelope FROM held", KEY_MESSAGE_SEAL, "held message" },
        { "SELECT member_id, list_id, address FROM alias", KEY_MEMBER_SEAL, "further address of a member" },
        { "SELECT list_id, list_id, address FROM ban", KEY_MEMBER_SEAL, "ban" },
        { "SELECT id, list_id, address FROM change", KEY_MEMBER_SEAL, "change of a member" },
        { "SELECT id, 0, address FROM mailbox", KEY_MEMBER_SEAL, "mailbox that is asked" },
        { "SELECT id, list_id, detail FROM question WHERE detail IS NOT NULL", KEY_MEMBER_SEAL, "question" },
        { "SELECT a.id, coalesce(s.list_id, 0), a.box FROM answers a JOIN sending s USING (message_id)", KEY_MEMBER_SEAL,
          "answers of the relay" },
        { "SELECT number, list_id, body FROM archive", KEY_MESSAGE_SEAL, "copy in the archive" },
        { "SELECT id, list_id, text FROM failure", KEY_MEMBER_SEAL, "failure of a mailbox" },
        { "SELECT day, list_id, domain FROM slow_domain", KEY_MEMBER_SEAL, "slow domain" },
};

static bool check_boxes(struct store *store, const struct boxes *boxes, int64_t *rows, struct err *ret_err)
{
        struct query query;
        bool ok = db_query(store->db, &query, ret_err, boxes->sql, "");
        if (!ok)
                return false;
        while (ok && db_next(&query)) {
                GBytes *plain = store_open_box(store, &query, 2, boxes->use, db_int(&query, 1), ret_err);
                if (!plain)
                        ok = err_prefix(ret_err, "%s in row %s", boxes->what, db_text(&query, 0));
                else
                        g_bytes_unref(plain);
                ++*rows;
        }
        return db_done(&query, ret_err) && ok;
}

bool store_check(struct store *store, int64_t *ret_rows, struct err *ret_err)
{
        *ret_rows = 0;
        bool ok = db_integrity(store->db, ret_err);
        for (size_t i = 0; ok && i < G_N_ELEMENTS(BOXES); i++)
                ok = check_boxes(store, &BOXES[i], ret_rows, ret_err);
        return ok && list_check(store, ret_rows, ret_err);
}
