/* door.h - the addresses of a list: how they are written, and the list's name for people */
#ifndef LISTD_MAIL_DOOR_H
#define LISTD_MAIL_DOOR_H

struct list;

/* The local part of a door: "ml-owner", or "ml+owner" where addresses are written with plus (enum conf_addresses);
 * "ml-off+TICKET" or "ml+off+TICKET" with a ticket. `word` NULL: the list itself; `ticket` NULL: none. The caller frees. */
char *door_local(const char *list_name, const char *word, const char *ticket, int addresses);

/* The address of a door without a ticket. The caller frees. */
char *door_address(const struct list *list, const char *word, int addresses);

/* The title, or the list's name where it has none. */
const char *door_title(const struct list *list);

/* A setting's text with ${name}, ${title}, ${address} and ${owner} filled in; other names stay as they stand. The caller
 * frees. */
char *door_expand(const struct list *list, const char *text, int addresses);

#endif
