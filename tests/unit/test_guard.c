/* test_guard.c - points, verdicts, and who is counted */
#include "unit.h"

#include <math.h>

#include "base/net.h"
#include "folder.h"
#include "policy/guard.h"
#include "receive/visitor.h"

enum { HOUR = 3600 };

/* --- networks --------------------------------------------------------------------- */

static void test_network_around(void **state)
{
        static const struct {
                const char *ip;
                unsigned v4, v6;
                const char *want; /* NULL: no address */
        } cases[] = {
                { "192.0.2.77", 24, 48, "192.0.2.0/24" },       { "192.0.2.77", 32, 48, "192.0.2.77/32" },
                { "192.0.2.77", 25, 48, "192.0.2.0/25" },       { "192.0.2.200", 25, 48, "192.0.2.128/25" },
                { "2001:db8:1:2::3", 24, 48, "2001:db8:1::/48" }, { "2001:db8:1:2::3", 24, 64, "2001:db8:1:2::/64" },
                { "2001:db8:ffff::1", 24, 33, "2001:db8:8000::/33" }, { "::", 0, 0, "::/0" },
                { "unix", 24, 48, NULL }, { "", 24, 48, NULL }, { "192.0.2", 24, 48, NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *got = network_around(cases[i].ip, cases[i].v4, cases[i].v6);
                if (g_strcmp0(got, cases[i].want) != 0)
                        fail_msg("%s: %s, want %s", cases[i].ip, got ? got : "none", cases[i].want ? cases[i].want : "none");
                g_free(got);
        }
}

static void test_network_has(void **state)
{
        static const struct {
                const char *outer, *inner;
                bool want;
        } cases[] = {
                { "192.0.2.0/24", "192.0.2.9", true },     { "192.0.2.0/24", "192.0.2.0/24", true }, { "192.0.2.9", "192.0.2.0/24", false },
                { "192.0.2.0/24", "192.0.3.9", false },    { "192.0.2.0/23", "192.0.3.9", true },    { "::/0", "192.0.2.9", true },
                { "2001:db8::/32", "2001:db8:1::/48", true }, { "2001:db8:1::/48", "2001:db8::/32", false }, { "0.0.0.0/0", "2001:db8::1", false },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct network outer, inner;
                assert_true(network_parse(&outer, cases[i].outer, NULL) && network_parse(&inner, cases[i].inner, NULL));
                if (network_has(&outer, &inner) != cases[i].want)
                        fail_msg("%s in %s: %d", cases[i].inner, cases[i].outer, !cases[i].want);
        }
}

/* --- points ------------------------------------------------------------------------- */

static const struct weighing PLAIN = { .half_life = HOUR };

static void test_points_fade(void **state)
{
        struct score score = { 0 };
        for (int i = 0; i < 20; i++)
                score_add(&score, PART_RECIPIENTS, 0, 1000, HOUR);
        score_add(&score, PART_RELAY, 0, 1000, HOUR);
        assert_true(fabs(score_sum(&score, 1000, &PLAIN) - 30) < 0.001);
        assert_true(fabs(score_sum(&score, 1000 + HOUR, &PLAIN) - 15) < 0.001);
        assert_true(fabs(score_sum(&score, 1000 + 3 * HOUR, &PLAIN) - 3.75) < 0.001);
        assert_true(fabs(score_sum(&score, 0, &PLAIN) - 30) < 0.001); /* a clock that went back gives nothing for free */
        score_add(&score, PART_RELAY, 0, 1000 + HOUR, HOUR);
        assert_true(fabs(score_sum(&score, 1000 + HOUR, &PLAIN) - 25) < 0.001);
        assert_int_equal(score.counts[PART_RELAY], 2); /* what happened stays counted */
}

static void test_points_are_weighed(void **state)
{
        struct score score = { 0 };
        for (int i = 0; i < 10; i++)
                score_add(&score, PART_RECIPIENTS, 0, 1000, HOUR);
        const struct {
                struct weighing weighing;
                double want;
        } cases[] = {
                { { HOUR, REPUTE_NEW, false }, 10 },      { { HOUR, REPUTE_NEW, true }, 130 },
                { { HOUR, REPUTE_KNOWN, false }, 2.5 },   { { HOUR, REPUTE_KNOWN, true }, 32.5 },
                { { HOUR, REPUTE_GOOD, false }, 1 },      { { HOUR, REPUTE_GOOD, true }, 1 },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                assert_true(fabs(score_sum(&score, 1000, &cases[i].weighing) - cases[i].want) < 0.001);
        score_pay(&score, 2, 1000, HOUR);
        assert_true(fabs(score_sum(&score, 1000, &PLAIN) - 8.2) < 0.001);
        score_pay(&score, 100, 1000, HOUR); /* three at most */
        assert_true(fabs(score_sum(&score, 1000, &PLAIN) - 5.5) < 0.001);
        for (int i = 0; i < 5; i++)
                score_pay(&score, 3, 1000, HOUR); /* nobody saves up */
        assert_true(score_sum(&score, 1000, &PLAIN) == 0);
}

/* What is a hint only can never decide alone, however often it comes. */
static void test_some_parts_never_decide(void **state)
{
        static const enum guard_part hints[] = { PART_GIBBERISH, PART_DNSBL, PART_RATE, PART_MESSAGES };
        const struct conf conf = { .slow = 40, .deny = 80, .sender_recipients = 200, .domain_recipients = 1000 };
        for (size_t i = 0; i < G_N_ELEMENTS(hints); i++) {
                struct score score = { 0 };
                for (int n = 0; n < 1000; n++)
                        score_add(&score, hints[i], 100, 1000, HOUR);
                assert_true(guard_judge(&conf, SOURCE_CLIENT, score_sum(&score, 1000, &PLAIN), false) < SUSPICION_SLOW);
        }
}

static void test_judge(void **state)
{
        static const struct {
                enum source_kind kind;
                double sum;
                bool on_probation;
                enum suspicion want;
        } cases[] = {
                { SOURCE_CLIENT, 0, false, SUSPICION_FREE },    { SOURCE_CLIENT, 19.9, false, SUSPICION_FREE }, { SOURCE_CLIENT, 20, false, SUSPICION_WATCH },
                { SOURCE_CLIENT, 40, false, SUSPICION_SLOW },   { SOURCE_CLIENT, 80, false, SUSPICION_DENY },   { SOURCE_CLIENT, 40, true, SUSPICION_DENY },
                { SOURCE_CLIENT, 19.9, true, SUSPICION_WATCH }, { SOURCE_NETWORK, 119, false, SUSPICION_WATCH }, { SOURCE_NETWORK, 239, false, SUSPICION_SLOW },
                { SOURCE_NETWORK, 240, false, SUSPICION_DENY }, { SOURCE_SENDER, 199, false, SUSPICION_WATCH }, { SOURCE_SENDER, 1e7, false, SUSPICION_SLOW },
                { SOURCE_DOMAIN, 1000, false, SUSPICION_SLOW }, { SOURCE_DOMAIN, 1e7, false, SUSPICION_SLOW },
        };
        const struct conf conf = { .slow = 40, .deny = 80, .sender_recipients = 200, .domain_recipients = 1000 };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                const enum suspicion got = guard_judge(&conf, cases[i].kind, cases[i].sum, cases[i].on_probation);
                if (got != cases[i].want)
                        fail_msg("%s with %g: %s", SOURCE_KIND_WORDS[cases[i].kind], cases[i].sum, SUSPICION_WORDS[got]);
        }
}

static void test_words(void **state)
{
        struct score score = { 0 };
        char *words = score_words(&score);
        assert_string_equal(words, "");
        g_free(words);
        score_add(&score, PART_MESSAGES, 0, 1000, HOUR);
        score_add(&score, PART_RECIPIENTS, 0, 1000, HOUR);
        score_add(&score, PART_RELAY, 0, 1000, HOUR);
        score_add(&score, PART_RELAY, 0, 1000, HOUR);
        words = score_words(&score);
        assert_string_equal(words, "2 attempts to relay, 1 address tried");
        g_free(words);
}

/* --- the table ------------------------------------------------------------------------- */

static void test_table_has_a_ceiling(void **state)
{
        struct sources *sources = sources_new();
        struct source *held = sources_get(sources, SOURCE_CLIENT, "held", 1);
        held->users = 1;
        for (int i = 0; i < SOURCES_MAX + 100; i++) {
                char name[32];
                g_snprintf(name, sizeof name, "%d", i);
                assert_int_equal(sources_get(sources, SOURCE_CLIENT, name, 2)->score.at, 0);
        }
        assert_int_equal(sources_count(sources), SOURCES_MAX);
        assert_non_null(sources_find(sources, SOURCE_CLIENT, "held")); /* the oldest, but somebody uses it */
        assert_null(sources_find(sources, SOURCE_CLIENT, "0"));
        assert_non_null(sources_find(sources, SOURCE_CLIENT, "200"));
        assert_null(sources_find(sources, SOURCE_NETWORK, "200"));
        sources_forget(sources, held);
        assert_non_null(sources_find(sources, SOURCE_CLIENT, "held"));
        held->users = 0;
        sources_forget(sources, held);
        assert_null(sources_find(sources, SOURCE_CLIENT, "held"));
        sources_free(sources);
}

/* How many of so many names a set notices: nearly all of those that matter for a suspicion. */
static void test_names_are_told_apart(void **state)
{
        static const struct {
                enum source_kind kind;
                int names, least;
        } cases[] = { { SOURCE_CLIENT, 100, 80 }, { SOURCE_NETWORK, 200, 165 }, { SOURCE_SENDER, 400, 350 }, { SOURCE_DOMAIN, 5000, 4700 } };
        struct sources *sources = sources_new();
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct source *source = sources_get(sources, cases[i].kind, "x", 1);
                for (int round = 0; round < 2; round++) {
                        int first = 0;
                        for (int n = 0; n < cases[i].names; n++) {
                                char name[32];
                                g_snprintf(name, sizeof name, "name%d@lists.example", n);
                                first += source_is_first_try(sources, source, name, 1000);
                        }
                        if (round == 0 ? first < cases[i].least : first != 0)
                                fail_msg("%s: %d of %d names, round %d", SOURCE_KIND_WORDS[cases[i].kind], first, cases[i].names, round);
                }
                assert_true(source_is_first_try(sources, source, "name1@lists.example", 1000 + 2 * HOUR));
        }
        sources_free(sources);
}

static void test_window(void **state)
{
        struct window window = { 0 };
        assert_int_equal(window_add(&window, 1000, 60), 1);
        assert_int_equal(window_add(&window, 1059, 60), 2);
        assert_int_equal(window_add(&window, 1060, 60), 1);
}

/* --- visitors -------------------------------------------------------------------------- */

struct house {
        char *folder;
        struct event_base *base;
        struct conf *conf;
        struct spool *spool;
        struct guard *guard;
};

static void open_guard(struct house *house)
{
        struct err err = { 0 };
        if (!guard_new(&house->guard, house->base, house->conf, house->spool, &err))
                fail_msg("%s", err.text);
}

static void house_open(struct house *house, const char *keys)
{
        struct err err = { 0 };
        char *text = g_strdup_printf("[server]\nhostname = mail.example\ndomains = lists.example, other.example\nadmin = a@b.example\n[guard]\n%s", keys);
        struct keyring *keyring;
        house->folder = folder_make(&keyring);
        keyring_free(keyring);
        house->base = event_base_new();
        if (!conf_parse(&house->conf, text, strlen(text), "test", &err) || !spool_open(&house->spool, house->folder, true, &err))
                fail_msg("%s", err.text);
        g_free(text);
        open_guard(house);
}

static void house_close(struct house *house)
{
        guard_free(house->guard);
        spool_close(house->spool);
        event_base_free(house->base);
        conf_free(house->conf);
        folder_remove(house->folder);
}

/* Tries `count` names from number `from` on in a session of its own, and gives what became of the last. */
static enum admission try_names(const struct house *house, const char *ip, const char *mail_from, int from, int count)
{
        struct visitor *visitor = visitor_new(house->guard, ip);
        enum admission admission = ADMIT;
        for (int i = from; i < from + count; i++) {
                char name[64];
                g_snprintf(name, sizeof name, "name%d@lists.example", i);
                admission = visitor_tried(visitor, mail_from, name);
                visitor_resumed(visitor);
        }
        visitor_free(visitor);
        return admission;
}

/* The same try brings the same answer, whatever the names are: nothing is asked of a store of lists. */
static void test_harvester(void **state)
{
        struct house house;
        house_open(&house, "");
        int slow = 0, deny = 0;
        for (int i = 0; i < 120 && !deny; i++) {
                const enum admission got = try_names(&house, "192.0.2.7", "a@spam.example", i, 1);
                slow = slow || got != ADMIT_SLOWLY ? slow : i + 1;
                deny = got == ADMIT_NOT ? i + 1 : 0;
        }
        assert_in_range(slow, 40, 48); /* [guard] slow and deny, but for names that look alike in the set */
        assert_in_range(deny, 80, 98);
        assert_int_equal(try_names(&house, "192.0.2.8", "a@else.example", 0, 1), ADMIT); /* its neighbour */
        assert_int_equal(try_names(&house, "192.0.2.7", "a@else.example", 0, 1), ADMIT_NOT);
        house_close(&house);
}

static void test_repeats_cost_nothing(void **state)
{
        struct house house;
        house_open(&house, "");
        for (int i = 0; i < 500; i++)
                assert_int_equal(try_names(&house, "192.0.2.7", "a@honest.example", 0, 3), ADMIT);
        house_close(&house);
}

/* A relay brings reports back, each to a ticket of its own. */
static void test_tickets_are_one_address(void **state)
{
        struct house house;
        house_open(&house, "");
        struct visitor *visitor = visitor_new(house.guard, "192.0.2.7");
        for (int i = 0; i < 500; i++) {
                char name[64];
                g_snprintf(name, sizeof name, "ml-bounce+%c%cabcdefghijklmnopqrstuvwxyz2345@lists.example", 'a' + i % 26, 'a' + i / 26);
                assert_int_equal(visitor_tried(visitor, "", name), ADMIT);
        }
        visitor_free(visitor);
        house_close(&house);
}

/* Who sends whole messages to many lists is no harvester. */
static void test_messages_pay(void **state)
{
        struct house house;
        house_open(&house, "");
        struct envelope *envelope = envelope_new();
        envelope->mail_from = g_strdup("a@honest.example");
        g_ptr_array_add(envelope->recipients, g_strdup("name@lists.example"));
        for (int i = 0; i < 300; i++) {
                assert_int_equal(try_names(&house, "192.0.2.7", "a@honest.example", i, 1), ADMIT);
                struct visitor *visitor = visitor_new(house.guard, "192.0.2.7");
                visitor_taken(visitor, envelope);
                visitor_free(visitor);
        }
        envelope_free(envelope);
        house_close(&house);
}

static void test_network_is_denied_together(void **state)
{
        struct house house;
        house_open(&house, "");
        enum admission got = ADMIT;
        int tries = 0;
        for (int client = 1; client < 50 && got != ADMIT_NOT; client++)
                for (int i = 0; i < 8 && got != ADMIT_NOT; i++, tries++) {
                        char ip[32];
                        g_snprintf(ip, sizeof ip, "192.0.2.%d", client);
                        got = try_names(&house, ip, "a@spam.example", tries, 1);
                }
        assert_in_range(tries, 240, 320);
        assert_int_equal(try_names(&house, "192.0.2.200", "a@else.example", 0, 1), ADMIT_NOT);
        assert_int_equal(try_names(&house, "192.0.3.1", "a@else.example", 0, 1), ADMIT);
        house_close(&house);
}

/* A client that is denied goes on: its neighbours do not pay for it. */
static void test_neighbours_of_the_denied(void **state)
{
        struct house house;
        house_open(&house, "");
        for (int i = 0; i < 100; i++) {
                struct visitor *visitor = visitor_new(house.guard, "192.0.2.7");
                visitor_note(visitor, PART_RELAY, 0);
                visitor_free(visitor);
        }
        assert_int_equal(try_names(&house, "192.0.2.7", "a@spam.example", 0, 1), ADMIT_NOT);
        assert_int_equal(try_names(&house, "192.0.2.8", "a@else.example", 0, 1), ADMIT);
        house_close(&house);
}

/* A sender's domain is one, however it is written. */
static void test_spellings_of_a_sender(void **state)
{
        static const char *const spellings[] = { "a@spam.example", "b@SPAM.example", "c@Spam.Example", "d@sPaM.eXaMpLe" };
        struct house house;
        char ip[32];
        enum admission got = ADMIT;
        int tries = 0;
        house_open(&house, "");
        for (; tries < 300 && got == ADMIT; tries++) {
                g_snprintf(ip, sizeof ip, "10.0.%d.1", tries);
                if (tries >= 256)
                        g_snprintf(ip, sizeof ip, "10.1.%d.1", tries - 256);
                got = try_names(&house, ip, spellings[tries % (int) G_N_ELEMENTS(spellings)], tries, 1);
        }
        assert_int_equal(got, ADMIT_SLOWLY);
        assert_in_range(tries, 200, 240);
        house_close(&house);
}

/* Many networks, a few names each: their sender's domain slows them, and behind it our own domain has its limit. */
static void test_distributed(void **state)
{
        struct house house;
        char ip[32], from[64];
        house_open(&house, "");
        int slowed = 0;
        for (int i = 0; i < 300; i++) {
                g_snprintf(ip, sizeof ip, "10.%d.%d.1", i / 200, i % 200);
                slowed += try_names(&house, ip, "a@spam.example", i, 1) == ADMIT_SLOWLY;
        }
        assert_in_range(slowed, 80, 101);
        slowed = 0;
        for (int i = 0; i < 1500; i++) {
                g_snprintf(ip, sizeof ip, "10.%d.%d.1", 10 + i / 200, i % 200);
                g_snprintf(from, sizeof from, "a@spam%d.example", i);
                slowed += try_names(&house, ip, from, 1000 + i, 1) == ADMIT_SLOWLY;
        }
        assert_int_equal(slowed, 0); /* one each is what honest people do */
        assert_int_equal(try_names(&house, "10.99.1.1", "a@new.example", 5000, 3), ADMIT);
        assert_int_equal(try_names(&house, "10.99.1.1", "a@new.example", 5003, 1), ADMIT_SLOWLY);
        assert_int_equal(try_names(&house, "10.99.1.1", "a@new.example", 5004, 5), ADMIT_NOT); /* one more than needed: names may look alike */
        house_close(&house);
}

static void test_limits(void **state)
{
        struct house house;
        house_open(&house, "client_sessions = 2\nnetwork_sessions = 3\nclient_connections = 6\nclient_messages = 5\nreserved_sessions = 10\n");
        struct visitor *open[3];
        for (int i = 0; i < 3; i++) {
                open[i] = visitor_new(house.guard, i < 2 ? "192.0.2.1" : "192.0.2.2");
                assert_null(visitor_enter(open[i], 0));
        }
        static const struct {
                const char *ip;
                unsigned open;
                const char *want;
        } cases[] = {
                { "192.0.2.1", 0, "client" }, { "192.0.2.3", 0, "network" }, { "2001:db8:1:1::1", 189, NULL }, { "2001:db8:1:1::2", 190, "reserve" },
                { "2001:db8:1:1:ffff::1", 0, NULL },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                struct visitor *visitor = visitor_new(house.guard, cases[i].ip);
                const char *why = visitor_enter(visitor, cases[i].open);
                if (g_strcmp0(why, cases[i].want) != 0)
                        fail_msg("%s: %s", cases[i].ip, why ? why : "let in");
                visitor_free(visitor);
        }
        for (int i = 0; i < 8; i++) {
                struct visitor *visitor = visitor_new(house.guard, "198.51.100.1");
                assert_int_equal(!visitor_enter(visitor, 0), i < 6);
                visitor_free(visitor);
        }
        for (int i = 0; i < 8; i++)
                assert_int_equal(visitor_may_mail(open[0]), i < 5);
        for (int i = 0; i < 3; i++)
                visitor_free(open[i]);
        assert_null(visitor_new(house.guard, "unix"));
        house_close(&house);
}

/* So many may wait at a time; more are sent away. */
static void test_slow_share(void **state)
{
        struct house house;
        struct visitor *waiting[60];
        int slowly = 0, later = 0;
        house_open(&house, "slow = 1\ndeny = 100000\n");
        for (int i = 0; i < 60; i++) {
                char ip[32];
                g_snprintf(ip, sizeof ip, "10.0.%d.1", i);
                waiting[i] = visitor_new(house.guard, ip);
                const enum admission got = visitor_tried(waiting[i], "a@spam.example", "x@lists.example");
                slowly += got == ADMIT_SLOWLY;
                later += got == ADMIT_LATER;
        }
        assert_int_equal(slowly, 50);
        assert_int_equal(later, 10);
        visitor_resumed(waiting[0]);
        assert_int_equal(visitor_tried(waiting[59], "a@spam.example", "y@lists.example"), ADMIT_SLOWLY);
        for (int i = 0; i < 60; i++)
                visitor_free(waiting[i]);
        house_close(&house);
}

static void test_kept_over_restarts(void **state)
{
        struct house house;
        house_open(&house, "");
        assert_int_equal(try_names(&house, "192.0.2.7", "a@spam.example", 0, 60), ADMIT_SLOWLY);
        guard_free(house.guard);
        open_guard(&house);
        assert_int_equal(try_names(&house, "192.0.2.7", "a@spam.example", 100, 1), ADMIT_SLOWLY);
        house_close(&house);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_network_around),  cmocka_unit_test(test_network_has),   cmocka_unit_test(test_points_fade),
                cmocka_unit_test(test_points_are_weighed), cmocka_unit_test(test_some_parts_never_decide), cmocka_unit_test(test_judge),
                cmocka_unit_test(test_words),           cmocka_unit_test(test_table_has_a_ceiling), cmocka_unit_test(test_names_are_told_apart),
                cmocka_unit_test(test_window),          cmocka_unit_test(test_harvester),     cmocka_unit_test(test_repeats_cost_nothing),
                cmocka_unit_test(test_tickets_are_one_address), cmocka_unit_test(test_messages_pay), cmocka_unit_test(test_network_is_denied_together),
                cmocka_unit_test(test_distributed),     cmocka_unit_test(test_limits),        cmocka_unit_test(test_slow_share),
                cmocka_unit_test(test_kept_over_restarts), cmocka_unit_test(test_neighbours_of_the_denied),
                cmocka_unit_test(test_spellings_of_a_sender),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
