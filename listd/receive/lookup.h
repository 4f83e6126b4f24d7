/* lookup.h - base/resolver.h on the event loop of the role: an event for each socket, and one timer */
#ifndef LISTD_RECEIVE_LOOKUP_H
#define LISTD_RECEIVE_LOOKUP_H

#include <event2/event.h>

#include "base/resolver.h"

struct lookup;

/* `servers` as in resolver_new(). Call it before the sandbox closes: it reads /etc/resolv.conf. */
MUST_USE bool lookup_new(struct lookup **ret_lookup, struct event_base *base, char *const *servers, struct err *ret_err);
/* Who still waits is told RESOLVER_BUSY. */
void lookup_free(struct lookup *lookup);

void lookup_ask(struct lookup *lookup, enum resolver_type type, const char *name, resolver_callback *callback, void *user);
/* The same, whatever is remembered. */
void lookup_ask_afresh(struct lookup *lookup, enum resolver_type type, const char *name, resolver_callback *callback, void *user);

#endif
