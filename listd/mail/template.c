/* template.c - the texts that listd sends
 * Gives:  template_builtin(), template_path(), template_check(), template_fill(), TEMPLATES
 * Fails:  template_check() with ERR_PERM; sending never fails for a text
 * To add a template: its row, and a file in each of templates/en and templates/ja (Makefile.am: TEMPLATE_FILES). */
#include "mail/template.h"

#include "base/conf.h"
#include "base/log.h"
#include "mail/template_texts.h"
#include "store/list.h"

const char TEMPLATE_COMMON[] = "title address request owner hostname";

const struct template_kind TEMPLATES[] = {
        { "address-done", "", "to the new address: it is the member's now" },
        { "address-new", "yes no days", "asks the new address of a member" },
        { "address-old", "yes no new days", "asks a member about a new address" },
        { "address-wait", "new", "to a member: the new address is asked" },
        { "also-done", "new", "to a member: a further address counts" },
        { "also-new", "yes no days", "asks a further address of a member" },
        { "also-old", "yes no new days", "asks a member about a further address" },
        { "approve", "who yes no days", "asks an owner whether somebody may join" },
        { "approve-done", "who joined", "to the other owners: somebody has decided" },
        { "bounce-ask", "why last removal yes", "asks a member whose mailbox failed, and who is paused" },
        { "bounce-gone", "", "to who was removed, for the mailbox failed" },
        { "bounce-many", "count", "to the admin: more mailboxes fail than may be paused in a day" },
        { "change", "pause resume until digest each name lang also value yes no days", "asks a member whether a change is meant" },
        { "changed", "pause resume until digest each name lang also value", "to a member: it is changed" },
        { "cut", "parts", "to a proven author: what was cut" },
        { "digest", "name issue count topics", "the beginning of a digest" },
        { "digest-end", "issue count", "the end of a digest" },
        { "door-fault", "network denied why last", "to the admin: somebody breaks the rules" },
        { "door-harvest", "network attempts denied told last", "to the admin: somebody collects addresses" },
        { "door-relay", "network nth attempts last", "to the admin: somebody tests for relaying" },
        { "forwarded", "recipient", "stands before misaddressed mail that is sent on" },
        { "get", "what yes no days", "asks a member whether posts of the archive are wanted" },
        { "goodbye", "", "to who left" },
        { "guide", "", "what the list is" },
        { "held", "reason", "to a proven author: the post waits" },
        { "held-many", "count", "to a moderator: many posts wait" },
        { "help", "is_owner", "the commands" },
        { "index", "topics what", "to a member: the topics of the archive, or that a post is not in it" },
        { "invite", "yes no days", "asks somebody whom an owner invites" },
        { "join", "yes days", "asks who wants to join" },
        { "join-already", "paused", "to a member who wants to join" },
        { "join-closed", "", "to who wants to join a closed list" },
        { "join-refused", "", "to who may not join" },
        { "join-wait", "", "to who wants to join: the owners decide" },
        { "last-owner", "", "to the last owner, who cannot leave" },
        { "leave", "yes no days", "asks a member who wants to leave" },
        { "moderate", "who subject reason standing text accept discard trust ban also days", "asks a moderator about a post" },
        { "moderate-done", "subject decision", "to the other moderators: somebody has decided" },
        { "never", "undo", "to who wants no mail of this server again" },
        { "nonmember", "", "to an author who is not a member" },
        { "not-member", "", "to who leaves or changes what is not there" },
        { "off", "pause leave days", "asks a member: pause, or leave?" },
        { "owner-add", "yes no days", "asks who shall be an owner" },
        { "owner-command", "lines yes no days", "asks an owner whether commands are meant" },
        { "owner-remove", "yes no days", "asks an owner who shall be none" },
        { "owner-result", "lines", "to an owner: what came of commands" },
        { "post", "yes no received size days", "asks a member whether a post is theirs" },
        { "report-domain",
          "domain on since lost_trend lost probes_trend probes spam_trend spam compared lost_on lost_off probes_on probes_off spam_on"
          " spam_off",
          "of the daily report: a domain" },
        { "report-site",
          "hand events late since failed typos ends trouble mailboxes door sessions messages tried relay probes refused slowed denied"
          " domains lost probed spam decoyed review entries hits probation",
          "the daily report to the admin" },
        { "send", "yes days", "to an author: the post was taken as a command" },
        { "several", "", "the beginning of a letter with several questions" },
        { "status", "role state until digest name joined also", "to a member: what is known of them" },
        { "tail", "never", "the end of each letter" },
        { "to-admin", "", "stands before mail to the postmaster" },
        { "to-owner", "", "stands before mail to the owners" },
        { "too-late", "", "to a member: what was asked could not be done" },
        { "unclear", "", "the reply cannot be understood" },
        { "unknown", "", "there was no command" },
        { "welcome", "leave", "to who joined" },
        { 0 }
};

static const char *const LANG_FOLDERS[] = { [LANG_EN] = "en", [LANG_JA] = "ja" };

const char *template_builtin(const char *name, int lang)
{
        for (const struct template_text *text = TEMPLATE_TEXTS; text->name; text++)
                if (strcmp(text->name, name) == 0 && strcmp(text->lang, LANG_FOLDERS[lang]) == 0)
                        return text->text;
        return NULL;
}

char *template_path(const struct conf *conf, const struct list *list, int lang, const char *name)
{
        char *file = g_strconcat(name, ".txt", NULL);
        char *path = list ? g_build_filename(conf->templates, list->address, LANG_FOLDERS[lang], file, NULL)
                          : g_build_filename(conf->templates, LANG_FOLDERS[lang], file, NULL);
        g_free(file);
        return path;
}

/* --- marks ------------------------------------------------------------------------------------------ */

enum mark_kind { MARK_VALUE, MARK_IF, MARK_ELSE, MARK_END };

struct mark {
        enum mark_kind kind;
        char *name;            /* MARK_VALUE, MARK_IF */
        const char *begin, *end; /* in the text; of a mark that has a line for itself with the line's end */
};

static bool is_name(const char *text)
{
        return *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

/* A mark alone on its line takes the line with it. */
static void take_line(struct mark *mark, const char *text)
{
        if (mark->kind != MARK_VALUE && (mark->begin == text || mark->begin[-1] == '\n') && *mark->end == '\n')
                mark->end++;
}

/* The next mark from `at` on. False: there is none, or *ret_flaw. */
static bool next_mark(const char *text, const char *at, struct mark *ret_mark, const char **ret_flaw)
{
        const char *begin = strstr(at, "${");
        *ret_flaw = NULL;
        if (!begin)
                return false;
        const char *close = begin + 2 + strcspn(begin + 2, "}\n");
        if (*close != '}') {
                *ret_flaw = "a '${' has no '}'";
                return false;
        }
        char *inner = g_strndup(begin + 2, (size_t) (close - begin) - 2);
        *ret_mark = (struct mark){ .kind = MARK_VALUE, .begin = begin, .end = close + 1 };
        if (strcmp(inner, "else") == 0)
                ret_mark->kind = MARK_ELSE;
        else if (strcmp(inner, "end") == 0)
                ret_mark->kind = MARK_END;
        else if (g_str_has_prefix(inner, "if ")) {
                ret_mark->kind = MARK_IF;
                ret_mark->name = g_strdup(inner + 3);
        } else {
                ret_mark->name = g_strdup(inner);
        }
        g_free(inner);
        if (ret_mark->name && !is_name(ret_mark->name)) {
                g_clear_pointer(&ret_mark->name, g_free);
                *ret_flaw = "what stands in '${}' is a name, 'if' and a name, 'else' or 'end'";
                return false;
        }
        take_line(ret_mark, text);
        return true;
}

/* --- checking ----------------------------------------------------------------------------------------- */

static const struct template_kind *find_kind(const char *name)
{
        for (const struct template_kind *kind = TEMPLATES; kind->name; kind++)
                if (strcmp(kind->name, name) == 0)
                        return kind;
        return NULL;
}

static bool holds_word(const char *words, const char *word)
{
        const size_t length = strlen(word);
        for (const char *at = words; (at = strstr(at, word)); at += length)
                if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
                        return true;
        return false;
}

static int line_of(const char *text, const char *at)
{
        int line = 1;
        for (; text < at; text++)
                line += *text == '\n';
        return line;
}

static const char *check_order(const struct mark *mark, int *depth, bool *has_else)
{
        if (mark->kind == MARK_IF && (*depth)++ > 0)
                return "an '${if}' stands within another";
        if (mark->kind == MARK_IF)
                *has_else = false;
        if ((mark->kind == MARK_ELSE || mark->kind == MARK_END) && *depth == 0)
                return "there is no '${if}' before it";
        if (mark->kind == MARK_ELSE && *has_else)
                return "a second '${else}'";
        if (mark->kind == MARK_ELSE)
                *has_else = true;
        if (mark->kind == MARK_END)
                (*depth)--;
        return NULL;
}

static bool check_marks(const struct template_kind *kind, const char *text, struct err *ret_err)
{
        struct mark mark;
        const char *flaw = NULL, *at = text;
        int depth = 0;
        bool has_else = false;
        while (next_mark(text, at, &mark, &flaw)) {
                const bool is_known = !mark.name || holds_word(kind->values, mark.name) || holds_word(TEMPLATE_COMMON, mark.name);
                flaw = check_order(&mark, &depth, &has_else);
                if (!is_known)
                        err_set(ret_err, ERR_PERM, "%s, line %d: there is no '%s' here; there are: %s%s%s", kind->name,
                                line_of(text, mark.begin), mark.name, TEMPLATE_COMMON, *kind->values ? " " : "", kind->values);
                g_free(mark.name);
                if (!is_known)
                        return false;
                at = mark.end;
                if (flaw)
                        break;
        }
        if (!flaw && depth)
                flaw = "an '${if}' has no '${end}'";
        return !flaw || err_set(ret_err, ERR_PERM, "%s, line %d: %s", kind->name, line_of(text, at), flaw);
}

bool template_check(const char *name, const char *text, struct err *ret_err)
{
        const struct template_kind *kind = find_kind(name);
        if (!kind)
                return err_set(ret_err, ERR_PERM, "there is no template '%s'", name);
        if (strlen(text) > TEMPLATE_MAX)
                return err_set(ret_err, ERR_PERM, "%s: longer than %d octets", name, TEMPLATE_MAX);
        if (!g_utf8_validate(text, -1, NULL))
                return err_set(ret_err, ERR_PERM, "%s: not UTF-8", name);
        for (const char *p = text; *p; p++)
                if (g_ascii_iscntrl(*p) && *p != '\n')
                        return err_set(ret_err, ERR_PERM, "%s, line %d: a control character", name, line_of(text, p));
        const char *end = strchr(text, '\n');
        if (!g_str_has_prefix(text, "Subject: ") || !end || end[1] != '\n' || end == text + strlen("Subject: "))
                return err_set(ret_err, ERR_PERM, "%s, line 1: not 'Subject: ...' and an empty line", name);
        return check_marks(kind, text, ret_err);
}

/* --- filling ------------------------------------------------------------------------------------------- */

static const char *value_of(GHashTable *values, const char *name)
{
        const char *value = g_hash_table_lookup(values, name);
        return value ? value : "";
}

/* A text that template_check() took. */
static char *fill(const char *text, GHashTable *values)
{
        GString *out = g_string_new(NULL);
        struct mark mark;
        const char *flaw, *at = text;
        bool skips = false;
        while (next_mark(text, at, &mark, &flaw)) {
                if (!skips)
                        g_string_append_len(out, at, mark.begin - at);
                if (mark.kind == MARK_VALUE && !skips)
                        g_string_append(out, value_of(values, mark.name));
                else if (mark.kind == MARK_IF)
                        skips = !*value_of(values, mark.name);
                else if (mark.kind == MARK_ELSE)
                        skips = !skips;
                else if (mark.kind == MARK_END)
                        skips = false;
                at = mark.end;
                g_free(mark.name);
        }
        g_string_append(out, at);
        return g_string_free(out, FALSE);
}

/* NULL: there is none, or it cannot be used, which the log tells. */
static char *own_text(const struct conf *conf, const struct list *list, int lang, const char *name)
{
        char *path = template_path(conf, list, lang, name);
        char *text = NULL;
        struct err err = { 0 };
        if (g_file_get_contents(path, &text, NULL, NULL) && !template_check(name, text, &err)) {
                log_event(LOG_LEVEL_ERROR, "template-unusable", "file", path, "error", err.text, NULL);
                g_clear_pointer(&text, g_free);
        }
        g_free(path);
        return text;
}

void template_fill(const struct conf *conf, const struct list *list, int lang, const char *name, GHashTable *values,
                   char **ret_subject, char **ret_text)
{
        char *own = NULL;
        if (*conf->templates) {
                own = list ? own_text(conf, list, lang, name) : NULL;
                own = own ? own : own_text(conf, NULL, lang, name);
        }
        const char *builtin = template_builtin(name, lang);
        g_assert(own || builtin); /* a test goes through all of them */
        char *filled = fill(own ? own : builtin, values);
        char *end = strchr(filled, '\n');
        *ret_subject = g_strndup(filled + strlen("Subject: "), (size_t) (end - filled) - strlen("Subject: "));
        *ret_text = g_strdup(end + 2);
        g_free(filled);
        g_free(own);
}
