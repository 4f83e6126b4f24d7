/* fuzz_template.c - a site's own text: whatever it is, it is refused with a reason or can be used */
#include "fuzz.h"

#include "mail/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct err err = { 0 };
        char *text = g_strndup((const char *) data, size);
        if (!template_check("change", text, &err))
                g_assert(*err.text);
        g_free(text);
        return 0;
}
