/* confirm.c - answers to questions of ours
 * Gives:  way_confirm(), confirm_ticket()
 * Fails:  when the store does
 * Who has the ticket got the letter: that is the proof. A ticket is good once, for the row that it names goes with the answer.
 * Nothing automatic is an answer (leaks X4). */
#include "handle/confirm.h"

#include "base/log.h"
#include "base/ticket.h"
#include "handle/ask.h"
#include "handle/bounce.h"
#include "handle/digest.h"
#include "handle/membership.h"
#include "handle/moderate.h"
#include "handle/owners.h"
#include "mail/plain.h"
#include "store/mailbox.h"

struct reply {
        struct sheet *sheet;
        const struct person *person; /* who was asked */
        const struct question *question;
        enum answer answer;
        const char *line; /* what they wrote; NULL: the address said it */
};

/* --- the acts ------------------------------------------------------------------------------------------------------- */

typedef bool act(struct reply *reply, struct err *ret_err);

static bool act_join(struct reply *reply, struct err *ret_err)
{
        return membership_join(reply->sheet, reply->person, reply->question->kind == QUESTION_INVITE, ret_err);
}

static bool act_leave(struct reply *reply, struct err *ret_err)
{
        return membership_leave(reply->sheet, reply->person, ret_err);
}

static bool act_off(struct reply *reply, struct err *ret_err)
{
        return reply->answer == ANSWER_LEAVE ? membership_leave(reply->sheet, reply->person, ret_err)
                                             : membership_change(reply->sheet, reply->person, QUESTION_PAUSE, NULL, ret_err);
}

static bool act_change(struct reply *reply, struct err *ret_err)
{
        return membership_change(reply->sheet, reply->person, reply->question->kind, reply->question->detail, ret_err);
}

static bool act_old(struct reply *reply, struct err *ret_err)
{
        return membership_ask_new(reply->sheet, reply->person, reply->question->detail, reply->question->kind == QUESTION_ALSO_OLD,
                                  ret_err);
}

static bool act_new(struct reply *reply, struct err *ret_err)
{
        return membership_take_new(reply->sheet, reply->question->member_id, reply->person, reply->question->kind == QUESTION_ALSO_NEW,
                                   ret_err);
}

static bool act_post(struct reply *reply, struct err *ret_err)
{
        return moderate_confirmed(reply->sheet->desk, reply->question, reply->answer == ANSWER_YES, ret_err);
}

static bool act_approve(struct reply *reply, struct err *ret_err)
{
        return membership_approve(reply->sheet->desk, reply->question->detail, reply->answer == ANSWER_YES, ret_err);
}

static bool act_moderate(struct reply *reply, struct err *ret_err)
{
        char *member = reply->answer == ANSWER_ALSO ? words_also(reply->line) : NULL;
        bool ok = moderate_decide(reply->sheet, reply->question->held_id, reply->answer, member, reply->person, ret_err);
        g_free(member);
        return ok;
}

static bool act_owner_command(struct reply *reply, struct err *ret_err)
{
        return owners_run(reply->sheet, reply->person, reply->question->detail, ret_err);
}

static bool act_owner_add(struct reply *reply, struct err *ret_err)
{
        return owners_accept(reply->sheet, reply->person, ret_err);
}

static bool act_owner_remove(struct reply *reply, struct err *ret_err)
{
        return owners_step_down(reply->sheet, reply->person, ret_err);
}

static bool act_undo_never(struct reply *reply, struct err *ret_err)
{
        const struct desk *desk = reply->sheet->desk;
        return never_set(desk->store, reply->person->owner, false, desk->now, ret_err);
}

static bool act_get(struct reply *reply, struct err *ret_err)
{
        return digest_get_posts(reply->sheet, reply->person, reply->question->detail, ret_err);
}

static bool act_bounce(struct reply *reply, struct err *ret_err)
{
        return bounce_answered(reply->sheet, reply->person, ret_err);
}

/* `on_no`: whether "no" is an act too. */
static const struct {
        act *act;
        bool on_no;
} ACTS[] = {
        [QUESTION_JOIN] = { act_join, false },
        [QUESTION_LEAVE] = { act_leave, false },
        [QUESTION_OFF] = { act_off, false },
        [QUESTION_PAUSE] = { act_change, false },
        [QUESTION_RESUME] = { act_change, false },
        [QUESTION_VACATION] = { act_change, false },
        [QUESTION_DIGEST] = { act_change, false },
        [QUESTION_EACH] = { act_change, false },
        [QUESTION_NAME] = { act_change, false },
        [QUESTION_LANG] = { act_change, false },
        [QUESTION_ADDRESS_OLD] = { act_old, false },
        [QUESTION_ADDRESS_NEW] = { act_new, false },
        [QUESTION_ALSO_OLD] = { act_old, false },
        [QUESTION_ALSO_NEW] = { act_new, false },
        [QUESTION_INVITE] = { act_join, false },
        [QUESTION_POST] = { act_post, true },
        [QUESTION_SEND] = { act_post, true },
        [QUESTION_APPROVE] = { act_approve, true },
        [QUESTION_MODERATE] = { act_moderate, true },
        [QUESTION_OWNER_COMMAND] = { act_owner_command, false },
        [QUESTION_OWNER_ADD] = { act_owner_add, false },
        [QUESTION_OWNER_REMOVE] = { act_owner_remove, false },
        [QUESTION_UNDO_NEVER] = { act_undo_never, false },
        [QUESTION_NOT_ALSO] = { act_change, false },
        [QUESTION_BOUNCE] = { act_bounce, false },
        [QUESTION_GET] = { act_get, false },
        [QUESTION_TELL] = { NULL, false },
};

/* --- the answer ------------------------------------------------------------------------------------------------------- */

static bool never_again(struct reply *reply, struct err *ret_err)
{
        const struct desk *desk = reply->sheet->desk;
        return never_set(desk->store, reply->person->owner, true, desk->now, ret_err)
               && question_remove_of_mailbox(desk->store, reply->question->mailbox_id, ret_err)
               && ask(desk, reply->person, QUESTION_UNDO_NEVER, 0, NULL, NULL, ret_err);
}

static bool unclear(struct reply *reply, struct err *ret_err)
{
        sheet_add(reply->sheet, reply->sheet->desk, "unclear");
        reply->sheet->reply_to = desk_confirm_address(reply->sheet->desk, reply->question->id, ANSWER_READ);
        return ask_section(reply->sheet, reply->question, ret_err);
}

static bool take(struct reply *reply, struct err *ret_err)
{
        const struct desk *desk = reply->sheet->desk;
        const enum question_kind kind = reply->question->kind;
        if (!ask_takes(kind, &reply->answer))
                return unclear(reply, ret_err);
        if (!ask_answered(desk, reply->question, reply->person, ret_err))
                return false;
        if (reply->answer == ANSWER_NEVER)
                return never_again(reply, ret_err);
        if (!ACTS[kind].act || (reply->answer == ANSWER_NO && !ACTS[kind].on_no))
                return true;
        return ACTS[kind].act(reply, ret_err);
}

static void log_confirm(const struct work *work, const struct question *question, const struct reply *reply, const char *why)
{
        log_event(LOG_LEVEL_INFO, "confirm", "msg", work->log_id, "list", work->list->address, "ticket", question ? "valid" : "invalid",
                  "question", question ? log_number(question->kind) : NULL, "answer", reply ? log_number(reply->answer) : NULL, "why", why,
                  NULL);
}

static bool reply_to(struct work *work, const struct question *question, enum answer answer, const char *line, struct err *ret_err)
{
        const struct desk desk = work_desk(work);
        struct person person;
        struct sheet sheet;
        char *address;
        if (!mailbox_address(work->store, question->mailbox_id, &address, ret_err))
                return false;
        if (!address)
                return true;
        bool ok = person_of(&desk, address, &person, ret_err);
        sheet_start(&sheet, &desk, person_lang(&desk, &person));
        struct reply reply = { .sheet = &sheet, .person = &person, .question = question, .answer = answer, .line = line };
        person.is_proven = true;
        ok = ok && take(&reply, ret_err) && ask_mail(&sheet, &person, ASK_ANSWER, ret_err);
        if (ok)
                log_confirm(work, question, &reply, NULL);
        sheet_clear(&sheet);
        person_clear(&person);
        g_free(address);
        return ok;
}

bool confirm_ticket(struct work *work, const char *text, enum answer answer, const char *line, struct err *ret_err)
{
        struct ticket ticket;
        struct question *question = NULL;
        char *lower = g_ascii_strdown(text, -1);
        const bool valid = ticket_open(store_keyring(work->store), TICKET_CONFIRM, work->list->id, lower, &ticket);
        g_free(lower);
        if (valid && !question_get(work->store, work->list->id, ticket.subject, &question, ret_err))
                return false;
        if (question && question_is_old(question, work->now))
                g_clear_pointer(&question, question_free);
        if (!question) {
                log_confirm(work, NULL, NULL, valid ? "used or too old" : "forged");
                return true;
        }
        if (ticket.context != ANSWER_READ)
                answer = (enum answer) ticket.context;
        bool ok = reply_to(work, question, answer, line, ret_err);
        question_free(question);
        return ok;
}

bool way_confirm(struct work *work, struct err *ret_err)
{
        if (work->automatic != AUTOMATIC_NOT || !work->message) {
                log_confirm(work, NULL, NULL, "automatic");
                return true;
        }
        char *text = plain_text(work->message, work->list, store_keyring(work->store));
        char *line = words_first_line(text);
        bool ok = confirm_ticket(work, work->target.ticket, words_answer(line), line, ret_err);
        g_free(line);
        g_free(text);
        return ok;
}
