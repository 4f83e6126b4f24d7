/* domain.h - our domains: whether they keep mail for unknown addresses, since when, and what came (requirements B2, D8)
 * On: each address of the domain gets the same answer, and mail for what does not exist is kept. Off: what does not exist is
 * refused in the session. A private list must not be told from that, so a domain that is off has none: list_set() holds it
 * from one side, domain_set_no_bounce() from the other. */
#ifndef LISTD_STORE_DOMAIN_H
#define LISTD_STORE_DOMAIN_H

#include "store/store.h"

enum {
        DOMAIN_SWITCHES_MAX = 1000, /* of a domain: beyond it the oldest are forgotten */
        DOMAIN_DAYS = 26 * 7        /* of which what came is kept: about 6 KB a domain */
};

/* On where nobody ever switched; *ret_since (may be NULL) is 0 then. `domain` is an A-label in lower case. */
MUST_USE bool domain_no_bounce(struct store *store, const char *domain, bool *ret_on, int64_t *ret_since, struct err *ret_err);

/* Nothing changes, and no date is written, when it is so already. ERR_PERM: it has private lists, says how many. */
MUST_USE bool domain_set_no_bounce(struct store *store, const char *domain, bool on, int64_t now, struct err *ret_err);

/* The domains that are off: a GPtrArray of char * that frees them. */
MUST_USE bool domain_open(struct store *store, GPtrArray **ret_domains, struct err *ret_err);

/* When it was switched to what, oldest first: a GArray of struct domain_switch. */
struct domain_switch {
        int64_t at;
        bool no_bounce;
};
MUST_USE bool domain_switches(struct store *store, const char *domain, GArray **ret_switches, struct err *ret_err);

/* What came to a domain on a day; numbers only. */
struct domain_counts {
        int64_t taken;        /* each message once for each recipient */
        int64_t misaddressed; /* of these */
        int64_t probes;       /* of the misaddressed */
        int64_t spam;         /* of the taken: marked by a filter, or labelled */
};
/* Adds to a day, in the transaction of what is counted. */
MUST_USE bool domain_count(struct store *store, const char *domain, const struct domain_counts *more, int64_t now, struct err *ret_err);

struct domain_day {
        int64_t day; /* since 1970, UTC */
        struct domain_counts counts;
};
/* Oldest first: a GArray of struct domain_day. */
MUST_USE bool domain_days(struct store *store, const char *domain, GArray **ret_days, struct err *ret_err);
MUST_USE bool domain_expire(struct store *store, int64_t now, struct err *ret_err);

#endif
