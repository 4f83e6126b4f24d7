/* batch.c - the outcomes of a claim, recorded in small groups as they come
 * Gives:  batch_add(), batch_flush(), batch_patiently()
 * Fails:  as queue_settle(), but what may work later is tried for BATCH_PATIENCE_S: an outcome that is forgotten is a copy
 *         that is sent twice, and a disk is full or a store busy (with a million new members) for a while only */
#include "deliver/batch.h"

#include "base/log.h"

static bool settle(const void *user, struct err *ret_err)
{
        const struct batch *batch = user;
        return queue_settle(batch->store, batch->claim, batch->results, batch->count, clock_now(), ret_err);
}

bool batch_patiently(batch_attempt *attempt, const void *user, const char *log_id, struct err *ret_err)
{
        const gint64 end = g_get_monotonic_time() + (gint64) BATCH_PATIENCE_S * G_USEC_PER_SEC;
        bool ok = attempt(user, ret_err);
        if (!ok && ret_err->class == ERR_TEMP)
                log_event(LOG_LEVEL_ERROR, "not-recorded", "msg", log_id, "error", ret_err->text, "meaning",
                          "tried again until it works", NULL);
        while (!ok && ret_err->class == ERR_TEMP && g_get_monotonic_time() < end) {
                g_usleep(BATCH_RETRY_MS * 1000);
                ok = attempt(user, ret_err);
        }
        return ok;
}

bool batch_flush(struct batch *batch, struct err *ret_err)
{
        bool ok = batch_patiently(settle, batch, batch->claim->log_id, ret_err);
        for (size_t i = 0; i < batch->count; i++)
                g_free((char *) batch->results[i].text);
        batch->count = 0;
        return ok;
}

bool batch_add(struct batch *batch, const struct queue_result *result, struct err *ret_err)
{
        gint64 now = g_get_monotonic_time();
        if (batch->count == 0)
                batch->since = now;
        batch->results[batch->count] = *result;
        batch->results[batch->count++].text = g_strdup(result->text);
        batch->totals[result->outcome]++;
        const size_t enough = batch->claim->kind == QUEUE_BATCH ? (size_t) QUEUE_CHUNK_MEMBERS : BATCH_RESULTS;
        if (batch->count < enough && now - batch->since < (gint64) BATCH_MS * 1000)
                return true;
        return batch_flush(batch, ret_err);
}
