/* body.h - the body of the copy: text that stays, with text of ours below it, files, and the MIME fields that say so */
#ifndef LISTD_MAIL_BODY_H
#define LISTD_MAIL_BODY_H

#include "mail/text.h"

struct body {
        char *content_type;
        char *disposition; /* of a file; else NULL */
        char *transfer_encoding;
        GBytes *bytes; /* lines that may leave */
};

/* `below` (UTF-8, CRLF lines; may be "") joins the text in the text's own charset and encoding. `boundary` serves where
 * it cannot, and becomes a part of its own: a text that occurs nowhere in the post. Free with body_free(). */
struct body *body_write(const struct text *text, const char *below, const char *boundary);
void body_free(struct body *body);

/* The charset that the text is going to be written in, for who chooses what to write below it; NULL: any, or unknown. */
const struct charset *body_charset(const struct text *text);

#endif
