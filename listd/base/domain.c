/* domain.c - domain names, compared as IDN A-labels
 * Gives:     domain_to_ascii(), domain_to_unicode()
 * Standards: RFC 5321 2.3.5 and 4.5.3.1.2; RFC 5890, 5891 by libidn2 */
#include "base/domain.h"

#include <idn2.h>

static bool is_ldh_domain(const char *name)
{
        size_t length = strlen(name);
        if (length == 0 || length > DOMAIN_MAX)
                return false;
        size_t label = 0;
        for (size_t i = 0; i <= length; i++) {
                char c = name[i];
                if (c == '.' || c == '\0') {
                        if (label == 0 || label > 63 || name[i - 1] == '-' || name[i - label] == '-')
                                return false;
                        label = 0;
                } else if (g_ascii_isalnum(c) || c == '-') {
                        label++;
                } else {
                        return false;
                }
        }
        return true;
}

char *domain_to_ascii(const char *domain)
{
        size_t length = strlen(domain);
        if (length == 0 || length > DOMAIN_MAX * 4 || !g_utf8_validate(domain, length, NULL))
                return NULL;
        char *trimmed = g_strndup(domain, domain[length - 1] == '.' ? length - 1 : length);
        char *ascii = NULL;
        if (g_str_is_ascii(trimmed)) {
                ascii = g_ascii_strdown(trimmed, -1);
        } else {
                char *found = NULL;
                if (idn2_to_ascii_8z(trimmed, &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK)
                        ascii = g_ascii_strdown(found, -1);
                idn2_free(found);
        }
        g_free(trimmed);
        if (ascii && !is_ldh_domain(ascii))
                g_clear_pointer(&ascii, g_free);
        return ascii;
}

char *domain_to_unicode(const char *domain)
{
        char *found = NULL;
        char *shown;
        if (idn2_to_unicode_8z8z(domain, &found, IDN2_NONTRANSITIONAL) == IDN2_OK)
                shown = g_strdup(found);
        else
                shown = g_strdup(domain);
        idn2_free(found);
        return shown;
}
