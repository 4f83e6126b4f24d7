/* spool.h - spool.db: the hand-off from `receive` to `handle`, and the little that `receive` may know
 * DATA/spool/spool.db, a folder of receive's own. A message is a box sealed to handle's public key; receive can add and
 * count, but not read back.
 *
 * NEW -> CLAIMED [spool_claim]   CLAIMED -> gone [spool_remove]   CLAIMED -> NEW [spool_recover, at the start of handle]
 * A CLAIMED message whose handler crashed has its crashes counted by spool_recover(). */
#ifndef LISTD_STORE_SPOOL_H
#define LISTD_STORE_SPOOL_H

#include "store/store.h"

struct spool;

MUST_USE bool spool_open(struct spool **ret_spool, const char *data, bool create, struct err *ret_err);
void spool_close(struct spool *spool);
/* Reads all of it; ERR_PERM when it is damaged. */
MUST_USE bool spool_check(struct spool *spool, struct err *ret_err);

struct spool_item {
        uint8_t id[SPOOL_ID_BYTES];
        GBytes *box;
        int64_t received;
        int crashes; /* how often handle died over it */
};

/* receive: all of them in one durable commit, or none. */
MUST_USE bool spool_put(struct spool *spool, const struct spool_item *items, size_t count, struct err *ret_err);

enum { SPOOL_CLAIM_OCTETS = 16 * 1024 * 1024 }; /* a claim takes no further message once it has so many */

/* handle: up to `limit` items, oldest first, marked CLAIMED. One that crashed a handler before comes alone, after the
 * others. A GPtrArray of struct spool_item that frees them. */
MUST_USE bool spool_claim(struct spool *spool, size_t limit, GPtrArray **ret_items, struct err *ret_err);
MUST_USE bool spool_remove(struct spool *spool, const GPtrArray *items, struct err *ret_err);
MUST_USE bool spool_recover(struct spool *spool, bool crashed, struct err *ret_err);

MUST_USE bool spool_depth(struct spool *spool, int64_t *ret_count, int64_t *ret_oldest, struct err *ret_err);

/* The facts that may flow to `receive` (tests/lint reads this list): the address of a public list and its own limit; and
 * of domains that refuse unknown addresses, which are open, the names of their lists, all of them public. */
struct spool_limit {
        char *address; /* lower case */
        int max_size;  /* octets; 0: the server's */
};
struct spool_name {
        char *name, *domain; /* lower case */
};
struct spool_facts {
        const struct spool_limit *limits;
        const struct spool_name *names;
        char *const *open_domains;
        size_t limit_count, name_count, open_count;
};
/* handle, listctl: replaces them all. */
MUST_USE bool spool_publish(struct spool *spool, const struct spool_facts *facts, struct err *ret_err);
/* receive: 0 when the address has none. */
MUST_USE bool spool_limit_of(struct spool *spool, const char *address, int *ret_max_size, struct err *ret_err);
/* receive: whether unknown addresses of a domain are refused, and whether a list of such a domain exists. */
MUST_USE bool spool_is_open(struct spool *spool, const char *domain, bool *ret_open, struct err *ret_err);
MUST_USE bool spool_has_list(struct spool *spool, const char *name, const char *domain, bool *ret_has, struct err *ret_err);

#endif
