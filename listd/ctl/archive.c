/* archive.c - listctl archive: copies of posts that are kept
 * Gives:  ctl_archive_ls(), ctl_archive_export(), ctl_archive_rm()
 * Fails:  ERR_NOT_FOUND when there is no such post
 * The copies are those that readers got: no author's address is in them that the list hides (leaks L14). */
#include "ctl/caller.h"
#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "mail/lines.h"
#include "mail/message.h"
#include "mail/mime.h"
#include "store/archive.h"

enum { PAGE_POSTS = 100 };

typedef void each_post(struct ctl *ctl, const struct list *list, const struct archived *post);

/* A page at a time, so that memory does not grow with the archive. */
static bool walk(struct ctl *ctl, const struct list *list, each_post *each, struct err *ret_err)
{
        bool ok = true;
        for (int64_t first = 1; ok && first <= list->posts; first += PAGE_POSTS) {
                GPtrArray *posts;
                ok = archive_range(ctl->store, list->id, first, first + PAGE_POSTS - 1, true, &posts, ret_err);
                for (guint i = 0; ok && i < posts->len; i++)
                        each(ctl, list, posts->pdata[i]);
                if (ok)
                        g_ptr_array_unref(posts);
                output_progress(ctl->output, "posts", (size_t) MIN(first + PAGE_POSTS - 1, list->posts), (size_t) list->posts);
        }
        return ok;
}

static bool with_list(struct ctl *ctl, bool (*run)(struct ctl *, struct list *, struct err *), struct err *ret_err)
{
        struct list *list;
        if (!ctl_list(ctl, ctl->line->args[0], &list, ret_err))
                return false;
        bool ok = run(ctl, list, ret_err);
        list_free(list);
        return ok;
}

/* --- ls --------------------------------------------------------------------------------------------- */

static const struct column POST_COLUMNS[] = {
        { "number", .is_right = true }, { "at" }, { "size", .is_right = true }, { "subject", .may_wrap = true },
};

static void put_row(struct ctl *ctl, const struct list *list, const struct archived *post)
{
        struct message *message;
        struct err flaw;
        const char *value = message_parse(&message, post->message, &flaw) ? message_get(message, "Subject") : NULL;
        char *subject = value ? mime_decode_text(value) : NULL;
        const struct cell row[] = { NUMBER(post->number), TIME(post->at), SIZE(post->size), TEXT(subject) };
        output_row(ctl->output, row);
        g_free(subject);
        message_free(message);
}

static bool ls(struct ctl *ctl, struct list *list, struct err *ret_err)
{
        output_table(ctl->output, "posts", POST_COLUMNS, G_N_ELEMENTS(POST_COLUMNS));
        bool ok = walk(ctl, list, put_row, ret_err);
        output_table_end(ctl->output);
        return ok;
}

bool ctl_archive_ls(struct ctl *ctl, struct err *ret_err)
{
        return with_list(ctl, ls, ret_err);
}

/* --- export -------------------------------------------------------------------------------------------- */

/* mboxrd (RFC 4155 and its custom): a From_ line with the list's address, and > before each line that begins with >*From_ . */
static void put_mbox(struct ctl *ctl, const struct list *list, const struct archived *post)
{
        GDateTime *time = g_date_time_new_from_unix_utc(post->at);
        char *stamp = g_date_time_format(time, "%a %b %e %H:%M:%S %Y");
        gsize length;
        const char *bytes = g_bytes_get_data(post->message, &length);
        GString *text = lines_to_lf(bytes, length), *out = g_string_new(NULL);
        char **lines = g_strsplit(text->str, "\n", -1);
        g_string_append_printf(out, "From %s %s\n", list->address, stamp);
        for (char **line = lines; *line && (line[1] || **line); line++) {
                const char *word = *line + strspn(*line, ">");
                g_string_append_printf(out, "%s%s\n", g_str_has_prefix(word, "From ") ? ">" : "", *line);
        }
        g_string_append_c(out, '\n');
        GBytes *whole = g_string_free_to_bytes(out);
        output_bytes(ctl->output, "mbox", whole);
        g_bytes_unref(whole);
        g_strfreev(lines);
        g_string_free(text, TRUE);
        g_free(stamp);
        g_date_time_unref(time);
}

static bool export(struct ctl *ctl, struct list *list, struct err *ret_err)
{
        return caller_reads_roster(ctl, list, 0, ret_err) && walk(ctl, list, put_mbox, ret_err);
}

bool ctl_archive_export(struct ctl *ctl, struct err *ret_err)
{
        return with_list(ctl, export, ret_err);
}

/* --- rm -------------------------------------------------------------------------------------------------- */

static bool rm(struct ctl *ctl, struct list *list, struct err *ret_err)
{
        const char *text = ctl->line->args[1];
        gint64 number;
        bool removed;
        if (!g_ascii_string_to_signed(text, 10, 1, G_MAXINT64, &number, NULL))
                return err_set(ret_err, ERR_USAGE, "'%s' is no number of a post", text);
        if (!archive_remove(ctl->store, list->id, number, &removed, ret_err))
                return false;
        if (!removed)
                return err_set(ret_err, ERR_NOT_FOUND, "%s has no copy of post %s (listctl archive ls)", list->address, text);
        output_fact(ctl->output, "number", NUMBER(number));
        output_say(ctl->output, "the copy of post %s of %s is gone; it will be in no digest", text, list->address);
        return true;
}

bool ctl_archive_rm(struct ctl *ctl, struct err *ret_err)
{
        return with_list(ctl, rm, ret_err);
}
