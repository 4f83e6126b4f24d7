/* handle.c - the role that decides: from the spool to the queue
 * Gives:  handle_main()
 * Fails:  exit status 1 when keys or stores do not open; a store that fails later is tried again
 * The loop claims a few messages, routes each in a transaction of its own, and takes them out of the spool. Dying at any
 * point repeats nothing: the spool id is recorded with the work (store/accepted.h). */
#include "handle/handle.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "handle/bounce.h"
#include "handle/digest.h"
#include "handle/expire.h"
#include "handle/freemail.h"
#include "handle/publish.h"
#include "handle/report.h"
#include "handle/route.h"

enum {
        CLAIM_MAX = 32,
        MESSAGE_SECONDS = 60,         /* a message that takes longer kills its handler, and counts as a crash */
        MEMORY_MAX = 1024 * 1024 * 1024,
        IDLE_MS = 1000,               /* listctl wakes nobody: look now and then */
        STORE_RETRY_MS = 5000,
        REPORT_LOOK_SECONDS = 60,
        EXPIRE_SECONDS = 600, /* a pause ends as soon */
        EXPIRE_LATE_SECONDS = 3600
};

static volatile sig_atomic_t must_stop; /* set by SIGTERM: the only thing a signal handler may do */

static void on_term(int number)
{
        must_stop = 1;
}

static void set_limits(void)
{
        struct sigaction term = { .sa_handler = on_term };
        sigaction(SIGTERM, &term, NULL);
#ifndef __SANITIZE_ADDRESS__ /* whose shadow memory alone is larger */
        const struct rlimit memory = { MEMORY_MAX, MEMORY_MAX };
        if (setrlimit(RLIMIT_DATA, &memory) != 0)
                log_event(LOG_LEVEL_WARN, "no-memory-limit", NULL);
#endif
}

struct handle {
        struct conf *conf;
        struct keyring *keyring;
        struct store *store;
        struct spool *spool;
        int wake_in, wake_out;
        bool is_woken;    /* somebody wants something: a message, else what fetch has brought */
        gint64 report_at; /* monotonic: when it looks again whether a report is due */
        gint64 expire_at; /* monotonic: of the wall's clock only what is stored depends */
};

static void wait_for_work(struct handle *handle, int timeout_ms)
{
        struct pollfd wake = { .fd = handle->wake_in, .events = POLLIN };
        char drain[64];
        handle->is_woken = poll(&wake, 1, timeout_ms) > 0;
        if (handle->is_woken)
                while (read(handle->wake_in, drain, sizeof drain) == sizeof drain)
                        ;
}

static void wake_deliver(const struct handle *handle)
{
        if (handle->wake_out >= 0 && write(handle->wake_out, "", 1) < 0)
                return; /* the pipe is full: deliver is awake */
}

static bool route_claimed(struct handle *handle, GPtrArray *items, struct err *ret_err)
{
        for (guint i = 0; i < items->len; i++) {
                alarm(MESSAGE_SECONDS);
                bool ok = route_item(handle->store, handle->conf, items->pdata[i], clock_now(), ret_err);
                alarm(0);
                if (!ok)
                        return false;
        }
        return spool_remove(handle->spool, items, ret_err);
}

/* A list that cannot be read leaves the one that was: mail is not kept waiting for it. */
static void tell_freemail(bool ok, const struct err *err)
{
        if (!ok)
                log_event(LOG_LEVEL_ERROR, "freemail-unusable", "error", err->text, NULL);
}

static void keep_freemail_fresh(const struct handle *handle)
{
        struct err err = { 0 };
        tell_freemail(freemail_keep_fresh(handle->store, handle->spool, &err), &err);
}

/* When there is nothing else to do; on a server that is never idle at last all the same. */
static bool is_time_to_expire(const struct handle *handle, bool idle)
{
        const gint64 late = (gint64) EXPIRE_LATE_SECONDS * G_USEC_PER_SEC;
        return g_get_monotonic_time() >= handle->expire_at + (idle ? 0 : late);
}

/* Looked at once a minute: it asks a few rows. */
static bool report_when_due(struct handle *handle, struct err *ret_err)
{
        bool sent, digested;
        if (g_get_monotonic_time() < handle->report_at)
                return true;
        handle->report_at = g_get_monotonic_time() + (gint64) REPORT_LOOK_SECONDS * G_USEC_PER_SEC;
        if (!report_tick(handle->store, handle->spool, handle->conf, clock_now(), &sent, ret_err)
            || !digest_tick(handle->store, handle->conf, clock_now(), &digested, ret_err))
                return false;
        keep_freemail_fresh(handle);
        if (sent || digested)
                wake_deliver(handle);
        return true;
}

/* False: the store failed; what was claimed is free again, or will be at the next try. */
static bool turn(struct handle *handle, bool *ret_idle, struct err *ret_err)
{
        GPtrArray *items;
        if (!spool_claim(handle->spool, CLAIM_MAX, &items, ret_err))
                return false;
        *ret_idle = items->len == 0;
        bool ok = *ret_idle || route_claimed(handle, items, ret_err);
        g_ptr_array_unref(items);
        if (!*ret_idle)
                wake_deliver(handle);
        else if (handle->is_woken)
                keep_freemail_fresh(handle);
        if (ok && is_time_to_expire(handle, *ret_idle)) {
                ok = expire_all(handle->store, clock_now(), ret_err) && bounce_tick(handle->store, handle->conf, clock_now(), ret_err);
                handle->expire_at = g_get_monotonic_time() + (gint64) EXPIRE_SECONDS * G_USEC_PER_SEC;
        }
        return ok && report_when_due(handle, ret_err);
}

/* What was claimed is free again before anything else is claimed: else it would wait for the next start. */
static void recover(struct handle *handle)
{
        struct err err;
        while (!must_stop && !spool_recover(handle->spool, false, &err)) {
                log_event(LOG_LEVEL_ERROR, "store-failed", "error", err.text, "retry", log_number(STORE_RETRY_MS / 1000), NULL);
                wait_for_work(handle, STORE_RETRY_MS);
        }
}

static void run(struct handle *handle)
{
        bool idle = false;
        while (!must_stop) {
                struct err err = { 0 };
                if (idle)
                        wait_for_work(handle, IDLE_MS);
                if (turn(handle, &idle, &err))
                        continue;
                log_event(LOG_LEVEL_ERROR, "store-failed", "error", err.text, "retry", log_number(STORE_RETRY_MS / 1000), NULL);
                wait_for_work(handle, STORE_RETRY_MS);
                recover(handle);
        }
}

static void sync_freemail(const struct handle *handle)
{
        struct err err = { 0 };
        tell_freemail(freemail_sync(handle->store, handle->conf, &err), &err);
}

static bool open_all(struct handle *handle, bool crashed, struct err *ret_err)
{
        return keyring_load(&handle->keyring, handle->conf->data, ret_err)
               && store_open(&handle->store, handle->conf->data, handle->keyring, false, ret_err)
               && spool_open(&handle->spool, handle->conf->data, false, ret_err)
               && spool_recover(handle->spool, crashed, ret_err)
               && publish_facts(handle->store, handle->conf->data, ret_err);
}

int handle_main(struct handover *handover)
{
        struct err err = { 0 };
        struct handle handle = { .conf = handover->conf, .wake_in = handover->wake_in, .wake_out = handover->wake_out };
        set_limits();
        handle.expire_at = g_get_monotonic_time();
        bool ok = open_all(&handle, handover->crashed, &err);
        if (ok)
                sync_freemail(&handle);
        if (ok && !sandbox_confine(SANDBOX_HANDLE, handover->conf)) {
                ok = false; /* logged */
        } else if (ok) {
                log_event(LOG_LEVEL_INFO, "started", NULL);
                run(&handle);
                log_event(LOG_LEVEL_INFO, "stopped", NULL);
        } else {
                log_event(LOG_LEVEL_ERROR, "cannot-start", "error", err.text, NULL);
        }
        spool_close(handle.spool);
        store_close(handle.store);
        keyring_free(handle.keyring);
        return ok ? 0 : 1;
}
