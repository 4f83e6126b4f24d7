/* backup.h - all that is durable in one file, and back
 * The file is a SQLite database of its own: both stores as snapshots in pieces, and a box that tells whether keys fit. Without the keys
 * nothing of it can be read but sizes and counts; they are in it only when that is asked for.
 * The spool's snapshot is the earlier one: a message on its way from the spool to the queue is in the first, or in both, where its spool
 * id tells that it was done. */
#ifndef LISTD_STORE_BACKUP_H
#define LISTD_STORE_BACKUP_H

#include "store/spool.h"
#include "store/store.h"

/* Octets that are done, of all. */
typedef void backup_progress(void *user, int64_t done, int64_t total);

struct backup_job {
        struct store *store;
        struct spool *spool;
        const char *data;  /* the data folder, whose keys are meant */
        const char *path;  /* of the backup */
        bool with_keys;
        backup_progress *progress;
        void *user;
};

/* While listd runs. The file, of mode 0600, is there when it is whole, or not at all; ERR_PERM when there is one already. */
MUST_USE bool backup_write(const struct backup_job *job, struct err *ret_err);

/* Looks at all of it first: ERR_PERM when it is damaged, of a newer listd, or of other keys. Then the stores are as they were when it was
 * written. With keys they are put in place of those of the data folder, which are kept beside, as NAME.before. Nothing else may have the
 * stores open. */
MUST_USE bool backup_restore(const struct backup_job *job, int64_t *ret_written, struct err *ret_err);

#endif
