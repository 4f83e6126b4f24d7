/* check.c - whether the stores are whole: each row opens, and no two contradict each other
 * Gives:  store_check(), spool_check()
 * Fails:  ERR_PERM with the first thing that is wrong, and what to do */
#include "store/inside.h"
#include "store/list.h"
#include "store/spool.h"

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

/* What there must be none of. */
static const struct invariant {
        const char *sql, *what;
} INVARIANTS[] = {
        { "SELECT count(*) FROM pragma_foreign_key_check", "row that belongs to nothing" },
        { "SELECT count(*) FROM member WHERE role NOT BETWEEN 0 AND 2 OR state NOT BETWEEN 0 AND 1 OR joined < 0",
          "member in no known state" },
        { "SELECT count(*) FROM chunk WHERE state NOT BETWEEN 0 AND 1 OR cursor > last", "chunk of the queue that is past its end" },
        { "SELECT count(*) FROM chunk JOIN message m ON m.id = message_id WHERE m.list_id IS NULL", "chunk of no list" },
        { "SELECT count(*) FROM delivery WHERE state NOT BETWEEN 0 AND 1 OR tries < 0 OR next_try < 0", "copy in no known state" },
        { "SELECT count(*) FROM message m WHERE NOT EXISTS (SELECT 1 FROM chunk WHERE message_id = m.id)"
          " AND NOT EXISTS (SELECT 1 FROM delivery WHERE message_id = m.id)", "queued message that nobody waits for" },
        { "SELECT count(*) FROM list WHERE posts < 0", "list whose posts are less than none" },
        { "SELECT count(*) FROM archive a JOIN list l ON l.id = a.list_id WHERE a.number > l.posts",
          "copy in the archive of a post to come" },
        { "SELECT count(*) FROM tally WHERE count < 0", "counter below zero" },
};

static bool check_invariant(struct store *store, const struct invariant *invariant, struct err *ret_err)
{
        int64_t count;
        return db_number(store->db, &count, ret_err, invariant->sql, "")
               && (count == 0
                   || err_set(ret_err, ERR_PERM, "listd.db has a %s (%d of them): stop listd and restore your backup, and tell us",
                              invariant->what, (int) count));
}

bool store_check(struct store *store, int64_t *ret_rows, struct err *ret_err)
{
        *ret_rows = 0;
        bool ok = db_integrity(store->db, ret_err);
        for (size_t i = 0; ok && i < G_N_ELEMENTS(BOXES); i++)
                ok = check_boxes(store, &BOXES[i], ret_rows, ret_err);
        for (size_t i = 0; ok && i < G_N_ELEMENTS(INVARIANTS); i++)
                ok = check_invariant(store, &INVARIANTS[i], ret_err);
        return ok && list_check(store, ret_rows, ret_err);
}

bool spool_check(struct spool *spool, struct err *ret_err)
{
        return db_integrity(spool->db, ret_err);
}
