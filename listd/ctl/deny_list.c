/* deny_list.c - listctl deny: lists of networks that others keep, from a file or a web server
 * Gives:  ctl_deny_import(), ctl_deny_refresh()
 * Fails:  ERR_PERM when it is no such list, ERR_TEMP when it cannot be fetched; what was there of it before stays then, and the
 *         reason is kept for `review`
 * Whoever fetches has spool.db open, and no key of ours in memory (NEEDS_SPOOL). */
#include "ctl/deny.h"
#include "ctl/nouns.h"
#include "fetch/refresh.h"

static const char *const OWN_LABELS[] = { "admin", "guard", NULL };

/* --- the text of a list ------------------------------------------------------------------------ */

/* From where list->url says. *ret_same: it is as it was; then there is no text. */
static bool fetch(const struct deny_list *list, struct download *ret_download, struct err *ret_err)
{
        if (download_is_url(list->url))
                return refresh_download(ret_download, list->url, list->etag, list->modified, DENY_FILE_MAX, NULL, ret_err);
        *ret_download = (struct download){ .etag = g_strdup(""), .modified = g_strdup("") };
        return ctl_read_file(*list->url ? list->url : "-", DENY_FILE_MAX, &ret_download->body, &ret_download->length, ret_err);
}

static void tell_problems(struct ctl *ctl, const struct deny_file *file, const char *where)
{
        for (guint i = 0; i < file->problems->len; i++) {
                const struct deny_problem *problem = file->problems->pdata[i];
                output_problem(ctl->output, where, problem->line, problem->reason);
        }
        const size_t more = file->bad + file->refused - file->problems->len;
        if (more > 0)
                output_warn(ctl->output, "%s: and %zu more lines", where, more);
}

/* Problems are told to whoever asked for the list by hand. */
static bool take(struct ctl *ctl, struct deny_list *list, const struct download *download, struct deny_swapped *ret_swapped,
                 struct err *ret_err)
{
        struct deny_file *file;
        const char *where = *list->url ? list->url : "standard input";
        const bool ok = refresh_take_deny(ctl->spool, ctl->conf, list, download, clock_now(), &file, ret_swapped, ret_err)
                        || err_prefix(ret_err, "%s", where);
        tell_problems(ctl, file, where);
        if (ok) {
                output_fact(ctl->output, "bad", NUMBER((int64_t) file->bad));
                output_fact(ctl->output, "refused", NUMBER((int64_t) file->refused));
                if (file->masked > 0)
                        output_say(ctl->output, "%zu networks had bits behind their prefix, which were cleared", file->masked);
        }
        deny_file_free(file);
        return ok;
}

/* --- import --------------------------------------------------------------------------------------- */

static bool check_label(struct ctl *ctl, const char *label, struct err *ret_err)
{
        GPtrArray *lists;
        int64_t count = 0;
        if (!deny_label_check(label, ret_err))
                return false;
        if (g_strv_contains(OWN_LABELS, label))
                return err_set(ret_err, ERR_PERM, "%s is the label of what is denied here, not of a list", label);
        if (!deny_lists(ctl->spool, &lists, ret_err))
                return false;
        const bool is_list = ctl_deny_find_list(lists, label) != NULL;
        g_ptr_array_unref(lists);
        if (!is_list && !deny_count(ctl->spool, label, &count, ret_err))
                return false;
        return count == 0 || err_set(ret_err, ERR_PERM, "%s is the label of entries that were added by hand: take another", label);
}

static bool name_source(struct ctl *ctl, const char *word, char **ret_url, struct err *ret_err)
{
        if (g_ascii_strncasecmp(word, "http://", strlen("http://")) == 0)
                output_warn(ctl->output, "http:// is not protected: whoever is on the way can say whom you deny; prefer https://");
        if (!download_is_url(word) && strstr(word, "://"))
                return err_set(ret_err, ERR_USAGE, "'%.100s': a list comes from https://, http://, a file or -", word);
        if (strcmp(word, "-") == 0)
                *ret_url = g_strdup("");
        else
                *ret_url = download_is_url(word) ? g_strdup(word) : g_canonicalize_filename(word, NULL);
        return true;
}

static const char *by_itself(const struct conf *conf, const struct deny_list *list)
{
        if (!download_is_url(list->url))
                return "";
        return conf->refresh > 0 ? "; so does listd, by itself" : "; 'refresh = 1d' in [fetch] of listd.conf lets listd do so by itself";
}

static void tell_import(struct ctl *ctl, const struct deny_list *list, const struct deny_swapped *swapped)
{
        char *how_long = ctl_deny_span_words(list->span);
        output_fact(ctl->output, "label", TEXT(list->label));
        output_fact(ctl->output, "entries", NUMBER(swapped->added + swapped->kept));
        output_fact(ctl->output, "added", NUMBER(swapped->added));
        output_fact(ctl->output, "removed", NUMBER(swapped->removed));
        output_say(ctl->output,
                   "%s: %" G_GINT64_FORMAT " networks are denied %s; %" G_GINT64_FORMAT " are new, %" G_GINT64_FORMAT " were removed",
                   list->label, swapped->added + swapped->kept, how_long, swapped->added, swapped->removed);
        if (*list->url)
                output_say(ctl->output, "'listctl deny refresh %s' fetches it anew%s", list->label, by_itself(ctl->conf, list));
        g_free(how_long);
}

bool ctl_deny_import(struct ctl *ctl, struct err *ret_err)
{
        struct deny_list *list = g_new0(struct deny_list, 1);
        struct download download = { 0 };
        struct deny_swapped swapped;
        list->label = g_strdup(ctl->line->args[0]);
        list->etag = g_strdup("");
        list->modified = g_strdup("");
        bool ok = check_label(ctl, list->label, ret_err) && ctl_deny_span(ctl, &list->span, ret_err)
                  && name_source(ctl, ctl->line->args[1], &list->url, ret_err);
        if (ok) {
                ok = fetch(list, &download, ret_err) || (download_is_url(list->url) && err_prefix(ret_err, "%s", list->url));
                ok = ok && take(ctl, list, &download, &swapped, ret_err);
                download_clear(&download);
        }
        if (ok)
                tell_import(ctl, list, &swapped);
        deny_list_free(list);
        return ok;
}

/* --- refresh ---------------------------------------------------------------------------------------- */

/* False only when the store fails. */
static bool refresh(struct ctl *ctl, struct deny_list *list, struct refreshed *ret_refreshed, struct err *ret_err)
{
        struct download download = { 0 };
        *ret_refreshed = (struct refreshed){ 0 };
        const bool got = fetch(list, &download, &ret_refreshed->flaw);
        const bool ok = refresh_deny(ctl->spool, ctl->conf, list, got ? &download : NULL, clock_now(), ret_refreshed, ret_err);
        download_clear(&download);
        return ok;
}

static bool put_refreshed(struct ctl *ctl, const struct deny_list *list, const struct refreshed *refreshed, struct err *ret_err)
{
        int64_t count = 0;
        if (!deny_count(ctl->spool, list->label, &count, ret_err))
                return false;
        const struct cell cells[] = {
                TEXT(list->label), TEXT(refreshed->result), NUMBER(count), NUMBER(refreshed->swapped.added),
                NUMBER(refreshed->swapped.removed), TEXT(refreshed->flaw.class ? refreshed->flaw.text : NULL),
        };
        output_row(ctl->output, cells);
        return true;
}

static bool refresh_all(struct ctl *ctl, const GPtrArray *lists, const char *label, guint *ret_failed, struct err *ret_err)
{
        bool ok = true;
        for (guint i = 0; ok && i < lists->len; i++) {
                struct deny_list *list = lists->pdata[i];
                struct refreshed refreshed;
                if ((label && strcmp(list->label, label) != 0) || !*list->url)
                        continue;
                ok = refresh(ctl, list, &refreshed, ret_err) && put_refreshed(ctl, list, &refreshed, ret_err);
                *ret_failed += ok && refreshed.flaw.class;
        }
        return ok;
}

static bool check_asked(const GPtrArray *lists, const char *label, struct err *ret_err)
{
        const struct deny_list *list = label ? ctl_deny_find_list(lists, label) : NULL;
        if (label && !list)
                return err_set(ret_err, ERR_NOT_FOUND, "%s is no imported list ('listctl deny review' shows them)", label);
        return !list || *list->url || err_set(ret_err, ERR_PERM, "%s came from standard input: import it again", label);
}

bool ctl_deny_refresh(struct ctl *ctl, struct err *ret_err)
{
        static const struct column columns[] = { { "label" }, { "result" }, { "entries", .is_right = true }, { "added", .is_right = true },
                                                 { "removed", .is_right = true }, { "problem", .may_wrap = true } };
        const char *label = ctl->line->args[0];
        GPtrArray *lists;
        guint failed = 0;
        if (!deny_lists(ctl->spool, &lists, ret_err))
                return false;
        bool ok = check_asked(lists, label, ret_err);
        if (ok) {
                output_table(ctl->output, "lists", columns, G_N_ELEMENTS(columns));
                ok = refresh_all(ctl, lists, label, &failed, ret_err);
                output_table_end(ctl->output);
        }
        g_ptr_array_unref(lists);
        if (ok && failed > 0)
                return err_set(ret_err, ERR_TEMP, "%u of the lists could not be refreshed: what there was of them stays", failed);
        return ok;
}
