/* member.c - listctl member
 * Gives:  ctl_member_add() ... ctl_member_rm()
 * Fails:  ERR_PERM when one of many addresses cannot be used, and when a list would lose its last owner; nothing is
 *         done then */
#include "ctl/bounce.h"
#include "ctl/caller.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "handle/ask.h"
#include "handle/digest.h"
#include "handle/membership.h"
#include "mail/roster.h"
#include "policy/target.h"
#include "store/author.h"

enum { PAGE_MEMBERS = 500 };

static const char *const MEMBER_LANG_WORDS[] = { "list", "en", "ja", NULL };

/* --- where addresses come from: a file, standard input, or arguments ----------------------- */

struct source {
        char *text;
        size_t length;
        const char *where;
        bool is_file;
};

static bool source_from_arguments(struct source *source, char *const *addresses, struct err *ret_err)
{
        for (char *const *address = addresses; *address; address++)
                if (!**address || strchr(*address, '\n'))
                        return err_set(ret_err, ERR_USAGE, "an address is one line, and not empty");
        source->text = g_strjoinv("\n", (char **) addresses);
        source->length = strlen(source->text);
        source->where = "arguments";
        return true;
}

static bool source_open(const struct ctl *ctl, struct source *ret_source, struct err *ret_err)
{
        const char *file = ctl->line->options[OPTION_FILE];
        char *const *addresses = ctl->line->args + 1;
        *ret_source = (struct source) { 0 };
        if (!file == !*addresses) {
                char *usage = command_usage(ctl->line->command);
                err_set(ret_err, ERR_USAGE, "name addresses or --file, and not both: listctl %s", usage);
                g_free(usage);
                return false;
        }
        if (!file && strcmp(*addresses, "-") == 0 && !addresses[1])
                file = "-";
        if (!file)
                return source_from_arguments(ret_source, addresses, ret_err);
        ret_source->is_file = true;
        ret_source->where = strcmp(file, "-") == 0 ? "standard input" : file;
        return ctl_read_file(file, ROSTER_FILE_MAX, &ret_source->text, &ret_source->length, ret_err);
}

static void source_start(const struct source *source, struct roster *ret_roster)
{
        roster_start(ret_roster, source->where, source->text, source->length, source->is_file);
}

/* --- the first pass: every line is looked at before anything is done ------------------------- */

struct pass {
        struct ctl *ctl;
        struct list *list;
        struct source source;
        size_t entries, bad;
        size_t written; /* who was mailed */
};

/* False only when the store fails; what is wrong with the entry is *ret_flaw. */
typedef bool entry_check(struct pass *pass, const struct roster_entry *entry, struct err *ret_flaw, struct err *ret_err);

static void say_bad(struct pass *pass, const struct roster *roster, const char *reason)
{
        pass->bad++;
        if (pass->source.is_file)
                output_problem(pass->ctl->output, roster->where, roster->line, reason);
        else
                output_problem(pass->ctl->output, pass->ctl->line->args[roster->line], 0, reason);
}

static bool look_through(struct pass *pass, entry_check *check, struct err *ret_err)
{
        struct roster roster;
        struct roster_entry entry;
        struct err flaw = { 0 };
        source_start(&pass->source, &roster);
        for (enum roster_step step; (step = roster_next(&roster, &entry, &flaw)) != ROSTER_END; flaw.class = ERR_NONE) {
                bool ok = step == ROSTER_BAD || check(pass, &entry, &flaw, ret_err);
                roster_entry_clear(&entry);
                if (!ok)
                        return false;
                pass->entries++;
                if (flaw.class)
                        say_bad(pass, &roster, flaw.text);
        }
        if (pass->bad)
                return err_set(ret_err, ERR_PERM, "%s: %zu of %zu cannot be used, so nothing was done", pass->source.where, pass->bad,
                               pass->entries);
        return pass->entries > 0 || err_set(ret_err, ERR_PERM, "%s: there is no address in it", pass->source.where);
}

static bool pass_start(struct pass *ret_pass, struct ctl *ctl, struct list *list, struct err *ret_err)
{
        *ret_pass = (struct pass) { .ctl = ctl, .list = list };
        return source_open(ctl, &ret_pass->source, ret_err);
}

static void pass_end(struct pass *pass)
{
        g_free(pass->source.text);
}

/* --- add ------------------------------------------------------------------------------------ */

/* A list that is its own member would go round in circles. */
static bool check_new(struct pass *pass, const struct roster_entry *entry, struct err *ret_flaw, struct err *ret_err)
{
        if (target_is_of(entry->address->local, entry->address->domain, pass->list->name, pass->list->domain))
                err_set(ret_flaw, ERR_PERM, "%s is an address of the list itself", entry->address->text);
        return true;
}

/* Each is written to: what it says is membership.c's, or an invitation. */
static bool write_to(struct pass *pass, const struct roster_entry *entry, struct err *ret_err)
{
        const struct desk desk = ctl_desk(pass->ctl, pass->list);
        struct person person;
        struct sheet sheet;
        bool may;
        bool ok = person_find(&desk, entry->address, &person, ret_err) && membership_may_be(&desk, &person, &may, ret_err);
        sheet_start(&sheet, &desk, pass->list->lang);
        if (ok && may && !person.member) {
                ok = pass->ctl->line->flags[FLAG_INVITE] ? ask(&desk, &person, QUESTION_INVITE, 0, NULL, NULL, ret_err)
                                                         : membership_join(&sheet, &person, true, ret_err);
                ok = ok && ask_mail(&sheet, &person, ASK_FREE, ret_err);
                pass->written += ok;
        }
        sheet_clear(&sheet);
        person_clear(&person);
        return ok;
}

static bool write_to_all(struct pass *pass, struct err *ret_err)
{
        struct roster roster;
        struct roster_entry entry;
        bool ok = true;
        source_start(&pass->source, &roster);
        for (size_t done = 1; ok && roster_next(&roster, &entry, ret_err) == ROSTER_ENTRY; done++) {
                ok = write_to(pass, &entry, ret_err);
                roster_entry_clear(&entry);
                if (done % PAGE_MEMBERS == 0)
                        output_progress(pass->ctl->output, "writing", done, pass->entries);
        }
        return ok;
}

struct page {
        struct roster_entry entries[PAGE_MEMBERS];
        struct member_new members[PAGE_MEMBERS];
        size_t count;
};

static bool add_page(struct pass *pass, struct page *page, size_t *added, struct err *ret_err)
{
        size_t count = 0;
        bool ok = page->count == 0 || member_add(pass->ctl->store, pass->list->id, page->members, page->count, &count, ret_err);
        for (size_t i = 0; i < page->count; i++)
                roster_entry_clear(&page->entries[i]);
        page->count = 0;
        *added += count;
        return ok;
}

static bool add_all(struct pass *pass, size_t *ret_added, struct err *ret_err)
{
        struct roster roster;
        struct page *page = g_new0(struct page, 1);
        size_t done = 0;
        bool ok = true;
        *ret_added = 0;
        source_start(&pass->source, &roster);
        while (ok && roster_next(&roster, &page->entries[page->count], ret_err) == ROSTER_ENTRY) {
                const struct roster_entry *entry = &page->entries[page->count];
                page->members[page->count++] = (struct member_new) { entry->address->text, entry->address->fold, entry->name,
                                                                     ROLE_MEMBER };
                done++;
                if (page->count == PAGE_MEMBERS) {
                        ok = add_page(pass, page, ret_added, ret_err);
                        output_progress(pass->ctl->output, "adding", done, pass->entries);
                }
        }
        ok = ok && add_page(pass, page, ret_added, ret_err);
        g_free(page);
        return ok;
}

static void say_added(struct pass *pass, size_t added)
{
        struct output *output = pass->ctl->output;
        const size_t already = pass->entries - added - (pass->ctl->line->flags[FLAG_INVITE] ? pass->written : 0);
        output_fact(output, "list", TEXT(pass->list->address));
        output_fact(output, "added", NUMBER((int64_t) added));
        output_fact(output, "already", NUMBER((int64_t) already));
        if (pass->ctl->line->flags[FLAG_INVITE]) {
                output_fact(output, "invited", NUMBER((int64_t) pass->written));
                output_say(output, "%s: %zu invited, %zu there already", pass->list->address, pass->written, already);
        } else {
                output_say(output, "%s: %zu added, %zu there already", pass->list->address, added, already);
        }
}

bool ctl_member_add(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        struct pass pass;
        size_t added = 0;
        const bool writes = ctl->line->flags[FLAG_WELCOME] || ctl->line->flags[FLAG_INVITE];
        if (ctl->line->flags[FLAG_WELCOME] && ctl->line->flags[FLAG_INVITE])
                return err_set(ret_err, ERR_USAGE, "--welcome adds at once and --invite asks first: choose one");
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = pass_start(&pass, ctl, list, ret_err) && look_through(&pass, check_new, ret_err)
                  && store_begin(ctl->store, ret_err);
        if (ok) {
                ok = writes ? write_to_all(&pass, ret_err) : add_all(&pass, &added, ret_err);
                ok = store_end(ctl->store, ok, ret_err);
        }
        if (ok)
                say_added(&pass, ctl->line->flags[FLAG_WELCOME] ? pass.written : added);
        pass_end(&pass);
        list_free(list);
        return ok;
}

/* --- rm ------------------------------------------------------------------------------------- */

static bool has_owner(struct ctl *ctl, struct list *list, struct err *ret_err)
{
        const struct desk desk = ctl_desk(ctl, list);
        return membership_has_owner(&desk, ret_err);
}

static bool check_is_member(struct pass *pass, const struct roster_entry *entry, struct err *ret_flaw, struct err *ret_err)
{
        struct member *member;
        if (!member_find(pass->ctl->store, pass->list->id, entry->address->fold, &member, ret_err))
                return false;
        if (!member)
                err_set(ret_flaw, ERR_NOT_FOUND, "%s is not a member", entry->address->text);
        member_free(member);
        return true;
}

/* Somebody who stands in the file twice is gone at the second time. */
static bool remove_one(struct pass *pass, const struct roster_entry *entry, size_t *removed, struct err *ret_err)
{
        struct member *member;
        if (!member_find(pass->ctl->store, pass->list->id, entry->address->fold, &member, ret_err))
                return false;
        bool ok = !member || member_remove(pass->ctl->store, pass->list->id, member->id, ret_err);
        *removed += ok && member;
        member_free(member);
        return ok;
}

static bool remove_all(struct pass *pass, size_t *ret_removed, struct err *ret_err)
{
        struct roster roster;
        struct roster_entry entry;
        bool ok = true;
        *ret_removed = 0;
        source_start(&pass->source, &roster);
        for (size_t done = 1; ok && roster_next(&roster, &entry, ret_err) == ROSTER_ENTRY; done++) {
                ok = remove_one(pass, &entry, ret_removed, ret_err);
                roster_entry_clear(&entry);
                if (done % PAGE_MEMBERS == 0)
                        output_progress(pass->ctl->output, "removing", done, pass->entries);
        }
        return ok && has_owner(pass->ctl, pass->list, ret_err);
}

bool ctl_member_rm(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        struct pass pass;
        size_t removed = 0;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = pass_start(&pass, ctl, list, ret_err) && store_begin(ctl->store, ret_err);
        if (ok) {
                ok = look_through(&pass, check_is_member, ret_err) && remove_all(&pass, &removed, ret_err);
                ok = store_end(ctl->store, ok, ret_err);
        }
        if (ok) {
                output_fact(ctl->output, "list", TEXT(list->address));
                output_fact(ctl->output, "removed", NUMBER((int64_t) removed));
                output_say(ctl->output, "%s: %zu removed", list->address, removed);
        }
        pass_end(&pass);
        list_free(list);
        return ok;
}

/* --- ls, show, find --------------------------------------------------------------------------- */

static const struct column MEMBER_COLUMNS[] = {
        { "address" }, { "name" }, { "role" }, { "state" }, { "joined" }, { "failures", .is_right = true },
};

static bool put_members(struct ctl *ctl, const struct list *list, struct err *ret_err)
{
        GPtrArray *members;
        for (int64_t after = 0;;) {
                if (!member_page(ctl->store, list->id, after, PAGE_MEMBERS, &members, ret_err))
                        return false;
                for (guint i = 0; i < members->len; i++) {
                        const struct member *member = members->pdata[i];
                        const struct cell row[] = {
                                TEXT(member->address),
                                TEXT(member->name),
                                TEXT(MEMBER_ROLE_WORDS[member->role]),
                                TEXT(MEMBER_STATE_WORDS[member->state]),
                                TIME(member->joined),
                                NUMBER(member->failures),
                        };
                        output_row(ctl->output, row);
                        after = member->id;
                }
                bool at_end = members->len == 0;
                g_ptr_array_unref(members);
                if (at_end)
                        return true;
        }
}

bool ctl_member_ls(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        int64_t count;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = member_count(ctl->store, list->id, &count, ret_err) && caller_reads_roster(ctl, list, count, ret_err);
        if (ok) {
                output_fact(ctl->output, "list", TEXT(list->address));
                output_table(ctl->output, "members", MEMBER_COLUMNS, G_N_ELEMENTS(MEMBER_COLUMNS));
                ok = put_members(ctl, list, ret_err);
        }
        if (ok)
                output_table_end(ctl->output);
        list_free(list);
        return ok;
}

static void put_member(struct output *output, const struct list *list, const struct member *member, const GPtrArray *also)
{
        output_field(output, "list", TEXT(list->address));
        output_field(output, "address", TEXT(member->address));
        output_field(output, "name", TEXT(member->name));
        output_field(output, "role", TEXT(MEMBER_ROLE_WORDS[member->role]));
        output_field(output, "state", TEXT(MEMBER_STATE_WORDS[member->state]));
        output_field(output, "until", TIME(member->until));
        output_field(output, "standing", TEXT(MEMBER_STANDING_WORDS[member->standing]));
        output_field(output, "lang", TEXT(MEMBER_LANG_WORDS[member->lang]));
        output_field(output, "digest", TEXT(MEMBER_DIGEST_WORDS[CLAMP(member->digest, DIGEST_NO, DIGEST_PLAIN)]));
        output_fields(output, "also", also);
        output_field(output, "joined", TIME(member->joined));
        output_field(output, "failures", NUMBER(member->failures));
        output_field(output, "failed_at", TIME(member->failed_at));
        output_field(output, "failed_code", NUMBER(member->failed_code));
        output_field(output, "failed_text", TEXT(member->failed_text));
}

bool ctl_member_show(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        struct member *member;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        GPtrArray *also = NULL;
        bool ok = ctl_member(ctl, list, ctl->line->args[1], &member, ret_err)
                  && alias_all(ctl->store, list->id, member->id, &also, ret_err);
        if (ok) {
                put_member(ctl->output, list, member, also);
                g_ptr_array_unref(also);
                ok = bounce_put(ctl, list, member, ret_err);
        }
        member_free(member);
        list_free(list);
        return ok;
}

static const struct column FIND_COLUMNS[] = { { "list" }, { "role" }, { "state" }, { "joined" }, { "failures", .is_right = true } };

static bool find_on(struct ctl *ctl, const struct list *list, const struct address *address, size_t *found, struct err *ret_err)
{
        struct member *member;
        if (!member_find(ctl->store, list->id, address->fold, &member, ret_err))
                return false;
        if (member) {
                const struct cell row[] = {
                        TEXT(list->address),
                        TEXT(MEMBER_ROLE_WORDS[member->role]),
                        TEXT(MEMBER_STATE_WORDS[member->state]),
                        TIME(member->joined),
                        NUMBER(member->failures),
                };
                output_row(ctl->output, row);
                ++*found;
        }
        member_free(member);
        return true;
}

bool ctl_member_find(struct ctl *ctl, struct err *ret_err)
{
        struct address *address;
        GPtrArray *lists = NULL;
        size_t found = 0;
        if (!ctl_address(ctl->line->args[0], &address, ret_err))
                return false;
        bool ok = list_all(ctl->store, &lists, ret_err);
        if (ok) {
                output_fact(ctl->output, "address", TEXT(address->text));
                output_table(ctl->output, "lists", FIND_COLUMNS, G_N_ELEMENTS(FIND_COLUMNS));
                for (guint i = 0; ok && i < lists->len; i++)
                        ok = find_on(ctl, lists->pdata[i], address, &found, ret_err);
                output_table_end(ctl->output);
                g_ptr_array_unref(lists);
        }
        if (ok && !found)
                ok = err_set(ret_err, ERR_NOT_FOUND, "%s is on no list", address->text);
        address_free(address);
        return ok;
}

/* --- set ----------------------------------------------------------------------------------------- */

static bool word_index(const char *key, const char *const *words, const char *value, int *ret_index, struct err *ret_err)
{
        for (int i = 0; words[i]; i++)
                if (g_ascii_strcasecmp(words[i], value) == 0) {
                        *ret_index = i;
                        return true;
                }
        char *all = g_strjoinv(", ", (char **) words);
        err_set(ret_err, ERR_USAGE, "%s: '%s' is not one of: %s", key, value, all);
        g_free(all);
        return false;
}

static bool set_role(struct ctl *ctl, struct list *list, const struct member *member, const char *value,
                     struct err *ret_err)
{
        int role;
        if (!word_index("role", MEMBER_ROLE_WORDS, value, &role, ret_err) || !store_begin(ctl->store, ret_err))
                return false;
        bool ok = member_set_role(ctl->store, list->id, member->id, (enum member_role) role, ret_err)
                  && has_owner(ctl, list, ret_err);
        return store_end(ctl->store, ok, ret_err);
}

static bool set_state(struct ctl *ctl, struct list *list, const struct member *member, const char *value,
                      struct err *ret_err)
{
        int state;
        return word_index("state", MEMBER_STATE_WORDS, value, &state, ret_err)
               && member_set_state(ctl->store, list->id, member->id, (enum member_state) state, 0, ret_err);
}

static bool set_name(struct ctl *ctl, struct list *list, const struct member *member, const char *value,
                     struct err *ret_err)
{
        char *name = roster_name(value, strlen(value), ret_err);
        bool ok = name && member_set_name(ctl->store, list->id, member->id, name, ret_err);
        g_free(name);
        return ok;
}

static bool set_standing(struct ctl *ctl, struct list *list, const struct member *member, const char *value,
                         struct err *ret_err)
{
        int standing;
        return word_index("standing", MEMBER_STANDING_WORDS, value, &standing, ret_err)
               && member_set_standing(ctl->store, list->id, member->id, (enum member_standing) standing, ret_err);
}

static bool set_digest(struct ctl *ctl, struct list *list, const struct member *member, const char *value, struct err *ret_err)
{
        const struct desk desk = ctl_desk(ctl, list);
        int form;
        if (!word_index("digest", MEMBER_DIGEST_WORDS, value, &form, ret_err) || !store_begin(ctl->store, ret_err))
                return false;
        return store_end(ctl->store, digest_change(&desk, member, (enum member_digest) form, ret_err), ret_err);
}

/* The first word is "as the list", the others are those of the setting `lang`. */
static bool set_lang(struct ctl *ctl, struct list *list, const struct member *member, const char *value, struct err *ret_err)
{
        int lang;
        return word_index("lang", MEMBER_LANG_WORDS, value, &lang, ret_err)
               && member_set_lang(ctl->store, list->id, member->id, lang, ret_err);
}

static const struct {
        const char *key;
        bool (*set)(struct ctl *ctl, struct list *list, const struct member *member, const char *value, struct err *ret_err);
} MEMBER_KEYS[] = { { "role", set_role },
                  { "state", set_state },
                  { "name", set_name },
                  { "standing", set_standing },
                  { "digest", set_digest },
                  { "lang", set_lang } };

static bool set_key(struct ctl *ctl, struct list *list, const struct member *member, struct err *ret_err)
{
        const char *key = ctl->line->args[2], *value = ctl->line->args[3];
        for (size_t i = 0; i < G_N_ELEMENTS(MEMBER_KEYS); i++)
                if (strcmp(MEMBER_KEYS[i].key, key) == 0)
                        return MEMBER_KEYS[i].set(ctl, list, member, value, ret_err);
        return err_set(ret_err, ERR_USAGE, "a member has no '%s'; it has: role, state, name, standing, digest, lang", key);
}

bool ctl_member_set(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        struct member *member = NULL;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = ctl_member(ctl, list, ctl->line->args[1], &member, ret_err) && set_key(ctl, list, member, ret_err);
        if (ok) {
                output_fact(ctl->output, "list", TEXT(list->address));
                output_fact(ctl->output, "address", TEXT(member->address));
                output_fact(ctl->output, ctl->line->args[2], TEXT(ctl->line->args[3]));
        }
        member_free(member);
        list_free(list);
        return ok;
}
