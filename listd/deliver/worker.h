/* worker.h - one thread of deliver: claims, sends, settles */
#ifndef LISTD_DELIVER_WORKER_H
#define LISTD_DELIVER_WORKER_H

#include "base/conf.h"
#include "base/keyring.h"
#include "deliver/domains.h"
#include "deliver/pace.h"
#include "deliver/relay.h"
#include "deliver/suspects.h"
#include "store/store.h"

enum { WORKER_COPIES = 100 }; /* of a session: each message costs libESMTP 4.3 KB until its session ends */

/* What the threads share; all of it outlives them. */
struct crew {
        const struct conf *conf;
        const struct keyring *keyring;
        struct relay *relay;
        struct pace *pace;
        struct domains *domains;
        struct suspects suspects;
        int retrying;  /* atomic: threads that have what was put off, or look for it */
        int told_8bit; /* atomic: the warning of a relay without 8BITMIME was given */
};

struct worker;

/* The store is the worker's own from here on. */
struct worker *worker_start(struct crew *crew, struct store *store);

/* Waits for its end; pace_stop() comes first. */
void worker_join(struct worker *worker);

#endif
