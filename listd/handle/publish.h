/* publish.h - what `receive` may know, from listd.db into spool.db */
#ifndef LISTD_HANDLE_PUBLISH_H
#define LISTD_HANDLE_PUBLISH_H

#include "store/store.h"

/* Replaces all of it; after each change of a list or a domain, and when `handle` starts. */
MUST_USE bool publish_facts(struct store *store, const char *data, struct err *ret_err);

#endif
