/* plain.h - what somebody wrote, as text: for commands and replies, never to be sent on */
#ifndef LISTD_MAIL_PLAIN_H
#define LISTD_MAIL_PLAIN_H

#include "mail/message.h"

struct keyring;
struct list;

enum { PLAIN_MAX = 256 * 1024 }; /* octets that are looked at */

/* All text of a message in UTF-8, lines that end in LF; "" when there is none, or none that can be read. The caller frees. */
char *plain_text(const struct message *message, const struct list *list, const struct keyring *keyring);

/* The text of its CSV files, one after the other; "" when there is none. The caller frees. */
char *plain_csv(const struct message *message, const struct list *list, const struct keyring *keyring);

/* Its subject, without "Re:" in all its forms; one line, may be "". The caller frees. */
char *plain_subject(const struct message *message);

#endif
