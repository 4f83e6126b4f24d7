/* batch.h - the outcomes of a claim, recorded in small groups as they come
 * A commit for each copy would cost more than the copy; one for all would repeat them all after a crash. */
#ifndef LISTD_DELIVER_BATCH_H
#define LISTD_DELIVER_BATCH_H

#include "store/queue.h"

enum {
        BATCH_RESULTS = 25, /* of copies that a reader has alone; of QUEUE_BATCH a chunk, which takes no longer */
        BATCH_MS = 200,
        BATCH_RETRY_MS = 500,
        BATCH_PATIENCE_S = 600,
        BATCH_OUTCOMES = OUTCOME_FAILED + 1
};

struct batch {
        struct store *store;
        const struct queue_claim *claim;
        struct queue_result results[QUEUE_CHUNK_MEMBERS]; /* their texts are the batch's own */
        size_t count;
        gint64 since;                  /* when the first of them came */
        unsigned totals[BATCH_OUTCOMES];
};

/* Adds one outcome, in the order of the claim; its text is copied. Commits when there are enough, or BATCH_MS have passed. */
MUST_USE bool batch_add(struct batch *batch, const struct queue_result *result, struct err *ret_err);
/* Commits what there is. */
MUST_USE bool batch_flush(struct batch *batch, struct err *ret_err);

/* Tries a commit for BATCH_PATIENCE_S, while it fails with ERR_TEMP. */
typedef bool batch_attempt(const void *user, struct err *ret_err);
MUST_USE bool batch_patiently(batch_attempt *attempt, const void *user, const char *log_id, struct err *ret_err);

#endif
