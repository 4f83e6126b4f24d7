/* clock.h - the time: a test can stop it, and let it run faster than it does */
#ifndef LISTD_BASE_CLOCK_H
#define LISTD_BASE_CLOCK_H

#include <glib.h>
#include <stdint.h>

/* Seconds since 1970: the clock of every column of the stores. Functions whose result depends on time take `now`. */
int64_t clock_now(void);
gint64 clock_monotonic(void);  /* microseconds; only differences mean something */

/* When clock_monotonic() will be `at`, as g_get_monotonic_time() has it: for what waits. */
gint64 clock_real(gint64 at);

/* For tests. From now on so many seconds pass in each: once and first of all. clock_now() stands there: 0 lets it go again. */
void clock_run(unsigned speed);
void clock_stop(int64_t now);

#endif
