/* relay_tls.c - how the relay is met with TLS
 * Gives:     what relay_tls.h lists
 * Fails:     ERR_USAGE for CAs that are none; ERR_TEMP when OpenSSL gives no context
 * Standards: RFC 3207, RFC 6125 6.4 (the name that was configured, never one that the DNS made of it), RFC 6066 3 (SNI),
 *            RFC 9325 (TLS 1.2 or newer, without renegotiation) */
#include "deliver/relay_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static bool is_ip(const char *host)
{
        struct in_addr address;
        return inet_pton(AF_INET, host, &address) == 1;
}

static bool add_cas(SSL_CTX *context, const char *ca, struct err *ret_err)
{
        X509_STORE *cas = SSL_CTX_get_cert_store(context);
        BIO *bio = BIO_new_mem_buf(ca, -1);
        int count = 0;
        for (X509 *certificate; (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)); X509_free(certificate))
                count += X509_STORE_add_cert(cas, certificate);
        BIO_free(bio);
        ERR_clear_error(); /* the end of the text is an error to OpenSSL */
        return count > 0 || err_set(ret_err, ERR_USAGE, "[deliver] tls_ca: the file holds no certificate in PEM form");
}

static bool set_name(SSL_CTX *context, const char *host)
{
        X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context);
        X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        return (is_ip(host) ? X509_VERIFY_PARAM_set1_ip_asc(param, host) : X509_VERIFY_PARAM_set1_host(param, host, 0)) == 1;
}

bool relay_tls_new(SSL_CTX **ret_context, const char *host, const char *ca, struct err *ret_err)
{
        *ret_context = NULL;
        SSL_CTX *context = SSL_CTX_new(TLS_client_method());
        if (!context || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 || !set_name(context, host)) {
                SSL_CTX_free(context);
                return err_set(ret_err, ERR_TEMP, "OpenSSL gives no context for TLS");
        }
        if (!ca)
                SSL_CTX_set_default_verify_paths(context);
        else if (!add_cas(context, ca, ret_err)) {
                SSL_CTX_free(context);
                return false;
        }
        SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
        /* the result is read after the handshake, where it can be told; a callback could not say to whom it belongs */
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
        SSL_CTX_set_app_data(context, is_ip(host) ? NULL : (char *) host);
        SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_quiet_shutdown(context, 1);
        *ret_context = context;
        return true;
}

SSL *relay_tls_ssl(SSL_CTX *context, int fd)
{
        SSL *ssl = SSL_new(context);
        const char *host = SSL_CTX_get_app_data(context);
        if (!ssl)
                return NULL;
        SSL_set_fd(ssl, fd);
        if (host)
                SSL_set_tlsext_host_name(ssl, host);
        return ssl;
}

/* What is left in the queue of errors is taken for the next call's. */
int relay_tls_shake(SSL *ssl, bool *ret_wants_write)
{
        ERR_clear_error();
        const int done = SSL_connect(ssl), error = SSL_get_error(ssl, done);
        *ret_wants_write = error == SSL_ERROR_WANT_WRITE;
        if (done == 1)
                return 1;
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static ssize_t outcome(const SSL *ssl, int got)
{
        const int error = SSL_get_error(ssl, got);
        if (error == SSL_ERROR_NONE)
                return got;
        if (error == SSL_ERROR_ZERO_RETURN)
                return 0;
        errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
        return -1;
}

ssize_t relay_tls_write(SSL *ssl, const void *bytes, size_t length)
{
        ERR_clear_error();
        return outcome(ssl, SSL_write(ssl, bytes, (int) MIN(length, G_MAXINT)));
}

ssize_t relay_tls_read(SSL *ssl, void *bytes, size_t length)
{
        ERR_clear_error();
        return outcome(ssl, SSL_read(ssl, bytes, (int) MIN(length, G_MAXINT)));
}

const char *relay_tls_flaw(const SSL *ssl)
{
        X509 *certificate = SSL_get1_peer_certificate(ssl);
        const long result = SSL_get_verify_result(ssl);
        const char *flaw = result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
        if (!certificate)
                flaw = "there is none";
        X509_free(certificate);
        return flaw;
}

const char *relay_tls_reason(void)
{
        const char *reason = ERR_reason_error_string(ERR_peek_error());
        ERR_clear_error();
        return reason;
}
