/* fuzz_conf.c - any octets as listd.conf: what is taken can be written and taken again, unchanged */
#include "fuzz.h"

#include "base/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct conf *conf, *again;
        struct err err = { 0 };
        if (!conf_parse(&conf, (const char *) data, size, "fuzz", &err)) {
                g_assert(err.class == ERR_USAGE && *err.text);
                return 0;
        }
        char *text = conf_text(conf);
        if (!conf_parse(&again, text, strlen(text), "again", &err))
                g_error("%s", err.text);
        char *second = conf_text(again);
        g_assert_cmpstr(text, ==, second);
        g_free(text);
        g_free(second);
        conf_free(conf);
        conf_free(again);
        return 0;
}
