/* guard.c - listctl guard: who is slowed or refused at the door, what happened there, and forgiving
 * Gives:  ctl_guard_status(), ctl_guard_report(), ctl_guard_forgive(), guard_forgive()
 * Fails:  ERR_USAGE for what is neither an IP address, a network nor a domain
 * What is shown was written by `receive` (store/source.h), a few seconds ago at most. */
#include <math.h>

#include "base/domain.h"
#include "base/net.h"
#include "ctl/dnsbl.h"
#include "ctl/guard.h"
#include "ctl/nouns.h"
#include "handle/door.h"
#include "policy/guard.h"
#include "store/deny.h"
#include "store/domain.h"
#include "store/source.h"

enum { SHOWN_MAX = 100000, DAY = 86400, REPORT_WEEKS = 12, EVENT_DAYS = 30 };

/* Opens the spool and reads all that was counted; the caller closes and unrefs. */
static bool read_sources(const struct ctl *ctl, struct spool **ret_spool, GPtrArray **ret_rows, struct err *ret_err)
{
        if (!spool_open(ret_spool, ctl->conf->data, false, ret_err))
                return false;
        if (source_load(*ret_spool, SHOWN_MAX, ret_rows, ret_err))
                return true;
        spool_close(*ret_spool);
        return false;
}

static bool is_suspect(const struct source_row *row, int64_t now)
{
        return row->suspicion > SUSPICION_FREE && row->suspicion < SUSPICIONS
               && (row->suspicion != SUSPICION_DENY || now < row->denied_until);
}

/* When it will be free of what it is now; of fading points the time at which they are few enough, if nothing is added. */
static int64_t until(const struct conf *conf, const struct source_row *row, double sum, int64_t now)
{
        if (row->suspicion == SUSPICION_DENY)
                return row->denied_until;
        const double threshold = guard_threshold(conf, (enum source_kind) row->kind, (enum suspicion) row->suspicion);
        return sum > threshold ? now + (int64_t) ceil(log2(sum / threshold) * conf->forget) : now;
}

static void put_source(struct ctl *ctl, const struct source_row *row, int64_t now)
{
        const struct score score = door_score(row);
        const struct weighing weighing = { .half_life = ctl->conf->forget };
        const double sum = score_sum(&score, now, &weighing);
        char *why = score_words(&score);
        const struct cell cells[] = {
                TEXT(row->name), TEXT(SOURCE_KIND_WORDS[row->kind]), TEXT(SUSPICION_WORDS[row->suspicion]), NUMBER(llround(sum)),
                TIME(row->suspected), TIME(until(ctl->conf, row, sum, now)), NUMBER(row->denials), TEXT(why),
        };
        output_row(ctl->output, cells);
        g_free(why);
}

/* In plain words, for whoever has not read the manual. */
static void say_what_it_means(struct ctl *ctl, const guint counts[SUSPICIONS], const GString *sieges)
{
        if (counts[SUSPICION_SLOW] + counts[SUSPICION_DENY] == 0)
                output_say(ctl->output, "Nobody is slowed or denied. Nothing needs doing.");
        else
                output_say(ctl->output,
                           "Slowed: each answer takes %d s. Denied: refused with 554, but for postmaster and abuse. Both end by"
                           " themselves; 'listctl guard forgive WHO' ends them now.",
                           ctl->conf->tarpit);
        if (sieges->len > 0)
                output_say(ctl->output, "Very many addresses are tried at: %s. Until that ends, each stranger may try a few only.",
                           sieges->str);
}

/* Who is refused whatever they do. */
static bool put_deny_list(struct ctl *ctl, struct spool *spool, struct err *ret_err)
{
        int64_t count = 0;
        if (!deny_count(spool, NULL, &count, ret_err))
                return false;
        output_fact(ctl->output, "deny_list", NUMBER(count));
        if (count > 0)
                output_say(ctl->output, "The deny list has %" G_GINT64_FORMAT " entries besides: 'listctl deny ls' shows them.", count);
        return true;
}

bool ctl_guard_status(struct ctl *ctl, struct err *ret_err)
{
        static const struct column columns[] = { { "who" }, { "kind" }, { "is" }, { "points", .is_right = true }, { "since" }, { "until" },
                                                 { "denials", .is_right = true }, { "why", .may_wrap = true } };
        struct spool *spool;
        GPtrArray *rows;
        guint counts[SUSPICIONS] = { 0 };
        const int64_t now = clock_now();
        if (!read_sources(ctl, &spool, &rows, ret_err))
                return false;
        GString *sieges = g_string_new(NULL);
        output_table(ctl->output, "suspects", columns, G_N_ELEMENTS(columns));
        for (guint i = 0; i < rows->len; i++) {
                const struct source_row *row = rows->pdata[i];
                if (row->kind < SOURCE_CLIENT || row->kind >= SOURCE_KINDS || !is_suspect(row, now))
                        continue;
                put_source(ctl, row, now);
                if (row->kind == SOURCE_DOMAIN && row->suspicion >= SUSPICION_SLOW)
                        g_string_append_printf(sieges, "%s%s", sieges->len ? ", " : "", row->name);
                else
                        counts[row->suspicion]++;
        }
        output_table_end(ctl->output);
        const bool ok = ctl_put_blocklists(ctl, spool, ret_err);
        output_fact(ctl->output, "known", NUMBER(rows->len));
        output_fact(ctl->output, "slowed", NUMBER(counts[SUSPICION_SLOW]));
        output_fact(ctl->output, "denied", NUMBER(counts[SUSPICION_DENY]));
        say_what_it_means(ctl, counts, sieges);
        const bool all_ok = ok && put_deny_list(ctl, spool, ret_err);
        g_string_free(sieges, TRUE);
        g_ptr_array_unref(rows);
        spool_close(spool);
        return all_ok;
}

/* --- what happened ------------------------------------------------------------------------------- */

static const int WEEK_COLUMNS[] = { PART_SESSIONS, PART_MESSAGES, PART_RECIPIENTS, PART_COMMANDS,   PART_RELAY,
                                    PART_PROBE,    DOOR_SLOWED,   DOOR_DENIED,     DOOR_TURNED_AWAY };

static void put_week(struct ctl *ctl, int64_t monday, const int64_t counts[DOOR_WHATS_MAX])
{
        struct cell cells[1 + G_N_ELEMENTS(WEEK_COLUMNS)] = { TIME(monday * DAY) };
        GDateTime *time = g_date_time_new_from_unix_utc(monday * DAY);
        char *text = g_date_time_format(time, "%Y-%m-%d");
        cells[0] = TEXT(text);
        for (size_t i = 0; i < G_N_ELEMENTS(WEEK_COLUMNS); i++)
                cells[i + 1] = NUMBER(counts[WEEK_COLUMNS[i]]);
        output_row(ctl->output, cells);
        g_free(text);
        g_date_time_unref(time);
}

/* Day 0 was a Thursday. */
static int64_t monday_before(int64_t day)
{
        return day - (day + 3) % 7;
}

/* Twelve weeks, those in which nothing happened too. */
static void put_weeks(struct ctl *ctl, const GArray *days, int64_t first)
{
        struct column columns[1 + G_N_ELEMENTS(WEEK_COLUMNS)] = { { "week" } };
        guint next = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(WEEK_COLUMNS); i++)
                columns[i + 1] = (struct column){ DOOR_COUNT_WORDS[WEEK_COLUMNS[i]], .is_right = true };
        output_table(ctl->output, "weeks", columns, G_N_ELEMENTS(columns));
        for (int64_t week = 0; week < REPORT_WEEKS; week++) {
                int64_t counts[DOOR_WHATS_MAX] = { 0 };
                for (; next < days->len && g_array_index(days, struct door_day, next).day < first + (week + 1) * 7; next++)
                        for (size_t what = 0; what < DOOR_WHATS_MAX; what++)
                                counts[what] += g_array_index(days, struct door_day, next).counts[what];
                put_week(ctl, first + week * 7, counts);
        }
        output_table_end(ctl->output);
}

static bool put_events(struct ctl *ctl, const GPtrArray *rows, struct err *ret_err)
{
        static const struct column columns[] = { { "network" }, { "event" }, { "times", .is_right = true }, { "last" },
                                                 { "told", .may_wrap = true } };
        const char *lang_word = ctl->line->options[OPTION_LANG];
        const int lang = g_strcmp0(lang_word, "ja") == 0 ? LANG_JA : LANG_EN;
        const int64_t now = clock_now();
        GPtrArray *open;
        if (!domain_open(ctl->store, &open, ret_err))
                return false;
        const bool is_told = open->len > 0;
        g_ptr_array_unref(open);
        output_table(ctl->output, "events", columns, G_N_ELEMENTS(columns));
        for (guint i = 0; i < rows->len; i++) {
                const struct source_row *row = rows->pdata[i];
                const enum door_event event = door_event_of(ctl->conf, row);
                if (event == EVENT_NONE || row->last < now - EVENT_DAYS * DAY)
                        continue;
                char *text = door_tell(ctl->conf, lang, row, event, is_told);
                const struct cell cells[] = { TEXT(row->name), TEXT(DOOR_EVENT_WORDS[event]), NUMBER(row->offences), TIME(row->last),
                                              TEXT(g_strdelimit(text, "\n", ' ')) };
                output_row(ctl->output, cells);
                g_free(text);
        }
        output_table_end(ctl->output);
        return true;
}

bool ctl_guard_report(struct ctl *ctl, struct err *ret_err)
{
        struct spool *spool;
        GPtrArray *rows;
        GArray *days;
        const int64_t first = monday_before(clock_now() / DAY) - 7 * (REPORT_WEEKS - 1);
        if (!read_sources(ctl, &spool, &rows, ret_err))
                return false;
        bool ok = door_days(spool, first, &days, ret_err);
        if (ok) {
                put_weeks(ctl, days, first);
                g_array_unref(days);
                ok = put_events(ctl, rows, ret_err);
        }
        g_ptr_array_unref(rows);
        spool_close(spool);
        return ok;
}

/* --- forgiving ------------------------------------------------------------------------------------ */

struct pardon {
        char *text; /* a network, or a domain */
        struct network network;
        bool is_network;
        GPtrArray *names; /* whom it is about: borrowed, NULL at the end */
        GPtrArray *around; /* larger networks that are slowed or denied still */
};

static bool read_pardon(struct pardon *ret_pardon, const char *word, struct err *ret_err)
{
        struct err err = { 0 };
        *ret_pardon = (struct pardon){ .names = g_ptr_array_new(), .around = g_ptr_array_new() };
        ret_pardon->is_network = network_parse(&ret_pardon->network, word, &err);
        if (ret_pardon->is_network || strcmp(word, "<>") == 0)
                ret_pardon->text = g_strdup(word);
        else
                ret_pardon->text = domain_to_ascii(word);
        return ret_pardon->text
               || err_set(ret_err, ERR_USAGE,
                          "'%s' is no IP address, network (192.0.2.0/24) or domain: 'listctl guard status' shows who there is", word);
}

static void pardon_clear(struct pardon *pardon)
{
        g_free(pardon->text);
        g_ptr_array_unref(pardon->names);
        g_ptr_array_unref(pardon->around);
}

static void sort_out(struct pardon *pardon, const struct source_row *row, int64_t now)
{
        struct network network;
        struct err err = { 0 };
        if (row->kind != SOURCE_CLIENT && row->kind != SOURCE_NETWORK) {
                if (strcmp(row->name, pardon->text) == 0)
                        g_ptr_array_add(pardon->names, row->name);
                return;
        }
        if (!pardon->is_network || !network_parse(&network, row->name, &err))
                return;
        if (network_has(&pardon->network, &network))
                g_ptr_array_add(pardon->names, row->name);
        else if (network_has(&network, &pardon->network) && is_suspect(row, now) && row->suspicion >= SUSPICION_SLOW)
                g_ptr_array_add(pardon->around, row->name);
}

static void put_pardon(const struct ctl *ctl, const struct pardon *pardon)
{
        const guint forgiven = pardon->names->len - 1; /* without the NULL */
        output_fact(ctl->output, "forgiven", TEXT(pardon->text));
        output_fact(ctl->output, "count", NUMBER(forgiven));
        if (forgiven > 0)
                output_say(ctl->output, "%s: what was counted is forgotten; a running server follows within seconds", pardon->text);
        else
                output_say(ctl->output, "%s: nothing is held against it", pardon->text);
        for (guint i = 0; i < pardon->around->len; i++)
                output_warn(ctl->output, "%s, which it is in, is slowed or denied as well: 'listctl guard forgive %s'",
                            (const char *) pardon->around->pdata[i], (const char *) pardon->around->pdata[i]);
}

bool guard_forgive(const struct ctl *ctl, const char *who, void (*tell)(const struct ctl *ctl, const struct pardon *pardon),
                   struct err *ret_err)
{
        struct spool *spool;
        GPtrArray *rows;
        struct pardon pardon;
        const int64_t now = clock_now();
        bool ok = read_pardon(&pardon, who, ret_err) && read_sources(ctl, &spool, &rows, ret_err);
        if (ok) {
                for (guint i = 0; i < rows->len; i++)
                        sort_out(&pardon, rows->pdata[i], now);
                g_ptr_array_add(pardon.names, NULL);
                ok = source_forgive(spool, pardon.text, (const char *const *) pardon.names->pdata, now, ret_err);
                if (ok && tell)
                        tell(ctl, &pardon);
                g_ptr_array_unref(rows);
                spool_close(spool);
        }
        pardon_clear(&pardon);
        return ok;
}

bool ctl_guard_forgive(struct ctl *ctl, struct err *ret_err)
{
        return guard_forgive(ctl, ctl->line->args[0], put_pardon, ret_err);
}
