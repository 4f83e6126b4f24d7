/* waiting.h - what the queue waits for, in terms that an admin can act on: the relay, or the domains of readers
 * outage:  none -> AWAY [outage_begin]   AWAY -> AWAY, with its next try [outage_begin]   AWAY -> none [outage_end] */
#ifndef LISTD_STORE_WAITING_H
#define LISTD_STORE_WAITING_H

#include "store/store.h"

struct outage {
        int64_t since;    /* 0: the relay is there */
        int64_t next_try;
        char *why; /* as the log has it; NULL: there is none */
};

/* deliver: it is away, still or from now on. */
MUST_USE bool outage_begin(struct store *store, int64_t now, int64_t next_try, const char *why, struct err *ret_err);
MUST_USE bool outage_end(struct store *store, struct err *ret_err);
MUST_USE bool outage_get(struct store *store, struct outage *ret_outage, struct err *ret_err);
void outage_clear(struct outage *outage);

/* Readers of one domain whose copies of one message were put off. */
struct waiting {
        char *domain;      /* lower case */
        int64_t readers, tries; /* tries: the most that one of them had */
        int64_t next_try;  /* the earliest; 0: now */
        int64_t member_id; /* one of them (trace_answers() tells what was said); 0: no member */
};
/* By domain, the most readers first: a GPtrArray of struct waiting that frees them. */
MUST_USE bool waiting_domains(struct store *store, int64_t message_id, GPtrArray **ret_waiting, struct err *ret_err);

#endif
