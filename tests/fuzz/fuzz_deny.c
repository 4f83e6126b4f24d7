/* fuzz_deny.c - any octets as a list of networks: what is taken may be denied, is spelled in one way, and fits all ceilings */
#include "fuzz.h"

#include "policy/deny.h"

static void check_item(const struct conf *conf, const struct deny_item *item)
{
        struct network network;
        struct err err = { 0 };
        g_assert(network_parse(&network, item->network, &err) && deny_may(conf, &network, &err) && !network_mask(&network));
        char *text = network_text(&network);
        g_assert_cmpstr(text, ==, item->network);
        g_free(text);
        g_assert(deny_reason_is_plain(item->reason));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *trusted[] = { (char *) "10.0.0.0/8", NULL };
        const struct conf conf = { .trusted_networks = trusted };
        struct deny_file *file;
        struct err err = { 0 };
        const bool ok = deny_file_parse(&file, &conf, (const char *) data, size, &err);
        g_assert(ok || err.class == ERR_PERM);
        g_assert(file->items->len + file->bad + file->refused == file->lines && file->problems->len <= DENY_PROBLEMS_MAX);
        for (guint i = 0; i < file->items->len; i++)
                check_item(&conf, &g_array_index(file->items, struct deny_item, i));
        deny_file_free(file);
        return 0;
}
