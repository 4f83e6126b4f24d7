/* dnsbl.h - asks DNS blocklists about clients, and leaves lists alone that do not work (requirement D7)
 * Nobody waits for an answer: what a list says is one part of a score that never decides alone, and it is there for what the client
 * does next. Each list is tested by its own entries for that (RFC 5782 5), at the start and every hour:
 *
 *   OFF -> ON  when the test is passed      ON -> OFF  when it is not, at a refusal, or after DNSBL_SILENT_MAX questions without answer
 *
 * Only set_health() writes it; each change is a line of the log. */
#ifndef LISTD_RECEIVE_DNSBL_H
#define LISTD_RECEIVE_DNSBL_H

#include <event2/event.h>

#include "base/conf.h"

enum { DNSBL_TEST_SECONDS = 3600, DNSBL_SILENT_MAX = 5 };

struct dnsbl;

struct dnsbl_owner {
        /* A client is on a list. For each list once in an hour. */
        void (*listed)(void *user, const char *ip);
        /* A list is asked from now on, or is not, and why. */
        void (*turned)(void *user, const char *zone, const char *why_not);
        void *user;
};

/* Nothing is asked before the loop runs. `conf` is borrowed, `owner` copied. Call it before the sandbox closes. */
MUST_USE bool dnsbl_new(struct dnsbl **ret_dnsbl, struct event_base *base, const struct conf *conf, const struct dnsbl_owner *owner,
                        struct err *ret_err);
/* NULL: nothing to do. No event waits any more after it. */
void dnsbl_free(struct dnsbl *dnsbl);

/* Tests all lists now. It is done by itself when the loop starts and every DNSBL_TEST_SECONDS. */
void dnsbl_test(struct dnsbl *dnsbl);

/* A client has come, with an IP address in text form. Private ones are on no list, so none is asked. NULL: no lists. */
void dnsbl_look(struct dnsbl *dnsbl, const char *ip);

#endif
