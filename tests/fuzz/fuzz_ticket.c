/* fuzz_ticket.c - any octets as a ticket: none is ever ours, since no input has the key */
#include "fuzz.h"

#include "base/ticket.h"
#include "keys.h"

/* A ticket of the input's octets opens as what it was sealed from. */
static void round_trip(const struct keyring *keyring, const uint8_t *data)
{
        struct ticket ticket = { 0 }, opened;
        char text[TICKET_CHARS + 1];
        memcpy(&ticket.context, data, 3);
        memcpy(&ticket.subject, data + 3, 5);
        memcpy(&ticket.day, data + 8, 2);
        ticket_seal(keyring, TICKET_BOUNCE, 1, &ticket, text);
        g_assert(ticket_has_form(text, strlen(text)));
        g_assert(ticket_open(keyring, TICKET_BOUNCE, 1, text, &opened));
        g_assert(opened.subject == ticket.subject && opened.context == ticket.context && opened.day == ticket.day);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct keyring *keyring;
        struct ticket ticket;
        if (!keyring)
                keyring = fuzz_keyring();
        char *text = g_strndup((const char *) data, size);
        ticket_has_form((const char *) data, size);
        g_assert(!ticket_open(keyring, TICKET_CONFIRM, 1, text, &ticket));
        if (size >= 10)
                round_trip(keyring, data);
        g_free(text);
        return 0;
}
