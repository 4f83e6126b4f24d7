/* owners.c - what owners want of their list by mail
 * Gives:  what owners.h lists
 * Fails:  when the store does; what is wrong with a command stands in its answer, and the others are done
 * Before an owner says yes they see what was understood, not what was written: somebody else may have written it (leaks X2). */
#include "handle/owners.h"

#include "base/audit.h"
#include "base/log.h"
#include "handle/ask.h"
#include "handle/membership.h"
#include "handle/moderate.h"
#include "handle/orders.h"
#include "handle/publish.h"
#include "mail/mime.h"
#include "mail/plain.h"
#include "store/change.h"
#include "store/held.h"
#include "store/tally.h"

enum {
        ROSTER_MAIL_MAX = 20000, /* members that go into one letter; beyond it listctl shows them */
        CHANGES_MAX = 5000,
        PAGE = 500,
        WORD_SHOWN_MAX = 80 /* octets of a value in a preview */
};

bool owners_may(const struct member *member, enum verb verb)
{
        const bool is_moderators = verb == VERB_HELD || verb == VERB_ACCEPT || verb == VERB_DISCARD;
        return member && (member->role == ROLE_OWNER || (member->role == ROLE_MODERATOR && is_moderators));
}

/* --- asking ----------------------------------------------------------------------------------------------------------------- */

/* Of what somebody wrote, and who knows who: one word, cut. */
static void append_word(GString *out, const char *word)
{
        char *line = mime_one_line(word);
        if (strlen(line) > WORD_SHOWN_MAX)
                *g_utf8_find_prev_char(line, line + WORD_SHOWN_MAX) = '\0';
        g_string_append_printf(out, " %s", line);
        g_free(line);
}

static bool preview_one(GString *out, const struct desk *desk, int lang, const struct order *order, struct err *ret_err)
{
        if (order_takes_lines(order))
                return order_roster(out, desk, lang, order, true, ret_err);
        g_string_append(out, VERB_WORDS[order->request.verb]);
        if (g_date_valid(&order->request.date))
                g_string_append_printf(out, " %04d-%02d-%02d", g_date_get_year(&order->request.date),
                                       (int) g_date_get_month(&order->request.date), g_date_get_day(&order->request.date));
        for (size_t i = 0; i < G_N_ELEMENTS(order->request.args) && order->request.args[i]; i++)
                append_word(out, order->request.args[i]);
        g_string_append_c(out, '\n');
        return true;
}

bool owners_preview(struct sheet *sheet, const struct desk *desk, const char *lines, struct err *ret_err)
{
        GString *out = g_string_new(NULL);
        GPtrArray *orders = orders_read(desk, lines ? lines : "");
        bool ok = true;
        for (guint i = 0; ok && i < orders->len; i++)
                ok = preview_one(out, desk, sheet->lang, orders->pdata[i], ret_err);
        sheet_value(sheet, "lines", g_strchomp(out->str));
        g_ptr_array_unref(orders);
        g_string_free(out, TRUE);
        return ok;
}

bool owners_ask(struct sheet *sheet, const struct person *owner, const struct message *message, const char *lines, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        char *csv = plain_csv(message, desk->list, store_keyring(desk->store));
        char *all = g_strconcat(lines, "\n", csv, NULL);
        bool ok = true;
        if (strlen(all) > OWNERS_LINES_MAX) {
                sheet_value(sheet, "lines", "too long: use listctl");
                sheet_add(sheet, desk, "owner-result");
        } else if (owner->is_proven && desk->list->owner_proof == OWNER_PROOF_AUTH) {
                ok = owners_run(sheet, owner, all, ret_err);
        } else {
                ok = ask(desk, owner, QUESTION_OWNER_COMMAND, owner->member->id, NULL, all, ret_err);
        }
        g_free(all);
        g_free(csv);
        return ok;
}

/* --- doing -------------------------------------------------------------------------------------------------------------------- */

struct run {
        const struct desk *desk;
        const struct person *owner;
        int lang;
        GString *out;
};

/* What the store or a check says of a command is its answer; only a store that fails ends everything. */
static bool say_flaw(struct run *run, const struct err *flaw, struct err *ret_err)
{
        if (flaw->class == ERR_TEMP || flaw->class == ERR_BUG) {
                *ret_err = *flaw;
                return false;
        }
        g_string_append_printf(run->out, "%s\n", flaw->text);
        return true;
}

static void say_done(struct run *run, const struct order *order, const char *what)
{
        g_string_append_printf(run->out, "%s %s: OK\n", VERB_WORDS[order->request.verb], what);
}

static bool run_members(struct run *run, struct err *ret_err)
{
        const struct desk *desk = run->desk;
        GPtrArray *members;
        int64_t count, after = 0;
        if (!member_count(desk->store, desk->list->id, &count, ret_err))
                return false;
        if (count > ROSTER_MAIL_MAX) {
                g_string_append_printf(run->out, "members: %" G_GINT64_FORMAT "; listctl member ls %s\n", (gint64) count,
                                       desk->list->address);
                return true;
        }
        char *by = g_strdup_printf("by=member:%" G_GINT64_FORMAT " uid=mail", (gint64) run->owner->member->id);
        bool ok = audit_roster_read(desk->conf->data, by, "members", desk->list->address, count, ret_err);
        g_free(by);
        for (bool at_end = false; ok && !at_end;) {
                ok = member_page(desk->store, desk->list->id, after, PAGE, &members, ret_err);
                if (!ok)
                        break;
                for (guint i = 0; i < members->len; i++) {
                        const struct member *member = members->pdata[i];
                        g_string_append_printf(run->out, "%s%s%s  %s %s\n", member->address, *member->name ? "  " : "", member->name,
                                               MEMBER_ROLE_WORDS[member->role], MEMBER_STATE_WORDS[member->state]);
                        after = member->id;
                }
                at_end = members->len == 0;
                g_ptr_array_unref(members);
        }
        return ok;
}

static bool run_changed(struct run *run, const GDate *since, struct err *ret_err)
{
        enum { DAY = 86400, DAYS = 30 };
        const struct desk *desk = run->desk;
        GPtrArray *changes;
        const int64_t from = g_date_valid(since) ? desk_midnight(desk, since) : desk->now - DAYS * DAY;
        if (!change_since(desk->store, desk->list->id, from, CHANGES_MAX, &changes, ret_err))
                return false;
        char *day = desk_day(desk, from);
        g_string_append_printf(run->out, "members changed since %s: %u\n", day, changes->len);
        g_free(day);
        for (guint i = 0; i < changes->len; i++) {
                const struct change *change = changes->pdata[i];
                day = desk_day(desk, change->at);
                g_string_append_printf(run->out, "  %s  %-8s %s\n", day, CHANGE_WORDS[change->what], change->address);
                g_free(day);
        }
        g_ptr_array_unref(changes);
        return true;
}

static bool run_set_list(struct run *run, const struct order *order, struct err *ret_err)
{
        const struct desk *desk = run->desk;
        struct err flaw = { 0 };
        if (!list_set(desk->store, desk->list, order->request.args[0], order->request.args[1], &flaw))
                return say_flaw(run, &flaw, ret_err);
        say_done(run, order, order->request.args[0]);
        return publish_facts(desk->store, desk->conf->data, ret_err);
}

static bool run_settings(struct run *run, struct err *ret_err)
{
        for (const struct option *option = LIST_OPTIONS; option->name; option++) {
                char *value = option_get(option, run->desk->list);
                g_string_append_printf(run->out, "%s = %s\n", option->name, value);
                g_free(value);
        }
        return true;
}

static bool run_report(struct run *run, struct err *ret_err)
{
        enum { DAY = 86400, REPORT_DAYS = 30 };
        const struct desk *desk = run->desk;
        GPtrArray *held;
        int64_t members;
        if (!member_count(desk->store, desk->list->id, &members, ret_err)
            || !held_all(desk->store, HELD_POST, desk->list->id, &held, ret_err))
                return false;
        g_string_append_printf(run->out, "members: %" G_GINT64_FORMAT "\nposts: %" G_GINT64_FORMAT "\nheld: %u\n", (gint64) members,
                               (gint64) desk->list->posts, held->len);
        g_ptr_array_unref(held);
        for (enum tally_what what = TALLY_ASKED; what <= TALLY_NEVER; what++) {
                int64_t count;
                if (!tally_sum(desk->store, desk->list->id, what, desk->now / DAY - REPORT_DAYS, &count, ret_err))
                        return false;
                g_string_append_printf(run->out, "%s (%d days): %" G_GINT64_FORMAT "\n", TALLY_WORDS[what], REPORT_DAYS, (gint64) count);
        }
        return true;
}

static bool run_held(struct run *run, struct err *ret_err)
{
        char *lines;
        if (!moderate_list(run->desk, run->lang, &lines, ret_err))
                return false;
        g_string_append_printf(run->out, "held:\n%s", lines);
        g_free(lines);
        return true;
}

static bool run_decision(struct run *run, const struct order *order, struct err *ret_err)
{
        struct err flaw = { 0 };
        const enum answer answer = order->request.verb == VERB_ACCEPT ? ANSWER_ACCEPT : ANSWER_DISCARD;
        if (!moderate_post(run->desk, order->request.args[0], answer, NULL, run->owner, &flaw))
                return say_flaw(run, &flaw, ret_err);
        say_done(run, order, order->request.args[0]);
        return true;
}

/* A command about one person. ERR_NOT_FOUND is their answer too. */
typedef bool about_one(struct run *run, const struct order *order, const struct person *person, struct err *ret_err);

static bool about_person(struct run *run, const struct order *order, about_one *about, bool must_be_member, struct err *ret_err)
{
        struct address *address;
        struct person person = { 0 };
        struct err flaw = { 0 };
        const char *text = order->request.args[0];
        if (!address_parse(&address, text, strlen(text), &flaw))
                return say_flaw(run, &flaw, ret_err);
        bool ok = person_find(run->desk, address, &person, ret_err);
        if (ok && must_be_member && !person.member)
                g_string_append_printf(run->out, "%s is not a member\n", address->text);
        else
                ok = ok && about(run, order, &person, ret_err);
        person_clear(&person);
        address_free(address);
        return ok;
}

static int word_index(const char *const *words, const char *word)
{
        for (int i = 0; words[i]; i++)
                if (g_ascii_strcasecmp(words[i], word) == 0)
                        return i;
        return -1;
}

static bool set_member(struct run *run, const struct order *order, const struct person *person, struct err *ret_err)
{
        const struct desk *desk = run->desk;
        const char *key = order->request.args[1], *value = order->request.args[2];
        const int64_t list_id = desk->list->id, id = person->member->id;
        const int state = word_index(MEMBER_STATE_WORDS, value), standing = word_index(MEMBER_STANDING_WORDS, value);
        const int role = word_index(MEMBER_ROLE_WORDS, value);
        bool ok;
        if (strcmp(key, "state") == 0 && state >= 0) {
                ok = member_set_state(desk->store, list_id, id, (enum member_state) state, 0, ret_err);
        } else if (strcmp(key, "standing") == 0 && standing >= 0) {
                ok = member_set_standing(desk->store, list_id, id, (enum member_standing) standing, ret_err);
        } else if (strcmp(key, "name") == 0 && !strpbrk(value, "@<>")) {
                ok = member_set_name(desk->store, list_id, id, value, ret_err);
        } else if (strcmp(key, "role") == 0 && role >= 0 && role < ROLE_OWNER && person->member->role < ROLE_OWNER) {
                ok = member_set_role(desk->store, list_id, id, (enum member_role) role, ret_err);
        } else {
                g_string_append_printf(run->out, "set %s: state active|paused, standing normal|new|moderated|trusted,"
                                                 " role member|moderator, name\n", person->address);
                return true;
        }
        say_done(run, order, person->address);
        return ok;
}

static bool ask_person(struct run *run, const struct order *order, const struct person *person, enum question_kind kind,
                       enum ask_limit limit, struct err *ret_err)
{
        struct sheet sheet;
        sheet_start(&sheet, run->desk, person_lang(run->desk, person));
        bool ok = ask(run->desk, person, kind, person->member ? person->member->id : 0, NULL, NULL, ret_err)
                  && ask_mail(&sheet, person, limit, ret_err);
        sheet_clear(&sheet);
        g_string_append_printf(run->out, run->lang == LANG_JA ? "%s: 確認のメールを送ります\n" : "%s is asked\n", person->address);
        return ok;
}

static bool invite(struct run *run, const struct order *order, const struct person *person, struct err *ret_err)
{
        bool may;
        if (!membership_may_be(run->desk, person, &may, ret_err))
                return false;
        if (person->member || !may) {
                g_string_append_printf(run->out, "%s: %s\n", person->address, may ? "is a member" : "is banned, or the list's own");
                return true;
        }
        return ask_person(run, order, person, QUESTION_INVITE, ASK_STRANGER, ret_err);
}

static bool owner_add(struct run *run, const struct order *order, const struct person *person, struct err *ret_err)
{
        return ask_person(run, order, person, QUESTION_OWNER_ADD, ASK_ANSWER, ret_err);
}

static bool step_down(const struct desk *desk, const struct member *member, struct err *ret_err)
{
        return member_set_role(desk->store, desk->list->id, member->id, ROLE_MEMBER, ret_err);
}

static bool owner_remove(struct run *run, const struct order *order, const struct person *person, struct err *ret_err)
{
        guint owners;
        if (!membership_owners(run->desk, &owners, ret_err))
                return false;
        const bool is_last = owners <= 1;
        if (person->member->role != ROLE_OWNER || is_last) {
                g_string_append_printf(run->out, "%s %s\n", person->address, is_last ? "is the last owner" : "is no owner");
                return true;
        }
        if (person->member->id != run->owner->member->id)
                return ask_person(run, order, person, QUESTION_OWNER_REMOVE, ASK_ANSWER, ret_err);
        say_done(run, order, person->address);
        return step_down(run->desk, person->member, ret_err);
}

static bool run_one(struct run *run, const struct order *order, struct err *ret_err)
{
        switch (order->request.verb) {
        case VERB_MEMBERS:
                return run_members(run, ret_err);
        case VERB_CHANGED:
                return run_changed(run, &order->request.date, ret_err);
        case VERB_ADD:
        case VERB_REMOVE:
                return order_roster(run->out, run->desk, run->lang, order, false, ret_err);
        case VERB_SET_MEMBER:
                return about_person(run, order, set_member, true, ret_err);
        case VERB_SET_LIST:
                return run_set_list(run, order, ret_err);
        case VERB_SETTINGS:
                return run_settings(run, ret_err);
        case VERB_REPORT:
                return run_report(run, ret_err);
        case VERB_HELD:
                return run_held(run, ret_err);
        case VERB_ACCEPT:
        case VERB_DISCARD:
                return run_decision(run, order, ret_err);
        case VERB_INVITE:
                return about_person(run, order, invite, false, ret_err);
        case VERB_OWNER_ADD:
                return about_person(run, order, owner_add, true, ret_err);
        case VERB_OWNER_REMOVE:
                return about_person(run, order, owner_remove, true, ret_err);
        default:
                return true;
        }
}

bool owners_run(struct sheet *sheet, const struct person *owner, const char *lines, struct err *ret_err)
{
        struct run run = { .desk = sheet->desk, .owner = owner, .lang = sheet->lang, .out = g_string_new(NULL) };
        GPtrArray *orders = orders_read(sheet->desk, lines ? lines : "");
        bool ok = true;
        for (guint i = 0; ok && i < orders->len; i++) {
                const struct order *order = orders->pdata[i];
                /* they may have been put out between question and answer */
                if (!owners_may(owner->member, order->request.verb)) {
                        g_string_append_printf(run.out, "%s: for owners only\n", VERB_WORDS[order->request.verb]);
                        continue;
                }
                log_event(LOG_LEVEL_INFO, "owner-command", "msg", sheet->desk->log_id, "list", sheet->desk->list->address, "member",
                          log_number(owner->member->id), "did", VERB_WORDS[order->request.verb], NULL);
                ok = run_one(&run, order, ret_err);
                g_string_append_c(run.out, '\n');
        }
        if (ok) {
                sheet_value(sheet, "lines", g_strchomp(run.out->str));
                sheet_add(sheet, sheet->desk, "owner-result");
        }
        g_ptr_array_unref(orders);
        g_string_free(run.out, TRUE);
        return ok;
}

/* --- owners come and go ---------------------------------------------------------------------------------------------------------- */

bool owners_accept(struct sheet *sheet, const struct person *person, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        if (!person->member) {
                sheet_add(sheet, desk, "too-late");
                return true;
        }
        bool ok = member_set_role(desk->store, desk->list->id, person->member->id, ROLE_OWNER, ret_err);
        sheet_value(sheet, "is_owner", "1");
        sheet_add(sheet, desk, "help");
        return ok;
}

bool owners_step_down(struct sheet *sheet, const struct person *person, struct err *ret_err)
{
        const struct desk *desk = sheet->desk;
        guint owners;
        if (!membership_owners(desk, &owners, ret_err))
                return false;
        if (!person->member || person->member->role != ROLE_OWNER || owners <= 1) {
                sheet_add(sheet, desk, "too-late");
                return true;
        }
        return step_down(desk, person->member, ret_err) && membership_status(sheet, person, ret_err);
}
