/* ask.c - questions to mailboxes
 * Gives:  what ask.h lists
 * To add a question: its row in KINDS, its template, and its act in confirm.c. */
#include "handle/ask.h"

#include "base/log.h"
#include "handle/bounce.h"
#include "handle/moderate.h"
#include "handle/owners.h"
#include "store/held.h"
#include "store/mailbox.h"
#include "store/tally.h"

enum {
        BUNDLE_MAX = 10, /* questions of one letter */
        DAY = 86400,
        ASKED_DAY_MAX = 1,
        ASKED_MONTH_MAX = 3,
        MONTH = 30 * DAY,
        POST_DAY_MAX = 6,
        ANSWER_DAY_MAX = 50,
        NETWORK_DAY_MAX = 60,
        LIST_DAY_MAX = 500,
        LIMITS_MAX = 4
};

/* --- the kinds ----------------------------------------------------------------------------------------- */

/* A link of a question's letter. */
struct choice {
        const char *value; /* in the template */
        enum answer answer;
};

#define YES_NO { { "yes", ANSWER_YES }, { "no", ANSWER_NO } }
#define MODERATORS_CHOICE                                                                                            \
        { { "accept", ANSWER_ACCEPT }, { "discard", ANSWER_DISCARD }, { "trust", ANSWER_TRUST }, { "ban", ANSWER_BAN } }

static const struct kind {
        const char *template;
        const char *flag;        /* a value of the template that says what is asked; NULL: none */
        const char *detail;      /* the value that the question's detail is; NULL: it is not shown so */
        struct choice choices[4];
        enum answer empty;       /* what an empty reply means: ANSWER_UNCLEAR where it would be too easy */
} KINDS[] = {
        [QUESTION_JOIN] = { "join", NULL, NULL, { { "yes", ANSWER_YES } }, ANSWER_YES },
        [QUESTION_LEAVE] = { "leave", NULL, NULL, YES_NO, ANSWER_UNCLEAR },
        [QUESTION_OFF] = { "off", NULL, NULL, { { "pause", ANSWER_PAUSE }, { "leave", ANSWER_LEAVE } }, ANSWER_UNCLEAR },
        [QUESTION_PAUSE] = { "change", "pause", NULL, YES_NO, ANSWER_UNCLEAR },
        [QUESTION_RESUME] = { "change", "resume", NULL, YES_NO, ANSWER_UNCLEAR },
        [QUESTION_VACATION] = { "change", NULL, "until", YES_NO, ANSWER_UNCLEAR },
        [QUESTION_DIGEST] = { "change", "digest", NULL, YES_NO, ANSWER_UNCLEAR },
        [QUESTION_EACH] = { "change", "each", NULL, YES_NO, ANSWER_UNCLEAR },
        [QUESTION_NAME] = { "change", "name", NULL, YES_NO, ANSWER_UNCLEAR }, /* what a stranger wrote is not shown (X2) */
        [QUESTION_LANG] = { "change", "lang", "value", YES_NO, ANSWER_UNCLEAR },
        [QUESTION_ADDRESS_OLD] = { "address-old", NULL, "new", YES_NO, ANSWER_UNCLEAR },
        [QUESTION_ADDRESS_NEW] = { "address-new", NULL, NULL, YES_NO, ANSWER_YES },
        [QUESTION_ALSO_OLD] = { "also-old", NULL, "new", YES_NO, ANSWER_UNCLEAR },
        [QUESTION_ALSO_NEW] = { "also-new", NULL, NULL, YES_NO, ANSWER_YES },
        [QUESTION_INVITE] = { "invite", NULL, NULL, YES_NO, ANSWER_YES },
        [QUESTION_POST] = { "post", NULL, NULL, YES_NO, ANSWER_YES },
        [QUESTION_SEND] = { "send", NULL, NULL, { { "yes", ANSWER_YES } }, ANSWER_UNCLEAR },
        [QUESTION_APPROVE] = { "approve", NULL, "who", YES_NO, ANSWER_UNCLEAR },
        [QUESTION_MODERATE] = { "moderate", NULL, NULL, MODERATORS_CHOICE, ANSWER_UNCLEAR },
        [QUESTION_OWNER_COMMAND] = { "owner-command", NULL, NULL, YES_NO, ANSWER_UNCLEAR },
        [QUESTION_OWNER_ADD] = { "owner-add", NULL, NULL, YES_NO, ANSWER_UNCLEAR },
        [QUESTION_OWNER_REMOVE] = { "owner-remove", NULL, NULL, YES_NO, ANSWER_UNCLEAR },
        [QUESTION_UNDO_NEVER] = { "never", NULL, NULL, { { "undo", ANSWER_YES } }, ANSWER_YES },
        [QUESTION_NOT_ALSO] = { "change", "also", "value", YES_NO, ANSWER_UNCLEAR },
        [QUESTION_BOUNCE] = { "bounce-ask", NULL, NULL, { { "yes", ANSWER_YES } }, ANSWER_YES },
        [QUESTION_GET] = { "get", NULL, "what", YES_NO, ANSWER_YES },
        [QUESTION_TELL] = { NULL, NULL, NULL, { { 0 } }, ANSWER_UNCLEAR },
};

bool ask_takes(enum question_kind kind, enum answer *answer)
{
        const struct kind *row = &KINDS[kind];
        if (*answer == ANSWER_EMPTY)
                *answer = row->empty;
        if (kind == QUESTION_MODERATE ? *answer == ANSWER_ALSO : *answer == ANSWER_NEVER || *answer == ANSWER_NO)
                return true;
        for (size_t i = 0; i < G_N_ELEMENTS(row->choices) && row->choices[i].value; i++)
                if (row->choices[i].answer == *answer)
                        return true;
        return false;
}

/* --- putting it ------------------------------------------------------------------------------------------ */

bool ask(const struct desk *desk, const struct person *person, enum question_kind kind, int64_t member_id, const char *held_id,
         const char *detail, struct err *ret_err)
{
        struct question question = { .list_id = desk->list->id, .kind = kind, .member_id = member_id, .at = desk->now,
                                     .held_id = (char *) held_id, .detail = (char *) detail };
        return mailbox_find(desk->store, person->address, person->fold, person->owner, &question.mailbox_id, ret_err)
               && (!question.mailbox_id || question_add(desk->store, &question, ret_err));
}

/* --- the letter ------------------------------------------------------------------------------------------- */

static void add_links(struct sheet *sheet, const struct desk *desk, const struct question *question)
{
        const struct kind *kind = &KINDS[question->kind];
        for (size_t i = 0; i < G_N_ELEMENTS(kind->choices) && kind->choices[i].value; i++) {
                char *link = desk_link(desk, question->id, kind->choices[i].answer);
                sheet_value(sheet, kind->choices[i].value, link);
                g_free(link);
        }
        char *days = g_strdup_printf("%d", question->held_id || question->kind == QUESTION_APPROVE ? QUESTION_HELD_DAYS : QUESTION_DAYS);
        sheet_value(sheet, "days", days);
        g_free(days);
}

/* What a post to be confirmed is told by: nothing of what is in it, for somebody else may have written it. */
static bool add_held(struct sheet *sheet, const struct desk *desk, const struct question *question, struct err *ret_err)
{
        struct held *held;
        if (question->kind == QUESTION_MODERATE)
                return moderate_values(sheet, desk, question, ret_err);
        if (!held_get(desk->store, question->kind == QUESTION_SEND ? HELD_COMMAND : HELD_POST, question->held_id, &held, ret_err))
                return false;
        if (held) {
                GDateTime *time = desk_time(desk, held->at);
                char *received = g_date_time_format(time, "%Y-%m-%d %H:%M %z");
                char *size = g_strdup_printf("%" G_GINT64_FORMAT, (gint64) held->size);
                sheet_value(sheet, "received", received);
                sheet_value(sheet, "size", size);
                g_date_time_unref(time);
                g_free(received);
                g_free(size);
        }
        held_free(held);
        return true;
}

static bool add_section(struct sheet *sheet, const struct desk *desk, const struct question *question, struct err *ret_err)
{
        const struct kind *kind = &KINDS[question->kind];
        if (!kind->template)
                return true;
        add_links(sheet, desk, question);
        if (kind->flag)
                sheet_value(sheet, kind->flag, "1");
        if (kind->detail && question->kind == QUESTION_VACATION) {
                char *day = desk_day(desk, g_ascii_strtoll(question->detail ? question->detail : "0", NULL, 10));
                sheet_value(sheet, kind->detail, day);
                g_free(day);
        } else if (kind->detail) {
                sheet_value(sheet, kind->detail, question->detail);
        }
        if (question->held_id && !add_held(sheet, desk, question, ret_err))
                return false;
        if (question->kind == QUESTION_OWNER_COMMAND && !owners_preview(sheet, desk, question->detail, ret_err))
                return false;
        if (question->kind == QUESTION_BOUNCE && !bounce_values(sheet, desk, question->member_id, ret_err))
                return false;
        sheet_add(sheet, desk, kind->template);
        return true;
}

/* Whether anybody can cause such a question. */
static bool can_be_forged(enum question_kind kind)
{
        switch (kind) {
        case QUESTION_MODERATE:
        case QUESTION_APPROVE:
        case QUESTION_OWNER_ADD:
        case QUESTION_OWNER_REMOVE:
        case QUESTION_UNDO_NEVER:
        case QUESTION_BOUNCE:
                return false;
        default:
                return true;
        }
}

/* A question may be of another list of the server than the desk. */
bool ask_section(struct sheet *sheet, const struct question *question, struct err *ret_err)
{
        struct desk desk = *sheet->desk;
        struct list *other = NULL;
        if (question->list_id != desk.list->id) {
                if (!list_get(desk.store, question->list_id, &other, ret_err))
                        return false;
                if (!other)
                        return true;
                desk.list = other;
        }
        bool ok = add_section(sheet, &desk, question, ret_err);
        if (!sheet->never && (sheet->may_be_forged || can_be_forged(question->kind)))
                sheet->never = desk_link(&desk, question->id, ANSWER_NEVER);
        g_free(sheet->last_asked);
        sheet->last_asked = KINDS[question->kind].template ? desk_confirm_address(&desk, question->id, ANSWER_READ) : NULL;
        list_free(other);
        return ok;
}

static size_t limits_of(const struct desk *desk, const struct person *person, enum ask_limit limit, struct limit ret_limits[LIMITS_MAX])
{
        size_t count = 0;
        switch (limit) {
        case ASK_STRANGER:
                ret_limits[count++] = (struct limit){ SPENT_ASKED, person->owner, 0, ASKED_DAY_MAX, DAY };
                ret_limits[count++] = (struct limit){ SPENT_ASKED, person->owner, 0, ASKED_MONTH_MAX, MONTH };
                break;
        case ASK_POST:
                ret_limits[count++] = (struct limit){ SPENT_POST, person->owner, 0, POST_DAY_MAX, DAY };
                break;
        case ASK_ANSWER:
                ret_limits[count++] = (struct limit){ SPENT_ANSWERED, person->owner, 0, ANSWER_DAY_MAX, DAY };
                return count;
        case ASK_MODERATOR:
        case ASK_FREE:
                return 0;
        }
        ret_limits[count++] = (struct limit){ SPENT_LIST, "", desk->list->id, LIST_DAY_MAX, DAY };
        if (desk->network)
                ret_limits[count++] = (struct limit){ SPENT_NETWORK, desk->network, 0, NETWORK_DAY_MAX, DAY };
        return count;
}

/* Puts the waiting questions on the sheet. Of one question Reply-To is its address; "yes" to a bundle would be unclear. */
static bool add_waiting(struct sheet *sheet, enum ask_limit limit, GPtrArray *waiting, struct err *ret_err)
{
        guint asked = 0;
        for (guint i = waiting->len; i-- > 0;) { /* in the order in which they were wanted */
                const struct question *question = waiting->pdata[i];
                if ((limit == ASK_MODERATOR) != (question->kind == QUESTION_MODERATE))
                        continue; /* a notice of a post stands alone */
                if (!ask_section(sheet, question, ret_err)
                    || !question_mailed(sheet->desk->store, question->id, sheet->desk->now, ret_err))
                        return false;
                asked += KINDS[question->kind].template != NULL;
        }
        sheet->is_bundle = asked > 1;
        if (asked == 1 && !sheet->reply_to)
                sheet->reply_to = g_steal_pointer(&sheet->last_asked);
        return true;
}

/* Nothing to say is nothing spent. */
static bool mail(struct sheet *sheet, const struct person *person, int64_t mailbox_id, enum ask_limit limit,
                 const struct limit *limits, size_t count, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        GPtrArray *waiting;
        if (!question_waiting(desk->store, mailbox_id, BUNDLE_MAX, &waiting, ret_err))
                return false;
        bool ok = add_waiting(sheet, limit, waiting, ret_err)
                  && (sheet_is_empty(sheet)
                      || (sheet_send(sheet, person->address, ret_err) && limit_spend(desk->store, limits, count, desk->now, ret_err)
                          && (!sheet->may_be_forged || tally_add(desk->store, desk->list->id, TALLY_ASKED, 1, ret_err))));
        g_ptr_array_unref(waiting);
        return ok;
}

bool ask_mail(struct sheet *sheet, const struct person *person, enum ask_limit limit, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        struct limit limits[LIMITS_MAX];
        int64_t mailbox_id;
        bool room, never = false;
        const size_t count = limits_of(desk, person, limit, limits);
        sheet->may_be_forged = limit != ASK_ANSWER && limit != ASK_MODERATOR;
        if (!limit_room(desk->store, limits, count, desk->now, &room, ret_err)
            || (sheet->may_be_forged && !never_is(desk->store, person->owner, &never, ret_err)))
                return false;
        if (!room || never) {
                log_event(LOG_LEVEL_INFO, "not-mailed", "msg", desk->log_id, "list", desk->list->address, "why",
                          never ? "never" : "limit", NULL);
                return tally_add(desk->store, desk->list->id, never ? TALLY_NEVER : TALLY_LIMITED, 1, ret_err);
        }
        /* a letter that asks nothing has a row too, so that "never again" has something to name */
        if (sheet->may_be_forged && !sheet_is_empty(sheet) && !ask(desk, person, QUESTION_TELL, 0, NULL, NULL, ret_err))
                return false;
        return mailbox_find(desk->store, person->address, person->fold, person->owner, &mailbox_id, ret_err)
               && mail(sheet, person, mailbox_id, limit, limits, count, ret_err);
}

bool ask_answered(const struct desk *desk, const struct question *question, const struct person *person, struct err *ret_err)
{
        return question_remove(desk->store, question->id, ret_err)
               && limit_clear(desk->store, SPENT_ASKED, person->owner, 0, ret_err)
               && limit_clear(desk->store, SPENT_POST, person->owner, 0, ret_err);
}
