/* text.c - what of a post is text that readers get, and what is cut (requirement A3)
 * Gives:     text_read(), text_free()
 * Fails:     ERR_PERM by a rule that refuses, and by the budgets of parts.h
 * Standards: RFC 2046 4.1, 5.1.4 (alternative: one form is enough), 5.2.2, 5.2.3; RFC 1847 (signed, encrypted);
 *            RFC 2183; RFC 2387 (related)
 * PART_RULES is the whole of the policy: another kind of part is another row. */
#include "mail/text.h"

#include "mail/charset.h"
#include "mail/date.h"
#include "mail/embed.h"
#include "mail/guess.h"
#include "mail/html.h"
#include "mail/lines.h"
#include "mail/mime.h"
#include "mail/parts.h"
#include "mail/quote.h"
#include "mail/render.h"

enum {
        NAME_CHARS_MAX = 60, /* of a file's name for people: from a longer one the middle goes */
        NAME_TAIL_CHARS = 10,
        LABEL_MAX = 40       /* of a charset; the registered ones have up to 40 (RFC 2978 2.3) */
};

/* --- facts about a part ------------------------------------------------------------ */

typedef bool part_test(const GPtrArray *parts, const struct part *part);

static const struct part *parent_of(const GPtrArray *parts, const struct part *part)
{
        return part->parent < 0 ? NULL : parts->pdata[part->parent];
}

static bool is_root(const GPtrArray *parts, const struct part *part)
{
        return part->parent < 0;
}

static bool is_enveloped_root(const GPtrArray *parts, const struct part *part)
{
        return is_root(parts, part) && (!part->smime_type || g_ascii_strcasecmp(part->smime_type, "signed-data") != 0);
}

static bool has_children(const GPtrArray *parts, const struct part *part)
{
        return part->children > 0;
}

/* The message itself is never an attachment, whatever it says: there is nothing that it could be attached to. */
static bool is_attached(const GPtrArray *parts, const struct part *part)
{
        return part->is_attachment && !is_root(parts, part);
}

static bool is_picture_of_html(const GPtrArray *parts, const struct part *part)
{
        const struct part *parent = parent_of(parts, part);
        return parent && strcmp(parent->type, "multipart/related") == 0 && part->place > 0;
}

static bool is_form(const GPtrArray *parts, const struct part *part, const char *type)
{
        return strcmp(part->type, type) == 0 && !is_attached(parts, part);
}

/* Octets of a part in UTF-8, somehow. */
static GBytes *readable(const struct part *part)
{
        gsize length;
        GBytes *decoded = transfer_decode(part->transfer, part->raw);
        const char *octets = g_bytes_get_data(decoded, &length);
        GBytes *text = charset_decode_readably(guess_charset(part->charset, octets, length), octets, length);
        g_bytes_unref(decoded);
        return text;
}

static size_t count_visible(const char *text, size_t length)
{
        size_t visible = 0;
        for (const char *at = text; at < text + length; at = g_utf8_next_char(at))
                visible += g_unichar_isgraph(g_utf8_get_char(at));
        return visible;
}

/* What programs write where a text should be: that the reader ought to look at the HTML. */
static bool is_excuse(const char *text, size_t length)
{
        static const char *const WORDS[] = { "support", "display", "show", "view", "read", "capable", "enable", "anzeig", "unterst",
                                             "darstell", "表示", "対応" };
        char *folded = g_utf8_casefold(text, (gssize) length);
        bool found = false;
        for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++)
                found = found || strstr(folded, WORDS[i]);
        found = found && strstr(folded, "html");
        g_free(folded);
        return found;
}

/* A plain form that is as good as none. Only a short one is looked at: the time does not grow with the post. */
static bool is_poor(const struct part *part)
{
        enum { RAW_MAX = 2048, EXCUSE_MAX = 160 };
        if (g_bytes_get_size(part->raw) > RAW_MAX)
                return false;
        gsize length;
        GBytes *bytes = readable(part);
        const char *text = g_bytes_get_data(bytes, &length);
        const size_t visible = text ? count_visible(text, length) : 0;
        bool poor = visible == 0 || (visible <= EXCUSE_MAX && is_excuse(text, length));
        g_bytes_unref(bytes);
        return poor;
}

static guint end_of(const GPtrArray *parts, guint index)
{
        const struct part *outer = parts->pdata[index];
        guint end = index + 1;
        while (end < parts->len && ((const struct part *) parts->pdata[end])->depth > outer->depth)
                end++;
        return end;
}

/* The form within the alternative or message that stands at `index`, at any depth, which readers get: the first plain text that says
 * something, else HTML, else plain text. NULL: there is neither. */
static const struct part *best_form(const GPtrArray *parts, guint index)
{
        const struct part *html = NULL, *plain = NULL;
        const guint end = end_of(parts, index);
        for (guint i = index + 1; i < end; i++) {
                const struct part *part = parts->pdata[i];
                if (!html && is_form(parts, part, "text/html"))
                        html = part;
                if (!plain && is_form(parts, part, "text/plain"))
                        plain = part;
        }
        return html && (!plain || is_poor(plain)) ? html : plain;
}

/* The part of the multipart at `index` that `part` is, or is within. */
static const struct part *branch_of(const GPtrArray *parts, const struct part *part, int index)
{
        while (part->parent != index)
                part = parts->pdata[part->parent];
        return part;
}

/* Some alternative around the part offers the same in another of its forms, which is the one that stays. */
static bool has_better_twin(const GPtrArray *parts, const struct part *part)
{
        for (int i = part->parent; i >= 0; i = ((const struct part *) parts->pdata[i])->parent) {
                const struct part *outer = parts->pdata[i];
                if (strcmp(outer->type, "multipart/alternative") != 0)
                        continue;
                const struct part *best = best_form(parts, (guint) i);
                if (best && branch_of(parts, best, i) != branch_of(parts, part, i))
                        return true;
        }
        return false;
}

/* --- the rules --------------------------------------------------------------------- */

enum fate {
        FATE_KEEP,
        FATE_CONVERT,   /* from HTML, and keep */
        FATE_CUT,       /* and tell in the notice */
        FATE_CUT_STILL, /* readers miss nothing by it */
        FATE_OPEN,      /* a multipart or message: its parts are judged one by one */
        FATE_REFUSE
};

/* The first row whose type (a whole one, or "kind/" for all of a kind, or "") and test apply decides. */
static const struct part_rule {
        const char *type;
        part_test *test; /* NULL: no test */
        enum fate fate;
        const char *why;
} PART_RULES[] = {
        { "multipart/encrypted", is_root, FATE_REFUSE, "it is encrypted" },
        { "application/pkcs7-mime", is_enveloped_root, FATE_REFUSE, "it is encrypted (S/MIME)" },
        { "application/x-pkcs7-mime", is_enveloped_root, FATE_REFUSE, "it is encrypted (S/MIME)" },
        { "message/partial", is_root, FATE_REFUSE, "it is a fragment of a message (message/partial)" },
        { "message/external-body", is_root, FATE_REFUSE, "its text is elsewhere (message/external-body)" },
        { "multipart/", has_children, FATE_OPEN, "" },
        { "message/rfc822", has_children, FATE_OPEN, "" }, /* forwarded, as an attachment or not */
        { "message/global", has_children, FATE_OPEN, "" },
        { "application/pgp-signature", NULL, FATE_CUT_STILL, "signature" },
        { "application/pkcs7-signature", NULL, FATE_CUT_STILL, "signature" },
        { "application/x-pkcs7-signature", NULL, FATE_CUT_STILL, "signature" },
        { "", is_attached, FATE_CUT, "attachment" },
        { "text/", has_better_twin, FATE_CUT_STILL, "other form of the text" },
        { "text/plain", NULL, FATE_KEEP, "text" },
        { "text/html", NULL, FATE_CONVERT, "html, as text" },
        { "image/", is_picture_of_html, FATE_CUT_STILL, "picture of the html" },
        { "", NULL, FATE_CUT, "not text" },
};

static bool type_applies(const char *rule, const char *type)
{
        return *rule == '\0' || strcmp(rule, type) == 0 || (g_str_has_suffix(rule, "/") && g_str_has_prefix(type, rule));
}

static const struct part_rule *rule_for(const GPtrArray *parts, const struct part *part)
{
        const struct part_rule *rule = PART_RULES; /* the last row applies to everything */
        while (!type_applies(rule->type, part->type) || (rule->test && !rule->test(parts, part)))
                rule++;
        return rule;
}

/* --- what is kept ------------------------------------------------------------------- */

static void piece_free(void *data)
{
        struct text_piece *piece = data;
        g_bytes_unref(piece->bytes);
        g_free(piece->label);
        g_free(piece);
}

static bool is_label(const char *label)
{
        return label && *label && strlen(label) <= LABEL_MAX
               && label[strspn(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+")] == '\0';
}

/* What the text is called. A label that says the truth stays as it stands, also one that only the reader's program knows. */
static char *label_in_truth(const char *label, const struct charset *charset)
{
        if (charset && charset != charset_find(label))
                return g_strdup(charset_label(charset));
        return g_strdup(label);
}

static struct text_piece *piece_new(const struct part *part)
{
        struct text_piece *piece = g_new0(struct text_piece, 1);
        const char *label = is_label(part->charset) ? part->charset : NULL;
        GBytes *decoded = transfer_decode(part->transfer, part->raw);
        gsize length;
        const char *octets = g_bytes_get_data(decoded, &length);
        piece->charset = guess_charset(label, octets, length);
        if (piece->charset && !charset_holds_ascii(piece->charset)) { /* UTF-16: it can take no footer and no line ends of ours */
                GBytes *text = charset_decode_readably(piece->charset, octets, length);
                piece->charset = charset_utf8();
                g_bytes_unref(decoded);
                decoded = text;
        }
        piece->bytes = lines_repair(decoded);
        piece->label = label_in_truth(label, piece->charset);
        piece->transfer = part->transfer;
        piece->is_flowed = part->is_flowed;
        piece->is_delsp = part->is_delsp;
        g_bytes_unref(decoded);
        return piece;
}

/* What replies carry along goes (leaks L5, L6); a text that was nothing else is gone. */
static void clean_piece(struct text_piece *piece, const struct quote *quote)
{
        bool is_utf8;
        GBytes *cleaned = quote_clean(quote, piece->charset, piece->bytes, &is_utf8);
        if (!cleaned)
                return;
        g_bytes_unref(piece->bytes);
        piece->bytes = cleaned;
        if (is_utf8) {
                piece->charset = charset_utf8();
                g_free(piece->label);
                piece->label = g_strdup(charset_label(piece->charset));
        }
}

/* --- HTML -------------------------------------------------------------------------------- */

/* The charset of a label that is not a lie: HTML that is written in ASCII is not UTF-16. */
static const struct charset *likely_charset(const char *label)
{
        const struct charset *charset = charset_find(label);
        return charset && charset_holds_ascii(charset) ? charset : NULL;
}

/* HTML in UTF-8: by the part's label or by what it says itself, whichever can be, by what it looks like, and where nothing
 * fits, as what most of the rest is. */
static GBytes *html_in_utf8(const struct part *part, GBytes *decoded, const struct charset **ret_charset)
{
        gsize length;
        const char *octets = g_bytes_get_data(decoded, &length);
        char *own = html_charset(octets, length);
        const struct charset *candidates[] = { charset_find(part->charset), likely_charset(own) };
        const struct charset *found = NULL;
        g_free(own);
        for (size_t i = 0; i < G_N_ELEMENTS(candidates) && !found; i++) {
                GBytes *text = candidates[i] ? charset_decode(candidates[i], octets, length) : NULL;
                found = text ? candidates[i] : NULL;
                g_clear_pointer(&text, g_bytes_unref);
        }
        found = guess_charset(found ? charset_label(found) : part->charset, octets, length);
        *ret_charset = found ? found : charset_find("windows-1252");
        return charset_decode_readably(*ret_charset, octets, length);
}

/* In the charset that the HTML was in, where that has all the characters; entities may stand for others. */
static GBytes *in_charset(const char *text, size_t length, const struct charset **charset)
{
        GBytes *encoded = charset_holds_ascii(*charset) ? charset_encode(*charset, text, length) : NULL;
        if (!encoded)
                *charset = charset_utf8();
        return encoded ? encoded : g_bytes_new(text, length);
}

static enum transfer transfer_for(GBytes *octets, enum transfer otherwise)
{
        gsize length;
        const char *text = g_bytes_get_data(octets, &length);
        for (gsize i = 0; i < length; i++)
                if (text[i] & 0x80)
                        return otherwise == TRANSFER_7BIT ? TRANSFER_8BIT : otherwise;
        return TRANSFER_7BIT;
}

static struct text_piece *piece_of_html(const struct part *part)
{
        struct text_piece *piece = g_new0(struct text_piece, 1);
        GBytes *decoded = transfer_decode(part->transfer, part->raw);
        GBytes *html = html_in_utf8(part, decoded, &piece->charset);
        gsize length;
        const char *utf8 = g_bytes_get_data(html, &length);
        GString *text = html_to_text(utf8 ? utf8 : "", length);
        GBytes *octets = in_charset(text->str, text->len, &piece->charset);
        piece->bytes = lines_repair(octets);
        piece->label = g_strdup(charset_label(piece->charset));
        piece->transfer = transfer_for(piece->bytes, part->transfer);
        g_bytes_unref(octets);
        g_string_free(text, TRUE);
        g_bytes_unref(html);
        g_bytes_unref(decoded);
        return piece;
}

static bool is_visible(const struct text_piece *piece)
{
        gsize length;
        const char *octets = g_bytes_get_data(piece->bytes, &length);
        GBytes *decoded = charset_decode_readably(piece->charset, octets, length);
        const char *text = g_bytes_get_data(decoded, &length);
        bool found = text && count_visible(text, length) > 0;
        g_bytes_unref(decoded);
        return found;
}

/* --- what is told ------------------------------------------------------------------- */

static void render_part_free(void *data)
{
        struct render_part *part = data;
        g_free(part->type);
        g_free(part->name);
        g_free(part->why);
        g_free(part);
}

/* A name that holds an address is no name to show (leaks L5: "anna@example.org.vcf"). */
static char *shown_name(const char *name)
{
        if (strchr(name, '@'))
                return g_strdup("");
        static const char gap[] = "...";
        const glong chars = g_utf8_strlen(name, -1);
        if (chars <= NAME_CHARS_MAX)
                return g_strdup(name);
        char *head = g_utf8_substring(name, 0, NAME_CHARS_MAX - NAME_TAIL_CHARS - (glong) strlen(gap));
        char *shown = g_strconcat(head, gap, g_utf8_offset_to_pointer(name, chars - NAME_TAIL_CHARS), NULL);
        g_free(head);
        return shown;
}

static struct render_part *render_part_new(const struct part *part, const struct part_rule *rule)
{
        struct render_part *told = g_new0(struct render_part, 1);
        told->type = g_strdup(part->type);
        told->name = shown_name(part->name);
        told->size = transfer_decoded_size(part->transfer, part->raw);
        told->kept = rule->fate == FATE_KEEP || rule->fate == FATE_CONVERT;
        told->noticed = rule->fate == FATE_CUT;
        told->why = g_strdup(rule->why);
        return told;
}

static struct render_part *render_part_of_embed(const struct embed *embed)
{
        struct render_part *told = g_new0(struct render_part, 1);
        char *name = mime_one_line(embed->name);
        told->type = g_strdup(embed->type);
        told->name = shown_name(name);
        told->size = embed->size;
        told->noticed = embed->is_told;
        told->why = g_strdup(embed->why);
        g_free(name);
        return told;
}

/* --- all of it ---------------------------------------------------------------------- */

void text_free(struct text *text)
{
        if (!text)
                return;
        g_ptr_array_unref(text->pieces);
        g_ptr_array_unref(text->parts);
        g_free(text);
}

/* What was no text in it. */
static bool cut_embedded(struct text *text, struct text_piece *piece, struct err *ret_err)
{
        GBytes *rest;
        GPtrArray *found;
        if (!embed_cut(&rest, &found, piece->bytes, ret_err))
                return false;
        for (guint i = 0; i < found->len; i++)
                g_ptr_array_add(text->parts, render_part_of_embed(found->pdata[i]));
        g_ptr_array_unref(found);
        g_bytes_unref(piece->bytes);
        piece->bytes = rest;
        if (text->parts->len > PARTS_MAX)
                return err_set(ret_err, ERR_PERM, "it has more than %d parts and files in its text", PARTS_MAX);
        return true;
}

/* Takes the piece. One of which nothing is left goes; it would be an empty line. */
static bool keep(struct text *text, struct text_piece *piece, const struct quote *quote, struct err *ret_err)
{
        const bool was_empty = g_bytes_get_size(piece->bytes) == 0;
        const bool ok = cut_embedded(text, piece, ret_err);
        if (ok)
                clean_piece(piece, quote);
        if (!ok || (!was_empty && g_bytes_get_size(piece->bytes) == 0)) {
                piece_free(piece);
                return ok;
        }
        g_ptr_array_add(text->pieces, piece);
        text->size += g_bytes_get_size(piece->bytes);
        text->empty = text->empty && !is_visible(piece);
        return true;
}

/* --- messages within the post --------------------------------------------------------- */

/* In a charset of the texts around it, where that has the characters, so that these need not become UTF-8. */
static GBytes *encode_beside(const struct text *text, const struct part *below, const char *heading, const char **ret_label)
{
        const struct text_piece *last = text->pieces->len ? text->pieces->pdata[text->pieces->len - 1] : NULL;
        const char *labels[] = { below && is_label(below->charset) ? below->charset : NULL, last ? last->label : NULL };
        *ret_label = g_str_is_ascii(heading) ? "us-ascii" : "utf-8";
        for (size_t i = 0; i < G_N_ELEMENTS(labels) && !g_str_is_ascii(heading); i++) {
                const struct charset *charset = charset_find(labels[i]);
                GBytes *encoded = charset && charset_holds_ascii(charset) ? charset_encode(charset, heading, strlen(heading)) : NULL;
                if (encoded) {
                        *ret_label = labels[i];
                        return encoded;
                }
        }
        return g_bytes_new(heading, strlen(heading));
}

static void append_field(GString *out, const char *name, const char *value)
{
        char *shown = value ? quote_without_addresses(value, strlen(value)) : g_strdup("");
        if (*shown)
                g_string_append_printf(out, "%s: %s\r\n", name, shown);
        g_free(shown);
}

/* The allow-list of a message within the post (leaks L5, L9): its author's name, its date in the list's zone, its subject.
 * Says nothing about whether there is text to read. */
static void add_heading(struct text *text, const GPtrArray *parts, const struct part *part, const struct render_facts *facts)
{
        GString *heading = g_string_new(NULL);
        char *date = date_in_zone_if_any(part->date, facts->timezone);
        append_field(heading, "From", part->author);
        append_field(heading, "Date", date);
        append_field(heading, "Subject", part->subject);
        g_free(date);
        if (heading->len) {
                const char *label;
                struct text_piece *piece = g_new0(struct text_piece, 1);
                piece->bytes = encode_beside(text, best_form(parts, (guint) part->parent), heading->str, &label);
                piece->label = g_strdup(label);
                piece->charset = charset_find(label);
                piece->transfer = part->transfer;
                piece->is_flowed = part->is_flowed; /* none of its lines ends in a space or begins with one */
                piece->is_delsp = part->is_delsp;
                g_ptr_array_add(text->pieces, piece);
                text->size += heading->len;
        }
        g_string_free(heading, TRUE);
}

static bool is_message_within(const GPtrArray *parts, const struct part *part)
{
        const struct part *parent = parent_of(parts, part);
        return parent && g_str_has_prefix(parent->type, "message/");
}

static bool judge(struct text *text, const GPtrArray *parts, const struct part *part, const struct quote *quote,
                  const struct render_facts *facts, struct err *ret_err)
{
        const struct part_rule *rule = rule_for(parts, part);
        if (rule->fate == FATE_REFUSE)
                return err_set(ret_err, ERR_PERM, "%s", rule->why);
        if (is_message_within(parts, part))
                add_heading(text, parts, part, facts);
        if (rule->fate != FATE_OPEN)
                g_ptr_array_add(text->parts, render_part_new(part, rule));
        if (rule->fate == FATE_KEEP)
                return keep(text, piece_new(part), quote, ret_err);
        return rule->fate != FATE_CONVERT || keep(text, piece_of_html(part), quote, ret_err);
}

bool text_read(struct text **ret_text, const struct message *message, const struct render_facts *facts, struct err *ret_err)
{
        GPtrArray *parts;
        *ret_text = NULL;
        if (!parts_read(&parts, message, ret_err))
                return false;
        struct text *text = g_new0(struct text, 1);
        text->pieces = g_ptr_array_new_with_free_func(piece_free);
        text->parts = g_ptr_array_new_with_free_func(render_part_free);
        text->empty = true;
        struct quote *quote = quote_new(facts->list, facts->addresses);
        bool ok = true;
        for (guint i = 0; i < parts->len && ok; i++)
                ok = judge(text, parts, parts->pdata[i], quote, facts, ret_err);
        quote_free(quote);
        g_ptr_array_unref(parts);
        if (ok)
                *ret_text = text;
        else
                text_free(text);
        return ok;
}
