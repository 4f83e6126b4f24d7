/* copy.h - what differs from one reader's copy to the next: a return path and a way out, both by sealed ticket
 * (leaks L6, L7, L8). Nothing else does. Readers who are sent to together (personal = no) have one copy, one return path that
 * names all of them, and the list's own way out. */
#ifndef LISTD_DELIVER_COPY_H
#define LISTD_DELIVER_COPY_H

#include "base/conf.h"
#include "base/keyring.h"
#include "store/queue.h"

struct copy {
        char *from; /* the return path */
        char *head; /* header lines that go before the message's; "" when there are none */
};

/* How many of `recipients`, from the first on, one copy may go to: more than one of QUEUE_BATCH only. At most `count` and `limit`. */
size_t copy_share(const struct queue_claim *claim, struct queue_recipient *const *recipients, size_t count, size_t limit);

/* The copy of so many recipients of a claim, made on a day (seconds since 1970). What it gives has passed the gate out;
 * ERR_PERM when it did not. The caller clears it. */
MUST_USE bool copy_make(struct copy *ret_copy, const struct queue_claim *claim, struct queue_recipient *const *recipients, size_t count,
                        const struct conf *conf, const struct keyring *keyring, int64_t now, struct err *ret_err);
void copy_clear(struct copy *copy);

#endif
