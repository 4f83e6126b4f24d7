/* keep.c - what waits for a person
 * Gives:  work_envelope(), work_keep(), work_desk() */
#include "handle/work.h"

GBytes *work_envelope(const struct work *work)
{
        struct envelope one = *work->envelope;
        one.recipients = g_ptr_array_new();
        g_ptr_array_add(one.recipients, (void *) work->recipient);
        GBytes *bytes = envelope_write(&one);
        g_ptr_array_unref(one.recipients);
        return bytes;
}

bool work_keep(struct work *work, enum held_kind kind, const char *reason, char *ret_id, struct err *ret_err)
{
        char id[HELD_ID_CHARS + 1];
        GBytes *bytes = work_envelope(work);
        bool ok = held_add(work->store, kind, work->list ? work->list->id : 0, reason, work->log_id, bytes, ret_id ? ret_id : id,
                           ret_err);
        g_bytes_unref(bytes);
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
