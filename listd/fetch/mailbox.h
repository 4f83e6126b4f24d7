/* mailbox.h - a session with a POP3 or IMAP server, over TLS (the other file beside base/download.c that knows libcurl)
 * Every call has limits of time and size. Nothing is deleted but by the identifier that was listed in the same session. */
#ifndef LISTD_FETCH_MAILBOX_H
#define LISTD_FETCH_MAILBOX_H

#include "base/conf.h"
#include "fetch/answer.h"

struct mailbox;

struct mailbox_settings {
        const struct pickup *pickup;
        const char *password;
        const char *ca;      /* PEM; NULL: the system's certificates */
        int seconds;         /* of one command with its answer */
        int idle_seconds;    /* without an octet */
        const volatile int *must_stop; /* not 0: what is under way is broken off; NULL: nobody asks for that */
};

/* Connects and logs in. ERR_PERM: user or password are refused; ERR_TEMP: it cannot be reached, TLS fails, it is silent. */
MUST_USE bool mailbox_open(struct mailbox **ret_mailbox, const struct mailbox_settings *settings, struct err *ret_err);
/* Ends the session in order, which is when POP3 deletes. */
void mailbox_close(struct mailbox *mailbox);

bool mailbox_is_imap(const struct mailbox *mailbox);
/* All messages: a GArray of struct listed, and of IMAP the validity of their identifiers ("" of POP3). */
MUST_USE bool mailbox_list(struct mailbox *mailbox, GArray **ret_listed, char **ret_validity, struct err *ret_err);
/* The octets of one, at most `most`; the caller unrefs. */
MUST_USE bool mailbox_read(struct mailbox *mailbox, const struct listed *one, size_t most, GBytes **ret_message, struct err *ret_err);
/* Marks one as deleted, or with AFTER_KEEP as seen. */
MUST_USE bool mailbox_mark(struct mailbox *mailbox, const struct listed *one, struct err *ret_err);
/* Deletes what was marked so (IMAP); POP3 does it at the end. */
MUST_USE bool mailbox_expunge(struct mailbox *mailbox, struct err *ret_err);

#endif
