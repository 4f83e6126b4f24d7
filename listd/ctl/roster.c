/* roster.c - listctl member add, sync and rm: many at once, from a file, standard input or arguments
 * Gives:  ctl_member_add(), ctl_member_sync(), ctl_member_rm()
 * Fails:  ERR_PERM when an address cannot be used: with arguments, with --atomic and at a sync nothing is done then, else all the others;
 *         and when a list would lose its last owner
 * Each line is looked at before anything is done. All is one transaction. Memory does not grow with the list but for a bit a member (sync)
 * and for what comes through a pipe, which is kept, as it is read twice. */
#include "ctl/caller.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "handle/ask.h"
#include "handle/membership.h"
#include "mail/roster.h"
#include "policy/target.h"
#include "store/member.h"

enum { PAGE_MEMBERS = 500 };

/* --- where addresses come from: a file, standard input, or arguments ----------------------- */

struct source {
        GBytes *text;
        const char *where;
        bool is_file;
};

static bool source_from_arguments(struct source *source, char *const *addresses, struct err *ret_err)
{
        for (char *const *address = addresses; *address; address++)
                if (!**address || strchr(*address, '\n'))
                        return err_set(ret_err, ERR_USAGE, "an address is one line, and not empty");
        char *text = g_strjoinv("\n", (char **) addresses);
        source->text = g_bytes_new_take(text, strlen(text));
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
        return ctl_map_file(file, ROSTER_FILE_MAX, &ret_source->text, ret_err);
}

static void source_start(const struct source *source, struct roster *ret_roster)
{
        gsize length;
        const char *text = g_bytes_get_data(source->text, &length); /* NULL: no octets */
        roster_start(ret_roster, source->where, text ? text : "", length, source->is_file);
}

/* --- the first pass: every line is looked at before anything is done ------------------------- */

struct pass;

/* False only when the store fails; what is wrong with the entry is *ret_flaw. */
typedef bool entry_check(struct pass *pass, const struct roster_entry *entry, struct err *ret_flaw, struct err *ret_err);

struct pass {
        struct ctl *ctl;
        struct list *list;
        struct source source;
        entry_check *check;
        bool is_lenient; /* what can be used is, the rest is told */
        size_t entries, bad;
        size_t written; /* who was mailed */
};

static void say_bad(struct pass *pass, const struct roster *roster, const char *reason)
{
        pass->bad++;
        if (pass->source.is_file)
                output_problem(pass->ctl->output, roster->where, roster->line, reason);
        else
                output_problem(pass->ctl->output, pass->ctl->line->args[roster->line], 0, reason);
}

static bool look_through(struct pass *pass, struct err *ret_err)
{
        struct roster roster;
        struct roster_entry entry;
        struct err flaw = { 0 };
        source_start(&pass->source, &roster);
        for (enum roster_step step; (step = roster_next(&roster, &entry, &flaw)) != ROSTER_END; flaw.class = ERR_NONE) {
                bool ok = step == ROSTER_BAD || pass->check(pass, &entry, &flaw, ret_err);
                roster_entry_clear(&entry);
                if (!ok)
                        return false;
                pass->entries++;
                if (flaw.class)
                        say_bad(pass, &roster, flaw.text);
        }
        if (pass->bad && !pass->is_lenient)
                return err_set(ret_err, ERR_PERM, "%s: %zu of %zu cannot be used, so nothing was done", pass->source.where, pass->bad,
                               pass->entries);
        return pass->entries > 0 || err_set(ret_err, ERR_PERM, "%s: there is no address in it", pass->source.where);
}

/* The next one that can be used; false with *ret_err as it was: there is none. */
static bool next_good(struct pass *pass, struct roster *roster, struct roster_entry *ret_entry, struct err *ret_err)
{
        struct err flaw = { 0 };
        for (enum roster_step step; (step = roster_next(roster, ret_entry, &flaw)) != ROSTER_END; flaw.class = ERR_NONE) {
                if (step == ROSTER_ENTRY && !pass->check(pass, ret_entry, &flaw, ret_err)) {
                        roster_entry_clear(ret_entry);
                        return false;
                }
                if (!flaw.class)
                        return true;
                roster_entry_clear(ret_entry);
        }
        return false;
}

/* What was refused of a file whose other lines are done. */
static bool conclude(const struct pass *pass, struct err *ret_err)
{
        return !pass->bad || err_set(ret_err, ERR_PERM, "%s: %zu of %zu cannot be used; the others are done", pass->source.where, pass->bad,
                                     pass->entries);
}

static bool pass_start(struct pass *ret_pass, struct ctl *ctl, struct list *list, entry_check *check, struct err *ret_err)
{
        *ret_pass = (struct pass) { .ctl = ctl, .list = list, .check = check };
        if (!source_open(ctl, &ret_pass->source, ret_err))
                return false;
        ret_pass->is_lenient = ret_pass->source.is_file && !ctl->line->flags[FLAG_ATOMIC];
        return true;
}

static void pass_end(struct pass *pass)
{
        g_bytes_unref(pass->source.text);
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
        for (size_t done = 1; ok && next_good(pass, &roster, &entry, ret_err); done++) {
                ok = write_to(pass, &entry, ret_err);
                roster_entry_clear(&entry);
                if (done % PAGE_MEMBERS == 0)
                        output_progress(pass->ctl->output, "writing", done, pass->entries);
        }
        return ok && !ret_err->class;
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
        while (ok && next_good(pass, &roster, &page->entries[page->count], ret_err)) {
                const struct roster_entry *entry = &page->entries[page->count];
                page->members[page->count++] = (struct member_new) { entry->address->text, entry->address->fold, entry->name,
                                                                     ROLE_MEMBER };
                done++;
                if (page->count == PAGE_MEMBERS) {
                        ok = add_page(pass, page, ret_added, ret_err);
                        output_progress(pass->ctl->output, "adding", done, pass->entries);
                }
        }
        ok = ok && !ret_err->class && add_page(pass, page, ret_added, ret_err);
        g_free(page);
        return ok;
}

static void say_added(struct pass *pass, size_t added)
{
        struct output *output = pass->ctl->output;
        const size_t already = pass->entries - pass->bad - added - (pass->ctl->line->flags[FLAG_INVITE] ? pass->written : 0);
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
        bool ok = pass_start(&pass, ctl, list, check_new, ret_err) && look_through(&pass, ret_err)
                  && store_begin(ctl->store, ret_err);
        if (ok) {
                ok = writes ? write_to_all(&pass, ret_err) : add_all(&pass, &added, ret_err);
                ok = store_end(ctl->store, ok, ret_err);
        }
        if (ok) {
                say_added(&pass, ctl->line->flags[FLAG_WELCOME] ? pass.written : added);
                ok = conclude(&pass, ret_err);
        }
        pass_end(&pass);
        list_free(list);
        return ok;
}

/* --- sync ----------------------------------------------------------------------------------- */

static const struct column CHANGE_COLUMNS[] = { { "change" }, { "address" } };

struct sync {
        bool is_dry; /* -n: what is done is shown, as rows, and taken back */
        int64_t members; /* before */
        int64_t last;    /* the id of the last of them */
        uint8_t *wanted; /* a bit for each id up to that one */
        size_t added, removed;
};

static void show_change(struct pass *pass, const struct sync *sync, const char *change, const char *address)
{
        const struct cell row[] = { TEXT(change), TEXT(address) };
        if (sync->is_dry)
                output_row(pass->ctl->output, row);
}

/* Who is in the file is wanted, and added when new. */
static bool want(struct pass *pass, struct sync *sync, const struct address *address, const char *name, struct err *ret_err)
{
        struct member *member;
        if (!member_find(pass->ctl->store, pass->list->id, address->fold, &member, ret_err))
                return false;
        if (member) {
                if (member->id <= sync->last)
                        sync->wanted[member->id / 8] |= (uint8_t) (1u << member->id % 8);
                member_free(member);
                return true;
        }
        const struct member_new new = { address->text, address->fold, name, ROLE_MEMBER };
        show_change(pass, sync, "add", address->text);
        size_t added;
        bool ok = member_add(pass->ctl->store, pass->list->id, &new, 1, &added, ret_err);
        sync->added += ok ? added : 0;
        return ok;
}

static bool want_all(struct pass *pass, struct sync *sync, struct err *ret_err)
{
        struct roster roster;
        struct roster_entry entry;
        bool ok = member_last(pass->ctl->store, pass->list->id, &sync->last, ret_err);
        if (ok)
                sync->wanted = g_malloc0((size_t) sync->last / 8 + 1);
        source_start(&pass->source, &roster);
        for (size_t done = 1; ok && next_good(pass, &roster, &entry, ret_err); done++) {
                ok = want(pass, sync, entry.address, entry.name, ret_err);
                roster_entry_clear(&entry);
                if (done % PAGE_MEMBERS == 0)
                        output_progress(pass->ctl->output, "comparing", done, pass->entries);
        }
        return ok && !ret_err->class;
}

/* Moderators and owners stay: a file of members says nothing of them. */
static bool is_unwanted(const struct sync *sync, const struct member *member)
{
        return member->id <= sync->last && member->role == ROLE_MEMBER && !(sync->wanted[member->id / 8] & 1u << member->id % 8);
}

static bool remove_unwanted(struct pass *pass, struct sync *sync, struct err *ret_err)
{
        GPtrArray *members;
        bool ok = true;
        for (int64_t after = 0; ok && after < sync->last;) {
                if (!member_page(pass->ctl->store, pass->list->id, after, PAGE_MEMBERS, &members, ret_err))
                        return false;
                after = members->len > 0 ? after : sync->last;
                for (guint i = 0; ok && i < members->len; i++) {
                        const struct member *member = members->pdata[i];
                        after = member->id;
                        if (!is_unwanted(sync, member))
                                continue;
                        show_change(pass, sync, "remove", member->address);
                        ok = member_remove(pass->ctl->store, pass->list->id, member->id, ret_err);
                        sync->removed++;
                }
                g_ptr_array_unref(members);
                output_progress(pass->ctl->output, "removing", sync->removed, (size_t) sync->members);
        }
        return ok;
}

static bool sync_all(struct pass *pass, struct sync *sync, struct err *ret_err)
{
        if (sync->is_dry)
                output_table(pass->ctl->output, "changes", CHANGE_COLUMNS, G_N_ELEMENTS(CHANGE_COLUMNS));
        bool ok = store_begin(pass->ctl->store, ret_err);
        if (ok) {
                ok = want_all(pass, sync, ret_err) && remove_unwanted(pass, sync, ret_err);
                ok = store_end(pass->ctl->store, ok && !sync->is_dry, ret_err) || (ok && sync->is_dry);
        }
        if (sync->is_dry)
                output_table_end(pass->ctl->output);
        return ok;
}

bool ctl_member_sync(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        struct pass pass;
        if (!ctl->line->options[OPTION_FILE])
                return err_set(ret_err, ERR_USAGE, "member sync: name the file that says who is on the list: --file FILE (or -)");
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        struct sync sync = { .is_dry = ctl->line->flags[FLAG_DRY] };
        bool ok = pass_start(&pass, ctl, list, check_new, ret_err);
        pass.is_lenient = false; /* who stands in a line that is no address would be removed */
        ok = ok && look_through(&pass, ret_err) && member_count(ctl->store, list->id, &sync.members, ret_err)
             && (!sync.is_dry || caller_reads_roster(ctl, list, sync.members, ret_err));
        if (ok)
                output_fact(ctl->output, "list", TEXT(list->address));
        ok = ok && sync_all(&pass, &sync, ret_err);
        if (ok) {
                output_fact(ctl->output, "added", NUMBER((int64_t) sync.added));
                output_fact(ctl->output, "removed", NUMBER((int64_t) sync.removed));
                output_say(ctl->output, sync.is_dry ? "%s: %zu would be added, %zu removed" : "%s: %zu added, %zu removed", list->address,
                           sync.added, sync.removed);
        }
        pass_end(&pass);
        g_free(sync.wanted);
        list_free(list);
        return ok;
}

/* --- rm ------------------------------------------------------------------------------------- */

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
        for (size_t done = 1; ok && next_good(pass, &roster, &entry, ret_err); done++) {
                ok = remove_one(pass, &entry, ret_removed, ret_err);
                roster_entry_clear(&entry);
                if (done % PAGE_MEMBERS == 0)
                        output_progress(pass->ctl->output, "removing", done, pass->entries);
        }
        const struct desk desk = ctl_desk(pass->ctl, pass->list);
        return ok && membership_has_owner(&desk, ret_err);
}

bool ctl_member_rm(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        struct pass pass;
        size_t removed = 0;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = pass_start(&pass, ctl, list, check_is_member, ret_err) && store_begin(ctl->store, ret_err);
        if (ok) {
                ok = look_through(&pass, ret_err) && remove_all(&pass, &removed, ret_err);
                ok = store_end(ctl->store, ok, ret_err);
        }
        if (ok) {
                output_fact(ctl->output, "list", TEXT(list->address));
                output_fact(ctl->output, "removed", NUMBER((int64_t) removed));
                output_say(ctl->output, "%s: %zu removed", list->address, removed);
                ok = conclude(&pass, ret_err);
        }
        pass_end(&pass);
        list_free(list);
        return ok;
}
