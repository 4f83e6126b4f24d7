/* test_lost.c - mail to addresses that do not exist: what may be meant, and what is known again */
#include "store.h"

#include "base/log.h"
#include "mail/fingerprint.h"
#include "policy/lost.h"

enum { NOW = 1800000000, DAY = 86400 };

/* --- distance ------------------------------------------------------------------------------ */

/* By the textbook's whole table, to compare with. */
static unsigned plain_distance(const char *a, const char *b)
{
        const size_t la = strlen(a), lb = strlen(b);
        unsigned d[70][70];
        for (size_t i = 0; i <= la; i++)
                for (size_t j = 0; j <= lb; j++) {
                        if (i == 0 || j == 0) {
                                d[i][j] = (unsigned) MAX(i, j);
                                continue;
                        }
                        d[i][j] = MIN(MIN(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
                }
        return d[la][lb];
}

static void test_distance(void **state)
{
        static const struct {
                const char *a, *b;
                unsigned most, distance;
        } cases[] = {
                { "", "", 2, 0 },          { "ml", "ml", 2, 0 },       { "ml", "lm", 2, 1 },     { "ml", "mll", 2, 1 },
                { "ml", "m", 2, 1 },       { "ml", "mx", 2, 1 },       { "friends", "firends", 2, 1 }, { "friends", "frends", 2, 1 },
                { "friends", "fiernds", 2, 2 }, { "friends", "enemies", 2, 3 }, { "a", "abcd", 2, 3 }, { "abcd", "", 3, 4 },
                { "ca", "abc", 3, 3 }, /* no letter is moved twice */
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const unsigned got = lost_distance(cases[i].a, cases[i].b, cases[i].most);
                if (got != cases[i].distance)
                        fail_msg("'%s' and '%s' are %u apart, not %u", cases[i].a, cases[i].b, cases[i].distance, got);
        }
        char *longest = g_strnfill(ADDRESS_LOCAL_MAX, 'a'), *longer = g_strnfill(ADDRESS_LOCAL_MAX + 1, 'a');
        assert_int_equal(lost_distance(longest, longest, 2), 0);
        assert_int_equal(lost_distance(longest, longer, 2), 3);
        g_free(longest);
        g_free(longer);
}

static char *random_word(GRand *random)
{
        char *word = g_malloc0(13);
        for (int i = g_rand_int_range(random, 0, 13); i > 0; i--)
                word[strlen(word)] = (char) ('a' + g_rand_int_range(random, 0, 3));
        return word;
}

static void test_distance_in_its_band(void **state)
{
        GRand *random = g_rand_new_with_seed(5);
        for (int i = 0; i < 20000; i++) {
                char *a = random_word(random), *b = random_word(random);
                const unsigned most = (unsigned) g_rand_int_range(random, 0, 4), plain = plain_distance(a, b);
                if (lost_distance(a, b, most) != MIN(plain, most + 1))
                        fail_msg("'%s' and '%s', at most %u: %u, not %u", a, b, most, lost_distance(a, b, most), MIN(plain, most + 1));
                g_free(a);
                g_free(b);
        }
        g_rand_free(random);
}

/* --- the groups ---------------------------------------------------------------------------- */

static GPtrArray *lists(void)
{
        static const char *const names[] = { "ml", "friends", "dev-team" };
        GPtrArray *all = g_ptr_array_new();
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                g_ptr_array_add(all, (void *) names[i]);
        return all;
}

static void test_what_is_meant(void **state)
{
        static const struct {
                const char *local, *meant; /* NULL: nothing */
        } cases[] = {
                { "mll", "ml" },
                { "ML.", "ml" },
                { "lm", "ml" },
                { "firends", "friends" },
                { "freinds", "friends" },
                { "frieds-owner", "friends-owner" },
                { "friends_owner", "friends-owner" },
                { "friendsowner", "friends-owner" },
                { "friends.subscribe", "friends-subscribe" },
                { "friends-unsubscrib", "friends-unsubscribe" },
                { "friends-ownr", "friends-owner" },
                { "dev.team", "dev-team" },
                { "devteam-on", "dev-team-on" },
                { "postmastr", "postmaster" },
                { "abuze", "abuse" },
                { "info", NULL },
                { "m", NULL },
                { "x", NULL },
                { "friend-of-mine", NULL },
                { "z\303\274rich", NULL },
                { "ml+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa27", NULL },
        };
        GPtrArray *all = lists();
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct lost_verdict verdict;
                const struct lost_facts facts = { .local = cases[i].local, .domain = "lists.example", .lists = all, .separator = '-',
                                                  .has_author = true, .recipients = 1, .names = 1 };
                lost_judge(&facts, &verdict);
                char *meant = cases[i].meant ? g_strconcat(cases[i].meant, "@lists.example", NULL) : g_strdup("");
                if (strcmp(verdict.suggestion, meant) != 0)
                        fail_msg("'%s': '%s' is suggested, not '%s'", cases[i].local, verdict.suggestion, meant);
                assert_int_equal(verdict.group, cases[i].meant ? LOST_TYPO : LOST_OTHER);
                assert_true(verdict.known_by == PRINT_COPY && *verdict.reason);
                g_free(meant);
        }
        g_ptr_array_unref(all);
}

/* A typo is what a person may have written; every fact alone takes it out of that group. */
static void test_groups(void **state)
{
        GPtrArray *all = lists();
        const struct lost_facts typo = { .local = "firends", .domain = "lists.example", .lists = all, .separator = '-', .has_author = true,
                                         .recipients = 1, .names = 1 };
        struct lost_facts cases[] = { typo, typo, typo, typo, typo, typo, typo, typo, typo, typo, typo, typo };
        static const struct {
                enum lost_group group;
                enum lost_print known_by;
        } want[] = {
                { LOST_TYPO, PRINT_COPY },   { LOST_OTHER, PRINT_COPY }, { LOST_OTHER, PRINT_COPY }, { LOST_PROBE, PRINT_NAME },
                { LOST_PROBE, PRINT_TOKEN }, { LOST_PROBE, PRINT_NAME }, { LOST_PROBE, PRINT_NAME }, { LOST_SPAM, PRINT_NAME },
                { LOST_SPAM, PRINT_NAME },   { LOST_OTHER, PRINT_MAIL }, { LOST_TYPO, PRINT_COPY },  { LOST_PROBE, PRINT_NAME },
        };
        cases[1].has_author = false;
        cases[2].recipients = LOST_RECIPIENTS_MAX + 1;
        cases[3].names = LOST_NAMES_MAX + 1;
        cases[4].probe = "percent";
        cases[5].local = NULL;
        cases[6].local = "\"                   \"";
        cases[7].is_spam = true;
        cases[8].is_label = true;
        cases[9].automatic = AUTOMATIC_REPORT;
        cases[10].automatic = AUTOMATIC_SUSPECT;
        cases[11].local = "ml\302\240"; /* a no-break space (requirement C1) */
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct lost_verdict verdict;
                lost_judge(&cases[i], &verdict);
                if (verdict.group != want[i].group || verdict.known_by != want[i].known_by)
                        fail_msg("case %zu: %s (%s), want %s", i, LOST_GROUP_WORDS[verdict.group], verdict.reason,
                                 LOST_GROUP_WORDS[want[i].group]);
        }
        g_ptr_array_unref(all);
}

/* --- prints -------------------------------------------------------------------------------- */

static struct message *message_of(const char *subject, const char *body)
{
        struct message *message;
        struct err err;
        char *text = g_strdup_printf("From: a@b.example\r\nSubject: %s\r\n\r\n%s", subject, body);
        GBytes *bytes = g_bytes_new_take(text, strlen(text));
        OK(message_parse(&message, bytes, &err));
        g_bytes_unref(bytes);
        return message;
}

static void test_fingerprint(void **state)
{
        static const struct {
                const char *subject, *body, *words, *token;
        } cases[] = {
                { "Hello", "How are you?\r\n", "hello how are you? ", NULL },
                { "Hello 17", "How are  you?\r\nx-17 0123456789abcdef\r\n", "hello how are you? ", NULL },
                { "I want to congratulate u! 210.168.0.17", "ok", "i want to congratulate u! ok ", "210.168.0.17" },
                { "relay test (K7x99ab21)", "", "relay test ", "k7x99ab21" },
                { "[192.0.2.1]", "", "", "192.0.2.1" },
                { "1.2.3", "", "", NULL },
                { "2026-11-27 at 10", "", "at ", NULL },
                { "", "aVeryLongWordOfNoTextAtAllAsInBase64", "", NULL },
                { "", "", "", NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct message *message = message_of(cases[i].subject, cases[i].body);
                char *words = fingerprint_words(message), *token = fingerprint_token(message);
                assert_string_equal(words, cases[i].words);
                if (g_strcmp0(token, cases[i].token) != 0)
                        fail_msg("'%s': token '%s', want '%s'", cases[i].subject, token ? token : "none",
                                 cases[i].token ? cases[i].token : "none");
                g_free(words);
                g_free(token);
                message_free(message);
        }
}

/* --- the store ----------------------------------------------------------------------------- */

struct mail {
        enum lost_group group;
        enum lost_print known_by;
        const char *copy, *mail, *token, *name;
        int64_t now;
};

static void put(struct fixture *f, const struct mail *mail, int64_t want_times)
{
        struct err err;
        int64_t times;
        struct lost_new new = { .group = mail->group, .known_by = mail->known_by, .suggestion = "", .reason = "r", .log_id = "l",
                                .envelope = g_bytes_new(mail->copy, strlen(mail->copy)), .now = mail->now ? mail->now : NOW };
        const char *const texts[LOST_PRINTS] = { NULL, mail->copy, mail->mail, mail->token, mail->name };
        for (int i = PRINT_COPY; i < LOST_PRINTS; i++) {
                new.prints.text[i] = texts[i];
                new.prints.length[i] = texts[i] ? strlen(texts[i]) : 0;
        }
        OK(lost_add(f->store, &new, &times, &err));
        g_bytes_unref(new.envelope);
        assert_int_equal(times, want_times);
}

static GPtrArray *all_of(struct fixture *f, guint want)
{
        struct err err;
        GPtrArray *all;
        OK(lost_all(f->store, &all, &err));
        assert_int_equal(all->len, want);
        return all;
}

/* B6: "4th time, same name": one row, of which the newest copy is kept under the id of the first. */
static void test_probes_are_collapsed(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct held *held;
        char id[HELD_ID_CHARS + 1] = "";
        static const char *const copies[] = { "one", "two", "three", "four" };
        for (int i = 0; i < 4; i++) {
                const struct mail mail = { LOST_PROBE, PRINT_NAME, copies[i], copies[i], NULL, "19 spaces", NOW + i * DAY };
                put(f, &mail, i + 1);
                GPtrArray *all = all_of(f, 1);
                const struct lost *lost = all->pdata[0];
                assert_true(lost->times == i + 1 && lost->first == NOW && lost->same == (i ? PRINT_NAME : 0));
                assert_true(!*id || strcmp(id, lost->id) == 0);
                g_strlcpy(id, lost->id, sizeof id);
                g_ptr_array_unref(all);
        }
        OK(held_get(f->store, HELD_MISADDRESSED, id, &held, &err));
        assert_memory_equal(g_bytes_get_data(held->envelope, NULL), "four", 4);
        held_free(held);
        /* by its mark and by its text too */
        put(f, &(struct mail){ LOST_SPAM, PRINT_NAME, "a", "words", NULL, "x" }, 1);
        put(f, &(struct mail){ LOST_SPAM, PRINT_NAME, "b", "words", "mark", "y" }, 2);
        put(f, &(struct mail){ LOST_PROBE, PRINT_NAME, "c", "other", "mark", "z" }, 2);
        g_ptr_array_unref(all_of(f, 2));
}

/* No mail that a person may have written is lost for another one; only its very copy replaces it. */
static void test_human_mail_is_kept(void **state)
{
        struct fixture *f = *state;
        put(f, &(struct mail){ LOST_TYPO, PRINT_COPY, "anna to mll: hello", "hello", NULL, "mll" }, 1);
        put(f, &(struct mail){ LOST_TYPO, PRINT_COPY, "ben to mll: hello", "hello", NULL, "mll" }, 2);
        put(f, &(struct mail){ LOST_OTHER, PRINT_COPY, "carla to mll: other", "other", "mark", "mll" }, 3);
        put(f, &(struct mail){ LOST_PROBE, PRINT_NAME, "mallory to mll: hello", "hello", "mark", "mll" }, 4);
        g_ptr_array_unref(all_of(f, 4));
        put(f, &(struct mail){ LOST_TYPO, PRINT_COPY, "anna to mll: hello", "hello", NULL, "mll" }, 5);
        GPtrArray *all = all_of(f, 4);
        assert_int_equal(((struct lost *) all->pdata[0])->group, LOST_TYPO); /* by group */
        assert_int_equal(((struct lost *) all->pdata[3])->group, LOST_PROBE);
        g_ptr_array_unref(all);
}

/* What programs write is no probe: two reports to one address are two. */
static void test_reports_are_kept(void **state)
{
        struct fixture *f = *state;
        put(f, &(struct mail){ LOST_OTHER, PRINT_MAIL, "one", "of one host", "mark", "x" }, 1);
        put(f, &(struct mail){ LOST_OTHER, PRINT_MAIL, "two", "of another", "mark", "x" }, 2);
        g_ptr_array_unref(all_of(f, 2));
        put(f, &(struct mail){ LOST_OTHER, PRINT_MAIL, "three", "of another", NULL, "y" }, 2);
        g_ptr_array_unref(all_of(f, 2));
}

/* The number goes on when the message was decided about; after 90 days it is forgotten. */
static void test_time(void **state)
{
        struct fixture *f = *state;
        struct err err;
        put(f, &(struct mail){ LOST_PROBE, PRINT_NAME, "a", "a", NULL, "x", NOW }, 1);
        GPtrArray *all = all_of(f, 1);
        OK(held_remove(f->store, ((struct lost *) all->pdata[0])->id, &err));
        g_ptr_array_unref(all);
        g_ptr_array_unref(all_of(f, 0));
        put(f, &(struct mail){ LOST_PROBE, PRINT_NAME, "b", "b", NULL, "x", NOW + 60 * DAY }, 2);
        all = all_of(f, 1);
        assert_int_equal(((struct lost *) all->pdata[0])->first, NOW);
        g_ptr_array_unref(all);
        OK(lost_expire(f->store, NOW + 149 * DAY, &err));
        put(f, &(struct mail){ LOST_PROBE, PRINT_NAME, "c", "c", NULL, "x", NOW + 149 * DAY }, 3);
        OK(lost_expire(f->store, NOW + (149 + LOST_DAYS) * DAY, &err));
        put(f, &(struct mail){ LOST_PROBE, PRINT_NAME, "d", "d", NULL, "x", NOW + (149 + LOST_DAYS) * DAY }, 1);
}

/* The same words to one name again and again are one name. */
static void test_names(void **state)
{
        struct fixture *f = *state;
        struct err err;
        int64_t names;
        static const char *const copies[] = { "to a", "to a", "to a", "to b", "to c" };
        static const int64_t want[] = { 1, 1, 1, 2, 3 };
        for (size_t i = 0; i < G_N_ELEMENTS(copies); i++) {
                const struct lost_prints prints = { { NULL, copies[i], "words" }, { 0, strlen(copies[i]), strlen("words") } };
                OK(lost_names(f->store, &prints, NOW, &names, &err));
                assert_int_equal(names, want[i]);
                const struct mail mail = { LOST_OTHER, PRINT_COPY, copies[i], "words", NULL, copies[i] };
                put(f, &mail, (int64_t) i + 1);
        }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_distance),
                cmocka_unit_test(test_distance_in_its_band),
                cmocka_unit_test(test_what_is_meant),
                cmocka_unit_test(test_groups),
                cmocka_unit_test(test_fingerprint),
                T(test_probes_are_collapsed),
                T(test_human_mail_is_kept),
                T(test_reports_are_kept),
                T(test_time),
                T(test_names),
        };
        log_open("test", LOG_LEVEL_ERROR, NULL);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
