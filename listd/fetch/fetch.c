/* fetch.c - the role that takes mail from mailboxes, and fetches lists that others keep
 * Gives:  fetch_main()
 * Fails:  exit status 1 when the spool does not open; what fails of one mailbox is told, tried again ever more rarely, and stops no other
 * A message is sealed and committed with its identifier; only then it is deleted or marked. Dying at any moment takes none twice: what is
 * known already is only deleted again. */
#include "fetch/fetch.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "fetch/intake.h"
#include "fetch/mailbox.h"
#include "fetch/refresh.h"

enum {
        PAGE_MESSAGES = 50, /* so many are deleted at once */
        COMMAND_SECONDS = 300,
        IDLE_SECONDS = 60,
        BACKOFF_MAX_S = 3600,
        JITTER_PERCENT = 10,
        REFRESH_LOOK_SECONDS = 60, /* what is due is asked of the spool */
        NAP_MS = 1000
};

static volatile sig_atomic_t must_stop; /* set by SIGTERM: the only thing a signal handler may do */

static void on_term(int number)
{
        must_stop = 1;
}

/* A mailbox of the configuration, and when its turn is. */
struct turn {
        const struct pickup *pickup;
        const char *password, *ca;
        int64_t at; /* monotonic, microseconds */
        int failures;
};

struct fetch {
        const struct conf *conf;
        struct spool *spool;
        int folder; /* of disk_open() */
        uint8_t public_key[KEY_BYTES];
        int wake_out;
        struct turn turns[PICKUPS_MAX];
        int64_t refresh_at; /* monotonic, microseconds */
};

/* --- one message ------------------------------------------------------------------------------------------------ */

static void wake_handle(const struct fetch *fetch)
{
        if (fetch->wake_out >= 0 && write(fetch->wake_out, "", 1) < 0)
                return; /* the pipe is full: handle is awake */
}

static bool seal(const struct fetch *fetch, const struct envelope *envelope, struct spool_item *ret_item)
{
        GBytes *plain = envelope_write(envelope);
        if (!plain)
                return false;
        *ret_item = (struct spool_item){ .received = envelope->received };
        random_bytes(ret_item->id, SPOOL_ID_BYTES);
        ret_item->box = spool_box_seal(fetch->public_key, g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
        g_bytes_unref(plain);
        return true;
}

/* What has no header, or cannot be carried, is passed over: it stays in the mailbox, and is told. */
static bool take(struct fetch *fetch, const struct turn *turn, struct mailbox *mailbox, const struct listed *one, bool *ret_taken,
                 struct err *ret_err)
{
        struct spool_item item;
        GBytes *message;
        *ret_taken = false;
        if (!mailbox_read(mailbox, one, (size_t) fetch->conf->max_size + 1, &message, ret_err))
                return false;
        struct envelope *envelope = intake_envelope(fetch->conf, turn->pickup->name, mailbox_is_imap(mailbox), message, clock_now());
        bool ok = true;
        if (envelope && seal(fetch, envelope, &item)) {
                char log_id[LOG_ID_CHARS + 1];
                envelope_log_id(item.id, log_id);
                ok = pickup_put(fetch->spool, turn->pickup->name, one->uid, &item, ret_err);
                *ret_taken = ok;
                if (ok)
                        log_event(LOG_LEVEL_INFO, "picked-up", "msg", log_id, "mailbox", turn->pickup->name, "from",
                                  log_address(envelope->mail_from), "to", log_address(envelope->recipients->pdata[0]), "size",
                                  log_number((int64_t) g_bytes_get_size(message)), NULL);
                g_bytes_unref(item.box);
        }
        envelope_free(envelope);
        g_bytes_unref(message);
        return ok;
}

/* --- one mailbox --------------------------------------------------------------------------------------------------- */

struct sums {
        guint taken, left; /* left: too large, or no mail */
};

/* Those that are listed no longer are forgotten. */
static bool forget_gone(struct fetch *fetch, const struct turn *turn, const GArray *listed, struct err *ret_err)
{
        GPtrArray *known;
        if (!pickup_all(fetch->spool, turn->pickup->name, &known, ret_err))
                return false;
        GHashTable *there = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < listed->len; i++)
                g_hash_table_add(there, g_array_index(listed, struct listed, i).uid);
        bool ok = true;
        for (guint i = 0; ok && i < known->len; i++)
                if (!g_hash_table_contains(there, known->pdata[i]))
                        ok = pickup_gone(fetch->spool, turn->pickup->name, known->pdata[i], ret_err);
        g_hash_table_unref(there);
        g_ptr_array_unref(known);
        return ok;
}

/* As the receiver tells its clients 452: what stays in the mailbox is safe there. */
static bool has_room(const struct fetch *fetch, struct err *ret_err)
{
        uint64_t left;
        return disk_has_room(fetch->folder, fetch->conf, 0, &left)
               || err_set(ret_err, ERR_TEMP, "the disk has %" G_GUINT64_FORMAT " octets left, and [receive] min_free is %d", left,
                          fetch->conf->min_free);
}

/* With AFTER_KEEP what was taken before needs nothing. */
static bool treat(struct fetch *fetch, const struct turn *turn, struct mailbox *mailbox, const struct listed *one, struct sums *sums,
                  struct err *ret_err)
{
        bool is_known, is_taken = false;
        if (!pickup_has(fetch->spool, turn->pickup->name, one->uid, &is_known, ret_err))
                return false;
        if (is_known)
                return turn->pickup->after == AFTER_KEEP || mailbox_mark(mailbox, one, ret_err);
        if (one->size > fetch->conf->max_size) {
                sums->left++;
                return true;
        }
        if (!has_room(fetch, ret_err) || !take(fetch, turn, mailbox, one, &is_taken, ret_err))
                return false;
        sums->taken += is_taken;
        sums->left += !is_taken;
        return !is_taken || mailbox_mark(mailbox, one, ret_err);
}

static bool treat_all(struct fetch *fetch, const struct turn *turn, struct mailbox *mailbox, const GArray *listed, struct sums *sums,
                      struct err *ret_err)
{
        bool ok = true;
        for (guint i = 0; ok && !must_stop && i < listed->len; i++) {
                ok = treat(fetch, turn, mailbox, &g_array_index(listed, struct listed, i), sums, ret_err);
                if (ok && (i + 1) % PAGE_MESSAGES == 0) {
                        wake_handle(fetch);
                        ok = mailbox_expunge(mailbox, ret_err);
                }
        }
        return mailbox_expunge(mailbox, ok ? ret_err : NULL) && ok;
}

static bool empty_mailbox(struct fetch *fetch, const struct turn *turn, struct sums *sums, struct err *ret_err)
{
        const struct mailbox_settings settings = { .pickup = turn->pickup, .password = turn->password, .ca = turn->ca,
                                                   .seconds = COMMAND_SECONDS, .idle_seconds = IDLE_SECONDS, .must_stop = &must_stop };
        struct mailbox *mailbox;
        GArray *listed;
        char *validity;
        if (!mailbox_open(&mailbox, &settings, ret_err))
                return false;
        bool ok = mailbox_list(mailbox, &listed, &validity, ret_err);
        if (ok) {
                ok = pickup_set_validity(fetch->spool, turn->pickup->name, validity, ret_err)
                     && forget_gone(fetch, turn, listed, ret_err) && treat_all(fetch, turn, mailbox, listed, sums, ret_err);
                g_array_unref(listed);
                g_free(validity);
        }
        mailbox_close(mailbox);
        return ok;
}

/* --- its turn -------------------------------------------------------------------------------------------------------- */

/* Now and then a little earlier or later, so that many mailboxes of one server are not asked at once. */
static int64_t with_jitter(int64_t seconds)
{
        const gint32 span = (gint32) MAX(seconds * JITTER_PERCENT / 100, 0);
        return seconds * G_USEC_PER_SEC + (int64_t) g_random_int_range(-span, span + 1) * G_USEC_PER_SEC;
}

static void plan(struct turn *turn, bool ok)
{
        turn->failures = ok ? 0 : turn->failures + 1;
        int64_t seconds = turn->pickup->every;
        for (int i = 1; i < turn->failures && seconds < BACKOFF_MAX_S; i++)
                seconds *= 2;
        if (turn->failures > 1)
                seconds = MAX(turn->pickup->every, MIN(seconds, BACKOFF_MAX_S));
        turn->at = g_get_monotonic_time() + with_jitter(seconds);
}

/* Logged when it changes: a server that is away for a day is one line, not many. */
static void tell(struct fetch *fetch, const struct turn *turn, const char *error, const struct sums *sums)
{
        struct err err;
        bool changed;
        if (!pickup_set(fetch->spool, turn->pickup->name, error, clock_now(), &changed, &err))
                log_event(LOG_LEVEL_ERROR, "spool-failed", "reason", err.text, NULL);
        else if (changed)
                log_event(*error ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, *error ? "pickup-failed" : "pickup-works", "mailbox",
                          turn->pickup->name, "error", *error ? error : NULL, NULL);
        if (sums->taken > 0)
                wake_handle(fetch);
}

static void take_turn(struct fetch *fetch, struct turn *turn)
{
        struct sums sums = { 0 };
        struct err err = { 0 };
        const bool ok = empty_mailbox(fetch, turn, &sums, &err);
        if (must_stop)
                return;
        char *left = sums.left ? g_strdup_printf("messages that are larger than %d octets, or no mail, stay in it: %u",
                                                 fetch->conf->max_size, sums.left)
                               : g_strdup("");
        tell(fetch, turn, ok ? left : err.text, &sums);
        g_free(left);
        plan(turn, ok);
}

/* --- lists of others --------------------------------------------------------------------------------------------------- */

static void refresh(struct fetch *fetch)
{
        struct err err;
        bool brought;
        if (!refresh_due(fetch->spool, fetch->conf, clock_now(), &must_stop, &brought, &err))
                log_event(LOG_LEVEL_ERROR, "spool-failed", "reason", err.text, NULL);
        else if (brought)
                wake_handle(fetch);
        fetch->refresh_at = g_get_monotonic_time() + (int64_t) MIN(fetch->conf->refresh, REFRESH_LOOK_SECONDS) * G_USEC_PER_SEC;
}

static void run(struct fetch *fetch)
{
        fetch->refresh_at = fetch->conf->refresh > 0 ? 0 : G_MAXINT64;
        while (!must_stop) {
                if (fetch->refresh_at <= g_get_monotonic_time())
                        refresh(fetch);
                int64_t next = fetch->refresh_at;
                for (size_t i = 0; i < fetch->conf->pickup_count && !must_stop; i++) {
                        if (fetch->turns[i].at <= g_get_monotonic_time())
                                take_turn(fetch, &fetch->turns[i]);
                        next = MIN(next, fetch->turns[i].at);
                }
                const int64_t wait = (next - g_get_monotonic_time()) / 1000;
                if (!must_stop && wait > 0)
                        g_usleep((gulong) MIN(wait, NAP_MS) * 1000); /* a signal ends it */
        }
}

int fetch_main(struct handover *handover)
{
        struct err err = { 0 };
        struct fetch fetch = { .conf = handover->conf, .wake_out = handover->wake_out };
        struct sigaction term = { .sa_handler = on_term };
        sigaction(SIGTERM, &term, NULL);
        signal(SIGPIPE, SIG_IGN);
        memcpy(fetch.public_key, handover->spool_public, KEY_BYTES);
        for (size_t i = 0; i < handover->conf->pickup_count; i++)
                fetch.turns[i] = (struct turn){ .pickup = &handover->conf->pickups[i], .password = handover->pickup_passwords[i],
                                                .ca = handover->pickup_cas[i] };
        fetch.folder = disk_open(fetch.conf);
        bool ok = spool_open(&fetch.spool, fetch.conf->data, false, &err);
        if (ok && !sandbox_confine(SANDBOX_FETCH, handover->conf)) {
                ok = false; /* logged */
        } else if (ok) {
                log_event(LOG_LEVEL_INFO, "started", "mailboxes", log_number((int64_t) handover->conf->pickup_count), NULL);
                run(&fetch);
                log_event(LOG_LEVEL_INFO, "stopped", NULL);
        } else {
                log_event(LOG_LEVEL_ERROR, "cannot-start", "error", err.text, NULL);
        }
        spool_close(fetch.spool);
        close(fetch.folder);
        return ok ? 0 : 1;
}
