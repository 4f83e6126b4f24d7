/* deliver.c - the role that sends: from the queue to the relay
 * Gives:  deliver_main()
 * Fails:  exit status 1 when keys or the store do not open, or the store fails later (the next start recovers); 2 for a
 *         relay that cannot be used as it is configured
 * The main thread waits for signals and wakes; [deliver] sessions threads do the work (worker.c). At SIGTERM the copies
 * that are under way are finished, what is left goes back to the queue. Killed at any point, at most the copies whose
 * outcome was not committed yet are repeated (batch.h). */
#include "deliver/deliver.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "deliver/worker.h"
#include "store/queue.h"
#include "store/waiting.h"

enum {
        LOOK_MS = 1000, /* listctl wakes nobody, and what was put off comes due: look now and then */
        PROBE_FIRST_MS = 5 * 1000,
        PROBE_LAST_MS = 5 * 60 * 1000,
        STOP_MS = 20 * 1000 /* for the copies under way */
};

struct deliver {
        struct crew crew;
        struct keyring *keyring;
        int signals; /* a descriptor */
        int wake;    /* -1: nobody wakes */
        GPtrArray *stores; /* one for each thread */
        GPtrArray *workers;
};

/* SIGTERM becomes readable; for all threads to come as well. */
static int open_signals(void)
{
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        signal(SIGPIPE, SIG_IGN); /* libESMTP writes to closed connections */
        return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool open_stores(struct deliver *deliver, struct err *ret_err)
{
        const struct conf *conf = deliver->crew.conf;
        for (int i = 0; i < conf->sessions; i++) {
                struct store *store;
                if (!store_open(&store, conf->data, deliver->keyring, false, ret_err))
                        return false;
                g_ptr_array_add(deliver->stores, store);
        }
        return queue_recover(deliver->stores->pdata[0], ret_err) && outage_end(deliver->stores->pdata[0], ret_err);
}

static bool open_relay(struct deliver *deliver, const struct handover *handover, struct err *ret_err)
{
        const struct conf *conf = handover->conf;
        const struct relay_settings settings = { .endpoint = conf->relay,
                                                 .hostname = conf->hostname,
                                                 .tls = (enum conf_tls) conf->tls,
                                                 .tls_ca = handover->tls_ca,
                                                 .user = conf->relay_user,
                                                 .password = handover->password };
        return relay_new(&deliver->crew.relay, &settings, ret_err);
}

static bool open_all(struct deliver *deliver, const struct handover *handover, struct err *ret_err)
{
        if (!keyring_load(&deliver->keyring, deliver->crew.conf->data, ret_err) || !open_stores(deliver, ret_err)
            || !open_relay(deliver, handover, ret_err))
                return false;
        deliver->crew.keyring = deliver->keyring;
        deliver->crew.domains = domains_new();
        deliver->crew.pace = pace_new(deliver->stores->len, PROBE_FIRST_MS, PROBE_LAST_MS);
        return true;
}

static void start_workers(struct deliver *deliver)
{
        while (deliver->stores->len > 0)
                g_ptr_array_add(deliver->workers, worker_start(&deliver->crew, g_ptr_array_steal_index(deliver->stores, 0)));
}

/* Waits for the next wake, or for LOOK_MS. False: stop. */
static bool wait_for_work(struct deliver *deliver)
{
        struct pollfd fds[] = { { .fd = deliver->signals, .events = POLLIN }, { .fd = deliver->wake, .events = POLLIN } };
        char drain[64];
        if (poll(fds, G_N_ELEMENTS(fds), LOOK_MS) > 0 && fds[0].revents)
                return false;
        if (fds[1].revents & POLLIN)
                while (read(deliver->wake, drain, sizeof drain) == sizeof drain)
                        continue;
        else if (fds[1].revents)
                deliver->wake = -1; /* nobody holds the other end any more */
        return !pace_stopping(deliver->crew.pace);
}

static void run(struct deliver *deliver)
{
        start_workers(deliver);
        while (wait_for_work(deliver))
                pace_wake(deliver->crew.pace);
        pace_stop(deliver->crew.pace);
        if (!pace_finish(deliver->crew.pace, STOP_MS)) {
                log_event(LOG_LEVEL_WARN, "stop-forced", "reason", "the relay is too slow to answer for what is under way", NULL);
                relay_abort(deliver->crew.relay);
        }
        g_ptr_array_set_size(deliver->workers, 0);
}

int deliver_main(struct handover *handover)
{
        struct err err = { 0 };
        struct deliver deliver = { .crew.conf = handover->conf, .wake = handover->wake_in };
        deliver.signals = open_signals();
        deliver.stores = g_ptr_array_new_with_free_func((GDestroyNotify) store_close);
        deliver.workers = g_ptr_array_new_with_free_func((GDestroyNotify) worker_join);
        int status = 1;
        if (!open_all(&deliver, handover, &err)) {
                log_event(LOG_LEVEL_ERROR, "cannot-start", "error", err.text, NULL);
                status = err_exit_status(err.class);
        } else if (sandbox_confine(SANDBOX_DELIVER, handover->conf)) {
                log_event(LOG_LEVEL_INFO, "started", "relay", handover->conf->relay, "sessions",
                          log_number(handover->conf->sessions), NULL);
                run(&deliver);
                log_event(LOG_LEVEL_INFO, "stopped", NULL);
                status = pace_failed(deliver.crew.pace) ? 1 : 0;
        }
        g_ptr_array_unref(deliver.workers);
        g_ptr_array_unref(deliver.stores);
        pace_free(deliver.crew.pace);
        domains_free(deliver.crew.domains);
        relay_free(deliver.crew.relay);
        keyring_free(deliver.keyring);
        close(deliver.signals);
        return status;
}
