/* fuzz_html.c - any octets as HTML: what comes out is text in lines, and tells no terminal or charset what to do */
#include "fuzz.h"

#include "mail/guess.h"
#include "mail/html.h"

static void check(const char *html, size_t length)
{
        GString *text = html_to_text(html, length);
        g_assert(g_utf8_validate(text->str, (gssize) text->len, NULL));
        g_assert(text->len == 0 || text->str[text->len - 1] == '\n');
        for (const char *at = text->str; *at; at = g_utf8_next_char(at))
                g_assert(*at == '\n' || *at == '\t' || !g_unichar_iscntrl(g_utf8_get_char(at)));
        g_string_free(text, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *html = g_utf8_make_valid((const char *) data, (gssize) size);
        check(html, strlen(html));
        g_free(html);
        g_free(guess_label_of_html((const char *) data, size));
        return 0;
}
