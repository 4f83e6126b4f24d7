/* message.h - a message as header fields and a body, original bytes kept
 * The header is a list of fields that keep their raw lines; nothing is serialised anew, so that what is not edited
 * leaves as it came. Parsing is linear and within budgets (leaks X10). */
#ifndef LISTD_MAIL_MESSAGE_H
#define LISTD_MAIL_MESSAGE_H

#include <glib.h>

#include "base/err.h"

enum {
        MESSAGE_HEADER_MAX = 64 * 1024, /* octets of all fields */
        MESSAGE_FIELD_MAX = 16 * 1024,  /* octets of one field */
        MESSAGE_RECEIVED_MAX = 100      /* more hops than that is a loop (RFC 5321 6.3) */
};

struct field {
        char *name;  /* as it stands */
        char *raw;   /* the whole field as it stands: lines with CRLF, the last one included */
        char *value; /* unfolded (RFC 5322 2.2.3), white space at both ends cut; bytes as they came */
};

struct message {
        GPtrArray *fields; /* struct field, in order */
        GBytes *bytes;     /* the whole message */
        size_t body;       /* where the body begins in it; the size of it when there is none */
};

/* Takes CRLF lines. ERR_PERM when a budget is exceeded or a line is no field (RFC 5322 2.2); a line "From " of an mbox
 * at the top is passed over. References `bytes`. The caller frees with message_free(). */
MUST_USE bool message_parse(struct message **ret_message, GBytes *bytes, struct err *ret_err);
/* The same for a part inside of a message: a line that is no field ends its header and begins its body. */
MUST_USE bool message_parse_part(struct message **ret_message, GBytes *bytes, struct err *ret_err);
void message_free(struct message *message);

/* The value of the first field of that name (any case), or NULL. */
const char *message_get(const struct message *message, const char *name);
size_t message_count(const struct message *message, const char *name);

/* The one author: From with exactly one mailbox in exactly one field, through the gate of address_parse(). *ret_name
 * (may be NULL when not asked) is the display name decoded to UTF-8, "" when there is none. ERR_PERM otherwise. */
struct address;
MUST_USE bool message_author(const struct message *message, struct address **ret_author, char **ret_name, struct err *ret_err);

#endif
