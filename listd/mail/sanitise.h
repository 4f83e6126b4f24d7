/* sanitise.h - HTML of mail with nothing in it but text and its form (setting html = allow; leaks L5, L10) */
#ifndef LISTD_MAIL_SANITISE_H
#define LISTD_MAIL_SANITISE_H

#include <glib.h>

struct quote;

/* Valid UTF-8 in; UTF-8 out that stands within <body>: elements and attributes of an allow-list, nothing that loads, runs or
 * is hidden, and no address, footer or ticket that quote.h would take from text. "" where there is nothing to see. The caller
 * frees. */
GString *sanitise_html(const struct quote *quote, const char *utf8, size_t length);

/* Appends text as HTML, its lines kept. */
void sanitise_append_text(GString *out, const char *utf8, size_t length);

/* A whole document around what stands within <body>; lines end in CRLF. The caller frees. */
GString *sanitise_document(const char *body, size_t length);

#endif
