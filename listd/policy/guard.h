/* guard.h - how suspicious somebody is: points by name that fade, and what they come to
 * Facts in, verdict out; who is counted, and where, is receive/guard.c. Nothing here knows whether an address exists. */
#ifndef LISTD_POLICY_GUARD_H
#define LISTD_POLICY_GUARD_H

#include "base/conf.h"

/* Who is counted. The numbers are on disk: never change one. */
enum source_kind {
        SOURCE_CLIENT = 1,  /* an IPv4 address or an IPv6 /64 */
        SOURCE_NETWORK = 2, /* an IPv4 /24 or an IPv6 /48 */
        SOURCE_SENDER = 3,  /* the domain of MAIL FROM */
        SOURCE_DOMAIN = 4   /* one of our domains, and all strangers together */
};

/* What is counted of them. The numbers are on disk: never change one. */
enum guard_part {
        PART_RECIPIENTS = 1, /* different addresses of ours that were tried, existing or not */
        PART_COMMANDS = 2,   /* commands that were refused */
        PART_RELAY = 3,      /* recipients that are not ours */
        PART_PROBE = 4,      /* patterns of relay probes that matched (policy/probe.h) */
        PART_EARLY = 5,      /* transactions that a closed connection broke off */
        PART_PREGREET = 6,   /* spoke before the greeting */
        PART_GIBBERISH = 7,  /* local parts that nobody would choose (policy/gibberish.h) */
        PART_DNSBL = 8,      /* is on a DNS blocklist */
        PART_RATE = 9,       /* more connections or messages than are allowed */
        PART_DECOY = 10,     /* messages that the decoy was given */
        PART_MESSAGES = 11,  /* messages that were taken: counted, no points */
        GUARD_PARTS
};

#endif
