/* why.c - listctl member why: what an address can and cannot do, in words
 * Gives:  ctl_member_why()
 * Whether a post would pass is asked of policy/post.c, with a post that has nothing else wrong: no second opinion here. */
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "handle/freemail.h"
#include "policy/post.h"
#include "store/author.h"
#include "store/mailbox.h"

struct reasons {
        struct ctl *ctl;
        struct list *list;
        const struct address *address;
        struct member *member; /* NULL: not a member, nor a further address of one */
        GPtrArray *texts;
};

static void say(struct reasons *reasons, const char *format, ...) PRINTF_LIKE(2, 3);
static void say(struct reasons *reasons, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        g_ptr_array_add(reasons->texts, g_strdup_vprintf(format, args));
        va_end(args);
}

static char *day_of(const struct reasons *reasons, int64_t at)
{
        const struct desk desk = ctl_desk(reasons->ctl, reasons->list);
        return desk_day(&desk, at);
}

static void say_membership(struct reasons *reasons)
{
        const struct member *member = reasons->member;
        if (!member) {
                say(reasons, "It is not on the list.");
                return;
        }
        char *joined = day_of(reasons, member->joined);
        if (strcmp(member->address, reasons->address->text) == 0)
                say(reasons, "It is on the list as %s, since %s.", MEMBER_ROLE_WORDS[member->role], joined);
        else
                say(reasons, "It is a further address of the member %s.", member->address);
        g_free(joined);
        if (member->state == MEMBER_ACTIVE) {
                say(reasons, member->digest ? "It gets the posts in digests." : "It gets each post.");
        } else if (member->until) {
                char *until = day_of(reasons, member->until);
                say(reasons, "It gets no posts until %s.", until);
                g_free(until);
        } else {
                say(reasons, "It gets no posts, as it is paused.");
        }
        if (member->failures)
                say(reasons, "The relay refused %" G_GINT64_FORMAT " copies to it for good; the last time: %d %s",
                    (gint64) member->failures, member->failed_code, member->failed_text);
}

static bool judge(struct reasons *reasons, bool is_banned, enum list_freemail freemail, struct post_verdict *ret_verdict,
                  struct err *ret_err)
{
        const struct conf *conf = reasons->ctl->conf;
        struct message *message;
        char *text = g_strdup_printf("From: <%s>\r\nTo: <%s>\r\nSubject: x\r\n\r\nx\r\n", reasons->address->text,
                                     reasons->list->address);
        GBytes *bytes = g_bytes_new_take(text, strlen(text));
        struct envelope envelope = { .message = bytes };
        bool ok = message_parse(&message, bytes, ret_err);
        if (ok) {
                const struct post_facts facts = {
                        .list = reasons->list,
                        .envelope = &envelope,
                        .message = message,
                        .author = reasons->address,
                        .member = reasons->member,
                        .proof = post_proof_in_force(reasons->list, conf->authserv_id),
                        .is_confirmed = true,
                        .is_banned = is_banned,
                        .freemail = freemail,
                        .server_max_size = conf->max_size,
                };
                post_judge(&facts, ret_verdict);
                message_free(message);
        }
        g_bytes_unref(bytes);
        return ok;
}

static bool say_posting(struct reasons *reasons, struct err *ret_err)
{
        static const char *const proofs[] = {
                [PROOF_AUTH] = "when its provider vouches for it (an aligned pass); else it is asked first",
                [PROOF_CONFIRM] = "after it has answered a question, or from a network that it answered from lately",
                [PROOF_NONE] = "at once: this list believes any From",
        };
        struct post_verdict verdict;
        enum list_freemail freemail;
        bool is_banned;
        if (!ban_is(reasons->ctl->store, reasons->list->id, reasons->address->fold, &is_banned, ret_err)
            || !freemail_rule(reasons->ctl->store, reasons->list, reasons->address->fold, &freemail, ret_err)
            || !judge(reasons, is_banned, freemail, &verdict, ret_err))
                return false;
        const enum list_sender_proof proof = post_proof_in_force(reasons->list, reasons->ctl->conf->authserv_id);
        if (verdict.verdict == VERDICT_ACCEPT)
                say(reasons, "Its posts go out %s.", proofs[proof]);
        else if (verdict.verdict == VERDICT_HOLD)
                say(reasons, "Its posts wait for a moderator: %s.", verdict.reason);
        else
                say(reasons, "Its posts are dropped in silence: %s.", verdict.reason);
        if (!reasons->member && freemail == FREEMAIL_MODERATE)
                say(reasons, "An owner decides whether it may join, as its domain gives anybody an address (freemail).");
        if (!reasons->member && freemail == FREEMAIL_REFUSE)
                say(reasons, "Only owners can add it, as its domain gives anybody an address (freemail).");
        if (is_banned)
                say(reasons, "Its requests are ignored too, as it is banned (listctl member unban).");
        return true;
}

static bool say_questions(struct reasons *reasons, struct err *ret_err)
{
        struct store *store = reasons->ctl->store;
        GPtrArray *questions;
        if (!question_of_list(store, reasons->list->id, (enum question_kind) 0, &questions, ret_err))
                return false;
        bool ok = true;
        for (guint i = 0; ok && i < questions->len; i++) {
                const struct question *question = questions->pdata[i];
                char *address;
                ok = mailbox_address(store, question->mailbox_id, &address, ret_err);
                if (ok && question->kind != QUESTION_TELL && g_strcmp0(address, reasons->address->text) == 0) {
                        char *day = day_of(reasons, question->mailed ? question->mailed : question->at);
                        const char *asked = question->mailed ? "was asked" : "will be asked when its limits allow";
                        say(reasons, "It %s (%s), on %s, and has not answered.", asked, QUESTION_WORDS[question->kind], day);
                        g_free(day);
                }
                g_free(address);
        }
        g_ptr_array_unref(questions);
        return ok;
}

static bool say_never(struct reasons *reasons, struct err *ret_err)
{
        char *owner = mailbox_owner(reasons->address->fold);
        bool never;
        bool ok = never_is(reasons->ctl->store, owner, &never, ret_err);
        if (ok && never)
                say(reasons, "It wants no mail of this server that others can cause (listctl member mail undoes that).");
        g_free(owner);
        return ok;
}

bool ctl_member_why(struct ctl *ctl, struct err *ret_err)
{
        static const struct column columns[] = { { "text", .may_wrap = true } };
        struct list *list;
        struct address *address = NULL;
        struct reasons reasons = { .ctl = ctl, .texts = g_ptr_array_new_with_free_func(g_free) };
        bool ok = ctl_list(ctl, ctl->line->args[0], &list, ret_err);
        reasons.list = list;
        ok = ok && ctl_address(ctl->line->args[1], &address, ret_err);
        reasons.address = address;
        ok = ok && author_member(ctl->store, list->id, address->fold, &reasons.member, ret_err);
        if (ok) {
                say_membership(&reasons);
                ok = say_posting(&reasons, ret_err) && say_questions(&reasons, ret_err) && say_never(&reasons, ret_err);
        }
        if (ok) {
                output_fact(ctl->output, "list", TEXT(list->address));
                output_fact(ctl->output, "address", TEXT(address->text));
                output_table(ctl->output, "why", columns, G_N_ELEMENTS(columns));
                for (guint i = 0; i < reasons.texts->len; i++) {
                        const struct cell row[] = { TEXT(reasons.texts->pdata[i]) };
                        output_row(ctl->output, row);
                }
                output_table_end(ctl->output);
        }
        member_free(reasons.member);
        g_ptr_array_unref(reasons.texts);
        address_free(address);
        list_free(list);
        return ok;
}
