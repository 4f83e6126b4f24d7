/* audit.h - who read the members of a list, and when (requirement E2)
 * DATA/audit.log, one line for each bulk read, written before the first member is shown. */
#ifndef LISTD_CTL_AUDIT_H
#define LISTD_CTL_AUDIT_H

#include "ctl/ctl.h"

/* Who called listctl; to be asked before it becomes another user. */
uid_t audit_caller(void);

/* ERR_TEMP when the line cannot be written: then nothing may be read. */
MUST_USE bool audit_bulk_read(const struct ctl *ctl, const struct list *list, int64_t members, struct err *ret_err);

#endif
