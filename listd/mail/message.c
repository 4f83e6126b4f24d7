/* message.c - a message as header fields and a body
 * Gives:     message_parse(), message_parse_part(), message_free(), message_get(), message_count()
 * Fails:     ERR_PERM when a budget is exceeded or the header is none; the text never repeats what the header says
 * Standards: RFC 5322 2.2 (fields), 2.2.3 (unfolding), 4.5 (obsolete white space before the colon); RFC 6532 (UTF-8)
 * Budgets:   MESSAGE_HEADER_MAX, MESSAGE_FIELD_MAX; one pass (leaks X10). A CR, LF or NUL that is no line end is refused
 *            here, so that no field value holds one (leaks X7). */
#include "mail/message.h"

static void field_free(void *data)
{
        struct field *field = data;
        g_free(field->name);
        g_free(field->raw);
        g_free(field->value);
        g_free(field);
}

void message_free(struct message *message)
{
        if (!message)
                return;
        g_ptr_array_unref(message->fields);
        g_bytes_unref(message->bytes);
        g_free(message);
}

static bool is_wsp(char c)
{
        return c == ' ' || c == '\t';
}

/* --- lines and fields ---------------------------------------------------------- */

/* The length of the line at `text` with its CRLF, within `length` octets; 0: it does not end, or holds a stray control. */
static size_t line_length(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                if (text[i] == '\0' || text[i] == '\n')
                        return 0;
                if (text[i] == '\r')
                        return i + 1 < length && text[i + 1] == '\n' ? i + 2 : 0;
        }
        return 0;
}

/* The length of the field at `text`: its line and those that continue it. 0: see line_length(). */
static size_t field_length(const char *text, size_t length)
{
        size_t end = 0;
        do {
                size_t line = line_length(text + end, length - end);
                if (line == 0)
                        return 0;
                end += line;
        } while (end < length && is_wsp(text[end]));
        return end;
}

/* How long the name of the field is; 0: it is no field. */
static size_t name_length(const char *raw, size_t length, size_t *ret_colon)
{
        size_t name = 0;
        while (name < length && raw[name] > ' ' && raw[name] < 0x7f && raw[name] != ':')
                name++;
        size_t colon = name;
        while (colon < length && is_wsp(raw[colon]))
                colon++;
        *ret_colon = colon;
        return colon < length && raw[colon] == ':' ? name : 0;
}

/* The white space that continues a line stays, the CRLF before it goes. */
static char *unfold(const char *text, size_t length)
{
        GString *value = g_string_sized_new(length);
        for (size_t i = 0; i < length; i++)
                if (text[i] != '\r' && text[i] != '\n' && (value->len || !is_wsp(text[i])))
                        g_string_append_c(value, text[i]);
        while (value->len && is_wsp(value->str[value->len - 1]))
                g_string_truncate(value, value->len - 1);
        return g_string_free(value, FALSE);
}

static bool add_field(struct message *message, const char *raw, size_t length, struct err *ret_err)
{
        size_t colon;
        size_t name = name_length(raw, length, &colon);
        if (name == 0)
                return err_set(ret_err, ERR_PERM, "field %u of the header has no name and colon", message->fields->len + 1);
        if (length > MESSAGE_FIELD_MAX)
                return err_set(ret_err, ERR_PERM, "field %u of the header is larger than 16 KiB", message->fields->len + 1);
        struct field *field = g_new(struct field, 1);
        field->name = g_strndup(raw, name);
        field->raw = g_strndup(raw, length);
        field->value = unfold(raw + colon + 1, length - colon - 1);
        g_ptr_array_add(message->fields, field);
        return true;
}

/* --- the message ------------------------------------------------------------------ */

static bool starts_with(const char *text, size_t length, const char *start)
{
        return length >= strlen(start) && memcmp(text, start, strlen(start)) == 0;
}

/* Where the first field begins: behind the line of an mbox that a mailbox may have left at the top. `From : x` is a field
 * with obsolete white space, and must count as one: who judged the author by DMARC saw it. */
static size_t skip_mbox_line(const char *text, size_t length)
{
        size_t colon;
        size_t line = starts_with(text, length, "From ") ? line_length(text, MIN(length, MESSAGE_FIELD_MAX)) : 0;
        return name_length(text, line, &colon) ? 0 : line;
}

/* A message within a part may have such a line too, and lines that continue nothing. A text without a header may begin
 * like that: it stays whole. */
static size_t skip_to_field_of_part(const char *text, size_t length)
{
        size_t at = skip_mbox_line(text, length), line, colon;
        while (at < length && is_wsp(text[at]) && (line = line_length(text + at, length - at)) > 0)
                at += line;
        return name_length(text + at, length - at, &colon) ? at : 0;
}

/* The header of a part of a message (`is_part`) may end without a blank line. */
static bool parse_header(struct message *message, const char *text, size_t size, bool is_part, struct err *ret_err)
{
        const size_t start = is_part ? skip_to_field_of_part(text, size) : skip_mbox_line(text, size);
        size_t at = start;
        while (at < size && !starts_with(text + at, size - at, "\r\n")) {
                if (is_part && name_length(text + at, size - at, &(size_t) { 0 }) == 0) {
                        message->body = at;
                        return true;
                }
                size_t length = field_length(text + at, MIN(size - at, MESSAGE_HEADER_MAX + 1));
                if (at - start + length > MESSAGE_HEADER_MAX || (length == 0 && size - at > MESSAGE_HEADER_MAX))
                        return err_set(ret_err, ERR_PERM, "the header is larger than 64 KiB");
                if (length == 0)
                        return err_set(ret_err, ERR_PERM, "the header holds a line that does not end in CRLF, or a NUL");
                if (!add_field(message, text + at, length, ret_err))
                        return false;
                at += length;
        }
        message->body = MIN(at + strlen("\r\n"), size);
        return true;
}

static bool parse(struct message **ret_message, GBytes *bytes, bool is_part, struct err *ret_err)
{
        gsize size;
        const char *text = g_bytes_get_data(bytes, &size);
        struct message *message = g_new0(struct message, 1);
        message->fields = g_ptr_array_new_with_free_func(field_free);
        message->bytes = g_bytes_ref(bytes);
        *ret_message = NULL;
        if (!parse_header(message, text, size, is_part, ret_err)) {
                message_free(message);
                return false;
        }
        *ret_message = message;
        return true;
}

bool message_parse(struct message **ret_message, GBytes *bytes, struct err *ret_err)
{
        return parse(ret_message, bytes, false, ret_err);
}

bool message_parse_part(struct message **ret_message, GBytes *bytes, struct err *ret_err)
{
        return parse(ret_message, bytes, true, ret_err);
}

const char *message_get(const struct message *message, const char *name)
{
        for (guint i = 0; i < message->fields->len; i++) {
                const struct field *field = message->fields->pdata[i];
                if (g_ascii_strcasecmp(field->name, name) == 0)
                        return field->value;
        }
        return NULL;
}

size_t message_count(const struct message *message, const char *name)
{
        size_t count = 0;
        for (guint i = 0; i < message->fields->len; i++) {
                const struct field *field = message->fields->pdata[i];
                count += g_ascii_strcasecmp(field->name, name) == 0;
        }
        return count;
}
