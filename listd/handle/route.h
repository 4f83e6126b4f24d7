/* route.h - one message out of the spool: what is it, and where does it go? */
#ifndef LISTD_HANDLE_ROUTE_H
#define LISTD_HANDLE_ROUTE_H

#include "base/conf.h"
#include "store/spool.h"

enum { ROUTE_CRASHES_MAX = 2 }; /* a message that killed this many handlers is set aside */

/* Does all of it in one transaction of listd.db, once for each spool id. ERR_TEMP: try again later. Anything that is
 * wrong with the message itself sets it aside as failed and is no error. */
MUST_USE bool route_item(struct store *store, const struct conf *conf, const struct spool_item *item, int64_t now,
                         struct err *ret_err);

#endif
