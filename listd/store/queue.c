/* queue.c - the hand-off from `handle` to `deliver`
 * Gives:  what queue.h lists; its drawing of the states is kept by the functions that it names
 * Fails:  as db.h */
#include "store/queue.h"

#include "store/bounce.h"
#include "store/inside.h"
#include "store/member.h"
#include "store/trace.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, GIVE_UP = 5 * DAY }; /* RFC 5321 4.5.4.1: four or five days */

/* How long a copy waits after its first, second ... try; then the last one again (requirement A10: once an hour). */
static const int RETRY_AFTER[] = { 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR };

static int64_t retry_delay(int64_t tries)
{
        size_t last = G_N_ELEMENTS(RETRY_AFTER) - 1;
        return RETRY_AFTER[CLAMP((size_t) tries, 1, last + 1) - 1];
}

static void recipient_free(void *data)
{
        struct queue_recipient *recipient = data;
        g_free(recipient->address);
        g_free(recipient);
}

void queue_claim_free(struct queue_claim *claim)
{
        if (!claim)
                return;
        g_free(claim->list_name);
        g_free(claim->list_domain);
        g_free(claim->log_id);
        g_clear_pointer(&claim->recipients, g_ptr_array_unref);
        g_free(claim);
}

static bool remove_if_done(struct store *store, int64_t message_id, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "DELETE FROM message WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM chunk WHERE message_id = ?1)"
                      " AND NOT EXISTS (SELECT 1 FROM delivery WHERE message_id = ?1)",
                      "i", message_id)
               && (db_changes(store->db) == 0 || trace_ended(store, message_id, false, clock_now(), ret_err));
}

/* --- adding --------------------------------------------------------------------------- */

static bool add_message(struct store *store, enum queue_kind kind, int64_t list_id, int64_t number, const char *log_id,
                        GBytes *message, int64_t *ret_id, struct err *ret_err)
{
        gsize size;
        const void *bytes = g_bytes_get_data(message, &size);
        GBytes *box = keyring_seal(store->keyring, KEY_MESSAGE_SEAL, list_id, bytes, size);
        bool ok = db_run(store->db, ret_err,
                         "INSERT INTO message (list_id, kind, number, log_id, created, size, body)"
                         " VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?)",
                         "iiitiiB", list_id, (int64_t) kind, number, log_id, clock_now(), (int64_t) size, box);
        *ret_id = db_last_id(store->db);
        g_bytes_unref(box);
        return ok && trace_queued(store, *ret_id, ret_err);
}

static bool add_chunks(struct store *store, int64_t list_id, int64_t message_id, struct err *ret_err)
{
        int64_t after = 0;
        for (;;) {
                int64_t last = 0;
                if (!db_number(store->db, &last, ret_err,
                               "SELECT max(id) FROM (SELECT id FROM member WHERE list_id = ? AND id > ? ORDER BY id LIMIT ?)",
                               "iii", list_id, after, (int64_t) QUEUE_CHUNK_MEMBERS))
                        return false;
                if (last == 0)
                        return true;
                if (!db_run(store->db, ret_err, "INSERT INTO chunk (message_id, cursor, last, state) VALUES (?, ?, ?, ?)", "iiii",
                            message_id, after, last, (int64_t) WORK_READY))
                        return false;
                after = last;
        }
}

bool queue_add_post(struct store *store, enum queue_kind kind, int64_t list_id, int64_t number, const char *log_id, GBytes *message,
                    int64_t *ret_id, struct err *ret_err)
{
        if (!store_begin(store, ret_err))
                return false;
        bool ok = add_message(store, kind, list_id, number, log_id, message, ret_id, ret_err)
                  && add_chunks(store, list_id, *ret_id, ret_err)
                  && remove_if_done(store, *ret_id, ret_err); /* a list without members */
        return store_end(store, ok, ret_err);
}

/* A member's address is looked up when the copy is sent, so that the row holds none; another's stands in it, sealed. */
static bool add_delivery(struct store *store, int64_t message_id, const struct queue_recipient *recipient, struct err *ret_err)
{
        GBytes *box = store_seal_text(store, KEY_MEMBER_SEAL, 0, recipient->member_id ? "" : recipient->address);
        bool ok = db_run(store->db, ret_err,
                         "INSERT OR IGNORE INTO delivery (message_id, member_id, address, state, tries, next_try)"
                         " VALUES (?, ?, ?, ?, 0, ?)",
                         "iiBii", message_id, recipient->member_id, box, (int64_t) WORK_READY, (int64_t) TRY_FIRST);
        g_bytes_unref(box);
        return ok;
}

bool queue_add_direct(struct store *store, int64_t list_id, const char *log_id, GBytes *message,
                      const struct queue_recipient *recipients, size_t count, int64_t *ret_id, struct err *ret_err)
{
        if (!store_begin(store, ret_err))
                return false;
        bool ok = add_message(store, QUEUE_DIRECT, list_id, 0, log_id, message, ret_id, ret_err);
        for (size_t i = 0; ok && i < count; i++)
                ok = add_delivery(store, *ret_id, &recipients[i], ret_err);
        ok = ok && remove_if_done(store, *ret_id, ret_err);
        return store_end(store, ok, ret_err);
}

bool queue_add_digest(struct store *store, int64_t list_id, const char *log_id, GBytes *message, const struct queue_recipient *recipients,
                      size_t count, int64_t *ret_id, struct err *ret_err)
{
        if (!store_begin(store, ret_err))
                return false;
        bool ok = add_message(store, QUEUE_POST, list_id, 0, log_id, message, ret_id, ret_err);
        for (size_t i = 0; ok && i < count; i++)
                ok = add_delivery(store, *ret_id, &recipients[i], ret_err);
        ok = ok && remove_if_done(store, *ret_id, ret_err);
        return store_end(store, ok, ret_err);
}

bool queue_message(struct store *store, int64_t message_id, GBytes **ret_message, struct err *ret_err)
{
        struct query query;
        *ret_message = NULL;
        if (!db_query(store->db, &query, ret_err, "SELECT coalesce(list_id, 0), body FROM message WHERE id = ?", "i", message_id))
                return false;
        bool ok = true;
        if (db_next(&query)) {
                *ret_message = store_open_box(store, &query, 1, KEY_MESSAGE_SEAL, db_int(&query, 0), ret_err);
                ok = *ret_message != NULL;
        } else {
                ok = err_set(ret_err, ERR_NOT_FOUND, "message %d is not in the queue", (int) message_id);
        }
        return db_done(&query, ret_err) && ok;
}

/* --- claiming ------------------------------------------------------------------------- */

static bool read_claim_head(struct store *store, int64_t message_id, struct queue_claim *claim, struct err *ret_err)
{
        struct query query;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT m.kind, coalesce(m.list_id, 0), m.number, m.log_id, l.name, l.domain"
                      " FROM message m LEFT JOIN list l ON l.id = m.list_id WHERE m.id = ?",
                      "i", message_id))
                return false;
        if (db_next(&query)) {
                claim->message_id = message_id;
                claim->kind = (enum queue_kind) db_int(&query, 0);
                claim->list_id = db_int(&query, 1);
                claim->number = db_int(&query, 2);
                claim->log_id = g_strdup(db_text(&query, 3));
                if (claim->list_id) {
                        claim->list_name = g_strdup(db_text(&query, 4));
                        claim->list_domain = g_strdup(db_text(&query, 5));
                }
        }
        return db_done(&query, ret_err);
}

/* Rows of (member id, list id of the member or 0, address box, whether it is dropped). Who is dropped goes into `dropped`
 * instead. */
static bool read_recipients(struct store *store, struct query *query, GPtrArray *recipients, GArray *dropped, struct err *ret_err)
{
        bool ok = true;
        while (ok && db_next(query)) {
                const int64_t member_id = db_int(query, 0);
                if (db_int(query, 3)) {
                        g_array_append_val(dropped, member_id);
                        continue;
                }
                char *address = store_open_text(store, query, 2, KEY_MEMBER_SEAL, db_int(query, 1), ret_err);
                ok = address != NULL;
                if (!ok)
                        break;
                struct queue_recipient *recipient = g_new0(struct queue_recipient, 1);
                recipient->member_id = member_id;
                recipient->address = address;
                g_ptr_array_add(recipients, recipient);
        }
        return db_done(query, ret_err) && ok;
}

static struct queue_claim *claim_new(void)
{
        struct queue_claim *claim = g_new0(struct queue_claim, 1);
        claim->recipients = g_ptr_array_new_with_free_func(recipient_free);
        return claim;
}

/* A copy of many recipients costs a session little. */
static size_t page_of(const struct queue_claim *claim, size_t limit)
{
        return claim->kind == QUEUE_BATCH ? MAX(limit, QUEUE_CHUNK_MEMBERS) : limit;
}

/* The greatest member id of a page of a chunk; 0: it has none. */
static int64_t last_of(const struct queue_claim *claim)
{
        const GPtrArray *recipients = claim->recipients;
        return recipients->len ? ((const struct queue_recipient *) recipients->pdata[recipients->len - 1])->member_id : 0;
}

/* The oldest message that has a chunk for us, of the next list with a greater id; 0: there is none. */
static bool find_message(struct store *store, int64_t after_list, int64_t *ret_message_id, struct err *ret_err)
{
        return db_number(store->db, ret_message_id, ret_err,
                         "SELECT id FROM message INDEXED BY message_of_list WHERE list_id > ?1"
                         " AND EXISTS (SELECT 1 FROM chunk c WHERE c.message_id = message.id AND c.state = ?2)"
                         " ORDER BY list_id, id LIMIT 1",
                         "ii", after_list, (int64_t) WORK_READY);
}

static bool claim_chunk(struct store *store, const struct queue_turn *turn, struct queue_claim *claim, struct err *ret_err)
{
        struct query query;
        const size_t limit = turn->limit;
        int64_t message_id = 0, cursor = 0, last = 0;
        if (!find_message(store, turn->after_list, &message_id, ret_err)
            || (!message_id && !find_message(store, 0, &message_id, ret_err))
            || !db_query(store->db, &query, ret_err,
                         "SELECT id, message_id, cursor, last FROM chunk WHERE message_id = ? AND state = ? ORDER BY id LIMIT 1", "ii",
                         message_id, (int64_t) WORK_READY))
                return false;
        if (db_next(&query)) {
                claim->chunk_id = db_int(&query, 0);
                message_id = db_int(&query, 1);
                cursor = db_int(&query, 2);
                last = db_int(&query, 3);
        }
        if (!db_done(&query, ret_err))
                return false;
        if (!claim->chunk_id)
                return true;
        if (!read_claim_head(store, message_id, claim, ret_err)
            || !db_run(store->db, ret_err, "UPDATE chunk SET state = ? WHERE id = ?", "ii", (int64_t) WORK_ACTIVE, claim->chunk_id)
            || !db_query(store->db, &query, ret_err,
                         "SELECT id, list_id, address, 0 FROM member"
                         " WHERE list_id = ? AND id > ? AND id <= ? AND state = ? AND (?5 < digest_from OR ?5 >= each_from)"
                         " ORDER BY id LIMIT ?6",
                         "iiiiii", claim->list_id, cursor, last, (int64_t) MEMBER_ACTIVE, claim->number, (int64_t) page_of(claim, limit))
            || !read_recipients(store, &query, claim->recipients, NULL, ret_err))
                return false;
        claim->at_end = claim->recipients->len < page_of(claim, limit) || last_of(claim) >= last;
        return true;
}

/* The message of the row that is due longest; 0: none is. A wait is never longer than the last one of RETRY_AFTER: what
 * lies beyond it was written while the clock was ahead, and is due as well. */
static bool find_due(struct store *store, int64_t now, int64_t due, int64_t *ret_message_id, struct err *ret_err)
{
        const int64_t latest = now + RETRY_AFTER[G_N_ELEMENTS(RETRY_AFTER) - 1];
        return db_run(store->db, ret_err, "UPDATE delivery SET next_try = ? WHERE state = ? AND next_try > ?", "iii", now,
                      (int64_t) WORK_READY, latest)
               && db_number(store->db, ret_message_id, ret_err,
                            "SELECT message_id FROM delivery WHERE state = ? AND next_try <= ? ORDER BY next_try, id LIMIT 1", "ii",
                            (int64_t) WORK_READY, due);
}

/* Nothing is looked at but the page: of a message to a domain that fails there may be a hundred thousand rows. Who left is
 * dropped, and who paused as well, unless the mail is to an owner. */
static bool read_due(struct store *store, size_t limit, int64_t now, const struct queue_claim *claim, GArray *dropped,
                     struct err *ret_err)
{
        struct query query;
        return db_query(store->db, &query, ret_err,
                        "SELECT d.member_id, coalesce(m.list_id, 0), coalesce(m.address, d.address),"
                        " d.member_id <> 0 AND (m.id IS NULL OR (?1 = m.state AND ?2 <> ?3))"
                        " FROM delivery d LEFT JOIN member m ON m.id = d.member_id"
                        " WHERE d.message_id = ?4 AND d.state = ?5 AND d.next_try <= ?6 ORDER BY d.next_try, d.id LIMIT ?7",
                        "iiiiiii", (int64_t) MEMBER_PAUSED, (int64_t) claim->kind, (int64_t) QUEUE_DIRECT, claim->message_id,
                        (int64_t) WORK_READY, now, (int64_t) page_of(claim, limit))
               && read_recipients(store, &query, claim->recipients, dropped, ret_err);
}

static bool mark_page(struct store *store, const struct queue_claim *claim, const GArray *dropped, struct err *ret_err)
{
        bool ok = true;
        for (guint i = 0; ok && i < dropped->len; i++)
                ok = db_run(store->db, ret_err, "DELETE FROM delivery WHERE message_id = ? AND member_id = ?", "ii",
                            claim->message_id, g_array_index(dropped, int64_t, i));
        for (guint i = 0; ok && i < claim->recipients->len; i++)
                ok = db_run(store->db, ret_err, "UPDATE delivery SET state = ? WHERE message_id = ? AND member_id = ?", "iii",
                            (int64_t) WORK_ACTIVE, claim->message_id,
                            ((const struct queue_recipient *) claim->recipients->pdata[i])->member_id);
        return ok;
}

/* What was put off, and direct mail: the due rows of the message that waits longest. */
static bool claim_deliveries(struct store *store, const struct queue_turn *turn, struct queue_claim *claim, struct err *ret_err)
{
        const int64_t due = turn->no_retries ? TRY_FIRST : turn->now;
        int64_t message_id = 0, flushed = 0, retries = 0;
        if (!find_due(store, turn->now, due, &message_id, ret_err))
                return false;
        if (message_id == 0)
                return true;
        GArray *dropped = g_array_new(FALSE, FALSE, sizeof(int64_t));
        bool ok = read_claim_head(store, message_id, claim, ret_err)
                  && db_number(store->db, &flushed, ret_err,
                               "SELECT EXISTS (SELECT 1 FROM delivery WHERE message_id = ? AND state = ? AND next_try = ?)", "iii",
                               message_id, (int64_t) WORK_READY, (int64_t) TRY_NOW)
                  && db_number(store->db, &retries, ret_err,
                               "SELECT EXISTS (SELECT 1 FROM delivery WHERE message_id = ? AND state = ?"
                               " AND next_try > ? AND next_try <= ?)",
                               "iiii", message_id, (int64_t) WORK_READY, (int64_t) TRY_FIRST, due)
                  && read_due(store, turn->limit, due, claim, dropped, ret_err) && mark_page(store, claim, dropped, ret_err);
        claim->is_flushed = flushed && retries;
        claim->is_retry = retries;
        g_array_unref(dropped);
        return ok;
}

/* --- ending --------------------------------------------------------------------------- */

static bool release_chunk(struct store *store, const struct queue_claim *claim, struct err *ret_err)
{
        if (claim->at_end
            && !db_run(store->db, ret_err, "DELETE FROM chunk WHERE id = ? AND cursor >= ?", "ii", claim->chunk_id, last_of(claim)))
                return false;
        return db_run(store->db, ret_err, "UPDATE chunk SET state = ? WHERE id = ?", "ii", (int64_t) WORK_READY, claim->chunk_id);
}

static bool release_deliveries(struct store *store, const struct queue_claim *claim, struct err *ret_err)
{
        for (guint i = 0; i < claim->recipients->len; i++) {
                const struct queue_recipient *recipient = claim->recipients->pdata[i];
                if (!db_run(store->db, ret_err, "UPDATE delivery SET state = ? WHERE message_id = ? AND member_id = ?", "iii",
                            (int64_t) WORK_READY, claim->message_id, recipient->member_id))
                        return false;
        }
        return true;
}

static bool release(struct store *store, const struct queue_claim *claim, struct err *ret_err)
{
        return (claim->chunk_id ? release_chunk(store, claim, ret_err) : release_deliveries(store, claim, ret_err))
               && remove_if_done(store, claim->message_id, ret_err);
}

bool queue_put_back(struct store *store, const struct queue_claim *claim, struct err *ret_err)
{
        return store_begin(store, ret_err) && store_end(store, release(store, claim, ret_err), ret_err);
}

bool queue_release(struct store *store, struct queue_claim *claim, struct err *ret_err)
{
        const bool ok = queue_put_back(store, claim, ret_err);
        queue_claim_free(claim);
        return ok;
}

static bool claim_one(struct store *store, const struct queue_turn *turn, struct queue_claim *claim, struct err *ret_err)
{
        for (int i = 0; i < 2 && claim->message_id == 0; i++) {
                bool ok = (i == 0) == turn->retries_first ? claim_deliveries(store, turn, claim, ret_err)
                                                          : claim_chunk(store, turn, claim, ret_err);
                if (!ok)
                        return false;
        }
        return true;
}

bool queue_claim(struct store *store, const struct queue_turn *turn, struct queue_claim **ret_claim, struct err *ret_err)
{
        *ret_claim = NULL;
        bool ok = true, again = true;
        /* a claim without a recipient (all left or paused) is an end to be tidied up, not work */
        while (ok && again) {
                struct queue_claim *claim = claim_new();
                ok = store_begin(store, ret_err);
                if (ok) {
                        ok = claim_one(store, turn, claim, ret_err);
                        again = ok && claim->message_id != 0 && claim->recipients->len == 0;
                        if (again)
                                ok = release(store, claim, ret_err);
                        ok = store_end(store, ok, ret_err);
                }
                if (ok && claim->message_id != 0 && !again)
                        *ret_claim = claim;
                else
                        queue_claim_free(claim);
        }
        return ok;
}

/* --- settling ------------------------------------------------------------------------- */

static bool record_failure(struct store *store, const struct queue_claim *claim, const struct queue_result *result, int64_t now,
                           struct err *ret_err)
{
        GBytes *box = store_seal_text(store, KEY_MEMBER_SEAL, claim->list_id, result->text ? result->text : "");
        bool ok = db_run(store->db, ret_err,
                         "UPDATE member SET failures = failures + 1, failed_at = ?, failed_code = ?, failed_text = ? WHERE id = ?",
                         "iiBi", now, (int64_t) result->code, box, result->recipient->member_id);
        g_bytes_unref(box);
        return ok;
}

/* Of a member who is there still. */
static bool record_bounce(struct store *store, const struct queue_claim *claim, const struct queue_result *result, int64_t now,
                          struct err *ret_err)
{
        const char *at = strrchr(result->recipient->address, '@');
        const struct failure failure = { .list_id = claim->list_id, .member_id = result->recipient->member_id, .domain = at ? at + 1 : "",
                                         .at = now, .weight = result->weight, .cause = result->cause, .is_relays = true,
                                         .text = result->text ? result->text : "" };
        int64_t there;
        return db_number(store->db, &there, ret_err, "SELECT count(*) FROM member WHERE id = ?", "i", failure.member_id)
               && (!there || failure_add(store, &failure, ret_err));
}

static bool put_off(struct store *store, const struct queue_claim *claim, const struct queue_result *result, int64_t now,
                    struct err *ret_err)
{
        int64_t tries = 0;
        int64_t member_id = result->recipient->member_id;
        if (!db_number(store->db, &tries, ret_err, "SELECT tries FROM delivery WHERE message_id = ? AND member_id = ?", "ii",
                       claim->message_id, member_id))
                return false;
        return db_run(store->db, ret_err,
                      "INSERT INTO delivery (message_id, member_id, state, tries, next_try) VALUES (?, ?, ?, ?, ?)"
                      " ON CONFLICT (message_id, member_id) DO UPDATE SET state = excluded.state, tries = excluded.tries,"
                      " next_try = excluded.next_try",
                      "iiiii", claim->message_id, member_id, (int64_t) WORK_READY, tries + 1,
                      result->until ? result->until : now + retry_delay(tries + 1));
}

/* A member of a chunk's page has no row of their own: who has one is behind the cursor. */
static bool finish(struct store *store, const struct queue_claim *claim, const struct queue_result *result, struct err *ret_err)
{
        return claim->chunk_id
               || db_run(store->db, ret_err, "DELETE FROM delivery WHERE message_id = ? AND member_id = ?", "ii", claim->message_id,
                         result->recipient->member_id);
}

static bool settle_one(struct store *store, const struct queue_claim *claim, const struct queue_result *result, int64_t now,
                       struct err *ret_err)
{
        if (result->outcome == OUTCOME_DEFERRED)
                return put_off(store, claim, result, now, ret_err);
        const bool is_failure = result->outcome == OUTCOME_FAILED;
        return (!is_failure || record_failure(store, claim, result, now, ret_err))
               && (!is_failure || !result->weight || !result->recipient->member_id
                   || record_bounce(store, claim, result, now, ret_err))
               && finish(store, claim, result, ret_err);
}

static bool settle_all(struct store *store, const struct queue_claim *claim, struct queue_result *results, size_t count, int64_t created,
                       int64_t now, struct err *ret_err)
{
        bool ok = true;
        for (size_t i = 0; ok && i < count; i++) {
                if (results[i].outcome == OUTCOME_DEFERRED && created + GIVE_UP < now)
                        results[i].outcome = OUTCOME_FAILED;
                ok = settle_one(store, claim, &results[i], now, ret_err);
        }
        return ok && trace_settled(store, claim, results, count, created, now, ret_err);
}

bool queue_settle(struct store *store, const struct queue_claim *claim, const struct queue_result *results, size_t count,
                  int64_t now, struct err *ret_err)
{
        int64_t created = 0;
        if (count == 0)
                return true;
        if (!store_begin(store, ret_err))
                return false;
        bool ok = db_number(store->db, &created, ret_err, "SELECT created FROM message WHERE id = ?", "i", claim->message_id);
        if (ok && created) { /* a message that was removed meanwhile says nothing of its recipients */
                struct queue_result *settled = g_memdup2(results, count * sizeof *results);
                ok = settle_all(store, claim, settled, count, created, now, ret_err);
                g_free(settled);
        }
        if (ok && claim->chunk_id)
                ok = db_run(store->db, ret_err, "UPDATE chunk SET cursor = max(cursor, ?) WHERE id = ?", "ii",
                            results[count - 1].recipient->member_id, claim->chunk_id);
        return store_end(store, ok, ret_err);
}

bool queue_recover(struct store *store, struct err *ret_err)
{
        if (!store_begin(store, ret_err))
                return false;
        bool ok = db_run(store->db, ret_err, "UPDATE chunk SET state = ? WHERE state = ?", "ii", (int64_t) WORK_READY,
                         (int64_t) WORK_ACTIVE)
                  && db_run(store->db, ret_err, "UPDATE delivery SET state = ? WHERE state = ?", "ii", (int64_t) WORK_READY,
                            (int64_t) WORK_ACTIVE);
        return store_end(store, ok, ret_err);
}

/* --- for listctl ------------------------------------------------------------------------- */

static void entry_free(void *data)
{
        struct queue_entry *entry = data;
        g_free(entry->log_id);
        g_free(entry);
}

bool queue_entries(struct store *store, GPtrArray **ret_entries, struct err *ret_err)
{
        struct query query;
        *ret_entries = NULL;
        if (!db_query(store->db, &query, ret_err,
                      "SELECT m.id, coalesce(m.list_id, 0), m.number, m.created, m.size, m.log_id,"
                      " (SELECT count(*) FROM chunk c JOIN member r ON r.list_id = m.list_id AND r.id > c.cursor AND r.id <= c.last"
                      "  AND r.state = 0 WHERE c.message_id = m.id)"
                      " + (SELECT count(*) FROM delivery d WHERE d.message_id = m.id AND d.tries = 0),"
                      " (SELECT count(*) FROM delivery d WHERE d.message_id = m.id AND d.tries > 0),"
                      " (SELECT delivered + failed FROM sending s WHERE s.message_id = m.id)"
                      " FROM message m ORDER BY m.id",
                      ""))
                return false;
        GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
        while (db_next(&query)) {
                struct queue_entry *entry = g_new0(struct queue_entry, 1);
                entry->message_id = db_int(&query, 0);
                entry->list_id = db_int(&query, 1);
                entry->number = db_int(&query, 2);
                entry->created = db_int(&query, 3);
                entry->size = db_int(&query, 4);
                entry->log_id = g_strdup(db_text(&query, 5));
                entry->waiting = db_int(&query, 6);
                entry->deferred = db_int(&query, 7);
                entry->done = db_int(&query, 8);
                g_ptr_array_add(entries, entry);
        }
        *ret_entries = entries;
        return db_done(&query, ret_err);
}

bool queue_remove(struct store *store, int64_t message_id, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM message WHERE id = ?", "i", message_id)
               && trace_ended(store, message_id, true, clock_now(), ret_err);
}

bool queue_flush(struct store *store, struct err *ret_err)
{
        return db_run(store->db, ret_err, "UPDATE delivery SET next_try = ? WHERE state = ? AND next_try > ?", "iii", (int64_t) TRY_NOW,
                      (int64_t) WORK_READY, (int64_t) TRY_NOW);
}

bool queue_depth(struct store *store, int64_t *ret_messages, int64_t *ret_oldest, struct err *ret_err)
{
        return db_number(store->db, ret_messages, ret_err, "SELECT count(*) FROM message", "")
               && db_number(store->db, ret_oldest, ret_err, "SELECT min(created) FROM message", "");
}
