/* asked.c - listctl member invite, pending, changed
 * Gives:  ctl_member_invite(), ctl_member_pending(), ctl_member_changed()
 * Fails:  ERR_PERM when an address cannot be invited; nothing is done then */
#include "ctl/caller.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "handle/ask.h"
#include "handle/membership.h"
#include "policy/words.h"
#include "store/change.h"
#include "store/mailbox.h"

/* --- invite ---------------------------------------------------------------------------------------------------- */

static bool invite_person(const struct desk *desk, const struct person *person, struct err *ret_err)
{
        struct sheet sheet;
        bool may;
        if (!membership_may_be(desk, person, &may, ret_err))
                return false;
        if (!may || person->member)
                return err_set(ret_err, ERR_PERM, "%s %s", person->address,
                               may ? "is a member already" : "is banned, or an address of the list itself");
        sheet_start(&sheet, desk, desk->list->lang);
        bool ok = ask(desk, person, QUESTION_INVITE, 0, NULL, NULL, ret_err) && ask_mail(&sheet, person, ASK_FREE, ret_err);
        sheet_clear(&sheet);
        return ok;
}

static bool invite_word(struct ctl *ctl, struct list *list, const char *word, struct err *ret_err)
{
        const struct desk desk = ctl_desk(ctl, list);
        struct address *address;
        struct person person;
        if (!ctl_address(word, &address, ret_err))
                return false;
        bool ok = person_find(&desk, address, &person, ret_err) && invite_person(&desk, &person, ret_err);
        person_clear(&person);
        address_free(address);
        return ok;
}

bool ctl_member_invite(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = ctl_each_word(ctl, list, invite_word, ret_err);
        if (ok) {
                output_fact(ctl->output, "list", TEXT(list->address));
                output_fact(ctl->output, "invited", NUMBER(ctl->line->arg_count - 1));
                output_say(ctl->output, "%s: %d invited", list->address, ctl->line->arg_count - 1);
        }
        list_free(list);
        return ok;
}

/* --- pending ----------------------------------------------------------------------------------------------------- */

static bool put_question(struct ctl *ctl, const struct question *question, struct err *ret_err)
{
        char *address;
        if (question->kind == QUESTION_TELL)
                return true;
        if (!mailbox_address(ctl->store, question->mailbox_id, &address, ret_err))
                return false;
        const struct cell row[] = { TEXT(address), TEXT(QUESTION_WORDS[question->kind]), TIME(question->at), TIME(question->mailed) };
        output_row(ctl->output, row);
        g_free(address);
        return true;
}

bool ctl_member_pending(struct ctl *ctl, struct err *ret_err)
{
        static const struct column columns[] = { { "address" }, { "asked", .may_wrap = true }, { "since" }, { "mailed" } };
        struct list *list;
        GPtrArray *questions;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = question_of_list(ctl->store, list->id, (enum question_kind) 0, &questions, ret_err);
        ok = ok && caller_reads_roster(ctl, list, questions->len, ret_err);
        if (ok) {
                output_fact(ctl->output, "list", TEXT(list->address));
                output_table(ctl->output, "pending", columns, G_N_ELEMENTS(columns));
                for (guint i = 0; ok && i < questions->len; i++)
                        ok = put_question(ctl, questions->pdata[i], ret_err);
                output_table_end(ctl->output);
                g_ptr_array_unref(questions);
        }
        list_free(list);
        return ok;
}

/* --- changed -------------------------------------------------------------------------------------------------------- */

static bool since_of(const struct ctl *ctl, int64_t *ret_since, struct err *ret_err)
{
        enum { DAYS = 30, DAY = 86400 };
        const char *text = ctl->line->args[1];
        GDate date, today;
        *ret_since = clock_now() - DAYS * DAY;
        if (!text)
                return true;
        g_date_clear(&today, 1);
        g_date_set_time_t(&today, (time_t) clock_now());
        if (!words_date(text, &today, &date))
                return err_set(ret_err, ERR_USAGE, "'%s' is no day: write YYYY-MM-DD", text);
        GDateTime *day = g_date_time_new_utc(g_date_get_year(&date), (gint) g_date_get_month(&date), g_date_get_day(&date), 0, 0, 0);
        *ret_since = g_date_time_to_unix(day);
        g_date_time_unref(day);
        return true;
}

bool ctl_member_changed(struct ctl *ctl, struct err *ret_err)
{
        enum { CHANGES_MAX = 100000 };
        static const struct column columns[] = { { "at" }, { "what" }, { "address" } };
        struct list *list;
        GPtrArray *changes;
        int64_t since;
        if (!since_of(ctl, &since, ret_err) || !ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = change_since(ctl->store, list->id, since, CHANGES_MAX, &changes, ret_err);
        ok = ok && caller_reads_roster(ctl, list, changes->len, ret_err);
        if (ok) {
                output_fact(ctl->output, "list", TEXT(list->address));
                output_table(ctl->output, "changes", columns, G_N_ELEMENTS(columns));
                for (guint i = 0; i < changes->len; i++) {
                        const struct change *change = changes->pdata[i];
                        const struct cell row[] = { TIME(change->at), TEXT(CHANGE_WORDS[change->what]), TEXT(change->address) };
                        output_row(ctl->output, row);
                }
                output_table_end(ctl->output);
                g_ptr_array_unref(changes);
        }
        list_free(list);
        return ok;
}
