/* clock.c - the time
 * Gives:  clock_now(), clock_monotonic(), clock_real(), clock_run(), clock_stop()
 * Fails:  never */
#include "base/clock.h"

static struct {
        unsigned speed; /* 0: as it is */
        gint64 start;   /* g_get_monotonic_time() then */
        gint64 wall;    /* and the wall's, in microseconds */
} run;
static int64_t stopped; /* 0: it runs */

gint64 clock_monotonic(void)
{
        const gint64 now = g_get_monotonic_time();
        return run.speed ? run.start + (now - run.start) * run.speed : now;
}

int64_t clock_now(void)
{
        if (stopped)
                return stopped;
        return (run.speed ? run.wall + clock_monotonic() - run.start : g_get_real_time()) / G_USEC_PER_SEC;
}

gint64 clock_real(gint64 at)
{
        return run.speed ? run.start + (at - run.start) / run.speed : at;
}

void clock_run(unsigned speed)
{
        run.start = g_get_monotonic_time();
        run.wall = g_get_real_time();
        run.speed = speed;
}

void clock_stop(int64_t now)
{
        stopped = now;
}
