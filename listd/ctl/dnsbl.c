/* dnsbl.c - listctl check dnsbl: do the blocklists work, and are we on one? (requirement D7)
 * Gives:     ctl_check_dnsbl(), ctl_put_blocklists()
 * Fails:     ERR_PERM when a list does not work, or has an address of ours; ERR_TEMP when the resolver does not start
 * Standards: RFC 5782 2.1 (the TXT record says why), 5 (entries for tests)
 * Three rounds of questions, each asked at once: the lists' entries for tests and our host's addresses; these addresses at each list
 * that works; and why. */
#include "ctl/dnsbl.h"

#include <arpa/inet.h>

#include "base/net.h"
#include "ctl/nouns.h"
#include "policy/dnsbl.h"
#include "store/blocklist.h"

enum { OWN_MAX = 8 }; /* times BLOCKLISTS_MAX is less than RESOLVER_ASKED_MAX */

struct zone {
        struct blocklist list;
        struct resolver_answer always[DNSBL_SIDES], never[DNSBL_SIDES];
        enum dnsbl_health health[DNSBL_SIDES];
        struct resolver_answer has[OWN_MAX], why[OWN_MAX]; /* by address of ours */
};

struct checking {
        struct resolver *resolver;
        struct zone zones[BLOCKLISTS_MAX];
        size_t zone_count;
        struct resolver_answer v4, v6; /* of [server] hostname */
        char own[OWN_MAX][INET6_ADDRSTRLEN];
        size_t own_count;
        size_t faults;
};

/* --- asking ------------------------------------------------------------------------------------- */

static void on_answer(void *user, const struct resolver_answer *answer)
{
        *(struct resolver_answer *) user = *answer;
}

static void ask_about(struct checking *checking, enum resolver_type type, const char *ip, const struct zone *zone,
                      struct resolver_answer *ret_answer)
{
        char name[DNSBL_NAME_MAX + 1];
        ret_answer->status = RESOLVER_FAILED;
        if (dnsbl_name(name, ip, zone->list.zone))
                resolver_ask(checking->resolver, type, name, on_answer, ret_answer);
}

static void wait_for_all(struct checking *checking)
{
        while (resolver_wait(checking->resolver))
                ;
}

static void ask_whether_they_work(struct checking *checking, const char *hostname)
{
        resolver_ask(checking->resolver, RESOLVER_A, hostname, on_answer, &checking->v4);
        resolver_ask(checking->resolver, RESOLVER_AAAA, hostname, on_answer, &checking->v6);
        for (size_t i = 0; i < checking->zone_count; i++)
                for (int side = 0; side < DNSBL_SIDES; side++) {
                        struct zone *zone = &checking->zones[i];
                        ask_about(checking, RESOLVER_A, DNSBL_ENTRY_ALWAYS[side], zone, &zone->always[side]);
                        ask_about(checking, RESOLVER_A, DNSBL_ENTRY_NEVER[side], zone, &zone->never[side]);
                }
        wait_for_all(checking);
        for (size_t i = 0; i < checking->zone_count; i++)
                for (int side = 0; side < DNSBL_SIDES; side++) {
                        struct zone *zone = &checking->zones[i];
                        zone->health[side] = dnsbl_health_of(&zone->list, &zone->always[side], &zone->never[side], DNSBL_UNTESTED);
                }
}

/* Addresses that the Internet sees; a private one is on no list. */
static void take_own(struct checking *checking, const struct resolver_answer *answer)
{
        for (size_t i = 0; answer->status == RESOLVER_FOUND && i < answer->count && checking->own_count < OWN_MAX; i++) {
                const struct in6_addr *address = &answer->addresses[i];
                char *ip = checking->own[checking->own_count];
                if (IN6_IS_ADDR_V4MAPPED(address))
                        inet_ntop(AF_INET, address->s6_addr + 12, ip, INET6_ADDRSTRLEN);
                else
                        inet_ntop(AF_INET6, address, ip, INET6_ADDRSTRLEN);
                checking->own_count += !ip_is_private(ip);
        }
}

static bool is_asked(const struct checking *checking, const struct zone *zone, size_t own)
{
        return zone->health[dnsbl_side_of(checking->own[own])] == DNSBL_ALIVE;
}

static enum dnsbl_verdict verdict_of(const struct zone *zone, size_t own)
{
        unsigned code;
        return dnsbl_judge(&zone->list, &zone->has[own], &code);
}

static void ask_about_us(struct checking *checking, enum resolver_type type)
{
        for (size_t i = 0; i < checking->zone_count; i++)
                for (size_t own = 0; own < checking->own_count; own++) {
                        struct zone *zone = &checking->zones[i];
                        if (!is_asked(checking, zone, own))
                                continue;
                        if (type == RESOLVER_A)
                                ask_about(checking, type, checking->own[own], zone, &zone->has[own]);
                        else if (verdict_of(zone, own) == DNSBL_LISTED || verdict_of(zone, own) == DNSBL_OTHER)
                                ask_about(checking, type, checking->own[own], zone, &zone->why[own]);
                }
        wait_for_all(checking);
}

/* --- telling ------------------------------------------------------------------------------------ */

/* A list may have one side only; that it has no entry for tests on the other is no fault. */
static void tell_zone(struct ctl *ctl, struct checking *checking, const struct zone *zone)
{
        const enum dnsbl_health v4 = zone->health[DNSBL_V4], v6 = zone->health[DNSBL_V6];
        const bool works = v4 == DNSBL_ALIVE || v6 == DNSBL_ALIVE;
        const struct cell row[] = {
                TEXT(zone->list.zone),
                FLAG(works),
                FLAG(v4 == DNSBL_ALIVE),
                FLAG(v6 == DNSBL_ALIVE),
                TEXT(works ? NULL : dnsbl_health_words(v4)),
        };
        output_row(ctl->output, row);
        checking->faults += !works;
}

static void tell_own(struct ctl *ctl, struct checking *checking, const struct zone *zone, size_t own)
{
        static const char *const words[] = {
                [DNSBL_CLEAN] = "not listed",    [DNSBL_LISTED] = "LISTED",       [DNSBL_OTHER] = "listed, as what does not count",
                [DNSBL_STRANGE] = "strange answer", [DNSBL_REFUSED] = "refused to answer", [DNSBL_UNKNOWN] = "no answer",
                [DNSBL_UNASKED] = "not asked",
        };
        const enum dnsbl_verdict verdict = verdict_of(zone, own);
        char reason[DNSBL_REASON_MAX + 1];
        dnsbl_reason(reason, zone->why[own].text);
        const struct cell row[] = {
                TEXT(checking->own[own]),
                TEXT(zone->list.zone),
                TEXT(words[verdict]),
                TEXT(*reason ? reason : NULL),
        };
        output_row(ctl->output, row);
        checking->faults += verdict == DNSBL_LISTED;
}

static void tell(struct ctl *ctl, struct checking *checking)
{
        static const struct column zones[] = { { "list" }, { "works" }, { "ipv4" }, { "ipv6" }, { "why", .may_wrap = true } };
        static const struct column own[] = { { "address" }, { "list" }, { "verdict" }, { "reason", .may_wrap = true } };
        output_table(ctl->output, "lists", zones, G_N_ELEMENTS(zones));
        for (size_t i = 0; i < checking->zone_count; i++)
                tell_zone(ctl, checking, &checking->zones[i]);
        output_table_end(ctl->output);
        output_table(ctl->output, "addresses", own, G_N_ELEMENTS(own));
        for (size_t i = 0; i < checking->own_count; i++)
                for (size_t j = 0; j < checking->zone_count; j++)
                        if (is_asked(checking, &checking->zones[j], i))
                                tell_own(ctl, checking, &checking->zones[j], i);
        output_table_end(ctl->output);
        if (checking->zone_count == 0)
                output_say(ctl->output, "no list is asked: [guard] dnsbl is empty");
        else if (checking->own_count == 0)
                output_warn(ctl->output, "%s has no public address that the name server knows: whether it is listed cannot be told",
                            ctl->conf->hostname);
}

bool ctl_put_blocklists(struct ctl *ctl, struct spool *spool, struct err *ret_err)
{
        static const struct column columns[] = { { "list" }, { "asked" }, { "since" }, { "why", .may_wrap = true } };
        GPtrArray *rows;
        if (!blocklist_all(spool, &rows, ret_err))
                return false;
        output_table(ctl->output, "blocklists", columns, G_N_ELEMENTS(columns));
        for (guint i = 0; i < rows->len; i++) {
                const struct blocklist_row *row = rows->pdata[i];
                const struct cell cells[] = { TEXT(row->zone), FLAG(!*row->why), TIME(row->since), TEXT(*row->why ? row->why : NULL) };
                output_row(ctl->output, cells);
        }
        output_table_end(ctl->output);
        g_ptr_array_unref(rows);
        return true;
}

/* --- the verb ------------------------------------------------------------------------------------- */

/* Those that are named, else those of the configuration. */
static bool take_zones(struct ctl *ctl, struct checking *checking, struct err *ret_err)
{
        char *const *texts = ctl->line->arg_count > 0 ? ctl->line->args : ctl->conf->dnsbl;
        for (size_t i = 0; texts[i]; i++) {
                if (checking->zone_count == BLOCKLISTS_MAX)
                        return err_set(ret_err, ERR_USAGE, "at most %d lists at once", BLOCKLISTS_MAX);
                if (!blocklist_parse(&checking->zones[checking->zone_count++].list, texts[i], ret_err))
                        return false;
        }
        return true;
}

static bool check(struct ctl *ctl, struct checking *checking, struct err *ret_err)
{
        if (!take_zones(ctl, checking, ret_err) || !resolver_new(&checking->resolver, ctl->conf->dns, NULL, ret_err))
                return false;
        if (checking->zone_count > 0) {
                ask_whether_they_work(checking, ctl->conf->hostname);
                take_own(checking, &checking->v4);
                take_own(checking, &checking->v6);
                ask_about_us(checking, RESOLVER_A);
                ask_about_us(checking, RESOLVER_TXT);
        }
        tell(ctl, checking);
        return checking->faults == 0 || err_set(ret_err, ERR_PERM, "a list does not work, or has an address of ours");
}

bool ctl_check_dnsbl(struct ctl *ctl, struct err *ret_err)
{
        struct checking *checking = g_new0(struct checking, 1);
        const bool ok = check(ctl, checking, ret_err);
        resolver_free(checking->resolver);
        g_free(checking);
        return ok;
}
