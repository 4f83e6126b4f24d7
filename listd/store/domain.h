/* domain.h - our domains: whether they keep mail for unknown addresses, and since when (requirement B2)
 * On: each address of the domain gets the same answer, and mail for what does not exist is kept. Off: what does not exist is
 * refused in the session. A private list must not be told from that, so a domain that is off has none: list_set() holds it
 * from one side, domain_set_no_bounce() from the other. */
#ifndef LISTD_STORE_DOMAIN_H
#define LISTD_STORE_DOMAIN_H

#include "store/store.h"

enum { DOMAIN_SWITCHES_MAX = 1000 }; /* of a domain: beyond it the oldest are forgotten */

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

#endif
