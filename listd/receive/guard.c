/* guard.c - what is known of everybody who came to this door: verdicts, keeping it over restarts, forgetting
 * Gives:  what guard.h lists
 * Fails:  guard_new() when what was counted before cannot be read; a save that fails is logged and tried again */
#include "receive/guard.h"

#include <math.h>

#include "base/log.h"
#include "base/net.h"
#include "receive/denied.h"
#include "receive/dnsbl.h"
#include "receive/visitor.h"
#include "store/blocklist.h"

enum {
        HOUR = 3600,
        DAY = 86400,
        TICK_SECONDS = 1,
        SAVE_SECONDS = 5, /* and at the next tick when a verdict has changed */
        SWEEP_SECONDS = 60,
        SAVED_AT_ONCE_MAX = 2000, /* a commit is not to keep sessions waiting */
        DENIED_MAX = 30 * DAY,
        PROBATION = 30 * DAY
};
static const double WORTH_SAVING = 1; /* points */

int64_t guard_now(void)
{
        return g_get_real_time() / G_USEC_PER_SEC;
}

bool guard_knows(const struct source *source)
{
        return source->good_days >= GOOD_DAYS;
}

/* --- verdicts ------------------------------------------------------------------------- */

static struct weighing weigh(const struct guard *guard, enum repute repute, bool is_siege)
{
        return (struct weighing){ .half_life = guard->conf->forget, .repute = repute, .is_siege = is_siege };
}

static void log_suspicion(const struct source *source, double sum)
{
        char points[16];
        char *why = score_words(&source->score);
        g_snprintf(points, sizeof points, "%.0f", sum);
        log_event(source->suspicion >= SUSPICION_SLOW ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "guard", SOURCE_KIND_WORDS[source->kind],
                  source->name, "is", SUSPICION_WORDS[source->suspicion], "points", points, "seconds",
                  source->suspicion == SUSPICION_DENY ? log_number(source->denied_until - source->suspicion_since) : NULL, "why", why,
                  NULL);
        g_free(why);
}

/* Each denial lasts twice as long as the one before. */
static int64_t denial_seconds(const struct guard *guard, int denials)
{
        return (int64_t) MIN(ldexp(guard->conf->deny_for, denials), (double) DENIED_MAX);
}

static void set_suspicion(struct guard *guard, struct source *source, enum suspicion suspicion, double sum, int64_t now)
{
        if (suspicion == SUSPICION_DENY)
                source->denied_until = now + denial_seconds(guard, source->denials++);
        else if (source->suspicion == SUSPICION_DENY) /* its time is over: it begins anew, on probation */
                memset(source->score.points, 0, sizeof source->score.points);
        source->suspicion = suspicion;
        source->suspicion_since = now;
        source->is_dirty = true;
        guard->saved = 0;
        log_suspicion(source, sum);
}

void guard_decide(struct guard *guard, struct source *source, enum repute repute, int64_t now)
{
        if (source->suspicion == SUSPICION_DENY && now < source->denied_until)
                return;
        const struct weighing weighing = weigh(guard, repute, source->in_siege);
        const double sum = source->suspicion == SUSPICION_DENY ? 0 : score_sum(&source->score, now, &weighing);
        const bool on_probation = source->denials > 0 && now < source->denied_until + PROBATION;
        const enum suspicion suspicion = guard_judge(guard->conf, source->kind, sum, on_probation);
        if (suspicion != source->suspicion)
                set_suspicion(guard, source, suspicion, sum, now);
}

/* --- counting --------------------------------------------------------------------------- */

void guard_count(const struct guard *guard, struct source *source, enum guard_part part, double points, int64_t now)
{
        score_add(&source->score, part, points, now, guard->conf->forget);
        source->is_dirty = true;
        if (guard_is_fault(part))
                source->good_days = 0;
}

/* What cannot be saved now is kept for the next time. */
static void save_day(struct guard *guard)
{
        struct err err = { 0 };
        int64_t sum = 0;
        for (int what = 0; what < DOOR_WHATS_MAX; what++)
                sum += guard->today.counts[what];
        if (sum == 0)
                return;
        if (!door_day_add(guard->spool, &guard->today, &err))
                log_event(LOG_LEVEL_WARN, "guard-not-saved", "reason", err.text, NULL);
        else
                memset(guard->today.counts, 0, sizeof guard->today.counts);
}

/* A day that has ended is saved before the next begins. */
void guard_count_at_door(struct guard *guard, int what, int64_t now)
{
        if (guard->today.day != now / DAY) {
                save_day(guard);
                guard->today.day = now / DAY;
        }
        guard->today.counts[what]++;
}

/* --- kept over restarts --------------------------------------------------------------------- */

static struct source_row *row_of(const struct source *source)
{
        struct source_row *row = g_new0(struct source_row, 1);
        *row = (struct source_row){
                .kind = (int) source->kind, .name = g_strdup(source->name), .since = source->since, .last = source->last,
                .at = source->score.at, .good_days = source->good_days, .good_day = source->good_day, .suspicion = (int) source->suspicion,
                .suspected = source->suspicion_since, .denied_until = source->denied_until, .denials = source->denials,
                .offences = source->offences,
        };
        for (int part = 1; part < GUARD_PARTS; part++)
                if (source->score.counts[part] > 0)
                        row->parts[row->part_count++] = (struct source_part){
                                part, (int64_t) llround(source->score.points[part] * 1000), source->score.counts[part]
                        };
        return row;
}

static bool is_worth_saving(const struct guard *guard, const struct source *source)
{
        const struct weighing weighing = weigh(guard, REPUTE_NEW, false);
        return source->good_days > 0 || source->denials > 0
               || score_sum(&source->score, source->score.at, &weighing) >= WORTH_SAVING;
}

struct saving {
        const struct guard *guard;
        GPtrArray *rows;
};

static void collect_dirty(struct source *source, void *user)
{
        struct saving *saving = user;
        if (!source->is_dirty || saving->rows->len >= SAVED_AT_ONCE_MAX)
                return;
        source->is_dirty = false;
        if (is_worth_saving(saving->guard, source))
                g_ptr_array_add(saving->rows, row_of(source));
}

static void row_free(void *row)
{
        source_row_free(row);
}

static void save(struct guard *guard)
{
        struct err err = { 0 };
        save_day(guard);
        struct saving saving = { guard, g_ptr_array_new_with_free_func(row_free) };
        sources_each(guard->sources, collect_dirty, &saving);
        if (saving.rows->len > 0 && !source_save(guard->spool, saving.rows, &err))
                log_event(LOG_LEVEL_WARN, "guard-not-saved", "reason", err.text, NULL);
        g_ptr_array_unref(saving.rows);
}

static void take_row(struct guard *guard, const struct source_row *row)
{
        if (row->kind < SOURCE_CLIENT || row->kind >= SOURCE_KINDS)
                return;
        struct source *source = sources_get(guard->sources, (enum source_kind) row->kind, row->name, row->last);
        source->since = row->since;
        source->score.at = row->at;
        source->good_days = (int) row->good_days;
        source->good_day = row->good_day;
        if (row->suspicion > SUSPICION_FREE && row->suspicion < SUSPICIONS)
                source->suspicion = (enum suspicion) row->suspicion;
        source->suspicion_since = row->suspected;
        source->denied_until = row->denied_until;
        source->denials = (int) row->denials;
        source->offences = (int) row->offences;
        for (size_t i = 0; i < row->part_count; i++)
                if (row->parts[i].part > 0 && row->parts[i].part < GUARD_PARTS) {
                        source->score.points[row->parts[i].part] = (float) row->parts[i].thousandths / 1000;
                        source->score.counts[row->parts[i].part] = (uint32_t) row->parts[i].count;
                }
}

/* The oldest first, so that the latest are at the head. */
static bool load(struct guard *guard, struct err *ret_err)
{
        GPtrArray *rows, *notes;
        if (!source_load(guard->spool, SOURCES_MAX, &rows, ret_err))
                return false;
        for (guint i = rows->len; i-- > 0;)
                take_row(guard, rows->pdata[i]);
        g_ptr_array_unref(rows);
        if (!source_forgiven(guard->spool, &guard->forgiven, &notes, ret_err)) /* those before are in what was loaded */
                return false;
        g_ptr_array_unref(notes);
        return true;
}

/* --- the timer ---------------------------------------------------------------------------- */

struct pardon {
        struct guard *guard;
        const char *text;
        struct network network;
        bool is_network; /* else `text` is a domain */
};

static void pardon_one(struct source *source, void *user)
{
        const struct pardon *pardon = user;
        struct network network;
        struct err err = { 0 };
        const bool is_client = source->kind == SOURCE_CLIENT || source->kind == SOURCE_NETWORK;
        const bool is_meant = is_client ? pardon->is_network && network_parse(&network, source->name, &err)
                                                  && network_has(&pardon->network, &network)
                                        : strcmp(source->name, pardon->text) == 0;
        if (is_meant)
                sources_forget(pardon->guard->sources, source);
}

static void forgive(struct guard *guard)
{
        struct err err = { 0 };
        GPtrArray *notes;
        if (!source_forgiven(guard->spool, &guard->forgiven, &notes, &err)) {
                log_event(LOG_LEVEL_WARN, "guard-not-read", "reason", err.text, NULL);
                return;
        }
        for (guint i = 0; i < notes->len; i++) {
                struct pardon pardon = { .guard = guard, .text = notes->pdata[i] };
                pardon.is_network = network_parse(&pardon.network, pardon.text, &err);
                sources_each(guard->sources, pardon_one, &pardon);
                log_event(LOG_LEVEL_INFO, "forgiven", "who", pardon.text, NULL);
        }
        g_ptr_array_unref(notes);
}

/* Verdicts that have faded are told, and who has nothing left is forgotten. */
static void sweep_one(struct source *source, void *user)
{
        struct guard *guard = user;
        const int64_t now = guard_now();
        if (source->suspicion != SUSPICION_FREE)
                guard_decide(guard, source, guard_knows(source) ? REPUTE_KNOWN : REPUTE_NEW, now);
        if (source->last < now - HOUR && source->suspicion == SUSPICION_FREE && !source->is_dirty && !is_worth_saving(guard, source))
                sources_forget(guard->sources, source);
}

static void on_tick(evutil_socket_t fd, short what, void *user)
{
        struct guard *guard = user;
        const int64_t now = guard_now();
        struct err err = { 0 };
        forgive(guard);
        if (now - guard->saved >= SAVE_SECONDS) {
                guard->saved = now;
                save(guard);
        }
        if (now - guard->swept >= SWEEP_SECONDS) {
                guard->swept = now;
                sources_each(guard->sources, sweep_one, guard);
        }
        if (now - guard->expired >= HOUR) {
                guard->expired = now;
                if (!source_expire(guard->spool, now, &err))
                        log_event(LOG_LEVEL_WARN, "guard-not-saved", "reason", err.text, NULL);
        }
}

/* --- blocklists -------------------------------------------------------------------------------- */

/* A blocklist is asked, or is not any more: for `listctl guard status`. */
static void on_turned(void *user, const char *zone, const char *why_not)
{
        const struct guard *guard = user;
        const struct blocklist_row row = { (char *) zone, (char *) (why_not ? why_not : ""), guard_now() };
        struct err err = { 0 };
        if (!blocklist_set(guard->spool, &row, &err))
                log_event(LOG_LEVEL_WARN, "guard-not-saved", "reason", err.text, NULL);
}

/* The answer of a blocklist, perhaps after the session. */
static void on_listed(void *user, const char *ip)
{
        struct visitor *visitor = visitor_new(user, ip);
        if (visitor)
                visitor_note(visitor, PART_DNSBL, 0);
        visitor_free(visitor);
}

/* --- life ------------------------------------------------------------------------------------ */

bool guard_new(struct guard **ret_guard, struct event_base *base, const struct conf *conf, struct spool *spool, struct err *ret_err)
{
        static const struct timeval tick = { .tv_sec = TICK_SECONDS };
        struct guard *guard = g_new0(struct guard, 1);
        const struct dnsbl_owner owner = { on_listed, on_turned, guard };
        *ret_guard = guard;
        guard->conf = conf;
        guard->spool = spool;
        guard->sources = sources_new();
        guard->timer = event_new(base, -1, EV_PERSIST, on_tick, guard);
        if (!load(guard, ret_err) || !denied_new(&guard->denied, base, spool, ret_err) || !blocklist_clear(spool, ret_err)
            || (*conf->dnsbl && !dnsbl_new(&guard->dnsbl, base, conf, &owner, ret_err)))
                return false;
        event_add(guard->timer, &tick);
        return true;
}

void guard_stop(struct guard *guard)
{
        event_del(guard->timer);
        denied_stop(guard->denied);
        g_clear_pointer(&guard->dnsbl, dnsbl_free);
}

void guard_free(struct guard *guard)
{
        if (!guard)
                return;
        save(guard);
        denied_free(guard->denied);
        dnsbl_free(guard->dnsbl);
        event_free(guard->timer);
        sources_free(guard->sources);
        g_free(guard);
}
