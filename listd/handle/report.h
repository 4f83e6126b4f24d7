/* report.h - the daily report: what happened, and what waits for a person
 * So far the one to the admin of the server; its text is the templates report-site, report-domain and door-*. */
#ifndef LISTD_HANDLE_REPORT_H
#define LISTD_HANDLE_REPORT_H

#include "base/conf.h"
#include "store/spool.h"
#include "store/store.h"

struct report {
        char *subject, *text; /* UTF-8, LF lines */
};
void report_clear(struct report *report);

/* What there is to tell of the server since a time. `is_weekly` adds what is looked at once a week, `is_late` says that it should have
 * been told before. To be cleared on success. */
struct report_wish {
        int lang; /* enum list_lang */
        int64_t since, now;
        bool is_weekly, is_late;
};
MUST_USE bool report_site(struct store *store, struct spool *spool, const struct conf *conf, const struct report_wish *wish,
                          struct report *ret_report, struct err *ret_err);

/* Queues it for the admin, in the caller's transaction. */
MUST_USE bool report_send(struct store *store, const struct conf *conf, const struct report *report, struct err *ret_err);

/* Sends what is due and was not sent, and records it in the same transaction: each day's once, and one for all days that were missed. At
 * the first call nothing is due but the next day's. *ret_sent may be NULL. */
MUST_USE bool report_tick(struct store *store, struct spool *spool, const struct conf *conf, int64_t now, bool *ret_sent,
                          struct err *ret_err);

#endif
