/* membership.c - what can be done to a membership
 * Gives:  what membership.h lists */
#include "handle/membership.h"

#include "base/log.h"
#include "base/ticket.h"
#include "handle/ask.h"
#include "handle/digest.h"
#include "handle/freemail.h"
#include "policy/target.h"
#include "store/author.h"
#include "store/mailbox.h"

enum { DAY = 86400, APPROVE_NOTICES_MAX = 50 /* letters about requests to the owners of a list in 24 hours */ };

static void log_act(const struct desk *desk, const char *did, int64_t member_id)
{
        log_event(LOG_LEVEL_INFO, "member", "msg", desk->log_id, "list", desk->list->address, "member", log_number(member_id), "did",
                  did, NULL);
}

bool membership_may_be(const struct desk *desk, const struct person *person, bool *ret_may, struct err *ret_err)
{
        bool is_banned = false;
        const char *at = strrchr(person->fold, '@');
        char *local = g_strndup(person->fold, (size_t) (at - person->fold));
        const bool is_ours = target_is_of(local, at + 1, desk->list->name, desk->list->domain);
        g_free(local);
        bool ok = ban_is(desk->store, desk->list->id, person->fold, &is_banned, ret_err);
        *ret_may = !is_banned && !is_ours;
        return ok;
}

bool membership_owners(const struct desk *desk, guint *ret_count, struct err *ret_err)
{
        GPtrArray *owners;
        if (!member_officers(desk->store, desk->list->id, ROLE_OWNER, &owners, ret_err))
                return false;
        *ret_count = owners->len;
        g_ptr_array_unref(owners);
        return true;
}

bool membership_has_owner(const struct desk *desk, struct err *ret_err)
{
        guint count;
        return membership_owners(desk, &count, ret_err)
               && (count > 0 || err_set(ret_err, ERR_PERM, "%s would have no owner: make another member owner first",
                                        desk->list->address));
}

/* --- joining ------------------------------------------------------------------------------------------------- */

static char *leave_link(const struct desk *desk, int64_t member_id)
{
        char sealed[TICKET_CHARS + 1];
        const struct ticket ticket = { .subject = member_id, .day = (uint16_t) (desk->now / DAY) };
        ticket_seal(store_keyring(desk->store), TICKET_OFF, desk->list->id, &ticket, sealed);
        char *local = target_local(desk->list->name, DOOR_OFF, NULL, sealed, desk->conf->addresses);
        char *link = g_strdup_printf("mailto:%s@%s", local, desk->list->domain);
        g_free(local);
        return link;
}

static bool add_member(struct sheet *sheet, const struct person *person, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        const struct member_new new = { person->address, person->fold, "", ROLE_MEMBER, STANDING_NEW };
        struct member *member;
        size_t added;
        if (!member_add(desk->store, desk->list->id, &new, 1, &added, ret_err)
            || !member_find(desk->store, desk->list->id, person->fold, &member, ret_err) || !member)
                return false;
        log_act(desk, "joined", member->id);
        if (desk->list->welcome) {
                char *leave = leave_link(desk, member->id);
                sheet_value(sheet, "leave", leave);
                sheet_add(sheet, desk, "welcome");
                g_free(leave);
        }
        member_free(member);
        return true;
}

static bool ask_owner(const struct desk *desk, const struct member *owner, const char *address, struct err *ret_err)
{
        struct person person;
        struct sheet sheet;
        const struct limit limit = { SPENT_NOTICE, "approve", desk->list->id, APPROVE_NOTICES_MAX, DAY };
        bool room;
        bool ok = person_of(desk, owner->address, &person, ret_err);
        sheet_start(&sheet, desk, person_lang(desk, &person));
        /* beyond the limit it waits for the next letter to the owner */
        ok = ok && ask(desk, &person, QUESTION_APPROVE, owner->id, NULL, address, ret_err)
             && limit_room(desk->store, &limit, 1, desk->now, &room, ret_err);
        if (ok && room)
                ok = limit_spend(desk->store, &limit, 1, desk->now, ret_err)
                     && ask_mail(&sheet, &person, ASK_ANSWER, ret_err);
        sheet_clear(&sheet);
        person_clear(&person);
        return ok;
}

static bool is_asked(const struct desk *desk, const char *address, bool *ret_asked, struct err *ret_err)
{
        GPtrArray *questions;
        if (!question_of_list(desk->store, desk->list->id, QUESTION_APPROVE, &questions, ret_err))
                return false;
        *ret_asked = false;
        for (guint i = 0; i < questions->len; i++)
                *ret_asked = *ret_asked || g_strcmp0(((struct question *) questions->pdata[i])->detail, address) == 0;
        g_ptr_array_unref(questions);
        return true;
}

static bool ask_owners(struct sheet *sheet, const struct person *person, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        GPtrArray *owners;
        bool asked;
        if (!is_asked(desk, person->address, &asked, ret_err)
            || !member_officers(desk->store, desk->list->id, ROLE_OWNER, &owners, ret_err))
                return false;
        bool ok = true;
        for (guint i = 0; ok && !asked && i < owners->len; i++)
                ok = ask_owner(desk, owners->pdata[i], person->address, ret_err);
        g_ptr_array_unref(owners);
        sheet_add(sheet, desk, "join-wait");
        return ok;
}

bool membership_policy(const struct desk *desk, const struct person *person, enum list_subscribe *ret_policy, struct err *ret_err)
{
        enum list_freemail rule;
        *ret_policy = (enum list_subscribe) desk->list->subscribe;
        if (!freemail_rule(desk->store, desk->list, person->fold, &rule, ret_err))
                return false;
        if (rule == FREEMAIL_REFUSE)
                *ret_policy = SUBSCRIBE_CLOSED;
        else if (rule == FREEMAIL_MODERATE && *ret_policy == SUBSCRIBE_CONFIRM)
                *ret_policy = SUBSCRIBE_CONFIRM_APPROVE;
        return true;
}

bool membership_join(struct sheet *sheet, const struct person *person, bool is_invited, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        enum list_subscribe policy;
        bool may;
        if (!membership_may_be(desk, person, &may, ret_err) || !membership_policy(desk, person, &policy, ret_err))
                return false;
        if (!may)
                return true;
        if (person->member) {
                sheet_value(sheet, "paused", person->member->state == MEMBER_PAUSED ? "1" : NULL);
                sheet_add(sheet, desk, "join-already");
                return true;
        }
        switch (is_invited ? SUBSCRIBE_CONFIRM : policy) {
        case SUBSCRIBE_CONFIRM:
                return add_member(sheet, person, ret_err);
        case SUBSCRIBE_APPROVE:
        case SUBSCRIBE_CONFIRM_APPROVE:
                return ask_owners(sheet, person, ret_err);
        default:
                sheet_add(sheet, desk, "join-closed");
                return true;
        }
}

/* The other owners are told once, and their questions are gone. */
static bool close_question(const struct desk *desk, const struct question *question, bool yes, struct err *ret_err)
{
        struct person owner;
        struct sheet sheet;
        bool ok = person_of_member(desk, question->member_id, &owner, ret_err) && question_remove(desk->store, question->id, ret_err);
        sheet_start(&sheet, desk, person_lang(desk, &owner));
        if (ok && owner.member) {
                sheet_value(&sheet, "who", question->detail);
                sheet_value(&sheet, "joined", yes ? "1" : NULL);
                sheet_add(&sheet, desk, "approve-done");
                ok = ask_mail(&sheet, &owner, ASK_ANSWER, ret_err);
        }
        sheet_clear(&sheet);
        person_clear(&owner);
        return ok;
}

bool membership_approve(const struct desk *desk, const char *address, bool yes, struct err *ret_err)
{
        GPtrArray *questions;
        struct person person;
        struct sheet sheet;
        bool may;
        if (!question_of_list(desk->store, desk->list->id, QUESTION_APPROVE, &questions, ret_err))
                return false;
        bool ok = true;
        for (guint i = 0; ok && i < questions->len; i++) {
                const struct question *question = questions->pdata[i];
                if (g_strcmp0(question->detail, address) == 0)
                        ok = close_question(desk, question, yes, ret_err);
        }
        g_ptr_array_unref(questions);
        ok = ok && person_of(desk, address, &person, ret_err);
        if (!ok)
                return false;
        sheet_start(&sheet, desk, person_lang(desk, &person));
        ok = membership_may_be(desk, &person, &may, ret_err);
        if (ok && may && yes && !person.member)
                ok = add_member(&sheet, &person, ret_err);
        else if (ok && may && !person.member)
                sheet_add(&sheet, desk, "join-refused");
        ok = ok && ask_mail(&sheet, &person, ASK_ANSWER, ret_err);
        sheet_clear(&sheet);
        person_clear(&person);
        return ok;
}

/* --- leaving -------------------------------------------------------------------------------------------------- */

bool membership_leave(struct sheet *sheet, const struct person *person, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        const struct member *member = person->member;
        guint owners;
        if (!member) {
                sheet_add(sheet, desk, "not-member");
                return true;
        }
        if (!membership_owners(desk, &owners, ret_err))
                return false;
        const bool is_last = member->role == ROLE_OWNER && owners == 1;
        log_act(desk, is_last ? "paused" : "left", member->id);
        if (is_last || desk->list->welcome)
                sheet_add(sheet, desk, is_last ? "last-owner" : "goodbye");
        return is_last ? member_set_state(desk->store, desk->list->id, member->id, MEMBER_PAUSED, 0, ret_err)
                       : member_remove(desk->store, desk->list->id, member->id, ret_err);
}

/* --- a member's own settings ------------------------------------------------------------------------------------ */

static const char *const LANG_WORDS[] = { [LANG_EN] = "English", [LANG_JA] = "日本語" };

static int lang_of(const char *text)
{
        if (g_ascii_strncasecmp(text, "ja", 2) == 0 || strcmp(text, "日本語") == 0)
                return LANG_JA;
        return g_ascii_strncasecmp(text, "en", 2) == 0 || strcmp(text, "英語") == 0 ? LANG_EN : -1;
}

static bool change_state(struct sheet *sheet, const struct member *member, enum member_state state, int64_t until,
                         struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        char *day = until ? desk_day(desk, until) : NULL;
        sheet_value(sheet, until ? "until" : state == MEMBER_PAUSED ? "pause" : "resume", until ? day : "1");
        g_free(day);
        return (member->state == state && member->until == until)
               || member_set_state(desk->store, desk->list->id, member->id, state, until, ret_err);
}

static bool change_lang(struct sheet *sheet, const struct member *member, const char *detail, struct err *ret_err)
{
        const int lang = lang_of(detail);
        if (lang < 0)
                return true;
        sheet->lang = lang;
        sheet_value(sheet, "lang", "1");
        sheet_value(sheet, "value", LANG_WORDS[lang]);
        return member_set_lang(sheet->desk->store, sheet->desk->list->id, member->id, lang + 1, ret_err);
}

static bool change_not_also(struct sheet *sheet, const struct member *member, const char *detail, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        struct address *address;
        struct err flaw;
        bool removed;
        if (!address_parse(&address, detail, strlen(detail), &flaw))
                return true;
        sheet_value(sheet, "also", "1");
        sheet_value(sheet, "value", address->text);
        bool ok = alias_remove(desk->store, desk->list->id, member->id, address->fold, &removed, ret_err);
        address_free(address);
        return ok;
}

static enum member_digest form_of(enum question_kind kind, const char *detail)
{
        if (kind == QUESTION_EACH)
                return DIGEST_NO;
        return detail && strcmp(detail, "plain") == 0 ? DIGEST_PLAIN : DIGEST_MIME;
}

bool membership_change(struct sheet *sheet, const struct person *person, enum question_kind kind, const char *detail,
                       struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        const struct member *member = person->member;
        bool ok = true;
        if (!member) {
                sheet_add(sheet, desk, "not-member");
                return true;
        }
        switch (kind) {
        case QUESTION_PAUSE:
                ok = change_state(sheet, member, MEMBER_PAUSED, 0, ret_err);
                break;
        case QUESTION_RESUME:
                ok = change_state(sheet, member, MEMBER_ACTIVE, 0, ret_err);
                break;
        case QUESTION_VACATION:
                ok = change_state(sheet, member, MEMBER_PAUSED, g_ascii_strtoll(detail, NULL, 10), ret_err);
                break;
        case QUESTION_DIGEST:
        case QUESTION_EACH:
                sheet_value(sheet, kind == QUESTION_DIGEST ? "digest" : "each", "1");
                ok = digest_change(desk, member, form_of(kind, detail), ret_err);
                break;
        case QUESTION_NAME:
                sheet_value(sheet, "name", "1");
                sheet_value(sheet, "value", detail);
                ok = member_set_name(desk->store, desk->list->id, member->id, detail, ret_err);
                break;
        case QUESTION_LANG:
                ok = change_lang(sheet, member, detail, ret_err);
                break;
        case QUESTION_NOT_ALSO:
                ok = change_not_also(sheet, member, detail, ret_err);
                break;
        default:
                return err_set(ret_err, ERR_BUG, "a change of kind %d", (int) kind);
        }
        log_act(desk, "changed", member->id);
        sheet_add(sheet, desk, "changed");
        return ok;
}

/* --- addresses ----------------------------------------------------------------------------------------------------- */

bool membership_ask_new(struct sheet *sheet, const struct person *member, const char *text, bool is_further, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        struct person new;
        struct sheet other;
        bool may;
        if (!member->member) {
                sheet_add(sheet, desk, "not-member");
                return true;
        }
        bool ok = person_of(desk, text, &new, ret_err) && membership_may_be(desk, &new, &may, ret_err);
        sheet_start(&other, desk, person_lang(desk, member));
        if (ok && may)
                ok = ask(desk, &new, is_further ? QUESTION_ALSO_NEW : QUESTION_ADDRESS_NEW, member->member->id, NULL, NULL, ret_err)
                     && ask_mail(&other, &new, ASK_STRANGER, ret_err);
        if (ok) {
                sheet_value(sheet, "new", text);
                sheet_add(sheet, desk, "address-wait");
        }
        sheet_clear(&other);
        person_clear(&new);
        return ok;
}

static bool tell_member(const struct desk *desk, const struct person *member, const char *new, struct err *ret_err)
{
        struct sheet sheet;
        sheet_start(&sheet, desk, person_lang(desk, member));
        sheet_value(&sheet, "new", new);
        sheet_add(&sheet, desk, "also-done");
        bool ok = ask_mail(&sheet, member, ASK_ANSWER, ret_err);
        sheet_clear(&sheet);
        return ok;
}

static bool move_to(struct sheet *sheet, const struct person *member, const struct person *new, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        const int64_t id = member->member->id;
        bool removed;
        /* two memberships of one person become one */
        if (new->member && new->member->id != id) {
                if (new->member->role > member->member->role
                    && !member_set_role(desk->store, desk->list->id, id, new->member->role, ret_err))
                        return false;
                if (!member_remove(desk->store, desk->list->id, new->member->id, ret_err))
                        return false;
        }
        log_act(desk, "address", id);
        sheet_add(sheet, desk, "address-done");
        return alias_remove(desk->store, desk->list->id, id, new->fold, &removed, ret_err)
               && member_set_address(desk->store, desk->list->id, id, new->address, new->fold, ret_err);
}

bool membership_take_new(struct sheet *sheet, int64_t member_id, const struct person *new, bool is_further, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        struct person member;
        bool may;
        if (!membership_may_be(desk, new, &may, ret_err))
                return false;
        bool ok = person_of_member(desk, member_id, &member, ret_err);
        if (ok && (!may || !member.member || (is_further && new->member))) {
                sheet_add(sheet, desk, "too-late");
        } else if (ok && is_further) {
                struct err full = { 0 };
                ok = alias_add(desk->store, desk->list->id, member_id, new->address, new->fold, &full);
                if (ok)
                        ok = tell_member(desk, &member, new->address, ret_err);
                else if (full.class == ERR_PERM) {
                        sheet_add(sheet, desk, "too-late");
                        ok = true;
                } else {
                        *ret_err = full;
                }
        } else if (ok) {
                ok = move_to(sheet, &member, new, ret_err);
        }
        person_clear(&member);
        return ok;
}

/* --- status ---------------------------------------------------------------------------------------------------------- */

static const char *const ROLE_TEXTS[][2] = { [ROLE_MEMBER] = { "member", "会員" },
                                             [ROLE_MODERATOR] = { "moderator", "モデレーター" },
                                             [ROLE_OWNER] = { "owner", "管理者" } };
static const char *const STATE_TEXTS[][2] = { [MEMBER_ACTIVE] = { "each as it comes", "一通ずつ" },
                                              [MEMBER_PAUSED] = { "none, you paused", "休止中" } };

bool membership_status(struct sheet *sheet, const struct person *person, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        const struct member *member = person->member;
        GPtrArray *aliases;
        if (!member) {
                sheet_add(sheet, desk, "not-member");
                return true;
        }
        if (!alias_all(desk->store, desk->list->id, member->id, &aliases, ret_err))
                return false;
        char *joined = desk_day(desk, member->joined);
        char *until = member->state == MEMBER_PAUSED && member->until ? desk_day(desk, member->until) : NULL;
        g_ptr_array_add(aliases, NULL);
        char *also = g_strjoinv(", ", (char **) aliases->pdata);
        sheet_value(sheet, "role", ROLE_TEXTS[member->role][sheet->lang]);
        sheet_value(sheet, "state", STATE_TEXTS[member->state][sheet->lang]);
        sheet_value(sheet, "until", until);
        sheet_value(sheet, "digest", member->digest ? "1" : NULL);
        sheet_value(sheet, "name", member->name);
        sheet_value(sheet, "joined", joined);
        sheet_value(sheet, "also", also);
        sheet_add(sheet, desk, "status");
        g_ptr_array_unref(aliases);
        g_free(joined);
        g_free(until);
        g_free(also);
        return true;
}
