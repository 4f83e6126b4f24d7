/* owners.h - what owners want of their list by mail: who is on it, who changed, adding and removing, settings
 * Executed only after the owner's own mailbox said so, or at once where the list takes an aligned pass for it (owner_proof). */
#ifndef LISTD_HANDLE_OWNERS_H
#define LISTD_HANDLE_OWNERS_H

#include "handle/letters.h"
#include "mail/message.h"

enum { OWNERS_LINES_MAX = 256 * 1024 /* octets of one mail's commands */ };

/* Whether a command is a member's to give: all to owners; to moderators those about held posts. `member` may be NULL. */
bool owners_may(const struct member *member, enum verb verb);

/* Takes the lines from the first command of an owner on. A CSV file in the message stands for lines below `add` or `remove`. */
MUST_USE bool owners_ask(struct sheet *sheet, const struct person *owner, const struct message *message, const char *lines,
                         struct err *ret_err);
/* The value `lines` of the template `owner-command`: what would be done, made anew from what was understood. */
MUST_USE bool owners_preview(struct sheet *sheet, const struct desk *desk, const char *lines, struct err *ret_err);
/* Does it, and tells on the sheet. */
MUST_USE bool owners_run(struct sheet *sheet, const struct person *owner, const char *lines, struct err *ret_err);

/* A member agreed to be an owner; an owner agreed to be none. */
MUST_USE bool owners_accept(struct sheet *sheet, const struct person *person, struct err *ret_err);
MUST_USE bool owners_step_down(struct sheet *sheet, const struct person *person, struct err *ret_err);

#endif
