/* charset.c - the charsets of mail, by their labels
 * Gives:     what charset.h lists; conversion by iconv through GLib
 * Standards: RFC 2978 (labels), RFC 1468 (ISO-2022-JP)
 * Labels lie in known ways: what says Shift_JIS is Windows' code page 932, and ISO-2022-JP holds circled digits that its
 * standard does not have. So a row names the strict form, which is tried first and is what we write, and the vendor's
 * form, which is a superset and is what we read then. */
#include "mail/charset.h"

enum { ESC = 0x1b };

struct charset {
        const char *label;  /* as mail has it; several labels may name one charset */
        const char *strict; /* iconv's name */
        const char *vendor; /* iconv's name of the superset that mail means; NULL: none */
        enum { ASCII_WITHIN, ASCII_STATE, ASCII_NOT } ascii;
};

/* The first row of a charset bears the label that is written. */
static const struct charset CHARSETS[] = {
        { "UTF-8", "UTF-8", NULL, ASCII_WITHIN },
        { "utf8", "UTF-8", NULL, ASCII_WITHIN },
        { "us-ascii", "US-ASCII", NULL, ASCII_WITHIN },
        { "ascii", "US-ASCII", NULL, ASCII_WITHIN },
        { "ANSI_X3.4-1968", "US-ASCII", NULL, ASCII_WITHIN },
        { "ISO-2022-JP", "ISO-2022-JP", "CP932", ASCII_STATE },
        { "Shift_JIS", "CP932", NULL, ASCII_WITHIN },
        { "x-sjis", "CP932", NULL, ASCII_WITHIN },
        { "sjis", "CP932", NULL, ASCII_WITHIN },
        { "Windows-31J", "CP932", NULL, ASCII_WITHIN },
        { "cp932", "CP932", NULL, ASCII_WITHIN },
        { "ms932", "CP932", NULL, ASCII_WITHIN },
        { "EUC-JP", "EUC-JP", "CP932", ASCII_WITHIN },
        { "x-euc-jp", "EUC-JP", "CP932", ASCII_WITHIN },
        { "ISO-8859-1", "ISO-8859-1", "CP1252", ASCII_WITHIN },
        { "latin1", "ISO-8859-1", "CP1252", ASCII_WITHIN },
        { "ISO-8859-2", "ISO-8859-2", NULL, ASCII_WITHIN },
        { "ISO-8859-3", "ISO-8859-3", NULL, ASCII_WITHIN },
        { "ISO-8859-4", "ISO-8859-4", NULL, ASCII_WITHIN },
        { "ISO-8859-5", "ISO-8859-5", NULL, ASCII_WITHIN },
        { "ISO-8859-6", "ISO-8859-6", NULL, ASCII_WITHIN },
        { "ISO-8859-7", "ISO-8859-7", NULL, ASCII_WITHIN },
        { "ISO-8859-8", "ISO-8859-8", NULL, ASCII_WITHIN },
        { "ISO-8859-8-i", "ISO-8859-8", NULL, ASCII_WITHIN },
        { "ISO-8859-9", "ISO-8859-9", "CP1254", ASCII_WITHIN },
        { "ISO-8859-10", "ISO-8859-10", NULL, ASCII_WITHIN },
        { "ISO-8859-13", "ISO-8859-13", NULL, ASCII_WITHIN },
        { "ISO-8859-14", "ISO-8859-14", NULL, ASCII_WITHIN },
        { "ISO-8859-15", "ISO-8859-15", NULL, ASCII_WITHIN },
        { "ISO-8859-16", "ISO-8859-16", NULL, ASCII_WITHIN },
        { "windows-1250", "CP1250", NULL, ASCII_WITHIN },
        { "windows-1251", "CP1251", NULL, ASCII_WITHIN },
        { "windows-1252", "CP1252", NULL, ASCII_WITHIN },
        { "cp1252", "CP1252", NULL, ASCII_WITHIN },
        { "windows-1253", "CP1253", NULL, ASCII_WITHIN },
        { "windows-1254", "CP1254", NULL, ASCII_WITHIN },
        { "windows-1255", "CP1255", NULL, ASCII_WITHIN },
        { "windows-1256", "CP1256", NULL, ASCII_WITHIN },
        { "windows-1257", "CP1257", NULL, ASCII_WITHIN },
        { "windows-1258", "CP1258", NULL, ASCII_WITHIN },
        { "windows-874", "CP874", NULL, ASCII_WITHIN },
        { "TIS-620", "TIS-620", "CP874", ASCII_WITHIN },
        { "KOI8-R", "KOI8-R", NULL, ASCII_WITHIN },
        { "KOI8-U", "KOI8-U", NULL, ASCII_WITHIN },
        { "GB2312", "GB2312", "GB18030", ASCII_WITHIN },
        { "GBK", "GBK", "GB18030", ASCII_WITHIN },
        { "GB18030", "GB18030", NULL, ASCII_WITHIN },
        { "Big5", "BIG5", "BIG5-HKSCS", ASCII_WITHIN },
        { "Big5-HKSCS", "BIG5-HKSCS", NULL, ASCII_WITHIN },
        { "EUC-KR", "EUC-KR", "CP949", ASCII_WITHIN },
        { "ks_c_5601-1987", "EUC-KR", "CP949", ASCII_WITHIN },
        { "UTF-7", "UTF-7", NULL, ASCII_NOT },
        { "UTF-16", "UTF-16", NULL, ASCII_NOT },
        { "UTF-16LE", "UTF-16LE", NULL, ASCII_NOT },
        { "UTF-16BE", "UTF-16BE", NULL, ASCII_NOT },
        { "UTF-32", "UTF-32", NULL, ASCII_NOT },
        { "ISO-2022-KR", "ISO-2022-KR", NULL, ASCII_NOT },
};

const struct charset *charset_find(const char *label)
{
        for (size_t i = 0; label && i < G_N_ELEMENTS(CHARSETS); i++)
                if (g_ascii_strcasecmp(CHARSETS[i].label, label) == 0)
                        return &CHARSETS[i];
        return NULL;
}

const struct charset *charset_utf8(void)
{
        return &CHARSETS[0];
}

const char *charset_label(const struct charset *charset)
{
        for (size_t i = 0; i < G_N_ELEMENTS(CHARSETS); i++)
                if (strcmp(CHARSETS[i].strict, charset->strict) == 0)
                        return CHARSETS[i].label;
        return charset->label;
}

bool charset_holds_ascii(const struct charset *charset)
{
        return charset->ascii != ASCII_NOT;
}

bool charset_is_single(const struct charset *charset)
{
        static const char *const kinds[] = { "US-ASCII", "ISO-8859-", "CP125", "CP874", "TIS-620", "KOI8-" };
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
                if (g_str_has_prefix(charset->strict, kinds[i]))
                        return true;
        return false;
}

/* GBytes give NULL for nothing. */
static const char *never_null(const char *text)
{
        return text ? text : "";
}

/* --- to UTF-8 --------------------------------------------------------------------- */

/* The sets of ISO-2022-JP and its kin, by the escape that turns to them. */
static const struct jis_set {
        const char *escape;
        enum { JIS_ASCII, JIS_KANA, JIS_KANJI, JIS_SUPPLEMENT } kind;
} JIS_SETS[] = {
        { "(B", JIS_ASCII }, { "(J", JIS_ASCII },  { "(I", JIS_KANA },
        { "$@", JIS_KANJI }, { "$B", JIS_KANJI }, { "$(D", JIS_SUPPLEMENT },
};

/* The set that the escape at `text` turns to, or NULL. */
static const struct jis_set *jis_set_at(const char *text, size_t length)
{
        for (size_t i = 0; i < G_N_ELEMENTS(JIS_SETS); i++) {
                size_t escape = strlen(JIS_SETS[i].escape);
                if (length > escape && *text == ESC && memcmp(text + 1, JIS_SETS[i].escape, escape) == 0)
                        return &JIS_SETS[i];
        }
        return NULL;
}

static bool is_jis_octet(char c)
{
        return c > ' ' && c < 0x7f;
}

/* A character of two octets as code page 932 has it: the same table, folded to twice the width. */
static void append_kanji(GString *cp932, unsigned row, unsigned cell)
{
        unsigned lead = (row - 0x21) / 2 + 0x81;
        unsigned trail = row % 2 ? cell + 0x1f + (cell >= 0x60) : cell + 0x7e;
        g_string_append_c(cp932, (char) (lead >= 0xa0 ? lead + 0x40 : lead));
        g_string_append_c(cp932, (char) trail);
}

/* ISO-2022-JP, half-width kana included, as code page 932. Programs that write a vendor's characters into ISO-2022-JP take
 * them from there: the circled digits of NEC, and in rows 89 to 92 IBM's kanji (hashigo-taka), where EUC-JP-MS has a
 * user's own. The supplementary plane is not in it: each character of that becomes an octet that nothing has. */
static GString *jis_to_cp932(const char *text, size_t length)
{
        const struct jis_set *set = &JIS_SETS[0];
        GString *cp932 = g_string_sized_new(length);
        for (size_t i = 0; i < length; i++) {
                const struct jis_set *next = jis_set_at(text + i, length - i);
                if (next) {
                        set = next;
                        i += strlen(set->escape);
                        continue;
                }
                if (text[i] == '\n')
                        set = &JIS_SETS[0]; /* RFC 1468: a line ends in ASCII; so it does where a sender forgot */
                if (set->kind == JIS_ASCII || !is_jis_octet(text[i])) {
                        g_string_append_c(cp932, text[i]);
                } else if (set->kind == JIS_KANA) {
                        g_string_append_c(cp932, (char) (text[i] | 0x80));
                } else if (i + 1 == length || !is_jis_octet(text[i + 1])) {
                        g_string_append_c(cp932, (char) 0xff); /* half a character */
                } else {
                        if (set->kind == JIS_KANJI)
                                append_kanji(cp932, (unsigned char) text[i], (unsigned char) text[i + 1]);
                        else
                                g_string_append_c(cp932, (char) 0xff);
                        i++;
                }
        }
        return cp932;
}

static bool is_euc_octet(char c)
{
        return (c & 0x80) && is_jis_octet((char) (c & 0x7f));
}

/* EUC-JP as code page 932, for the same reason: iconv's EUC-JP-MS drops IBM's kanji without a word. */
static GString *euc_to_cp932(const char *text, size_t length)
{
        enum { KANA = 0x8e };
        GString *cp932 = g_string_sized_new(length);
        for (size_t i = 0; i < length; i++) {
                const bool is_pair = i + 1 < length && is_euc_octet(text[i + 1]);
                if (is_pair && (unsigned char) text[i] == KANA) {
                        g_string_append_c(cp932, text[++i]);
                } else if (is_pair && is_euc_octet(text[i])) {
                        append_kanji(cp932, (unsigned char) text[i] & 0x7f, (unsigned char) text[i + 1] & 0x7f);
                        i++;
                } else {
                        g_string_append_c(cp932, text[i] & 0x80 ? (char) 0xff : text[i]); /* half a character, or JIS X 0212 */
                }
        }
        return cp932;
}

/* The octets of a charset in its vendor's form. */
static GString *to_vendor(const struct charset *charset, const char *text, size_t length)
{
        if (charset->ascii == ASCII_STATE)
                return jis_to_cp932(text, length);
        if (strcmp(charset->strict, "EUC-JP") == 0)
                return euc_to_cp932(text, length);
        return g_string_new_len(text, (gssize) length);
}

/* From UTF-8 to itself is no work for iconv, which takes longer to open than such a text to check. */
static GBytes *convert(const char *text, size_t length, const char *to, const char *from)
{
        text = never_null(text);
        if (strcmp(to, from) == 0)
                return g_utf8_validate_len(text, length, NULL) ? g_bytes_new(text, length) : NULL;
        gsize written;
        char *converted = g_convert(text, length, to, from, NULL, &written, NULL);
        return converted ? g_bytes_new_take(converted, written) : NULL;
}

/* Octets that `from` does not have become U+FFFD, one each. */
static GBytes *convert_with_gaps(const char *text, size_t length, const char *from)
{
        GIConv iconv = g_iconv_open("UTF-8", from);
        GString *out = g_string_sized_new(length);
        char buffer[4096];
        char *in = (char *) text;
        gsize left = length;
        while (left) {
                char *at = buffer;
                gsize room = sizeof buffer;
                gsize done = g_iconv(iconv, &in, &left, &at, &room);
                bool is_gap = done == (gsize) -1 && at == buffer;
                g_string_append_len(out, buffer, at - buffer);
                if (is_gap) {
                        g_string_append(out, "\xef\xbf\xbd");
                        in++;
                        left--;
                }
        }
        g_iconv_close(iconv);
        return g_string_free_to_bytes(out);
}

/* iconv's ISO-2022-JP takes the escapes to half-width kana and to the supplementary plane for text, and is content. */
static bool is_beyond_strict(const struct charset *charset, const char *text, size_t length)
{
        const gssize octets = (gssize) length;
        text = never_null(text);
        return charset->ascii == ASCII_STATE && (g_strstr_len(text, octets, "\x1b(I") || g_strstr_len(text, octets, "\x1b$(D"));
}

GBytes *charset_decode(const struct charset *charset, const char *text, size_t length)
{
        GBytes *decoded = is_beyond_strict(charset, text, length) ? NULL : convert(text, length, "UTF-8", charset->strict);
        if (decoded || !charset->vendor)
                return decoded;
        GString *octets = to_vendor(charset, text, length);
        decoded = convert(octets->str, octets->len, "UTF-8", charset->vendor);
        g_string_free(octets, TRUE);
        return decoded;
}

/* NUL stays, as it does in other charsets. */
static GBytes *make_valid(const char *text, size_t length)
{
        GString *out = g_string_sized_new(length);
        for (const char *at = text, *end = text + length; at < end;) {
                const char *nul = memchr(at, '\0', (size_t) (end - at));
                char *valid = g_utf8_make_valid(at, (nul ? nul : end) - at);
                g_string_append(out, valid);
                if (nul)
                        g_string_append_c(out, '\0');
                at = nul ? nul + 1 : end;
                g_free(valid);
        }
        return g_string_free_to_bytes(out);
}

GBytes *charset_decode_readably(const struct charset *charset, const char *text, size_t length)
{
        if (!charset)
                charset = charset_utf8();
        GBytes *decoded = charset_decode(charset, text, length);
        if (decoded)
                return decoded;
        if (strcmp(charset->strict, "UTF-8") == 0) /* iconv takes forms of old, of five octets, for right */
                return make_valid(text, length);
        if (!charset->vendor)
                return convert_with_gaps(text, length, charset->strict);
        GString *octets = to_vendor(charset, text, length);
        decoded = convert_with_gaps(octets->str, octets->len, charset->vendor);
        g_string_free(octets, TRUE);
        return decoded;
}

size_t charset_count_visible(const char *utf8, size_t length)
{
        size_t visible = 0;
        for (const char *at = utf8; at < utf8 + length; at = g_utf8_next_char(at))
                visible += g_unichar_isgraph(g_utf8_get_char(at));
        return visible;
}

/* --- from UTF-8 ------------------------------------------------------------------- */

GBytes *charset_encode(const struct charset *charset, const char *text, size_t length)
{
        return convert(text, length, charset->strict, "UTF-8");
}

const char *charset_to_ascii_state(const struct charset *charset, const char *text, size_t length)
{
        size_t escape = length;
        while (charset->ascii == ASCII_STATE && escape > 0)
                if (text[--escape] == ESC)
                        return length - escape >= 3 && memcmp(text + escape, "\x1b(B", 3) == 0 ? "" : "\x1b(B";
        return "";
}
