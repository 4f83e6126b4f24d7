/* sink.h - a relay for tests, in threads of the test itself: does what its rules say and remembers what it took */
#ifndef LISTD_TESTS_SINK_H
#define LISTD_TESTS_SINK_H

#include <glib.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

/* What differs from a relay that takes everything. `at` is a command's verb, or "." for the answer to a message, or
 * "220" for the greeting; `match` is a part of the line, for DATA, BDAT and "." of the recipient (NULL: any). */
struct sink_rule {
        const char *at, *match;
        const char *reply;  /* without CRLF; NULL: says nothing */
        bool closes;        /* closes the connection then */
        bool keeps;         /* of ".": the mail was taken all the same */
        unsigned delay_ms;  /* before it answers */
        unsigned times;     /* how often; 0: always */
};

struct sink_options {
        const struct sink_rule *rules; /* ends with a row without `at`; NULL: none */
        const char *offers;            /* EHLO's lines, separated by |; NULL: PIPELINING, 8BITMIME, SIZE and status codes */
        SSL_CTX *tls;                  /* offers STARTTLS; NULL: does not */
        bool is_tls_at_once;           /* speaks it from the first octet on instead */
        const char *inject;            /* in clear, in one piece with the answer to STARTTLS */
        unsigned octet_ms;             /* between two octets of what it says */
        const char *plain;             /* offers AUTH PLAIN; the base64 that it takes */
};

struct sink_mail {
        char *from, *parameters, *to; /* of MAIL and RCPT, without their angle brackets; of several RCPTs with a space between */
        GBytes *data;                 /* dots unstuffed */
        unsigned session;
        bool is_encrypted, is_authenticated;
};

struct sink;
struct sink *sink_start(const struct sink_options *options); /* NULL: takes everything. The options are not copied */
void sink_stop(struct sink *sink);

const char *sink_endpoint(const struct sink *sink); /* 127.0.0.1:PORT */
void sink_heal(struct sink *sink); /* no rule holds from now on, and it says all at once */
size_t sink_count(struct sink *sink);               /* of mails */
unsigned sink_sessions(struct sink *sink);
unsigned sink_commands(struct sink *sink, const char *verb);
const struct sink_mail *sink_mail(struct sink *sink, size_t number); /* until sink_stop() */
bool sink_wait(struct sink *sink, size_t count, unsigned seconds);   /* until so many mails were taken */
char *sink_server_name(struct sink *sink); /* the last client's SNI; the caller frees; NULL: none */

/* A key with a certificate for DNS name `host` (NULL: none) and 127.0.0.1 when `has_ip`, signed by itself; ret_pem is the
 * certificate. The caller frees both. */
SSL_CTX *sink_tls(const char *host, bool has_ip, char **ret_pem);

#endif
