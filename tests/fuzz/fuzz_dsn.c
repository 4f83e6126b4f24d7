/* fuzz_dsn.c - any octets as a report that comes back: what it names came through the gate, and within its ceilings */
#include "fuzz.h"

#include "mail/address.h"
#include "mail/dsn.h"

static void check(const struct dsn *dsn)
{
        g_assert(dsn->count <= DSN_RECIPIENTS_MAX);
        g_assert(dsn->recogniser || (dsn->count == 0 && dsn->kind == DSN_NONE));
        for (size_t i = 0; i < dsn->count; i++) {
                const struct dsn_recipient *recipient = &dsn->recipients[i];
                g_assert(!strpbrk(recipient->address->text, "\r\n") && strlen(recipient->address->text) <= ADDRESS_MAX);
                g_assert(recipient->kind != DSN_DELAYED || recipient->lasting == LASTING_TEMPORARY);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct message *message;
        GBytes *bytes = g_bytes_new(data, size);
        if (message_parse(&message, bytes, NULL)) {
                struct dsn dsn;
                dsn_read(&dsn, message);
                check(&dsn);
                dsn_clear(&dsn);
                message_free(message);
        }
        g_bytes_unref(bytes);
        return 0;
}
