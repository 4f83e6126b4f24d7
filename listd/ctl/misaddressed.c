/* misaddressed.c - listctl misaddressed: mail to addresses that do not exist, in its groups
 * Gives:  ctl_misaddressed_ls(), ctl_misaddressed_show(), ctl_misaddressed_forward(), ctl_misaddressed_discard()
 * Fails:  ERR_NOT_FOUND when there is no message of that id, or nothing is suggested for it
 * Standards: RFC 5322 3.6.6 (Resent fields) */
#include "ctl/kept.h"
#include "ctl/nouns.h"
#include "handle/door.h"
#include "handle/owner.h"
#include "mail/date.h"
#include "policy/target.h"
#include "store/lost.h"

/* --- words ----------------------------------------------------------------------------------------------- */

/* "4th time, same name"; NULL for what came once. The caller frees. */
static char *repeat_in_words(const struct lost *lost)
{
        if (lost->times <= 1 || !lost->same)
                return NULL;
        char *nth = door_nth(lost->times, LANG_EN);
        char *words = g_strdup_printf("%s time, same %s", nth, LOST_PRINT_WORDS[lost->same]);
        g_free(nth);
        return words;
}

static const char *word_or_null(const char *text)
{
        return *text ? text : NULL;
}

/* --- ls -------------------------------------------------------------------------------------------------- */

static const struct column LOST_COLUMNS[] = {
        { "id" },
        { "group" },
        { "at" },
        { "from" },
        { "to" },
        { "did_they_mean" },
        { "subject", .may_wrap = true },
        { "size", .is_right = true },
        { "times", .is_right = true },
        { "repeat" },
        { "reason", .may_wrap = true },
};

static void put_groups(struct ctl *ctl, const GPtrArray *all)
{
        int64_t counts[LOST_GROUPS] = { 0 };
        GString *text = g_string_new(NULL);
        for (guint i = 0; i < all->len; i++)
                counts[((struct lost *) all->pdata[i])->group]++;
        output_group(ctl->output, "groups", "");
        for (enum lost_group group = LOST_TYPO; group < LOST_GROUPS; group++) {
                output_fact(ctl->output, LOST_GROUP_WORDS[group], NUMBER(counts[group]));
                g_string_append_printf(text, "%s%s: %" G_GINT64_FORMAT, text->len ? ", " : "", LOST_GROUP_WORDS[group],
                                       (gint64) counts[group]);
        }
        output_group_end(ctl->output);
        output_say(ctl->output, "%s", text->str);
        g_string_free(text, TRUE);
}

static void put_row(struct ctl *ctl, const struct lost *lost, const struct kept *kept)
{
        struct gist gist;
        char *repeat = repeat_in_words(lost);
        gist_of(kept, &gist);
        const struct cell row[] = {
                TEXT(lost->id),
                TEXT(LOST_GROUP_WORDS[lost->group]),
                TIME(kept->held->at),
                TEXT(gist.sender),
                TEXT(gist.recipient),
                TEXT(word_or_null(lost->suggestion)),
                TEXT(gist.subject),
                SIZE(kept->held->size),
                NUMBER(lost->times),
                TEXT(repeat),
                TEXT(kept->held->reason),
        };
        output_row(ctl->output, row);
        gist_clear(&gist);
        g_free(repeat);
}

static bool put_one(struct ctl *ctl, const struct lost *lost, struct err *ret_err)
{
        struct kept kept;
        bool ok = kept_get(ctl, HELD_MISADDRESSED, lost->id, &kept, ret_err);
        if (ok)
                put_row(ctl, lost, &kept);
        kept_clear(&kept);
        return ok || ret_err->class == ERR_NOT_FOUND; /* somebody else was quicker */
}

static bool group_of(const char *text, enum lost_group *ret_group, struct err *ret_err)
{
        *ret_group = (enum lost_group) 0;
        for (enum lost_group group = LOST_TYPO; text && group < LOST_GROUPS; group++)
                if (strcmp(LOST_GROUP_WORDS[group], text) == 0)
                        *ret_group = group;
        return !text || *ret_group
               || err_set(ret_err, ERR_USAGE, "there is no group '%s'; there are: typo, other, probe, spam", text);
}

bool ctl_misaddressed_ls(struct ctl *ctl, struct err *ret_err)
{
        GPtrArray *all;
        enum lost_group group;
        if (!group_of(ctl->line->args[0], &group, ret_err) || !lost_all(ctl->store, &all, ret_err))
                return false;
        bool ok = true;
        put_groups(ctl, all);
        output_table(ctl->output, "misaddressed", LOST_COLUMNS, G_N_ELEMENTS(LOST_COLUMNS));
        for (guint i = 0; ok && i < all->len; i++) {
                const struct lost *lost = all->pdata[i];
                ok = (group && lost->group != group) || put_one(ctl, lost, ret_err);
        }
        output_table_end(ctl->output);
        g_ptr_array_unref(all);
        return ok;
}

/* --- show, discard ----------------------------------------------------------------------------------------- */

static void put_lost(struct ctl *ctl, const struct lost *lost)
{
        char *repeat = repeat_in_words(lost);
        output_field(ctl->output, "group", TEXT(LOST_GROUP_WORDS[lost->group]));
        output_field(ctl->output, "did_they_mean", TEXT(word_or_null(lost->suggestion)));
        output_field(ctl->output, "times", NUMBER(lost->times));
        output_field(ctl->output, "first", TIME(lost->first));
        output_field(ctl->output, "repeat", TEXT(repeat));
        g_free(repeat);
}

bool ctl_misaddressed_show(struct ctl *ctl, struct err *ret_err)
{
        struct kept kept;
        struct lost *lost = NULL;
        const char *id = ctl->line->args[0];
        bool ok = kept_get(ctl, HELD_MISADDRESSED, id, &kept, ret_err) && lost_get(ctl->store, id, &lost, ret_err);
        if (ok && lost) {
                put_lost(ctl, lost);
                kept_put(ctl->output, &kept);
        }
        lost_free(lost);
        kept_clear(&kept);
        return ok;
}

bool ctl_misaddressed_discard(struct ctl *ctl, struct err *ret_err)
{
        return kept_discard(ctl, HELD_MISADDRESSED, ret_err);
}

/* --- forward ----------------------------------------------------------------------------------------------- */

/* As who sends a mail on has it (RFC 5322 3.6.6): fields on top say who did and to where, and the rest stays as it was. A list thus
 * stands among those that the mail names, which a list asks for (policy/post.c: implicit). */
static GBytes *resent(const struct kept *kept, const struct address *address)
{
        static const char mbox[] = "From ";
        gsize length;
        const char *bytes = g_bytes_get_data(kept->envelope->message, &length);
        const char *line = length > strlen(mbox) && memcmp(bytes, mbox, strlen(mbox)) == 0 ? memchr(bytes, '\n', length) : NULL;
        const size_t from = line ? (size_t) (line + 1 - bytes) : 0; /* that line may stand at the top only */
        char *date = date_in_zone(NULL, "UTC", clock_now());
        GString *text = g_string_new(NULL);
        g_string_append_printf(text, "Resent-Date: %s\r\nResent-From: postmaster@%s\r\nResent-To: %s\r\n", date, address->domain,
                               address->text);
        g_string_append_len(text, bytes + from, (gssize) (length - from));
        g_free(date);
        return g_string_free_to_bytes(text);
}

/* To an address of ours: into the spool again, as if it had come there. */
static bool readdress(struct ctl *ctl, const struct kept *kept, const struct address *address, struct err *ret_err)
{
        struct envelope one = *kept->envelope;
        one.message = resent(kept, address);
        one.recipients = g_ptr_array_new();
        g_ptr_array_add(one.recipients, address->text);
        GBytes *bytes = envelope_write(&one);
        bool ok = kept_to_spool(ctl, kept->held, bytes, false, ret_err);
        g_bytes_unref(bytes);
        g_bytes_unref(one.message);
        g_ptr_array_unref(one.recipients);
        return ok;
}

/* Lists go, and become private: then nothing is suggested any more. */
static bool is_still_public(struct ctl *ctl, const struct address *address, bool *ret_public, struct err *ret_err)
{
        struct target readings[TARGET_READINGS_MAX];
        const size_t count = target_readings(address->local, readings);
        bool ok = true;
        *ret_public = false;
        for (size_t i = 0; ok && i < count && !*ret_public; i++) {
                struct list *list = NULL;
                ok = !*readings[i].list || list_find(ctl->store, readings[i].list, address->domain, &list, ret_err);
                *ret_public = !*readings[i].list || (list && list->visibility == VISIBILITY_PUBLIC);
                list_free(list);
        }
        return ok;
}

static bool suggested(struct ctl *ctl, const char *id, struct address **ret_address, struct err *ret_err)
{
        struct lost *lost;
        bool is_public = false;
        if (!lost_get(ctl->store, id, &lost, ret_err))
                return false;
        bool ok = !lost || !*lost->suggestion
                  || (ctl_address(lost->suggestion, ret_address, ret_err) && is_still_public(ctl, *ret_address, &is_public, ret_err));
        lost_free(lost);
        if (!ok)
                return false;
        return is_public || err_set(ret_err, ERR_NOT_FOUND, "%s: nothing tells which address is meant: name it", id);
}

/* Where it goes: as the admin says, else what is suggested. */
static bool target_of(struct ctl *ctl, const char *id, struct address **ret_address, struct err *ret_err)
{
        const char *text = ctl->line->args[1];
        return text ? ctl_address(text, ret_address, ret_err) : suggested(ctl, id, ret_address, ret_err);
}

static bool forward(struct ctl *ctl, const struct kept *kept, const struct address *address, struct err *ret_err)
{
        return (conf_is_our_domain(ctl->conf, address->domain)
                        ? readdress(ctl, kept, address, ret_err)
                        : owner_forward(ctl->store, ctl->conf, kept->envelope, kept->held->log_id, address->text, ret_err))
               && held_remove(ctl->store, kept->held->id, ret_err);
}

bool ctl_misaddressed_forward(struct ctl *ctl, struct err *ret_err)
{
        struct kept kept = { 0 };
        struct address *address = NULL;
        const char *id = ctl->line->args[0];
        if (!store_begin(ctl->store, ret_err))
                return false;
        bool ok = kept_get(ctl, HELD_MISADDRESSED, id, &kept, ret_err) && target_of(ctl, id, &address, ret_err)
                  && forward(ctl, &kept, address, ret_err);
        ok = store_end(ctl->store, ok, ret_err);
        if (ok) {
                output_fact(ctl->output, "id", TEXT(kept.held->id));
                output_fact(ctl->output, "to", TEXT(address->text));
                output_say(ctl->output, "%s is on its way to %s; its writer hears nothing of it", kept.held->id, address->text);
        }
        kept_clear(&kept);
        address_free(address);
        return ok;
}
