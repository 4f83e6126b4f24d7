/* header.h - fields that listd writes: encoded words and folding (RFC 5322 2.2.3, RFC 2047) */
#ifndef LISTD_MAIL_HEADER_H
#define LISTD_MAIL_HEADER_H

#include <glib.h>
#include <stdbool.h>

struct charset;

/* Appends a field, folded at white space where its lines would grow beyond 78 octets. The value is ASCII without control
 * characters; a run of it without white space fits a line. */
void header_add(GString *header, const char *name, const char *value);

/* Whether a value may be given to header_add() as it is. */
bool header_is_plain(const char *value);

/* Text of one line (UTF-8, no control characters) as an unstructured value: what is not plain ASCII, from the first such word to
 * the end, becomes encoded words in that charset, or in UTF-8 where the charset does not have the characters. The caller frees. */
char *header_text(const char *text, const struct charset *charset);

/* The same as a phrase: atoms, a quoted string or encoded words; and with an address behind it: `phrase <address>`,
 * or `<address>` where there is no name. */
char *header_phrase(const char *text, const struct charset *charset);
char *header_mailbox(const char *name, const char *address, const struct charset *charset);

#endif
