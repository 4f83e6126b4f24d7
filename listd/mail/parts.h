/* parts.h - the MIME parts of a message, as slices of its bytes (RFC 2045, 2046)
 * Found within budgets (leaks X10) and without recursion; a message that is forwarded whole is a part that holds one. A part
 * keeps its raw octets, so what is not changed leaves as it came. */
#ifndef LISTD_MAIL_PARTS_H
#define LISTD_MAIL_PARTS_H

#include "mail/message.h"
#include "mail/transfer.h"

enum { PARTS_MAX = 100, PARTS_DEPTH_MAX = 20 };

struct part {
        char *type;       /* "text/plain": lower case; what RFC 2045 5.2 implies where the label is missing or broken */
        char *name;       /* of a file, for people: one line of UTF-8, "" when there is none; as hostile as its author */
        char *charset;    /* as labelled; NULL: not */
        char *smime_type; /* parameter of application/pkcs7-mime; NULL: none */
        enum transfer transfer;
        bool is_attachment; /* Content-Disposition says so */
        bool is_flowed, is_delsp; /* RFC 3676 */
        char *path;     /* where it stands: "1" is the message, "1.2" the second part of it */
        int parent;     /* index of the multipart or message that it stands in; -1 for the message itself */
        unsigned depth; /* 0 for the message itself */
        unsigned place; /* among the parts of its parent, from 0 */
        unsigned children; /* of a multipart, or 1 for message/rfc822 and message/global; 0: what is in it cannot be told,
                            * as its boundary is missing, or it is empty */
        char *author, *subject, *date; /* of the message whose body this is, where that stands in another: the display
                                        * name, text for people, the value; NULL: it has none */
        GBytes *raw;    /* its body, still encoded; lines_repair()ed */
};

/* A GPtrArray of struct part that frees them, in the order of the message, each multipart before what is in it; the first
 * is the message itself. ERR_PERM when a budget is exceeded. */
MUST_USE bool parts_read(GPtrArray **ret_parts, const struct message *message, struct err *ret_err);

#endif
