/* relay_tls.h - how the relay is met with TLS: one context for all sessions */
#ifndef LISTD_DELIVER_RELAY_TLS_H
#define LISTD_DELIVER_RELAY_TLS_H

#include <openssl/ssl.h>
#include <sys/types.h>

#include "base/err.h"

/* A context that compares certificates with `host` (a name or an IPv4 address) and with the CAs in `ca` (PEM; NULL: the
 * system's). It finishes the handshake whatever comes out: who uses it asks relay_tls_flaw(). ERR_USAGE when `ca` holds no
 * certificate. The caller frees with SSL_CTX_free(); `host` must outlive it. */
MUST_USE bool relay_tls_new(SSL_CTX **ret_context, const char *host, const char *ca, struct err *ret_err);

/* A connection of the context over a socket that does not block, not shaken hands yet, with the server's name for those who have several
 * certificates. NULL: OpenSSL has no memory. The caller frees it; the socket stays the caller's, and nothing is written at the end. */
SSL *relay_tls_ssl(SSL_CTX *context, int fd);

/* One step of the handshake: 1 done; 0 go on, when the socket can be read or, *ret_wants_write, written; -1 it failed. */
int relay_tls_shake(SSL *ssl, bool *ret_wants_write);
/* As write(2) and read(2) on a socket that does not block: EAGAIN, 0 at the end; ECONNRESET for all else. */
ssize_t relay_tls_write(SSL *ssl, const void *bytes, size_t length);
ssize_t relay_tls_read(SSL *ssl, void *bytes, size_t length);

/* After the handshake: why the certificate is not good enough; NULL when it is. */
const char *relay_tls_flaw(const SSL *ssl);
/* After one that failed: why, in OpenSSL's words; NULL: it has none. */
const char *relay_tls_reason(void);

#endif
