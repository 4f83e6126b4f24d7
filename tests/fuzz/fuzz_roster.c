/* fuzz_roster.c - any octets as a member file: every line is an entry, a complaint or nothing, and entries are clean */
#include "fuzz.h"

#include "mail/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct roster roster;
        struct roster_entry entry;
        size_t line = 0;
        roster_start(&roster, "input", (const char *) data, size, true);
        for (enum roster_step step; (step = roster_next(&roster, &entry, NULL)) != ROSTER_END;) {
                g_assert(roster.line > line); /* forwards, always */
                line = roster.line;
                if (step == ROSTER_BAD) {
                        g_assert(!entry.address && !entry.name);
                        continue;
                }
                g_assert(strlen(entry.name) <= ROSTER_NAME_MAX && g_utf8_validate(entry.name, -1, NULL));
                for (const char *p = entry.name; *p; p = g_utf8_next_char(p))
                        g_assert(!g_unichar_iscntrl(g_utf8_get_char(p)));
                roster_entry_clear(&entry);
        }
        g_assert(roster.next == roster.end);
        return 0;
}
