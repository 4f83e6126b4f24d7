/* visitor.c - a client at the door: what it does is counted, and what it gets follows from that
 * Gives:  what visitor.h lists
 * Fails:  never
 * What a client gets depends on the client, its network, the domain that it sends from and the domain that it sends to, and on what was
 * tried. A try counts whether the address exists or not: else the count itself would tell (requirement D2). */
#include "receive/visitor.h"

#include "base/domain.h"
#include "base/log.h"
#include "base/net.h"
#include "base/ticket.h"
#include "receive/denied.h"
#include "receive/dnsbl.h"

enum {
        V4_CLIENT = 32,
        V6_CLIENT = 64,
        V4_NETWORK = 24,
        V6_NETWORK = 48,
        MINUTE = 60,
        HOUR = 3600,
        DAY = 86400,
        RESERVED_SHARE = 4, /* at most a quarter of the sessions is kept for whom we know */
        SLOW_SHARE = 4      /* at most a quarter of the sessions is answered slowly */
};

struct visitor {
        struct guard *guard;
        char *ip;
        struct source *client, *network;
        bool is_listed; /* [guard] good_networks */
        bool is_open, is_paused, has_offended, has_hit; /* the deny list */
};

static enum repute repute_of(const struct visitor *visitor)
{
        if (visitor->is_listed)
                return REPUTE_GOOD;
        return guard_knows(visitor->client) || guard_knows(visitor->network) ? REPUTE_KNOWN : REPUTE_NEW;
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
        const int64_t now = guard_now();
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

/* What cannot be saved now is kept for the next time. */
static void decide_both(const struct visitor *visitor, int64_t now)
{
        const enum repute repute = repute_of(visitor);
        guard_decide(visitor->guard, visitor->client, repute, now);
        guard_decide(visitor->guard, visitor->network, repute, now);
}

/* --- the deny list ------------------------------------------------------------------------- */

/* The entry that refuses it. What an admin calls good is stronger than a list of somebody else. */
static const struct denial *denial_of(const struct visitor *visitor, int64_t now)
{
        return visitor->is_listed ? NULL : denied_find(visitor->guard->denied, visitor->ip, now);
}

/* Is told once in a session. */
static void count_hit(struct visitor *visitor, int64_t now)
{
        const struct denial *denial = denial_of(visitor, now);
        if (!denial || visitor->has_hit)
                return;
        visitor->has_hit = true;
        denied_hit(visitor->guard->denied, denial, now);
        log_event(LOG_LEVEL_INFO, "denied", "client", visitor->ip, "network", denial->network, "label", denial->label, "reason",
                  denial->reason, NULL);
}

/* Whoever was let in on probation. */
static void end_probation(struct visitor *visitor, int64_t now)
{
        const struct denial *denial = visitor->is_listed ? NULL : denied_fault(visitor->guard->denied, visitor->ip, now);
        if (denial)
                log_event(LOG_LEVEL_WARN, "denied-anew", "client", visitor->ip, "network", denial->network, "label", denial->label,
                          "seconds", log_number(denial->span), NULL);
}

/* --- what it does ------------------------------------------------------------------------------ */

/* Once in a session: how often somebody came for no good. */
static void count_offence(struct visitor *visitor)
{
        if (visitor->has_offended)
                return;
        visitor->has_offended = true;
        visitor->client->offences++;
        visitor->network->offences++;
}

/* What a client does that is denied already is nothing that its network has done. */
void visitor_note(struct visitor *visitor, enum guard_part part, double points)
{
        const int64_t now = guard_now();
        if (guard_is_fault(part))
                count_offence(visitor);
        if (guard_is_fault(part) && part != PART_DNSBL) /* that others have listed it is nothing that it did */
                end_probation(visitor, now);
        guard_count_at_door(visitor->guard, (int) part, now);
        guard_count(visitor->guard, visitor->client, part, points, now);
        if (visitor->client->suspicion != SUSPICION_DENY)
                guard_count(visitor->guard, visitor->network, part, points, now);
        decide_both(visitor, now);
}

static enum suspicion suspicion_of(const struct visitor *visitor)
{
        return denial_of(visitor, guard_now()) ? SUSPICION_DENY : MAX(visitor->client->suspicion, visitor->network->suspicion);
}

static bool is_denied(const struct visitor *visitor)
{
        return suspicion_of(visitor) == SUSPICION_DENY;
}

enum suspicion visitor_suspicion(struct visitor *visitor)
{
        decide_both(visitor, guard_now());
        return suspicion_of(visitor);
}

static bool is_over(struct source *source, struct window *window, int seconds, int most, int64_t now)
{
        return window_add(window, now, seconds) > most;
}

static const char *which_limit(struct visitor *visitor, unsigned open)
{
        const struct conf *conf = visitor->guard->conf;
        struct source *client = visitor->client, *network = visitor->network;
        const int64_t now = guard_now();
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
        return NULL;
}

const char *visitor_enter(struct visitor *visitor, unsigned open)
{
        const char *why = which_limit(visitor, open);
        if (why) {
                guard_count_at_door(visitor->guard, DOOR_TURNED_AWAY, guard_now());
                return why;
        }
        const int64_t now = guard_now();
        visitor->client->sessions++;
        visitor->network->sessions++;
        visitor->is_open = true;
        guard_count(visitor->guard, visitor->client, PART_SESSIONS, 0, now);
        guard_count(visitor->guard, visitor->network, PART_SESSIONS, 0, now);
        guard_count_at_door(visitor->guard, PART_SESSIONS, now);
        if (!visitor->is_listed && !is_denied(visitor))
                dnsbl_look(visitor->guard->dnsbl, visitor->ip);
        return NULL;
}

bool visitor_may_mail(struct visitor *visitor)
{
        const struct conf *conf = visitor->guard->conf;
        struct source *client = visitor->client, *network = visitor->network;
        const int64_t now = guard_now();
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

/* The domain of an address in one form, however it is written; "<>" for none. The caller frees. */
static char *domain_key(const char *address)
{
        const char *domain = domain_of(address, "<>");
        char *ascii = domain_to_ascii(domain);
        return ascii ? ascii : g_ascii_strdown(domain, (gssize) MIN(strlen(domain), (size_t) DOMAIN_MAX));
}

/* Whether it was the first try there, lately. */
static bool count_try(const struct visitor *visitor, struct source *source, const char *recipient, int64_t now)
{
        const bool is_first = source_is_first_try(visitor->guard->sources, source, recipient, now);
        if (is_first)
                guard_count(visitor->guard, source, PART_RECIPIENTS, 0, now);
        return is_first;
}

/* A source of all who send from, or to, a domain: whom we know is not counted there. */
static enum suspicion count_domain(struct visitor *visitor, enum source_kind kind, const char *name, const char *recipient,
                                   int64_t now)
{
        struct source *source = sources_get(visitor->guard->sources, kind, name, now);
        if (repute_of(visitor) == REPUTE_NEW)
                count_try(visitor, source, recipient, now);
        guard_decide(visitor->guard, source, REPUTE_NEW, now);
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

/* Counts the try with everybody whom it concerns; whether the domain of the sender is one that too much comes from. */
static bool count_everywhere(struct visitor *visitor, const char *mail_from, const char *recipient, int64_t now)
{
        char *counted = counted_as(recipient);
        char *sender = domain_key(mail_from);
        const enum suspicion of_sender = count_domain(visitor, SOURCE_SENDER, sender, counted, now);
        const bool is_siege = count_domain(visitor, SOURCE_DOMAIN, domain_of(recipient, "<>"), counted, now) >= SUSPICION_SLOW;
        if (count_try(visitor, visitor->client, counted, now))
                guard_count_at_door(visitor->guard, PART_RECIPIENTS, now);
        count_try(visitor, visitor->network, counted, now);
        g_free(counted);
        g_free(sender);
        visitor->client->in_siege = visitor->network->in_siege = is_siege;
        return of_sender == SUSPICION_SLOW && repute_of(visitor) == REPUTE_NEW;
}

/* Who is denied already: what it tries on is no news, and nothing that its network has done. */
static enum suspicion judge_try(struct visitor *visitor, const char *mail_from, const char *recipient, bool *ret_is_slow_sender,
                                int64_t now)
{
        *ret_is_slow_sender = false;
        decide_both(visitor, now);
        if (!is_denied(visitor)) {
                *ret_is_slow_sender = count_everywhere(visitor, mail_from, recipient, now);
                decide_both(visitor, now);
                if (suspicion_of(visitor) >= SUSPICION_SLOW)
                        end_probation(visitor, now);
        }
        const enum suspicion suspicion = suspicion_of(visitor);
        if (suspicion >= SUSPICION_SLOW)
                count_offence(visitor);
        if (suspicion == SUSPICION_DENY) {
                guard_count_at_door(visitor->guard, DOOR_DENIED, now);
                count_hit(visitor, now);
        }
        return suspicion;
}

enum suspicion visitor_witnessed(struct visitor *visitor, const char *mail_from, const char *recipient)
{
        bool is_slow_sender;
        return judge_try(visitor, mail_from, recipient, &is_slow_sender, guard_now());
}

enum admission visitor_tried(struct visitor *visitor, const char *mail_from, const char *recipient)
{
        const int64_t now = guard_now();
        bool is_slow_sender;
        const enum suspicion suspicion = judge_try(visitor, mail_from, recipient, &is_slow_sender, now);
        if (suspicion == SUSPICION_DENY)
                return ADMIT_NOT;
        if (suspicion != SUSPICION_SLOW && !is_slow_sender)
                return ADMIT;
        const enum admission admission = admit_slowly(visitor);
        if (admission != ADMIT)
                guard_count_at_door(visitor->guard, admission == ADMIT_LATER ? DOOR_TURNED_AWAY : DOOR_SLOWED, now);
        return admission;
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
        const int64_t now = guard_now();
        const int recipients = (int) envelope->recipients->len;
        char *to = domain_key(envelope->recipients->pdata[0]);
        char *sender = domain_key(envelope->mail_from);
        pay(guard, visitor->client, recipients, now);
        pay(guard, visitor->network, recipients, now);
        pay(guard, sources_find(guard->sources, SOURCE_SENDER, sender), recipients, now);
        pay(guard, sources_find(guard->sources, SOURCE_DOMAIN, to), recipients, now);
        g_free(sender);
        g_free(to);
        guard_count_at_door(guard, PART_MESSAGES, now);
        count_good_day(visitor->client, now);
        count_good_day(visitor->network, now);
        decide_both(visitor, now);
}
