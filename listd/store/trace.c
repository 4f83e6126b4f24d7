/* trace.c - what became of a message
 * Gives:  what trace.h lists
 * Fails:  as db.h */
#include "store/trace.h"

#include "store/inside.h"
#include "store/tally.h"

enum { DAY = 86400 };

/* Of one commit of `deliver`: member or, where they were answered alike, members; outcome, code, text. */
enum answers_form { FORM_EACH, FORM_ALIKE };
static const char *const ANSWERS_TYPES[] = { [FORM_EACH] = "a(xyis)", [FORM_ALIKE] = "a(axyis)" };

/* What is stored stays short, and UTF-8. The caller frees. */
static char *cut(const char *text)
{
        char *valid = g_utf8_make_valid(text ? text : "", (gssize) strnlen(text ? text : "", TRACE_TEXT_MAX));
        return valid;
}

/* --- what was decided --------------------------------------------------------------------------------- */

static GBytes *author_hash(const struct store *store, int64_t list_id, const char *fold)
{
        uint8_t hash[HASH_BYTES];
        if (!fold)
                return NULL;
        keyring_hash(store->keyring, KEY_TRACE, list_id, fold, strlen(fold), hash);
        return g_bytes_new(hash, sizeof hash);
}

bool trace_note(struct store *store, int64_t list_id, const char *log_id, enum trace_what what, int64_t number, const char *author_fold,
                const char *detail, int64_t now, struct err *ret_err)
{
        GBytes *author = author_hash(store, list_id, author_fold);
        char *text = cut(detail);
        bool ok = db_run(store->db, ret_err,
                         "INSERT INTO event (log_id, list_id, at, what, number, author, detail)"
                         " VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?)",
                         "tiiiiBt", log_id, list_id, now, (int64_t) what, number, author, text);
        g_clear_pointer(&author, g_bytes_unref);
        g_free(text);
        return ok;
}

static void event_free(void *data)
{
        struct trace_event *event = data;
        g_free(event->log_id);
        g_free(event->detail);
        g_free(event);
}

#define EVENT_COLUMNS "id, log_id, coalesce(list_id, 0), at, what, number, detail"

static bool query_events(struct store *store, const struct trace_key *key, size_t limit, struct query *ret_query, struct err *ret_err)
{
        const int64_t most = (int64_t) limit;
        if (key->log_id)
                return db_query(store->db, ret_query, ret_err,
                                "SELECT * FROM (SELECT " EVENT_COLUMNS " FROM event WHERE log_id = ?"
                                " ORDER BY 1 DESC LIMIT ?) ORDER BY 1",
                                "ti", key->log_id, most);
        if (key->number)
                return db_query(store->db, ret_query, ret_err,
                                "SELECT * FROM (SELECT " EVENT_COLUMNS " FROM event"
                                " WHERE list_id = ? AND number = ? AND number > 0 ORDER BY 1 DESC LIMIT ?) ORDER BY 1",
                                "iii", key->list_id, key->number, most);
        GBytes *author = author_hash(store, key->list_id, key->author_fold);
        bool ok = db_query(store->db, ret_query, ret_err,
                           "SELECT * FROM (SELECT " EVENT_COLUMNS " FROM event"
                           " WHERE list_id = ? AND author = ? ORDER BY 1 DESC LIMIT ?) ORDER BY 1",
                           "iBi", key->list_id, author, most);
        g_bytes_unref(author);
        return ok;
}

bool trace_events(struct store *store, const struct trace_key *key, size_t limit, GPtrArray **ret_events, struct err *ret_err)
{
        struct query query;
        if (!query_events(store, key, limit, &query, ret_err))
                return false;
        *ret_events = g_ptr_array_new_with_free_func(event_free);
        while (db_next(&query)) {
                struct trace_event *event = g_new0(struct trace_event, 1);
                event->log_id = g_strdup(db_text(&query, 1));
                event->list_id = db_int(&query, 2);
                event->at = db_int(&query, 3);
                event->what = (int) db_int(&query, 4);
                event->number = db_int(&query, 5);
                event->detail = g_strdup(db_text(&query, 6));
                g_ptr_array_add(*ret_events, event);
        }
        if (db_done(&query, ret_err))
                return true;
        g_clear_pointer(ret_events, g_ptr_array_unref);
        return false;
}

/* --- what was sent --------------------------------------------------------------------------------------- */

bool trace_queued(struct store *store, int64_t message_id, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "INSERT INTO sending (message_id, list_id, kind, number, log_id, queued,"
                      " ended, is_removed, delivered, deferred, failed)"
                      " SELECT id, list_id, kind, number, log_id, created, 0, 0, 0, 0, 0 FROM message WHERE id = ?",
                      "i", message_id);
}

bool trace_ended(struct store *store, int64_t message_id, bool is_removed, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "UPDATE sending SET ended = ?1, is_removed = ?2 WHERE message_id = ?3 AND ended = 0"
                      " AND NOT EXISTS (SELECT 1 FROM message WHERE id = ?3)",
                      "iii", now, (int64_t) is_removed, message_id);
}

static bool is_alike(const struct queue_result *one, const struct queue_result *other)
{
        return one->outcome == other->outcome && one->code == other->code && g_strcmp0(one->text, other->text) == 0;
}

/* FORM_ALIKE; how many of the results stand together. */
static size_t pack_alike(GVariantBuilder *builder, const struct queue_result *results, size_t count)
{
        GArray *members = g_array_new(FALSE, FALSE, sizeof(gint64));
        for (size_t i = 0; i < count && is_alike(&results[0], &results[i]); i++) {
                const gint64 member = results[i].recipient->member_id;
                g_array_append_val(members, member);
        }
        char *text = cut(results[0].text);
        g_variant_builder_add(builder, "(@axyis)",
                              g_variant_new_fixed_array(G_VARIANT_TYPE_INT64, members->data, members->len, sizeof(gint64)),
                              (guchar) results[0].outcome, (gint32) results[0].code, text);
        const size_t together = members->len;
        g_array_unref(members);
        g_free(text);
        return together;
}

static GBytes *pack(const struct store *store, int64_t list_id, const struct queue_result *results, size_t count)
{
        GVariantBuilder builder;
        g_variant_builder_init(&builder, G_VARIANT_TYPE(ANSWERS_TYPES[FORM_ALIKE]));
        for (size_t i = 0; i < count;)
                i += pack_alike(&builder, results + i, count - i);
        GVariant *answers = g_variant_ref_sink(g_variant_builder_end(&builder));
        GBytes *bytes = g_variant_get_data_as_bytes(answers), *box;
        box = keyring_seal(store->keyring, KEY_MEMBER_SEAL, list_id, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        g_bytes_unref(bytes);
        g_variant_unref(answers);
        return box;
}

static bool add_answers(struct store *store, const struct queue_claim *claim, const struct queue_result *results, size_t count, int64_t now,
                        struct err *ret_err)
{
        int64_t first = results[0].recipient->member_id, last = first;
        for (size_t i = 1; i < count; i++) {
                first = MIN(first, results[i].recipient->member_id);
                last = MAX(last, results[i].recipient->member_id);
        }
        GBytes *box = pack(store, claim->list_id, results, count);
        bool ok = db_run(store->db, ret_err, "INSERT INTO answers (message_id, first, last, at, box, form) VALUES (?, ?, ?, ?, ?, ?)",
                         "iiiiBi", claim->message_id, first, last, now, box, (int64_t) FORM_ALIKE);
        g_bytes_unref(box);
        return ok;
}

static bool count_outcomes(struct store *store, const struct queue_claim *claim, const struct queue_result *results, size_t count,
                           struct err *ret_err)
{
        static const enum tally_what whats[] = { [OUTCOME_DELIVERED] = TALLY_DELIVERED,
                                                 [OUTCOME_DEFERRED] = TALLY_DEFERRED,
                                                 [OUTCOME_FAILED] = TALLY_FAILED };
        int64_t sums[G_N_ELEMENTS(whats)] = { 0 };
        for (size_t i = 0; i < count; i++)
                sums[results[i].outcome]++;
        bool ok = db_run(store->db, ret_err,
                         "UPDATE sending SET delivered = delivered + ?, deferred = deferred + ?, failed = failed + ? WHERE message_id = ?",
                         "iiii", sums[OUTCOME_DELIVERED], sums[OUTCOME_DEFERRED], sums[OUTCOME_FAILED], claim->message_id);
        for (size_t i = 0; ok && claim->list_id && i < G_N_ELEMENTS(whats); i++)
                ok = sums[i] == 0 || tally_add(store, claim->list_id, whats[i], sums[i], ret_err);
        return ok;
}

/* --- domains that are slow -------------------------------------------------------------------------------- */

/* Its first copy was put off, or refused; what a page of new copies takes is no matter of one domain. */
static bool is_slow(const struct queue_claim *claim, const struct queue_result *result)
{
        return result->outcome != OUTCOME_DELIVERED || (claim->kind != QUEUE_DIRECT && !claim->chunk_id);
}

static bool count_slow(struct store *store, const struct queue_claim *claim, const struct queue_result *result, int64_t wait,
                       struct err *ret_err)
{
        const char *at = strrchr(result->recipient->address, '@');
        uint8_t hash[HASH_BYTES];
        if (!at)
                return true;
        char *domain = g_ascii_strdown(at + 1, -1);
        keyring_hash(store->keyring, KEY_TRACE, claim->list_id, domain, strlen(domain), hash);
        GBytes *key = g_bytes_new(hash, sizeof hash), *box = store_seal_text(store, KEY_MEMBER_SEAL, claim->list_id, domain);
        bool ok = db_run(store->db, ret_err,
                         "INSERT OR IGNORE INTO slow_domain (list_id, day, hash, domain, deferred, failed, wait)"
                         " SELECT ?1, ?2, ?3, ?4, 0, 0, 0"
                         " WHERE (SELECT count(*) FROM slow_domain WHERE list_id = ?1 AND day = ?2) < ?5",
                         "iiBBi", claim->list_id, (int64_t) TALLY_OPEN, key, box, (int64_t) SLOW_DOMAINS_MAX)
                  && db_run(store->db, ret_err,
                            "UPDATE slow_domain SET deferred = deferred + ?, failed = failed + ?, wait = max(wait, ?)"
                            " WHERE list_id = ? AND day = ? AND hash = ?",
                            "iiiiiB", (int64_t) (result->outcome == OUTCOME_DEFERRED), (int64_t) (result->outcome == OUTCOME_FAILED), wait,
                            claim->list_id, (int64_t) TALLY_OPEN, key);
        g_bytes_unref(key);
        g_bytes_unref(box);
        g_free(domain);
        return ok;
}

static void slow_free(void *data)
{
        struct slow_domain *slow = data;
        g_free(slow->domain);
        g_free(slow);
}

static bool sum_slow(struct store *store, struct query *query, int64_t list_id, GHashTable *by_name, struct err *ret_err)
{
        bool ok = true;
        while (ok && db_next(query)) {
                char *domain = store_open_text(store, query, 0, KEY_MEMBER_SEAL, list_id, ret_err);
                ok = domain != NULL;
                if (!ok)
                        break;
                struct slow_domain *slow = g_hash_table_lookup(by_name, domain);
                if (!slow) {
                        slow = g_new0(struct slow_domain, 1);
                        slow->domain = domain;
                        g_hash_table_insert(by_name, slow->domain, slow);
                } else {
                        g_free(domain);
                }
                slow->deferred += db_int(query, 1);
                slow->failed += db_int(query, 2);
                slow->wait = MAX(slow->wait, db_int(query, 3));
        }
        return db_done(query, ret_err) && ok;
}

/* The longest wait, then the most copies that were put off, then the name. */
static bool is_slower(const struct slow_domain *a, const struct slow_domain *b)
{
        if (a->wait != b->wait)
                return a->wait > b->wait;
        if (a->deferred != b->deferred)
                return a->deferred > b->deferred;
        return strcmp(a->domain, b->domain) < 0;
}

bool trace_close(struct store *store, int64_t list_id, int64_t day, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "INSERT INTO slow_domain (list_id, day, hash, domain, deferred, failed, wait)"
                      " SELECT list_id, ?, hash, domain, deferred, failed, wait FROM slow_domain WHERE list_id = ? AND day = ?"
                      " ON CONFLICT (list_id, day, hash) DO UPDATE SET deferred = deferred + excluded.deferred,"
                      " failed = failed + excluded.failed, wait = max(wait, excluded.wait)",
                      "iii", day, list_id, (int64_t) TALLY_OPEN)
               && db_run(store->db, ret_err, "DELETE FROM slow_domain WHERE list_id = ? AND day = ?", "ii", list_id, (int64_t) TALLY_OPEN);
}

/* Different authors of posts that were accepted since a time. */
bool trace_authors(struct store *store, int64_t list_id, int64_t since, int64_t *ret_count, struct err *ret_err)
{
        return db_number(store->db, ret_count, ret_err,
                         "SELECT count(DISTINCT author) FROM event WHERE list_id = ? AND number > 0 AND at >= ? AND author IS NOT NULL",
                         "ii", list_id, since);
}

bool trace_slowest(struct store *store, int64_t list_id, int64_t first_day, int64_t last_day, struct slow_domain *ret_slowest,
                   struct err *ret_err)
{
        struct query query;
        GHashTable *by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, slow_free);
        *ret_slowest = (struct slow_domain){ 0 };
        bool ok = db_query(store->db, &query, ret_err,
                           "SELECT domain, deferred, failed, wait FROM slow_domain WHERE list_id = ? AND day BETWEEN ? AND ?", "iii",
                           list_id, first_day, last_day)
                  && sum_slow(store, &query, list_id, by_name, ret_err);
        GHashTableIter iter;
        gpointer value;
        const struct slow_domain *slowest = NULL;
        g_hash_table_iter_init(&iter, by_name);
        while (ok && g_hash_table_iter_next(&iter, NULL, &value))
                if (!slowest || is_slower(value, slowest))
                        slowest = value;
        if (slowest) {
                *ret_slowest = *slowest;
                ret_slowest->domain = g_strdup(slowest->domain);
        }
        g_hash_table_unref(by_name);
        return ok;
}

/* --- by `deliver` --------------------------------------------------------------------------------------- */

bool trace_settled(struct store *store, const struct queue_claim *claim, const struct queue_result *results, size_t count, int64_t queued,
                   int64_t now, struct err *ret_err)
{
        bool ok = count == 0 || (add_answers(store, claim, results, count, now, ret_err)
                                 && count_outcomes(store, claim, results, count, ret_err));
        for (size_t i = 0; ok && claim->list_id && i < count; i++)
                ok = !is_slow(claim, &results[i]) || count_slow(store, claim, &results[i], MAX(now - queued, 0), ret_err);
        return ok;
}

bool trace_expire(struct store *store, int64_t now, struct err *ret_err)
{
        const int64_t old = now - TRACE_DAYS * DAY;
        return db_run(store->db, ret_err, "DELETE FROM event WHERE at < ?", "i", old)
               && db_run(store->db, ret_err, "DELETE FROM sending WHERE queued < ?", "i", old)
               && db_run(store->db, ret_err, "DELETE FROM slow_domain WHERE day > 0 AND day < ?", "i", now / DAY - SLOW_DAYS);
}

/* --- reading ----------------------------------------------------------------------------------------------- */

static void sending_free(void *data)
{
        struct trace_sending *sending = data;
        g_free(sending->log_id);
        g_free(sending);
}

#define SENDING_COLUMNS \
        "message_id, coalesce(list_id, 0), kind, number, log_id, queued, ended, is_removed, delivered, deferred, failed"

static bool query_sendings(struct store *store, const struct trace_key *key, size_t limit, struct query *ret_query, struct err *ret_err)
{
        const int64_t most = (int64_t) limit;
        if (key->log_id)
                return db_query(store->db, ret_query, ret_err,
                                "SELECT * FROM (SELECT " SENDING_COLUMNS " FROM sending WHERE log_id = ?"
                                " ORDER BY 1 DESC LIMIT ?) ORDER BY 1",
                                "ti", key->log_id, most);
        if (key->number)
                return db_query(store->db, ret_query, ret_err,
                                "SELECT * FROM (SELECT " SENDING_COLUMNS " FROM sending WHERE list_id = ? AND number = ?"
                                " ORDER BY 1 DESC LIMIT ?) ORDER BY 1",
                                "iii", key->list_id, key->number, most);
        return db_query(store->db, ret_query, ret_err,
                        "SELECT * FROM (SELECT " SENDING_COLUMNS " FROM sending WHERE list_id = ?"
                        " ORDER BY 1 DESC LIMIT ?) ORDER BY 1",
                        "ii", key->list_id, most);
}

bool trace_sendings(struct store *store, const struct trace_key *key, size_t limit, GPtrArray **ret_sendings, struct err *ret_err)
{
        struct query query;
        if (!query_sendings(store, key, limit, &query, ret_err))
                return false;
        *ret_sendings = g_ptr_array_new_with_free_func(sending_free);
        while (db_next(&query)) {
                struct trace_sending *sending = g_new0(struct trace_sending, 1);
                sending->message_id = db_int(&query, 0);
                sending->list_id = db_int(&query, 1);
                sending->kind = (enum queue_kind) db_int(&query, 2);
                sending->number = db_int(&query, 3);
                sending->log_id = g_strdup(db_text(&query, 4));
                sending->queued = db_int(&query, 5);
                sending->ended = db_int(&query, 6);
                sending->is_removed = db_int(&query, 7) != 0;
                sending->delivered = db_int(&query, 8);
                sending->deferred = db_int(&query, 9);
                sending->failed = db_int(&query, 10);
                g_ptr_array_add(*ret_sendings, sending);
        }
        if (db_done(&query, ret_err))
                return true;
        g_clear_pointer(ret_sendings, g_ptr_array_unref);
        return false;
}

static void answer_free(void *data)
{
        struct trace_answer *answer = data;
        g_free(answer->text);
        g_free(answer);
}

/* Whose answers are looked for, and where they go. */
struct search {
        int64_t member_id;
        bool is_for_troubles; /* of anybody */
        size_t limit;
        GPtrArray *answers;
};

static bool is_wanted(const struct search *search, int64_t member_id, int outcome)
{
        return search->is_for_troubles ? outcome != OUTCOME_DELIVERED : member_id == search->member_id;
}

static void take_answer(const struct search *search, const struct trace_answer *found)
{
        if (search->answers->len >= search->limit || !is_wanted(search, found->member_id, (int) found->outcome))
                return;
        struct trace_answer *answer = g_new0(struct trace_answer, 1);
        *answer = *found;
        answer->outcome = MIN(found->outcome, OUTCOME_FAILED);
        answer->text = g_strdup(found->text);
        g_ptr_array_add(search->answers, answer);
}

/* An entry of either form: the members that it is about. */
static const gint64 *members_of(GVariant *members, enum answers_form form, gint64 *one, gsize *ret_count)
{
        if (form == FORM_ALIKE)
                return g_variant_get_fixed_array(members, ret_count, sizeof(gint64));
        *one = g_variant_get_int64(members);
        *ret_count = 1;
        return one;
}

static void unpack(GBytes *bytes, enum answers_form form, int64_t at, const struct search *search)
{
        GVariant *all = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(ANSWERS_TYPES[form]), bytes, FALSE)), *members;
        GVariantIter iter;
        guchar outcome;
        gint32 code;
        const char *text;
        g_variant_iter_init(&iter, all);
        while (g_variant_iter_next(&iter, form == FORM_ALIKE ? "(@axyi&s)" : "(@xyi&s)", &members, &outcome, &code, &text)) {
                gint64 one;
                gsize count;
                const gint64 *ids = members_of(members, form, &one, &count);
                for (gsize i = 0; i < count; i++)
                        take_answer(search, &(struct trace_answer){ at, ids[i], (enum queue_outcome) outcome, code, (char *) text });
                g_variant_unref(members);
        }
        g_variant_unref(all);
}

/* Takes the rows (at, box, form) of a query. */
static bool search_boxes(struct store *store, int64_t list_id, struct query *query, struct search *search, GPtrArray **ret_answers,
                         struct err *ret_err)
{
        bool ok = true;
        search->answers = g_ptr_array_new_with_free_func(answer_free);
        while (ok && search->answers->len < search->limit && db_next(query)) {
                GBytes *bytes = store_open_box(store, query, 1, KEY_MEMBER_SEAL, list_id, ret_err);
                ok = bytes != NULL;
                if (ok) {
                        unpack(bytes, db_int(query, 2) == FORM_EACH ? FORM_EACH : FORM_ALIKE, db_int(query, 0), search);
                        g_bytes_unref(bytes);
                }
        }
        ok = db_done(query, ret_err) && ok;
        if (ok)
                *ret_answers = search->answers;
        else
                g_ptr_array_unref(search->answers);
        return ok;
}

bool trace_answers(struct store *store, int64_t list_id, int64_t message_id, int64_t member_id, GPtrArray **ret_answers,
                   struct err *ret_err)
{
        struct search search = { .member_id = member_id, .limit = SIZE_MAX };
        struct query query;
        return db_query(store->db, &query, ret_err,
                        "SELECT at, box, form FROM answers WHERE message_id = ?1 AND first <= ?2 AND last >= ?2 ORDER BY id", "ii",
                        message_id, member_id)
               && search_boxes(store, list_id, &query, &search, ret_answers, ret_err);
}

bool trace_troubles(struct store *store, int64_t list_id, int64_t message_id, size_t limit, GPtrArray **ret_answers, struct err *ret_err)
{
        struct search search = { .is_for_troubles = true, .limit = limit };
        struct query query;
        return db_query(store->db, &query, ret_err, "SELECT at, box, form FROM answers WHERE message_id = ? ORDER BY id", "i", message_id)
               && search_boxes(store, list_id, &query, &search, ret_answers, ret_err);
}
