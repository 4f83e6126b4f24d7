/* fuzz_quote.c - any octets as text, in any of the charsets: lines come out as lines, and what came out goes in again */
#include "fuzz.h"

#include "base/conf.h"
#include "mail/charset.h"
#include "mail/lines.h"
#include "mail/quote.h"
#include "store/list.h"

static const char *const LABELS[] = { "utf-8", "iso-2022-jp", "shift_jis", "iso-8859-1", "x-unknown" };

static void check(const struct quote *quote, const char *label, GBytes *text)
{
        bool is_utf8, is_utf8_again;
        const struct charset *charset = charset_find(label);
        GBytes *cleaned = quote_clean(quote, charset, text, &is_utf8);
        if (!cleaned)
                return;
        gsize length;
        const char *octets = g_bytes_get_data(cleaned, &length);
        g_assert(length == 0 || octets[length - 1] == '\n');
        GBytes *again = quote_clean(quote, is_utf8 ? charset_utf8() : charset, cleaned, &is_utf8_again);
        if (again)
                g_bytes_unref(again);
        g_bytes_unref(cleaned);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct list list = {
                .name = (char *) "ml",
                .domain = (char *) "lists.example",
                .address = (char *) "ml@lists.example",
                .title = (char *) "",
                .footer = (char *) "a\\nb",
        };
        struct quote *quote = quote_new(&list, ADDRESSES_PLUS);
        GBytes *bytes = g_bytes_new(data, size);
        GBytes *text = lines_repair(bytes);
        for (size_t i = 0; i < G_N_ELEMENTS(LABELS); i++)
                check(quote, LABELS[i], text);
        g_bytes_unref(text);
        g_bytes_unref(bytes);
        quote_free(quote);
        return 0;
}
