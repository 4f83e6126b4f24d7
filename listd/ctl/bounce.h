/* bounce.h - what listctl tells of a mailbox that fails */
#ifndef LISTD_CTL_BOUNCE_H
#define LISTD_CTL_BOUNCE_H

#include "ctl/ctl.h"

/* Puts the fields `mailbox` and `mailbox_failures` of a member: what is held against the mailbox, and why. */
MUST_USE bool bounce_put(struct ctl *ctl, const struct list *list, const struct member *member, struct err *ret_err);

#endif
