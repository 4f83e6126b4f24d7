/* tls.c - the certificate and the rules of STARTTLS
 * Gives:     tls_context_new()
 * Fails:     ERR_PERM when a PEM text is none, or the key is not the certificate's
 * Standards: RFC 3207; RFC 8996 (nothing below TLS 1.2) */
#include "receive/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>

/* A key with a pass phrase would make OpenSSL ask on the terminal. */
static int no_pass_phrase(char *buffer, int size, int writing, void *user)
{
        return -1;
}

static bool use_chain(SSL_CTX *context, BIO *pem)
{
        X509 *certificate = PEM_read_bio_X509(pem, NULL, no_pass_phrase, NULL);
        bool ok = certificate && SSL_CTX_use_certificate(context, certificate) == 1;
        X509_free(certificate);
        while (ok && (certificate = PEM_read_bio_X509(pem, NULL, no_pass_phrase, NULL))) {
                ok = SSL_CTX_add0_chain_cert(context, certificate) == 1;
                if (!ok)
                        X509_free(certificate);
        }
        return ok;
}

static bool use_key(SSL_CTX *context, BIO *pem)
{
        EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, no_pass_phrase, NULL);
        bool ok = key && SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;
        EVP_PKEY_free(key);
        return ok;
}

bool tls_context_new(SSL_CTX **ret_context, const char *certificates, const char *key, struct err *ret_err)
{
        SSL_CTX *context = SSL_CTX_new(TLS_server_method());
        BIO *chain_pem = BIO_new_mem_buf(certificates, -1);
        BIO *key_pem = BIO_new_mem_buf(key, -1);
        bool ok = false;
        if (!context || !chain_pem || !key_pem || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
                err_set(ret_err, ERR_BUG, "OpenSSL does not start");
        else if (!use_chain(context, chain_pem))
                err_set(ret_err, ERR_PERM, "[receive] tls_cert is not a certificate in PEM form");
        else if (!use_key(context, key_pem))
                err_set(ret_err, ERR_PERM, "[receive] tls_key is not the key of tls_cert in PEM form, without a pass phrase");
        else
                ok = true;
        BIO_free(chain_pem);
        BIO_free(key_pem);
        ERR_clear_error(); /* also what the end of the chain left */
        if (ok) {
                SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
                SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
        } else {
                SSL_CTX_free(context);
                context = NULL;
        }
        *ret_context = context;
        return ok;
}
