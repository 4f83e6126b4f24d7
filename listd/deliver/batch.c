/* batch.c - the outcomes of a claim, recorded in small groups as they come
 * Gives:  batch_add(), batch_flush()
 * Fails:  as queue_settle(); the group is then forgotten, its copies will be repeated */
#include "deliver/batch.h"

bool batch_flush(struct batch *batch, struct err *ret_err)
{
        bool ok = queue_settle(batch->store, batch->claim, batch->results, batch->count, store_now(), ret_err);
        for (size_t i = 0; i < batch->count; i++)
                g_free((char *) batch->results[i].text);
        batch->count = 0;
        return ok;
}

bool batch_add(struct batch *batch, const struct queue_recipient *recipient, enum queue_outcome outcome, int code,
               const char *text, struct err *ret_err)
{
        gint64 now = g_get_monotonic_time();
        if (batch->count == 0)
                batch->since = now;
        batch->results[batch->count++] = (struct queue_result){ recipient, outcome, code, g_strdup(text) };
        batch->totals[outcome]++;
        if (batch->count < BATCH_RESULTS && now - batch->since < (gint64) BATCH_MS * 1000)
                return true;
        return batch_flush(batch, ret_err);
}
