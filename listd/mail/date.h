/* date.h - Date fields (RFC 5322 3.3) */
#ifndef LISTD_MAIL_DATE_H
#define LISTD_MAIL_DATE_H

#include <stdint.h>

/* The instant of a Date field's value, told in that time zone (Asia/Tokyo; one that is not known: UTC), so that the
 * author's does not show (leaks L2). A value that is missing (NULL) or no date becomes `now`. The caller frees. */
char *date_in_zone(const char *value, const char *timezone, int64_t now);

/* The same; NULL for a value that is missing or no date. */
char *date_in_zone_if_any(const char *value, const char *timezone);

#endif
