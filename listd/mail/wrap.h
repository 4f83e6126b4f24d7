/* wrap.h - mails of our own that carry a message (leaks L8) */
#ifndef LISTD_MAIL_WRAP_H
#define LISTD_MAIL_WRAP_H

#include <glib.h>

#include "base/err.h"

struct wrap {
        const char *from_name, *from; /* who writes: "Title owner", ml-owner@... */
        const char *to;               /* the alias, never a person */
        const char *reply_to;         /* the outsider; NULL: none */
        const char *subject;          /* UTF-8 */
        const char *text;             /* UTF-8, LF lines: stands before the message */
        const char *hostname;
        GBytes *message; /* becomes a message/rfc822 part, byte for byte; NULL: text only */
};

/* A complete message, CRLF, with Date, Message-ID and Auto-Submitted: auto-generated; the caller unrefs. Refuses
 * (ERR_BUG) header values with CR, LF or NUL. 8-bit content makes the part 8bit; lines over 998 octets or NUL make it
 * a base64 application/octet-stream of the name message.eml. */
MUST_USE bool wrap_message(GBytes **ret_message, const struct wrap *wrap, struct err *ret_err);

#endif
