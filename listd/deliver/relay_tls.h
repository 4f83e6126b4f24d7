/* relay_tls.h - how the relay is met with TLS
 * One context for all sessions: libESMTP's own one crashes at the second session, asks the DNS which name a certificate
 * must have, and sends no server name. It is TLS 1.2: the session tickets of 1.3 come unasked, and when they come before
 * EHLO is written, libESMTP takes them for the answer, waits for the rest of it and never writes. */
#ifndef LISTD_DELIVER_RELAY_TLS_H
#define LISTD_DELIVER_RELAY_TLS_H

#include <openssl/ssl.h>

#include "base/err.h"

/* A context that compares certificates with `host` (a name or an IPv4 address) and with the CAs in `ca` (PEM; NULL: the
 * system's). It finishes the handshake whatever comes out: who uses it asks relay_tls_flaw(). ERR_USAGE when `ca` holds no
 * certificate. The caller frees with SSL_CTX_free(); `host` must outlive it. */
MUST_USE bool relay_tls_new(SSL_CTX **ret_context, const char *host, const char *ca, struct err *ret_err);

/* Why the result of a verification (SSL_get_verify_result()) is not good enough; NULL when it is. */
const char *relay_tls_flaw(long verify_result);

#endif
