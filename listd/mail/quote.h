/* quote.h - what replies carry along: addresses in "Anna <anna@...> wrote:", footers and tickets of ours (leaks L5, L6) */
#ifndef LISTD_MAIL_QUOTE_H
#define LISTD_MAIL_QUOTE_H

#include <glib.h>
#include <stdbool.h>

struct charset;
struct list;
struct quote;

/* `addresses` is enum conf_addresses. */
struct quote *quote_new(const struct list *list, int addresses);
void quote_free(struct quote *quote);

/* Cleans text in `charset` (NULL: unknown) in lines that end in CRLF. Lines that need nothing keep their octets. NULL:
 * none needed anything. *ret_is_utf8: a line could not be written in the charset any more, and all of it is UTF-8 now. */
GBytes *quote_clean(const struct quote *quote, const struct charset *charset, GBytes *text, bool *ret_is_utf8);

/* The same for lines of UTF-8 that end in LF, `count` of them at most: what each becomes without its quote marks, "" for one
 * that goes; NULL for one that stays. The caller frees all of them and the array. */
char **quote_edits(const struct quote *quote, const char *lines, size_t length, size_t count);

/* The text, one line, without the addresses in it; what they stood for stays: "Anna <anna@...>" becomes "Anna". The
 * caller frees. */
char *quote_without_addresses(const char *text, size_t length);

#endif
