/* dsn_text.c - what of a report is for people, for programs, and a copy of what came back
 * Gives:     dsn_text_open(), dsn_text_close(), dsn_text_has(), dsn_address()
 * Standards: RFC 6522 3 (the parts of a multipart/report); 2045 6, 2046 */
#include "mail/dsn_inside.h"

#include "mail/address.h"
#include "mail/charset.h"
#include "mail/html.h"
#include "mail/parts.h"

/* How the copy of a message begins, at the start of a line, in small letters. */
static const char *const COPY[] = {
        "received:", "return-path:", "--- below this line", "---below this line", "------ this is a copy", "----- this is a copy",
        "original message follows", "--- original message follows", "----- original message", "-----original message",
        "------ original message", "--- the header of the original message", "--------returned mail follows", "-------- returned mail",
        "|------------------------- message text follows", "--------unsent message", "original message headers:", "message headers follow",
        "a copy of the original message below", "---- start of returned message", "----- message header follows", "----- original header",
        "--- mensaje original adjunto", "your message reads (in part)", "message header:", "---- header of the source mail",
        "included is a copy of the message header", "below is a copy of the original message", "old message:",
        "------------------------------ original message", "-- the header and top", "   ----- unsent message follows",
        "the first 50 lines of your original", "a summary of the undelivered message", "   ----- original message follows",
        ">received:", ">return-path:", "------- returned message",
};

static bool begins_copy(const char *line, const char *end)
{
        while (line < end && (*line == ' ' || *line == '\t'))
                line++;
        for (size_t i = 0; i < G_N_ELEMENTS(COPY); i++) {
                size_t length = strlen(COPY[i]);
                if ((size_t) (end - line) >= length && g_ascii_strncasecmp(line, COPY[i], length) == 0)
                        return true;
        }
        return false;
}

/* Appends lines with LF, no CR; octets after the budget are not looked at. */
static void append_lines(GString *out, const char *text, size_t length)
{
        for (size_t i = 0; i < length && out->len < DSN_TEXT_MAX; i++)
                if (text[i] == '\0')
                        g_string_append_c(out, ' ');
                else if (text[i] != '\r')
                        g_string_append_c(out, text[i]);
        if (out->len && out->str[out->len - 1] != '\n')
                g_string_append_c(out, '\n');
}

static const char *label_of(const struct part *part, const char *octets, size_t length)
{
        static const char escape[] = "\033$"; /* ISO-2022-JP, which old senders do not label */
        return g_strstr_len(octets, (gssize) length, escape) ? "iso-2022-jp" : part->charset;
}

static GBytes *as_utf8(const struct part *part)
{
        GBytes *octets = transfer_decode(transfer_in_truth(part->transfer, part->raw), part->raw);
        size_t size;
        const char *text = g_bytes_get_data(octets, &size);
        size = MIN(size, (size_t) DSN_TEXT_MAX);
        GBytes *utf8 = charset_decode_readably(charset_find(label_of(part, text, size)), text, size);
        g_bytes_unref(octets);
        return utf8;
}

static bool is_in_message(const GPtrArray *parts, const struct part *part)
{
        for (int at = part->parent; at >= 0; at = ((const struct part *) parts->pdata[at])->parent) {
                const struct part *parent = parts->pdata[at];
                if (strcmp(parent->type, "message/rfc822") == 0 || strcmp(parent->type, "message/global") == 0)
                        return true;
        }
        return false;
}

static GString *place_of(struct dsn_text *text, const struct part *part)
{
        if (g_str_has_suffix(part->type, "delivery-status") || strcmp(part->type, "message/disposition-notification") == 0)
                return text->machine;
        if (strcmp(part->type, "message/feedback-report") == 0)
                return text->feedback;
        if (g_str_has_prefix(part->type, "text/rfc822-header") || g_str_has_prefix(part->type, "message/"))
                return text->original;
        return strcmp(part->type, "text/plain") == 0 ? text->text : NULL;
}

static void take_part(struct dsn_text *text, const struct part *part, bool takes_html)
{
        const bool is_html = takes_html && strcmp(part->type, "text/html") == 0;
        GString *place = is_html ? text->text : place_of(text, part);
        if (!place || takes_html != is_html)
                return;
        GBytes *utf8 = as_utf8(part);
        size_t size;
        const char *octets = g_bytes_get_data(utf8, &size);
        GString *plain = is_html ? html_to_text(octets, size) : NULL;
        append_lines(place, plain ? plain->str : octets, plain ? plain->len : size);
        if (plain)
                g_string_free(plain, TRUE);
        g_bytes_unref(utf8);
}

static bool is_blank(const GString *text)
{
        return strspn(text->str, " \t\n") == text->len;
}

static void take_parts(struct dsn_text *text, bool takes_inner)
{
        for (int html = 0; html < 2 && (!html || is_blank(text->text)); html++)
                for (guint i = 0; i < text->parts->len; i++) {
                        const struct part *part = text->parts->pdata[i];
                        if (part->children == 0 && (takes_inner || !is_in_message(text->parts, part)))
                                take_part(text, part, html);
                        else if (!html && part->children == 1 && g_str_has_prefix(part->type, "message/"))
                                take_part(text, part, false);
                }
}

static void take_whole(struct dsn_text *text)
{
        size_t size;
        const char *octets = g_bytes_get_data(text->message->bytes, &size);
        append_lines(text->text, octets + text->message->body, size - text->message->body);
}

/* What follows the words for people goes to the copy. */
static void cut_copy(struct dsn_text *text)
{
        const char *start = text->text->str, *stop = start + text->text->len;
        size_t lines = 0;
        for (const char *line = start; line < stop; lines++) {
                const char *end = memchr(line, '\n', (size_t) (stop - line));
                end = end ? end : stop;
                if (lines == DSN_LINES_MAX || begins_copy(line, end)) {
                        append_lines(text->original, line, (size_t) (stop - line));
                        g_string_truncate(text->text, (size_t) (line - start));
                        return;
                }
                line = end + 1;
        }
}

static GString *flattened(const GString *text)
{
        GString *flat = g_string_sized_new(text->len);
        for (size_t i = 0; i < text->len; i++) {
                const bool is_space = text->str[i] == '\n' || text->str[i] == '\t' || text->str[i] == ' ';
                if (!is_space)
                        g_string_append_c(flat, text->str[i]);
                else if (flat->len && flat->str[flat->len - 1] != ' ')
                        g_string_append_c(flat, ' ');
        }
        return flat;
}

static GString *lowered(const GString *text)
{
        GString *lower = g_string_new_len(text->str, (gssize) text->len);
        return g_string_ascii_down(lower);
}

static void add_ours(struct dsn_text *text, const char *field)
{
        const char *value = message_get(text->message, field);
        const char *end = value ? value + MIN(strlen(value), (size_t) ADDRESS_MAX * 4) : NULL;
        for (const char *at = value; at && at < end && text->ours->len < DSN_RECIPIENTS_MAX; at++) {
                const char *behind;
                if (at != value && !strchr(" <\t,", at[-1]))
                        continue;
                struct address *address = dsn_address(at, end, &behind);
                if (!address)
                        continue;
                g_ptr_array_add(text->ours, g_strdup(address->fold));
                address_free(address);
                at = behind - 1;
        }
}

void dsn_text_open(struct dsn_text *ret_text, const struct message *message, bool takes_inner)
{
        *ret_text = (struct dsn_text) { .message = message,
                                           .text = g_string_new(NULL),
                                           .machine = g_string_new(NULL),
                                           .feedback = g_string_new(NULL),
                                           .original = g_string_new(NULL),
                                           .ours = g_ptr_array_new_with_free_func(g_free) };
        if (parts_read(&ret_text->parts, message, NULL))
                take_parts(ret_text, takes_inner);
        if (!ret_text->parts || (!takes_inner && is_blank(ret_text->text) && !ret_text->machine->len && !ret_text->feedback->len
                                 && !ret_text->original->len))
                take_whole(ret_text);
        cut_copy(ret_text);
        ret_text->lower = lowered(ret_text->text);
        ret_text->flat = flattened(ret_text->text);
        ret_text->flat_lower = lowered(ret_text->flat);
        add_ours(ret_text, "To");
        add_ours(ret_text, "From");
        add_ours(ret_text, "Return-Path");
}

void dsn_text_close(struct dsn_text *text)
{
        if (text->parts)
                g_ptr_array_unref(text->parts);
        GString *const all[] = { text->text, text->lower, text->flat, text->flat_lower, text->machine, text->feedback, text->original };
        for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
                g_string_free(all[i], TRUE);
        g_ptr_array_unref(text->ours);
}

bool dsn_text_has(const struct dsn_text *text, const char *phrase)
{
        return strstr(text->flat_lower->str, phrase);
}

struct address *dsn_address(const char *at, const char *end, const char **ret_end)
{
        while (at < end && strchr(" \t*<>\"'([=", *at))
                at++;
        if (end - at > 5 && (g_ascii_strncasecmp(at, "smtp:", 5) == 0 || g_ascii_strncasecmp(at, "mailto", 6) == 0))
                at += strcspn(at, ":") + 1;
        const char *stop = at;
        while (stop < end && stop - at <= ADDRESS_MAX && !strchr(" \t\n<>()[],;:\"", *stop))
                stop++;
        while (stop > at && strchr(".'!", stop[-1]))
                stop--;
        struct address *address;
        if (!memchr(at, '@', (size_t) (stop - at)) || !address_parse(&address, at, (size_t) (stop - at), NULL))
                return NULL;
        *ret_end = stop;
        return address;
}
