/* question.c - what listd asked somebody and waits for
 * Gives:  what question.h lists
 * A row without detail has about 45 octets: what a stranger can cause costs little, and expires (leaks X11). */
#include "store/question.h"

#include "store/inside.h"

const char *const QUESTION_WORDS[] = {
        [QUESTION_JOIN] = "join",
        [QUESTION_LEAVE] = "leave",
        [QUESTION_OFF] = "pause or leave",
        [QUESTION_PAUSE] = "pause",
        [QUESTION_RESUME] = "resume",
        [QUESTION_VACATION] = "vacation",
        [QUESTION_DIGEST] = "digest",
        [QUESTION_EACH] = "each",
        [QUESTION_NAME] = "name",
        [QUESTION_LANG] = "lang",
        [QUESTION_ADDRESS_OLD] = "new address, asked of the old one",
        [QUESTION_ADDRESS_NEW] = "new address, asked of the new one",
        [QUESTION_GET] = "posts of the archive",
        [QUESTION_BOUNCE] = "does the mailbox work again",
        [QUESTION_ALSO_OLD] = "further address, asked of the member",
        [QUESTION_ALSO_NEW] = "further address, asked of it",
        [QUESTION_INVITE] = "invitation",
        [QUESTION_POST] = "a post of theirs",
        [QUESTION_SEND] = "a command, or a post",
        [QUESTION_APPROVE] = "may somebody join",
        [QUESTION_MODERATE] = "a held post",
        [QUESTION_OWNER_COMMAND] = "commands of an owner",
        [QUESTION_OWNER_ADD] = "become an owner",
        [QUESTION_UNDO_NEVER] = "mail again",
        [QUESTION_NOT_ALSO] = "a further address less",
        [QUESTION_TELL] = "told only",
        [QUESTION_OWNER_REMOVE] = "no longer an owner",
};

#define QUESTION_COLUMNS "id, mailbox_id, list_id, kind, member_id, mailed, at, held_id, detail"

enum { DAY = 86400 };

void question_free(struct question *question)
{
        if (!question)
                return;
        g_free(question->held_id);
        g_free(question->detail);
        g_free(question);
}

static void question_free_item(void *question)
{
        question_free(question);
}

static bool count_alike(struct store *store, const struct question *question, int64_t *ret_count, struct err *ret_err)
{
        return db_number(store->db, ret_count, ret_err,
                         "SELECT count(*) FROM question WHERE mailbox_id = ? AND list_id = ? AND kind = ? AND held_id IS NULL", "iii",
                         question->mailbox_id, question->list_id, (int64_t) question->kind);
}

/* One without detail and held post stands once. */
static bool find_same(struct store *store, struct question *question, struct err *ret_err)
{
        return db_number(store->db, &question->id, ret_err,
                         "SELECT id FROM question WHERE mailbox_id = ? AND list_id = ? AND kind = ? AND member_id = ?"
                         " AND held_id IS NULL AND detail IS NULL",
                         "iiii", question->mailbox_id, question->list_id, (int64_t) question->kind, question->member_id);
}

static bool insert(struct store *store, struct question *question, struct err *ret_err)
{
        static const char sql[] = "INSERT INTO question (mailbox_id, list_id, kind, member_id, mailed, at, held_id, detail)"
                                  " VALUES (?, ?, ?, ?, 0, ?, ?, ?)";
        static const char sql_plain[] = "INSERT INTO question (mailbox_id, list_id, kind, member_id, mailed, at, held_id)"
                                        " VALUES (?, ?, ?, ?, 0, ?, ?)";
        bool ok;
        if (question->detail) {
                GBytes *box = store_seal_text(store, KEY_MEMBER_SEAL, question->list_id, question->detail);
                ok = db_run(store->db, ret_err, sql, "iiiiitB", question->mailbox_id, question->list_id, (int64_t) question->kind,
                            question->member_id, question->at, question->held_id, box);
                g_bytes_unref(box);
        } else {
                ok = db_run(store->db, ret_err, sql_plain, "iiiiit", question->mailbox_id, question->list_id,
                            (int64_t) question->kind, question->member_id, question->at, question->held_id);
        }
        question->id = ok ? db_last_id(store->db) : 0;
        return ok;
}

bool question_add(struct store *store, struct question *question, struct err *ret_err)
{
        int64_t alike = 0;
        question->id = 0;
        if (!question->detail && !question->held_id && !find_same(store, question, ret_err))
                return false;
        if (question->id) /* a letter may be lost: it is asked once more, when the limits allow */
                return db_run(store->db, ret_err, "UPDATE question SET mailed = 0, at = ? WHERE id = ?", "ii", question->at, question->id);
        if (question->detail && !count_alike(store, question, &alike, ret_err))
                return false;
        const int64_t most = question->kind == QUESTION_APPROVE ? QUESTION_APPROVE_MAX : QUESTION_ALIKE_MAX;
        return alike >= most || insert(store, question, ret_err);
}

/* --- reading --------------------------------------------------------------------------------------- */

static struct question *read_row(struct store *store, const struct query *query, struct err *ret_err)
{
        struct question *question = g_new0(struct question, 1);
        size_t length;
        question->id = db_int(query, 0);
        question->mailbox_id = db_int(query, 1);
        question->list_id = db_int(query, 2);
        question->kind = (enum question_kind) CLAMP(db_int(query, 3), QUESTION_JOIN, QUESTION_GET);
        question->member_id = db_int(query, 4);
        question->mailed = db_int(query, 5);
        question->at = db_int(query, 6);
        if (*db_text(query, 7))
                question->held_id = g_strdup(db_text(query, 7));
        db_blob(query, 8, &length);
        if (length && !(question->detail = store_open_text(store, query, 8, KEY_MEMBER_SEAL, question->list_id, ret_err)))
                g_clear_pointer(&question, question_free);
        return question;
}

static bool read_many(struct store *store, struct query *query, GPtrArray **ret_questions, struct err *ret_err)
{
        bool ok = true;
        GPtrArray *questions = g_ptr_array_new_with_free_func(question_free_item);
        while (ok && db_next(query)) {
                struct question *question = read_row(store, query, ret_err);
                ok = question != NULL;
                if (ok)
                        g_ptr_array_add(questions, question);
        }
        ok = db_done(query, ret_err) && ok;
        if (ok)
                *ret_questions = questions;
        else
                g_ptr_array_unref(questions);
        return ok;
}

bool question_get(struct store *store, int64_t list_id, int64_t id, struct question **ret_question, struct err *ret_err)
{
        struct query query;
        GPtrArray *found;
        *ret_question = NULL;
        if (!db_query(store->db, &query, ret_err, "SELECT " QUESTION_COLUMNS " FROM question WHERE id = ? AND list_id = ?", "ii", id,
                      list_id)
            || !read_many(store, &query, &found, ret_err))
                return false;
        if (found->len)
                *ret_question = g_ptr_array_steal_index(found, 0);
        g_ptr_array_unref(found);
        return true;
}

bool question_waiting(struct store *store, int64_t mailbox_id, size_t limit, GPtrArray **ret_questions, struct err *ret_err)
{
        struct query query;
        return db_query(store->db, &query, ret_err,
                        "SELECT " QUESTION_COLUMNS " FROM question WHERE mailbox_id = ? AND mailed = 0 ORDER BY id DESC LIMIT ?", "ii",
                        mailbox_id, (int64_t) limit)
               && read_many(store, &query, ret_questions, ret_err);
}

bool question_of_list(struct store *store, int64_t list_id, enum question_kind kind, GPtrArray **ret_questions, struct err *ret_err)
{
        struct query query;
        return db_query(store->db, &query, ret_err,
                        "SELECT " QUESTION_COLUMNS " FROM question WHERE list_id = ?1 AND (?2 = 0 OR kind = ?2) ORDER BY id", "ii",
                        list_id, (int64_t) kind)
               && read_many(store, &query, ret_questions, ret_err);
}

bool question_of_held(struct store *store, const char *held_id, GPtrArray **ret_questions, struct err *ret_err)
{
        struct query query;
        return db_query(store->db, &query, ret_err, "SELECT " QUESTION_COLUMNS " FROM question WHERE held_id = ? ORDER BY id", "t",
                        held_id)
               && read_many(store, &query, ret_questions, ret_err);
}

/* --- changing ---------------------------------------------------------------------------------------- */

bool question_mailed(struct store *store, int64_t id, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err, "UPDATE question SET mailed = ? WHERE id = ?", "ii", now, id);
}

/* A mailbox that is asked nothing any more is forgotten. */
static bool forget_mailboxes(struct store *store, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM mailbox WHERE NOT EXISTS (SELECT 1 FROM question WHERE mailbox_id = mailbox.id)",
                      "");
}

bool question_remove(struct store *store, int64_t id, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM question WHERE id = ?", "i", id);
}

bool question_remove_of_mailbox(struct store *store, int64_t mailbox_id, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM question WHERE mailbox_id = ?", "i", mailbox_id);
}

bool question_remove_of_held(struct store *store, const char *held_id, struct err *ret_err)
{
        return db_run(store->db, ret_err, "DELETE FROM question WHERE held_id = ?", "t", held_id);
}

static int64_t days_of(const struct question *question)
{
        enum { FOREVER_DAYS = 3650 };
        if (question->kind == QUESTION_UNDO_NEVER || question->kind == QUESTION_BOUNCE)
                return FOREVER_DAYS;
        return question->held_id || question->kind == QUESTION_APPROVE ? QUESTION_HELD_DAYS : QUESTION_DAYS;
}

bool question_is_old(const struct question *question, int64_t now)
{
        return MAX(question->mailed, question->at) + days_of(question) * DAY <= now;
}

bool question_expire(struct store *store, int64_t now, struct err *ret_err)
{
        return db_run(store->db, ret_err,
                      "DELETE FROM question WHERE kind NOT IN (?1, ?5)"
                      " AND max(mailed, at) < CASE WHEN held_id IS NULL AND kind != ?2 THEN ?3 ELSE ?4 END",
                      "iiiii", (int64_t) QUESTION_UNDO_NEVER, (int64_t) QUESTION_APPROVE, now - QUESTION_DAYS * DAY,
                      now - QUESTION_HELD_DAYS * DAY, (int64_t) QUESTION_BOUNCE)
               && forget_mailboxes(store, ret_err);
}
