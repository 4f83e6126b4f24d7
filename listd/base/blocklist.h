/* blocklist.h - an item of [guard] dnsbl: a DNS blocklist, and which of its answers count */
#ifndef LISTD_BASE_BLOCKLIST_H
#define LISTD_BASE_BLOCKLIST_H

#include <stdint.h>

#include "base/err.h"

enum {
        BLOCKLISTS_MAX = 16,
        BLOCKLIST_ZONE_MAX = 253 - 64 /* a name has 253 octets, and 64 of them are an IPv6 address in nibbles */
};

struct blocklist {
        char zone[BLOCKLIST_ZONE_MAX + 1]; /* A-labels, lower case */
        uint32_t answers, mask;            /* an answer A counts when (A & mask) == answers; IPv4, in the host's order */
};

/* ZONE, ZONE=127.0.0.2 or ZONE=127.0.0.2/31. */
MUST_USE bool blocklist_parse(struct blocklist *ret_list, const char *text, struct err *ret_err);

#endif
