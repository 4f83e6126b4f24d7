/* keep.c - what waits for a person
 * Gives:  work_keep(), work_desk(), way_misaddressed() */
#include "base/log.h"
#include "handle/work.h"

bool work_keep(struct work *work, enum held_kind kind, const char *reason, char *ret_id, struct err *ret_err)
{
        char id[HELD_ID_CHARS + 1];
        struct envelope one = *work->envelope;
        one.recipients = g_ptr_array_new();
        g_ptr_array_add(one.recipients, (void *) work->recipient);
        GBytes *bytes = envelope_write(&one);
        bool ok = held_add(work->store, kind, work->list ? work->list->id : 0, reason, work->log_id, bytes, ret_id ? ret_id : id,
                           ret_err);
        g_bytes_unref(bytes);
        g_ptr_array_unref(one.recipients);
        return ok;
}

struct desk work_desk(const struct work *work)
{
        return (struct desk){
                .store = work->store,
                .conf = work->conf,
                .list = work->list,
                .log_id = work->log_id,
                .in_reply_to = work->message ? message_get(work->message, "Message-ID") : NULL,
                .network = work->network,
                .now = work->now,
        };
}

bool way_misaddressed(struct work *work, struct err *ret_err)
{
        log_event(LOG_LEVEL_INFO, "misaddressed", "msg", work->log_id, "to", log_address(work->recipient), NULL);
        return work_keep(work, HELD_MISADDRESSED, "no such address", NULL, ret_err);
}
