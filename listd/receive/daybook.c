/* daybook.c - counts unknown addresses that are refused, by domain and day
 * Gives:  what daybook.h lists
 * Fails:  never: what cannot be written is logged, and tried again with the next
 * In memory there is a number for each of our domains, whatever clients do; on disk one a day. */
#include "receive/daybook.h"

#include "base/log.h"

enum { SAVE_SECONDS = 5, DAY = 86400 };

struct daybook {
        const struct conf *conf;
        struct spool *spool;
        struct event *timer;
        int64_t *counts; /* of each domain of conf */
        size_t domains;
        int64_t expired; /* day on which old ones were removed */
        bool is_dirty;
};

static bool save_one(struct daybook *daybook, size_t i, int64_t now, struct err *ret_err)
{
        int64_t *count = &daybook->counts[i];
        bool ok = *count == 0 || refused_add(daybook->spool, daybook->conf->domains[i], *count, now, ret_err);
        if (ok)
                *count = 0;
        return ok;
}

static void save(struct daybook *daybook)
{
        struct err err = { 0 };
        const int64_t now = g_get_real_time() / G_USEC_PER_SEC;
        bool ok = true;
        for (size_t i = 0; ok && i < daybook->domains; i++)
                ok = save_one(daybook, i, now, &err);
        if (ok && now / DAY > daybook->expired) {
                ok = refused_expire(daybook->spool, now, &err);
                daybook->expired = now / DAY;
        }
        daybook->is_dirty = !ok;
        if (!ok)
                log_event(LOG_LEVEL_WARN, "guard-not-saved", "reason", err.text, NULL);
}

static void on_timer(evutil_socket_t fd, short what, void *user)
{
        struct daybook *daybook = user;
        if (daybook->is_dirty)
                save(daybook);
}

struct daybook *daybook_new(struct event_base *base, const struct conf *conf, struct spool *spool)
{
        const struct timeval often = { .tv_sec = SAVE_SECONDS };
        struct daybook *daybook = g_new0(struct daybook, 1);
        daybook->conf = conf;
        daybook->spool = spool;
        daybook->domains = g_strv_length(conf->domains);
        daybook->counts = g_new0(int64_t, daybook->domains);
        daybook->timer = event_new(base, -1, EV_PERSIST, on_timer, daybook);
        event_add(daybook->timer, &often);
        return daybook;
}

void daybook_stop(struct daybook *daybook)
{
        event_del(daybook->timer);
}

void daybook_free(struct daybook *daybook)
{
        if (!daybook)
                return;
        if (daybook->is_dirty)
                save(daybook);
        event_free(daybook->timer);
        g_free(daybook->counts);
        g_free(daybook);
}

void daybook_count(struct daybook *daybook, const char *domain)
{
        for (size_t i = 0; i < daybook->domains; i++)
                if (strcmp(daybook->conf->domains[i], domain) == 0)
                        daybook->counts[i]++;
        daybook->is_dirty = true;
}
