/* mime.c - text of header fields, decoded and cleaned
 * Gives:     mime_ready(), mime_decode_text(), mime_decode_phrase(), mime_one_line()
 * Fails:     never: what cannot be decoded is shown as it stands or as U+FFFD
 * Standards: RFC 2047 by GMime; raw 8-bit text is taken as UTF-8 (RFC 6532)
 * Budgets:   callers hand over one header field, at most MESSAGE_FIELD_MAX octets */
#include "mail/mime.h"

#include <gmime/gmime.h>
#include <stdbool.h>

void mime_ready(void)
{
        static gsize done;
        if (g_once_init_enter(&done)) {
                g_mime_init();
                g_once_init_leave(&done, 1);
        }
}

/* Control characters, and those that turn the direction of what stands after them: a name must not rearrange the line
 * that it stands in. */
static bool is_gap(gunichar c)
{
        switch (g_unichar_type(c)) {
        case G_UNICODE_CONTROL: /* tab, CR, LF, C1 */
        case G_UNICODE_LINE_SEPARATOR:
        case G_UNICODE_PARAGRAPH_SEPARATOR:
                return true;
        default:
                return c == ' ' || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
        }
}

char *mime_one_line(const char *text)
{
        char *valid = g_utf8_make_valid(text, -1);
        GString *line = g_string_sized_new(strlen(valid));
        bool gap = false;
        for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
                gunichar c = g_utf8_get_char(at);
                if (is_gap(c)) {
                        gap = true;
                        continue;
                }
                if (gap && line->len)
                        g_string_append_c(line, ' ');
                gap = false;
                g_string_append_unichar(line, c);
        }
        g_free(valid);
        return g_string_free(line, FALSE);
}

static char *decode(char *(*gmime_decode)(GMimeParserOptions *, const char *), const char *raw)
{
        mime_ready();
        char *decoded = gmime_decode(NULL, raw);
        char *line = mime_one_line(decoded);
        g_free(decoded);
        return line;
}

char *mime_decode_text(const char *value)
{
        return decode(g_mime_utils_header_decode_text, value);
}

char *mime_decode_phrase(const char *phrase)
{
        return decode(g_mime_utils_header_decode_phrase, phrase);
}
