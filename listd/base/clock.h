/* clock.h - the time: a test can let it run faster than it does */
#ifndef LISTD_BASE_CLOCK_H
#define LISTD_BASE_CLOCK_H

#include <glib.h>
#include <stdint.h>

int64_t clock_now(void);       /* seconds since 1970 */
gint64 clock_monotonic(void);  /* microseconds; only differences mean something */

/* When clock_monotonic() will be `at`, as g_get_monotonic_time() has it: for what waits. */
gint64 clock_real(gint64 at);

/* For tests, once and first of all: from now on so many seconds pass in each. */
void clock_run(unsigned speed);

#endif
