/* relay.h - one SMTP session with the relay, copy by copy: the only wrapper of libESMTP (its wire.c and opening.c are below it)
 * A session has one copy under way at any time: it is asked for, sent, answered for each of its recipients, and then the next is
 * asked for. So a crash or a lost connection leaves at most one copy whose fate is unknown. */
#ifndef LISTD_DELIVER_RELAY_H
#define LISTD_DELIVER_RELAY_H

#include "base/conf.h"
#include "deliver/gate.h"

enum {
        RELAY_TEXT_MAX = 400,
        RELAY_LOGIN_MAX = 255,     /* libESMTP's PLAIN copies user and password into 255 octets each */
        RELAY_RECIPIENTS_MAX = 100 /* of a transaction; RFC 5321 4.5.3.1.8: each relay takes so many */
};

struct relay_settings {
        const char *endpoint; /* HOST:PORT; libESMTP takes no IPv6 literal and no unix socket */
        const char *hostname; /* what EHLO says */
        enum conf_tls tls;
        const char *tls_ca;          /* PEM; NULL: the system's certificates */
        const char *user, *password; /* NULL: no AUTH. With a password nothing is sent before the relay took it */
        int timeout_ms;              /* of each step; 0: as long as RFC 5321 4.5.3.2 says */
};

/* What all sessions share; safe to use from several threads. Call relay_new() before the first of them starts. */
struct relay;
MUST_USE bool relay_new(struct relay **ret_relay, const struct relay_settings *settings, struct err *ret_err);
void relay_free(struct relay *relay); /* wipes the password */

/* One copy, of one recipient or of several. The addresses and the lines passed the gate. */
struct relay_copy {
        const char *from;
        const char *const *to;
        size_t count; /* of `to`: 1 to RELAY_RECIPIENTS_MAX */
        const char *head; /* header lines of this copy alone, put before the message's; "" when there are none */
        size_t head_length;
        const struct gate_message *message;
        bool is_utf8; /* an address among them needs SMTPUTF8 (RFC 6531) */
};

/* The step at which a copy got its last answer. */
enum relay_step { RELAY_MAIL, RELAY_RCPT, RELAY_DATA };
extern const char *const RELAY_STEP_WORDS[]; /* mail, rcpt, data, NULL */

struct relay_answer {
        enum relay_step step;
        int code;        /* 0: no answer came, so that nobody knows whether the relay took the copy */
        char status[16]; /* RFC 3463's, "" when there is none */
        char text[RELAY_TEXT_MAX + 1]; /* the relay's words: one line of UTF-8; may name the recipient */
        bool is_ours;    /* nobody was asked: the relay cannot take such a copy, as it said itself in its answer to EHLO */
};

/* The relay took the copy upon itself: 2xx to RCPT, and 2xx to the whole of the message. */
bool relay_took(const struct relay_answer *answer);

struct relay_calls {
        /* The next copy, which stays as it is until it is answered or the session ends; NULL ends the session. */
        const struct relay_copy *(*next)(void *user);
        /* The answer for one recipient, by its number, of the copy that next() gave last. Each gets one before next() is called
         * again, who was refused comes first. Who gets none was not tried: the copy was not taken for them, for certain. */
        void (*answer)(void *user, size_t recipient, const struct relay_answer *answer);
        void *user;
};

enum relay_end {
        RELAY_OK,      /* it ended in order; copies may be left, for a session of their own */
        RELAY_DROPPED, /* it broke after it was ready for mail */
        RELAY_AWAY     /* it never was: no connection, turned away, no TLS or AUTH as wanted */
};

struct relay_report {
        enum relay_end end;
        char why[RELAY_TEXT_MAX + 1]; /* RELAY_DROPPED, RELAY_AWAY: what happened, one line */
        char tls[32];                 /* the version of TLS, "" without */
        bool lacks_8bitmime;          /* 8-bit text was sent to a relay that does not offer 8BITMIME */
};

/* Blocks until the session has ended. */
void relay_run(struct relay *relay, const struct relay_calls *calls, struct relay_report *ret_report);

/* Breaks all sessions that run, and those to come; from any thread. */
void relay_abort(struct relay *relay);

#endif
