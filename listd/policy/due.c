/* due.c - when a daily report goes out
 * Gives:  what due.h lists
 * Fails:  never */
#include "policy/due.h"

#include <string.h>

enum { HOURS = 24, MINUTES = 60 };

static int64_t day_number(GDateTime *time)
{
        GDate date;
        g_date_clear(&date, 1);
        g_date_set_dmy(&date, (GDateDay) g_date_time_get_day_of_month(time), (GDateMonth) g_date_time_get_month(time),
                       (GDateYear) g_date_time_get_year(time));
        GDate epoch;
        g_date_clear(&epoch, 1);
        g_date_set_dmy(&epoch, 1, G_DATE_JANUARY, 1970);
        return g_date_days_between(&epoch, &date);
}

/* The clock of the wall only grows within a day, but for an hour that is there twice: who compares it with what was sent already sends
 * nothing twice. */
int64_t due_day(int64_t now, GTimeZone *zone, int minutes)
{
        GDateTime *utc = g_date_time_new_from_unix_utc(now);
        GDateTime *local = g_date_time_to_timezone(utc, zone);
        const int64_t day = day_number(local);
        const int at = g_date_time_get_hour(local) * MINUTES + g_date_time_get_minute(local);
        g_date_time_unref(local);
        g_date_time_unref(utc);
        return at >= minutes ? day : day - 1;
}

char *due_text(int64_t day)
{
        GDateTime *time = g_date_time_new_from_unix_utc(day * HOURS * MINUTES * MINUTES);
        char *text = g_date_time_format(time, "%Y-%m-%d");
        g_date_time_unref(time);
        return text;
}

int64_t due_at(int64_t day, GTimeZone *zone, int minutes)
{
        GDateTime *utc = g_date_time_new_from_unix_utc(day * HOURS * MINUTES * MINUTES);
        GDateTime *local = g_date_time_new(zone, g_date_time_get_year(utc), g_date_time_get_month(utc), g_date_time_get_day_of_month(utc),
                                           minutes / MINUTES, minutes % MINUTES, 0);
        const int64_t at = g_date_time_to_unix(local);
        g_date_time_unref(local);
        g_date_time_unref(utc);
        return at;
}

int64_t due_parse(const char *text)
{
        char *whole = g_strconcat(text, "T00:00:00Z", NULL);
        GDateTime *time = strlen(text) == strlen("2026-11-27") ? g_date_time_new_from_iso8601(whole, NULL) : NULL;
        const int64_t day = time ? g_date_time_to_unix(time) / (HOURS * MINUTES * MINUTES) : -1;
        if (time)
                g_date_time_unref(time);
        g_free(whole);
        return day;
}
