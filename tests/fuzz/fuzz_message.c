/* fuzz_message.c - any octets as a message: the header block, its author, and whether it is automatic */
#include "fuzz.h"

#include "mail/address.h"
#include "mail/automatic.h"
#include "mail/message.h"

static void check_fields(const struct message *message, const char *text)
{
        size_t total = 0;
        for (guint i = 0; i < message->fields->len; i++) {
                const struct field *field = message->fields->pdata[i];
                size_t length = strlen(field->raw);
                g_assert(*field->name && length <= MESSAGE_FIELD_MAX && g_str_has_suffix(field->raw, "\r\n"));
                g_assert(!strpbrk(field->value, "\r\n"));
                total += length;
        }
        g_assert(total <= MESSAGE_HEADER_MAX && total <= message->body);
        /* the fields' lines are the header's, octet for octet, but for a line of mbox */
        size_t at = message->body >= 2 && memcmp(text + message->body - 2, "\r\n", 2) == 0 ? message->body - 2 : message->body;
        if (at < total || (at != total && memcmp(text, "From ", 5) != 0))
                at = message->body; /* there is no empty line: the last CRLF was a field's */
        for (guint i = message->fields->len; i-- > 0;) {
                const struct field *field = message->fields->pdata[i];
                at -= strlen(field->raw);
                g_assert(memcmp(text + at, field->raw, strlen(field->raw)) == 0);
        }
}

static void check_author(const struct message *message)
{
        struct address *author;
        char *name;
        if (!message_author(message, &author, &name, NULL)) {
                g_assert(!author && !name);
                return;
        }
        g_assert(message_count(message, "From") == 1 && g_utf8_validate(name, -1, NULL));
        for (const char *at = name; *at; at = g_utf8_next_char(at))
                g_assert(!g_unichar_iscntrl(g_utf8_get_char(at)));
        address_free(author);
        g_free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct message *message;
        GBytes *bytes = g_bytes_new(data, size);
        if (message_parse(&message, bytes, NULL)) {
                const char *why;
                check_fields(message, g_bytes_get_data(bytes, NULL));
                check_author(message);
                g_assert((automatic_class(message, "a@example.org", &why) == AUTOMATIC_NOT) == !why);
                message_free(message);
        }
        g_bytes_unref(bytes);
        return 0;
}
