/* report.h - which daily report went out last, so that each goes once */
#ifndef LISTD_STORE_REPORT_H
#define LISTD_STORE_REPORT_H

#include "store/store.h"

/* list_id 0: that of the server. *ret_day is -1 when there was none yet; `at` is when it was made. */
MUST_USE bool report_last(struct store *store, int64_t list_id, int64_t *ret_day, int64_t *ret_at, struct err *ret_err);
/* In the transaction that queues it. */
MUST_USE bool report_record(struct store *store, int64_t list_id, int64_t day, int64_t at, struct err *ret_err);

#endif
