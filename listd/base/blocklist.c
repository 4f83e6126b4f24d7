/* blocklist.c - an item of [guard] dnsbl
 * Gives:  blocklist_parse()
 * Fails:  ERR_USAGE for a text that is none */
#include "base/blocklist.h"

#include <glib.h>

#include "base/domain.h"
#include "base/net.h"

static const uint32_t LOOPBACK = 0x7f000000, LOOPBACK_MASK = 0xff000000; /* 127.0.0.0/8 */
enum { MAPPED_BITS = 96 };

static bool parse_answers(struct blocklist *list, const char *text, struct err *ret_err)
{
        struct network network;
        if (!network_parse(&network, text, ret_err))
                return false;
        const uint8_t *octets = network.address.s6_addr;
        if (!IN6_IS_ADDR_V4MAPPED(&network.address) || octets[12] != LOOPBACK >> 24 || network.bits < MAPPED_BITS + 8)
                return err_set(ret_err, ERR_USAGE, "'%s': the answers of a blocklist lie in 127.0.0.0/8", text);
        list->mask = UINT32_MAX << (128 - network.bits);
        list->answers = ((uint32_t) octets[12] << 24 | (uint32_t) octets[13] << 16 | (uint32_t) octets[14] << 8 | octets[15]) & list->mask;
        return true;
}

bool blocklist_parse(struct blocklist *ret_list, const char *text, struct err *ret_err)
{
        const char *answers = strchr(text, '=');
        char *name = g_strndup(text, answers ? (gsize) (answers - text) : strlen(text));
        char *zone = domain_to_ascii(g_strstrip(name));
        *ret_list = (struct blocklist){ .answers = LOOPBACK, .mask = LOOPBACK_MASK };
        const bool ok = zone && strlen(zone) <= BLOCKLIST_ZONE_MAX;
        if (ok)
                g_strlcpy(ret_list->zone, zone, sizeof ret_list->zone);
        else
                err_set(ret_err, ERR_USAGE, "'%s' is not a blocklist (zen.example.org, or zen.example.org=127.0.0.2/31)", text);
        g_free(zone);
        g_free(name);
        if (!ok || !answers)
                return ok;
        char *network = g_strstrip(g_strdup(answers + 1));
        const bool is_good = parse_answers(ret_list, network, ret_err);
        g_free(network);
        return is_good;
}
