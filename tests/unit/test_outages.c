/* test_outages.c - whatever a relay does: at the end each reader has each post once, or is recorded with the reason
 * The whole role as a process of its own, whose clock runs fast, and a relay by the rules of a scenario; each is played with own
 * copies and with readers together. Then the books are balanced, by reader and post: what the relay took (sink.h), and what the
 * store says that it answered (store/trace.h). */
#include "room.h"

#include <signal.h>
#include <sys/wait.h>

#include "store/trace.h"

enum {
        PATIENCE = 60,
        OF_A_DOMAIN = 20,
        POSTS = 2,
        SESSIONS = 4,
        ANY_NUMBER = -1,
        HOUR_S = 3600,
        PROBES_OF_TWO_HOURS = 28 /* 5, 10, 20 ... s apart, then 5 min */
};

static const char *const DOMAINS[] = { "people.example", "later.example", "refused.example" };
enum { MEMBERS = OF_A_DOMAIN * G_N_ELEMENTS(DOMAINS) };

struct scenario {
        const char *name;
        struct sink_rule rules[3];
        unsigned octet_ms;
        unsigned speed;
        int failed;         /* readers who get none, in each post; ANY_NUMBER: not one in all posts, and not all */
        int code;           /* that is recorded of them */
        unsigned heals_at;  /* sessions, after which it does as it should; 0: never */
        unsigned repeats;   /* transactions that may come again */
        int64_t lasts_s;    /* of the fast clock: it was away for so long at the least when it heals */
};

#define ALWAYS .times = 0
static const struct scenario SCENARIOS[] = {
        { "does all that it should", { { 0 } }, .speed = 1000 },
        { "refuses a domain", { { "RCPT", "@refused.example", "550 5.1.1 no such mailbox", ALWAYS } }, .speed = 1000,
          .failed = OF_A_DOMAIN, .code = 550 },
        { "refuses some messages", { { ".", NULL, "554 5.6.0 not this one", .times = 3 } }, .speed = 1000, .failed = ANY_NUMBER, .code = 554 },
        { "puts a domain off", { { "RCPT", "@later.example", "450 4.4.1 no answer from that host", .times = 6 } }, .speed = 5000 },
        { "puts messages off", { { ".", NULL, "451 4.3.0 not now", .times = 3 } }, .speed = 5000 },
        { "puts a mailbox off for longer than five days", { { "RCPT", "<m1@refused.example", "452 4.2.2 mailbox full", ALWAYS } },
          .speed = 200000, .failed = 1, .code = 452 },
        { "is down for two hours", { { "220", NULL, NULL, true, ALWAYS } }, .speed = 5000, .heals_at = SESSIONS + PROBES_OF_TWO_HOURS,
          .lasts_s = 2 * HOUR_S },
        { "greets with 421", { { "220", NULL, "421 4.3.2 busy", true, .times = 12 } }, .speed = 5000 },
        { "answers 421 to MAIL", { { "MAIL", NULL, "421 4.3.2 busy", true, .times = 12 } }, .speed = 5000 },
        { "answers 421 to RCPT", { { "RCPT", NULL, "421 4.3.2 busy", true, .times = 12 } }, .speed = 5000 },
        { "answers 421 to a message", { { ".", NULL, "421 4.3.2 busy", true, .times = 12 } }, .speed = 5000 },
        { "puts off every sender", { { "MAIL", NULL, "450 4.7.1 slow down", .times = 12 } }, .speed = 5000 },
        { "says an octet a second", { { 0 } }, .octet_ms = 1, .speed = 1000 },
        { "closes after each RCPT", { { "RCPT", NULL, "250 2.1.5 ok", true, ALWAYS } }, .speed = 5000, .heals_at = 16 },
        { "closes without a word to RCPT", { { "RCPT", NULL, NULL, true, .times = 12 } }, .speed = 5000 },
        { "dies over a message", { { ".", NULL, NULL, true, .times = 8 } }, .speed = 5000 },
        { "says 250 and dies", { { ".", NULL, "250 2.0.0 taken", true, true, .times = 40 } }, .speed = 5000 },
        /* nobody can know: RFC 5321 4.5.3.2.6 would rather have it twice than not at all */
        { "takes a message and dies without a word", { { ".", NULL, NULL, true, true, .times = 5 } }, .speed = 5000, .repeats = 5 },
};

/* --- a play -------------------------------------------------------------------------------- */

struct play {
        const struct scenario *scenario;
        enum queue_kind kind;
        struct room room;
        int64_t posts[POSTS];
        GHashTable *taken; /* "1 m0@people.example" -> how often the relay took it */
};

#define FAIL(play, ...) fail_with(play, g_strdup_printf(__VA_ARGS__))

static void fail_with(const struct play *play, char *what)
{
        fail_msg("a relay that %s (%s): %s", play->scenario->name, play->kind == QUEUE_BATCH ? "together" : "own copies", what);
}

static void add_members(struct play *play)
{
        char *addresses[MEMBERS + 1] = { NULL };
        for (size_t i = 0; i < MEMBERS; i++)
                addresses[i] = g_strdup_printf("m%zu@%s", i % OF_A_DOMAIN, DOMAINS[i / OF_A_DOMAIN]);
        room_add_members(&play->room, (const char *const *) addresses, MEMBERS);
        for (size_t i = 0; i < MEMBERS; i++)
                g_free(addresses[i]);
}

static void queue_posts(struct play *play)
{
        for (int i = 0; i < POSTS; i++) {
                struct err err;
                char *text = g_strdup_printf("From: l@lists.example\r\nDate: Mon, 01 Jan 2024 00:00:00 +0000\r\n"
                                             "Message-ID: <%d@lists.example>\r\n\r\nThis is post %d.\r\n", i, i);
                GBytes *bytes = g_bytes_new_take(text, strlen(text));
                OK(queue_add_post(play->room.store, play->kind, play->room.list->id, i + 1, "log", bytes, &play->posts[i], &err));
                g_bytes_unref(bytes);
        }
}

static void wait_for_sessions(struct play *play, unsigned sessions)
{
        for (int i = 0; i < PATIENCE * 1000 && sink_sessions(play->room.sink) < sessions; i++)
                g_usleep(1000);
        if (sink_sessions(play->room.sink) < sessions)
                FAIL(play, "only %u sessions", sink_sessions(play->room.sink));
}

static void wait_until_empty(struct play *play)
{
        for (int i = 0; i < PATIENCE * 100 && room_depth(&play->room) > 0; i++)
                g_usleep(10 * 1000);
        if (room_depth(&play->room) > 0)
                FAIL(play, "the queue does not become empty");
}

static void count_taken(struct play *play)
{
        for (size_t i = 0; i < sink_count(play->room.sink); i++) {
                const struct sink_mail *mail = sink_mail(play->room.sink, i);
                gsize size;
                const char *data = g_bytes_get_data(mail->data, &size);
                const char *which = g_strstr_len(data, (gssize) size, "This is post ");
                assert_non_null(which);
                char **to = g_strsplit(mail->to, " ", -1);
                for (char **one = to; *one; one++) {
                        char *key = g_strdup_printf("%c %s", which[strlen("This is post ")], *one);
                        const guint before = GPOINTER_TO_UINT(g_hash_table_lookup(play->taken, key));
                        g_hash_table_insert(play->taken, key, GUINT_TO_POINTER(before + 1));
                }
                g_strfreev(to);
        }
}

/* --- the books ------------------------------------------------------------------------------- */

struct books {
        int failed[POSTS];
        guint repeated;
};

static void balance_one(const struct play *play, struct books *books, int post, const struct member *member)
{
        const struct scenario *scenario = play->scenario;
        GPtrArray *answers;
        struct err err;
        char *key = g_strdup_printf("%d %s", post, member->address);
        const guint taken = GPOINTER_TO_UINT(g_hash_table_lookup(play->taken, key));
        OK(trace_answers(play->room.store, play->room.list->id, play->posts[post], member->id, &answers, &err));
        if (answers->len == 0)
                FAIL(play, "nothing is recorded of %s", key);
        const struct trace_answer *last = answers->pdata[answers->len - 1];
        if (last->outcome == OUTCOME_DEFERRED || (last->outcome == OUTCOME_DELIVERED) != (taken > 0))
                FAIL(play, "%s: taken %u times, and recorded as %d (%d %s)", key, taken, last->outcome, last->code, last->text);
        if (last->outcome == OUTCOME_FAILED && (last->code != scenario->code || !*last->text))
                FAIL(play, "%s: failed with %d '%s'", key, last->code, last->text);
        if (taken > 1 && !scenario->repeats)
                FAIL(play, "%s: taken %u times", key, taken);
        books->failed[post] += last->outcome == OUTCOME_FAILED;
        books->repeated += taken > 1 ? taken - 1 : 0;
        g_ptr_array_unref(answers);
        g_free(key);
}

/* A relay that is away counts against nobody: what is no refusal of theirs leaves no trace at a reader. */
static void check_member(const struct play *play, const struct books *books, const struct member *member)
{
        const bool any = books->failed[0] + books->failed[1] > 0;
        if (!any && member->failures > 0)
                FAIL(play, "%s: %d failures are held against it", member->address, (int) member->failures);
}

static void balance(const struct play *play)
{
        const struct scenario *scenario = play->scenario;
        struct books books = { 0 };
        GPtrArray *members;
        struct err err;
        int64_t rows;
        OK(member_page(play->room.store, play->room.list->id, 0, MEMBERS + 1, &members, &err));
        assert_int_equal(members->len, MEMBERS);
        for (int post = 0; post < POSTS; post++)
                for (guint i = 0; i < members->len; i++)
                        balance_one(play, &books, post, members->pdata[i]);
        for (guint i = 0; i < members->len; i++)
                check_member(play, &books, members->pdata[i]);
        for (int post = 0; post < POSTS && scenario->failed != ANY_NUMBER; post++)
                if (books.failed[post] != scenario->failed)
                        FAIL(play, "post %d failed for %d readers, not for %d", post, books.failed[post], scenario->failed);
        if (scenario->failed == ANY_NUMBER && books.failed[0] + books.failed[1] == 0)
                FAIL(play, "nobody is recorded as failed");
        if (books.repeated > scenario->repeats * (play->kind == QUEUE_BATCH ? QUEUE_TOGETHER_MAX : 1))
                FAIL(play, "%u copies came again", books.repeated);
        OK(store_check(play->room.store, &rows, &err));
        g_ptr_array_unref(members);
}

static void run(const struct scenario *scenario, enum queue_kind kind)
{
        const struct sink_options options = { .rules = scenario->rules, .octet_ms = scenario->octet_ms };
        struct play play = { .scenario = scenario, .kind = kind, .room = room_open(&options) };
        play.taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        add_members(&play);
        queue_posts(&play);
        const gint64 start = g_get_monotonic_time();
        const pid_t pid = room_start_fast(&play.room, SESSIONS, scenario->speed);
        if (scenario->heals_at) {
                wait_for_sessions(&play, scenario->heals_at);
                const gint64 lasted = (g_get_monotonic_time() - start) * scenario->speed / G_USEC_PER_SEC;
                if (lasted < scenario->lasts_s)
                        FAIL(&play, "%u connections in %d s", scenario->heals_at, (int) lasted);
                if (sink_count(play.room.sink) > 0)
                        FAIL(&play, "it has taken mail");
                sink_heal(play.room.sink);
        }
        wait_until_empty(&play);
        const int status = room_end(pid, SIGTERM);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        count_taken(&play);
        balance(&play);
        g_hash_table_unref(play.taken);
        room_close(&play.room);
}

static void test_scenario(void **state)
{
        run(*state, QUEUE_POST);
        run(*state, QUEUE_BATCH);
}

int main(int argc, char **argv)
{
        int status;
        if (room_role(argc, argv, &status))
                return status;
        struct CMUnitTest tests[G_N_ELEMENTS(SCENARIOS)];
        for (size_t i = 0; i < G_N_ELEMENTS(SCENARIOS); i++)
                tests[i] = (struct CMUnitTest){ SCENARIOS[i].name, test_scenario, NULL, NULL, (void *) &SCENARIOS[i] };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
