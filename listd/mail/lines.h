/* lines.h - the one gate out: what leaves listd is lines that end in CRLF (leaks X7, X8) */
#ifndef LISTD_MAIL_LINES_H
#define LISTD_MAIL_LINES_H

#include <glib.h>
#include <stdbool.h>

enum {
        LINE_OCTETS_MAX = 998, /* RFC 5322 2.1.1: of a line, without its CRLF */
        LINE_OCTETS_GOOD = 78  /* what lines are folded to where it can be chosen */
};

/* Only CRLF ends a line, no NUL, no line of more than LINE_OCTETS_MAX octets, the last line ends. Nothing at all fits. */
bool lines_fit(const char *text, size_t length);

/* Bare CR and bare LF become CRLF, a last line that does not end gets its CRLF, NUL goes. The length of lines stays as
 * it is. Gives a new reference to `bytes` when nothing had to be done; the caller unrefs. */
GBytes *lines_repair(GBytes *bytes);

/* CRLF becomes LF. For what an encoder takes as text. */
GString *lines_to_lf(const char *text, size_t length);
/* LF becomes CRLF, appended. */
void lines_append_crlf(GString *out, const char *text, size_t length);

#endif
