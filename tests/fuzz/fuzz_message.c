/* fuzz_message.c - any octets as a message: the header block, its author, and whether it is automatic */
#include "fuzz.h"

#include "mail/address.h"
#include "mail/automatic.h"
#include "mail/message.h"

static bool ends_with_empty_line(const char *text, size_t length)
{
        return length >= 2 && memcmp(text + length - 2, "\r\n", 2) == 0 &&
               (length == 2 || (length >= 4 && memcmp(text + length - 4, "\r\n", 2) == 0));
}

/* The fields' lines are the header's, octet for octet, but for a line of mbox before them. */
static void check_fields(const struct message *message, const char *text)
{
        size_t at = ends_with_empty_line(text, message->body) ? message->body - 2 : message->body;
        size_t total = 0;
        for (guint i = message->fields->len; i-- > 0;) {
                const struct field *field = message->fields->pdata[i];
                size_t length = strlen(field->raw);
                g_assert(*field->name && length <= MESSAGE_FIELD_MAX && length <= at);
                g_assert(!strpbrk(field->value, "\r\n"));
                at -= length;
                total += length;
                g_assert(memcmp(text + at, field->raw, length) == 0);
        }
        g_assert(total <= MESSAGE_HEADER_MAX);
        g_assert(at == 0 || memcmp(text, "From ", 5) == 0);
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
