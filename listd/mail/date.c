/* date.c - Date fields
 * Gives:     date_in_zone(), date_in_zone_if_any(), by GMime
 * Standards: RFC 5322 3.3, 4.3 (obsolete zones) */
#include "mail/date.h"

#include <gmime/gmime.h>

#include "mail/mime.h"

/* Years that stay years of four digits in every zone, and in which there was mail. */
enum { YEAR_FIRST = 1970, YEAR_LAST = 9998 };

/* NULL: it is no date. */
static GDateTime *instant_of(const char *value)
{
        mime_ready();
        GDateTime *instant = value ? g_mime_utils_header_decode_date(value) : NULL;
        if (instant && (g_date_time_get_year(instant) < YEAR_FIRST || g_date_time_get_year(instant) > YEAR_LAST))
                g_clear_pointer(&instant, g_date_time_unref);
        return instant;
}

/* Takes the instant. */
static char *told_in_zone(GDateTime *instant, const char *timezone)
{
        GTimeZone *zone = g_time_zone_new_identifier(timezone);
        GDateTime *local = zone ? g_date_time_to_timezone(instant, zone) : g_date_time_to_utc(instant);
        char *text = g_mime_utils_header_format_date(local);
        g_date_time_unref(local);
        g_clear_pointer(&zone, g_time_zone_unref);
        g_date_time_unref(instant);
        return text;
}

char *date_in_zone_if_any(const char *value, const char *timezone)
{
        GDateTime *instant = instant_of(value);
        return instant ? told_in_zone(instant, timezone) : NULL;
}

char *date_in_zone(const char *value, const char *timezone, int64_t now)
{
        char *text = date_in_zone_if_any(value, timezone);
        return text ? text : told_in_zone(g_date_time_new_from_unix_utc(now), timezone);
}
