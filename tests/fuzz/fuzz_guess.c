/* fuzz_guess.c - text in any charset under any label: what is guessed decodes, and costs little
 * The first line is the label, empty for none; the rest is the text. */
#include "fuzz.h"

#include "mail/charset.h"
#include "mail/guess.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *) data;
        const char *end = memchr(text, '\n', size);
        char *label = end ? g_strndup(text, (size_t) (end - text)) : NULL;
        const size_t begin = end ? (size_t) (end - text) + 1 : 0;
        const struct charset *charset = guess_charset(label && *label ? label : NULL, text + begin, size - begin);
        GBytes *decoded = charset_decode_readably(charset, text + begin, size - begin);
        gsize length;
        const char *utf8 = g_bytes_get_data(decoded, &length);
        g_assert(length == 0 || g_utf8_validate_len(utf8, length, NULL) || memchr(utf8, '\0', length));
        g_assert(charset || !charset_find(label));
        g_bytes_unref(decoded);
        g_free(label);
        return 0;
}
