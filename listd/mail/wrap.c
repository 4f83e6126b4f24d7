/* wrap.c - mails of our own that carry a message
 * Gives:     wrap_message()
 * Fails:     ERR_BUG for a header value with a control character: whoever called let it through (leaks X7)
 * Standards: RFC 5322 3.6, RFC 2046 5.1.3, 5.2.1 (message/rfc822: 7bit, 8bit or binary only), RFC 3834 5
 * What is carried is not changed: it is evidence, and it may be signed. */
#include "mail/wrap.h"

#include "base/keyring.h"
#include "base/ticket.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/lines.h"
#include "mail/mime.h"
#include "mail/transfer.h"

enum { RANDOM_BYTES = 16, RANDOM_CHARS = 26 };

/* A part, or the whole body: its fields and its octets. */
struct piece {
        const char *content_type, *disposition;
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

static bool check(const struct wrap *wrap, struct err *ret_err)
{
        const struct {
                const char *name, *value;
        } values[] = {
                { "from_name", wrap->from_name }, { "from", wrap->from },         { "to", wrap->to },
                { "reply_to", wrap->reply_to },   { "subject", wrap->subject }, { "hostname", wrap->hostname },
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

static char *subject_of(const struct wrap *wrap)
{
        char *line = mime_one_line(wrap->subject);
        char *subject = header_text(line, NULL);
        g_free(line);
        return subject;
}

static void add_header(GString *out, const struct wrap *wrap)
{
        char *id = random_text();
        add(out, "From", header_mailbox(wrap->from_name, wrap->from, NULL));
        header_add(out, "To", wrap->to);
        /* an address in UTF-8 has no form that every relay takes (RFC 6531); who reads finds it in the message */
        if (wrap->reply_to && g_str_is_ascii(wrap->reply_to))
                header_add(out, "Reply-To", wrap->reply_to);
        add(out, "Subject", subject_of(wrap));
        add(out, "Date", date_in_zone(NULL, "UTC", time(NULL)));
        add(out, "Message-ID", g_strdup_printf("<%s@%s>", id, wrap->hostname));
        header_add(out, "Auto-Submitted", "auto-generated");
        header_add(out, "MIME-Version", "1.0");
        g_free(id);
}

/* --- the body -------------------------------------------------------------------------------- */

static struct piece text_piece(const struct wrap *wrap)
{
        GString *lines = g_string_new(NULL);
        lines_append_crlf(lines, wrap->text, strlen(wrap->text));
        GBytes *raw = g_string_free_to_bytes(lines);
        GBytes *text = lines_repair(raw);
        struct piece piece = { .content_type = g_str_is_ascii(wrap->text) ? "text/plain; charset=us-ascii" : "text/plain; charset=utf-8" };
        piece.octets = transfer_encode(TRANSFER_7BIT, text, &piece.transfer);
        g_bytes_unref(text);
        g_bytes_unref(raw);
        return piece;
}

/* A message that is lines can stand as what it is; one that is not (NUL, bare LF, endless lines) travels as a file. */
static struct piece message_piece(GBytes *message)
{
        gsize length;
        const char *octets = g_bytes_get_data(message, &length);
        struct piece piece = { .content_type = "message/rfc822", .disposition = "inline" };
        if (lines_fit(octets, length)) {
                piece.octets = transfer_encode(TRANSFER_8BIT, message, &piece.transfer);
        } else {
                piece.content_type = "application/octet-stream; name=\"message.eml\"";
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
        g_bytes_unref(piece->octets);
}

static void append_text_and_message(GString *out, const struct wrap *wrap)
{
        struct piece text = text_piece(wrap);
        struct piece message = message_piece(wrap->message);
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

bool wrap_message(GBytes **ret_message, const struct wrap *wrap, struct err *ret_err)
{
        *ret_message = NULL;
        if (!check(wrap, ret_err))
                return false;
        GString *out = g_string_new(NULL);
        add_header(out, wrap);
        if (wrap->message) {
                append_text_and_message(out, wrap);
        } else {
                struct piece text = text_piece(wrap);
                append_piece(out, &text);
        }
        if (!lines_fit(out->str, out->len)) {
                g_string_free(out, TRUE);
                return err_set(ret_err, ERR_BUG, "a mail of ours holds a line that may not leave");
        }
        *ret_message = g_string_free_to_bytes(out);
        return true;
}
