/* ban.c - listctl member ban, unban, bans, mail
 * Gives:  ctl_member_ban(), ctl_member_unban(), ctl_member_bans(), ctl_member_mail()
 * Fails:  ERR_USAGE for what is neither an address nor @domain; ERR_NOT_FOUND for what is not banned */
#include "base/domain.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "store/author.h"
#include "store/mailbox.h"

/* An address, or "@domain" for all of a domain. The caller frees both. */
static bool subject_of(const char *text, char **ret_text, char **ret_fold, struct err *ret_err)
{
        struct address *address;
        *ret_text = *ret_fold = NULL;
        if (*text == '@') {
                char *domain = domain_to_ascii(text + 1);
                if (!domain)
                        return err_set(ret_err, ERR_USAGE, "'%s' is no domain: write @example.org", text);
                *ret_text = g_strconcat("@", domain, NULL);
                *ret_fold = g_strdup(*ret_text);
                g_free(domain);
                return true;
        }
        if (!ctl_address(text, &address, ret_err))
                return false;
        *ret_text = g_strdup(address->text);
        *ret_fold = g_strdup(address->fold);
        address_free(address);
        return true;
}

static bool ban_word(struct ctl *ctl, struct list *list, const char *word, struct err *ret_err)
{
        char *text, *fold;
        if (!subject_of(word, &text, &fold, ret_err))
                return false;
        bool ok = ban_add(ctl->store, list->id, text, fold, ret_err);
        g_free(text);
        g_free(fold);
        return ok;
}

static bool unban_word(struct ctl *ctl, struct list *list, const char *word, struct err *ret_err)
{
        char *text, *fold;
        bool removed;
        if (!subject_of(word, &text, &fold, ret_err))
                return false;
        bool ok = ban_remove(ctl->store, list->id, fold, &removed, ret_err);
        if (ok && !removed)
                ok = err_set(ret_err, ERR_NOT_FOUND, "%s is not banned on %s", text, list->address);
        g_free(text);
        g_free(fold);
        return ok;
}

static bool change_all(struct ctl *ctl, ctl_word *each, const char *key, const char *said, struct err *ret_err)
{
        struct list *list;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = ctl_each_word(ctl, list, each, ret_err);
        if (ok) {
                output_fact(ctl->output, "list", TEXT(list->address));
                output_fact(ctl->output, key, NUMBER(ctl->line->arg_count - 1));
                output_say(ctl->output, "%s: %d %s", list->address, ctl->line->arg_count - 1, said);
        }
        list_free(list);
        return ok;
}

bool ctl_member_ban(struct ctl *ctl, struct err *ret_err)
{
        return change_all(ctl, ban_word, "banned", "banned", ret_err);
}

bool ctl_member_unban(struct ctl *ctl, struct err *ret_err)
{
        return change_all(ctl, unban_word, "unbanned", "no longer banned", ret_err);
}

bool ctl_member_bans(struct ctl *ctl, struct err *ret_err)
{
        static const struct column columns[] = { { "banned" }, { "at" } };
        struct list *list;
        GPtrArray *bans;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = ban_all(ctl->store, list->id, &bans, ret_err);
        if (ok) {
                output_fact(ctl->output, "list", TEXT(list->address));
                output_table(ctl->output, "bans", columns, G_N_ELEMENTS(columns));
                for (guint i = 0; i < bans->len; i++) {
                        const struct ban *ban = bans->pdata[i];
                        const struct cell row[] = { TEXT(ban->text), TIME(ban->at) };
                        output_row(ctl->output, row);
                }
                output_table_end(ctl->output);
                g_ptr_array_unref(bans);
        }
        list_free(list);
        return ok;
}

/* Undoes "never again" for a mailbox. */
bool ctl_member_mail(struct ctl *ctl, struct err *ret_err)
{
        struct address *address;
        if (!ctl_address(ctl->line->args[0], &address, ret_err))
                return false;
        char *owner = mailbox_owner(address->fold);
        bool ok = never_set(ctl->store, owner, false, clock_now(), ret_err);
        if (ok) {
                output_fact(ctl->output, "address", TEXT(address->text));
                output_say(ctl->output, "%s is written to again", address->text);
        }
        g_free(owner);
        address_free(address);
        return ok;
}
