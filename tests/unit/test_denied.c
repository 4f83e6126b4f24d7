/* test_denied.c - what receive makes of the deny list: who is on it, hits, probation */
#include "house.h"

#include "receive/denied.h"
#include "receive/visitor.h"

static struct denied *open_denied(struct house *house)
{
        struct denied *denied;
        struct err err;
        OK(denied_new(&denied, house->base, house->spool, &err));
        return denied;
}

static const char *who_denies(const struct denied *denied, const char *ip, int64_t now)
{
        const struct denial *denial = denied_find(denied, ip, now);
        return denial ? denial->label : "";
}

static void test_narrowest_that_holds(void **state)
{
        struct house *house = *state;
        put(house->spool, "192.0.2.0/24", "wide", 0, NOW);
        put(house->spool, "192.0.2.0/25", "narrow", 100, NOW);
        put(house->spool, "2001:db8::/32", "six", 100, NOW);
        struct denied *denied = open_denied(house);
        static const struct {
                const char *ip;
                int64_t now;
                const char *want;
        } cases[] = {
                { "192.0.2.1", NOW, "narrow" }, { "192.0.2.200", NOW, "wide" }, { "192.0.2.1", NOW + 100, "wide" }, { "192.0.3.1", NOW, "" },
                { "2001:db8::1", NOW, "six" },  { "2001:db8::1", NOW + 100, "" }, { "2001:db9::1", NOW, "" },      { "unix", NOW, "" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
                if (strcmp(who_denies(denied, cases[i].ip, cases[i].now), cases[i].want) != 0)
                        fail_msg("%s: %s", cases[i].ip, who_denies(denied, cases[i].ip, cases[i].now));
        denied_free(denied);
}

static void test_changes_are_read(void **state)
{
        struct house *house = *state;
        struct err err;
        int64_t count;
        struct denied *denied = open_denied(house);
        denied_tick(denied, NOW);
        assert_string_equal(who_denies(denied, "192.0.2.1", NOW), "");
        put(house->spool, "192.0.2.0/24", "admin", 0, NOW);
        denied_tick(denied, NOW + 1);
        assert_string_equal(who_denies(denied, "192.0.2.1", NOW + 1), "admin");
        denied_hit(denied, denied_find(denied, "192.0.2.1", NOW), NOW + 1);
        put(house->spool, "198.51.100.0/24", "admin", 0, NOW); /* hits are written before all is read anew */
        denied_tick(denied, NOW + 2);
        assert_all(house->spool, NULL, "admin 192.0.2.0/24 a reason 0 0 0 0 1\nadmin 198.51.100.0/24 a reason 0 0 0 0 0\n");
        OK(deny_remove_label(house->spool, "admin", &count, &err));
        denied_tick(denied, NOW + 3);
        assert_int_equal(denied_count(denied), 0);
        denied_free(denied);
}

static void test_hits_are_written(void **state)
{
        struct house *house = *state;
        for (int i = 0; i < 1500; i++) {
                char network[32];
                g_snprintf(network, sizeof network, "192.0.%d.%d/32", i / 256, i % 256);
                put(house->spool, network, "admin", 0, NOW);
        }
        struct denied *denied = open_denied(house);
        denied_tick(denied, NOW);
        for (int i = 0; i < 3000; i++) {
                char ip[32];
                g_snprintf(ip, sizeof ip, "192.0.%d.%d", i % 1500 / 256, i % 1500 % 256);
                denied_hit(denied, denied_find(denied, ip, NOW), NOW + 20);
        }
        denied_tick(denied, NOW + 20); /* so many at a time */
        denied_hit(denied, denied_find(denied, "192.0.0.0", NOW), NOW + 20);
        denied_free(denied); /* and the rest at the end */
        GString *all = g_string_new(NULL);
        struct err err;
        OK(deny_each(house->spool, "admin", write_down, all, &err));
        guint twice = 0;
        for (const char *at = all->str; (at = strstr(at, " 2\n")); at++)
                twice++;
        assert_int_equal(twice, 1499);
        assert_non_null(strstr(all->str, "192.0.0.0/32 a reason 0 0 0 0 3\n"));
        g_string_free(all, TRUE);
}

static void test_probation(void **state)
{
        struct house *house = *state;
        put(house->spool, "192.0.2.0/24", "admin", 100, NOW);
        struct denied *denied = open_denied(house);
        assert_null(denied_fault(denied, "192.0.2.1", NOW + 99));
        assert_string_equal(who_denies(denied, "192.0.2.1", NOW + 100), "");
        const struct denial *denial = denied_fault(denied, "192.0.2.1", NOW + 150);
        assert_true(denial && denial->span == 200);
        assert_string_equal(who_denies(denied, "192.0.2.99", NOW + 349), "admin"); /* at once, and all of the network */
        assert_string_equal(who_denies(denied, "192.0.2.99", NOW + 350), "");
        assert_null(denied_fault(denied, "192.0.2.1", NOW + 160));
        denied_tick(denied, NOW + 160);
        assert_all(house->spool, NULL, "admin 192.0.2.0/24 a reason 0 350 200 1 0\n");
        assert_null(denied_fault(denied, "192.0.2.1", NOW + 350 + DENY_PROBATION)); /* gone */
        denied_free(denied);
}

/* --- at the door ------------------------------------------------------------------------------------ */

static enum admission try_once(struct guard *guard, const char *ip)
{
        struct visitor *visitor = visitor_new(guard, ip);
        const enum admission admission = visitor_tried(visitor, "a@people.example", "ml@lists.example");
        visitor_tried(visitor, "a@people.example", "other@lists.example");
        visitor_free(visitor);
        return admission;
}

static void note_once(struct guard *guard, const char *ip, enum guard_part part)
{
        struct visitor *visitor = visitor_new(guard, ip);
        visitor_note(visitor, part, 0);
        visitor_free(visitor);
}

static void test_visitors(void **state)
{
        static const char text[] = "[server]\nhostname = mail.example\ndomains = lists.example\nadmin = a@b.example\n"
                                   "[guard]\ngood_networks = 192.0.2.128/25\n";
        struct house *house = *state;
        struct conf *conf;
        struct guard *guard;
        struct err err;
        const int64_t now = guard_now();
        put(house->spool, "192.0.2.0/24", "admin", 0, now);
        put(house->spool, "198.51.100.0/24", "admin", 100, now - 200); /* on probation */
        put(house->spool, "203.0.113.0/24", "admin", 100, now - 200);
        OK(conf_parse(&conf, text, strlen(text), "test", &err));
        OK(guard_new(&guard, house->base, conf, house->spool, &err));
        assert_int_equal(try_once(guard, "192.0.2.7"), ADMIT_NOT);
        assert_int_equal(try_once(guard, "192.0.2.200"), ADMIT); /* what an admin calls good */
        assert_int_equal(try_once(guard, "192.0.3.7"), ADMIT);
        assert_int_equal(try_once(guard, "198.51.100.7"), ADMIT);
        note_once(guard, "198.51.100.7", PART_DNSBL); /* nothing that it did */
        note_once(guard, "198.51.100.7", PART_COMMANDS);
        assert_int_equal(try_once(guard, "198.51.100.7"), ADMIT);
        note_once(guard, "198.51.100.8", PART_RELAY); /* its neighbour */
        assert_int_equal(try_once(guard, "198.51.100.7"), ADMIT_NOT);
        assert_int_equal(try_once(guard, "203.0.113.7"), ADMIT);
        guard_free(guard);
        conf_free(conf);
        GString *all = g_string_new(NULL);
        OK(deny_each(house->spool, NULL, write_down, all, &err));
        assert_non_null(strstr(all->str, " 0 1\nadmin 198.51.100.0/24")); /* one session, one hit */
        assert_non_null(strstr(all->str, " 200 1 1\nadmin 203.0.113.0/24"));
        g_string_free(all, TRUE);
}

/* How long it takes to read and to swap very many is printed; that reading is no walk of walks, is a ratio. */
static void test_measured(void **state)
{
        enum { FEW = 5000, MANY = 50000 };
        struct house *house = *state;
        double took[2];
        for (int round = 0; round < 2; round++) {
                const int count = round ? MANY : FEW;
                struct deny_item *items = g_new(struct deny_item, count);
                for (int i = 0; i < count; i++)
                        items[i] = (struct deny_item){ g_strdup_printf("100.%d.%d.%d/32", i >> 16, (i >> 8) & 255, i & 255), (char *) "SBL" };
                double start = worked();
                swap(house->spool, 0, NOW, items, (size_t) count);
                const double swapped = (worked() - start) * 1000;
                start = worked();
                swap(house->spool, 0, NOW, items, (size_t) count);
                const double same = (worked() - start) * 1000;
                start = worked();
                struct denied *denied = open_denied(house);
                took[round] = (worked() - start) * 1000;
                print_message("# %d networks: swapped in %.0f ms, once more in %.0f ms; read in %.0f ms\n", count, swapped, same, took[round]);
                assert_int_equal(denied_count(denied), count);
                denied_free(denied);
                for (int i = 0; i < count; i++)
                        g_free(items[i].network);
                g_free(items);
        }
        assert_true(took[1] < took[0] * 40); /* ten times as many */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, house_set_up, house_tear_down)
        const struct CMUnitTest tests[] = {
                T(test_narrowest_that_holds),
                T(test_changes_are_read),
                T(test_hits_are_written),
                T(test_probation),
                T(test_visitors),
                T(test_measured),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
