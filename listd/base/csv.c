/* csv.c - fields and rows as spreadsheets have them
 * Gives:     csv_take(), csv_put()
 * Fails:     a field that cannot be read
 * Standards: RFC 4180 2, but a field has one line */
#include "base/csv.h"

#include <string.h>

/* Or one that we wrote: apostrophes before a formula's first character. */
static bool is_formula(const char *field)
{
        field += strspn(field, "'");
        return *field && strchr("=+-@", *field);
}

static bool take_quoted(const char **text, const char *end, char separator, GString *field)
{
        const char *p = *text;
        for (p++; p < end && (*p != '"' || (p + 1 < end && p[1] == '"')); p++) {
                p += *p == '"';
                g_string_append_c(field, *p);
        }
        if (p == end)
                return false;
        for (p++; p < end && *p == ' '; p++)
                ;
        *text = p;
        return p == end || *p == separator;
}

bool csv_take(const char **text, const char *end, char separator, GString *field, bool *ret_more)
{
        const char *p = *text;
        g_string_truncate(field, 0);
        while (p < end && *p == ' ')
                p++;
        if (p < end && *p == '"') {
                if (!take_quoted(&p, end, separator, field))
                        return false;
        } else {
                for (; p < end && *p != separator; p++)
                        g_string_append_c(field, *p);
        }
        if (*field->str == '\'' && is_formula(field->str))
                g_string_erase(field, 0, 1);
        *ret_more = p < end;
        *text = p + (p < end);
        return true;
}

static void put_field(GString *to, const char *field)
{
        const bool guarded = is_formula(field);
        if (!guarded && *field != ' ' && !field[strcspn(field, ",;\"\t")]) {
                g_string_append(to, field);
                return;
        }
        g_string_append(to, guarded ? "\"'" : "\"");
        for (const char *p = field; *p; p++) {
                if (*p == '"')
                        g_string_append_c(to, '"');
                g_string_append_c(to, *p);
        }
        g_string_append_c(to, '"');
}

void csv_put(GString *to, const char *const *fields, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                if (i > 0)
                        g_string_append_c(to, ',');
                put_field(to, fields[i]);
        }
        g_string_append(to, "\r\n");
}
