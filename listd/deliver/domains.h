/* domains.h - recipients' domains that put mail off (requirement A10)
 * Three recipients of a domain in a row who are put off, by an answer that is not about their mailboxes: then the domain waits, and
 * nobody else's copy is held up by it. Once an hour one copy is tried.
 *
 * domain:  (none) -> WATCHED [domains_away]   WATCHED -> WAITS, the third time [domains_away]
 *          WAITS -> PROBED, when its hour is over, by one copy [domains_wait]   PROBED -> WAITS [domains_away, or by time]
 *          any -> (none) [domains_up, domains_forget]
 * It is memory only: after a start each is tried anew. */
#ifndef LISTD_DELIVER_DOMAINS_H
#define LISTD_DELIVER_DOMAINS_H

#include <stdbool.h>
#include <stdint.h>

enum {
        DOMAINS_MAX = 10000, /* that are known; of others each copy is tried */
        DOMAINS_STRIKES = 3,
        DOMAINS_WAIT = 3600,      /* seconds until the next try */
        DOMAINS_PROBE_WAIT = 300, /* for others, while the answer to the one that is tried is not there */
        DOMAINS_WHY_MAX = 300
};

/* Safe to use from several threads. */
struct domains;
struct domains *domains_new(void);
void domains_free(struct domains *domains);

/* Whether a copy to this address is not to be tried now: until when, and what the relay said last (DOMAINS_WHY_MAX + 1 octets). False
 * when it may be tried; when its domain was waiting, this copy is the one that is. */
bool domains_wait(struct domains *domains, const char *address, int64_t now, int64_t *ret_until, char *ret_why);

/* Whether anything is known of its domain; nothing changes. */
bool domains_known(struct domains *domains, const char *address);

/* What the relay answered to a copy. */
void domains_away(struct domains *domains, const char *address, int64_t now, const char *why);
void domains_up(struct domains *domains, const char *address);

/* All may be tried at once. */
void domains_forget(struct domains *domains);

#endif
