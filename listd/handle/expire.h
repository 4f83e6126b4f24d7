/* expire.h - what time does by itself */
#ifndef LISTD_HANDLE_EXPIRE_H
#define LISTD_HANDLE_EXPIRE_H

#include "store/store.h"

/* Ends pauses that are over; forgets what was asked, held, counted and remembered for long enough. In one transaction. */
MUST_USE bool expire_all(struct store *store, int64_t now, struct err *ret_err);

#endif
