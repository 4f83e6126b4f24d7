/* modes.c - listctl report modes: what came in each mode of our domains, so that they can be compared
 * Gives:  ctl_report_modes()
 * Two stores are read: what was taken is counted by `handle` (listd.db), what was refused by `receive` (spool.db). */
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "handle/lookback.h"
#include "policy/guard.h"
#include "store/source.h"

static const char *const WORDS_MODE[] = { "off", "on", NULL };

/* --- the tables ------------------------------------------------------------------------------------------- */

static void put_period(struct ctl *ctl, const struct lookback *modes)
{
        bool no_bounce = true;
        int64_t from = 0;
        for (guint i = 0; i <= modes->switches->len; i++) {
                const struct domain_switch *next = i < modes->switches->len ? &g_array_index(modes->switches, struct domain_switch, i)
                                                                           : NULL;
                const struct cell row[] = {
                        TEXT(modes->domain),
                        TEXT(WORDS_MODE[no_bounce]),
                        TIME(from),
                        TIME(next ? next->at : 0),
                };
                output_row(ctl->output, row);
                if (next) {
                        no_bounce = next->no_bounce;
                        from = next->at;
                }
        }
}

static struct modes_facts facts_of(const struct lookback *modes)
{
        return (struct modes_facts){ modes->switches, modes->days, clock_now() };
}

static void put_average(struct ctl *ctl, const struct lookback *modes)
{
        const struct modes_facts facts = facts_of(modes);
        for (int mode = 1; mode >= 0; mode--) {
                struct mode_average average;
                modes_average(&facts, mode, &average);
                const struct cell row[] = {
                        TEXT(modes->domain),
                        TEXT(WORDS_MODE[mode]),
                        NUMBER(average.days),
                        TENTHS(average.tenths[MODE_TAKEN]),
                        TENTHS(average.tenths[MODE_MISADDRESSED]),
                        TENTHS(average.tenths[MODE_PROBES]),
                        TENTHS(average.tenths[MODE_SPAM]),
                        TENTHS(average.tenths[MODE_REFUSED]),
                };
                output_row(ctl->output, row);
        }
}

static char *numbers_in_words(const int64_t *numbers)
{
        GString *text = g_string_new(NULL);
        for (int i = 0; i < MODE_WEEKS; i++)
                g_string_append_printf(text, "%s%" G_GINT64_FORMAT, i ? " " : "", (gint64) numbers[i]);
        return g_string_free(text, FALSE);
}

/* `domain` NULL: of the server. */
static void put_trend_row(struct ctl *ctl, const char *domain, const char *what, const int64_t *numbers)
{
        char *text = numbers_in_words(numbers), *spark = modes_spark(numbers, MODE_WEEKS);
        const struct cell row[] = { TEXT(domain), TEXT(what), TEXT(spark), TEXT(text) };
        output_row(ctl->output, row);
        g_free(text);
        g_free(spark);
}

static void put_trend(struct ctl *ctl, const struct lookback *modes)
{
        const struct modes_facts facts = facts_of(modes);
        int64_t first, weeks[MODE_WEEKS][MODE_COUNTS];
        modes_weeks(&facts, &first, weeks);
        for (int c = 0; c < MODE_COUNTS; c++) {
                int64_t numbers[MODE_WEEKS];
                for (int i = 0; i < MODE_WEEKS; i++)
                        numbers[i] = weeks[i][c];
                put_trend_row(ctl, modes->domain, MODE_COUNT_WORDS[c], numbers);
        }
}

/* What names none of our domains, or a session as a whole. */
static void put_door_row(struct ctl *ctl, const GArray *door, int what, const char *word)
{
        int64_t numbers[MODE_WEEKS];
        lookback_door_weeks(door, what, clock_now(), numbers);
        put_trend_row(ctl, NULL, word, numbers);
}

static bool put_door(struct ctl *ctl, struct spool *spool, struct err *ret_err)
{
        GArray *door;
        if (!door_days(spool, 0, &door, ret_err))
                return false;
        put_door_row(ctl, door, PART_RELAY, "relay attempts");
        put_door_row(ctl, door, PART_PROBE, "probe patterns");
        g_array_unref(door);
        return true;
}

/* --- the report ------------------------------------------------------------------------------------------------- */

typedef void put_domain(struct ctl *ctl, const struct lookback *modes);

static bool each_domain(struct ctl *ctl, struct spool *spool, put_domain *put, struct err *ret_err)
{
        bool ok = true;
        for (char **domain = ctl->conf->domains; ok && *domain; domain++) {
                struct lookback modes;
                ok = lookback_read(ctl->store, spool, *domain, &modes, ret_err);
                if (ok)
                        put(ctl, &modes);
                lookback_clear(&modes);
        }
        return ok;
}

static bool put_report(struct ctl *ctl, struct spool *spool, struct err *ret_err)
{
        static const struct column periods[] = { { "domain" }, { "no_bounce" }, { "from" }, { "to" } };
        static const struct column averages[] = {
                { "domain" },
                { "no_bounce" },
                { "days", .is_right = true },
                { "taken", .is_right = true },
                { "misaddressed", .is_right = true },
                { "probes", .is_right = true },
                { "spam", .is_right = true },
                { "refused", .is_right = true },
        };
        static const struct column trend[] = { { "domain" }, { "what" }, { "trend" }, { "weeks", .may_wrap = true } };
        output_table(ctl->output, "periods", periods, G_N_ELEMENTS(periods));
        bool ok = each_domain(ctl, spool, put_period, ret_err);
        output_table_end(ctl->output);
        output_table(ctl->output, "averages", averages, G_N_ELEMENTS(averages));
        ok = ok && each_domain(ctl, spool, put_average, ret_err);
        output_table_end(ctl->output);
        output_table(ctl->output, "trend", trend, G_N_ELEMENTS(trend));
        ok = ok && each_domain(ctl, spool, put_trend, ret_err) && put_door(ctl, spool, ret_err);
        output_table_end(ctl->output);
        return ok;
}

bool ctl_report_modes(struct ctl *ctl, struct err *ret_err)
{
        struct spool *spool;
        if (!spool_open(&spool, ctl->conf->data, false, ret_err))
                return false;
        bool ok = put_report(ctl, spool, ret_err);
        spool_close(spool);
        if (ok)
                output_say(ctl->output,
                           "Averages are messages a week, over whole days in one mode (UTC); a day of a switch is in none. Weeks begin"
                           " on Monday, the last one is running. Relay attempts and probe patterns name none of our domains, so they"
                           " stand for the whole server.");
        return ok;
}
