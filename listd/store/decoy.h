/* decoy.h - networks whose first message to the decoy has been seen (requirement C6)
 * A keyed hash of each, without expiry: "the first ever" needs a memory. When it is full, nobody is the first any more. */
#ifndef LISTD_STORE_DECOY_H
#define LISTD_STORE_DECOY_H

#include "store/store.h"

enum { DECOY_NETWORKS_MAX = 50000 };

/* In the caller's transaction. *ret_first: it was not known, and is now. */
MUST_USE bool decoy_network_seen(struct store *store, const char *network, int64_t now, bool *ret_first, struct err *ret_err);
/* How many first messages were sent on since a time; and one more, of that network. */
MUST_USE bool decoy_forwards(struct store *store, int64_t since, int64_t *ret_count, struct err *ret_err);
MUST_USE bool decoy_forwarded(struct store *store, const char *network, struct err *ret_err);

#endif
