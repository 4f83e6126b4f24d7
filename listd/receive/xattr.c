/* xattr.c - the attributes of XFORWARD and XCLIENT
 * Gives:     xattrs_read(), xattrs_clear()
 * Fails:     with false for what is not of the form
 * Standards: RFC 3461 4 (xtext); Postfix's XFORWARD_README and XCLIENT_README */
#include "receive/xattr.h"

#include <glib.h>

#include "base/net.h"

const char XFORWARD_KEYWORD[] = "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE";
const char XCLIENT_KEYWORD[] = "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";

static const char *const NAMES[XATTRS] = {
        [XATTR_NAME] = "NAME",   [XATTR_ADDR] = "ADDR",     [XATTR_PORT] = "PORT",   [XATTR_PROTO] = "PROTO",
        [XATTR_HELO] = "HELO",   [XATTR_IDENT] = "IDENT",   [XATTR_SOURCE] = "SOURCE", [XATTR_LOGIN] = "LOGIN",
        [XATTR_DESTADDR] = "DESTADDR", [XATTR_DESTPORT] = "DESTPORT",
};

/* "+2B" is a plus. NULL: not xtext, or not text. */
static char *decode(const char *text, size_t length)
{
        GString *plain = g_string_new(NULL);
        bool ok = true;
        for (size_t i = 0; ok && i < length; i++) {
                if (text[i] != '+') {
                        g_string_append_c(plain, text[i]);
                        continue;
                }
                ok = i + 2 < length && g_ascii_isxdigit(text[i + 1]) && g_ascii_isxdigit(text[i + 2]);
                if (ok)
                        g_string_append_c(plain, (char) (g_ascii_xdigit_value(text[i + 1]) << 4 | g_ascii_xdigit_value(text[i + 2])));
                i += 2;
        }
        ok = ok && plain->len <= XATTR_VALUE_MAX && g_utf8_validate_len(plain->str, plain->len, NULL);
        for (size_t i = 0; ok && i < plain->len; i++)
                ok = !g_ascii_iscntrl(plain->str[i]);
        return g_string_free(plain, !ok);
}

/* An IP address without "IPV6:" before it; NULL: it is none. Takes the text. */
static char *address_of(char *text)
{
        const char *ip = text + (g_ascii_strncasecmp(text, "IPV6:", 5) == 0 ? 5 : 0);
        char *network = network_around(ip, 32, 128);
        char *address = network ? g_strdup(ip) : NULL;
        g_free(network);
        g_free(text);
        return address;
}

static char *value_of(enum xattr attribute, const char *text, size_t length)
{
        char *value = decode(text, length);
        if (!value)
                return NULL;
        if (g_ascii_strcasecmp(value, "[UNAVAILABLE]") == 0 || g_ascii_strcasecmp(value, "[TEMPUNAVAIL]") == 0)
                *value = '\0';
        else if (attribute == XATTR_ADDR || attribute == XATTR_DESTADDR)
                return address_of(value);
        return value;
}

static int find(const char *name, size_t length, unsigned allowed)
{
        for (int i = 0; i < XATTRS; i++)
                if ((allowed & 1u << i) && strlen(NAMES[i]) == length && g_ascii_strncasecmp(NAMES[i], name, length) == 0)
                        return i;
        return -1;
}

static bool take(struct xattrs *xattrs, const char *word, unsigned allowed)
{
        const char *equals = strchr(word, '=');
        const int attribute = equals ? find(word, (size_t) (equals - word), allowed) : -1;
        if (attribute < 0)
                return false;
        g_free(xattrs->values[attribute]);
        xattrs->values[attribute] = value_of((enum xattr) attribute, equals + 1, strlen(equals + 1));
        return xattrs->values[attribute] != NULL;
}

bool xattrs_read(struct xattrs *ret_xattrs, const char *argument, unsigned allowed)
{
        char **words = g_strsplit(argument, " ", -1);
        bool ok = *argument != '\0';
        *ret_xattrs = (struct xattrs){ 0 };
        for (char **word = words; ok && *word; word++)
                ok = !**word || take(ret_xattrs, *word, allowed);
        if (!ok)
                xattrs_clear(ret_xattrs);
        g_strfreev(words);
        return ok;
}

void xattrs_clear(struct xattrs *xattrs)
{
        for (int i = 0; i < XATTRS; i++)
                g_clear_pointer(&xattrs->values[i], g_free);
}
