/* subject.c - the Subject of the copy
 * Gives:     subject_edit()
 * Standards: RFC 5322 3.6.5 ("Re: "), RFC 2047 6.2 (white space between encoded words is not shown)
 * A prefix is looked for twice: in the raw value, where most programs leave it, and in the decoded text, for those that
 * encode it together with what follows. */
#include "mail/subject.h"

#include "base/domain.h"
#include "mail/address.h"
#include "mail/charset.h"
#include "mail/header.h"
#include "mail/mime.h"

enum { NUMBER_DIGITS_MAX = 20 };

static const char ADDRESS_SHOWN[] = "(address)"; /* in place of one that must not show */

/* --- the list's tag ------------------------------------------------------------------- */

/* "[ml:%05d]" taken apart. */
struct tag {
        char *before, *behind;
        bool has_number;
        int digits;
};

static struct tag tag_parse(const char *text)
{
        const char *percent = strchr(text, '%');
        const char *at = percent ? percent + 1 : text;
        struct tag tag = { 0 };
        if (percent && *at == '0')
                while (g_ascii_isdigit(*at) && tag.digits <= NUMBER_DIGITS_MAX)
                        tag.digits = tag.digits * 10 + (*at++ - '0');
        tag.has_number = percent && *at == 'd' && tag.digits <= NUMBER_DIGITS_MAX;
        tag.before = tag.has_number ? g_strndup(text, (gsize) (percent - text)) : g_strdup(text);
        tag.behind = g_strdup(tag.has_number ? at + 1 : "");
        return tag;
}

static void tag_clear(struct tag *tag)
{
        g_free(tag->before);
        g_free(tag->behind);
}

static char *tag_write(const struct tag *tag, int64_t number)
{
        if (!tag->has_number)
                return g_strdup(tag->before);
        return g_strdup_printf("%s%0*" G_GINT64_FORMAT "%s", tag->before, tag->digits, number, tag->behind);
}

static bool starts_with(const char *text, const char *start)
{
        return g_ascii_strncasecmp(text, start, strlen(start)) == 0;
}

/* The length of a tag of this list, with whatever number, at the start of the text; 0: there is none. */
static size_t tag_length(const struct tag *tag, const char *text)
{
        const char *at = text + strlen(tag->before);
        if (!starts_with(text, tag->before) || (!*tag->before && !*tag->behind)) /* a lone number is no tag to look for */
                return 0;
        size_t digits = tag->has_number ? strspn(at, "0123456789") : 0;
        if (tag->has_number && (digits == 0 || digits > NUMBER_DIGITS_MAX || !starts_with(at + digits, tag->behind)))
                return 0;
        return strlen(tag->before) + digits + strlen(tag->behind);
}

/* --- "Re:" ------------------------------------------------------------------------------ */

static const char *skip_spaces(const char *at)
{
        static const char no_break_space[] = "\xc2\xa0", wide_space[] = "\xe3\x80\x80";
        for (;;) {
                if (*at == ' ' || *at == '\t')
                        at++;
                else if (g_str_has_prefix(at, no_break_space))
                        at += strlen(no_break_space);
                else if (g_str_has_prefix(at, wide_space))
                        at += strlen(wide_space);
                else
                        return at;
        }
}

/* A count of replies: "[3]", "(3)", "^3", "*3". */
static const char *skip_count(const char *at)
{
        static const struct {
                char open, close;
        } forms[] = { { '[', ']' }, { '(', ')' }, { '^', '\0' }, { '*', '\0' } };
        for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
                size_t digits = *at == forms[i].open ? strspn(at + 1, "0123456789") : 0;
                if (digits > 0 && digits <= NUMBER_DIGITS_MAX && (!forms[i].close || at[1 + digits] == forms[i].close))
                        return at + 1 + digits + (forms[i].close ? 1 : 0);
        }
        return at;
}

/* The length of "Re:" in one of its languages and forms at the start of the text; 0: there is none. */
static size_t reply_length(const char *text)
{
        static const char *const words[] = { "re", "aw", "antw", "antwort", "sv", "vs", "odp", "ynt", "res", "ｒｅ", "Ｒｅ", "ＲＥ",
                                             "返信", "回复", "回覆", "回信", "答复", "答覆" };
        static const char wide_colon[] = "：";
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
                if (!starts_with(text, words[i]))
                        continue;
                const char *at = skip_spaces(skip_count(text + strlen(words[i])));
                if (*at == ':')
                        return (size_t) (at - text) + 1;
                if (g_str_has_prefix(at, wide_colon))
                        return (size_t) (at - text) + strlen(wide_colon);
        }
        return 0;
}

/* Where the subject proper begins. */
static const char *skip_prefixes(const char *text, const struct tag *tag, bool *is_reply)
{
        for (;;) {
                text = skip_spaces(text);
                size_t reply = reply_length(text);
                size_t length = reply ? reply : tag_length(tag, text);
                if (length == 0)
                        return text;
                *is_reply = *is_reply || reply > 0;
                text += length;
        }
}

/* --- the rest ---------------------------------------------------------------------------- */

/* The charset of the first encoded word; of raw ISO-2022-JP, that. NULL: none. */
static const struct charset *charset_of(const char *value)
{
        if (strstr(value, "\x1b$"))
                return charset_find("iso-2022-jp");
        const char *word = strstr(value, "=?");
        if (!word)
                return NULL;
        char *label = g_strndup(word + 2, strcspn(word + 2, "?*")); /* '*': a language (RFC 2231 5) */
        const struct charset *charset = charset_find(label);
        g_free(label);
        return charset;
}

/* Where the encoded word ends that begins at `at`; `at`: there is none. */
static const char *word_end(const char *at)
{
        const char *encoding = g_str_has_prefix(at, "=?") ? strchr(at + 2, '?') : NULL;
        const char *text = encoding ? strchr(encoding + 1, '?') : NULL;
        const char *end = text ? strstr(text + 1, "?=") : NULL;
        return end ? end + 2 : at;
}

/* Goes past a first encoded word that holds prefixes and nothing else, as our own tag is when it is not ASCII. */
static const char *skip_word(const char *value, const struct tag *tag, bool *is_reply)
{
        const char *end = word_end(value);
        char *word = g_strndup(value, (gsize) (end - value));
        char *decoded = mime_decode_text(word);
        bool has_reply = false;
        const bool is_prefix = *decoded && *skip_prefixes(decoded, tag, &has_reply) == '\0';
        *is_reply = *is_reply || (is_prefix && has_reply);
        g_free(decoded);
        g_free(word);
        return is_prefix ? end : value;
}

static const char *skip_raw_prefixes(const char *value, const struct tag *tag, bool *is_reply)
{
        const char *rest = skip_prefixes(value, tag, is_reply);
        for (const char *next = skip_word(rest, tag, is_reply); next != rest; next = skip_word(rest, tag, is_reply))
                rest = skip_prefixes(next, tag, is_reply);
        return rest;
}

/* The value behind its prefixes: as it stands, or encoded anew where some of them were inside of it. */
static char *edit_rest(const char *value, const struct tag *tag, bool *is_reply)
{
        const char *rest = skip_raw_prefixes(value, tag, is_reply);
        char *decoded = mime_decode_text(rest);
        const char *proper = skip_prefixes(decoded, tag, is_reply);
        const bool is_untouched = proper == decoded && header_is_plain(rest);
        char *edited = is_untouched ? g_strdup(rest) : header_text(proper, charset_of(rest));
        g_free(decoded);
        return edited;
}

/* Joins with spaces. Two encoded words beside each other would lose the space between them, so it goes into the first. */
static char *join(const char *tag, bool is_reply, const char *rest)
{
        const bool are_words = !g_str_is_ascii(tag) && !is_reply && g_str_has_prefix(rest, "=?");
        char *spaced = g_strconcat(tag, are_words ? " " : "", NULL);
        char *encoded = header_text(spaced, NULL);
        const char *parts[] = { encoded, is_reply ? "Re:" : "", rest };
        GString *out = g_string_new(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
                if (*parts[i])
                        g_string_append_printf(out, "%s%s", out->len ? " " : "", parts[i]);
        g_free(encoded);
        g_free(spaced);
        return g_string_free(out, FALSE);
}

/* --- an address in it ---------------------------------------------------------------------- */

/* Replaces an address, whatever the case of its letters, in a text of one line. Takes the text. */
static char *without(char *text, const char *address)
{
        const size_t length = strlen(address);
        GString *out = g_string_new(NULL);
        for (const char *at = text; *at;) {
                bool found = g_ascii_strncasecmp(at, address, length) == 0;
                if (found)
                        g_string_append(out, ADDRESS_SHOWN);
                else
                        g_string_append_c(out, *at);
                at += found ? length : 1;
        }
        g_free(text);
        return g_string_free(out, FALSE);
}

static char *hide_address(char *value, const struct address *address)
{
        char *decoded = mime_decode_text(value);
        char *unicode = domain_to_unicode(address->domain);
        char *shown = g_strconcat(address->local, "@", unicode, NULL);
        char *hidden = without(without(g_strdup(decoded), address->text), shown);
        char *raw = without(g_strdup(value), address->text); /* in what is no encoded word to every program */
        const bool is_there = strcmp(hidden, decoded) != 0 || strcmp(raw, value) != 0;
        char *result = is_there ? header_text(hidden, charset_of(value)) : g_strdup(value);
        g_free(raw);
        g_free(hidden);
        g_free(shown);
        g_free(unicode);
        g_free(decoded);
        g_free(value);
        return result;
}

char *subject_edit(const struct subject_facts *facts, const char *value)
{
        bool is_reply = false;
        struct tag tag = tag_parse(facts->tag);
        char *written = tag_write(&tag, facts->number);
        char *rest = edit_rest(value ? value : "", &tag, &is_reply);
        char *edited = join(written, is_reply, rest);
        g_free(rest);
        g_free(written);
        tag_clear(&tag);
        return facts->hidden ? hide_address(edited, facts->hidden) : edited;
}
