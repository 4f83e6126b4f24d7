/* fuzz_kind.c - files of any content: what they are, whether they pass, and what Outlook packed into one */
#include "fuzz.h"

#include "mail/kind.h"
#include "mail/tnef.h"
#include "store/list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static char *allowed[] = { (char *) "image/*", (char *) "application/zip", NULL };
        const char *octets = (const char *) data;
        const char *type, *why;
        GBytes *content = g_bytes_new(data, size);
        for (int attachments = ATTACHMENTS_STRIP; attachments <= ATTACHMENTS_ALLOW; attachments++) {
                const struct list list = { .attachments = attachments, .attachments_allow = allowed };
                if (kind_passes(&list, "application/zip", "a.zip", content, &type, &why))
                        g_assert(type && strcmp(type, "application/x-executable") != 0);
        }
        g_bytes_unref(content);
        GPtrArray *files = tnef_files(octets, size);
        g_clear_pointer(&files, g_ptr_array_unref);
        return 0;
}
