/* test_due.c - when a daily report is due, whatever the clock does */
#include "unit.h"

#include "policy/due.h"

/* A time of UTC as "2026-03-29T00:59". */
static int64_t at(const char *text)
{
        char *iso = g_strconcat(text, ":00Z", NULL);
        GDateTime *time = g_date_time_new_from_iso8601(iso, NULL);
        assert_non_null(time);
        const int64_t seconds = g_date_time_to_unix(time);
        g_date_time_unref(time);
        g_free(iso);
        return seconds;
}

static void test_due_day(void **state)
{
        static const struct {
                const char *zone, *utc;
                int minutes;
                const char *want;
        } cases[] = {
                { "UTC", "2026-11-27T06:59", 420, "2026-11-26" },
                { "UTC", "2026-11-27T07:00", 420, "2026-11-27" },
                { "UTC", "2026-11-27T00:00", 0, "2026-11-27" },
                { "UTC", "2026-11-27T23:58", 1439, "2026-11-26" },
                { "Asia/Tokyo", "2026-11-26T21:59", 420, "2026-11-26" },
                { "Asia/Tokyo", "2026-11-26T22:00", 420, "2026-11-27" },
                { "America/New_York", "2026-11-27T11:59", 420, "2026-11-26" },
                /* 02:30 is not there on 2026-03-29 in Berlin: the clock goes from 02:00 to 03:00 at 01:00 UTC */
                { "Europe/Berlin", "2026-03-29T00:59", 150, "2026-03-28" },
                { "Europe/Berlin", "2026-03-29T01:00", 150, "2026-03-29" },
                /* and twice on 2026-10-25: at 00:30 and at 01:30 UTC */
                { "Europe/Berlin", "2026-10-25T00:29", 150, "2026-10-24" },
                { "Europe/Berlin", "2026-10-25T00:30", 150, "2026-10-25" },
                { "Europe/Berlin", "2026-10-25T01:10", 150, "2026-10-24" }, /* who has sent that of the 25th sends nothing now */
                { "Europe/Berlin", "2026-10-25T01:30", 150, "2026-10-25" },
                { "UTC", "1970-01-01T00:00", 60, "1969-12-31" },
                { "UTC", "2028-02-29T12:00", 60, "2028-02-29" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                GTimeZone *zone = g_time_zone_new_identifier(cases[i].zone);
                assert_non_null(zone);
                char *got = due_text(due_day(at(cases[i].utc), zone, cases[i].minutes));
                if (strcmp(got, cases[i].want) != 0)
                        fail_msg("%s in %s: %s, want %s", cases[i].utc, cases[i].zone, got, cases[i].want);
                g_free(got);
                g_time_zone_unref(zone);
        }
}

/* A year of minutes, with a clock that jumps: each day once, in order, none left out. */
static void test_each_day_once(void **state)
{
        static const char *const zones[] = { "Europe/Berlin", "Asia/Tokyo", "America/St_Johns", "Pacific/Apia" };
        for (size_t z = 0; z < G_N_ELEMENTS(zones); z++) {
                GTimeZone *zone = g_time_zone_new_identifier(zones[z]);
                GRand *random = g_rand_new_with_seed((guint32) z);
                const int64_t start = at("2026-01-01T00:00");
                int64_t last = due_day(start, zone, 150), sent = 0;
                const int64_t first = last;
                for (int64_t now = start; now < start + 365LL * 86400; now += g_rand_int_range(random, -600, 1800)) {
                        const int64_t day = due_day(now, zone, 150);
                        if (day <= last)
                                continue;
                        assert_int_equal(day, last + 1);
                        last = day;
                        sent++;
                }
                assert_int_equal(sent, last - first);
                assert_in_range(sent, 364, 366);
                g_rand_free(random);
                g_time_zone_unref(zone);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_due_day), cmocka_unit_test(test_each_day_once) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
