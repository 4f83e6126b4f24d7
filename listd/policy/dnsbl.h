/* dnsbl.h - DNS blocklists: the name that is asked for, and what an answer means (RFC 5782)
 * Facts in, verdict out: base/resolver.c asks. */
#ifndef LISTD_POLICY_DNSBL_H
#define LISTD_POLICY_DNSBL_H

#include "base/blocklist.h"
#include "base/resolver.h"

enum { DNSBL_NAME_MAX = 253, DNSBL_REASON_MAX = 200 };

/* RFC 5782 5: what each list has, and what none has, so that one can see whether it works. */
enum dnsbl_side { DNSBL_V4, DNSBL_V6, DNSBL_SIDES };
extern const char *const DNSBL_ENTRY_ALWAYS[DNSBL_SIDES];
extern const char *const DNSBL_ENTRY_NEVER[DNSBL_SIDES];

/* The name under which a list has an IP address in text form. False: it is no IP address, or there is no room in a name. */
MUST_USE bool dnsbl_name(char ret_name[DNSBL_NAME_MAX + 1], const char *ip, const char *zone);

/* Which side of a list an IP address is on. */
enum dnsbl_side dnsbl_side_of(const char *ip);

/* What an answer says about an address. */
enum dnsbl_verdict {
        DNSBL_CLEAN,
        DNSBL_LISTED,
        DNSBL_OTHER,   /* listed, but with none of the answers that [guard] dnsbl wants */
        DNSBL_STRANGE, /* outside of 127.0.0.0/8, or 127.0.0.1: not the list speaks, but what stands in its place */
        DNSBL_REFUSED, /* 127.255.255.x: the list does not answer us; *ret_code says why */
        DNSBL_UNKNOWN, /* no answer */
        DNSBL_UNASKED
};
enum dnsbl_verdict dnsbl_judge(const struct blocklist *list, const struct resolver_answer *answer, unsigned *ret_code);

/* How one side of a list is. */
enum dnsbl_health {
        DNSBL_UNTESTED,
        DNSBL_ALIVE,
        DNSBL_EMPTY,      /* even what every list has is not in it: it died, or has no such side */
        DNSBL_LISTS_ALL,  /* has what no list has */
        DNSBL_MISLEADING, /* strange answers */
        DNSBL_REFUSES,
        DNSBL_REFUSES_NAME,
        DNSBL_REFUSES_RESOLVER,
        DNSBL_REFUSES_NUMBER,
        DNSBL_NO_ANSWER,
        DNSBL_HEALTHS
};
/* What the two answers about DNSBL_ENTRY_ALWAYS and DNSBL_ENTRY_NEVER make of it. `before` stays when nothing could be asked. */
enum dnsbl_health dnsbl_health_of(const struct blocklist *list, const struct resolver_answer *always,
                                  const struct resolver_answer *never, enum dnsbl_health before);
enum dnsbl_health dnsbl_health_of_refusal(unsigned code);
/* For a person. */
const char *dnsbl_health_words(enum dnsbl_health health);

/* What a list says about an address (a TXT record) as one line of printable ASCII. */
void dnsbl_reason(char ret_reason[DNSBL_REASON_MAX + 1], const char *text);

#endif
