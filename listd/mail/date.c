/* date.c - Date fields
 * Gives:     date_in_zone(), by GMime
 * Standards: RFC 5322 3.3, 4.3 (obsolete zones) */
#include "mail/date.h"

#include <gmime/gmime.h>

#include "mail/mime.h"

/* Years that stay years of four digits in every zone, and in which there was mail. */
enum { YEAR_FIRST = 1970, YEAR_LAST = 9998 };

static GDateTime *instant_of(const char *value, int64_t now)
{
        mime_ready();
        GDateTime *instant = value ? g_mime_utils_header_decode_date(value) : NULL;
        if (instant && g_date_time_get_year(instant) >= YEAR_FIRST && g_date_time_get_year(instant) <= YEAR_LAST)
                return instant;
        g_clear_pointer(&instant, g_date_time_unref);
        return g_date_time_new_from_unix_utc(now);
}

char *date_in_zone(const char *value, const char *timezone, int64_t now)
{
        GDateTime *instant = instant_of(value, now);
        GTimeZone *zone = g_time_zone_new_identifier(timezone);
        GDateTime *local = zone ? g_date_time_to_timezone(instant, zone) : g_date_time_to_utc(instant);
        char *text = g_mime_utils_header_format_date(local);
        g_date_time_unref(local);
        g_clear_pointer(&zone, g_time_zone_unref);
        g_date_time_unref(instant);
        return text;
}
