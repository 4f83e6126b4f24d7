/* fuzz_dnsbl.c - what a name server sends, and what an admin writes: no answer counts that lies outside, no name is too long
 * The first octet says which it is. */
#include "fuzz.h"

#include <string.h>

#include "policy/dnsbl.h"

static void read_setting(const uint8_t *data, size_t size)
{
        struct blocklist list;
        char name[DNSBL_NAME_MAX + 1];
        char *text = g_strndup((const char *) data, size);
        if (blocklist_parse(&list, text, NULL)) {
                g_assert(*list.zone && strlen(list.zone) <= BLOCKLIST_ZONE_MAX && g_str_is_ascii(list.zone));
                g_assert((list.answers & list.mask) == list.answers && list.answers >> 24 == 127);
                for (int side = 0; side < DNSBL_SIDES; side++) /* what receive relies on */
                        g_assert(dnsbl_name(name, DNSBL_ENTRY_ALWAYS[side], list.zone));
        }
        if (dnsbl_name(name, text, "z.example"))
                g_assert(g_str_has_suffix(name, ".z.example") && strlen(name) <= DNSBL_NAME_MAX);
        g_free(text);
}

static void read_answer(const uint8_t *data, size_t size, enum resolver_type type)
{
        static const struct blocklist all = { "z.example", 0x7f000000, 0xff000000 };
        struct resolver_answer answer;
        char reason[DNSBL_REASON_MAX + 1];
        unsigned code;
        resolver_read(&answer, type, data, (int) size);
        g_assert((answer.status == RESOLVER_FOUND) == (answer.count > 0) && answer.count <= RESOLVER_ADDRESSES_MAX);
        g_assert(answer.seconds >= RESOLVER_KEPT_SECONDS_MIN && answer.seconds <= RESOLVER_KEPT_SECONDS_MAX);
        dnsbl_reason(reason, answer.text);
        for (const char *p = reason; *p; p++)
                g_assert(*p >= ' ' && *p <= '~');
        if (type != RESOLVER_TXT && dnsbl_judge(&all, &answer, &code) == DNSBL_LISTED)
                for (size_t i = 0; i < answer.count; i++)
                        g_assert(answer.addresses[i].s6_addr[12] == 127);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const enum resolver_type types[] = { RESOLVER_A, RESOLVER_AAAA, RESOLVER_TXT };
        if (size == 0 || size > 65535)
                return 0;
        const unsigned what = data[0] % (G_N_ELEMENTS(types) + 1);
        uint8_t *rest = g_malloc(MAX(size - 1, 1)); /* of its exact size, so that a sanitizer sees every over-read */
        memcpy(rest, data + 1, size - 1);
        if (what == G_N_ELEMENTS(types))
                read_setting(rest, size - 1);
        else
                read_answer(rest, size - 1, types[what]);
        g_free(rest);
        return 0;
}
