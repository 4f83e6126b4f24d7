/* fuzz_origin.c - Received fields that somebody wrote: no network but one that stands there, and none that is shared */
#include "fuzz.h"

#include "mail/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static char *const trusted[] = { (char *) "127.0.0.0/8", (char *) "203.0.113.0/24", NULL };
        struct message *message;
        struct err err;
        struct envelope envelope = { .client = (char *) "127.0.0.1", .trusted = true };
        GBytes *bytes = g_bytes_new(data, size);
        if (message_parse(&message, bytes, &err)) {
                char *network = origin_network(message, &envelope, trusted);
                if (network) {
                        g_assert(g_str_has_suffix(network, "/24") || g_str_has_suffix(network, "/48"));
                        g_assert(!g_str_has_prefix(network, "127.") && !g_str_has_prefix(network, "10."));
                        g_free(network);
                }
                message_free(message);
        }
        g_bytes_unref(bytes);
        return 0;
}
