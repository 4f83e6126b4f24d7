/* authres.h - what a believed Authentication-Results field says of the From address (RFC 8601, leaks O4) */
#ifndef LISTD_MAIL_AUTHRES_H
#define LISTD_MAIL_AUTHRES_H

#include "mail/message.h"

/* True when the topmost Authentication-Results field bears `authserv_id` and says dmarc=pass for `from_domain`, or
 * dkim=pass for a domain aligned with it (relaxed: the same, or a parent of at least two labels), and no
 * dmarc=fail. Whether the client that brought the message is trusted is the caller's to know. */
bool authres_aligned_pass(const struct message *message, const char *authserv_id, const char *from_domain);

#endif
