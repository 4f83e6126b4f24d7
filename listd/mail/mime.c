/* mime.c - text of header fields, decoded and cleaned
 * Gives:     mime_ready(), mime_decode_text(), mime_one_line()
 * Fails:     never: what cannot be decoded is shown as it stands or as U+FFFD
 * Standards: RFC 2047 (encodings by GMime, charsets by charset.h: GMime's own decoder knows no vendor's characters, and
 *            hands any label that comes to iconv); RFC 6532 (raw UTF-8)
 * Budgets:   callers hand over one header field, at most MESSAGE_FIELD_MAX octets */
#include "mail/mime.h"

#include <gmime/gmime.h>
#include <stdbool.h>

#include "mail/charset.h"
#include "mail/guess.h"
#include "mail/transfer.h"

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

/* --- encoded words (RFC 2047) ------------------------------------------------------- */

enum { LABEL_MAX = 40 };

struct word {
        char label[LABEL_MAX + 1]; /* of its charset, lower case */
        enum transfer transfer;
        const char *text; /* encoded */
        size_t length;
        const char *end; /* behind the whole word */
};

/* What is decoded so far, and the octets of the words at hand: programs cut characters in two at the end of a word, so
 * words of one charset that follow each other are put together first. */
struct decoder {
        GString *out;
        GString *octets;
        char label[LABEL_MAX + 1]; /* "": no word is at hand */
};

/* Reads the word at `at`, which begins with "=?". False: it is none; it is shown as it stands. */
static bool read_word(const char *at, struct word *ret_word)
{
        const char *label = at + strlen("=?");
        size_t length = strcspn(label, "?* ");
        const char *mark = label + length;
        if (*mark == '*') /* a language (RFC 2231 5) */
                mark += strcspn(mark, "? ");
        if (length == 0 || length > LABEL_MAX || mark[0] != '?' || !mark[1] || !strchr("bBqQ", mark[1]) || mark[2] != '?')
                return false;
        for (size_t i = 0; i < length; i++)
                ret_word->label[i] = g_ascii_tolower(label[i]);
        ret_word->label[length] = '\0';
        ret_word->transfer = g_ascii_tolower(mark[1]) == 'b' ? TRANSFER_BASE64 : TRANSFER_QP;
        ret_word->text = mark + 3;
        ret_word->length = strcspn(ret_word->text, "?");
        ret_word->end = ret_word->text + ret_word->length + strlen("?=");
        return g_str_has_prefix(ret_word->text + ret_word->length, "?=");
}

static void append_bytes(GString *out, GBytes *bytes)
{
        gsize length;
        const char *octets = g_bytes_get_data(bytes, &length);
        g_string_append_len(out, octets, (gssize) length);
        g_bytes_unref(bytes);
}

static void append_word(struct decoder *decoder, const struct word *word)
{
        char *encoded = g_strndup(word->text, word->length);
        if (word->transfer == TRANSFER_QP)
                g_strdelimit(encoded, "_", ' '); /* 4.2 (2): all that "Q" has beyond quoted-printable */
        GBytes *bytes = g_bytes_new_take(encoded, word->length);
        append_bytes(decoder->octets, transfer_decode(word->transfer, bytes));
        g_bytes_unref(bytes);
        g_strlcpy(decoder->label, word->label, sizeof decoder->label);
}

/* A label may lie here too, and text that is not encoded (`label` NULL) may be in any charset. */
static void append_text(struct decoder *decoder, const char *label, const char *text, size_t length)
{
        append_bytes(decoder->out, charset_decode_readably(guess_charset(label, text, length), text, length));
}

static void finish_words(struct decoder *decoder)
{
        if (*decoder->label)
                append_text(decoder, decoder->label, decoder->octets->str, decoder->octets->len);
        g_string_truncate(decoder->octets, 0);
        *decoder->label = '\0';
}

static bool is_white(const char *text, size_t length)
{
        return strspn(text, " \t") >= length;
}

static void decode_words(struct decoder *decoder, const char *value)
{
        const char *plain = value; /* where the text that is not encoded yet begins */
        struct word word;
        for (const char *at = strstr(value, "=?"); at; at = strstr(at, "=?")) {
                if (!read_word(at, &word)) {
                        at += strlen("=?");
                        continue;
                }
                size_t gap = (size_t) (at - plain);
                bool follows = *decoder->label && is_white(plain, gap); /* 6.2: white space between words is not shown */
                if (!follows || strcmp(decoder->label, word.label) != 0)
                        finish_words(decoder);
                if (!follows)
                        append_text(decoder, NULL, plain, gap);
                append_word(decoder, &word);
                at = plain = word.end;
        }
        finish_words(decoder);
        append_text(decoder, NULL, plain, strlen(plain));
}

char *mime_decode_text(const char *value)
{
        struct decoder decoder = { .out = g_string_new(NULL), .octets = g_string_new(NULL) };
        decode_words(&decoder, value);
        for (gsize i = 0; i < decoder.out->len; i++)
                if (decoder.out->str[i] == '\0')
                        decoder.out->str[i] = ' ';
        char *line = mime_one_line(decoder.out->str);
        g_string_free(decoder.out, TRUE);
        g_string_free(decoder.octets, TRUE);
        return line;
}
