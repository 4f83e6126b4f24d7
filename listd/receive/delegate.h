/* delegate.h - answers an MTA that asks about a recipient before it takes the message: what listd would say itself
 * The MTA is one of ours. Its clients are counted as if they had come here; what it is told depends on nothing else than what a
 * stranger is told here (receive/session_mail.c). */
#ifndef LISTD_RECEIVE_DELEGATE_H
#define LISTD_RECEIVE_DELEGATE_H

#include "receive/connection.h"

struct delegate;

/* Takes over a connected, non-blocking socket. `closed` is told when it ends by itself, and frees it with delegate_free(). */
struct delegate *delegate_new(const struct connection_host *host, int fd, void (*closed)(void *user, struct delegate *delegate),
                              void *user);
void delegate_free(struct delegate *delegate);

#endif
