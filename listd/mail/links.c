/* links.c - addresses of links, numbered for the end of a text
 * Gives:     what links.h lists
 * Standards: RFC 3986 2 (characters) */
#include "mail/links.h"

#include <string.h>

enum {
        LINKS_MAX = 200,
        LINK_MAX = 900 /* octets of an address: a line of it can leave */
};

struct links {
        GPtrArray *addresses;
        GHashTable *numbers; /* of `addresses` */
};

struct links *links_new(void)
{
        struct links *links = g_new0(struct links, 1);
        links->addresses = g_ptr_array_new_with_free_func(g_free);
        links->numbers = g_hash_table_new(g_str_hash, g_str_equal);
        return links;
}

void links_free(struct links *links)
{
        if (!links)
                return;
        g_hash_table_unref(links->numbers);
        g_ptr_array_unref(links->addresses);
        g_free(links);
}

/* --- addresses ------------------------------------------------------------------------ */

/* Not mailto: programs make such links of the names in "Anna wrote:", "From: Anna" and "@Anna", and what they hide behind
 * a name is what readers must not get (leaks L5). An address that an author writes is in the text already. */
static const char *const SCHEMES[] = { "http://", "https://" };

static bool has_scheme(const char *address, const char *scheme)
{
        return g_ascii_strncasecmp(address, scheme, strlen(scheme)) == 0;
}

/* Only octets that may stand in an address (RFC 3986 2), so that it fits any charset. */
static char *in_ascii(const char *address)
{
        GString *out = g_string_new(NULL);
        for (const char *c = address; *c; c++) {
                if (*c > ' ' && *c < 0x7f && !strchr("<>\"", *c))
                        g_string_append_c(out, *c);
                else if (*c == ' ' || (*c & 0x80) || strchr("<>\"", *c))
                        g_string_append_printf(out, "%%%02X", (unsigned) (unsigned char) *c);
        }
        return g_string_free(out, FALSE);
}

char *links_address(const char *href)
{
        char *address = NULL;
        for (size_t i = 0; !address && i < G_N_ELEMENTS(SCHEMES); i++)
                if (has_scheme(href, SCHEMES[i]) && strlen(href) > strlen(SCHEMES[i]))
                        address = in_ascii(href);
        if (address && strlen(address) > LINK_MAX)
                g_clear_pointer(&address, g_free);
        return address;
}

/* What people take for the same address is: without scheme, blanks and a last slash. */
static char *bare_address(const char *text)
{
        GString *bare = g_string_new(NULL);
        for (const char *c = text; *c; c++)
                if (!g_ascii_isspace(*c))
                        g_string_append_c(bare, g_ascii_tolower(*c));
        for (size_t i = 0; i < G_N_ELEMENTS(SCHEMES); i++)
                if (has_scheme(bare->str, SCHEMES[i]))
                        g_string_erase(bare, 0, (gssize) strlen(SCHEMES[i]));
        if (bare->len && bare->str[bare->len - 1] == '/')
                g_string_truncate(bare, bare->len - 1);
        return g_string_free(bare, FALSE);
}

bool links_say_the_same(const char *text, const char *address)
{
        char *encoded = in_ascii(text);
        char *ours = bare_address(encoded), *theirs = bare_address(address);
        bool same = strcmp(ours, theirs) == 0;
        g_free(theirs);
        g_free(ours);
        g_free(encoded);
        return same;
}

/* --- numbers ---------------------------------------------------------------------------- */

guint links_number(struct links *links, const char *address)
{
        guint number = GPOINTER_TO_UINT(g_hash_table_lookup(links->numbers, address));
        if (number || links->addresses->len == LINKS_MAX)
                return number;
        char *kept = g_strdup(address);
        g_ptr_array_add(links->addresses, kept);
        g_hash_table_insert(links->numbers, kept, GUINT_TO_POINTER(links->addresses->len));
        return links->addresses->len;
}

guint links_count(const struct links *links)
{
        return links->addresses->len;
}

const char *links_get(const struct links *links, guint number)
{
        return links->addresses->pdata[number - 1];
}
