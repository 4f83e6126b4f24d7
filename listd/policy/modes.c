/* modes.c - what came to a domain in each of its modes
 * Gives:  modes_average(), modes_weeks(), modes_spark() */
#include "policy/modes.h"

const char *const MODE_COUNT_WORDS[] = { "taken", "misaddressed", "probes", "spam", "refused", NULL };

enum { DAY = 86400, WEEK_DAYS = 7, THURSDAY = 3 /* which 1970-01-01 was, from Monday on */ };

/* Whether a day was in one mode from its beginning to its end, and in which. On until somebody switched. */
static bool mode_of(const GArray *switches, int64_t day, bool *ret_no_bounce)
{
        *ret_no_bounce = true;
        for (guint i = 0; i < switches->len; i++) {
                const struct domain_switch *one = &g_array_index(switches, struct domain_switch, i);
                if (one->at / DAY == day)
                        return false;
                if (one->at / DAY < day)
                        *ret_no_bounce = one->no_bounce;
        }
        return true;
}

void modes_average(const struct modes_facts *facts, bool no_bounce, struct mode_average *ret_average)
{
        const int64_t today = facts->now / DAY;
        int64_t sums[MODE_COUNTS] = { 0 };
        guint next = 0;
        *ret_average = (struct mode_average){ 0 };
        for (int64_t day = facts->days->len ? g_array_index(facts->days, struct mode_day, 0).day : today; day < today; day++) {
                bool mode;
                while (next < facts->days->len && g_array_index(facts->days, struct mode_day, next).day < day)
                        next++;
                if (!mode_of(facts->switches, day, &mode) || mode != no_bounce)
                        continue;
                ret_average->days++;
                const struct mode_day *there = next < facts->days->len ? &g_array_index(facts->days, struct mode_day, next) : NULL;
                for (int i = 0; there && there->day == day && i < MODE_COUNTS; i++)
                        sums[i] += there->counts[i];
        }
        for (int i = 0; i < MODE_COUNTS; i++)
                ret_average->tenths[i] = ret_average->days ? (sums[i] * WEEK_DAYS * 10 + ret_average->days / 2) / ret_average->days : -1;
}

void modes_weeks(const struct modes_facts *facts, int64_t *ret_first, int64_t ret_weeks[MODE_WEEKS][MODE_COUNTS])
{
        const int64_t today = facts->now / DAY;
        const int64_t monday = today - (today + THURSDAY) % WEEK_DAYS;
        *ret_first = monday - (MODE_WEEKS - 1) * WEEK_DAYS;
        memset(ret_weeks, 0, sizeof ret_weeks[0] * MODE_WEEKS);
        for (guint i = 0; i < facts->days->len; i++) {
                const struct mode_day *day = &g_array_index(facts->days, struct mode_day, i);
                if (day->day < *ret_first || day->day > today)
                        continue;
                for (int c = 0; c < MODE_COUNTS; c++)
                        ret_weeks[(day->day - *ret_first) / WEEK_DAYS][c] += day->counts[c];
        }
}

char *modes_spark(const int64_t *numbers, size_t count)
{
        static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
        const int64_t top = G_N_ELEMENTS(blocks) - 1;
        GString *spark = g_string_new(NULL);
        int64_t most = 0;
        for (size_t i = 0; i < count; i++)
                most = MAX(most, numbers[i]);
        for (size_t i = 0; i < count; i++) /* what is not nothing is not the lowest */
                g_string_append(spark, blocks[numbers[i] > 0 ? MAX(1, numbers[i] * top / most) : 0]);
        return g_string_free(spark, FALSE);
}
