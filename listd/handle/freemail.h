/* freemail.h - free-mail domains: the base list into the store, and what a list makes of an address (requirement D5) */
#ifndef LISTD_HANDLE_FREEMAIL_H
#define LISTD_HANDLE_FREEMAIL_H

#include "base/conf.h"
#include "store/freemail.h"
#include "store/list.h"

/* Brings the base into the store when it is not there, or is another now. */
MUST_USE bool freemail_sync(struct store *store, const struct conf *conf, struct err *ret_err);

/* What holds for an address that is not on the list; FREEMAIL_ALLOW where its domain is no free-mail domain. */
MUST_USE bool freemail_rule(struct store *store, const struct list *list, const char *address, enum list_freemail *ret_rule,
                            struct err *ret_err);

#endif
