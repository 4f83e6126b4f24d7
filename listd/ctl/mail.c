/* mail.c - listctl check mail: a mail to ourselves, by relay and MTA, and where it stuck when it does not come back
 * Gives:  ctl_check_mail()
 * Fails:  ERR_PERM at the hop that refused it, ERR_TEMP at the one that it waits for; the text says what to look at */
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "ctl/status.h"
#include "handle/roundtrip.h"
#include "store/trace.h"

enum { LOOK_MS = 200, PATIENCE_S = 60, PATIENCE_MAX_S = 3600 };

struct wait {
        int seconds;
};
static const struct option WAIT[] = {
        { NULL, "--for", OPT_DURATION, offsetof(struct wait, seconds), "1m", NULL, 1, PATIENCE_MAX_S }, { 0 }
};

/* --- the hops -------------------------------------------------------------------------------------------------- */

static const struct column HOP_COLUMNS[] = { { "at" }, { "hop" }, { "what", .may_wrap = true } };

static void put_hop(struct ctl *ctl, int64_t at, const char *hop, const char *what)
{
        const struct cell row[] = { TIME(at), TEXT(hop), TEXT(what) };
        output_row(ctl->output, row);
}

/* What is looked for until it is there; *ret_there. */
typedef bool hop_look(struct ctl *ctl, const struct roundtrip *trip, bool *ret_there, struct err *ret_err);

/* False with *ret_err: the store failed. *ret_there false: the time is over. */
static bool wait_for(struct ctl *ctl, const struct roundtrip *trip, int seconds, const char *what, hop_look *look, bool *ret_there,
                     struct err *ret_err)
{
        const gint64 start = g_get_monotonic_time(), end = start + (gint64) seconds * G_USEC_PER_SEC;
        for (;;) {
                if (!look(ctl, trip, ret_there, ret_err))
                        return false;
                const gint64 now = g_get_monotonic_time();
                if (*ret_there || now >= end)
                        return true;
                output_progress(ctl->output, what, (size_t) ((now - start) / G_USEC_PER_SEC), (size_t) seconds);
                g_usleep(LOOK_MS * 1000);
        }
}

/* The first answer of the relay. */
static bool is_answered(struct ctl *ctl, const struct roundtrip *trip, bool *ret_there, struct err *ret_err)
{
        GPtrArray *answers;
        if (!trace_answers(ctl->store, 0, trip->message_id, 0, &answers, ret_err))
                return false;
        *ret_there = answers->len > 0;
        g_ptr_array_unref(answers);
        return true;
}

static bool is_back(struct ctl *ctl, const struct roundtrip *trip, bool *ret_there, struct err *ret_err)
{
        const struct trace_key key = { .log_id = trip->log_id };
        GPtrArray *events;
        if (!trace_events(ctl->store, &key, 1, &events, ret_err))
                return false;
        *ret_there = events->len > 0;
        if (*ret_there) {
                const struct trace_event *back = events->pdata[0];
                char *what = g_strdup_printf("came back as %s", back->detail);
                put_hop(ctl, back->at, "listd", what);
                g_free(what);
        }
        g_ptr_array_unref(events);
        return true;
}

/* --- what is said -------------------------------------------------------------------------------------------------- */

static bool not_sent(struct ctl *ctl, const struct roundtrip *trip, int seconds, struct err *ret_err)
{
        if (!queue_remove(ctl->store, trip->message_id, ret_err))
                return false;
        if (!status_is_running(ctl->conf->data))
                return err_set(ret_err, ERR_TEMP, "it stuck here: listd does not run, so nothing is sent (systemctl start listd)");
        return err_set(ret_err, ERR_TEMP,
                       "it stuck before the relay: %s ([deliver] relay) gave no answer in %d seconds. Is it there, and does listd's log"
                       " tell of relay-away?",
                       ctl->conf->relay, seconds);
}

static bool not_back(struct ctl *ctl, int seconds, const char *answer, struct err *ret_err)
{
        return err_set(ret_err, ERR_TEMP,
                       "it stuck behind the relay, which said '%s' and did not bring it back in %d seconds. Look for it in the MTA's log:"
                       " mail for %s must come to listd ('listctl mta postfix')",
                       answer, seconds, ctl->conf->domains[0]);
}

/* The relay's answer. *ret_answer is the caller's to free. */
static bool tell_answer(struct ctl *ctl, const struct roundtrip *trip, char **ret_answer, struct err *ret_err)
{
        GPtrArray *answers;
        if (!trace_answers(ctl->store, 0, trip->message_id, 0, &answers, ret_err))
                return false;
        const struct trace_answer *answer = answers->pdata[answers->len - 1];
        *ret_answer = g_strdup_printf("%d %s", answer->code, answer->text);
        put_hop(ctl, answer->at, "relay", *ret_answer);
        bool ok = answer->outcome == OUTCOME_DELIVERED
                  || err_set(ret_err, answer->outcome == OUTCOME_FAILED ? ERR_PERM : ERR_TEMP,
                             "it stuck at the relay: %s ([deliver] relay) did not take it: %s", ctl->conf->relay, *ret_answer);
        g_ptr_array_unref(answers);
        if (!ok && !queue_remove(ctl->store, trip->message_id, ret_err))
                return false;
        return ok;
}

/* --- the way ------------------------------------------------------------------------------------------------------- */

static bool follow(struct ctl *ctl, const struct roundtrip *trip, int seconds, struct err *ret_err)
{
        char *answer = NULL;
        bool there;
        if (!wait_for(ctl, trip, seconds, "waiting for the relay", is_answered, &there, ret_err))
                return false;
        if (!there)
                return not_sent(ctl, trip, seconds, ret_err);
        bool ok = tell_answer(ctl, trip, &answer, ret_err)
                  && wait_for(ctl, trip, seconds, "waiting for its return", is_back, &there, ret_err)
                  && (there || not_back(ctl, seconds, answer, ret_err));
        g_free(answer);
        return ok;
}

bool ctl_check_mail(struct ctl *ctl, struct err *ret_err)
{
        struct wait wait = { PATIENCE_S };
        struct roundtrip trip;
        const char *text = ctl->line->options[OPTION_FOR];
        if (text && !option_set(WAIT, &wait, text, ret_err))
                return false;
        if (!roundtrip_send(ctl->store, ctl->conf, clock_now(), &trip, ret_err))
                return false;
        output_field(ctl->output, "msg", TEXT(trip.log_id));
        output_table(ctl->output, "hops", HOP_COLUMNS, G_N_ELEMENTS(HOP_COLUMNS));
        put_hop(ctl, clock_now(), "queue", "queued");
        bool ok = follow(ctl, &trip, wait.seconds, ret_err);
        output_table_end(ctl->output);
        if (ok)
                output_say(ctl->output, "Mail goes out and comes back.");
        return ok;
}
