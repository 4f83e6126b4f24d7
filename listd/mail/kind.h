/* kind.h - what a file is by its content, and whether a list lets it through (settings attachments, attachments_allow) */
#ifndef LISTD_MAIL_KIND_H
#define LISTD_MAIL_KIND_H

#include <glib.h>
#include <stdbool.h>

struct list;

/* The media type that the first octets of a file tell; "text/plain" for what is readable text. NULL: not known. */
const char *kind_of_content(const char *octets, size_t length);

/* Whether the list passes a file of that label (lower case), name and content to its readers. *ret_type is then what it may
 * be called; else *ret_why is the reason in a few words, or NULL where the list does not ask for it. Both are constants or
 * the label. */
bool kind_passes(const struct list *list, const char *label, const char *name, GBytes *content, const char **ret_type,
                 const char **ret_why);

#endif
