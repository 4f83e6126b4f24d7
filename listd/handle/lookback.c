/* lookback.c - what came to a domain, and in which mode it was
 * Gives:  lookback_read(), lookback_clear(), lookback_door_weeks()
 * Fails:  when a store does */
#include "handle/lookback.h"

#include "store/refused.h"
#include "store/source.h"

void lookback_clear(struct lookback *lookback)
{
        g_clear_pointer(&lookback->switches, g_array_unref);
        g_clear_pointer(&lookback->days, g_array_unref);
}

/* Both are in order; a day of either is a day of the result. */
static GArray *merge(const GArray *taken, const GArray *refused)
{
        GArray *days = g_array_new(FALSE, FALSE, sizeof(struct mode_day));
        for (guint t = 0, r = 0; t < taken->len || r < refused->len;) {
                const struct domain_day *took = t < taken->len ? &g_array_index(taken, struct domain_day, t) : NULL;
                const struct refused_day *refusal = r < refused->len ? &g_array_index(refused, struct refused_day, r) : NULL;
                struct mode_day day = { .day = took && (!refusal || took->day <= refusal->day) ? took->day : refusal->day };
                if (took && took->day == day.day) {
                        day.counts[MODE_TAKEN] = took->counts.taken;
                        day.counts[MODE_MISADDRESSED] = took->counts.misaddressed;
                        day.counts[MODE_PROBES] = took->counts.probes;
                        day.counts[MODE_SPAM] = took->counts.spam;
                        t++;
                }
                if (refusal && refusal->day == day.day) {
                        day.counts[MODE_REFUSED] = refusal->count;
                        r++;
                }
                g_array_append_val(days, day);
        }
        return days;
}

bool lookback_read(struct store *store, struct spool *spool, const char *domain, struct lookback *ret_lookback, struct err *ret_err)
{
        GArray *taken = NULL, *refused = NULL;
        *ret_lookback = (struct lookback){ .domain = domain };
        bool ok = domain_switches(store, domain, &ret_lookback->switches, ret_err) && domain_days(store, domain, &taken, ret_err)
                  && refused_days(spool, domain, &refused, ret_err);
        if (ok)
                ret_lookback->days = merge(taken, refused);
        g_clear_pointer(&taken, g_array_unref);
        g_clear_pointer(&refused, g_array_unref);
        return ok;
}

void lookback_door_weeks(const GArray *door, int what, int64_t now, int64_t ret_numbers[MODE_WEEKS])
{
        int64_t first, weeks[MODE_WEEKS][MODE_COUNTS];
        GArray *days = g_array_new(FALSE, FALSE, sizeof(struct mode_day));
        for (guint i = 0; i < door->len; i++) {
                const struct door_day *there = &g_array_index(door, struct door_day, i);
                const struct mode_day day = { .day = there->day, .counts[MODE_REFUSED] = there->counts[what] };
                g_array_append_val(days, day);
        }
        const struct modes_facts facts = { .days = days, .now = now };
        modes_weeks(&facts, &first, weeks);
        for (int i = 0; i < MODE_WEEKS; i++)
                ret_numbers[i] = weeks[i][MODE_REFUSED];
        g_array_unref(days);
}
