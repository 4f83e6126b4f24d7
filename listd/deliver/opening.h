/* opening.h - what is said with the relay before libESMTP speaks: TLS, from the first octet on or after STARTTLS
 * libESMTP then finds a relay that greets it, and knows of no TLS: the wire carries its octets (wire.h). By itself it crashes at the
 * second session of a context of its own, asks the DNS which name a certificate must have, sends no server name, keeps what came in
 * clear behind the answer to STARTTLS (CVE-2011-0411), stands still over the tickets of TLS 1.3, and cannot do without STARTTLS. */
#ifndef LISTD_DELIVER_OPENING_H
#define LISTD_DELIVER_OPENING_H

#include "deliver/relay.h"
#include "deliver/wire.h"

struct opening {
        SSL_CTX *context;     /* of relay_tls_new() */
        const char *hostname; /* for EHLO */
        enum conf_tls tls;    /* not TLS_OFF */
        int timeout_ms;       /* of each answer, and of the handshake */
        struct wire *wire;    /* just connected */
        /* what came of it */
        SSL *ssl;      /* the caller frees it when the wire is not used any more; NULL: in the clear */
        bool is_broken; /* STARTTLS was offered, and came to nothing */
        char why[RELAY_TEXT_MAX + 1]; /* of a failure, one line */
};

/* False: no mail may be sent by this connection. */
bool opening_run(struct opening *opening);

#endif
