/* text.c - what of a post is text that readers get, and what is cut (requirement A3)
 * Gives:     text_read(), text_free()
 * Fails:     ERR_PERM by a rule that refuses, and by the budgets of parts.h
 * Standards: RFC 2046 4.1, 5.1.4 (alternative: one form is enough), 5.2.2, 5.2.3; RFC 1847 (signed, encrypted);
 *            RFC 2183; RFC 2387 (related)
 * What becomes of a part is rules.c's to say, and kind.c's of a file that a list may let through. */
#include "mail/text.h"

#include "mail/charset.h"
#include "mail/date.h"
#include "mail/embed.h"
#include "mail/guess.h"
#include "mail/html.h"
#include "mail/kind.h"
#include "mail/lines.h"
#include "mail/mime.h"
#include "mail/quote.h"
#include "mail/render.h"
#include "mail/rules.h"
#include "mail/sanitise.h"
#include "mail/tnef.h"
#include "store/list.h"

enum {
        NAME_CHARS_MAX = 60, /* of a file's name for people: from a longer one the middle goes */
        NAME_TAIL_CHARS = 10,
        LABEL_MAX = 40       /* of a charset; the registered ones have up to 40 (RFC 2978 2.3) */
};

/* --- what is kept ------------------------------------------------------------------- */

static void piece_free(void *data)
{
        struct text_piece *piece = data;
        g_bytes_unref(piece->bytes);
        if (piece->html)
                g_string_free(piece->html, TRUE);
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
static bool clean_piece(struct text_piece *piece, const struct quote *quote)
{
        bool is_utf8;
        GBytes *cleaned = quote_clean(quote, piece->charset, piece->bytes, &is_utf8);
        if (!cleaned)
                return false;
        g_bytes_unref(piece->bytes);
        piece->bytes = cleaned;
        if (is_utf8) {
                piece->charset = charset_utf8();
                g_free(piece->label);
                piece->label = g_strdup(charset_label(piece->charset));
        }
        return true;
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
        char *own = guess_label_of_html(octets, length);
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

/* NULL: it holds nothing to see. */
static GString *sanitised(const struct part *part, const struct quote *quote)
{
        const struct charset *charset;
        GBytes *decoded = transfer_decode(part->transfer, part->raw);
        GBytes *html = html_in_utf8(part, decoded, &charset);
        gsize length;
        const char *utf8 = g_bytes_get_data(html, &length);
        GString *out = sanitise_html(quote, utf8 ? utf8 : "", length);
        g_bytes_unref(html);
        g_bytes_unref(decoded);
        if (out->len)
                return out;
        g_string_free(out, TRUE);
        return NULL;
}

static bool is_visible(const struct text_piece *piece)
{
        gsize length;
        const char *octets = g_bytes_get_data(piece->bytes, &length);
        GBytes *decoded = charset_decode_readably(piece->charset, octets, length);
        const char *text = g_bytes_get_data(decoded, &length);
        bool found = text && charset_count_visible(text, length) > 0;
        g_bytes_unref(decoded);
        return found;
}

/* --- what is told ------------------------------------------------------------------- */

static void render_part_free(void *data)
{
        struct render_part *part = data;
        g_free(part->place);
        g_free(part->type);
        g_free(part->name);
        g_free(part->why);
        g_free(part);
}

/* Without the folders that it once stood in. A name that holds an address is no name to show (leaks L5:
 * "anna@example.org.vcf"). */
static char *shown_name(const char *name)
{
        if (strchr(name, '@'))
                return g_strdup("");
        for (const char *at = name; *at; at++)
                if ((*at == '/' || *at == '\\') && at[1])
                        name = at + 1;
        static const char gap[] = "...";
        const glong chars = g_utf8_strlen(name, -1);
        if (chars <= NAME_CHARS_MAX)
                return g_strdup(name);
        char *head = g_utf8_substring(name, 0, NAME_CHARS_MAX - NAME_TAIL_CHARS - (glong) strlen(gap));
        char *shown = g_strconcat(head, gap, g_utf8_offset_to_pointer(name, chars - NAME_TAIL_CHARS), NULL);
        g_free(head);
        return shown;
}

/* `place` NULL: that of what was told before. */
static struct render_part *tell(struct text *text, const char *place, const char *type, const char *name, size_t size, enum fate fate,
                                const char *why)
{
        const struct render_part *before = text->parts->len ? text->parts->pdata[text->parts->len - 1] : NULL;
        struct render_part *told = g_new0(struct render_part, 1);
        told->place = g_strdup(place ? place : before ? before->place : "");
        told->type = g_strdup(type);
        told->name = shown_name(name);
        told->size = size;
        told->kept = fate == FATE_KEEP || fate == FATE_CONVERT || fate == FATE_PASS;
        told->opened = fate == FATE_OPEN;
        told->noticed = fate == FATE_CUT;
        told->why = g_strdup(why);
        g_ptr_array_add(text->parts, told);
        return told;
}

/* The same of a file within what was told before, with a name in any charset. */
static void tell_within(struct text *text, const char *type, const char *octets, size_t size, enum fate fate, const char *why)
{
        char *name = mime_decode_text(octets);
        tell(text, NULL, type, name, size, fate, why);
        g_free(name);
}

static struct render_part *tell_part(struct text *text, const struct part *part, enum fate fate, const char *why)
{
        return tell(text, part->path, part->type, part->name, transfer_decoded_size(part->transfer, part->raw), fate, why);
}

/* --- files ------------------------------------------------------------------------------ */

static void file_free(void *data)
{
        struct text_file *file = data;
        g_free(file->type);
        g_free(file->name);
        g_bytes_unref(file->bytes);
        g_free(file);
}

/* Takes the octets. */
static void pass_file(struct text *text, const struct part *part, const char *type, GBytes *octets)
{
        struct text_file *file = g_new0(struct text_file, 1);
        file->type = g_strdup(type);
        file->name = shown_name(part->name);
        file->bytes = octets;
        g_ptr_array_add(text->files, file);
        tell_part(text, part, FATE_PASS, "file that the list lets through");
}

/* What Outlook packed: its files are told in its place. */
static void tell_packed(struct text *text, const struct part *part, GBytes *octets)
{
        gsize length;
        const char *stream = g_bytes_get_data(octets, &length);
        GPtrArray *files = stream && tnef_is(stream, length) ? tnef_files(stream, length) : NULL;
        const bool is_told = files && files->len;
        tell_part(text, part, is_told ? FATE_CUT_STILL : FATE_CUT, "files packed by Outlook");
        for (guint i = 0; files && i < files->len; i++) {
                const struct tnef_file *file = files->pdata[i];
                tell_within(text, "application/ms-tnef", file->name, file->size, FATE_CUT, "within what Outlook packed");
        }
        g_clear_pointer(&files, g_ptr_array_unref);
}

static bool is_packed(const struct part *part)
{
        return strcmp(part->type, "application/ms-tnef") == 0 || strcmp(part->type, "application/vnd.ms-tnef") == 0
               || g_ascii_strcasecmp(part->name, "winmail.dat") == 0;
}

/* A part that is no text: what the list lets through passes, the rest is cut. Nothing is decoded that nobody looks at. */
static void cut_or_pass(struct text *text, const struct part *part, const struct part_rule *rule, const struct list *list)
{
        const char *type, *why = NULL;
        const bool may_pass = list->attachments != ATTACHMENTS_STRIP || *list->attachments_allow;
        GBytes *octets = may_pass || is_packed(part) ? transfer_decode(part->transfer, part->raw) : NULL;
        if (may_pass && kind_passes(list, part->type, part->name, octets, &type, &why)) {
                pass_file(text, part, type, octets);
                return;
        }
        if (is_packed(part))
                tell_packed(text, part, octets);
        else
                tell_part(text, part, rule->fate, why && rule->fate == FATE_CUT ? why : rule->why);
        g_clear_pointer(&octets, g_bytes_unref);
}

/* --- all of it ---------------------------------------------------------------------- */

void text_free(struct text *text)
{
        if (!text)
                return;
        g_ptr_array_unref(text->pieces);
        g_ptr_array_unref(text->files);
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
        for (guint i = 0; i < found->len; i++) {
                const struct embed *embed = found->pdata[i];
                tell_within(text, embed->type, embed->name, embed->size, embed->is_told ? FATE_CUT : FATE_CUT_STILL, embed->why);
        }
        g_ptr_array_unref(found);
        g_bytes_unref(piece->bytes);
        piece->bytes = rest;
        if (text->parts->len > PARTS_MAX)
                return err_set(ret_err, ERR_PERM, "it has more than %d parts and files in its text", PARTS_MAX);
        return true;
}

/* What was done to the text that explains how it looks. */
static void explain_more(struct render_part *told, const char *more)
{
        char *why = g_strdup_printf("%s, %s", told->why, more);
        g_free(told->why);
        told->why = why;
}

static void explain_label(struct render_part *told, const struct part *part, const struct text_piece *piece)
{
        const bool is_true = !piece->label || (part->charset && g_ascii_strcasecmp(part->charset, piece->label) == 0);
        if (is_true || (!part->charset && g_ascii_strcasecmp(piece->label, "us-ascii") == 0))
                return;
        char *more = is_label(part->charset) ? g_strdup_printf("in %s (it says %s)", piece->label, part->charset)
                                             : g_strdup_printf("in %s (it does not say so)", piece->label);
        explain_more(told, more);
        g_free(more);
}

/* Takes the piece. One of which nothing is left goes; it would be an empty line. */
static bool keep(struct text *text, struct text_piece *piece, struct render_part *told, const struct quote *quote, struct err *ret_err)
{
        const bool was_empty = g_bytes_get_size(piece->bytes) == 0;
        const bool ok = cut_embedded(text, piece, ret_err);
        if (ok && clean_piece(piece, quote))
                explain_more(told, "addresses, footers or leave addresses of replies cut");
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
                piece->bytes = encode_beside(text, rule_best_form(parts, (guint) part->parent), heading->str, &label);
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
        const struct part *parent = rule_parent(parts, part);
        return parent && g_str_has_prefix(parent->type, "message/");
}

/* What stands beside a text as HTML: all of it beside the first text of a form, and nothing more ("") beside the others, for
 * it says them too. NULL: nothing does. */
static GString *html_beside(const GPtrArray *parts, const struct part *part, const struct quote *quote)
{
        GPtrArray *forms = rule_html_forms(parts, part);
        const bool is_first = rule_is_best_form(parts, part);
        GString *html = g_string_new(NULL);
        for (guint i = 0; i < forms->len && is_first; i++) {
                GString *form = sanitised(forms->pdata[i], quote);
                if (!form)
                        continue; /* nothing is left of it */
                g_string_append_len(html, form->str, (gssize) form->len);
                g_string_free(form, TRUE);
        }
        if (forms->len == 0 || (is_first && html->len == 0)) {
                g_string_free(html, TRUE);
                html = NULL;
        }
        g_ptr_array_unref(forms);
        return html;
}

static bool judge(struct text *text, const GPtrArray *parts, const struct part *part, const struct quote *quote,
                  const struct render_facts *facts, struct err *ret_err)
{
        const struct part_rule *rule = rule_for(parts, part);
        if (rule->fate == FATE_REFUSE)
                return err_set(ret_err, ERR_PERM, "%s", rule->why);
        if (is_message_within(parts, part))
                add_heading(text, parts, part, facts);
        const bool has_html = facts->list->html == HTML_ALLOW;
        if (has_html && rule->fate == FATE_CUT_STILL && rule_is_beside(parts, part))
                tell_part(text, part, FATE_KEEP, "html, without what loads or runs"); /* with its plain text */
        else if (rule->fate == FATE_CUT || rule->fate == FATE_CUT_STILL)
                cut_or_pass(text, part, rule, facts->list);
        else if (rule->fate == FATE_OPEN)
                tell_part(text, part, FATE_OPEN, "opened");
        if (rule->fate != FATE_KEEP && rule->fate != FATE_CONVERT)
                return true;
        struct render_part *told = tell_part(text, part, rule->fate, rule->why);
        struct text_piece *piece = rule->fate == FATE_KEEP ? piece_new(part) : piece_of_html(part);
        if (rule->fate == FATE_KEEP)
                explain_label(told, part, piece);
        if (has_html)
                piece->html = rule->fate == FATE_CONVERT ? sanitised(part, quote) : html_beside(parts, part, quote);
        return keep(text, piece, told, quote, ret_err);
}

bool text_read(struct text **ret_text, const struct message *message, const struct render_facts *facts, struct err *ret_err)
{
        GPtrArray *parts;
        *ret_text = NULL;
        if (!parts_read(&parts, message, ret_err))
                return false;
        struct text *text = g_new0(struct text, 1);
        text->pieces = g_ptr_array_new_with_free_func(piece_free);
        text->files = g_ptr_array_new_with_free_func(file_free);
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
