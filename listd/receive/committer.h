/* committer.h - messages that are whole in the same turn of the loop go into the spool with one durable commit */
#ifndef LISTD_RECEIVE_COMMITTER_H
#define LISTD_RECEIVE_COMMITTER_H

#include <event2/event.h>

#include "base/keyring.h"
#include "mail/envelope.h"
#include "store/spool.h"

struct committer;

/* `spool` is borrowed; a byte to `wake_out` (-1: nobody) tells that there is work. */
struct committer *committer_new(struct event_base *base, struct spool *spool, const uint8_t public_key[KEY_BYTES],
                                int wake_out);
/* What was added and not committed is lost, as nobody was told that it was taken. */
void committer_free(struct committer *committer);

/* Takes the envelope, dates and seals it. `done` is told once, in a later turn of the loop, whether it is durable. */
void committer_add(struct committer *committer, const uint8_t id[SPOOL_ID_BYTES], struct envelope *envelope,
                   void (*done)(void *user, bool ok), void *user);

/* `user` is gone: its messages are committed all the same, but nobody is told. */
void committer_forget(struct committer *committer, const void *user);

#endif
