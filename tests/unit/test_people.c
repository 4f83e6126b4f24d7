/* test_people.c - what the store knows of people beside the roster: mailboxes, limits, questions, bans, further addresses, changes */
#include "store.h"

#include "base/log.h"
#include "handle/expire.h"
#include "store/author.h"
#include "store/change.h"
#include "store/db.h"
#include "store/held.h"
#include "store/mailbox.h"
#include "store/migrations.h"
#include "store/question.h"
#include "store/tally.h"

enum { NOW = 1800000000, DAY = 86400 };

static int64_t anna; /* a member of the list of the test at hand */

static int setup(void **state)
{
        struct err err = { 0 };
        struct member *member;
        size_t added;
        const struct member_new new = { "anna@example.org", "anna@example.org", "Anna", ROLE_MEMBER, STANDING_NORMAL };
        store_set_up(state);
        struct fixture *f = *state;
        OK(member_add(f->store, f->list->id, &new, 1, &added, &err));
        OK(member_find(f->store, f->list->id, new.fold, &member, &err));
        anna = member->id;
        member_free(member);
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        int64_t rows;
        OK(store_check(f->store, &rows, &err)); /* every box that a test left opens */
        return store_tear_down(state);
}

static void test_owner_of_mailbox(void **state)
{
        static const char *const cases[][2] = {
                { "anna@example.org", "anna@example.org" },
                { "anna+lists@example.org", "anna@example.org" },
                { "anna+a+b@example.org", "anna@example.org" },
                { "+a@example.org", "+a@example.org" },
                { "\"a+b@c\"@example.org", "\"a@example.org" }, /* for counting only */
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *got = mailbox_owner(cases[i][0]);
                assert_string_equal(got, cases[i][1]);
                g_free(got);
        }
}

/* One reader has a few spellings; the rest are not asked (leaks X11). */
static void test_spellings(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        int64_t id, first = 0;
        for (int i = 0; i < MAILBOX_SPELLINGS_MAX; i++) {
                char *address = g_strdup_printf("zoe+%d@example.org", i);
                OK(mailbox_find(f->store, address, address, "zoe@example.org", &id, &err));
                assert_true(id > 0);
                first = first ? first : id;
                g_free(address);
        }
        OK(mailbox_find(f->store, "zoe+x@example.org", "zoe+x@example.org", "zoe@example.org", &id, &err));
        assert_int_equal(id, 0);
        OK(mailbox_find(f->store, "Zoe+0@Example.org", "zoe+0@example.org", "zoe@example.org", &id, &err));
        assert_int_equal(id, first);
        char *address;
        OK(mailbox_address(f->store, id, &address, &err));
        assert_string_equal(address, "zoe+0@example.org");
        g_free(address);
}

static bool room(struct fixture *f, const struct limit *limits, size_t count, int64_t now)
{
        struct err err = { 0 };
        bool has_room;
        OK(limit_room(f->store, limits, count, now, &has_room, &err));
        return has_room;
}

static void test_limits(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        const struct limit limits[] = { { SPENT_ASKED, "zoe@example.org", 0, 1, DAY }, { SPENT_ASKED, "zoe@example.org", 0, 3, 30 * DAY } };
        const struct limit other = { SPENT_ASKED, "ben@example.org", 0, 1, DAY }, kind = { SPENT_POST, "zoe@example.org", 0, 1, DAY };
        for (int i = 0; i < 3; i++) {
                assert_true(room(f, limits, 2, NOW + i * DAY));
                OK(limit_spend(f->store, limits, 2, NOW + i * DAY, &err));
                assert_false(room(f, limits, 2, NOW + i * DAY + DAY - 1));
        }
        assert_false(room(f, limits, 2, NOW + 4 * DAY)); /* three in the month */
        assert_true(room(f, limits, 1, NOW + 4 * DAY));
        assert_true(room(f, &other, 1, NOW) && room(f, &kind, 1, NOW));
        assert_true(room(f, limits, 2, NOW + 31 * DAY));
        OK(limit_clear(f->store, SPENT_ASKED, "zoe@example.org", 0, &err));
        assert_true(room(f, limits, 2, NOW + 2 * DAY));
}

static int64_t told(struct fixture *f, int64_t first, int64_t last)
{
        struct err err = { 0 };
        int64_t counts[TALLY_WHATS];
        OK(tally_read(f->store, f->list->id, first, last, counts, &err));
        assert_int_equal(counts[TALLY_NEVER], 0);
        return counts[TALLY_ASKED];
}

/* What is open is told once; days of long ago become a month, and none of it is lost. */
static void test_tally(void **state)
{
        enum { MONTH = 30 };
        struct fixture *f = *state;
        struct err err = { 0 };
        const int64_t day = NOW / DAY;
        int64_t count;
        OK(tally_add(f->store, f->list->id, TALLY_ASKED, 3, &err));
        OK(tally_close(f->store, f->list->id, day, &err));
        OK(tally_add(f->store, f->list->id, TALLY_ASKED, 1, &err));
        OK(tally_close(f->store, f->list->id, day, &err)); /* the same day once more */
        OK(tally_close(f->store, f->list->id, day + 1, &err)); /* nothing */
        OK(tally_add(f->store, f->list->id, TALLY_ASKED, 5, &err));
        assert_int_equal(told(f, day, day), 4);
        assert_int_equal(told(f, day + 1, day + 1), 0);
        assert_int_equal(told(f, TALLY_OPEN, TALLY_OPEN), 5);
        OK(tally_sum(f->store, f->list->id, TALLY_ASKED, day + 1, &count, &err));
        assert_int_equal(count, 5);
        OK(tally_close(f->store, f->list->id, day + 2, &err));
        for (int i = 0; i < 2; i++)
                OK(tally_expire(f->store, NOW + (TALLY_DAYS + 2 * MONTH) * DAY, &err));
        assert_int_equal(told(f, day / MONTH * MONTH, (day / MONTH + 2) * MONTH), 9);
        OK(tally_expire(f->store, NOW + 11LL * 365 * DAY, &err));
        assert_int_equal(told(f, 0, day + 99), 0);
        OK(tally_add_check(f->store, f->list->id, TALLY_HELD_BY, "posting", &err));
        OK(tally_add_check(f->store, f->list->id, TALLY_HELD_BY, "no such check", &err));
        int64_t counts[TALLY_WHATS], sum = 0;
        OK(tally_read(f->store, f->list->id, TALLY_OPEN, TALLY_OPEN, counts, &err));
        for (int i = TALLY_HELD_BY; i < TALLY_DISCARDED_BY; i++)
                sum += counts[i];
        assert_int_equal(sum, 1);
}

static void test_never(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        bool never;
        OK(never_is(f->store, "zoe@example.org", &never, &err));
        assert_false(never);
        for (int i = 0; i < 2; i++)
                OK(never_set(f->store, "zoe@example.org", true, NOW, &err));
        OK(never_is(f->store, "zoe@example.org", &never, &err));
        assert_true(never);
        OK(never_set(f->store, "zoe@example.org", false, NOW, &err));
        OK(never_is(f->store, "zoe@example.org", &never, &err));
        assert_false(never);
}

static struct question make_question(struct fixture *f, enum question_kind kind, const char *held_id, const char *detail)
{
        struct err err = { 0 };
        struct question question = { .list_id = f->list->id, .kind = kind, .at = NOW, .held_id = (char *) held_id, .detail = (char *) detail };
        OK(mailbox_find(f->store, "zoe@example.org", "zoe@example.org", "zoe@example.org", &question.mailbox_id, &err));
        OK(question_add(f->store, &question, &err));
        return question;
}

static void test_questions(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct question join = make_question(f, QUESTION_JOIN, NULL, NULL), *back;
        GPtrArray *waiting;
        assert_int_equal(make_question(f, QUESTION_JOIN, NULL, NULL).id, join.id); /* asked once, however often it is wanted */
        int64_t last = 0;
        for (int i = 0; i < QUESTION_ALIKE_MAX; i++)
                last = make_question(f, QUESTION_ADDRESS_OLD, NULL, "new@example.org").id;
        assert_true(last > join.id);
        assert_int_equal(make_question(f, QUESTION_ADDRESS_OLD, NULL, "other@example.org").id, 0);
        OK(question_get(f->store, f->list->id, last, &back, &err));
        assert_string_equal(back->detail, "new@example.org");
        assert_null(back->held_id);
        question_free(back);
        OK(question_get(f->store, f->list->id + 1, last, &back, &err)); /* of another list it is nothing */
        assert_null(back);
        OK(question_waiting(f->store, join.mailbox_id, 10, &waiting, &err));
        assert_int_equal(waiting->len, 1 + QUESTION_ALIKE_MAX);
        assert_int_equal(((struct question *) waiting->pdata[0])->id, last); /* the newest first */
        g_ptr_array_unref(waiting);
        OK(question_mailed(f->store, join.id, NOW, &err));
        OK(question_waiting(f->store, join.mailbox_id, 10, &waiting, &err));
        assert_int_equal(waiting->len, QUESTION_ALIKE_MAX);
        g_ptr_array_unref(waiting);
        assert_int_equal(make_question(f, QUESTION_JOIN, NULL, NULL).id, join.id); /* wanted again: it waits again */
        OK(question_waiting(f->store, join.mailbox_id, 10, &waiting, &err));
        assert_int_equal(waiting->len, 1 + QUESTION_ALIKE_MAX);
        g_ptr_array_unref(waiting);
        OK(question_remove(f->store, join.id, &err));
        OK(question_get(f->store, f->list->id, join.id, &back, &err));
        assert_null(back);
        assert_true(make_question(f, QUESTION_JOIN, NULL, NULL).id > last); /* an id is never used twice */
}

static void test_questions_expire(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        const int64_t join = make_question(f, QUESTION_JOIN, NULL, NULL).id, post = make_question(f, QUESTION_POST, "heldid", NULL).id,
                      approve = make_question(f, QUESTION_APPROVE, NULL, "x@example.org").id,
                      undo = make_question(f, QUESTION_UNDO_NEVER, NULL, NULL).id;
        const struct {
                int64_t at, id;
                bool is_there;
        } steps[] = {
                { NOW + QUESTION_DAYS * DAY, join, true },           { NOW + QUESTION_DAYS * DAY + 1, join, false },
                { NOW + QUESTION_DAYS * DAY + 1, post, true },       { NOW + QUESTION_DAYS * DAY + 1, approve, true },
                { NOW + QUESTION_HELD_DAYS * DAY + 1, post, false }, { NOW + QUESTION_HELD_DAYS * DAY + 1, approve, false },
                { NOW + 1000 * DAY, undo, true },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
                struct question *back;
                OK(question_expire(f->store, steps[i].at, &err));
                OK(question_get(f->store, f->list->id, steps[i].id, &back, &err));
                assert_int_equal(back != NULL, steps[i].is_there);
                question_free(back);
        }
        const struct question old = { .kind = QUESTION_JOIN, .mailed = NOW, .at = NOW - DAY };
        assert_false(question_is_old(&old, NOW + QUESTION_DAYS * DAY - 1));
        assert_true(question_is_old(&old, NOW + QUESTION_DAYS * DAY));
}

static void test_further_addresses(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct member *member;
        GPtrArray *all;
        bool removed;
        OK(author_member(f->store, f->list->id, "anna@work.example", &member, &err));
        assert_null(member);
        for (int i = 0; i < ALIASES_MAX; i++) {
                char *address = g_strdup_printf("anna%d@work.example", i);
                OK(alias_add(f->store, f->list->id, anna, address, address, &err));
                g_free(address);
        }
        assert_false(alias_add(f->store, f->list->id, anna, "more@work.example", "more@work.example", &err));
        assert_int_equal(err.class, ERR_PERM);
        OK(author_member(f->store, f->list->id, "anna3@work.example", &member, &err));
        assert_int_equal(member->id, anna);
        member_free(member);
        OK(author_member(f->store, f->list->id + 1, "anna3@work.example", &member, &err));
        assert_null(member);
        OK(alias_remove(f->store, f->list->id, anna + 1, "anna3@work.example", &removed, &err)); /* not theirs */
        assert_false(removed);
        OK(alias_remove(f->store, f->list->id, anna, "anna3@work.example", &removed, &err));
        assert_true(removed);
        OK(alias_all(f->store, f->list->id, anna, &all, &err));
        assert_int_equal(all->len, ALIASES_MAX - 1);
        g_ptr_array_unref(all);
        OK(member_remove(f->store, f->list->id, anna, &err));
        OK(author_member(f->store, f->list->id, "anna0@work.example", &member, &err)); /* gone with the member */
        assert_null(member);
}

static void test_networks(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        bool known;
        OK(network_learn(f->store, anna, "192.0.2.0/24", NOW, &err));
        OK(network_is_known(f->store, anna, "192.0.2.0/24", NOW + KNOWN_NETWORK_DAYS * DAY - 1, &known, &err));
        assert_true(known);
        OK(network_is_known(f->store, anna, "192.0.2.0/24", NOW + KNOWN_NETWORK_DAYS * DAY, &known, &err));
        assert_false(known);
        OK(network_is_known(f->store, anna, "198.51.100.0/24", NOW, &known, &err));
        assert_false(known);
        OK(network_is_known(f->store, anna + 1, "192.0.2.0/24", NOW, &known, &err)); /* another member's */
        assert_false(known);
}

static bool is_banned(struct fixture *f, const char *fold)
{
        struct err err = { 0 };
        bool banned;
        OK(ban_is(f->store, f->list->id, fold, &banned, &err));
        return banned;
}

static void test_bans(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        GPtrArray *all;
        bool removed;
        OK(ban_add(f->store, f->list->id, "Mal@example.org", "mal@example.org", &err));
        OK(ban_add(f->store, f->list->id, "@spam.example", "@spam.example", &err));
        OK(ban_add(f->store, f->list->id, "@spam.example", "@spam.example", &err));
        assert_true(is_banned(f, "mal@example.org") && is_banned(f, "x@spam.example"));
        assert_false(is_banned(f, "anna@example.org") || is_banned(f, "x@sub.spam.example"));
        OK(ban_all(f->store, f->list->id, &all, &err));
        assert_int_equal(all->len, 2);
        for (guint i = 0; i < all->len; i++) {
                const char *text = ((struct ban *) all->pdata[i])->text;
                assert_true(strcmp(text, "Mal@example.org") == 0 || strcmp(text, "@spam.example") == 0);
        }
        g_ptr_array_unref(all);
        OK(ban_remove(f->store, f->list->id, "mal@example.org", &removed, &err));
        assert_true(removed && !is_banned(f, "mal@example.org"));
        OK(ban_remove(f->store, f->list->id, "mal@example.org", &removed, &err));
        assert_false(removed);
}

/* E5: who moved to another address is not found under the old one, nor in what was recorded of them. */
static void test_address_is_forgotten(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct member *member;
        GPtrArray *changes;
        OK(member_set_state(f->store, f->list->id, anna, MEMBER_PAUSED, 0, &err));
        OK(member_set_address(f->store, f->list->id, anna, "Anna@new.example", "anna@new.example", &err));
        OK(member_find(f->store, f->list->id, "anna@example.org", &member, &err));
        assert_null(member);
        OK(member_find(f->store, f->list->id, "anna@new.example", &member, &err));
        assert_string_equal(member->address, "Anna@new.example");
        member_free(member);
        OK(member_remove(f->store, f->list->id, anna, &err));
        OK(change_since(f->store, f->list->id, 0, 100, &changes, &err));
        static const enum change_what want[] = { CHANGE_JOINED, CHANGE_PAUSED, CHANGE_ADDRESS, CHANGE_LEFT };
        assert_int_equal(changes->len, G_N_ELEMENTS(want));
        for (guint i = 0; i < changes->len; i++) {
                const struct change *change = changes->pdata[i];
                assert_int_equal(change->what, want[i]);
                assert_string_equal(change->address, "Anna@new.example");
        }
        g_ptr_array_unref(changes);
}

static int64_t state_of(struct fixture *f)
{
        struct err err = { 0 };
        struct member *member;
        OK(member_get(f->store, f->list->id, anna, &member, &err));
        const int64_t state = member->state;
        member_free(member);
        return state;
}

static void test_time(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        GPtrArray *changes, *held;
        char id[HELD_ID_CHARS + 1];
        GBytes *bytes = g_bytes_new_static("x", 1);
        const int64_t now = clock_now();
        OK(member_set_state(f->store, f->list->id, anna, MEMBER_PAUSED, now + DAY, &err));
        OK(held_add(f->store, HELD_POST, f->list->id, "r", "l", bytes, id, &err));
        OK(held_add(f->store, HELD_MISADDRESSED, 0, "r", "l", bytes, id, &err));
        OK(held_add(f->store, HELD_FAILED, 0, "r", "l", bytes, id, &err));
        OK(held_add(f->store, HELD_DECOY, 0, "r", "l", bytes, id, &err));
        OK(expire_all(f->store, now + DAY - 1, &err));
        assert_int_equal(state_of(f), MEMBER_PAUSED);
        OK(expire_all(f->store, now + DAY, &err));
        assert_int_equal(state_of(f), MEMBER_ACTIVE);
        OK(change_since(f->store, f->list->id, 0, 100, &changes, &err));
        assert_int_equal(((struct change *) changes->pdata[changes->len - 1])->what, CHANGE_RESUMED);
        g_ptr_array_unref(changes);
        OK(expire_all(f->store, now + (HELD_DAYS + 1) * DAY, &err));
        for (enum held_kind kind = HELD_POST; kind <= HELD_DECOY; kind++) {
                OK(held_all(f->store, kind, 0, &held, &err));
                assert_int_equal(held->len, kind == HELD_FAILED); /* only an admin knows what may go */
                g_ptr_array_unref(held);
        }
        OK(expire_all(f->store, now + (CHANGE_DAYS + 2) * DAY, &err));
        OK(change_since(f->store, f->list->id, 0, 100, &changes, &err));
        assert_int_equal(changes->len, 0);
        g_ptr_array_unref(changes);
        g_bytes_unref(bytes);
}

/* A store of the first version, with people in it, is brought to this one: they stay, and can do what is new. */
static void test_migration(void **state)
{
        struct err err = { 0 };
        struct keyring *keyring;
        struct db *db;
        struct store *store;
        struct list *list;
        struct member *member;
        uint8_t hash[HASH_BYTES];
        int64_t rows;
        const char *const first[] = { LISTD_MIGRATIONS[0], NULL };
        char *data = folder_make(&keyring), *path = g_build_filename(data, "listd.db", NULL);
        keyring_hash(keyring, KEY_MEMBER_HASH, 1, "anna@example.org", strlen("anna@example.org"), hash);
        GBytes *address = keyring_seal(keyring, KEY_MEMBER_SEAL, 1, "anna@example.org", strlen("anna@example.org"));
        GBytes *name = keyring_seal(keyring, KEY_MEMBER_SEAL, 1, "Anna", 4);
        OK(db_open(&db, path, first, true, 0600, &err));
        OK(db_run(db, &err, "INSERT INTO list (id, name, domain, created) VALUES (1, 'ml', 'lists.example', 1)", ""));
        OK(db_run(db, &err, "INSERT INTO member (id, list_id, hash, address, name, role, state, joined) VALUES (7, 1, ?, ?, ?, 2, 1, 5)",
                  "bBB", hash, sizeof hash, address, name));
        db_close(db);
        OK(store_open(&store, data, keyring, false, &err));
        OK(list_find(store, "ml", "lists.example", &list, &err));
        assert_int_equal(list->subscribe, SUBSCRIBE_CONFIRM);
        OK(member_find(store, 1, "anna@example.org", &member, &err));
        assert_int_equal(member->id, 7);
        assert_int_equal(member->state, MEMBER_PAUSED);
        assert_int_equal(member->until, 0);
        assert_int_equal(member->standing, STANDING_NORMAL);
        OK(member_set_state(store, 1, 7, MEMBER_ACTIVE, 0, &err));
        OK(alias_add(store, 1, 7, "a@work.example", "a@work.example", &err));
        OK(store_check(store, &rows, &err));
        assert_int_equal(rows, 2 + 1 + 1); /* address, name, the change, the further address */
        member_free(member);
        list_free(list);
        store_close(store);
        keyring_free(keyring);
        g_bytes_unref(address);
        g_bytes_unref(name);
        folder_remove(data);
        g_free(path);
}

/* Strangers can fill the room for misaddressed mail, but not the disk, and nothing else of what waits. */
static void test_misaddressed_is_bounded(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        GPtrArray *held;
        char id[HELD_ID_CHARS + 1], first[HELD_ID_CHARS + 1];
        GBytes *small = g_bytes_new_static("x", 1), *large = g_bytes_new_take(g_malloc0(HELD_MISADDRESSED_OCTETS_MAX / 4), HELD_MISADDRESSED_OCTETS_MAX / 4);
        log_open("test", LOG_LEVEL_ERROR, NULL);
        OK(held_add(f->store, HELD_POST, f->list->id, "r", "l", small, id, &err));
        OK(held_add(f->store, HELD_MISADDRESSED, 0, "r", "l", small, first, &err));
        for (int i = 0; i < 5; i++)
                OK(held_add(f->store, HELD_MISADDRESSED, 0, "r", "l", large, id, &err));
        OK(held_all(f->store, HELD_MISADDRESSED, 0, &held, &err));
        assert_int_equal(held->len, 4);
        g_ptr_array_unref(held);
        OK(store_begin(f->store, &err));
        for (int i = 0; i < HELD_MISADDRESSED_MAX + 10; i++)
                OK(held_add(f->store, HELD_MISADDRESSED, 0, "r", "l", small, id, &err));
        OK(store_end(f->store, true, &err));
        OK(held_all(f->store, HELD_MISADDRESSED, 0, &held, &err));
        assert_int_equal(held->len, HELD_MISADDRESSED_MAX);
        g_ptr_array_unref(held);
        OK(held_all(f->store, HELD_POST, 0, &held, &err));
        assert_int_equal(held->len, 1);
        g_ptr_array_unref(held);
        log_open("test", LOG_LEVEL_INFO, NULL);
        g_bytes_unref(small);
        g_bytes_unref(large);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_owner_of_mailbox),
                cmocka_unit_test(test_migration),
                cmocka_unit_test_setup_teardown(test_spellings, setup, teardown),
                cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
                cmocka_unit_test_setup_teardown(test_never, setup, teardown),
                cmocka_unit_test_setup_teardown(test_tally, setup, teardown),
                cmocka_unit_test_setup_teardown(test_questions, setup, teardown),
                cmocka_unit_test_setup_teardown(test_questions_expire, setup, teardown),
                cmocka_unit_test_setup_teardown(test_further_addresses, setup, teardown),
                cmocka_unit_test_setup_teardown(test_networks, setup, teardown),
                cmocka_unit_test_setup_teardown(test_bans, setup, teardown),
                cmocka_unit_test_setup_teardown(test_address_is_forgotten, setup, teardown),
                cmocka_unit_test_setup_teardown(test_time, setup, teardown),
                cmocka_unit_test_setup_teardown(test_misaddressed_is_bounded, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
