/* fuzz_embed.c - any octets as text with files in it: what is left is lines of it, no longer than it was */
#include "fuzz.h"

#include "mail/embed.h"
#include "mail/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        GBytes *rest, *bytes = g_bytes_new(data, size);
        GBytes *text = lines_repair(bytes);
        GPtrArray *found;
        struct err err = { 0 };
        if (embed_cut(&rest, &found, text, &err)) {
                gsize length;
                const char *octets = g_bytes_get_data(rest, &length);
                g_assert(length == 0 || octets[length - 1] == '\n');
                size_t cut = 0;
                for (guint i = 0; i < found->len; i++)
                        cut += ((const struct embed *) found->pdata[i])->size;
                g_assert(length + cut <= g_bytes_get_size(text));
                g_ptr_array_unref(found);
                g_bytes_unref(rest);
        } else {
                g_assert(!rest && !found && err.class == ERR_PERM);
        }
        g_bytes_unref(text);
        g_bytes_unref(bytes);
        return 0;
}
