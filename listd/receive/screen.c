/* screen.c - the little that `receive` looks at inside a message
 * Gives:     screen_header()
 * Fails:     never; a line that is no field counts for nothing
 * Standards: RFC 5322 2.2 (fields), 4.5 (blanks before the colon, obsolete) */
#include "receive/screen.h"

static bool is_field(const char *line, size_t length, const char *name)
{
        size_t at = strlen(name);
        if (length <= at || g_ascii_strncasecmp(line, name, at) != 0)
                return false;
        while (at < length && (line[at] == ' ' || line[at] == '\t'))
                at++;
        return at < length && line[at] == ':';
}

struct screen screen_header(const char *bytes, size_t length)
{
        struct screen screen = { 0 };
        if (length == 0)
                return screen; /* and `bytes` may be NULL */
        const char *end = bytes + length;
        for (const char *line = bytes; line < end;) {
                const char *cr = memchr(line, '\r', (size_t) (end - line));
                size_t line_length = (size_t) ((cr ? cr : end) - line);
                if (line_length == 0)
                        break;
                screen.has_from |= is_field(line, line_length, "From");
                screen.received += is_field(line, line_length, "Received");
                line = cr && cr + 2 < end ? cr + 2 : end;
        }
        return screen;
}
