/* session.h - the SMTP or LMTP dialogue with one client, as a pure state machine: octets in, octets out
 * No sockets, no store, no clock. What a session waits for besides input its owner learns from session_wish(); what it
 * needs to know or to give away goes through struct session_owner. */
#ifndef LISTD_RECEIVE_SESSION_H
#define LISTD_RECEIVE_SESSION_H

#include <glib.h>

#include "base/conf.h"
#include "base/handover.h"
#include "mail/envelope.h"
#include "policy/guard.h"
#include "policy/probe.h"

/* What is borne of a stranger in one session. A trusted client has no such ceilings: an MTA keeps its connection for as
 * long as there is mail, and a 421 would make that wait. */
enum {
        SESSION_ERRORS_MAX = 10,     /* replies 5xx, then 421 */
        SESSION_MESSAGES_MAX = 1000, /* then 421: the client may come again */
        SESSION_COMMANDS_MAX = 1000, /* between two messages, then 421 */
        SESSION_FLOOD_FACTOR = 4     /* a message of so many times max_size is not read to its end */
};

/* Who talks, and what is offered. The texts are copied. */
struct session_peer {
        enum listener_kind kind;
        bool trusted;       /* an MTA of ours: on a unix socket or in trusted_networks */
        bool tls_offered;
        const char *client; /* IP address, or "unix" */
        const char *server; /* the address of ours that it came to; NULL: not known */
        int64_t number;     /* names the session in the log */
};

/* What becomes of a recipient of ours. It depends on the client and on what was tried, never on what exists. */
enum admission {
        ADMIT,
        ADMIT_SLOWLY, /* the same answer, but later */
        ADMIT_LATER,  /* 421: too many are answered slowly as it is */
        ADMIT_NOT     /* 554, but for postmaster and abuse */
};

struct session_owner {
        /* A whole message, now the owner's; `received` is left to it. session_committed() must follow, at once or later. */
        void (*message)(void *user, const uint8_t *id, struct envelope *envelope);
        /* The own limit of a public list by its folded address; 0: none. */
        size_t (*limit_of)(void *user, const char *address);
        /* False: this address of ours does not exist, and its domain says so (no_bounce = off). NULL: none says so. */
        bool (*exists)(void *user, const char *local, const char *domain);
        /* Those below may be NULL: then nobody is counted.
         * Something happened that has points (0: those that the part is worth). */
        void (*note)(void *user, enum guard_part part, double points);
        /* Counts a try of a recipient in one of our domains, and says what becomes of it. `recipient` is as it came. */
        enum admission (*tried)(void *user, const char *mail_from, const char *recipient);
        /* The same of the client that an MTA of ours took the message from; it has been answered there. */
        void (*witnessed)(void *user, const char *ip, const char *mail_from, const char *recipient);
        /* Counts a message that is about to begin; false: there were too many. */
        bool (*may_mail)(void *user);
        /* Whether a message of so many octets (0: not told) can be stored now. NULL: it can. */
        bool (*has_room)(void *user, uint64_t octets);
        /* By XCLIENT this is another client from now on; false: it may not open a session. NULL: it may. */
        bool (*became)(void *user, const char *ip, bool is_trusted);
        void *user;
        const struct probes *probes; /* patterns of relay probes; NULL: nobody looks for them */
};

enum session_wish {
        WISH_INPUT,
        WISH_COMMIT, /* for session_committed() */
        WISH_TLS,    /* send the output, shake hands, then session_tls_started() */
        WISH_PAUSE,  /* send nothing for a while, then session_resume() */
        WISH_CLOSE   /* send the output, then close */
};

struct session;

/* `conf` is borrowed. */
struct session *session_new(const struct conf *conf, const struct session_peer *peer, const struct session_owner *owner);
void session_free(struct session *session);

/* First of all: the banner. A stranger who spoke before it gets none (pregreet). */
void session_greet(struct session *session, bool client_spoke_early);

/* Takes what has come and returns how much of it: less than `length` only while it wishes WISH_COMMIT or WISH_PAUSE;
 * offer the rest again then. In WISH_TLS nothing may come in the clear any more: it ends the session. */
size_t session_feed(struct session *session, const char *bytes, size_t length);

void session_committed(struct session *session, bool ok);
void session_tls_started(struct session *session);
void session_resume(struct session *session);

/* The client was silent for too long: 421. */
void session_timeout(struct session *session);
/* No new transaction any more: 421 now, or after the one that is under way. */
void session_drain(struct session *session);
/* 421 now; after the commit that is under way, so that its answer is not lost. */
void session_cut(struct session *session);

enum session_wish session_wish(const struct session *session);

/* What is to be sent; the owner removes what it took. */
GString *session_output(struct session *session);

/* Grows with each whole command and with each piece of a message: what a time limit should wait for. */
uint64_t session_progress(const struct session *session);

/* Whether a message was begun and is not whole yet. */
bool session_is_under_way(const struct session *session);

/* The client closed the connection, or it was closed to it: the last call before session_free(). */
void session_gone(struct session *session);

/* For the log: why it wishes WISH_CLOSE (NULL: it does not), and how many messages it brought. */
const char *session_end_reason(const struct session *session);
int64_t session_messages(const struct session *session);

#endif
