/* origin.h - the network that a message came from */
#ifndef LISTD_MAIL_ORIGIN_H
#define LISTD_MAIL_ORIGIN_H

#include "mail/envelope.h"
#include "mail/message.h"

/* The network of the client that handed the message to us, or that a trusted client named by XFORWARD; or, when that is one of
 * `trusted` (texts of network_parse(), NULL at the end), of the first one before it in the Received fields that is not: those of ours
 * are believed, no other. A text that names it ("192.0.2.0/24", "2001:db8:1::/48"); NULL: it cannot be told. The caller frees. */
char *origin_network(const struct message *message, const struct envelope *envelope, char *const *trusted);

#endif
