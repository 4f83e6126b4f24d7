/* audit.h - who read the members of a list, and when (requirement E2)
 * DATA/audit.log, one line for each bulk read, written before the first member is shown. */
#ifndef LISTD_BASE_AUDIT_H
#define LISTD_BASE_AUDIT_H

#include <stdint.h>

#include "base/err.h"

/* `by`: who, as words of the line ("by=root uid=0"); `command`: by what. No word from outside may be in them. ERR_TEMP when the
 * line cannot be written: then nothing may be read. */
MUST_USE bool audit_roster_read(const char *data, const char *by, const char *command, const char *list, int64_t members,
                                struct err *ret_err);

#endif
