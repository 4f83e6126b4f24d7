/* test_modes.c - what came in each mode of a domain, compared; and how it is counted */
#include "store.h"

#include "handle/expire.h"
#include "policy/modes.h"
#include "store/refused.h"
#include "store/spool.h"

enum { DAY = 86400, MONDAY = 20000 - 20000 % 7 + 4 /* day 4 of 1970 was one */, NOON = DAY / 2 };

static GArray *days_of(const struct mode_day *days, guint count)
{
        GArray *array = g_array_new(FALSE, FALSE, sizeof *days);
        g_array_append_vals(array, days, count);
        return array;
}

static GArray *switches_of(const struct domain_switch *switches, guint count)
{
        GArray *array = g_array_new(FALSE, FALSE, sizeof *switches);
        g_array_append_vals(array, switches, count);
        return array;
}

/* 14 days on, one of the switch, 7 days off, today: what came on the days between is weighed by whole days. */
static void test_averages(void **state)
{
        const struct mode_day days[] = {
                { MONDAY, { 70, 14, 7 } },
                { MONDAY + 13, { 30, 6, 1 } },
                { MONDAY + 14, { 1000, 1000, 1000 } }, /* of the switch: in none */
                { MONDAY + 15, { 21, 0, 3, 0, 5 } },
                { MONDAY + 22, { 1000, 1000, 1000 } }, /* today: not over yet */
        };
        const struct domain_switch off = { (MONDAY + 14) * (int64_t) DAY + NOON, false };
        GArray *all = days_of(days, G_N_ELEMENTS(days)), *switches = switches_of(&off, 1), *none = switches_of(NULL, 0);
        struct modes_facts facts = { switches, all, (MONDAY + 22) * (int64_t) DAY + NOON };
        struct mode_average average;
        modes_average(&facts, true, &average);
        assert_int_equal(average.days, 14);
        assert_int_equal(average.tenths[MODE_TAKEN], 500);
        assert_int_equal(average.tenths[MODE_MISADDRESSED], 100);
        assert_int_equal(average.tenths[MODE_PROBES], 40);
        modes_average(&facts, false, &average);
        assert_int_equal(average.days, 7);
        assert_int_equal(average.tenths[MODE_TAKEN], 210);
        assert_int_equal(average.tenths[MODE_REFUSED], 50);
        facts.switches = none; /* never switched: on */
        modes_average(&facts, false, &average);
        assert_int_equal(average.days, 0);
        assert_int_equal(average.tenths[MODE_TAKEN], -1);
        modes_average(&facts, true, &average);
        assert_int_equal(average.days, 22);
        g_array_unref(all);
        g_array_unref(switches);
        g_array_unref(none);
}

static void test_weeks(void **state)
{
        const struct mode_day days[] = {
                { MONDAY - 11 * 7 - 1, { 100 } }, /* before the first week */
                { MONDAY - 11 * 7, { 1 } },
                { MONDAY - 1, { 2 } },
                { MONDAY, { 3 } },
                { MONDAY + 2, { 4 } },
        };
        GArray *all = days_of(days, G_N_ELEMENTS(days)), *none = switches_of(NULL, 0);
        const struct modes_facts facts = { none, all, (MONDAY + 2) * (int64_t) DAY + NOON };
        int64_t first, weeks[MODE_WEEKS][MODE_COUNTS];
        modes_weeks(&facts, &first, weeks);
        assert_int_equal(first, MONDAY - 11 * 7);
        assert_int_equal(weeks[0][MODE_TAKEN], 1);
        assert_int_equal(weeks[10][MODE_TAKEN], 2);
        assert_int_equal(weeks[11][MODE_TAKEN], 7);
        assert_int_equal(weeks[5][MODE_TAKEN], 0);
        g_array_unref(all);
        g_array_unref(none);
}

static void test_spark(void **state)
{
        static const struct {
                int64_t numbers[4];
                const char *spark;
        } cases[] = {
                { { 0, 0, 0, 0 }, "▁▁▁▁" }, { { 0, 1, 1000, 500 }, "▁▂█▄" }, { { 7, 7, 7, 7 }, "████" }, { { 1, 0, 2, 0 }, "▄▁█▁" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *spark = modes_spark(cases[i].numbers, 4);
                assert_string_equal(spark, cases[i].spark);
                g_free(spark);
        }
}

/* --- counting ------------------------------------------------------------------------------- */

static void test_days(void **state)
{
        struct fixture *f = *state;
        struct err err;
        const int64_t now = MONDAY * (int64_t) DAY;
        const struct domain_counts taken = { .taken = 1 }, probe = { .misaddressed = 1, .probes = 1 };
        GArray *days;
        OK(domain_count(f->store, "lists.example", &taken, now, &err));
        OK(domain_count(f->store, "lists.example", &probe, now + NOON, &err));
        OK(domain_count(f->store, "lists.example", &taken, now + DAY, &err));
        OK(domain_count(f->store, "other.example", &taken, now, &err));
        OK(domain_days(f->store, "lists.example", &days, &err));
        assert_int_equal(days->len, 2);
        const struct domain_day *first = &g_array_index(days, struct domain_day, 0);
        assert_true(first->day == MONDAY && first->counts.taken == 1 && first->counts.misaddressed == 1 && first->counts.probes == 1
                    && first->counts.spam == 0);
        g_array_unref(days);
        OK(expire_all(f->store, now + (DOMAIN_DAYS + 1) * DAY, &err));
        OK(domain_days(f->store, "lists.example", &days, &err));
        assert_int_equal(days->len, 1);
        g_array_unref(days);
}

static void test_refused(void **state)
{
        struct fixture *f = *state;
        struct err err;
        struct spool *spool;
        const int64_t now = MONDAY * (int64_t) DAY;
        GArray *days;
        OK(spool_open(&spool, f->data, true, &err));
        OK(refused_add(spool, "lists.example", 3, now, &err));
        OK(refused_add(spool, "lists.example", 4, now + NOON, &err));
        OK(refused_add(spool, "other.example", 5, now, &err));
        OK(refused_days(spool, "lists.example", &days, &err));
        assert_int_equal(days->len, 1);
        assert_int_equal(g_array_index(days, struct refused_day, 0).count, 7);
        g_array_unref(days);
        OK(refused_expire(spool, now + (DOMAIN_DAYS + 1) * DAY, &err));
        OK(refused_days(spool, "other.example", &days, &err));
        assert_int_equal(days->len, 0);
        g_array_unref(days);
        spool_close(spool);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_averages), cmocka_unit_test(test_weeks), cmocka_unit_test(test_spark), T(test_days), T(test_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
