/* moderate.c - held posts
 * Gives:  what moderate.h lists
 * A notice shows what readers would get, never the post as it came. */
#include "handle/moderate.h"

#include "base/log.h"
#include "handle/ask.h"
#include "mail/mime.h"
#include "mail/plain.h"
#include "policy/reason.h"
#include "store/author.h"
#include "store/held.h"
#include "store/mailbox.h"
#include "store/trace.h"

enum {
        DAY = 86400,
        NOTICES_DAY_MAX = 40, /* letters about held posts of a list; one more says that there are many */
        MANY_DAY_MAX = 1,
        TOLD_HELD_DAY_MAX = 5,
        TOLD_DAYS = 30,
        NOTICE_TEXT_MAX = 8 * 1024, /* octets of a post in a notice */
        LIST_MAX = 200
};

/* --- one held post ---------------------------------------------------------------------------------------------------- */

struct opened {
        struct held *held; /* NULL: it is not there */
        struct envelope *envelope;
        struct post *post;
};

static void opened_clear(struct opened *opened)
{
        held_free(opened->held);
        envelope_free(opened->envelope);
        post_free(opened->post);
}

/* To be cleared, on failure too. */
static bool open_held(const struct desk *desk, enum held_kind kind, const char *id, struct opened *ret_opened, struct err *ret_err)
{
        gsize length;
        *ret_opened = (struct opened){ 0 };
        if (!held_get(desk->store, kind, id, &ret_opened->held, ret_err))
                return false;
        if (ret_opened->held && ret_opened->held->list_id != desk->list->id)
                g_clear_pointer(&ret_opened->held, held_free);
        if (!ret_opened->held)
                return true;
        const void *bytes = g_bytes_get_data(ret_opened->held->envelope, &length);
        return envelope_read(&ret_opened->envelope, bytes, length, ret_err)
               && post_prepare(desk->store, desk->conf, desk->list, ret_opened->envelope, true, desk->now, &ret_opened->post, ret_err);
}

/* Of the member, also when they write from a further address. */
static int author_lang(const struct desk *desk, const struct post *post)
{
        const struct person author = { .member = post->member };
        return person_lang(desk, &author);
}

static char *subject_of(const struct post *post)
{
        const char *raw = post->message ? message_get(post->message, "Subject") : NULL;
        return raw ? mime_decode_text(raw) : g_strdup("-");
}

static const char *standing_of(const struct post *post, int lang)
{
        static const char *const texts[][2] = { [STANDING_NORMAL] = { "member", "会員" },
                                                [STANDING_NEW] = { "new member", "新しい会員" },
                                                [STANDING_MODERATED] = { "moderated member", "保留対象の会員" },
                                                [STANDING_TRUSTED] = { "trusted member", "信頼された会員" } };
        static const char *const stranger[] = { "not a member", "会員ではない" };
        return post->member ? texts[post->member->standing][lang] : stranger[lang];
}

/* What readers would get, as text; "" when nothing can be. The caller frees. */
static char *text_of(const struct desk *desk, const struct post *post)
{
        struct message *copy;
        struct err flaw;
        if (!post->rendered || !message_parse(&copy, post->rendered->message, &flaw))
                return g_strdup("");
        char *text = plain_text(copy, desk->list, store_keyring(desk->store));
        message_free(copy);
        if (strlen(text) > NOTICE_TEXT_MAX)
                *g_utf8_find_prev_char(text, text + NOTICE_TEXT_MAX) = '\0';
        return g_strchomp(text);
}

bool moderate_values(struct sheet *sheet, const struct desk *desk, const struct question *question, struct err *ret_err)
{
        struct opened opened;
        bool ok = open_held(desk, HELD_POST, question->held_id, &opened, ret_err);
        if (ok && opened.held) {
                struct member *moderator = NULL;
                char *subject = subject_of(opened.post), *text = text_of(desk, opened.post);
                sheet_value(sheet, "who", opened.post->author ? opened.post->author->text : "-");
                sheet_value(sheet, "subject", subject);
                sheet_value(sheet, "reason", reason_in(opened.held->reason, sheet->lang));
                sheet_value(sheet, "standing", standing_of(opened.post, sheet->lang));
                sheet_value(sheet, "text", text);
                /* to name a member is for owners, who may know (A2) */
                ok = member_get(desk->store, desk->list->id, question->member_id, &moderator, ret_err);
                if (ok && moderator && moderator->role == ROLE_OWNER && !opened.post->member && opened.post->author)
                        sheet_value(sheet, "also", "1");
                member_free(moderator);
                g_free(subject);
                g_free(text);
        }
        opened_clear(&opened);
        return ok;
}

bool moderate_list(const struct desk *desk, int lang, char **ret_lines, struct err *ret_err)
{
        GPtrArray *all;
        if (!held_all(desk->store, HELD_POST, desk->list->id, &all, ret_err))
                return false;
        bool ok = true;
        GString *lines = g_string_new(NULL);
        for (guint i = 0; ok && i < all->len && i < LIST_MAX; i++) {
                struct opened opened;
                ok = open_held(desk, HELD_POST, ((struct held *) all->pdata[i])->id, &opened, ret_err);
                if (ok && opened.held) {
                        char *day = desk_day(desk, opened.held->at), *subject = subject_of(opened.post);
                        g_string_append_printf(lines, "%s  %s  %s\n    %s\n    %s\n", opened.held->id, day,
                                               opened.post->author ? opened.post->author->text : "-", subject,
                                               reason_in(opened.held->reason, lang));
                        g_free(day);
                        g_free(subject);
                }
                opened_clear(&opened);
        }
        g_ptr_array_unref(all);
        *ret_lines = g_string_free(lines, !ok);
        return ok;
}

/* --- asking ------------------------------------------------------------------------------------------------------------- */

static bool notify_one(const struct desk *desk, const char *held_id, const struct member *moderator, const char *many,
                       struct err *ret_err)
{
        struct person person;
        struct sheet sheet;
        bool ok = person_of(desk, moderator->address, &person, ret_err);
        sheet_start(&sheet, desk, person_lang(desk, &person));
        if (ok && many) {
                sheet_value(&sheet, "count", many);
                sheet_add(&sheet, desk, "held-many");
        } else {
                ok = ok && ask(desk, &person, QUESTION_MODERATE, moderator->id, held_id, NULL, ret_err);
        }
        ok = ok && ask_mail(&sheet, &person, ASK_MODERATOR, ret_err);
        sheet_clear(&sheet);
        person_clear(&person);
        return ok;
}

/* Beyond the limit one letter a day says that there are many. *ret_many NULL: an ordinary notice; the caller frees it. */
static bool notice_room(const struct desk *desk, bool *ret_room, char **ret_many, struct err *ret_err)
{
        const struct limit notices = { SPENT_NOTICE, "held", desk->list->id, NOTICES_DAY_MAX, DAY };
        const struct limit many = { SPENT_NOTICE, "many", desk->list->id, MANY_DAY_MAX, DAY };
        GPtrArray *all;
        *ret_many = NULL;
        if (!limit_room(desk->store, &notices, 1, desk->now, ret_room, ret_err))
                return false;
        if (*ret_room)
                return limit_spend(desk->store, &notices, 1, desk->now, ret_err);
        if (!limit_room(desk->store, &many, 1, desk->now, ret_room, ret_err))
                return false;
        if (!*ret_room)
                return true;
        if (!held_all(desk->store, HELD_POST, desk->list->id, &all, ret_err))
                return false;
        *ret_many = g_strdup_printf("%u", all->len);
        g_ptr_array_unref(all);
        return limit_spend(desk->store, &many, 1, desk->now, ret_err);
}

bool moderate_notify(const struct desk *desk, const char *held_id, struct err *ret_err)
{
        GPtrArray *moderators;
        bool room = false;
        char *many = NULL;
        if (!desk->list->held_notice)
                return true;
        if (!member_officers(desk->store, desk->list->id, ROLE_MODERATOR, &moderators, ret_err))
                return false;
        const struct desk quiet = { desk->store, desk->conf, desk->list, desk->log_id, NULL, NULL, desk->now };
        bool ok = notice_room(desk, &room, &many, ret_err);
        for (guint i = 0; ok && room && i < moderators->len; i++)
                ok = notify_one(&quiet, held_id, moderators->pdata[i], many, ret_err);
        g_free(many);
        g_ptr_array_unref(moderators);
        return ok;
}

bool moderate_ask_author(const struct desk *desk, const char *held_id, const struct post *post, struct err *ret_err)
{
        struct person person;
        struct sheet sheet;
        bool ok = person_of(desk, post->author->text, &person, ret_err);
        sheet_start(&sheet, desk, author_lang(desk, post));
        ok = ok && ask(desk, &person, QUESTION_POST, post->member ? post->member->id : 0, held_id, NULL, ret_err)
             && ask_mail(&sheet, &person, ASK_POST, ret_err);
        sheet_clear(&sheet);
        person_clear(&person);
        return ok;
}

/* --- telling the author ------------------------------------------------------------------------------------------------------ */

/* The parts that were cut, one a line; NULL: none was. */
static char *cut_parts(const struct post *post)
{
        GString *parts = g_string_new(NULL);
        for (guint i = 0; post->rendered && i < post->rendered->parts->len; i++) {
                const struct render_part *part = post->rendered->parts->pdata[i];
                if (part->noticed && !part->kept)
                        g_string_append_printf(parts, "  %s%s%s\n", part->type, *part->name ? ", " : "", part->name);
        }
        return g_string_free(parts, parts->len == 0);
}

/* Which letter, and how often it may come. */
static const char *tells(const struct desk *desk, const struct post *post, struct limit *ret_limit, char **ret_parts)
{
        *ret_parts = NULL;
        *ret_limit = (struct limit){ SPENT_TOLD, "", desk->list->id, 1, TOLD_DAYS * DAY };
        if (!post->author || !post->is_proven || post->automatic != AUTOMATIC_NOT)
                return NULL;
        if (post->verdict.verdict == VERDICT_ACCEPT)
                return (*ret_parts = cut_parts(post)) ? "cut" : NULL;
        if (!post->member)
                return desk->list->nonmember_notice == NONMEMBER_VERIFIED && desk->list->visibility == VISIBILITY_PUBLIC
                                       && strcmp(post->verdict.check, "posting") == 0
                               ? "nonmember"
                               : NULL;
        ret_limit->most = TOLD_HELD_DAY_MAX;
        ret_limit->seconds = DAY;
        return "held";
}

bool moderate_tell_author(const struct desk *desk, const struct post *post, struct err *ret_err)
{
        struct limit limit;
        struct person person;
        struct sheet sheet;
        char *parts;
        bool room;
        const char *template = tells(desk, post, &limit, &parts);
        if (!template)
                return true;
        bool ok = person_of(desk, post->author->text, &person, ret_err);
        char *whose = g_strdup_printf("%s %s", template, person.owner);
        limit.whose = whose;
        sheet_start(&sheet, desk, author_lang(desk, post));
        ok = ok && limit_room(desk->store, &limit, 1, desk->now, &room, ret_err);
        if (ok && room) {
                sheet_value(&sheet, "reason", reason_in(post->verdict.reason, sheet.lang));
                sheet_value(&sheet, "parts", parts);
                sheet_add(&sheet, desk, template);
                ok = limit_spend(desk->store, &limit, 1, desk->now, ret_err) && ask_mail(&sheet, &person, ASK_ANSWER, ret_err);
        }
        sheet_clear(&sheet);
        person_clear(&person);
        g_free(whose);
        g_free(parts);
        return ok;
}

/* --- deciding ------------------------------------------------------------------------------------------------------------------ */

bool moderate_confirmed(const struct desk *desk, const struct question *question, bool yes, struct err *ret_err)
{
        const enum held_kind kind = question->kind == QUESTION_SEND ? HELD_COMMAND : HELD_POST;
        struct opened opened;
        bool ok = open_held(desk, kind, question->held_id, &opened, ret_err);
        /* it goes the way of a post once more: held again, for a moderator, when more than the proof was missing */
        if (ok && opened.held) {
                const struct desk own = { desk->store, desk->conf, desk->list, opened.held->log_id, NULL, NULL, desk->now };
                ok = held_remove(desk->store, question->held_id, ret_err)
                     && question_remove_of_held(desk->store, question->held_id, ret_err)
                     && (!yes || post_take(&own, opened.envelope, true, ret_err));
        }
        opened_clear(&opened);
        return ok;
}

static const char *decision_text(enum answer answer, int lang)
{
        static const char *const texts[][2] = { [ANSWER_ACCEPT] = { "accepted", "承認" },
                                                [ANSWER_DISCARD] = { "discarded", "破棄" },
                                                [ANSWER_TRUST] = { "accepted, and the author is trusted", "承認し、投稿者を信頼" },
                                                [ANSWER_BAN] = { "discarded, and the author is banned", "破棄し、投稿者を禁止" },
                                                [ANSWER_ALSO] = { "accepted, as a further address of a member", "会員の別アドレスとして承認" } };
        return texts[answer][lang];
}

/* The other moderators are told once; what was asked of them is gone. */
static bool tell_others(const struct desk *desk, const char *held_id, const struct post *post, enum answer answer,
                        const struct person *decider, struct err *ret_err)
{
        GPtrArray *questions;
        if (!question_of_held(desk->store, held_id, &questions, ret_err))
                return false;
        bool ok = question_remove_of_held(desk->store, held_id, ret_err);
        for (guint i = 0; ok && i < questions->len; i++) {
                const struct question *question = questions->pdata[i];
                struct person other;
                struct sheet sheet;
                if (question->kind != QUESTION_MODERATE)
                        continue;
                ok = person_of_member(desk, question->member_id, &other, ret_err);
                sheet_start(&sheet, desk, person_lang(desk, &other));
                if (ok && other.member && (!decider || strcmp(other.fold, decider->fold) != 0)) {
                        char *subject = subject_of(post);
                        sheet_value(&sheet, "subject", subject);
                        sheet_value(&sheet, "decision", decision_text(answer, sheet.lang));
                        sheet_add(&sheet, desk, "moderate-done");
                        ok = ask_mail(&sheet, &other, ASK_MODERATOR, ret_err);
                        g_free(subject);
                }
                sheet_clear(&sheet);
                person_clear(&other);
        }
        g_ptr_array_unref(questions);
        return ok;
}

/* What is decided about the author beside the post. */
static bool decide_author(const struct desk *desk, const struct post *post, enum answer answer, const char *also, struct err *ret_err)
{
        struct person member;
        const int64_t list_id = desk->list->id;
        if (answer == ANSWER_BAN)
                return !post->author || ban_add(desk->store, list_id, post->author->text, post->author->fold, ret_err);
        if (answer == ANSWER_TRUST && post->member)
                return member_set_standing(desk->store, list_id, post->member->id, STANDING_TRUSTED, ret_err);
        if (answer == ANSWER_ALSO) {
                struct address *address;
                struct err flaw;
                if (!also || !address_parse(&address, also, strlen(also), &flaw))
                        return err_set(ret_err, ERR_PERM, "write: also ADDRESS");
                bool ok = person_find(desk, address, &member, ret_err);
                if (ok && (!member.member || post->member || !post->author))
                        ok = err_set(ret_err, ERR_PERM, "%s is not a member, or the author is one", address->text);
                ok = ok && alias_add(desk->store, list_id, member.member->id, post->author->text, post->author->fold, ret_err);
                person_clear(&member);
                address_free(address);
                return ok;
        }
        /* the first post of a new member passed: the next ones do */
        return answer != ANSWER_ACCEPT || !post->member || post->member->standing != STANDING_NEW
               || member_set_standing(desk->store, list_id, post->member->id, STANDING_NORMAL, ret_err);
}

static bool trace_decision(const struct desk *desk, const struct opened *opened, enum answer answer, struct err *ret_err)
{
        const bool is_sent = answer != ANSWER_DISCARD && answer != ANSWER_BAN;
        return trace_note(desk->store, desk->list->id, opened->held->log_id, TRACE_MODERATED, is_sent ? desk->list->posts : 0,
                          opened->post->author ? opened->post->author->fold : NULL, decision_text(answer, LANG_EN), desk->now, ret_err);
}

bool moderate_post(const struct desk *desk, const char *held_id, enum answer answer, const char *also, const struct person *decider,
                   struct err *ret_err)
{
        const bool discards = answer == ANSWER_DISCARD || answer == ANSWER_BAN;
        struct opened opened;
        bool ok = open_held(desk, HELD_POST, held_id, &opened, ret_err);
        if (ok && !opened.held)
                ok = err_set(ret_err, ERR_NOT_FOUND, "%s: there is no such message", held_id);
        if (ok && answer == ANSWER_ALSO && decider && (!decider->member || decider->member->role != ROLE_OWNER))
                ok = err_set(ret_err, ERR_PERM, "only an owner can name a member");
        if (ok && !discards && !opened.post->rendered)
                ok = err_set(ret_err, ERR_PERM, "it cannot be distributed: %s", opened.post->verdict.reason);
        ok = ok && decide_author(desk, opened.post, answer, also, ret_err)
             && (discards || post_distribute(desk->store, desk->conf, desk->list, opened.post, opened.held->log_id, desk->now, ret_err))
             && held_remove(desk->store, held_id, ret_err) && trace_decision(desk, &opened, answer, ret_err)
             && tell_others(desk, held_id, opened.post, answer, decider, ret_err);
        if (ok)
                log_event(LOG_LEVEL_INFO, "moderated", "msg", opened.held->log_id, "list", desk->list->address, "held", held_id, "by",
                          decider && decider->member ? log_number(decider->member->id) : "listctl", "did",
                          decision_text(answer, LANG_EN), NULL);
        opened_clear(&opened);
        return ok;
}

bool moderate_decide(struct sheet *sheet, const char *held_id, enum answer answer, const char *also, const struct person *decider,
                     struct err *ret_err)
{
        struct err flaw = { 0 };
        if (!decider->member || decider->member->role < ROLE_MODERATOR)
                return true; /* a moderator no longer */
        if (moderate_post(sheet->desk, held_id, answer, also, decider, &flaw))
                return true;
        if (flaw.class != ERR_PERM && flaw.class != ERR_NOT_FOUND) {
                *ret_err = flaw;
                return false;
        }
        sheet_value(sheet, "lines", flaw.text);
        sheet_add(sheet, sheet->desk, "owner-result");
        return true;
}
