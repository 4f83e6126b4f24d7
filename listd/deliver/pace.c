/* pace.c - when a thread of deliver may claim work
 * Gives:  what pace.h lists
 * Fails:  never */
#include "deliver/pace.h"

#include "base/clock.h"

struct pace {
        GMutex lock; /* of everything here */
        GCond turn, work, left;
        bool is_away;
        GThread *prober; /* who finds out whether it is back; NULL: nobody */
        gint64 due;      /* the next probe, in monotonic µs */
        int first_ms, last_ms, delay_ms;
        unsigned threads;
        bool is_awake; /* somebody woke, and nobody has looked since */
        bool stops, failed;
};

struct pace *pace_new(unsigned threads, int first_ms, int last_ms)
{
        struct pace *pace = g_new0(struct pace, 1);
        g_mutex_init(&pace->lock);
        g_cond_init(&pace->turn);
        g_cond_init(&pace->work);
        g_cond_init(&pace->left);
        pace->threads = threads;
        pace->first_ms = first_ms;
        pace->last_ms = last_ms;
        return pace;
}

void pace_free(struct pace *pace)
{
        if (!pace)
                return;
        g_mutex_clear(&pace->lock);
        g_cond_clear(&pace->turn);
        g_cond_clear(&pace->work);
        g_cond_clear(&pace->left);
        g_free(pace);
}

/* The probe of this thread ended without an attempt. */
static void give_back(struct pace *pace)
{
        if (pace->prober != g_thread_self())
                return;
        pace->prober = NULL;
        g_cond_broadcast(&pace->turn);
}

bool pace_turn(struct pace *pace)
{
        g_mutex_lock(&pace->lock);
        give_back(pace);
        while (!pace->stops && pace->is_away && pace->prober != g_thread_self()) {
                if (pace->prober)
                        g_cond_wait(&pace->turn, &pace->lock);
                else if (clock_monotonic() < pace->due)
                        g_cond_wait_until(&pace->turn, &pace->lock, clock_real(pace->due));
                else
                        pace->prober = g_thread_self();
        }
        bool goes_on = !pace->stops;
        g_mutex_unlock(&pace->lock);
        return goes_on;
}

void pace_idle(struct pace *pace)
{
        g_mutex_lock(&pace->lock);
        give_back(pace);
        while (!pace->is_awake && !pace->stops)
                g_cond_wait(&pace->work, &pace->lock);
        pace->is_awake = false;
        g_mutex_unlock(&pace->lock);
}

bool pace_up(struct pace *pace)
{
        g_mutex_lock(&pace->lock);
        bool was_away = pace->is_away;
        pace->is_away = false;
        pace->prober = NULL;
        g_cond_broadcast(&pace->turn);
        g_mutex_unlock(&pace->lock);
        return was_away;
}

int pace_away(struct pace *pace)
{
        g_mutex_lock(&pace->lock);
        bool is_probe = pace->prober == g_thread_self();
        if (is_probe)
                pace->delay_ms = MIN(2 * pace->delay_ms, pace->last_ms);
        else if (!pace->is_away)
                pace->delay_ms = pace->first_ms;
        if (is_probe || !pace->is_away) /* else another session has found it already */
                pace->due = clock_monotonic() + (gint64) pace->delay_ms * 1000;
        pace->is_away = true;
        give_back(pace);
        int delay_ms = pace->delay_ms;
        g_mutex_unlock(&pace->lock);
        return delay_ms;
}

void pace_leave(struct pace *pace)
{
        g_mutex_lock(&pace->lock);
        if (--pace->threads == 0)
                g_cond_broadcast(&pace->left);
        g_mutex_unlock(&pace->lock);
}

void pace_wake(struct pace *pace)
{
        g_mutex_lock(&pace->lock);
        pace->is_awake = true;
        g_cond_signal(&pace->work);
        g_mutex_unlock(&pace->lock);
}

static void stop(struct pace *pace, bool failed)
{
        g_mutex_lock(&pace->lock);
        pace->stops = true;
        pace->failed = pace->failed || failed;
        g_cond_broadcast(&pace->turn);
        g_cond_broadcast(&pace->work);
        g_mutex_unlock(&pace->lock);
}

void pace_stop(struct pace *pace)
{
        stop(pace, false);
}

void pace_fail(struct pace *pace)
{
        stop(pace, true);
}

bool pace_stopping(struct pace *pace)
{
        g_mutex_lock(&pace->lock);
        bool stops = pace->stops;
        g_mutex_unlock(&pace->lock);
        return stops;
}

bool pace_failed(struct pace *pace)
{
        g_mutex_lock(&pace->lock);
        bool failed = pace->failed;
        g_mutex_unlock(&pace->lock);
        return failed;
}

bool pace_finish(struct pace *pace, int timeout_ms)
{
        const gint64 end = g_get_monotonic_time() + (gint64) timeout_ms * 1000;
        g_mutex_lock(&pace->lock);
        while (pace->threads > 0 && g_cond_wait_until(&pace->left, &pace->lock, end))
                continue;
        bool finished = pace->threads == 0;
        g_mutex_unlock(&pace->lock);
        return finished;
}
