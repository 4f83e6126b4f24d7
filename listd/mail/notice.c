/* notice.c - text of ours below a post: what was cut, and the footer
 * Gives:  notice_write(), notice_footer_lines()
 * The notice is one bracket for all parts. The footer stands below a rule, as it does on other lists; later replies that
 * quote it are known by that rule. It holds no ticket and no address of a person (leaks L6). */
#include "mail/notice.h"

#include "mail/charset.h"
#include "mail/door.h"
#include "mail/lines.h"
#include "mail/render.h"
#include "store/list.h"

enum { ITEMS_MAX = 20 };

static const struct words {
        const char *cut, *and, *more;
} WORDS[] = {
        [LANG_EN] = { "cut", "and", "more" },
        [LANG_JA] = { "削除", "ほか", "件" },
};

/* --- what was cut ------------------------------------------------------------------- */

/* A file's name must not force the reader's text into another charset: what that does not have becomes '_'. */
static char *name_that_fits(const char *name, const struct charset *charset)
{
        GString *out = g_string_new(NULL);
        for (const char *at = name; *at; at = g_utf8_next_char(at)) {
                size_t length = (size_t) (g_utf8_next_char(at) - at);
                GBytes *octets = charset ? charset_encode(charset, at, length) : g_bytes_new(NULL, 0);
                g_string_append_len(out, octets ? at : "_", octets ? (gssize) length : 1);
                if (octets)
                        g_bytes_unref(octets);
        }
        return g_string_free(out, FALSE);
}

static char *size_text(size_t octets)
{
        enum { KIB = 1024, MIB = 1024 * 1024 };
        if (octets < KIB)
                return g_strdup_printf("%zu B", octets);
        if (octets < MIB)
                return g_strdup_printf("%zu KiB", (octets + KIB / 2) / KIB);
        return g_strdup_printf("%zu.%zu MiB", octets / MIB, octets % MIB * 10 / MIB);
}

static char *item_text(const struct render_part *part, const struct charset *charset)
{
        char *name = name_that_fits(part->name, charset);
        char *size = size_text(part->size);
        char *item = *name ? g_strdup_printf("%s (%s, %s)", name, part->type, size) : g_strdup_printf("%s, %s", part->type, size);
        g_free(size);
        g_free(name);
        return item;
}

/* Items that would not fit a line begin a new one. */
static void append_item(GString *out, size_t *line, const char *item, bool is_first)
{
        if (!is_first && out->len - *line + strlen("; ]") + strlen(item) > LINE_OCTETS_GOOD) {
                g_string_append(out, ";\r\n");
                *line = out->len;
        } else if (!is_first) {
                g_string_append(out, "; ");
        }
        g_string_append(out, item);
}

static void append_notice(GString *out, const GPtrArray *parts, enum list_lang lang, const struct charset *charset)
{
        guint count = 0;
        size_t line = 0;
        for (guint i = 0; i < parts->len; i++) {
                const struct render_part *part = parts->pdata[i];
                if (!part->noticed || ++count > ITEMS_MAX)
                        continue;
                if (count == 1)
                        g_string_append_printf(out, "\r\n[%s: ", WORDS[lang].cut);
                char *item = item_text(part, charset);
                append_item(out, &line, item, count == 1);
                g_free(item);
        }
        if (count > ITEMS_MAX) {
                char *rest = g_strdup_printf("%s %u %s", WORDS[lang].and, count - ITEMS_MAX, WORDS[lang].more);
                append_item(out, &line, rest, false);
                g_free(rest);
        }
        if (count)
                g_string_append(out, "]\r\n");
}

/* --- the footer ---------------------------------------------------------------------- */

/* A setting is one line: "\\n" in it begins another. Lines must not end in a space, which would join them to the next in
 * text that is format=flowed. */
char **notice_footer_lines(const struct list *list, int addresses)
{
        char *footer = door_expand(list, list->footer, addresses);
        char **lines = g_strsplit(footer, "\\n", -1);
        const bool is_blank = !*g_strstrip(footer);
        g_free(footer);
        if (is_blank)
                g_clear_pointer(&lines, g_strfreev);
        for (size_t i = 0; lines && lines[i]; i++)
                g_strchomp(lines[i]);
        return lines ? lines : g_new0(char *, 1);
}

static void append_footer(GString *out, const struct list *list, int addresses)
{
        char **lines = notice_footer_lines(list, addresses);
        if (lines[0])
                g_string_append(out, NOTICE_RULE "\r\n");
        for (size_t i = 0; lines[i]; i++) {
                g_string_append(out, lines[i]);
                g_string_append(out, "\r\n");
        }
        g_strfreev(lines);
}

char *notice_write(const struct list *list, const GPtrArray *parts, const struct charset *charset, int addresses)
{
        GString *out = g_string_new(NULL);
        append_notice(out, parts, list->lang, charset);
        append_footer(out, list, addresses);
        return g_string_free(out, FALSE);
}
