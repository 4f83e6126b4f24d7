/* address.h - a mailbox as RFC 5321 has it (4.1.2 Mailbox; RFC 6531 for UTF-8 local parts)
 * The one gate in for addresses: what parsed here has no CR, LF, NUL or other control character. */
#ifndef LISTD_MAIL_ADDRESS_H
#define LISTD_MAIL_ADDRESS_H

#include "base/err.h"

enum { ADDRESS_LOCAL_MAX = 64, ADDRESS_MAX = 254 }; /* RFC 5321 4.5.3.1.1, 4.5.3.1.3 (a path of 256 with its <>) */

struct address {
        char *local;  /* as it came; quoted only where it must be */
        char *domain; /* A-label, lower case; or an address literal "[192.0.2.1]" */
        char *text;   /* local@domain */
        char *fold;   /* case-folded NFC text: what is compared and hashed */
        bool is_utf8; /* the local part needs SMTPUTF8 */
};

/* Takes exactly `length` octets, the whole of them a Mailbox (no angle brackets, no source route, no comments, no
 * folding white space). ERR_PERM says what is wrong. The caller frees with address_free(). */
MUST_USE bool address_parse(struct address **ret_address, const char *text, size_t length, struct err *ret_err);
void address_free(struct address *address);

#endif
