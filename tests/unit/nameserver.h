/* nameserver.h - a name server of the tests' own, and asking it: what it says to which name stands in nameserver.c */
#ifndef LISTD_TESTS_NAMESERVER_H
#define LISTD_TESTS_NAMESERVER_H

#include "unit.h"

#include <sys/types.h>

#include "base/resolver.h"

struct server {
        pid_t pid;
        int told; /* the octets */
        char *address;
};

void server_start(struct server *server);
void server_stop(struct server *server);
/* Questions since the last time. */
size_t server_asked(const struct server *server);

/* What a resolver told those who asked. */
struct heard {
        size_t count, by_status[RESOLVER_BUSY + 1];
        struct resolver_answer last;
};

void on_heard(void *user, const struct resolver_answer *answer);
struct resolver *resolver_at(const struct server *server);
/* Asks so many times at once, and waits for all answers. */
struct heard ask(struct resolver *resolver, const char *name, int times);

#endif
