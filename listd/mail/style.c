/* style.c - what of HTML its styles hide
 * Gives:     style_read()
 * Standards: CSS 2.1 9.2.4 (display), 11.2 (visibility), 15.7 (font-size), as far as senders hide text by them */
#include "mail/style.h"

#include <glib.h>
#include <string.h>

/* A size in parts of the outer one leaves what that is. */
static bool is_tiny(const char *value, bool outer)
{
        char *unit;
        const double size = g_ascii_strtod(value, &unit);
        if (unit == value)
                return outer && g_str_has_prefix(value, "inherit");
        if (size > 0 && (*unit == '%' || g_str_has_prefix(unit, "em")))
                return outer;
        return !(size > 0);
}

/* As style_read(). */
static bool read_declaration(struct sight *sight, const char *name, const char *value)
{
        if (strcmp(name, "display") == 0)
                return !g_str_has_prefix(value, "none");
        if (strcmp(name, "visibility") == 0)
                sight->is_invisible = g_str_has_prefix(value, "hidden") || g_str_has_prefix(value, "collapse");
        else if (strcmp(name, "font-size") == 0)
                sight->is_tiny = is_tiny(value, sight->is_tiny);
        return true;
}

bool style_read(struct sight *sight, const char *style)
{
        bool is_there = true;
        char *lower = g_ascii_strdown(style, -1);
        char **declarations = g_strsplit(lower, ";", -1);
        for (size_t i = 0; declarations[i]; i++) {
                char *value = strchr(declarations[i], ':');
                if (!value)
                        continue;
                *value++ = '\0';
                is_there = read_declaration(sight, g_strstrip(declarations[i]), g_strstrip(value)) && is_there;
        }
        g_strfreev(declarations);
        g_free(lower);
        return is_there;
}
