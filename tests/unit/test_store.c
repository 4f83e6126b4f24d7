/* test_store.c - lists, members, queue, spool, held mail, what was accepted */
#include "folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/accepted.h"
#include "store/held.h"
#include "store/list.h"
#include "store/member.h"
#include "store/queue.h"
#include "store/spool.h"

#define OK(call)                                            \
        do {                                                \
                struct err *e_ = &err;                      \
                *e_ = (struct err){ 0 };                    \
                if (!(call))                                \
                        fail_msg("%s: %s", #call, e_->text); \
        } while (0)

struct fixture {
        char *data;
        struct keyring *keyring;
        struct store *store;
        struct list *list;
};

static int setup(void **state)
{
        struct err err;
        struct fixture *f = g_new0(struct fixture, 1);
        f->data = folder_make(&f->keyring);
        OK(store_open(&f->store, f->data, f->keyring, true, &err));
        OK(list_add(f->store, "ml", "lists.example", TYPE_DISCUSSION, &f->list, &err));
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        list_free(f->list);
        store_close(f->store);
        keyring_free(f->keyring);
        folder_remove(f->data);
        g_free(f);
        return 0;
}

static void add_members(struct fixture *f, int64_t list_id, int count)
{
        struct err err;
        size_t added;
        for (int i = 0; i < count; i++) {
                char *address = g_strdup_printf("member%d@example.org", i);
                const struct member_new member = { .address = address, .fold = address, .name = "A Name" };
                OK(member_add(f->store, list_id, &member, 1, &added, &err));
                g_free(address);
        }
}

/* --- lists ----------------------------------------------------------------------------- */

static void test_list(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct list *list;
        int64_t number;
        assert_string_equal(f->list->address, "ml@lists.example");
        assert_string_equal(f->list->subject_tag, "[${name}:%05d]");
        assert_string_equal(f->list->title, "");
        assert_int_equal(f->list->max_text, 32 * 1024);
        assert_false(list_add(f->store, "ml", "lists.example", TYPE_ANNOUNCE, &list, &err));
        assert_int_equal(err.class, ERR_PERM);
        OK(list_find(f->store, "ml", "other.example", &list, &err));
        assert_null(list);
        OK(list_next_number(f->store, f->list, &number, &err));
        OK(list_next_number(f->store, f->list, &number, &err));
        assert_int_equal(number, 2);
        OK(list_rename(f->store, f->list, "dev", &err));
        assert_string_equal(f->list->address, "dev@lists.example");
        OK(list_find(f->store, "dev", "lists.example", &list, &err));
        assert_int_equal(list->posts, 2);
        list_free(list);
        OK(list_remove(f->store, f->list->id, &err));
        OK(list_find(f->store, "dev", "lists.example", &list, &err));
        assert_null(list);
}

static void test_list_settings(void **state)
{
        static const struct {
                const char *key, *text, *complaint;
        } cases[] = {
                { "title", "People of B\xc3\xbc" "cher", NULL }, { "title", "a@b", "without @" },
                { "title", "two\nlines", "one line" },         { "posting", "everyone", "is not one of: members, anyone" },
                { "max_text", "64K", NULL },                   { "max_text", "12", "from 1K" },
                { "subject_tag", "", NULL },                   { "subject_tag", "[x %d %d]", "at most one" },
                { "subject_tag", "[x %s]", "at most one" },    { "subject_tag", "[%05d]", NULL },
                { "timezone", "Asia/Tokyo", NULL },            { "timezone", "Nowhere", "is not known" },
                { "freemail", "refuse", "cannot be set in this version" }, { "color", "red", "there is no setting" },
        };
        struct fixture *f = *state;
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct err err = { 0 };
                bool ok = list_set(f->store, f->list, cases[i].key, cases[i].text, &err);
                if (ok != !cases[i].complaint || (cases[i].complaint && !strstr(err.text, cases[i].complaint)))
                        fail_msg("%s = %s: got '%s', want '%s'", cases[i].key, cases[i].text, err.text, cases[i].complaint);
        }
}

static void test_list_presets(void **state)
{
        struct fixture *f = *state;
        struct err err;
        OK(list_set(f->store, f->list, "type", "announce", &err));
        assert_int_equal(f->list->posting, POSTING_ANNOUNCE);
        OK(list_set(f->store, f->list, "posting", "moderated", &err));
        assert_int_equal(f->list->posting, POSTING_MODERATED);
        OK(list_set(f->store, f->list, "posting", NULL, &err));
        assert_int_equal(f->list->posting, POSTING_ANNOUNCE);
        OK(list_set(f->store, f->list, "type", "discussion", &err));
        assert_int_equal(f->list->posting, POSTING_MEMBERS);
}

/* --- members ----------------------------------------------------------------------------- */

static void test_member(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct list *other;
        struct member *member;
        size_t added;
        GPtrArray *page;
        const struct member_new anna[] = { { "Anna@example.org", "anna@example.org", "Anna Ames", ROLE_OWNER },
                                           { "ANNA@example.org", "anna@example.org", "again", ROLE_MEMBER } };
        OK(list_add(f->store, "other", "lists.example", TYPE_DISCUSSION, &other, &err));
        OK(member_add(f->store, f->list->id, anna, 2, &added, &err));
        assert_int_equal(added, 1);
        OK(member_find(f->store, f->list->id, "anna@example.org", &member, &err));
        assert_string_equal(member->address, "Anna@example.org");
        assert_string_equal(member->name, "Anna Ames");
        assert_int_equal(member->role, ROLE_OWNER);
        int64_t id = member->id;
        member_free(member);
        /* every query names the list: the same id or address on another list is nobody */
        OK(member_find(f->store, other->id, "anna@example.org", &member, &err));
        assert_null(member);
        OK(member_get(f->store, other->id, id, &member, &err));
        assert_null(member);
        OK(member_remove(f->store, other->id, id, &err));
        OK(member_set_state(f->store, other->id, id, MEMBER_PAUSED, 0, &err));
        OK(member_get(f->store, f->list->id, id, &member, &err));
        assert_int_equal(member->state, MEMBER_ACTIVE);
        member_free(member);
        OK(member_set_name(f->store, f->list->id, id, "Anna", &err));
        add_members(f, f->list->id, 5);
        OK(member_page(f->store, f->list->id, id, 3, &page, &err));
        assert_int_equal(page->len, 3);
        g_ptr_array_unref(page);
        OK(member_officers(f->store, f->list->id, ROLE_OWNER, &page, &err));
        assert_int_equal(page->len, 1);
        assert_string_equal(((struct member *) page->pdata[0])->name, "Anna");
        g_ptr_array_unref(page);
        int64_t rows;
        OK(store_check(f->store, &rows, &err));
        assert_int_equal(rows, 6 + 6 + 6 + 2); /* addresses, names, that they joined, the settings of two lists */
        list_free(other);
}

static void test_other_keys(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct keyring *keyring;
        struct store *store;
        int64_t rows;
        char *other = folder_make(&keyring);
        add_members(f, f->list->id, 1);
        OK(store_open(&store, f->data, keyring, false, &err));
        assert_false(store_check(store, &rows, &err));
        assert_non_null(strstr(err.text, "keys and database are not of one backup"));
        store_close(store);
        keyring_free(keyring);
        folder_remove(other);
}

/* --- queue ------------------------------------------------------------------------------- */

static int64_t queue_post(struct fixture *f)
{
        struct err err;
        int64_t id;
        GBytes *message = g_bytes_new_static("Subject: x\r\n\r\nbody\r\n", 20);
        OK(queue_add_post(f->store, f->list->id, 7, "logid", message, &id, &err));
        g_bytes_unref(message);
        return id;
}

static struct queue_claim *claim(struct fixture *f, size_t limit, bool retries_first, int64_t now)
{
        struct err err;
        struct queue_claim *found;
        OK(queue_claim(f->store, limit, retries_first, now, &found, &err));
        return found;
}

static void settle(struct fixture *f, const struct queue_claim *claim, guint from, guint to, enum queue_outcome outcome, int64_t now)
{
        struct err err;
        for (guint i = from; i < to; i++) {
                const struct queue_result result = { claim->recipients->pdata[i], outcome, outcome == OUTCOME_FAILED ? 550 : 250,
                                                     "words of the relay" };
                OK(queue_settle(f->store, claim, &result, 1, now, &err));
        }
}

static int64_t depth(struct fixture *f)
{
        struct err err;
        int64_t messages, oldest;
        OK(queue_depth(f->store, &messages, &oldest, &err));
        return messages;
}

static void test_queue_reaches_all(void **state)
{
        struct fixture *f = *state;
        struct err err;
        int seen = 0;
        int64_t last = 0;
        add_members(f, f->list->id, QUEUE_CHUNK_MEMBERS + 30);
        queue_post(f);
        for (struct queue_claim *c; (c = claim(f, 100, false, 1000));) {
                assert_int_equal(c->number, 7);
                assert_string_equal(c->list_name, "ml");
                assert_string_equal(c->log_id, "logid");
                for (guint i = 0; i < c->recipients->len; i++) {
                        const struct queue_recipient *recipient = c->recipients->pdata[i];
                        assert_true(recipient->member_id > last);
                        last = recipient->member_id;
                        seen++;
                }
                settle(f, c, 0, c->recipients->len, OUTCOME_DELIVERED, 1000);
                OK(queue_release(f->store, c, &err));
        }
        assert_int_equal(seen, QUEUE_CHUNK_MEMBERS + 30);
        assert_int_equal(depth(f), 0);
}

/* A crash in the middle: what was settled is not sent again, what was not is. */
static void test_queue_recovers(void **state)
{
        struct fixture *f = *state;
        struct err err;
        add_members(f, f->list->id, 10);
        queue_post(f);
        struct queue_claim *c = claim(f, 100, false, 1000);
        settle(f, c, 0, 4, OUTCOME_DELIVERED, 1000);
        queue_claim_free(c); /* the process is gone: nothing is released */
        assert_null(claim(f, 100, false, 1000));
        OK(queue_recover(f->store, &err));
        c = claim(f, 100, false, 1000);
        assert_int_equal(c->recipients->len, 6);
        /* released half done: the rest comes again */
        settle(f, c, 0, 1, OUTCOME_DELIVERED, 1000);
        OK(queue_release(f->store, c, &err));
        c = claim(f, 100, false, 1000);
        assert_int_equal(c->recipients->len, 5);
        settle(f, c, 0, 5, OUTCOME_DELIVERED, 1000);
        queue_claim_free(c); /* gone after the last commit, before the release */
        OK(queue_recover(f->store, &err));
        assert_null(claim(f, 100, false, 1000));
        assert_int_equal(depth(f), 0);
}

static void test_queue_puts_off_and_fails(void **state)
{
        enum { DAY = 86400 };
        struct fixture *f = *state;
        struct err err;
        struct member *member;
        GPtrArray *entries;
        int64_t now = store_now();
        add_members(f, f->list->id, 3);
        queue_post(f);
        struct queue_claim *c = claim(f, 100, false, now);
        int64_t deferred = ((struct queue_recipient *) c->recipients->pdata[0])->member_id;
        int64_t failed = ((struct queue_recipient *) c->recipients->pdata[1])->member_id;
        settle(f, c, 0, 1, OUTCOME_DEFERRED, now);
        settle(f, c, 1, 2, OUTCOME_FAILED, now);
        settle(f, c, 2, 3, OUTCOME_DELIVERED, now);
        OK(queue_release(f->store, c, &err));
        OK(member_get(f->store, f->list->id, failed, &member, &err));
        assert_int_equal(member->failures, 1);
        assert_int_equal(member->failed_code, 550);
        assert_string_equal(member->failed_text, "words of the relay");
        member_free(member);
        int64_t rows;
        OK(store_check(f->store, &rows, &err));
        assert_int_equal(rows, 3 + 3 + 3 + 1 + 1 + 1); /* addresses, names, that they joined, a failure, a message, a setting */
        OK(queue_entries(f->store, &entries, &err));
        assert_int_equal(entries->len, 1);
        assert_int_equal(((struct queue_entry *) entries->pdata[0])->deferred, 1);
        assert_int_equal(((struct queue_entry *) entries->pdata[0])->waiting, 0);
        g_ptr_array_unref(entries);

        assert_null(claim(f, 100, true, now)); /* not due yet */
        OK(queue_flush(f->store, &err));
        c = claim(f, 100, true, now);
        assert_int_equal(c->recipients->len, 1);
        assert_int_equal(((struct queue_recipient *) c->recipients->pdata[0])->member_id, deferred);
        settle(f, c, 0, 1, OUTCOME_DEFERRED, now);
        OK(queue_release(f->store, c, &err));
        assert_null(claim(f, 100, false, now + 14 * 60)); /* the second wait is longer */
        c = claim(f, 100, false, now + 15 * 60);
        settle(f, c, 0, 1, OUTCOME_DEFERRED, now + 6 * DAY); /* given up */
        OK(queue_release(f->store, c, &err));
        OK(member_get(f->store, f->list->id, deferred, &member, &err));
        assert_int_equal(member->failures, 1);
        member_free(member);
        assert_int_equal(depth(f), 0);
}

static void test_queue_direct(void **state)
{
        struct fixture *f = *state;
        struct err err;
        int64_t id;
        GBytes *message = g_bytes_new_static("Subject: x\r\n\r\n", 14), *back;
        add_members(f, f->list->id, 2);
        GPtrArray *page;
        OK(member_page(f->store, f->list->id, 0, 10, &page, &err));
        const struct queue_recipient recipients[] = { { ((struct member *) page->pdata[0])->id, NULL }, { 0, (char *) "admin@a.example" } };
        g_ptr_array_unref(page);
        OK(queue_add_direct(f->store, 0, "l", message, &recipients[1], 1, &id, &err));
        OK(queue_message(f->store, id, &back, &err));
        assert_true(g_bytes_equal(message, back));
        g_bytes_unref(back);
        int64_t rows;
        OK(store_check(f->store, &rows, &err));
        assert_int_equal(rows, 2 + 2 + 2 + 1 + 1 + 1); /* addresses, names, that they joined, the admin's address, a message, a setting */
        struct queue_claim *c = claim(f, 100, false, 1000);
        assert_int_equal(c->kind, QUEUE_DIRECT);
        assert_int_equal(c->list_id, 0);
        assert_string_equal(((struct queue_recipient *) c->recipients->pdata[0])->address, "admin@a.example");
        settle(f, c, 0, 1, OUTCOME_DELIVERED, 1000);
        OK(queue_release(f->store, c, &err));
        /* an owner who leaves before the mail is sent gets none */
        OK(queue_add_direct(f->store, f->list->id, "l", message, recipients, 1, &id, &err));
        OK(member_remove(f->store, f->list->id, recipients[0].member_id, &err));
        assert_null(claim(f, 100, false, 1000));
        assert_int_equal(depth(f), 0);
        g_bytes_unref(message);
}

/* Nobody is left to get it: the message goes, and so it does with its list. */
static void test_queue_empties(void **state)
{
        struct fixture *f = *state;
        struct err err;
        queue_post(f);
        assert_int_equal(depth(f), 0);
        add_members(f, f->list->id, 2);
        queue_post(f);
        assert_int_equal(depth(f), 1);
        OK(list_remove(f->store, f->list->id, &err));
        assert_int_equal(depth(f), 0);
        assert_null(claim(f, 100, false, 1000));
}

static int64_t id_of(struct fixture *f, int i)
{
        struct err err;
        struct member *member;
        char *address = g_strdup_printf("member%d@example.org", i);
        OK(member_find(f->store, f->list->id, address, &member, &err));
        int64_t id = member->id;
        member_free(member);
        g_free(address);
        return id;
}

/* Who leaves or pauses while a copy is put off gets it no more, and who comes back is somebody new. */
static void test_queue_forgets_who_left(void **state)
{
        struct fixture *f = *state;
        struct err err;
        const int64_t now = store_now();
        add_members(f, f->list->id, 4);
        queue_post(f);
        struct queue_claim *c = claim(f, 100, false, now);
        settle(f, c, 0, 4, OUTCOME_DEFERRED, now);
        OK(queue_release(f->store, c, &err));
        OK(queue_flush(f->store, &err));
        OK(member_remove(f->store, f->list->id, id_of(f, 0), &err));
        OK(member_set_state(f->store, f->list->id, id_of(f, 1), MEMBER_PAUSED, 0, &err));
        OK(member_remove(f->store, f->list->id, id_of(f, 2), &err));
        add_members(f, f->list->id, 3);
        c = claim(f, 2, true, now); /* the first page is of those who left */
        assert_int_equal(c->recipients->len, 1);
        assert_string_equal(((struct queue_recipient *) c->recipients->pdata[0])->address, "member3@example.org");
        settle(f, c, 0, 1, OUTCOME_DELIVERED, now);
        OK(queue_release(f->store, c, &err));
        assert_null(claim(f, 100, true, now));
        assert_int_equal(depth(f), 0);
}

static void test_queue_pauses_no_owner(void **state)
{
        struct fixture *f = *state;
        struct err err;
        int64_t id;
        GBytes *message = g_bytes_new_static("Subject: x\r\n\r\n", 14);
        add_members(f, f->list->id, 1);
        const struct queue_recipient owner = { id_of(f, 0), NULL };
        OK(member_set_state(f->store, f->list->id, owner.member_id, MEMBER_PAUSED, 0, &err));
        OK(queue_add_direct(f->store, f->list->id, "l", message, &owner, 1, &id, &err));
        struct queue_claim *c = claim(f, 100, false, 1000);
        assert_int_equal(c->recipients->len, 1);
        queue_claim_free(c);
        g_bytes_unref(message);
}

/* `queue rm` while a session has the message: what the relay says then is held against nobody. */
static void test_queue_removed_under_way(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct member *member;
        add_members(f, f->list->id, 2);
        int64_t id = queue_post(f);
        struct queue_claim *c = claim(f, 100, false, store_now());
        OK(queue_remove(f->store, id, &err));
        settle(f, c, 0, 1, OUTCOME_DEFERRED, store_now());
        settle(f, c, 1, 2, OUTCOME_DELIVERED, store_now());
        OK(queue_release(f->store, c, &err));
        OK(member_get(f->store, f->list->id, id_of(f, 0), &member, &err));
        assert_int_equal(member->failures, 0);
        member_free(member);
        assert_int_equal(depth(f), 0);
}

/* Put off while the clock was a year ahead. */
static void test_queue_clock_goes_back(void **state)
{
        enum { YEAR = 365 * 86400, MINUTE = 60 };
        struct fixture *f = *state;
        struct err err;
        const int64_t now = store_now();
        add_members(f, f->list->id, 1);
        queue_post(f);
        struct queue_claim *c = claim(f, 100, false, now);
        settle(f, c, 0, 1, OUTCOME_DEFERRED, now);
        OK(queue_release(f->store, c, &err));
        assert_null(claim(f, 100, true, now + 4 * MINUTE)); /* an honest wait is kept */
        c = claim(f, 100, true, now - YEAR);
        assert_non_null(c);
        assert_int_equal(c->recipients->len, 1);
        OK(queue_release(f->store, c, &err));
}

/* --- spool ------------------------------------------------------------------------------- */

static void put_in_spool(struct spool *spool, uint8_t first, int count)
{
        struct err err;
        struct spool_item items[8];
        for (int i = 0; i < count; i++) {
                items[i] = (struct spool_item){ .received = 100 + i, .box = g_bytes_new_static("box", 3) };
                memset(items[i].id, first + i, SPOOL_ID_BYTES);
        }
        OK(spool_put(spool, items, (size_t) count, &err));
        for (int i = 0; i < count; i++)
                g_bytes_unref(items[i].box);
}

static void test_spool(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct spool *spool;
        GPtrArray *items;
        int64_t count, oldest;
        int limit;
        OK(spool_open(&spool, f->data, true, &err));
        put_in_spool(spool, 1, 3);
        OK(spool_depth(spool, &count, &oldest, &err));
        assert_int_equal(count, 3);
        assert_int_equal(oldest, 100);
        OK(spool_claim(spool, 10, &items, &err));
        assert_int_equal(items->len, 3);
        g_ptr_array_unref(items);
        OK(spool_claim(spool, 10, &items, &err));
        assert_int_equal(items->len, 0);
        g_ptr_array_unref(items);

        /* killed from outside: nobody is to blame; crashed: all claimed ones are suspects, and come alone */
        OK(spool_recover(spool, false, &err));
        OK(spool_claim(spool, 2, &items, &err));
        assert_int_equal(items->len, 2);
        assert_int_equal(((struct spool_item *) items->pdata[0])->crashes, 0);
        g_ptr_array_unref(items);
        OK(spool_recover(spool, true, &err));
        OK(spool_claim(spool, 10, &items, &err));
        assert_int_equal(items->len, 1);
        assert_int_equal(((struct spool_item *) items->pdata[0])->crashes, 0);
        assert_int_equal(((struct spool_item *) items->pdata[0])->id[0], 3);
        OK(spool_remove(spool, items, &err));
        g_ptr_array_unref(items);
        OK(spool_claim(spool, 10, &items, &err));
        assert_int_equal(items->len, 1);
        assert_int_equal(((struct spool_item *) items->pdata[0])->crashes, 1);
        g_ptr_array_unref(items);

        const struct spool_limit limits[] = { { (char *) "ml@lists.example", 32768 } };
        OK(spool_publish(spool, limits, 1, &err));
        OK(spool_limit_of(spool, "ml@lists.example", &limit, &err));
        assert_int_equal(limit, 32768);
        OK(spool_limit_of(spool, "no@lists.example", &limit, &err));
        assert_int_equal(limit, 0);
        spool_close(spool);
}

/* Messages of the largest size that may be configured are not all loaded at once. */
static void test_spool_claims_what_fits(void **state)
{
        enum { LARGE = SPOOL_CLAIM_OCTETS / 2 };
        struct fixture *f = *state;
        struct err err;
        struct spool *spool;
        GPtrArray *items;
        OK(spool_open(&spool, f->data, true, &err));
        for (uint8_t i = 1; i <= 3; i++) {
                const struct spool_item item = { .id = { i }, .box = g_bytes_new_take(g_malloc0(LARGE), LARGE) };
                OK(spool_put(spool, &item, 1, &err));
                g_bytes_unref(item.box);
        }
        OK(spool_claim(spool, 32, &items, &err));
        assert_int_equal(items->len, 2);
        g_ptr_array_unref(items);
        OK(spool_claim(spool, 32, &items, &err));
        assert_int_equal(items->len, 1);
        g_ptr_array_unref(items);
        spool_close(spool);
}

static void test_spool_is_all_or_nothing(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct spool *spool;
        int64_t count, oldest;
        OK(spool_open(&spool, f->data, true, &err));
        put_in_spool(spool, 5, 1);
        struct spool_item items[2] = { { .box = g_bytes_new_static("a", 1) }, { .box = g_bytes_new_static("b", 1) } };
        memset(items[0].id, 9, SPOOL_ID_BYTES);
        memset(items[1].id, 5, SPOOL_ID_BYTES); /* there already: the commit fails as a whole */
        assert_false(spool_put(spool, items, 2, &err));
        OK(spool_depth(spool, &count, &oldest, &err));
        assert_int_equal(count, 1);
        g_bytes_unref(items[0].box);
        g_bytes_unref(items[1].box);
        spool_close(spool);
}

/* --- held, accepted, opening ------------------------------------------------------------------ */

static void test_held(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct held *held;
        GPtrArray *all;
        char id[HELD_ID_CHARS + 1], other[HELD_ID_CHARS + 1];
        GBytes *envelope = g_bytes_new_static("envelope", 8);
        OK(held_add(f->store, HELD_POST, f->list->id, "why", "log", envelope, id, &err));
        OK(held_add(f->store, HELD_FAILED, 0, "why not", "log", envelope, other, &err));
        OK(held_all(f->store, HELD_POST, 0, &all, &err));
        assert_int_equal(all->len, 1);
        g_ptr_array_unref(all);
        OK(held_get(f->store, HELD_FAILED, id, &held, &err));
        assert_null(held);
        OK(held_get(f->store, HELD_POST, id, &held, &err));
        assert_true(g_bytes_equal(held->envelope, envelope));
        assert_string_equal(held->reason, "why");
        held_free(held);
        OK(held_remove(f->store, id, &err));
        OK(held_get(f->store, HELD_POST, id, &held, &err));
        assert_null(held);
        g_bytes_unref(envelope);
}

static void test_accepted(void **state)
{
        enum { DAY = 86400 };
        struct fixture *f = *state;
        struct err err;
        bool fresh, known;
        const uint8_t id[SPOOL_ID_BYTES] = { 1 };
        OK(accepted_spool(f->store, id, &fresh, &err));
        assert_true(fresh);
        OK(accepted_spool(f->store, id, &fresh, &err));
        assert_false(fresh);
        OK(accepted_post_add(f->store, 1, "anna@example.org", "<1@x>", 1000 * DAY, &err));
        OK(accepted_post_known(f->store, 1, "anna@example.org", "<1@x>", 1006 * DAY, &known, &err));
        assert_true(known);
        OK(accepted_post_known(f->store, 1, "bert@example.org", "<1@x>", 1006 * DAY, &known, &err));
        assert_false(known);
        OK(accepted_post_known(f->store, 2, "anna@example.org", "<1@x>", 1006 * DAY, &known, &err));
        assert_false(known);
        OK(accepted_post_known(f->store, 1, "anna@example.org", "<1@x>", 1008 * DAY, &known, &err));
        assert_false(known);
        OK(accepted_expire(f->store, store_now(), &err)); /* a spool id is not forgotten so soon */
        OK(accepted_spool(f->store, id, &fresh, &err));
        assert_false(fresh);
        OK(accepted_expire(f->store, store_now() + 31 * DAY, &err));
        OK(accepted_spool(f->store, id, &fresh, &err));
        assert_true(fresh);
}

static void test_nested_transaction(void **state)
{
        struct fixture *f = *state;
        struct err err;
        size_t added;
        int64_t count;
        const struct member_new member = { .address = "a@b.example", .fold = "a@b.example" };
        OK(store_begin(f->store, &err));
        OK(member_add(f->store, f->list->id, &member, 1, &added, &err)); /* a transaction of its own inside */
        assert_false(store_end(f->store, false, &err));
        OK(member_count(f->store, f->list->id, &count, &err));
        assert_int_equal(count, 0);
}

static void test_open(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct store *store;
        struct stat status;
        char *path = g_build_filename(f->data, "listd.db", NULL);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        assert_false(store_open(&store, "/nonexistent", f->keyring, false, &err));
        assert_int_equal(err.class, ERR_NOT_FOUND);
        assert_non_null(strstr(err.text, "listctl init"));
        store_close(f->store);
        f->store = NULL;
        assert_true(g_file_set_contents(path, "this is no database, but long enough to be one of the old kind......", -1, NULL));
        assert_false(store_open(&store, f->data, f->keyring, false, &err));
        assert_int_equal(err.class, ERR_PERM);
        g_free(path);
}

/* Whether another process meets a lock on a file; a child asks, for a process never meets its own. */
static bool is_locked(const char *path)
{
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
                struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
                int fd = open(path, O_RDWR | O_CLOEXEC);
                _exit(fd < 0 || fcntl(fd, F_GETLK, &lock) != 0 ? 2 : lock.l_type != F_UNLCK);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
        return WEXITSTATUS(status) == 1;
}

/* A second connection must not cost the first one its lock: who closes last removes the log of writes. */
static void test_locks_survive_another_connection(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct store *second, *third;
        char *path = g_build_filename(f->data, "listd.db", NULL);
        OK(store_open(&second, f->data, f->keyring, false, &err));
        assert_true(is_locked(path));
        OK(store_open(&third, f->data, f->keyring, true, &err));
        assert_true(is_locked(path));
        store_close(third);
        store_close(second);
        assert_true(is_locked(path));
        g_free(path);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                T(test_list),           T(test_list_settings),      T(test_list_presets),
                T(test_member),         T(test_other_keys),         T(test_queue_reaches_all),
                T(test_queue_recovers), T(test_queue_puts_off_and_fails), T(test_queue_direct),
                T(test_queue_empties),  T(test_queue_forgets_who_left), T(test_queue_pauses_no_owner),
                T(test_queue_removed_under_way), T(test_queue_clock_goes_back),
                T(test_spool),          T(test_spool_claims_what_fits), T(test_spool_is_all_or_nothing),
                T(test_held),           T(test_accepted),           T(test_nested_transaction),
                T(test_open), T(test_locks_survive_another_connection),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
