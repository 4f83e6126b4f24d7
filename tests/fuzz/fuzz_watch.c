/* fuzz_watch.c - any dialogue with a relay: records of direction, length and octets */
#include "fuzz.h"

#include <string.h>

#include "deliver/watch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct watch watch = { 0 };
        while (size >= 2) {
                bool is_read = data[0] & 1;
                size_t length = MIN((size_t) data[1], size - 2);
                char *piece = g_malloc(MAX(length, 1));
                memcpy(piece, data + 2, length);
                if (is_read)
                        watch_read(&watch, piece, length);
                else
                        watch_wrote(&watch, piece, length);
                g_free(piece);
                g_assert(watch.length <= WATCH_LINE_MAX && strlen(watch.last) <= WATCH_LINE_MAX);
                data += 2 + length, size -= 2 + length;
        }
        return 0;
}
