/* connection.h - one client's socket: carries octets between it and its session */
#ifndef LISTD_RECEIVE_CONNECTION_H
#define LISTD_RECEIVE_CONNECTION_H

#include <event2/event.h>
#include <openssl/ssl.h>

#include "receive/committer.h"
#include "receive/daybook.h"
#include "receive/room.h"
#include "receive/session.h"
#include "receive/visitor.h"

struct connection;

/* What all connections share; borrowed by each. */
struct connection_host {
        struct event_base *base;
        const struct conf *conf;
        SSL_CTX *tls; /* NULL: no STARTTLS */
        struct spool *spool;
        struct committer *committer;
        struct guard *guard;
        struct daybook *daybook;
        struct room *room;
        void (*closed)(void *user, struct connection *connection); /* about to be freed */
        void *user;
        const struct probes *probes;
};

/* Takes over a connected, non-blocking socket and greets. `peer` is copied, the visitor (NULL: a trusted client) taken over. It ends
 * by itself, and tells host->closed. */
struct connection *connection_new(const struct connection_host *host, int fd, const struct session_peer *peer,
                                  struct visitor *visitor);
void connection_free(struct connection *connection);

/* Ends now when no transaction is under way, else after it. */
void connection_drain(struct connection *connection);
void connection_cut(struct connection *connection);

#endif
