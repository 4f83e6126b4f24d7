/* sources.h - who came to this door, and what they did: a table with a ceiling, in memory
 * A source is a client, a network, the domain of a sender, or a domain of ours (policy/guard.h). The one that was not heard of for
 * the longest makes room for a new one. */
#ifndef LISTD_RECEIVE_SOURCES_H
#define LISTD_RECEIVE_SOURCES_H

#include <glib.h>

#include "policy/guard.h"

enum { SOURCES_MAX = 65536 };

/* The recipients that were tried in the last hour or so: a few hashes, then a bit for each. */
enum { TRIED_FEW = 6 };
struct tried {
        int64_t since;
        uint8_t *bits; /* NULL: the few are enough */
        uint32_t few[TRIED_FEW];
        uint8_t count; /* of the few */
};

/* How often something happened in the running minute or hour. */
struct window {
        int64_t since;
        int count;
};

struct source {
        enum source_kind kind;
        char *name;
        int64_t since, last;
        struct score score;
        int good_days; /* with messages and without a fault */
        int64_t good_day;
        int sessions; /* open now; such a source stays in the table */
        int users;    /* visitors that hold it; likewise */
        struct window connections, messages;
        struct tried tried;
        enum suspicion suspicion; /* guard.c: set_suspicion() only */
        int64_t suspicion_since;
        int64_t denied_until; /* SUSPICION_DENY */
        int offences;         /* sessions with a fault */
        int denials;          /* so far: each lasts twice as long as the one before */
        bool in_siege; /* when it tried a recipient last, its domain was tried by too many */
        bool is_dirty; /* is to be saved */
        GList link;    /* in sources->by_age */
};

struct sources;

struct sources *sources_new(void);
void sources_free(struct sources *sources);

/* Finds it, or makes it; it is the latest now. Borrowed: until it is forgotten, which held ones (users, sessions) are not. */
struct source *sources_get(struct sources *sources, enum source_kind kind, const char *name, int64_t now);
struct source *sources_find(struct sources *sources, enum source_kind kind, const char *name);
/* Those that nobody holds are removed, the others are as new. */
void sources_forget(struct sources *sources, struct source *source);

size_t sources_count(const struct sources *sources);
/* The latest first. `visit` may forget the source that it is given. */
void sources_each(struct sources *sources, void (*visit)(struct source *source, void *user), void *user);

/* Whether a recipient was not tried in the last hour or so; it has been then. */
bool source_is_first_try(const struct sources *sources, struct source *source, const char *recipient, int64_t now);

/* One more in the running window of so many seconds: how many there are. */
int window_add(struct window *window, int64_t now, int seconds);

#endif
