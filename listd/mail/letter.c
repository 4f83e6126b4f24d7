/* letter.c - mails of our own
 * Gives:     letter_write()
 * Fails:     ERR_BUG for a header value with a control character: whoever called let it through (leaks X7)
 * Standards: RFC 5322 3.6, RFC 2046 5.1.3, 5.2.1 (message/rfc822: 7bit, 8bit or binary only), RFC 3834 5
 * What is carried is not changed: it is evidence, and it may be signed. */
#include "mail/letter.h"

#include "base/keyring.h"
#include "base/ticket.h"
#include "mail/charset.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/lines.h"
#include "mail/mime.h"
#include "mail/transfer.h"

enum { RANDOM_BYTES = 16, RANDOM_CHARS = 26 };

/* A part, or the whole body: its fields and its octets. */
struct piece {
        char *content_type;
        const char *disposition;
        enum transfer transfer;
        GBytes *octets;
};

static bool is_value(const char *text)
{
        if (!g_utf8_validate(text, -1, NULL))
                return false;
        for (; *text; text++)
                if ((unsigned char) *text < ' ' || *text == 0x7f)
                        return false;
        return true;
}

static bool check(const struct letter *letter, struct err *ret_err)
{
        const struct {
                const char *name, *value;
        } values[] = {
                { "from_name", letter->from_name }, { "from", letter->from },         { "to", letter->to },
                { "reply_to", letter->reply_to },   { "subject", letter->subject }, { "hostname", letter->hostname },
                { "list_id", letter->list_id },
        };
        for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
                if (values[i].value && !is_value(values[i].value))
                        return err_set(ret_err, ERR_BUG, "a mail's %s holds a control character", values[i].name);
        return true;
}

static char *random_text(void)
{
        uint8_t octets[RANDOM_BYTES];
        char text[RANDOM_CHARS + 1];
        random_bytes(octets, sizeof octets);
        base32_encode(octets, sizeof octets, text);
        return g_strdup(text);
}

/* --- the header ---------------------------------------------------------------------------- */

/* Adds a field and frees its value. */
static void add(GString *out, const char *name, char *value)
{
        header_add(out, name, value);
        g_free(value);
}

static char *subject_of(const struct letter *letter)
{
        char *line = mime_one_line(letter->subject);
        char *subject = header_text(line, letter->charset);
        g_free(line);
        return subject;
}

/* Of the identifier of somebody else's message only one that is nothing but that (RFC 5322 3.6.4) goes on. */
static bool is_message_id(const char *text)
{
        enum { ID_MAX = 250 };
        static const char atext[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.@";
        const size_t length = text ? strlen(text) : 0;
        return length > 2 && length <= ID_MAX && text[0] == '<' && strspn(text + 1, atext) == length - 2 && text[length - 1] == '>';
}

static void add_header(GString *out, const struct letter *letter)
{
        char *id = random_text();
        add(out, "From", header_mailbox(letter->from_name, letter->from, letter->charset));
        header_add(out, "To", letter->to);
        /* an address in UTF-8 has no form that every relay takes (RFC 6531); who reads finds it in the message */
        if (letter->reply_to && g_str_is_ascii(letter->reply_to))
                header_add(out, "Reply-To", letter->reply_to);
        add(out, "Subject", subject_of(letter));
        add(out, "Date", date_in_zone(NULL, "UTC", time(NULL)));
        add(out, "Message-ID", g_strdup_printf("<%s@%s>", id, letter->hostname));
        if (is_message_id(letter->in_reply_to)) {
                header_add(out, "In-Reply-To", letter->in_reply_to);
                header_add(out, "References", letter->in_reply_to);
        }
        header_add(out, "Auto-Submitted", letter->in_reply_to ? "auto-replied" : "auto-generated");
        header_add(out, "X-Auto-Response-Suppress", "All"); /* for Exchange, which does not look at Auto-Submitted */
        if (letter->list_id) {
                add(out, "List-Id", g_strdup_printf("<%s>", letter->list_id));
                header_add(out, "Precedence", "list");
        }
        header_add(out, "MIME-Version", "1.0");
        g_free(id);
}

/* --- the body -------------------------------------------------------------------------------- */

/* In the letter's charset when it has all of the text, else in UTF-8; plain ASCII is called what it is. */
static GBytes *encode_text(const struct letter *letter, GBytes *utf8, const char **ret_label)
{
        gsize length;
        const char *text = g_bytes_get_data(utf8, &length);
        GBytes *encoded = letter->charset ? charset_encode(letter->charset, text, length) : NULL;
        *ret_label = g_str_is_ascii(letter->text) ? "us-ascii" : encoded ? charset_label(letter->charset) : "utf-8";
        return encoded ? encoded : g_bytes_ref(utf8);
}

static struct piece text_piece(const struct letter *letter)
{
        const char *label;
        GString *lines = g_string_new(NULL);
        lines_append_crlf(lines, letter->text, strlen(letter->text));
        GBytes *utf8 = g_string_free_to_bytes(lines);
        GBytes *raw = encode_text(letter, utf8, &label);
        GBytes *text = lines_repair(raw);
        struct piece piece = { .content_type = g_strdup_printf("text/plain; charset=%s", label) };
        piece.octets = transfer_encode(TRANSFER_7BIT, text, &piece.transfer);
        g_bytes_unref(text);
        g_bytes_unref(raw);
        g_bytes_unref(utf8);
        return piece;
}

/* A message that is lines can stand as what it is; one that is not (NUL, bare LF, endless lines) travels as a file. */
static struct piece message_piece(GBytes *message)
{
        gsize length;
        const char *octets = g_bytes_get_data(message, &length);
        const bool fits = lines_fit(octets, length);
        struct piece piece = { .disposition = "inline" };
        if (fits) {
                piece.content_type = g_strdup("message/rfc822");
                piece.octets = transfer_encode(TRANSFER_8BIT, message, &piece.transfer);
        } else {
                piece.content_type = g_strdup("application/octet-stream; name=\"message.eml\"");
                piece.disposition = "attachment; filename=\"message.eml\"";
                piece.octets = transfer_encode(TRANSFER_BASE64, message, &piece.transfer);
        }
        return piece;
}

/* Takes the piece. */
static void append_piece(GString *out, struct piece *piece)
{
        gsize length;
        const char *octets = g_bytes_get_data(piece->octets, &length);
        header_add(out, "Content-Type", piece->content_type);
        if (piece->disposition)
                header_add(out, "Content-Disposition", piece->disposition);
        header_add(out, "Content-Transfer-Encoding", transfer_label(piece->transfer));
        g_string_append(out, "\r\n");
        g_string_append_len(out, octets, (gssize) length);
        g_free(piece->content_type);
        g_bytes_unref(piece->octets);
}

static struct piece html_piece(const char *html)
{
        GString *lines = g_string_new(NULL);
        lines_append_crlf(lines, html, strlen(html));
        GBytes *raw = g_string_free_to_bytes(lines);
        struct piece piece = { .content_type = g_strdup("text/html; charset=utf-8") };
        piece.octets = transfer_encode(TRANSFER_7BIT, raw, &piece.transfer);
        g_bytes_unref(raw);
        return piece;
}

/* The simplest first (RFC 2046 5.1.4). */
static void append_alternatives(GString *out, const struct letter *letter)
{
        struct piece pieces[] = { text_piece(letter), html_piece(letter->html) };
        char *boundary = random_text();
        add(out, "Content-Type", g_strdup_printf("multipart/alternative; boundary=\"=_%s\"", boundary));
        g_string_append(out, "\r\n");
        for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
                g_string_append_printf(out, "%s--=_%s\r\n", i ? "\r\n" : "", boundary);
                append_piece(out, &pieces[i]);
        }
        g_string_append_printf(out, "\r\n--=_%s--\r\n", boundary);
        g_free(boundary);
}

static void append_text_and_message(GString *out, const struct letter *letter)
{
        struct piece text = text_piece(letter);
        struct piece message = message_piece(letter->message);
        char *boundary = random_text(); /* 128 bits: in no message that anyone wrote before */
        add(out, "Content-Type", g_strdup_printf("multipart/mixed; boundary=\"=_%s\"", boundary));
        header_add(out, "Content-Transfer-Encoding", transfer_label(message.transfer == TRANSFER_8BIT ? TRANSFER_8BIT : TRANSFER_7BIT));
        g_string_append_printf(out, "\r\n--=_%s\r\n", boundary);
        append_piece(out, &text);
        g_string_append_printf(out, "\r\n--=_%s\r\n", boundary);
        append_piece(out, &message);
        g_string_append_printf(out, "\r\n--=_%s--\r\n", boundary);
        g_free(boundary);
}

static bool has_8bit(const GPtrArray *messages)
{
        for (guint i = 0; i < messages->len; i++) {
                gsize length;
                const char *bytes = g_bytes_get_data(messages->pdata[i], &length);
                for (gsize at = 0; at < length; at++)
                        if (bytes[at] & 0x80)
                                return true;
        }
        return false;
}

/* Each is a message/rfc822 by default, as it is: they are sanitised copies, whose lines fit. */
static void append_messages(GString *out, const GPtrArray *messages, const char *encoding)
{
        char *boundary = random_text();
        add(out, "Content-Type", g_strdup_printf("multipart/digest; boundary=\"=_%s\"", boundary));
        header_add(out, "Content-Transfer-Encoding", encoding);
        g_string_append(out, "\r\n");
        for (guint i = 0; i < messages->len; i++) {
                gsize length;
                const char *bytes = g_bytes_get_data(messages->pdata[i], &length);
                g_string_append_printf(out, "%s--=_%s\r\n", i ? "\r\n" : "", boundary);
                header_add(out, "Content-Type", "message/rfc822");
                header_add(out, "Content-Transfer-Encoding", encoding);
                g_string_append(out, "\r\n");
                g_string_append_len(out, bytes, (gssize) length);
        }
        g_string_append_printf(out, "\r\n--=_%s--\r\n", boundary);
        g_free(boundary);
}

static void append_digest(GString *out, const struct letter *letter)
{
        const char *encoding = transfer_label(has_8bit(letter->messages) ? TRANSFER_8BIT : TRANSFER_7BIT);
        struct letter end = *letter;
        end.text = letter->end ? letter->end : "";
        struct piece first = text_piece(letter), last = text_piece(&end);
        char *boundary = random_text();
        add(out, "Content-Type", g_strdup_printf("multipart/mixed; boundary=\"=_%s\"", boundary));
        header_add(out, "Content-Transfer-Encoding", encoding);
        g_string_append_printf(out, "\r\n--=_%s\r\n", boundary);
        append_piece(out, &first);
        g_string_append_printf(out, "\r\n--=_%s\r\n", boundary);
        append_messages(out, letter->messages, encoding);
        g_string_append_printf(out, "\r\n--=_%s\r\n", boundary);
        append_piece(out, &last);
        g_string_append_printf(out, "\r\n--=_%s--\r\n", boundary);
        g_free(boundary);
}

bool letter_write(GBytes **ret_message, const struct letter *letter, struct err *ret_err)
{
        *ret_message = NULL;
        if (!check(letter, ret_err))
                return false;
        GString *out = g_string_new(NULL);
        add_header(out, letter);
        if (letter->messages) {
                append_digest(out, letter);
        } else if (letter->message) {
                append_text_and_message(out, letter);
        } else if (letter->html) {
                append_alternatives(out, letter);
        } else {
                struct piece text = text_piece(letter);
                append_piece(out, &text);
        }
        if (!lines_fit(out->str, out->len)) {
                g_string_free(out, TRUE);
                return err_set(ret_err, ERR_BUG, "a mail of ours holds a line that may not leave");
        }
        *ret_message = g_string_free_to_bytes(out);
        return true;
}
