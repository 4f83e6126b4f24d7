/* caller.h - who called listctl
 * The login that the kernel remembers through su and sudo (/proc/self/loginuid), else the user that called. */
#ifndef LISTD_CTL_CALLER_H
#define LISTD_CTL_CALLER_H

#include "ctl/ctl.h"

/* To be asked before listctl becomes another user. */
uid_t caller_uid(void);

/* Records that the command reads all members of a list (base/audit.h). */
MUST_USE bool caller_reads_roster(const struct ctl *ctl, const struct list *list, int64_t members, struct err *ret_err);

#endif
