/* guard.c - counts what each client does, and says who waits and who is refused
 * Gives:  what guard.h lists
 * Fails:  guard_new() when what was counted before cannot be read; a save that fails is logged and tried again
 * What a client gets depends on the client, its network, the domain that it sends from and the domain that it sends to, and on what was
 * tried. A try counts whether the address exists or not: else the count itself would tell (requirement D2). */
#include "receive/guard.h"

#include <math.h>

#include "base/log.h"
#include "base/net.h"
#include "base/ticket.h"
#include "receive/dnsbl.h"
#include "receive/sources.h"
#include "store/blocklist.h"

enum {
        V4_CLIENT = 32,
        V6_CLIENT = 64,
        V4_NETWORK = 24,
        V6_NETWORK = 48,
        MINUTE = 60,
        HOUR = 3600,
        DAY = 86400,
        TICK_SECONDS = 1,
        SAVE_SECONDS = 5, /* and at the next tick when a suspicion has changed */
        SWEEP_SECONDS = 60,
        SAVED_AT_ONCE_MAX = 2000, /* a commit is not to keep sessions waiting */
        DENIED_MAX = 30 * DAY,
        PROBATION = 30 * DAY,
        RESERVED_SHARE = 4, /* at most a quarter of the sessions is kept for whom we know */
        SLOW_SHARE = 4 /* at most a quarter of the sessions is answered slowly */
};
static const double WORTH_SAVING = 1; /* points */

struct guard {
        const struct conf *conf;
        struct spool *spool;
        struct sources *sources;
        struct dnsbl *dnsbl; /* NULL: no lists */
        struct event *timer;
        int64_t forgiven; /* the last note that was read */
        int64_t saved, swept, expired;
        unsigned paused;
};

struct visitor {
        struct guard *guard;
        char *ip;
        struct source *client, *network;
        bool is_listed; /* [guard] good_networks */
        bool is_open, is_paused;
};

static int64_t now_seconds(void)
{
        return g_get_real_time() / G_USEC_PER_SEC;
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

static void decide(struct guard *guard, struct source *source, enum repute repute, int64_t now)
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

/* --- visitors -------------------------------------------------------------------------- */

static bool is_known(const struct source *source)
{
        return source->good_days >= GOOD_DAYS;
}

static enum repute repute_of(const struct visitor *visitor)
{
        if (visitor->is_listed)
                return REPUTE_GOOD;
        return is_known(visitor->client) || is_known(visitor->network) ? REPUTE_KNOWN : REPUTE_NEW;
}

static struct source *hold(struct guard *guard, enum source_kind kind, char *name, int64_t now)
{
        struct source *source = sources_get(guard->sources, kind, name, now);
        source->users++;
        g_free(name);
        return source;
}

struct visitor *visitor_new(struct guard *guard, const char *ip)
{
        char *client = network_around(ip, V4_CLIENT, V6_CLIENT);
        if (!client)
                return NULL;
        const int64_t now = now_seconds();
        struct visitor *visitor = g_new0(struct visitor, 1);
        visitor->guard = guard;
        visitor->ip = g_strdup(ip);
        visitor->client = hold(guard, SOURCE_CLIENT, client, now);
        visitor->network = hold(guard, SOURCE_NETWORK, network_around(ip, V4_NETWORK, V6_NETWORK), now);
        visitor->is_listed = network_list_has(guard->conf->good_networks, ip);
        return visitor;
}

void visitor_free(struct visitor *visitor)
{
        if (!visitor)
                return;
        visitor_resumed(visitor);
        visitor->client->users--;
        visitor->network->users--;
        visitor->client->sessions -= visitor->is_open;
        visitor->network->sessions -= visitor->is_open;
        g_free(visitor->ip);
        g_free(visitor);
}

void visitor_resumed(struct visitor *visitor)
{
        visitor->guard->paused -= visitor->is_paused;
        visitor->is_paused = false;
}

/* Counts a part of a source, without a decision. */
static void count(const struct guard *guard, struct source *source, enum guard_part part, double points, int64_t now)
{
        score_add(&source->score, part, points, now, guard->conf->forget);
        source->is_dirty = true;
        if (guard_is_fault(part))
                source->good_days = 0;
}

static void decide_both(const struct visitor *visitor, int64_t now)
{
        const enum repute repute = repute_of(visitor);
        decide(visitor->guard, visitor->client, repute, now);
        decide(visitor->guard, visitor->network, repute, now);
}

void visitor_note(struct visitor *visitor, enum guard_part part, double points)
{
        const int64_t now = now_seconds();
        count(visitor->guard, visitor->client, part, points, now);
        count(visitor->guard, visitor->network, part, points, now);
        decide_both(visitor, now);
}

static enum suspicion suspicion_of(const struct visitor *visitor)
{
        return MAX(visitor->client->suspicion, visitor->network->suspicion);
}

static bool is_denied(const struct visitor *visitor)
{
        return suspicion_of(visitor) == SUSPICION_DENY;
}

enum suspicion visitor_suspicion(struct visitor *visitor)
{
        decide_both(visitor, now_seconds());
        return suspicion_of(visitor);
}

static bool is_over(struct source *source, struct window *window, int seconds, int most, int64_t now)
{
        return window_add(window, now, seconds) > most;
}

const char *visitor_enter(struct visitor *visitor, unsigned open)
{
        const struct conf *conf = visitor->guard->conf;
        struct source *client = visitor->client, *network = visitor->network;
        const int64_t now = now_seconds();
        const bool is_over_client = is_over(client, &client->connections, MINUTE, conf->client_connections, now);
        const bool is_over_network = is_over(network, &network->connections, MINUTE, conf->network_connections, now);
        if (client->sessions >= conf->client_sessions)
                return "client";
        if (network->sessions >= conf->network_sessions)
                return "network";
        if (is_over_client || is_over_network) {
                visitor_note(visitor, PART_RATE, 0);
                return "rate";
        }
        const int reserved = MIN(conf->reserved_sessions, conf->max_sessions / RESERVED_SHARE);
        if ((int) open + reserved >= conf->max_sessions && repute_of(visitor) == REPUTE_NEW)
                return "reserve";
        client->sessions++;
        network->sessions++;
        visitor->is_open = true;
        if (!visitor->is_listed && !is_denied(visitor))
                dnsbl_look(visitor->guard->dnsbl, visitor->ip);
        return NULL;
}

/* A blocklist is asked, or is not any more: for `listctl guard status`. */
static void on_turned(void *user, const char *zone, const char *why_not)
{
        const struct guard *guard = user;
        const struct blocklist_row row = { (char *) zone, (char *) (why_not ? why_not : ""), now_seconds() };
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

bool visitor_may_mail(struct visitor *visitor)
{
        const struct conf *conf = visitor->guard->conf;
        struct source *client = visitor->client, *network = visitor->network;
        const int64_t now = now_seconds();
        const bool is_over_client = is_over(client, &client->messages, HOUR, conf->client_messages, now);
        const bool is_over_network = is_over(network, &network->messages, HOUR, conf->network_messages, now);
        if (is_over_client || is_over_network)
                visitor_note(visitor, PART_RATE, 0);
        return !is_over_client && !is_over_network;
}

/* --- a recipient is tried ------------------------------------------------------------------ */

/* A recipient as it is counted. What bears a ticket is one address, whatever the ticket: the reports that a relay brings back are
 * many, each to its own. The caller frees. */
static char *counted_as(const char *recipient)
{
        const char *at = strrchr(recipient, '@');
        const char *plus = at ? memchr(recipient, '+', (size_t) (at - recipient)) : NULL;
        if (!plus || !ticket_has_form(plus + 1, (size_t) (at - plus - 1)))
                return g_strdup(recipient);
        return g_strdup_printf("%.*s%s", (int) (plus - recipient), recipient, at);
}

static const char *domain_of(const char *address, const char *none)
{
        const char *at = strrchr(address, '@');
        return at ? at + 1 : none;
}

static void count_try(const struct visitor *visitor, struct source *source, const char *recipient, int64_t now)
{
        if (source_is_first_try(visitor->guard->sources, source, recipient, now))
                count(visitor->guard, source, PART_RECIPIENTS, 0, now);
}

/* A source of all who send from, or to, a domain: whom we know is not counted there. */
static enum suspicion count_domain(struct visitor *visitor, enum source_kind kind, const char *name, const char *recipient,
                                   int64_t now)
{
        struct source *source = sources_get(visitor->guard->sources, kind, name, now);
        if (repute_of(visitor) == REPUTE_NEW)
                count_try(visitor, source, recipient, now);
        decide(visitor->guard, source, REPUTE_NEW, now);
        return source->suspicion;
}

static enum admission admit_slowly(struct visitor *visitor)
{
        struct guard *guard = visitor->guard;
        if (visitor->is_paused)
                return ADMIT_SLOWLY;
        if (guard->conf->tarpit == 0)
                return ADMIT;
        if (guard->paused >= (unsigned) guard->conf->max_sessions / SLOW_SHARE)
                return ADMIT_LATER;
        guard->paused++;
        visitor->is_paused = true;
        return ADMIT_SLOWLY;
}

enum admission visitor_tried(struct visitor *visitor, const char *mail_from, const char *recipient)
{
        const int64_t now = now_seconds();
        decide_both(visitor, now);
        if (is_denied(visitor)) /* what it tries on is no news, and nothing that its network has done */
                return ADMIT_NOT;
        char *counted = counted_as(recipient);
        const enum suspicion of_sender = count_domain(visitor, SOURCE_SENDER, domain_of(mail_from, "<>"), counted, now);
        const bool is_siege = count_domain(visitor, SOURCE_DOMAIN, domain_of(recipient, "<>"), counted, now) >= SUSPICION_SLOW;
        count_try(visitor, visitor->client, counted, now);
        count_try(visitor, visitor->network, counted, now);
        g_free(counted);
        visitor->client->in_siege = visitor->network->in_siege = is_siege;
        decide_both(visitor, now);
        if (is_denied(visitor))
                return ADMIT_NOT;
        const bool is_slow_sender = of_sender == SUSPICION_SLOW && repute_of(visitor) == REPUTE_NEW;
        return is_slow_sender || suspicion_of(visitor) == SUSPICION_SLOW ? admit_slowly(visitor) : ADMIT;
}

/* --- a message is taken ------------------------------------------------------------------------ */

static void pay(const struct guard *guard, struct source *source, int recipients, int64_t now)
{
        if (!source)
                return;
        score_add(&source->score, PART_MESSAGES, 0, now, guard->conf->forget);
        score_pay(&source->score, recipients, now, guard->conf->forget);
        source->is_dirty = true;
}

static void count_good_day(struct source *source, int64_t now)
{
        if (source->good_day == now / DAY)
                return;
        source->good_day = now / DAY;
        source->good_days++;
}

void visitor_taken(struct visitor *visitor, const struct envelope *envelope)
{
        struct guard *guard = visitor->guard;
        const int64_t now = now_seconds();
        const int recipients = (int) envelope->recipients->len;
        const char *to = domain_of(envelope->recipients->pdata[0], "<>");
        pay(guard, visitor->client, recipients, now);
        pay(guard, visitor->network, recipients, now);
        pay(guard, sources_find(guard->sources, SOURCE_SENDER, domain_of(envelope->mail_from, "<>")), recipients, now);
        pay(guard, sources_find(guard->sources, SOURCE_DOMAIN, to), recipients, now);
        count_good_day(visitor->client, now);
        count_good_day(visitor->network, now);
        decide_both(visitor, now);
}

/* --- kept over restarts --------------------------------------------------------------------- */

static struct source_row *row_of(const struct source *source)
{
        struct source_row *row = g_new0(struct source_row, 1);
        *row = (struct source_row){
                .kind = (int) source->kind, .name = g_strdup(source->name), .since = source->since, .last = source->last,
                .at = source->score.at, .good_days = source->good_days, .good_day = source->good_day, .suspicion = (int) source->suspicion,
                .suspected = source->suspicion_since, .denied_until = source->denied_until, .denials = source->denials,
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

static void save(const struct guard *guard)
{
        struct err err = { 0 };
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
        const int64_t now = now_seconds();
        if (source->suspicion != SUSPICION_FREE)
                decide(guard, source, is_known(source) ? REPUTE_KNOWN : REPUTE_NEW, now);
        if (source->last < now - HOUR && source->suspicion == SUSPICION_FREE && !source->is_dirty && !is_worth_saving(guard, source))
                sources_forget(guard->sources, source);
}

static void on_tick(evutil_socket_t fd, short what, void *user)
{
        struct guard *guard = user;
        const int64_t now = now_seconds();
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
        if (!load(guard, ret_err) || !blocklist_clear(spool, ret_err)
            || (*conf->dnsbl && !dnsbl_new(&guard->dnsbl, base, conf, &owner, ret_err)))
                return false;
        event_add(guard->timer, &tick);
        return true;
}

void guard_stop(struct guard *guard)
{
        event_del(guard->timer);
        g_clear_pointer(&guard->dnsbl, dnsbl_free);
}

void guard_free(struct guard *guard)
{
        if (!guard)
                return;
        save(guard);
        dnsbl_free(guard->dnsbl);
        event_free(guard->timer);
        sources_free(guard->sources);
        g_free(guard);
}
