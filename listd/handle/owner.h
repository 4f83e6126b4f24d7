/* owner.h - a mail that came to an address that does not exist, on to somebody (requirement B3) */
#ifndef LISTD_HANDLE_OWNER_H
#define LISTD_HANDLE_OWNER_H

#include "base/conf.h"
#include "mail/envelope.h"
#include "store/store.h"

/* Queues it inside a mail of ours, as for owners: its writer hears nothing, wherever it comes from. In the caller's transaction. */
MUST_USE bool owner_forward(struct store *store, const struct conf *conf, const struct envelope *envelope, const char *log_id,
                            const char *to, struct err *ret_err);

#endif
