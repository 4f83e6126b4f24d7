/* report_site.c - the daily report to the admin of the server
 * Gives:  report_site()
 * Fails:  when a store does */
#include "handle/report.h"

#include "handle/lookback.h"
#include "mail/bulletin.h"
#include "mail/template.h"
#include "policy/deny.h"
#include "store/errand.h"
#include "store/list.h"
#include "store/lost.h"
#include "store/pickup.h"

enum { DAY = 86400 };

/* What a report is put together from. */
struct page {
        struct store *store;
        struct spool *spool;
        const struct conf *conf;
        const struct report_wish *wish;
        GHashTable *values;
        int64_t hand; /* things that wait for a person */
};

static void set(GHashTable *values, const char *name, char *text)
{
        g_hash_table_insert(values, (void *) name, text);
}

static void set_number(GHashTable *values, const char *name, int64_t number)
{
        set(values, name, g_strdup_printf("%" G_GINT64_FORMAT, (gint64) number));
}

/* A number that is nothing when it is 0. */
static void set_some(struct page *page, const char *name, int64_t number)
{
        if (number > 0)
                set_number(page->values, name, number);
}

static void set_hand(struct page *page, const char *name, int64_t number)
{
        set_some(page, name, number);
        page->hand += number;
}

static GHashTable *new_values(void)
{
        return g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
}

static char *moment(const struct page *page, int64_t at)
{
        return door_time(page->conf, at, "%Y-%m-%d %H:%M");
}

/* --- what is kept ------------------------------------------------------------------------ */

static bool count_kept(const struct page *page, enum held_kind kind, int64_t *ret_count, struct err *ret_err)
{
        GPtrArray *held;
        if (!held_all(page->store, kind, 0, &held, ret_err))
                return false;
        *ret_count = held->len;
        g_ptr_array_unref(held);
        return true;
}

static bool add_kept(struct page *page, struct err *ret_err)
{
        int64_t failed, decoyed, groups[LOST_GROUPS] = { 0 };
        GPtrArray *lost;
        if (!count_kept(page, HELD_FAILED, &failed, ret_err) || !count_kept(page, HELD_DECOY, &decoyed, ret_err)
            || !lost_all(page->store, &lost, ret_err))
                return false;
        for (guint i = 0; i < lost->len; i++)
                groups[((struct lost *) lost->pdata[i])->group]++;
        set_number(page->values, "lost", lost->len);
        g_ptr_array_unref(lost);
        set_hand(page, "failed", failed);
        set_hand(page, "typos", groups[LOST_TYPO]);
        set_number(page->values, "probed", groups[LOST_PROBE]);
        set_number(page->values, "spam", groups[LOST_SPAM]);
        set_number(page->values, "decoyed", decoyed);
        return true;
}

/* --- the door ------------------------------------------------------------------------------ */

static void add_events(struct page *page, const struct door_log *door)
{
        int64_t events;
        char *story = door_story(door, page->conf, page->wish->lang, page->wish->since, &events);
        set_some(page, "events", events);
        if (events > 0)
                set(page->values, "door", story);
        else
                g_free(story);
}

/* Of the days (UTC) that the report is about; numbers of a part of a day are not known. */
static bool add_numbers(struct page *page, struct err *ret_err)
{
        static const struct {
                int what;
                const char *name;
        } numbers[] = {
                { PART_SESSIONS, "sessions" }, { PART_MESSAGES, "messages" }, { PART_RECIPIENTS, "tried" }, { PART_RELAY, "relay" },
                { PART_PROBE, "probes" },      { PART_COMMANDS, "refused" },  { DOOR_SLOWED, "slowed" },    { DOOR_DENIED, "denied" },
        };
        GArray *days;
        if (!door_days(page->spool, page->wish->since / DAY, &days, ret_err))
                return false;
        for (size_t n = 0; n < G_N_ELEMENTS(numbers); n++) {
                int64_t sum = 0;
                for (guint i = 0; i < days->len; i++)
                        sum += g_array_index(days, struct door_day, i).counts[numbers[n].what];
                set_number(page->values, numbers[n].name, sum);
        }
        g_array_unref(days);
        return true;
}

/* --- domains ---------------------------------------------------------------------------------- */

static void set_trend(GHashTable *values, const char *name, const char *trend_name, int64_t weeks[MODE_WEEKS][MODE_COUNTS], int what)
{
        int64_t numbers[MODE_WEEKS];
        for (int i = 0; i < MODE_WEEKS; i++)
                numbers[i] = weeks[i][what];
        set(values, trend_name, modes_spark(numbers, MODE_WEEKS));
        set_number(values, name, numbers[MODE_WEEKS - 1]);
}

static void set_tenths(GHashTable *values, const char *name, int64_t tenths)
{
        set(values, name, g_strdup_printf("%" G_GINT64_FORMAT ".%d", (gint64) (tenths / 10), (int) (tenths % 10)));
}

/* When there are whole days of both. */
static void set_comparison(GHashTable *values, const struct modes_facts *facts)
{
        struct mode_average on, off;
        modes_average(facts, true, &on);
        modes_average(facts, false, &off);
        if (on.days == 0 || off.days == 0)
                return;
        set(values, "compared", g_strdup("yes"));
        set_tenths(values, "lost_on", on.tenths[MODE_MISADDRESSED]);
        set_tenths(values, "lost_off", off.tenths[MODE_MISADDRESSED]);
        set_tenths(values, "probes_on", on.tenths[MODE_PROBES]);
        set_tenths(values, "probes_off", off.tenths[MODE_PROBES]);
        set_tenths(values, "spam_on", on.tenths[MODE_SPAM]);
        set_tenths(values, "spam_off", off.tenths[MODE_SPAM]);
}

static char *domain_words(const struct page *page, const struct lookback *lookback)
{
        const struct modes_facts facts = { lookback->switches, lookback->days, page->wish->now };
        const struct domain_switch *last =
                lookback->switches->len ? &g_array_index(lookback->switches, struct domain_switch, lookback->switches->len - 1) : NULL;
        int64_t first, weeks[MODE_WEEKS][MODE_COUNTS];
        GHashTable *values = new_values();
        char *subject, *text;
        modes_weeks(&facts, &first, weeks);
        set(values, "domain", g_strdup(lookback->domain));
        if (!last || last->no_bounce)
                set(values, "on", g_strdup("yes"));
        if (last)
                set(values, "since", moment(page, last->at));
        set_trend(values, "lost", "lost_trend", weeks, MODE_MISADDRESSED);
        set_trend(values, "probes", "probes_trend", weeks, MODE_PROBES);
        set_trend(values, "spam", "spam_trend", weeks, MODE_SPAM);
        set_comparison(values, &facts);
        template_fill(page->conf, NULL, page->wish->lang, "report-domain", values, &subject, &text);
        g_free(subject);
        g_hash_table_unref(values);
        return text;
}

static bool add_domains(struct page *page, struct err *ret_err)
{
        GString *text = g_string_new(NULL);
        bool ok = true;
        for (char **domain = page->conf->domains; ok && *domain; domain++) {
                struct lookback lookback;
                ok = lookback_read(page->store, page->spool, *domain, &lookback, ret_err);
                if (ok) {
                        char *words = domain_words(page, &lookback);
                        g_string_append(text, words);
                        g_free(words);
                }
                lookback_clear(&lookback);
        }
        set(page->values, "domains", g_strchomp(g_string_free(text, FALSE)));
        return ok;
}

/* --- the deny list ------------------------------------------------------------------------------- */

struct denials {
        int64_t now, entries, hits, ends, probation;
};

static void count_denial(const struct deny_entry *entry, void *user)
{
        struct denials *denials = user;
        if (deny_state(entry->until, denials->now) == DENY_GONE)
                return;
        const enum deny_matter matter = deny_matter(entry, denials->now);
        denials->entries++;
        denials->hits += entry->hits;
        denials->ends += matter == DENY_MATTER_ENDS && strcmp(entry->label, "admin") == 0;
        denials->probation += deny_state(entry->until, denials->now) == DENY_ON_PROBATION;
}

static bool add_denials(struct page *page, struct err *ret_err)
{
        struct denials denials = { .now = page->wish->now };
        GPtrArray *lists;
        struct errand errand;
        int64_t trouble = 0;
        if (!deny_each(page->spool, NULL, count_denial, &denials, ret_err) || !deny_lists(page->spool, &lists, ret_err))
                return false;
        for (guint i = 0; i < lists->len; i++)
                trouble += *((struct deny_list *) lists->pdata[i])->error != '\0';
        g_ptr_array_unref(lists);
        if (!errand_get(page->spool, ERRAND_FREEMAIL, &errand, ret_err))
                return false;
        trouble += errand.url && *errand.error;
        errand_clear(&errand);
        set_hand(page, "ends", denials.ends);
        set_hand(page, "trouble", trouble);
        if (page->wish->is_weekly && denials.entries > 0)
                set(page->values, "review", g_strdup("yes"));
        set_number(page->values, "entries", denials.entries);
        set_number(page->values, "hits", denials.hits);
        set_number(page->values, "probation", denials.probation);
        return true;
}

/* --- mailboxes ------------------------------------------------------------------------------------- */

static bool add_mailboxes(struct page *page, struct err *ret_err)
{
        int64_t broken = 0;
        for (size_t i = 0; i < page->conf->pickup_count; i++) {
                struct pickup_state state;
                if (!pickup_get(page->spool, page->conf->pickups[i].name, &state, ret_err))
                        return false;
                broken += *state.error != '\0';
                pickup_clear(&state);
        }
        set_hand(page, "mailboxes", broken);
        return true;
}

/* --- all of it ----------------------------------------------------------------------------------------- */

/* The page is the text itself: who reads it in a browser loses nothing, and there is one text. */
static char *as_html(const struct report *report, int lang)
{
        struct bulletin *bulletin = bulletin_new(report->subject, lang == LANG_JA ? "ja" : "en");
        bulletin_lines(bulletin, report->text);
        char *html = bulletin_as_html(bulletin);
        bulletin_free(bulletin);
        return html;
}

bool report_site(struct store *store, struct spool *spool, const struct conf *conf, const struct door_log *door,
                 const struct report_wish *wish, struct report *ret_report, struct err *ret_err)
{
        struct page page = { store, spool, conf, wish, new_values(), 0 };
        bool ok = add_kept(&page, ret_err) && add_numbers(&page, ret_err) && add_domains(&page, ret_err) && add_denials(&page, ret_err)
                  && add_mailboxes(&page, ret_err);
        if (ok) {
                add_events(&page, door);
                set(page.values, "hostname", g_strdup(conf->hostname));
                set(page.values, "since", moment(&page, wish->since));
                set_some(&page, "hand", page.hand);
                if (wish->is_late)
                        set(page.values, "late", g_strdup("yes"));
                template_fill(conf, NULL, wish->lang, "report-site", page.values, &ret_report->subject, &ret_report->text);
                ret_report->html = as_html(ret_report, wish->lang);
        }
        g_hash_table_unref(page.values);
        return ok;
}
