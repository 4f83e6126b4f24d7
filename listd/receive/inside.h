/* inside.h - what the files of the session share, and nobody else sees */
#ifndef LISTD_RECEIVE_INSIDE_H
#define LISTD_RECEIVE_INSIDE_H

#include "receive/command.h"
#include "receive/reply.h"
#include "receive/session.h"
#include "receive/transaction.h"

enum session_state {
        STATE_NEW = 1 << 0,     /* no EHLO yet, or forgotten at STARTTLS */
        STATE_GREETED = 1 << 1, /* no transaction */
        STATE_MAIL = 1 << 2,
        STATE_RCPT = 1 << 3, /* one recipient or more */
        STATE_DATA = 1 << 4,
        STATE_COMMIT = 1 << 5,
        STATE_TLS = 1 << 6, /* STARTTLS was answered, the handshake is to come */
        STATE_CLOSED = 1 << 7,

        STATES_IDLE = STATE_NEW | STATE_GREETED,
        STATES_TRANSACTION = STATE_MAIL | STATE_RCPT,
        STATES_COMMAND = STATES_IDLE | STATES_TRANSACTION,
        STATES_ALL = STATES_COMMAND | STATE_DATA | STATE_COMMIT | STATE_TLS | STATE_CLOSED
};

struct session {
        const struct conf *conf;
        struct session_peer peer;
        struct session_owner owner;
        enum session_state state; /* session_enter() only */
        char *client;
        char *helo;
        char *forwarded_client, *forwarded_helo; /* by XFORWARD, for the next message; NULL: not told */
        bool extended; /* greeted by EHLO or LHLO */
        bool tls;
        bool draining;
        bool pausing; /* its client is slow: in a state of STATES_COMMAND */
        char *server;
        struct probe_memory probed;
        char *probed_helo; /* the HELO that was looked at last; NULL: none yet */
        struct transaction *transaction; /* from MAIL to the commit */
        GString *line; /* a command line that has not ended yet */
        bool line_too_long;
        GString *output;
        unsigned errors;
        unsigned commands; /* since the last message */
        int64_t messages;
        uint64_t progress;
        const char *end;
};

/* It seems to be an open relay: takes what is sent to anybody, for the admin to look at (requirement C6). */
static inline bool session_is_decoy(const struct session *session)
{
        return session->peer.kind == LISTENER_DECOY;
}

/* For a message of so many octets; 0: it is not told how many. */
static inline bool session_has_room(const struct session *session, uint64_t octets)
{
        return !session->owner.has_room || session->owner.has_room(session->owner.user, octets);
}

void session_enter(struct session *session, enum session_state state);
void session_close(struct session *session, const char *why);

/* For the guard, of a stranger. */
void session_note(const struct session *session, enum guard_part part, double points);

/* A reply to a command. A refusal of a stranger is counted, and the last one that is borne is a 421. */
void session_reply(struct session *session, enum reply reply);
/* The reply to a message: by LMTP one for each recipient (RFC 2033 4.2). */
void session_reply_message(struct session *session, enum reply reply);
void session_reply_end(struct session *session, enum reply reply, const char *why);

/* Back to GREETED (or to NEW, when nobody greeted), the transaction forgotten. */
void session_reset(struct session *session);

/* What the patterns of relay probes make of it (session_probe.c). Each after the answer was decided. */
void session_probe_helo(struct session *session);
void session_probe_mail(struct session *session, const char *argument);
/* `path` as it came, NULL: there was none; `is_elsewhere`: it was refused for that. */
void session_probe_rcpt(struct session *session, const char *path, bool is_elsewhere);
/* Writes the names of all that matched into the envelope. */
void session_probe_message(struct session *session, struct envelope *envelope);

/* The commands that are about a message; those about the session are in session.c. */
void session_mail(struct session *session, const char *argument);
void session_rcpt(struct session *session, const char *argument);
void session_data(struct session *session, const char *argument);
/* The octets of STATE_DATA; returns how many it took. */
size_t session_take_data(struct session *session, const char *bytes, size_t length);

#endif
