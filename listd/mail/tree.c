/* tree.c - HTML of mail as libxml2's tree
 * Gives:     what tree.h lists
 * Budgets:   SOURCE_MAX, TAG_WORDS_MAX; libxml2's 256 levels
 * libxml2 reads in small pieces: it compares each attribute of a tag with all others of it, which with a hundred thousand
 * takes more than half a minute. Between two pieces one sees that a tag has not ended, and how large it is. */
#include "mail/tree.h"

#include <string.h>

enum {
        SOURCE_MAX = 2 * 1024 * 1024, /* pictures within the HTML included */
        PIECE_MAX = 2048,
        TAG_WORDS_MAX = 1000 /* blanks and quotes in a tag: more than its attributes */
};

/* --- elements ------------------------------------------------------------------------------------------- */

char *tree_attribute(const xmlNode *node, const char *name)
{
        xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *) name);
        char *copy = value ? g_strstrip(g_strdup((const char *) value)) : NULL;
        xmlFree(value);
        return copy;
}

int tree_number(const xmlNode *node, const char *name, int otherwise)
{
        enum { NUMBER_MAX = 1000000 };
        char *value = tree_attribute(node, name);
        int number = value && g_ascii_isdigit(*value) ? (int) MIN(g_ascii_strtoull(value, NULL, 10), NUMBER_MAX) : otherwise;
        g_free(value);
        return number;
}

bool tree_sight(struct sight *sight, const xmlNode *node)
{
        char *hidden = tree_attribute(node, "hidden"), *style = tree_attribute(node, "style");
        const bool is_there = !hidden && (!style || style_read(sight, style));
        g_free(style);
        g_free(hidden);
        return is_there;
}

bool tree_is_pixel(const xmlNode *node)
{
        enum { NOT_GIVEN = 1000 };
        return tree_number(node, "width", NOT_GIVEN) <= 1 || tree_number(node, "height", NOT_GIVEN) <= 1;
}

/* --- reading ----------------------------------------------------------------------------------------------- */

/* libxml2, and the token that it has begun to take and not yet read. */
struct reader {
        htmlParserCtxt *parser;
        size_t taken; /* octets so far */
        size_t begin; /* of the token */
        size_t words; /* in it */
};

static size_t words_in(const char *text, size_t length)
{
        size_t words = 0;
        for (size_t i = 0; i < length; i++)
                words += g_ascii_isspace(text[i]) || text[i] == '"' || text[i] == '\'';
        return words;
}

/* False: the token is a tag without an end that is larger than any. */
static bool read_piece(struct reader *reader, const char *piece, size_t length)
{
        htmlParseChunk(reader->parser, piece, (int) length, 0);
        const char *token = (const char *) reader->parser->input->cur;
        const size_t size = (size_t) ((const char *) reader->parser->input->end - token);
        reader->taken += length;
        if (reader->begin == reader->taken - size) {
                reader->words += words_in(piece, length);
        } else {
                reader->begin = reader->taken - size;
                reader->words = words_in(token, size);
        }
        return !(size > TAG_WORDS_MAX && token[0] == '<' && g_ascii_isalpha(token[1]) && reader->words > TAG_WORDS_MAX);
}

/* How many octets of a text a piece of at most `ceiling` has: whole characters. */
static size_t whole_characters(const char *text, size_t length, size_t ceiling)
{
        size_t piece = MIN(length, ceiling);
        while (piece > 0 && piece < length && (text[piece] & 0xc0) == 0x80)
                piece--;
        return piece;
}

/* The length of what libxml2 must not see at `text`: NUL, and </html> and </body>, are its end; Microsoft's <![if ...]>,
 * which no comment is around, it shows as text. */
static size_t unreadable_at(const char *text, size_t length)
{
        enum { CONDITION_MAX = 100 };
        if (*text == '\0')
                return 1;
        if (*text != '<' || length < strlen("</html"))
                return 0;
        if (g_ascii_strncasecmp(text, "</html", strlen("</html")) == 0 || g_ascii_strncasecmp(text, "</body", strlen("</body")) == 0)
                return strlen("</html");
        if (memcmp(text, "<![", 3) != 0)
                return 0;
        const char *end = memchr(text, '>', MIN(length, CONDITION_MAX));
        return end && end[-1] == ']' ? (size_t) (end - text) + 1 : 0;
}

/* The rest of an end tag that was cut out is one of no element: "</" must stay before it. The caller frees. */
static GString *readable_source(const char *utf8, size_t length)
{
        GString *source = g_string_sized_new(length);
        for (size_t i = 0; i < length;) {
                const size_t unreadable = unreadable_at(utf8 + i, length - i);
                if (unreadable == 0)
                        g_string_append_c(source, utf8[i]);
                else if (utf8[i] == '<' && utf8[i + 1] == '/')
                        g_string_append(source, "</x");
                i += MAX(unreadable, 1);
        }
        return source;
}

static xmlDoc *read_source(const GString *source, bool *ret_is_whole)
{
        static const char BEGIN[] = "<html><body>";
        const size_t end = whole_characters(source->str, source->len, SOURCE_MAX);
        struct reader reader = { htmlCreatePushParserCtxt(NULL, NULL, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8) };
        htmlCtxtUseOptions(reader.parser, HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_RECOVER
                                                  | HTML_PARSE_IGNORE_ENC);
        bool ok = read_piece(&reader, BEGIN, strlen(BEGIN));
        for (size_t at = 0; at < end && ok;) {
                const size_t piece = whole_characters(source->str + at, end - at, PIECE_MAX);
                ok = read_piece(&reader, source->str + at, piece) && !reader.parser->disableSAX;
                at += piece;
        }
        if (ok)
                htmlParseChunk(reader.parser, NULL, 0, 1);
        xmlDoc *tree = reader.parser->myDoc;
        *ret_is_whole = ok && end == source->len && !reader.parser->disableSAX; /* it halts itself at a depth of 256 */
        htmlFreeParserCtxt(reader.parser);
        return tree;
}

xmlDoc *tree_read(const char *utf8, size_t length, bool *ret_is_whole)
{
        GString *source = readable_source(utf8, length);
        xmlDoc *tree = read_source(source, ret_is_whole);
        g_string_free(source, TRUE);
        return tree;
}
