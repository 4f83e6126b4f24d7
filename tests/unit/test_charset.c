/* test_charset.c - charsets, transfer encodings, lines, and the fields that listd writes */
#include "unit.h"

#include "mail/charset.h"
#include "mail/guess.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/lines.h"
#include "mail/mime.h"
#include "mail/transfer.h"

static void assert_bytes(GBytes *got, const char *want, size_t length, const char *what)
{
        if (!got)
                fail_msg("%s: nothing", what);
        if (g_bytes_get_size(got) != length || memcmp(g_bytes_get_data(got, NULL), want, length) != 0)
                fail_msg("%s: got '%.*s'", what, (int) g_bytes_get_size(got), (const char *) g_bytes_get_data(got, NULL));
        g_bytes_unref(got);
}

/* --- charsets ------------------------------------------------------------------------------- */

struct charset_case {
        const char *label, *octets, *text;
        bool is_lossy; /* the text holds U+FFFD for what cannot be read */
        bool one_way;  /* a vendor's form: not what we would write */
};

static const struct charset_case CHARSET_CASES[] = {
        { "utf-8", "Gr\xc3\xbc\xc3\x9f" "e", "Grüße" },
        { "UTF-8", "a\xff" "b", "a\xef\xbf\xbd" "b", true },
        { "us-ascii", "plain", "plain" },
        { "us-ascii", "a\xfc", "a\xef\xbf\xbd", true },
        { "iso-8859-1", "Gr\xfc\xdf" "e", "Grüße" },
        { "iso-8859-15", "\xa4", "€" },
        { "koi8-r", "\xf0\xd2\xc9\xd7\xc5\xd4", "Привет" },
        { "iso-2022-jp", "\x1b$BF|K\\\x1b(B a", "日本 a" },
        { "ISO-2022-JP", "\x1b$B-!-j|b\x1b(B", "①㈱髙", .one_way = true }, /* row 13 and IBM's kanji */
        { "iso-2022-jp", "\x1b(I1\x1b(B", "ｱ", .one_way = true },
        { "iso-2022-jp", "\x1b$BF|K\\\n-!\n", "日本\n-!\n", .one_way = true }, /* a line ends in ASCII */
        { "iso-2022-jp", "\x1b$B-!\x7e\x7e\x1b(B.", "①\xef\xbf\xbd\xef\xbf\xbd.", true },
        { "shift_jis", "\x93\xfa\x96{ \\~", "日本 \\~" },
        { "Shift_JIS", "\x87\x40", "①" },
        { "euc-jp", "\xc6\xfc\xcb\xdc", "日本" },
        { "euc-jp", "\xad\xa1\xfc\xe2\x8e\xb1.", "①髙ｱ.", .one_way = true },
        { "euc-jp", "\xc6\xfc\xff\xff", "日\xef\xbf\xbd\xef\xbf\xbd", true },
        { "gb2312", "\xc4\xe3\xba\xc3", "你好" },
        { "gb2312", "\x81\x30\x81\x30", "\xc2\x80", .one_way = true }, /* GB18030's four octets */
        { "big5", "\xa7\x41\xa6\x6e", "你好" },
        { "ks_c_5601-1987", "\xb1\xe8", "김" },
};

static void test_charsets(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(CHARSET_CASES); i++) {
                const struct charset_case *c = &CHARSET_CASES[i];
                const struct charset *charset = charset_find(c->label);
                const size_t length = strlen(c->octets);
                char *octets = exact(c->octets, length);
                assert_non_null(charset);
                GBytes *strict = charset_decode(charset, octets, length);
                assert_int_equal(!strict, c->is_lossy);
                g_clear_pointer(&strict, g_bytes_unref);
                assert_bytes(charset_decode_readably(charset, octets, length), c->text, strlen(c->text), c->label);
                if (!c->is_lossy && !c->one_way)
                        assert_bytes(charset_encode(charset, c->text, strlen(c->text)), c->octets, length, c->label);
                g_free(octets);
        }
        assert_null(charset_find("x-unknown"));
        assert_null(charset_find("UTF-8//TRANSLIT"));
        assert_null(charset_find(""));
        assert_null(charset_find(NULL));
        assert_bytes(charset_decode_readably(NULL, "a\xff", 2), "a\xef\xbf\xbd", 4, "unknown");
        assert_bytes(charset_decode(charset_find("iso-2022-jp"), NULL, 0), "", 0, "nothing"); /* as an empty GBytes has it */
        assert_bytes(charset_encode(charset_find("iso-2022-jp"), NULL, 0), "", 0, "nothing");
        assert_null(charset_encode(charset_find("iso-2022-jp"), "①", 3));
        assert_null(charset_encode(charset_find("us-ascii"), "ü", 2));
}

/* Every row of the table is known to iconv. */
static void test_charsets_are_there(void **state)
{
        static const char *const labels[] = {
                "utf8", "ascii", "ANSI_X3.4-1968", "x-sjis", "sjis", "Windows-31J", "cp932", "ms932", "x-euc-jp", "latin1",
                "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-8-i",
                "iso-8859-9", "iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-16", "windows-1250", "windows-1251",
                "windows-1252", "cp1252", "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257",
                "windows-1258", "windows-874", "tis-620", "koi8-u", "gbk", "gb18030", "big5-hkscs", "euc-kr", "utf-7", "iso-2022-kr",
        };
        for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
                assert_bytes(charset_decode(charset_find(labels[i]), "plain", 5), "plain", 5, labels[i]);
        assert_bytes(charset_decode(charset_find("utf-16"), "\xff\xfe" "a\0", 4), "a", 1, "utf-16");
        assert_bytes(charset_decode(charset_find("utf-16le"), "a\0", 2), "a", 1, "utf-16le");
        assert_bytes(charset_decode(charset_find("utf-16be"), "\0a", 2), "a", 1, "utf-16be");
        assert_bytes(charset_decode(charset_find("utf-32"), "\0\0\xfe\xff\0\0\0a", 8), "a", 1, "utf-32");
}

/* The texts are short sentences of Japanese, Chinese, Korean, Russian and German, as programs of today write them. */
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
        const char *what, *label, *octets;
        size_t length;
        const char *charset; /* NULL: nothing known */
} GUESSES[] = {
        { "ASCII", "us-ascii", TEXT("plain"), "us-ascii" },
        { "ASCII without a label", NULL, TEXT("plain"), "us-ascii" },
        { "ASCII of a label nobody knows", "x-none", TEXT("plain"), "us-ascii" },
        { "ASCII is not UTF-16", "utf-16", TEXT("plain text"), "us-ascii" },
        { "ISO-2022-JP under US-ASCII", "us-ascii", TEXT("\x1b$BL@F|$N2q5D$O;0;~$+$i$G$9!#$h$m$7$/$*4j$$$7$^$9!#\x1b(B"), "ISO-2022-JP" },
        { "ISO-2022-JP under UTF-8", "utf-8", TEXT("\x1b$BL@F|$N2q5D$O;0;~$+$i$G$9!#$h$m$7$/$*4j$$$7$^$9!#\x1b(B"), "ISO-2022-JP" },
        { "ISO-2022-JP without a label", NULL, TEXT("\x1b$BL@F|$N2q5D$O;0;~$+$i$G$9!#$h$m$7$/$*4j$$$7$^$9!#\x1b(B"), "ISO-2022-JP" },
        { "UTF-8 under US-ASCII", "us-ascii", TEXT("\xc3\xbc"), "UTF-8" },
        { "UTF-8 under ISO-8859-1", "iso-8859-1", TEXT("Gr\xc3\xbc\xc3\x9f" "e"), "UTF-8" },
        { "UTF-8 under windows-1252", "windows-1252", TEXT("Gr\xc3\xbc\xc3\x9f" "e aus K\xc3\xb6ln, sch\xc3\xb6ne Tage \xe2\x80\x93 \xe2\x80\x9e" "bald\xe2\x80\x9c mehr"), "UTF-8" },
        { "UTF-8 under Shift_JIS", "shift_jis", TEXT("\xe3\x81\x93\xe3\x82\x93\xe3\x81\xab\xe3\x81\xa1\xe3\x81\xaf\xe3\x80\x81\xe5\xb1\xb1\xe7\x94\xb0\xe3\x81\xa7\xe3\x81\x99\xe3\x80\x82\xe6\x98\x8e\xe6\x97\xa5\xe3\x81\xae\xe4\xbc\x9a\xe3\x81\xaf\xe2\x91\xa0\xe6\x99\x82\xe3\x81\x8b\xe3\x82\x89\xe3\x81\xa7\xe3\x81\x99\xe3\x80\x82"), "UTF-8" },
        { "UTF-8 under ISO-2022-JP", "iso-2022-jp", TEXT("\xe3\x81\x93\xe3\x82\x93\xe3\x81\xab\xe3\x81\xa1\xe3\x81\xaf\xe3\x80\x81\xe5\xb1\xb1\xe7\x94\xb0\xe3\x81\xa7\xe3\x81\x99\xe3\x80\x82\xe6\x98\x8e\xe6\x97\xa5\xe3\x81\xae\xe4\xbc\x9a\xe3\x81\xaf\xe2\x91\xa0\xe6\x99\x82\xe3\x81\x8b\xe3\x82\x89\xe3\x81\xa7\xe3\x81\x99\xe3\x80\x82"), "UTF-8" },
        { "UTF-8 under GB2312", "gb2312", TEXT("\xe5\xa4\xa7\xe5\xae\xb6\xe5\xa5\xbd,\xe6\x98\x8e\xe5\xa4\xa9\xe7\x9a\x84\xe4\xbc\x9a\xe8\xae\xae\xe4\xb8\x89\xe7\x82\xb9\xe5\xbc\x80\xe5\xa7\x8b,\xe8\xaf\xb7\xe5\x87\x86\xe6\x97\xb6\xe5\x8f\x82\xe5\x8a\xa0\xe3\x80\x82"), "UTF-8" },
        { "UTF-8 of a label nobody knows", "x-none", TEXT("\xe3\x81\x93\xe3\x82\x93\xe3\x81\xab\xe3\x81\xa1\xe3\x81\xaf\xe3\x80\x81\xe5\xb1\xb1\xe7\x94\xb0\xe3\x81\xa7\xe3\x81\x99\xe3\x80\x82\xe6\x98\x8e\xe6\x97\xa5\xe3\x81\xae\xe4\xbc\x9a\xe3\x81\xaf\xe2\x91\xa0\xe6\x99\x82\xe3\x81\x8b\xe3\x82\x89\xe3\x81\xa7\xe3\x81\x99\xe3\x80\x82"), "UTF-8" },
        { "windows-1252 under ISO-8859-1", "iso-8859-1", TEXT("Gr\xfc\xdf" "e aus K\xf6ln, sch\xf6ne Tage \x96 \x84" "bald\x93 mehr"), "windows-1252" },
        { "windows-1252 under UTF-8", "utf-8", TEXT("Gr\xfc\xdf" "e aus K\xf6ln, sch\xf6ne Tage \x96 \x84" "bald\x93 mehr"), "windows-1252" },
        { "windows-1252 under US-ASCII", "us-ascii", TEXT("Gr\xfc\xdf" "e aus K\xf6ln"), "windows-1252" },
        { "ISO-8859-1 as it says", "iso-8859-1", TEXT("Gr\xfc\xdf" "e aus K\xf6ln"), "ISO-8859-1" },
        { "Shift_JIS without a label", NULL, TEXT("\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd\x81" "A\x8eR\x93" "c\x82\xc5\x82\xb7\x81" "B\x96\xbe\x93\xfa\x82\xcc\x89\xef\x82\xcd\x87@\x8e\x9e\x82\xa9\x82\xe7\x82\xc5\x82\xb7\x81" "B"), "Shift_JIS" },
        { "EUC-JP without a label", NULL, TEXT("\xcc\xc0\xc6\xfc\xa4\xce\xb2\xf1\xb5\xc4\xa4\xcf\xbb\xb0\xbb\xfe\xa4\xab\xa4\xe9\xa4\xc7\xa4\xb9\xa1\xa3\xa4\xe8\xa4\xed\xa4\xb7\xa4\xaf\xa4\xaa\xb4\xea\xa4\xa4\xa4\xb7\xa4\xde\xa4\xb9\xa1\xa3"), "EUC-JP" },
        { "Shift_JIS under us-ascii", "us-ascii", TEXT("\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd\x81" "A\x8eR\x93" "c\x82\xc5\x82\xb7\x81" "B\x96\xbe\x93\xfa\x82\xcc\x89\xef\x82\xcd\x87@\x8e\x9e\x82\xa9\x82\xe7\x82\xc5\x82\xb7\x81" "B"), "Shift_JIS" },
        { "EUC-JP under us-ascii", "us-ascii", TEXT("\xcc\xc0\xc6\xfc\xa4\xce\xb2\xf1\xb5\xc4\xa4\xcf\xbb\xb0\xbb\xfe\xa4\xab\xa4\xe9\xa4\xc7\xa4\xb9\xa1\xa3\xa4\xe8\xa4\xed\xa4\xb7\xa4\xaf\xa4\xaa\xb4\xea\xa4\xa4\xa4\xb7\xa4\xde\xa4\xb9\xa1\xa3"), "EUC-JP" },
        { "Shift_JIS under utf-8", "utf-8", TEXT("\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd\x81" "A\x8eR\x93" "c\x82\xc5\x82\xb7\x81" "B\x96\xbe\x93\xfa\x82\xcc\x89\xef\x82\xcd\x87@\x8e\x9e\x82\xa9\x82\xe7\x82\xc5\x82\xb7\x81" "B"), "Shift_JIS" },
        { "EUC-JP under utf-8", "utf-8", TEXT("\xcc\xc0\xc6\xfc\xa4\xce\xb2\xf1\xb5\xc4\xa4\xcf\xbb\xb0\xbb\xfe\xa4\xab\xa4\xe9\xa4\xc7\xa4\xb9\xa1\xa3\xa4\xe8\xa4\xed\xa4\xb7\xa4\xaf\xa4\xaa\xb4\xea\xa4\xa4\xa4\xb7\xa4\xde\xa4\xb9\xa1\xa3"), "EUC-JP" },
        { "Shift_JIS under iso-2022-jp", "iso-2022-jp", TEXT("\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd\x81" "A\x8eR\x93" "c\x82\xc5\x82\xb7\x81" "B\x96\xbe\x93\xfa\x82\xcc\x89\xef\x82\xcd\x87@\x8e\x9e\x82\xa9\x82\xe7\x82\xc5\x82\xb7\x81" "B"), "Shift_JIS" },
        { "EUC-JP under iso-2022-jp", "iso-2022-jp", TEXT("\xcc\xc0\xc6\xfc\xa4\xce\xb2\xf1\xb5\xc4\xa4\xcf\xbb\xb0\xbb\xfe\xa4\xab\xa4\xe9\xa4\xc7\xa4\xb9\xa1\xa3\xa4\xe8\xa4\xed\xa4\xb7\xa4\xaf\xa4\xaa\xb4\xea\xa4\xa4\xa4\xb7\xa4\xde\xa4\xb9\xa1\xa3"), "EUC-JP" },
        { "Shift_JIS under iso-8859-1", "iso-8859-1", TEXT("\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd\x81" "A\x8eR\x93" "c\x82\xc5\x82\xb7\x81" "B\x96\xbe\x93\xfa\x82\xcc\x89\xef\x82\xcd\x87@\x8e\x9e\x82\xa9\x82\xe7\x82\xc5\x82\xb7\x81" "B"), "Shift_JIS" },
        { "EUC-JP under iso-8859-1", "iso-8859-1", TEXT("\xcc\xc0\xc6\xfc\xa4\xce\xb2\xf1\xb5\xc4\xa4\xcf\xbb\xb0\xbb\xfe\xa4\xab\xa4\xe9\xa4\xc7\xa4\xb9\xa1\xa3\xa4\xe8\xa4\xed\xa4\xb7\xa4\xaf\xa4\xaa\xb4\xea\xa4\xa4\xa4\xb7\xa4\xde\xa4\xb9\xa1\xa3"), "EUC-JP" },
        { "GB without a label", NULL, TEXT("\xb4\xf3\xbc\xd2\xba\xc3,\xc3\xf7\xcc\xec\xb5\xc4\xbb\xe1\xd2\xe9\xc8\xfd\xb5\xe3\xbf\xaa\xca\xbc,\xc7\xeb\xd7\xbc\xca\xb1\xb2\xce\xbc\xd3\xa1\xa3"), "GB18030" },
        { "Big5 without a label", NULL, TEXT("\xa4j\xae" "a\xa6n,\xa9\xfa\xa4\xd1\xaa\xba\xb7|\xc4\xb3\xa4T\xc2I\xb6}\xa9l,\xbd\xd0\xb7\xc7\xae\xc9\xb0\xd1\xa5[\xa1" "C"), "Big5" },
        { "EUC-KR without a label", NULL, TEXT("\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4. \xb3\xbb\xc0\xcf \xc8\xb8\xc0\xc7\xb4\xc2 \xbc\xbc \xbd\xc3\xbf\xa1 \xbd\xc3\xc0\xdb\xc7\xd5\xb4\xcf\xb4\xd9."), "EUC-KR" },
        { "KOI8-R without a label", NULL, TEXT("\xf0\xd2\xc9\xd7\xc5\xd4 \xd7\xd3\xc5\xcd, \xda\xc1\xd7\xd4\xd2\xc1 \xd3\xcf\xc2\xd2\xc1\xce\xc9\xc5 \xd7 \xd4\xd2\xc9 \xde\xc1\xd3\xc1."), "KOI8-R" },
        { "windows-1251 without a label", NULL, TEXT("\xcf\xf0\xe8\xe2\xe5\xf2 \xe2\xf1\xe5\xec, \xe7\xe0\xe2\xf2\xf0\xe0 \xf1\xee\xe1\xf0\xe0\xed\xe8\xe5 \xe2 \xf2\xf0\xe8 \xf7\xe0\xf1\xe0."), "windows-1251" },
        { "GB under us-ascii", "us-ascii", TEXT("\xb4\xf3\xbc\xd2\xba\xc3,\xc3\xf7\xcc\xec\xb5\xc4\xbb\xe1\xd2\xe9\xc8\xfd\xb5\xe3\xbf\xaa\xca\xbc,\xc7\xeb\xd7\xbc\xca\xb1\xb2\xce\xbc\xd3\xa1\xa3"), "GB18030" },
        { "Big5 under us-ascii", "us-ascii", TEXT("\xa4j\xae" "a\xa6n,\xa9\xfa\xa4\xd1\xaa\xba\xb7|\xc4\xb3\xa4T\xc2I\xb6}\xa9l,\xbd\xd0\xb7\xc7\xae\xc9\xb0\xd1\xa5[\xa1" "C"), "Big5" },
        { "EUC-KR under us-ascii", "us-ascii", TEXT("\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4. \xb3\xbb\xc0\xcf \xc8\xb8\xc0\xc7\xb4\xc2 \xbc\xbc \xbd\xc3\xbf\xa1 \xbd\xc3\xc0\xdb\xc7\xd5\xb4\xcf\xb4\xd9."), "EUC-KR" },
        { "KOI8-R under us-ascii", "us-ascii", TEXT("\xf0\xd2\xc9\xd7\xc5\xd4 \xd7\xd3\xc5\xcd, \xda\xc1\xd7\xd4\xd2\xc1 \xd3\xcf\xc2\xd2\xc1\xce\xc9\xc5 \xd7 \xd4\xd2\xc9 \xde\xc1\xd3\xc1."), "KOI8-R" },
        { "windows-1251 under us-ascii", "us-ascii", TEXT("\xcf\xf0\xe8\xe2\xe5\xf2 \xe2\xf1\xe5\xec, \xe7\xe0\xe2\xf2\xf0\xe0 \xf1\xee\xe1\xf0\xe0\xed\xe8\xe5 \xe2 \xf2\xf0\xe8 \xf7\xe0\xf1\xe0."), "windows-1251" },
        { "GB under utf-8", "utf-8", TEXT("\xb4\xf3\xbc\xd2\xba\xc3,\xc3\xf7\xcc\xec\xb5\xc4\xbb\xe1\xd2\xe9\xc8\xfd\xb5\xe3\xbf\xaa\xca\xbc,\xc7\xeb\xd7\xbc\xca\xb1\xb2\xce\xbc\xd3\xa1\xa3"), "GB18030" },
        { "Big5 under utf-8", "utf-8", TEXT("\xa4j\xae" "a\xa6n,\xa9\xfa\xa4\xd1\xaa\xba\xb7|\xc4\xb3\xa4T\xc2I\xb6}\xa9l,\xbd\xd0\xb7\xc7\xae\xc9\xb0\xd1\xa5[\xa1" "C"), "Big5" },
        { "EUC-KR under utf-8", "utf-8", TEXT("\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4. \xb3\xbb\xc0\xcf \xc8\xb8\xc0\xc7\xb4\xc2 \xbc\xbc \xbd\xc3\xbf\xa1 \xbd\xc3\xc0\xdb\xc7\xd5\xb4\xcf\xb4\xd9."), "EUC-KR" },
        { "KOI8-R under utf-8", "utf-8", TEXT("\xf0\xd2\xc9\xd7\xc5\xd4 \xd7\xd3\xc5\xcd, \xda\xc1\xd7\xd4\xd2\xc1 \xd3\xcf\xc2\xd2\xc1\xce\xc9\xc5 \xd7 \xd4\xd2\xc9 \xde\xc1\xd3\xc1."), "KOI8-R" },
        { "windows-1251 under utf-8", "utf-8", TEXT("\xcf\xf0\xe8\xe2\xe5\xf2 \xe2\xf1\xe5\xec, \xe7\xe0\xe2\xf2\xf0\xe0 \xf1\xee\xe1\xf0\xe0\xed\xe8\xe5 \xe2 \xf2\xf0\xe8 \xf7\xe0\xf1\xe0."), "windows-1251" },
        { "GB under x-unknown", "x-unknown", TEXT("\xb4\xf3\xbc\xd2\xba\xc3,\xc3\xf7\xcc\xec\xb5\xc4\xbb\xe1\xd2\xe9\xc8\xfd\xb5\xe3\xbf\xaa\xca\xbc,\xc7\xeb\xd7\xbc\xca\xb1\xb2\xce\xbc\xd3\xa1\xa3"), "GB18030" },
        { "Big5 under x-unknown", "x-unknown", TEXT("\xa4j\xae" "a\xa6n,\xa9\xfa\xa4\xd1\xaa\xba\xb7|\xc4\xb3\xa4T\xc2I\xb6}\xa9l,\xbd\xd0\xb7\xc7\xae\xc9\xb0\xd1\xa5[\xa1" "C"), "Big5" },
        { "EUC-KR under x-unknown", "x-unknown", TEXT("\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4. \xb3\xbb\xc0\xcf \xc8\xb8\xc0\xc7\xb4\xc2 \xbc\xbc \xbd\xc3\xbf\xa1 \xbd\xc3\xc0\xdb\xc7\xd5\xb4\xcf\xb4\xd9."), "EUC-KR" },
        { "KOI8-R under x-unknown", "x-unknown", TEXT("\xf0\xd2\xc9\xd7\xc5\xd4 \xd7\xd3\xc5\xcd, \xda\xc1\xd7\xd4\xd2\xc1 \xd3\xcf\xc2\xd2\xc1\xce\xc9\xc5 \xd7 \xd4\xd2\xc9 \xde\xc1\xd3\xc1."), "KOI8-R" },
        { "windows-1251 under x-unknown", "x-unknown", TEXT("\xcf\xf0\xe8\xe2\xe5\xf2 \xe2\xf1\xe5\xec, \xe7\xe0\xe2\xf2\xf0\xe0 \xf1\xee\xe1\xf0\xe0\xed\xe8\xe5 \xe2 \xf2\xf0\xe8 \xf7\xe0\xf1\xe0."), "windows-1251" },
        { "KOI8-R as it says", "koi8-r", TEXT("\xf0\xd2\xc9\xd7\xc5\xd4 \xd7\xd3\xc5\xcd, \xda\xc1\xd7\xd4\xd2\xc1 \xd3\xcf\xc2\xd2\xc1\xce\xc9\xc5 \xd7 \xd4\xd2\xc9 \xde\xc1\xd3\xc1."), "KOI8-R" },
        { "half-width kana as they say", "shift_jis", TEXT("\xb6\xc0\xb6\xc5 \xc3\xde\xbd"), "Shift_JIS" },
        { "UTF-16 with a mark", NULL, TEXT("\xff\xfeG\x00r\x00\xfc\x00\xdf\x00" "e\x00"), "UTF-16" },
        { "UTF-16 without one", NULL, TEXT("G\x00r\x00u\x00" "e\x00s\x00s\x00" "e\x00 \x00" "a\x00n\x00 \x00" "a\x00l\x00l\x00" "e\x00"), "UTF-16LE" },
        { "UTF-16, the other way", "iso-8859-1", TEXT("\x00G\x00r\x00u\x00" "e\x00s\x00s\x00" "e\x00 \x00" "a\x00n\x00 \x00" "a\x00l\x00l\x00" "e"), "UTF-16BE" },
        { "what nobody can tell", "x-mac-klingon", TEXT("nuqneH \xce\xff"), NULL },
        { "nothing at all", NULL, TEXT(""), "us-ascii" },
};

static void test_guess(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(GUESSES); i++) {
                char *octets = exact(GUESSES[i].octets, GUESSES[i].length);
                const struct charset *charset = guess_charset(GUESSES[i].label, octets, GUESSES[i].length);
                const char *got = charset ? charset_label(charset) : "nothing";
                if (g_ascii_strcasecmp(got, GUESSES[i].charset ? GUESSES[i].charset : "nothing") != 0)
                        fail_msg("%s: %s", GUESSES[i].what, got);
                g_free(octets);
        }
}

/* --- lines and transfer encodings -------------------------------------------------------------- */

struct lines_case {
        const char *text;
        size_t length;
        const char *repaired; /* NULL: fits as it is */
};

static const struct lines_case LINES_CASES[] = {
        { "", 0, NULL },          { "a\r\n", 3, NULL },        { "\r\n\r\n", 4, NULL },    { "a", 1, "a\r\n" },
        { "a\n", 2, "a\r\n" },    { "a\r", 2, "a\r\n" },       { "a\rb\r\n", 5, "a\r\nb\r\n" }, { "a\0b\r\n", 5, "ab\r\n" },
        { "\n\r", 2, "\r\n\r\n" }, { "\r\r\n", 3, "\r\n\r\n" }, { "\0", 1, "" },
};

static void test_lines(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(LINES_CASES); i++) {
                const struct lines_case *c = &LINES_CASES[i];
                char *text = exact(c->text, c->length);
                GBytes *bytes = g_bytes_new_take(text, c->length);
                assert_int_equal(lines_fit(text, c->length), !c->repaired);
                assert_bytes(lines_repair(bytes), c->repaired ? c->repaired : c->text, c->repaired ? strlen(c->repaired) : c->length, "lines");
                g_bytes_unref(bytes);
        }
        char *line = g_strnfill(LINE_OCTETS_MAX + 3, 'x');
        memcpy(line + LINE_OCTETS_MAX, "\r\n", 3);
        assert_true(lines_fit(line, LINE_OCTETS_MAX + 2));
        memcpy(line + LINE_OCTETS_MAX, "x\r\n", 3);
        assert_false(lines_fit(line, LINE_OCTETS_MAX + 3));
        g_free(line);
}

struct transfer_case {
        enum transfer wanted;
        const char *text;
        enum transfer got;
        const char *encoded; /* NULL: the text */
};

static const struct transfer_case TRANSFER_CASES[] = {
        { TRANSFER_7BIT, "plain\r\n", TRANSFER_7BIT, NULL },
        { TRANSFER_8BIT, "plain\r\n", TRANSFER_7BIT, NULL },
        { TRANSFER_8BIT, "gr\xfcn\r\n", TRANSFER_8BIT, NULL },
        { TRANSFER_7BIT, "many words and gr\xfcn\r\n", TRANSFER_QP, "many words and gr=FCn\r\n" },
        { TRANSFER_7BIT, "日本\r\n", TRANSFER_BASE64, "5pel5pysDQo=\r\n" },
        { TRANSFER_QP, "a = b \r\n\tc\t\r\n.\r\n", TRANSFER_QP, "a =3D b=20\r\n\tc=09\r\n.\r\n" },
        { TRANSFER_QP, "plain\r\n", TRANSFER_QP, "plain\r\n" },
        { TRANSFER_BASE64, "plain\r\n", TRANSFER_BASE64, "cGxhaW4NCg==\r\n" },
        { TRANSFER_BASE64, "", TRANSFER_BASE64, "" },
        { TRANSFER_QP, "", TRANSFER_QP, "" },
};

static void test_transfer(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(TRANSFER_CASES); i++) {
                const struct transfer_case *c = &TRANSFER_CASES[i];
                const size_t length = strlen(c->text);
                enum transfer got;
                GBytes *text = g_bytes_new_take(exact(c->text, length), length);
                GBytes *encoded = transfer_encode(c->wanted, text, &got);
                GBytes *decoded = transfer_decode(got, encoded);
                assert_int_equal(got, c->got);
                assert_true(lines_fit(g_bytes_get_data(encoded, NULL), g_bytes_get_size(encoded)));
                assert_bytes(encoded, c->encoded ? c->encoded : c->text, strlen(c->encoded ? c->encoded : c->text), c->text);
                assert_bytes(decoded, c->text, length, c->text);
                g_bytes_unref(text);
        }
        assert_int_equal(transfer_find(NULL), TRANSFER_7BIT);
        assert_int_equal(transfer_find("Base64"), TRANSFER_BASE64);
        assert_int_equal(transfer_find("QUOTED-PRINTABLE (comment)"), TRANSFER_QP);
        assert_int_equal(transfer_find("x-none"), TRANSFER_8BIT);
        GBytes *base64 = g_bytes_new_static("AAEC AwQF!\r\nBg=\r\n", 17); /* broken: as far as it goes */
        assert_int_equal(transfer_decoded_size(TRANSFER_BASE64, base64), 7);
        g_bytes_unref(base64);
}

/* --- fields --------------------------------------------------------------------------------------- */

static void test_header_add(void **state)
{
        GString *header = g_string_new(NULL);
        header_add(header, "Subject", "one two");
        header_add(header, "X-Long", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb  cccccccccccccccccc d");
        header_add(header, "X-Wide", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b");
        assert_string_equal(header->str,
                            "Subject: one two\r\n"
                            "X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb  cccccccccccccccccc d\r\n"
                            "X-Wide: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n b\r\n");
        g_string_free(header, TRUE);
}

/* Encoded words: at most 75 octets each, whole characters in each, and the same text when decoded. */
static void check_words(const char *text, const char *label)
{
        char *encoded = header_text(text, charset_find(label));
        char *decoded = mime_decode_text(encoded);
        char **words = g_strsplit(encoded, " ", -1);
        assert_string_equal(decoded, text);
        for (size_t i = 0; words[i]; i++) {
                char *alone = mime_decode_text(words[i]);
                assert_true(strlen(words[i]) <= 75);
                assert_null(strstr(alone, "\xef\xbf\xbd"));
                g_free(alone);
        }
        g_strfreev(words);
        g_free(decoded);
        g_free(encoded);
}

static void test_header_text(void **state)
{
        static const char *const texts[] = {
                "plain", "Grüße", "[ml:00012] 日本語のとても長い件名がここにあります、そしてまだまだ続きます。これはどうなるでしょうか",
                "looks =?like?= one", "日本 and more words in ASCII behind it, so many that one encoded word cannot hold them all",
                "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
        };
        static const char *const labels[] = { "utf-8", "iso-2022-jp", "shift_jis", "us-ascii", "utf-16", NULL };
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                for (size_t l = 0; l < G_N_ELEMENTS(labels); l++)
                        check_words(texts[i], labels[l]);
        char *jis = header_text("日本", charset_find("iso-2022-jp"));
        assert_string_equal(jis, "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=");
        g_free(jis);
}

static void test_header_mailbox(void **state)
{
        static const struct {
                const char *name, *want;
        } cases[] = {
                { "", "<a@b>" },
                { "Anna Ames", "Anna Ames <a@b>" },
                { "Ames, Anna", "\"Ames, Anna\" <a@b>" },
                { "J. Ames", "\"J. Ames\" <a@b>" },
                { "\"x\\", "\"\\\"x\\\\\" <a@b>" },
                { "=?utf-8?q?x?=", "=?UTF-8?B?PT91dGYtOD9xP3g/PQ==?= <a@b>" },
                { "Jörg", "=?UTF-8?B?SsO2cmc=?= <a@b>" },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                char *got = header_mailbox(cases[i].name, "a@b", NULL);
                assert_string_equal(got, cases[i].want);
                g_free(got);
        }
}

struct date_case {
        const char *value, *zone, *want;
};

static const struct date_case DATE_CASES[] = {
        { "Tue, 24 Nov 2026 06:22:58 +0900", "UTC", "Mon, 23 Nov 2026 21:22:58 +0000" },
        { "Tue, 24 Nov 2026 06:22:58 +0900 (JST)", "Asia/Tokyo", "Tue, 24 Nov 2026 06:22:58 +0900" },
        { "Wed, 01 Jul 2026 12:00:00 -0700", "Europe/Berlin", "Wed, 01 Jul 2026 21:00:00 +0200" },
        { "24 Nov 26 06:22 GMT", "UTC", "Tue, 24 Nov 2026 06:22:00 +0000" },
        { "Tue, 24 Nov 2026 06:22:58 +0900", "Mars/Base", "Mon, 23 Nov 2026 21:22:58 +0000" },
        { NULL, "UTC", "Thu, 01 Jan 1970 00:00:05 +0000" },
        { "", "UTC", "Thu, 01 Jan 1970 00:00:05 +0000" },
        { "yesterday", "Asia/Tokyo", "Thu, 01 Jan 1970 09:00:05 +0900" },
        { "Fri, 31 Dec 9999 23:59:59 -1200", "UTC", "Thu, 01 Jan 1970 00:00:05 +0000" },
        { "Tue, 24 Nov 1026 06:22:58 +0900", "UTC", "Thu, 01 Jan 1970 00:00:05 +0000" },
};

static void test_date(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(DATE_CASES); i++) {
                char *got = date_in_zone(DATE_CASES[i].value, DATE_CASES[i].zone, 5);
                if (strcmp(got, DATE_CASES[i].want) != 0)
                        fail_msg("'%s': got '%s'", DATE_CASES[i].value, got);
                g_free(got);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_charsets),   cmocka_unit_test(test_charsets_are_there), cmocka_unit_test(test_guess),
                cmocka_unit_test(test_lines),      cmocka_unit_test(test_transfer),           cmocka_unit_test(test_header_add),
                cmocka_unit_test(test_header_text), cmocka_unit_test(test_header_mailbox),    cmocka_unit_test(test_date),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
