/* delegation.h - what an MTA asks before it answers a recipient: Postfix's access policy delegation (SMTPD_POLICY_README)
 * Requests are lines "name=value", ended by an empty one; many may come on one connection. Pure: octets in, requests out. */
#ifndef LISTD_RECEIVE_DELEGATION_H
#define LISTD_RECEIVE_DELEGATION_H

#include <glib.h>
#include <stdbool.h>

enum { DELEGATION_LINE_MAX = 4096, DELEGATION_LINES_MAX = 100 };

enum delegation_attribute {
        ASKED_REQUEST,        /* smtpd_access_policy */
        ASKED_STATE,          /* RCPT, DATA, END-OF-MESSAGE ... */
        ASKED_CLIENT_ADDRESS, /* an IP address; "" or "unknown" */
        ASKED_SENDER,         /* "" for the null return path */
        ASKED_RECIPIENT,      /* "" when there are several */
        ASKED_SIZE,           /* octets; 0: not known yet */
        ASKED_ATTRIBUTES
};

struct delegation;

struct delegation *delegation_new(void);
void delegation_free(struct delegation *delegation);

enum delegation_state {
        DELEGATION_MORE,  /* give it more */
        DELEGATION_WHOLE, /* a request is there: delegation_get(), then delegation_next() */
        DELEGATION_BAD    /* this is no request: it will take nothing any more */
};
/* Takes octets up to the end of a request and says in *ret_taken how many. */
enum delegation_state delegation_feed(struct delegation *delegation, const char *bytes, size_t length, size_t *ret_taken);

/* Of a whole request: the value, "" when it was not told. Text without control characters, of any octets else. */
const char *delegation_get(const struct delegation *delegation, enum delegation_attribute attribute);
void delegation_next(struct delegation *delegation);

#endif
