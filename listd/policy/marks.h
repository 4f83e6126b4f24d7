/* marks.h - what a message says of itself, or what a filter wrote on it */
#ifndef LISTD_POLICY_MARKS_H
#define LISTD_POLICY_MARKS_H

#include "mail/message.h"

/* A spam filter before us wrote that it is spam: from anybody but a trusted client these fields are nothing. */
bool marks_spam(const struct message *message);
/* Its subject says that it is an advertisement (requirement D6). */
bool marks_label(const struct message *message);

#endif
