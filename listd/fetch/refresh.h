/* refresh.h - lists that others keep, fetched anew: networks to deny, free-mail domains
 * For the role fetch, and for listctl, where somebody imports one or wants it at once. */
#ifndef LISTD_FETCH_REFRESH_H
#define LISTD_FETCH_REFRESH_H

#include <signal.h>

#include "base/conf.h"
#include "base/download.h"
#include "policy/deny.h"
#include "store/deny.h"

/* What a web server says of a list: within the bounds that hold for all of them. As download_get(). */
MUST_USE bool refresh_download(struct download *ret_download, const char *url, const char *etag, const char *modified, size_t octets,
                               const volatile sig_atomic_t *must_stop, struct err *ret_err);

/* Makes the text of a list its entries, and keeps in `list` what the server said of it. *ret_file, to be freed, tells the bad lines,
 * on failure too (ERR_PERM: it is no such list). */
MUST_USE bool refresh_take_deny(struct spool *spool, const struct conf *conf, struct deny_list *list, const struct download *download,
                                int64_t now, struct deny_file **ret_file, struct deny_swapped *ret_swapped, struct err *ret_err);

struct refreshed {
        const char *result; /* unchanged, renewed, failed */
        struct deny_swapped swapped;
        struct err flaw; /* why it failed; class ERR_NONE: it did not */
};
/* Records what became of a list. `download` NULL: it could not be had, and ret_refreshed->flaw says why. False only when the store
 * fails. */
MUST_USE bool refresh_deny(struct spool *spool, const struct conf *conf, struct deny_list *list, const struct download *download,
                           int64_t now, struct refreshed *ret_refreshed, struct err *ret_err);

/* All that is due, as conf->refresh says: what failed is tried again each hour. Logged when it changes. *ret_brought: there is something
 * for handle. False when the store fails. */
MUST_USE bool refresh_due(struct spool *spool, const struct conf *conf, int64_t now, const volatile sig_atomic_t *must_stop,
                          bool *ret_brought, struct err *ret_err);

#endif
