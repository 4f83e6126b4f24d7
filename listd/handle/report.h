/* report.h - the daily reports: what happened, and what waits for a person
 * One for the admin of the server, one for the owners of each list; as plain text and as HTML. Each tells what no report told before
 * (store/tally.h), so none is told twice and none is missed. */
#ifndef LISTD_HANDLE_REPORT_H
#define LISTD_HANDLE_REPORT_H

#include "base/conf.h"
#include "handle/door.h"
#include "store/list.h"
#include "store/spool.h"
#include "store/tally.h"

struct report {
        char *subject, *text, *html; /* UTF-8, LF lines; html may be NULL */
};
void report_clear(struct report *report);

/* What there is to tell since a time. `is_weekly` adds what is looked at once a week, `is_late` says that it should have been told
 * before. */
struct report_wish {
        int lang; /* enum list_lang */
        int64_t since, now;
        bool is_weekly, is_late;
        bool is_first; /* of a list that was just made */
        int64_t day;   /* of a list: what the report of that day told; TALLY_OPEN: what none has told yet */
};

/* report_site.c: of the server. To be cleared on success. */
MUST_USE bool report_site(struct store *store, struct spool *spool, const struct conf *conf, const struct door_log *door,
                          const struct report_wish *wish, struct report *ret_report, struct err *ret_err);

/* report_list.c: what there is to tell of a list. */
struct report_facts {
        int64_t counts[TALLY_WHATS];
        int64_t members, active, paused, digests; /* now */
        int64_t held, held_since;   /* posts that wait, and the oldest of them */
        int64_t asking;             /* people who want to join and wait for an owner */
        int64_t silent;             /* owners and others whose mailboxes fail, and who are not removed */
        bool is_unproven;           /* sender_proof = none */
        int64_t hand;               /* what waits for a person: the sum of these */
        int64_t events;             /* at the door */
};
MUST_USE bool report_facts(struct store *store, const struct conf *conf, const struct list *list, const struct door_log *door,
                           const struct report_wish *wish, struct report_facts *ret_facts, struct err *ret_err);
/* Whether something happened that setting `report` = changes tells of. */
bool report_has_news(const struct report_facts *facts);
MUST_USE bool report_list(struct store *store, const struct conf *conf, struct list *list, const struct door_log *door,
                          const struct report_facts *facts, const struct report_wish *wish, struct report *ret_report,
                          struct err *ret_err);

/* Queues one for the admin, in the caller's transaction. */
MUST_USE bool report_send(struct store *store, const struct conf *conf, const struct report *report, struct err *ret_err);
/* Queues that of a list for each of its owners, in their languages. `wish` without a language. */
MUST_USE bool report_send_list(struct store *store, const struct conf *conf, struct list *list, const struct door_log *door,
                               const struct report_facts *facts, const struct report_wish *wish, struct err *ret_err);

/* The first one of a list that was just made: a welcome and a sample. In the caller's transaction. */
MUST_USE bool report_begin(struct store *store, const struct conf *conf, struct list *list, int64_t now, struct err *ret_err);

/* Sends what is due and was not sent, and records it in the same transaction: each day's once, and one for all days that were missed. At
 * the first call nothing is due but the next day's. *ret_sent may be NULL. */
MUST_USE bool report_tick(struct store *store, struct spool *spool, const struct conf *conf, int64_t now, bool *ret_sent,
                          struct err *ret_err);

#endif
