/* owner.h - listctl works as the owner of the data, never as root */
#ifndef LISTD_CTL_OWNER_H
#define LISTD_CTL_OWNER_H

#include <sys/types.h>

#include "base/err.h"

/* Before anything of the data is opened. Root becomes the owner of the folder, with the spool folder's group beside its
 * own, and cannot go back; anyone else must be the owner. */
MUST_USE bool owner_become(const char *data, struct err *ret_err);

/* Root becomes this user for good. */
MUST_USE bool owner_drop_to(uid_t uid, gid_t gid, gid_t second_gid, struct err *ret_err);

#endif
