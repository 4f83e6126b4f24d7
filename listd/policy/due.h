/* due.h - when a daily report goes out: once a day at a time of the wall's clock, whatever the clock and the server do meanwhile
 * A day is a calendar day of a time zone, counted since 1970-01-01. */
#ifndef LISTD_POLICY_DUE_H
#define LISTD_POLICY_DUE_H

#include <glib.h>
#include <stdint.h>

/* The day whose report should be out at `now`: today from `minutes` after midnight on (at the first such time of a day that has it twice,
 * and right behind it on a day that has not), else the day before. */
int64_t due_day(int64_t now, GTimeZone *zone, int minutes);

/* When the report of a day is due: seconds since 1970. */
int64_t due_at(int64_t day, GTimeZone *zone, int minutes);

/* The day of "2026-11-27"; -1: it is none. */
int64_t due_parse(const char *text);

/* "2026-11-27" of such a day. The caller frees. */
char *due_text(int64_t day);

#endif
