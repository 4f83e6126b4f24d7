/* list.c - listctl list
 * Gives:  ctl_list_add() ... ctl_list_rm()
 * Fails:  ERR_PERM for names that are taken, collide or lie outside of our domains; ERR_USAGE for settings */
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "handle/report.h"
#include "policy/post.h"
#include "policy/target.h"
#include "store/held.h"
#include "store/queue.h"

/* --- names ---------------------------------------------------------------------------------- */

struct neighbours {
        struct ctl *ctl;
        const char *domain;
        int64_t self; /* a list that is being renamed does not collide with itself */
        struct err err;
};

static bool neighbour_exists(const char *name, void *user)
{
        struct neighbours *neighbours = user;
        struct list *list = NULL;
        if (!list_find(neighbours->ctl->store, name, neighbours->domain, &list, &neighbours->err))
                return false;
        bool exists = list && list->id != neighbours->self;
        list_free(list);
        return exists;
}

static bool may_be_named(struct ctl *ctl, const char *name, const char *domain, int64_t self, struct err *ret_err)
{
        struct neighbours neighbours = { .ctl = ctl, .domain = domain, .self = self };
        if (!conf_is_our_domain(ctl->conf, domain)) {
                char *ours = g_strjoinv(", ", ctl->conf->domains);
                err_set(ret_err, ERR_PERM, "%s is none of our domains (%s): add it to [server] domains of %s first", domain, ours,
                        ctl->conf_path);
                g_free(ours);
                return false;
        }
        bool ok = name_check(name, neighbour_exists, &neighbours, ret_err);
        if (ok && neighbours.err.class) {
                *ret_err = neighbours.err;
                ok = false;
        }
        return ok;
}

/* --- add --------------------------------------------------------------------------------------- */

static bool type_of(const char *text, enum list_type *ret_type, struct err *ret_err)
{
        struct list scratch = { 0 };
        const struct option *option = option_find(LIST_OPTIONS, NULL, "type");
        *ret_type = TYPE_DISCUSSION;
        if (!text)
                return true;
        if (!option_set(option, &scratch, text, ret_err))
                return false;
        *ret_type = (enum list_type) scratch.type;
        return true;
}

static bool set_given(struct ctl *ctl, struct list *list, enum command_option option, struct err *ret_err)
{
        const char *text = ctl->line->options[option];
        return !text || list_set(ctl->store, list, COMMAND_OPTION_NAMES[option], text, ret_err);
}

static bool add_in_transaction(struct ctl *ctl, const char *name, const char *domain, const struct address *owner,
                               struct list **ret_list, struct err *ret_err)
{
        const struct member_new member = { owner->text, owner->fold, "", ROLE_OWNER };
        enum list_type type;
        size_t added;
        return may_be_named(ctl, name, domain, 0, ret_err) && type_of(ctl->line->options[OPTION_TYPE], &type, ret_err)
               && list_add(ctl->store, name, domain, type, ret_list, ret_err)
               && set_given(ctl, *ret_list, OPTION_LANG, ret_err) && set_given(ctl, *ret_list, OPTION_TITLE, ret_err)
               && set_given(ctl, *ret_list, OPTION_REPORT, ret_err) && member_add(ctl->store, (*ret_list)->id, &member, 1, &added, ret_err)
               && report_begin(ctl->store, ctl->conf, *ret_list, clock_now(), ret_err);
}

/* Who owns a list must be reached when it does not work. */
static bool owner_for(struct ctl *ctl, const char *name, const char *domain, struct address **ret_owner, struct err *ret_err)
{
        const char *text = ctl->line->options[OPTION_OWNER];
        *ret_owner = NULL;
        if (!text)
                return err_set(ret_err, ERR_USAGE, "a list has an owner: add --owner ADDR");
        if (!ctl_address(text, ret_owner, ret_err))
                return err_prefix(ret_err, "--owner");
        return !target_is_of((*ret_owner)->local, (*ret_owner)->domain, name, domain)
               || err_set(ret_err, ERR_PERM, "--owner %s is an address of the list itself", (*ret_owner)->text);
}

bool ctl_list_add(struct ctl *ctl, struct err *ret_err)
{
        char *name, *domain;
        struct list *list = NULL;
        struct address *owner = NULL;
        if (!ctl_list_name(ctl->line->args[0], &name, &domain, ret_err))
                return false;
        bool ok = owner_for(ctl, name, domain, &owner, ret_err) && store_begin(ctl->store, ret_err);
        if (ok) {
                ok = add_in_transaction(ctl, name, domain, owner, &list, ret_err);
                ok = store_end(ctl->store, ok, ret_err) && ctl_publish(ctl, ret_err);
        }
        if (ok) {
                output_fact(ctl->output, "address", TEXT(list->address));
                output_fact(ctl->output, "owner", TEXT(owner->text));
                output_say(ctl->output, "%s is there; its owner is %s", list->address, owner->text);
        }
        address_free(owner);
        list_free(list);
        g_free(name);
        g_free(domain);
        return ok;
}

/* --- ls, show ------------------------------------------------------------------------------------ */

static const struct column LIST_COLUMNS[] = {
        { "address" }, { "title" },   { "type" },
        { "lang" },    { "posting" }, { "visibility" },
        { "members", .is_right = true }, { "posts", .is_right = true }, { "created" },
};

static const char *word_of(const struct list *list, const char *key)
{
        const struct option *option = option_find(LIST_OPTIONS, NULL, key);
        return option->values[*(const int *) ((const char *) list + option->offset)];
}

static bool put_row(struct ctl *ctl, const struct list *list, struct err *ret_err)
{
        int64_t members;
        if (!member_count(ctl->store, list->id, &members, ret_err))
                return false;
        const struct cell row[] = {
                TEXT(list->address),
                TEXT(list->title),
                TEXT(word_of(list, "type")),
                TEXT(word_of(list, "lang")),
                TEXT(word_of(list, "posting")),
                TEXT(word_of(list, "visibility")),
                NUMBER(members),
                NUMBER(list->posts),
                TIME(list->created),
        };
        output_row(ctl->output, row);
        return true;
}

bool ctl_list_ls(struct ctl *ctl, struct err *ret_err)
{
        GPtrArray *lists;
        if (!list_all(ctl->store, &lists, ret_err))
                return false;
        bool ok = true;
        output_table(ctl->output, "lists", LIST_COLUMNS, G_N_ELEMENTS(LIST_COLUMNS));
        for (guint i = 0; ok && i < lists->len; i++)
                ok = put_row(ctl, lists->pdata[i], ret_err);
        output_table_end(ctl->output);
        g_ptr_array_unref(lists);
        return ok;
}

typedef void put_cell(struct output *output, const char *key, struct cell value);

static void put_setting(struct output *output, put_cell *put, const struct list *list, const struct option *option)
{
        char *text = option_get(option, list);
        bool is_number = option->type == OPT_INT || option->type == OPT_SIZE || option->type == OPT_DURATION;
        int number = is_number ? *(const int *) ((const char *) list + option->offset) : 0;
        put(output, option->name, is_number ? NUMBER_AS(number, text) : TEXT(text));
        g_free(text);
}

static void put_settings(struct ctl *ctl, const struct list *list)
{
        enum list_sender_proof proof = post_proof_in_force(list, ctl->conf->authserv_id);
        output_group(ctl->output, "settings", "");
        for (const struct option *option = LIST_OPTIONS; option->name; option++)
                put_setting(ctl->output, output_field, list, option);
        output_group_end(ctl->output);
        output_field(ctl->output, "sender_proof_in_force", TEXT(option_find(LIST_OPTIONS, NULL, "sender_proof")->values[proof]));
}

static void put_owners(struct output *output, const GPtrArray *officers)
{
        GPtrArray *owners = g_ptr_array_new();
        for (guint i = 0; i < officers->len; i++)
                g_ptr_array_add(owners, ((struct member *) officers->pdata[i])->address);
        output_fields(output, "owners", owners);
        g_ptr_array_unref(owners);
}

bool ctl_list_show(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        GPtrArray *owners = NULL, *held = NULL;
        int64_t members;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = member_count(ctl->store, list->id, &members, ret_err)
                  && member_officers(ctl->store, list->id, ROLE_OWNER, &owners, ret_err)
                  && held_all(ctl->store, HELD_POST, list->id, &held, ret_err);
        if (ok) {
                output_field(ctl->output, "address", TEXT(list->address));
                output_field(ctl->output, "created", TIME(list->created));
                put_owners(ctl->output, owners);
                output_field(ctl->output, "members", NUMBER(members));
                output_field(ctl->output, "posts", NUMBER(list->posts));
                output_field(ctl->output, "held", NUMBER(held->len));
                put_settings(ctl, list);
        }
        g_clear_pointer(&owners, g_ptr_array_unref);
        g_clear_pointer(&held, g_ptr_array_unref);
        list_free(list);
        return ok;
}

/* --- get, set, reset ------------------------------------------------------------------------------- */

static const struct option *setting_of(const char *key, struct err *ret_err)
{
        const struct option *option = option_find(LIST_OPTIONS, NULL, key);
        if (!option)
                err_set(ret_err, ERR_USAGE, "there is no setting '%s' ('listctl list show LIST' names them)", key);
        return option;
}

bool ctl_list_get(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        const struct option *option = setting_of(ctl->line->args[1], ret_err);
        if (!option || !ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        put_setting(ctl->output, output_value, list, option);
        list_free(list);
        return true;
}

static void say_setting(struct ctl *ctl, const struct list *list, const struct option *option)
{
        char *text = option_get(option, list);
        output_fact(ctl->output, "address", TEXT(list->address));
        put_setting(ctl->output, output_fact, list, option);
        output_say(ctl->output, "%s: %s = %s", list->address, option->name, text);
        if (strcmp(option->name, "sender_proof") == 0 && list->sender_proof == PROOF_NONE)
                output_warn(ctl->output, "%s: whoever forges a member's From may now post as that member", list->address);
        if (strcmp(option->name, "personal") == 0 && !list->personal)
                output_warn(ctl->output, "%s: a copy goes to up to %d readers at once, so a report of a remote mail server about it may "
                            "name others of them", list->address, QUEUE_TOGETHER_MAX);
        g_free(text);
}

/* `value` NULL: back to what the list's type says. */
static bool set_setting(struct ctl *ctl, const char *value, struct err *ret_err)
{
        struct list *list;
        const char *key = ctl->line->args[1];
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = store_begin(ctl->store, ret_err);
        if (ok) {
                ok = list_set(ctl->store, list, key, value, ret_err);
                ok = store_end(ctl->store, ok, ret_err) && ctl_publish(ctl, ret_err);
        }
        if (ok)
                say_setting(ctl, list, option_find(LIST_OPTIONS, NULL, key));
        list_free(list);
        return ok;
}

bool ctl_list_set(struct ctl *ctl, struct err *ret_err)
{
        return set_setting(ctl, ctl->line->args[2], ret_err);
}

bool ctl_list_reset(struct ctl *ctl, struct err *ret_err)
{
        return set_setting(ctl, NULL, ret_err);
}

/* --- rename, rm -------------------------------------------------------------------------------------- */

/* NAME, or NAME@ the same domain. The caller frees; NULL with ERR_USAGE. */
static char *new_name(const struct list *list, const char *text, struct err *ret_err)
{
        char *name, *domain;
        if (!strchr(text, '@'))
                return g_ascii_strdown(text, -1);
        if (!ctl_list_name(text, &name, &domain, ret_err))
                return NULL;
        bool same = strcmp(domain, list->domain) == 0;
        g_free(domain);
        if (same)
                return name;
        g_free(name);
        err_set(ret_err, ERR_USAGE, "a list keeps its domain (%s): give the new name alone", list->domain);
        return NULL;
}

bool ctl_list_rename(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        char *old = g_strdup(list->address);
        char *name = new_name(list, ctl->line->args[1], ret_err);
        bool ok = name && store_begin(ctl->store, ret_err);
        if (ok) {
                ok = may_be_named(ctl, name, list->domain, list->id, ret_err) && list_rename(ctl->store, list, name, ret_err);
                ok = store_end(ctl->store, ok, ret_err) && ctl_publish(ctl, ret_err);
        }
        if (ok) {
                output_fact(ctl->output, "address", TEXT(list->address));
                output_fact(ctl->output, "was", TEXT(old));
                output_say(ctl->output, "%s is %s now; mail to the old address is misaddressed", old, list->address);
        }
        g_free(name);
        g_free(old);
        list_free(list);
        return ok;
}

bool ctl_list_rm(struct ctl *ctl, struct err *ret_err)
{
        struct list *list;
        int64_t members;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = member_count(ctl->store, list->id, &members, ret_err) && list_remove(ctl->store, list->id, ret_err)
                  && ctl_publish(ctl, ret_err);
        if (ok) {
                output_fact(ctl->output, "address", TEXT(list->address));
                output_fact(ctl->output, "members", NUMBER(members));
                output_say(ctl->output, "%s is gone, and its %" G_GINT64_FORMAT " members", list->address, (gint64) members);
        }
        list_free(list);
        return ok;
}
