/* fuzz_address.c - any octets through the gate of addresses: what comes out may be written into any protocol */
#include "fuzz.h"

#include "mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct address *address, *again;
        if (!address_parse(&address, (const char *) data, size, NULL))
                return 0;
        g_assert(strlen(address->text) <= ADDRESS_MAX && strlen(address->local) <= ADDRESS_LOCAL_MAX);
        for (const char *at = address->text; *at; at++)
                g_assert(!g_ascii_iscntrl(*at));
        g_assert(g_str_is_ascii(address->domain) && g_utf8_validate(address->fold, -1, NULL));
        /* the form that we keep is an address too, and the same one */
        g_assert(address_parse(&again, address->text, strlen(address->text), NULL));
        g_assert_cmpstr(again->text, ==, address->text);
        g_assert_cmpstr(again->fold, ==, address->fold);
        address_free(again);
        address_free(address);
        return 0;
}
