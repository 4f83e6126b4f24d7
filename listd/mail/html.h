/* html.h - HTML of mail as text that reads like a mail (leaks L10: nothing of it loads anything) */
#ifndef LISTD_MAIL_HTML_H
#define LISTD_MAIL_HTML_H

#include <glib.h>

/* Valid UTF-8 in, UTF-8 with LF lines out; "" where there is nothing to read. Hostile or endless HTML ends early, and the
 * text says so. The caller frees. */
GString *html_to_text(const char *utf8, size_t length);

#endif
