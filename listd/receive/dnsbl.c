/* dnsbl.c - asks DNS blocklists about clients
 * Gives:     what dnsbl.h lists
 * Fails:     dnsbl_new(): ERR_TEMP when the resolver does not start; a list that fails is switched off, in the log
 * Standards: RFC 5782 5 (a list is tested), 2.4 (IPv6: only lists that have the entry for tests there are asked) */
#include "receive/dnsbl.h"

#include "base/log.h"
#include "base/net.h"
#include "policy/dnsbl.h"
#include "receive/lookup.h"

enum {
        TOLD_SECONDS = 3600, /* that a client is on a list is told again after */
        TOLD_MAX = 4096      /* clients and lists; then all are forgotten */
};

struct list {
        struct dnsbl *dnsbl;
        struct blocklist zone;
        enum dnsbl_health health[DNSBL_SIDES]; /* set_health() only */
        unsigned silent;                       /* questions without an answer, in a row */
};

struct dnsbl {
        struct dnsbl_owner owner;
        struct lookup *lookup;
        struct event *test;
        struct list lists[BLOCKLISTS_MAX];
        size_t list_count;
        GHashTable *told; /* "address zone" -> gint64, until when */
};

/* --- on and off ---------------------------------------------------------------------- */

static bool is_on(const enum dnsbl_health *health)
{
        return health[DNSBL_V4] == DNSBL_ALIVE || health[DNSBL_V6] == DNSBL_ALIVE;
}

static const char *families(const enum dnsbl_health *health)
{
        if (health[DNSBL_V4] != DNSBL_ALIVE)
                return "IPv6";
        return health[DNSBL_V6] == DNSBL_ALIVE ? "IPv4, IPv6" : "IPv4";
}

static void set_health(struct list *list, enum dnsbl_health of_v4, enum dnsbl_health of_v6)
{
        const enum dnsbl_health health[DNSBL_SIDES] = { [DNSBL_V4] = of_v4, [DNSBL_V6] = of_v6 };
        const bool is_first = list->health[DNSBL_V4] == DNSBL_UNTESTED && of_v4 != DNSBL_UNTESTED;
        const bool was_on = is_on(list->health);
        memcpy(list->health, health, sizeof health);
        list->silent = 0;
        if (is_on(health) == was_on && !is_first)
                return;
        const char *why_not = is_on(health) ? NULL : dnsbl_health_words(of_v4);
        if (why_not)
                log_event(LOG_LEVEL_WARN, "dnsbl-off", "list", list->zone.zone, "why", why_not, NULL);
        else
                log_event(LOG_LEVEL_INFO, "dnsbl-on", "list", list->zone.zone, "for", families(health), NULL);
        list->dnsbl->owner.turned(list->dnsbl->owner.user, list->zone.zone, why_not);
}

/* --- the test -------------------------------------------------------------------------- */

enum { ALWAYS, NEVER, ENTRIES };

struct test {
        struct list *list;
        struct resolver_answer answers[DNSBL_SIDES][ENTRIES];
        unsigned left;
};

struct probe {
        struct test *test;
        struct resolver_answer *answer;
};

static void end_test(struct test *test)
{
        struct list *list = test->list;
        enum dnsbl_health health[DNSBL_SIDES];
        for (int side = 0; side < DNSBL_SIDES; side++)
                health[side] = dnsbl_health_of(&list->zone, &test->answers[side][ALWAYS], &test->answers[side][NEVER], list->health[side]);
        set_health(list, health[DNSBL_V4], health[DNSBL_V6]);
        g_free(test);
}

static void on_probed(void *user, const struct resolver_answer *answer)
{
        struct probe *probe = user;
        struct test *test = probe->test;
        *probe->answer = *answer;
        g_free(probe);
        if (--test->left == 0)
                end_test(test);
}

static void probe_entry(struct test *test, int side, int entry)
{
        char name[DNSBL_NAME_MAX + 1];
        const char *ip = entry == ALWAYS ? DNSBL_ENTRY_ALWAYS[side] : DNSBL_ENTRY_NEVER[side];
        struct probe *probe = g_new0(struct probe, 1);
        *probe = (struct probe){ test, &test->answers[side][entry] };
        if (dnsbl_name(name, ip, test->list->zone.zone)) /* blocklist_parse() has left room for each */
                lookup_ask_afresh(test->list->dnsbl->lookup, RESOLVER_A, name, on_probed, probe);
}

static void test_list(struct list *list)
{
        struct test *test = g_new0(struct test, 1);
        test->list = list;
        test->left = DNSBL_SIDES * ENTRIES;
        for (int side = 0; side < DNSBL_SIDES; side++) { /* the last answer may come at once: then the test is over, and gone */
                probe_entry(test, side, ALWAYS);
                probe_entry(test, side, NEVER);
        }
}

void dnsbl_test(struct dnsbl *dnsbl)
{
        for (size_t i = 0; i < dnsbl->list_count; i++)
                test_list(&dnsbl->lists[i]);
}

static void on_test(evutil_socket_t fd, short what, void *user)
{
        static const struct timeval pause = { .tv_sec = DNSBL_TEST_SECONDS };
        struct dnsbl *dnsbl = user;
        dnsbl_test(dnsbl);
        event_add(dnsbl->test, &pause);
}

/* --- clients ---------------------------------------------------------------------------- */

struct look {
        struct list *list;
        char ip[INET6_ADDRSTRLEN];
};

/* Whether it is told now: not when it was within the hour. */
static bool is_news(struct dnsbl *dnsbl, const char *ip, const char *zone)
{
        const gint64 now = g_get_monotonic_time();
        char *key = g_strconcat(ip, " ", zone, NULL);
        const gint64 *until = g_hash_table_lookup(dnsbl->told, key);
        const gint64 next = now + (gint64) TOLD_SECONDS * G_USEC_PER_SEC;
        const bool is_new = !until || *until <= now;
        if (is_new) {
                if (g_hash_table_size(dnsbl->told) >= TOLD_MAX)
                        g_hash_table_remove_all(dnsbl->told);
                g_hash_table_insert(dnsbl->told, g_steal_pointer(&key), g_memdup2(&next, sizeof next));
        }
        g_free(key);
        return is_new;
}

static void tell(struct list *list, const char *ip)
{
        struct dnsbl *dnsbl = list->dnsbl;
        if (!is_news(dnsbl, ip, list->zone.zone))
                return;
        log_event(LOG_LEVEL_INFO, "dnsbl-listed", "client", ip, "list", list->zone.zone, NULL);
        dnsbl->owner.listed(dnsbl->owner.user, ip);
}

static void take_verdict(struct list *list, const char *ip, enum dnsbl_verdict verdict, unsigned code)
{
        const enum dnsbl_health refusal = dnsbl_health_of_refusal(code);
        switch (verdict) {
        case DNSBL_LISTED:
                list->silent = 0;
                tell(list, ip);
                break;
        case DNSBL_REFUSED:
                set_health(list, refusal, refusal);
                break;
        case DNSBL_UNKNOWN:
                if (++list->silent >= DNSBL_SILENT_MAX)
                        set_health(list, DNSBL_NO_ANSWER, DNSBL_NO_ANSWER);
                break;
        case DNSBL_UNASKED:
                break;
        default:
                list->silent = 0;
                break;
        }
}

static void on_looked(void *user, const struct resolver_answer *answer)
{
        struct look *look = user;
        unsigned code;
        if (is_on(look->list->health)) { /* else it is an answer to before it was switched off */
                const enum dnsbl_verdict verdict = dnsbl_judge(&look->list->zone, answer, &code);
                take_verdict(look->list, look->ip, verdict, code);
        }
        g_free(look);
}

void dnsbl_look(struct dnsbl *dnsbl, const char *ip)
{
        const enum dnsbl_side side = dnsbl_side_of(ip);
        if (!dnsbl || ip_is_private(ip))
                return;
        for (size_t i = 0; i < dnsbl->list_count; i++) {
                struct list *list = &dnsbl->lists[i];
                char name[DNSBL_NAME_MAX + 1];
                if (list->health[side] != DNSBL_ALIVE || !dnsbl_name(name, ip, list->zone.zone))
                        continue;
                struct look *look = g_new0(struct look, 1);
                look->list = list;
                g_strlcpy(look->ip, ip, sizeof look->ip);
                lookup_ask(dnsbl->lookup, RESOLVER_A, name, on_looked, look);
        }
}

/* --- life ------------------------------------------------------------------------------------ */

bool dnsbl_new(struct dnsbl **ret_dnsbl, struct event_base *base, const struct conf *conf, const struct dnsbl_owner *owner,
               struct err *ret_err)
{
        static const struct timeval at_once = { 0 };
        struct dnsbl *dnsbl = g_new0(struct dnsbl, 1);
        *ret_dnsbl = dnsbl;
        dnsbl->owner = *owner;
        dnsbl->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        dnsbl->test = evtimer_new(base, on_test, dnsbl);
        for (size_t i = 0; conf->dnsbl[i] && i < BLOCKLISTS_MAX; i++) {
                struct list *list = &dnsbl->lists[i];
                list->dnsbl = dnsbl;
                if (!blocklist_parse(&list->zone, conf->dnsbl[i], ret_err))
                        return false;
                dnsbl->list_count++;
        }
        if (!lookup_new(&dnsbl->lookup, base, conf->dns, ret_err))
                return false;
        event_add(dnsbl->test, &at_once);
        return true;
}

void dnsbl_free(struct dnsbl *dnsbl)
{
        if (!dnsbl)
                return;
        lookup_free(dnsbl->lookup);
        event_free(dnsbl->test);
        g_hash_table_unref(dnsbl->told);
        g_free(dnsbl);
}
