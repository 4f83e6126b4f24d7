/* trace.c - listctl trace: what became of a post, or of somebody's posts and copies
 * Gives:  ctl_trace()
 * Fails:  ERR_NOT_FOUND when nothing of it was kept; ERR_USAGE when it is neither an address, a number, nor a name in the log
 * Reads store/trace.h: what was decided, and each answer of the relay. That it was read stands in the audit log. */
#include "ctl/caller.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "mail/envelope.h"
#include "store/trace.h"

enum {
        EVENTS_MAX = 100,
        SENDINGS_MAX = 20, /* the last copies of somebody */
        TROUBLES_MAX = 50
};

/* --- in words --------------------------------------------------------------------------------------------- */

static char *event_words(const struct trace_event *event)
{
        const gint64 number = event->number;
        switch (event->what) {
        case TRACE_TAKEN:
                return g_strdup_printf("received; it went to the door for: %s", event->detail);
        case TRACE_ACCEPTED:
                return g_strdup_printf("accepted as post %" G_GINT64_FORMAT, number);
        case TRACE_HELD:
                return g_strdup_printf("held: %s", event->detail);
        case TRACE_DISCARDED:
                return g_strdup_printf("discarded: %s", event->detail);
        case TRACE_COMMAND:
                return g_strdup("taken for a command, not for a post");
        case TRACE_MODERATED:
                return number ? g_strdup_printf("decided: %s; it is post %" G_GINT64_FORMAT, event->detail, number)
                              : g_strdup_printf("decided: %s", event->detail);
        case TRACE_FAILED:
                return g_strdup_printf("set aside ('listctl failed ls'): %s", event->detail);
        case TRACE_BACK:
                return g_strdup("came back: the way through relay and MTA works");
        default:
                return g_strdup_printf("%s (a newer listd wrote it)", event->detail);
        }
}

static char *sending_words(const struct trace_sending *sending)
{
        GString *words = g_string_new(NULL);
        if (sending->is_removed)
                g_string_append(words, "taken out of the queue ('listctl queue rm')");
        else
                g_string_append(words, sending->ended ? "the relay has answered for all" : "on its way ('listctl queue ls')");
        g_string_append_printf(words, ": %" G_GINT64_FORMAT " taken, %" G_GINT64_FORMAT " times put off, %" G_GINT64_FORMAT " refused",
                               (gint64) sending->delivered, (gint64) sending->deferred, (gint64) sending->failed);
        return g_string_free(words, FALSE);
}

static char *answer_words(const struct trace_answer *answer)
{
        static const char *const words[] = { [OUTCOME_DELIVERED] = "the relay took it", [OUTCOME_DEFERRED] = "put off",
                                             [OUTCOME_FAILED] = "refused" };
        if (!answer->code)
                return g_strdup_printf("%s%s%s", words[answer->outcome], *answer->text ? ": " : "", answer->text);
        return g_strdup_printf("%s: %d %s", words[answer->outcome], answer->code, answer->text);
}

/* --- the story of one message -------------------------------------------------------------------------------- */

static const struct column STORY_COLUMNS[] = { { "at" }, { "msg" }, { "what", .may_wrap = true } };

static void put_line(struct ctl *ctl, int64_t at, const char *log_id, char *words)
{
        const struct cell row[] = { TIME(at), TEXT(log_id), TEXT(words) };
        output_row(ctl->output, row);
        g_free(words);
}

static void put_sending(struct ctl *ctl, const struct trace_sending *sending)
{
        put_line(ctl, sending->queued, sending->log_id,
                 g_strdup(sending->kind == QUEUE_DIRECT ? "a letter was queued" : "queued for the readers"));
        if (sending->ended)
                put_line(ctl, sending->ended, sending->log_id, sending_words(sending));
}

/* In the order of time; what was queued follows what was decided in the same second. */
static void put_story(struct ctl *ctl, const struct list *list, const GPtrArray *events, const GPtrArray *sendings)
{
        guint s = 0;
        output_table(ctl->output, "story", STORY_COLUMNS, G_N_ELEMENTS(STORY_COLUMNS));
        for (guint e = 0; e < events->len; e++) {
                const struct trace_event *event = events->pdata[e];
                for (; s < sendings->len && ((struct trace_sending *) sendings->pdata[s])->queued < event->at; s++)
                        put_sending(ctl, sendings->pdata[s]);
                if (event->list_id == list->id || event->list_id == 0)
                        put_line(ctl, event->at, event->log_id, event_words(event));
        }
        for (; s < sendings->len; s++)
                put_sending(ctl, sendings->pdata[s]);
        output_table_end(ctl->output);
}

static const struct column TROUBLE_COLUMNS[] = {
        { "at" }, { "member", .is_right = true }, { "address" }, { "answer", .may_wrap = true },
};

static bool put_trouble(struct ctl *ctl, const struct list *list, const struct trace_answer *answer, struct err *ret_err)
{
        struct member *member = NULL;
        if (answer->member_id && !member_get(ctl->store, list->id, answer->member_id, &member, ret_err))
                return false;
        char *words = answer_words(answer);
        const struct cell row[] = { TIME(answer->at), NUMBER(answer->member_id), TEXT(member ? member->address : NULL), TEXT(words) };
        output_row(ctl->output, row);
        g_free(words);
        member_free(member);
        return true;
}

/* Whose copies the relay did not take at once. */
static bool put_troubles(struct ctl *ctl, const struct list *list, const GPtrArray *sendings, struct err *ret_err)
{
        bool ok = true;
        output_table(ctl->output, "troubles", TROUBLE_COLUMNS, G_N_ELEMENTS(TROUBLE_COLUMNS));
        for (guint s = 0; ok && s < sendings->len; s++) {
                const struct trace_sending *sending = sendings->pdata[s];
                GPtrArray *answers;
                ok = trace_troubles(ctl->store, list->id, sending->message_id, TROUBLES_MAX, &answers, ret_err);
                for (guint i = 0; ok && i < answers->len; i++)
                        ok = put_trouble(ctl, list, answers->pdata[i], ret_err);
                if (ok)
                        g_ptr_array_unref(answers);
        }
        output_table_end(ctl->output);
        return ok;
}

static GPtrArray *of_list(GPtrArray *sendings, const struct list *list)
{
        for (guint i = sendings->len; i-- > 0;)
                if (((struct trace_sending *) sendings->pdata[i])->list_id != list->id)
                        g_ptr_array_remove_index(sendings, i);
        return sendings;
}

/* A number leads to the name in the log, and that to all of the message. */
static char *log_id_of(const GPtrArray *events, const GPtrArray *sendings)
{
        if (sendings->len)
                return g_strdup(((struct trace_sending *) sendings->pdata[0])->log_id);
        return events->len ? g_strdup(((struct trace_event *) events->pdata[0])->log_id) : NULL;
}

static bool read_both(struct ctl *ctl, const struct list *list, const struct trace_key *key, GPtrArray **ret_events,
                      GPtrArray **ret_sendings, struct err *ret_err)
{
        if (!trace_events(ctl->store, key, EVENTS_MAX, ret_events, ret_err))
                return false;
        if (!trace_sendings(ctl->store, key, SENDINGS_MAX, ret_sendings, ret_err)) {
                g_clear_pointer(ret_events, g_ptr_array_unref);
                return false;
        }
        of_list(*ret_sendings, list);
        return true;
}

static bool nothing_known(const char *what, struct err *ret_err)
{
        return err_set(ret_err, ERR_NOT_FOUND,
                       "%s: nothing of it was kept: it is older than %d days, or never came here (see the MTA's log)", what,
                       TRACE_DAYS);
}

static bool trace_message(struct ctl *ctl, const struct list *list, const char *log_id, struct err *ret_err)
{
        const struct trace_key key = { .log_id = log_id };
        GPtrArray *events, *sendings;
        if (!read_both(ctl, list, &key, &events, &sendings, ret_err))
                return false;
        bool ok = events->len + sendings->len > 0 || nothing_known(log_id, ret_err);
        if (ok) {
                put_story(ctl, list, events, sendings);
                ok = put_troubles(ctl, list, sendings, ret_err);
        }
        g_ptr_array_unref(events);
        g_ptr_array_unref(sendings);
        return ok;
}

static bool trace_number(struct ctl *ctl, const struct list *list, int64_t number, struct err *ret_err)
{
        const struct trace_key key = { .list_id = list->id, .number = number };
        GPtrArray *events, *sendings;
        if (!read_both(ctl, list, &key, &events, &sendings, ret_err))
                return false;
        char *log_id = log_id_of(events, sendings);
        g_ptr_array_unref(events);
        g_ptr_array_unref(sendings);
        bool ok = log_id ? trace_message(ctl, list, log_id, ret_err) : nothing_known(ctl->line->args[1], ret_err);
        g_free(log_id);
        return ok;
}

/* --- somebody ------------------------------------------------------------------------------------------------- */

static const struct column COPY_COLUMNS[] = { { "queued" }, { "number", .is_right = true }, { "msg" }, { "what", .may_wrap = true } };

/* The answers that a copy got; NULL: none is known, and none is to be expected. The caller frees. */
static char *copy_words(const struct member *member, const struct trace_sending *sending, const GPtrArray *answers)
{
        GString *words = g_string_new(NULL);
        for (guint i = 0; i < answers->len; i++) {
                char *one = answer_words(answers->pdata[i]);
                g_string_append_printf(words, "%s%s", words->len ? "; then " : "", one);
                g_free(one);
        }
        if (!answers->len && sending->kind != QUEUE_DIRECT && sending->queued >= member->joined) {
                if (sending->ended)
                        g_string_append(words, "none was sent: they were paused, or read digests");
                else
                        g_string_append(words, "waits in the queue ('listctl queue ls')");
        }
        return g_string_free(words, words->len == 0);
}

static bool put_copy(struct ctl *ctl, const struct list *list, const struct member *member, const struct trace_sending *sending,
                     struct err *ret_err)
{
        GPtrArray *answers;
        if (!trace_answers(ctl->store, list->id, sending->message_id, member->id, &answers, ret_err))
                return false;
        char *words = copy_words(member, sending, answers);
        if (words) {
                const struct cell row[] = { TIME(sending->queued), sending->number ? NUMBER(sending->number) : NUMBER_AS(0, "letter"),
                                            TEXT(sending->log_id), TEXT(words) };
                output_row(ctl->output, row);
        }
        g_free(words);
        g_ptr_array_unref(answers);
        return true;
}

static bool put_copies(struct ctl *ctl, const struct list *list, const struct member *member, struct err *ret_err)
{
        const struct trace_key key = { .list_id = list->id };
        GPtrArray *sendings;
        if (!trace_sendings(ctl->store, &key, SENDINGS_MAX, &sendings, ret_err))
                return false;
        bool ok = true;
        output_table(ctl->output, "copies", COPY_COLUMNS, G_N_ELEMENTS(COPY_COLUMNS));
        for (guint i = 0; ok && i < sendings->len; i++)
                ok = put_copy(ctl, list, member, sendings->pdata[i], ret_err);
        output_table_end(ctl->output);
        g_ptr_array_unref(sendings);
        return ok;
}

static void put_posts(struct ctl *ctl, const GPtrArray *events)
{
        output_table(ctl->output, "posts", STORY_COLUMNS, G_N_ELEMENTS(STORY_COLUMNS));
        for (guint i = 0; i < events->len; i++) {
                const struct trace_event *event = events->pdata[i];
                put_line(ctl, event->at, event->log_id, event_words(event));
        }
        output_table_end(ctl->output);
}

static bool put_person(struct ctl *ctl, const struct list *list, const struct member *member, const GPtrArray *events, struct err *ret_err)
{
        if (!member && !events->len)
                return nothing_known(ctl->line->args[1], ret_err);
        output_fact(ctl->output, "is_member", FLAG(member != NULL));
        if (!member)
                output_say(ctl->output, "%s is not on the list", ctl->line->args[1]);
        put_posts(ctl, events);
        return !member || put_copies(ctl, list, member, ret_err);
}

static bool trace_person(struct ctl *ctl, const struct list *list, const char *text, struct err *ret_err)
{
        struct address *address;
        struct member *member = NULL;
        GPtrArray *events = NULL;
        if (!ctl_address(text, &address, ret_err))
                return false;
        const struct trace_key key = { .list_id = list->id, .author_fold = address->fold };
        bool ok = member_find(ctl->store, list->id, address->fold, &member, ret_err)
                  && trace_events(ctl->store, &key, EVENTS_MAX, &events, ret_err) && put_person(ctl, list, member, events, ret_err);
        g_clear_pointer(&events, g_ptr_array_unref);
        member_free(member);
        address_free(address);
        return ok;
}

/* --- which of them ----------------------------------------------------------------------------------------------- */

static bool trace(struct ctl *ctl, const struct list *list, struct err *ret_err)
{
        const char *what = ctl->line->args[1];
        gint64 number;
        if (strchr(what, '@'))
                return trace_person(ctl, list, what, ret_err);
        if (g_ascii_string_to_signed(what, 10, 1, G_MAXINT64, &number, NULL))
                return trace_number(ctl, list, number, ret_err);
        if (strlen(what) == LOG_ID_CHARS && strspn(what, "abcdefghijklmnopqrstuvwxyz234567") == LOG_ID_CHARS)
                return trace_message(ctl, list, what, ret_err);
        return err_set(ret_err, ERR_USAGE, "'%s' is neither an address, nor the number of a post, nor a message in the log (msg=...)",
                       what);
}

bool ctl_trace(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        output_set_timezone(ctl->output, *list->timezone ? list->timezone : ctl->conf->timezone);
        bool ok = caller_reads_roster(ctl, list, strchr(ctl->line->args[1], '@') ? 1 : 0, ret_err) && trace(ctl, list, ret_err);
        list_free(list);
        return ok;
}
