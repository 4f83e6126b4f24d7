/* header.c - fields that listd writes
 * Gives:     header_add(), header_is_plain(), header_text(), header_phrase(), header_mailbox()
 * Standards: RFC 5322 2.1.1, 2.2.3 (folding), 3.2.3, 3.2.4 (atoms, quoted strings); RFC 2047 2 (75 octets a word), 5
 * GMime's encoder is not used: it makes encoded words of more than 75 octets, and quoted-printable of ISO-2022-JP, which
 * programs in Japan expect as base64. */
#include "mail/header.h"

#include "mail/charset.h"
#include "mail/lines.h"

enum {
        ENCODED_WORD_MAX = 75, /* RFC 2047 2 */
        PLAIN_RUN_MAX = 900    /* a longer run without white space would not fit a line */
};

/* --- fields ----------------------------------------------------------------------- */

void header_add(GString *header, const char *name, const char *value)
{
        size_t column = strlen(name) + 1;
        bool is_first = true;
        g_string_append(header, name);
        g_string_append_c(header, ':');
        while (*value) {
                size_t space = strspn(value, " \t");
                size_t word = strcspn(value + space, " \t");
                if (!is_first && word && column + space + word > LINE_OCTETS_GOOD) {
                        g_string_append(header, "\r\n");
                        column = 0;
                }
                if (space == 0)
                        g_string_append_c(header, ' ');
                g_string_append_len(header, value, (gssize) (space + word));
                column += MAX(space, 1) + word;
                value += space + word;
                is_first = false;
        }
        g_string_append(header, "\r\n");
}

bool header_is_plain(const char *value)
{
        size_t run = 0;
        for (; *value; value++) {
                run = *value == ' ' || *value == '\t' ? 0 : run + 1;
                if (run > PLAIN_RUN_MAX || (*value < ' ' && *value != '\t') || *value == 0x7f)
                        return false;
        }
        return true;
}

/* --- encoded words ---------------------------------------------------------------- */

static size_t base64_length(size_t octets)
{
        return (octets + 2) / 3 * 4;
}

static void append_word(GString *out, const char *label, GBytes *octets)
{
        gsize length;
        const guchar *data = g_bytes_get_data(octets, &length);
        char *base64 = g_base64_encode(data, length);
        if (out->len && out->str[out->len - 1] != ' ')
                g_string_append_c(out, ' ');
        g_string_append_printf(out, "=?%s?B?%s?=", label, base64);
        g_free(base64);
}

/* Splits between characters, so that each word can be decoded by itself (RFC 2047 5). */
static void append_words(GString *out, const char *text, const struct charset *charset)
{
        const char *label = charset_label(charset);
        const size_t room = ENCODED_WORD_MAX - strlen("=?" "?B?" "?=") - strlen(label);
        while (*text) {
                const char *end = text;
                GBytes *octets = NULL;
                do {
                        const char *next = g_utf8_next_char(end);
                        GBytes *longer = charset_encode(charset, text, (size_t) (next - text));
                        if (octets && base64_length(g_bytes_get_size(longer)) > room) {
                                g_bytes_unref(longer);
                                break;
                        }
                        g_clear_pointer(&octets, g_bytes_unref);
                        octets = longer;
                        end = next;
                } while (*end);
                append_word(out, label, octets);
                g_bytes_unref(octets);
                text = end;
        }
}

/* The charset given, or UTF-8 where it cannot carry the text. */
static const struct charset *charset_for(const char *text, const struct charset *charset)
{
        GBytes *octets = charset && charset_holds_ascii(charset) ? charset_encode(charset, text, strlen(text)) : NULL;
        if (!octets)
                return charset_utf8();
        g_bytes_unref(octets);
        return charset;
}

static bool word_is_plain(const char *word, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if ((unsigned char) word[i] >= 0x7f || (word[i] == '=' && i + 1 < length && word[i + 1] == '?'))
                        return false;
        return length <= PLAIN_RUN_MAX;
}

char *header_text(const char *text, const struct charset *charset)
{
        GString *out = g_string_new(NULL);
        while (*text) {
                size_t word = strcspn(text, " ");
                if (!word_is_plain(text, word)) {
                        append_words(out, text, charset_for(text, charset));
                        break;
                }
                word += text[word] == ' ';
                g_string_append_len(out, text, (gssize) word);
                text += word;
        }
        return g_string_free(out, FALSE);
}

/* --- phrases and mailboxes -------------------------------------------------------- */

static bool is_atoms(const char *text)
{
        for (; *text; text++)
                if (!g_ascii_isalnum(*text) && !strchr("!#$%&'*+-/=?^_`{|}~ ", *text))
                        return false;
        return true;
}

char *header_phrase(const char *text, const struct charset *charset)
{
        GString *out = g_string_new(NULL);
        if (!word_is_plain(text, strlen(text))) {
                append_words(out, text, charset_for(text, charset));
        } else if (is_atoms(text)) {
                g_string_append(out, text);
        } else {
                g_string_append_c(out, '"');
                for (; *text; text++) {
                        if (*text == '"' || *text == '\\')
                                g_string_append_c(out, '\\');
                        g_string_append_c(out, *text);
                }
                g_string_append_c(out, '"');
        }
        return g_string_free(out, FALSE);
}

char *header_mailbox(const char *name, const char *address, const struct charset *charset)
{
        char *phrase = header_phrase(name, charset);
        char *mailbox = g_strdup_printf("%s%s<%s>", phrase, *phrase ? " " : "", address);
        g_free(phrase);
        return mailbox;
}
