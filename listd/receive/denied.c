/* denied.c - the deny list as this process has it in memory
 * Gives:  what denied.h lists
 * Fails:  denied_new() when the list cannot be read; later failures are logged and tried again at the next tick
 * An entry costs about 150 octets here. Reading 200,000 of them takes the loop a quarter of a second, which happens when an admin, or
 * a list that is refreshed, changes something, and never because of what clients do. */
#include "receive/denied.h"

#include "base/log.h"
#include "base/netset.h"

enum {
        TICK_SECONDS = 1,
        WRITE_SECONDS = 10, /* hits; a fault at the next tick */
        WRITTEN_AT_ONCE_MAX = 1000, /* a commit is not to keep sessions waiting */
        EXPIRE_SECONDS = 3600,
        EXPIRED_AT_ONCE_MAX = 1000,
        TEXT_CHUNK = 64 * 1024
};

struct denied {
        struct spool *spool;
        struct event *timer;
        int64_t version; /* of what is in memory */
        struct netset *set;
        GArray *denials; /* struct denial, as the set numbers them */
        GStringChunk *texts;
        GArray *unwritten; /* guint: denials with hits, or denied anew */
        bool is_urgent;
        int64_t written, expired;
};

static struct denial *denial_at(const struct denied *denied, guint index)
{
        return &g_array_index(denied->denials, struct denial, index);
}

/* --- reading ------------------------------------------------------------------------------ */

struct reading {
        GArray *networks; /* struct network */
        GArray *denials;
        GStringChunk *texts;
};

static void read_entry(const struct deny_entry *entry, void *user)
{
        struct reading *reading = user;
        struct network network;
        if (reading->denials->len >= NETSET_MAX || !network_parse(&network, entry->network, NULL))
                return;
        const struct denial denial = {
                .network = g_string_chunk_insert(reading->texts, entry->network),
                .label = g_string_chunk_insert_const(reading->texts, entry->label), /* few, for many */
                .reason = g_string_chunk_insert_const(reading->texts, entry->reason),
                .until = entry->until,
                .span = entry->span,
        };
        g_array_append_val(reading->networks, network);
        g_array_append_val(reading->denials, denial);
}

static void forget_all(struct denied *denied)
{
        netset_free(denied->set);
        if (denied->denials)
                g_array_unref(denied->denials);
        if (denied->texts)
                g_string_chunk_free(denied->texts);
}

/* The version is asked for first: what changes while it reads is read again then. */
static bool load(struct denied *denied, struct err *ret_err)
{
        int64_t version = 0;
        struct reading reading = {
                g_array_new(FALSE, FALSE, sizeof(struct network)), g_array_new(FALSE, FALSE, sizeof(struct denial)),
                g_string_chunk_new(TEXT_CHUNK)
        };
        const bool ok = deny_version(denied->spool, &version, ret_err) && deny_each(denied->spool, NULL, read_entry, &reading, ret_err);
        if (ok) {
                forget_all(denied);
                denied->set = netset_new((const struct network *) (const void *) reading.networks->data, reading.networks->len);
                denied->denials = reading.denials;
                denied->texts = reading.texts;
                denied->version = version;
        } else {
                g_array_unref(reading.denials);
                g_string_chunk_free(reading.texts);
        }
        g_array_unref(reading.networks);
        return ok;
}

/* --- asking -------------------------------------------------------------------------------- */

const struct denial *denied_find(const struct denied *denied, const char *ip, int64_t now)
{
        struct in6_addr address;
        if (!ip_parse(&address, ip))
                return NULL;
        for (int at = netset_find(denied->set, &address); at != NETSET_NONE; at = netset_around(denied->set, at)) {
                const struct denial *denial = denial_at(denied, (guint) at);
                if (deny_state(denial->until, now) == DENY_DENIED)
                        return denial;
        }
        return NULL;
}

/* Remembers that an entry has something to be written, once. */
static void note(struct denied *denied, const struct denial *denial)
{
        if (denial->hits > 0 || denial->again > 0)
                return;
        const guint index = (guint) (denial - denial_at(denied, 0));
        g_array_append_val(denied->unwritten, index);
}

void denied_hit(struct denied *denied, const struct denial *denial, int64_t now)
{
        struct denial *own = denial_at(denied, (guint) (denial - denial_at(denied, 0)));
        note(denied, own);
        own->hits += own->hits < UINT32_MAX;
        own->last_hit = now;
}

const struct denial *denied_fault(struct denied *denied, const char *ip, int64_t now)
{
        struct in6_addr address;
        const struct denial *narrowest = NULL;
        if (!ip_parse(&address, ip))
                return NULL;
        for (int at = netset_find(denied->set, &address); at != NETSET_NONE; at = netset_around(denied->set, at)) {
                struct denial *denial = denial_at(denied, (guint) at);
                if (deny_state(denial->until, now) != DENY_ON_PROBATION)
                        continue;
                note(denied, denial);
                denial->again = now;
                deny_again(&denial->until, &denial->span, now);
                denied->is_urgent = true;
                narrowest = narrowest ? narrowest : denial;
        }
        return narrowest;
}

size_t denied_count(const struct denied *denied)
{
        return denied->denials->len;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* The last ones first, so many at a time. */
static bool write_some(struct denied *denied, struct err *ret_err)
{
        const guint count = MIN(denied->unwritten->len, WRITTEN_AT_ONCE_MAX), first = denied->unwritten->len - count;
        struct deny_news *news = g_new0(struct deny_news, count);
        for (guint i = 0; i < count; i++) {
                const struct denial *denial = denial_at(denied, g_array_index(denied->unwritten, guint, first + i));
                news[i] = (struct deny_news){ denial->network, denial->label, denial->hits, denial->last_hit, denial->again };
        }
        const bool ok = deny_record(denied->spool, news, count, &denied->version, ret_err);
        for (guint i = 0; ok && i < count; i++) {
                struct denial *denial = denial_at(denied, g_array_index(denied->unwritten, guint, first + i));
                denial->hits = 0;
                denial->again = 0;
        }
        if (ok)
                g_array_set_size(denied->unwritten, first);
        g_free(news);
        return ok;
}

static bool write_all(struct denied *denied, struct err *ret_err)
{
        while (denied->unwritten->len > 0)
                if (!write_some(denied, ret_err))
                        return false;
        return true;
}

/* --- the timer ---------------------------------------------------------------------------------- */

static bool write_if_due(struct denied *denied, int64_t now, struct err *ret_err)
{
        if (denied->unwritten->len == 0 || (!denied->is_urgent && now - denied->written < WRITE_SECONDS))
                return true;
        if (!write_some(denied, ret_err))
                return false;
        denied->is_urgent = denied->unwritten->len > 0; /* the rest at the next tick */
        denied->written = now;
        return true;
}

/* What is new in memory is written before it is read anew. */
static bool read_if_changed(struct denied *denied, struct err *ret_err)
{
        int64_t version = 0;
        if (!deny_version(denied->spool, &version, ret_err))
                return false;
        if (version == denied->version)
                return true;
        if (!write_all(denied, ret_err) || !load(denied, ret_err))
                return false;
        log_event(LOG_LEVEL_INFO, "deny-list", "entries", log_number((int64_t) denied_count(denied)), NULL);
        return true;
}

static bool expire_if_due(struct denied *denied, int64_t now, struct err *ret_err)
{
        int64_t count = 0;
        if (now - denied->expired < EXPIRE_SECONDS)
                return true;
        if (!deny_expire(denied->spool, now, EXPIRED_AT_ONCE_MAX, &count, ret_err))
                return false;
        if (count < EXPIRED_AT_ONCE_MAX) /* else the rest at the next tick */
                denied->expired = now;
        return true;
}

void denied_tick(struct denied *denied, int64_t now)
{
        struct err err = { 0 };
        if (!write_if_due(denied, now, &err) || !read_if_changed(denied, &err) || !expire_if_due(denied, now, &err))
                log_event(LOG_LEVEL_WARN, "deny-list-late", "reason", err.text, NULL);
}

static void on_tick(evutil_socket_t fd, short what, void *user)
{
        denied_tick(user, g_get_real_time() / G_USEC_PER_SEC);
}

/* --- life ------------------------------------------------------------------------------------------ */

bool denied_new(struct denied **ret_denied, struct event_base *base, struct spool *spool, struct err *ret_err)
{
        static const struct timeval tick = { .tv_sec = TICK_SECONDS };
        struct denied *denied = g_new0(struct denied, 1);
        *ret_denied = denied;
        denied->spool = spool;
        denied->unwritten = g_array_new(FALSE, FALSE, sizeof(guint));
        if (!load(denied, ret_err))
                return false;
        denied->timer = event_new(base, -1, EV_PERSIST, on_tick, denied);
        event_add(denied->timer, &tick);
        return true;
}

void denied_stop(struct denied *denied)
{
        event_del(denied->timer);
}

void denied_free(struct denied *denied)
{
        struct err err = { 0 };
        if (!denied)
                return;
        if (denied->set && !write_all(denied, &err))
                log_event(LOG_LEVEL_WARN, "deny-list-late", "reason", err.text, NULL);
        forget_all(denied);
        g_array_unref(denied->unwritten);
        if (denied->timer)
                event_free(denied->timer);
        g_free(denied);
}
