/* letter.h - mails of our own: letters to people, and mails that carry a message (leaks L8) */
#ifndef LISTD_MAIL_LETTER_H
#define LISTD_MAIL_LETTER_H

#include <glib.h>

#include "base/err.h"

struct charset;

struct letter {
        const char *from_name, *from; /* who writes: "Title owner", ml-owner@... */
        const char *to;               /* who gets it; of a mail to several an alias, never one of them */
        const char *reply_to;         /* NULL: none */
        const char *subject;          /* UTF-8 */
        const char *text;             /* UTF-8, LF lines: the letter, or what stands before the message */
        const char *html;             /* the same as a document of ours; NULL: text only */
        const char *hostname;
        const char *in_reply_to;       /* the Message-ID of what is answered, of any form; NULL: nothing is */
        const struct charset *charset; /* of text and names, where it has their characters; NULL: UTF-8 */
        const char *list_id;          /* of a digest: "ml.lists.example" (RFC 2919); NULL: none */
        const GPtrArray *messages;    /* GBytes *: behind the text, as a multipart/digest (RFC 2046 5.1.5); NULL: none */
        const char *end;              /* text behind them; NULL: none */
        GBytes *message; /* becomes a message/rfc822 part, byte for byte; NULL: text only */
};

/* A complete message, CRLF, with Date, Message-ID and Auto-Submitted (auto-replied with in_reply_to, else auto-generated); the
 * caller unrefs. Refuses (ERR_BUG) header values with CR, LF or NUL. 8-bit content makes the part 8bit; lines over 998
 * octets or NUL make it a base64 application/octet-stream of the name message.eml. */
MUST_USE bool letter_write(GBytes **ret_message, const struct letter *letter, struct err *ret_err);

#endif
