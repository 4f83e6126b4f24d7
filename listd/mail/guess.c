/* guess.c - what charset a text is in, when its label is missing, not known, or a lie
 * Gives:     guess_charset(), guess_label_of_html()
 * Fails:     never; NULL says that the text looks like nothing known
 * Standards: HTML 5 13.2.3.2 (meta); RFC 2045 5.2 (no label), RFC 1468 (ISO-2022-JP), RFC 2781 3.2 (the mark of UTF-16)
 * Facts come first: marks and escapes, octets that a charset does not have, UTF-8, which other text is hardly ever by
 * chance. Only what is left is weighed, by where the common letters of a language stand in a charset; a text of which
 * nothing weighs enough keeps its label.
 * Budgets:   one pass for the facts; at most WEIGHED_MAX octets are weighed in each charset of WEIGHED */
#include "mail/guess.h"

#include "mail/charset.h"

enum {
        WEIGHED_MAX = 8 * 1024,
        ENOUGH = 50,      /* hundredths that an octet must weigh in the mean */
        FEW = 3,          /* octets: fewer tell no language; they may be letters with accents */
        CHARSET_WITHIN = 1024, /* HTML 5: where <meta charset> is looked for */
        CHARSET_MAX = 40,
        UTF8_SURE = 3     /* characters of several octets after which a text is UTF-8, whatever its label says */
};

static bool is_high(char c)
{
        return (c & 0x80) != 0;
}

static bool is_between(char c, unsigned low, unsigned high)
{
        return (unsigned char) c >= low && (unsigned char) c <= high;
}

/* --- weighing ------------------------------------------------------------------------- */

/* Octets of a text that are not ASCII, and of an ASCII letter before and behind them. */
struct run {
        const char *text;
        size_t length;
        bool touches_letters;
};

typedef int weigh_run(const struct run *run);

/* First octets of two, the weight of such a pair. The first row that holds it counts. */
struct band {
        unsigned char low, high;
        int weight;
};

static int band_weight(const struct band *bands, size_t count, char lead)
{
        for (size_t i = 0; i < count; i++)
                if (is_between(lead, bands[i].low, bands[i].high))
                        return bands[i].weight;
        return -200;
}

/* Pairs of octets that are both high: EUC. What is more than ASCII beside them is half a character. */
static int weigh_pairs(const struct run *run, const struct band *bands, size_t count)
{
        int weight = 0;
        size_t i = 0;
        for (; i + 1 < run->length; i += 2)
                weight += is_between(run->text[i + 1], 0xa1, 0xfe) ? band_weight(bands, count, run->text[i]) : -200;
        return i < run->length ? weight - 200 : weight;
}

static int weigh_euc_jp(const struct run *run)
{
        static const struct band bands[] = {
                { 0xa4, 0xa5, 300 }, { 0xa1, 0xa3, 100 }, { 0xb0, 0xcf, 150 }, { 0xd0, 0xf4, 0 }, { 0x8e, 0x8e, 0 },
        };
        return weigh_pairs(run, bands, G_N_ELEMENTS(bands));
}

static int weigh_gb(const struct run *run)
{
        static const struct band bands[] = {
                { 0xb0, 0xd7, 200 }, { 0xa1, 0xa1, 100 }, { 0xa3, 0xa3, 100 }, { 0xd8, 0xf7, 50 }, { 0xa4, 0xa5, -100 },
        };
        return weigh_pairs(run, bands, G_N_ELEMENTS(bands));
}

/* Hangul stand in a part of what is common in Chinese, and fill it: a text with more than them is Chinese. */
static int weigh_euc_kr(const struct run *run)
{
        static const struct band bands[] = {
                { 0xb0, 0xc8, 220 }, { 0xa1, 0xa1, 100 }, { 0xa3, 0xa4, 50 },
        };
        return weigh_pairs(run, bands, G_N_ELEMENTS(bands));
}

/* Characters of which the second octet may be ASCII: the text behind the run belongs to it. */
static bool is_trail(const struct run *run, size_t at, unsigned low, unsigned high)
{
        const char trail = run->text[at]; /* the octet behind a run is there: a run that ends the text is asked before */
        return is_between(trail, low, high) && (unsigned char) trail != 0x7f;
}

static int weigh_shift_jis(const struct run *run)
{
        static const struct band bands[] = {
                { 0x82, 0x83, 300 }, { 0x81, 0x81, 100 }, { 0x88, 0x97, 150 }, { 0x98, 0x9f, 50 }, { 0xe0, 0xea, 0 },
                { 0x87, 0x87, 0 }, { 0xed, 0xfc, 0 },
        };
        int weight = 0;
        for (size_t i = 0; i < run->length;) {
                if (is_between(run->text[i], 0xa1, 0xdf)) { /* half-width kana */
                        weight += 10;
                        i++;
                } else {
                        weight += is_trail(run, i + 1, 0x40, 0xfc) ? band_weight(bands, G_N_ELEMENTS(bands), run->text[i]) : -200;
                        i += 2;
                }
        }
        return weight;
}

static int weigh_big5(const struct run *run)
{
        static const struct band bands[] = { { 0xa4, 0xc6, 190 }, { 0xa1, 0xa3, 100 }, { 0xc9, 0xf9, -50 } };
        int weight = 0;
        for (size_t i = 0; i < run->length; i += 2)
                weight += is_trail(run, i + 1, 0x40, 0xfe) ? band_weight(bands, G_N_ELEMENTS(bands), run->text[i]) : -200;
        return weight;
}

/* Words of small letters; a letter between Latin ones is none. */
static int weigh_letters(const struct run *run, unsigned small_low, unsigned small_high, unsigned big_low, unsigned big_high)
{
        int weight = 0;
        for (size_t i = 0; i < run->length; i++) {
                if (is_between(run->text[i], small_low, small_high))
                        weight += 110;
                else
                        weight += is_between(run->text[i], big_low, big_high) ? 20 : -100;
        }
        return run->touches_letters ? weight - 200 : weight;
}

static int weigh_koi8(const struct run *run)
{
        return weigh_letters(run, 0xc0, 0xdf, 0xe0, 0xff);
}

static int weigh_windows_1251(const struct run *run)
{
        return weigh_letters(run, 0xe0, 0xff, 0xc0, 0xdf);
}

/* Letters with accents stand alone or in pairs between letters of ASCII; marks such as quotes and dashes stand anywhere. */
static int weigh_windows_1252(const struct run *run)
{
        enum { PAIR = 2 };
        int weight = 0;
        for (size_t i = 0; i < run->length; i++) {
                if (is_between(run->text[i], 0xc0, 0xff))
                        weight += run->touches_letters && run->length <= PAIR ? 100 : -50;
                else
                        weight += run->length <= PAIR ? 60 : 0;
        }
        return weight;
}

/* Those that differ in more than a few signs; the order decides between equals. */
static const struct {
        const char *label;
        weigh_run *weigh;
} WEIGHED[] = {
        { "Shift_JIS", weigh_shift_jis }, { "EUC-JP", weigh_euc_jp },          { "EUC-KR", weigh_euc_kr },
        { "GB18030", weigh_gb },          { "Big5", weigh_big5 },              { "KOI8-R", weigh_koi8 },
        { "windows-1251", weigh_windows_1251 }, { "windows-1252", weigh_windows_1252 },
};

/* The mean weight of an octet that is not ASCII. */
static int weigh(weigh_run *weigh_one, const char *octets, size_t length)
{
        int64_t weight = 0, high = 0;
        for (size_t at = 0; at < length;) {
                size_t end = at;
                while (end < length && is_high(octets[end]))
                        end++;
                if (end > at && end < length) { /* a run that the budget cuts is not weighed */
                        const bool before = at > 0 && g_ascii_isalpha(octets[at - 1]);
                        const struct run run = { octets + at, end - at, before || g_ascii_isalpha(octets[end]) };
                        weight += weigh_one(&run);
                        high += (int64_t) run.length;
                }
                at = end + 1;
        }
        return high ? (int) (weight / high) : 0;
}

/* --- facts ------------------------------------------------------------------------------- */

static const struct {
        const char *octets;
        size_t length;
        const char *label;
} MARKS[] = { { "\xef\xbb\xbf", 3, "UTF-8" }, { "\xff\xfe", 2, "UTF-16" }, { "\xfe\xff", 2, "UTF-16" } };

static const struct charset *by_mark(const char *octets, size_t length)
{
        for (size_t i = 0; i < G_N_ELEMENTS(MARKS); i++)
                if (length > MARKS[i].length && memcmp(octets, MARKS[i].octets, MARKS[i].length) == 0)
                        return charset_find(MARKS[i].label);
        return NULL;
}

/* What one pass over a text tells. */
struct facts {
        size_t high;               /* octets that are not ASCII */
        size_t nul_even, nul_odd;  /* NUL, by where it stands */
        bool is_jis;               /* escapes of ISO-2022-JP */
        bool has_escape;
        bool has_c1;               /* octets that ISO 8859 leaves to control characters */
        size_t utf8;               /* characters of several octets, where all is UTF-8; else 0 */
};

static struct facts facts_of(const char *octets, size_t length)
{
        enum { ESC = 0x1b };
        struct facts facts = { 0 };
        for (size_t i = 0; i < length; i++) {
                const char *at = octets + i;
                facts.high += is_high(*at);
                facts.utf8 += is_between(*at, 0xc2, 0xf4);
                facts.has_c1 = facts.has_c1 || is_between(*at, 0x80, 0x9f);
                if (*at == '\0' && i % 2 == 0)
                        facts.nul_even++;
                else if (*at == '\0')
                        facts.nul_odd++;
                if (*at != ESC)
                        continue;
                facts.has_escape = true;
                facts.is_jis = facts.is_jis
                               || (i + 2 < length && at[1] == '$' && (at[2] == 'B' || at[2] == '@'))
                               || (i + 3 < length && memcmp(at + 1, "$(D", 3) == 0)
                               || (i + 2 < length && memcmp(at + 1, "(I", 2) == 0);
        }
        if (facts.high == 0 || !g_utf8_validate_len(octets, length, NULL))
                facts.utf8 = 0;
        return facts;
}

/* Text of Latin letters in UTF-16 has a NUL in every second octet. */
static const struct charset *by_nuls(const struct facts *facts, size_t length)
{
        enum { SHARE = 8 };
        if (facts->nul_odd > length / SHARE && facts->nul_even < facts->nul_odd / SHARE)
                return charset_find("UTF-16LE");
        if (facts->nul_even > length / SHARE && facts->nul_odd < facts->nul_even / SHARE)
                return charset_find("UTF-16BE");
        return NULL;
}

static bool decodes(const struct charset *charset, const char *octets, size_t length)
{
        GBytes *decoded = charset_decode(charset, octets, length);
        if (decoded)
                g_bytes_unref(decoded);
        return decoded != NULL;
}

static bool is(const struct charset *charset, const char *label)
{
        return charset && strcmp(charset_label(charset), label) == 0;
}

/* The likeliest of those that have all of the text; NULL: none is likely. */
static const struct charset *heaviest(const struct facts *facts, const char *octets, size_t length)
{
        /* the text ends in a line end of ours, so that its last run is weighed */
        GString *text = g_string_new_len(octets, (gssize) MIN(length, WEIGHED_MAX));
        const struct charset *found = NULL;
        int best = ENOUGH - 1;
        if (length <= WEIGHED_MAX)
                g_string_append_c(text, '\n');
        for (size_t i = 0; i < G_N_ELEMENTS(WEIGHED); i++) {
                const struct charset *charset = charset_find(WEIGHED[i].label);
                const int weight = weigh(WEIGHED[i].weigh, text->str, text->len);
                if (weight <= best || (facts->high < FEW && !is(charset, "windows-1252")))
                        continue;
                GBytes *decoded = charset_decode(charset, octets, length);
                if (!decoded)
                        continue;
                g_bytes_unref(decoded);
                found = charset;
                best = weight;
        }
        g_string_free(text, TRUE);
        return found;
}

/* Text of ASCII only, escapes aside. A charset of wide characters has other octets, and one of escapes has escapes. */
static const struct charset *among_ascii(const struct charset *labelled, const struct facts *facts, const char *label)
{
        if (facts->is_jis)
                return charset_find("ISO-2022-JP");
        if (labelled && (charset_holds_ascii(labelled) || facts->has_escape || is(labelled, "UTF-7") || facts->nul_even || facts->nul_odd))
                return labelled;
        return label && !labelled && facts->has_escape ? NULL : charset_find("us-ascii");
}

/* A charset of single octets says nothing against any text, so what is UTF-8 is that. */
static bool is_utf8_instead(const struct charset *labelled, const struct facts *facts)
{
        return facts->utf8 && (!labelled || facts->utf8 >= UTF8_SURE || charset_is_single(labelled));
}

/* The label may stand, unless letters with accents are none: a text in East Asian characters called ISO-8859-1. */
static const struct charset *labelled_or_heavier(const struct charset *labelled, const struct facts *facts, const char *octets,
                                                 size_t length)
{
        const bool is_latin = is(labelled, "ISO-8859-1") || is(labelled, "windows-1252");
        const struct charset *found = is_latin ? heaviest(facts, octets, length) : NULL;
        if (found && !charset_is_single(found))
                return found;
        return is(labelled, "ISO-8859-1") && facts->has_c1 ? charset_find("windows-1252") : labelled;
}

const struct charset *guess_charset(const char *label, const char *octets, size_t length)
{
        const struct charset *labelled = charset_find(label);
        if (length == 0)
                return labelled ? labelled : charset_find("us-ascii");
        const struct facts facts = facts_of(octets, length);
        const struct charset *found = by_mark(octets, length);
        if (!found)
                found = by_nuls(&facts, length);
        if (found)
                return found;
        if (facts.high == 0)
                return among_ascii(labelled, &facts, label);
        if (is_utf8_instead(labelled, &facts))
                return charset_utf8();
        if (labelled && !is(labelled, "ISO-2022-JP") && decodes(labelled, octets, length)) /* of escapes, not of high octets */
                return labelled_or_heavier(labelled, &facts, octets, length);
        found = heaviest(&facts, octets, length);
        return found ? found : labelled;
}

char *guess_label_of_html(const char *octets, size_t length)
{
        static const char NAME[] = "charset=";
        char *head = g_ascii_strdown(octets, (gssize) MIN(length, CHARSET_WITHIN));
        char *label = NULL;
        char *found = strstr(head, "<meta");
        if (found && (found = strstr(found, NAME))) {
                found += strlen(NAME);
                found += strspn(found, "\"' ");
                const size_t size = strcspn(found, "\"'> ;/\r\n\t");
                if (size > 0 && size <= CHARSET_MAX)
                        label = g_strndup(found, size);
        }
        g_free(head);
        return label;
}
