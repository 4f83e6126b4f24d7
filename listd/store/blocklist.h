/* blocklist.h - which DNS blocklists work, as `receive` has seen it (spool.db): for `listctl guard status` */
#ifndef LISTD_STORE_BLOCKLIST_H
#define LISTD_STORE_BLOCKLIST_H

#include "store/spool.h"

struct blocklist_row {
        char *zone;
        char *why; /* it is not asked; "": it is */
        int64_t since;
};

/* receive: at its start there are none, and then each as it turns on or off. */
MUST_USE bool blocklist_clear(struct spool *spool, struct err *ret_err);
MUST_USE bool blocklist_set(struct spool *spool, const struct blocklist_row *row, struct err *ret_err);

/* A GPtrArray of struct blocklist_row that frees them. */
MUST_USE bool blocklist_all(struct spool *spool, GPtrArray **ret_rows, struct err *ret_err);

#endif
