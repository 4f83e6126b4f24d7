/* keep.c - what waits for a person, or for a later version
 * Gives:  work_keep(), way_command(), way_misaddressed() */
#include "base/log.h"
#include "handle/work.h"
#include "store/held.h"

bool work_keep(struct work *work, int kind, const char *reason, struct err *ret_err)
{
        char id[HELD_ID_CHARS + 1];
        struct envelope one = *work->envelope;
        one.recipients = g_ptr_array_new();
        g_ptr_array_add(one.recipients, (void *) work->recipient);
        GBytes *bytes = envelope_write(&one);
        bool ok = held_add(work->store, (enum held_kind) kind, work->list ? work->list->id : 0, reason, work->log_id, bytes, id,
                           ret_err);
        g_bytes_unref(bytes);
        g_ptr_array_unref(one.recipients);
        return ok;
}

bool way_command(struct work *work, struct err *ret_err)
{
        /* leaks X4: nothing automatic is ever executed, so there is nothing to keep it for */
        bool drop = work->automatic == AUTOMATIC_REPORT || work->automatic == AUTOMATIC_REPLY;
        log_event(LOG_LEVEL_INFO, "command", "msg", work->log_id, "list", work->list->address, "door",
                  TARGET_DOOR_WORDS[work->target.door], "verdict", drop ? "discard" : "keep", NULL);
        return drop || work_keep(work, HELD_COMMAND, TARGET_DOOR_WORDS[work->target.door], ret_err);
}

bool way_misaddressed(struct work *work, struct err *ret_err)
{
        log_event(LOG_LEVEL_INFO, "misaddressed", "msg", work->log_id, "to", log_address(work->recipient), NULL);
        return work_keep(work, HELD_MISADDRESSED, "no such address", ret_err);
}
