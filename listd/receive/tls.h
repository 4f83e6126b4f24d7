/* tls.h - the certificate and the rules of STARTTLS */
#ifndef LISTD_RECEIVE_TLS_H
#define LISTD_RECEIVE_TLS_H

#include <openssl/ssl.h>

#include "base/err.h"

/* From PEM texts: the certificate with its chain, its own first, and the key. Freed with SSL_CTX_free(). */
MUST_USE bool tls_context_new(SSL_CTX **ret_context, const char *certificates, const char *key, struct err *ret_err);

#endif
