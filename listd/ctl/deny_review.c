/* deny_review.c - listctl deny review: what of the deny list an admin should look at, and how imported lists do
 * Gives:  ctl_deny_review()
 * Fails:  when the store does
 * Entries of an admin are looked at one by one (policy/deny.c: deny_matter()); of an imported list only the sums, for its keeper looks
 * after it. Those that refuse most are shown whoever says so: what they cost others is asked about them first. */
#include "base/download.h"
#include "ctl/deny.h"
#include "ctl/nouns.h"

enum { DAY = 86400, ROWS_MAX = 50 /* of a matter */, MOST_HIT = 10, STALE_DAYS = 7 };

struct tally { /* of an imported list */
        int64_t entries, hits, idle;
};

struct hit {
        char *network, *label, *reason;
        int64_t until, hits, last_hit;
};

struct review {
        struct ctl *ctl;
        int64_t now;
        GHashTable *tallies; /* label -> struct tally, of imported lists */
        int64_t counts[DENY_MATTERS];
        struct hit most[MOST_HIT]; /* the most hits first */
        size_t most_count;
};

/* --- entries ----------------------------------------------------------------------------------- */

static void put_row(struct review *review, const char *why, const struct hit *hit)
{
        const struct cell cells[] = { TEXT(why),         TEXT(hit->network),  TEXT(hit->label), TIME(hit->until),
                                      NUMBER(hit->hits), TIME(hit->last_hit), TEXT(hit->reason) };
        output_row(review->ctl->output, cells);
}

static void hit_clear(struct hit *hit)
{
        g_free(hit->network);
        g_free(hit->label);
        g_free(hit->reason);
}

/* Into its place among those with the most hits, if it has one. */
static void rank(struct review *review, const struct deny_entry *entry)
{
        size_t place = review->most_count;
        while (place > 0 && review->most[place - 1].hits < entry->hits)
                place--;
        if (place == MOST_HIT || entry->hits == 0)
                return;
        if (review->most_count == MOST_HIT)
                hit_clear(&review->most[--review->most_count]);
        memmove(review->most + place + 1, review->most + place, (review->most_count - place) * sizeof *review->most);
        review->most[place] = (struct hit){ g_strdup(entry->network), g_strdup(entry->label), g_strdup(entry->reason),
                                            entry->until, entry->hits, entry->last_hit };
        review->most_count++;
}

static void look_at(const struct deny_entry *entry, void *user)
{
        struct review *review = user;
        if (deny_state(entry->until, review->now) == DENY_GONE)
                return;
        rank(review, entry);
        struct tally *tally = g_hash_table_lookup(review->tallies, entry->label);
        if (tally) {
                tally->entries++;
                tally->hits += entry->hits;
                tally->idle += entry->hits == 0;
                return;
        }
        const enum deny_matter matter = deny_matter(entry, review->now);
        if (matter == DENY_MATTER_NONE || review->counts[matter]++ >= ROWS_MAX)
                return;
        const struct hit hit = { (char *) entry->network, (char *) entry->label, (char *) entry->reason,
                                 entry->until, entry->hits, entry->last_hit };
        put_row(review, DENY_MATTER_WORDS[matter], &hit);
}

static bool put_entries(struct review *review, struct err *ret_err)
{
        static const struct column columns[] = { { "why" }, { "network" }, { "label" }, { "until" }, { "hits", .is_right = true },
                                                 { "last_hit" }, { "reason", .may_wrap = true } };
        output_table(review->ctl->output, "entries", columns, G_N_ELEMENTS(columns));
        const bool ok = deny_each(review->ctl->spool, NULL, look_at, review, ret_err);
        for (size_t i = 0; i < review->most_count; i++)
                put_row(review, "refuses most", &review->most[i]);
        output_table_end(review->ctl->output);
        return ok;
}

/* --- lists --------------------------------------------------------------------------------------- */

static void put_lists(const struct review *review, const GPtrArray *lists)
{
        static const struct column columns[] = { { "list" }, { "entries", .is_right = true }, { "hits", .is_right = true },
                                                 { "never_hit", .is_right = true }, { "refreshed" }, { "from", .may_wrap = true },
                                                 { "problem", .may_wrap = true } };
        output_table(review->ctl->output, "lists", columns, G_N_ELEMENTS(columns));
        for (guint i = 0; i < lists->len; i++) {
                const struct deny_list *list = lists->pdata[i];
                const struct tally *tally = g_hash_table_lookup(review->tallies, list->label);
                const struct cell cells[] = {
                        TEXT(list->label), NUMBER(tally->entries), NUMBER(tally->hits), NUMBER(tally->idle), TIME(list->fetched),
                        TEXT(*list->url ? list->url : NULL), TEXT(*list->error ? list->error : NULL),
                };
                output_row(review->ctl->output, cells);
        }
        output_table_end(review->ctl->output);
}

/* --- in words -------------------------------------------------------------------------------------- */

/* How many matters there are. */
static int64_t say_entries(const struct review *review)
{
        struct output *output = review->ctl->output;
        int64_t sum = 0;
        static const char *const advice[] = {
                [DENY_MATTER_ENDS] = "ends within a week: 'listctl deny add' again keeps it, else it goes on probation",
                [DENY_MATTER_PROBATION] = "is on probation: let in, and denied again for twice the time at the first fault",
                [DENY_MATTER_IDLE] = "refused nobody for 90 days: it may be time to remove it",
        };
        for (int matter = DENY_MATTER_ENDS; matter < DENY_MATTERS; matter++) {
                const int64_t count = review->counts[matter];
                sum += count;
                if (count > 0)
                        output_say(output, "%" G_GINT64_FORMAT " x %s: %s", count, DENY_MATTER_WORDS[matter], advice[matter]);
                if (count > ROWS_MAX)
                        output_warn(output, "only %d of them are shown", ROWS_MAX);
        }
        return sum;
}

static const char *advice_of(const struct conf *conf, const struct deny_list *list)
{
        if (!download_is_url(list->url))
                return "'listctl deny refresh' in a crontab does so, for what is a file here";
        return conf->refresh > 0 ? "'listctl status' shows whether the role fetch runs" : "[fetch] refresh is off";
}

static guint say_lists(const struct review *review, const GPtrArray *lists)
{
        struct output *output = review->ctl->output;
        guint troubles = 0;
        for (guint i = 0; i < lists->len; i++) {
                const struct deny_list *list = lists->pdata[i];
                const int days = (int) ((review->now - list->fetched) / DAY);
                if (*list->error)
                        output_warn(output, "%s could not be refreshed; the copy of %d days ago is in use: %s", list->label, days,
                                    list->error);
                else if (*list->url && days >= STALE_DAYS)
                        output_warn(output, "%s was not refreshed for %d days: %s", list->label, days, advice_of(review->ctl->conf, list));
                else
                        continue;
                troubles++;
        }
        return troubles;
}

bool ctl_deny_review(struct ctl *ctl, struct err *ret_err)
{
        struct review review = { .ctl = ctl, .now = clock_now() };
        GPtrArray *lists;
        if (!deny_lists(ctl->spool, &lists, ret_err))
                return false;
        review.tallies = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
        for (guint i = 0; i < lists->len; i++)
                g_hash_table_insert(review.tallies, ((struct deny_list *) lists->pdata[i])->label, g_new0(struct tally, 1));
        const bool ok = put_entries(&review, ret_err);
        if (ok) {
                put_lists(&review, lists);
                const int64_t matters = say_entries(&review);
                if (say_lists(&review, lists) == 0 && matters == 0)
                        output_say(ctl->output, "Nothing wants a look.");
        }
        for (size_t i = 0; i < review.most_count; i++)
                hit_clear(&review.most[i]);
        g_hash_table_unref(review.tallies);
        g_ptr_array_unref(lists);
        return ok;
}
