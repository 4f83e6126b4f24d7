/* test_bombing.c - requests in the name of others: one letter a day for a mailbox, and no more than so many for a network (leaks X1, X11) */
#include "spooled.h"

#include <sqlite3.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/ticket.h"
#include "handle/expire.h"
#include "policy/words.h"
#include "store/accepted.h"
#include "store/mailbox.h"
#include "store/member.h"
#include "store/question.h"
#include "store/queue.h"

enum { BOMB_REQUESTS = 10000, BOMB_MAILBOXES = 100, BOMB_LISTS = 50, BOMB_NETWORKS = 500, BOMB_DAYS = 3, BOMB_SEED = 20261126, DAY = 86400 };

/* From a victim, spelled in several ways, with a subject that says something. */
static char *bomb_message(GRand *dice)
{
        static const char *const tags[] = { "", "", "+a", "+b" }, *const subjects[] = { "subscribe", "on", "help", "digest" };
        return g_strdup_printf("From: Zebrafish <%s%d%s@target.example>\r\nTo: x\r\nSubject: %s\r\n\r\nzebrafish\r\n",
                               g_rand_boolean(dice) ? "victim" : "Victim", g_rand_int_range(dice, 0, BOMB_MAILBOXES),
                               tags[g_rand_int_range(dice, 0, G_N_ELEMENTS(tags))],
                               subjects[g_rand_int_range(dice, 0, G_N_ELEMENTS(subjects))]);
}

static void drop_bomb(struct spooled *f, GRand *dice, int64_t now)
{
        static const char *const doors[] = { "on", "request", "off", "digest", "subscribe" };
        const int network = g_rand_int_range(dice, 0, BOMB_NETWORKS);
        char *recipient = g_strdup_printf("l%d-%s@lists.example", g_rand_int_range(dice, 0, BOMB_LISTS),
                                          doors[g_rand_int_range(dice, 0, G_N_ELEMENTS(doors))]);
        char *message = bomb_message(dice);
        struct envelope *envelope = make_envelope("attacker@bot.example", recipient, message);
        g_free(envelope->client);
        envelope->client = g_strdup_printf("198.%d.%d.7", 20 + network / 250, network % 250);
        envelope->received = now;
        struct spool_item item = seal_item(f, envelope);
        route_at(f, &item, now);
        g_bytes_unref(item.box);
        g_free(message);
        g_free(recipient);
}

/* Who got mail since the last call: each letter is counted for the reader of its mailbox, and leaves the queue. */
static GHashTable *take_letters(struct spooled *f)
{
        struct err err = { 0 };
        struct queue_claim *claim;
        GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (;;) {
                OK(queue_claim(f->store, &(struct queue_turn){ .limit = 100, .retries_first = false, .now = INT32_MAX }, &claim, &err));
                if (!claim)
                        return counts;
                for (guint i = 0; i < claim->recipients->len; i++) {
                        const struct queue_recipient *recipient = claim->recipients->pdata[i];
                        char *fold = g_utf8_casefold(recipient->address, -1);
                        char *owner = mailbox_owner(fold);
                        g_hash_table_insert(counts, owner, GINT_TO_POINTER(GPOINTER_TO_INT(g_hash_table_lookup(counts, owner)) + 1));
                        g_free(fold);
                }
                OK(queue_remove(f->store, claim->message_id, &err));
                queue_claim_free(claim);
        }
}

static int64_t pragma(sqlite3 *db, const char *sql)
{
        sqlite3_stmt *stmt;
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        const int64_t value = sqlite3_column_int64(stmt, 0);
        sqlite3_finalize(stmt);
        return value;
}

/* Octets of pages in use. */
static int64_t store_octets(struct spooled *f)
{
        sqlite3 *db;
        char *path = g_build_filename(f->data, "listd.db", NULL);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        const int64_t octets = (pragma(db, "PRAGMA page_count") - pragma(db, "PRAGMA freelist_count")) * pragma(db, "PRAGMA page_size");
        sqlite3_close(db);
        g_free(path);
        return octets;
}

static void end_day(struct spooled *f, int day)
{
        GHashTableIter iter;
        void *owner, *count;
        GHashTable *letters = take_letters(f);
        assert_int_equal(g_hash_table_size(letters), BOMB_MAILBOXES); /* everybody was asked, once */
        g_hash_table_iter_init(&iter, letters);
        while (g_hash_table_iter_next(&iter, &owner, &count))
                if (GPOINTER_TO_INT(count) > 1)
                        fail_msg("%s got %d letters on day %d", (char *) owner, GPOINTER_TO_INT(count), day);
        g_hash_table_unref(letters);
}

/* Who lost the letter asks again, and gets another one when a day is over. */
static void test_asked_again(void **state)
{
        static const struct {
                int64_t after;
                guint letters;
        } steps[] = { { 0, 1 }, { 60, 0 }, { DAY - 1, 0 }, { DAY, 1 }, { DAY + 60, 0 }, { 2 * DAY, 1 }, { 3 * DAY, 0 }, { 31 * DAY, 1 } };
        struct spooled *f = *state;
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
                submit_at(f, "zoe@example.org", "ml-on@lists.example", POST("zoe@example.org"), NOW + steps[i].after);
                GHashTable *letters = take_letters(f);
                if (g_hash_table_size(letters) != steps[i].letters)
                        fail_msg("after %d seconds: %u letters", (int) steps[i].after, g_hash_table_size(letters));
                g_hash_table_unref(letters);
        }
}

static void confirm_at(struct spooled *f, int64_t question_id, int64_t now)
{
        char sealed[TICKET_CHARS + 1];
        const struct ticket ticket = { .subject = question_id, .context = ANSWER_YES };
        ticket_seal(f->keyring, TICKET_CONFIRM, f->list->id, &ticket, sealed);
        char *to = g_strdup_printf("ml-confirm+%s@lists.example", sealed);
        submit_at(f, "zoe@example.org", to, POST("zoe@example.org"), now);
        g_free(to);
}

/* A question is good for seven days, whether its row was cleared away yet or not. */
static void test_old_ticket(void **state)
{
        struct spooled *f = *state;
        struct err err = { 0 };
        GPtrArray *questions;
        struct member *zoe;
        submit(f, "zoe@example.org", "ml-on@lists.example", POST("zoe@example.org"));
        OK(question_of_list(f->store, f->list->id, QUESTION_JOIN, &questions, &err));
        assert_int_equal(questions->len, 1);
        const int64_t id = ((struct question *) questions->pdata[0])->id;
        g_ptr_array_unref(questions);
        for (int is_in_time = 0; is_in_time <= 1; is_in_time++) {
                confirm_at(f, id, NOW + QUESTION_DAYS * DAY - is_in_time);
                OK(member_find(f->store, f->list->id, "zoe@example.org", &zoe, &err));
                assert_int_equal(zoe != NULL, is_in_time);
                member_free(zoe);
        }
}

/* One network cannot have the whole world written to: NETWORK_DAY_MAX of handle/ask.c. */
static void test_network_limit(void **state)
{
        enum { MOST = 60, REQUESTS = 100 };
        struct spooled *f = *state;
        log_open("test", LOG_LEVEL_ERROR, NULL);
        for (int i = 0; i < REQUESTS; i++) {
                char *from = g_strdup_printf("one%d@target.example", i);
                char *message = g_strdup_printf("From: %s\r\nTo: x\r\n\r\n\r\n", from);
                submit(f, from, "ml-on@lists.example", message);
                g_free(message);
                g_free(from);
        }
        log_open("test", LOG_LEVEL_INFO, NULL);
        GHashTable *letters = take_letters(f);
        assert_int_equal(g_hash_table_size(letters), MOST);
        g_hash_table_unref(letters);
}

/* 10,000 requests for 100 mailboxes over 50 lists from 500 networks, on each of three days. */
static void test_bombing(void **state)
{
        struct spooled *f = *state;
        struct err err = { 0 };
        GRand *dice = g_rand_new_with_seed(BOMB_SEED);
        for (int i = 0; i < BOMB_LISTS; i++) {
                struct list *list;
                char *name = g_strdup_printf("l%d", i);
                OK(list_add(f->store, name, "lists.example", TYPE_DISCUSSION, &list, &err));
                list_free(list);
                g_free(name);
        }
        const int64_t before = store_octets(f);
        log_open("test", LOG_LEVEL_ERROR, NULL);
        for (int day = 0; day < BOMB_DAYS; day++) {
                OK(store_begin(f->store, &err)); /* one commit for all: the disk is not what is tested */
                for (int i = 0; i < BOMB_REQUESTS; i++)
                        drop_bomb(f, dice, NOW + day * DAY + (int64_t) i * DAY / BOMB_REQUESTS);
                end_day(f, day);
                OK(store_end(f->store, true, &err));
                /* spool ids are of the real clock's time; a day later they are gone as well */
                OK(accepted_expire(f->store, clock_now() + 2 * DAY, &err));
                const int64_t cost = (store_octets(f) - before) / ((day + 1) * BOMB_REQUESTS);
                print_message("# day %d: %d octets of store a request\n", day, (int) cost);
                assert_true(cost < 50);
        }
        OK(expire_all(f->store, NOW + (BOMB_DAYS + QUESTION_DAYS + 31) * DAY, &err));
        assert_true(store_octets(f) - before < 64 * 1024); /* and in the end nothing is left of them */
        log_open("test", LOG_LEVEL_INFO, NULL);
        g_rand_free(dice);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, spooled_set_up, spooled_tear_down)
        const struct CMUnitTest tests[] = { T(test_asked_again), T(test_old_ticket), T(test_network_limit), T(test_bombing) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
