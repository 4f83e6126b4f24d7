/* roundtrip.h - a mail of ours to ourselves, by relay and MTA: whether the whole way works (`listctl check mail`)
 * Its address is a sealed ticket, so nobody else can make one; what came back is noted in store/trace.h. */
#ifndef LISTD_HANDLE_ROUNDTRIP_H
#define LISTD_HANDLE_ROUNDTRIP_H

#include "base/conf.h"
#include "mail/envelope.h"
#include "store/store.h"

struct roundtrip {
        char log_id[LOG_ID_CHARS + 1]; /* names it in the log, and in store/trace.h: TRACE_BACK when it is back */
        int64_t message_id;            /* in the queue */
};

/* Queues one. */
MUST_USE bool roundtrip_send(struct store *store, const struct conf *conf, int64_t now, struct roundtrip *ret_trip, struct err *ret_err);

#endif
