/* lookup.c - the resolver on the event loop
 * Gives:  what lookup.h lists
 * Fails:  lookup_new(): ERR_TEMP when the resolver does not start */
#include "receive/lookup.h"

struct lookup {
        struct event_base *base;
        struct resolver *resolver;
        struct event *timer;
        GHashTable *sockets; /* descriptor -> struct event */
};

/* The timer fires when the resolver wants to be called whatever happens. */
static void arm(struct lookup *lookup)
{
        const int due = resolver_due(lookup->resolver);
        const struct timeval time = { .tv_sec = due / 1000, .tv_usec = due % 1000 * 1000 };
        if (due < 0)
                event_del(lookup->timer);
        else
                event_add(lookup->timer, &time);
}

static void on_socket(evutil_socket_t fd, short what, void *user)
{
        struct lookup *lookup = user;
        resolver_work(lookup->resolver, fd, what & EV_READ, what & EV_WRITE);
        arm(lookup);
}

static void on_timer(evutil_socket_t fd, short what, void *user)
{
        struct lookup *lookup = user;
        resolver_work(lookup->resolver, -1, false, false);
        arm(lookup);
}

static void watch(void *user, int fd, bool reads, bool writes)
{
        struct lookup *lookup = user;
        const int what = EV_PERSIST | (reads ? EV_READ : 0) | (writes ? EV_WRITE : 0);
        g_hash_table_remove(lookup->sockets, GINT_TO_POINTER(fd));
        if (!reads && !writes)
                return;
        struct event *event = event_new(lookup->base, fd, (short) what, on_socket, lookup);
        g_hash_table_insert(lookup->sockets, GINT_TO_POINTER(fd), event);
        event_add(event, NULL);
}

static void free_event(void *event)
{
        event_free(event);
}

bool lookup_new(struct lookup **ret_lookup, struct event_base *base, char *const *servers, struct err *ret_err)
{
        struct lookup *lookup = g_new0(struct lookup, 1);
        const struct resolver_hooks hooks = { .watch = watch, .user = lookup };
        *ret_lookup = lookup;
        lookup->base = base;
        lookup->sockets = g_hash_table_new_full(NULL, NULL, NULL, free_event);
        lookup->timer = evtimer_new(base, on_timer, lookup);
        return resolver_new(&lookup->resolver, servers, &hooks, ret_err);
}

void lookup_free(struct lookup *lookup)
{
        if (!lookup)
                return;
        resolver_free(lookup->resolver);
        g_hash_table_unref(lookup->sockets);
        event_free(lookup->timer);
        g_free(lookup);
}

void lookup_ask(struct lookup *lookup, enum resolver_type type, const char *name, resolver_callback *callback, void *user)
{
        resolver_ask(lookup->resolver, type, name, callback, user);
        arm(lookup);
}

void lookup_ask_afresh(struct lookup *lookup, enum resolver_type type, const char *name, resolver_callback *callback, void *user)
{
        resolver_forget(lookup->resolver, type, name);
        lookup_ask(lookup, type, name, callback, user);
}
