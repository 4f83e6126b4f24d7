/* charset.h - the charsets of mail, by their labels
 * Only charsets of a table are ever handed to iconv; a label from outside is looked up, never passed on. */
#ifndef LISTD_MAIL_CHARSET_H
#define LISTD_MAIL_CHARSET_H

#include <glib.h>
#include <stdbool.h>

struct charset;

/* By its label, any case. NULL: not known to listd, or no label (NULL) at all. */
const struct charset *charset_find(const char *label);
const struct charset *charset_utf8(void);

/* The label that listd writes. */
const char *charset_label(const struct charset *charset);

/* Whether ASCII text may stand before and behind a text of this charset, octet by octet. */
bool charset_holds_ascii(const struct charset *charset);

/* Whether each octet is a character: hardly any text is none in it. */
bool charset_is_single(const struct charset *charset);

/* To UTF-8. NULL: there are octets that the charset does not have, and that no vendor's form of it has. The caller
 * unrefs. */
GBytes *charset_decode(const struct charset *charset, const char *text, size_t length);
/* The same, but such octets become U+FFFD; unknown (NULL) is read as UTF-8. */
GBytes *charset_decode_readably(const struct charset *charset, const char *text, size_t length);

/* How many characters of valid UTF-8 a reader can see. */
size_t charset_count_visible(const char *utf8, size_t length);

/* From UTF-8; stateful charsets end in their ASCII state. NULL: the charset does not have these characters. The caller
 * unrefs. */
GBytes *charset_encode(const struct charset *charset, const char *text, size_t length);

/* What must stand behind octets of a stateful charset so that ASCII can follow; "" when nothing must. */
const char *charset_to_ascii_state(const struct charset *charset, const char *text, size_t length);

#endif
