/* envelope.h - what `receive` knows of a message, and the message: the bytes inside a spool box
 * Written by receive, read by handle, which must not trust them more than the network: receive talks to strangers. */
#ifndef LISTD_MAIL_ENVELOPE_H
#define LISTD_MAIL_ENVELOPE_H

#include <glib.h>
#include <stdint.h>

#include "base/err.h"

enum { ENVELOPE_RECIPIENTS_MAX = 1000, ENVELOPE_TEXT_MAX = 1024 };

enum envelope_flaw {
        FLAW_NONE,
        FLAW_OVERSIZE, /* a trusted client sent more than the wire limit: cut there */
        FLAW_BYTES     /* a trusted client sent NUL, bare CR or bare LF */
};

struct envelope {
        char *client;  /* IP address, or "unix"; of the client that a trusted one took the message from, where it says so (XFORWARD) */
        char *helo;    /* printable, may be anything a stranger likes */
        char *protocol; /* SMTP, ESMTP, ESMTPS, LMTP, LMTPS, with UTF8 before for SMTPUTF8 (RFC 3848, 6531) */
        bool trusted;  /* its Authentication-Results are believed */
        int flaw;      /* enum envelope_flaw */
        int64_t received;
        char *mail_from;      /* "" for the null return path */
        char *probes;         /* names of patterns that matched (policy/probe.h), a blank between two; NULL or "": none */
        bool is_decoy;        /* the decoy took it: evidence, to be delivered nowhere */
        GPtrArray *recipients; /* char *: paths of ours as they came, without <>; at least one */
        GBytes *message;       /* CRLF lines, dots unstuffed */
};

struct envelope *envelope_new(void);
void envelope_free(struct envelope *envelope);

/* The caller unrefs. NULL, the caller's bug: a text is missing, over ENVELOPE_TEXT_MAX or holds a control character, there
 * are no recipients or too many, or there is no message. */
GBytes *envelope_write(const struct envelope *envelope);
/* ERR_PERM: not bytes that envelope_write() gives. */
MUST_USE bool envelope_read(struct envelope **ret_envelope, const void *bytes, size_t length, struct err *ret_err);

/* The name of a message in the log of all roles, from its spool id: 12 characters and a NUL. */
enum { LOG_ID_CHARS = 12 };
void envelope_log_id(const uint8_t *spool_id, char ret_text[LOG_ID_CHARS + 1]);

#endif
