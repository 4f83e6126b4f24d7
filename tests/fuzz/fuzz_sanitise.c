/* fuzz_sanitise.c - any octets as HTML of a list that allows it: nothing comes out but what the allow-list has */
#include "fuzz.h"

#include "mail/quote.h"
#include "mail/sanitise.h"
#include "store/list.h"

/* An attribute as it is written: a space, name="value". Gives what is behind it. */
static const char *check_attribute(const char *at, const char *end)
{
        static const char *const names[] = { "align", "bgcolor", "border", "cellpadding", "cellspacing", "color", "colspan", "dir", "face",
                                             "height", "href", "lang", "rel", "rowspan", "size", "start", "style", "type", "valign", "width" };
        const char *name = at + 1, *equals = memchr(name, '=', (size_t) (end - name));
        g_assert(*at == ' ' && equals && equals[1] == '"');
        const char *value = equals + 2, *quote = memchr(value, '"', (size_t) (end - value));
        g_assert(quote);
        bool is_known = false;
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                is_known = is_known || (strlen(names[i]) == (size_t) (equals - name) && memcmp(names[i], name, strlen(names[i])) == 0);
        g_assert(is_known);
        g_assert(!g_strstr_len(value, quote - value, "url") || !g_strstr_len(value, quote - value, "(") || *name == 'h');
        g_assert(*name != 'h' || name[1] != 'r' || g_ascii_strncasecmp(value, "http", 4) == 0);
        return quote + 1;
}

static void check_tag(const char *at, const char *end)
{
        static const char *const bad[] = { "script", "style", "img", "iframe", "object", "embed", "form", "input", "link", "meta", "base", "svg" };
        const char *name = *at == '/' ? at + 1 : at;
        const char *behind = name;
        while (behind < end && g_ascii_isalnum(*behind))
                behind++;
        g_assert(behind > name);
        for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
                g_assert(strlen(bad[i]) != (size_t) (behind - name) || g_ascii_strncasecmp(name, bad[i], strlen(bad[i])) != 0);
        while (behind < end)
                behind = check_attribute(behind, end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct list list = { .name = (char *) "ml", .domain = (char *) "lists.example", .address = (char *) "ml@lists.example",
                                   .title = (char *) "", .footer = (char *) "${address}" };
        char *html = g_utf8_make_valid((const char *) data, (gssize) size);
        struct quote *quote = quote_new(&list, 0);
        GString *out = sanitise_html(quote, html, strlen(html));
        g_assert(g_utf8_validate(out->str, (gssize) out->len, NULL));
        for (const char *at = out->str; (at = strpbrk(at, "<>"));) {
                const char *end = strchr(at, '>');
                g_assert(*at == '<' && end);
                check_tag(at + 1, end);
                at = end + 1;
        }
        g_string_free(out, TRUE);
        quote_free(quote);
        g_free(html);
        return 0;
}
