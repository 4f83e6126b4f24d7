/* template.c - listctl template: the texts that listd sends
 * Gives:  ctl_template_ls() ... ctl_template_edit()
 * Fails:  ERR_PERM with file, line and reason; ERR_NOT_FOUND for a name that does not exist
 * A text of the site's own is checked before it is put in its place, and before it is used. */
#include <errno.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/nouns.h"
#include "mail/template.h"

static const char *const LANGS[] = { [LANG_EN] = "en", [LANG_JA] = "ja" };

static bool has_own(const struct ctl *ctl, int lang, const char *name)
{
        char *path = template_path(ctl->conf, NULL, lang, name);
        const bool found = *ctl->conf->templates && access(path, F_OK) == 0;
        g_free(path);
        return found;
}

bool ctl_template_ls(struct ctl *ctl, struct err *ret_err)
{
        static const struct column columns[] = {
                { "name" }, { "en" }, { "ja" }, { "what", .may_wrap = true }, { "values", .may_wrap = true },
        };
        output_table(ctl->output, "templates", columns, G_N_ELEMENTS(columns));
        for (const struct template_kind *kind = TEMPLATES; kind->name; kind++) {
                const struct cell row[] = {
                        TEXT(kind->name),
                        TEXT(has_own(ctl, LANG_EN, kind->name) ? "own" : "built in"),
                        TEXT(has_own(ctl, LANG_JA, kind->name) ? "own" : "built in"),
                        TEXT(kind->what),
                        TEXT(kind->values),
                };
                output_row(ctl->output, row);
        }
        output_table_end(ctl->output);
        return true;
}

static bool lang_of(const struct ctl *ctl, int *ret_lang, struct err *ret_err)
{
        const char *text = ctl->line->options[OPTION_LANG];
        *ret_lang = LANG_EN;
        if (!text || strcmp(text, LANGS[LANG_EN]) == 0)
                return true;
        *ret_lang = LANG_JA;
        return strcmp(text, LANGS[LANG_JA]) == 0 || err_set(ret_err, ERR_USAGE, "--lang: '%s' is not one of: en, ja", text);
}

/* The text in force, the site's or the one that is built in; the caller frees. */
static bool text_of(const struct ctl *ctl, const char *name, int lang, char **ret_text, struct err *ret_err)
{
        const char *builtin = template_builtin(name, lang);
        GError *error = NULL;
        if (!builtin)
                return err_set(ret_err, ERR_NOT_FOUND, "there is no template '%s' ('listctl template ls' names them)", name);
        if (!has_own(ctl, lang, name)) {
                *ret_text = g_strdup(builtin);
                return true;
        }
        char *path = template_path(ctl->conf, NULL, lang, name);
        bool ok = g_file_get_contents(path, ret_text, NULL, &error);
        if (!ok)
                err_set(ret_err, ERR_TEMP, "%s", error->message);
        g_clear_error(&error);
        g_free(path);
        return ok;
}

bool ctl_template_show(struct ctl *ctl, struct err *ret_err)
{
        char *text;
        int lang;
        if (!lang_of(ctl, &lang, ret_err) || !text_of(ctl, ctl->line->args[0], lang, &text, ret_err))
                return false;
        GBytes *bytes = g_bytes_new_take(text, strlen(text));
        output_fact(ctl->output, "name", TEXT(ctl->line->args[0]));
        output_fact(ctl->output, "lang", TEXT(LANGS[lang]));
        output_bytes(ctl->output, "text", bytes);
        g_bytes_unref(bytes);
        return true;
}

/* --- check ------------------------------------------------------------------------------------------------------- */

struct checking {
        struct ctl *ctl;
        size_t files, bad;
};

static void check_text(struct checking *checking, const char *where, const char *name, const char *text)
{
        struct err flaw;
        checking->files++;
        if (template_check(name, text, &flaw))
                return;
        checking->bad++;
        output_problem(checking->ctl->output, where, 0, flaw.text);
}

static void check_file(struct checking *checking, const char *folder, const char *file)
{
        char *path = g_build_filename(folder, file, NULL);
        char *text = NULL;
        GError *error = NULL;
        char *name = g_strndup(file, strlen(file) - strlen(".txt"));
        if (g_file_get_contents(path, &text, NULL, &error)) {
                check_text(checking, path, name, text);
        } else {
                checking->bad++;
                output_problem(checking->ctl->output, path, 0, error->message);
        }
        g_clear_error(&error);
        g_free(name);
        g_free(text);
        g_free(path);
}

/* FOLDER/LANG/NAME.txt, and one level deeper the same of lists. */
static void check_folder(struct checking *checking, const char *folder, bool has_lists)
{
        GDir *dir = g_dir_open(folder, 0, NULL);
        const char *entry;
        for (size_t lang = 0; lang < G_N_ELEMENTS(LANGS); lang++) {
                char *inner = g_build_filename(folder, LANGS[lang], NULL);
                GDir *texts = g_dir_open(inner, 0, NULL);
                while (texts && (entry = g_dir_read_name(texts)))
                        if (g_str_has_suffix(entry, ".txt"))
                                check_file(checking, inner, entry);
                if (texts)
                        g_dir_close(texts);
                g_free(inner);
        }
        while (dir && has_lists && (entry = g_dir_read_name(dir)))
                if (strchr(entry, '@')) {
                        char *inner = g_build_filename(folder, entry, NULL);
                        check_folder(checking, inner, false);
                        g_free(inner);
                }
        if (dir)
                g_dir_close(dir);
}

bool ctl_template_check(struct ctl *ctl, struct err *ret_err)
{
        struct checking checking = { .ctl = ctl };
        for (const struct template_kind *kind = TEMPLATES; kind->name; kind++)
                for (size_t lang = 0; lang < G_N_ELEMENTS(LANGS); lang++) {
                        const char *text = template_builtin(kind->name, (int) lang);
                        check_text(&checking, kind->name, kind->name, text ? text : "");
                }
        if (*ctl->conf->templates)
                check_folder(&checking, ctl->conf->templates, true);
        output_fact(ctl->output, "templates", NUMBER((int64_t) checking.files));
        if (checking.bad)
                return err_set(ret_err, ERR_PERM, "%zu of %zu templates cannot be used; the built-in texts stand in for them",
                               checking.bad, checking.files);
        output_say(ctl->output, "%zu templates can be used", checking.files);
        return true;
}

/* --- edit ---------------------------------------------------------------------------------------------------------- */

static bool run_editor(const char *file, struct err *ret_err)
{
        const char *editor = g_getenv("VISUAL") ? g_getenv("VISUAL") : g_getenv("EDITOR") ? g_getenv("EDITOR") : "sensible-editor";
        char **words = NULL;
        GError *error = NULL;
        int status = 0;
        if (!g_shell_parse_argv(editor, NULL, &words, &error)) {
                err_set(ret_err, ERR_USAGE, "the editor '%s': %s", editor, error->message);
                g_error_free(error);
                return false;
        }
        GPtrArray *argv = g_ptr_array_new();
        for (char **word = words; *word; word++)
                g_ptr_array_add(argv, *word);
        g_ptr_array_add(argv, (char *) file);
        g_ptr_array_add(argv, NULL);
        bool ok = g_spawn_sync(NULL, (char **) argv->pdata, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL,
                               NULL, &status, &error)
                  && g_spawn_check_wait_status(status, &error);
        if (!ok)
                err_set(ret_err, ERR_PERM, "the editor '%s': %s; nothing was changed", editor, error->message);
        g_clear_error(&error);
        g_ptr_array_unref(argv);
        g_strfreev(words);
        return ok;
}

/* Checked before it takes its place, so that there is never half a text. */
static bool put(const struct ctl *ctl, const char *name, int lang, const char *draft, struct err *ret_err)
{
        char *text = NULL, *path = template_path(ctl->conf, NULL, lang, name);
        char *folder = g_path_get_dirname(path);
        GError *error = NULL;
        bool ok = g_file_get_contents(draft, &text, NULL, &error) && true;
        if (ok && !template_check(name, text, ret_err))
                ok = err_prefix(ret_err, "not put in place (your text is in %s)", draft);
        else if (ok && g_mkdir_with_parents(folder, 0755) != 0)
                ok = err_set(ret_err, ERR_TEMP, "%s: cannot be made: %s (your text is in %s)", folder, g_strerror(errno), draft);
        else if (ok && !g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error))
                ok = err_set(ret_err, ERR_TEMP, "%s (your text is in %s)", error->message, draft);
        else if (!ok)
                err_set(ret_err, ERR_TEMP, "%s", error->message);
        if (ok)
                output_say(ctl->output, "%s is used from the next letter on", path);
        g_clear_error(&error);
        g_free(text);
        g_free(path);
        g_free(folder);
        return ok;
}

bool ctl_template_edit(struct ctl *ctl, struct err *ret_err)
{
        char *text, *draft = NULL;
        const char *name = ctl->line->args[0];
        int lang;
        GError *error = NULL;
        if (!*ctl->conf->templates)
                return err_set(ret_err, ERR_USAGE, "set [server] templates in %s to a folder for your texts first", ctl->conf_path);
        if (!lang_of(ctl, &lang, ret_err) || !text_of(ctl, name, lang, &text, ret_err))
                return false;
        int fd = g_file_open_tmp("listd-template-XXXXXX", &draft, &error);
        bool ok = fd >= 0 && g_file_set_contents(draft, text, -1, &error);
        if (!ok)
                err_set(ret_err, ERR_TEMP, "%s", error->message);
        g_clear_error(&error);
        if (fd >= 0)
                close(fd);
        ok = ok && run_editor(draft, ret_err) && put(ctl, name, lang, draft, ret_err);
        if (ok)
                unlink(draft);
        g_free(draft);
        g_free(text);
        return ok;
}
