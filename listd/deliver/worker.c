/* worker.c - one thread of deliver: claims, sends, settles
 * Gives:  worker_start(), worker_join()
 * Fails:  a store that cannot record outcomes or take a claim back ends the role (pace_fail): the next start recovers
 *
 * Memory does not grow with the number of readers: a claim is a page of them, and a message is kept until the next. */
#include "deliver/worker.h"

#include "base/log.h"
#include "deliver/batch.h"
#include "deliver/copy.h"
#include "policy/bounce.h"
#include "store/waiting.h"

G_STATIC_ASSERT((int) QUEUE_TOGETHER_MAX <= (int) RELAY_RECIPIENTS_MAX);

enum { RETRIES_EVERY = 3 }; /* what was put off comes before new posts in a third of the turns, and has a third of the sessions (A10) */

struct worker {
        struct crew *crew;
        struct store *store;
        GThread *thread;
        unsigned turns;
        int64_t list_id; /* that was served last */
        /* the message that was sent last */
        int64_t message_id;
        struct gate_message message;
        char *flaw; /* why it must not be sent; NULL: it may */
        /* the claim under way */
        struct queue_claim *claim;
        guint next; /* the first recipient of the copy whose answers are waited for, or of the next one */
        struct copy copy;
        const char *to[RELAY_RECIPIENTS_MAX];
        struct relay_answer answers[RELAY_RECIPIENTS_MAX]; /* by recipient of the copy */
        size_t answered;
        struct relay_copy relay_copy;
        struct batch batch;
        bool holds_retries; /* counts in the crew's `retrying` */
        bool is_broken; /* the store failed */
        bool has_tried, has_taken; /* in this session: a copy was handed over; the relay took one */
};

/* --- outcomes --------------------------------------------------------------------------- */

static const char *const OUTCOME_WORDS[BATCH_OUTCOMES] = { "sent", "deferred", "failed" };

/* A refusal of the sender (MAIL) is not the recipient's fault, whatever its class. */
static enum queue_outcome outcome_of(const struct relay_answer *answer)
{
        if (relay_took(answer))
                return OUTCOME_DELIVERED;
        return answer->code / 100 == 5 && answer->step != RELAY_MAIL ? OUTCOME_FAILED : OUTCOME_DEFERRED;
}

/* A relay's words often name the recipient, so they are for the store, and for debugging. */
static void log_outcome(const struct worker *worker, const struct queue_recipient *recipient, enum queue_outcome outcome,
                        const struct relay_answer *answer)
{
        if (outcome == OUTCOME_DELIVERED && !log_writes(LOG_LEVEL_DEBUG))
                return;
        log_event(outcome == OUTCOME_DELIVERED ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, OUTCOME_WORDS[outcome], "msg",
                  worker->claim->log_id, "member", log_number(recipient->member_id), "step", RELAY_STEP_WORDS[answer->step],
                  "code", answer->code ? log_number(answer->code) : "none", "status", *answer->status ? answer->status : NULL,
                  NULL);
        log_event(LOG_LEVEL_DEBUG, "answer", "msg", worker->claim->log_id, "to", log_address(recipient->address), "text",
                  answer->text, NULL);
}

static void store_failed(struct worker *worker, const struct err *err)
{
        log_event(LOG_LEVEL_ERROR, "store-failed", "msg", worker->claim ? worker->claim->log_id : NULL, "error", err->text, NULL);
        worker->is_broken = true;
}

/* `result` without its recipient: the next one. */
static void record(struct worker *worker, struct queue_result result)
{
        struct err err = { 0 };
        result.recipient = worker->claim->recipients->pdata[worker->next++];
        if (!batch_add(&worker->batch, &result, &err))
                store_failed(worker, &err);
}

static void record_flaw(struct worker *worker, const char *flaw)
{
        record(worker, (struct queue_result){ .outcome = OUTCOME_FAILED, .text = flaw });
}

/* What it says of the mailbox, when it is no delivery. */
static void record_answer(struct worker *worker, enum queue_outcome outcome, const struct relay_answer *answer)
{
        char *words = g_strdup_printf("%s%s%s", answer->status, *answer->status && *answer->text ? " " : "", answer->text);
        struct queue_result result = { .outcome = outcome, .code = answer->code, .text = words };
        if (outcome != OUTCOME_DELIVERED && !answer->is_ours) {
                result.cause = dsn_cause_of_text(words);
                result.weight = bounce_weight(outcome == OUTCOME_FAILED ? LASTING_PERMANENT : LASTING_TEMPORARY, result.cause);
        }
        record(worker, result);
        g_free(words);
}

/* --- a session ---------------------------------------------------------------------------- */

/* About the recipient's domain, or what is before it; not about the mailbox (RFC 3463 3.3), nor about too many recipients at once. */
static bool is_of_domain(const struct relay_answer *answer)
{
        return answer->code / 100 == 4 && answer->code != 452 && !g_str_has_prefix(answer->status, "4.2.");
}

/* A copy whose domain waits is put off without a try. */
static bool record_waiting(struct worker *worker, const struct queue_recipient *recipient)
{
        int64_t until;
        char why[DOMAINS_WHY_MAX + 1];
        if (!domains_wait(worker->crew->domains, recipient->address, clock_now(), &until, why))
                return false;
        const enum dsn_cause cause = dsn_cause_of_text(why);
        record(worker, (struct queue_result){ .outcome = OUTCOME_DEFERRED, .text = why, .until = until, .cause = cause,
                                              .weight = bounce_weight(LASTING_TEMPORARY, cause) });
        return true;
}

/* How many of the recipients that come next can be sent to together, and their addresses; 0: not even the first, see *ret_err. A
 * domain that waits ends them; whether it does is asked once for each, for who is told that it does not is the one that is tried. So
 * does an address of the other kind: what the relay cannot do for one in UTF-8 is no matter of the others. */
static size_t gather(struct worker *worker, struct queue_recipient *const *recipients, struct err *ret_err)
{
        const size_t share = copy_share(worker->claim, recipients, worker->claim->recipients->len - worker->next, QUEUE_TOGETHER_MAX);
        size_t count = 0;
        while (count < share && gate_address(recipients[count]->address, ret_err)
               && (count == 0
                   || (!domains_known(worker->crew->domains, recipients[count]->address)
                       && g_str_is_ascii(recipients[count]->address) == g_str_is_ascii(worker->to[0])))) {
                worker->to[count] = recipients[count]->address;
                count++;
        }
        return count;
}

/* The next copy, in the order of the claim; who cannot be sent to is passed over. */
static const struct relay_copy *next_copy(void *user)
{
        struct worker *worker = user;
        const GPtrArray *claimed = worker->claim->recipients;
        while (!worker->is_broken && worker->next < claimed->len && !pace_stopping(worker->crew->pace)) {
                struct queue_recipient *const *recipients = (struct queue_recipient *const *) claimed->pdata + worker->next;
                struct err err = { 0 };
                copy_clear(&worker->copy);
                if (record_waiting(worker, recipients[0]))
                        continue;
                const size_t count = gather(worker, recipients, &err);
                if (count > 0
                    && copy_make(&worker->copy, worker->claim, recipients, count, worker->crew->conf, worker->crew->keyring, clock_now(),
                                 &err)) {
                        worker->relay_copy = (struct relay_copy){ .from = worker->copy.from,
                                                                  .to = worker->to,
                                                                  .count = count,
                                                                  .head = worker->copy.head,
                                                                  .head_length = strlen(worker->copy.head),
                                                                  .message = &worker->message,
                                                                  .is_utf8 = !g_str_is_ascii(worker->to[0]) };
                        worker->answered = 0;
                        worker->has_tried = true;
                        return &worker->relay_copy;
                }
                /* the gate out keeps it from the relay; it is recorded like a refusal */
                log_event(LOG_LEVEL_WARN, "failed", "msg", worker->claim->log_id, "member", log_number(recipients[0]->member_id),
                          "reason", err.text, NULL);
                record_flaw(worker, err.text);
        }
        return NULL;
}

/* Whether a copy that got no answer may go back to where it was, to be sent again as soon as there is a connection. It is known by its
 * first recipient. */
static bool is_forgiven(struct worker *worker)
{
        const struct queue_recipient *first = worker->claim->recipients->pdata[worker->next];
        bool is_unknown = false;
        for (size_t i = 0; i < worker->relay_copy.count; i++)
                is_unknown = is_unknown || worker->answers[i].code == 0;
        if (!is_unknown || suspects_again(&worker->crew->suspects, worker->claim->message_id, first->member_id))
                return false;
        log_event(LOG_LEVEL_INFO, "unknown", "msg", worker->claim->log_id, "member", log_number(first->member_id), "recipients",
                  log_number((int64_t) worker->relay_copy.count), "step", RELAY_STEP_WORDS[worker->answers[0].step], NULL);
        return true;
}

/* The relay lives. An admin is shown whether it does (store/waiting.h): that cannot stop anything. */
static void tell_up(struct worker *worker)
{
        struct err err;
        if (!pace_up(worker->crew->pace))
                return;
        log_event(LOG_LEVEL_INFO, "relay-up", NULL);
        if (!outage_end(worker->store, &err))
                log_event(LOG_LEVEL_ERROR, "store-failed", "error", err.text, NULL);
}

static void tell_away(struct worker *worker, const char *why)
{
        struct err err;
        const int delay_s = pace_away(worker->crew->pace) / 1000;
        log_event(LOG_LEVEL_WARN, "relay-away", "why", why, "retry", log_number(delay_s), NULL);
        if (!outage_begin(worker->store, clock_now(), clock_now() + delay_s, why, &err))
                log_event(LOG_LEVEL_ERROR, "store-failed", "error", err.text, NULL);
}

static void tell_taken(struct worker *worker)
{
        if (worker->has_taken)
                return;
        worker->has_taken = true;
        tell_up(worker);
}

/* In the order of the claim. From the first on whose answer is missing, and forgiven, nothing is settled: it goes back with the claim. */
static void record_copy(struct worker *worker)
{
        const bool forgiven = is_forgiven(worker);
        for (size_t i = 0; i < worker->relay_copy.count && !worker->is_broken; i++) {
                const struct queue_recipient *recipient = worker->claim->recipients->pdata[worker->next];
                const struct relay_answer *answer = &worker->answers[i];
                if (forgiven && answer->code == 0)
                        return;
                enum queue_outcome outcome = outcome_of(answer);
                log_outcome(worker, recipient, outcome, answer);
                if (outcome == OUTCOME_DELIVERED) {
                        tell_taken(worker);
                        domains_up(worker->crew->domains, recipient->address);
                } else if (is_of_domain(answer)) {
                        domains_away(worker->crew->domains, recipient->address, clock_now(), answer->text);
                }
                record_answer(worker, outcome, answer);
        }
}

static void take_answer(void *user, size_t recipient, const struct relay_answer *answer)
{
        struct worker *worker = user;
        worker->answers[recipient] = *answer;
        if (++worker->answered == worker->relay_copy.count)
                record_copy(worker);
}

static void log_session(const struct worker *worker, const struct relay_report *report)
{
        static const char *const ends[] = { [RELAY_OK] = "ok", [RELAY_DROPPED] = "dropped", [RELAY_AWAY] = "away" };
        const unsigned *totals = worker->batch.totals;
        unsigned settled = totals[OUTCOME_DELIVERED] + totals[OUTCOME_DEFERRED] + totals[OUTCOME_FAILED];
        if (settled > 0)
                log_event(LOG_LEVEL_INFO, "batch", "msg", worker->claim->log_id, "delivered",
                          log_number(totals[OUTCOME_DELIVERED]), "deferred", log_number(totals[OUTCOME_DEFERRED]), "failed",
                          log_number(totals[OUTCOME_FAILED]), "end", ends[report->end], "tls",
                          *report->tls ? report->tls : NULL, "why", *report->why ? report->why : NULL, NULL);
        if (report->lacks_8bitmime && g_atomic_int_compare_and_exchange(&worker->crew->told_8bit, 0, 1))
                log_event(LOG_LEVEL_WARN, "relay-lacks-8bitmime", "effect", "8-bit text is sent to it all the same", NULL);
}

/* The relay is UP after a session that ended in order, or took a copy before it broke. */
static void tell_pace(struct worker *worker, const struct relay_report *report)
{
        if (report->end == RELAY_OK)
                tell_up(worker);
        else if (!worker->has_taken && !pace_stopping(worker->crew->pace))
                tell_away(worker, report->why);
}

/* Gives whether another session may go on with the claim. */
static bool run_session(struct worker *worker)
{
        const struct relay_calls calls = { next_copy, take_answer, worker };
        struct relay_report report;
        struct err err = { 0 };
        worker->has_tried = worker->has_taken = false;
        worker->batch = (struct batch){ .store = worker->store, .claim = worker->claim };
        relay_run(worker->crew->relay, &calls, &report);
        if (!batch_flush(&worker->batch, &err))
                store_failed(worker, &err);
        log_session(worker, &report);
        if (worker->has_tried)
                tell_pace(worker, &report);
        return report.end == RELAY_OK && !worker->is_broken && !pace_stopping(worker->crew->pace);
}

/* --- a claim -------------------------------------------------------------------------------- */

/* The bytes of the claim's message, through the gate; kept for the claims that follow. */
static bool load_message(struct worker *worker, struct err *ret_err)
{
        if (worker->message_id == worker->claim->message_id)
                return true;
        GBytes *bytes;
        struct err flaw = { 0 };
        gate_message_clear(&worker->message);
        g_clear_pointer(&worker->flaw, g_free);
        worker->message_id = 0;
        if (!queue_message(worker->store, worker->claim->message_id, &bytes, ret_err))
                return false;
        if (!gate_message(&worker->message, bytes, &flaw))
                worker->flaw = g_strdup(flaw.text);
        g_bytes_unref(bytes);
        worker->message_id = worker->claim->message_id;
        return true;
}

/* A message that the gate out keeps back: a fault of ours, and no reader's. */
static void fail_all(struct worker *worker)
{
        struct err err = { 0 };
        log_event(LOG_LEVEL_ERROR, "unfit", "msg", worker->claim->log_id, "recipients",
                  log_number(worker->claim->recipients->len), "reason", worker->flaw, NULL);
        worker->batch = (struct batch){ .store = worker->store, .claim = worker->claim };
        while (worker->next < worker->claim->recipients->len && !worker->is_broken)
                record_flaw(worker, worker->flaw);
        if (!batch_flush(&worker->batch, &err))
                store_failed(worker, &err);
}

static void send_claim(struct worker *worker)
{
        if (worker->flaw) {
                fail_all(worker);
                return;
        }
        while (worker->next < worker->claim->recipients->len && run_session(worker))
                continue;
}

/* Whether this thread may take what was put off; leave_retries() then. */
static bool enter_retries(struct crew *crew)
{
        const int most = MAX(1, crew->conf->sessions / RETRIES_EVERY);
        if (g_atomic_int_add(&crew->retrying, 1) < most)
                return true;
        g_atomic_int_add(&crew->retrying, -1);
        return false;
}

static void leave_retries(struct crew *crew)
{
        g_atomic_int_add(&crew->retrying, -1);
}

static bool put_back(const void *user, struct err *ret_err)
{
        const struct worker *worker = user;
        return queue_put_back(worker->store, worker->claim, ret_err);
}

/* Gives whether there was work. */
static bool claim_and_send(struct worker *worker)
{
        struct err err = { 0 };
        const struct queue_turn turn = { .limit = WORKER_COPIES,
                                         .retries_first = ++worker->turns % RETRIES_EVERY == 0,
                                         .no_retries = !worker->holds_retries,
                                         .after_list = worker->list_id,
                                         .now = clock_now() };
        if (!queue_claim(worker->store, &turn, &worker->claim, &err)) {
                log_event(LOG_LEVEL_ERROR, "store-failed", "error", err.text, NULL);
                return false;
        }
        if (!worker->claim)
                return false;
        pace_wake(worker->crew->pace); /* where there is work there may be more */
        if (worker->holds_retries && !worker->claim->is_retry) {
                worker->holds_retries = false;
                leave_retries(worker->crew);
        }
        worker->next = 0;
        worker->list_id = worker->claim->list_id;
        if (worker->claim->is_flushed)
                domains_forget(worker->crew->domains);
        bool is_loaded = load_message(worker, &err);
        if (is_loaded)
                send_claim(worker);
        else
                log_event(LOG_LEVEL_ERROR, "store-failed", "msg", worker->claim->log_id, "error", err.text, NULL);
        copy_clear(&worker->copy);
        if (!batch_patiently(put_back, worker, worker->claim->log_id, &err))
                store_failed(worker, &err);
        g_clear_pointer(&worker->claim, queue_claim_free);
        if (worker->is_broken)
                pace_fail(worker->crew->pace);
        return is_loaded;
}

static bool take_turn(struct worker *worker)
{
        worker->holds_retries = enter_retries(worker->crew);
        bool had_work = claim_and_send(worker);
        if (worker->holds_retries)
                leave_retries(worker->crew);
        return had_work;
}

static gpointer work(gpointer user)
{
        struct worker *worker = user;
        struct pace *pace = worker->crew->pace;
        while (pace_turn(pace))
                if (!take_turn(worker))
                        pace_idle(pace);
        pace_leave(pace);
        return NULL;
}

struct worker *worker_start(struct crew *crew, struct store *store)
{
        struct worker *worker = g_new0(struct worker, 1);
        worker->crew = crew;
        worker->store = store;
        worker->thread = g_thread_new("deliver", work, worker);
        return worker;
}

void worker_join(struct worker *worker)
{
        g_thread_join(worker->thread);
        gate_message_clear(&worker->message);
        g_free(worker->flaw);
        store_close(worker->store);
        g_free(worker);
}
