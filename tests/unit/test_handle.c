/* test_handle.c - what becomes of a message out of the spool: each way once, and each hand-off twice */
#include "folder.h"

#include <sqlite3.h>

#include "base/conf.h"
#include "base/log.h"
#include "base/ticket.h"
#include "handle/expire.h"
#include "handle/post.h"
#include "handle/route.h"
#include "store/accepted.h"
#include "store/held.h"
#include "store/mailbox.h"
#include "store/member.h"
#include "store/queue.h"

#define CONF                                                                  \
        "[server]\nhostname = mx.lists.example\ndomains = lists.example\n"    \
        "admin = admin@example.org\nauthserv_id = mx.example.org\n"
#define NOW 1000000000
#define TICKET_FORGED "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa27"

struct fixture {
        char *data;
        struct keyring *keyring;
        struct store *store;
        struct conf *conf;
        struct list *list;
        int64_t anna;
        uint8_t next_id;
        uint8_t public_key[KEY_BYTES];
};

static void ok_or_fail(bool ok, const struct err *err)
{
        if (!ok)
                fail_msg("%s", err->text);
}

static int setup(void **state)
{
        struct err err = { 0 };
        size_t added;
        struct member *anna;
        struct fixture *f = g_new0(struct fixture, 1);
        const struct member_new members[] = { { "anna@example.org", "anna@example.org", "Anna Ames", ROLE_MEMBER },
                                              { "olga@example.org", "olga@example.org", "Olga", ROLE_OWNER } };
        f->data = folder_make(&f->keyring);
        ok_or_fail(conf_parse(&f->conf, CONF, strlen(CONF), "conf", &err) && spool_public_read(f->data, f->public_key, &err)
                           && store_open(&f->store, f->data, f->keyring, true, &err)
                           && list_add(f->store, "ml", "lists.example", TYPE_DISCUSSION, &f->list, &err)
                           && list_set(f->store, f->list, "sender_proof", "none", &err)
                           && list_set(f->store, f->list, "held_notice", "off", &err)
                           && member_add(f->store, f->list->id, members, 2, &added, &err)
                           && member_find(f->store, f->list->id, "anna@example.org", &anna, &err),
                   &err);
        f->anna = anna->id;
        member_free(anna);
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        list_free(f->list);
        store_close(f->store);
        keyring_free(f->keyring);
        conf_free(f->conf);
        folder_remove(f->data);
        g_free(f);
        return 0;
}

/* --- putting a message in ------------------------------------------------------------------------ */

static struct envelope *make_envelope(const char *mail_from, const char *recipients, const char *message)
{
        struct envelope *envelope = envelope_new();
        char **list = g_strsplit(recipients, " ", -1);
        envelope->client = g_strdup("192.0.2.1");
        envelope->helo = g_strdup("client.example");
        envelope->protocol = g_strdup("ESMTP");
        envelope->received = NOW;
        envelope->mail_from = g_strdup(mail_from);
        for (char **r = list; *r; r++)
                g_ptr_array_add(envelope->recipients, g_strdup(*r));
        g_strfreev(list);
        envelope->message = g_bytes_new(message, strlen(message));
        return envelope;
}

/* Frees the envelope. */
static struct spool_item seal_item(struct fixture *f, struct envelope *envelope)
{
        struct spool_item item = { .received = NOW };
        GBytes *plain = envelope_write(envelope);
        gsize length;
        const void *bytes = g_bytes_get_data(plain, &length);
        item.box = spool_box_seal(f->public_key, bytes, length);
        g_bytes_unref(plain);
        envelope_free(envelope);
        memset(item.id, ++f->next_id, SPOOL_ID_BYTES);
        return item;
}

static struct spool_item make_item(struct fixture *f, const char *mail_from, const char *recipients, const char *message)
{
        return seal_item(f, make_envelope(mail_from, recipients, message));
}

static void route(struct fixture *f, const struct spool_item *item)
{
        struct err err = { 0 };
        ok_or_fail(route_item(f->store, f->conf, item, NOW, &err), &err);
}

static void send(struct fixture *f, const char *mail_from, const char *recipients, const char *message)
{
        struct spool_item item = make_item(f, mail_from, recipients, message);
        route(f, &item);
        g_bytes_unref(item.box);
}

#define POST(from) "From: " from "\r\nTo: ml@lists.example\r\nSubject: x\r\nMessage-ID: <1@client.example>\r\n\r\nhello\r\n"

/* --- what became of it ----------------------------------------------------------------------------- */

static int64_t queued(struct fixture *f)
{
        struct err err = { 0 };
        int64_t messages, oldest;
        ok_or_fail(queue_depth(f->store, &messages, &oldest, &err), &err);
        return messages;
}

static guint kept(struct fixture *f, enum held_kind kind)
{
        struct err err = { 0 };
        GPtrArray *all;
        ok_or_fail(held_all(f->store, kind, 0, &all, &err), &err);
        guint count = all->len;
        g_ptr_array_unref(all);
        return count;
}

static void expect(struct fixture *f, const char *what, int64_t in_queue, guint held, guint commands, guint misaddressed, guint failed)
{
        if (queued(f) != in_queue || kept(f, HELD_POST) != held || kept(f, HELD_COMMAND) != commands
            || kept(f, HELD_MISADDRESSED) != misaddressed || kept(f, HELD_FAILED) != failed)
                fail_msg("%s: queue %d, held %u, commands %u, misaddressed %u, failed %u", what, (int) queued(f), kept(f, HELD_POST),
                         kept(f, HELD_COMMAND), kept(f, HELD_MISADDRESSED), kept(f, HELD_FAILED));
}

static void test_ways(void **state)
{
        static const struct {
                const char *what, *mail_from, *recipients, *message;
                int64_t queue;
                guint held, commands, misaddressed, failed;
        } cases[] = {
                { "a member's post", "anna@example.org", "ml@lists.example", POST("anna@example.org"), 1 },
                { "in capitals too, once", "anna@example.org", "ML@lists.example ml@lists.example", POST("Anna@example.org"), 1 },
                { "a stranger's post", "zoe@example.org", "ml@lists.example", POST("zoe@example.org"), .held = 1 },
                { "two authors", "anna@example.org", "ml@lists.example", POST("anna@example.org, zoe@example.org"), .held = 1 },
                { "no header", "anna@example.org", "ml@lists.example", "hello\r\n", .held = 1 },
                { "a report to the list", "", "ml@lists.example", POST("anna@example.org"), 0 },
                { "a command", "zoe@example.org", "ml-on@lists.example", POST("zoe@example.org"), 1 },
                { "two commands, one of them twice", "zoe@example.org", "ml-on@lists.example ml-off@lists.example ml-join@lists.example",
                  POST("zoe@example.org"), 1 }, /* one letter a day (leaks X1) */
                { "a request", "zoe@example.org", "ml-request@lists.example", POST("zoe@example.org"), 1 },
                { "an automatic command", "", "ml-on@lists.example", POST("zoe@example.org"), 0 },
                { "owner mail", "zoe@example.org", "ml-owner@lists.example", POST("zoe@example.org"), 1 },
                { "automatic owner mail", "", "ml-owner@lists.example", POST("zoe@example.org"), 0 },
                { "postmaster", "zoe@example.org", "postmaster@lists.example", POST("zoe@example.org"), 1 },
                { "a report to abuse", "", "abuse@lists.example", POST("zoe@example.org"), 1 },
                { "no such list", "zoe@example.org", "no@lists.example", POST("zoe@example.org"), .misaddressed = 1 },
                { "an odd local part", "zoe@example.org", "ml%example.com@lists.example", POST("zoe@example.org"), .misaddressed = 1 },
                { "a forged ticket", "zoe@example.org", "ml-off+" TICKET_FORGED "@lists.example", POST("anna@example.org"), 0 },
                { "a forged bounce", "", "ml-bounce+" TICKET_FORGED "@lists.example", POST("anna@example.org"), 0 },
                { "a forged alias", "", "ml+" TICKET_FORGED "@lists.example", POST("anna@example.org"), .misaddressed = 1 },
                { "two doors", "zoe@example.org", "ml@lists.example ml-owner@lists.example", POST("zoe@example.org"), 1, 1 },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                void *fresh;
                setup(&fresh);
                send(fresh, cases[i].mail_from, cases[i].recipients, cases[i].message);
                expect(fresh, cases[i].what, cases[i].queue, cases[i].held, cases[i].commands, cases[i].misaddressed, cases[i].failed);
                teardown(&fresh);
        }
}

/* The hand-off is idempotent: a message that stayed in the spool over a crash is not worked twice. */
static void test_same_spool_id(void **state)
{
        struct fixture *f = *state;
        struct spool_item item = make_item(f, "anna@example.org", "ml@lists.example no@lists.example", POST("anna@example.org"));
        route(f, &item);
        route(f, &item);
        expect(f, "twice", 1, 0, 0, 1, 0);
        g_bytes_unref(item.box);
}

static void test_duplicate(void **state)
{
        struct fixture *f = *state;
        send(f, "anna@example.org", "ml@lists.example", POST("anna@example.org"));
        send(f, "anna@example.org", "ml@lists.example", POST("anna@example.org"));
        expect(f, "the same Message-ID again", 1, 1, 0, 0, 0);
}

static void test_set_aside(void **state)
{
        struct fixture *f = *state;
        struct spool_item item = make_item(f, "anna@example.org", "ml@lists.example", POST("anna@example.org"));
        item.crashes = ROUTE_CRASHES_MAX;
        route(f, &item);
        expect(f, "crashed twice", 0, 0, 0, 0, 1);
        g_bytes_unref(item.box);

        item = make_item(f, "anna@example.org", "ml@lists.example", POST("anna@example.org"));
        item.crashes = ROUTE_CRASHES_MAX - 1;
        route(f, &item);
        expect(f, "crashed once", 1, 0, 0, 0, 1);
        g_bytes_unref(item.box);

        item.box = g_bytes_new_static("not sealed by receive", 21);
        memset(item.id, 99, SPOOL_ID_BYTES);
        route(f, &item);
        g_bytes_unref(item.box);
        item.box = spool_box_seal(f->public_key, "not an envelope", 15);
        memset(item.id, 100, SPOOL_ID_BYTES);
        route(f, &item);
        g_bytes_unref(item.box);
        expect(f, "no box, no envelope", 1, 0, 0, 0, 3);
}

static bool is_member(struct fixture *f, int64_t id)
{
        struct err err = { 0 };
        struct member *member;
        ok_or_fail(member_get(f->store, f->list->id, id, &member, &err), &err);
        bool is = member != NULL;
        member_free(member);
        return is;
}

/* leaks X4: the one thing that acts whoever sends it, automatic or not. */
static void test_leave(void **state)
{
        struct fixture *f = *state;
        const struct ticket ticket = { .subject = f->anna, .day = 11574 };
        char text[TICKET_CHARS + 1];
        ticket_seal(f->keyring, TICKET_BOUNCE, f->list->id, &ticket, text);
        char *recipient = g_strdup_printf("ml-off+%s@lists.example", text);
        send(f, "", recipient, POST("zoe@example.org"));
        assert_true(is_member(f, f->anna)); /* a ticket of another kind */
        g_free(recipient);
        ticket_seal(f->keyring, TICKET_OFF, f->list->id, &ticket, text);
        recipient = g_strdup_printf("ML-Off+%s@Lists.Example", text);
        send(f, "", recipient, POST("zoe@example.org"));
        assert_false(is_member(f, f->anna));
        send(f, "", recipient, POST("zoe@example.org")); /* again: the same silence */
        expect(f, "left", 0, 0, 0, 0, 0);
        g_free(recipient);
}

/* A list keeps an owner; who asked for no more mail gets none. */
static void test_last_owner_leaves(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct member *olga;
        char text[TICKET_CHARS + 1];
        ok_or_fail(member_find(f->store, f->list->id, "olga@example.org", &olga, &err), &err);
        const struct ticket ticket = { .subject = olga->id };
        member_free(olga);
        ticket_seal(f->keyring, TICKET_OFF, f->list->id, &ticket, text);
        char *recipient = g_strdup_printf("ml-off+%s@lists.example", text);
        send(f, "olga@example.org", recipient, POST("olga@example.org"));
        g_free(recipient);
        ok_or_fail(member_get(f->store, f->list->id, ticket.subject, &olga, &err), &err);
        assert_int_equal(olga->role, ROLE_OWNER);
        assert_int_equal(olga->state, MEMBER_PAUSED);
        member_free(olga);
}

/* Mail to a list whose owners are gone is not lost. */
static void test_owner_mail_without_owners(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct member *olga;
        struct queue_claim *claim;
        ok_or_fail(member_find(f->store, f->list->id, "olga@example.org", &olga, &err)
                           && member_remove(f->store, f->list->id, olga->id, &err), &err);
        member_free(olga);
        send(f, "zoe@example.org", "ml-owner@lists.example", POST("zoe@example.org"));
        ok_or_fail(queue_claim(f->store, &(struct queue_turn){ .limit = 10, .retries_first = false, .now = NOW }, &claim, &err), &err);
        assert_non_null(claim);
        assert_int_equal(claim->recipients->len, 1);
        assert_string_equal(((struct queue_recipient *) claim->recipients->pdata[0])->address, "admin@example.org");
        queue_claim_free(claim);
}

/* leaks O4: the proof counts only from a client that is trusted. */
static void test_proof(void **state)
{
        static const char message[] = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\r\n" POST("anna@example.org");
        struct fixture *f = *state;
        struct err err = { 0 };
        struct post *post;
        ok_or_fail(list_set(f->store, f->list, "sender_proof", "auto", &err), &err);
        struct envelope envelope = { .client = (char *) "192.0.2.1", .mail_from = (char *) "anna@example.org", .message = g_bytes_new_static(message, sizeof message - 1) };
        ok_or_fail(post_prepare(f->store, f->conf, f->list, &envelope, false, NOW, &post, &err), &err);
        assert_int_equal(post->verdict.verdict, VERDICT_HOLD);
        assert_string_equal(post->verdict.check, "proof");
        post_free(post);
        envelope.trusted = true;
        ok_or_fail(post_prepare(f->store, f->conf, f->list, &envelope, false, NOW, &post, &err), &err);
        assert_int_equal(post->verdict.verdict, VERDICT_ACCEPT);
        post_free(post);
        g_bytes_unref(envelope.message);
}

/* What is queued names neither the author's address nor anything else of the header that came. */
static void test_copy(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        struct queue_claim *claim;
        GBytes *copy;
        send(f, "anna@example.org", "ml@lists.example", "X-Originating-IP: 203.0.113.7\r\n" POST("Anna <anna@example.org>"));
        ok_or_fail(queue_claim(f->store, &(struct queue_turn){ .limit = 10, .retries_first = false, .now = NOW }, &claim, &err) && queue_message(f->store, claim->message_id, &copy, &err), &err);
        assert_int_equal(claim->recipients->len, 2);
        assert_int_equal(claim->number, 1);
        gsize length;
        const char *bytes = g_bytes_get_data(copy, &length);
        char *text = g_strndup(bytes, length);
        assert_null(strstr(text, "anna@example.org"));
        assert_null(strstr(text, "203.0.113.7"));
        assert_non_null(strstr(text, "Subject: [ml:00001] x\r\n"));
        assert_non_null(strstr(text, "\r\n\r\nhello\r\n"));
        g_free(text);
        g_bytes_unref(copy);
        queue_claim_free(claim);
}

/* --- list bombing (leaks X1, X11) ----------------------------------------------------------------- */

enum { BOMB_REQUESTS = 10000, BOMB_MAILBOXES = 100, BOMB_LISTS = 50, BOMB_NETWORKS = 500, BOMB_DAYS = 3, BOMB_SEED = 20261126, DAY = 86400 };

/* From a victim, spelled in several ways, with a subject that says something. */
static GBytes *bomb_message(GRand *dice)
{
        static const char *const tags[] = { "", "", "+a", "+b" }, *const subjects[] = { "subscribe", "on", "help", "digest" };
        char *text = g_strdup_printf("From: Zebrafish <%s%d%s@target.example>\r\nTo: x\r\nSubject: %s\r\n\r\nzebrafish\r\n",
                                     g_rand_boolean(dice) ? "victim" : "Victim", g_rand_int_range(dice, 0, BOMB_MAILBOXES),
                                     tags[g_rand_int_range(dice, 0, G_N_ELEMENTS(tags))],
                                     subjects[g_rand_int_range(dice, 0, G_N_ELEMENTS(subjects))]);
        return g_bytes_new_take(text, strlen(text));
}

static void drop_bomb(struct fixture *f, GRand *dice, int number, int64_t now)
{
        static const char *const doors[] = { "on", "request", "off", "digest", "subscribe" };
        const int network = g_rand_int_range(dice, 0, BOMB_NETWORKS);
        struct err err = { 0 };
        struct spool_item item = { .received = now };
        struct envelope *envelope = envelope_new();
        envelope->client = g_strdup_printf("198.%d.%d.7", 20 + network / 250, network % 250);
        envelope->helo = g_strdup("client.example");
        envelope->protocol = g_strdup("ESMTP");
        envelope->received = now;
        envelope->mail_from = g_strdup("attacker@bot.example");
        g_ptr_array_add(envelope->recipients,
                        g_strdup_printf("l%d-%s@lists.example", g_rand_int_range(dice, 0, BOMB_LISTS),
                                        doors[g_rand_int_range(dice, 0, G_N_ELEMENTS(doors))]));
        envelope->message = bomb_message(dice);
        GBytes *plain = envelope_write(envelope);
        gsize length;
        const void *bytes = g_bytes_get_data(plain, &length);
        item.box = spool_box_seal(f->public_key, bytes, length);
        memcpy(item.id, &number, sizeof number);
        ok_or_fail(route_item(f->store, f->conf, &item, now, &err), &err);
        g_bytes_unref(item.box);
        g_bytes_unref(plain);
        envelope_free(envelope);
}

/* Who got mail since the last call: each letter is counted for the reader of its mailbox, and leaves the queue. */
static GHashTable *take_letters(struct fixture *f)
{
        struct err err = { 0 };
        struct queue_claim *claim;
        GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (;;) {
                ok_or_fail(queue_claim(f->store, &(struct queue_turn){ .limit = 100, .retries_first = false, .now = INT32_MAX }, &claim, &err), &err);
                if (!claim)
                        return counts;
                for (guint i = 0; i < claim->recipients->len; i++) {
                        const struct queue_recipient *recipient = claim->recipients->pdata[i];
                        char *fold = g_utf8_casefold(recipient->address, -1);
                        char *owner = mailbox_owner(fold);
                        g_hash_table_insert(counts, owner, GINT_TO_POINTER(GPOINTER_TO_INT(g_hash_table_lookup(counts, owner)) + 1));
                        g_free(fold);
                }
                ok_or_fail(queue_remove(f->store, claim->message_id, &err), &err);
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
static int64_t store_octets(struct fixture *f)
{
        sqlite3 *db;
        char *path = g_build_filename(f->data, "listd.db", NULL);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        const int64_t octets = (pragma(db, "PRAGMA page_count") - pragma(db, "PRAGMA freelist_count")) * pragma(db, "PRAGMA page_size");
        sqlite3_close(db);
        g_free(path);
        return octets;
}

static void end_day(struct fixture *f, int day)
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
        struct fixture *f = *state;
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
                struct err err = { 0 };
                struct spool_item item = make_item(f, "zoe@example.org", "ml-on@lists.example", POST("zoe@example.org"));
                ok_or_fail(route_item(f->store, f->conf, &item, NOW + steps[i].after, &err), &err);
                g_bytes_unref(item.box);
                GHashTable *letters = take_letters(f);
                if (g_hash_table_size(letters) != steps[i].letters)
                        fail_msg("after %d seconds: %u letters", (int) steps[i].after, g_hash_table_size(letters));
                g_hash_table_unref(letters);
        }
}

static void confirm_at(struct fixture *f, int64_t question_id, int64_t now)
{
        struct err err = { 0 };
        char sealed[TICKET_CHARS + 1];
        const struct ticket ticket = { .subject = question_id, .context = ANSWER_YES };
        ticket_seal(f->keyring, TICKET_CONFIRM, f->list->id, &ticket, sealed);
        char *to = g_strdup_printf("ml-confirm+%s@lists.example", sealed);
        struct spool_item item = make_item(f, "zoe@example.org", to, POST("zoe@example.org"));
        ok_or_fail(route_item(f->store, f->conf, &item, now, &err), &err);
        g_bytes_unref(item.box);
        g_free(to);
}

/* A question is good for seven days, whether its row was cleared away yet or not. */
static void test_old_ticket(void **state)
{
        struct fixture *f = *state;
        struct err err = { 0 };
        GPtrArray *questions;
        struct member *zoe;
        send(f, "zoe@example.org", "ml-on@lists.example", POST("zoe@example.org"));
        ok_or_fail(question_of_list(f->store, f->list->id, QUESTION_JOIN, &questions, &err), &err);
        assert_int_equal(questions->len, 1);
        const int64_t id = ((struct question *) questions->pdata[0])->id;
        g_ptr_array_unref(questions);
        for (int is_in_time = 0; is_in_time <= 1; is_in_time++) {
                confirm_at(f, id, NOW + QUESTION_DAYS * DAY - is_in_time);
                ok_or_fail(member_find(f->store, f->list->id, "zoe@example.org", &zoe, &err), &err);
                assert_int_equal(zoe != NULL, is_in_time);
                member_free(zoe);
        }
}

/* One network cannot have the whole world written to: NETWORK_DAY_MAX of handle/ask.c. */
static void test_network_limit(void **state)
{
        enum { MOST = 60, REQUESTS = 100 };
        struct fixture *f = *state;
        log_open("test", LOG_LEVEL_ERROR, NULL);
        for (int i = 0; i < REQUESTS; i++) {
                char *from = g_strdup_printf("one%d@target.example", i);
                char *message = g_strdup_printf("From: %s\r\nTo: x\r\n\r\n\r\n", from);
                send(f, from, "ml-on@lists.example", message);
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
        struct fixture *f = *state;
        struct err err = { 0 };
        GRand *dice = g_rand_new_with_seed(BOMB_SEED);
        for (int i = 0; i < BOMB_LISTS; i++) {
                struct list *list;
                char *name = g_strdup_printf("l%d", i);
                ok_or_fail(list_add(f->store, name, "lists.example", TYPE_DISCUSSION, &list, &err), &err);
                list_free(list);
                g_free(name);
        }
        const int64_t before = store_octets(f);
        log_open("test", LOG_LEVEL_ERROR, NULL);
        for (int day = 0; day < BOMB_DAYS; day++) {
                ok_or_fail(store_begin(f->store, &err), &err); /* one commit for all: the disk is not what is tested */
                for (int i = 0; i < BOMB_REQUESTS; i++)
                        drop_bomb(f, dice, day * BOMB_REQUESTS + i, NOW + day * DAY + (int64_t) i * DAY / BOMB_REQUESTS);
                end_day(f, day);
                ok_or_fail(store_end(f->store, true, &err), &err);
                /* spool ids are of the real clock's time; a day later they are gone as well */
                ok_or_fail(accepted_expire(f->store, clock_now() + 2 * DAY, &err), &err);
                const int64_t cost = (store_octets(f) - before) / ((day + 1) * BOMB_REQUESTS);
                print_message("# day %d: %d octets of store a request\n", day, (int) cost);
                assert_true(cost < 50);
        }
        ok_or_fail(expire_all(f->store, NOW + (BOMB_DAYS + QUESTION_DAYS + 31) * DAY, &err), &err);
        assert_true(store_octets(f) - before < 64 * 1024); /* and in the end nothing is left of them */
        log_open("test", LOG_LEVEL_INFO, NULL);
        g_rand_free(dice);
}

/* C6: it is kept whole and comes to no list; with decoy_forward_first one small message a network goes on, a few a day. */
static void test_decoy(void **state)
{
        static const char probe[] = "From: tester@tester.example\r\nTo: x@elsewhere.example\r\n\r\nhello\r\n";
        static const char forged[] = "From: anna@lists.example\r\nTo: x@elsewhere.example\r\n\r\nhello\r\n";
        static const char nobody[] = "To: x@elsewhere.example\r\n\r\nhello\r\n";
        char *large = g_strdup_printf("From: tester@tester.example\r\n\r\n%0*d\r\n", 17 * 1024, 0);
        const struct {
                bool forward_first;
                const char *client, *recipients, *message;
                enum envelope_flaw flaw;
                int64_t queued;
        } steps[] = {
                { false, "192.0.2.1", "ml@lists.example x@elsewhere.example ml-owner@lists.example", probe, FLAW_NONE, 0 },
                { true, "192.0.2.99", "x@elsewhere.example", probe, FLAW_NONE, 0 }, /* its network was seen already */
                { true, "198.51.100.1", "x@elsewhere.example y@elsewhere.example", probe, FLAW_NONE, 1 },
                { true, "198.51.100.2", "x@elsewhere.example", probe, FLAW_NONE, 1 },
                { true, "203.0.113.1", "ml@lists.example", probe, FLAW_NONE, 1 }, /* ours */
                { true, "203.0.113.1", "x@elsewhere.example", probe, FLAW_NONE, 1 }, /* and that was its first */
                { true, "10.0.1.1", "x@sub.lists.example", probe, FLAW_NONE, 1 },
                { true, "10.0.2.1", "x@[127.0.0.1]", probe, FLAW_NONE, 1 },
                { true, "10.0.3.1", "x%elsewhere.example", probe, FLAW_NONE, 1 },
                { true, "10.0.4.1", "x@elsewhere.example", forged, FLAW_NONE, 1 }, /* in our name */
                { true, "10.0.5.1", "x@elsewhere.example", nobody, FLAW_NONE, 1 },
                { true, "10.0.6.1", "x@elsewhere.example", large, FLAW_NONE, 1 },
                { true, "10.0.7.1", "x@elsewhere.example", probe, FLAW_OVERSIZE, 1 },
                { true, "10.0.8.1", "x@elsewhere.example", probe, FLAW_NONE, 2 },
                { true, "10.0.9.1", "x@elsewhere.example", probe, FLAW_NONE, 3 },
                { true, "10.0.10.1", "x@elsewhere.example", probe, FLAW_NONE, 4 },
                { true, "2001:db8::1", "x@elsewhere.example", probe, FLAW_NONE, 5 },
                { true, "10.0.12.1", "x@elsewhere.example", probe, FLAW_NONE, 5 }, /* enough for a day */
                { true, "unix", "x@elsewhere.example", probe, FLAW_NONE, 5 },
        };
        struct fixture *f = *state;
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
                f->conf->decoy_forward_first = steps[i].forward_first;
                struct envelope *envelope = make_envelope("tester@tester.example", steps[i].recipients, steps[i].message);
                g_free(envelope->client);
                envelope->client = g_strdup(steps[i].client);
                envelope->is_decoy = true;
                envelope->flaw = (int) steps[i].flaw;
                struct spool_item item = seal_item(f, envelope);
                route(f, &item);
                route(f, &item); /* the hand-off is done once */
                g_bytes_unref(item.box);
                if (queued(f) != steps[i].queued || kept(f, HELD_DECOY) != i + 1)
                        fail_msg("step %zu: %d queued, %u kept", i, (int) queued(f), kept(f, HELD_DECOY));
        }
        assert_int_equal(kept(f, HELD_POST) + kept(f, HELD_MISADDRESSED) + kept(f, HELD_FAILED), 0);
        g_free(large);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ways), T(test_decoy), T(test_same_spool_id), T(test_duplicate), T(test_set_aside),
                T(test_leave),               T(test_last_owner_leaves), T(test_owner_mail_without_owners),
                T(test_proof),               T(test_copy),     T(test_bombing), T(test_network_limit), T(test_asked_again), T(test_old_ticket),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
