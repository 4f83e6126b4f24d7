/* guard.h - forgiving what was counted at the door */
#ifndef LISTD_CTL_GUARD_H
#define LISTD_CTL_GUARD_H

#include "ctl/ctl.h"

/* Who was forgiven, and who is around them. */
struct pardon;

/* Forgets what is known of an address, a network or a domain; `tell` (may be NULL) hears of it. ERR_USAGE when it is none of them. */
MUST_USE bool guard_forgive(const struct ctl *ctl, const char *who, void (*tell)(const struct ctl *ctl, const struct pardon *pardon),
                            struct err *ret_err);

#endif
