/* dnsbl.c - DNS blocklists: names and answers
 * Gives:     what dnsbl.h lists
 * Fails:     never; what is odd counts for nothing
 * Standards: RFC 5782 2.1, 2.4 (the name for an IPv4 and an IPv6 address), 2.1 (answers lie in 127.0.0.0/8), 5 (entries for tests) */
#include "policy/dnsbl.h"

#include <arpa/inet.h>
#include <glib.h>

enum {
        LOOPBACK = 127,
        LOCALHOST = 0x7f000001,
        REFUSAL = 0x7fffff00, /* 127.255.255.0/24 */
        REFUSAL_NAME = 252,
        REFUSAL_RESOLVER = 254,
        REFUSAL_NUMBER = 255
};

const char *const DNSBL_ENTRY_ALWAYS[DNSBL_SIDES] = { "127.0.0.2", "::ffff:7f00:2" };
const char *const DNSBL_ENTRY_NEVER[DNSBL_SIDES] = { "127.0.0.1", "::ffff:7f00:1" };

/* --- names ------------------------------------------------------------------------------- */

enum dnsbl_side dnsbl_side_of(const char *ip)
{
        return strchr(ip, ':') ? DNSBL_V6 : DNSBL_V4;
}

bool dnsbl_name(char ret_name[DNSBL_NAME_MAX + 1], const char *ip, const char *zone)
{
        uint8_t octets[sizeof(struct in6_addr)];
        GString *name = g_string_new(NULL);
        if (inet_pton(AF_INET, ip, octets) == 1)
                for (size_t i = sizeof(struct in_addr); i-- > 0;)
                        g_string_append_printf(name, "%u.", octets[i]);
        else if (inet_pton(AF_INET6, ip, octets) == 1)
                for (size_t i = sizeof octets; i-- > 0;)
                        g_string_append_printf(name, "%x.%x.", octets[i] & 0xfu, octets[i] >> 4u);
        const bool is_ip = name->len > 0;
        g_string_append(name, zone);
        const bool ok = is_ip && *zone && name->len <= DNSBL_NAME_MAX;
        if (ok)
                memcpy(ret_name, name->str, name->len + 1);
        g_string_free(name, TRUE);
        return ok;
}

/* --- answers ------------------------------------------------------------------------------- */

static uint32_t ipv4_of(const struct in6_addr *address)
{
        const uint8_t *octets = address->s6_addr + 12;
        return (uint32_t) octets[0] << 24 | (uint32_t) octets[1] << 16 | (uint32_t) octets[2] << 8 | octets[3];
}

static enum dnsbl_verdict judge_address(const struct blocklist *list, const struct in6_addr *address, unsigned *ret_code)
{
        const uint32_t ip = ipv4_of(address);
        if (!IN6_IS_ADDR_V4MAPPED(address) || ip >> 24 != LOOPBACK || ip == LOCALHOST)
                return DNSBL_STRANGE;
        if ((ip & 0xffffff00) == REFUSAL) {
                *ret_code = ip & 0xff;
                return DNSBL_REFUSED;
        }
        return (ip & list->mask) == list->answers ? DNSBL_LISTED : DNSBL_OTHER;
}

/* A refusal or a strange address among the answers spoils all of them. */
enum dnsbl_verdict dnsbl_judge(const struct blocklist *list, const struct resolver_answer *answer, unsigned *ret_code)
{
        enum dnsbl_verdict verdict = DNSBL_OTHER;
        *ret_code = 0;
        if (answer->status == RESOLVER_NONE)
                return DNSBL_CLEAN;
        if (answer->status == RESOLVER_BUSY)
                return DNSBL_UNASKED;
        if (answer->status != RESOLVER_FOUND || answer->count == 0)
                return DNSBL_UNKNOWN;
        for (size_t i = 0; i < answer->count; i++) {
                const enum dnsbl_verdict one = judge_address(list, &answer->addresses[i], ret_code);
                if (one == DNSBL_STRANGE || one == DNSBL_REFUSED)
                        return one;
                if (one == DNSBL_LISTED)
                        verdict = one;
        }
        return verdict;
}

/* --- whether a list works -------------------------------------------------------------------- */

enum dnsbl_health dnsbl_health_of_refusal(unsigned code)
{
        switch (code) {
        case REFUSAL_NAME:
                return DNSBL_REFUSES_NAME;
        case REFUSAL_RESOLVER:
                return DNSBL_REFUSES_RESOLVER;
        case REFUSAL_NUMBER:
                return DNSBL_REFUSES_NUMBER;
        default:
                return DNSBL_REFUSES;
        }
}

enum dnsbl_health dnsbl_health_of(const struct blocklist *list, const struct resolver_answer *always,
                                  const struct resolver_answer *never, enum dnsbl_health before)
{
        unsigned code, other_code;
        const enum dnsbl_verdict has = dnsbl_judge(list, always, &code), has_not = dnsbl_judge(list, never, &other_code);
        if (has == DNSBL_UNASKED || has_not == DNSBL_UNASKED)
                return before;
        if (has == DNSBL_REFUSED || has_not == DNSBL_REFUSED)
                return dnsbl_health_of_refusal(has == DNSBL_REFUSED ? code : other_code);
        if (has == DNSBL_STRANGE || has_not == DNSBL_STRANGE)
                return DNSBL_MISLEADING;
        if (has_not == DNSBL_LISTED || has_not == DNSBL_OTHER)
                return DNSBL_LISTS_ALL;
        if (has == DNSBL_UNKNOWN || has_not == DNSBL_UNKNOWN)
                return DNSBL_NO_ANSWER;
        return has == DNSBL_CLEAN ? DNSBL_EMPTY : DNSBL_ALIVE;
}

const char *dnsbl_health_words(enum dnsbl_health health)
{
        static const char *const words[DNSBL_HEALTHS] = {
                [DNSBL_UNTESTED] = "is being tested",
                [DNSBL_ALIVE] = "works",
                [DNSBL_EMPTY] = "does not have the entry that every list has: it is dead, or no blocklist",
                [DNSBL_LISTS_ALL] = "has the entry that no list has: it says yes to everything",
                [DNSBL_MISLEADING] = "answers with addresses that no list gives: somebody else answers in its place",
                [DNSBL_REFUSES] = "refuses to answer (127.255.255.x)",
                [DNSBL_REFUSES_NAME] = "refuses to answer: its name is another one (127.255.255.252)",
                [DNSBL_REFUSES_RESOLVER] = "refuses to answer: ask through a name server of your own (127.255.255.254)",
                [DNSBL_REFUSES_NUMBER] = "refuses to answer: it was asked too often (127.255.255.255)",
                [DNSBL_NO_ANSWER] = "does not answer",
        };
        return words[health];
}

void dnsbl_reason(char ret_reason[DNSBL_REASON_MAX + 1], const char *text)
{
        size_t length = 0;
        for (; text[length] && length < DNSBL_REASON_MAX; length++)
                ret_reason[length] = g_ascii_isprint(text[length]) ? text[length] : '?';
        ret_reason[length] = '\0';
}
