/* fuzz_envelope.c - any octets as an envelope: what is read is what would be written */
#include "fuzz.h"

#include "mail/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct envelope *envelope;
        if (!envelope_read(&envelope, data, size, NULL))
                return 0;
        GBytes *written = envelope_write(envelope);
        gsize length;
        g_assert(written);
        const void *bytes = g_bytes_get_data(written, &length);
        g_assert(length == size && memcmp(bytes, data, size) == 0);
        g_bytes_unref(written);
        envelope_free(envelope);
        return 0;
}
