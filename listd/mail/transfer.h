/* transfer.h - content transfer encodings (RFC 2045 6) */
#ifndef LISTD_MAIL_TRANSFER_H
#define LISTD_MAIL_TRANSFER_H

#include <glib.h>

enum transfer {
        TRANSFER_7BIT,
        TRANSFER_8BIT, /* and binary, and encodings that nobody knows: octets as they stand */
        TRANSFER_QP,
        TRANSFER_BASE64
};

/* From the value of a Content-Transfer-Encoding field; NULL: there is none. */
enum transfer transfer_find(const char *value);
/* What octets are in that are labelled so: text that says it is base64 and cannot be is text as it stands. */
enum transfer transfer_in_truth(enum transfer labelled, GBytes *encoded);
/* As a field's value. */
const char *transfer_label(enum transfer transfer);

/* The caller unrefs. */
GBytes *transfer_decode(enum transfer transfer, GBytes *encoded);
size_t transfer_decoded_size(enum transfer transfer, GBytes *encoded);

/* A file as base64, in lines. The caller unrefs. */
GBytes *transfer_encode_file(GBytes *octets);

/* Takes text that lines_repair() gave. What is wanted is kept where it can carry the text in lines that may leave, else
 * quoted-printable or base64, whichever suits; *ret_transfer says which. The caller unrefs. */
GBytes *transfer_encode(enum transfer wanted, GBytes *text, enum transfer *ret_transfer);

#endif
