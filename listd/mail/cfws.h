/* cfws.h - white space and comments between the words of a structured field (RFC 5322 3.2.2) */
#ifndef LISTD_MAIL_CFWS_H
#define LISTD_MAIL_CFWS_H

/* Where the next word of an unfolded value begins; at its end the NUL. NULL: a comment does not end. */
const char *cfws_skip(const char *at);

#endif
