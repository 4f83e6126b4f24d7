/* body.c - the body of the copy
 * Gives:     body_write(), body_free(), body_charset()
 * Standards: RFC 2045 (fields), RFC 2046 4.1 (text/plain), 5.1.3 (mixed); RFC 2183,
 *            RFC 2231 4 (names of files); RFC 3676 4.2, 4.4 (flowed lines, stuffing)
 * One text stays in its charset and encoding; where nothing comes below it and it is 7bit or 8bit, its octets are the
 * post's. Several texts become one: in their charset where they share it, else in UTF-8. What stands below a text and does
 * not fit into its charset becomes a part of its own: ISO-2022-JP stays ISO-2022-JP (requirement A12). */
#include "mail/body.h"

#include "mail/charset.h"
#include "mail/header.h"
#include "mail/lines.h"
#include "mail/sanitise.h"

static const char ASCII_LABEL[] = "us-ascii", UTF8_LABEL[] = "utf-8";

/* The text while it is put together. */
struct draft {
        GString *octets;
        const char *label; /* NULL: not known, and then none is written */
        const struct charset *charset;
        enum transfer transfer;
        bool is_flowed, is_delsp;
};

/* --- one text out of several ------------------------------------------------------------ */

static bool is_ascii_label(const char *label)
{
        return label && g_ascii_strcasecmp(label, ASCII_LABEL) == 0;
}

/* The label that all pieces bear, US-ASCII being a part of any. NULL: they do not share one, or one has none. */
static const char *shared_label(const GPtrArray *pieces)
{
        const char *shared = ASCII_LABEL;
        for (guint i = 0; i < pieces->len; i++) {
                const struct text_piece *piece = pieces->pdata[i];
                if (!piece->label)
                        return NULL;
                if (is_ascii_label(shared))
                        shared = piece->label;
                else if (!is_ascii_label(piece->label) && g_ascii_strcasecmp(piece->label, shared) != 0)
                        return NULL;
        }
        return shared;
}

static bool share_flow(const GPtrArray *pieces)
{
        const struct text_piece *first = pieces->pdata[0];
        for (guint i = 1; i < pieces->len; i++) {
                const struct text_piece *piece = pieces->pdata[i];
                if (piece->is_flowed != first->is_flowed || piece->is_delsp != first->is_delsp)
                        return false;
        }
        return true;
}

static void append(struct draft *draft, GBytes *bytes)
{
        gsize length;
        const char *octets = g_bytes_get_data(bytes, &length);
        if (draft->charset)
                g_string_append(draft->octets, charset_to_ascii_state(draft->charset, draft->octets->str, draft->octets->len));
        g_string_append_len(draft->octets, octets, (gssize) length);
}

static void append_piece(struct draft *draft, const struct text_piece *piece, bool as_utf8)
{
        gsize length;
        const char *octets = g_bytes_get_data(piece->bytes, &length);
        GBytes *bytes = as_utf8 ? charset_decode_readably(piece->charset, octets, length) : g_bytes_ref(piece->bytes);
        append(draft, bytes);
        g_bytes_unref(bytes);
}

static void draft_begin(struct draft *draft, const struct text *text)
{
        const GPtrArray *pieces = text->pieces;
        const struct text_piece *first = pieces->len ? pieces->pdata[0] : NULL;
        const char *shared = pieces->len == 1 ? first->label : shared_label(pieces);
        const bool as_utf8 = pieces->len > 1 && !shared;
        draft->octets = g_string_sized_new(text->size + text->size / 8);
        draft->label = as_utf8 ? UTF8_LABEL : shared;
        draft->charset = charset_find(draft->label);
        draft->transfer = first ? first->transfer : TRANSFER_7BIT;
        draft->is_flowed = first && share_flow(pieces) && first->is_flowed;
        draft->is_delsp = draft->is_flowed && first->is_delsp;
        for (guint i = 0; i < pieces->len; i++) {
                if (i > 0)
                        g_string_append(draft->octets, "\r\n");
                append_piece(draft, pieces->pdata[i], as_utf8);
        }
}

const struct charset *body_charset(const struct text *text)
{
        const char *label = shared_label(text->pieces);
        return is_ascii_label(label) ? NULL : charset_find(label);
}

/* --- text of ours below it ---------------------------------------------------------------- */

/* RFC 3676: a line that ends in a space goes on in the next one, and one that begins with a space, '>' or "From " has a
 * space put before it. */
static char *as_flowed(const struct draft *draft, const char *below)
{
        char **lines = g_strsplit(below, "\r\n", -1);
        GString *out = g_string_new(g_str_has_suffix(draft->octets->str, " \r\n") ? "\r\n" : "");
        for (size_t i = 0; lines[i]; i++) {
                if (*lines[i] == ' ' || *lines[i] == '>' || g_str_has_prefix(lines[i], "From "))
                        g_string_append_c(out, ' ');
                g_string_append(out, lines[i]);
                if (lines[i + 1])
                        g_string_append(out, "\r\n");
        }
        g_strfreev(lines);
        return g_string_free(out, FALSE);
}

static GBytes *in_charset_of(const struct draft *draft, const char *below)
{
        if (draft->charset)
                return charset_encode(draft->charset, below, strlen(below));
        return g_str_is_ascii(below) ? g_bytes_new(below, strlen(below)) : NULL;
}

/* Calls the text UTF-8 where its octets are that already: ASCII, or UTF-8 under a label that lies. Any other text keeps
 * its charset, and what does not fit into it becomes a part of its own. */
static bool become_utf8(struct draft *draft)
{
        GBytes *decoded = draft->charset ? charset_decode(draft->charset, draft->octets->str, draft->octets->len) : NULL;
        gsize length = 0;
        const char *text = decoded ? g_bytes_get_data(decoded, &length) : NULL;
        bool same = decoded ? length == draft->octets->len && (length == 0 || memcmp(text, draft->octets->str, length) == 0)
                            : g_utf8_validate_len(draft->octets->str, draft->octets->len, NULL);
        if (decoded)
                g_bytes_unref(decoded);
        if (!same)
                return false;
        draft->label = UTF8_LABEL;
        draft->charset = charset_utf8();
        return true;
}

static bool append_below(struct draft *draft, const char *below)
{
        char *lines = draft->is_flowed ? as_flowed(draft, below) : g_strdup(below);
        GBytes *bytes = in_charset_of(draft, lines);
        if (!bytes && become_utf8(draft))
                bytes = g_bytes_new(lines, strlen(lines));
        if (bytes)
                append(draft, bytes);
        g_free(lines);
        bool ok = bytes != NULL;
        if (bytes)
                g_bytes_unref(bytes);
        return ok;
}

/* --- fields and octets -------------------------------------------------------------------- */

void body_free(struct body *body)
{
        if (!body)
                return;
        g_free(body->content_type);
        g_free(body->disposition);
        g_free(body->transfer_encoding);
        g_bytes_unref(body->bytes);
        g_free(body);
}

/* Takes the octets of the draft. */
static struct body *draft_end(struct draft *draft)
{
        struct body *body = g_new0(struct body, 1);
        enum transfer transfer;
        GBytes *octets = g_string_free_to_bytes(draft->octets);
        body->bytes = transfer_encode(draft->transfer, octets, &transfer);
        body->transfer_encoding = g_strdup(transfer_label(transfer));
        body->content_type = g_strconcat("text/plain", draft->label ? "; charset=" : "", draft->label ? draft->label : "",
                                         draft->is_flowed ? "; format=flowed" : "", draft->is_delsp ? "; delsp=yes" : "", NULL);
        g_bytes_unref(octets);
        return body;
}

static void append_part(GString *out, const struct body *part, const char *boundary)
{
        gsize length;
        const char *octets = g_bytes_get_data(part->bytes, &length);
        g_string_append_printf(out, "--%s\r\n", boundary);
        header_add(out, "Content-Type", part->content_type);
        if (part->disposition)
                header_add(out, "Content-Disposition", part->disposition);
        header_add(out, "Content-Transfer-Encoding", part->transfer_encoding);
        g_string_append(out, "\r\n");
        g_string_append_len(out, octets, (gssize) length);
        g_string_append(out, "\r\n");
}

static void body_free_item(void *body)
{
        body_free(body);
}

/* Takes the parts. `kind` is "mixed" or "alternative". */
static struct body *body_of_parts(GPtrArray *parts, const char *kind, const char *boundary)
{
        struct body *body = g_new0(struct body, 1);
        GString *out = g_string_new(NULL);
        bool is_8bit = false;
        for (guint i = 0; i < parts->len; i++) {
                const struct body *part = parts->pdata[i];
                append_part(out, part, boundary);
                is_8bit = is_8bit || strcmp(part->transfer_encoding, transfer_label(TRANSFER_8BIT)) == 0;
        }
        g_string_append_printf(out, "--%s--\r\n", boundary);
        body->bytes = g_string_free_to_bytes(out);
        body->content_type = g_strdup_printf("multipart/%s; boundary=\"%s\"", kind, boundary);
        body->transfer_encoding = g_strdup(transfer_label(is_8bit ? TRANSFER_8BIT : TRANSFER_7BIT));
        g_ptr_array_unref(parts);
        return body;
}

/* --- files ---------------------------------------------------------------------------------- */

/* A name as a parameter: quoted, or where it is not ASCII as RFC 2231 4 has it. */
static char *disposition_of(const char *name)
{
        static const char plain[] = "!#$&+-.^_`|~", spaced[] = " !#$&'()+,-.:=@[]^_`{|}~";
        GString *value = g_string_new("attachment");
        if (*name && g_str_is_ascii(name)) {
                g_string_append(value, "; filename=\"");
                for (const char *at = name; *at; at++)
                        g_string_append_c(value, g_ascii_isalnum(*at) || strchr(spaced, *at) ? *at : '_');
                g_string_append_c(value, '"');
        } else if (*name) {
                g_string_append(value, "; filename*=utf-8\'\'");
                for (const char *at = name; *at; at++)
                        if (g_ascii_isalnum(*at) || strchr(plain, *at))
                                g_string_append_c(value, *at);
                        else
                                g_string_append_printf(value, "%%%02X", (unsigned) (unsigned char) *at);
        }
        return g_string_free(value, FALSE);
}

static struct body *body_of_file(const struct text_file *file)
{
        struct body *body = g_new0(struct body, 1);
        body->bytes = transfer_encode_file(file->bytes);
        body->content_type = g_strdup(file->type);
        body->disposition = disposition_of(file->name);
        body->transfer_encoding = g_strdup(transfer_label(TRANSFER_BASE64));
        return body;
}

/* --- HTML ------------------------------------------------------------------------------------ */

static bool has_html(const struct text *text)
{
        for (guint i = 0; i < text->pieces->len; i++)
                if (((const struct text_piece *) text->pieces->pdata[i])->html)
                        return true;
        return false;
}

/* All of the text once more, and what stands below it. */
static struct body *body_of_html(const struct text *text, const char *below)
{
        GString *html = g_string_new(NULL);
        for (guint i = 0; i < text->pieces->len; i++) {
                const struct text_piece *piece = text->pieces->pdata[i];
                gsize length;
                const char *octets = g_bytes_get_data(piece->bytes, &length);
                GBytes *utf8 = charset_decode_readably(piece->charset, octets, length);
                const char *plain = g_bytes_get_data(utf8, &length);
                if (piece->html)
                        g_string_append_len(html, piece->html->str, (gssize) piece->html->len);
                else
                        sanitise_append_text(html, plain ? plain : "", length);
                g_bytes_unref(utf8);
        }
        if (*below)
                sanitise_append_text(html, below, strlen(below));
        GString *document = sanitise_document(html->str, html->len);
        struct draft draft = { .octets = document, .label = UTF8_LABEL, .transfer = TRANSFER_8BIT };
        struct body *body = draft_end(&draft);
        g_free(body->content_type);
        body->content_type = g_strdup("text/html; charset=utf-8");
        g_string_free(html, TRUE);
        return body;
}

/* The text with what stands below it: one part, or where that does not fit its charset two. */
static struct body *body_of_text(const struct text *text, const char *below, const char *boundary)
{
        struct draft draft = { 0 };
        draft_begin(&draft, text);
        const bool has_joined = !*below || append_below(&draft, below);
        struct body *first = draft_end(&draft);
        if (has_joined)
                return first;
        GPtrArray *parts = g_ptr_array_new_with_free_func(body_free_item);
        struct draft ours = { .octets = g_string_new(below), .label = UTF8_LABEL, .transfer = TRANSFER_7BIT };
        g_ptr_array_add(parts, first);
        g_ptr_array_add(parts, draft_end(&ours));
        return body_of_parts(parts, "mixed", boundary);
}

/* Takes `first`. */
static struct body *body_with(struct body *first, GPtrArray *others, const char *kind, const char *boundary, const char *which)
{
        char *own = g_strconcat(boundary, which, NULL);
        g_ptr_array_insert(others, 0, first);
        struct body *body = body_of_parts(others, kind, own);
        g_free(own);
        return body;
}

struct body *body_write(const struct text *text, const char *below, const char *boundary)
{
        struct body *body = body_of_text(text, below, boundary);
        if (has_html(text)) {
                GPtrArray *forms = g_ptr_array_new_with_free_func(body_free_item);
                g_ptr_array_add(forms, body_of_html(text, below));
                body = body_with(body, forms, "alternative", boundary, "-forms");
        }
        if (text->files->len) {
                GPtrArray *files = g_ptr_array_new_with_free_func(body_free_item);
                for (guint i = 0; i < text->files->len; i++)
                        g_ptr_array_add(files, body_of_file(text->files->pdata[i]));
                body = body_with(body, files, "mixed", boundary, "-files");
        }
        return body;
}
