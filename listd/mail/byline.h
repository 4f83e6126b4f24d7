/* byline.h - who wrote, as readers are told: "Anna Ames via Title" */
#ifndef LISTD_MAIL_BYLINE_H
#define LISTD_MAIL_BYLINE_H

struct address;
struct list;

/* The author's display name (UTF-8, from the post, never from the roster: leaks O5) with the list's title behind it. A
 * name that is empty, or that holds an address or a domain, is replaced (leaks L3). The caller frees. */
char *byline_write(const struct list *list, const char *author_name, const struct address *author);

#endif
