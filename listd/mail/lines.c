/* lines.c - lines that end in CRLF: the gate out, and the repair before it
 * Gives:     lines_fit(), lines_repair(), lines_to_lf(), lines_append_crlf()
 * Standards: RFC 5322 2.1.1 and 2.3, RFC 5321 2.3.8 (CR and LF only together) */
#include "mail/lines.h"

bool lines_fit(const char *text, size_t length)
{
        size_t octets = 0; /* of the line so far */
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '\r' && i + 1 < length && text[i + 1] == '\n') {
                        octets = 0;
                        i++;
                } else if (text[i] == '\0' || text[i] == '\r' || text[i] == '\n' || ++octets > LINE_OCTETS_MAX) {
                        return false;
                }
        }
        return octets == 0;
}

static bool needs_repair(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '\r' && i + 1 < length && text[i + 1] == '\n')
                        i++;
                else if (text[i] == '\0' || text[i] == '\r' || text[i] == '\n')
                        return true;
        }
        return length && text[length - 1] != '\n';
}

GBytes *lines_repair(GBytes *bytes)
{
        gsize length;
        const char *text = g_bytes_get_data(bytes, &length);
        if (!needs_repair(text, length))
                return g_bytes_ref(bytes);
        GString *lines = g_string_sized_new(length + length / 16 + 2);
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '\r' || text[i] == '\n')
                        g_string_append(lines, "\r\n");
                else if (text[i])
                        g_string_append_c(lines, text[i]);
                if (text[i] == '\r' && i + 1 < length && text[i + 1] == '\n')
                        i++;
        }
        if (lines->len && lines->str[lines->len - 1] != '\n')
                g_string_append(lines, "\r\n");
        return g_string_free_to_bytes(lines);
}

GString *lines_to_lf(const char *text, size_t length)
{
        GString *out = g_string_sized_new(length);
        for (size_t i = 0; i < length; i++)
                if (text[i] != '\r' || i + 1 == length || text[i + 1] != '\n')
                        g_string_append_c(out, text[i]);
        return out;
}

void lines_append_crlf(GString *out, const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '\n')
                        g_string_append_c(out, '\r');
                g_string_append_c(out, text[i]);
        }
}
