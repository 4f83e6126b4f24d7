/* links.h - addresses of links, numbered for the end of a text */
#ifndef LISTD_MAIL_LINKS_H
#define LISTD_MAIL_LINKS_H

#include <glib.h>
#include <stdbool.h>

struct links;

struct links *links_new(void);
void links_free(struct links *links);

/* What `href` has to show: http or https, in ASCII. NULL: nothing. The caller frees. */
char *links_address(const char *href);
/* Whether a reader of `text` would learn nothing from the address. */
bool links_say_the_same(const char *text, const char *address);

/* The number of an address, from 1, a new one where there is none. 0: there are too many. */
guint links_number(struct links *links, const char *address);
guint links_count(const struct links *links);
const char *links_get(const struct links *links, guint number);

#endif
