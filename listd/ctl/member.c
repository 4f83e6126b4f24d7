/* member.c - listctl member, of one member or to look at all
 * Gives:  ctl_member_ls(), ctl_member_export(), ctl_member_show(), ctl_member_find(), ctl_member_set()
 * Fails:  ERR_PERM when a list would lose its last owner */
#include "ctl/bounce.h"
#include "ctl/caller.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "handle/digest.h"
#include "handle/membership.h"
#include "mail/roster.h"
#include "store/author.h"

enum { PAGE_MEMBERS = 500 };

static const char *const MEMBER_LANG_WORDS[] = { "list", "en", "ja", NULL };

/* --- ls, show, find --------------------------------------------------------------------------- */

static const struct column MEMBER_COLUMNS[] = {
        { "address" }, { "name" }, { "role" }, { "state" }, { "joined" }, { "failures", .is_right = true },
};

static void put_listed(struct output *output, const struct member *member)
{
        const struct cell row[] = {
                TEXT(member->address),
                TEXT(member->name),
                TEXT(MEMBER_ROLE_WORDS[member->role]),
                TEXT(MEMBER_STATE_WORDS[member->state]),
                TIME(member->joined),
                NUMBER(member->failures),
        };
        output_row(output, row);
}

static const struct column EXPORT_COLUMNS[] = {
        { "address" }, { "name" }, { "role" }, { "state" }, { "digest" }, { "lang" }, { "joined" },
};

static const char *digest_word(const struct member *member)
{
        return MEMBER_DIGEST_WORDS[CLAMP(member->digest, DIGEST_NO, DIGEST_PLAIN)];
}

static void put_exported(struct output *output, const struct member *member)
{
        const struct cell row[] = {
                TEXT(member->address),
                TEXT(member->name),
                TEXT(MEMBER_ROLE_WORDS[member->role]),
                TEXT(MEMBER_STATE_WORDS[member->state]),
                TEXT(digest_word(member)),
                TEXT(MEMBER_LANG_WORDS[member->lang]),
                TIME(member->joined),
        };
        output_row(output, row);
}

static bool put_members(struct ctl *ctl, const struct list *list, void (*put)(struct output *output, const struct member *member),
                        struct err *ret_err)
{
        GPtrArray *members;
        for (int64_t after = 0;;) {
                if (!member_page(ctl->store, list->id, after, PAGE_MEMBERS, &members, ret_err))
                        return false;
                for (guint i = 0; i < members->len; i++) {
                        const struct member *member = members->pdata[i];
                        put(ctl->output, member);
                        after = member->id;
                }
                bool at_end = members->len == 0;
                g_ptr_array_unref(members);
                if (at_end)
                        return true;
        }
}

static bool put_all(struct ctl *ctl, bool is_export, struct err *ret_err)
{
        struct list *list;
        int64_t count;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = member_count(ctl->store, list->id, &count, ret_err) && caller_reads_roster(ctl, list, count, ret_err);
        if (ok) {
                output_fact(ctl->output, "list", TEXT(list->address));
                if (is_export)
                        output_csv(ctl->output, "members", EXPORT_COLUMNS, G_N_ELEMENTS(EXPORT_COLUMNS));
                else
                        output_table(ctl->output, "members", MEMBER_COLUMNS, G_N_ELEMENTS(MEMBER_COLUMNS));
                ok = put_members(ctl, list, is_export ? put_exported : put_listed, ret_err);
        }
        if (ok)
                output_table_end(ctl->output);
        list_free(list);
        return ok;
}

bool ctl_member_ls(struct ctl *ctl, struct err *ret_err)
{
        return put_all(ctl, false, ret_err);
}

bool ctl_member_export(struct ctl *ctl, struct err *ret_err)
{
        return put_all(ctl, true, ret_err);
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
        output_field(output, "digest", TEXT(digest_word(member)));
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

static bool has_owner(struct ctl *ctl, struct list *list, struct err *ret_err)
{
        const struct desk desk = ctl_desk(ctl, list);
        return membership_has_owner(&desk, ret_err);
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
