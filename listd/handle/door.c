/* door.c - what happened at the door, in words
 * Gives:  what door.h lists
 * Fails:  never */
#include "handle/door.h"

#include "mail/template.h"
#include "store/domain.h"
#include "store/list.h"

enum { SOURCES_READ_MAX = 20000, EVENTS_TOLD_MAX = 20 };

const char *const DOOR_EVENT_WORDS[] = { "", "relay", "harvest", "fault" };

struct score door_score(const struct source_row *row)
{
        struct score score = { .at = row->at };
        for (size_t i = 0; i < row->part_count; i++)
                if (row->parts[i].part > 0 && row->parts[i].part < GUARD_PARTS) {
                        score.points[row->parts[i].part] = (float) row->parts[i].thousandths / 1000;
                        score.counts[row->parts[i].part] = (uint32_t) row->parts[i].count;
                }
        return score;
}

static bool was_stopped(const struct source_row *row)
{
        return row->denials > 0 || row->suspicion >= SUSPICION_SLOW;
}

/* One attempt to relay is an accident as often as a test; what was slowed for it, or comes with a known mark, is none. */
enum door_event door_event_of(const struct conf *conf, const struct source_row *row)
{
        const struct score score = door_score(row);
        if (row->kind != SOURCE_NETWORK)
                return EVENT_NONE;
        if (score.counts[PART_PROBE] > 0 || score.counts[PART_DECOY] > 0 || score.counts[PART_RELAY] > 1)
                return EVENT_RELAY;
        if (!was_stopped(row) && score.counts[PART_RECIPIENTS] < (uint32_t) conf->slow)
                return EVENT_NONE;
        if (score.counts[PART_RECIPIENTS] > score.counts[PART_MESSAGES] && score.counts[PART_RECIPIENTS] >= score.counts[PART_COMMANDS])
                return EVENT_HARVEST;
        return was_stopped(row) ? EVENT_FAULT : EVENT_NONE;
}

char *door_nth(int64_t times, int lang)
{
        static const char *const endings[] = { "th", "st", "nd", "rd" };
        const int64_t teens = times % 100;
        if (lang == LANG_JA)
                return g_strdup_printf("%" G_GINT64_FORMAT, (gint64) times);
        return g_strdup_printf("%" G_GINT64_FORMAT "%s", (gint64) times,
                               times % 10 <= 3 && (teens < 11 || teens > 13) ? endings[times % 10] : endings[0]);
}

static uint32_t attempts(const struct score *score, enum door_event event)
{
        return event == EVENT_HARVEST ? score->counts[PART_RECIPIENTS]
                                      : score->counts[PART_RELAY] + score->counts[PART_PROBE] + score->counts[PART_DECOY];
}

char *door_time(const struct conf *conf, int64_t at, const char *format)
{
        GTimeZone *zone = g_time_zone_new_identifier(conf->timezone);
        GDateTime *utc = g_date_time_new_from_unix_utc(at);
        GDateTime *local = zone ? g_date_time_to_timezone(utc, zone) : g_date_time_ref(utc);
        char *text = g_date_time_format(local, format);
        g_date_time_unref(local);
        g_date_time_unref(utc);
        if (zone)
                g_time_zone_unref(zone);
        return text;
}

/* Takes the value; NULL: there is none. */
static void set_value(GHashTable *values, const char *name, char *value)
{
        if (value)
                g_hash_table_insert(values, (void *) name, value);
}

char *door_tell(const struct conf *conf, int lang, const struct source_row *row, enum door_event event, bool is_told)
{
        static const char *const templates[] = {
                [EVENT_RELAY] = "door-relay", [EVENT_HARVEST] = "door-harvest", [EVENT_FAULT] = "door-fault"
        };
        const struct score score = door_score(row);
        GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
        char *subject, *text;
        set_value(values, "network", g_strdup(row->name));
        set_value(values, "nth", row->offences > 1 ? door_nth(row->offences, lang) : NULL);
        set_value(values, "attempts", g_strdup_printf("%u", attempts(&score, event)));
        set_value(values, "last", door_time(conf, row->last, "%Y-%m-%d"));
        set_value(values, "denied", row->denials > 0 ? g_strdup("yes") : NULL);
        set_value(values, "told", is_told ? g_strdup("yes") : NULL);
        set_value(values, "why", score_words(&score));
        template_fill(conf, NULL, lang, templates[event], values, &subject, &text);
        g_hash_table_unref(values);
        g_free(subject);
        return g_strchomp(text);
}

/* --- all of them -------------------------------------------------------------------------------------- */

bool door_read(struct store *store, struct spool *spool, struct door_log *ret_log, struct err *ret_err)
{
        GPtrArray *open;
        *ret_log = (struct door_log){ 0 };
        if (!domain_open(store, &open, ret_err))
                return false;
        ret_log->is_told = open->len > 0;
        g_ptr_array_unref(open);
        return source_load(spool, SOURCES_READ_MAX, &ret_log->rows, ret_err);
}

void door_clear(struct door_log *log)
{
        g_clear_pointer(&log->rows, g_ptr_array_unref);
}

char *door_story(const struct door_log *log, const struct conf *conf, int lang, int64_t since, int64_t *ret_events)
{
        GString *text = g_string_new(NULL);
        *ret_events = 0;
        for (guint i = 0; log->rows && i < log->rows->len; i++) {
                const struct source_row *row = log->rows->pdata[i];
                const enum door_event event = row->last >= since ? door_event_of(conf, row) : EVENT_NONE;
                if (event == EVENT_NONE || ++*ret_events > EVENTS_TOLD_MAX)
                        continue;
                char *paragraph = door_tell(conf, lang, row, event, log->is_told);
                g_string_append_printf(text, "%s%s", text->len ? "\n\n" : "", paragraph);
                g_free(paragraph);
        }
        if (*ret_events > EVENTS_TOLD_MAX)
                g_string_append_printf(text, "\n\n+ %" G_GINT64_FORMAT ": listctl guard report", (gint64) (*ret_events - EVENTS_TOLD_MAX));
        return g_string_free(text, FALSE);
}
