/* freemail.h - free-mail domains: the base list into the store, and what a list makes of an address (requirement D5) */
#ifndef LISTD_HANDLE_FREEMAIL_H
#define LISTD_HANDLE_FREEMAIL_H

#include "base/conf.h"
#include "store/freemail.h"
#include "store/list.h"
#include "store/spool.h"

/* Brings the base into the store when it is not there, or is another now. */
MUST_USE bool freemail_sync(struct store *store, const struct conf *conf, struct err *ret_err);

struct freemail_import {
        const char *origin, *etag, *modified;
        const char *text;
        size_t length;
};
/* Makes a list of others the one that counts beside the base. Before its first section, and few have any, domains are throw-away ones:
 * those are the lists that are kept fresh. ERR_PERM when it is no such list: what was there stays. */
MUST_USE bool freemail_import(struct store *store, const struct freemail_import *import, struct err *ret_err);

/* Wants the list that an admin imported from a web server anew, and takes what the role fetch has brought of it. */
MUST_USE bool freemail_keep_fresh(struct store *store, struct spool *spool, struct err *ret_err);

/* What holds for an address that is not on the list; FREEMAIL_ALLOW where its domain is no free-mail domain. */
MUST_USE bool freemail_rule(struct store *store, const struct list *list, const char *address, enum list_freemail *ret_rule,
                            struct err *ret_err);

#endif
