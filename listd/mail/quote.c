/* quote.c - what replies carry along
 * Gives:     quote_new(), quote_free(), quote_clean(), quote_edits(), quote_without_addresses()
 * Standards: RFC 5322 3.4.1 (addr-spec), RFC 3676 4.5 (quote marks)
 * Addresses go from lines that a mail program wrote: the attribution above a quotation and the block of fields above a
 * forwarded text. What a person wrote stays, addresses included: it is theirs to tell. A footer of ours goes at any depth
 * of quotation, so that a copy which is posted again comes out the same.
 * One pass, with a look ahead of LINES_OF_* lines; the text is never held twice as lines. */
#include "mail/quote.h"

#include <string.h>

#include "base/ticket.h"
#include "mail/charset.h"
#include "mail/door.h"
#include "mail/notice.h"
#include "store/list.h"

enum {
        LINES_OF_ATTRIBUTION = 3,
        LINES_OF_BLOCK = 20,     /* of fields, the lines of long recipient lists included */
        LINES_TO_NEXT_FIELD = 3, /* a From is long, but not that long */
        DOOR_WORD_MAX = 16
};

static const char ADDRESS_SHOWN[] = "(address)"; /* in place of one that stood without a name */

struct quote {
        char *domain;
        char **footer; /* its lines, stripped, without empty ones at the end */
};

/* --- lines -------------------------------------------------------------------------- */

/* A line, and where the next one begins. `raw` are the same lines in the text's own charset. */
struct cursor {
        const char *at, *end;
        const char *raw, *raw_end;
};

struct line {
        const char *text; /* behind quote marks and white space */
        size_t length;    /* without white space and the line end */
        const char *whole;
        unsigned depth; /* of quotation */
        const char *raw;
        size_t raw_length;
};

static const char *next_line(const char *at, const char *end)
{
        const char *line_end = memchr(at, '\n', (size_t) (end - at));
        return line_end ? line_end + 1 : end;
}

static bool cursor_next(struct cursor *cursor, struct line *ret_line)
{
        if (cursor->at == cursor->end)
                return false;
        const char *begin = cursor->at, *end = next_line(begin, cursor->end), *raw_end = next_line(cursor->raw, cursor->raw_end);
        *ret_line = (struct line){ .whole = begin, .raw = cursor->raw, .raw_length = (size_t) (raw_end - cursor->raw) };
        cursor->at = end;
        cursor->raw = raw_end;
        for (; begin < end && strchr(" \t>", *begin) && *begin; begin++)
                ret_line->depth += *begin == '>';
        while (end > begin && strchr(" \t\r\n", end[-1]) && end[-1])
                end--;
        ret_line->text = begin;
        ret_line->length = (size_t) (end - begin);
        return true;
}

static bool starts_with(const char *text, size_t length, const char *start)
{
        return length >= strlen(start) && g_ascii_strncasecmp(text, start, strlen(start)) == 0;
}

/* How long the colon is that the text ends in; 0: it does not. */
static size_t colon_length(const char *text, size_t length)
{
        static const char wide_colon[] = "：";
        if (length && text[length - 1] == ':')
                return 1;
        const size_t wide = strlen(wide_colon);
        return length >= wide && memcmp(text + length - wide, wide_colon, wide) == 0 ? wide : 0;
}

/* --- addresses ---------------------------------------------------------------------- */

struct span {
        size_t begin, end;
};

static bool is_atext(char c)
{
        return g_ascii_isalnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static size_t local_begin(const char *text, size_t from, size_t at)
{
        size_t begin = at;
        if (begin > from && text[begin - 1] == '"') {
                for (begin--; begin > from && text[begin - 1] != '"'; begin--)
                        ;
                return begin > from ? begin - 1 : at;
        }
        while (begin > from && is_atext(text[begin - 1]))
                begin--;
        return begin;
}

/* Text of a language without spaces may follow at once: letters beyond ASCII are the domain's only before a dot. */
static size_t domain_end(const char *text, size_t length, size_t begin)
{
        size_t end = begin, ascii_end = 0;
        bool is_dotted = false; /* a dot stands behind letters beyond ASCII */
        if (begin < length && text[begin] == '[') {
                while (end < length && (g_ascii_isxdigit(text[end]) || strchr("[IPv:.", text[end])))
                        end++;
                return end < length && text[end] == ']' ? end + 1 : begin;
        }
        for (; end < length && (g_ascii_isalnum(text[end]) || text[end] == '-' || text[end] == '.' || (text[end] & 0x80)); end++) {
                if ((text[end] & 0x80) && !ascii_end)
                        ascii_end = end ? end : 1;
                is_dotted = is_dotted || (ascii_end && text[end] == '.' && end + 1 < length && g_ascii_isalnum(text[end + 1]));
        }
        if (ascii_end && !is_dotted)
                end = ascii_end;
        while (end > begin && text[end - 1] == '.')
                end--;
        return end;
}

/* The first addr-spec at or behind `from`. */
static bool find_address(const char *text, size_t length, size_t from, struct span *ret_span)
{
        size_t start = from;
        for (size_t at = from; at < length; at++) {
                const char *sign = memchr(text + at, '@', length - at);
                if (!sign)
                        return false;
                at = (size_t) (sign - text);
                *ret_span = (struct span){ local_begin(text, start, at), domain_end(text, length, at + 1) };
                if (ret_span->begin < at && ret_span->end > at + 1)
                        return true;
                start = at + 1;
        }
        return false;
}

/* Takes in "mailto:" and the brackets around an address; *open_brackets counts those that another address is still to come in:
 * "<anna@...<mailto:anna@...>>". */
static bool widen(const char *text, size_t length, size_t from, struct span *span, unsigned *open_brackets)
{
        static const char scheme[] = "mailto:";
        static const char opening[] = "<([", closing[] = ">)]";
        const size_t scheme_length = strlen(scheme);
        if (span->begin >= from + scheme_length
            && g_ascii_strncasecmp(text + span->begin - scheme_length, scheme, scheme_length) == 0)
                span->begin -= scheme_length;
        const char open = span->begin > from ? text[span->begin - 1] : '\0';
        const char *bracket = open ? strchr(opening, open) : NULL;
        const bool is_wrapped = span->begin == from && from == 0 && span->end < length && text[span->end] == '>';
        if (is_wrapped) /* the line before ends in the '<' */
                span->end++;
        if (!bracket)
                return is_wrapped;
        span->begin--;
        ++*open_brackets;
        while (*open_brackets && span->end < length && text[span->end] == closing[bracket - opening]) {
                span->end++;
                --*open_brackets;
        }
        return true;
}

char *quote_without_addresses(const char *text, size_t length)
{
        GString *out = g_string_new(NULL);
        size_t from = 0;
        unsigned open_brackets = 0;
        struct span span;
        while (find_address(text, length, from, &span)) {
                const bool is_wrapped = span.begin == 0;
                const bool is_enclosed = widen(text, length, from, &span, &open_brackets);
                g_string_append_len(out, text + from, (gssize) (span.begin - from));
                const size_t kept = out->len;
                while (is_enclosed && out->len && strchr(" \t", out->str[out->len - 1]))
                        g_string_truncate(out, out->len - 1);
                const bool has_name = is_enclosed && (out->len ? !strchr(",;:", out->str[out->len - 1]) : is_wrapped);
                if (!has_name)
                        g_string_append(out, kept > out->len ? " " : "");
                g_string_append(out, has_name ? "" : ADDRESS_SHOWN);
                from = span.end;
        }
        while (out->len == 0 && from < length && from > 0 && text[from] == ' ')
                from++;
        g_string_append_len(out, text + from, (gssize) (length - from));
        return g_string_free(out, FALSE);
}

/* --- attribution lines ----------------------------------------------------------------- */

static bool has_one_of(const struct line *line, const char *const *words, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (memmem(line->text, line->length, words[i], strlen(words[i])))
                        return true;
        return false;
}

static const char *const VERBS[] = {
        "wrote", "writes", "schrieb", "schreibt", "écrit", "escribió", "ha scritto", "escreveu", "schreef", "skrev", "skrifaði",
        "napisał", "написал", "пишет", "写道", "寫道", "书写", "書きました", "書いた", "さんのメール", "さんwrote", "さんのメッセージ",
};

/* What the first of several lines begins with. */
static const char *const OPENERS[] = {
        "On ", "Am ", "Le ", "El ", "Il ", "Em ", "Op ", "Den ", "At ", "In ", "W dniu ", "Quoting ",
};

static bool starts_with_date(const struct line *line)
{
        static const char year[] = "年";
        if (line->length < 5 || strspn(line->text, "0123456789") != 4)
                return false;
        return strchr("-/.", line->text[4]) || starts_with(line->text + 4, line->length - 4, year);
}

static bool starts_with_opener(const struct line *line)
{
        for (size_t i = 0; i < G_N_ELEMENTS(OPENERS); i++)
                if (starts_with(line->text, line->length, OPENERS[i]))
                        return true;
        return false;
}

static bool has_address(const struct line *line)
{
        struct span span;
        return find_address(line->text, line->length, 0, &span);
}

/* "wrote:" that did not fit behind the name. */
static bool is_lone_verb(const struct line *line)
{
        for (size_t i = 0; i < G_N_ELEMENTS(VERBS); i++)
                if (starts_with(line->text, line->length, VERBS[i]) || starts_with(line->text, line->length, "a écrit"))
                        return colon_length(line->text, line->length) > 0;
        return false;
}

/* How many lines from `line` on are an attribution that holds an address; 0: it is none. */
static unsigned attribution_lines(struct cursor cursor, const struct line *first)
{
        const bool is_dated = starts_with_date(first);
        const bool is_opened = is_dated || starts_with_opener(first);
        bool has_verb = false, tells = false;
        struct line line = *first;
        for (unsigned count = 1; count <= LINES_OF_ATTRIBUTION; count++) {
                if (line.length == 0 || line.depth != first->depth || (count > 1 && !is_opened && !is_lone_verb(&line)))
                        return 0;
                tells = tells || has_address(&line);
                has_verb = has_verb || has_one_of(&line, VERBS, G_N_ELEMENTS(VERBS));
                if (colon_length(line.text, line.length))
                        return tells && (has_verb || is_dated) ? count : 0;
                if (!is_opened && !tells)
                        return 0;
                if (!cursor_next(&cursor, &line))
                        return 0;
        }
        return 0;
}

/* --- blocks of fields -------------------------------------------------------------------- */

static const char *const AUTHOR_LABELS[] = {
        "From", "Von", "De", "Da", "Van", "Från", "Fra", "Od", "От", "差出人", "送信者", "发件人", "寄件者", "보낸 사람",
};

static const char *const OTHER_LABELS[] = {
        "To", "Cc", "Sent", "Date", "Subject", "Reply-To", "An", "Kopie", "Gesendet", "Datum", "Betreff", "À", "Envoyé", "Objet",
        "Para", "Enviado", "Asunto", "Inviato", "Oggetto", "Aan", "Verzonden", "Onderwerp", "Till", "Til", "Skickat", "Ämne",
        "宛先", "送信日時", "日時", "件名", "收件人", "发送时间", "日期", "主题", "收件者", "받는 사람",
};

/* "From:", "De :", "*Von:*", "差出人：" */
static bool has_label(const struct line *line, const char *const *labels, size_t count)
{
        const size_t star = line->length && line->text[0] == '*' ? 1 : 0;
        for (size_t i = 0; i < count; i++) {
                if (!starts_with(line->text + star, line->length - star, labels[i]))
                        continue;
                const char *at = line->text + star + strlen(labels[i]), *end = line->text + line->length;
                static const char no_break_space[] = "\xc2\xa0", wide_colon[] = "：";
                if (end - at > 1 && memcmp(at, no_break_space, strlen(no_break_space)) == 0)
                        at += strlen(no_break_space);
                while (at < end && (*at == ' ' || *at == '*'))
                        at++;
                if (at < end && (*at == ':' || starts_with(at, (size_t) (end - at), wide_colon)))
                        return true;
        }
        return false;
}

/* How many lines from a From line on are a block of fields; 0: a From line alone is prose. */
static unsigned block_lines(struct cursor cursor, const struct line *first)
{
        if (!has_label(first, AUTHOR_LABELS, G_N_ELEMENTS(AUTHOR_LABELS)))
                return 0;
        bool is_block = false;
        unsigned count = 1;
        struct line line;
        while (count < LINES_OF_BLOCK && cursor_next(&cursor, &line) && line.length && line.depth == first->depth) {
                is_block = is_block || has_label(&line, OTHER_LABELS, G_N_ELEMENTS(OTHER_LABELS));
                if (!is_block && count == LINES_TO_NEXT_FIELD)
                        return 0;
                count++;
        }
        return is_block ? count : 0;
}

/* --- what is ours -------------------------------------------------------------------------- */

/* How many lines from `line` on are the rule of a footer and what stands below it; 0: none. */
static unsigned footer_lines(const struct quote *quote, struct cursor cursor, const struct line *first)
{
        const size_t rule = strlen(NOTICE_RULE);
        if (!quote->footer[0] || first->length != rule || memcmp(first->text, NOTICE_RULE, rule) != 0)
                return 0;
        unsigned count = 0;
        struct line line;
        while (quote->footer[count] && cursor_next(&cursor, &line) && line.depth == first->depth
               && line.length == strlen(quote->footer[count]) && memcmp(line.text, quote->footer[count], line.length) == 0)
                count++;
        return count ? count + 1 : 0;
}

/* Where "name-word+" or "name+word+" begins that ends at `end`; `end`: nowhere. */
static size_t door_begin(const char *text, size_t from, size_t end)
{
        size_t at = end - 1, word = 0;
        for (; at > from && g_ascii_isalpha(text[at - 1]) && word < DOOR_WORD_MAX; word++)
                at--;
        if (word == 0 || at == from || !strchr("-+", text[at - 1]))
                return end;
        size_t begin = at - 1;
        while (begin > from && (g_ascii_isalnum(text[begin - 1]) || strchr("-_.", text[begin - 1])))
                begin--;
        return begin < at - 1 ? begin : end;
}

/* The first ticket of ours at or behind `from`, with its address. */
static bool find_ticket(const struct quote *quote, const char *text, size_t length, size_t from, struct span *ret_span)
{
        const size_t domain = strlen(quote->domain);
        for (size_t at = from; at < length; at++) {
                const char *sign = memchr(text + at, '@', length - at);
                if (!sign)
                        return false;
                at = (size_t) (sign - text);
                if (at < from + TICKET_CHARS + 1 || !starts_with(sign + 1, length - at - 1, quote->domain)
                    || text[at - TICKET_CHARS - 1] != '+' || !ticket_has_form(text + at - TICKET_CHARS, TICKET_CHARS))
                        continue;
                ret_span->begin = door_begin(text, from, at - TICKET_CHARS);
                ret_span->end = at + 1 + domain;
                if (ret_span->begin < at - TICKET_CHARS)
                        return true;
        }
        return false;
}

static char *without_tickets(const struct quote *quote, const char *text, size_t length)
{
        GString *out = g_string_new(NULL);
        size_t from = 0;
        struct span span;
        while (find_ticket(quote, text, length, from, &span)) {
                g_string_append_len(out, text + from, (gssize) (span.begin - from));
                g_string_append(out, ADDRESS_SHOWN);
                from = span.end;
        }
        g_string_append_len(out, text + from, (gssize) (length - from));
        return g_string_free(out, FALSE);
}

/* --- all of it ------------------------------------------------------------------------------- */

/* A text on its way through. */
struct pass {
        const struct quote *quote;
        const struct charset *charset; /* NULL: lines are octets */
        struct cursor cursor;
        GString *out;
        char **edits;  /* by line; NULL: nobody asks */
        size_t number; /* of the line at hand */
        unsigned stripping; /* lines that are left of an attribution or a block */
        bool is_changed;
        bool fits; /* what changed can be written in the charset */
};

/* Writes `text` in place of the line's; quote marks before it and the line end behind it stay. */
static void emit_changed(struct pass *pass, const struct line *line, const char *text)
{
        if (pass->edits)
                pass->edits[pass->number] = g_strdup(text);
        const char *behind = line->text + line->length;
        GString *whole = g_string_new_len(line->whole, line->text - line->whole);
        g_string_append(whole, text);
        g_string_append_len(whole, behind, next_line(behind, pass->cursor.end) - behind);
        GBytes *octets = pass->charset ? charset_encode(pass->charset, whole->str, whole->len) : g_bytes_new(whole->str, whole->len);
        pass->fits = pass->fits && octets;
        pass->is_changed = true;
        if (octets) {
                gsize length;
                const char *encoded = g_bytes_get_data(octets, &length);
                g_string_append_len(pass->out, encoded, (gssize) length);
                g_bytes_unref(octets);
        }
        g_string_free(whole, TRUE);
}

/* A line of an attribution or a block. The '<' of an address that begins the next line goes with it. */
static char *stripped(const struct line *line)
{
        char *text = quote_without_addresses(line->text, line->length);
        if (g_str_has_suffix(text, "<")) {
                text[strlen(text) - 1] = '\0';
                g_strchomp(text);
        }
        return text;
}

/* What the line becomes; NULL: it stays. */
static char *edited(const struct pass *pass, const struct line *line)
{
        if (!memchr(line->text, '@', line->length) && (!pass->stripping || !line->length || line->text[line->length - 1] != '<'))
                return NULL;
        char *text = pass->stripping ? stripped(line) : g_strndup(line->text, line->length);
        char *edit = without_tickets(pass->quote, text, strlen(text));
        g_free(text);
        if (strlen(edit) == line->length && memcmp(edit, line->text, line->length) == 0)
                g_clear_pointer(&edit, g_free);
        return edit;
}

static void emit_line(struct pass *pass, const struct line *line)
{
        char *edit = edited(pass, line);
        if (edit)
                emit_changed(pass, line, edit);
        else
                g_string_append_len(pass->out, line->raw, (gssize) line->raw_length);
        g_free(edit);
        pass->stripping -= pass->stripping > 0;
}

static void drop_line(struct pass *pass)
{
        if (pass->edits)
                pass->edits[pass->number] = g_strdup("");
}

static void clean_line(struct pass *pass, const struct line *line)
{
        struct line ours = *line;
        unsigned footer = footer_lines(pass->quote, pass->cursor, line);
        if (footer) {
                drop_line(pass);
                while (--footer && cursor_next(&pass->cursor, &ours)) {
                        pass->number++;
                        drop_line(pass);
                }
                pass->is_changed = true;
                pass->stripping = 0;
                return;
        }
        if (!pass->stripping)
                pass->stripping = attribution_lines(pass->cursor, line);
        if (!pass->stripping)
                pass->stripping = block_lines(pass->cursor, line);
        emit_line(pass, line);
}

/* NULL: nothing had to be done, or (`*ret_fits` false) it cannot be done in the charset. */
static GBytes *clean(const struct quote *quote, const struct charset *charset, GBytes *utf8, GBytes *raw, bool *ret_fits)
{
        gsize length, raw_length;
        const char *text = g_bytes_get_data(utf8, &length), *octets = g_bytes_get_data(raw, &raw_length);
        struct pass pass = {
                .quote = quote,
                .charset = charset,
                .cursor = { text, text + length, octets, octets + raw_length },
                .out = g_string_sized_new(raw_length),
                .fits = true,
        };
        struct line line;
        while (cursor_next(&pass.cursor, &line)) {
                /* a line that leaves its charset's ASCII state open cannot be taken out alone */
                pass.fits = pass.fits && (!charset || !*charset_to_ascii_state(charset, line.raw, line.raw_length));
                clean_line(&pass, &line);
        }
        *ret_fits = (pass.fits && pass.cursor.raw == pass.cursor.raw_end) || !pass.is_changed;
        if (pass.is_changed && *ret_fits)
                return g_string_free_to_bytes(pass.out);
        g_string_free(pass.out, TRUE);
        return NULL;
}

char **quote_edits(const struct quote *quote, const char *lines, size_t length, size_t count)
{
        struct line line;
        struct pass pass = {
                .quote = quote,
                .cursor = { lines, lines + length, lines, lines + length },
                .out = g_string_new(NULL),
                .edits = g_new0(char *, count),
        };
        for (; pass.number < count && cursor_next(&pass.cursor, &line); pass.number++)
                clean_line(&pass, &line);
        g_string_free(pass.out, TRUE);
        return pass.edits;
}

GBytes *quote_clean(const struct quote *quote, const struct charset *charset, GBytes *text, bool *ret_is_utf8)
{
        gsize length;
        bool fits;
        const char *octets = g_bytes_get_data(text, &length);
        *ret_is_utf8 = false;
        if (length == 0)
                return NULL;
        GBytes *utf8 = charset && charset != charset_utf8() ? charset_decode_readably(charset, octets, length) : g_bytes_ref(text);
        GBytes *cleaned = clean(quote, charset == charset_utf8() ? NULL : charset, utf8, text, &fits);
        *ret_is_utf8 = !fits;
        if (!fits)
                cleaned = clean(quote, NULL, utf8, utf8, &fits);
        g_bytes_unref(utf8);
        return cleaned;
}

struct quote *quote_new(const struct list *list, int addresses)
{
        struct quote *quote = g_new0(struct quote, 1);
        quote->domain = g_strdup(list->domain);
        quote->footer = notice_footer_lines(list, addresses);
        size_t count = g_strv_length(quote->footer);
        for (size_t i = 0; i < count; i++)
                g_strstrip(quote->footer[i]);
        while (count && !*quote->footer[count - 1])
                g_clear_pointer(&quote->footer[--count], g_free);
        return quote;
}

void quote_free(struct quote *quote)
{
        if (!quote)
                return;
        g_free(quote->domain);
        g_strfreev(quote->footer);
        g_free(quote);
}
