/* committer.c - one durable commit for messages that are whole at the same time
 * Gives:  committer_new(), committer_add(), committer_forget(), committer_free()
 * Fails:  `done` is told false, and the reason is logged: the client then keeps the message
 * Why:    a commit costs a flush of the disk, whether of one row or of a hundred. The timer of no time at all runs after
 *         the input that is ready now has been read, and so gathers what came together, without waiting for anyone. */
#include "receive/committer.h"

#include <unistd.h>

#include "base/log.h"

struct waiting {
        void (*done)(void *user, bool ok);
        void *user;     /* NULL: forgotten */
        bool is_sealed; /* false: there is no item for it */
};

struct committer {
        struct spool *spool;
        uint8_t public_key[KEY_BYTES];
        int wake_out;
        struct event *timer; /* pending while anyone waits */
        GArray *items;       /* struct spool_item */
        GArray *waiting;     /* struct waiting */
};

static void item_clear(void *data)
{
        struct spool_item *item = data;
        g_clear_pointer(&item->box, g_bytes_unref);
}

/* A full pipe is fine: then the one behind is awake or about to be. */
static void wake(const struct committer *committer)
{
        ssize_t written = committer->wake_out < 0 ? 0 : write(committer->wake_out, "", 1);
        (void) written;
}

static bool commit(struct committer *committer)
{
        struct err err = { 0 };
        GArray *items = committer->items;
        bool ok = items->len == 0 || spool_put(committer->spool, (struct spool_item *) (void *) items->data, items->len, &err);
        if (!ok)
                log_event(LOG_LEVEL_ERROR, "spool-failed", "messages", log_number(items->len), "reason", err.text, NULL);
        else if (items->len > 0)
                wake(committer);
        g_array_set_size(items, 0);
        return ok;
}

static void start_timer(struct committer *committer)
{
        static const struct timeval at_once = { 0 };
        event_add(committer->timer, &at_once);
}

/* Who is told may add again at once: that waits for the next turn. */
static void on_timer(evutil_socket_t fd, short what, void *data)
{
        struct committer *committer = data;
        const guint count = committer->waiting->len;
        const bool ok = commit(committer);
        for (guint i = 0; i < count; i++) {
                const struct waiting one = g_array_index(committer->waiting, struct waiting, i);
                if (one.user)
                        one.done(one.user, ok && one.is_sealed);
        }
        g_array_remove_range(committer->waiting, 0, count);
        if (committer->waiting->len > 0)
                start_timer(committer);
}

struct committer *committer_new(struct event_base *base, struct spool *spool, const uint8_t public_key[KEY_BYTES],
                                int wake_out)
{
        struct committer *committer = g_new0(struct committer, 1);
        committer->spool = spool;
        memcpy(committer->public_key, public_key, KEY_BYTES);
        committer->wake_out = wake_out;
        committer->timer = evtimer_new(base, on_timer, committer);
        committer->items = g_array_new(FALSE, FALSE, sizeof(struct spool_item));
        g_array_set_clear_func(committer->items, item_clear);
        committer->waiting = g_array_new(FALSE, FALSE, sizeof(struct waiting));
        return committer;
}

void committer_free(struct committer *committer)
{
        if (!committer)
                return;
        event_free(committer->timer);
        g_array_unref(committer->items);
        g_array_unref(committer->waiting);
        g_free(committer);
}

/* NULL: an envelope that may not be written, a bug of ours. */
static GBytes *seal(const struct committer *committer, const struct envelope *envelope)
{
        gsize length;
        GBytes *plain = envelope_write(envelope);
        if (!plain)
                return NULL;
        const void *bytes = g_bytes_get_data(plain, &length);
        GBytes *box = spool_box_seal(committer->public_key, bytes, length);
        g_bytes_unref(plain);
        return box;
}

void committer_add(struct committer *committer, const uint8_t id[SPOOL_ID_BYTES], struct envelope *envelope,
                   void (*done)(void *user, bool ok), void *user)
{
        struct spool_item item = { .received = g_get_real_time() / G_USEC_PER_SEC };
        memcpy(item.id, id, sizeof item.id);
        envelope->received = item.received;
        item.box = seal(committer, envelope);
        envelope_free(envelope);
        const struct waiting one = { done, user, item.box != NULL };
        if (item.box)
                g_array_append_val(committer->items, item);
        else
                log_event(LOG_LEVEL_ERROR, "bug", "reason", "an envelope that cannot be written", NULL);
        if (committer->waiting->len == 0)
                start_timer(committer);
        g_array_append_val(committer->waiting, one);
}

void committer_forget(struct committer *committer, const void *user)
{
        for (guint i = 0; i < committer->waiting->len; i++) {
                struct waiting *one = &g_array_index(committer->waiting, struct waiting, i);
                if (one->user == user)
                        one->user = NULL;
        }
}
