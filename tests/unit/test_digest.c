/* test_digest.c - members' digests: what is in them, when they go, and that a switch neither loses nor repeats a post */
#include "store.h"

#include "base/conf.h"
#include "handle/digest.h"
#include "mail/transfer.h"
#include "store/queue.h"

enum { DAY = 86400, HOUR = 3600, START = 20513 * DAY + 8 * HOUR };

#define CONF "[server]\nhostname = mx.lists.example\ndomains = lists.example\nadmin = admin@example.org\ntimezone = UTC\n"

struct world {
        struct fixture *f;
        struct conf *conf;
        int64_t now;
        GHashTable *got; /* "member number" -> how often */
};

static void world_open(struct world *world, void **state)
{
        struct err err = { 0 };
        bool sent;
        *world = (struct world){ .f = *state, .now = START };
        clock_stop(START);
        OK(conf_parse(&world->conf, CONF, strlen(CONF), "conf", &err));
        world->got = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        OK(digest_tick(world->f->store, world->conf, world->now, &sent, &err));
}

static void world_close(struct world *world)
{
        clock_stop(0);
        g_hash_table_unref(world->got);
        conf_free(world->conf);
}

static struct desk desk_of(struct world *world)
{
        return (struct desk){ .store = world->f->store, .conf = world->conf, .list = world->f->list, .log_id = "test", .now = world->now };
}

static int64_t add(struct world *world, const char *address)
{
        struct err err;
        size_t added;
        struct member *member;
        const struct member_new new = { .address = address, .fold = address, .name = "" };
        OK(member_add(world->f->store, world->f->list->id, &new, 1, &added, &err));
        OK(member_find(world->f->store, world->f->list->id, address, &member, &err));
        const int64_t id = member->id;
        member_free(member);
        return id;
}

static void change(struct world *world, int64_t id, enum member_digest form)
{
        struct err err;
        struct member *member;
        const struct desk desk = desk_of(world);
        OK(member_get(world->f->store, world->f->list->id, id, &member, &err));
        OK(digest_change(&desk, member, form, &err));
        member_free(member);
}

/* A post whose text is its number; `body` more of it. */
static int64_t post(struct world *world, const char *content_type, const char *body)
{
        struct err err;
        int64_t number, id;
        OK(list_next_number(world->f->store, world->f->list, &number, &err));
        char *text = g_strdup_printf("From: Anna via L <ml@lists.example>\r\nTo: ml@lists.example\r\nSubject: [ml:%05d] topic %d\r\n"
                                     "Date: Sun, 01 Mar 2026 08:00:00 +0000\r\nMessage-ID: <%d@lists.example>\r\nMIME-Version: 1.0\r\n"
                                     "Content-Type: %s\r\nContent-Transfer-Encoding: 8bit\r\n\r\n=number %d=\r\n%s",
                                     (int) number, (int) number, (int) number, content_type, (int) number, body);
        GBytes *message = g_bytes_new_take(text, strlen(text));
        OK(queue_add_post(world->f->store, QUEUE_POST, world->f->list->id, number, "log", message, &id, &err));
        OK(digest_keep(world->f->store, world->f->list, number, message, world->now, &err));
        g_bytes_unref(message);
        return number;
}

static void tick(struct world *world)
{
        struct err err;
        bool sent;
        OK(digest_tick(world->f->store, world->conf, world->now, &sent, &err));
}

static void take_note(struct world *world, int64_t member_id, GBytes *message)
{
        gsize length;
        const char *bytes = g_bytes_get_data(message, &length);
        char *text = g_strndup(bytes, length);
        for (const char *at = strstr(text, "=number "); at; at = strstr(at + 1, "=number ")) {
                char *key = g_strdup_printf("%d %d", (int) member_id, (int) g_ascii_strtoll(at + strlen("=number "), NULL, 10));
                const int times = GPOINTER_TO_INT(g_hash_table_lookup(world->got, key)) + 1;
                g_hash_table_insert(world->got, key, GINT_TO_POINTER(times));
        }
        g_free(text);
}

/* Delivers everything, or a part. */
static void deliver(struct world *world, int claims)
{
        struct err err;
        struct queue_claim *claim = NULL;
        for (int i = 0; i < claims; i++) {
                GBytes *message;
                OK(queue_claim(world->f->store, &(struct queue_turn){ .limit = 3, .retries_first = false, .now = world->now }, &claim, &err));
                if (!claim)
                        return;
                OK(queue_message(world->f->store, claim->message_id, &message, &err));
                for (guint r = 0; r < claim->recipients->len; r++) {
                        const struct queue_recipient *recipient = claim->recipients->pdata[r];
                        const struct queue_result result = { recipient, OUTCOME_DELIVERED, 250, "ok", 0, 0 };
                        take_note(world, recipient->member_id, message);
                        OK(queue_settle(world->f->store, claim, &result, 1, world->now, &err));
                }
                g_bytes_unref(message);
                OK(queue_release(world->f->store, claim, &err));
        }
}

static int times(struct world *world, int64_t member_id, int64_t number)
{
        char *key = g_strdup_printf("%d %d", (int) member_id, (int) number);
        const int found = GPOINTER_TO_INT(g_hash_table_lookup(world->got, key));
        g_free(key);
        return found;
}

static void pass_days(struct world *world, int days)
{
        world->now += days * DAY;
        clock_stop(world->now);
        tick(world);
}

/* --- when ---------------------------------------------------------------------------------------------- */

static void test_once_a_day(void **state)
{
        struct world world;
        world_open(&world, state);
        const int64_t anna = add(&world, "anna@example.org"), ben = add(&world, "ben@example.org");
        change(&world, ben, DIGEST_MIME);
        const int64_t first = post(&world, "text/plain", ""), second = post(&world, "text/plain", "");
        deliver(&world, 100);
        assert_int_equal(times(&world, anna, first), 1);
        assert_int_equal(times(&world, ben, first), 0);
        tick(&world); /* the same day */
        deliver(&world, 100);
        assert_int_equal(times(&world, ben, first), 0);
        pass_days(&world, 1);
        tick(&world);
        deliver(&world, 100);
        assert_int_equal(times(&world, ben, first), 1);
        assert_int_equal(times(&world, ben, second), 1);
        assert_int_equal(times(&world, anna, second), 1);
        pass_days(&world, 3); /* no post, no digest */
        struct err err;
        int64_t messages, oldest;
        OK(queue_depth(world.f->store, &messages, &oldest, &err));
        assert_int_equal(messages, 0);
        world_close(&world);
}

static void test_by_size(void **state)
{
        struct world world;
        struct err err;
        world_open(&world, state);
        const int64_t ben = add(&world, "ben@example.org");
        OK(list_set(world.f->store, world.f->list, "digest_posts", "3", &err));
        change(&world, ben, DIGEST_PLAIN);
        for (int i = 0; i < 3; i++) {
                tick(&world);
                deliver(&world, 100);
                assert_int_equal(times(&world, ben, 1), 0);
                post(&world, "text/plain", "");
        }
        tick(&world);
        deliver(&world, 100);
        for (int i = 1; i <= 3; i++)
                assert_int_equal(times(&world, ben, i), 1);
        world_close(&world);
}

static void test_paused_gets_none(void **state)
{
        struct world world;
        struct err err;
        world_open(&world, state);
        const int64_t ben = add(&world, "ben@example.org");
        change(&world, ben, DIGEST_MIME);
        OK(member_set_state(world.f->store, world.f->list->id, ben, MEMBER_PAUSED, 0, &err));
        post(&world, "text/plain", "");
        pass_days(&world, 1);
        OK(member_set_state(world.f->store, world.f->list->id, ben, MEMBER_ACTIVE, 0, &err));
        post(&world, "text/plain", "");
        pass_days(&world, 1);
        deliver(&world, 100);
        assert_int_equal(times(&world, ben, 1), 0);
        assert_int_equal(times(&world, ben, 2), 1);
        world_close(&world);
}

/* Whatever is switched when: each post once. Posts are delivered before the next switch but one, as a relay that works does. */
static void test_switching_at_any_time(void **state)
{
        enum { MEMBERS = 8, ROUNDS = 400 };
        struct world world;
        int64_t ids[MEMBERS], joined[MEMBERS];
        GRand *dice = g_rand_new_with_seed(153);
        world_open(&world, state);
        for (int i = 0; i < MEMBERS; i++) {
                char *address = g_strdup_printf("m%d@example.org", i);
                ids[i] = add(&world, address);
                joined[i] = world.f->list->posts;
                g_free(address);
        }
        for (int round = 0; round < ROUNDS; round++) {
                const int what = g_rand_int_range(dice, 0, 10);
                if (what < 4)
                        post(&world, "text/plain", "");
                else if (what < 7)
                        change(&world, ids[g_rand_int_range(dice, 0, MEMBERS)], (enum member_digest) g_rand_int_range(dice, 0, 3));
                else if (what < 8)
                        pass_days(&world, 1);
                if (what >= 7 || what == 4)
                        deliver(&world, 1000);
        }
        pass_days(&world, 1);
        deliver(&world, 1000);
        for (int i = 0; i < MEMBERS; i++)
                for (int64_t number = joined[i] + 1; number <= world.f->list->posts; number++)
                        if (times(&world, ids[i], number) != 1)
                                fail_msg("member %d has post %d %d times", i, (int) number, times(&world, ids[i], number));
        g_rand_free(dice);
        world_close(&world);
}

/* --- what ------------------------------------------------------------------------------------------------ */

static char *only_digest(struct world *world)
{
        struct err err;
        GPtrArray *entries;
        GBytes *message;
        int64_t found = 0;
        OK(queue_entries(world->f->store, &entries, &err));
        for (guint i = 0; i < entries->len; i++) {
                const struct queue_entry *entry = entries->pdata[i];
                if (strcmp(entry->log_id, "digest") == 0) {
                        assert_int_equal(found, 0);
                        found = entry->message_id;
                }
        }
        g_ptr_array_unref(entries);
        OK(queue_message(world->f->store, found, &message, &err));
        gsize length;
        const char *bytes = g_bytes_get_data(message, &length);
        char *text = g_strndup(bytes, length);
        g_bytes_unref(message);
        return text;
}

#define TORTURE                                                                                                        \
        ".\r\n..\r\n--\r\n-- \r\nFrom me to you\r\n------------------------------\r\n"                                \
        "----------------------------------------------------------------------\r\nEnd of ml Digest, Issue 1\r\n"

static void test_plain(void **state)
{
        struct world world;
        world_open(&world, state);
        const int64_t ben = add(&world, "ben@example.org");
        change(&world, ben, DIGEST_PLAIN);
        post(&world, "text/plain; charset=us-ascii", TORTURE);
        post(&world, "text/plain; charset=iso-2022-jp", "\033$BF|K\\8l\033(B\r\n");
        post(&world, "text/plain; charset=windows-1252", "caf\xe9 \x93quoted\x94\r\n");
        pass_days(&world, 1);
        char *text = only_digest(&world);
        const char *part = strstr(text, "\r\n\r\n") + 4, *encoding = strstr(text, "Content-Transfer-Encoding: ");
        GBytes *raw = g_bytes_new(part, strlen(part));
        GBytes *plain = transfer_decode(transfer_find(strncmp(strchr(encoding, ' ') + 1, "base64", 6) == 0 ? "base64" : "quoted-printable"), raw);
        char *body = g_strndup(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
        assert_non_null(strstr(text, "Digest 1: 3 posts"));
        assert_non_null(strstr(body, "  1. [ml:00001] topic 1 (Anna via L)"));
        assert_non_null(strstr(body, "日本語"));
        assert_non_null(strstr(body, "café “quoted”"));
        assert_non_null(strstr(body, "\r\n.\r\n..\r\n--\r\n"));
        assert_non_null(strstr(body, "\r\n ------------------------------\r\n"));
        assert_non_null(strstr(body, "\r\n ----------------------------------------------------------------------\r\n"));
        int rules = 0;
        static const char rule[] = "\r\n------------------------------\r\n";
        for (const char *at = strstr(body, rule); at; at = strstr(at + 1, rule))
                rules++;
        assert_int_equal(rules, 3);
        g_bytes_unref(raw);
        g_bytes_unref(plain);
        g_free(body);
        g_free(text);
        world_close(&world);
}

static void test_mime(void **state)
{
        struct world world;
        world_open(&world, state);
        const int64_t ben = add(&world, "ben@example.org");
        change(&world, ben, DIGEST_MIME);
        post(&world, "text/plain; charset=us-ascii", TORTURE);
        post(&world, "text/plain; charset=iso-2022-jp", "\033$BF|K\\8l\033(B\r\n");
        pass_days(&world, 1);
        char *text = only_digest(&world);
        assert_non_null(strstr(text, "Content-Type: multipart/digest"));
        assert_non_null(strstr(text, "\r\n" TORTURE)); /* octet by octet */
        assert_non_null(strstr(text, "\033$BF|K\\8l\033(B\r\n"));
        assert_non_null(strstr(text, "List-Id: <ml.lists.example>"));
        assert_non_null(strstr(text, "To: ml@lists.example\r\n"));
        assert_null(strstr(text, "ben@example.org"));
        g_free(text);
        world_close(&world);
}

/* --- the archive ------------------------------------------------------------------------------------------- */

static guint kept(struct world *world)
{
        struct err err;
        GPtrArray *posts;
        OK(archive_range(world->f->store, world->f->list->id, 1, 1000, true, &posts, &err));
        const guint count = posts->len;
        g_ptr_array_unref(posts);
        return count;
}

static void test_archive(void **state)
{
        struct world world;
        struct err err;
        bool removed;
        world_open(&world, state);
        const int64_t ben = add(&world, "ben@example.org");
        post(&world, "text/plain", "");
        pass_days(&world, 29);
        assert_int_equal(kept(&world), 1);
        pass_days(&world, 2);
        assert_int_equal(kept(&world), 0);
        OK(list_set(world.f->store, world.f->list, "archive", "off", &err));
        post(&world, "text/plain", "");
        assert_int_equal(kept(&world), 0);
        change(&world, ben, DIGEST_MIME); /* what a digest needs is kept until it has it */
        post(&world, "text/plain", "");
        assert_int_equal(kept(&world), 1);
        tick(&world);
        assert_int_equal(kept(&world), 1);
        pass_days(&world, 1);
        assert_int_equal(kept(&world), 0);
        OK(list_set(world.f->store, world.f->list, "archive", "forever", &err));
        const int64_t number = post(&world, "text/plain", "");
        pass_days(&world, 4000);
        assert_int_equal(kept(&world), 1);
        OK(archive_remove(world.f->store, world.f->list->id, number, &removed, &err));
        assert_true(removed);
        OK(archive_remove(world.f->store, world.f->list->id, number, &removed, &err));
        assert_false(removed);
        assert_false(list_set(world.f->store, world.f->list, "archive", "some", &err));
        world_close(&world);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)
        const struct CMUnitTest tests[] = {
                T(test_once_a_day), T(test_by_size), T(test_paused_gets_none), T(test_switching_at_any_time), T(test_plain), T(test_mime),
                T(test_archive),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
