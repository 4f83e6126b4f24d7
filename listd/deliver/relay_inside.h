/* relay_inside.h - what relay.c and relay_open.c share about struct relay; nobody else includes it */
#ifndef LISTD_DELIVER_RELAY_INSIDE_H
#define LISTD_DELIVER_RELAY_INSIDE_H

#include <openssl/ssl.h>

#include "deliver/relay.h"

struct relay {
        char *endpoint, *host, *hostname;
        enum conf_tls tls;
        char *user, *password; /* password NULL: no AUTH */
        int timeout_ms;
        SSL_CTX *context; /* NULL: no TLS */
        GMutex lock;      /* of what follows */
        GArray *sockets;  /* of the sessions that run: descriptors of their own */
        bool aborted;
};

/* A session's connection joins those that relay_abort() breaks, by a duplicate of its descriptor: so a number that was
 * given away again is never met. Gives the duplicate. */
int relay_enter(struct relay *relay, int fd);
void relay_leave(struct relay *relay, int duplicate); /* closes it */
bool relay_aborted(struct relay *relay);

/* Loads libESMTP's modules for AUTH, which it would do when a relay names one; false: there are none. */
bool relay_load_mechanisms(void);

#endif
