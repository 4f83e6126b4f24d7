/* probe_file.c - the text of the patterns, read line by line (db/probes.txt has the language)
 * Gives:  probes_parse(), probes_text(), probes_free(), probes_count(), probes_why()
 * Fails:  ERR_USAGE with file, line and reason, and when a file cannot be read */
#include "policy/probe_file.h"

#include "base/net.h"

enum { WORDS = 6, FIELD_NAME_MAX = 76 };
enum { WORD_NAME, WORD_WHERE, WORD_MATCH, WORD_ARGUMENT, WORD_POINTS, WORD_WHY };

static void pattern_clear(void *data)
{
        struct probe_pattern *pattern = data;
        g_free(pattern->name);
        g_free(pattern->field);
        g_free(pattern->argument);
        g_free(pattern->why);
}

/* --- the words of a line -------------------------------------------------------------- */

static char *take_quoted(const char **at)
{
        GString *word = g_string_new(NULL);
        const char *text = *at + 1;
        while (*text && *text != '"') {
                if (*text == '\\' && (text[1] == '"' || text[1] == '\\'))
                        text++;
                g_string_append_c(word, *text++);
        }
        if (*text != '"' || (text[1] && !strchr(" \t", text[1]))) {
                g_string_free(word, TRUE);
                return NULL;
        }
        *at = text + 1;
        return g_string_free(word, FALSE);
}

/* The next word, which the caller frees; NULL: a quotation mark is missing. */
static char *take_word(const char **at)
{
        *at += strspn(*at, " \t");
        if (**at == '"')
                return take_quoted(at);
        size_t length = strcspn(*at, " \t");
        char *word = g_strndup(*at, length);
        *at += length;
        return word;
}

/* --- what the words mean ---------------------------------------------------------------- */

static bool is_name(const char *text)
{
        size_t length = strlen(text);
        return length >= 1 && length <= PROBE_NAME_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length
               && *text != '-';
}

static bool read_name(const struct probes *probes, struct probe_pattern *pattern, const char *word, struct err *ret_err)
{
        if (!is_name(word))
                return err_set(ret_err, ERR_USAGE, "'%.40s' is no name: 1 to %d of a-z, 0-9 and -", word, PROBE_NAME_MAX);
        for (guint i = 0; i < probes->patterns->len; i++)
                if (strcmp(probes_pattern(probes, i)->name, word) == 0)
                        return err_set(ret_err, ERR_USAGE, "there is another pattern '%s'", word);
        pattern->name = g_strdup(word);
        return true;
}

static bool is_field_name(const char *text)
{
        size_t length = strlen(text);
        for (size_t i = 0; i < length; i++)
                if (!g_ascii_isgraph(text[i]) || text[i] == ':')
                        return false;
        return length >= 1 && length <= FIELD_NAME_MAX;
}

static bool read_where(struct probe_pattern *pattern, const char *word, struct err *ret_err)
{
        static const char *const words[] = {
                [PROBE_CLIENT] = "client", [PROBE_HELO] = "helo", [PROBE_MAIL_FROM] = "mail-from", [PROBE_RCPT_TO] = "rcpt-to",
                [PROBE_HEADER] = "header:", [PROBE_BODY] = "body", [PROBE_SESSION] = "session",
        };
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
                if (i == PROBE_HEADER ? !g_str_has_prefix(word, words[i]) : strcmp(word, words[i]) != 0)
                        continue;
                pattern->where = (enum probe_where) i;
                if (i != PROBE_HEADER)
                        return true;
                pattern->field = g_strdup(word + strlen(words[i]));
                return is_field_name(pattern->field) || err_set(ret_err, ERR_USAGE, "'%.80s' names no header field", word);
        }
        return err_set(ret_err, ERR_USAGE,
                       "'%.40s' is nothing to look at: client, helo, mail-from, rcpt-to, header:FIELD, body, session", word);
}

static bool read_match(struct probe_pattern *pattern, const char *word, struct err *ret_err)
{
        for (const struct probe_kind *kind = PROBE_KINDS; kind->word; kind++)
                if (strcmp(kind->word, word) == 0) {
                        pattern->kind = kind;
                        return (kind->wheres & (1u << pattern->where))
                               || err_set(ret_err, ERR_USAGE, "'%s' cannot be asked there", word);
                }
        return err_set(ret_err, ERR_USAGE, "there is no test '%.40s'", word);
}

static bool read_argument(struct probe_pattern *pattern, const char *word, struct err *ret_err)
{
        struct network network;
        if (!pattern->kind->has_argument) {
                pattern->argument = g_strdup("");
                return strcmp(word, "-") == 0
                       || err_set(ret_err, ERR_USAGE, "'%s' is asked without an argument: write -", pattern->kind->word);
        }
        if (!*word || strlen(word) > PROBE_ARGUMENT_MAX)
                return err_set(ret_err, ERR_USAGE, "what '%s' looks for has 1 to %d octets", pattern->kind->word, PROBE_ARGUMENT_MAX);
        pattern->argument = g_ascii_strdown(word, -1);
        return strcmp(pattern->kind->word, "in") != 0 || network_parse(&network, word, ret_err);
}

static bool read_points(struct probe_pattern *pattern, const char *word, struct err *ret_err)
{
        gint64 points;
        pattern->is_circumstantial = *word == '+';
        if (!g_ascii_isdigit(word[*word == '+'])
            || !g_ascii_string_to_signed(word + (*word == '+'), 10, 0, PROBE_POINTS_MAX, &points, NULL))
                return err_set(ret_err, ERR_USAGE, "'%.40s' are no points: 0 to %d, with + before them or not", word, PROBE_POINTS_MAX);
        pattern->points = (int) points;
        return true;
}

static bool read_why(struct probe_pattern *pattern, const char *word, struct err *ret_err)
{
        pattern->why = g_strdup(word);
        return (*word && strlen(word) <= PROBE_WHY_MAX)
               || err_set(ret_err, ERR_USAGE, "say why in 1 to %d octets", PROBE_WHY_MAX);
}

static bool read_words(const struct probes *probes, struct probe_pattern *pattern, char *const *words, struct err *ret_err)
{
        return read_name(probes, pattern, words[WORD_NAME], ret_err) && read_where(pattern, words[WORD_WHERE], ret_err)
               && read_match(pattern, words[WORD_MATCH], ret_err) && read_argument(pattern, words[WORD_ARGUMENT], ret_err)
               && read_points(pattern, words[WORD_POINTS], ret_err) && read_why(pattern, words[WORD_WHY], ret_err);
}

/* --- lines -------------------------------------------------------------------------------- */

static bool split(const char *line, char *words[WORDS], struct err *ret_err)
{
        for (int i = 0; i < WORDS; i++) {
                words[i] = take_word(&line);
                if (!words[i])
                        return err_set(ret_err, ERR_USAGE, "a quotation mark stands alone");
        }
        line += strspn(line, " \t");
        return (*words[WORD_WHY] && !*line)
               || err_set(ret_err, ERR_USAGE, "a pattern is NAME WHERE MATCH ARGUMENT POINTS \"WHY\"");
}

static bool read_line(struct probes *probes, const char *line, struct err *ret_err)
{
        struct probe_pattern pattern = { 0 };
        char *words[WORDS] = { NULL };
        line += strspn(line, " \t");
        if (!*line || *line == '#')
                return true;
        if (probes->patterns->len >= PROBE_PATTERNS_MAX)
                return err_set(ret_err, ERR_USAGE, "there are more than %d patterns", PROBE_PATTERNS_MAX);
        bool ok = split(line, words, ret_err) && read_words(probes, &pattern, words, ret_err);
        for (int i = 0; i < WORDS; i++)
                g_free(words[i]);
        if (ok)
                g_array_append_val(probes->patterns, pattern);
        else
                pattern_clear(&pattern);
        return ok;
}

static bool is_clean(const char *line)
{
        for (; *line; line++)
                if (g_ascii_iscntrl(*line) && *line != '\t')
                        return false;
        return true;
}

static bool read_lines(struct probes *probes, const char *text, const char *name, struct err *ret_err)
{
        char **lines = g_strsplit(text, "\n", -1);
        bool ok = true;
        for (guint i = 0; ok && lines[i]; i++) {
                const size_t length = strlen(lines[i]);
                if (length > 0 && lines[i][length - 1] == '\r')
                        lines[i][length - 1] = '\0';
                ok = (is_clean(lines[i]) || err_set(ret_err, ERR_USAGE, "a control character stands there"))
                     && read_line(probes, lines[i], ret_err);
                if (!ok)
                        err_prefix(ret_err, "%s:%u", name, i + 1);
        }
        g_strfreev(lines);
        return ok;
}

bool probes_parse(struct probes **ret_probes, const char *text, size_t length, const char *name, struct err *ret_err)
{
        *ret_probes = NULL;
        if (length > PROBE_FILE_MAX)
                return err_set(ret_err, ERR_USAGE, "%s: larger than %d octets", name, PROBE_FILE_MAX);
        if (!g_utf8_validate(text, (gssize) length, NULL))
                return err_set(ret_err, ERR_USAGE, "%s: not a text in UTF-8", name);
        struct probes *probes = g_new0(struct probes, 1);
        probes->patterns = g_array_new(FALSE, FALSE, sizeof(struct probe_pattern));
        g_array_set_clear_func(probes->patterns, pattern_clear);
        char *whole = g_strndup(text, length);
        bool ok = read_lines(probes, whole, name, ret_err);
        g_free(whole);
        if (ok)
                *ret_probes = probes;
        else
                probes_free(probes);
        return ok;
}

bool probes_text(char **ret_text, const char *path, struct err *ret_err)
{
        struct probes *probes;
        GError *error = NULL;
        gsize length;
        if (!*path) {
                *ret_text = g_strjoinv("", (char **) PROBE_LINES);
                length = strlen(*ret_text);
        } else if (!g_file_get_contents(path, ret_text, &length, &error)) {
                err_set(ret_err, ERR_USAGE, "%s", error->message);
                g_error_free(error);
                return false;
        }
        bool ok = probes_parse(&probes, *ret_text, length, *path ? path : "probes.txt", ret_err);
        probes_free(probes);
        if (!ok)
                g_clear_pointer(ret_text, g_free);
        return ok;
}

void probes_free(struct probes *probes)
{
        if (!probes)
                return;
        g_array_unref(probes->patterns);
        g_free(probes);
}

size_t probes_count(const struct probes *probes)
{
        return probes->patterns->len;
}

const char *probes_why(const struct probes *probes, const char *name)
{
        for (guint i = 0; i < probes->patterns->len; i++)
                if (strcmp(probes_pattern(probes, i)->name, name) == 0)
                        return probes_pattern(probes, i)->why;
        return NULL;
}
