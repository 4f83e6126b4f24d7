/* guess.h - what charset a text is in, when its label is missing, not known, or a lie */
#ifndef LISTD_MAIL_GUESS_H
#define LISTD_MAIL_GUESS_H

#include <glib.h>

struct charset;

/* The charset that these octets are in: the labelled one where they can be that and nothing speaks against it, else what
 * they look like. `label` NULL: none. NULL: they look like nothing known, and the label (if there is one) is not known. */
const struct charset *guess_charset(const char *label, const char *octets, size_t length);

/* The charset that HTML itself names (<meta charset=...>), by a label as it stands there. NULL: none. The caller frees. */
char *guess_label_of_html(const char *octets, size_t length);

#endif
